//! Operators and indexing over partly known values.

use std::sync::Arc;

use formats::hcl::{BinaryOp, Expr, UnaryOp};
use model::{Node, Number, Value};

use super::access::{carry, computed, inside, unknown_reason};

use super::eval::{Evaluated, Scope};
use super::functions::number;
use super::types;

pub(crate) fn unary(operator: UnaryOp, operand: &Node) -> Evaluated {
    let converted = match operator {
        UnaryOp::Neg => types::to_number(operand)?,
        UnaryOp::Not => types::to_bool(operand)?,
    };
    let value = match (operator, &converted.value) {
        (UnaryOp::Neg, Value::Number(n)) => arithmetic(BinaryOp::Sub, Number::Int(0), *n)?,
        (UnaryOp::Not, Value::Bool(b)) => Value::Bool(!b),
        (_, Value::Null) => return Err("an operand is null".into()),
        _ => Value::Unknown(unknown_reason(operand)),
    };
    Ok(carry(value.into(), [operand]))
}

pub(crate) fn binary(scope: &Scope<'_, '_>, left: &Expr, operator: BinaryOp, right: &Expr) -> Evaluated {
    if matches!(operator, BinaryOp::And | BinaryOp::Or) {
        return logic(scope, left, operator == BinaryOp::Or, right);
    }
    let (a, b) = (scope.eval(left)?, scope.eval(right)?);
    let value = match operator {
        BinaryOp::Eq | BinaryOp::NotEq => {
            scope.root.look(&a)?;
            match types::equal(&a, &b) {
                Some(equal) => Value::Bool(equal == (operator == BinaryOp::Eq)),
                None => Value::Unknown(reason(&a, &b)),
            }
        }
        _ => {
            let (x, y) = (types::to_number(&a)?, types::to_number(&b)?);
            match (&x.value, &y.value) {
                (Value::Number(x), Value::Number(y)) => arithmetic(operator, *x, *y)?,
                (Value::Null, _) | (_, Value::Null) => return Err("an operand is null".into()),
                _ => Value::Unknown(reason(&a, &b)),
            }
        }
    };
    Ok(carry(value.into(), [&a, &b]))
}

/// `&&` is decided by false, `||` by true, whatever the other side.
fn logic(scope: &Scope<'_, '_>, left: &Expr, decisive: bool, right: &Expr) -> Evaluated {
    let a = types::to_bool(&scope.eval(left)?)?;
    if matches!(a.value, Value::Bool(value) if value == decisive) {
        return Ok(carry(Value::Bool(decisive).into(), [&a]));
    }
    let b = types::to_bool(&scope.eval(right)?)?;
    let value = match (&a.value, &b.value) {
        (Value::Null, _) | (_, Value::Null) => return Err("an operand is null".into()),
        (_, Value::Bool(value)) if *value == decisive => Value::Bool(decisive),
        (Value::Bool(_), Value::Bool(_)) => Value::Bool(!decisive),
        _ => Value::Unknown(reason(&a, &b)),
    };
    Ok(carry(value.into(), [&a, &b]))
}

fn reason(a: &Node, b: &Node) -> Arc<str> {
    a.first_unknown(256).unwrap_or_else(|| unknown_reason(b))
}

fn arithmetic(operator: BinaryOp, a: Number, b: Number) -> Result<Value, String> {
    let result = match operator {
        BinaryOp::Add => number::add(a, b),
        BinaryOp::Sub => number::subtract(a, b),
        BinaryOp::Mul => number::multiply(a, b),
        BinaryOp::Div if b == Number::Int(0) => return Err("division by zero".into()),
        BinaryOp::Mod if b == Number::Int(0) => Some(a),
        BinaryOp::Div => number::divide(a, b),
        BinaryOp::Mod => number::remainder(a, b),
        BinaryOp::Less => return Ok(Value::Bool(a < b)),
        BinaryOp::LessEq => return Ok(Value::Bool(a <= b)),
        BinaryOp::Greater => return Ok(Value::Bool(a > b)),
        BinaryOp::GreaterEq => return Ok(Value::Bool(a >= b)),
        BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::And | BinaryOp::Or => {
            return Err("not an arithmetic operator".into());
        }
    };
    result.map(Value::Number).ok_or_else(|| "the result is not a finite number".into())
}

/// `node[index]`.
pub(crate) fn index(node: &Node, index: &Node) -> Evaluated {
    // An error may quote the index.
    found(node, index)
        .map_err(|error| if index.sensitive { "nothing has this sensitive index".to_owned() } else { error })
}

fn found(node: &Node, index: &Node) -> Evaluated {
    let key = types::to_string(index)?;
    let Value::String(key) = &key.value else {
        return match &index.value {
            Value::Null => Err("the index is null".into()),
            _ => Ok(carry(Value::Unknown(unknown_reason(index)).into(), [node, index])),
        };
    };
    let found = match &node.value {
        Value::List(items) => {
            let position =
                Number::parse(key).and_then(Number::as_i64).ok_or("a list is indexed with a number")?;
            let item = usize::try_from(position).ok().and_then(|i| items.get(i));
            let item =
                item.ok_or_else(|| format!("index {position} is outside of a list of {}", items.len()))?;
            inside(node, &format!("[{position}]"), item)
        }
        Value::Map(map) => {
            let step = format!("[{key:?}]");
            match map.get(key) {
                // A resource's own attributes are read by index too: `aws_s3_bucket.b["id"]`.
                Some(item) => inside(node, if node.from.is_some() { key } else { &step }, item),
                None => computed(node, key).ok_or_else(|| format!("there is no element {key:?}"))?,
            }
        }
        Value::Json(_) | Value::String(_) | Value::Template(_) => return Err("text cannot be indexed".into()),
        Value::Unknown(reason) => {
            let unknown: Node = Value::Unknown(reason.clone()).into();
            let step = if Number::parse(key).is_some() { format!("[{key}]") } else { format!("[{key:?}]") };
            let from = computed(node, &step).and_then(|n| n.from);
            Node { from, ..unknown }
        }
        Value::Null => return Err("null cannot be indexed".into()),
        Value::Bool(_) | Value::Number(_) => computed(node, key).ok_or("this value cannot be indexed")?,
    };
    Ok(carry(found, [node, index]))
}
