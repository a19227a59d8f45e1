//! A query as it was written. Names are not resolved here.
//!
//! Chains of operators are lists and not nested pairs, so that a tree is never deeper than brackets are nested.

use std::ops::Range;
use std::sync::Arc;

use super::Value;

/// A name and where it stands. Two names are the same wherever they stand.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub text: Arc<str>,
    pub span: Range<usize>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Single queries joined by UNION; `all` keeps rows that are the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Union {
    pub parts: Vec<Vec<Clause>>,
    pub all: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Clause {
    Match { optional: bool, patterns: Vec<Pattern>, condition: Option<Expr> },
    Unwind { list: Expr, name: Name },
    With { projection: Projection, condition: Option<Expr> },
    Return(Projection),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Projection {
    pub distinct: bool,
    /// `*`: every variable by name, before the items.
    pub all: bool,
    pub items: Vec<Item>,
    pub order: Vec<Order>,
    pub skip: Option<Expr>,
    pub limit: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub expr: Expr,
    /// After AS, else the text of the expression.
    pub name: Name,
    pub renamed: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub expr: Expr,
    pub descending: bool,
}

/// One path of nodes and relationships: always one node more than relationships.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub path: Option<Name>,
    pub shortest: Option<Shortest>,
    pub nodes: Vec<NodePattern>,
    pub relationships: Vec<RelationshipPattern>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortest {
    One,
    All,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NodePattern {
    pub variable: Option<Name>,
    /// All of them.
    pub labels: Vec<Name>,
    pub properties: Vec<(Name, Expr)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Left,
    Right,
    Both,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct RelationshipPattern {
    pub variable: Option<Name>,
    /// Any of them; empty for all.
    pub types: Vec<Name>,
    pub properties: Vec<(Name, Expr)>,
    pub direction: Direction,
    pub length: Option<Length>,
}

/// `*`, `*2`, `*1..3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    pub from: usize,
    pub to: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    IsNull,
    IsNotNull,
    In(Expr),
    StartsWith(Expr),
    EndsWith(Expr),
    Contains(Expr),
    Matches(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Access {
    Property(Name),
    Index(Expr),
    Slice(Option<Expr>, Option<Expr>),
    Labels(Vec<Name>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    All,
    Any,
    None,
    Single,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Literal(Value),
    Parameter(Name),
    Variable(Name),
    List(Vec<Expr>),
    Map(Vec<(Name, Expr)>),
    Access(Box<Expr>, Vec<Access>),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Xor(Vec<Expr>),
    Arithmetic(Box<Expr>, Vec<(Arithmetic, Expr)>),
    Comparison(Box<Expr>, Vec<(Comparison, Expr)>),
    Test(Box<Expr>, Vec<Test>),
    Case {
        subject: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Call {
        function: Name,
        distinct: bool,
        arguments: Vec<Expr>,
    },
    CountAll,
    Comprehension {
        variable: Name,
        list: Box<Expr>,
        condition: Option<Box<Expr>>,
        result: Option<Box<Expr>>,
    },
    Quantified {
        quantifier: Quantifier,
        variable: Name,
        list: Box<Expr>,
        condition: Option<Box<Expr>>,
    },
    Reduce {
        total: Name,
        start: Box<Expr>,
        variable: Name,
        list: Box<Expr>,
        step: Box<Expr>,
    },
    /// A pattern as a condition, or `EXISTS { … }`.
    Exists {
        patterns: Vec<Pattern>,
        condition: Option<Box<Expr>>,
    },
    /// `COUNT { … }`.
    Count {
        patterns: Vec<Pattern>,
        condition: Option<Box<Expr>>,
    },
}
