//! Patches: strategic merge and JSON Patch (RFC 6902) over a manifest's body.
//!
//! Which resources a patch is for is not known here.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Value};

use crate::terraform::cost;

/// Values of a patched manifest, and levels: a patch that copies what it patches must end.
const MAX_VALUES: usize = 20_000;
const MAX_DEPTH: usize = 100;
/// Steps of a pointer.
const MAX_STEPS: usize = 64;

/// What a strategic merge leaves.
pub(crate) enum Merged {
    Body(Node),
    /// The patch says `$patch: delete`.
    Deleted,
}

/// By which key the elements of a list are told apart, where they are merged at all.
/// <https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/> (patch merge key)
fn merge_key(list: &str, items: &[Node]) -> Option<&'static str> {
    let key = match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "secrets"
        | "resourceClaims" => "name",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "hostAliases" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        "conditions" => "type",
        "ownerReferences" => "uid",
        // Of a container and of a Service.
        "ports" if items.iter().any(|item| item.get("containerPort").is_some()) => "containerPort",
        "ports" => "port",
        _ => return None,
    };
    Some(key)
}

fn directive(node: &Node) -> Option<&str> {
    node.get("$patch").and_then(Node::as_str)
}

/// Lays a strategic merge patch over a body. `lists`: whether lists are merged, as they are for the kinds of Kubernetes
/// itself; those of custom resources are replaced.
pub(crate) fn strategic(body: &Node, patch: &Node, lists: bool) -> Merged {
    match directive(patch) {
        Some("delete") => Merged::Deleted,
        Some("replace") => Merged::Body(clean(patch)),
        _ => Merged::Body(merge(body, patch, lists, 0)),
    }
}

fn merge(body: &Node, patch: &Node, lists: bool, depth: usize) -> Node {
    let (Value::Map(old), Value::Map(new)) = (&body.value, &patch.value) else { return clean(patch) };
    if depth > MAX_DEPTH {
        return body.clone();
    }
    if directive(patch) == Some("replace") {
        return clean(patch);
    }
    let mut entries: BTreeMap<Arc<str>, Node> = (**old).clone();
    for (key, value) in new.iter().filter(|(key, _)| !key.starts_with('$')) {
        let merged = match (entries.get(key), &value.value) {
            (_, Value::Null) => None,
            (_, Value::Map(_)) if directive(value) == Some("delete") => None,
            (Some(before), Value::Map(_)) => Some(merge(before, value, lists, depth + 1)),
            (Some(before), Value::List(items)) if lists => {
                Some(merge_lists(key, before, value, items, depth + 1))
            }
            _ => Some(clean(value)),
        };
        match merged {
            Some(merged) => _ = entries.insert(key.clone(), merged),
            None => _ = entries.remove(key),
        }
    }
    Node { value: Value::map(entries), ..body.clone() }
}

fn merge_lists(key: &str, before: &Node, patch: &Node, items: &[Node], depth: usize) -> Node {
    let Value::List(old) = &before.value else { return clean(patch) };
    let by = merge_key(key, if items.is_empty() { old } else { items });
    let Some(by) = by.filter(|_| !items.iter().any(|item| directive(item) == Some("replace"))) else {
        return clean(patch);
    };
    let mut rest: Vec<Node> = (**old).clone();
    // What a patch names stands in its order, before what it does not name.
    let mut merged = Vec::new();
    for item in items {
        let name = item.get(by).map(Node::display);
        let at = rest.iter().position(|old| name.is_some() && old.get(by).map(Node::display) == name);
        let old = at.map(|at| rest.remove(at));
        match (old, directive(item)) {
            (_, Some("delete")) => {}
            (Some(old), _) => merged.push(merge(&old, item, true, depth)),
            (None, _) => merged.push(clean(item)),
        }
    }
    merged.extend(rest);
    Node { value: Value::list(merged), ..before.clone() }
}

/// A piece of a patch without its directives.
fn clean(node: &Node) -> Node {
    fn walk(node: &Node, depth: usize) -> Node {
        let value = match &node.value {
            Value::Map(entries) if depth < MAX_DEPTH => Value::map(
                entries
                    .iter()
                    .filter(|(key, value)| !key.starts_with('$') && !value.is_null())
                    .map(|(key, value)| (key.clone(), walk(value, depth + 1)))
                    .collect(),
            ),
            Value::List(items) if depth < MAX_DEPTH => {
                let kept = items
                    .iter()
                    .filter(|item| directive(item).is_none() || item.as_map().is_some_and(|m| m.len() > 1));
                Value::list(kept.map(|item| walk(item, depth + 1)).collect())
            }
            other => other.clone(),
        };
        Node { value, ..node.clone() }
    }
    walk(node, 0)
}

/// Applies the operations of a JSON patch; the first that cannot be applied ends it.
pub(crate) fn operations(body: &Node, patch: &Node) -> Result<Node, String> {
    let Value::List(operations) = &patch.value else {
        return Err("a JSON patch is a list of operations".into());
    };
    let mut body = body.clone();
    for operation in operations.iter() {
        let text = |key: &str| operation.get(key).and_then(Node::as_str);
        let (Some(op), Some(path)) = (text("op"), text("path")) else {
            return Err("an operation of a JSON patch has op and path".into());
        };
        let path = pointer(path)?;
        let value = || operation.get("value").cloned().unwrap_or_default();
        let from = || pointer(text("from").ok_or_else(|| format!("{op} needs from"))?);
        body = match op {
            "add" => change(&body, &path, &mut |old| insert(old, value()))?,
            "replace" => change(&body, &path, &mut |old| replace(old, value()))?,
            "remove" => change(&body, &path, &mut |old| remove(old))?,
            "copy" => {
                let value = find(&body, &from()?)?.clone();
                change(&body, &path, &mut |old| insert(old, value.clone()))?
            }
            "move" => {
                let from = from()?;
                let value = find(&body, &from)?.clone();
                let without = change(&body, &from, &mut |old| remove(old))?;
                change(&without, &path, &mut |old| insert(old, value.clone()))?
            }
            "test" => {
                let found = find(&body, &path)?;
                if found.display() != value().display() {
                    return Err("a test of a JSON patch does not hold".into());
                }
                body
            }
            other => return Err(format!("unknown operation {other} of a JSON patch")),
        };
        if matches!(op, "copy" | "move") && cost::within(&body, MAX_VALUES, MAX_DEPTH).is_none() {
            return Err("a JSON patch makes a manifest too large".into());
        }
    }
    Ok(body)
}

/// RFC 6901.
fn pointer(text: &str) -> Result<Vec<String>, String> {
    let Some(rest) = text.strip_prefix('/') else { return Err(format!("{text:?} is no pointer")) };
    let steps: Vec<String> = rest.split('/').map(|s| s.replace("~1", "/").replace("~0", "~")).collect();
    if steps.len() > MAX_STEPS { Err(format!("a pointer of more than {MAX_STEPS} steps")) } else { Ok(steps) }
}

fn find<'n>(node: &'n Node, path: &[String]) -> Result<&'n Node, String> {
    let found = path.iter().try_fold(node, |node, step| match &node.value {
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => node.get(step),
    });
    found.ok_or_else(|| format!("there is nothing at /{}", path.join("/")))
}

/// What an operation does to the place it names.
enum Edit<'e> {
    Entry(&'e mut BTreeMap<Arc<str>, Node>, &'e str),
    Element(&'e mut Vec<Node>, usize),
}

type Apply<'a> = dyn FnMut(Edit<'_>) -> Result<(), String> + 'a;

fn change(node: &Node, path: &[String], apply: &mut Apply<'_>) -> Result<Node, String> {
    let Some((step, rest)) = path.split_first() else { return Err("a pointer to the whole manifest".into()) };
    let missing = || format!("there is nothing at {step}");
    let value = match &node.value {
        Value::List(items) => {
            let mut items = (**items).clone();
            let index = if step == "-" { items.len() } else { step.parse().map_err(|_| missing())? };
            match rest {
                [] => apply(Edit::Element(&mut items, index))?,
                rest => {
                    let inner = items.get(index).ok_or_else(missing)?;
                    items[index] = change(inner, rest, apply)?;
                }
            }
            Value::list(items)
        }
        Value::Map(entries) => {
            let mut entries = (**entries).clone();
            match rest {
                [] => apply(Edit::Entry(&mut entries, step))?,
                rest => {
                    let inner = entries.get(&**step).ok_or_else(missing)?;
                    let changed = change(inner, rest, apply)?;
                    entries.insert(step.as_str().into(), changed);
                }
            }
            Value::map(entries)
        }
        _ => return Err(missing()),
    };
    Ok(Node { value, ..node.clone() })
}

fn insert(edit: Edit<'_>, value: Node) -> Result<(), String> {
    match edit {
        Edit::Entry(entries, key) => _ = entries.insert(key.into(), value),
        Edit::Element(items, index) if index <= items.len() => items.insert(index, value),
        Edit::Element(_, index) => return Err(format!("there is nothing at {index}")),
    }
    Ok(())
}

fn replace(edit: Edit<'_>, value: Node) -> Result<(), String> {
    match edit {
        // Kustomize takes a key that is not there for one that holds nothing.
        Edit::Entry(entries, key) => _ = entries.insert(key.into(), value),
        Edit::Element(items, index) => match items.get_mut(index) {
            Some(old) => *old = value,
            None => return Err(format!("there is nothing at {index}")),
        },
    }
    Ok(())
}

fn remove(edit: Edit<'_>) -> Result<(), String> {
    let removed = match edit {
        Edit::Entry(entries, key) => entries.remove(key).is_some(),
        Edit::Element(items, index) => {
            index < items.len() && {
                items.remove(index);
                true
            }
        }
    };
    if removed { Ok(()) } else { Err("there is nothing to remove".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(json: &serde_json::Value) -> Node {
        catalog::node_of_json(json)
    }

    fn shown(node: &Node) -> serde_json::Value {
        serde_json::to_value(node).unwrap()
    }

    fn laid_over(body: &serde_json::Value, patch: &serde_json::Value, lists: bool) -> serde_json::Value {
        match strategic(&node(body), &node(patch), lists) {
            Merged::Body(merged) => shown(&merged),
            Merged::Deleted => "deleted".into(),
        }
    }

    #[test]
    fn strategic_merge_knows_lists_by_their_key() {
        let body = json!({"containers": [{"name": "a", "image": "x", "args": ["1"], "env": [{"name": "E", "value": "1"}]}, {"name": "b"}], "t": [1]});
        for (patch, want) in [
            (
                json!({"containers": [{"name": "a", "image": "y", "args": ["2"]}]}),
                json!({"containers": [{"name": "a", "image": "y", "args": ["2"], "env": [{"name": "E", "value": "1"}]}, {"name": "b"}], "t": [1]}),
            ),
            (
                json!({"containers": [{"name": "b", "$patch": "delete"}, {"name": "c"}], "t": [2]}),
                json!({"containers": [{"name": "c"}, {"name": "a", "image": "x", "args": ["1"], "env": [{"name": "E", "value": "1"}]}], "t": [2]}),
            ),
            (json!({"containers": null, "t": {"$patch": "delete"}}), json!({})),
            (
                json!({"containers": [{"$patch": "replace"}, {"name": "z"}]}),
                json!({"containers": [{"name": "z"}], "t": [1]}),
            ),
        ] {
            assert_eq!(laid_over(&body, &patch, true), want, "{patch}");
        }
        assert!(matches!(
            strategic(&node(&body), &node(&json!({"$patch": "delete"})), true),
            Merged::Deleted
        ));
        let custom = laid_over(&body, &json!({"containers": [{"name": "z"}]}), false);
        assert_eq!(
            custom,
            json!({"containers": [{"name": "z"}], "t": [1]}),
            "lists of custom resources are replaced"
        );
    }

    #[test]
    fn json_patches_follow_their_pointers() {
        let body = json!({"a": {"b/c": [1, 2]}, "d": 1});
        for (patch, want) in [
            (
                json!([{"op": "add", "path": "/a/b~1c/-", "value": 3}]),
                Ok(json!({"a": {"b/c": [1, 2, 3]}, "d": 1})),
            ),
            (
                json!([{"op": "add", "path": "/a/b~1c/0", "value": 0}, {"op": "remove", "path": "/d"}]),
                Ok(json!({"a": {"b/c": [0, 1, 2]}})),
            ),
            (
                json!([{"op": "replace", "path": "/d", "value": {"e": 1}}]),
                Ok(json!({"a": {"b/c": [1, 2]}, "d": {"e": 1}})),
            ),
            (
                json!([{"op": "move", "from": "/d", "path": "/a/d"}]),
                Ok(json!({"a": {"b/c": [1, 2], "d": 1}})),
            ),
            (json!([{"op": "replace", "path": "/x/y", "value": 1}]), Err("there is nothing at x")),
            (json!([{"op": "remove", "path": "/a/b~1c/9"}]), Err("there is nothing to remove")),
            (json!({"op": "x"}), Err("a JSON patch is a list of operations")),
            (json!([{"op": "test", "path": "/d", "value": 2}]), Err("a test of a JSON patch does not hold")),
        ] {
            let got = operations(&node(&body), &node(&patch));
            assert_eq!(got.as_ref().map(shown).map_err(|e| &**e), want, "{patch}");
        }
    }

    #[test]
    fn a_patch_that_copies_itself_ends() {
        let copy = json!({"op": "copy", "from": "/a", "path": "/a/x"});
        let wide = json!({"op": "copy", "from": "/a", "path": "/a/-"});
        for (body, one) in [(json!({"a": {}}), copy), (json!({"a": []}), wide)] {
            let patch = serde_json::Value::Array(vec![one; 1_000]);
            assert!(operations(&node(&body), &node(&patch)).is_err());
        }
    }
}
