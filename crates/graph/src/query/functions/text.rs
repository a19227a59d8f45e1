//! Texts, and what is made of texts.

use super::{Function, Result, Value, function, unfit};
use crate::query::error::QueryError;
use crate::query::evaluate::Context;
use crate::query::operators::scalar_text;

pub(super) const FUNCTIONS: &[Function] = &[
    function("toLower", 1..=1, |_, a| one("toLower", a, |t| t.to_lowercase())),
    function("toUpper", 1..=1, |_, a| one("toUpper", a, |t| t.to_uppercase())),
    function("lower", 1..=1, |_, a| one("lower", a, |t| t.to_lowercase())),
    function("upper", 1..=1, |_, a| one("upper", a, |t| t.to_uppercase())),
    function("trim", 1..=1, |_, a| one("trim", a, |t| t.trim().to_owned())),
    function("lTrim", 1..=1, |_, a| one("lTrim", a, |t| t.trim_start().to_owned())),
    function("rTrim", 1..=1, |_, a| one("rTrim", a, |t| t.trim_end().to_owned())),
    function("split", 2..=2, split),
    function("replace", 3..=3, replace),
    function("substring", 2..=3, substring),
    function("left", 2..=2, left),
    function("right", 2..=2, right),
    function("toString", 1..=1, to_string),
    function("toInteger", 1..=1, to_integer),
    function("toFloat", 1..=1, to_float),
    function("toBoolean", 1..=1, to_boolean),
];

fn one(name: &str, arguments: &[Value], change: impl Fn(&str) -> String) -> Result {
    match &arguments[0] {
        Value::Null => Ok(Value::Null),
        Value::Text(text) => Ok(Value::made(change(text))?),
        other => unfit(name, other),
    }
}

fn split(_: &Context<'_>, arguments: &[Value]) -> Result {
    match arguments {
        [Value::Text(text), Value::Text(at)] if at.is_empty() => {
            let letters = text.chars().map(|c| Value::text(c.to_string()));
            Ok(Value::list(letters.collect())?)
        }
        [Value::Text(text), Value::Text(at)] => {
            Ok(Value::list(text.split(&**at).map(Value::text).collect())?)
        }
        _ => null_or_unfit("split", arguments),
    }
}

fn replace(_: &Context<'_>, arguments: &[Value]) -> Result {
    match arguments {
        [Value::Text(text), Value::Text(old), Value::Text(_)] if old.is_empty() => {
            Ok(Value::Text(text.clone()))
        }
        [Value::Text(text), Value::Text(old), Value::Text(new)] => {
            // What would be too long is not made.
            let grown = text.matches(&**old).count().saturating_mul(new.len()).saturating_add(text.len());
            Value::made_of(grown)?;
            Ok(Value::made(text.replace(&**old, new))?)
        }
        _ => null_or_unfit("replace", arguments),
    }
}

fn substring(_: &Context<'_>, arguments: &[Value]) -> Result {
    match arguments {
        [Value::Text(text), Value::Integer(start)] => Ok(Value::made(letters(text, *start, None)?)?),
        [Value::Text(text), Value::Integer(start), Value::Integer(length)] => {
            Ok(Value::made(letters(text, *start, Some(*length))?)?)
        }
        _ => null_or_unfit("substring", arguments),
    }
}

fn left(_: &Context<'_>, arguments: &[Value]) -> Result {
    match arguments {
        [Value::Text(text), Value::Integer(length)] => Ok(Value::made(letters(text, 0, Some(*length))?)?),
        _ => null_or_unfit("left", arguments),
    }
}

fn right(_: &Context<'_>, arguments: &[Value]) -> Result {
    match arguments {
        [Value::Text(text), Value::Integer(length)] => {
            let all = text.chars().count() as i64;
            let start = if *length < 0 { *length } else { (all - length).max(0) };
            Ok(Value::made(letters(text, start, None)?)?)
        }
        _ => null_or_unfit("right", arguments),
    }
}

fn letters(text: &str, start: i64, length: Option<i64>) -> Result<String> {
    let whole = |number: i64| {
        usize::try_from(number)
            .map_err(|_| QueryError::Value("a part of a text cannot have a negative length".into()))
    };
    let rest = text.chars().skip(whole(start)?);
    Ok(match length {
        Some(length) => rest.take(whole(length)?).collect(),
        None => rest.collect(),
    })
}

fn null_or_unfit(name: &str, arguments: &[Value]) -> Result {
    if arguments.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    let types: Vec<&str> = arguments.iter().map(Value::type_name).collect();
    Err(QueryError::Value(format!("{name}() cannot take {}", types.join(", "))))
}

fn to_string(_: &Context<'_>, arguments: &[Value]) -> Result {
    match &arguments[0] {
        Value::Null => Ok(Value::Null),
        other => scalar_text(other).map_or_else(|| unfit("toString", other), |text| Ok(Value::made(text)?)),
    }
}

fn to_integer(_: &Context<'_>, arguments: &[Value]) -> Result {
    /// Fractions lose what is behind the point; what does not fit is no whole number.
    fn whole(number: f64) -> Value {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2^63
        let fits = number > -LIMIT && number < LIMIT;
        if fits { Value::Integer(number as i64) } else { Value::Null }
    }
    Ok(match &arguments[0] {
        Value::Null => Value::Null,
        Value::Integer(number) => Value::Integer(*number),
        Value::Float(number) => whole(*number),
        Value::Boolean(truth) => Value::Integer(i64::from(*truth)),
        Value::Text(text) => match text.trim().parse::<i64>() {
            Ok(number) => Value::Integer(number),
            Err(_) => decimal(text).map_or(Value::Null, whole),
        },
        other => return unfit("toInteger", other),
    })
}

/// A number in digits: words such as `inf` are none.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse().ok().filter(|_| text.contains(|c: char| c.is_ascii_digit()))
}

fn to_float(_: &Context<'_>, arguments: &[Value]) -> Result {
    Ok(match &arguments[0] {
        Value::Null => Value::Null,
        Value::Integer(number) => Value::Float(*number as f64),
        Value::Float(number) => Value::Float(*number),
        Value::Text(text) => decimal(text).map_or(Value::Null, Value::Float),
        other => return unfit("toFloat", other),
    })
}

fn to_boolean(_: &Context<'_>, arguments: &[Value]) -> Result {
    Ok(match &arguments[0] {
        Value::Null => Value::Null,
        Value::Boolean(truth) => Value::Boolean(*truth),
        Value::Integer(number) => Value::Boolean(*number != 0),
        Value::Text(text) => match text.trim() {
            t if t.eq_ignore_ascii_case("true") => Value::Boolean(true),
            t if t.eq_ignore_ascii_case("false") => Value::Boolean(false),
            _ => Value::Null,
        },
        other => return unfit("toBoolean", other),
    })
}
