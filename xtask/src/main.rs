//! `cargo xtask`: what the house does for itself. `tidy` checks the laws of ARCHITECTURE.md.
//!
//! Nothing here is part of the product. `docs` writes the generated pages of docs/, `tables` the tables
//! that crates compile in; nothing else changes a file.

mod docs;
mod laws;
mod rust;
mod tables;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::tree::Tree;

const USAGE: &str = "usage: cargo xtask tidy|docs|tables\n\n  tidy   check the laws of the house and report every violation\n  docs   write the pages of docs/ that are made from the cards\n  tables aws DATA.json.gz DATE   write the table of AWS managed policies from a file of iam-dataset";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer tool talks to the developer")]
fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let tree = Tree::read(&root()?)?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => {}
        ["docs"] => {
            let written = docs::write(&root()?, &tree)?;
            println!("docs: {written} pages");
            return Ok(ExitCode::SUCCESS);
        }
        ["tables", "aws", data, date] => {
            let written = tables::aws(&root()?, data.as_ref(), date)?;
            println!("tables: {written} managed policies");
            return Ok(ExitCode::SUCCESS);
        }
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    }
    for (path, lines) in laws::long_files(&tree) {
        println!("note: {path} has {lines} lines; over {} is a violation", laws::MAX_LINES);
    }
    let violations = laws::check(&tree);
    for violation in &violations {
        println!("{violation}");
    }
    println!("tidy: {} files, {} violations", tree.files.len(), violations.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The checkout that this package lies in. Asked at run time: a shared target folder may hold a binary that was
/// built from another checkout.
fn root() -> Result<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").context("run this through cargo: `cargo xtask`")?;
    Ok(PathBuf::from(package).parent().context("xtask lies in the root of the checkout")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_the_cards_are_fresh() {
        let tree = Tree::read(&root().unwrap()).unwrap();
        let stale = docs::stale(&tree);
        assert!(stale.is_empty(), "run `cargo xtask docs`; stale: {stale:?}");
    }

    #[test]
    fn the_house_is_tidy() {
        let violations = laws::check(&Tree::read(&root().unwrap()).unwrap());
        let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(all.is_empty(), "\n{}\n", all.join("\n"));
    }
}
