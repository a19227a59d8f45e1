//! The tree as short text, for tests: what a reader can judge at a glance, and every span with its text.

use std::fmt::Write as _;

use super::{Attribute, Block, Body, Expr, ExprKind, File, Part, Step};
use crate::{Problem, Span};

pub(super) fn body(body: &Body) -> String {
    let attributes = body.attributes.iter().map(|a| format!("{} = {}", a.name, expr(&a.value)));
    let blocks = body.blocks.iter().map(|b| {
        let labels: String = b.labels.iter().map(|label| format!(" {label}")).collect();
        format!("{}{labels} {{ {} }}", b.kind, self::body(&b.body))
    });
    attributes.chain(blocks).collect::<Vec<_>>().join("; ")
}

pub(super) fn problems(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|p| format!("{}..{} {}", p.span.start, p.span.end, p.message)).collect()
}

fn list<'a>(items: impl IntoIterator<Item = &'a Expr>) -> String {
    items.into_iter().map(expr).collect::<Vec<_>>().join(" ")
}

pub(super) fn expr(from: &Expr) -> String {
    match &from.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Float(value) => format!("{value:?}"),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Template(from) => format!("<{}>", parts(from)),
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(k, v)| format!("{}: {}", expr(k), expr(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Traversal(from, steps) => {
            let mut text = expr(from);
            for step in steps {
                match step {
                    Step::Attr(name, _) => _ = write!(text, ".{name}"),
                    Step::Index(index) => _ = write!(text, "[{}]", expr(index)),
                    Step::FullSplat(_) => text.push_str("[*]"),
                    Step::AttrSplat(_) => text.push_str(".*"),
                }
            }
            text
        }
        ExprKind::Call { name, args, spread } => {
            format!("{name}({}{})", list(args), if *spread { "..." } else { "" })
        }
        ExprKind::Unary(operator, of) => format!("({operator:?} {})", expr(of)),
        ExprKind::Binary(left, operator, right) => {
            format!("({operator:?} {} {})", expr(left), expr(right))
        }
        ExprKind::Conditional(condition, yes, no) => {
            format!("(if {} {} {})", expr(condition), expr(yes), expr(no))
        }
        ExprKind::For(of) => {
            let key_var = of.key_var.iter().map(|k| format!("{k},")).collect::<String>();
            let key = of.key.iter().map(|k| format!("{} => ", expr(k))).collect::<String>();
            let condition = of.condition.iter().map(|c| format!(" if {}", expr(c))).collect::<String>();
            let grouping = if of.grouping { "..." } else { "" };
            let (var, collection, value) = (&of.value_var, expr(&of.collection), expr(&of.value));
            format!("(for {key_var}{var} in {collection}: {key}{value}{grouping}{condition})")
        }
        ExprKind::Parens(inner) => format!("({})", expr(inner)),
    }
}

pub(super) fn parts(from: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Text(text, _) => format!("{text:?}"),
        Part::Interpolation(of) => expr(of),
        Part::If { condition, then, otherwise } => {
            format!("if {} <{}> <{}>", expr(condition), parts(then), parts(otherwise))
        }
        Part::For { key_var, value_var, collection, body } => {
            let key_var = key_var.iter().map(|k| format!("{k},")).collect::<String>();
            format!("for {key_var}{value_var} in {} <{}>", expr(collection), parts(body))
        }
    };
    from.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// Every span of a file.
pub(super) fn spans(file: &File, problems: &[Problem]) -> Vec<Span> {
    let mut spans: Vec<Span> = problems.iter().map(|p| p.span).collect();
    spans.extend(file.comments.iter().map(|c| c.span));
    of_body(&file.body, &mut spans);
    spans
}

fn of_body(body: &Body, spans: &mut Vec<Span>) {
    spans.push(body.span);
    for Attribute { name_span, value, span, .. } in &body.attributes {
        spans.extend([*name_span, *span]);
        of_expr(value, spans);
    }
    for Block { header, body, .. } in &body.blocks {
        spans.push(*header);
        of_body(body, spans);
    }
}

pub(super) fn of_expr(from: &Expr, spans: &mut Vec<Span>) {
    spans.push(from.span);
    match &from.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_) => {}
        ExprKind::Template(parts) => of_parts(parts, spans),
        ExprKind::List(items) | ExprKind::Call { args: items, .. } => {
            items.iter().for_each(|item| of_expr(item, spans));
        }
        ExprKind::Object(entries) => entries.iter().for_each(|(key, value)| {
            of_expr(key, spans);
            of_expr(value, spans);
        }),
        ExprKind::Traversal(from, steps) => {
            of_expr(from, spans);
            for step in steps {
                match step {
                    Step::Attr(_, span) | Step::FullSplat(span) | Step::AttrSplat(span) => spans.push(*span),
                    Step::Index(index) => of_expr(index, spans),
                }
            }
        }
        ExprKind::Unary(_, of) | ExprKind::Parens(of) => of_expr(of, spans),
        ExprKind::Binary(left, _, right) => [left, right].into_iter().for_each(|of| of_expr(of, spans)),
        ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|of| of_expr(of, spans)),
        ExprKind::For(of) => {
            let some = of.key.iter().chain(&of.condition).chain([&of.collection, &of.value]);
            some.for_each(|of| of_expr(of, spans));
        }
    }
}

pub(super) fn of_parts(parts: &[Part], spans: &mut Vec<Span>) {
    for part in parts {
        match part {
            Part::Text(_, span) => spans.push(*span),
            Part::Interpolation(of) => of_expr(of, spans),
            Part::If { condition, then, otherwise } => {
                of_expr(condition, spans);
                of_parts(then, spans);
                of_parts(otherwise, spans);
            }
            Part::For { collection, body, .. } => {
                of_expr(collection, spans);
                of_parts(body, spans);
            }
        }
    }
}
