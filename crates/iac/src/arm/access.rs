//! Going into values: members, elements, and the marks and references that go with them.

use std::sync::Arc;

use model::{Node, Number, Piece, Reference, Value};

use super::eval::Evaluated;
use super::scope::{is_scope, pieces};
pub(crate) use crate::terraform::access::{carry, inner_reference, inside, unknown_reason};

/// References that one text keeps.
const MAX_MENTIONS: usize = 16;

/// Text composed with `value` mentions what `value` refers to.
pub(crate) fn mention(text: &mut Node, value: &Node) {
    let new: Vec<Arc<Reference>> = value
        .from
        .iter()
        .chain(value.mentions.iter().flat_map(|m| m.iter()))
        .filter(|r| !is_scope(&r.address))
        .cloned()
        .collect();
    if !new.is_empty() {
        let all = Arc::make_mut(text.mentions.get_or_insert_default());
        for reference in new {
            if all.len() < MAX_MENTIONS && !all.contains(&reference) {
                all.push(reference);
            }
        }
    }
}

/// What a resource's template does not say, the deployment decides.
pub(crate) fn computed(node: &Node, step: &str) -> Option<Node> {
    let reference = inner_reference(node, step)?;
    Some(carry(Node { from: Some(reference), ..Node::unknown("known after deployment") }, [node]))
}

/// `node.name`. Nothing where the value has no such member.
pub(crate) fn member(node: &Node, name: &str) -> Result<Option<Node>, String> {
    match &node.value {
        Value::Map(map) => {
            let found = map
                .get_key_value(name)
                .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
            Ok(match found {
                // What is written as null in a resource may have a value once it is deployed.
                Some((key, child)) if child.is_null() && node.from.is_some() => computed(node, key),
                Some((key, child)) => Some(inside(node, key, child)),
                None => computed(node, name),
            })
        }
        Value::Unknown(reason) => {
            let from = inner_reference(node, name);
            let reason = if from.is_some() { reason.clone() } else { further(reason, name) };
            let mut inner = carry(Node { from, ..Value::Unknown(reason).into() }, [node]);
            inner.mentions.clone_from(&node.mentions);
            Ok(Some(inner))
        }
        Value::Json(_) | Value::String(_) | Value::Template(_) | Value::Bool(_) | Value::Number(_) => {
            match computed(node, name) {
                Some(found) => Ok(Some(found)),
                None => Err(format!("a {} has no property {name:.80?}", node.value.type_name())),
            }
        }
        Value::List(_) => Err(format!("an array has no property {name:.80?}")),
        Value::Null => Ok(None),
    }
}

/// Why something inside what is not known is not known either, in words that tell it from its neighbours.
fn further(reason: &Arc<str>, step: &str) -> Arc<str> {
    const LONGEST: usize = 200;
    let dot = if step.starts_with('[') { "" } else { "." };
    if reason.len() > LONGEST {
        return reason.clone();
    }
    match reason.strip_prefix("parameter ").and_then(|rest| rest.strip_suffix(" has no value")) {
        Some(name) => format!("parameter {name}{dot}{step} has no value").into(),
        None if reason.ends_with([')', ']']) => format!("{reason}{dot}{step}").into(),
        None => reason.clone(),
    }
}

/// `node[index]`. Nothing where the value has no such element.
pub(crate) fn element(node: &Node, index: &Node, from_end: bool) -> Result<Option<Node>, String> {
    match (&node.value, &index.value) {
        (Value::Map(map), Value::Template(text)) if !map.keys().any(|key| may_be(text, key)) => Ok(None),
        (_, Value::Unknown(_) | Value::Template(_)) => {
            let reason = match &node.value {
                Value::Unknown(reason) => reason.clone(),
                _ => unknown_reason(index),
            };
            let step = format!("[{}]", index.display());
            let from = inner_reference(node, &step);
            Ok(Some(carry(Node { from, ..Value::Unknown(reason).into() }, [node, index])))
        }
        (Value::List(items), Value::Number(Number::Int(at))) => {
            let at = if from_end { items.len() as i64 - at } else { *at };
            let found = usize::try_from(at).ok().and_then(|i| items.get(i));
            let step = format!("[{at}]");
            Ok(found.map(|item| inside(node, &step, item)).or_else(|| computed(node, &step)))
        }
        (Value::Unknown(_), Value::Number(Number::Int(at))) => {
            let step = if from_end { format!("[^{at}]") } else { format!("[{at}]") };
            member(node, &step)
        }
        (_, Value::String(name)) => member(node, name),
        (Value::Null, _) => Ok(None),
        (Value::List(_), other) => Err(format!("an array is indexed with a {}", other.type_name())),
        (other, _) => match computed(node, "[0]") {
            Some(found) => Ok(Some(found)),
            None => Err(format!("a {} cannot be indexed so", other.type_name())),
        },
    }
}

/// Whether partly known text may turn out to be `key`, case ignored.
pub(crate) fn may_be(text: &[Piece], key: &str) -> bool {
    let (key, mut known) = (key.to_ascii_lowercase(), 0);
    let begins = match text.first() {
        Some(Piece::Text(start)) => {
            known += start.len();
            key.starts_with(&start.to_ascii_lowercase())
        }
        _ => true,
    };
    let ends = match text.last() {
        Some(Piece::Text(end)) => {
            known += end.len();
            key.ends_with(&end.to_ascii_lowercase())
        }
        _ => true,
    };
    begins && ends && known <= key.len()
}

/// Text of values behind each other, with what they refer to.
pub(crate) fn joined<'n>(values: impl IntoIterator<Item = &'n Node>) -> Evaluated {
    let mut text: Vec<Piece> = Vec::new();
    let mut marks = Node::null();
    let mut length = 0;
    for value in values {
        marks = carry(marks, [value]);
        mention(&mut marks, value);
        let more = match &value.value {
            Value::Null => Vec::new(),
            Value::List(_) | Value::Map(_) | Value::Json(_) => super::functions::json::render(value)?,
            _ => pieces(value),
        };
        length += more.iter().map(|p| if let Piece::Text(t) = p { t.len() } else { 8 }).sum::<usize>();
        if length > super::functions::MAX_TEXT {
            return Err(format!("the text is longer than {} bytes", super::functions::MAX_TEXT));
        }
        text.extend(more);
    }
    Ok(Node { value: Value::text(text), ..marks })
}
