//! Variables in Compose files: `$NAME`, `${NAME:-default}` and their relatives, from the `.env` beside the file.
//! <https://docs.docker.com/reference/compose-file/interpolation/>
//!
//! Whoever starts the project may set any of them otherwise: a value that came from here is assumed.

use std::collections::BTreeMap;

use model::{Node, Number, Value};

use crate::containers::text::{Hole, Holes, Word, hide, names_a_secret};

/// Levels of defaults inside defaults, and of values.
const MAX_DEPTH: usize = 16;
/// Bytes that variables may make of one text.
const MAX_EXPANDED: usize = 64 << 10;
/// Lines of an environment file.
const MAX_LINES: usize = 20_000;

/// The lines of an environment file: names and values, quotes removed.
pub(crate) fn dotenv(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in text.lines().take(MAX_LINES) {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let value = value.trim();
        let quoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.split_once(*q));
        let value = match quoted {
            Some((inner, _)) => inner,
            None => value.split(" #").next().unwrap_or(value).trim(),
        };
        let name = name.trim();
        if !name.is_empty() && !name.contains(char::is_whitespace) {
            found.insert(name.to_owned(), value.to_owned());
        }
    }
    found
}

/// What the variables of a project stand for, as far as it says.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    known: BTreeMap<String, String>,
}

/// A text on its way through.
struct Text {
    all: String,
    assumed: bool,
}

impl Variables {
    pub(crate) fn new(known: BTreeMap<String, String>) -> Self {
        Variables { known }
    }

    /// The value with every variable in its texts put in.
    pub(crate) fn put_in(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::String(text) if text.contains('$') => return self.text(text, node),
            Value::List(items) => Value::list(items.iter().map(|n| self.put_in(n)).collect()),
            Value::Map(entries) => {
                Value::map(entries.iter().map(|(k, n)| (k.clone(), self.put_in(n))).collect())
            }
            _ => return node.clone(),
        };
        Node { value, ..node.clone() }
    }

    /// The value of a variable that is passed on without one.
    pub(crate) fn passed_on(&self, name: &str, at: &Node) -> Node {
        let node = match self.known.get(name) {
            Some(value) => Node { assumed: true, ..Node::from(&**value) },
            None => Node::unknown(format!("environment variable {name} of whoever starts it")),
        };
        hide(name, Node { at: at.at.clone(), ..node })
    }

    fn text(&self, text: &str, node: &Node) -> Node {
        let mut holes = Holes::default();
        let mut out = Text { all: String::new(), assumed: node.assumed };
        self.expand(text, &mut out, &mut holes, 0);
        let word = Word { text: String::new(), at: node.at.clone(), assumed: out.assumed };
        let made = holes.node(&out.all, &word);
        // A plain number that came through a variable is a number all the same.
        match (&made.value, text.starts_with('$')) {
            (Value::String(text), true) => {
                let number = Number::parse(text).filter(|n| n.to_string() == **text).map(Value::Number);
                let flag = text.parse::<bool>().ok().map(Value::Bool);
                Node { value: number.or(flag).unwrap_or_else(|| made.value.clone()), ..made }
            }
            _ => made,
        }
    }

    fn expand(&self, text: &str, out: &mut Text, holes: &mut Holes, depth: usize) {
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            out.push(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push("$");
                rest = after;
            } else if let Some((inner, after)) = rest.strip_prefix('{').and_then(closing) {
                rest = after;
                let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
                let (name, operator) = inner.split_at(end);
                self.variable(name, operator, out, holes, depth);
            } else {
                let starts = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                if starts {
                    self.variable(&rest[..end], "", out, holes, depth);
                    rest = &rest[end..];
                } else {
                    out.push("$");
                }
            }
        }
        out.push(rest);
    }

    fn variable(&self, name: &str, operator: &str, out: &mut Text, holes: &mut Holes, depth: usize) {
        let known = self.known.get(name).map(|v| &**v);
        out.assumed = true;
        let given = known.filter(|value| !value.is_empty() || !operator.starts_with(':'));
        let word = operator.trim_start_matches(':');
        match (given, word.chars().next()) {
            (Some(_), Some('+')) => self.nested(&word[1..], out, holes, depth),
            (Some(value), _) if names_a_secret(name) && !value.is_empty() => {
                let (text, reason) = (Some(value.into()), "it is secret".into());
                let c = holes.add(Hole { text, reason, from: None, sensitive: true });
                out.all.push(c);
            }
            (Some(value), _) => out.push(value),
            (None, Some('-')) => self.nested(&word[1..], out, holes, depth),
            (None, Some('+')) => {}
            (None, _) => {
                let sensitive = names_a_secret(name);
                let reason = format!("environment variable {name} has no value").into();
                let c = holes.add(Hole { text: None, reason, from: None, sensitive });
                out.all.push(c);
            }
        }
    }

    fn nested(&self, text: &str, out: &mut Text, holes: &mut Holes, depth: usize) {
        if depth < MAX_DEPTH {
            self.expand(text, out, holes, depth + 1);
        } else {
            out.all.push(holes.unknown("nested too deep"));
        }
    }
}

impl Text {
    fn push(&mut self, text: &str) {
        if self.all.len() + text.len() <= MAX_EXPANDED {
            self.all += text;
        }
    }
}

/// What stands before the brace that closes, and behind it.
fn closing(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in() {
        let variables = Variables::new(dotenv(
            "A=1\nexport B='x y' # n\n#C=2\nEMPTY=\nD=v # note\nDB_PASSWORD=hunter2\n",
        ));
        for (text, want) in [
            ("$A-${B}", "1-x y"),
            ("${C:-def}", "def"),
            ("${C-${A}}", "1"),
            ("${EMPTY:-e}|${EMPTY-e}", "e|"),
            ("${A:+set}${C:+set}", "set"),
            ("$$A ${C:?must} $", "$A ${? environment variable C has no value} $"),
            ("${D}", "v"),
            ("${open", "${open"),
            ("p://u:${DB_PASSWORD}@h", "(sensitive)"),
        ] {
            assert_eq!(variables.put_in(&text.into()).display(), want, "{text}");
        }
        let port = variables.put_in(&"${P:-80}".into());
        assert!(port.assumed && matches!(port.value, Value::Number(_)));
    }
}
