//! From texts that reach a sink to assets: one for each way that a sink can be reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::sdk::Role;
use model::{Asset, AssetId, Class, Evidence, Node, Observations, Position, Reference, Value};

use super::super::component::{digest, short};
use super::super::gather::Gather;
use super::taint::{Hit, Origin, Sink};
use super::{Engine, Kind};

/// What makes two flows the same thing: the application, the words of its address, and where it ends.
type Same = (Arc<str>, [String; 4], Arc<str>);

/// A flow, before it is an asset.
#[derive(Debug)]
pub(crate) struct Flow {
    scope: Arc<str>,
    /// What it is, without the file it is in.
    key: [String; 4],
    path: Arc<str>,
    document: BTreeMap<Arc<str>, Node>,
    places: Vec<Position>,
    component: Option<usize>,
    name: String,
}

impl<'e, 'r, 's, 'c> Engine<'e, 'r, 's, 'c> {
    /// One flow for each sink and kind of source: the shortest way.
    pub(super) fn flows(&self, gather: &Gather) -> Vec<Flow> {
        let mut best: BTreeMap<Same, (usize, Flow)> = BTreeMap::new();
        for hit in self.hits.borrow().iter() {
            let Some((length, flow)) = self.flow(gather, hit) else { continue };
            let key = (flow.scope.clone(), flow.key.clone(), flow.path.clone());
            let place = |flow: &Flow| {
                flow.places.iter().map(|p| (p.path.clone(), p.line, p.column)).collect::<Vec<_>>()
            };
            match best.get(&key) {
                Some((known, other)) if (*known, place(other)) <= (length, place(&flow)) => {}
                _ => _ = best.insert(key, (length, flow)),
            }
        }
        best.into_values().map(|(_, flow)| flow).collect()
    }

    fn flow(&self, gather: &Gather, hit: &Hit) -> Option<(usize, Flow)> {
        let Origin::Source(source) = hit.mark.origin else { return None };
        let source = &self.sources.borrow()[source as usize];
        if hit.sink == Sink::Prompt || source.kind == Kind::Outside {
            return None;
        }
        // The longer the way, the more objects it went through whose parts are not told apart.
        let most = if source.kind == Kind::Argument { 3 } else { 5 };
        if self.trails.borrow().hands(hit.mark.trail) > most {
            return None;
        }
        let repo = self.evaluator.repo;
        let file = repo.file(hit.place.file);
        let steps = self.trails.borrow().steps(hit.mark.trail);
        let mut places: Vec<Position> = Vec::new();
        let mut told: Vec<Node> = Vec::new();
        for (at, says) in &steps {
            let position = repo.file(at.file).position(at.span);
            let document = BTreeMap::from([(Arc::from("says"), says.node())]);
            told.push(Node::from(Value::map(document)).at(Arc::new(position.clone())));
            if !places.contains(&position) {
                places.push(position);
            }
        }
        // The sink first: there it is to be made harmless.
        if let Some(last) = places.pop() {
            places.insert(0, last);
        }
        let what = match source.kind {
            Kind::Output => "output",
            _ => "tool-argument",
        };
        let text = |text: &str| Node::from(text);
        let mut from = BTreeMap::from([
            (Arc::from("what"), text(what)),
            (Arc::from("call"), text(&source.call)),
            (Arc::from("function"), text(&source.function)),
        ]);
        if source.kind == Kind::Argument {
            from.insert("by".into(), text(&source.what));
        }
        let sink = BTreeMap::from([
            (Arc::from("kind"), text(hit.sink.word())),
            (Arc::from("call"), text(&hit.call)),
            (Arc::from("function"), text(&hit.function)),
        ]);
        let start = Arc::new(repo.file(source.at.file).position(source.at.span));
        let end = self.evaluator.position(hit.place);
        let length = told.len();
        let mut document = BTreeMap::from([
            (Arc::from("source"), Node::from(Value::map(from)).at(start)),
            (Arc::from("sink"), Node::from(Value::map(sink)).at(end)),
            (Arc::from("steps"), Node::from(Value::list(told))),
        ]);
        let component = source.component;
        if let Some(tool) = component.filter(|_| source.kind == Kind::Argument) {
            document.insert("tool".into(), text(&gather.components[tool].name()));
        }
        let flow = Flow {
            scope: file.scope.clone(),
            key: [hit.sink.word().into(), what.into(), hit.function.to_string(), hit.call.to_string()],
            path: file.path().clone(),
            document,
            places,
            component,
            name: short(&format!("{} → {}", source.call, hit.call)),
        };
        Some((length, flow))
    }
}

/// Writes the flows down; `addresses` are those of the components.
pub(crate) fn observe(flows: Vec<Flow>, gather: &Gather, addresses: &[Arc<str>], seen: &mut Observations) {
    let mut alike: BTreeMap<(Arc<str>, [String; 4]), usize> = BTreeMap::new();
    for flow in &flows {
        *alike.entry((flow.scope.clone(), flow.key.clone())).or_default() += 1;
    }
    for flow in flows {
        let mut telling = flow.key.join("\n");
        // Two files with functions of one name.
        if alike.get(&(flow.scope.clone(), flow.key.clone())).is_some_and(|count| *count > 1) {
            telling = format!("{telling}\n{}", flow.path);
        }
        let address: Arc<str> = format!("flow/{}/{}", flow.key[0], digest(&telling)).into();
        let mut document = flow.document;
        if let Some(component) = flow.component.map(|index| (&gather.components[index], &addresses[index]))
            && component.0.scope == flow.scope
            && is_asset(component.0)
        {
            let reference = Reference { address: component.1.clone(), attribute: "".into(), via: None };
            let node = Node { from: Some(Arc::new(reference)), ..Node::from(&*component.0.name()) };
            document.insert("from".into(), Value::list(vec![node]).into());
        }
        let root: &str = if flow.scope.is_empty() { "." } else { &flow.scope };
        let at = flow.places.first().cloned().map(Arc::new);
        seen.assets.push(Asset {
            id: AssetId(format!("{root}#{address}").into()),
            kind: "code.output-flow".into(),
            class: Class::DataFlow,
            name: flow.name,
            address,
            scope: flow.scope,
            source_type: "code.output-flow".into(),
            aliases: BTreeSet::new(),
            document: Node { at, ..Value::map(document).into() },
            evidence: flow.places.into_iter().map(Evidence::Source).collect(),
            sightings: Vec::new(),
        });
    }
}

/// Whether a component is told at all: a model of which nothing is known is not.
fn is_asset(component: &super::super::component::Component) -> bool {
    let known = |key: &str| component.values.get(key).is_some_and(|node| !node.is_unknown());
    component.role != Role::Model || ["name", "provider", "source", "endpoint"].iter().any(|key| known(key))
}
