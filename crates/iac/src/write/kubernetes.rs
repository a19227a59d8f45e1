//! A set of Kubernetes documents as manifests.

use std::sync::Arc;

use catalog::Constant;
use model::{Node, Number};

use super::{Resource, Set, Term};
use crate::edit::value::{Lines, Syntax, yaml_block};

/// Types of Kubernetes are written `apps/v1/Deployment` or `v1/Pod`.
pub(super) fn takes(native: &str) -> bool {
    let version = |part: &str| {
        part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    native.split('/').rev().nth(1).is_some_and(version)
}

pub(super) fn address(resource: &Resource<'_>) -> String {
    let text = |path: &str| resource.document.at_path(path).and_then(Node::as_str).map(str::to_owned);
    let kind = resource.native.rsplit('/').next().unwrap_or(resource.native);
    let name = text("metadata.name").unwrap_or_default();
    match text("metadata.namespace") {
        Some(namespace) => format!("{kind}/{namespace}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

pub(super) fn write(set: &mut Set<'_>) -> String {
    let lines = Lines { syntax: Syntax::Yaml, newline: "\n", unit: "  ", flat: false };
    let manifests = set.resources.iter().map(|resource| {
        let (version, kind) = resource.native.rsplit_once('/').unwrap_or(("v1", resource.native));
        let mut entries = vec![
            (Arc::from("apiVersion"), Constant::Text(version.into())),
            (Arc::from("kind"), Constant::Text(kind.into())),
        ];
        let own = resource.document.as_map().into_iter().flat_map(|map| map.iter());
        let own = own.filter(|(key, _)| !["apiVersion", "kind"].contains(&&***key));
        let terms: Vec<_> = own.map(|(key, node)| (key.clone(), constant(node))).collect();
        entries.extend(terms);
        yaml_block(&lines, &Constant::Map(entries), "").trim_start_matches('\n').to_owned() + "\n"
    });
    manifests.collect::<Vec<_>>().join("---\n")
}

/// Manifests have no parameters: what is not known is left as a placeholder of a chart's values.
fn constant(node: &Node) -> Constant {
    let mut set = Set { resources: &[], parameters: Vec::new() };
    of(&set.term(node, 0))
}

fn of(term: &Term) -> Constant {
    match term {
        Term::Null => Constant::Null,
        Term::Bool(b) => Constant::Bool(*b),
        Term::Number(Number::Int(i)) => Constant::Int(*i),
        Term::Number(Number::Float(f)) => Constant::Float(*f),
        Term::Text(text) => Constant::Text(text.clone()),
        Term::List(items) => Constant::List(items.iter().map(of).collect()),
        Term::Map(entries) => Constant::Map(entries.iter().map(|(k, v)| (plain(k), of(v))).collect()),
        other => Constant::Text(plain(other)),
    }
}

fn plain(term: &Term) -> Arc<str> {
    match term {
        Term::Text(text) => text.clone(),
        Term::Joined(parts) => parts.iter().map(|part| plain(part).to_string()).collect::<String>().into(),
        _ => "$(UNKNOWN)".into(),
    }
}
