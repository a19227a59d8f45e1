//! Cards of `catalog/queries`: questions to the graph that are ready to ask. What the language means is `graph`'s.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use crate::card::{Constant, Text};
use crate::raw::{Pairs, arcs, constant, text};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryCard {
    pub query: Text,
    pub title: Arc<str>,
    /// What the answer tells, and what it does not.
    pub says: Arc<str>,
    pub parameters: Vec<QueryParameter>,
    pub cypher: Text,
    /// The columns of the answer, in their order.
    pub columns: Vec<Arc<str>>,
    pub file: Arc<str>,
}

/// A value that whoever asks may give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryParameter {
    pub name: Text,
    pub says: Arc<str>,
    pub default: Constant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawQuery {
    query: Spanned<String>,
    title: String,
    says: String,
    #[serde(default)]
    parameters: Pairs<RawParameter>,
    cypher: Spanned<String>,
    columns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawParameter {
    says: String,
    default: serde_json::Value,
}

pub(crate) fn query(raw: RawQuery, file: &str) -> QueryCard {
    let parameters = raw.parameters.0.into_iter().map(|(name, parameter)| QueryParameter {
        name: text(&name),
        says: parameter.says.trim().into(),
        default: constant(parameter.default),
    });
    QueryCard {
        query: text(&raw.query),
        title: raw.title.into(),
        says: raw.says.trim().into(),
        parameters: parameters.collect(),
        cypher: text(&raw.cypher),
        columns: arcs(raw.columns),
        file: file.into(),
    }
}
