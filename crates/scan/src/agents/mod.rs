//! Agents, MCP clients and servers, instructions and skills that are configured in files.

use catalog::Catalog;
use collect::{Source, Tree};
use model::Observations;

/// The reader of agent configurations.
pub struct Agents<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for it.
pub fn wants(_path: &str) -> bool {
    false
}

impl Source for Agents<'_> {
    fn name(&self) -> &'static str {
        "agents"
    }

    fn observe(&self, _tree: &Tree) -> Observations {
        Observations::default()
    }
}
