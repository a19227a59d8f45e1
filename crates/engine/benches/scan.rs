//! Where the time of a scan goes. `STANCE_REPOS` names folders (separated by `:`) to scan besides the example estate.

use std::path::PathBuf;

use divan::Bencher;
use engine::{Catalog, Request};

fn main() {
    divan::main();
}

fn example() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/estate"))
}

/// The folders that are scanned.
fn folders() -> Vec<String> {
    let given = std::env::var("STANCE_REPOS").unwrap_or_default();
    let mut all = vec![example().display().to_string()];
    all.extend(given.split(':').filter(|p| !p.is_empty()).map(str::to_owned));
    all
}

#[divan::bench]
fn catalogue_start(bencher: Bencher<'_, '_>) {
    bencher.bench(Catalog::embedded);
}

#[divan::bench(args = folders())]
fn scan(bencher: Bencher<'_, '_>, folder: &str) {
    let catalog = Catalog::embedded();
    let request = Request { root: folder.into(), ..Request::default() };
    bencher.bench(|| engine::scan(&request, &catalog).map(|s| s.outcomes.len()));
}
