//! Lists, and what they share with texts.

use super::{Function, Result, Value, function, unfit};
use crate::query::error::{Exceeded, QueryError};
use crate::query::evaluate::Context;

pub(super) const FUNCTIONS: &[Function] = &[
    function("size", 1..=1, size),
    function("length", 1..=1, size),
    function("isEmpty", 1..=1, |context, arguments| {
        Ok(match size(context, arguments)? {
            Value::Integer(size) => Value::Boolean(size == 0),
            other => other,
        })
    }),
    function("head", 1..=1, |_, a| list("head", &a[0], |l| Ok(l.first().cloned().unwrap_or_default()))),
    function("last", 1..=1, |_, a| list("last", &a[0], |l| Ok(l.last().cloned().unwrap_or_default()))),
    function("tail", 1..=1, |_, a| {
        list("tail", &a[0], |l| Ok(Value::list(l.iter().skip(1).cloned().collect())?))
    }),
    function("reverse", 1..=1, reverse),
    function("range", 2..=3, range),
    function("coalesce", 1..=usize::MAX, |_, a| {
        Ok(a.iter().find(|v| !v.is_null()).cloned().unwrap_or_default())
    }),
    function("exists", 1..=1, |_, a| Ok(Value::Boolean(!a[0].is_null()))),
];

fn list(name: &str, value: &Value, of: impl Fn(&[Value]) -> Result) -> Result {
    match value {
        Value::Null => Ok(Value::Null),
        Value::List(list) => of(list),
        other => unfit(name, other),
    }
}

fn size(_: &Context<'_>, arguments: &[Value]) -> Result {
    Ok(Value::Integer(match &arguments[0] {
        Value::Null => return Ok(Value::Null),
        Value::List(list) => list.len() as i64,
        Value::Map(map) => map.len() as i64,
        Value::Text(text) => text.chars().count() as i64,
        Value::Path(path) => path.relationships.len() as i64,
        other => return unfit("size", other),
    }))
}

fn reverse(_: &Context<'_>, arguments: &[Value]) -> Result {
    match &arguments[0] {
        Value::Text(text) => Ok(Value::made(text.chars().rev().collect())?),
        other => list("reverse", other, |l| Ok(Value::list(l.iter().rev().cloned().collect())?)),
    }
}

/// Both ends are in it.
fn range(context: &Context<'_>, arguments: &[Value]) -> Result {
    let mut numbers = [0, 0, 1];
    for (number, argument) in numbers.iter_mut().zip(arguments) {
        *number = match argument {
            Value::Integer(number) => *number,
            other => return unfit("range", other),
        };
    }
    let [from, to, step] = numbers.map(i128::from);
    if step == 0 {
        return Err(QueryError::Value("range() cannot go in steps of 0".into()));
    }
    let count = ((to - from) / step + 1).max(0);
    let forward = if step > 0 { from <= to } else { from >= to };
    if !forward {
        return Ok(Value::list(Vec::new())?);
    }
    // Asked before it is made.
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    context.budget.look(count)?;
    if count > 1 << 20 {
        return Err(Exceeded::Value(1 << 20).into());
    }
    let items = (0..count).filter_map(|i| i64::try_from(from + i as i128 * step).ok()).map(Value::Integer);
    Ok(Value::list(items.collect())?)
}
