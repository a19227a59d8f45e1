//! The last steps from evaluated properties to the provider's document: texts that encode JSON, what is resolved from
//! a secret store, and tags.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::{Catalog, DocPath, Step};
use model::{Node, Piece, Reference, Value};

/// Nested deeper than any real resource.
const MAX_DEPTH: usize = 64;
/// Holes are put through the JSON parser as these characters, which stand for nothing else.
const FIRST_MARK: u32 = 0xF_0000;
const MARKS: usize = 0xFFFE;

/// Finishes the document of a resource of type `native`.
pub(super) fn finished(catalog: &Catalog, native: &str, mut document: Node) -> Node {
    if let Some(resolved) = resolved(&document, 0) {
        document = resolved;
    }
    for path in json_paths(catalog, native) {
        if let Some(changed) = changed(&document, &path.0, 0) {
            document = changed;
        }
    }
    if let Some(tags) = document.get("Tags").and_then(tags) {
        DocPath::parse("Tags").put(&mut document, tags);
    }
    document
}

/// Where the cards say that a document has JSON in a text: as other dialects write it there, too.
fn json_paths(catalog: &Catalog, native: &str) -> Vec<DocPath> {
    let Some(kind) = catalog.native(native) else { return Vec::new() };
    let rules = kind.card.terraform.iter().flat_map(|mapping| {
        let into = mapping.into.to_string();
        mapping.attributes.iter().filter(|rule| rule.json).flat_map(move |rule| {
            let into = into.clone();
            rule.to
                .iter()
                .map(move |to| if into.is_empty() { to.to_string() } else { format!("{into}.{to}") })
        })
    });
    let mut paths: Vec<String> = rules.collect();
    paths.sort();
    paths.dedup();
    paths.iter().map(|path| DocPath::parse(path)).collect()
}

/// `node` with the texts at `path` read as JSON; none where nothing changes.
fn changed(node: &Node, path: &[Step], depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    match (path, &node.value) {
        ([], Value::String(_) | Value::Template(_)) => decoded(node),
        ([Step::Key(key), rest @ ..], Value::Map(map)) => {
            let inner = changed(map.get(key)?, rest, depth + 1)?;
            let mut map = (**map).clone();
            map.insert(key.clone(), inner);
            Some(Node { value: Value::map(map), ..node.clone() })
        }
        ([Step::Each, rest @ ..], Value::List(items)) => {
            let each: Vec<Option<Node>> = items.iter().map(|item| changed(item, rest, depth + 1)).collect();
            each.iter().any(Option::is_some).then(|| {
                let items =
                    each.into_iter().zip(items.iter()).map(|(new, old)| new.unwrap_or_else(|| old.clone()));
                Node { value: Value::list(items.collect()), ..node.clone() }
            })
        }
        _ => None,
    }
}

/// JSON text, known or with holes in its strings, as what it encodes; none where it is no JSON.
pub(super) fn decoded(node: &Node) -> Option<Node> {
    let mut holes: Vec<&Piece> = Vec::new();
    let text: String = match &node.value {
        Value::String(text) => text.to_string(),
        Value::Template(pieces) => {
            let mut text = String::new();
            for piece in pieces.iter() {
                match piece {
                    Piece::Text(plain) => text.push_str(plain),
                    Piece::Hole { .. } => {
                        let mark = char::from_u32(FIRST_MARK + u32::try_from(holes.len()).ok()?)?;
                        text.push(mark);
                        holes.push(piece);
                        if holes.len() >= MARKS {
                            return None;
                        }
                    }
                }
            }
            text
        }
        _ => return None,
    };
    // serde_json bounds its own recursion.
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    (json.is_object() || json.is_array()).then(|| with_holes(&json, &holes, node))
}

fn with_holes(json: &serde_json::Value, holes: &[&Piece], place: &Node) -> Node {
    let value = match json {
        serde_json::Value::String(text) => refilled(text, holes),
        serde_json::Value::Array(items) => {
            Value::list(items.iter().map(|item| with_holes(item, holes, place)).collect())
        }
        serde_json::Value::Object(entries) => {
            let entry = |(key, item): (&String, &serde_json::Value)| {
                let key: Arc<str> = match refilled(key, holes) {
                    Value::String(key) => key,
                    other => Node::from(other).display().into(),
                };
                (key, with_holes(item, holes, place))
            };
            Value::map(entries.iter().map(entry).collect::<BTreeMap<_, _>>())
        }
        plain => catalog::node_of_json(plain).value,
    };
    // Text that is one hole and no more is what the hole refers to.
    let (value, from) = match value {
        Value::Template(pieces) => match &*pieces {
            [Piece::Hole { reason, from }] => (Value::Unknown(reason.clone()), from.clone()),
            _ => (Value::Template(pieces), None),
        },
        other => (other, None),
    };
    Node {
        value,
        from,
        at: place.at.clone(),
        sensitive: place.sensitive,
        assumed: place.assumed,
        ..Node::default()
    }
}

fn refilled(text: &str, holes: &[&Piece]) -> Value {
    let hole = |c: char| {
        let index = usize::try_from((c as u32).checked_sub(FIRST_MARK)?).ok()?;
        holes.get(index).map(|piece| (*piece).clone())
    };
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for c in text.chars() {
        match hole(c) {
            Some(piece) => {
                pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
                pieces.push(piece);
            }
            None => plain.push(c),
        }
    }
    pieces.push(Piece::Text(plain.into()));
    let pieces = pieces.into_iter().filter(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    Value::text(pieces)
}

/// `node` with dynamic references taken for what they are: values that the deployment looks up. None where there are
/// none. <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>
fn resolved(node: &Node, depth: usize) -> Option<Node> {
    const OPEN: &str = "{{resolve:";
    if depth > MAX_DEPTH {
        return None;
    }
    match &node.value {
        Value::String(text) if text.contains(OPEN) => Some(looked_up(node, &[Piece::Text(text.clone())])),
        Value::Template(pieces) if pieces.iter().any(|p| matches!(p, Piece::Text(t) if t.contains(OPEN))) => {
            Some(looked_up(node, pieces))
        }
        Value::List(items) => {
            let each: Vec<Option<Node>> = items.iter().map(|item| resolved(item, depth + 1)).collect();
            each.iter().any(Option::is_some).then(|| {
                let items =
                    each.into_iter().zip(items.iter()).map(|(new, old)| new.unwrap_or_else(|| old.clone()));
                Node { value: Value::list(items.collect()), ..node.clone() }
            })
        }
        Value::Map(map) => {
            let changed: Vec<(Arc<str>, Node)> = map
                .iter()
                .filter_map(|(key, item)| Some((key.clone(), resolved(item, depth + 1)?)))
                .collect();
            (!changed.is_empty()).then(|| {
                let mut map = (**map).clone();
                map.extend(changed);
                Node { value: Value::map(map), ..node.clone() }
            })
        }
        _ => None,
    }
}

fn looked_up(node: &Node, pieces: &[Piece]) -> Node {
    let shown: String = pieces.iter().map(ToString::to_string).collect();
    let what = shown.split_once("{{resolve:").map_or("", |(_, rest)| rest);
    let what = what.rsplit_once("}}").map_or(what, |(what, _)| what);
    let secret = what.starts_with("secretsmanager:") || what.starts_with("ssm-secure:");
    let mut value = Node { sensitive: node.sensitive || secret, ..node.clone() };
    value.value = Value::unknown(format!("resolved at deployment: {what}"));
    // A secret of this template: its value, not its id.
    let of = pieces.iter().find_map(|piece| match piece {
        Piece::Hole { from: Some(from), .. } => Some(from.clone()),
        _ => None,
    });
    if let Some(of) = of.filter(|_| secret) {
        let key = what.split(":SecretString:").nth(1).and_then(|rest| rest.split(':').next());
        let attribute = key.filter(|key| !key.is_empty()).unwrap_or("secret");
        let from = Reference { address: of.address.clone(), attribute: attribute.into(), via: Some(of) };
        value.from = Some(Arc::new(from));
    }
    value
}

/// Tags as one mapping, where they are a list of keys and values.
fn tags(node: &Node) -> Option<Node> {
    let Value::List(items) = &node.value else { return None };
    let pair = |item: &Node| {
        let key: Arc<str> = item.get("Key")?.as_str()?.into();
        Some((key, item.get("Value").cloned().unwrap_or_default()))
    };
    let map: Option<BTreeMap<Arc<str>, Node>> = items.iter().map(pair).collect();
    Some(Node { value: Value::map(map?), ..node.clone() })
}
