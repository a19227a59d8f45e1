//! Any text as every lock file and manifest at once: no panic, and every package has a place in the text, a purl and edges
//! that lead somewhere.
#![no_main]

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source, Tree};
use libfuzzer_sys::fuzz_target;
use scan::packages::Packages;

const NAMES: [&str; 29] = [
    "Cargo.lock", "Cargo.toml", "Directory.Packages.props", "Gemfile.lock", "Pipfile", "Pipfile.lock", "app.csproj",
    "build.gradle.kts", "bun.lock", "environment.yml", "go.mod", "gradle.lockfile", "gradle/libs.versions.toml",
    "package-lock.json", "package.json", "packages.config", "packages.lock.json", "paket.lock", "pdm.lock",
    "pnpm-lock.yaml", "poetry.lock", "pom.xml", "pylock.toml", "pyproject.toml", "requirements.txt", "requirements/a.txt",
    "setup.cfg", "uv.lock", "yarn.lock",
];

fuzz_target!(|text: &str| {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
    let below = NAMES.iter().map(|name| (format!("member/{name}"), text));
    let tree = Tree::of_texts(NAMES.iter().map(|name| ((*name).to_owned(), text)).chain(below));
    let seen = Packages { catalog }.observe(&tree);
    for asset in &seen.assets {
        let _ = asset.document.display();
        assert!(!asset.evidence.is_empty());
    }
});
