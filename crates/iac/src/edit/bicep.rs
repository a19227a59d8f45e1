//! Bicep as shapes.

use formats::bicep::{Entry as Written, Expr, ExprKind, Item, Object};

use super::shape::{Entry, Form, Layout, Shape};

/// The body of a resource.
pub(crate) fn object(object: &Object) -> Shape {
    let entries = object.entries.iter().filter_map(|entry| {
        // What is spread and what is nested has no name to set.
        let Written::Property(property) = entry else { return None };
        Some(Entry {
            name: property.key.as_str()?.into(),
            key: property.key.span,
            span: property.span,
            region: property.value.span,
            value: expr(&property.value),
            block: false,
        })
    });
    Shape { span: object.span, form: Form::Map { layout: Layout::Braces, entries: entries.collect() } }
}

fn expr(expr: &Expr) -> Shape {
    let form = match &expr.kind {
        ExprKind::Null => Form::Null,
        ExprKind::Parens(inner) => return self::expr(inner),
        ExprKind::Object(inner) => return object(inner),
        ExprKind::Array(items) => {
            let items = items.iter().map(|item| match item {
                Item::Value(value) => self::expr(value),
                Item::Spread(value) => Shape::whole(value.span),
            });
            Form::List { items: items.collect() }
        }
        _ => Form::Whole,
    };
    Shape { span: expr.span, form }
}
