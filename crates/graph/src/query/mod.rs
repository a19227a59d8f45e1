//! The explorer's query language: a read-only part of openCypher over an immutable property graph.
//!
//! Text goes through [`lexer`] and [`grammar`] to [`ast`], through [`lower`] to a [`plan`] of slots and steps, and that is
//! run: [`find`] takes the steps of a MATCH, [`run`] leads rows through the clauses, [`evaluate`] works out expressions.
//! [`Table`] is the graph, [`estate`] makes one of assets, and of what was [`derived`] of them. Nothing here reads a file or a clock: what a query costs is
//! counted, and an answer is either whole or an error that says which [limit](Limits) it ran into.

mod aggregate;
mod ast;
mod budget;
pub mod derived;
mod error;
pub mod estate;
mod evaluate;
mod find;
mod functions;
mod grammar;
mod lexer;
mod lower;
mod operators;
mod plan;
mod print;
mod run;
mod shortest;
mod show;
mod table;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use budget::Limits;
pub use error::{Exceeded, Mistake, QueryError};
pub use show::Shown;
pub use table::{Builder, Properties, PropertyGraph, Reading, Table, Words};
pub use value::{List, Map, Path, Value};

/// Values of `$name` in a query.
pub type Parameters = BTreeMap<Arc<str>, Value>;

/// A query that follows the grammar.
#[derive(Clone, Debug)]
pub struct Query {
    text: Arc<str>,
    tree: ast::Union,
}

/// In one form, whatever it was written in.
impl std::fmt::Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.tree)
    }
}

/// The value that a person wrote for a parameter: a number, a boolean, null, a list or a map in the notation of the
/// language; anything else is text.
pub fn read_value(text: &str) -> Value {
    let written = || {
        let query = Query::parse(&format!("RETURN {text} AS value")).ok()?;
        let limits = Limits { rows: 1, steps: 10_000, memory: 1 << 20 };
        let mut answer = query.run(&Table::default(), &Parameters::new(), &limits).ok()?;
        (answer.columns.len() == 1).then_some(())?;
        answer.rows.pop()?.pop()
    };
    written().unwrap_or_else(|| Value::text(text))
}

/// What a query found. Either all of it, or there is an error instead.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub columns: Vec<Arc<str>>,
    pub rows: Vec<Vec<Value>>,
    /// Sentences: words of the query that nothing in the graph has, and values that are not known.
    pub notes: Vec<String>,
}

impl Query {
    pub fn parse(text: &str) -> Result<Query, Mistake> {
        Ok(Query { text: text.into(), tree: grammar::parse(text)? })
    }

    /// Whether another text is the same query, written in another way.
    pub fn same(&self, other: &Query) -> bool {
        self.tree == other.tree
    }

    pub fn run(
        &self,
        graph: &dyn PropertyGraph,
        parameters: &Parameters,
        limits: &Limits,
    ) -> Result<Answer, QueryError> {
        let (plan, mut notes) = lower::lower(&self.text, &self.tree, graph, parameters)?;
        let context = evaluate::Context::new(graph, budget::Budget::new(*limits));
        let rows = run::run(&plan, &context)?;
        notes.extend(context.unknown());
        Ok(Answer { columns: plan.columns, rows, notes })
    }
}
