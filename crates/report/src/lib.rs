//! A snapshot written for people and machines: terminal text, JSON, SARIF and Markdown, one file each; and the bill of
//! materials of one, as CycloneDX and SPDX; and the answer to a query as a table.
//!
//! A report derives from the snapshot and its options alone: the same snapshot gives the same bytes. Nothing here
//! judges, reads a file, a clock or the environment, or prints.

pub mod access;
pub mod bom;
pub mod comparison;
mod cyclonedx;
mod excerpt;
mod json;
mod markdown;
mod palette;
mod patch;
pub mod paths;
mod sarif;
mod screen;
mod select;
mod spdx;
pub mod table;
mod terminal;
mod text;

use model::{Severity, Snapshot};

/// How a snapshot is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Terminal,
    Json,
    /// SARIF 2.1.0 (OASIS standard).
    Sarif,
    /// GitHub-flavoured Markdown of at most 60,000 characters, for a comment on a pull request.
    Markdown,
}

/// The text of scanned files, for excerpts. A file may be gone or changed since it was scanned.
pub trait Sources {
    /// Line `line`, counted from 1, of the file at `path` below the scanned root.
    fn line(&self, path: &str, line: u32) -> Option<String>;
}

/// What to show, and how.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Show passed checks as well.
    pub all: bool,
    /// Only the summary.
    pub quiet: bool,
    /// Every place, reason and control.
    pub verbose: bool,
    /// Outcomes below this severity are left out, in every format.
    pub min_severity: Severity,
    pub sources: &'a dyn Sources,
    /// What was scanned, as it was named, for the commands that are proposed.
    pub root: &'a str,
    pub catalog_version: &'a str,
    pub tool_version: &'a str,
}

/// The whole report, ending in a line break.
pub fn render(snapshot: &Snapshot, format: Format, options: &Options<'_>) -> String {
    match format {
        Format::Terminal => terminal::render(snapshot, options),
        Format::Json => json::render(snapshot, options),
        Format::Sarif => sarif::render(snapshot, options),
        Format::Markdown => markdown::render(snapshot, options),
    }
}
