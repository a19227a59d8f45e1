//! A parsed settings file as a value whose parts know their places.

use std::sync::Arc;

use formats::LineIndex;
use formats::data::{Data, Datum};
use model::{Node, Number, Position, Value};

/// The value of a tree that stands in `text` at `path`.
pub(crate) fn node(datum: &Datum, path: &Arc<str>, text: &str, lines: &LineIndex) -> Node {
    let value = match &datum.value {
        Data::Null => Value::Null,
        Data::Bool(b) => Value::Bool(*b),
        Data::Int(i) => Value::Number(Number::Int(*i)),
        Data::Float(f) => Number::from_f64(*f).map_or(Value::Null, Value::Number),
        Data::Text(text) => Value::String(text.clone()),
        Data::List(items) => Value::list(items.iter().map(|item| node(item, path, text, lines)).collect()),
        Data::Map(entries) => Value::map(
            entries.iter().map(|entry| (entry.key.clone(), node(&entry.value, path, text, lines))).collect(),
        ),
    };
    let span = datum.place();
    let ((line, column), (end_line, end_column)) =
        (lines.line_column(text, span.start), lines.line_column(text, span.end));
    let at = Position { path: path.clone(), line, column, end_line, end_column, via: None };
    Node::from(value).at(Arc::new(at))
}

/// The value of a settings file by its ending; `None` if it cannot be read as such.
pub(crate) fn settings(path: &Arc<str>, text: &str) -> Option<Node> {
    let lines = LineIndex::new(text);
    let extension = path.rsplit('.').next()?;
    match extension {
        "json" | "jsonc" => {
            let (datum, _, _) = formats::data::parse_json(text);
            datum.map(|datum| node(&datum, path, text, &lines))
        }
        "yaml" | "yml" => {
            let documents = formats::data::parse_yaml(text);
            documents.documents.first().map(|datum| node(datum, path, text, &lines))
        }
        "toml" => {
            let (datum, _) = formats::data::parse_toml(text);
            Some(node(&datum, path, text, &lines))
        }
        _ => None,
    }
}
