//! The pages of docs/ that are made from the cards: checks, kinds, techniques, and what of the field is covered.
//!
//! A page is a function of the catalogue and its tests alone; a test compares the pages with what would be written.

mod checks;
mod coverage;
mod kinds;
mod techniques;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use catalog::Catalog;

use crate::tree::Tree;

/// Folders whose pages are all ours, and single pages.
const FOLDERS: [&str; 3] = ["docs/checks/", "docs/kinds/", "docs/techniques/"];
const PAGES: [&str; 1] = ["docs/coverage.md"];

/// Every page by its path.
fn pages(tree: &Tree) -> BTreeMap<String, String> {
    let catalog = Catalog::embedded();
    let mut pages = BTreeMap::new();
    checks::pages(&catalog, tree, &mut pages);
    kinds::pages(&catalog, &mut pages);
    techniques::pages(&catalog, &mut pages);
    coverage::page(&catalog, tree, &mut pages);
    pages
}

/// Writes the pages and removes those that no card makes any more; how many there are.
pub(crate) fn write(root: &Path, tree: &Tree) -> Result<usize> {
    let pages = pages(tree);
    for (path, text) in &pages {
        let full = root.join(path);
        let folder = full.parent().unwrap_or(root);
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(&full, text).with_context(|| format!("cannot write {path}"))?;
    }
    for path in generated(tree).filter(|path| !pages.contains_key(*path)) {
        fs::remove_file(root.join(path)).with_context(|| format!("cannot remove {path}"))?;
    }
    Ok(pages.len())
}

/// Pages that are not what would be written.
#[cfg(test)]
pub(crate) fn stale(tree: &Tree) -> Vec<String> {
    let pages = pages(tree);
    let gone = generated(tree).filter(|path| !pages.contains_key(*path)).map(str::to_owned);
    let changed = pages.iter().filter(|(path, text)| tree.files.get(*path) != Some(text));
    changed.map(|(path, _)| path.clone()).chain(gone).collect()
}

fn generated(tree: &Tree) -> impl Iterator<Item = &str> {
    let ours = |path: &&str| FOLDERS.iter().any(|f| path.starts_with(f)) || PAGES.contains(path);
    tree.files.keys().map(String::as_str).filter(ours)
}

/// The words of a cell: no line breaks, and nothing that would end it.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The provider and service that a card lies under: `azure/cognitive-services`.
fn shelf<'c>(file: &'c str, room: &str) -> &'c str {
    let below = file.strip_prefix("catalog/").unwrap_or(file);
    let below = below.strip_prefix(room).unwrap_or(below).trim_start_matches('/');
    let mut slashes = below.match_indices('/').map(|(at, _)| at);
    let end = slashes.nth(1).or_else(|| below.find('/')).unwrap_or(below.len());
    &below[..end]
}

/// The page of a shelf, beside the others.
fn page_of(shelf: &str) -> String {
    format!("{}.md", shelf.replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_lies_on_its_shelf() {
        assert_eq!(shelf("catalog/checks/aws/bedrock/x/check.yaml", "checks"), "aws/bedrock");
        assert_eq!(shelf("catalog/kinds/aws/bedrock/agent.yaml", "kinds"), "aws/bedrock");
        assert_eq!(shelf("catalog/checks/agents/x/check.yaml", "checks"), "agents/x");
        assert_eq!(cell("a |\n b"), "a \\| b");
    }
}
