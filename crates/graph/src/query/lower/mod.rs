//! From what was written to what is run: names become slots, functions are looked up, conditions are parted, and each MATCH
//! is planned.

mod expression;
mod matching;
mod planner;
mod projection;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::ast::{self, Clause, Name};
use super::error::{Mistake, QueryError};
use super::plan::{Aggregate, Operator, Part, Plan, Slot};
use super::{PropertyGraph, Value, Words};

/// What is known of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Node,
    Relationship,
    /// Of a variable length.
    Relationships,
    Path,
    /// Anything: it came through WITH or UNWIND.
    Value,
}

impl Sort {
    fn word(self) -> &'static str {
        match self {
            Sort::Node => "a node",
            Sort::Relationship => "a relationship",
            Sort::Relationships => "a list of relationships",
            Sort::Path => "a path",
            Sort::Value => "a value",
        }
    }
}

#[derive(Clone, Debug)]
struct Variable {
    name: Arc<str>,
    slot: Slot,
    sort: Sort,
}

pub(super) struct Lower<'q> {
    text: &'q str,
    graph: &'q dyn PropertyGraph,
    parameters: &'q BTreeMap<Arc<str>, Value>,
    /// Variables that can be named here, the innermost last.
    scope: Vec<Variable>,
    frame: usize,
    /// Slots that were named since somebody last looked.
    used: Vec<Slot>,
    /// Where a projection is being lowered that may aggregate.
    aggregates: Option<Vec<Aggregate>>,
    /// Inside the argument of an aggregate.
    aggregating: bool,
    /// Expressions that stand for a column already made.
    columns: Vec<(ast::Expr, Slot)>,
    /// Variables from before a grouping, which only aggregates can name.
    hidden: Vec<Variable>,
    /// What is likely not meant, though it is allowed.
    notes: Vec<String>,
}

/// The plan of a query on a graph, and what is likely not meant by it.
pub(super) fn lower(
    text: &str,
    query: &ast::Union,
    graph: &dyn PropertyGraph,
    parameters: &BTreeMap<Arc<str>, Value>,
) -> Result<(Plan, Vec<String>), QueryError> {
    let mut notes = Vec::new();
    let mut columns: Vec<Arc<str>> = Vec::new();
    let mut parts = Vec::new();
    for clauses in &query.parts {
        let mut lower = Lower {
            text,
            graph,
            parameters,
            scope: Vec::new(),
            frame: 0,
            used: Vec::new(),
            aggregates: None,
            aggregating: false,
            columns: Vec::new(),
            hidden: Vec::new(),
            notes: Vec::new(),
        };
        let operators = lower.clauses(clauses)?;
        let names: Vec<Arc<str>> = lower.scope.iter().map(|v| v.name.clone()).collect();
        if parts.is_empty() {
            columns = names;
        } else if columns != names {
            let mistake =
                lower.mistake(&(0..0), "the queries of a UNION must have the same columns in the same order");
            let help = format!("the first has {}, another {}", columns.join(", "), names.join(", "));
            return Err(mistake.help(help).into());
        }
        let result = lower.scope.iter().map(|v| v.slot).collect();
        notes.append(&mut lower.notes);
        parts.push(Part { operators, frame: lower.frame, result });
    }
    notes.sort();
    notes.dedup();
    Ok((Plan { parts, all: query.all, columns }, notes))
}

impl Lower<'_> {
    fn clauses(&mut self, clauses: &[Clause]) -> Result<Vec<Operator>, QueryError> {
        let mut operators = Vec::new();
        for clause in clauses {
            operators.push(match clause {
                Clause::Match { optional, patterns, condition } => Operator::Match {
                    matching: self.matching(patterns, condition.as_ref())?,
                    optional: *optional,
                },
                Clause::Unwind { list, name } => {
                    let list = self.expr(list)?;
                    let slot = self.declare(name, Sort::Value)?;
                    Operator::Unwind { list, slot }
                }
                Clause::With { projection, condition } => {
                    self.projection(projection, condition.as_ref(), true)?
                }
                Clause::Return(projection) => self.projection(projection, None, false)?,
            });
        }
        Ok(operators)
    }

    fn mistake(&self, span: &Range<usize>, message: impl Into<String>) -> Mistake {
        Mistake::at(self.text, span, message)
    }

    fn slot(&mut self) -> Slot {
        self.frame += 1;
        self.frame - 1
    }

    fn find(&self, name: &str) -> Option<&Variable> {
        self.scope.iter().rev().find(|v| &*v.name == name)
    }

    /// A new variable, which must not be there yet.
    fn declare(&mut self, name: &Name, sort: Sort) -> Result<Slot, Mistake> {
        if self.find(&name.text).is_some() {
            return Err(self.mistake(&name.span, format!("variable {} is already declared", name.text)));
        }
        Ok(self.bind(name.text.clone(), sort))
    }

    fn bind(&mut self, name: Arc<str>, sort: Sort) -> Slot {
        let slot = self.slot();
        self.scope.push(Variable { name, slot, sort });
        slot
    }

    /// The slot of a variable that must be there.
    fn named(&mut self, name: &Name) -> Result<Slot, Mistake> {
        if let Some(slot) = self.find(&name.text).map(|v| v.slot) {
            if !self.aggregating {
                self.used.push(slot);
            }
            return Ok(slot);
        }
        let known: Vec<&str> = self.scope.iter().map(|v| &*v.name).collect();
        let suggestion = catalog::did_you_mean(&name.text, known);
        Err(self.mistake(&name.span, format!("variable {} is not defined{suggestion}", name.text)))
    }

    /// Notes a word that no element of the graph has.
    fn unmet(&mut self, what: &str, name: &str, here: &[Arc<str>], elsewhere: fn(Words) -> Vec<String>) {
        let elsewhere = elsewhere(self.graph.words());
        if elsewhere.iter().any(|known| known == name) {
            return;
        }
        let known = here.iter().map(|k| &**k).chain(elsewhere.iter().map(|k| &**k));
        let suggestion = catalog::did_you_mean(name, known);
        self.notes.push(format!("no {what} {name} is in the graph{suggestion}"));
    }

    /// The numbers of labels; a node has none that is `None`.
    fn labels(&mut self, names: &[Name]) -> Vec<Option<u32>> {
        let table = self.graph.table();
        names
            .iter()
            .map(|name| {
                let label = table.label(&name.text);
                if label.is_none() {
                    self.unmet("node with the label", &name.text, table.labels(), |words| words.labels);
                }
                label
            })
            .collect()
    }
}
