//! The switches of C#, and their patterns.

use tree_sitter::Node;

use super::super::Join;
use super::super::syntax::{Walk, first, named};
use super::super::tree::*;
use super::declared;

pub(super) fn sections<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let subject = w.at(node, "value");
    for section in node.child_by_field_name("body").map(named).unwrap_or_default() {
        let (then, test) = w.apart(|w| {
            let (mut values, mut guard) = (Vec::new(), None);
            let mut body = Vec::new();
            for part in named(section) {
                match part.kind() {
                    "when_clause" => guard = first(part).map(|test| w.expr(test)),
                    kind if kind.ends_with("statement") || kind == "block" => w.statement(part, &mut body),
                    _ => values.push(pattern(w, part, subject)),
                }
            }
            w.before.extend(body);
            test_of(w, subject, &values, guard, section)
        });
        out.push(Stmt::If { test, then, other: Vec::new() });
    }
}

/// What an arm is chosen by: its guard, or the subject being one of the values.
fn test_of<'s>(
    w: &mut Walk<'s>,
    subject: ExprId,
    values: &[ExprId],
    guard: Option<ExprId>,
    node: Node,
) -> ExprId {
    let right = match (guard, values) {
        (Some(guard), _) => return guard,
        (None, []) => return subject,
        (None, [only]) => *only,
        (None, values) => w.add(Expr::List(values.into()), node),
    };
    let test = w.join(Join::Compare, subject, right);
    w.add(test, node)
}

/// A pattern as the value or type that it compares with; the names that it binds stand for the subject.
pub(super) fn pattern<'s>(w: &mut Walk<'s>, node: Node, subject: ExprId) -> ExprId {
    let form = w.deeper(node, |w| {
        let kind = declared(w, node);
        let name = node.child_by_field_name("name");
        if let Some(name) = name.filter(|_| node.kind() != "constant_pattern") {
            let target = w.name(name);
            let assign = w.assign(target, Some(subject), kind, Assigning::Declare);
            w.before.push(assign);
        }
        match node.kind() {
            "constant_pattern" | "relational_pattern" => Some(w.only(node)),
            "declaration_pattern" | "type_pattern" | "var_pattern" => kind.map(|kind| w.same(kind)),
            kind if kind.ends_with("pattern") || kind.ends_with("clause") => {
                let type_node = node.child_by_field_name("type");
                let parts =
                    named(node).into_iter().filter(|part| Some(*part) != type_node && Some(*part) != name);
                let parts: Vec<ExprId> = parts.map(|part| pattern(w, part, subject)).collect();
                Some(Expr::Other(type_node.and(declared(w, node)).into_iter().chain(parts).collect()))
            }
            _ => Some(w.inner(node)),
        }
    });
    w.add(form.unwrap_or(Expr::Other(Box::default())), node)
}

pub(super) fn switch<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let subject = w.given_or(first(node), node);
    let mut values = Vec::new();
    for arm in named(node).into_iter().filter(|child| child.kind() == "switch_expression_arm") {
        let parts = named(arm);
        let (then, test) = w.apart(|w| {
            let mut guard = None;
            let mut compared = Vec::new();
            for (index, part) in parts.iter().enumerate() {
                match part.kind() {
                    "when_clause" => guard = first(*part).map(|test| w.expr(test)),
                    _ if index + 1 == parts.len() => values.push(w.expr(*part)),
                    "discard" => {}
                    _ => compared.push(pattern(w, *part, subject)),
                }
            }
            test_of(w, subject, &compared, guard, arm)
        });
        if !then.is_empty() {
            w.before.push(Stmt::If { test, then, other: Vec::new() });
        }
    }
    w.one_of(subject, &values, node)
}
