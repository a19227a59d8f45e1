//! `jsonencode` and `jsondecode`, and JSON text exactly as Terraform writes it.
//!
//! Encoding keeps the structure ([`Value::Json`]): positions and references inside survive until something needs the
//! text. Numbers are `i64` or `f64`, so a whole number beyond 2⁶³ and a fraction of more than 17 digits lose digits
//! that Terraform would keep.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Number, Piece, Value};

use super::limits::{self, Budget, MAX_DEPTH, MAX_TEXT};
use super::text;
use crate::terraform::types::{is_identifier, number_text};

/// The text of `jsonencode(node)`, or why it is not known: part of the value is not, or the text would be too long.
pub fn render_json(node: &Node) -> Result<Arc<str>, Arc<str>> {
    let pieces = pieces(node).map_err(Arc::<str>::from)?;
    match Value::text(pieces) {
        Value::String(text) => Ok(text),
        other => Err(Node::from(other).first_unknown(MAX_TEXT).unwrap_or_else(|| "not known".into())),
    }
}

/// The JSON text of a value, with a hole for each part that is not known.
pub(super) fn pieces(node: &Node) -> Result<Vec<Piece>, String> {
    let mut out = Writer::default();
    out.value(node, 0)?;
    out.flush();
    Ok(out.pieces)
}

/// The text that a [`Value::Json`] is; any other value is itself.
pub(in crate::terraform) fn as_text(node: &Node) -> Result<Node, String> {
    match &node.value {
        Value::Json(inner) => Ok(Node { value: Value::text(pieces(inner)?), ..node.clone() }),
        _ => Ok(node.clone()),
    }
}

#[derive(Default)]
struct Writer {
    pieces: Vec<Piece>,
    open: String,
    length: usize,
    budget: Budget,
}

impl Writer {
    fn flush(&mut self) {
        if !self.open.is_empty() {
            self.length += self.open.len();
            self.pieces.push(Piece::Text(std::mem::take(&mut self.open).into()));
        }
    }

    fn hole(&mut self, reason: &Arc<str>, from: Option<Arc<model::Reference>>) {
        self.flush();
        self.pieces.push(Piece::Hole { reason: reason.clone(), from });
    }

    fn value(&mut self, node: &Node, depth: usize) -> Result<(), String> {
        self.budget.visit(depth)?;
        limits::text(self.length + self.open.len())?;
        match &node.value {
            Value::Null => self.open.push_str("null"),
            Value::Bool(b) => self.open.push_str(if *b { "true" } else { "false" }),
            Value::Number(n) => self.open.push_str(&number_text(*n)),
            Value::String(s) => quote(s, &mut self.open),
            Value::Template(pieces) => self.string(pieces),
            Value::Json(inner) => self.string(&pieces(inner)?),
            // An identifier is text without anything to escape, so the quotes around it are known.
            Value::Unknown(reason) => match &node.from {
                Some(from) if is_identifier(from) => {
                    self.open.push('"');
                    self.hole(reason, Some(from.clone()));
                    self.open.push('"');
                }
                _ => self.hole(reason, None),
            },
            Value::List(items) => {
                self.open.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.open.push(',');
                    }
                    self.value(item, depth + 1)?;
                }
                self.open.push(']');
            }
            Value::Map(entries) => {
                self.open.push('{');
                for (i, (key, item)) in entries.iter().enumerate() {
                    if i > 0 {
                        self.open.push(',');
                    }
                    quote(key, &mut self.open);
                    self.open.push(':');
                    self.value(item, depth + 1)?;
                }
                self.open.push('}');
            }
        }
        limits::text(self.length + self.open.len())
    }

    fn string(&mut self, pieces: &[Piece]) {
        self.open.push('"');
        for piece in pieces {
            match piece {
                Piece::Text(t) => escape(t, &mut self.open),
                Piece::Hole { reason, from } => self.hole(reason, from.clone()),
            }
        }
        self.open.push('"');
    }
}

/// A JSON string, with the escapes of Go's encoder, which also escapes what HTML would read.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    escape(text, out);
    out.push('"');
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
}

pub(super) fn encode(args: &[Node]) -> Result<Node, String> {
    Ok(Value::Json(Arc::new(args[0].clone())).into())
}

/// The node inside a [`Value::Json`], or what known text says. Then every part stands where the text stands.
pub(super) fn decode(args: &[Node]) -> Result<Node, String> {
    match &args[0].value {
        Value::Json(inner) => Ok((**inner).clone()),
        Value::String(text) => {
            limits::text(text.len())?;
            let json: serde_json::Value =
                serde_json::from_str(&lossy_surrogates(text)).map_err(|e| format!("invalid JSON: {e}"))?;
            from_json(&json, &args[0], 0)
        }
        _ => Ok(text::unknown_because(&args[0])),
    }
}

/// Go reads half of a surrogate pair as U+FFFD; the parser here refuses it.
fn lossy_surrogates(text: &str) -> std::borrow::Cow<'_, str> {
    let unit = |at: usize| -> Option<u32> {
        let hex = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(hex, 16).ok()
    };
    if !text.contains("\\u") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let take = match unit(at) {
            Some(0xD800..=0xDBFF) if unit(at + 6).is_some_and(|low| (0xDC00..=0xDFFF).contains(&low)) => 12,
            Some(0xD800..=0xDFFF) => {
                out.push_str("\\ufffd");
                at += 6;
                continue;
            }
            _ if rest.starts_with('\\') => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        out.push_str(&rest[..take]);
        at += take;
    }
    out.into()
}

fn from_json(json: &serde_json::Value, origin: &Node, depth: usize) -> Result<Node, String> {
    use serde_json::Value as Json;
    if depth > MAX_DEPTH {
        return Err(format!("the value is nested deeper than {MAX_DEPTH} levels"));
    }
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => {
            match n.as_i64().map(Number::Int).or_else(|| n.as_f64().and_then(Number::from_f64)) {
                Some(number) => Value::Number(number),
                None => Value::unknown("a number of the JSON text is out of range"),
            }
        }
        Json::String(s) => Value::String(text::normal(s)),
        Json::Array(items) => {
            limits::items(items.len())?;
            Value::list(items.iter().map(|i| from_json(i, origin, depth + 1)).collect::<Result<_, _>>()?)
        }
        Json::Object(entries) => {
            limits::items(entries.len())?;
            let entries =
                entries.iter().map(|(k, v)| Ok((text::normal(k), from_json(v, origin, depth + 1)?)));
            Value::map(entries.collect::<Result<BTreeMap<_, _>, String>>()?)
        }
    };
    Ok(Node { value, from: None, default: false, ..origin.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Position, Reference};

    #[test]
    fn text_is_byte_for_byte_terraforms() {
        let entries = [("b", 1.into()), ("a", Node::from("<>&\u{2028}\u{7f}\u{1}\n\t\"\\/é👍\u{8}\u{c}\r"))];
        let map = Value::map(entries.into_iter().map(|(k, v)| (Arc::from(k), v)).collect());
        let want = "{\"a\":\"\\u003c\\u003e\\u0026\\u2028\u{7f}\\u0001\\n\\t\\\"\\\\/é👍\\b\\f\\r\",\"b\":1}";
        assert_eq!(&*render_json(&map.into()).unwrap(), want);
        for (number, want) in [(1e21, "1000000000000000000000"), (1e-10, "0.0000000001"), (-0.0, "0")] {
            assert_eq!(&*render_json(&Value::Number(Number::Float(number)).into()).unwrap(), want);
        }
    }

    #[test]
    fn encoding_keeps_the_node_and_decoding_gives_it_back() {
        let at = Arc::new(Position::point("main.tf".into(), 2, 3));
        let node = Node::from("x").at(at.clone());
        let encoded = encode(&[Value::list(vec![node]).into()]).unwrap();
        assert_eq!(&*render_json(&encoded).unwrap(), r#""[\"x\"]""#);
        let decoded = decode(&[encoded]).unwrap();
        assert_eq!(decoded.as_list().unwrap()[0].at, Some(at));
    }

    #[test]
    fn holes_stand_for_what_is_not_known() {
        let from = Reference { address: "a.b".into(), attribute: "arn".into(), via: None };
        let arn = Node { from: Some(Arc::new(from)), ..Node::unknown("later") };
        let node: Node = Value::list(vec![arn, Node::unknown("never")]).into();
        let shown = Node::from(Value::text(pieces(&node).unwrap())).display();
        assert_eq!(shown, r#"["${a.b.arn}",${? never}]"#);
        assert_eq!(render_json(&node).unwrap_err().as_ref(), "later");
    }

    #[test]
    fn text_decodes_to_nodes_that_stand_where_it_stands() {
        let at = Arc::new(Position::point("main.tf".into(), 2, 3));
        let text = Node::from(r#"{"a":[1,2.50,1e3,null,"\ud800\u00e9"]}"#).at(at.clone());
        let got = decode(&[text]).unwrap();
        assert_eq!(&*render_json(&got).unwrap(), "{\"a\":[1,2.5,1000,null,\"\u{fffd}é\"]}");
        assert_eq!(got.get("a").unwrap().as_list().unwrap()[0].at, Some(at));
        for bad in ["", "x", "[1,]", "1 2"] {
            assert!(decode(&[bad.into()]).is_err(), "{bad}");
        }
        assert!(decode(&["[".repeat(100_000).as_str().into()]).is_err());
    }

    #[test]
    fn a_value_that_doubles_itself_is_refused() {
        let node = (0..40).fold(Node::from("x"), |n, _| Value::list(vec![n.clone(), n]).into());
        assert!(render_json(&node).unwrap_err().contains("longer than"));
    }
}
