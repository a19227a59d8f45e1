//! JavaScript and TypeScript, with or without JSX, read by oxc's parser. Types become expressions where they name or describe
//! something; what only computes with types is dropped.

mod component;
mod expressions;
mod functions;
mod jsx;
mod modules;
mod nesting;
mod patterns;
mod statements;
#[cfg(test)]
mod tests;
mod types;

use std::borrow::Cow;

use oxc_allocator::Allocator;
use oxc_ast::ast;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;

pub use component::{markup_of, scripts_of};

use super::MAX_DEPTH;
use super::tree::*;
use crate::Span;

/// Lowers a module or a script.
pub(super) fn parse(language: Language, source: &str) -> Unit<'_> {
    let refused = |reason: String| {
        let mut unit = Unit::new(language, source);
        unit.problem(Span::default(), reason);
        unit
    };
    if u32::try_from(source.len()).is_err() {
        return refused("longer than 4 GiB and not read".into());
    }
    // Both the parser and the lowering recurse; a stack is made as large as this text can need.
    match nesting::stack_for(source, language != Language::TypeScript) {
        Err(reason) => refused(reason),
        Ok(None) => read(language, source),
        Ok(Some(bytes)) => std::thread::scope(|scope| {
            let reader = std::thread::Builder::new().stack_size(bytes);
            match reader.spawn_scoped(scope, || read(language, source)).map(|reader| reader.join()) {
                Ok(Ok(unit)) => unit,
                Ok(Err(fault)) => std::panic::resume_unwind(fault),
                Err(_) => refused("no stack to read it on; not read".into()),
            }
        }),
    }
}

fn read(language: Language, source: &str) -> Unit<'_> {
    // A script may use `await` like a module, and JavaScript may carry types, as Flow's does: the first reading without an
    // error holds, or the first that is one at all.
    let dialects = match language {
        Language::TypeScript => vec![SourceType::ts(), SourceType::ts().with_module(true)],
        Language::Tsx => vec![SourceType::tsx(), SourceType::tsx().with_module(true)],
        _ => {
            let plain = SourceType::unambiguous().with_jsx(true);
            vec![plain, plain.with_module(true), SourceType::tsx().with_module(true)]
        }
    };
    let options = ParseOptions {
        allow_return_outside_function: true,
        preserve_parens: false,
        enable_ident_hashes: false,
        ..ParseOptions::default()
    };
    let arenas: [Allocator; 3] = Default::default();
    let mut best: Option<ParserReturn> = None;
    for (dialect, arena) in dialects.into_iter().zip(&arenas) {
        let parsed = Parser::new(arena, source, dialect).with_options(options).parse();
        let clean = !parsed.panicked && !parsed.diagnostics.has_errors();
        if clean || best.as_ref().is_none_or(|best| best.panicked && !parsed.panicked) {
            best = Some(parsed);
        }
        if clean {
            break;
        }
    }
    let Some(parsed) = best else { return Unit::new(language, source) };
    let mut unit = Unit::new(language, source);
    for error in parsed.diagnostics.errors() {
        let label = error.labels.first();
        let at = label.map_or((0, 0), |label| (label.offset(), label.offset() + label.len()));
        unit.problem(Span { start: at.0, end: at.1 }, error.message.to_lowercase());
    }
    if parsed.panicked {
        let end = source.len() as u32;
        unit.problem(Span { start: 0, end }, "nothing of this file is read because of its syntax");
        return unit;
    }
    let documentation = parsed.program.comments.iter().filter(|comment| comment.is_jsdoc());
    let mut lower = Lower {
        documentation: documentation.map(|comment| (comment.attached_to, comment.span)).collect(),
        unit,
        source,
        depth: 0,
        deep: false,
        class: None,
        anchor: None,
    };
    let body = lower.body(&parsed.program.directives, &parsed.program.body);
    let mut unit = lower.unit;
    unit.body = body;
    unit
}

fn span(span: oxc_span::Span) -> Span {
    Span { start: span.start, end: span.end }
}

struct Lower<'s> {
    unit: Unit<'s>,
    source: &'s str,
    depth: u32,
    /// Whether something was nested too deep.
    deep: bool,
    class: Option<ClassId>,
    /// Documentation comments, by where what follows them begins.
    documentation: Vec<(u32, oxc_span::Span)>,
    /// Where the statement begins whose value the next function or class is: its documentation stands there.
    anchor: Option<u32>,
}

impl<'s> Lower<'s> {
    /// The source text of a span, and of a name as it is written.
    fn slice(&self, span: oxc_span::Span) -> &'s str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// A text between quotes, from the source where nothing in it is escaped.
    fn quoted(&self, text: &ast::StringLiteral) -> Cow<'s, str> {
        self.piece(&text.value, oxc_span::Span::new(text.span.start + 1, text.span.end.max(1) - 1))
    }

    /// What is between the quotes as it is written: for names, which borrow.
    fn unquoted(&self, text: &ast::StringLiteral) -> &'s str {
        let written = self.slice(text.span);
        written.get(1..written.len().max(1) - 1).unwrap_or_default()
    }

    fn piece(&self, value: &str, at: oxc_span::Span) -> Cow<'s, str> {
        let written = self.slice(at);
        if written == value { Cow::Borrowed(written) } else { Cow::Owned(value.to_owned()) }
    }

    fn too_deep(&mut self, at: oxc_span::Span) -> bool {
        if self.depth < MAX_DEPTH {
            return false;
        }
        if !self.deep {
            self.unit.problem(
                span(at),
                format!("nested deeper than {MAX_DEPTH} levels; what is below is not read"),
            );
        }
        self.deep = true;
        true
    }

    fn add(&mut self, expr: Expr<'s>, at: oxc_span::Span) -> ExprId {
        self.unit.add(expr, span(at))
    }

    fn name(&mut self, at: oxc_span::Span) -> ExprId {
        self.add(Expr::Name(self.slice(at)), at)
    }

    fn other(&mut self, parts: impl Into<Box<[ExprId]>>, at: oxc_span::Span) -> ExprId {
        self.add(Expr::Other(parts.into()), at)
    }
}
