//! Attack paths for people and programs: one format in each file.

mod json;
mod terminal;

use model::Evidence;

pub use json::json;
pub use terminal::terminal;

/// Where a piece of evidence stands.
pub(crate) fn place(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Source(at) => at.to_string(),
        Evidence::Pointer { document, pointer } => format!("{document}#{pointer}"),
        Evidence::Call { call, pointer } => format!("{call} {pointer}"),
        Evidence::Default { path, .. } => format!("{path} (the provider's default)"),
    }
}
