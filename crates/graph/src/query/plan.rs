//! A query ready to run: names are slots of one row, functions are found, and every MATCH is a list of steps.

use std::sync::Arc;

use super::Value;
use super::aggregate::Aggregation;
use super::ast::{Arithmetic, Comparison, Direction, Length, Quantifier, Shortest};
use super::functions::Function;

/// A place in the row. All variables of one query have a place of their own, the inner ones of lists too.
pub(super) type Slot = usize;

#[derive(Debug)]
pub(super) struct Plan {
    pub parts: Vec<Part>,
    pub all: bool,
    pub columns: Vec<Arc<str>>,
}

/// One query between UNIONs.
#[derive(Debug)]
pub(super) struct Part {
    pub operators: Vec<Operator>,
    /// How many slots its row has.
    pub frame: usize,
    /// The slots of the columns.
    pub result: Vec<Slot>,
}

#[derive(Debug)]
pub(super) enum Operator {
    Match { matching: Matching, optional: bool },
    Unwind { list: Expr, slot: Slot },
    Project(Box<Project>),
}

/// WITH and RETURN.
#[derive(Debug)]
pub(super) struct Project {
    pub items: Vec<Column>,
    pub aggregates: Vec<Aggregate>,
    /// Whether rows are grouped: by the columns that do not aggregate.
    pub grouped: bool,
    pub distinct: bool,
    pub order: Vec<(Expr, bool)>,
    pub skip: Option<Expr>,
    pub limit: Option<Expr>,
    pub condition: Option<Expr>,
}

#[derive(Debug)]
pub(super) struct Column {
    pub expr: Expr,
    pub slot: Slot,
    pub aggregates: bool,
}

#[derive(Debug)]
pub(super) struct Aggregate {
    pub aggregation: Aggregation,
    /// `None` for `count(*)`.
    pub argument: Option<Expr>,
    pub distinct: bool,
    pub slot: Slot,
}

/// The steps that find what a pattern describes, in the order they are taken.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    pub steps: Vec<Step>,
    /// Slots that are null where an OPTIONAL MATCH finds nothing.
    pub binds: Vec<Slot>,
    /// Nothing can match: a label or type that no element has.
    pub before: Vec<Expr>,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub action: Action,
    /// What can be decided once the step is taken.
    pub filters: Vec<Expr>,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Finds nodes out of nothing.
    Scan {
        slot: Slot,
        from: Source,
    },
    /// Looks at a node that an earlier clause found.
    Check {
        slot: Slot,
        labels: Vec<Option<u32>>,
    },
    Expand(Expand),
    Shortest {
        expand: Expand,
        which: Shortest,
    },
    /// Puts a path together.
    Path {
        slot: Slot,
        nodes: Vec<Slot>,
        relationships: Vec<Slot>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Source {
    pub labels: Vec<Option<u32>>,
    /// The property that must have a value, where an index tells which nodes have it.
    pub property: Option<(Arc<str>, Expr)>,
}

/// From one node along relationships to another.
#[derive(Clone, Debug)]
pub(super) struct Expand {
    pub from: Slot,
    pub to: Slot,
    /// Whether `to` is bound already.
    pub into: bool,
    pub relationship: Slot,
    /// Whether an earlier clause bound the relationship.
    pub bound: bool,
    /// Any of them; `None` for all. A type that no relationship has is left out.
    pub types: Option<Vec<u32>>,
    /// As seen from `from`.
    pub direction: Direction,
    pub length: Option<Length>,
    /// The pattern was written the other way round: the relationships of a path are to be turned.
    pub reversed: bool,
    /// Of each relationship of a path.
    pub properties: Vec<(Arc<str>, Expr)>,
    pub labels: Vec<Option<u32>>,
    /// Relationships of the same MATCH, none of which may be used again.
    pub unique: Vec<Slot>,
    /// Whether anybody reads the relationships.
    pub read: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    IsNull,
    IsNotNull,
    In(Expr),
    StartsWith(Expr),
    EndsWith(Expr),
    Contains(Expr),
    Matches(Expr),
}

#[derive(Clone, Debug)]
pub(super) enum Access {
    Property(Arc<str>),
    Index(Expr),
    Slice(Option<Expr>, Option<Expr>),
    Labels(Vec<Option<u32>>),
}

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Constant(Value),
    Slot(Slot),
    List(Vec<Expr>),
    Map(Vec<(Arc<str>, Expr)>),
    Access(Box<Expr>, Vec<Access>),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Xor(Vec<Expr>),
    Arithmetic(Box<Expr>, Vec<(Arithmetic, Expr)>),
    Comparison(Box<Expr>, Vec<(Comparison, Expr)>),
    Test(Box<Expr>, Vec<Test>),
    Case { subject: Option<Box<Expr>>, branches: Vec<(Expr, Expr)>, otherwise: Option<Box<Expr>> },
    Call(&'static Function, Vec<Expr>),
    Comprehension { slot: Slot, list: Box<Expr>, condition: Option<Box<Expr>>, result: Option<Box<Expr>> },
    Quantified { quantifier: Quantifier, slot: Slot, list: Box<Expr>, condition: Option<Box<Expr>> },
    Reduce { total: Slot, start: Box<Expr>, slot: Slot, list: Box<Expr>, step: Box<Expr> },
    Exists(Box<Matching>),
    Count(Box<Matching>),
}
