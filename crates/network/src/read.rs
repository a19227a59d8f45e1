//! Reading documents: values, lists of texts, and the sentences and places that conclusions rest on.

use std::sync::Arc;

use graph::Graph;
use model::{Asset, Evidence, Grounds, Node, Piece, Position, Value};

use crate::address::Addresses;

/// Elements of one list that are read.
pub(crate) const MAX_ITEMS: usize = 100_000;

/// A value as a list: its elements, itself, or nothing.
pub(crate) fn list(node: Option<&Node>) -> Vec<&Node> {
    match node.map(|n| (&n.value, n)) {
        None | Some((Value::Null, _)) => Vec::new(),
        Some((Value::List(items), _)) => items.iter().take(MAX_ITEMS).collect(),
        Some((_, node)) => vec![node],
    }
}

/// Of several keys the values together, as a list.
pub(crate) fn lists<'n>(node: &'n Node, keys: &[&str]) -> Vec<&'n Node> {
    keys.iter().flat_map(|key| list(node.at_path(key))).collect()
}

/// Known text, or why it is not known.
pub(crate) fn text(node: &Node) -> Result<String, Arc<str>> {
    match &node.value {
        Value::String(s) => Ok(s.to_string()),
        Value::Number(n) => Ok(n.to_string()),
        Value::Bool(b) => Ok(b.to_string()),
        Value::Template(pieces) => Err(pieces
            .iter()
            .find_map(|p| match p {
                Piece::Hole { from: Some(from), .. } => Some(format!("{from} is not known").into()),
                Piece::Hole { reason, .. } => Some(reason.clone()),
                Piece::Text(_) => None,
            })
            .unwrap_or_else(|| "text is only partly known".into())),
        Value::Unknown(reason) => Err(match &node.from {
            Some(from) => format!("{from} is not known").into(),
            None => reason.clone(),
        }),
        _ => Err("value is not text".into()),
    }
}

/// A value at a path as text; absent and null are `None`.
pub(crate) fn word<'n>(node: &'n Node, path: &str) -> Option<&'n str> {
    node.at_path(path).and_then(Node::as_str)
}

/// Yes, no, or why that is not known; absent is `None`.
pub(crate) fn switch(node: &Node, path: &str) -> Option<Result<bool, Arc<str>>> {
    let node = node.at_path(path).filter(|n| !n.is_null())?;
    Some(match text(node) {
        Ok(t) if t.eq_ignore_ascii_case("true") || t.eq_ignore_ascii_case("enabled") => Ok(true),
        Ok(_) => Ok(false),
        Err(reason) => Err(reason),
    })
}

/// Address ranges of a list: what is known, and why it may be more.
pub(crate) fn addresses<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> (Addresses, Option<Arc<str>>) {
    let mut unknown = None;
    let mut sets = Vec::new();
    for node in nodes {
        match text(node).map(|t| Addresses::parse(&t)) {
            Ok(Some(set)) => sets.push(set),
            Ok(None) => {}
            Err(reason) => unknown = unknown.or(Some(reason)),
        }
    }
    (Addresses::of(sets), unknown)
}

/// Where something is written: the value's own place, else the first inside it, else that of the asset.
pub(crate) fn evidence(node: Option<&Node>, asset: &Asset) -> Evidence {
    let place = node.filter(|n| !n.default).and_then(|n| place_of(n, &mut 32));
    match place {
        Some(at) => Evidence::Source((*at).clone()),
        None => whole(asset),
    }
}

fn place_of(node: &Node, budget: &mut u32) -> Option<Arc<Position>> {
    if *budget == 0 {
        return None;
    }
    *budget -= 1;
    node.at.clone().or_else(|| match &node.value {
        Value::List(items) => items.iter().find_map(|n| place_of(n, budget)),
        Value::Map(entries) => entries.values().find_map(|n| place_of(n, budget)),
        Value::Json(inner) => place_of(inner, budget),
        _ => None,
    })
}

/// The place of an asset.
pub(crate) fn whole(asset: &Asset) -> Evidence {
    let id = || Evidence::Pointer { document: asset.id.0.clone(), pointer: "".into() };
    asset.evidence.first().cloned().unwrap_or_else(id)
}

/// A conclusion's sentence, and the value it was read from.
pub(crate) fn grounds(says: impl AsRef<str>, node: Option<&Node>, asset: &Asset) -> Arc<Grounds> {
    Arc::new(Grounds { says: says.as_ref().into(), evidence: evidence(node, asset) })
}

/// What to call an asset in a sentence.
pub(crate) fn called(asset: &Asset) -> &str {
    let known = !asset.name.is_empty() && !asset.name.contains("${") && !asset.name.starts_with("unknown (");
    if known { &asset.name } else { &asset.address }
}

/// A value in a sentence; `…` for what is not known and refers to nothing.
pub(crate) fn shown(node: &Node) -> String {
    if node.is_unknown() && node.from.is_none() { "…".into() } else { node.brief() }
}

/// Assets of a kind, or of all kinds below with a final dot.
pub(crate) fn of_kind<'g>(graph: &'g Graph, kind: &str) -> impl Iterator<Item = (usize, &'g Asset)> {
    let fits = move |k: &str| k == kind || kind.ends_with('.') && k.starts_with(kind);
    let kind_fits: Vec<usize> =
        graph.assets().iter().enumerate().filter(|(_, a)| fits(&a.kind)).map(|(i, _)| i).collect();
    kind_fits.into_iter().map(|i| (i, &graph.assets()[i]))
}

/// The asset that a value names.
pub(crate) fn named(graph: &Graph, from: usize, node: &Node, kinds: &[&str]) -> Option<usize> {
    let kinds: Vec<Arc<str>> = kinds.iter().map(|k| Arc::from(*k)).collect();
    graph.named(from, node, &kinds)
}
