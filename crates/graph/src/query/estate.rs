//! Assets, their relations and what was found on them, as the graph that queries are asked of.
//!
//! Structure and what every asset has are stored; facts and attributes of documents are read when a query names them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use catalog::Catalog;
use catalog::cel::{Evaluation, Undecided, Val, World as _};
use model::{Evidence, Node, Number, Outcome, Status, Value as Attribute};

use super::derived::{self, Derived, End, TARGET};
use super::{Builder, Properties, PropertyGraph, Reading, Table, Value, Words};
use crate::{Estate, Graph};

/// Parts of a document that are looked at for the names or values of attributes.
const MAX_NODES: usize = 4_000;
/// Lists and maps of a document inside each other.
const MAX_DEPTH: usize = 24;

/// Labels that are no class and no kind.
pub const LABELS: [&str; 4] = ["Asset", "Ai", "Finding", "Unresolved"];
/// Properties that every asset or finding can have.
const PROPERTIES: [&str; 16] = [
    "id",
    "name",
    "kind",
    "class",
    "address",
    "scope",
    "ai",
    "file",
    "line",
    "check",
    "title",
    "status",
    "severity",
    "confidence",
    "because",
    "accepted",
];
/// Types of relationships that sources state, and no card.
const OBSERVED: [&str; 4] = ["USES", "RUNS", "DEPLOYED_AS", "SAME_AS"];
/// The relationship from a finding to its asset.
pub const ON: &str = "ON";

/// Every asset is the node of its index; ends that were not resolved, findings and what was derived come behind.
pub struct Assets<'a> {
    estate: Estate<'a>,
    table: Table,
}

impl<'a> Assets<'a> {
    pub fn new(estate: Estate<'a>, outcomes: &[Outcome], derived: &Derived) -> Self {
        let mut builder = Builder::default();
        let graph = estate.graph;
        for (index, asset) in graph.assets().iter().enumerate() {
            let class = label_of(asset.class.as_str());
            let ai = graph.is_ai(index).then_some("Ai");
            let target = derived.targets.get(&index);
            let marks = ai.into_iter().chain(target.map(|_| TARGET)).chain(["Asset"]);
            let labels = [&*class, &*asset.kind].into_iter().chain(marks);
            let mut properties = properties([
                ("id", Value::text(&asset.id.0)),
                ("name", Value::text(&asset.name)),
                ("kind", Value::Text(asset.kind.clone())),
                ("class", Value::text(asset.class.as_str())),
                ("address", Value::Text(asset.address.clone())),
                ("scope", Value::Text(asset.scope.clone())),
                ("ai", Value::Boolean(graph.is_ai(index))),
            ]);
            if let Some(at) = asset.position() {
                properties.extend(place(&at.path, at.line));
            }
            properties
                .extend(target.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
            builder.node(labels, properties);
        }
        relations(&mut builder, graph);
        let findings = findings(&mut builder, graph, outcomes);
        add(&mut builder, &findings, derived);
        Assets { estate, table: builder.build() }
    }

    /// A fact of the card of an asset's kind.
    fn fact(&self, asset: usize, name: &str) -> Option<Reading> {
        let kind = self.estate.catalog.kind(&self.estate.graph.assets()[asset].kind)?;
        kind.fact(name).is_some().then_some(())?;
        let mut evaluation = Evaluation::new(asset, &self.estate);
        Some(match self.estate.attribute(asset, name, &mut evaluation) {
            Ok(value) => of_val(&value, 0, &mut { MAX_NODES }),
            Err(Undecided::Missing(path)) => Reading::Unknown(format!("{path} is not set").into()),
            Err(undecided) => Reading::Unknown(undecided.reason().into()),
        })
    }
}

impl PropertyGraph for Assets<'_> {
    fn table(&self) -> &Table {
        &self.table
    }

    fn property(&self, node: u32, name: &str) -> Reading {
        let stored = self.table.node_property(node, name);
        let asset = node as usize;
        let Some(found) = self.estate.graph.assets().get(asset).filter(|_| stored == Reading::Absent) else {
            return stored;
        };
        if let Some(fact) = self.fact(asset, name) {
            return fact;
        }
        match found.document.at_path(name) {
            Some(node) => of_node(node, 0, &mut { MAX_NODES }),
            None => Reading::Absent,
        }
    }

    fn property_names(&self, node: u32) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = self.table.node_properties(node).keys().cloned().collect();
        if let Some(asset) = self.estate.graph.assets().get(node as usize) {
            if let Some(kind) = self.estate.catalog.kind(&asset.kind) {
                names.extend(kind.card.facts.iter().map(|(name, _)| name.text.clone()));
            }
            attributes(&asset.document, "", 0, &mut names, &mut { MAX_NODES });
        }
        names.sort();
        names.dedup();
        names
    }

    fn words(&self) -> Words {
        words(self.estate.catalog)
    }

    fn knows_property(&self, name: &str) -> bool {
        let ours = PROPERTIES.iter().chain(&derived::PROPERTIES).any(|known| *known == name);
        let stored = ours || self.table.property_names().any(|stored| &**stored == name);
        let fact = || self.estate.catalog.kinds.iter().any(|kind| kind.fact(name).is_some());
        let attribute =
            || self.estate.graph.assets().iter().any(|asset| asset.document.at_path(name).is_some());
        stored || fact() || attribute()
    }
}

/// Labels and types that an estate could have.
fn words(catalog: &Catalog) -> Words {
    let classes = model::Class::ALL.iter().map(|class| label_of(class.as_str()));
    let kinds = catalog.kinds.iter().map(|kind| kind.card.kind.text.to_string());
    let ours = LABELS.into_iter().chain(derived::LABELS).map(str::to_owned);
    let rules = catalog.kinds.iter().flat_map(|kind| &kind.card.relations);
    let stated = rules.map(|rule| type_of(&rule.relation));
    let observed = OBSERVED.into_iter().chain([ON]).map(str::to_owned);
    let mut types: Vec<String> = stated.chain(observed).chain(derived::types(catalog)).collect();
    types.sort();
    types.dedup();
    Words { labels: classes.chain(kinds).chain(ours).collect(), types }
}

/// Every word that an estate could have, as a graph of one node: what a query names and this has not, no estate has.
pub fn vocabulary(catalog: &Catalog) -> Table {
    let mut builder = Builder::default();
    let Words { labels, types } = words(catalog);
    let facts = catalog.kinds.iter().flat_map(|kind| kind.card.facts.iter().map(|(name, _)| &*name.text));
    let names = facts.chain(PROPERTIES).chain(derived::PROPERTIES);
    let node = builder.node(
        labels.iter().map(|label| &**label),
        names.map(|name| (Arc::from(name), Value::Null)).collect(),
    );
    for kind in types {
        builder.relationship(node, &kind, node, Properties::new());
    }
    builder.build()
}

/// `ai-service` → `AiService`
fn label_of(class: &str) -> String {
    let words = class.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

/// `runs-as` → `RUNS_AS`
fn type_of(relation: &str) -> String {
    relation.to_ascii_uppercase().replace('-', "_")
}

fn properties<const N: usize>(entries: [(&str, Value); N]) -> Properties {
    entries.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()
}

fn place(path: &Arc<str>, line: u32) -> Properties {
    properties([("file", Value::Text(path.clone())), ("line", Value::Integer(i64::from(line)))])
}

/// Relations, and the ends of those that lead to nothing that was seen.
fn relations(builder: &mut Builder, graph: &Graph) {
    let mut elsewhere: HashMap<Arc<str>, u32> = HashMap::new();
    for relation in graph.relations() {
        let Some(from) = graph.find(&relation.from) else { continue };
        let to = match graph.find(&relation.to).filter(|_| relation.resolved) {
            Some(to) => to as u32,
            None => *elsewhere.entry(relation.to.0.clone()).or_insert_with(|| {
                let name = Value::Text(relation.to.0.clone());
                builder.node(["Unresolved"], properties([("name", name.clone()), ("id", name)]))
            }),
        };
        let at = relation.evidence.iter().find_map(Evidence::position);
        let properties = at.map_or_else(Properties::new, |at| place(&at.path, at.line));
        builder.relationship(from as u32, &type_of(&relation.relation), to, properties);
    }
}

/// What failed and what could not be decided, each on its asset; the node of each, by the place of its outcome.
fn findings(builder: &mut Builder, graph: &Graph, outcomes: &[Outcome]) -> HashMap<usize, u32> {
    let mut nodes = HashMap::new();
    for (index, outcome) in outcomes.iter().enumerate().filter(|(_, o)| o.status != Status::Pass) {
        let status = if outcome.status == Status::Fail { "fail" } else { "unknown" };
        let mut properties = properties([
            ("name", Value::Text(outcome.check.clone())),
            ("check", Value::Text(outcome.check.clone())),
            ("title", Value::Text(outcome.title.clone())),
            ("status", Value::text(status)),
            ("severity", Value::text(outcome.severity.as_str())),
            ("confidence", Value::text(outcome.confidence.as_str())),
            ("because", Value::text(&outcome.because)),
            ("accepted", Value::Boolean(outcome.suppressed.is_some())),
        ]);
        if let Some(at) = outcome.evidence.iter().find_map(Evidence::position) {
            properties.extend(place(&at.path, at.line));
        }
        if let Some(risk) = &outcome.risk {
            properties.insert("risk".into(), Value::text(risk.level.as_str()));
            properties.insert("on_paths".into(), Value::Integer(risk.paths.len() as i64));
        }
        let finding = builder.node(["Finding"], properties);
        nodes.insert(index, finding);
        if let Some(asset) = graph.find(&outcome.asset) {
            builder.relationship(finding, ON, asset as u32, Properties::new());
        }
    }
    nodes
}

/// Nodes and relationships that were derived.
fn add(builder: &mut Builder, findings: &HashMap<usize, u32>, derived: &Derived) {
    let made: Vec<u32> =
        derived.nodes.iter().map(|node| builder.node([node.label], node.properties.clone())).collect();
    let node = |end: End| match end {
        End::Asset(asset) => Some(asset as u32),
        End::Made(place) => made.get(place).copied(),
        End::Outcome(place) => findings.get(&place).copied(),
    };
    for relationship in &derived.relationships {
        if let (Some(from), Some(to)) = (node(relationship.from), node(relationship.to)) {
            builder.relationship(from, &relationship.kind, to, relationship.properties.clone());
        }
    }
}

/// The paths of all attributes that have a single value.
fn attributes(node: &Node, path: &str, depth: usize, names: &mut Vec<Arc<str>>, left: &mut usize) {
    if *left == 0 || depth > MAX_DEPTH {
        return;
    }
    *left -= 1;
    match node.as_map() {
        Some(entries) => {
            for (key, inner) in entries.iter() {
                let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                attributes(inner, &path, depth + 1, names, left);
            }
        }
        None if path.is_empty() => {}
        None => names.push(path.into()),
    }
}

fn too_large() -> Reading {
    Reading::Unknown("the value is too large to read".into())
}

/// A value of a document. What is only partly known, and what is secret, is not known.
fn of_node(node: &Node, depth: usize, left: &mut usize) -> Reading {
    if *left == 0 || depth > MAX_DEPTH {
        return too_large();
    }
    *left -= 1;
    if node.sensitive {
        return Reading::Unknown("it is a secret, which is never shown".into());
    }
    match &node.value {
        Attribute::Null => Reading::Absent,
        Attribute::Bool(truth) => Reading::Known(Value::Boolean(*truth)),
        Attribute::Number(number) => Reading::Known(of_number(*number)),
        Attribute::String(text) => Reading::Known(Value::Text(text.clone())),
        Attribute::Json(inner) => of_node(inner, depth + 1, left),
        Attribute::List(items) => list(items.iter().map(|item| of_node(item, depth + 1, left))),
        Attribute::Map(entries) => {
            let read = entries.iter().map(|(key, inner)| (key.clone(), of_node(inner, depth + 1, left)));
            map(read)
        }
        Attribute::Template(_) | Attribute::Unknown(_) => {
            let reason = node.first_unknown(8).unwrap_or_else(|| "it is known only in part".into());
            Reading::Unknown(reason)
        }
    }
}

/// A value of a fact.
fn of_val(value: &Val<'_>, depth: usize, left: &mut usize) -> Reading {
    if *left == 0 || depth > MAX_DEPTH {
        return too_large();
    }
    *left -= 1;
    match value {
        Val::Null => Reading::Absent,
        Val::Bool(truth) => Reading::Known(Value::Boolean(*truth)),
        Val::Number(number) => Reading::Known(of_number(*number)),
        Val::Text(text) => Reading::Known(Value::Text(text.clone())),
        Val::Node(node) => of_node(node, depth, left),
        Val::Made(node) => of_node(node, depth, left),
        Val::Asset(asset) => Reading::Known(Value::Node(*asset as u32)),
        Val::List(items) => match &items.open {
            Some(reason) => Reading::Unknown(reason.clone()),
            None => list(items.items.iter().map(|item| of_val(item, depth + 1, left))),
        },
        Val::Map(entries) => {
            map(entries.iter().map(|(key, inner)| (key.clone(), of_val(inner, depth + 1, left))))
        }
    }
}

fn of_number(number: Number) -> Value {
    match number {
        Number::Int(whole) => Value::Integer(whole),
        Number::Float(fraction) => Value::Float(fraction),
    }
}

fn list(items: impl Iterator<Item = Reading>) -> Reading {
    let mut values = Vec::new();
    for item in items {
        match item {
            Reading::Known(value) => values.push(value),
            Reading::Absent => values.push(Value::Null),
            unknown @ Reading::Unknown(_) => return unknown,
        }
    }
    Value::list(values).map_or_else(|_| too_large(), Reading::Known)
}

fn map(entries: impl Iterator<Item = (Arc<str>, Reading)>) -> Reading {
    let mut values = BTreeMap::new();
    for (key, entry) in entries {
        match entry {
            Reading::Known(value) => _ = values.insert(key, value),
            Reading::Absent => {}
            unknown @ Reading::Unknown(_) => return unknown,
        }
    }
    Value::map(values).map_or_else(|_| too_large(), Reading::Known)
}
