//! Keys and other secrets in text of any kind, by the formats on the cards of `catalog/secrets`.

use catalog::Catalog;
use collect::{Source, Tree};
use model::Observations;

/// The scanner of keys.
pub struct Secrets<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for it.
pub fn wants(_path: &str) -> bool {
    false
}

impl Source for Secrets<'_> {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn observe(&self, _tree: &Tree) -> Observations {
        Observations::default()
    }
}
