//! `if`, `when` and `try` of Kotlin as values.

use tree_sitter::Node;

use super::super::syntax::{Walk, find, named};
use super::super::tree::*;
use super::{body_of, sides, subject, test};

/// The value of a branch; what runs before it in the branch is kept apart.
fn branch<'s>(w: &mut Walk<'s>, node: Node) -> (Vec<Stmt<'s>>, Option<ExprId>) {
    let (_, mut out) = w.apart(|w| {
        let mut out = Vec::new();
        match node.kind() {
            "block" => out = w.block(node),
            "assignment" => w.statement(node, &mut out),
            _ => {
                let (before, value) = w.apart(|w| w.expr(node));
                out = before;
                out.push(Stmt::Expr(value));
            }
        }
        out
    });
    match out.last() {
        Some(Stmt::Expr(value)) => {
            let value = *value;
            out.pop();
            (out, Some(value))
        }
        _ => (out, None),
    }
}

/// `if`, `when` and `try` as values.
pub(super) fn chosen<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let mut values = Vec::new();
    let mut keep = |w: &mut Walk<'s>, test: ExprId, body: Option<Node>| {
        let (then, value) = body.map(|body| branch(w, body)).unwrap_or_default();
        values.extend(value);
        if !then.is_empty() {
            w.before.push(Stmt::If { test, then, other: Vec::new() });
        }
    };
    let test = match node.kind() {
        "if_expression" => {
            let condition = w.at(node, "condition");
            let (then, other) = sides(node);
            keep(w, condition, then);
            keep(w, condition, other);
            condition
        }
        "when_expression" => {
            let subject = subject(w, node);
            for entry in named(node).into_iter().filter(|child| child.kind() == "when_entry") {
                let test = test(w, entry, subject);
                keep(w, test, body_of(entry));
            }
            subject.unwrap_or_else(|| w.nothing(node))
        }
        _ => {
            let test = w.nothing(node);
            keep(w, test, find(node, "block"));
            for clause in named(node) {
                match clause.kind() {
                    "catch_block" => keep(w, test, find(clause, "block")),
                    "finally_block" => {
                        let finally = w.body(find(clause, "block"));
                        w.before.extend(finally);
                    }
                    _ => {}
                }
            }
            test
        }
    };
    w.one_of(test, &values, node)
}
