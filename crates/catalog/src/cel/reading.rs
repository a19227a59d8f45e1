//! What a value is, for operators and functions: scalars, text in pieces, elements. Reading a scalar or a list is what
//! makes a node evidence.

use std::sync::Arc;

use model::{Node, Number, Piece, Value};

use super::eval::{Evaluation, Read, Result, hole_of, mismatch};
use super::syntax::Expr;
use super::value::{ListValue, Undecided, Val};

/// The scalar in a value, or the value itself where it is none.
pub(super) enum Plain<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    Partly(Arc<[Piece]>),
    Other(Val<'a>),
}

impl<'a> Evaluation<'_, 'a> {
    /// Whether `expr` holds.
    pub fn decide(&mut self, expr: &Expr) -> Result<bool> {
        self.bool(expr)
    }

    pub(super) fn bool(&mut self, expr: &Expr) -> Result<bool> {
        let value = self.eval(expr)?;
        match self.plain(&value)? {
            Plain::Bool(b) => Ok(b),
            Plain::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Plain::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(mismatch(format!("a {} stands where a bool is needed", value.type_name()))),
        }
    }

    pub(super) fn number(&mut self, expr: &Expr) -> Result<Number> {
        let value = self.eval(expr)?;
        self.as_number(&value)
    }

    pub(super) fn as_number(&mut self, value: &Val<'a>) -> Result<Number> {
        match self.plain(value)? {
            Plain::Number(n) => Ok(n),
            Plain::Text(text) => {
                Number::parse(&text).ok_or_else(|| mismatch(format!("{text:?} is not a number")))
            }
            _ => Err(mismatch(format!("a {} stands where a number is needed", value.type_name()))),
        }
    }

    pub(super) fn text(&mut self, expr: &Expr) -> Result<Arc<str>> {
        let value = self.eval(expr)?;
        self.as_text(&value)
    }

    pub(super) fn as_text(&mut self, value: &Val<'a>) -> Result<Arc<str>> {
        match self.plain(value)? {
            Plain::Text(text) => Ok(text),
            Plain::Partly(pieces) => Err(hole_of(&pieces)),
            _ => Err(mismatch(format!("a {} stands where text is needed", value.type_name()))),
        }
    }

    /// Text as pieces: one text where it is wholly known.
    pub(super) fn pieces(&mut self, expr: &Expr) -> Result<Arc<[Piece]>> {
        let value = self.eval(expr)?;
        match self.plain(&value)? {
            Plain::Text(text) => Ok(Arc::new([Piece::Text(text)])),
            Plain::Partly(pieces) => Ok(pieces),
            Plain::Bool(flag) => Ok(Arc::new([Piece::Text(if flag { "true" } else { "false" }.into())])),
            Plain::Number(number) => Ok(Arc::new([Piece::Text(number.to_string().into())])),
            _ => Err(mismatch(format!("a {} stands where text is needed", value.type_name()))),
        }
    }

    pub(super) fn evaluated_items(&mut self, expr: &Expr) -> Result<Arc<ListValue<'a>>> {
        let value = self.eval(expr)?;
        self.items(&value)
    }

    /// The elements of a list, or the keys of a map.
    pub(super) fn items(&mut self, value: &Val<'a>) -> Result<Arc<ListValue<'a>>> {
        let items: Vec<Val<'a>> = match value {
            Val::List(list) => return Ok(list.clone()),
            Val::Node(node) => {
                let node: &'a Node = node;
                self.reads.push(Read::Node(node));
                match &node.value {
                    Value::List(items) => items.iter().map(Val::Node).collect(),
                    Value::Unknown(reason) => return Err(Undecided::Unknown(reason.clone())),
                    _ => match node.as_map() {
                        Some(map) => map.keys().cloned().map(Val::Text).collect(),
                        None => return Err(mismatch(format!("a {} is not a list", value.type_name()))),
                    },
                }
            }
            Val::Made(node) => match &node.value {
                Value::List(items) => items.iter().map(|n| Val::Made(Arc::new(n.clone()))).collect(),
                Value::Unknown(reason) => return Err(Undecided::Unknown(reason.clone())),
                _ => match node.as_map() {
                    Some(map) => map.keys().cloned().map(Val::Text).collect(),
                    None => return Err(mismatch(format!("a {} is not a list", value.type_name()))),
                },
            },
            Val::Map(map) => map.keys().cloned().map(Val::Text).collect(),
            _ => return Err(mismatch(format!("a {} is not a list", value.type_name()))),
        };
        self.spend(items.len())?;
        Ok(Arc::new(ListValue { items, open: None }))
    }

    /// The scalar in a value; reading one is what makes a node evidence.
    pub(super) fn plain(&mut self, value: &Val<'a>) -> Result<Plain<'a>> {
        let of_node = |node: &Node| match &node.value {
            Value::Null => Some(Ok(Plain::Null)),
            Value::Bool(b) => Some(Ok(Plain::Bool(*b))),
            Value::Number(n) => Some(Ok(Plain::Number(*n))),
            Value::String(s) => Some(Ok(Plain::Text(s.clone()))),
            Value::Template(pieces) => Some(Ok(Plain::Partly(pieces.clone()))),
            Value::Unknown(reason) => Some(Err(Undecided::Unknown(reason.clone()))),
            Value::List(_) | Value::Map(_) | Value::Json(_) => None,
        };
        match value {
            Val::Null => Ok(Plain::Null),
            Val::Bool(b) => Ok(Plain::Bool(*b)),
            Val::Number(n) => Ok(Plain::Number(*n)),
            Val::Text(t) => Ok(Plain::Text(t.clone())),
            Val::Node(node) => {
                self.reads.push(Read::Node(node));
                of_node(node).unwrap_or(Ok(Plain::Other(value.clone())))
            }
            Val::Made(node) => {
                self.reads.push(Read::Made(node.clone()));
                of_node(node).unwrap_or(Ok(Plain::Other(value.clone())))
            }
            Val::List(_) | Val::Map(_) | Val::Asset(_) => Ok(Plain::Other(value.clone())),
        }
    }
}
