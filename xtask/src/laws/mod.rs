//! The laws of the house. A law looks at the tree and returns what breaks it; nothing here reads the disk.
//!
//! What rustc, clippy or cargo-deny can say is said there; these are the laws that only we have.

mod cards;
mod code;
mod coverage;
mod crates;
mod text;

use std::fmt;

use crate::tree::Tree;

/// Longer Rust files than this hold more than one idea.
pub(crate) const MAX_LINES: usize = 600;
/// From here on a file is mentioned, so that it is split before it has to be.
const LONG_LINES: usize = 500;

const LAWS: &[fn(&Tree) -> Vec<Violation>] = &[
    crates::arrows,
    crates::reasons,
    crates::owners,
    crates::owners_in_deny,
    code::pure_crates_stay_pure,
    code::only_cli_prints,
    code::files_are_small,
    code::modules_say_what_they_are,
    code::exceptions_have_reasons,
    code::no_test_is_ignored,
    text::no_machine_paths,
    cards::checks,
    cards::kinds,
    cards::frameworks,
    cards::techniques,
    cards::flat,
    coverage::floor,
];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) say: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.say)
    }
}

fn violation(path: &str, line: usize, say: impl Into<String>) -> Violation {
    Violation { path: path.to_owned(), line, say: say.into() }
}

/// Every violation of every law, by place.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut all: Vec<Violation> = LAWS.iter().flat_map(|law| law(tree)).collect();
    all.sort();
    all
}

/// Rust files that will soon be too long, with their lines.
pub(crate) fn long_files(tree: &Tree) -> Vec<(&str, usize)> {
    let lengths = tree.matching("", ".rs").map(|(path, text)| (path, text.lines().count()));
    lengths.filter(|(_, lines)| (LONG_LINES + 1..=MAX_LINES).contains(lines)).collect()
}

/// What a law says of a small tree, for the tests of the laws.
#[cfg(test)]
fn said(law: fn(&Tree) -> Vec<Violation>, files: &[(&str, &str)]) -> Vec<String> {
    law(&Tree::of(files)).iter().map(ToString::to_string).collect()
}
