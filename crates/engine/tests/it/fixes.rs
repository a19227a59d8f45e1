//! Every patch in the catalogue, proven on its check's own failing cases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine::{Catalog, prove_cases};

/// Cases whose finding the patch does not end, and why.
const LEFT: [(&str, &str, &str); 7] = [
    // Which version is the user's to say.
    (
        "azure-cognitive-services-model-version-unpinned",
        "never upgraded, but no version written",
        "no version is written",
    ),
    ("azure-cognitive-services-connection-key-auth", "key of another account", "has no attribute for it"), // the type is the kind of key
    ("azure-cognitive-services-storage-connection-key-auth", "account key", "has no attribute for it"),
    // A closed account whose agents stand in no network is another finding.
    (
        "azure-cognitive-services-open-to-internet",
        "settings left at their defaults",
        "a new finding would appear",
    ),
    ("azure-search-free-tier", "free", "a new finding would appear"), // so is a paid service of one replica
    // The list that holds the whole internet is shortened by hand.
    (
        "azure-storage-account-open-to-internet",
        "denies by default, but lists the whole internet",
        "says so already",
    ),
    ("google-cloud-run-model-open-to-everyone", "first generation, open", "has no attribute for it"), // an annotation
];

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
            Err(reason)
                if LEFT.iter().any(|(c, n, r)| *c == case.check && *n == case.case && reason.contains(r)) => {
            }
            Err(reason) => {
                failed.push(format!("{} · {} · {:?}: {reason}", case.check, case.case, case.dialects));
            }
        }
    }
    let patches = catalog.checks.iter().filter(|c| c.card.fix.as_ref().is_some_and(|f| !f.set.is_empty()));
    let untried: Vec<&str> =
        patches.map(|c| &*c.card.id.text).filter(|id| !cases.iter().any(|c| c.check == *id)).collect();
    println!("{} cases, {} checks proven", cases.len(), proven.len());
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    proven.values().flatten().for_each(|d| *count.entry(d).or_default() += 1);
    println!("{count:?}");
    println!("untried: {untried:#?}");
    if std::env::var_os("SHOW").is_some() {
        for c in &cases {
            if let Ok(d) = &c.result {
                println!("== {} · {}\n{d}", c.check, c.case);
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
