//! What is different between two states of an estate.

use serde::Serialize;

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// What it is, the same on both sides.
    pub id: String,
    pub title: String,
    /// Severity, risk or verdict; of what changed, that of the new state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub level: String,
    /// What changed, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    pub new: Vec<Line>,
    pub removed: Vec<Line>,
    pub changed: Vec<Line>,
}

/// What is different.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    pub assets: Changes,
    pub findings: Changes,
    pub permissions: Changes,
    pub paths: Changes,
}

impl Comparison {
    pub fn is_empty(&self) -> bool {
        let lists = [&self.assets, &self.findings, &self.permissions, &self.paths];
        lists.iter().all(|c| c.new.is_empty() && c.removed.is_empty() && c.changed.is_empty())
    }
}
