//! Bicep: no panic on any text, and every span of a declaration, property or problem is a range of it.
#![no_main]

use formats::Span;
use formats::bicep::{Declaration, DeclarationKind, Entry, ExprKind, Object, parse, parse_expression};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (file, problems) = parse(text);
    file.declarations.iter().for_each(|of| declaration(text, of));
    let spans = problems.iter().map(|p| p.span).chain(file.comments.iter().map(|c| c.span));
    spans.for_each(|span| range(text, span));
    let (expr, _) = parse_expression(text);
    expr.iter().for_each(|expr| range(text, expr.span));
});

fn range(text: &str, span: Span) {
    let _ = &text[span.start as usize..span.end as usize];
}

fn declaration(text: &str, of: &Declaration) {
    range(text, of.span);
    range(text, of.header);
    match &of.kind {
        DeclarationKind::Resource(resource) => object(text, &resource.body.object),
        DeclarationKind::Module(module) => object(text, &module.body.object),
        DeclarationKind::Variable { value, .. } => {
            if let ExprKind::Object(of) = &value.kind {
                object(text, of);
            }
        }
        _ => {}
    }
}

fn object(text: &str, of: &Object) {
    range(text, of.span);
    for entry in &of.entries {
        match entry {
            Entry::Property(property) => {
                range(text, property.span);
                range(text, property.key.span);
                range(text, property.value.span);
                if let ExprKind::Object(of) = &property.value.kind {
                    object(text, of);
                }
            }
            Entry::Spread(of) => range(text, of.span),
            Entry::Resource(of) => declaration(text, of),
        }
    }
}
