//! The value lattice: what is known of a value, where it was written, and which attribute it came from.
//!
//! A [`Node`] is a [`Value`] with its provenance. Text can be known in part ([`Value::Template`]), JSON text keeps
//! its structure ([`Value::Json`]), and what cannot be known says why ([`Value::Unknown`]). Clones share structure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::{Number, Position};

/// A shared list of nodes.
pub type List = Arc<Vec<Node>>;
/// A shared map of nodes, in the order of its keys.
pub type Map = Arc<BTreeMap<Arc<str>, Node>>;

/// An attribute of another resource of the same configuration, named but perhaps not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The resource's address below its configuration root: `module.m["x"].azurerm_subnet.s[0]`.
    pub address: Arc<str>,
    /// The attribute path: `id`, `identity[0].principal_id`; empty for the resource itself.
    pub attribute: Arc<str>,
    /// The reference that the attribute was itself set from.
    pub via: Option<Arc<Reference>>,
}

impl Reference {
    /// This reference and those behind it, nearest first.
    pub fn chain(&self) -> impl Iterator<Item = &Reference> {
        std::iter::successors(Some(self), |r| r.via.as_deref())
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &*self.attribute {
            "" => f.write_str(&self.address),
            a if a.starts_with('[') => write!(f, "{}{a}", self.address),
            a => write!(f, "{}.{a}", self.address),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, Default)]
pub struct Node {
    pub value: Value,
    /// Where it was written; the trail inside leads on to where the value itself was written.
    pub at: Option<Arc<Position>>,
    /// The attribute of another resource that this value is.
    pub from: Option<Arc<Reference>>,
    /// Attributes of other resources that this text was composed of.
    pub mentions: Option<Arc<Vec<Arc<Reference>>>>,
    /// Never shown, in any output.
    pub sensitive: bool,
    /// Set by the provider, not by the document: a default from a kind's card.
    pub default: bool,
    /// Rests on a default that a deployment may override (an input variable's default).
    pub assumed: bool,
}

/// What is known of a value.
#[derive(Clone, Debug, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    /// Text of which at least one piece is not known. Never all text: see [`Value::text`].
    Template(Arc<[Piece]>),
    List(List),
    Map(Map),
    /// JSON text that encodes this node; reading it as a document keeps every position inside.
    Json(Arc<Node>),
    /// Not known, and why: `known after apply`, `variable region has no value`.
    Unknown(Arc<str>),
}

/// A piece of partly known text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(Arc<str>),
    Hole { reason: Arc<str>, from: Option<Arc<Reference>> },
}

impl Value {
    pub fn string(text: impl AsRef<str>) -> Self {
        Value::String(Arc::from(text.as_ref()))
    }

    pub fn unknown(reason: impl AsRef<str>) -> Self {
        Value::Unknown(Arc::from(reason.as_ref()))
    }

    pub fn list(items: Vec<Node>) -> Self {
        Value::List(Arc::new(items))
    }

    pub fn map(entries: BTreeMap<Arc<str>, Node>) -> Self {
        Value::Map(Arc::new(entries))
    }

    /// Text of pieces: neighbouring texts are joined, and no hole at all gives a plain string.
    pub fn text(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut joined: Vec<Piece> = Vec::new();
        let mut open = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(t) => open.push_str(&t),
                hole @ Piece::Hole { .. } => {
                    if !open.is_empty() {
                        joined.push(Piece::Text(Arc::from(std::mem::take(&mut open))));
                    }
                    joined.push(hole);
                }
            }
        }
        if joined.is_empty() {
            return Value::String(Arc::from(open));
        }
        if !open.is_empty() {
            joined.push(Piece::Text(Arc::from(open)));
        }
        Value::Template(joined.into())
    }

    /// The word for this value's type in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) | Value::Template(_) | Value::Json(_) => "string",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Unknown(_) => "unknown",
        }
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Node { value, ..Node::default() }
    }
}
impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Value::Bool(value).into()
    }
}
impl From<i64> for Node {
    fn from(value: i64) -> Self {
        Value::Number(Number::Int(value)).into()
    }
}
impl From<&str> for Node {
    fn from(value: &str) -> Self {
        Value::string(value).into()
    }
}
impl From<Arc<str>> for Node {
    fn from(value: Arc<str>) -> Self {
        Value::String(value).into()
    }
}

impl Node {
    pub fn null() -> Self {
        Node::default()
    }

    pub fn unknown(reason: impl AsRef<str>) -> Self {
        Value::unknown(reason).into()
    }

    #[must_use]
    pub fn at(mut self, position: Arc<Position>) -> Self {
        self.at = Some(position);
        self
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self.value, Value::Unknown(_))
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&List> {
        match &self.value {
            Value::List(l) => Some(l),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(m) => Some(m),
            Value::Json(inner) => inner.as_map(),
            _ => None,
        }
    }

    /// The entry of a map (also of a JSON text) by its exact key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// The node at a dotted path without list steps: `properties.networkAcls.defaultAction`.
    pub fn at_path(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// Why this value, or the first part of it, is not known. Looks at no more than `limit` nodes.
    pub fn first_unknown(&self, limit: usize) -> Option<Arc<str>> {
        fn walk(node: &Node, budget: &mut usize) -> Option<Arc<str>> {
            if *budget == 0 {
                return Some(Arc::from("value is too large to examine"));
            }
            *budget -= 1;
            match &node.value {
                Value::Unknown(reason) => Some(reason.clone()),
                Value::Template(pieces) => pieces.iter().find_map(|p| match p {
                    Piece::Hole { reason, .. } => Some(reason.clone()),
                    Piece::Text(_) => None,
                }),
                Value::List(items) => items.iter().find_map(|n| walk(n, budget)),
                Value::Map(entries) => entries.values().find_map(|n| walk(n, budget)),
                Value::Json(inner) => walk(inner, budget),
                _ => None,
            }
        }
        walk(self, &mut { limit })
    }

    /// Every reference in this value: its own, those its text was composed of, and those of its entries' values.
    /// Looks at no more than `limit` nodes.
    pub fn references(&self, limit: usize) -> Vec<Arc<Reference>> {
        fn walk(node: &Node, found: &mut Vec<Arc<Reference>>, budget: &mut usize) {
            if *budget == 0 {
                return;
            }
            *budget -= 1;
            found.extend(node.from.clone());
            found.extend(node.mentions.iter().flat_map(|m| m.iter().cloned()));
            match &node.value {
                Value::Template(pieces) => found.extend(pieces.iter().filter_map(|p| match p {
                    Piece::Hole { from, .. } => from.clone(),
                    Piece::Text(_) => None,
                })),
                Value::List(items) => items.iter().for_each(|n| walk(n, found, budget)),
                Value::Map(entries) => entries.values().for_each(|n| walk(n, found, budget)),
                Value::Json(inner) => walk(inner, found, budget),
                _ => {}
            }
        }
        let mut found = Vec::new();
        walk(self, &mut found, &mut { limit });
        found
    }

    /// The text for a person: `"…"` quoting is left to the caller; holes read `${reference}`; secrets are hidden.
    pub fn display(&self) -> String {
        if self.sensitive {
            return "(sensitive)".into();
        }
        match &self.value {
            Value::String(s) => s.to_string(),
            Value::Template(pieces) => pieces.iter().map(Piece::to_string).collect(),
            Value::Unknown(reason) => match &self.from {
                Some(reference) => format!("${{{reference}}}"),
                None => format!("unknown ({reason})"),
            },
            other => {
                let plain = Node { value: other.clone(), ..Node::default() };
                let mut text = String::new();
                write_json(&plain, &mut text, &mut 400);
                text
            }
        }
    }
}

impl Node {
    /// The text for a sentence or a name: as [`Node::display`], with `…` for what is not known and refers to nothing.
    pub fn brief(&self) -> String {
        match &self.value {
            Value::Template(pieces) if !self.sensitive => {
                let brief = |piece: &Piece| match piece {
                    Piece::Hole { from: None, .. } => "…".to_owned(),
                    other => other.to_string(),
                };
                pieces.iter().map(brief).collect()
            }
            _ => self.display(),
        }
    }
}

impl std::fmt::Display for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Piece::Text(t) => f.write_str(t),
            Piece::Hole { from: Some(reference), .. } => write!(f, "${{{reference}}}"),
            Piece::Hole { reason, .. } => write!(f, "${{? {reason}}}"),
        }
    }
}

/// Compact JSON-like text of at most `budget` nodes, for messages.
fn write_json(node: &Node, out: &mut String, budget: &mut usize) {
    use std::fmt::Write as _;
    if *budget == 0 {
        out.push('…');
        return;
    }
    *budget -= 1;
    match &node.value {
        _ if node.sensitive => out.push_str("\"(sensitive)\""),
        Value::Null => out.push_str("null"),
        Value::Bool(b) => _ = write!(out, "{b}"),
        Value::Number(n) => _ = write!(out, "{n}"),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_json(item, out, budget);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (i, (key, item)) in entries.iter().filter(|(_, n)| !n.default).enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                _ = write!(out, "{key}: ");
                write_json(item, out, budget);
            }
            out.push('}');
        }
        Value::Json(inner) => write_json(inner, out, budget),
        Value::String(_) | Value::Template(_) | Value::Unknown(_) => _ = write!(out, "{:?}", node.display()),
    }
}

/// The document's own form: what was observed, without defaults; what is not known is `{"$unknown": reason}`, partly
/// known text and references are `{"$text": …}` and `{"$ref": …}`, and secrets are `{"$sensitive": true}`.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tagged = |serializer: S, key: &str, value: &str| {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(key, value)?;
            map.end()
        };
        if self.sensitive {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry("$sensitive", &true)?;
            return map.end();
        }
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Number(n) => n.serialize(serializer),
            Value::String(s) => serializer.serialize_str(s),
            Value::Template(_) => tagged(serializer, "$text", &self.display()),
            Value::List(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, node) in entries.iter().filter(|(_, n)| !n.only_defaults()) {
                    map.serialize_entry(&**key, node)?;
                }
                map.end()
            }
            Value::Json(inner) => inner.serialize(serializer),
            Value::Unknown(reason) => match &self.from {
                Some(reference) => tagged(serializer, "$ref", &reference.to_string()),
                None => tagged(serializer, "$unknown", reason),
            },
        }
    }
}

impl Node {
    /// Whether nothing in this node was observed.
    fn only_defaults(&self) -> bool {
        self.default
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(reason: &str) -> Piece {
        let from = Reference { address: "a.b".into(), attribute: "id".into(), via: None };
        Piece::Hole { reason: reason.into(), from: Some(Arc::new(from)) }
    }

    #[test]
    fn text_without_holes_is_a_string() {
        let text = Value::text([Piece::Text("a".into()), Piece::Text("b".into())]);
        assert!(matches!(text, Value::String(s) if &*s == "ab"));
        let partly: Node = Value::text([Piece::Text("a/".into()), hole("later")]).into();
        assert_eq!(partly.display(), "a/${a.b.id}");
        let unsaid = Piece::Hole { reason: "later".into(), from: None };
        let named: Node = Value::text([Piece::Text("a/".into()), unsaid]).into();
        assert_eq!((&*named.display(), &*named.brief()), ("a/${? later}", "a/…"));
        assert_eq!(partly.first_unknown(10).as_deref(), Some("later"));
        assert_eq!(partly.references(10)[0].to_string(), "a.b.id");
    }

    #[test]
    fn secrets_and_defaults_are_not_serialised() {
        let mut entries = BTreeMap::new();
        entries.insert(Arc::from("key"), Node { sensitive: true, ..Node::from("hunter2") });
        entries.insert(Arc::from("given"), Node::from(1));
        entries.insert(Arc::from("assumed"), Node { default: true, ..Node::from(2) });
        let node: Node = Value::map(entries).into();
        let json = serde_json::to_string(&node).unwrap();
        assert_eq!(json, r#"{"given":1,"key":{"$sensitive":true}}"#);
        assert!(!node.display().contains("hunter2"));
    }

    #[test]
    fn a_value_that_doubles_itself_is_examined_within_the_limit() {
        let mut node = Node::from(1);
        for _ in 0..60 {
            node = Value::list(vec![node.clone(), node]).into();
        }
        assert_eq!(node.first_unknown(1000).as_deref(), Some("value is too large to examine"));
    }
}
