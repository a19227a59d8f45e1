//! Operators over values that may be known only in part.

use std::sync::Arc;

use model::{Node, Number, Value};

use super::access::{carry, unknown_reason};
use super::eval::{Evaluated, Scope};
use super::template::{BinaryOp, Expr, UnaryOp};
use crate::terraform::types;

pub(crate) fn unary(operator: UnaryOp, operand: &Node) -> Evaluated {
    let value = match (operator, &operand.value) {
        (UnaryOp::Not, _) => match to_bool(operand)? {
            Ok(b) => Value::Bool(!b),
            Err(reason) => Value::Unknown(reason),
        },
        (UnaryOp::Negate, Value::Number(Number::Int(i))) => {
            Value::Number(Number::Int(i.checked_neg().ok_or("the number is too large")?))
        }
        (UnaryOp::Negate, Value::Number(Number::Float(f))) => Value::Number(Number::Float(-f)),
        (UnaryOp::Negate, Value::Unknown(reason)) => Value::Unknown(reason.clone()),
        (UnaryOp::Negate, other) => return Err(format!("a {} has no negative", other.type_name())),
    };
    Ok(carry(value.into(), [operand]))
}

/// True or false, or why that is not known.
pub(crate) fn to_bool(node: &Node) -> Result<Result<bool, Arc<str>>, String> {
    match &node.value {
        Value::Bool(b) => Ok(Ok(*b)),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Ok(true)),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Ok(false)),
        Value::Unknown(reason) => Ok(Err(reason.clone())),
        Value::Template(_) => Ok(Err(unknown_reason(node))),
        other => Err(format!("a {} stands where true or false is needed", other.type_name())),
    }
}

pub(crate) fn binary(scope: &Scope<'_, '_>, operator: BinaryOp, left: &Expr, right: &Expr) -> Evaluated {
    match operator {
        BinaryOp::And => return logic(scope, &[left, right], false),
        BinaryOp::Or => return logic(scope, &[left, right], true),
        BinaryOp::Coalesce => return coalesce(scope, &[left, right]),
        _ => {}
    }
    let (a, b) = (scope.eval(left)?, scope.eval(right)?);
    scope.root.look(&a)?;
    apply(operator, &a, &b)
}

/// `&&` is decided by false, `||` by true, whatever the others.
pub(crate) fn logic(scope: &Scope<'_, '_>, all: &[&Expr], decisive: bool) -> Evaluated {
    let mut seen = Node::null();
    let mut open = None;
    for expr in all {
        let node = scope.eval(expr)?;
        match to_bool(&node)? {
            Ok(value) if value == decisive => return Ok(carry(decisive.into(), [&node])),
            Ok(_) => {}
            Err(reason) => open = open.or(Some(reason)),
        }
        seen = carry(seen, [&node]);
    }
    let value = open.map_or(Value::Bool(!decisive), Value::Unknown);
    Ok(Node { value, ..seen })
}

/// The first that is not null.
pub(crate) fn coalesce(scope: &Scope<'_, '_>, all: &[&Expr]) -> Evaluated {
    let mut seen = Node::null();
    for expr in all {
        let node = scope.eval(expr)?;
        if !node.is_null() {
            // What is not known may be null, but for what a resource certainly has.
            return Ok(carry(node, [&seen]));
        }
        seen = carry(seen, [&node]);
    }
    Ok(seen)
}

/// Any other operator, also where ARM writes it as a function.
pub(crate) fn apply(operator: BinaryOp, a: &Node, b: &Node) -> Evaluated {
    let unknown = || Value::Unknown(a.first_unknown(256).unwrap_or_else(|| unknown_reason(b)));
    let value = match operator {
        BinaryOp::Equal | BinaryOp::NotEqual => match types::equal(a, b) {
            Some(equal) => Value::Bool(equal == (operator == BinaryOp::Equal)),
            None => unknown(),
        },
        BinaryOp::Like | BinaryOp::NotLike => {
            let (x, y) = (lower(a), lower(b));
            match types::equal(&x, &y) {
                Some(equal) => Value::Bool(equal == (operator == BinaryOp::Like)),
                None => unknown(),
            }
        }
        _ => match (&a.value, &b.value) {
            (Value::Number(x), Value::Number(y)) => arithmetic(operator, *x, *y)?,
            (Value::String(x), Value::String(y)) => {
                compared(operator, x.cmp(y)).ok_or("text is no number to calculate with")?
            }
            (Value::Unknown(_) | Value::Template(_), _) | (_, Value::Unknown(_) | Value::Template(_)) => {
                unknown()
            }
            (x, y) => {
                let odd = if matches!(x, Value::Number(_)) { y } else { x };
                return Err(format!("a {} stands where a number is needed", odd.type_name()));
            }
        },
    };
    Ok(carry(value.into(), [a, b]))
}

fn lower(node: &Node) -> Node {
    match &node.value {
        Value::String(text) => Node::from(&*text.to_lowercase()),
        _ => node.clone(),
    }
}

fn compared(operator: BinaryOp, order: std::cmp::Ordering) -> Option<Value> {
    Some(Value::Bool(match operator {
        BinaryOp::Less => order.is_lt(),
        BinaryOp::LessOrEqual => order.is_le(),
        BinaryOp::Greater => order.is_gt(),
        BinaryOp::GreaterOrEqual => order.is_ge(),
        _ => return None,
    }))
}

/// Whole numbers stay whole: division and remainder are cut towards zero.
fn arithmetic(operator: BinaryOp, a: Number, b: Number) -> Result<Value, String> {
    if let Some(answer) = compared(operator, a.cmp(&b)) {
        return Ok(answer);
    }
    if let (Number::Int(x), Number::Int(y)) = (a, b) {
        if y == 0 && matches!(operator, BinaryOp::Divide | BinaryOp::Modulo) {
            return Err("division by zero".into());
        }
        let result = match operator {
            BinaryOp::Add => x.checked_add(y),
            BinaryOp::Subtract => x.checked_sub(y),
            BinaryOp::Multiply => x.checked_mul(y),
            BinaryOp::Divide => x.checked_div(y),
            _ => x.checked_rem(y),
        };
        return result.map(|i| Value::Number(Number::Int(i))).ok_or_else(|| "the result is too large".into());
    }
    let (x, y) = (a.as_f64(), b.as_f64());
    let result = match operator {
        BinaryOp::Add => x + y,
        BinaryOp::Subtract => x - y,
        BinaryOp::Multiply => x * y,
        BinaryOp::Divide => x / y,
        _ => x % y,
    };
    Number::from_f64(result).map(Value::Number).ok_or_else(|| "the result is not a number".into())
}
