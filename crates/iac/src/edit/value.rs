//! Constants written in each syntax.

use std::fmt::Write as _;

use catalog::Constant;
use formats::data::{Data, parse_yaml};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    Json,
    Yaml,
    Hcl,
    Bicep,
}

/// How a value is laid out.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'a> {
    pub(crate) syntax: Syntax,
    /// The end of a line.
    pub(crate) newline: &'a str,
    /// One step of indentation.
    pub(crate) unit: &'a str,
    /// The whole value on one line.
    pub(crate) flat: bool,
}

impl Lines<'_> {
    /// A value behind its key; `indent` is the indentation of the line of the key.
    pub(crate) fn value(&self, value: &Constant, indent: &str) -> String {
        match value {
            Constant::Null => "null".into(),
            Constant::Bool(b) => b.to_string(),
            Constant::Int(i) => i.to_string(),
            Constant::Float(f) => f.to_string(),
            Constant::Text(text) => self.text(text),
            Constant::List(items) => {
                let items: Vec<String> = items.iter().map(|i| self.value(i, &self.inner(indent))).collect();
                self.enclosed('[', &items, ']', indent)
            }
            Constant::Map(entries) => {
                let inner = self.inner(indent);
                let entries: Vec<String> =
                    entries.iter().map(|(key, v)| self.entry(key, v, &inner)).collect();
                self.enclosed('{', &entries, '}', indent)
            }
        }
    }

    /// `key: value` as this syntax has it between braces.
    pub(crate) fn entry(&self, key: &str, value: &Constant, indent: &str) -> String {
        let sign = if self.syntax == Syntax::Hcl { " =" } else { ":" };
        format!("{}{sign} {}", self.key(key), self.value(value, indent))
    }

    pub(crate) fn key(&self, key: &str) -> String {
        let mut letters = key.chars();
        let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        let dash = matches!(self.syntax, Syntax::Hcl);
        let bare = first && letters.all(|c| c.is_ascii_alphanumeric() || c == '_' || (dash && c == '-'));
        match self.syntax {
            Syntax::Hcl | Syntax::Bicep if bare => key.to_owned(),
            Syntax::Yaml if !self.flat || bare => yaml_text(key, self.flat),
            _ => self.text(key),
        }
    }

    fn inner(&self, indent: &str) -> String {
        if self.flat { indent.to_owned() } else { format!("{indent}{}", self.unit) }
    }

    fn enclosed(&self, open: char, items: &[String], close: char, indent: &str) -> String {
        if items.is_empty() {
            return format!("{open}{close}");
        }
        if self.flat {
            let pad = if open == '{' && self.syntax != Syntax::Yaml { " " } else { "" };
            return format!("{open}{pad}{}{pad}{close}", items.join(", "));
        }
        let (newline, inner) = (self.newline, self.inner(indent));
        let commas = matches!(self.syntax, Syntax::Json) || (self.syntax == Syntax::Hcl && open == '[');
        let separator = if commas { format!(",{newline}{inner}") } else { format!("{newline}{inner}") };
        format!("{open}{newline}{inner}{}{newline}{indent}{close}", items.join(&separator))
    }

    pub(crate) fn text(&self, text: &str) -> String {
        match self.syntax {
            Syntax::Json => json_text(text),
            Syntax::Yaml => yaml_text(text, self.flat),
            Syntax::Hcl => json_text(text).replace("${", "$${").replace("%{", "%%{"),
            Syntax::Bicep => {
                let mut out = String::from("'");
                for c in text.chars() {
                    match c {
                        '\'' | '\\' => _ = write!(out, "\\{c}"),
                        '\n' => out.push_str("\\n"),
                        '\r' => out.push_str("\\r"),
                        '\t' => out.push_str("\\t"),
                        c if c.is_control() => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
                        c => out.push(c),
                    }
                }
                out.push('\'');
                out.replace("${", "\\${")
            }
        }
    }
}

/// JSON's escapes are also HCL's, and those of YAML's double quotes.
fn json_text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => _ = write!(out, "\\{c}"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Plain where that reads back as the same text, quoted where not.
pub(crate) fn yaml_text(text: &str, flow: bool) -> String {
    let simple = |c: char| c.is_alphanumeric() || " _-./+@%".contains(c) || (c == ':' && !flow);
    let plain = !text.is_empty()
        && text.chars().all(simple)
        && text.trim() == text
        && {
            // `y`, `no` and their kind are booleans to older readers.
            let old = ["y", "n", "yes", "no", "on", "off"].contains(&&*text.to_ascii_lowercase());
            let read = parse_yaml(&if flow { format!("{{k: {text}}}") } else { format!("k: {text}") });
            let same = |d: &formats::data::Datum| matches!(d.get("k").map(|v| &v.value), Some(Data::Text(t)) if **t == *text);
            !old && read.problems.is_empty() && read.documents.first().is_some_and(same)
        };
    if plain {
        return text.to_owned();
    }
    if text.chars().any(char::is_control) {
        json_text(text)
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Lines of YAML's block style, each behind `indent`; the value stands behind `key:` or `-`.
pub(crate) fn yaml_block(lines: &Lines<'_>, value: &Constant, indent: &str) -> String {
    let newline = lines.newline;
    match value {
        Constant::Map(entries) if !entries.is_empty() => {
            let each = entries.iter().map(|(key, v)| {
                let inner = format!("{indent}{}", lines.unit);
                format!("{newline}{indent}{}:{}", lines.key(key), yaml_block(lines, v, &inner))
            });
            each.collect()
        }
        Constant::List(items) if !items.is_empty() => {
            let each = items.iter().map(|item| match item {
                Constant::Map(entries) if !entries.is_empty() => {
                    // The first key stands behind the dash, the others below it.
                    let block = yaml_block(lines, item, &format!("{indent}  "));
                    let first = block.get(newline.len() + indent.len() + 2..).unwrap_or_default();
                    format!("{newline}{indent}- {first}")
                }
                item => {
                    let flat = Lines { flat: true, ..lines.clone() };
                    format!("{newline}{indent}- {}", flat.value(item, indent))
                }
            });
            each.collect()
        }
        other => format!(" {}", lines.value(other, indent)),
    }
}
