//! `docs/coverage.md`: what others check, row by row, and the check of ours that covers it, or the reason why none does.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catalog::Catalog;
use serde::Deserialize;

use super::{cell, page_of, shelf};
use crate::tree::Tree;

/// The list of rows.
const ROWS: &str = "catalog/coverage.yaml";

/// One row of somebody's catalogue, in our words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    peer: String,
    id: String,
    what: String,
    reason: Option<String>,
    /// Where the row is nobody's, and no id can be the same.
    #[serde(default)]
    checks: Vec<String>,
}

pub(super) fn page(catalog: &Catalog, tree: &Tree, pages: &mut BTreeMap<String, String>) {
    let Some(text) = tree.files.get(ROWS) else { return };
    let Ok(rows) = serde_saphyr::from_str::<Vec<Row>>(text) else { return };
    let mut covering: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut links: BTreeMap<&str, String> = BTreeMap::new();
    for check in &catalog.checks {
        let id = &check.card.id.text;
        let link = format!("[{id}](checks/{}#{id})", page_of(shelf(&check.card.file, "checks")));
        for same in &check.card.same_as {
            covering.entry(same).or_default().push(link.clone());
        }
        links.insert(id, link);
    }
    let mut by_peer: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        by_peer.entry(&row.peer).or_default().push(row);
    }
    let mut out = String::from(
        "# Coverage\n\nWhat others check about AI, and the check of ours that covers it. Titles are in our words; the conditions of our checks \
         come from the providers' documentation.\n",
    );
    for (peer, rows) in by_peer {
        let of = |row: &Row| {
            let named = row.checks.iter().filter_map(|check| links.get(&**check)).cloned();
            let same = covering.get(&*format!("{peer}:{}", row.id)).into_iter().flatten().cloned();
            let ours: Vec<String> = named.chain(same).collect();
            (!ours.is_empty()).then(|| ours.join(", "))
        };
        let covered = rows.iter().filter(|row| of(row).is_some()).count();
        _ = write!(
            out,
            "\n## {peer}\n\n{covered} of {} covered.\n\n| row | what | ours |\n|---|---|---|\n",
            rows.len()
        );
        for row in rows {
            let ours = of(row)
                .or_else(|| row.reason.as_ref().map(|r| format!("none: {}", cell(r))))
                .unwrap_or_default();
            _ = writeln!(out, "| `{}` | {} | {ours} |", row.id, cell(&row.what));
        }
    }
    pages.insert("docs/coverage.md".into(), out);
}
