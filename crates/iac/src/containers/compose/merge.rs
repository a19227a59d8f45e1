//! Laying one service over another, as Compose merges files and `extends`.
//! <https://docs.docker.com/reference/compose-file/merge/>

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::data::{Data, Datum};
use model::{Node, Position, Value};

/// A key under which a tag is kept until it has been merged by.
const TAG: &str = "\u{0}tag";
/// Levels of mappings.
const MAX_DEPTH: usize = 64;

/// Sequences of which the later one counts alone.
const REPLACED: [&str; 3] = ["command", "entrypoint", "test"];
/// Sequences of `NAME=value` that are also written as mappings.
const PAIRS: [&str; 6] = ["environment", "labels", "args", "sysctls", "extra_hosts", "annotations"];

/// The data as nodes; a mapping or list with a tag that says how it is merged is wrapped.
pub(crate) fn tagged(
    datum: &Datum,
    node: &mut dyn FnMut(&Datum) -> Node,
    place: &dyn Fn(&Datum) -> Arc<Position>,
) -> Node {
    let value = match &datum.value {
        Data::Map(entries) => {
            Value::map(entries.iter().map(|e| (e.key.clone(), tagged(&e.value, node, place))).collect())
        }
        Data::List(items) => Value::list(items.iter().map(|item| tagged(item, node, place)).collect()),
        _ => node(datum).value,
    };
    let plain = Node::from(value).at(place(datum));
    match datum.tag.as_deref() {
        Some(tag @ ("reset" | "override")) => {
            let wrapped: BTreeMap<Arc<str>, Node> =
                [(Arc::from(TAG), Node::from(tag)), (Arc::from("value"), plain)].into();
            Node::from(Value::map(wrapped)).at(place(datum))
        }
        _ => plain,
    }
}

/// A service with its pairs as mappings.
pub(crate) fn canonical(service: &Node) -> Node {
    let Some(entries) = service.as_map() else { return service.clone() };
    let mut entries = (**entries).clone();
    for key in PAIRS {
        if let Some(value) = entries.get_mut(key) {
            let pairs = pairs(value, key == "extra_hosts");
            *value = pairs;
        }
    }
    Node { value: Value::map(entries), ..service.clone() }
}

/// `NAME=value` lists as a mapping; a name alone has no value.
fn pairs(node: &Node, colon: bool) -> Node {
    let Value::List(items) = &node.value else { return node.clone() };
    let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    for item in items.iter() {
        let pieces = match &item.value {
            Value::String(text) => {
                let cut = text.split_once('=').or_else(|| if colon { text.split_once(':') } else { None });
                Some(match cut {
                    Some((name, value)) => {
                        (name.to_owned(), Node { value: Value::string(value), ..item.clone() })
                    }
                    None => (text.to_string(), Node { value: Value::Null, ..item.clone() }),
                })
            }
            Value::Template(_) => template(item),
            _ => None,
        };
        if let Some((name, value)) = pieces {
            entries.insert(name.into(), value);
        }
    }
    Node { value: Value::map(entries), ..node.clone() }
}

/// `NAME=…` of which the value is known in part.
fn template(item: &Node) -> Option<(String, Node)> {
    let mut holes = crate::containers::text::Holes::default();
    let word = holes.word(item)?;
    let (name, value) = word.text.split_once('=')?;
    let value = holes.node(value, &word);
    (!name.contains(crate::containers::text::is_hole)).then(|| (name.to_owned(), value))
}

/// Lays a service over another.
pub(crate) fn over(below: &Node, above: &Node) -> Node {
    merge("", &canonical(below), &canonical(above), 0)
}

fn merge(key: &str, below: &Node, above: &Node, depth: usize) -> Node {
    if let Some(tag) = above.get(TAG) {
        return match tag.as_str() {
            Some("reset") => Node::null(),
            _ => above.get("value").cloned().unwrap_or_default(),
        };
    }
    match (&below.value, &above.value) {
        _ if depth > MAX_DEPTH => above.clone(),
        (Value::Map(old), Value::Map(new)) => {
            let mut entries = (**old).clone();
            for (key, value) in new.iter() {
                let merged = match entries.get(key) {
                    Some(before) => merge(key, before, value, depth + 1),
                    None => untagged(value),
                };
                entries.insert(key.clone(), merged);
            }
            Node { value: Value::map(entries), ..above.clone() }
        }
        (Value::List(old), Value::List(new)) if !REPLACED.contains(&key) => {
            let mut items = (**old).clone();
            for item in new.iter() {
                let same = |old: &Node| same(key, old, item);
                match items.iter_mut().find(|old| same(old)) {
                    Some(old) => *old = item.clone(),
                    None => items.push(item.clone()),
                }
            }
            Node { value: Value::list(items), ..above.clone() }
        }
        (_, Value::Null) => below.clone(),
        _ => above.clone(),
    }
}

fn untagged(node: &Node) -> Node {
    match node.get(TAG) {
        Some(_) => node.get("value").cloned().unwrap_or_default(),
        None => node.clone(),
    }
}

/// Whether two elements say the same thing, so that the later one counts.
fn same(key: &str, a: &Node, b: &Node) -> bool {
    let target = |node: &Node| match node.as_str() {
        // `source:target:mode`
        Some(text) => text.split(':').nth(1).or(Some(text)).map(str::to_owned),
        None => node.get("target").map(Node::display),
    };
    match key {
        "volumes" | "devices" | "secrets" | "configs" => target(a).is_some() && target(a) == target(b),
        _ => a.display() == b.display(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn services_are_laid_over_each_other() {
        let node = |json: &serde_json::Value| catalog::node_of_json(json);
        let below = json!({"image": "a", "command": ["x"], "environment": ["A=1", "B"], "ports": ["80:80"], "volumes": ["./a:/d"]});
        for (above, want) in [
            (
                json!({"command": ["y"], "environment": {"A": "2"}, "ports": ["81:81", "80:80"], "volumes": ["./b:/d"]}),
                json!({"image": "a", "command": ["y"], "environment": {"A": "2", "B": null}, "ports": ["80:80", "81:81"], "volumes": ["./b:/d"]}),
            ),
            (
                json!({"ports": {"\u{0}tag": "reset"}, "volumes": {"\u{0}tag": "override", "value": ["c:/d"]}}),
                json!({"image": "a", "command": ["x"], "environment": {"A": "1", "B": null}, "ports": null, "volumes": ["c:/d"]}),
            ),
        ] {
            assert_eq!(serde_json::to_value(over(&node(&below), &node(&above))).unwrap(), want);
        }
    }
}
