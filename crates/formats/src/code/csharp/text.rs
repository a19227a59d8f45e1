//! The texts of C#: verbatim, raw and interpolated.

use std::borrow::Cow;

use tree_sitter::Node;

use super::super::literal::{raw_block, unescape};
use super::super::syntax::{Walk, find, named};
use super::super::tree::*;

pub(super) fn verbatim(text: &str) -> Cow<'_, str> {
    if text.contains("\"\"") { text.replace("\"\"", "\"").into() } else { text.into() }
}

pub(super) fn raw<'s>(w: &Walk<'s>, node: Node) -> Expr<'s> {
    let text = w.slice(node);
    let text = text.strip_suffix("u8").unwrap_or(text).trim_matches('"');
    let block = text.split_once('\n').filter(|(first, _)| first.trim().is_empty());
    Expr::Text(match block {
        Some((_, lines)) => raw_block(lines).into(),
        None => text.into(),
    })
}

pub(super) fn interpolated<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let start = find(node, "interpolation_start").map_or("$", |start| w.slice(start));
    let is_raw = find(node, "interpolation_quote").is_some();
    let (is_verbatim, double) = (start.contains('@'), start.starts_with("$$"));
    let mut pieces = Vec::new();
    for part in named(node) {
        let written = w.slice(part);
        match part.kind() {
            "interpolation" => {
                let hole = named(part).into_iter().find(|p| !p.kind().starts_with("interpolation_"));
                pieces.push(Part::Hole(w.given_or(hole, part)));
            }
            "escape_sequence" => pieces.push(Part::Text(unescape(written, Language::CSharp))),
            "string_content" => {
                let text = if is_verbatim { verbatim(written) } else { written.into() };
                let braces = !double && (text.contains("{{") || text.contains("}}"));
                pieces.push(Part::Text(match braces {
                    true => text.replace("{{", "{").replace("}}", "}").into(),
                    false => text,
                }));
            }
            _ => {}
        }
    }
    if is_raw {
        unindent(&mut pieces);
    }
    w.pieces(pieces)
}

/// Takes away the line ends beside the marks of a raw text, and the indentation of its closing mark.
fn unindent(pieces: &mut [Part]) {
    let Some(Part::Text(first)) = pieces.first() else { return };
    if !first.starts_with(['\n', '\r']) {
        return;
    }
    let Some(Part::Text(last)) = pieces.last() else { return };
    let Some((_, indent)) = last.rsplit_once('\n').filter(|(_, indent)| indent.trim().is_empty()) else {
        return;
    };
    let (lead, length) = (format!("\n{indent}"), indent.len() + 1);
    if let Some(Part::Text(last)) = pieces.last_mut() {
        let kept = last.len() - length;
        last.to_mut().truncate(kept);
    }
    for (index, piece) in pieces.iter_mut().enumerate() {
        if let Part::Text(text) = piece {
            let plain = text.replace('\r', "").replace(&lead, "\n");
            *text = plain.get(usize::from(index == 0)..).unwrap_or_default().to_owned().into();
        }
    }
}
