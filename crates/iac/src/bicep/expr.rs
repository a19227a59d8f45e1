//! Bicep expressions as the evaluator has them. Nothing is resolved.

use std::sync::Arc;

use formats::Span;
use formats::bicep::{self, BinaryOp, Object, Part, Repeat, UnaryOp};

use crate::arm::template::{self, Entry, Expr, ExprKind, For, Item, Loop, MAX_NESTING, Over};

pub(crate) const UNREAD: &str = "the file has errors here";

/// An expression that stands inside so many others.
pub(crate) fn expr(from: &bicep::Expr, depth: usize) -> Expr {
    let kind = if depth < MAX_NESTING { kind(from, depth + 1) } else { too_deep() };
    Expr { kind, span: from.span }
}

fn too_deep() -> ExprKind {
    ExprKind::Invalid(format!("more than {MAX_NESTING} expressions inside each other").into())
}

pub(crate) fn invalid(reason: &str, span: Span) -> Expr {
    Expr { kind: ExprKind::Invalid(reason.into()), span }
}

fn kind(from: &bicep::Expr, depth: usize) -> ExprKind {
    let boxed = |from: &bicep::Expr| Box::new(expr(from, depth));
    let all = |from: &[bicep::Expr]| from.iter().map(|from| expr(from, depth)).collect();
    match &from.kind {
        bicep::ExprKind::Null => ExprKind::Null,
        bicep::ExprKind::Bool(value) => ExprKind::Bool(*value),
        bicep::ExprKind::Int(value) => int(*value),
        bicep::ExprKind::String(text) => ExprKind::Text(text.clone()),
        bicep::ExprKind::Template(parts) => {
            let part = |part: &Part| match part {
                Part::Text(text, span) => Expr::text(text.clone(), *span),
                Part::Interpolation(of) => expr(of, depth),
            };
            ExprKind::Interpolation(parts.iter().map(part).collect())
        }
        bicep::ExprKind::Array(items) => {
            let item = |item: &bicep::Item| match item {
                bicep::Item::Value(of) => Item { value: expr(of, depth), spread: false },
                bicep::Item::Spread(of) => Item { value: expr(of, depth), spread: true },
            };
            ExprKind::Array(items.iter().map(item).collect())
        }
        bicep::ExprKind::Object(of) => ExprKind::Object(entries(of, depth)),
        bicep::ExprKind::Variable(name) => ExprKind::Name(name.clone()),
        bicep::ExprKind::Member { of, name, safe } => {
            let (of, safe) = (boxed(of), *safe || is_safe(of));
            ExprKind::Property { of, name: name.text.clone(), safe }
        }
        bicep::ExprKind::Index { of, index, safe, from_end } => {
            let (of, safe) = (boxed(of), *safe || is_safe(of));
            ExprKind::Index { of, index: boxed(index), safe, from_end: *from_end }
        }
        bicep::ExprKind::Nested { of, name } => ExprKind::Nested { of: boxed(of), name: name.text.clone() },
        bicep::ExprKind::Call { on: None, name, arguments } => {
            ExprKind::Call { name: name.text.clone(), arguments: all(arguments) }
        }
        bicep::ExprKind::Call { on: Some(on), name, arguments } => {
            ExprKind::Method { of: boxed(on), name: name.text.clone(), arguments: all(arguments) }
        }
        bicep::ExprKind::Unary(UnaryOp::Neg, of) => match of.kind {
            bicep::ExprKind::Int(value) => {
                0_i64.checked_sub_unsigned(value).map_or_else(too_large, ExprKind::Int)
            }
            _ => ExprKind::Unary(template::UnaryOp::Negate, boxed(of)),
        },
        bicep::ExprKind::Unary(UnaryOp::Not, of) => ExprKind::Unary(template::UnaryOp::Not, boxed(of)),
        bicep::ExprKind::Binary(left, operator, right) => {
            ExprKind::Binary(binary(*operator), boxed(left), boxed(right))
        }
        bicep::ExprKind::Conditional(condition, yes, no) => {
            ExprKind::Conditional(boxed(condition), boxed(yes), boxed(no))
        }
        bicep::ExprKind::Lambda { parameters, body } => {
            let parameters = parameters.iter().map(|name| name.text.clone()).collect();
            ExprKind::Lambda { parameters, body: boxed(body) }
        }
        bicep::ExprKind::For(of) => {
            ExprKind::For(Box::new(For { repeat: repeat(&of.repeat, depth), body: expr(&of.body, depth) }))
        }
        // Neither says more to an evaluator than what it holds.
        bicep::ExprKind::NonNull(of) | bicep::ExprKind::Parens(of) => kind(of, depth),
        bicep::ExprKind::Invalid => ExprKind::Invalid(UNREAD.into()),
    }
}

/// Whether a chain of steps holds a safe one: then so are those behind it, because the compiler makes one `tryGet` of all.
fn is_safe(chain: &bicep::Expr) -> bool {
    let mut step = chain;
    loop {
        match &step.kind {
            bicep::ExprKind::Member { safe: true, .. } | bicep::ExprKind::Index { safe: true, .. } => {
                return true;
            }
            bicep::ExprKind::Member { of, .. } | bicep::ExprKind::Index { of, .. } => step = of,
            bicep::ExprKind::NonNull(of) => step = of,
            _ => return false,
        }
    }
}

fn int(value: u64) -> ExprKind {
    i64::try_from(value).map_or_else(|_| too_large(), ExprKind::Int)
}

fn too_large() -> ExprKind {
    ExprKind::Invalid("the number is too large".into())
}

fn binary(operator: BinaryOp) -> template::BinaryOp {
    match operator {
        BinaryOp::Add => template::BinaryOp::Add,
        BinaryOp::Sub => template::BinaryOp::Subtract,
        BinaryOp::Mul => template::BinaryOp::Multiply,
        BinaryOp::Div => template::BinaryOp::Divide,
        BinaryOp::Mod => template::BinaryOp::Modulo,
        BinaryOp::Eq => template::BinaryOp::Equal,
        BinaryOp::NotEq => template::BinaryOp::NotEqual,
        BinaryOp::Like => template::BinaryOp::Like,
        BinaryOp::NotLike => template::BinaryOp::NotLike,
        BinaryOp::Less => template::BinaryOp::Less,
        BinaryOp::LessEq => template::BinaryOp::LessOrEqual,
        BinaryOp::Greater => template::BinaryOp::Greater,
        BinaryOp::GreaterEq => template::BinaryOp::GreaterOrEqual,
        BinaryOp::And => template::BinaryOp::And,
        BinaryOp::Or => template::BinaryOp::Or,
        BinaryOp::Coalesce => template::BinaryOp::Coalesce,
    }
}

/// The properties and spreads of an object; nested resources are not among them.
pub(crate) fn entries(of: &Object, depth: usize) -> Vec<Entry> {
    let entry = |entry: &bicep::Entry| match entry {
        bicep::Entry::Property(property) => {
            Some(Entry::Pair { key: expr(&property.key, depth), value: expr(&property.value, depth) })
        }
        bicep::Entry::Spread(of) => Some(Entry::Spread(expr(of, depth))),
        bicep::Entry::Resource(_) => None,
    };
    of.entries.iter().filter_map(entry).collect()
}

pub(crate) fn repeat(of: &Repeat, depth: usize) -> Loop {
    let name = |name: &bicep::Name| Arc::clone(&name.text);
    Loop {
        name: None,
        item: Some(name(&of.item)),
        index: of.index.as_ref().map(name),
        over: Over::Items(expr(&of.over, depth)),
    }
}
