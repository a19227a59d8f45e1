//! The functions of the language. Each is a row of a table: its name, how many arguments it takes, what it does.

mod graph;
mod lists;
mod numbers;
mod text;

use std::ops::RangeInclusive;

use super::Value;
use super::aggregate::Aggregation;
use super::error::QueryError;
use super::evaluate::Context;

type Result<T = Value> = std::result::Result<T, QueryError>;

#[derive(Debug)]
pub(super) struct Function {
    pub name: &'static str,
    pub arguments: RangeInclusive<usize>,
    pub call: fn(&Context<'_>, &[Value]) -> Result,
}

const TABLES: [&[Function]; 4] = [graph::FUNCTIONS, lists::FUNCTIONS, numbers::FUNCTIONS, text::FUNCTIONS];

/// The function of that name, upper and lower case alike.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    TABLES.into_iter().flatten().find(|f| f.name.eq_ignore_ascii_case(name))
}

/// Every function, aggregates too.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().flatten().map(|f| f.name).chain(Aggregation::NAMES)
}

const fn function(
    name: &'static str,
    arguments: RangeInclusive<usize>,
    call: fn(&Context<'_>, &[Value]) -> Result,
) -> Function {
    Function { name, arguments, call }
}

fn unfit<T>(function: &str, value: &Value) -> Result<T> {
    Err(QueryError::Value(format!("{function}() cannot take {}", value.type_name())))
}
