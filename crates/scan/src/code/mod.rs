//! What source code and notebooks say of AI: services, models, agents, tools, and where model output goes.

use catalog::Catalog;
use collect::{Source, Tree};
use model::Observations;

/// The reader of source code.
pub struct Code<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for it.
pub fn wants(_path: &str) -> bool {
    false
}

impl Source for Code<'_> {
    fn name(&self) -> &'static str {
        "code"
    }

    fn observe(&self, _tree: &Tree) -> Observations {
        Observations::default()
    }
}
