//! What our Rust may say: who may touch the world, who may print, how long a file is, which exceptions are allowed.

use super::{MAX_LINES, Violation, violation};
use crate::rust;
use crate::tree::Tree;

/// The crates of invariant 1, the planned ones among them.
const PURE: &[&str] = &["model", "formats", "catalog", "graph", "identity", "policy", "paths", "report"];
/// Parts of `std` that reach outside. Addresses without sockets are in `core::net`.
const OUTSIDE: &[&str] = &["fs", "env", "net", "process"];
const CLOCKS_AND_ASYNC: &[&str] = &["SystemTime", "Instant", "async fn"];
const PRINTS: &[&str] = &["print!", "println!", "eprint!", "eprintln!", "dbg!"];

/// Invariant 1: no IO, no clock, no environment, no `async`. Tests and build scripts may.
pub(super) fn pure_crates_stay_pure(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, code) in product_code(tree, |name| PURE.contains(&name)) {
        let words = OUTSIDE.iter().map(|part| format!("std::{part}"));
        for word in words.chain(CLOCKS_AND_ASYNC.iter().map(|word| (*word).to_owned())) {
            let lines = rust::lines_with(&code, &word);
            found.extend(lines.into_iter().map(|line| violation(path, line, impure(&word))));
        }
        for (at, _) in code.match_indices("std::{") {
            let at = at + "std::{".len();
            for (offset, name) in names_of_group(&code[at..]).filter(|(_, name)| OUTSIDE.contains(name)) {
                let line = rust::line_of(&code, at + offset);
                found.push(violation(path, line, impure(&format!("std::{name}"))));
            }
        }
    }
    found
}

/// A command line prints; everything else returns what is to be printed.
pub(super) fn only_cli_prints(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, code) in product_code(tree, |name| name != "cli") {
        for print in PRINTS {
            let lines = rust::lines_with(&code, print);
            found.extend(
                lines.into_iter().map(|line| violation(path, line, format!("`{print}`: only cli prints"))),
            );
        }
    }
    found
}

pub(super) fn files_are_small(tree: &Tree) -> Vec<Violation> {
    let lengths = tree.matching("", ".rs").map(|(path, text)| (path, text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > MAX_LINES);
    long.map(|(path, lines)| {
        violation(path, lines, format!("{lines} lines; at most {MAX_LINES}, one idea each"))
    })
    .collect()
}

pub(super) fn modules_say_what_they_are(tree: &Tree) -> Vec<Violation> {
    let is_root = |path: &str| matches!(path.rsplit('/').next(), Some("lib.rs" | "main.rs" | "mod.rs"));
    let ours = tree.matching("", ".rs").filter(|(path, _)| is_root(path) && !path.contains("/tests/"));
    let silent = ours.filter(|(_, text)| !text.trim_start().starts_with("//!"));
    silent
        .map(|(path, _)| violation(path, 1, "open with `//!`: what lives here, and what does not"))
        .collect()
}

/// A lint is switched off with a reason or not at all; `expect` is better, since it ends when its cause does.
pub(super) fn exceptions_have_reasons(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.matching("", ".rs") {
        let blanked = rust::blank(text);
        for word in ["[allow(", "[expect("] {
            for (at, _) in blanked.match_indices(word) {
                let attribute =
                    blanked[at..].split_once(")]").map_or(&blanked[at..], |(attribute, _)| attribute);
                if !attribute.contains("reason") {
                    let say = format!("`#{word}…)]` has no reason: `#[expect(…, reason = \"…\")]`");
                    found.push(violation(path, rust::line_of(&blanked, at), say));
                }
            }
        }
    }
    found
}

pub(super) fn no_test_is_ignored(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.matching("", ".rs") {
        let blanked = rust::blank(text);
        for (at, _) in blanked.match_indices("#[ignore") {
            let say = "an ignored test tests nothing: make it fast, or delete it";
            found.push(violation(path, rust::line_of(&blanked, at), say));
        }
    }
    found
}

/// The code under `src` of the crates so named, tests left out.
fn product_code(tree: &Tree, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, String)> {
    let test_files = rust::test_files(tree);
    tree.matching("crates/", ".rs").filter_map(move |(path, text)| {
        let (name, file) = path.strip_prefix("crates/")?.split_once('/')?;
        let counts = file.starts_with("src/") && wanted(name) && !test_files.contains(path);
        counts.then(|| (path, rust::code(text)))
    })
}

fn impure(word: &str) -> String {
    let hint = if word == "std::net" { "; addresses alone are in `core::net`" } else { "" };
    format!("`{word}` in a crate that does no IO, reads no clock and has no async (invariant 1){hint}")
}

/// The first names of a `use` group, with their offsets: `fs` and `io` of `fs::{File, env}, io};`.
fn names_of_group(group: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut depth = 0usize;
    let mut starts = vec![0];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts.push(at + 1),
            _ => {}
        }
    }
    starts.into_iter().map(move |start| {
        let item = group[start..].trim_start();
        let end = item.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(item.len());
        (group.len() - item.len(), &item[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn a_pure_crate_that_reaches_outside_is_reported() {
        let code = "//! About std::fs.\nuse std::{collections::{BTreeMap, env}, fmt,\n    fs};\nuse std::time::Instant;\n\
                    fn f() { std::env::var(\"std::net\"); }\nasync fn g() {}\n#[cfg(test)]\nmod tests { use std::process; }\n";
        let expected = |path: &str| {
            let at = |line: usize, word: &str| format!("{path}:{line}: {}", impure(word));
            vec![at(5, "std::env"), at(4, "Instant"), at(6, "async fn"), at(3, "std::fs")]
        };
        let path = "crates/graph/src/reach.rs";
        assert_eq!(said(pure_crates_stay_pure, &[(path, code)]), expected(path));
        let elsewhere = ["crates/collect/src/lib.rs", "crates/catalog/build.rs", "crates/graph/src/tests.rs"];
        for path in elsewhere {
            assert_eq!(said(pure_crates_stay_pure, &[(path, code)]), [""; 0], "{path}");
        }
    }

    #[test]
    fn a_print_outside_cli_is_reported() {
        let code = "fn f() {\n    println!(\"x\");\n    dbg!(1);\n    writeln!(out, \"println!\");\n}\n";
        assert_eq!(
            said(only_cli_prints, &[("crates/cli/src/main.rs", code), ("crates/engine/src/run.rs", code)]),
            [
                "crates/engine/src/run.rs:2: `println!`: only cli prints",
                "crates/engine/src/run.rs:3: `dbg!`: only cli prints",
            ]
        );
    }

    #[test]
    fn a_file_that_is_too_long_is_reported() {
        let (fits, long) = ("x\n".repeat(MAX_LINES), "x\n".repeat(MAX_LINES + 1));
        assert_eq!(
            said(files_are_small, &[("crates/a/src/fits.rs", &fits), ("crates/a/tests/it/long.rs", &long)]),
            ["crates/a/tests/it/long.rs:601: 601 lines; at most 600, one idea each"]
        );
    }

    #[test]
    fn a_module_that_does_not_introduce_itself_is_reported() {
        let files = [
            ("crates/a/src/lib.rs", "//! The a.\n"),
            ("crates/a/src/b/mod.rs", "// The b.\nmod c;\n"),
            ("crates/a/src/b/c.rs", ""),
            ("crates/a/tests/it/main.rs", "mod c;"),
        ];
        assert_eq!(
            said(modules_say_what_they_are, &files),
            ["crates/a/src/b/mod.rs:1: open with `//!`: what lives here, and what does not"]
        );
    }

    #[test]
    fn a_lint_switched_off_without_a_reason_is_reported() {
        let code = "#![allow(dead_code)]\n#[expect(clippy::panic, reason = \"a test\")]\nfn f() {}\n\
                    // #[allow(x)]\n#[expect(\n    unused\n)]\nfn g() {}\n";
        assert_eq!(
            said(exceptions_have_reasons, &[("crates/a/src/b.rs", code)]),
            [
                "crates/a/src/b.rs:1: `#[allow(…)]` has no reason: `#[expect(…, reason = \"…\")]`",
                "crates/a/src/b.rs:5: `#[expect(…)]` has no reason: `#[expect(…, reason = \"…\")]`",
            ]
        );
    }

    #[test]
    fn an_ignored_test_is_reported() {
        let code = "#[test]\n#[ignore = \"slow\"]\nfn f() {}\n";
        assert_eq!(
            said(no_test_is_ignored, &[("crates/a/tests/it/b.rs", code)]),
            ["crates/a/tests/it/b.rs:2: an ignored test tests nothing: make it fast, or delete it"]
        );
    }
}
