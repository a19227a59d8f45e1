//! What a kind's card does to a document: defaults, secrets, aliases, relations, and putting values at paths.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Asset, Link, Node, Number, Piece, Value};

use crate::Kind;
use crate::card::Constant;
use crate::cel::glob;
use crate::path::{DocPath, Step};

/// Nested deeper than any real document.
const MAX_DEPTH: usize = 64;

/// The node of a constant.
pub fn constant_node(constant: &Constant) -> Node {
    match constant {
        Constant::Null => Node::null(),
        Constant::Bool(b) => (*b).into(),
        Constant::Int(i) => (*i).into(),
        Constant::Float(f) => Number::from_f64(*f).map_or_else(Node::null, |n| Value::Number(n).into()),
        Constant::Text(t) => t.clone().into(),
        Constant::List(items) => Value::list(items.iter().map(constant_node).collect()).into(),
        Constant::Map(entries) => {
            Value::map(entries.iter().map(|(k, v)| (k.clone(), constant_node(v))).collect()).into()
        }
    }
}

/// The node of parsed JSON. `{"$unknown": reason}` and `{"$ref": "address.attribute"}` are read as the lattice's own.
pub fn node_of_json(json: &serde_json::Value) -> Node {
    match json {
        serde_json::Value::Null => Node::null(),
        serde_json::Value::Bool(b) => (*b).into(),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(int) => int.into(),
            None => {
                n.as_f64().and_then(Number::from_f64).map_or_else(Node::null, |n| Value::Number(n).into())
            }
        },
        serde_json::Value::String(s) => s.as_str().into(),
        serde_json::Value::Array(items) => Value::list(items.iter().map(node_of_json).collect()).into(),
        serde_json::Value::Object(entries) => {
            if let (1, Some(reason)) = (entries.len(), entries.get("$unknown").and_then(|v| v.as_str())) {
                return Node::unknown(reason);
            }
            if let (1, Some(reference)) = (entries.len(), entries.get("$ref").and_then(|v| v.as_str())) {
                let (address, attribute) = reference.rsplit_once('.').unwrap_or((reference, ""));
                let from =
                    model::Reference { address: address.into(), attribute: attribute.into(), via: None };
                return Node { from: Some(Arc::new(from)), ..Node::unknown("known after apply") };
            }
            Value::map(entries.iter().map(|(k, v)| (Arc::from(&**k), node_of_json(v))).collect()).into()
        }
    }
}

/// A map node's entries, for writing; anything else becomes an empty map first.
fn entries_mut(node: &mut Node) -> &mut BTreeMap<Arc<str>, Node> {
    if let Value::Json(inner) = &node.value {
        node.value = inner.value.clone();
    }
    if !matches!(node.value, Value::Map(_)) {
        node.value = Value::map(BTreeMap::new());
    }
    match &mut node.value {
        Value::Map(map) => Arc::make_mut(map),
        _ => unreachable!("made a map above"),
    }
}

impl DocPath {
    /// Puts `value` at this path of `node`, making maps on the way. Under `[]` each element of a list `value` goes into
    /// the element of the same index. Null is not put.
    pub fn put(&self, node: &mut Node, value: Node) {
        put(&self.0, node, value);
    }

    /// Adds `value` to the list at this path, making the list where there is none.
    pub fn append(&self, node: &mut Node, value: Node) {
        let mut items = match self.find(node).first().map(|n| &n.value) {
            Some(Value::Unknown(_)) => return, // a list that is not known has no end to add to
            Some(Value::List(items)) => (**items).clone(),
            _ => Vec::new(),
        };
        let at = value.at.clone();
        items.push(value);
        self.put(node, Node { at, ..Value::list(items).into() });
    }

    /// Every node at this path; `[]` takes each element. An unknown on the way is returned itself.
    pub fn find<'a>(&self, node: &'a Node) -> Vec<&'a Node> {
        let mut found = vec![node];
        for step in &self.0 {
            let mut next = Vec::new();
            for node in found {
                match (step, &node.value) {
                    (_, Value::Unknown(_)) => next.push(node),
                    (Step::Key(key), _) => next.extend(node.get(key)),
                    (Step::Each, Value::List(items)) => next.extend(items.iter()),
                    (Step::Each, _) => next.push(node),
                }
            }
            found = next;
        }
        found
    }
}

fn put(steps: &[Step], node: &mut Node, value: Node) {
    match steps {
        [] if value.is_null() => {}
        [] => merge(node, value, 0),
        [Step::Key(key), rest @ ..] => {
            if value.is_null() {
                return;
            }
            if node.is_unknown() {
                return; // nothing can be said of what is inside an unknown
            }
            // A map made on the way stands nowhere: only what is put into it was written.
            let child = entries_mut(node).entry(key.clone()).or_default();
            put(rest, child, value);
        }
        [Step::Each, rest @ ..] => {
            let Value::List(values) = &value.value else {
                // An unknown number of elements: the list itself is not known.
                if value.is_unknown() && !matches!(node.value, Value::List(_)) {
                    *node = value;
                }
                return;
            };
            let mut items = match &node.value {
                Value::List(items) => (**items).clone(),
                _ => Vec::new(),
            };
            for (i, value) in values.iter().enumerate() {
                if items.len() <= i {
                    items.push(Node { at: value.at.clone(), ..Node::null() });
                }
                put(rest, &mut items[i], value.clone());
            }
            node.value = Value::list(items);
            node.at = node.at.take().or_else(|| value.at.clone());
        }
    }
}

/// Lays `value` over `node`: maps are merged key by key, anything else replaces.
pub(crate) fn merge(node: &mut Node, value: Node, depth: usize) {
    match (&node.value, &value.value) {
        (Value::Map(_), Value::Map(theirs)) if depth < MAX_DEPTH => {
            let theirs = theirs.clone();
            let ours = entries_mut(node);
            for (key, value) in theirs.iter() {
                match ours.get_mut(key) {
                    Some(old) => merge(old, value.clone(), depth + 1),
                    None => _ = ours.insert(key.clone(), value.clone()),
                }
            }
        }
        _ => {
            let at = value.at.clone().or_else(|| node.at.clone());
            *node = Node { at, ..value };
        }
    }
}

impl Kind {
    /// Fills in what the provider does where the document says nothing.
    pub fn apply_defaults(&self, document: &mut Node) {
        for (path, constant) in &self.card.defaults {
            fill(&DocPath::parse(path).0, document, constant);
        }
    }

    /// Marks what must never be shown.
    pub fn mark_secrets(&self, document: &mut Node) {
        for path in &self.card.secret {
            mark(&DocPath::parse(path).0, document);
        }
    }

    /// The other ids of an asset of this kind, as far as its document knows them.
    pub fn aliases(&self, document: &Node) -> Vec<Arc<str>> {
        let known = self.card.aliases.iter().filter_map(|template| {
            let mut out = String::new();
            let mut rest: &str = template;
            while let Some((before, after)) = rest.split_once('{') {
                let (path, tail) = after.split_once('}')?;
                out.push_str(before);
                let part = document.at_path(path)?;
                match &part.value {
                    Value::String(text) => out.push_str(text),
                    // Text with holes names the same thing where it is composed alike.
                    Value::Template(_) => out.push_str(&part.display()),
                    _ => return None,
                }
                rest = tail;
            }
            out.push_str(rest);
            Some(Arc::from(out))
        });
        known.collect()
    }

    /// The name that only this asset can have, if it is wholly known and rests on no default of a variable.
    pub fn unique_name(&self, document: &Node) -> Option<Arc<str>> {
        let node = document.at_path(self.card.unique.as_ref()?)?;
        let known = !node.assumed && !node.default && !node.sensitive;
        node.as_str().filter(|text| known && !text.is_empty()).map(Arc::from)
    }

    /// The relations that an asset's document states.
    pub fn links(&self, asset: &Asset) -> Vec<Link> {
        let mut links = Vec::new();
        for rule in &self.card.relations {
            for path in &rule.from {
                // `x{}`: the values of a map, where `x` alone would name by its keys.
                let (path, values) = path.strip_suffix("{}").map_or((&**path, false), |map| (map, true));
                let found = DocPath::parse(path).find(&asset.document).into_iter();
                let each = |node| if values { values_of(node) } else { vec![node] };
                for node in found.flat_map(each) {
                    named(node, &mut |target| {
                        let outside = |text: &str| rule.outside.iter().any(|pattern| glob(pattern, text));
                        if target.from.is_none() && shape(&target).is_some_and(|text| outside(&text)) {
                            return;
                        }
                        links.push(Link {
                            from: asset.id.clone(),
                            relation: rule.relation.text.clone(),
                            kinds: rule.to.iter().map(|k| k.text.clone()).collect(),
                            target,
                            reverse: rule.reverse,
                        });
                    });
                }
            }
        }
        links
    }
}

fn values_of(node: &Node) -> Vec<&Node> {
    node.as_map().map_or_else(|| vec![node], |entries| entries.values().collect())
}

/// Text as a pattern can judge it: in the place of what is not known stands what only a wildcard matches.
fn shape(node: &Node) -> Option<Cow<'_, str>> {
    const HOLE: &str = "\u{fffc}";
    let piece = |piece: &'_ Piece| match piece {
        Piece::Text(text) => text.to_string(),
        Piece::Hole { .. } => HOLE.to_owned(),
    };
    match &node.value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Template(pieces) => Some(Cow::Owned(pieces.iter().map(piece).collect())),
        _ => None,
    }
}

/// The values in `node` that name things: itself, its elements, or its keys.
fn named(node: &Node, found: &mut impl FnMut(Node)) {
    match &node.value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) if text.is_empty() => {}
        Value::List(items) => items.iter().for_each(|n| named(n, found)),
        Value::Map(entries) => {
            for (key, entry) in entries.iter() {
                let name: Node = key.clone().into();
                found(Node { at: entry.at.clone(), from: entry.from.clone(), ..name });
            }
        }
        _ => found(node.clone()),
    }
}

fn fill(steps: &[Step], node: &mut Node, constant: &Constant) {
    match steps {
        [] => {}
        [Step::Key(key), rest @ ..] => {
            if !matches!(node.value, Value::Map(_) | Value::Null) || (node.is_null() && !node.default) {
                return;
            }
            let absent = node.get(key).is_none();
            if absent && rest.contains(&Step::Each) {
                return; // no list, no elements to fill
            }
            let at = node.at.clone();
            let entry = entries_mut(node).entry(key.clone()).or_default();
            if absent {
                // A default has no place of its own; it stands where what it is missing from stands.
                *entry = Node { default: true, at: at.clone(), ..Node::null() };
            }
            match rest {
                [] if absent => *entry = Node { default: true, at, ..constant_node(constant) },
                [] => {}
                _ => fill(rest, entry, constant),
            }
        }
        [Step::Each, rest @ ..] => {
            if let Value::List(items) = &mut node.value {
                Arc::make_mut(items).iter_mut().for_each(|item| fill(rest, item, constant));
            }
        }
    }
}

fn mark(steps: &[Step], node: &mut Node) {
    match steps {
        [] => node.sensitive = true,
        [Step::Key(key), rest @ ..] if node.get(key).is_some() => {
            if let Some(entry) = entries_mut(node).get_mut(key) {
                mark(rest, entry);
            }
        }
        [Step::Each, rest @ ..] => {
            if let Value::List(items) = &mut node.value {
                Arc::make_mut(items).iter_mut().for_each(|item| mark(rest, item));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(node: &Node) -> String {
        serde_json::to_string(node).unwrap()
    }

    #[test]
    fn values_are_put_at_paths() {
        let mut doc = Node::from(Value::map(BTreeMap::new()));
        let list = Value::list(vec!["10.0.0.1".into(), "10.0.0.2".into()]);
        DocPath::parse("properties.ipRules[].value").put(&mut doc, list.into());
        DocPath::parse("properties.access").put(&mut doc, "Enabled".into());
        DocPath::parse("properties.none").put(&mut doc, Node::null());
        assert_eq!(
            json(&doc),
            r#"{"properties":{"access":"Enabled","ipRules":[{"value":"10.0.0.1"},{"value":"10.0.0.2"}]}}"#
        );
        let found = DocPath::parse("properties.ipRules[].value").find(&doc);
        assert_eq!(found.iter().filter_map(|n| n.as_str()).collect::<Vec<_>>(), ["10.0.0.1", "10.0.0.2"]);
    }

    #[test]
    fn defaults_fill_only_what_is_absent() {
        let mut doc =
            node_of_json(&serde_json::json!({"a": {"b": 1}, "list": [{"x": 1}, {}], "u": {"$unknown": "r"}}));
        for path in ["a.b", "a.c", "n.m", "list[].x", "none[].x", "u.v"] {
            fill(&DocPath::parse(path).0, &mut doc, &Constant::Int(7));
        }
        let at = |path: &str| doc.at_path(path).map(|n| (n.display(), n.default));
        assert_eq!(at("a.b"), Some(("1".into(), false)));
        assert_eq!(at("a.c"), Some(("7".into(), true)));
        assert_eq!(at("n.m"), Some(("7".into(), true)));
        assert_eq!(at("u.v"), None);
        assert_eq!(
            DocPath::parse("list[].x").find(&doc).iter().map(|n| n.display()).collect::<Vec<_>>(),
            ["1", "7"]
        );
        assert!(doc.get("none").is_none());
        assert_eq!(
            json(&doc),
            r#"{"a":{"b":1},"list":[{"x":1},{}],"u":{"$unknown":"r"}}"#,
            "defaults are not observed"
        );
    }
}
