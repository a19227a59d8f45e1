//! What was read, and what was not, and why.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageStatus {
    Read,
    /// Read, but something in it could not be assessed.
    Partial,
    /// Left out on purpose.
    Skipped,
    /// Could not be read.
    Failed,
}

/// One line of the account that every run gives of itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Coverage {
    /// The source that says so: `terraform`, `files`.
    pub source: Arc<str>,
    /// A path below the root, with `:line:column` where the reason has a place.
    pub path: Arc<str>,
    pub status: CoverageStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Coverage {
    pub fn read(source: &str, path: &str) -> Self {
        Coverage { source: source.into(), path: path.into(), status: CoverageStatus::Read, reason: None }
    }

    pub fn note(
        source: &str,
        path: impl AsRef<str>,
        status: CoverageStatus,
        reason: impl Into<String>,
    ) -> Self {
        Coverage { source: source.into(), path: path.as_ref().into(), status, reason: Some(reason.into()) }
    }
}
