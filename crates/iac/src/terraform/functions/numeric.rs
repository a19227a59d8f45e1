//! Functions of numbers. `log` and `pow` are computed with doubles, in Terraform as here.

use model::{Node, Number, Value};

use super::number;

type Result<T = Node> = std::result::Result<T, String>;

/// The number of an argument that is known. Callers run only when it is.
pub(super) fn of(node: &Node) -> Number {
    match node.value {
        Value::Number(number) => number,
        _ => Number::Int(0),
    }
}

/// A whole number, as every function needs that counts with it.
pub(super) fn whole(node: &Node) -> Result<i64> {
    of(node).as_i64().ok_or_else(|| "the value must be a whole number".to_owned())
}

fn float(value: f64) -> Result {
    // Negative zero has no meaning of its own here.
    let number = Number::from_f64(if value == 0.0 { 0.0 } else { value });
    number.map(|n| Value::Number(n).into()).ok_or_else(|| "the result is not a finite number".to_owned())
}

pub(super) fn abs(args: &[Node]) -> Result {
    match of(&args[0]) {
        Number::Int(i) => match i.checked_abs() {
            Some(i) => Ok(i.into()),
            None => float((i as f64).abs()),
        },
        Number::Float(f) => float(f.abs()),
    }
}

pub(super) fn ceil(args: &[Node]) -> Result {
    match of(&args[0]) {
        Number::Int(i) => Ok(i.into()),
        Number::Float(f) => float(f.ceil()),
    }
}

pub(super) fn floor(args: &[Node]) -> Result {
    match of(&args[0]) {
        Number::Int(i) => Ok(i.into()),
        Number::Float(f) => float(f.floor()),
    }
}

pub(super) fn log(args: &[Node]) -> Result {
    float(of(&args[0]).as_f64().ln() / of(&args[1]).as_f64().ln())
}

pub(super) fn pow(args: &[Node]) -> Result {
    float(of(&args[0]).as_f64().powf(of(&args[1]).as_f64()))
}

pub(super) fn signum(args: &[Node]) -> Result {
    Ok(whole(&args[0])?.signum().into())
}

pub(super) fn max(args: &[Node]) -> Result {
    args.iter().max_by_key(|n| of(n)).cloned().ok_or_else(|| "at least one number is needed".to_owned())
}

pub(super) fn min(args: &[Node]) -> Result {
    args.iter().min_by_key(|n| of(n)).cloned().ok_or_else(|| "at least one number is needed".to_owned())
}

pub(super) fn parseint(args: &[Node]) -> Result {
    let Value::String(text) = &args[0].value else {
        return Err(format!("the number to parse must be a string, not a {}", args[0].value.type_name()));
    };
    let base = whole(&args[1])?;
    if !(2..=62).contains(&base) {
        return Err("the base must be from 2 to 62".to_owned());
    }
    let fault = || format!("cannot parse {:.60} as a whole number of base {base}", format!("{text:?}"));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() {
        return Err(fault());
    }
    let (mut exact, mut rough) = (Some(0i64), 0f64);
    for c in digits.bytes() {
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'z' => c - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => c - b'A' + 10,
            b'A'..=b'Z' => c - b'A' + 36,
            _ => return Err(fault()),
        };
        let digit = i64::from(digit);
        if digit >= base {
            return Err(fault());
        }
        let signed = if negative { -digit } else { digit };
        exact = exact.and_then(|n| n.checked_mul(base)?.checked_add(signed));
        rough = rough * base as f64 + signed as f64;
    }
    exact.map_or_else(|| float(rough), |n| Ok(n.into()))
}

/// The elements of `sum` need not be numbers already, but must be readable as such.
pub(super) fn sum(args: &[Node]) -> Result {
    let Value::List(items) = &args[0].value else {
        return Err(format!("a list of numbers is needed, not a {}", args[0].value.type_name()));
    };
    if items.is_empty() {
        return Err("cannot sum an empty list".to_owned());
    }
    let total = items.iter().try_fold(Number::Int(0), |total, item| {
        let item = crate::terraform::types::to_number(item)?;
        match item.value {
            Value::Number(n) => number::add(total, n).ok_or_else(|| "the sum is out of range".to_owned()),
            _ => Err("a list of numbers is needed".to_owned()),
        }
    })?;
    Ok(Value::Number(total).into())
}

#[cfg(test)]
mod tests {
    use crate::terraform::functions::testing::{check, n};

    #[test]
    fn numbers() {
        check(&[
            ("abs", vec![n(-1.5)], "1.5"),
            ("abs", vec!["-3".into()], "3"),
            ("ceil", vec![n(-0.1)], "0"),
            ("ceil", vec![n(5.1)], "6"),
            ("floor", vec![n(-0.5)], "-1"),
            ("floor", vec![n(1e21)], "1000000000000000000000"),
            ("log", vec![8.into(), 2.into()], "3"),
            ("log", vec![50.into(), 10.into()], "1.6989700043360185"),
            ("log", vec![0.into(), 2.into()], "error: the result is not a finite number"),
            ("pow", vec![2.into(), (-1).into()], "0.5"),
            ("pow", vec![(-8).into(), n(0.5)], "error: the result is not a finite number"),
            ("signum", vec![(-3).into()], "-1"),
            ("signum", vec![n(0.2)], "error: the value must be a whole number"),
            ("max", vec![1.into(), "3".into(), n(2.5)], "3"),
            ("min", vec![], "error: at least one number is needed"),
            ("parseint", vec!["ff".into(), 16.into()], "255"),
            ("parseint", vec!["zZ".into(), 62.into()], "2231"),
            ("parseint", vec!["-101".into(), 2.into()], "-5"),
            (
                "parseint",
                vec!["1_0".into(), 10.into()],
                "error: cannot parse \"1_0\" as a whole number of base 10",
            ),
            (
                "parseint",
                vec![10.into(), 10.into()],
                "error: the number to parse must be a string, not a number",
            ),
        ]);
    }
}
