//! Arrays, and what arrays share with text and objects.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-array>

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Piece, Value};

use super::super::access::may_be;
use super::{MAX_DEPTH, MAX_ITEMS, MAX_NODES, bounded, int, list, made, open, text};
use crate::arm::access::{carry, inside, joined};
use crate::arm::eval::Evaluated;
use crate::arm::scope::pieces;
use crate::terraform::types::equal;

pub(super) fn array(arguments: &[Node]) -> Evaluated {
    Ok(match &arguments[0].value {
        Value::List(_) => arguments[0].clone(),
        Value::Unknown(_) => return open(),
        _ => Value::list(vec![arguments[0].clone()]).into(),
    })
}

pub(super) fn create(arguments: &[Node]) -> Evaluated {
    bounded(arguments.to_vec())
}

pub(super) fn concat(arguments: &[Node]) -> Evaluated {
    let is_list = |n: &&Node| matches!(n.value, Value::List(_));
    if !arguments.iter().any(|n| is_list(&n)) {
        return joined(arguments);
    }
    if arguments.iter().any(Node::is_unknown) {
        return open();
    }
    let mut items = Vec::new();
    for argument in arguments {
        items.extend(list(argument)?.iter().map(|item| carry(item.clone(), [argument])));
        if items.len() > MAX_ITEMS {
            break;
        }
    }
    bounded(items)
}

pub(super) fn contains(arguments: &[Node]) -> Evaluated {
    let (of, sought) = (&arguments[0], &arguments[1]);
    match (&of.value, &sought.value) {
        (Value::Unknown(_), _) => open(),
        (Value::Map(map), Value::String(key)) => Ok(map.keys().any(|k| k.eq_ignore_ascii_case(key)).into()),
        (Value::Map(map), Value::Template(text)) if !map.keys().any(|key| may_be(text, key)) => {
            Ok(false.into())
        }
        (Value::Map(_) | Value::String(_), Value::Unknown(_) | Value::Template(_)) => open(),
        (Value::List(items), _) => {
            let mut sure = true;
            for item in items.iter() {
                match equal(item, sought) {
                    Some(true) => return Ok(true.into()),
                    Some(false) => {}
                    None => sure = false,
                }
            }
            if sure { Ok(false.into()) } else { open() }
        }
        (Value::String(text), Value::String(part)) => Ok(text.contains(&**part).into()),
        (Value::Template(pieces), Value::String(part)) => {
            let found = pieces.iter().any(|p| matches!(p, Piece::Text(t) if t.contains(&**part)));
            if found { Ok(true.into()) } else { open() }
        }
        (Value::Template(_), _) => open(),
        (Value::String(text), Value::Number(n)) => Ok(text.contains(&n.to_string()).into()),
        (Value::Null, _) => Ok(false.into()),
        (of, _) => Err(format!("contains does not look into a {}", of.type_name())),
    }
}

pub(super) fn empty(arguments: &[Node]) -> Evaluated {
    let node = &arguments[0];
    Ok(match &node.value {
        Value::Null => true.into(),
        Value::String(text) => text.is_empty().into(),
        Value::List(items) => items.is_empty().into(),
        Value::Map(map) => map.is_empty().into(),
        Value::Json(_) => false.into(),
        Value::Template(pieces) if pieces.iter().any(|p| matches!(p, Piece::Text(_))) => false.into(),
        // What is deployed has an id and a name.
        _ if node.from.as_ref().is_some_and(|from| matches!(&*from.attribute, "id" | "name")) => false.into(),
        Value::Unknown(_) | Value::Template(_) => return open(),
        other => return Err(format!("empty does not look at a {}", other.type_name())),
    })
}

pub(super) fn length(arguments: &[Node]) -> Evaluated {
    Ok(match &arguments[0].value {
        Value::String(text) => (text.encode_utf16().count() as i64).into(),
        Value::List(items) => (items.len() as i64).into(),
        Value::Map(map) => (map.len() as i64).into(),
        Value::Unknown(_) | Value::Template(_) | Value::Json(_) => return open(),
        other => return Err(format!("a {} has no length", other.type_name())),
    })
}

pub(super) fn first(arguments: &[Node]) -> Evaluated {
    end(&arguments[0], false)
}

pub(super) fn last(arguments: &[Node]) -> Evaluated {
    end(&arguments[0], true)
}

/// The first or last element or letter.
fn end(node: &Node, last: bool) -> Evaluated {
    match &node.value {
        Value::List(items) if items.is_empty() => Ok(Node::null()),
        Value::List(items) => {
            let at = if last { items.len() - 1 } else { 0 };
            Ok(inside(node, &format!("[{at}]"), &items[at]))
        }
        Value::String(text) => {
            let letter = if last { text.chars().next_back() } else { text.chars().next() };
            made(letter.map(String::from).unwrap_or_default())
        }
        Value::Unknown(_) | Value::Template(_) => open(),
        Value::Null => Ok(Node::null()),
        other => Err(format!("a {} has no first or last", other.type_name())),
    }
}

pub(super) fn index_from_end(arguments: &[Node]) -> Evaluated {
    let found = crate::arm::access::element(&arguments[0], &arguments[1], true)?;
    found.ok_or_else(|| "there is no such element".to_owned())
}

pub(super) fn try_index_from_end(arguments: &[Node]) -> Evaluated {
    Ok(crate::arm::access::element(&arguments[0], &arguments[1], true)?.unwrap_or_default())
}

pub(super) fn flatten(arguments: &[Node]) -> Evaluated {
    if arguments[0].is_unknown() {
        return open();
    }
    let mut items = Vec::new();
    for inner in list(&arguments[0])?.iter() {
        match &inner.value {
            Value::List(inner) => items.extend(inner.iter().cloned()),
            Value::Unknown(_) => return open(),
            other => return Err(format!("flatten takes arrays of arrays, not of a {}", other.type_name())),
        }
        if items.len() > MAX_ITEMS {
            break;
        }
    }
    bounded(items)
}

pub(super) fn range(arguments: &[Node]) -> Evaluated {
    let (start, count) = (int(&arguments[0])?, int(&arguments[1])?);
    let count = usize::try_from(count).map_err(|_| "a range of a negative number".to_owned())?;
    if count > MAX_ITEMS {
        return Err(format!("the result has more than {MAX_ITEMS} elements"));
    }
    bounded((0..count).map(|i| start.saturating_add(i as i64).into()).collect())
}

pub(super) fn skip(arguments: &[Node]) -> Evaluated {
    let count = match &arguments[1].value {
        Value::Unknown(_) => return open(),
        _ => usize::try_from(int(&arguments[1])?.max(0)).unwrap_or(usize::MAX),
    };
    match &arguments[0].value {
        Value::List(items) => bounded(items.iter().skip(count).cloned().collect()),
        Value::String(text) => made(text.chars().skip(count).collect::<String>()),
        Value::Unknown(_) | Value::Template(_) => open(),
        other => Err(format!("skip does not take a {}", other.type_name())),
    }
}

pub(super) fn take(arguments: &[Node]) -> Evaluated {
    let count = match &arguments[1].value {
        Value::Unknown(_) => return open(),
        _ => usize::try_from(int(&arguments[1])?.max(0)).unwrap_or(usize::MAX),
    };
    match &arguments[0].value {
        Value::List(items) => bounded(items.iter().take(count).cloned().collect()),
        Value::String(text) => made(text.chars().take(count).collect::<String>()),
        Value::Template(_) => {
            // What stands before the first hole is certain; the rest is what the cut leaves.
            let all = pieces(&arguments[0]);
            let Some(Piece::Text(start)) = all.first() else { return open() };
            if start.chars().count() >= count {
                return made(start.chars().take(count).collect::<String>());
            }
            let reason = super::not_known("take", arguments);
            let hole = Piece::Hole { reason: crate::arm::access::unknown_reason(&reason), from: None };
            Ok(Value::text([Piece::Text(start.clone()), hole]).into())
        }
        Value::Unknown(_) => open(),
        other => Err(format!("take does not take a {}", other.type_name())),
    }
}

pub(super) fn index_of(arguments: &[Node]) -> Evaluated {
    let (of, sought) = (&arguments[0], &arguments[1]);
    if let Value::List(items) = &of.value {
        return Ok(position(items.iter().position(|item| equal(item, sought) == Some(true))));
    }
    let (of, sought) = (text(of)?.to_lowercase(), text(sought)?.to_lowercase());
    Ok(position(of.find(&sought).map(|at| of[..at].chars().count())))
}

pub(super) fn last_index_of(arguments: &[Node]) -> Evaluated {
    let (of, sought) = (&arguments[0], &arguments[1]);
    if let Value::List(items) = &of.value {
        return Ok(position(items.iter().rposition(|item| equal(item, sought) == Some(true))));
    }
    let (of, sought) = (text(of)?.to_lowercase(), text(sought)?.to_lowercase());
    Ok(position(of.rfind(&sought).map(|at| of[..at].chars().count())))
}

fn position(at: Option<usize>) -> Node {
    at.map_or(-1, |at| at as i64).into()
}

/// What tells values apart, as JSON writes them. Comparing each with each would take the square of their number.
fn identity(node: &Node) -> Result<String, String> {
    Ok(super::text_of(&super::json::render(&Value::list(vec![node.clone()]).into())?))
}

pub(super) fn union(arguments: &[Node]) -> Evaluated {
    let mut seen = std::collections::HashSet::new();
    let mut items = Vec::new();
    for argument in arguments {
        for item in list(argument)?.iter() {
            if seen.insert(identity(item)?) {
                items.push(item.clone());
            }
        }
    }
    bounded(items)
}

pub(super) fn union_of(arguments: &[Node]) -> Evaluated {
    if arguments.iter().any(Node::is_unknown) {
        return open();
    }
    if !arguments.iter().any(|n| matches!(n.value, Value::Map(_))) {
        return union(arguments);
    }
    let mut left = MAX_NODES;
    let mut all: Node = Value::map(BTreeMap::new()).into();
    for argument in arguments {
        match &argument.value {
            Value::Map(_) => all = merged(all, argument, &mut left, 0)?,
            Value::Null => {}
            other => return Err(format!("union of an object and a {}", other.type_name())),
        }
    }
    Ok(Node { at: None, from: None, ..all })
}

/// Objects key by key, the later one's value first; anything else is replaced.
fn merged(ours: Node, theirs: &Node, left: &mut usize, depth: usize) -> Evaluated {
    let (Value::Map(a), Value::Map(b)) = (&ours.value, &theirs.value) else { return Ok(theirs.clone()) };
    if depth > MAX_DEPTH {
        return Err("the objects are nested too deeply".into());
    }
    let mut map: BTreeMap<Arc<str>, Node> = (**a).clone();
    for (key, value) in b.iter() {
        *left = left.checked_sub(1).ok_or("the objects are too large")?;
        let known = map.get_key_value(key).or_else(|| map.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)));
        let value = carry(value.clone(), [theirs]);
        match known.map(|(k, v)| (k.clone(), v.clone())) {
            Some((key, old)) if !value.is_null() => {
                map.insert(key, merged(old, &value, left, depth + 1)?);
            }
            Some((key, _)) => _ = map.insert(key, value),
            None => _ = map.insert(key.clone(), value),
        }
    }
    Ok(Node { value: Value::map(map), ..ours })
}

pub(super) fn intersection(arguments: &[Node]) -> Evaluated {
    if let Value::Map(first) = &arguments[0].value {
        let mut kept = BTreeMap::new();
        for (key, value) in first.iter() {
            let everywhere = arguments[1..]
                .iter()
                .all(|other| other.get(key).is_some_and(|theirs| equal(value, theirs) == Some(true)));
            if everywhere {
                kept.insert(key.clone(), value.clone());
            }
        }
        return Ok(Value::map(kept).into());
    }
    let mut others = Vec::new();
    for other in &arguments[1..] {
        let ids = list(other)?.iter().map(identity).collect::<Result<std::collections::HashSet<_>, _>>()?;
        others.push(ids);
    }
    let mut kept = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in list(&arguments[0])?.iter() {
        let id = identity(item)?;
        if others.iter().all(|ids| ids.contains(&id)) && seen.insert(id) {
            kept.push(item.clone());
        }
    }
    bounded(kept)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn as_documented() {
        let one_two_three = json!(["one", "two", "three"]);
        let deep = json!({"one": "a", "two": {"nested": "c", "kept": 1}});
        check(&[
            ("array", json!([1]), Ok("[1]")),
            ("array", json!([{"a": "b"}]), Ok(r#"[{"a":"b"}]"#)),
            ("concat", json!([["1-1"], ["2-1", "2-2"]]), Ok(r#"["1-1","2-1","2-2"]"#)),
            ("concat", json!(["prefix", "-", 5]), Ok(r#""prefix-5""#)),
            ("contains", json!(["OneTwoThree", "e"]), Ok("true")),
            ("contains", json!(["OneTwoThree", "z"]), Ok("false")),
            ("contains", json!([{"one": "a"}, "ONE"]), Ok("true")),
            ("contains", json!([one_two_three, "three"]), Ok("true")),
            ("contains", json!([one_two_three, "four"]), Ok("false")),
            ("empty", json!([[]]), Ok("true")),
            ("empty", json!([{}]), Ok("true")),
            ("empty", json!([""]), Ok("true")),
            ("empty", json!([null]), Ok("true")),
            ("empty", json!([1]), Err(())),
            ("first", json!([one_two_three]), Ok(r#""one""#)),
            ("first", json!(["One Two Three"]), Ok(r#""O""#)),
            ("last", json!(["One Two Three"]), Ok(r#""e""#)),
            ("first", json!([[]]), Ok("null")),
            (
                "flatten",
                json!([[["one", "two"], ["three"], ["four", "five"]]]),
                Ok(r#"["one","two","three","four","five"]"#),
            ),
            ("indexOf", json!([["one", "two", "two"], "two"]), Ok("1")),
            ("lastIndexOf", json!([["one", "two", "two"], "two"]), Ok("2")),
            ("indexOf", json!(["test", "t"]), Ok("0")),
            ("lastIndexOf", json!(["test", "T"]), Ok("3")),
            ("indexOf", json!(["abcdef", "CD"]), Ok("2")),
            ("indexOf", json!(["abcdef", "z"]), Ok("-1")),
            (
                "intersection",
                json!([{"one": "a", "two": "b", "three": "c"}, {"one": "a", "two": "z", "three": "c"}]),
                Ok(r#"{"one":"a","three":"c"}"#),
            ),
            ("intersection", json!([one_two_three, ["two", "three"]]), Ok(r#"["two","three"]"#)),
            ("length", json!([one_two_three]), Ok("3")),
            ("length", json!(["One Two Three"]), Ok("13")),
            ("range", json!([5, 3]), Ok("[5,6,7]")),
            ("range", json!([5, -3]), Err(())),
            ("range", json!([0, 1_000_000]), Err(())),
            ("skip", json!([one_two_three, 2]), Ok(r#"["three"]"#)),
            ("skip", json!(["one two three", 4]), Ok(r#""two three""#)),
            ("take", json!([one_two_three, 2]), Ok(r#"["one","two"]"#)),
            ("take", json!(["one two three", 2]), Ok(r#""on""#)),
            ("take", json!(["on", 20]), Ok(r#""on""#)),
            (
                "union",
                json!([{"one": "a", "two": "b", "three": "c1"}, {"three": "c2", "four": "d"}]),
                Ok(r#"{"four":"d","one":"a","three":"c2","two":"b"}"#),
            ),
            (
                "union",
                json!([deep, {"two": {"nested": "d"}}]),
                Ok(r#"{"one":"a","two":{"kept":1,"nested":"d"}}"#),
            ),
            ("union", json!([one_two_three, ["three", "four"]]), Ok(r#"["one","two","three","four"]"#)),
            ("distinct", json!([["a", "b", "a"]]), Ok(r#"["a","b"]"#)),
            ("indexFromEnd", json!([one_two_three, 1]), Ok(r#""three""#)),
            ("tryIndexFromEnd", json!([one_two_three, 4]), Ok("null")),
        ]);
    }

    #[test]
    fn what_is_known_of_the_unknown() {
        let open = json!({"$unknown": "later"});
        check(&[
            ("contains", json!([["a", open], "a"]), Ok("true")),
            ("contains", json!([["b", open], "a"]), Ok(r#"{"$unknown":"later"}"#)),
            ("length", json!([[open, open]]), Ok("2")),
            ("first", json!([["a", open]]), Ok(r#""a""#)),
            ("concat", json!(["a-", open]), Ok(r#"{"$text":"a-${? later}"}"#)),
        ]);
    }
}
