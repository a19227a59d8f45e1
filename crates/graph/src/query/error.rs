//! What is wrong with a query, and where: messages for the person who wrote it.

use std::fmt;
use std::ops::Range;

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The text is no query of the language, or names something that is not there.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// An operation does not fit the value that it met.
    #[error("{0}")]
    Value(String),
    /// The answer would cost more than is allowed; nothing of it is given.
    #[error("{0}")]
    Limit(#[from] Exceeded),
}

/// A mistake with its place in the query text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub message: String,
    pub help: Option<String>,
    /// From 1; a column counts characters.
    pub line: usize,
    pub column: usize,
    /// The line of the query, and how many of its characters are meant.
    excerpt: String,
    width: usize,
}

/// Longest excerpt on each side of the place, in characters.
const EXCERPT: usize = 60;

impl Mistake {
    pub(super) fn at(text: &str, span: &Range<usize>, message: impl Into<String>) -> Self {
        let start = span.start.min(text.len());
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let line = text[line_start..].lines().next().unwrap_or_default();
        let column = text[line_start..start].chars().count();
        let end = span.end.clamp(start, line_start + line.len().max(start - line_start));
        let width = text[start..end.max(start)].chars().count().max(1);
        // Long lines are cut around the place.
        let from = column.saturating_sub(EXCERPT);
        let excerpt: String = line.chars().skip(from).take(2 * EXCERPT).collect();
        let pad = if from > 0 { "…" } else { "" };
        Mistake {
            message: message.into(),
            help: None,
            line: text[..start].matches('\n').count() + 1,
            column: column + 1,
            excerpt: format!("{pad}{excerpt}\n{}", " ".repeat(column - from + pad.chars().count())),
            width: width.min(EXCERPT),
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} (line {}, column {})", self.message, self.line, self.column)?;
        for (i, line) in self.excerpt.split('\n').enumerate() {
            match i {
                0 => writeln!(f, "  {line}")?,
                _ => write!(f, "  {line}{}", "^".repeat(self.width))?,
            }
        }
        match &self.help {
            Some(help) => write!(f, "\n  {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Mistake {}

/// The limit that a query ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    #[error(
        "the query has more than {0} rows: add LIMIT {0}, narrow it with WHERE or a label, or allow more with --max-rows"
    )]
    Rows(usize),
    #[error(
        "the query looked at more than {0} nodes, relationships and values: give patterns a label or a property, join \
         them by a relationship, and bound variable lengths (`*1..4`), or allow more with --max-steps"
    )]
    Steps(u64),
    #[error(
        "the query holds more than {} MiB of rows at once: return fewer columns, aggregate earlier, or use ORDER BY with \
         LIMIT",
        .0 >> 20
    )]
    Memory(usize),
    #[error(
        "a single value of the query grows beyond {0} elements: narrow what is collected with WHERE or LIMIT"
    )]
    Value(usize),
    #[error("a value of the query nests deeper than {0} lists or maps")]
    Nesting(usize),
}
