//! Files for functions such as `file` and `templatefile`: relative to the root module, inside the tree.

use collect::normalise;

use super::functions::Files;
use super::instance::Root;
use super::module::join;

/// Bytes of a file to a step: they are read, and perhaps hashed.
const BYTES: usize = 256;

pub(crate) struct ModuleFiles<'r, 'm> {
    pub(crate) root: &'r Root<'m>,
}

impl ModuleFiles<'_, '_> {
    fn inside(&self, path: &str) -> Result<String, String> {
        if path.starts_with('/') || path.starts_with('~') {
            return Err(format!("{path} is outside of the scanned tree and not read"));
        }
        Ok(normalise(&join(&self.root.folder, path)))
    }
}

impl Files for ModuleFiles<'_, '_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.root.step(BYTES)?;
        let bytes = self.root.tree.read(&self.inside(path)?).map_err(|reason| format!("{path}: {reason}"))?;
        self.root.step(bytes.len() / BYTES)?;
        Ok(bytes)
    }

    fn exists(&self, path: &str) -> Result<bool, String> {
        self.root.step(BYTES)?;
        self.root.tree.is_file(&self.inside(path)?)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        self.root.step(BYTES)?;
        let found = self.root.tree.files_below(&self.inside(folder)?);
        self.root.step(found.len() * 4)?;
        Ok(found)
    }
}
