//! Terraform's type constraints, and its rules for converting a value from one type to another, over values that
//! may be known only in part.
//!
//! A [`Node`] does not tell a list from a tuple or a map from an object, and a set is a list in the order in which
//! Terraform iterates it. So a value's own type is always read as the structural one (tuple, object), which
//! converts to every type that the value could have had. Operators are not here.

mod convert;
mod parse;
mod relation;
mod unify;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Node;

pub use convert::{convert, to_bool, to_number, to_string};
pub use relation::equal;

pub(in crate::terraform) use convert::{distinct_of, list_of, number_text, set_of, strings};
pub(in crate::terraform) use relation::{equal_within, is_identifier, never_empty};
pub(in crate::terraform) use unify::{alike, common_type};

/// A type constraint.
#[derive(Clone, Debug)]
pub enum Type {
    Any,
    String,
    Number,
    Bool,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Object(BTreeMap<Arc<str>, (Type, Optional)>),
    Tuple(Vec<Type>),
}

/// Whether an attribute of an object may be absent.
#[derive(Clone, Debug)]
pub enum Optional {
    /// It may not.
    No,
    /// Then it is null.
    Null,
    /// Then, and also when it is null, it is this.
    Default(Node),
}

impl Type {
    /// Whether some part of the type is decided by the value.
    fn is_open(&self) -> bool {
        match self {
            Type::Any => true,
            Type::String | Type::Number | Type::Bool => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.is_open(),
            Type::Object(attributes) => attributes.values().any(|(t, _)| t.is_open()),
            Type::Tuple(elements) => elements.iter().any(Type::is_open),
        }
    }

    /// The type's word in messages.
    fn word(&self) -> &'static str {
        match self {
            Type::Any => "any value",
            Type::String => "string",
            Type::Number => "number",
            Type::Bool => "bool",
            Type::List(_) => "list",
            Type::Set(_) => "set",
            Type::Map(_) => "map",
            Type::Object(_) => "object",
            Type::Tuple(_) => "tuple",
        }
    }
}
