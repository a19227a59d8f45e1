//! A source file as every dialect holds it: its text, and the way from spans to places and from data to nodes.

use std::sync::Arc;

use formats::data::{Data, Datum};
use formats::{LineIndex, Span};
use model::{Node, Number, Position, Value};

/// One file.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: Arc<str>,
    pub(crate) text: String,
    lines: LineIndex,
}

impl SourceFile {
    pub(crate) fn new(path: impl Into<Arc<str>>, text: String) -> Self {
        SourceFile { path: path.into(), lines: LineIndex::new(&text), text }
    }

    pub(crate) fn position(&self, span: Span) -> Position {
        let (line, column) = self.lines.line_column(&self.text, span.start);
        let (end_line, end_column) = self.lines.line_column(&self.text, span.end);
        Position { path: self.path.clone(), line, column, end_line, end_column, via: None }
    }

    /// Where a value is used, with its anchor's place behind it where it is an alias.
    pub(crate) fn place(&self, datum: &Datum) -> Arc<Position> {
        let at = self.position(datum.place());
        Arc::new(match datum.alias {
            Some(_) => at.through(Arc::new(self.position(datum.span))),
            None => at,
        })
    }

    /// The data as a node, every value with its place. Tags are left aside.
    pub(crate) fn node(&self, datum: &Datum) -> Node {
        let value = match &datum.value {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Int(i) => Value::Number(Number::Int(*i)),
            Data::Float(f) => Number::from_f64(*f).map_or(Value::Null, Value::Number),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(items) => Value::list(items.iter().map(|item| self.node(item)).collect()),
            Data::Map(entries) => {
                Value::map(entries.iter().map(|e| (e.key.clone(), self.node(&e.value))).collect())
            }
        };
        Node::from(value).at(self.place(datum))
    }
}
