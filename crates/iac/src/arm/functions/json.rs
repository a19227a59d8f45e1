//! JSON text and the values it encodes.

use std::sync::Arc;

use formats::data::{Data, Datum, parse_json};
use model::{Node, Number, Piece, Value};

use super::{MAX_DEPTH, MAX_TEXT, open, text};
use crate::arm::access::carry;
use crate::arm::eval::Evaluated;

pub(super) fn parse(arguments: &[Node]) -> Evaluated {
    match &arguments[0].value {
        Value::Json(inner) => Ok(carry((**inner).clone(), [&arguments[0]])),
        Value::Unknown(_) | Value::Template(_) => open(),
        _ => of_text(text(&arguments[0])?),
    }
}

/// The value of a JSON text.
pub(crate) fn of_text(text: &str) -> Evaluated {
    let (datum, _, problems) = parse_json(text);
    match (datum, problems.first()) {
        (Some(datum), None) => Ok(of_datum(&datum)),
        (_, Some(problem)) => Err(problem.message.clone()),
        (None, None) => Err("not JSON".into()),
    }
}

/// Data without places.
pub(crate) fn of_datum(datum: &Datum) -> Node {
    match &datum.value {
        Data::Null => Value::Null,
        Data::Bool(b) => Value::Bool(*b),
        Data::Int(i) => Value::Number(Number::Int(*i)),
        Data::Float(f) => Number::from_f64(*f).map_or(Value::Null, Value::Number),
        Data::Text(text) => Value::String(text.clone()),
        Data::List(items) => Value::list(items.iter().map(of_datum).collect()),
        Data::Map(entries) => {
            Value::map(entries.iter().map(|e| (e.key.clone(), of_datum(&e.value))).collect())
        }
    }
    .into()
}

/// The JSON text of a value, as ARM writes it: without blanks, what is not known as holes.
pub(crate) fn render(node: &Node) -> Result<Vec<Piece>, String> {
    let mut writer = Writer { pieces: Vec::new(), open: String::new(), length: 0 };
    match &node.value {
        Value::Json(inner) => writer.write(inner, 0)?,
        _ => writer.write(node, 0)?,
    }
    writer.close();
    Ok(writer.pieces)
}

struct Writer {
    pieces: Vec<Piece>,
    open: String,
    length: usize,
}

impl Writer {
    fn close(&mut self) {
        if !self.open.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.open).into()));
        }
    }

    fn hole(&mut self, reason: &Arc<str>, node: &Node) {
        self.close();
        self.pieces.push(Piece::Hole { reason: reason.clone(), from: node.from.clone() });
    }

    fn write(&mut self, node: &Node, depth: usize) -> Result<(), String> {
        self.length += 1;
        if depth > MAX_DEPTH || self.length > MAX_TEXT || self.open.len() > MAX_TEXT {
            return Err("the value is too large to be written as text".into());
        }
        match &node.value {
            Value::Null => self.open.push_str("null"),
            Value::Bool(b) => self.open.push_str(if *b { "true" } else { "false" }),
            Value::Number(n) => self.open.push_str(&n.to_string()),
            Value::String(text) => self.open.push_str(&quoted(text)),
            Value::Template(all) => {
                self.open.push('"');
                for piece in all.iter() {
                    match piece {
                        Piece::Text(text) => {
                            let quoted = quoted(text);
                            self.open.push_str(&quoted[1..quoted.len() - 1]);
                        }
                        Piece::Hole { reason, from } => {
                            let from = from.clone();
                            self.hole(reason, &Node { from, ..Node::null() });
                        }
                    }
                }
                self.open.push('"');
            }
            Value::Unknown(reason) => self.hole(reason, node),
            Value::Json(inner) => {
                let text: String = render(inner)?.iter().map(Piece::to_string).collect();
                self.open.push_str(&quoted(&text));
            }
            Value::List(items) => {
                self.open.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.open.push(',');
                    }
                    self.write(item, depth + 1)?;
                }
                self.open.push(']');
            }
            Value::Map(entries) => {
                self.open.push('{');
                for (at, (key, item)) in entries.iter().enumerate() {
                    if at > 0 {
                        self.open.push(',');
                    }
                    self.open.push_str(&quoted(key));
                    self.open.push(':');
                    self.write(item, depth + 1)?;
                }
                self.open.push('}');
            }
        }
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn text_and_values() {
        check(&[
            ("json", json!(["{\"a\": [1, null]}"]), Ok(r#"{"a":[1,null]}"#)),
            ("json", json!(["null"]), Ok("null")),
            ("json", json!(["{"]), Err(())),
            ("concat", json!(["x=", {"b": "\"<", "a": [true]}]), Ok(r#""x={\"a\":[true],\"b\":\"\\\"<\"}""#)),
            ("format", json!(["{0}", [1, {"$unknown": "later"}]]), Ok(r#"{"$text":"[1,${? later}]"}"#)),
        ]);
    }
}
