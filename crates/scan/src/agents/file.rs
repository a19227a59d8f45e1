//! A configuration file as it stands: its text, its data, and the way from spans to places and from data to nodes.
//!
//! What the entries mean is not known here.

use std::sync::Arc;

use catalog::FileFormat;
use formats::data::{Data, Datum, Entry, parse_json, parse_yaml};
use formats::{LineIndex, Problem, Span};
use model::{Node, Number, Piece, Position, Value};

use super::toml::parse_toml;

/// One file.
pub(super) struct TextFile {
    pub(super) path: Arc<str>,
    pub(super) text: String,
    lines: LineIndex,
}

/// What was read of a file.
#[derive(Default)]
pub(super) struct Parsed {
    /// The data; of text the lines between `---` before it.
    pub(super) data: Option<Datum>,
    /// Of text: what stands behind those lines.
    pub(super) body: Span,
    pub(super) problems: Vec<Problem>,
}

impl TextFile {
    pub(super) fn new(path: &str, text: String) -> Self {
        TextFile { path: path.into(), lines: LineIndex::new(&text), text }
    }

    pub(super) fn position(&self, span: Span) -> Position {
        let (line, column) = self.lines.line_column(&self.text, span.start);
        let (end_line, end_column) = self.lines.line_column(&self.text, span.end);
        Position { path: self.path.clone(), line, column, end_line, end_column, via: None }
    }

    pub(super) fn at(&self, span: Span) -> Arc<Position> {
        Arc::new(self.position(span))
    }

    /// The data as a node, every value with its place. Text keeps what is filled in later as holes.
    pub(super) fn node(&self, datum: &Datum) -> Node {
        let value = match &datum.value {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Int(i) => Value::Number(Number::Int(*i)),
            Data::Float(f) => Number::from_f64(*f).map_or(Value::Null, Value::Number),
            Data::Text(text) => holes(text),
            Data::List(items) => Value::list(items.iter().map(|item| self.node(item)).collect()),
            Data::Map(entries) => {
                Value::map(entries.iter().map(|e| (e.key.clone(), self.node(&e.value))).collect())
            }
        };
        Node::from(value).at(self.at(datum.place()))
    }

    /// Text as it stands, with its place.
    pub(super) fn text_at(&self, text: &str, span: Span) -> Node {
        Node::from(text).at(self.at(span))
    }

    /// Reads the data of the file.
    pub(super) fn parse(&self, format: FileFormat) -> Parsed {
        match format {
            FileFormat::Json => {
                let (data, _, problems) = parse_json(&self.text);
                Parsed { data, problems, ..Parsed::default() }
            }
            FileFormat::Yaml => {
                let read = parse_yaml(&self.text);
                Parsed {
                    data: read.documents.into_iter().next(),
                    problems: read.problems,
                    ..Parsed::default()
                }
            }
            FileFormat::Toml => {
                let (data, problems) = parse_toml(&self.text);
                Parsed { data: Some(data), problems, ..Parsed::default() }
            }
            FileFormat::Markdown => self.front_matter(),
            FileFormat::Modelfile => Parsed { data: Some(modelfile(&self.text)), ..Parsed::default() },
        }
    }

    fn front_matter(&self) -> Parsed {
        let text = &*self.text;
        let start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
        let whole = Parsed { body: Span::new(start, text.len()), ..Parsed::default() };
        let rest = &text[start..];
        let Some(first) = rest.split_inclusive('\n').next().filter(|line| line.trim_end() == "---") else {
            return whole;
        };
        let mut at = start + first.len();
        for line in text[at..].split_inclusive('\n') {
            if line.trim_end() == "---" {
                let body = Span::new(at + line.len(), text.len());
                let read = parse_yaml(&text[..at]);
                let data = read.documents.into_iter().next().filter(|d| d.as_map().is_some());
                let strict = read.problems.is_empty();
                let data = data.filter(|_| strict).or_else(|| Some(lines(text, start + first.len(), at)));
                return Parsed { data, body, problems: Vec::new() };
            }
            at += line.len();
        }
        whole
    }
}

/// `key: value` by lines, for what people write between `---` without knowing that it is YAML.
fn lines(text: &str, start: usize, end: usize) -> Datum {
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = start;
    for line in text[start..end].split_inclusive('\n') {
        let from = at;
        at += line.len();
        let Some((key, value)) = line.split_once(':') else { continue };
        let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        if key.is_empty() || !key.chars().all(plain) {
            continue;
        }
        let shown = value.trim();
        let lead = value.len() - value.trim_start().len();
        let begins = from + key.len() + 1 + lead;
        let span = Span::new(begins, begins + shown.len());
        let unquoted = shown.trim_matches(['"', '\'']);
        let data = match unquoted {
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            other => Data::Text(other.into()),
        };
        entries.push(Entry {
            key: key.into(),
            key_span: Span::new(from, from + key.len()),
            value: Datum::new(data, span),
        });
    }
    Datum::new(Data::Map(Arc::new(entries)), Span::new(start, end))
}

/// The instructions of a Modelfile, each name once: `FROM`, `SYSTEM`, `PARAMETER`.
fn modelfile(text: &str) -> Datum {
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let line = text[at..].split_inclusive('\n').next().unwrap_or_default();
        let from = at;
        at += line.len();
        let Some((word, rest)) = line.trim_start().split_once(char::is_whitespace) else { continue };
        let name = word.to_ascii_uppercase();
        if !matches!(&*name, "FROM" | "SYSTEM" | "ADAPTER" | "TEMPLATE" | "LICENSE") {
            continue;
        }
        let mut value = rest.trim();
        if let Some(open) = value.strip_prefix("\"\"\"") {
            let begins = from + line.find("\"\"\"").unwrap_or(0) + 3;
            let length = text[begins..].find("\"\"\"").unwrap_or(text.len() - begins);
            value = match open.is_empty() && length == 0 {
                true => open,
                false => text[begins..begins + length].trim(),
            };
            at = (begins + length + 3).min(text.len()).max(at);
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
        let span = Span::new(from, from + line.trim_end().len());
        if !entries.iter().any(|e| *e.key == *name) {
            let value = Datum::new(Data::Text(value.trim_matches('"').into()), span);
            entries.push(Entry { key: name.into(), key_span: span, value });
        }
    }
    Datum::new(Data::Map(Arc::new(entries)), Span::new(0, text.len()))
}

/// Names that stand for a folder of this machine, and say as much as its path.
const FOLDERS: [&str; 11] = [
    "workspaceFolder",
    "workspaceRoot",
    "workspaceFolderBasename",
    "userHome",
    "HOME",
    "env:HOME",
    "__dirname",
    "USERPROFILE",
    "env:USERPROFILE",
    "PWD",
    "CLAUDE_PLUGIN_ROOT",
];

/// Text in which `${NAME}`, `${env:NAME}`, `${input:NAME}`, `{env:NAME}`, `${{ secrets.NAME }}` and a lone `$NAME` are holes.
pub(super) fn holes(text: &str) -> Value {
    if !text.contains(['$', '{', '%']) {
        return Value::string(text);
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    let hole = |name: &str| {
        let name = name.trim();
        let plain = name.rsplit([':', '.']).next().unwrap_or(name);
        let reason = match name.split_once(':') {
            Some(("input", _)) => format!("{plain} is asked of the user"),
            _ => format!("variable {plain} is set elsewhere"),
        };
        Piece::Hole { reason: reason.into(), from: None }
    };
    while let Some(at) = rest.find(['$', '{']) {
        let (before, found) = rest.split_at(at);
        let (open, close) = match found {
            f if f.starts_with("${{") => (3, "}}"),
            f if f.starts_with("${") => (2, "}"),
            f if f.starts_with("{env:") || f.starts_with("{file:") => (1, "}"),
            _ => (0, ""),
        };
        let name = (open > 0).then(|| found[open..].split_once(close)).flatten();
        if let Some((name, after)) = name.filter(|(name, _)| !FOLDERS.contains(&name.trim())) {
            pieces.push(Piece::Text(before.into()));
            match name.split_once(":-") {
                Some((_, default)) if !default.is_empty() => pieces.push(Piece::Text(default.into())),
                _ => pieces.push(hole(name)),
            }
            rest = after;
            continue;
        }
        let bare = found.strip_prefix('$').map(|f| {
            let end = f.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(f.len());
            &f[..end]
        });
        let upper = |name: &&str| {
            name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
                && !name.contains(|c: char| c.is_ascii_lowercase())
                && !FOLDERS.contains(name)
        };
        match bare.filter(upper) {
            Some(name) => {
                pieces.push(Piece::Text(before.into()));
                pieces.push(hole(name));
                rest = &found[1 + name.len()..];
            }
            None => {
                pieces.push(Piece::Text(rest[..=at].into()));
                rest = &found[1..];
            }
        }
    }
    pieces.push(Piece::Text(rest.into()));
    Value::text(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_later_is_a_hole() {
        for (text, want) in [
            ("plain", "plain"),
            ("${input:key}", "${? key is asked of the user}"),
            ("Bearer ${API_KEY}", "Bearer ${? variable API_KEY is set elsewhere}"),
            ("{env:TOKEN}", "${? variable TOKEN is set elsewhere}"),
            ("${{ secrets.KEY }}", "${? variable KEY is set elsewhere}"),
            ("$TOKEN", "${? variable TOKEN is set elsewhere}"),
            ("${PORT:-80}", "80"),
            ("${workspaceFolder}/data", "${workspaceFolder}/data"),
            ("$HOME/x", "$HOME/x"),
            ("pa$$word$", "pa$$word$"),
            ("{\"a\": 1}", "{\"a\": 1}"),
            ("${open", "${open"),
            ("é${A}é", "é${? variable A is set elsewhere}é"),
        ] {
            assert_eq!(Node::from(holes(text)).display(), want, "{text}");
        }
    }

    #[test]
    fn front_matter_is_yaml_or_at_least_lines() {
        let read = |text: &str| {
            let file = TextFile::new("f.md", text.to_owned());
            let parsed = file.parse(FileFormat::Markdown);
            let data = parsed.data.map(|d| file.node(&d).display()).unwrap_or_default();
            (data, file.text[parsed.body.start as usize..parsed.body.end as usize].to_owned())
        };
        for (text, data, body) in [
            ("---\nname: a\n---\nb", "{name: \"a\"}", "b"),
            ("---\nglobs: *.ts\nalwaysApply: true\n---\nb", "{alwaysApply: true, globs: \"*.ts\"}", "b"),
            ("---\ndescription: Use: now\n---\n", "{description: \"Use: now\"}", ""),
            ("# no\n---\nx: y\n---\n", "", "# no\n---\nx: y\n---\n"),
            ("---\nopen: 1\n", "", "---\nopen: 1\n"),
            ("", "", ""),
        ] {
            assert_eq!(read(text), (data.to_owned(), body.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_modelfile_has_instructions() {
        let text = "# c\nFROM llama3.2:1b\nPARAMETER temperature 1\nSYSTEM \"\"\"You are\na pirate.\"\"\"\nFROM other\n";
        let file = TextFile::new("Modelfile", text.to_owned());
        let data = file.parse(FileFormat::Modelfile).data.unwrap();
        assert_eq!(file.node(&data).display(), "{FROM: \"llama3.2:1b\", SYSTEM: \"You are\\na pirate.\"}");
        for hostile in ["FROM \"\"\"", "SYSTEM \"\"\"é", "FROM", "SYSTEM \"\"\"\"", "FROM \"\"\"\n\"\"\"é"]
        {
            _ = modelfile(hostile);
        }
    }
}
