//! What lock files and manifests say an application is made of.

use catalog::Catalog;
use collect::{Source, Tree};
use model::Observations;

/// The reader of lock files.
pub struct Packages<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for it.
pub fn wants(_path: &str) -> bool {
    false
}

impl Source for Packages<'_> {
    fn name(&self) -> &'static str {
        "packages"
    }

    fn observe(&self, _tree: &Tree) -> Observations {
        Observations::default()
    }
}
