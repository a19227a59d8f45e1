//! Operators on values: arithmetic, comparison, membership, slices.

use std::cmp::Ordering;

use super::Value;
use super::ast::{Arithmetic, Comparison};
use super::error::QueryError;

type Result<T> = std::result::Result<T, QueryError>;

fn too_large() -> QueryError {
    QueryError::Value("a whole number does not fit into 64 bits".into())
}

pub(super) fn arithmetic(operator: Arithmetic, left: Value, right: Value) -> Result<Value> {
    if operator == Arithmetic::Add
        && (is_list(&left) || is_list(&right))
        && !(left.is_null() || right.is_null())
    {
        return joined(left, right);
    }
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (Value::Integer(a), Value::Integer(b)) => whole(operator, a, b),
        (Value::Integer(a), Value::Float(b)) => Ok(fraction(operator, a as f64, b)),
        (Value::Float(a), Value::Integer(b)) => Ok(fraction(operator, a, b as f64)),
        (Value::Float(a), Value::Float(b)) => Ok(fraction(operator, a, b)),
        (Value::Text(a), b) if operator == Arithmetic::Add => match scalar_text(&b) {
            Some(b) => Ok(Value::made(format!("{a}{b}"))?),
            None => Err(unfit(operator, &Value::Text(a), &b)),
        },
        (a, Value::Text(b)) if operator == Arithmetic::Add => match scalar_text(&a) {
            Some(a) => Ok(Value::made(format!("{a}{b}"))?),
            None => Err(unfit(operator, &a, &Value::Text(b))),
        },
        (a, b) => Err(unfit(operator, &a, &b)),
    }
}

fn is_list(value: &Value) -> bool {
    matches!(value, Value::List(_))
}

/// `[1] + [2]`, `[1] + 2`, `1 + [2]`
fn joined(left: Value, right: Value) -> Result<Value> {
    let items = |value: Value| match value {
        Value::List(list) => list.to_vec(),
        other => vec![other],
    };
    let mut all = items(left);
    all.extend(items(right));
    Ok(Value::list(all)?)
}

fn unfit(operator: Arithmetic, left: &Value, right: &Value) -> QueryError {
    let verb = match operator {
        Arithmetic::Add => "add",
        Arithmetic::Subtract => "subtract",
        Arithmetic::Multiply => "multiply",
        Arithmetic::Divide => "divide",
        Arithmetic::Modulo => "take the remainder of",
        Arithmetic::Power => "raise",
    };
    QueryError::Value(format!("cannot {verb} {} and {}", left.type_name(), right.type_name()))
}

fn whole(operator: Arithmetic, a: i64, b: i64) -> Result<Value> {
    let result = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide | Arithmetic::Modulo if b == 0 => {
            return Err(QueryError::Value("a whole number is divided by zero".into()));
        }
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Modulo => a.checked_rem(b),
        Arithmetic::Power => return Ok(Value::Float((a as f64).powf(b as f64))),
    };
    result.map(Value::Integer).ok_or_else(too_large)
}

fn fraction(operator: Arithmetic, a: f64, b: f64) -> Value {
    Value::Float(match operator {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Modulo => a % b,
        Arithmetic::Power => a.powf(b),
    })
}

/// The text of a number, a boolean or a text.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => float_text(*number),
        Value::Boolean(truth) => truth.to_string(),
        _ => return None,
    })
}

/// A number that is no whole one shows it: `1.0`.
pub(super) fn float_text(number: f64) -> String {
    match number {
        n if n.is_nan() => "NaN".to_owned(),
        n if n.is_infinite() => (if n > 0.0 { "Infinity" } else { "-Infinity" }).to_owned(),
        n => format!("{n:?}"),
    }
}

pub(super) fn negate(value: &Value) -> Result<Value> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Integer(number) => number.checked_neg().map(Value::Integer).ok_or_else(too_large),
        Value::Float(number) => Ok(Value::Float(-number)),
        other => Err(QueryError::Value(format!("{} has no negative", other.type_name()))),
    }
}

pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return None;
    }
    let ordered = |fits: fn(Ordering) -> bool| {
        let numbers = |v: &Value| matches!(v, Value::Integer(_) | Value::Float(_));
        match left.compare(right) {
            Some(ordering) => Some(fits(ordering)),
            // NaN is neither less nor greater; values of different types are not compared.
            None => (numbers(left) && numbers(right)).then_some(false),
        }
    };
    match comparison {
        Comparison::Equal => left.equals(right),
        Comparison::Unequal => left.equals(right).map(|equal| !equal),
        Comparison::Less => ordered(Ordering::is_lt),
        Comparison::LessOrEqual => ordered(Ordering::is_le),
        Comparison::Greater => ordered(Ordering::is_gt),
        Comparison::GreaterOrEqual => ordered(Ordering::is_ge),
    }
}

/// `value IN list`
pub(super) fn is_in(value: &Value, list: &Value) -> Result<Option<bool>> {
    let list = match list {
        Value::Null => return Ok(None),
        Value::List(list) => list,
        other => return Err(QueryError::Value(format!("IN needs a list, and found {}", other.type_name()))),
    };
    let mut known = true;
    for item in list.iter() {
        match item.equals(value) {
            Some(true) => return Ok(Some(true)),
            Some(false) => {}
            None => known = false,
        }
    }
    Ok(known.then_some(false))
}

/// Where the element at a place is, counted from the end if negative.
pub(super) fn place(at: i64, length: usize) -> Option<usize> {
    let length = length as i64;
    let at = if at < 0 { at + length } else { at };
    usize::try_from(at).ok().filter(|at| (*at as i64) < length)
}

/// `list[from..to]`
pub(super) fn slice(value: &Value, from: Option<&Value>, to: Option<&Value>) -> Result<Value> {
    let list = match value {
        Value::Null => return Ok(Value::Null),
        Value::List(list) => list,
        other => return Err(QueryError::Value(format!("{} cannot be sliced", other.type_name()))),
    };
    let length = list.len() as i64;
    let end = |end: Option<&Value>, missing: i64| match end {
        None => Ok(Some(missing)),
        Some(Value::Null) => Ok(None),
        Some(Value::Integer(at)) if *at < 0 => Ok(Some(at.saturating_add(length).max(0))),
        Some(Value::Integer(at)) => Ok(Some((*at).min(length))),
        Some(other) => {
            Err(QueryError::Value(format!("a slice ends at a whole number, not at {}", other.type_name())))
        }
    };
    let (Some(from), Some(to)) = (end(from, 0)?, end(to, length)?) else { return Ok(Value::Null) };
    let items = if from < to { list[from as usize..to as usize].to_vec() } else { Vec::new() };
    Ok(Value::list(items)?)
}
