//! Attack paths for people and programs: one format in each file, and the words that all of them use.
//!
//! Nothing here judges or leaves out: what a path is worth is in the snapshot, and which paths are shown is its
//! caller's choice.

mod dot;
mod explain;
mod json;
mod layout;
mod map;
mod mermaid;
mod opengraph;
mod sarif;
mod svg;
mod terminal;
mod verify;
pub(crate) mod words;

use model::{Severity, Snapshot};

use crate::Options;

pub use explain::explain;
pub(crate) use terminal::posture_line;
pub use terminal::terminal;
pub use verify::{Fate, Saved, SavedError, Verified, verified, verified_json, verify};
pub(crate) use words::place;

/// What paths are shown from.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub snapshot: &'a Snapshot,
    /// What entries, techniques and likelihoods are called, and the pages that they rest on.
    pub catalog: &'a catalog::Catalog,
    pub options: &'a Options<'a>,
    /// Paths of at least this risk are those that the smallest set of fixes breaks.
    pub break_from: Severity,
    /// Paths that were found and are not in the snapshot, because they were not asked for.
    pub left_out: usize,
}

/// How the paths of a snapshot are written for programs and other tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    /// SARIF 2.1.0: one result for each path, its steps a code flow.
    Sarif,
    /// A picture of its own: no script, nothing loaded.
    Svg,
    /// A flowchart for Markdown.
    Mermaid,
    /// Graphviz.
    Dot,
    /// BloodHound OpenGraph.
    OpenGraph,
}

/// The whole text, ending in a line break.
pub fn render(view: &View<'_>, format: Format) -> String {
    match format {
        Format::Json => json::json(view.snapshot),
        Format::Sarif => sarif::sarif(view),
        Format::Svg => svg::svg(view.snapshot),
        Format::Mermaid => mermaid::mermaid(view.snapshot),
        Format::Dot => dot::dot(view.snapshot),
        Format::OpenGraph => opengraph::opengraph(view.snapshot),
    }
}
