//! The text of a file as it is parsed, and the way back to where it stands: notebooks keep their code in cells of JSON.

use std::sync::Arc;

use formats::code::Language;
use model::Position;

/// A source text.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: Arc<str>,
    pub(crate) language: Language,
    pub(crate) text: String,
    /// Of a notebook: for each line of the text the line of the file it stands on.
    pub(crate) lines: Option<Vec<u32>>,
}

impl Source {
    /// A place in the text as a place in the file.
    pub(crate) fn placed(&self, here: Position) -> Position {
        let Some(lines) = &self.lines else { return here };
        let line = |line: u32| lines.get(line as usize - 1).copied().unwrap_or(line);
        Position { line: line(here.line), end_line: line(here.end_line), ..here }
    }
}

/// The language of a file by its name.
pub(crate) fn language_of(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "py" | "pyi" | "ipynb" => Language::Python,
        "js" | "mjs" | "cjs" | "jsx" => Language::JavaScript,
        "ts" | "mts" | "cts" => Language::TypeScript,
        "tsx" => Language::Tsx,
        "go" => Language::Go,
        "java" => Language::Java,
        "kt" | "kts" => Language::Kotlin,
        "cs" => Language::CSharp,
        "rs" => Language::Rust,
        _ => return None,
    })
}
