//! Principal access boundaries: resources that some principals are kept to, whatever they are granted.
//!
//! Which permissions a boundary stops depends on its version, so what lies outside of one is never told to be impossible,
//! only to depend on it.
//! <https://cloud.google.com/iam/docs/principal-access-boundary-policies>

use std::sync::Arc;

use graph::{Graph, Principal};
use model::{Evidence, Node, Value};

use super::condition::Truth;
use super::members::{Who, evidence};
use super::places::{Above, Level, Place, Places};

const POLICY: &str = "google.iam.access-boundary";
const BINDING: &str = "google.iam.policy-binding";

/// A boundary, and the places whose principals it is for.
#[derive(Clone, Debug)]
pub(super) struct Boundary {
    pub(super) name: Arc<str>,
    pub(super) evidence: Evidence,
    /// The container whose principals are bound; none where that is another set of them.
    target: Option<usize>,
    resources: Vec<usize>,
}

/// Every boundary that is bound to somebody.
pub(super) fn read(graph: &Graph, places: &mut Places<'_>) -> Vec<Boundary> {
    let mut found = Vec::new();
    for (asset, thing) in graph.assets().iter().enumerate() {
        if &*thing.kind != BINDING {
            continue;
        }
        let Some(policy) = thing.document.get("policy") else { continue };
        let described = graph.named(asset, policy, &[POLICY.into()]);
        let target = thing.document.at_path("target.principalSet");
        let target = target.and_then(|node| container(places, asset, node));
        let rules = described.and_then(|policy| graph.assets()[policy].document.at_path("details.rules"));
        let rules = rules.and_then(Node::as_list).cloned().unwrap_or_default();
        let mut resources = Vec::new();
        for rule in rules.iter() {
            for resource in
                rule.get("resources").and_then(Node::as_list).into_iter().flat_map(|list| list.iter())
            {
                resources.extend(container(places, described.unwrap_or(asset), resource));
            }
        }
        let name = described.map_or_else(|| policy.display(), |policy| graph.assets()[policy].name.clone());
        let evidence = evidence(graph, asset, Some(policy));
        found.push(Boundary { name: name.into(), evidence, target, resources });
    }
    found
}

/// `//cloudresourcemanager.googleapis.com/projects/p`.
fn container(places: &mut Places<'_>, asset: usize, node: &Node) -> Option<usize> {
    let text = node.display();
    let level = [Level::Project, Level::Folder, Level::Organization].into_iter().find(|level| {
        text.contains(&format!("/{}s/", level.word())) && text.contains("cloudresourcemanager")
    })?;
    let value = match &node.value {
        Value::String(text) => Value::string(text),
        other => other.clone(),
    };
    Some(places.named(level, asset, &Node { value, ..node.clone() }))
}

impl Boundary {
    /// Whether it keeps them to its resources.
    pub(super) fn binds(&self, who: &Who, places: &Places<'_>) -> Truth {
        match &who.principal {
            Principal::Asset(asset) => {
                let Some(project) = places.project(*asset) else { return Truth::No };
                let Some(target) = self.target else { return Truth::Depends };
                match places.above(project).iter().find(|above| above.place == Place::Container(target)) {
                    Some(Above { assumption: None, .. }) => Truth::Yes,
                    Some(_) => Truth::Depends,
                    None => Truth::No,
                }
            }
            // People belong to an organisation, or to another set of principals.
            Principal::Outside(text) if text.starts_with("user:") => match self.target {
                Some(target) if places.containers[target].level != Level::Organization => Truth::No,
                _ => Truth::Depends,
            },
            _ => Truth::No,
        }
    }

    /// Whether what lies below these places is among its resources.
    pub(super) fn lets(&self, places: &[Above]) -> bool {
        let holds = |above: &Above| match above.place {
            Place::Container(container) => above.assumption.is_none() && self.resources.contains(&container),
            _ => false,
        };
        places.iter().any(holds)
    }
}
