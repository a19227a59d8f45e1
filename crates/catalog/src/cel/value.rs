//! What an expression evaluates to.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Number};

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// An attribute is not in the document, and no default is known.
    Missing(Arc<str>),
    /// A value is not known, and why.
    Unknown(Arc<str>),
    /// The expression does not fit the value (a number where text was expected).
    Mismatch(Arc<str>),
}

impl Undecided {
    pub fn reason(&self) -> String {
        match self {
            Undecided::Missing(path) => format!("{path} is not set and its default is not known"),
            Undecided::Unknown(reason) | Undecided::Mismatch(reason) => reason.to_string(),
        }
    }
}

/// A value of an expression; documents are borrowed, never copied.
#[derive(Clone, Debug)]
pub enum Val<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    /// A place in a document.
    Node(&'a Node),
    /// A value that a function computed from nodes.
    Made(Arc<Node>),
    List(Arc<ListValue<'a>>),
    Map(Arc<BTreeMap<Arc<str>, Val<'a>>>),
    /// An asset, by its index in the graph.
    Asset(usize),
}

/// A list that may be known to be incomplete.
#[derive(Clone, Debug, Default)]
pub struct ListValue<'a> {
    pub items: Vec<Val<'a>>,
    /// Why there may be more elements than these.
    pub open: Option<Arc<str>>,
}

impl<'a> Val<'a> {
    pub fn text(text: impl AsRef<str>) -> Self {
        Val::Text(Arc::from(text.as_ref()))
    }

    pub fn list(items: Vec<Val<'a>>) -> Self {
        Val::List(Arc::new(ListValue { items, open: None }))
    }

    pub fn open_list(items: Vec<Val<'a>>, open: Option<Arc<str>>) -> Self {
        Val::List(Arc::new(ListValue { items, open }))
    }

    /// The word for this value's type in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Val::Null => "null",
            Val::Bool(_) => "bool",
            Val::Number(_) => "number",
            Val::Text(_) => "string",
            Val::Node(node) => node.value.type_name(),
            Val::Made(node) => node.value.type_name(),
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Asset(_) => "asset",
        }
    }
}
