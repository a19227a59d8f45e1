//! What changed from one bill to another: components added, removed, and changed in version or in what is said of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::listing::{Entry, Listing};
use crate::json;
use crate::text::visible;

/// Longer values are cut in the text, in characters.
const MAX_SHOWN: usize = 120;

/// Three lists, each in the order of kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub added: Vec<Item>,
    pub removed: Vec<Item>,
    pub changed: Vec<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Item {
    pub kind: String,
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// A component of both bills.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    #[serde(flatten)]
    pub item: Item,
    pub fields: Vec<FieldChange>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FieldChange {
    pub field: String,
    pub before: Vec<String>,
    pub after: Vec<String>,
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Compares two bills. Of several components with one key (two versions of a package) those of the same version meet
/// first; what is left meets in the order of versions.
pub fn diff(before: &Listing, after: &Listing) -> Difference {
    let mut keys: BTreeMap<&str, (Vec<&Entry>, Vec<&Entry>)> = BTreeMap::new();
    for entry in &before.entries {
        keys.entry(&entry.key).or_default().0.push(entry);
    }
    for entry in &after.entries {
        keys.entry(&entry.key).or_default().1.push(entry);
    }
    let same_format = before.format == after.format;
    let mut found = Difference::default();
    for (mut old, mut new) in keys.into_values() {
        let mut pairs = Vec::new();
        // The same in all first, then the same version, then whatever is left.
        let alike: [fn(&Entry, &Entry) -> bool; 3] =
            [|a, b| a == b, |a, b| a.version == b.version, |_, _| true];
        for alike in alike {
            old.retain(|a| match new.iter().position(|b| alike(a, b)) {
                Some(at) => {
                    pairs.push((*a, new.remove(at)));
                    false
                }
                None => true,
            });
        }
        found.removed.extend(old.into_iter().map(item));
        found.added.extend(new.into_iter().map(item));
        found.changed.extend(pairs.into_iter().filter_map(|(a, b)| change(a, b, same_format)));
    }
    found.added.sort();
    found.removed.sort();
    found.changed.sort();
    found
}

fn item(entry: &Entry) -> Item {
    Item { kind: entry.kind.clone(), name: entry.name.clone(), version: entry.version.clone() }
}

/// Two formats do not tell the same: between them only versions, endpoints and licences are compared.
fn change(before: &Entry, after: &Entry, same_format: bool) -> Option<Change> {
    let mut fields = Vec::new();
    if before.version != after.version {
        let versions =
            |entry: &Entry| Some(entry.version.clone()).into_iter().filter(|v| !v.is_empty()).collect();
        fields.push(FieldChange {
            field: "version".into(),
            before: versions(before),
            after: versions(after),
        });
    }
    let names: BTreeSet<&String> = before.fields.keys().chain(after.fields.keys()).collect();
    let compared = |name: &str| same_format || matches!(name, "endpoint" | "license" | "authenticated");
    for name in names.into_iter().filter(|name| compared(name)) {
        let (old, new) = (before.fields.get(name), after.fields.get(name));
        if old != new {
            let only = |these: Option<&BTreeSet<String>>, others: Option<&BTreeSet<String>>| {
                let others = others.cloned().unwrap_or_default();
                these.into_iter().flatten().filter(|v| !others.contains(*v)).cloned().collect()
            };
            fields.push(FieldChange { field: name.clone(), before: only(old, new), after: only(new, old) });
        }
    }
    (!fields.is_empty()).then(|| Change { item: item(after), fields })
}

/// For a person: one line for each component, one below it for each field.
pub fn render_diff(found: &Difference) -> String {
    let mut out = String::new();
    let shown = |item: &Item| {
        let version = if item.version.is_empty() { String::new() } else { format!(" {}", item.version) };
        visible(&format!("{} {}{version}", item.kind, item.name), 200).into_owned()
    };
    for item in &found.added {
        _ = writeln!(out, "+ {}", shown(item));
    }
    for item in &found.removed {
        _ = writeln!(out, "- {}", shown(item));
    }
    for change in &found.changed {
        _ = writeln!(out, "~ {}", shown(&change.item));
        for field in &change.fields {
            let values = |values: &[String]| match values {
                [] => "(none)".to_owned(),
                values => values.iter().map(|v| visible(v, MAX_SHOWN)).collect::<Vec<_>>().join(", "),
            };
            _ = writeln!(
                out,
                "    {}: {} → {}",
                visible(&field.field, MAX_SHOWN),
                values(&field.before),
                values(&field.after)
            );
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let (added, removed, changed) = (found.added.len(), found.removed.len(), found.changed.len());
    _ = writeln!(out, "{added} added, {removed} removed, {changed} changed");
    out
}

/// For a program, `stance.bom-diff/1`.
pub fn render_diff_json(found: &Difference) -> String {
    #[derive(Serialize)]
    struct Report<'a> {
        schema: &'static str,
        #[serde(flatten)]
        found: &'a Difference,
    }
    json::pretty(&Report { schema: "stance.bom-diff/1", found })
}
