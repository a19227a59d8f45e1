//! Terraform's native syntax as shapes.

use formats::Span;
use formats::hcl::{Block, Body, Expr, ExprKind};

use super::shape::{Entry, Form, Layout, Shape};

/// The inside of a block with its braces.
pub(crate) fn block(block: &Block) -> Shape {
    body(&block.body)
}

fn body(body: &Body) -> Shape {
    let mut entries: Vec<Entry> = Vec::new();
    for attribute in &body.attributes {
        entries.push(Entry {
            name: attribute.name.clone(),
            key: attribute.name_span,
            span: attribute.span,
            region: attribute.value.span,
            value: expr(&attribute.value),
            block: false,
        });
    }
    for inner in &body.blocks {
        // What a `dynamic` block repeats stands in its `content`.
        let made = match (&*inner.kind, inner.labels.first()) {
            ("dynamic", Some(label)) => {
                let content = inner.body.blocks.iter().find(|b| &*b.kind == "content");
                content.map(|content| (label.clone(), &content.body))
            }
            _ => Some((inner.kind.clone(), &inner.body)),
        };
        let Some((name, of)) = made else { continue };
        let value = self::body(of);
        let span = inner.header.to(with_braces(inner.body.span));
        let region = with_braces(of.span);
        entries.push(Entry { name, key: inner.header, span, value, region, block: true });
    }
    entries.sort_by_key(|entry| entry.span);
    Shape { span: with_braces(body.span), form: Form::Map { layout: Layout::Body, entries } }
}

/// A body's span is what stands between its braces.
fn with_braces(span: Span) -> Span {
    Span { start: span.start.saturating_sub(1), end: span.end + 1 }
}

pub(crate) fn expr(expr: &Expr) -> Shape {
    let form = match &expr.kind {
        ExprKind::Null => Form::Null,
        ExprKind::Parens(inner) => return self::expr(inner),
        // The provider is sent the text of what stands inside.
        ExprKind::Call { name, args, .. } if &**name == "jsonencode" && args.len() == 1 => {
            return self::expr(&args[0]);
        }
        ExprKind::List(items) => Form::List { items: items.iter().map(self::expr).collect() },
        ExprKind::Object(pairs) => {
            let entries = pairs.iter().filter_map(|(key, value)| {
                let ExprKind::String(name) = &key.kind else { return None };
                let span = key.span.to(value.span);
                let (name, key, region) = (name.clone(), key.span, value.span);
                Some(Entry { name, key, span, value: self::expr(value), region, block: false })
            });
            Form::Map { layout: Layout::Braces, entries: entries.collect() }
        }
        _ => Form::Whole,
    };
    Shape { span: expr.span, form }
}
