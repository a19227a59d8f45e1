//! Numbers, comparisons and logic.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-numeric>

use std::cmp::Ordering;

use model::{Node, Number, Value};

use super::{open, text};
use crate::arm::eval::Evaluated;
use crate::arm::operators::{apply, unary};
use crate::arm::template::{BinaryOp, UnaryOp};

macro_rules! operators {
    ($($name:ident $operator:ident)*) => {
        $(pub(super) fn $name(arguments: &[Node]) -> Evaluated {
            apply(BinaryOp::$operator, &arguments[0], &arguments[1])
        })*
    };
}

operators! {
    add Add
    sub Subtract
    mul Multiply
    div Divide
    modulo Modulo
    equals Equal
    less Less
    less_or_equals LessOrEqual
    greater Greater
    greater_or_equals GreaterOrEqual
}

pub(super) fn not(arguments: &[Node]) -> Evaluated {
    unary(UnaryOp::Not, &arguments[0])
}

/// A template stops at `fail`; what it would have given is nothing that can be known.
pub(super) fn fail(arguments: &[Node]) -> Evaluated {
    Err(format!("the template fails here: {:.200}", arguments[0].display()))
}

pub(super) fn int(arguments: &[Node]) -> Evaluated {
    let number = match &arguments[0].value {
        Value::Number(n) => {
            Number::from_f64(n.as_f64().trunc()).filter(|_| n.as_i64().is_none()).unwrap_or(*n)
        }
        _ => {
            let text = text(&arguments[0])?.trim();
            let int = text.parse::<i64>().map_err(|_| "the text is no whole number".to_owned())?;
            Number::Int(int)
        }
    };
    Ok(Value::Number(number).into())
}

pub(super) fn float(arguments: &[Node]) -> Evaluated {
    match &arguments[0].value {
        Value::Number(_) => Ok(arguments[0].clone()),
        _ => {
            let number = Number::parse(text(&arguments[0])?).ok_or("the text is no number")?;
            Ok(Value::Number(number).into())
        }
    }
}

pub(super) fn bool(arguments: &[Node]) -> Evaluated {
    match &arguments[0].value {
        Value::Bool(b) => Ok((*b).into()),
        Value::Number(n) => Ok((*n != Number::Int(0)).into()),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(true.into()),
            "false" | "0" => Ok(false.into()),
            _ => Err("the text is neither true nor false".into()),
        },
        other => Err(format!("a {} is neither true nor false", other.type_name())),
    }
}

pub(super) fn max(arguments: &[Node]) -> Evaluated {
    extreme(arguments, Ordering::Greater)
}

pub(super) fn min(arguments: &[Node]) -> Evaluated {
    extreme(arguments, Ordering::Less)
}

fn extreme(arguments: &[Node], wanted: Ordering) -> Evaluated {
    let all: &[Node] = match arguments {
        [Node { value: Value::List(items), .. }] => items,
        _ => arguments,
    };
    let mut best: Option<Number> = None;
    for node in all {
        let Value::Number(number) = &node.value else {
            return Err("only numbers have a least and a greatest".into());
        };
        if best.is_none_or(|best| number.cmp(&best) == wanted) {
            best = Some(*number);
        }
    }
    match best {
        Some(number) => Ok(Value::Number(number).into()),
        None if all.is_empty() => Err("an empty array has no least and no greatest".into()),
        None => open(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn as_documented() {
        check(&[
            ("add", json!([5, 3]), Ok("8")),
            ("add", json!([i64::MAX, 1]), Err(())),
            ("div", json!([8, 3]), Ok("2")),
            ("div", json!([8, 0]), Err(())),
            ("mod", json!([7, 3]), Ok("1")),
            ("mod", json!([7, 0]), Err(())),
            ("mul", json!([5, 3]), Ok("15")),
            ("sub", json!([7, 3]), Ok("4")),
            ("int", json!(["4"]), Ok("4")),
            ("int", json!(["x"]), Err(())),
            ("float", json!(["3.0"]), Ok("3")),
            ("min", json!([[0, 3, 2, 5, 4]]), Ok("0")),
            ("max", json!([0, 3, 2, 5, 4]), Ok("5")),
            ("bool", json!(["TRUE"]), Ok("true")),
            ("bool", json!([0]), Ok("false")),
            ("bool", json!(["maybe"]), Err(())),
            ("equals", json!(["a", "a"]), Ok("true")),
            ("equals", json!(["a", "A"]), Ok("false")),
            ("equals", json!([{"a": [1]}, {"a": [1]}]), Ok("true")),
            ("less", json!([1, 2]), Ok("true")),
            ("less", json!(["A", "a"]), Ok("true")),
            ("greaterOrEquals", json!([2, 2]), Ok("true")),
            ("not", json!([false]), Ok("true")),
            ("fail", json!(["no"]), Err(())),
        ]);
    }
}
