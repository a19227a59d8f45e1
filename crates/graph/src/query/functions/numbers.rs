//! Numbers.

use super::{Function, Result, Value, function, unfit};
use crate::query::error::QueryError;

pub(super) const FUNCTIONS: &[Function] = &[
    function("abs", 1..=1, |_, a| match &a[0] {
        Value::Integer(number) => number
            .checked_abs()
            .map(Value::Integer)
            .ok_or_else(|| QueryError::Value("a whole number does not fit into 64 bits".into())),
        other => fraction("abs", other, f64::abs),
    }),
    function("ceil", 1..=1, |_, a| fraction("ceil", &a[0], f64::ceil)),
    function("floor", 1..=1, |_, a| fraction("floor", &a[0], f64::floor)),
    // Halves go up, also below zero.
    function("round", 1..=1, |_, a| fraction("round", &a[0], |n| (n + 0.5).floor())),
    function("sqrt", 1..=1, |_, a| fraction("sqrt", &a[0], f64::sqrt)),
    function("exp", 1..=1, |_, a| fraction("exp", &a[0], f64::exp)),
    function("log", 1..=1, |_, a| fraction("log", &a[0], f64::ln)),
    function("log10", 1..=1, |_, a| fraction("log10", &a[0], f64::log10)),
    function("sign", 1..=1, |_, a| match &a[0] {
        Value::Null => Ok(Value::Null),
        Value::Integer(number) => Ok(Value::Integer(number.signum())),
        Value::Float(number) if *number > 0.0 => Ok(Value::Integer(1)),
        Value::Float(number) if *number < 0.0 => Ok(Value::Integer(-1)),
        Value::Float(_) => Ok(Value::Integer(0)),
        other => unfit("sign", other),
    }),
];

fn fraction(name: &str, value: &Value, of: impl Fn(f64) -> f64) -> Result {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Integer(number) => Ok(Value::Float(of(*number as f64))),
        Value::Float(number) => Ok(Value::Float(of(*number))),
        other => unfit(name, other),
    }
}
