//! Attack paths as BloodHound OpenGraph, to be explored beside what BloodHound knows of directories.
//!
//! Rules of the format: one to three kinds for each node, kinds of edges of letters, digits and `_`, names of properties
//! in lower case and none of them `objectid`, values plain or lists of one plain type.
//! <https://bloodhound.specterops.io/opengraph/developer/schema>,
//! <https://bloodhound.specterops.io/opengraph/developer/edges>

use model::{Snapshot, Verdict};
use serde_json::{Map as Object, Value, json};

use super::map::{Edge, Map, Node};
use super::words::place;

/// `{"metadata", "graph": {"nodes", "edges"}}`, ended with a line break.
pub(super) fn opengraph(snapshot: &Snapshot) -> String {
    let map = Map::whole(snapshot);
    let mut edges: Vec<Value> = Vec::new();
    for edge in &map.edges {
        edges.push(edge_object(edge, &id(&map.nodes[edge.from]), &id(&map.nodes[edge.to])));
    }
    let nodes: Vec<Value> = map.nodes.iter().map(node_object).collect();
    crate::json::pretty(&json!({
        "metadata": { "source_kind": "Stance" },
        "graph": { "nodes": nodes, "edges": edges },
    }))
}

/// An entry must not be taken for an asset of that name.
fn id(node: &Node<'_>) -> String {
    if node.is_entry { format!("stance:entry:{}", node.id) } else { node.id.to_owned() }
}

fn node_object(node: &Node<'_>) -> Value {
    let class = node.asset.map_or("entry", |asset| asset.class.as_str());
    let mut properties = Object::new();
    let mut set = |name: &str, value: Value| _ = properties.insert(name.to_owned(), value);
    set("name", json!(node.name));
    set("displayname", json!(node.name));
    set("class", json!(class));
    set("risk", json!(node.risk.as_str()));
    if let Some(asset) = node.asset {
        set("kind", json!(asset.kind));
        set("address", json!(asset.address));
        if let Some(at) = asset.position() {
            set("defined_at", json!(at.to_string()));
        }
    }
    if let Some((title, impact)) = node.target {
        set("target", json!(title));
        set("impact", json!(impact));
    }
    if !node.inside.is_empty() {
        let gains = node.inside.iter().map(|(level, step)| format!("{level}: {}", step.says));
        set("gains", json!(gains.collect::<Vec<_>>()));
    }
    let kind = if node.is_entry { "Stance_Entry".to_owned() } else { format!("Stance_{}", pascal(class)) };
    let kinds = if node.is_entry { vec![kind] } else { vec![kind, "Stance_Asset".to_owned()] };
    json!({ "id": id(node), "kinds": kinds, "properties": properties })
}

fn edge_object(edge: &Edge<'_>, from: &str, to: &str) -> Value {
    let step = edge.step;
    let mut properties = Object::new();
    let mut set = |name: &str, value: Value| _ = properties.insert(name.to_owned(), value);
    set("technique", json!(step.technique));
    set("title", json!(step.title));
    set("says", json!(step.says));
    set("verdict", json!(step.verdict.word()));
    set("risk", json!(edge.risk.as_str()));
    set("paths", json!(edge.paths));
    let conditions = match &step.verdict {
        Verdict::Allowed => Vec::new(),
        Verdict::Conditional(all) => all.iter().map(|c| c.to_string()).collect(),
        Verdict::Unknown(why) => vec![why.to_string()],
    };
    let evidence = step.evidence.iter().map(|g| format!("{}: {}", place(&g.evidence), g.says)).collect();
    let texts = |all: &[std::sync::Arc<str>]| all.iter().map(|t| t.to_string()).collect::<Vec<_>>();
    let fixes = step.fixes.iter().map(|fix| fix.id.to_string()).collect();
    for (name, list) in [
        ("conditions", conditions),
        ("evidence", evidence),
        ("fixes", fixes),
        ("attack", texts(&step.attack)),
        ("atlas", texts(&step.atlas)),
    ] {
        // The type of an empty list is not known.
        if !list.is_empty() {
            set(name, json!(list));
        }
    }
    json!({
        "kind": format!("Stance_{}", pascal(step.gain.as_str())),
        "start": { "match_by": "id", "value": from },
        "end": { "match_by": "id", "value": to },
        "properties": properties,
    })
}

/// `model-deployment` as `ModelDeployment`, of letters and digits alone.
fn pascal(text: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    text.split(|c: char| !c.is_ascii_alphanumeric()).map(capital).collect()
}
