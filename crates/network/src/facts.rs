//! What the cards of the catalogue say of assets, with the places that decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::Catalog;
use catalog::cel::{Evaluation, Read, Undecided, Val, World};
use graph::{Estate, Graph};
use model::{Class, Grounds, Node, Value};

use crate::ports::{Ports, Protocol};
use crate::read;

/// Whether something holds, or why that is not known, and what was read for it.
pub(crate) type Held<'g> = (Result<bool, Arc<str>>, Vec<&'g Node>);

/// The estate as the cards see it.
#[derive(Debug)]
pub(crate) struct Facts<'g> {
    pub graph: &'g Graph,
    pub catalog: &'g Catalog,
    estate: Estate<'g>,
}

impl<'g> Facts<'g> {
    pub(crate) fn new(graph: &'g Graph, catalog: &'g Catalog) -> Self {
        Facts { graph, catalog, estate: Estate { graph, catalog, today: None } }
    }

    pub(crate) fn has_fact(&self, asset: usize, fact: &str) -> bool {
        let kind = &self.graph.assets()[asset].kind;
        self.catalog.kind(kind).is_some_and(|card| card.fact(fact).is_some())
    }

    /// The value of a fact; `None` where the card does not have it.
    fn value(&self, asset: usize, fact: &str) -> Option<(Result<Val<'g>, Undecided>, Vec<Read<'g>>)> {
        if !self.has_fact(asset, fact) {
            return None;
        }
        let mut evaluation = Evaluation::new(asset, &self.estate);
        let value = self.estate.attribute(asset, fact, &mut evaluation);
        Some((value, evaluation.reads))
    }

    /// Whether a fact holds, or why that is not known, and what was read of the documents for it.
    pub(crate) fn holds(&self, asset: usize, fact: &str) -> Option<Held<'g>> {
        let (value, reads) = self.value(asset, fact)?;
        let held = match value {
            Ok(Val::Bool(b)) => Ok(b),
            Ok(Val::Node(node)) => node.as_bool().ok_or_else(|| {
                read::text(node).err().unwrap_or_else(|| format!("{fact} is not a switch").into())
            }),
            Ok(_) => Err(format!("{fact} is not a switch").into()),
            Err(undecided) => Err(undecided.reason().into()),
        };
        let nodes = reads.into_iter().filter_map(|r| match r {
            Read::Node(node) => Some(node),
            Read::Made(_) | Read::Asset(_) => None,
        });
        Some((held, nodes.collect()))
    }

    /// A fact's text.
    pub(crate) fn text(&self, asset: usize, fact: &str) -> Option<String> {
        match self.value(asset, fact)?.0 {
            Ok(Val::Text(text)) => Some(text.to_string()),
            Ok(Val::Node(node)) => node.as_str().map(str::to_owned),
            _ => None,
        }
    }

    /// A fact's list of nodes: address ranges with their places.
    pub(crate) fn nodes(&self, asset: usize, fact: &str) -> Vec<Node> {
        let node = |value: &Val<'g>| match value {
            Val::Node(node) => Some((*node).clone()),
            Val::Made(node) => Some((**node).clone()),
            Val::Text(text) => Some(Node::from(text.clone())),
            _ => None,
        };
        match self.value(asset, fact) {
            Some((Ok(Val::List(list)), _)) => list.items.iter().filter_map(node).collect(),
            Some((Ok(Val::Node(found)), _)) => read::list(Some(found)).into_iter().cloned().collect(),
            Some((Err(undecided), _)) => vec![Node::from(Value::unknown(undecided.reason()))],
            _ => Vec::new(),
        }
    }

    /// Where it takes connections at an address inside a network: `any port`, `tcp 443`.
    pub(crate) fn listens(&self, asset: usize) -> Ports {
        let Some(text) = self.text(asset, "listens") else { return Ports::default() };
        if text == "any port" {
            return Ports::all();
        }
        let one = |part: &str| {
            let (protocol, port) = part.trim().split_once(' ')?;
            Ports::parse(Protocol::parse(protocol), port)
        };
        Ports::of(text.split(',').filter_map(one))
    }

    /// Whether programs run in it that somebody who got in could send from.
    pub(crate) fn sends(&self, asset: usize) -> bool {
        use Class::*;
        let class = self.graph.assets()[asset].class;
        matches!(
            class,
            Compute
                | Workload
                | Notebook
                | TrainingJob
                | Agent
                | AgentTool
                | Pipeline
                | McpServer
                | ModelDeployment
                | Model
                | AiProject
        )
    }

    /// Grounds at the places that decided, or at the asset.
    pub(crate) fn grounds(&self, asset: usize, says: impl AsRef<str>, nodes: &[&Node]) -> Vec<Arc<Grounds>> {
        let subject = &self.graph.assets()[asset];
        let written = nodes.iter().filter(|n| !n.default && n.at.is_some());
        // A value says more than the block it stands in.
        let (values, blocks): (Vec<&Node>, Vec<&Node>) =
            written.copied().partition(|n| n.as_list().is_none() && n.as_map().is_none());
        let mut seen = BTreeSet::new();
        let all = if values.is_empty() { blocks } else { values };
        let mut found: Vec<Arc<Grounds>> = Vec::new();
        for node in all {
            let grounds = read::grounds(&says, Some(node), subject);
            if found.len() < 3 && seen.insert(grounds.evidence.clone()) {
                found.push(grounds);
            }
        }
        if found.is_empty() {
            found.push(read::grounds(&says, None, subject));
        }
        found
    }
}
