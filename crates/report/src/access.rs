//! The AI verb matrix for people and programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use model::{AssetId, Coverage, Foothold, Matrix, Verdict};

/// `{"cells": […], "cut": false}`, indented, ended with a line break.
pub fn json(matrix: &Matrix) -> String {
    crate::json::pretty(matrix)
}

/// By resource, then by verb: who, how sure, and the statement that decides.
pub fn terminal(
    matrix: &Matrix,
    assets: &BTreeMap<AssetId, (Arc<str>, String)>,
    notes: &[Coverage],
) -> String {
    let named = |id: &AssetId| assets.get(id).map_or_else(|| id.0.clone(), |(address, _)| address.clone());
    let mut out = String::new();
    let mut resource = None;
    for cell in &matrix.cells {
        if resource != Some(&cell.resource) {
            let gap = if resource.is_some() { "\n" } else { "" };
            let _ = writeln!(out, "{gap}{}", named(&cell.resource));
            resource = Some(&cell.resource);
        }
        let who = match &cell.who {
            Foothold::Entry { entry } => entry.to_string(),
            Foothold::Asset { asset, .. } => named(asset).to_string(),
        };
        let _ = writeln!(out, "  {:<18} {:<12} {who}", cell.verb, cell.verdict.word());
        match &cell.verdict {
            Verdict::Allowed => {}
            Verdict::Conditional(all) => {
                for condition in all {
                    let _ = writeln!(out, "      if {condition}");
                }
            }
            Verdict::Unknown(why) => {
                let _ = writeln!(out, "      not known: {why}");
            }
        }
        for grounds in cell.grounds.iter().take(3) {
            let _ = writeln!(out, "      {}  {}", crate::paths::place(&grounds.evidence), grounds.says);
        }
        for need in &cell.needs {
            let what = match need {
                Foothold::Entry { entry } => format!("a way in: {entry}"),
                Foothold::Asset { asset, level } => format!("{level} of {}", named(asset)),
            };
            let _ = writeln!(out, "      needs {what} too");
        }
    }
    if matrix.cells.is_empty() {
        out.push_str("nobody that is known here\n");
    }
    if matrix.cut {
        let _ = writeln!(out, "\nmore than {} cells: ask for a narrower part", matrix.cells.len());
    }
    if !notes.is_empty() {
        out.push_str("\nNot assessed\n");
        for note in notes.iter().take(20) {
            let _ = writeln!(out, "  {}  {}", note.path, note.reason.as_deref().unwrap_or_default());
        }
        if notes.len() > 20 {
            let _ = writeln!(out, "  and {} more", notes.len() - 20);
        }
    }
    out
}
