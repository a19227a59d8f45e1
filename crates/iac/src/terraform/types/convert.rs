//! Conversion of a value to a type. Every element keeps its position, provenance and flags; what is not known stays
//! not known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Node, Number, Value};

use super::relation::{identity, order};
use super::{Optional, Type, common_type};
use crate::terraform::access::computed;
use crate::terraform::functions::limits::{Budget, MAX_NODES, items};
use crate::terraform::functions::render_json;

type Converted = Result<Node, String>;

/// Converts a value to a type, or says why Terraform would not.
pub fn convert(node: &Node, to: &Type) -> Converted {
    walk(node, to, &mut Budget::default(), 0)
}

/// The value as text, as interpolation and `tostring` have it. Partly known text and JSON text stay as they are.
pub fn to_string(node: &Node) -> Converted {
    Ok(match &node.value {
        Value::Bool(b) => with(node, Value::string(if *b { "true" } else { "false" })),
        Value::Number(n) => with(node, Value::string(number_text(*n))),
        Value::List(_) | Value::Map(_) => return Err(mismatch(node, &Type::String)),
        _ => node.clone(),
    })
}

/// The value as a number. Partly known text is not known as a number.
pub fn to_number(node: &Node) -> Converted {
    let text = match &node.value {
        Value::Number(_) | Value::Null | Value::Unknown(_) => return Ok(node.clone()),
        Value::String(text) => text.clone(),
        Value::Json(_) | Value::Template(_) => match whole_text(node) {
            Ok(text) => text,
            Err(reason) => return Ok(with(node, Value::Unknown(reason))),
        },
        _ => return Err(mismatch(node, &Type::Number)),
    };
    match Number::parse(&text) {
        Some(number) => Ok(with(node, Value::Number(number))),
        None => Err(format!("{} is not the decimal form of a number", quoted(node, &text))),
    }
}

/// The value as a bool. Partly known text is not known as a bool.
pub fn to_bool(node: &Node) -> Converted {
    let text = match &node.value {
        Value::Bool(_) | Value::Null | Value::Unknown(_) => return Ok(node.clone()),
        Value::String(text) => text.clone(),
        Value::Json(_) | Value::Template(_) => match whole_text(node) {
            Ok(text) => text,
            Err(reason) => return Ok(with(node, Value::Unknown(reason))),
        },
        _ => return Err(mismatch(node, &Type::Bool)),
    };
    match &*text {
        "true" | "1" => Ok(with(node, Value::Bool(true))),
        "false" | "0" => Ok(with(node, Value::Bool(false))),
        _ => Err(format!("{} is not a bool: only \"true\" and \"false\" are", quoted(node, &text))),
    }
}

/// A number as Terraform writes it: never with an exponent.
pub(in crate::terraform) fn number_text(number: Number) -> String {
    match number {
        // Negative zero is zero.
        Number::Float(0.0) => "0".to_owned(),
        number => number.to_string(),
    }
}

/// The elements of a list, converted to the one type that Terraform gives them.
pub(in crate::terraform) fn list_of(nodes: &[Node]) -> Result<Vec<Node>, String> {
    let mut budget = Budget::default();
    unified(nodes, &mut budget, 0)
}

/// The elements of a list, each as text. Null elements stay null.
pub(in crate::terraform) fn strings(nodes: &[Node]) -> Result<Vec<Node>, String> {
    nodes.iter().enumerate().map(|(i, n)| to_string(n).map_err(|e| format!("element {i}: {e}"))).collect()
}

/// Elements of one type as a set: each once, in the order in which Terraform iterates them.
///
/// Two elements that are not known may turn out to be the same. Both are kept, because each of them *is* an
/// element; only the size of such a set is uncertain.
pub(in crate::terraform) fn set_of(nodes: Vec<Node>) -> Result<Vec<Node>, String> {
    let mut budget = Budget::default();
    let mut kept = Vec::new();
    for node in distinct_of(nodes)? {
        kept.push((order(&node, &mut budget)?, node));
    }
    kept.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(kept.into_iter().map(|(_, node)| node).collect())
}

/// Elements of one type, each once, in the order of their first places.
pub(in crate::terraform) fn distinct_of(nodes: Vec<Node>) -> Result<Vec<Node>, String> {
    let mut seen = BTreeSet::new();
    let mut budget = Budget::default();
    let mut kept = Vec::with_capacity(nodes.len());
    for node in nodes {
        if identity(&node, &mut budget)?.is_none_or(|id| seen.insert(id)) {
            kept.push(node);
        }
    }
    Ok(kept)
}

/// `node` with another value in the same place. The value is no longer that attribute, unless it says the same.
fn with(node: &Node, value: Value) -> Node {
    let from =
        if node.is_unknown() || !matches!(value, Value::Unknown(_)) { node.from.clone() } else { None };
    Node { value, from, ..node.clone() }
}

fn whole_text(node: &Node) -> Result<Arc<str>, Arc<str>> {
    match &node.value {
        Value::Json(inner) => render_json(inner),
        Value::String(text) => Ok(text.clone()),
        _ => Err(node.first_unknown(MAX_NODES).unwrap_or_else(|| "not text".into())),
    }
}

fn quoted(node: &Node, text: &str) -> String {
    if node.sensitive { "the sensitive value".to_owned() } else { format!("{:.60}", format!("{text:?}")) }
}

fn mismatch(node: &Node, to: &Type) -> String {
    format!("{} required, but the value is a {}", to.word(), node.value.type_name())
}

fn walk(node: &Node, to: &Type, budget: &mut Budget, depth: usize) -> Converted {
    budget.visit(depth)?;
    if node.is_null() || node.is_unknown() {
        return Ok(node.clone());
    }
    Ok(match (to, &node.value) {
        (Type::Any, _) => node.clone(),
        (Type::String, _) => to_string(node)?,
        (Type::Number, _) => to_number(node)?,
        (Type::Bool, _) => to_bool(node)?,
        (Type::List(element), Value::List(list)) => {
            with(node, Value::list(elements(list, element, budget, depth)?))
        }
        (Type::Set(element), Value::List(list)) => {
            with(node, Value::list(set_of(elements(list, element, budget, depth)?)?))
        }
        (Type::Map(element), Value::Map(map)) => {
            let values: Vec<Node> = map.values().cloned().collect();
            let values = elements(&values, element, budget, depth)?;
            with(node, Value::map(map.keys().cloned().zip(values).collect()))
        }
        (Type::Object(attributes), Value::Map(map)) => {
            let mut object = BTreeMap::new();
            for (name, (of, optional)) in attributes {
                object
                    .insert(name.clone(), attribute(node, map.get(name), name, of, optional, budget, depth)?);
            }
            with(node, Value::map(object))
        }
        (Type::Tuple(types), Value::List(list)) => {
            if types.len() != list.len() {
                return Err(format!(
                    "a tuple of {} elements is required, not of {}",
                    types.len(),
                    list.len()
                ));
            }
            let pairs = list.iter().zip(types).enumerate();
            let converted = pairs
                .map(|(i, (n, t))| walk(n, t, budget, depth + 1).map_err(|e| format!("element {i}: {e}")))
                .collect::<Result<_, _>>()?;
            with(node, Value::list(converted))
        }
        _ => return Err(mismatch(node, to)),
    })
}

fn attribute(
    object: &Node,
    given: Option<&Node>,
    name: &str,
    of: &Type,
    optional: &Optional,
    budget: &mut Budget,
    depth: usize,
) -> Converted {
    let absent = || Node { at: object.at.clone(), assumed: object.assumed, ..Node::null() };
    let value = match (given, optional) {
        (Some(node), Optional::Default(default)) if node.is_null() => {
            Node { at: node.at.clone(), ..default.clone() }
        }
        (Some(node), _) => node.clone(),
        // A resource has attributes that it does not set: the provider will.
        (None, _) if computed(object, name).is_some() => computed(object, name).unwrap_or_default(),
        (None, Optional::Null) => absent(),
        // The default stands in the type, and not where the object that lacks it was written.
        (None, Optional::Default(default)) => Node { value: default.value.clone(), at: None, ..absent() },
        (None, Optional::No) => return Err(format!("attribute {name:?} is required")),
    };
    walk(&value, of, budget, depth + 1).map_err(|e| format!("attribute {name:?}: {e}"))
}

fn elements(nodes: &[Node], of: &Type, budget: &mut Budget, depth: usize) -> Result<Vec<Node>, String> {
    items(nodes.len())?;
    if matches!(of, Type::Any) {
        return unified(nodes, budget, depth);
    }
    let convert = |(i, n)| walk(n, of, budget, depth + 1).map_err(|e| format!("element {i}: {e}"));
    let converted: Vec<Node> = nodes.iter().enumerate().map(convert).collect::<Result<_, _>>()?;
    if of.is_open() { unified(&converted, budget, depth) } else { Ok(converted) }
}

fn unified(nodes: &[Node], budget: &mut Budget, depth: usize) -> Result<Vec<Node>, String> {
    match common_type(nodes, budget)? {
        None => Err("all elements must be of one type".to_owned()),
        Some(Type::Any | Type::Bool | Type::Number) => Ok(nodes.to_vec()),
        Some(of) => nodes.iter().map(|n| walk(n, &of, budget, depth + 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Piece, Position, Reference};

    fn list(items: Vec<Node>) -> Node {
        Value::list(items).into()
    }
    fn map(entries: Vec<(&str, Node)>) -> Node {
        Value::map(entries.into_iter().map(|(k, v)| (Arc::from(k), v)).collect()).into()
    }
    fn json(node: &Node) -> String {
        render_json(node).unwrap().to_string()
    }
    fn boxed(of: Type) -> Box<Type> {
        Box::new(of)
    }

    #[test]
    fn values_convert_as_terraform_converts_them() {
        let object = |optional| Type::Object([("a".into(), (Type::Number, optional))].into());
        for (node, to, want) in [
            (1.into(), Type::String, Ok(r#""1""#)),
            ("1e3".into(), Type::Number, Ok("1000")),
            ("0x10".into(), Type::Number, Err(r#""0x10" is not the decimal form of a number"#)),
            ("1".into(), Type::Bool, Ok("true")),
            ("yes".into(), Type::Bool, Err(r#""yes" is not a bool: only "true" and "false" are"#)),
            (1.into(), Type::Bool, Err("bool required, but the value is a number")),
            (list(vec![1.into(), "a".into()]), Type::List(boxed(Type::Any)), Ok(r#"["1","a"]"#)),
            (
                list(vec![1.into(), true.into()]),
                Type::List(boxed(Type::Any)),
                Err("all elements must be of one type"),
            ),
            (
                list(vec!["b".into(), "a".into(), "b".into()]),
                Type::Set(boxed(Type::String)),
                Ok(r#"["a","b"]"#),
            ),
            (
                map(vec![("a", 1.into()), ("b", "x".into())]),
                Type::Map(boxed(Type::Any)),
                Ok(r#"{"a":"1","b":"x"}"#),
            ),
            (map(vec![("a", "1".into()), ("b", "x".into())]), object(Optional::No), Ok(r#"{"a":1}"#)),
            (map(vec![]), object(Optional::No), Err(r#"attribute "a" is required"#)),
            (map(vec![]), object(Optional::Null), Ok(r#"{"a":null}"#)),
            (map(vec![]), object(Optional::Default(7.into())), Ok(r#"{"a":7}"#)),
            (map(vec![("a", Node::null())]), object(Optional::Default(7.into())), Ok(r#"{"a":7}"#)),
            (list(vec![1.into()]), Type::Tuple(vec![]), Err("a tuple of 0 elements is required, not of 1")),
            (list(vec!["5".into()]), Type::Tuple(vec![Type::Number]), Ok("[5]")),
            (Node::null(), Type::List(boxed(Type::Any)), Ok("null")),
            (map(vec![]), Type::List(boxed(Type::Any)), Err("list required, but the value is a map")),
        ] {
            let got = convert(&node, &to).map(|n| json(&n));
            assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "{to:?}");
        }
    }

    #[test]
    fn elements_keep_where_they_come_from() {
        let at = Arc::new(Position::point("main.tf".into(), 3, 5));
        let from = Arc::new(Reference { address: "a.b".into(), attribute: "id".into(), via: None });
        let element =
            Node { at: Some(at), from: Some(from), sensitive: true, assumed: true, ..Node::from(5) };
        let got = convert(&list(vec![element]), &Type::Set(boxed(Type::String))).unwrap();
        let got = &got.as_list().unwrap()[0];
        assert_eq!(got.as_str(), Some("5"));
        assert!(got.at.is_some() && got.from.is_some() && got.sensitive && got.assumed);
    }

    #[test]
    fn what_is_not_known_stays_so() {
        let hole = Piece::Hole { reason: "later".into(), from: None };
        let text: Node = Value::text([Piece::Text("1".into()), hole]).into();
        assert!(matches!(convert(&text, &Type::String).unwrap().value, Value::Template(_)));
        assert!(matches!(convert(&text, &Type::Number).unwrap().value, Value::Unknown(r) if &*r == "later"));
        let unknown = Node::unknown("later");
        assert!(convert(&unknown, &Type::Object(BTreeMap::new())).unwrap().is_unknown());
    }

    #[test]
    fn sets_of_objects_are_in_the_order_of_terraforms_hashes() {
        let of = |n: i64| map(vec![("a", n.into())]);
        let got = set_of(vec![of(2), of(10), of(1), of(2)]).unwrap();
        assert_eq!(json(&list(got)), r#"[{"a":10},{"a":1},{"a":2}]"#);
    }
}
