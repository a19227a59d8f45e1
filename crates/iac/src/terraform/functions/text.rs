//! Text that may be known in part, for the functions that work on it. No function is here.

use std::borrow::Cow;
use std::sync::Arc;

use model::{Node, Piece, Value};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::{json, limits};
use crate::terraform::types;

/// Text in Unicode normal form C, which all of Terraform's strings have.
pub(in crate::terraform) fn normal(text: &str) -> Arc<str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Arc::from(text)
    } else {
        text.nfc().collect::<String>().into()
    }
}

/// A string, if it is not too long.
pub(super) fn string(text: impl AsRef<str>) -> Result<Node, String> {
    limits::text(text.as_ref().len())?;
    Ok(normal(text.as_ref()).into())
}

/// Text of pieces, if it is not too long.
pub(super) fn joined(pieces: Vec<Piece>) -> Result<Node, String> {
    let length = |p: &Piece| if let Piece::Text(t) = p { t.len() } else { 0 };
    limits::text(pieces.iter().map(length).sum())?;
    Ok(match Value::text(pieces) {
        Value::String(text) => normal(&text).into(),
        // Text of a single hole is that value itself.
        Value::Template(pieces) => match &*pieces {
            [Piece::Hole { reason, from }] => {
                Node { from: from.clone(), ..Value::Unknown(reason.clone()).into() }
            }
            _ => Value::Template(pieces).into(),
        },
        other => other.into(),
    })
}

/// The pieces of a value's text: a value that is not known is one hole.
pub(super) fn pieces(node: &Node) -> Result<Cow<'_, [Piece]>, String> {
    Ok(match &node.value {
        Value::String(text) => Cow::Owned(vec![Piece::Text(text.clone())]),
        Value::Template(pieces) => Cow::Borrowed(&**pieces),
        Value::Unknown(reason) => {
            Cow::Owned(vec![Piece::Hole { reason: reason.clone(), from: node.from.clone() }])
        }
        Value::Json(inner) => Cow::Owned(json::pieces(inner)?),
        Value::Null => return Err("the value must not be null".to_owned()),
        _ => match types::to_string(node)?.value {
            Value::String(text) => Cow::Owned(vec![Piece::Text(text)]),
            _ => Cow::Owned(Vec::new()),
        },
    })
}

/// The text of an argument that is known. Callers run only when it is.
pub(super) fn known(node: &Node) -> &str {
    node.as_str().unwrap_or_default()
}

/// Not known, for the reason that the first unknown part of `node` has.
pub(super) fn unknown_because(node: &Node) -> Node {
    let reason = node.first_unknown(limits::MAX_NODES);
    Value::Unknown(reason.unwrap_or_else(|| "the value is not known".into())).into()
}

/// A hole for text that was made from what the hole stood for: no longer that attribute.
pub(super) fn detached(piece: &Piece) -> Piece {
    match piece {
        Piece::Hole { reason, .. } => Piece::Hole { reason: reason.clone(), from: None },
        text => text.clone(),
    }
}

/// Applies a change that treats each character by itself, so that each known piece can be changed by itself.
pub(super) fn map(node: &Node, change: impl Fn(&str) -> String) -> Result<Node, String> {
    let mut length = 0;
    let change = |p: &Piece| -> Result<Piece, String> {
        Ok(match p {
            Piece::Text(t) => {
                let changed = change(t);
                length += changed.len();
                limits::text(length)?;
                Piece::Text(changed.into())
            }
            hole => detached(hole),
        })
    };
    joined(pieces(node)?.iter().map(change).collect::<Result<_, _>>()?)
}
