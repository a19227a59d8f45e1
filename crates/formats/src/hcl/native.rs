//! The native syntax: `.tf` and `.tfvars` files, single expressions and single templates.
//!
//! A file is cut at its top-level attributes and blocks, and each is parsed by itself, so that a mistake costs the one
//! piece that holds it.

use std::collections::HashSet;

use super::lex::{Lexed, Mode, Piece, REST_NOT_READ, lex};
use super::lower::{Origin, Place};
use super::template::Literals;
use super::{Expr, File, MAX_PROBLEMS, Part, too_long};
use crate::{Problem, Span};

/// Reads a file of native syntax.
pub fn parse(text: &str) -> (File, Vec<Problem>) {
    let mut file = File::default();
    file.body.span = Span::new(0, text.len());
    if let Some(problem) = too_long(text) {
        return (file, vec![problem]);
    }
    let mark = '\u{feff}';
    if !text.starts_with(mark) {
        return parse_body(text, file);
    }
    // The byte order mark becomes three blanks, so that every offset stays true.
    let blank = " ".repeat(mark.len_utf8()) + &text[mark.len_utf8()..];
    parse_body(&blank, file)
}

fn parse_body(text: &str, mut file: File) -> (File, Vec<Problem>) {
    let Lexed { text: rewritten, pieces, comments } = lex(text, Mode::Body);
    file.comments = comments;
    let mut problems = Vec::new();
    let mut names = HashSet::new();
    for Piece { span, problem } in pieces {
        if problems.len() >= MAX_PROBLEMS {
            problems.push(Problem { span, message: REST_NOT_READ.to_owned() });
            break;
        }
        if let Some(problem) = problem {
            problems.push(*problem);
            continue;
        }
        let range = span.start as usize..span.end as usize;
        let origin = Origin { text: &text[range.clone()], place: Place::Offset(range.start) };
        match hcl_edit::parser::parse_body(&rewritten[range]) {
            Ok(body) => {
                let known = file.body.attributes.len();
                origin.body(body, &mut file.body);
                if let Some(attribute) = file.body.attributes.get(known)
                    && !names.insert(attribute.name.clone())
                {
                    let message = format!("the attribute {} is set a second time", attribute.name);
                    problems.push(Problem { span: attribute.name_span, message });
                    file.body.attributes.truncate(known);
                }
            }
            Err(error) => problems.push(origin.problem(&error)),
        }
    }
    (file, problems)
}

/// Reads one expression. Newlines mean nothing, as inside of brackets.
pub fn parse_expression(text: &str) -> (Option<Expr>, Vec<Problem>) {
    if let Some(problem) = too_long(text) {
        return (None, vec![problem]);
    }
    let lexed = lex(text, Mode::Expression);
    if let Some(problem) = lexed.pieces.into_iter().find_map(|piece| piece.problem) {
        return (None, vec![*problem]);
    }
    let start = lexed.text.len() - lexed.text.trim_ascii_start().len();
    let range = start..lexed.text.trim_ascii_end().len().max(start);
    let origin = Origin { text: &text[range.clone()], place: Place::Offset(start) };
    match hcl_edit::parser::parse_expr(&lexed.text[range]) {
        Ok(expr) => (Some(origin.expr(expr)), Vec::new()),
        Err(error) => (None, vec![origin.problem(&error)]),
    }
}

/// Reads a template that is the whole text, such as a file given to `templatefile`.
pub fn parse_template(text: &str) -> (Vec<Part>, Vec<Problem>) {
    parse_template_at(text, Place::Offset(0))
}

pub(super) fn parse_template_at(text: &str, place: Place<'_>) -> (Vec<Part>, Vec<Problem>) {
    if let Some(problem) = too_long(text) {
        return (Vec::new(), vec![problem]);
    }
    let origin = Origin { text, place };
    let lexed = lex(text, Mode::Template);
    if let Some(problem) = lexed.pieces.into_iter().find_map(|piece| piece.problem) {
        let (start, end) = (problem.span.start as usize, problem.span.end as usize);
        return (Vec::new(), vec![Problem { span: origin.span(Some(start..end)), message: problem.message }]);
    }
    match hcl_edit::parser::parse_template(&lexed.text) {
        Ok(template) => (origin.template(template, Literals::Bare), Vec::new()),
        Err(error) => (Vec::new(), vec![origin.problem(&error)]),
    }
}

impl Origin<'_> {
    fn problem(&self, error: &hcl_edit::parser::Error) -> Problem {
        let at = error.location().offset().min(self.text.len());
        let width = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Problem { span: self.span(Some(at..at + width)), message: message(error.message(), &self.text[at..]) }
    }
}

/// The parser's message in words that help, where it is one of the common ones.
fn message(parser: &str, rest: &str) -> String {
    let found = match rest.chars().next() {
        None => "the end".to_owned(),
        Some('\n' | '\r') => "the end of the line".to_owned(),
        Some(c) => format!("`{}`", c.escape_debug()),
    };
    let rules = [
        ("invalid expression", "an expression is expected"),
        ("invalid nesting depth", "nested deeper than 64 levels"),
        ("invalid binary operation", "more than 128 operators in one expression"),
        ("invalid object item; expected unique", "the object has this key twice"),
        ("invalid object item", "`,`, a newline or `}` is expected after an entry of an object"),
        ("invalid object value", "`=` or `:` is expected after the key of an object"),
        ("invalid attribute; expected unique", "this attribute is set a second time"),
        ("invalid structure", "`=`, `{` or a block label is expected after a name"),
        ("invalid block body", "an attribute, a block or `}` is expected"),
        ("invalid traversal operator", "an attribute name, an index or `*` is expected after `.`"),
        ("invalid escape sequence", "no such escape sequence in a string"),
        ("invalid unicode", "no such Unicode escape in a string"),
        ("expected newline", "the end of the line is expected here"),
        ("unexpected token", "this cannot be read as HCL"),
    ];
    match rules.iter().find(|(prefix, _)| parser.starts_with(prefix)) {
        Some((_, ours)) if !ours.contains("expected") => (*ours).to_owned(),
        Some((_, ours)) => format!("{ours}, found {found}"),
        None => format!("{parser}, found {found}"),
    }
}
