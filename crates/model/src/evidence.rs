//! Where a fact was seen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A place in a text file. Lines and columns start at 1; a column counts Unicode scalar values; the end is
/// exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Path below the scanned root, with `/` between its parts.
    pub path: Arc<str>,
    pub line: u32,
    pub column: u32,
    #[serde(skip)]
    pub end_line: u32,
    #[serde(skip)]
    pub end_column: u32,
    /// Where the value itself was written, when this place only passes it on (`x = var.y`).
    #[serde(skip)]
    pub via: Option<Arc<Position>>,
}

impl Position {
    /// A place of no extent.
    pub fn point(path: Arc<str>, line: u32, column: u32) -> Self {
        Position { path, line, column, end_line: line, end_column: column, via: None }
    }

    /// This place and the places its value came through, nearest first.
    pub fn trail(&self) -> impl Iterator<Item = &Position> {
        std::iter::successors(Some(self), |p| p.via.as_deref())
    }

    /// The same place, its trail leading on to `origin`. A trail that is long already is left as it is.
    #[must_use]
    pub fn leading_to(&self, origin: &Arc<Position>) -> Self {
        fn extended(place: &Position, origin: &Arc<Position>, left: usize) -> Position {
            let via = match &place.via {
                Some(next) if left > 0 => Arc::new(extended(next, origin, left - 1)),
                Some(next) => next.clone(),
                None => origin.clone(),
            };
            Position { via: Some(via), ..place.clone() }
        }
        extended(self, origin, 16)
    }

    /// The same place with `origin` at the end of its trail.
    #[must_use]
    pub fn through(mut self, origin: Arc<Position>) -> Self {
        self.via = Some(origin);
        self
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// One piece of evidence. A conclusion without evidence is not a conclusion.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A place in a source file.
    Source(Position),
    /// A JSON pointer (RFC 6901) into a document that has no positions of its own.
    Pointer { document: Arc<str>, pointer: Arc<str> },
    /// A read-only API call and the pointer into its answer.
    Call { call: Arc<str>, pointer: Arc<str> },
    /// What a provider does when an attribute is absent, and the page that says so.
    Default { path: Arc<str>, page: Arc<str> },
}

impl Evidence {
    /// The source place, if this is one.
    pub fn position(&self) -> Option<&Position> {
        match self {
            Evidence::Source(p) => Some(p),
            _ => None,
        }
    }
}
