//! JSON, YAML and TOML as one tree of values, each with its place in the text.
//!
//! What the values mean is not known here. Lists and maps are shared, so that a YAML alias costs nothing to follow;
//! how large a tree would be without sharing is bounded.

mod json;
mod toml;
mod yaml;

use std::sync::Arc;

pub use self::toml::parse_toml;
pub use json::parse_json;
pub use yaml::{Documents, parse_yaml};

use crate::Span;

/// Maps and lists inside each other.
pub const MAX_DEPTH: usize = 128;
/// Values of one text, aliases counted as often as they are used.
pub const MAX_VALUES: usize = 2_000_000;
/// Problems that one text reports.
const MAX_PROBLEMS: usize = 50;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    pub value: Data,
    /// Where it is written; of an aliased value where its anchor is.
    pub span: Span,
    /// Where the alias stands that repeats it here.
    pub alias: Option<Span>,
    /// A local YAML tag without its `!`: `Ref`, `GetAtt`.
    pub tag: Option<Arc<str>>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    List(Arc<Vec<Datum>>),
    /// In the order of the text; no key twice.
    Map(Arc<Vec<Entry>>),
}

/// One entry of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: Arc<str>,
    pub key_span: Span,
    pub value: Datum,
}

/// A comment without its mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub span: Span,
    pub text: String,
}

impl Datum {
    pub fn new(value: Data, span: Span) -> Self {
        Datum { value, span, alias: None, tag: None }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Datum]> {
        match &self.value {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Datum> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| &*entry.key == key)
    }

    /// Where it is used: its alias if it has one.
    pub fn place(&self) -> Span {
        self.alias.unwrap_or(self.span)
    }

    /// The word for its type in messages.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Int(_) | Data::Float(_) => "a number",
            Data::Text(_) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }
}
