//! Compiles the catalogue folder into one binary form, so that a start of the program parses no YAML.

#![expect(
    unreachable_pub,
    reason = "card.rs, query.rs, raw.rs and secret.rs are the library's own files, read here as private modules"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/agents.rs"]
mod agents;
#[path = "src/card.rs"]
mod card;
#[path = "src/packages.rs"]
#[expect(dead_code, reason = "only the card is needed here, not the look-up")]
mod packages;
#[path = "src/query.rs"]
mod query;
#[path = "src/raw.rs"]
mod raw;
#[path = "src/raw_sdk.rs"]
mod raw_sdk;
#[expect(dead_code, reason = "what reads a card is not needed to write it")]
#[path = "src/sdk.rs"]
mod sdk;
#[path = "src/secret.rs"]
mod secret;
#[path = "src/technique.rs"]
mod technique;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    list(&root, &mut files)?;
    files.sort();
    let mut cards = card::Cards::default();
    let mut errors = Vec::new();
    for file in &files {
        let relative = file.strip_prefix(&root)?;
        let Some(role) = raw::role(relative) else { continue };
        let name = format!("catalog/{}", relative.display());
        if let Err(error) = raw::read(role, &name, &fs::read_to_string(file)?, &mut cards) {
            errors.push(error.to_string());
        }
    }
    if !errors.is_empty() {
        return Err(format!("the catalogue does not read:\n{}", errors.join("\n")).into());
    }
    cards.sort();
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("catalog.bin"), postcard::to_stdvec(&cards)?)?;
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
