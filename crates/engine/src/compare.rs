//! Two states of an estate compared: new, removed and changed assets, findings, permissions and attack paths.
//!
//! A state is a folder, a revision of its repository, or a scan that was saved as JSON. All three become one plain form
//! first, so that what differs is what a reader of two reports would see.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use catalog::Catalog;
use collect::{Limits, Tree};
use model::{Changes, Comparison, Line, Severity};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::run::{Request, RunError, run};

/// Attributes of one changed asset that are told at most.
const MAX_ATTRIBUTES: usize = 12;
/// Values of a document that are compared at most.
const MAX_VALUES: usize = 20_000;

/// Where a state comes from.
#[derive(Clone, Debug)]
pub enum Side {
    Folder(PathBuf),
    /// A folder as a revision of its repository has it.
    Revision {
        folder: PathBuf,
        revision: String,
    },
    /// The text of a scan in JSON, and its name for messages.
    Saved {
        name: String,
        text: String,
    },
}

/// A state in its plain form; of a saved scan, what is read of it.
#[derive(Debug, Deserialize)]
struct State {
    #[serde(default)]
    assets: Vec<AssetState>,
    #[serde(default)]
    outcomes: Vec<OutcomeState>,
    #[serde(default)]
    attack: AttackState,
}

#[derive(Debug, Deserialize)]
struct AssetState {
    id: String,
    kind: String,
    address: String,
    #[serde(default)]
    document: Json,
}

#[derive(Debug, Deserialize)]
struct OutcomeState {
    check: String,
    title: String,
    status: String,
    severity: String,
    asset: String,
    address: String,
    #[serde(default)]
    discriminator: String,
    risk: Option<RiskState>,
    suppressed: Option<Json>,
}

#[derive(Debug, Deserialize)]
struct RiskState {
    level: String,
}

#[derive(Debug, Default, Deserialize)]
struct AttackState {
    #[serde(default)]
    paths: Vec<PathState>,
    #[serde(default)]
    permissions: Vec<Json>,
}

#[derive(Debug, Deserialize)]
struct PathState {
    id: String,
    title: String,
    risk: RiskState,
    entry: String,
    target: TargetState,
    #[serde(default)]
    steps: Vec<StepState>,
}

#[derive(Debug, Deserialize)]
struct TargetState {
    asset: String,
    level: String,
}

#[derive(Debug, Deserialize)]
struct StepState {
    says: String,
}

/// Compares two states. `request` says how folders and revisions are scanned.
pub fn compare(
    base: &Side,
    head: &Side,
    request: &Request,
    catalog: &Catalog,
) -> Result<Comparison, RunError> {
    let base = state(base, request, catalog)?;
    let head = state(head, request, catalog)?;
    Ok(Comparison {
        assets: changes(&assets(&base), &assets(&head)),
        findings: changes(&findings(&base), &findings(&head)),
        permissions: changes(&permissions(&base), &permissions(&head)),
        paths: changes(&paths(&base), &paths(&head)),
    })
}

fn state(side: &Side, request: &Request, catalog: &Catalog) -> Result<State, RunError> {
    let wants = |path: &str| iac::wants(path) || scan::wants(path);
    let scanned = |tree: &Tree, root: &Path| {
        let request = Request { root: root.to_owned(), ..request.clone() };
        let snapshot = run(tree, &request, catalog);
        let json = serde_json::json!({
            "assets": snapshot.assets.iter().map(|a| serde_json::json!({
                "id": a.id, "kind": a.kind, "address": a.address, "document": a.document,
            })).collect::<Vec<_>>(),
            "outcomes": snapshot.outcomes.iter().map(|o| serde_json::json!({
                "check": o.check, "title": o.title, "status": o.status, "severity": o.severity,
                "asset": o.asset, "address": o.address, "discriminator": o.discriminator,
                "risk": o.risk, "suppressed": o.suppressed,
            })).collect::<Vec<_>>(),
            "attack": snapshot.attack,
        });
        serde_json::from_value(json).map_err(|error| RunError::Settings(error.to_string()))
    };
    match side {
        Side::Folder(folder) => scanned(&Tree::open(folder, Limits::default(), wants)?, folder),
        Side::Revision { folder, revision } => {
            scanned(&Tree::of_revision(folder, revision, Limits::default(), &wants)?, folder)
        }
        Side::Saved { name, text } => serde_json::from_str(text)
            .map_err(|error| RunError::Settings(format!("{name} is no scan in JSON: {error}"))),
    }
}

/// One thing on one side: how it is shown, and what is compared.
struct Item {
    title: String,
    level: String,
    compared: BTreeMap<String, String>,
}

type Items = BTreeMap<String, Item>;

fn assets(state: &State) -> Items {
    let item = |asset: &AssetState| {
        let mut compared = BTreeMap::new();
        flatten(&asset.document, "", &mut compared);
        let title = format!("{} ({})", asset.address, asset.kind);
        (asset.id.clone(), Item { title, level: String::new(), compared })
    };
    state.assets.iter().map(item).collect()
}

fn findings(state: &State) -> Items {
    let open = state.outcomes.iter().filter(|o| o.status == "fail" && o.suppressed.is_none());
    let item = |o: &OutcomeState| {
        let level = o.risk.as_ref().map_or(&o.severity, |risk| &risk.level).clone();
        let id = [&*o.check, &o.asset, &o.discriminator].join(" ").trim_end().to_owned();
        let compared = BTreeMap::from([("risk".to_owned(), level.clone())]);
        (id, Item { title: format!("{}: {}", o.address, o.title), level, compared })
    };
    open.map(item).collect()
}

fn permissions(state: &State) -> Items {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let item = |cell: &Json| {
        let who = match (&cell["who"]["entry"], &cell["who"]["asset"]) {
            (Json::String(entry), _) => entry.clone(),
            (_, asset) => text(asset),
        };
        let (verb, resource) = (text(&cell["verb"]), text(&cell["resource"]));
        let level = text(&cell["verdict"]);
        let compared = BTreeMap::from([("verdict".to_owned(), level.clone())]);
        (
            format!("{who} {verb} {resource}"),
            Item { title: format!("{who} may {verb} {resource}"), level, compared },
        )
    };
    state.attack.permissions.iter().map(item).collect()
}

fn paths(state: &State) -> Items {
    let item = |path: &PathState| {
        let says: Vec<&str> = path.steps.iter().map(|step| &*step.says).collect();
        let id = [&*path.entry, &path.target.level, &path.target.asset].join(" ");
        let compared = BTreeMap::from([
            ("risk".to_owned(), path.risk.level.clone()),
            ("steps".to_owned(), says.join("; then ")),
        ]);
        let title = format!("{} [{}]", path.title, path.id);
        (id, Item { title, level: path.risk.level.clone(), compared })
    };
    state.attack.paths.iter().map(item).collect()
}

/// What is new, gone and changed, the worst first.
fn changes(base: &Items, head: &Items) -> Changes {
    let line = |id: &String, item: &Item, changes: Vec<String>| Line {
        id: id.clone(),
        title: item.title.clone(),
        level: item.level.clone(),
        changes,
    };
    let only = |these: &Items, those: &Items| -> Vec<Line> {
        let own = these.iter().filter(|(id, _)| !those.contains_key(*id));
        own.map(|(id, item)| line(id, item, Vec::new())).collect()
    };
    let changed = head.iter().filter_map(|(id, item)| {
        let before = base.get(id)?;
        let told = told(&before.compared, &item.compared);
        (!told.is_empty()).then(|| line(id, item, told))
    });
    let sorted = |mut lines: Vec<Line>| {
        let rank = |line: &Line| std::cmp::Reverse(line.level.parse::<Severity>().ok());
        lines.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.id.cmp(&b.id)));
        lines
    };
    Changes {
        new: sorted(only(head, base)),
        removed: sorted(only(base, head)),
        changed: sorted(changed.collect()),
    }
}

/// What is different of one thing, in words.
fn told(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let nothing = "not set".to_owned();
    let different = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    let mut told: Vec<String> = different
        .map(|key| {
            let (old, new) = (before.get(key).unwrap_or(&nothing), after.get(key).unwrap_or(&nothing));
            format!("{key}: {old} → {new}")
        })
        .collect();
    if told.len() > MAX_ATTRIBUTES {
        let more = told.len() - MAX_ATTRIBUTES;
        told.truncate(MAX_ATTRIBUTES);
        told.push(format!("and {more} more"));
    }
    told
}

/// A document as paths and values.
fn flatten(value: &Json, path: &str, into: &mut BTreeMap<String, String>) {
    if into.len() >= MAX_VALUES {
        return;
    }
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Json::Object(entries) => entries.iter().for_each(|(key, value)| flatten(value, &below(key), into)),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(item, &format!("{path}[{index}]"), into);
            }
        }
        Json::Null => {}
        Json::String(text) => _ = into.insert(path.to_owned(), text.clone()),
        other => _ = into.insert(path.to_owned(), other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(list: &[(&str, &str)]) -> Items {
        let item = |level: &str| Item {
            title: "t".into(),
            level: level.into(),
            compared: BTreeMap::from([("risk".to_owned(), level.to_owned())]),
        };
        list.iter().map(|(id, level)| ((*id).to_owned(), item(level))).collect()
    }

    #[test]
    fn things_are_new_gone_or_changed() {
        let found = changes(
            &items(&[("a", "low"), ("b", "low"), ("c", "low")]),
            &items(&[("b", "low"), ("c", "high"), ("d", "low")]),
        );
        let ids = |lines: &[Line]| lines.iter().map(|l| l.id.clone()).collect::<Vec<_>>();
        assert_eq!((ids(&found.new), ids(&found.removed)), (vec!["d".to_owned()], vec!["a".to_owned()]));
        assert_eq!(found.changed[0].changes, ["risk: low → high"]);
        assert_eq!(found.changed.len(), 1);
    }

    #[test]
    fn a_document_is_compared_by_its_values() {
        let mut flat = BTreeMap::new();
        flatten(&serde_json::json!({ "a": { "b": [1, { "c": "x" }] }, "n": null }), "", &mut flat);
        let want = [("a.b[0]", "1"), ("a.b[1].c", "x")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(flat, BTreeMap::from(want));
    }
}
