//! From the tree of the parser to ours: bodies and expressions, with spans of the whole text. Templates have a file
//! of their own.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{self as edit, Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::{self as edit_structure, Structure};

use super::template;
use super::{Attribute, BinaryOp, Block, Body, Expr, ExprKind, For, Step, UnaryOp};
use crate::Span;

/// Where the parsed text stands in the whole one.
pub(super) struct Origin<'a> {
    /// The text that was parsed, before anything in it was rewritten.
    pub(super) text: &'a str,
    pub(super) place: Place<'a>,
}

pub(super) enum Place<'a> {
    /// At this offset.
    Offset(usize),
    /// Behind the escapes of a JSON string: pairs of an offset in the parsed text and the offset in the whole text
    /// that it stands for, in order; between two pairs both run alike. The first begins at 0.
    Mapped(&'a [(usize, usize)]),
}

impl Origin<'_> {
    pub(super) fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or_default();
        Span::new(self.offset(range.start), self.offset(range.end))
    }

    pub(super) fn offset(&self, at: usize) -> usize {
        match self.place {
            Place::Offset(offset) => offset + at,
            Place::Mapped(pairs) => {
                let next = pairs.partition_point(|(parsed, _)| *parsed <= at);
                let (parsed, whole) =
                    next.checked_sub(1).and_then(|i| pairs.get(i)).copied().unwrap_or_default();
                whole + (at - parsed)
            }
        }
    }

    /// Appends the attributes and blocks of one piece of a body.
    pub(super) fn body(&self, from: edit_structure::Body, into: &mut Body) {
        for structure in from {
            match structure {
                Structure::Attribute(attribute) => into.attributes.push(self.attribute(attribute)),
                Structure::Block(block) => into.blocks.push(self.block(block)),
            }
        }
    }

    fn attribute(&self, from: edit_structure::Attribute) -> Attribute {
        let name_span = self.span(from.key.span());
        let value = self.expr(from.value);
        Attribute { name: from.key.as_str().into(), name_span, span: name_span.to(value.span), value }
    }

    fn block(&self, from: edit_structure::Block) -> Block {
        let header_end = from.labels.last().map_or_else(|| from.ident.span(), |label| label.span());
        let header = self.span(from.ident.span()).to(self.span(header_end.clone()));
        let whole = from.span().unwrap_or_default();
        // Between the header and the brace stand blanks and comments, and a comment may hold a brace.
        let opening = opening_brace(self.text, header_end.map_or(whole.start, |end| end.end));
        let inside = opening..whole.end.saturating_sub(1).max(opening);
        let mut body = Body { span: self.span(Some(inside)), ..Body::default() };
        self.body(from.body, &mut body);
        Block {
            kind: from.ident.as_str().into(),
            labels: from.labels.iter().map(|label| label.as_str().into()).collect(),
            header,
            body,
        }
    }

    pub(super) fn expr(&self, from: Expression) -> Expr {
        let span = self.span(from.span());
        Expr { kind: self.kind(from), span }
    }

    fn boxed(&self, from: Expression) -> Box<Expr> {
        Box::new(self.expr(from))
    }

    fn kind(&self, from: Expression) -> ExprKind {
        match from {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(value.into_value()),
            Expression::Number(value) => {
                let value = value.into_value();
                match value.as_i64() {
                    Some(int) => ExprKind::Int(int),
                    None => ExprKind::Float(value.as_f64().unwrap_or(f64::MAX)),
                }
            }
            Expression::String(value) => ExprKind::String(value.into_value().into()),
            Expression::StringTemplate(value) => template::kind(
                self.template(value.into_iter().collect::<Vec<_>>().into(), template::Literals::Quoted),
            ),
            Expression::HeredocTemplate(value) => {
                // `<<-` even where nothing was indented, which the parser does not tell.
                let start = value.span().unwrap_or_default().start;
                let flush = self.text.get(start..).is_some_and(|text| text.starts_with("<<-"));
                template::kind(self.template(value.template, template::Literals::Heredoc { flush }))
            }
            Expression::Array(items) => {
                ExprKind::List(items.into_iter().map(|item| self.expr(item)).collect())
            }
            Expression::Object(items) => {
                let entry = |(key, value): (ObjectKey, edit::ObjectValue)| {
                    let key = match key {
                        ObjectKey::Ident(name) => Expr {
                            kind: ExprKind::String(name.as_str().into()),
                            span: self.span(name.span()),
                        },
                        ObjectKey::Expression(key) => self.expr(key),
                    };
                    (key, self.expr(value.into_expr()))
                };
                ExprKind::Object(items.into_iter().map(entry).collect())
            }
            Expression::Parenthesis(inner) => ExprKind::Parens(self.boxed(inner.into_inner())),
            Expression::Variable(name) => ExprKind::Variable(name.as_str().into()),
            Expression::Conditional(from) => ExprKind::Conditional(
                self.boxed(from.cond_expr),
                self.boxed(from.true_expr),
                self.boxed(from.false_expr),
            ),
            Expression::FuncCall(from) => self.call(*from),
            Expression::Traversal(from) => {
                let steps = from.operators.into_iter().map(|operator| self.step(operator)).collect();
                ExprKind::Traversal(self.boxed(from.expr), steps)
            }
            Expression::UnaryOp(from) => {
                let operator = match from.operator.value() {
                    edit::UnaryOperator::Neg => UnaryOp::Neg,
                    edit::UnaryOperator::Not => UnaryOp::Not,
                };
                ExprKind::Unary(operator, self.boxed(from.expr))
            }
            Expression::BinaryOp(from) => ExprKind::Binary(
                self.boxed(from.lhs_expr),
                binary(*from.operator.value()),
                self.boxed(from.rhs_expr),
            ),
            Expression::ForExpr(from) => ExprKind::For(Box::new(For {
                key_var: from.intro.key_var.map(|name| name.as_str().into()),
                value_var: from.intro.value_var.as_str().into(),
                collection: self.expr(from.intro.collection_expr),
                key: from.key_expr.map(|key| self.expr(key)),
                value: self.expr(from.value_expr),
                grouping: from.grouping,
                condition: from.cond.map(|condition| self.expr(condition.expr)),
            })),
        }
    }

    fn call(&self, from: edit::FuncCall) -> ExprKind {
        let name = if from.name.namespace.is_empty() {
            Arc::from(from.name.name.as_str())
        } else {
            let parts: Vec<&str> =
                from.name.namespace.iter().chain([&from.name.name]).map(|part| part.as_str()).collect();
            parts.join("::").into()
        };
        let spread = from.args.expand_final();
        ExprKind::Call { name, spread, args: from.args.into_iter().map(|arg| self.expr(arg)).collect() }
    }

    fn step(&self, from: hcl_edit::Decorated<TraversalOperator>) -> Step {
        let span = self.span(from.span());
        match from.into_value() {
            TraversalOperator::AttrSplat(_) => Step::AttrSplat(span),
            TraversalOperator::FullSplat(_) => Step::FullSplat(span),
            TraversalOperator::GetAttr(name) => Step::Attr(name.as_str().into(), self.span(name.span())),
            TraversalOperator::Index(index) => Step::Index(self.expr(index)),
            TraversalOperator::LegacyIndex(index) => {
                let span = self.span(index.span());
                let index = index.into_value();
                let kind = i64::try_from(index).map_or(ExprKind::Float(index as f64), ExprKind::Int);
                Step::Index(Expr { kind, span })
            }
        }
    }
}

fn binary(operator: edit::BinaryOperator) -> BinaryOp {
    match operator {
        edit::BinaryOperator::Eq => BinaryOp::Eq,
        edit::BinaryOperator::NotEq => BinaryOp::NotEq,
        edit::BinaryOperator::LessEq => BinaryOp::LessEq,
        edit::BinaryOperator::GreaterEq => BinaryOp::GreaterEq,
        edit::BinaryOperator::Less => BinaryOp::Less,
        edit::BinaryOperator::Greater => BinaryOp::Greater,
        edit::BinaryOperator::Plus => BinaryOp::Add,
        edit::BinaryOperator::Minus => BinaryOp::Sub,
        edit::BinaryOperator::Mul => BinaryOp::Mul,
        edit::BinaryOperator::Div => BinaryOp::Div,
        edit::BinaryOperator::Mod => BinaryOp::Mod,
        edit::BinaryOperator::And => BinaryOp::And,
        edit::BinaryOperator::Or => BinaryOp::Or,
    }
}

/// The offset behind the first `{` at or after `from` that is not in a comment.
fn opening_brace(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(rest) = text.get(at..) {
        if let Some(comment) = rest.strip_prefix("/*") {
            at += comment.find("*/").map_or(rest.len(), |end| end + 4);
        } else if rest.starts_with('{') {
            return at + 1;
        } else {
            match rest.chars().next() {
                Some(other) => at += other.len_utf8(),
                None => break,
            }
        }
    }
    text.len()
}
