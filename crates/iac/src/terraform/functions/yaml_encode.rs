//! `yamlencode`, byte for byte: text is quoted, or a literal block when it has several lines; long quoted text is folded.
//!
//! The rules are those of the YAML emitter of the C reference library, which Terraform's own is a port of.

use model::{Node, Piece, Value};

use super::limits::{self, Budget};
use super::text::joined;
use crate::terraform::types::number_text;

type Result<T = Node> = std::result::Result<T, String>;

/// Quoted text goes on in the next line from here on.
const FOLD: usize = 80;
/// The longest key that stands before its colon without a question mark.
const LONGEST_KEY: usize = 128;

pub(super) fn yamlencode(args: &[Node]) -> Result {
    let mut out = Writer::default();
    out.node(&args[0], 0, Place::Root)?;
    if matches!(args[0].value, Value::Null | Value::Bool(_) | Value::Number(_)) {
        // A bare plain scalar could go on, so the document's end is marked.
        out.push("\n...");
    }
    if !out.line_ended {
        out.push("\n");
    }
    out.flush();
    joined(out.pieces)
}

/// What a value follows.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    /// `key:`
    Key,
    /// `- `
    Item,
}

#[derive(Default)]
struct Writer {
    pieces: Vec<Piece>,
    open: String,
    length: usize,
    /// Characters written since the last line end.
    column: usize,
    line_ended: bool,
    budget: Budget,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.open.push_str(text);
        match text.rfind('\n') {
            Some(at) => self.column = text[at + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
        if !text.is_empty() {
            self.line_ended = text.ends_with('\n');
        }
    }

    fn line(&mut self, indent: usize) {
        if !self.line_ended {
            self.push("\n");
        }
        self.push(&" ".repeat(indent));
    }

    fn flush(&mut self) {
        if !self.open.is_empty() {
            self.length += self.open.len();
            self.pieces.push(Piece::Text(std::mem::take(&mut self.open).into()));
        }
    }

    /// `indent` is where the entries of a collection begin; text that goes on is two further in.
    fn node(&mut self, node: &Node, indent: usize, place: Place) -> Result<()> {
        self.budget.visit(indent / 2)?;
        limits::text(self.length + self.open.len())?;
        let space = if place == Place::Key { " " } else { "" };
        match &node.value {
            Value::List(items) if !items.is_empty() => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 || place == Place::Key {
                        self.line(indent);
                    }
                    self.push("- ");
                    self.node(item, indent + 2, Place::Item)?;
                }
            }
            Value::Map(entries) if !entries.is_empty() => {
                for (i, (key, item)) in entries.iter().enumerate() {
                    if i > 0 || place == Place::Key {
                        self.line(indent);
                    }
                    self.entry(key, item, indent)?;
                }
            }
            Value::List(_) => self.push(&format!("{space}[]")),
            Value::Map(_) => self.push(&format!("{space}{{}}")),
            Value::Null => self.push(&format!("{space}null")),
            Value::Bool(b) => self.push(&format!("{space}{b}")),
            Value::Number(n) => self.push(&format!("{space}{}", number_text(*n))),
            Value::String(text) => {
                self.push(space);
                self.text(text, indent, place);
            }
            Value::Json(_) => match super::json::as_text(node)?.value {
                Value::String(text) => {
                    self.push(space);
                    self.text(&text, indent, place);
                }
                other => self.hole(&other.into(), space),
            },
            // How text is written depends on all of it.
            Value::Template(_) | Value::Unknown(_) => self.hole(node, space),
        }
        limits::text(self.length + self.open.len())
    }

    fn hole(&mut self, node: &Node, space: &str) {
        self.push(space);
        self.flush();
        self.line_ended = false;
        let reason = node.first_unknown(limits::MAX_NODES).unwrap_or_else(|| "the value is not known".into());
        self.pieces.push(Piece::Hole { reason, from: None });
    }

    fn entry(&mut self, key: &str, item: &Node, indent: usize) -> Result<()> {
        let simple = key.chars().count() <= LONGEST_KEY - 2 && !key.contains(is_break);
        if simple {
            self.quoted(key, None);
            self.push(":");
        } else {
            self.push("? ");
            self.text(key, indent + 2, Place::Item);
            self.line(indent);
            self.push(":");
        }
        // The items of a list stand right below their key.
        let nested = matches!(item.value, Value::Map(_)) || !matches!(item.value, Value::List(_));
        self.node(item, if nested { indent + 2 } else { indent }, Place::Key)
    }

    /// `indent` is that of the collection which the text would be, so further lines of it begin there.
    fn text(&mut self, text: &str, indent: usize, place: Place) {
        let indent = if place == Place::Root { 2 } else { indent };
        if text.contains('\n') && block_allowed(text) {
            self.literal(text, indent);
        } else {
            self.quoted(text, Some(indent));
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.push("|");
        if text.starts_with([' ', '\n']) {
            self.push("2");
        }
        let kept = text.trim_end_matches('\n');
        match text.len() - kept.len() {
            0 => self.push("-"),
            1 if !kept.is_empty() => {}
            _ => self.push("+"),
        }
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.push("\n");
            if !line.is_empty() {
                self.push(&" ".repeat(indent));
                self.push(line);
            }
        }
        if text.ends_with('\n') {
            self.push("\n");
        }
    }

    fn quoted(&mut self, text: &str, fold: Option<usize>) {
        self.push("\"");
        let mut after_space = false;
        let count = text.chars().count();
        let mut chars = text.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            if c != ' ' {
                self.push(&escaped(c));
                after_space = false;
                continue;
            }
            match fold {
                Some(indent) if !after_space && self.column > FOLD && i > 0 && i + 1 < count => {
                    self.push("\n");
                    self.push(&" ".repeat(indent));
                    if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.push("\\");
                    }
                }
                _ => self.push(" "),
            }
            after_space = true;
        }
        self.push("\"");
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

/// A literal block has no escapes, and what is at the end of its lines would be lost.
fn block_allowed(text: &str) -> bool {
    text.chars().all(|c| is_printable(c) && (c == '\n' || !is_break(c)))
        && !text.contains(" \n")
        && !text.ends_with(' ')
}

fn escaped(c: char) -> String {
    match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        c if is_printable(c) => c.to_string(),
        c => match u32::from(c) {
            code @ ..=0xFF => format!("\\x{code:02X}"),
            code @ ..=0xFFFF => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use model::Node;

    use crate::terraform::functions::call;
    use crate::terraform::functions::testing::{NoFiles, list, map, n, partly};

    fn yaml(node: Node) -> String {
        call("yamlencode", &[node], &NoFiles).unwrap().display()
    }

    #[test]
    fn collections() {
        let inner = map([("g", list([map([("h", 1.into()), ("i", "x\ny".into())])]))]);
        let node = map([
            ("a", 1.into()),
            ("b", list([1.into(), Node::null(), list([2.into(), 3.into()])])),
            ("c", map([])),
            ("d", list([])),
            ("f", inner),
        ]);
        let want = "\"a\": 1\n\"b\":\n- 1\n- null\n- - 2\n  - 3\n\"c\": {}\n\"d\": []\n\"f\":\n  \"g\":\n  - \"h\": 1\n    \"i\": |-\n      x\n      y\n";
        assert_eq!(yaml(node), want);
    }

    #[test]
    fn scalars() {
        let words = ["a".repeat(20), "b".repeat(34), "c".repeat(30), "d".repeat(26), "e".repeat(15)];
        for (node, want) in [
            (n(1.5), "1.5\n...\n"),
            ("x".into(), "\"x\"\n"),
            ("a\nb".into(), "|-\n  a\n  b\n"),
            ("a\nb\n".into(), "|\n  a\n  b\n"),
            ("x\n\n".into(), "|+\n  x\n\n"),
            ("\n".into(), "|2+\n\n"),
            (" lead\nx".into(), "|2-\n   lead\n  x\n"),
            ("x \ny".into(), "\"x \\ny\"\n"),
            ("é\u{a0}\u{2028}\u{1}\t\"\\👍".into(), "\"é\u{a0}\\L\\x01\\t\\\"\\\\\\U0001F44D\"\n"),
            (
                words.join(" ").as_str().into(),
                &*format!("\"{}\n  {} {}\"\n", words[..3].join(" "), words[3], words[4]),
            ),
            (map([("a\nb", 1.into())]), "? |-\n  a\n  b\n: 1\n"),
        ] {
            assert_eq!(yaml(node), want);
        }
    }

    #[test]
    fn what_is_not_known_leaves_a_hole() {
        let node = map([("a", partly("x", "")), ("b", list([Node::unknown("never")]))]);
        assert_eq!(yaml(node), "\"a\": ${? later}\n\"b\":\n- ${? never}\n");
    }
}
