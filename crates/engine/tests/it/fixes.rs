//! Every patch in the catalogue, proven on its check's own failing cases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine::{Catalog, prove_cases};

#[test]
fn every_patch_ends_the_finding_that_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let files = engine::catalog_files(&root).unwrap();
    let catalog = Catalog::embedded();
    let cases = prove_cases(&catalog, &files);
    let mut proven: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut failed = Vec::new();
    for case in &cases {
        match &case.result {
            Ok(_) => proven.entry(&case.check).or_default().extend(&case.dialects),
            Err(reason) => failed.push(format!("{} · {}: {reason}", case.check, case.case)),
        }
    }
    let patches = catalog.checks.iter().filter(|c| c.card.fix.as_ref().is_some_and(|f| !f.set.is_empty()));
    let untried: Vec<&str> =
        patches.map(|c| &*c.card.id.text).filter(|id| !cases.iter().any(|c| c.check == *id)).collect();
    println!("{} cases, {} checks proven", cases.len(), proven.len());
    println!("untried: {untried:#?}");
    if std::env::var_os("SHOW").is_some() {
        for c in &cases { if let Ok(d) = &c.result { println!("== {} · {}\n{d}", c.check, c.case); } }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
