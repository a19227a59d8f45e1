//! The syntax tree of HCL: one tree for the native and the JSON syntax. Every expression has its span.

use std::sync::Arc;

use crate::Span;

/// A file or the inside of a block: attributes and blocks, each in the order of the source.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
    pub span: Span,
}

/// `name = value`.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub name: Arc<str>,
    pub name_span: Span,
    pub value: Expr,
    /// From the name to the end of the value.
    pub span: Span,
}

/// `type "label" … { body }`.
#[derive(Clone, Debug)]
pub struct Block {
    pub kind: Arc<str>,
    pub labels: Vec<Arc<str>>,
    /// The type and the labels, without the body: where a finding about the whole block points.
    pub header: Span,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Null,
    Bool(bool),
    /// A whole number that fits, exactly.
    Int(i64),
    Float(f64),
    /// Text without interpolation, escapes resolved.
    String(Arc<str>),
    /// Text with interpolations or directives; heredoc indentation already removed.
    Template(Vec<Part>),
    List(Vec<Expr>),
    /// Keys that are bare identifiers arrive as [`ExprKind::String`].
    Object(Vec<(Expr, Expr)>),
    /// `var`, `local`, `each`, `aws_s3_bucket`: the root of a traversal or a bare name.
    Variable(Arc<str>),
    /// `source` followed by steps. Splats stand inside the steps and apply to all steps after them, as HCL says.
    Traversal(Box<Expr>, Vec<Step>),
    Call {
        name: Arc<str>,
        args: Vec<Expr>,
        /// The last argument is spread: `f(list...)`.
        spread: bool,
    },
    Unary(UnaryOp, Box<Expr>),
    Binary(Box<Expr>, BinaryOp, Box<Expr>),
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    For(Box<For>),
    /// `( … )`. Kept because an object key in parentheses is an expression, and a bare one is not.
    Parens(Box<Expr>),
}

/// `[for key, value in collection : value if condition]` or `{for … : key => value... if condition}`.
#[derive(Clone, Debug)]
pub struct For {
    pub key_var: Option<Arc<str>>,
    pub value_var: Arc<str>,
    pub collection: Expr,
    /// Present for the object form.
    pub key: Option<Expr>,
    pub value: Expr,
    /// `...`: values of one key are grouped into a list.
    pub grouping: bool,
    pub condition: Option<Expr>,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`
    Attr(Arc<str>, Span),
    /// `[index]`, also `.0`
    Index(Expr),
    /// `[*]`
    FullSplat(Span),
    /// `.*`
    AttrSplat(Span),
}

#[derive(Clone, Debug)]
pub enum Part {
    Text(Arc<str>, Span),
    /// `${ … }`; strip markers (`~`) are already applied to the neighbouring texts.
    Interpolation(Expr),
    If {
        condition: Expr,
        then: Vec<Part>,
        otherwise: Vec<Part>,
    },
    For {
        key_var: Option<Arc<str>>,
        value_var: Arc<str>,
        collection: Expr,
        body: Vec<Part>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Neg,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    And,
    Or,
}

/// A `#`, `//` or `/* */` comment; for the last, one entry for each line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub span: Span,
    /// Without the comment marks, trimmed.
    pub text: String,
}

/// What one file holds.
#[derive(Clone, Debug, Default)]
pub struct File {
    pub body: Body,
    pub comments: Vec<Comment>,
}
