//! Equality, identity and order of values that may be known only in part.

use model::{Node, Number, Piece, Reference, Value};

use super::number_text;
use crate::terraform::functions::as_text;
use crate::terraform::functions::limits::Budget;
use crate::terraform::functions::number::general;

/// Terraform's `==`: `None` when it depends on what is not known. A reference to an attribute equals any other
/// reference to that attribute.
pub fn equal(a: &Node, b: &Node) -> Option<bool> {
    compare(a, b, &mut Budget::default(), 0)
}

/// The same for one of many comparisons, which share what they may look at.
pub(in crate::terraform) fn equal_within(a: &Node, b: &Node, budget: &mut Budget) -> Option<bool> {
    compare(a, b, budget, 0)
}

fn compare(a: &Node, b: &Node, budget: &mut Budget, depth: usize) -> Option<bool> {
    budget.visit(depth).ok()?;
    match (&a.value, &b.value) {
        (Value::Json(x), Value::Json(y)) if compare(x, y, budget, depth + 1) == Some(true) => Some(true),
        (Value::Json(_), _) => compare(&as_text(a).ok()?, b, budget, depth + 1),
        (_, Value::Json(_)) => compare(a, &as_text(b).ok()?, budget, depth + 1),
        (Value::Unknown(_), Value::Unknown(_)) => same_reference(a, b).then_some(true),
        (Value::Unknown(_), _) => not_the_identifier(a, b),
        (_, Value::Unknown(_)) => not_the_identifier(b, a),
        (Value::Template(x), Value::Template(y)) => compare_pieces(x, y),
        (Value::Template(t), Value::String(s)) | (Value::String(s), Value::Template(t)) => {
            if could_be(t, s) {
                None
            } else {
                Some(false)
            }
        }
        (Value::Null, Value::Null) => Some(true),
        (Value::Bool(x), Value::Bool(y)) => Some(x == y),
        (Value::Number(x), Value::Number(y)) => Some(x == y),
        (Value::String(x), Value::String(y)) => Some(x == y),
        (Value::List(x), Value::List(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            all(x.iter().zip(y.iter()).map(|(x, y)| compare(x, y, budget, depth + 1)))
        }
        (Value::Map(x), Value::Map(y)) => {
            if !x.keys().eq(y.keys()) {
                return Some(false);
            }
            all(x.values().zip(y.values()).map(|(x, y)| compare(x, y, budget, depth + 1)))
        }
        _ => Some(false),
    }
}

/// Whether all hold: one that does not decides, and then one that is not known.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for answer in answers {
        match answer {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = None,
        }
    }
    known
}

fn same_reference(a: &Node, b: &Node) -> bool {
    match (&a.from, &b.from) {
        (Some(a), Some(b)) => a.address == b.address && a.attribute == b.attribute,
        _ => false,
    }
}

fn not_the_identifier(unknown: &Node, known: &Node) -> Option<bool> {
    let empty = known.is_null() || known.as_str() == Some("");
    (empty && never_empty(unknown)).then_some(false)
}

/// Whether a value is certainly neither null nor the empty string, although it may not be known: partly known text
/// with some text in it, and the identifier that a provider gives to a resource.
pub(in crate::terraform) fn never_empty(node: &Node) -> bool {
    match &node.value {
        Value::Unknown(_) => node.from.as_deref().is_some_and(is_identifier),
        Value::Template(pieces) => pieces.iter().any(|p| match p {
            Piece::Text(_) => true,
            Piece::Hole { from, .. } => from.as_deref().is_some_and(is_identifier),
        }),
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

/// Every Terraform resource has an `id` once it exists; `arn` and `self_link` are how AWS and Google Cloud name it, and
/// what has a name or an identity of its own is never without it.
pub(in crate::terraform) fn is_identifier(reference: &Reference) -> bool {
    matches!(
        &*reference.attribute,
        "id" | "arn" | "self_link" | "name" | "principal_id" | "client_id" | "email" | "key_id"
    )
}

/// Whether partly known text could turn out to be `text`: its known pieces occur in order.
fn could_be(pieces: &[Piece], text: &str) -> bool {
    let mut rest = text;
    for (i, piece) in pieces.iter().enumerate() {
        let Piece::Text(known) = piece else { continue };
        if i + 1 == pieces.len() {
            return rest.ends_with(&**known);
        }
        let found = if i == 0 { rest.starts_with(&**known).then_some(0) } else { rest.find(&**known) };
        match found {
            Some(at) => rest = &rest[at + known.len()..],
            None => return false,
        }
    }
    true
}

fn compare_pieces(a: &[Piece], b: &[Piece]) -> Option<bool> {
    let same = |pair: (&Piece, &Piece)| match pair {
        (Piece::Text(a), Piece::Text(b)) => a == b,
        (Piece::Hole { from: Some(a), .. }, Piece::Hole { from: Some(b), .. }) => {
            a.address == b.address && a.attribute == b.attribute
        }
        _ => false,
    };
    if a.len() == b.len() && a.iter().zip(b).all(same) {
        return Some(true);
    }
    if let (Some(Piece::Text(a)), Some(Piece::Text(b))) = (a.first(), b.first())
        && !a.starts_with(&**b)
        && !b.starts_with(&**a)
    {
        return Some(false);
    }
    if let (Some(Piece::Text(a)), Some(Piece::Text(b))) = (a.last(), b.last())
        && !a.ends_with(&**b)
        && !b.ends_with(&**a)
    {
        return Some(false);
    }
    None
}

/// Bytes that two values share exactly when they are certainly equal. `None` when nothing says what the value is.
pub(super) fn identity(node: &Node, budget: &mut Budget) -> Result<Option<Vec<u8>>, String> {
    let mut out = Vec::new();
    Ok(identify(node, &mut out, budget, 0)?.then_some(out))
}

fn identify(node: &Node, out: &mut Vec<u8>, budget: &mut Budget, depth: usize) -> Result<bool, String> {
    budget.visit(depth)?;
    let text = |out: &mut Vec<u8>, tag: u8, text: &str| {
        out.push(tag);
        out.extend(text.len().to_le_bytes());
        out.extend(text.as_bytes());
    };
    match &node.value {
        Value::Null => out.push(b'~'),
        Value::Bool(b) => out.push(if *b { b'T' } else { b'F' }),
        Value::Number(n) => text(out, b'#', &number_text(*n)),
        Value::String(s) => text(out, b'"', s),
        Value::Json(_) => return identify(&as_text(node)?, out, budget, depth + 1),
        Value::Unknown(_) => match &node.from {
            Some(reference) => text(out, b'@', &reference.to_string()),
            None => return Ok(false),
        },
        Value::Template(pieces) => {
            out.push(b't');
            for piece in pieces.iter() {
                match piece {
                    Piece::Text(s) => text(out, b'"', s),
                    Piece::Hole { from: Some(reference), .. } => text(out, b'@', &reference.to_string()),
                    Piece::Hole { from: None, .. } => return Ok(false),
                }
            }
        }
        Value::List(items) => {
            out.push(b'[');
            for item in items.iter() {
                if !identify(item, out, budget, depth + 1)? {
                    return Ok(false);
                }
            }
            out.push(b']');
        }
        Value::Map(entries) => {
            out.push(b'{');
            for (key, item) in entries.iter() {
                text(out, b':', key);
                if !identify(item, out, budget, depth + 1)? {
                    return Ok(false);
                }
            }
            out.push(b'}');
        }
    }
    Ok(true)
}

/// Where a value stands among the elements of a set: scalars by value, lists and objects by the bytes that
/// Terraform hashes, then what is not known, then null.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Bool(bool),
    Number(Number),
    Text(String),
    Hashed(Vec<u8>),
    Unknown(String),
    Null,
}

pub(super) fn order(node: &Node, budget: &mut Budget) -> Result<Place, String> {
    Ok(match &node.value {
        Value::Bool(b) => Place::Bool(*b),
        Value::Number(n) => Place::Number(*n),
        Value::String(s) => Place::Text(s.to_string()),
        Value::Json(_) => match as_text(node)?.value {
            Value::String(s) => Place::Text(s.to_string()),
            other => Place::Unknown(Node::from(other).display()),
        },
        Value::Template(_) | Value::Unknown(_) => {
            Place::Unknown(Node { sensitive: false, ..node.clone() }.display())
        }
        Value::Null => Place::Null,
        Value::List(_) | Value::Map(_) => {
            let mut out = Vec::new();
            hashed(node, &mut out, budget, 0)?;
            Place::Hashed(out)
        }
    })
}

/// The bytes that Terraform hashes for an element of a set. Keys of objects are written too, as for maps: all objects
/// of one set have the same keys, so that changes nothing in their order.
fn hashed(node: &Node, out: &mut Vec<u8>, budget: &mut Budget, depth: usize) -> Result<(), String> {
    budget.visit(depth)?;
    match &node.value {
        Value::Null => out.push(b'~'),
        Value::Unknown(_) | Value::Template(_) => out.push(b'?'),
        Value::Bool(b) => out.push(if *b { b'T' } else { b'F' }),
        Value::Number(n) => out.extend(general(n.as_f64(), 10).as_bytes()),
        Value::String(s) => out.extend(format!("{s:?}").as_bytes()),
        Value::Json(_) => hashed(&as_text(node)?, out, budget, depth + 1)?,
        Value::List(items) => {
            out.push(b'[');
            for item in items.iter() {
                hashed(item, out, budget, depth + 1)?;
                out.push(b';');
            }
            out.push(b']');
        }
        Value::Map(entries) => {
            out.push(b'{');
            for (key, item) in entries.iter() {
                out.extend(format!("{key:?}:").as_bytes());
                hashed(item, out, budget, depth + 1)?;
                out.push(b';');
            }
            out.push(b'}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn reference(attribute: &str) -> Option<Arc<Reference>> {
        Some(Arc::new(Reference { address: "a.b".into(), attribute: attribute.into(), via: None }))
    }
    fn unknown(attribute: &str) -> Node {
        Node { from: reference(attribute), ..Node::unknown("later") }
    }
    fn text(before: &str, after: &str) -> Node {
        let hole = Piece::Hole { reason: "later".into(), from: reference("name") };
        let piece = |t: &str| Piece::Text(t.into());
        let pieces = [piece(before), hole, piece(after)];
        Value::text(pieces.into_iter().filter(|p| *p != Piece::Text("".into()))).into()
    }
    fn list(items: Vec<Node>) -> Node {
        Value::list(items).into()
    }

    #[test]
    fn equality_is_decided_where_it_can_be() {
        let json = Node::from(Value::Json(Arc::new(list(vec![1.into()]))));
        for (a, b, want) in [
            (1.into(), 1.into(), Some(true)),
            (1.into(), "1".into(), Some(false)),
            (Node::null(), Node::null(), Some(true)),
            (list(vec![]), Node::from(Value::map([].into())), Some(false)),
            (unknown("id"), unknown("id"), Some(true)),
            (unknown("id"), unknown("name"), None),
            (unknown("id"), Node::null(), Some(false)),
            (unknown("name"), Node::null(), Some(false)),
            (unknown("tags"), Node::null(), None),
            (Node::unknown("x"), Node::unknown("x"), None),
            (text("a-", ""), "b".into(), Some(false)),
            (text("a-", "-z"), "a-x-z".into(), None),
            (text("a-", "-z"), "a-z".into(), Some(false)),
            (text("a-", ""), text("b-", ""), Some(false)),
            (text("a-", ""), text("a-", ""), Some(true)),
            (text("a-", ""), text("a-b", ""), None),
            (text("", "x"), text("", "y"), Some(false)),
            (text("a-", ""), 5.into(), Some(false)),
            (list(vec![unknown("name"), 1.into()]), list(vec!["x".into(), 2.into()]), Some(false)),
            (list(vec![unknown("name"), 1.into()]), list(vec!["x".into(), 1.into()]), None),
            (json.clone(), "[1]".into(), Some(true)),
            (json.clone(), json, Some(true)),
        ] {
            assert_eq!(equal(&a, &b), want, "{} == {}", a.display(), b.display());
            assert_eq!(equal(&b, &a), want, "{} == {}", b.display(), a.display());
        }
    }
}
