//! `stance mcp`: the lock of MCP servers, tools and instructions.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use engine::{Request, Selection};

use crate::End;
use crate::arguments::LockOptions;
use crate::scan::{home, load, while_patient, write};

/// The lock in the folder, where no other file is named.
const LOCK: &str = "mcp.lock.json";

pub(crate) fn lock(catalog: Option<&Path>, options: &LockOptions) -> Result<End> {
    let (file, snapshot) = scanned(catalog, options)?;
    write(&engine::lock(&snapshot.assets), Some(&file))?;
    Ok(End::Clean)
}

pub(crate) fn verify(catalog: Option<&Path>, options: &LockOptions) -> Result<End> {
    let (file, snapshot) = scanned(catalog, options)?;
    let shown = file.display();
    let locked = fs::read_to_string(&file)
        .with_context(|| format!("cannot read {shown}; `stance mcp lock` writes it"))?;
    let changes = engine::verify(&locked, &snapshot.assets).map_err(|error| anyhow!("{shown}: {error}"))?;
    let lines: String = changes.iter().map(|change| format!("{change}\n")).collect();
    write(&lines, None)?;
    Ok(if changes.is_empty() { End::Clean } else { End::Findings })
}

/// The place of the lock, and what there is to lock.
fn scanned(catalog: Option<&Path>, options: &LockOptions) -> Result<(PathBuf, model::Snapshot)> {
    let catalog = load(catalog)?;
    let root = if options.home { home()? } else { options.path.clone() };
    let folder = if root.is_file() { root.parent().unwrap_or(&root).to_owned() } else { root.clone() };
    let file = options.file.clone().unwrap_or_else(|| folder.join(LOCK));
    // Nothing is judged.
    let selection = Selection { only: Vec::new(), without: vec!["*".into()] };
    let request = Request { root, home: options.home, selection, ..Request::default() };
    let snapshot = while_patient(|| engine::scan(&request, &catalog))?;
    Ok((file, snapshot))
}
