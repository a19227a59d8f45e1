//! The one type that several values share, as Terraform finds it for the elements of a list.

use model::{Node, Value};

use super::{Optional, Type};
use crate::terraform::functions::limits::Budget;

/// The structural type of a value. Null and unknown values have any type.
pub(in crate::terraform) fn type_of(node: &Node, budget: &mut Budget) -> Result<Type, String> {
    walk(node, budget, 0)
}

fn walk(node: &Node, budget: &mut Budget, depth: usize) -> Result<Type, String> {
    budget.visit(depth)?;
    Ok(match &node.value {
        Value::Null | Value::Unknown(_) => Type::Any,
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::String(_) | Value::Template(_) | Value::Json(_) => Type::String,
        Value::List(items) => {
            Type::Tuple(items.iter().map(|n| walk(n, budget, depth + 1)).collect::<Result<_, _>>()?)
        }
        Value::Map(entries) => {
            let attribute = |(k, n): (&_, _)| -> Result<_, String> {
                Ok((std::sync::Arc::clone(k), (walk(n, budget, depth + 1)?, Optional::No)))
            };
            Type::Object(entries.iter().map(attribute).collect::<Result<_, _>>()?)
        }
    })
}

/// The type that all the values convert to: `None` when there is no such type. Nulls and unknown values fit any.
pub(in crate::terraform) fn common_type<'a>(
    nodes: impl IntoIterator<Item = &'a Node>,
    budget: &mut Budget,
) -> Result<Option<Type>, String> {
    let mut common = Type::Any;
    for node in nodes {
        match unify(common, type_of(node, budget)?) {
            Some(next) => common = next,
            None => return Ok(None),
        }
    }
    Ok(Some(common))
}

/// `chosen` as the type that both values convert to; `None` when there is no such type.
pub(in crate::terraform) fn alike(chosen: &Node, other: &Node) -> Option<Node> {
    let of = common_type([chosen, other], &mut Budget::default()).ok()??;
    if is_of(chosen, &of) { Some(chosen.clone()) } else { super::convert(chosen, &of).ok() }
}

/// Whether a conversion to `of` leaves the value as it is. As deep as the type.
fn is_of(node: &Node, of: &Type) -> bool {
    match (&node.value, of) {
        (Value::Number(_), Type::Number) | (Value::Bool(_), Type::Bool) | (_, Type::Any) => true,
        (Value::Null | Value::Unknown(_), _) => true,
        (Value::String(_) | Value::Template(_) | Value::Json(_), Type::String) => true,
        (Value::List(items), Type::List(of)) => items.iter().all(|item| is_of(item, of)),
        (Value::List(items), Type::Tuple(types)) => items.iter().zip(types).all(|(item, of)| is_of(item, of)),
        (Value::Map(entries), Type::Map(of)) => entries.values().all(|entry| is_of(entry, of)),
        (Value::Map(entries), Type::Object(types)) => {
            entries.values().zip(types.values()).all(|(entry, (of, _))| is_of(entry, of))
        }
        _ => false,
    }
}

/// Recursion is as deep as the types, which [`type_of`] bounds.
fn unify(a: Type, b: Type) -> Option<Type> {
    let fold = |all: Vec<Type>| all.into_iter().try_fold(Type::Any, unify);
    let types = |attributes: std::collections::BTreeMap<_, (Type, Optional)>| -> Vec<Type> {
        attributes.into_values().map(|(t, _)| t).collect()
    };
    Some(match (a, b) {
        (Type::Any, other) | (other, Type::Any) => other,
        (Type::Bool, Type::Bool) => Type::Bool,
        (Type::Number, Type::Number) => Type::Number,
        (Type::String, Type::String | Type::Number | Type::Bool)
        | (Type::Number | Type::Bool, Type::String) => Type::String,
        (Type::Object(a), Type::Object(b)) => {
            if a.keys().eq(b.keys()) {
                let pairs = a.into_iter().zip(b.into_values());
                let both = pairs.map(|((k, (a, _)), (b, _))| Some((k, (unify(a, b)?, Optional::No))));
                Type::Object(both.collect::<Option<_>>()?)
            } else {
                Type::Map(Box::new(fold([types(a), types(b)].concat())?))
            }
        }
        (Type::Map(a), Type::Map(b)) => Type::Map(Box::new(unify(*a, *b)?)),
        (Type::Map(map), Type::Object(object)) | (Type::Object(object), Type::Map(map)) => {
            Type::Map(Box::new(unify(*map, fold(types(object))?)?))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            Type::Tuple(a.into_iter().zip(b).map(|(a, b)| unify(a, b)).collect::<Option<_>>()?)
        }
        (Type::Tuple(a), Type::Tuple(b)) => Type::List(Box::new(fold([a, b].concat())?)),
        (Type::List(a) | Type::Set(a), Type::List(b) | Type::Set(b)) => Type::List(Box::new(unify(*a, *b)?)),
        (Type::List(list) | Type::Set(list), Type::Tuple(tuple))
        | (Type::Tuple(tuple), Type::List(list) | Type::Set(list)) => {
            Type::List(Box::new(unify(*list, fold(tuple)?)?))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: Vec<Node>) -> Node {
        Value::list(items).into()
    }

    #[test]
    fn scalars_meet_at_string() {
        let of = |nodes: &[Node]| common_type(nodes, &mut Budget::default()).unwrap().map(|t| t.word());
        for (nodes, want) in [
            (vec![1.into(), 2.into()], Some("number")),
            (vec![1.into(), "a".into(), true.into()], Some("string")),
            (vec![1.into(), true.into()], None),
            (vec![Node::null(), Node::unknown("later"), true.into()], Some("bool")),
            (vec![list(vec![1.into()]), list(vec!["a".into()])], Some("tuple")),
            (vec![list(vec![1.into()]), list(vec![])], Some("list")),
            (vec![list(vec![1.into()]), 1.into()], None),
            (vec![], Some("any value")),
        ] {
            assert_eq!(of(&nodes), want, "{nodes:?}");
        }
    }

    #[test]
    fn a_value_becomes_like_the_other() {
        for (chosen, other, want) in [
            (1.into(), "a".into(), Some(r#""1""#)),
            (1.into(), 2.into(), Some("1")),
            (1.into(), Node::unknown("later"), Some("1")),
            (1.into(), true.into(), None),
            (list(vec![1.into(), Node::null()]), list(vec!["a".into()]), Some(r#"["1",null]"#)),
            (list(vec![]), 1.into(), None),
        ] {
            let got =
                alike(&chosen, &other).map(|node| crate::terraform::functions::render_json(&node).unwrap());
            assert_eq!(got.as_deref(), want, "{chosen:?} beside {other:?}");
        }
    }

    #[test]
    fn a_value_that_doubles_itself_is_refused() {
        let node = (0..40).fold(Node::from(1), |n, _| list(vec![n.clone(), n]));
        assert!(type_of(&node, &mut Budget::default()).is_err());
    }
}
