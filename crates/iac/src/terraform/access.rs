//! Going into values: attributes, elements, marks and references that go with them.

use std::sync::Arc;

use model::{Node, Piece, Reference, Value};

use super::eval::Evaluated;
use super::{functions, types};

/// References that one text keeps.
const MAX_MENTIONS: usize = 16;
/// Values, and values inside each other, among which a resource is sought.
const MAX_SOUGHT: usize = 100_000;
const MAX_SOUGHT_DEPTH: usize = 128;

/// Text composed with `value` mentions what `value` refers to.
pub(super) fn mention(text: &mut Node, value: &Node) {
    let new: Vec<Arc<Reference>> =
        value.from.iter().chain(value.mentions.iter().flat_map(|m| m.iter())).cloned().collect();
    if !new.is_empty() {
        let all = Arc::make_mut(text.mentions.get_or_insert_default());
        all.extend(new);
        all.truncate(MAX_MENTIONS);
    }
}

/// Marks of `sources` go over to `node`.
pub(crate) fn carry<'n>(mut node: Node, sources: impl IntoIterator<Item = &'n Node>) -> Node {
    for source in sources {
        node.sensitive |= source.sensitive;
        node.assumed |= source.assumed;
    }
    node
}

pub(crate) fn unknown_reason(node: &Node) -> Arc<str> {
    node.first_unknown(256)
        .unwrap_or_else(|| format!("a {} stands where text is needed", node.value.type_name()).into())
}

/// The reference to something inside what `node` refers to.
pub(crate) fn inner_reference(node: &Node, step: &str) -> Option<Arc<Reference>> {
    let from = node.from.as_ref()?;
    let attribute = if from.attribute.is_empty() || step.starts_with('[') {
        format!("{}{step}", from.attribute)
    } else {
        format!("{}.{step}", from.attribute)
    };
    Some(Arc::new(Reference { address: from.address.clone(), attribute: attribute.into(), via: None }))
}

/// `child`, found inside `node` by `step`.
pub(crate) fn inside(node: &Node, step: &str, child: &Node) -> Node {
    let mut child = carry(child.clone(), [node]);
    if let Some(reference) = inner_reference(node, step) {
        child.from = Some(Arc::new(Reference { via: child.from.take(), ..(*reference).clone() }));
    }
    child
}

/// Whether a value is, or holds, a resource or a block of one, whose values are still in the types that the
/// configuration gave them.
pub(crate) fn holds_resource(node: &Node) -> bool {
    fn walk(node: &Node, left: &mut usize, depth: usize) -> bool {
        if *left == 0 || depth > MAX_SOUGHT_DEPTH {
            return true; // it may be
        }
        *left -= 1;
        match &node.value {
            Value::List(items) => items.iter().any(|item| walk(item, left, depth + 1)),
            Value::Map(entries) => {
                node.from.is_some() || entries.values().any(|entry| walk(entry, left, depth + 1))
            }
            _ => false,
        }
    }
    walk(node, &mut { MAX_SOUGHT }, 0)
}

/// What a resource does not set, the provider decides.
pub(crate) fn computed(node: &Node, step: &str) -> Option<Node> {
    let reference = inner_reference(node, step)?;
    let unknown = Node::unknown(format!("{reference} is known after apply"));
    Some(carry(Node { from: Some(reference), ..unknown }, [node]))
}

/// `node.name`.
pub(crate) fn attr(node: &Node, name: &str) -> Evaluated {
    match &node.value {
        Value::Map(map) => match map.get(name) {
            Some(child) if !(child.is_null() && node.from.is_some()) => Ok(inside(node, name, child)),
            Some(child) if node.from.is_none() => Ok(child.clone()),
            _ => computed(node, name).ok_or_else(|| format!("there is no attribute {name:?}")),
        },
        Value::Unknown(reason) => {
            let from = inner_reference(node, name);
            Ok(carry(Node { from, ..Value::Unknown(reason.clone()).into() }, [node]))
        }
        Value::Null => Err(format!("attribute {name:?} is read of null")),
        // A block that may stand once is written without its index in some providers' documents.
        Value::List(items) if items.len() == 1 && node.from.is_some() => {
            attr(&inside(node, "[0]", &items[0]), name)
        }
        other => {
            computed(node, name).ok_or_else(|| format!("a {} has no attribute {name:?}", other.type_name()))
        }
    }
}

/// Keys and values, or why they are not known.
pub(crate) type Pairs = Result<Vec<(Node, Node)>, Arc<str>>;

/// The keys and values that a `for` goes over; the inner error says why they are not known.
pub(crate) fn pairs(collection: &Node) -> Result<Pairs, String> {
    Ok(Ok(match &collection.value {
        Value::List(items) => {
            items.iter().enumerate().map(|(i, item)| ((i as i64).into(), item.clone())).collect()
        }
        Value::Map(map) => map
            .iter()
            .map(|(k, v)| {
                let step = format!("[{k:?}]");
                let value = if collection.from.is_some() { inside(collection, &step, v) } else { v.clone() };
                (k.clone().into(), value)
            })
            .collect(),
        Value::Unknown(reason) => return Ok(Err(reason.clone())),
        other => return Err(format!("a {} cannot be iterated", other.type_name())),
    }))
}

pub(super) fn hole(node: &Node) -> Piece {
    Piece::Hole { reason: unknown_reason(node), from: node.from.clone() }
}

pub(super) fn interpolate(value: &Node, pieces: &mut Vec<Piece>) -> Result<(), String> {
    let text = types::to_string(value)?;
    match &text.value {
        Value::String(text) => {
            pieces.push(Piece::Text(text.clone()));
        }
        Value::Template(inner) => pieces.extend(inner.iter().cloned()),
        Value::Json(inner) => match functions::render_json(inner) {
            Ok(text) => pieces.push(Piece::Text(text)),
            Err(reason) => pieces.push(Piece::Hole { reason, from: None }),
        },
        Value::Null => return Err("null stands in a template".into()),
        _ => pieces.push(hole(value)),
    }
    Ok(())
}

/// The way from one folder to another, as Terraform writes `path.module`.
pub(super) fn relative(from: &str, to: &str) -> String {
    let split = |path: &str| path.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (from, to) = (split(from), split(to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<&str> = from[shared..].iter().map(|_| "..").collect();
    parts.extend(to[shared..].iter().map(|p| &**p));
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}
