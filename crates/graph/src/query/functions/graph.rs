//! Nodes, relationships, paths and maps.

use std::sync::Arc;

use super::{Function, Result, Value, function, unfit};
use crate::query::evaluate::Context;

pub(super) const FUNCTIONS: &[Function] = &[
    function("labels", 1..=1, labels),
    function("type", 1..=1, kind),
    function("id", 1..=1, |_, a| number("id", &a[0])),
    function("elementId", 1..=1, element_id),
    function("keys", 1..=1, keys),
    function("properties", 1..=1, properties),
    function("nodes", 1..=1, |_, a| match &a[0] {
        Value::Null => Ok(Value::Null),
        Value::Path(path) => Ok(Value::list(path.nodes.iter().map(|node| Value::Node(*node)).collect())?),
        other => unfit("nodes", other),
    }),
    function("relationships", 1..=1, |_, a| match &a[0] {
        Value::Null => Ok(Value::Null),
        Value::Path(path) => {
            let relationships = path.relationships.iter().map(|r| Value::Relationship(*r));
            Ok(Value::list(relationships.collect())?)
        }
        other => unfit("relationships", other),
    }),
    function("startNode", 1..=1, |context, a| end("startNode", context, &a[0], |(from, _)| from)),
    function("endNode", 1..=1, |context, a| end("endNode", context, &a[0], |(_, to)| to)),
];

fn labels(context: &Context<'_>, arguments: &[Value]) -> Result {
    match &arguments[0] {
        Value::Null => Ok(Value::Null),
        Value::Node(node) => {
            let labels = context.table.node_labels(*node).map(|label| Value::Text(label.clone()));
            Ok(Value::list(labels.collect())?)
        }
        other => unfit("labels", other),
    }
}

fn kind(context: &Context<'_>, arguments: &[Value]) -> Result {
    match &arguments[0] {
        Value::Null => Ok(Value::Null),
        Value::Relationship(relationship) => {
            Ok(Value::Text(context.table.relationship_type(*relationship).clone()))
        }
        other => unfit("type", other),
    }
}

fn number(name: &str, value: &Value) -> Result {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Node(number) | Value::Relationship(number) => Ok(Value::Integer(i64::from(*number))),
        other => unfit(name, other),
    }
}

fn element_id(_: &Context<'_>, arguments: &[Value]) -> Result {
    Ok(match number("elementId", &arguments[0])? {
        Value::Integer(number) => Value::text(number.to_string()),
        other => other,
    })
}

fn end(name: &str, context: &Context<'_>, value: &Value, of: fn((u32, u32)) -> u32) -> Result {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Relationship(relationship) => Ok(Value::Node(of(context.table.ends(*relationship)))),
        other => unfit(name, other),
    }
}

fn keys(context: &Context<'_>, arguments: &[Value]) -> Result {
    let names: Vec<Arc<str>> = match &arguments[0] {
        Value::Null => return Ok(Value::Null),
        Value::Node(node) => context.graph.property_names(*node),
        Value::Relationship(relationship) => {
            context.table.relationship_properties(*relationship).keys().cloned().collect()
        }
        Value::Map(map) => map.keys().cloned().collect(),
        other => return unfit("keys", other),
    };
    context.budget.look(names.len())?;
    Ok(Value::list(names.into_iter().map(Value::Text).collect())?)
}

fn properties(context: &Context<'_>, arguments: &[Value]) -> Result {
    match &arguments[0] {
        Value::Node(node) => {
            let names = context.graph.property_names(*node);
            context.budget.look(names.len())?;
            let entries = names.into_iter().map(|name| {
                let value = context.node_property(*node, &name);
                (name, value)
            });
            Ok(Value::map(entries.filter(|(_, value)| !value.is_null()).collect())?)
        }
        Value::Relationship(relationship) => {
            Ok(Value::map(context.table.relationship_properties(*relationship).clone())?)
        }
        value @ (Value::Null | Value::Map(_)) => Ok(value.clone()),
        other => unfit("properties", other),
    }
}
