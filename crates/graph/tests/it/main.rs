//! Many sources, one graph: what is the same becomes one asset, and what only looks the same does not.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod order;
mod query;
mod same;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use graph::{Graph, Ontology};
use model::{
    Asset, AssetId, Class, Confidence, Evidence, Link, Match, Mirror, Node, Observations, Part, Position,
    Reference, Standing, Value,
};

/// Names of buckets are unique in all the world; a part goes into the list `parts`.
struct Cards;

impl Ontology for Cards {
    fn complete(&self, _: &mut Asset) {}

    fn aliases(&self, _: &Asset) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn links(&self, _: &Asset) -> Vec<Link> {
        Vec::new()
    }

    fn join(&self, owner: &mut Node, part: &Part) {
        let Value::Map(entries) = &mut owner.value else { return };
        let list =
            Arc::make_mut(entries).entry("parts".into()).or_insert_with(|| Value::list(Vec::new()).into());
        if let Value::List(items) = &mut list.value {
            Arc::make_mut(items).push(part.body.clone());
        }
    }

    fn unique_name(&self, asset: &Asset) -> Option<Arc<str>> {
        let name = asset.document.get("name").filter(|n| !n.assumed);
        name.and_then(Node::as_str).filter(|_| &*asset.kind == "bucket").map(Arc::from)
    }
}

/// `terraform infra a.x bucket logs`: source, scope, address, kind, name.
fn asset(words: &str) -> Asset {
    let words: Vec<&str> = words.split(' ').collect();
    let [source, scope, address, kind, name] = words[..] else { panic!("{words:?}") };
    let standing = match source {
        "plan" => Standing::Planned,
        "state" => Standing::Recorded,
        "live" => Standing::Live,
        "arm" => Standing::Compiled,
        _ => Standing::Written,
    };
    let document = match name {
        "?" => BTreeMap::from([(Arc::from("name"), Node::unknown("known after apply"))]),
        name => BTreeMap::from([(Arc::from("name"), Node::from(name))]),
    };
    let path: Arc<str> = format!("{scope}.{source}").into();
    let asset = Asset {
        id: AssetId(format!("{scope}#{address}").into()),
        kind: kind.into(),
        class: Class::DataStore,
        name: if name == "?" { address.into() } else { name.into() },
        address: address.into(),
        scope: scope.into(),
        source_type: kind.into(),
        aliases: Default::default(),
        document: Value::map(document).into(),
        evidence: vec![Evidence::Source(Position::point(path, 1, 1))],
        sightings: Vec::new(),
    };
    asset.sighted(source, standing)
}

/// The same with an id.
fn known(words: &str, id: &str) -> Asset {
    let mut asset = asset(words);
    asset.aliases.insert(id.into());
    asset
}

fn mirror(scope: &str, of: &str, names: bool) -> Mirror {
    let matched = Match { how: "same root and address".into(), confidence: Confidence::High };
    Mirror { scope: scope.into(), of: of.into(), names, matched }
}

fn refers(address: &str) -> Node {
    let reference = Reference { address: address.into(), attribute: "id".into(), via: None };
    Node { from: Some(Arc::new(reference)), ..Node::unknown("known after apply") }
}

fn link(from: &str, relation: &str, target: Node) -> Link {
    let (from, relation) = (AssetId(from.into()), relation.into());
    Link { from, relation, kinds: Vec::new(), target, reverse: false }
}

fn build(assets: Vec<Asset>, mirrors: Vec<Mirror>) -> Graph {
    graph::build(Observations { assets, mirrors, ..Observations::default() }, &Cards)
}

/// Each asset with its sightings: `infra#a.x = state/x#a.x (high, same id)`.
fn told(graph: &Graph) -> String {
    let mut text = String::new();
    for asset in graph.assets() {
        write!(text, "{}", asset.id).unwrap();
        for sighting in &asset.sightings {
            let Some(matched) = &sighting.matched else { continue };
            let (confidence, how) = (matched.confidence, &matched.how);
            write!(text, " = {}#{} ({confidence}, {how})", sighting.scope, sighting.address).unwrap();
        }
        text.push('\n');
    }
    text
}
