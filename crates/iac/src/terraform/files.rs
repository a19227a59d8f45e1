//! Files for functions such as `file` and `templatefile`: relative to the root module, inside the tree.

use collect::{Tree, normalise};

use super::functions::Files;
use super::module::join;

pub(crate) struct ModuleFiles<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) folder: &'t str,
}

impl ModuleFiles<'_> {
    fn inside(&self, path: &str) -> Result<String, String> {
        if path.starts_with('/') || path.starts_with('~') {
            return Err(format!("{path} is outside of the scanned tree and not read"));
        }
        Ok(normalise(&join(self.folder, path)))
    }
}

impl Files for ModuleFiles<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.tree.read(&self.inside(path)?).map_err(|reason| format!("{path}: {reason}"))
    }

    fn exists(&self, path: &str) -> Result<bool, String> {
        self.tree.is_file(&self.inside(path)?)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        Ok(self.tree.files_below(&self.inside(folder)?))
    }
}
