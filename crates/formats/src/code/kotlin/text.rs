//! The texts of Kotlin.

use tree_sitter::Node;

use super::super::literal::unescape;
use super::super::syntax::{Walk, first, named};
use super::super::tree::*;
use crate::Span;

/// A text. The grammar leaves `$name` in a line as plain content, so it is looked for here.
pub(super) fn text<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let mut pieces = Vec::new();
    let escapes = node.kind() == "string_literal";
    let mut from: Option<usize> = None;
    let mut to = 0;
    for part in named(node) {
        match part.kind() {
            "interpolation" => {
                if let Some(from) = from.take() {
                    content(w, from, to, escapes, &mut pieces);
                }
                pieces.push(Part::Hole(w.given_or(first(part), part)));
            }
            _ => {
                from = from.or(Some(part.start_byte()));
                to = part.end_byte();
            }
        }
    }
    if let Some(from) = from {
        content(w, from, to, escapes, &mut pieces);
    }
    w.pieces(pieces)
}

fn content<'s>(w: &mut Walk<'s>, from: usize, to: usize, escapes: bool, pieces: &mut Vec<Part<'s>>) {
    let plain = |text: &'s str| match escapes {
        true => Part::Text(unescape(text, Language::Kotlin)),
        false => Part::Text(text.into()),
    };
    let mut rest = w.source.get(from..to).unwrap_or_default();
    let mut search = 0;
    while let Some(at) = rest.get(search..).and_then(|tail| tail.find('$')).map(|at| at + search) {
        let name = &rest[at + 1..];
        let length = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        let escaped = escapes && rest[..at].bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1;
        if length == 0 || escaped || name.starts_with(|c: char| c.is_ascii_digit()) {
            search = at + 1;
            continue;
        }
        if at > 0 {
            pieces.push(plain(&rest[..at]));
        }
        let start = to - rest.len() + at + 1;
        let hole = w.unit.add(Expr::Name(&name[..length]), Span::new(start, start + length));
        pieces.push(Part::Hole(hole));
        rest = &name[length..];
        search = 0;
    }
    if !rest.is_empty() {
        pieces.push(plain(rest));
    }
}
