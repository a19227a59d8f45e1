//! YAML as programs write it: block mappings and lists, a line for each value, no anchors, tags or folded text.
//!
//! Lock files are megabytes of it. What is not of this form is left to the reader of all YAML.

use std::sync::Arc;

use super::lines::{Line, lines};
use crate::Span;
use crate::data::{Data, Datum, Entry, MAX_DEPTH};

/// Reads a text of that form; `None` where it is not.
pub(super) fn parse(text: &str) -> Option<Datum> {
    let lines: Vec<Line<'_>> = lines(text)
        .filter(|line| {
            let bare = line.text.trim_start();
            !bare.is_empty() && !bare.starts_with('#')
        })
        .collect();
    if lines.iter().any(|line| line.text.trim_start_matches(' ').starts_with('\t')) {
        return None;
    }
    let mut reader = Reader { lines, at: 0 };
    let first = reader.lines.first()?.indent();
    let datum = reader.block(first, 0)?;
    (reader.at == reader.lines.len()).then_some(datum)
}

struct Reader<'t> {
    lines: Vec<Line<'t>>,
    at: usize,
}

impl<'t> Reader<'t> {
    fn next(&self) -> Option<Line<'t>> {
        self.lines.get(self.at).copied()
    }

    /// The mapping or list that begins at the next line, at this indent.
    fn block(&mut self, indent: usize, depth: usize) -> Option<Datum> {
        if depth > MAX_DEPTH {
            return None;
        }
        let start = self.next()?;
        if start.text[indent..].starts_with("- ") {
            return self.list(indent, start);
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut end = start;
        while let Some(line) = self.next().filter(|line| line.indent() == indent) {
            end = line;
            let (key, value) = key(&line.text[indent..])?;
            let key_span = line.span(&line.text[indent..indent + key.raw]);
            self.at += 1;
            let value = match value {
                "" => match self.next() {
                    Some(below) if below.indent() > indent => self.block(below.indent(), depth + 1)?,
                    // A list may stand at the indent of its key.
                    Some(below) if below.indent() == indent && below.text[indent..].starts_with("- ") => {
                        self.block(indent, depth + 1)?
                    }
                    _ => Datum::new(Data::Null, Span::new(key_span.end as usize, key_span.end as usize)),
                },
                "|-" => self.literal(indent, line.span(value)),
                value => {
                    // Text that goes on below is not of this form.
                    if self.next().is_some_and(|below| below.indent() > indent) {
                        return None;
                    }
                    scalar(value, line.span(value))?
                }
            };
            entries.push(Entry { key: key.text, key_span, value });
        }
        let span = start.span(&start.text[indent..]).to(end.span(end.text));
        // What is at another indent belongs to nobody.
        let over = self.next().is_none_or(|line| line.indent() < indent);
        over.then(|| Datum::new(Data::Map(Arc::new(entries)), span))
    }

    /// The lines below that are further in. Empty ones among them are not kept: nobody reads what a publisher says there.
    fn literal(&mut self, outer: usize, span: Span) -> Datum {
        let inner = self.next().map_or(0, |line| line.indent());
        let mut text = String::new();
        while let Some(line) = self.next().filter(|line| line.indent() > outer) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line.text.get(inner..).unwrap_or_default());
            self.at += 1;
        }
        Datum::new(Data::Text(text.into()), span)
    }

    fn list(&mut self, indent: usize, start: Line<'t>) -> Option<Datum> {
        let mut items = Vec::new();
        let mut end = start;
        while let Some(line) =
            self.next().filter(|l| l.indent() == indent && l.text[indent..].starts_with("- "))
        {
            end = line;
            let value = line.text[indent + 2..].trim();
            // A mapping inside a list is not of this form.
            if key(value).is_some() && !value.starts_with(['\'', '"', '{', '[']) {
                return None;
            }
            items.push(scalar(value, line.span(value))?);
            self.at += 1;
        }
        let span = start.span(&start.text[indent..]).to(end.span(end.text));
        Some(Datum::new(Data::List(Arc::new(items)), span))
    }
}

struct Key {
    text: Arc<str>,
    /// Bytes that it takes, quotes included.
    raw: usize,
}

/// `key: value`, the key in quotes or not.
fn key(line: &str) -> Option<(Key, &str)> {
    if line.starts_with(['\'', '"']) {
        let (text, rest) = quoted(line)?;
        let value = rest.strip_prefix(':')?;
        let raw = line.len() - rest.len();
        return (value.is_empty() || value.starts_with(' ')).then(|| (Key { text, raw }, value.trim()));
    }
    if line.starts_with(['?', '&', '*', '!', '|', '>', '%', '@', '`', '{', '[', '#', '-', ',']) {
        return None;
    }
    let at = match line.find(": ") {
        Some(at) => at,
        None => line.trim_end().strip_suffix(':')?.len(),
    };
    (!line[..at].contains(" #")).then(|| (Key { text: line[..at].into(), raw: at }, line[at + 1..].trim()))
}

/// A text in quotes without escapes, and what follows.
fn quoted(text: &str) -> Option<(Arc<str>, &str)> {
    let quote = text.chars().next()?;
    let end = text[1..].find(quote)? + 1;
    let (inside, rest) = (&text[1..end], &text[end + 1..]);
    (!inside.contains('\\') && !rest.starts_with(quote)).then(|| (inside.into(), rest))
}

/// A value of one line.
fn scalar(text: &str, span: Span) -> Option<Datum> {
    let data = match text.as_bytes().first()? {
        b'\'' | b'"' => {
            let (inside, rest) = quoted(text)?;
            if !rest.is_empty() {
                return None;
            }
            Data::Text(inside)
        }
        b'{' => flow_map(text, span)?,
        b'[' => {
            let inside = text.strip_prefix('[')?.strip_suffix(']')?;
            let items = pieces(inside)?;
            let datum = |item: &str| scalar(item, part(text, span, item));
            Data::List(Arc::new(items.into_iter().map(datum).collect::<Option<_>>()?))
        }
        b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' | b'#' => return None,
        _ if text.contains(" #") || text.contains(": ") => return None,
        _ => plain(text),
    };
    Some(Datum::new(data, span))
}

/// The place of a piece of a value.
fn part(text: &str, span: Span, piece: &str) -> Span {
    let at = (piece.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    Span::new(span.start as usize + at, span.start as usize + at + piece.len())
}

/// `{a: b, c: 'd'}`, without others inside.
fn flow_map(text: &str, span: Span) -> Option<Data> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut entries = Vec::new();
    for piece in pieces(inside)? {
        let (key, value) = key(piece)?;
        let key_span = part(text, span, &piece[..key.raw]);
        let value = scalar(value, part(text, span, value))?;
        entries.push(Entry { key: key.text, key_span, value });
    }
    Some(Data::Map(Arc::new(entries)))
}

/// The pieces between commas; none with brackets of its own.
fn pieces(inside: &str) -> Option<Vec<&str>> {
    if inside.trim().is_empty() {
        return Some(Vec::new());
    }
    if inside.contains(['{', '}', '[', ']', '\\']) {
        return None;
    }
    let (mut found, mut start, mut open) = (Vec::new(), 0, None);
    for (at, byte) in inside.bytes().enumerate() {
        match (byte, open) {
            (b'\'' | b'"', None) => open = Some(byte),
            (byte, Some(quote)) if byte == quote => open = None,
            (b',', None) => {
                found.push(inside[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(inside[start..].trim());
    (open.is_none() && found.iter().all(|piece| !piece.is_empty())).then_some(found)
}

/// A plain value by the core schema, as far as lock files have it.
fn plain(text: &str) -> Data {
    match text {
        "true" => Data::Bool(true),
        "false" => Data::Bool(false),
        "null" | "~" => Data::Null,
        _ => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(int), _) => Data::Int(int),
            (_, Ok(float)) if float.is_finite() && text.starts_with(|c: char| c.is_ascii_digit()) => {
                Data::Float(float)
            }
            _ => Data::Text(text.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::parse_yaml;

    #[test]
    fn what_it_reads_is_what_the_reader_of_all_yaml_reads() {
        fn bare(datum: &Datum) -> String {
            match &datum.value {
                Data::List(items) => format!("[{}]", items.iter().map(bare).collect::<Vec<_>>().join(",")),
                Data::Map(entries) => {
                    let entry = |e: &Entry| format!("{}@{}={}", e.key, e.key_span.start, bare(&e.value));
                    format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
                }
                other => format!("{other:?}@{}..{}", datum.span.start, datum.span.end),
            }
        }
        let text = "# x\nlockfileVersion: '9.0'\nold: 5.4\nsettings:\n  auto: true\n\npackages:\n\n  '@o/a@1.0.0':\n    resolution: {integrity: sha512-a==, 'b': \"c, d\"}\n    \
                    engines: {node: '>=6'}\n    cpu: [x64, arm64]\n    n: 1\n  b@https://e.org/x:\n    list:\n      - a\n      - 'b: c'\n    same:\n    - d\n  c@1: {}\n  d@1:\n    e: ~\n";
        let (fast, full) = (parse(text).unwrap(), parse_yaml(text).documents.remove(0));
        assert_eq!(bare(&fast), bare(&full));
    }

    #[test]
    fn text_of_several_lines_is_read() {
        let text = "a:\n  b: |-\n    one: 1\n    two\n  c: 1\n";
        let read = parse(text).unwrap();
        let a = read.get("a").unwrap();
        assert_eq!(
            a.get("b").unwrap().as_str(),
            parse_yaml(text).documents[0].get("a").unwrap().get("b").unwrap().as_str()
        );
        assert_eq!(a.get("c").unwrap().value, Data::Int(1));
    }

    #[test]
    fn the_rest_is_left_to_it() {
        for text in [
            "",
            "a: &x b",
            "a: *x",
            "a: |\n  b",
            "a: b\n  c",
            "a: b # c",
            "? a\n: b",
            "a:\n    b: 1\n  c: 2",
            "- a: b",
            "a: 'it''s'",
            "a: {b: {c: d}}",
            "a",
            "\ta: b",
            "---\na: b",
            "a: !t b",
            "a: b: c",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
