//! Values as a person reads them: in the notation of the language, with nodes by their name.

use std::fmt::{self, Write as _};

use super::operators::float_text;
use super::{Properties, Reading, Table, Value};

/// A value beside the graph that its nodes and relationships are of; [`fmt::Display`] writes it.
#[derive(Clone, Copy)]
pub struct Shown<'v> {
    value: &'v Value,
    table: &'v Table,
    /// A text stands without quotes where it stands alone.
    plain: bool,
}

impl Value {
    /// For a cell of a table: a text as it is.
    pub fn shown<'v>(&'v self, table: &'v Table) -> Shown<'v> {
        Shown { value: self, table, plain: true }
    }

    /// In the notation of the language: a text in quotes.
    pub fn literal<'v>(&'v self, table: &'v Table) -> Shown<'v> {
        Shown { value: self, table, plain: false }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = |value| Shown { value, table: self.table, plain: false };
        match self.value {
            Value::Null => f.write_str("null"),
            Value::Boolean(truth) => write!(f, "{truth}"),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Float(number) => f.write_str(&float_text(*number)),
            Value::Text(text) if self.plain => f.write_str(text),
            Value::Text(text) => quoted(f, text),
            Value::List(list) => {
                f.write_char('[')?;
                for (i, item) in list.iter().enumerate() {
                    write!(f, "{}{}", if i > 0 { ", " } else { "" }, inner(item))?;
                }
                f.write_char(']')
            }
            Value::Map(map) => entries(f, map, self.table),
            Value::Node(node) => self.node(f, *node),
            Value::Relationship(relationship) => self.relationship(f, *relationship),
            Value::Path(path) => {
                let mut nodes = path.nodes.iter();
                if let Some(first) = nodes.next() {
                    self.node(f, *first)?;
                }
                let mut at = path.nodes.first().copied();
                for (relationship, node) in path.relationships.iter().zip(nodes) {
                    let forward = Some(self.table.ends(*relationship).0) == at;
                    f.write_str(if forward { "-" } else { "<-" })?;
                    write!(f, "[:{}]", name(self.table.relationship_type(*relationship)))?;
                    f.write_str(if forward { "->" } else { "-" })?;
                    self.node(f, *node)?;
                    at = Some(*node);
                }
                Ok(())
            }
        }
    }
}

impl Shown<'_> {
    /// By its name, and what it is: the first label.
    fn node(&self, f: &mut fmt::Formatter<'_>, node: u32) -> fmt::Result {
        let named = ["name", "id"].into_iter().find_map(|key| match self.table.node_property(node, key) {
            Reading::Known(value) => Some(value.shown(self.table).to_string()),
            _ => None,
        });
        write!(f, "({}", named.unwrap_or_default())?;
        if let Some(label) = self.table.node_labels(node).next() {
            write!(f, ":{}", name(label))?;
        }
        f.write_char(')')
    }

    fn relationship(&self, f: &mut fmt::Formatter<'_>, relationship: u32) -> fmt::Result {
        write!(f, "[:{}", name(self.table.relationship_type(relationship)))?;
        let properties = self.table.relationship_properties(relationship);
        if !properties.is_empty() {
            f.write_char(' ')?;
            entries(f, properties, self.table)?;
        }
        f.write_char(']')
    }
}

fn entries(f: &mut fmt::Formatter<'_>, entries: &Properties, table: &Table) -> fmt::Result {
    f.write_char('{')?;
    for (i, (key, value)) in entries.iter().enumerate() {
        write!(f, "{}{}: {}", if i > 0 { ", " } else { "" }, name(key), value.literal(table))?;
    }
    f.write_char('}')
}

/// A name as it is written: in backticks where it is no word.
pub(super) fn name(name: &str) -> String {
    let mut letters = name.chars();
    let word = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && letters.all(|c| c.is_alphanumeric() || c == '_');
    if word { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for letter in text.chars() {
        match letter {
            '\'' => f.write_str("\\'")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('\'')
}
