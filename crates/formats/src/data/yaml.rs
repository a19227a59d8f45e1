//! YAML 1.2, core schema, of any number of documents, with anchors, aliases, merge keys and local tags.
//!
//! The events are saphyr-parser's; the tree, its bounds and its recovery are ours. A document that cannot be read is
//! a problem, and reading goes on at the next `---`.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::json::{number, put};
use super::{Comment, Data, Datum, Entry, MAX_DEPTH, MAX_PROBLEMS, MAX_VALUES};
use crate::{Problem, Span};

/// Everything that a YAML text holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documents {
    pub documents: Vec<Datum>,
    pub comments: Vec<Comment>,
    pub problems: Vec<Problem>,
}

/// Reads YAML text.
pub fn parse_yaml(text: &str) -> Documents {
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let mut reader = Reader { text, read: Documents::default(), scalars: Vec::new(), left: MAX_VALUES };
    let mut start = mark;
    while let Some(failed) = reader.stream(start) {
        // The rest is read from the next document on.
        let Some(next) = text[failed..].find("\n---") else { break };
        start = failed + next + 1;
    }
    reader.read.comments = comments(text, &mut reader.scalars);
    reader.read
}

struct Reader<'t> {
    text: &'t str,
    read: Documents,
    /// Where scalars stand: a `#` inside one is no comment.
    scalars: Vec<Span>,
    /// Values that may still be made.
    left: usize,
}

/// A collection that is being read.
struct Open {
    datum: Datum,
    anchor: usize,
    /// How many values it holds, aliases counted in full.
    size: usize,
    collection: Collection,
}

enum Collection {
    List(Vec<Datum>),
    Map { entries: Vec<Entry>, index: HashMap<Arc<str>, usize>, key: Option<Datum>, merged: Vec<Datum> },
}

impl Reader<'_> {
    fn complain(&mut self, span: Span, message: impl Into<String>) {
        if self.read.problems.len() < MAX_PROBLEMS {
            self.read.problems.push(Problem { span, message: message.into() });
        }
    }

    /// Reads from `start` to the end, or to where the text stops being YAML: the offset of that.
    fn stream(&mut self, start: usize) -> Option<usize> {
        let text = &self.text[start..];
        let offsets = Offsets::new(text, start);
        let mut open: Vec<Open> = Vec::new();
        let mut anchors: HashMap<usize, (Datum, usize)> = HashMap::new();
        let mut parser = Parser::new(StrInput::new(text));
        loop {
            let (event, span) = match parser.next_event() {
                None => return None,
                Some(Ok(event)) => event,
                Some(Err(error)) => {
                    let at = offsets.byte(error.marker().index());
                    self.complain(Span::new(at, at), format!("not YAML: {}", lower(error.info())));
                    return Some(at);
                }
            };
            let span = Span::new(offsets.byte(span.start.index()), offsets.byte(span.end.index()));
            let (datum, anchor, size) = match event {
                Event::StreamEnd => return None,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => continue,
                Event::DocumentEnd => {
                    anchors.clear();
                    continue;
                }
                Event::Alias(anchor) => match anchors.get(&anchor) {
                    Some((datum, size)) => (Datum { alias: Some(span), ..datum.clone() }, 0, *size),
                    None => {
                        self.complain(span, "an alias of a value that is not complete");
                        (Datum::new(Data::Null, span), 0, 1)
                    }
                },
                Event::Scalar(value, style, anchor, tag) => {
                    let span = self.written(span, style);
                    self.scalars.push(span);
                    (scalar(&value, style, tag.as_deref(), span), anchor, 1)
                }
                Event::SequenceStart(anchor, tag) => {
                    self.open(&mut open, span, anchor, tag.as_deref(), Collection::List(Vec::new()))?;
                    continue;
                }
                Event::MappingStart(anchor, tag) => {
                    let (entries, index, merged) = Default::default();
                    let map = Collection::Map { entries, index, key: None, merged };
                    self.open(&mut open, span, anchor, tag.as_deref(), map)?;
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let Some(done) = open.pop() else { continue };
                    let mut datum = done.datum;
                    datum.value = match done.collection {
                        Collection::List(items) => {
                            let end = items.last().map_or(span.end, |last| last.place().end.max(span.end));
                            datum.span.end = if span.start == span.end { self.end(end) } else { span.end };
                            Data::List(Arc::new(items))
                        }
                        Collection::Map { entries, merged, .. } => {
                            let end =
                                entries.last().map_or(span.end, |last| last.value.place().end.max(span.end));
                            datum.span.end = if span.start == span.end { self.end(end) } else { span.end };
                            Data::Map(Arc::new(merge(entries, &merged)))
                        }
                    };
                    (datum, done.anchor, done.size)
                }
            };
            // What is in a collection was counted when it was made; an alias makes all of it anew.
            let made = if datum.alias.is_some() { size } else { 1 };
            if made > self.left {
                self.complain(span, format!("there are more than {MAX_VALUES} values: the rest is not read"));
                return None;
            }
            self.left -= made;
            if anchor > 0 {
                anchors.insert(anchor, (datum.clone(), size));
            }
            self.place(&mut open, datum, size);
        }
    }

    /// A block collection ends with its last value, not with the blank lines behind it.
    fn end(&self, end: u32) -> u32 {
        let read = self.text.get(..end as usize).unwrap_or(self.text);
        read.trim_end().len() as u32
    }

    /// The parser's span of a scalar may hold what stands behind it: blanks, and a comment behind a quote.
    fn written(&self, span: Span, style: ScalarStyle) -> Span {
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let len = match style {
            // A tag or an anchor may stand before the quote.
            ScalarStyle::SingleQuoted => {
                let before = text.find('\'').unwrap_or(0);
                before + quoted(&text[before..], b'\'', b'\'')
            }
            ScalarStyle::DoubleQuoted => {
                let before = text.find('"').unwrap_or(0);
                before + quoted(&text[before..], b'"', b'\\')
            }
            _ => text.trim_end().len(),
        };
        Span::new(span.start as usize, span.start as usize + len)
    }

    /// `None` where the text is nested too deep to be read on.
    fn open(
        &mut self,
        open: &mut Vec<Open>,
        span: Span,
        anchor: usize,
        tag: Option<&Tag>,
        collection: Collection,
    ) -> Option<()> {
        if open.len() >= MAX_DEPTH {
            self.complain(span, format!("nested deeper than {MAX_DEPTH} levels"));
            return None;
        }
        let datum = Datum { tag: local(tag), ..Datum::new(Data::Null, span) };
        open.push(Open { datum, anchor, size: 1, collection });
        Some(())
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, open: &mut [Open], datum: Datum, size: usize) {
        let Some(outer) = open.last_mut() else {
            self.read.documents.push(datum);
            return;
        };
        outer.size = outer.size.saturating_add(size);
        match &mut outer.collection {
            Collection::List(items) => items.push(datum),
            Collection::Map { key: key @ None, .. } => *key = Some(datum),
            Collection::Map { entries, index, key, merged } => {
                let Some(key) = key.take() else { return };
                let name: Arc<str> = match &key.value {
                    Data::Text(text) => text.clone(),
                    Data::Null => Arc::from("null"),
                    Data::Bool(value) => Arc::from(value.to_string()),
                    Data::Int(value) => Arc::from(value.to_string()),
                    Data::Float(value) => Arc::from(value.to_string()),
                    Data::List(_) | Data::Map(_) => {
                        let message = format!("{} cannot be a key", key.type_name());
                        self.complain(key.place(), message);
                        return;
                    }
                };
                if &*name == "<<" && key.tag.is_none() {
                    merged.push(datum);
                    return;
                }
                let entry = Entry { key: name, key_span: key.place(), value: datum };
                put(entries, index, entry, |span, message| self.complain(span, message));
            }
        }
    }
}

/// The entries with those of merged mappings behind them; what is written wins, then the earlier mapping.
/// <https://yaml.org/type/merge.html>
fn merge(mut entries: Vec<Entry>, merged: &[Datum]) -> Vec<Entry> {
    let sources = merged.iter().flat_map(|m| m.as_list().unwrap_or(std::slice::from_ref(m)));
    for source in sources {
        for entry in source.as_map().unwrap_or_default() {
            if !entries.iter().any(|e| e.key == entry.key) {
                let mut entry = entry.clone();
                entry.value.alias = entry.value.alias.or(source.alias);
                entries.push(entry);
            }
        }
    }
    entries
}

fn local(tag: Option<&Tag>) -> Option<Arc<str>> {
    tag.filter(|tag| tag.handle == "!").map(|tag| Arc::from(&*tag.suffix))
}

/// How long the quoted scalar is that `text` begins with.
fn quoted(text: &str, quote: u8, escape: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        // A single quote escapes itself: the pair is skipped, the lone one ends the scalar.
        let escapes = bytes[at] == escape && (escape != quote || bytes.get(at + 1) == Some(&quote));
        match escapes {
            true => at += 2,
            false if bytes[at] == quote => return at + 1,
            false => at += 1,
        }
    }
    text.trim_end().len()
}

fn scalar(value: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Datum {
    let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| &*tag.suffix);
    let data = match (core, style) {
        (Some("str"), _) => Data::Text(Arc::from(value)),
        (Some(_), _) | (None, ScalarStyle::Plain) => plain(value),
        _ => Data::Text(Arc::from(value)),
    };
    Datum { tag: local(tag), ..Datum::new(data, span) }
}

/// <https://yaml.org/spec/1.2.2/#1032-tag-resolution>
fn plain(value: &str) -> Data {
    let radix = |prefix: &str, radix: u32| {
        value.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok())
    };
    match value {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        _ => {
            if let Some(int) = radix("0x", 16).or_else(|| radix("0o", 8)) {
                return Data::Int(int);
            }
            let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
            let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
                && digits.contains(|c: char| c.is_ascii_digit())
                && digits.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
            if numeric {
                number(value.strip_prefix('+').unwrap_or(value))
            } else {
                Data::Text(Arc::from(value))
            }
        }
    }
}

/// From the parser's character offsets to bytes of the whole text.
struct Offsets {
    start: usize,
    /// Byte offset of every character; none where the text is ASCII.
    bytes: Vec<u32>,
    len: usize,
}

impl Offsets {
    fn new(text: &str, start: usize) -> Self {
        let bytes = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at as u32).collect(),
        };
        Offsets { start, bytes, len: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        let within = match self.bytes.is_empty() {
            true => character.min(self.len),
            false => self.bytes.get(character).map_or(self.len, |at| *at as usize),
        };
        self.start + within
    }
}

/// Every `#` that begins a line or follows a blank and is in no scalar begins a comment.
fn comments(text: &str, scalars: &mut [Span]) -> Vec<Comment> {
    scalars.sort();
    let inside = |at: u32| {
        let next = scalars.partition_point(|span| span.start <= at);
        next.checked_sub(1).is_some_and(|last| scalars[last].end > at)
    };
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        for (at, _) in line.match_indices('#') {
            let opens = line[..at].chars().next_back().is_none_or(char::is_whitespace);
            if opens && !inside((start + at) as u32) {
                let comment = line[at..].trim_end();
                let span = Span::new(start + at, start + at + comment.len());
                found.push(Comment { span, text: comment.trim_start_matches('#').trim().to_owned() });
                break;
            }
        }
        start += line.len();
    }
    found
}

fn lower(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(datum: &Datum) -> String {
        let tag = datum.tag.as_ref().map(|t| format!("!{t} ")).unwrap_or_default();
        let value = match &datum.value {
            Data::Null => "null".into(),
            Data::Bool(b) => b.to_string(),
            Data::Int(i) => i.to_string(),
            Data::Float(f) => format!("{f:?}"),
            Data::Text(t) => format!("{t:?}"),
            Data::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
            Data::Map(entries) => {
                let each = entries.iter().map(|e| format!("{}: {}", e.key, shown(&e.value)));
                format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
            }
        };
        format!("{tag}{value}")
    }

    #[test]
    fn yaml_is_read_as_the_core_schema_has_it() {
        for (text, want) in [
            (
                "a: 1\nb: [true, ~, 'true', 1.5, 0x10, +3, 1.2.3, yes]\n",
                r#"{a: 1, b: [true, null, "true", 1.5, 16, 3, "1.2.3", "yes"]}"#,
            ),
            ("a: !Ref B\nc: !Sub\n  - x\n  - y: 1\n", r#"{a: !Ref "B", c: !Sub ["x", {y: 1}]}"#),
            (
                "a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\nc: *x\n",
                "{a: {k: 1, l: 2}, b: {l: 3, k: 1}, c: {k: 1, l: 2}}",
            ),
            (
                "a: |\n  # no comment\n  text\nb: >-\n  folded\n  line\n",
                r##"{a: "# no comment\ntext\n", b: "folded line"}"##,
            ),
            ("a: !!str 1\n1: x\ntrue: y\n", r#"{a: "1", 1: "x", true: "y"}"#),
            ("on:\n  push:\n", "{on: {push: null}}"),
        ] {
            let read = parse_yaml(text);
            assert!(read.problems.is_empty(), "{text}: {:?}", read.problems);
            assert_eq!(read.documents.iter().map(shown).collect::<String>(), want);
        }
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let text = "# é first\nname: 'ü' # second\nlist:\n  - ö: x\n    k: plain text  \n\nlast: *a\n"
            .replace("*a", "1");
        let read = parse_yaml(&text);
        assert_eq!(read.comments.iter().map(|c| &*c.text).collect::<Vec<_>>(), ["é first", "second"]);
        let cut = |span: Span| &text[span.start as usize..span.end as usize];
        let document = &read.documents[0];
        assert_eq!(cut(document.get("name").unwrap().span), "'ü'");
        let list = document.get("list").unwrap();
        assert_eq!(cut(list.span), "- ö: x\n    k: plain text");
        let item = &list.as_list().unwrap()[0];
        assert_eq!(cut(item.span), "ö: x\n    k: plain text");
        assert_eq!(cut(item.entry("k").unwrap().key_span), "k");
        assert_eq!(cut(item.get("k").unwrap().span), "plain text");
    }

    #[test]
    fn a_document_that_is_not_yaml_does_not_take_the_others_with_it() {
        let read = parse_yaml("a: 1\n---\nb: [1\nc: }\n---\nd: 2\n");
        assert_eq!(read.documents.iter().map(shown).collect::<Vec<_>>(), ["{a: 1}", "{d: 2}"]);
        assert!(read.problems[0].message.starts_with("not YAML"), "{:?}", read.problems);
        let twice = parse_yaml("a: 1\na: 2\n");
        assert_eq!(shown(&twice.documents[0]), "{a: 2}");
        assert!(twice.problems[0].message.contains("written twice"));
    }

    #[test]
    fn aliases_cannot_make_a_bomb() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let before = format!("*a{}", i - 1);
            text += &format!("a{i}: &a{i} [{}]\n", [&*before; 10].join(", "));
        }
        let read = parse_yaml(&text);
        assert!(read.problems.iter().any(|p| p.message.contains("more than")), "{:?}", read.problems);
        let deep = parse_yaml(&"[".repeat(10_000));
        assert!(!deep.problems.is_empty());
    }
}
