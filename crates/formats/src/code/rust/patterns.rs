//! The patterns of Rust: what they bind, and the tests that hold them.

use tree_sitter::Node;

use super::super::Join;
use super::super::syntax::{Walk, first, named};
use super::super::tree::*;

/// What a pattern binds, as the target of an assignment: the parts of a struct by name, those of a tuple in order; of
/// `Some(x)` only `x`.
pub(super) fn target<'s>(w: &mut Walk<'s>, pattern: Node) -> Option<ExprId> {
    w.deeper(pattern, |w| match pattern.kind() {
        "identifier" | "shorthand_field_identifier" => {
            // A name in capitals is a constant or a variant, and binds nothing.
            let binds = !w.slice(pattern).starts_with(char::is_uppercase);
            binds.then(|| w.name(pattern))
        }
        "tuple_struct_pattern" | "tuple_pattern" | "slice_pattern" => {
            let path = pattern.child_by_field_name("type");
            let parts: Vec<Node> = named(pattern).into_iter().filter(|part| Some(*part) != path).collect();
            if let ("tuple_struct_pattern", [only]) = (pattern.kind(), &*parts) {
                return target(w, *only);
            }
            let targets: Vec<Option<ExprId>> = parts.iter().map(|part| target(w, *part)).collect();
            targets.iter().any(Option::is_some).then(|| {
                let items = targets.iter().zip(&parts);
                let items = items.map(|(item, part)| item.unwrap_or_else(|| w.given("_", *part))).collect();
                w.add(Expr::List(items), pattern)
            })
        }
        "struct_pattern" => {
            let mut entries = Vec::new();
            for field in named(pattern).into_iter().filter(|part| part.kind() == "field_pattern") {
                let Some(name) = field.child_by_field_name("name") else { continue };
                let value = target(w, field.child_by_field_name("pattern").unwrap_or(name));
                let text = w.slice(name);
                let key = w.add(Expr::Text(text.into()), name);
                entries.extend(value.map(|value| (Some(key), value)));
            }
            (!entries.is_empty()).then(|| w.add(Expr::Map(entries.into()), pattern))
        }
        "captured_pattern" | "or_pattern" => first(pattern).and_then(|inner| target(w, inner)),
        "mut_pattern" | "ref_pattern" | "reference_pattern" => {
            named(pattern).last().and_then(|inner| target(w, *inner))
        }
        _ => None,
    })
}

pub(super) fn bind<'s>(w: &mut Walk<'s>, pattern: Node, value: ExprId, out: &mut Vec<Stmt<'s>>) {
    if let Some(target) = target(w, pattern) {
        out.push(w.assign(target, Some(value), None, Assigning::Declare));
    }
}

/// A test, and what `let` in it binds where it holds.
pub(super) fn condition<'s>(w: &mut Walk<'s>, node: Option<Node>, around: Node) -> (ExprId, Vec<Stmt<'s>>) {
    let mut binds = Vec::new();
    let Some(node) = node else { return (w.nothing(around), binds) };
    let parts = if node.kind() == "let_chain" { named(node) } else { vec![node] };
    let mut test = None;
    for part in parts {
        let one = if part.kind() == "let_condition" {
            let value = w.at(part, "value");
            if let Some(pattern) = part.child_by_field_name("pattern") {
                bind(w, pattern, value, &mut binds);
            }
            value
        } else {
            w.expr(part)
        };
        test = Some(match test {
            Some(left) => {
                let both = w.join(Join::And, left, one);
                w.add(both, node)
            }
            None => one,
        });
    }
    (test.unwrap_or_else(|| w.nothing(node)), binds)
}

pub(super) fn arms<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let arms = node.child_by_field_name("body").map(named).unwrap_or_default();
    arms.into_iter().filter(|arm| arm.kind() == "match_arm").collect()
}

/// The test of an arm, and what its pattern binds.
pub(super) fn chosen_by<'s>(w: &mut Walk<'s>, arm: Node, subject: ExprId) -> (ExprId, Vec<Stmt<'s>>) {
    let mut binds = Vec::new();
    let Some(pattern) = arm.child_by_field_name("pattern") else { return (subject, binds) };
    let guard = pattern.child_by_field_name("condition");
    let pattern = named(pattern).into_iter().find(|part| Some(*part) != guard);
    if let Some(pattern) = pattern {
        bind(w, pattern, subject, &mut binds);
    }
    if guard.is_some() {
        let (test, more) = condition(w, guard, arm);
        binds.extend(more);
        return (test, binds);
    }
    match pattern.filter(|pattern| pattern.kind().ends_with("literal")) {
        Some(literal) => {
            let right = w.expr(literal);
            let test = w.join(Join::Compare, subject, right);
            (w.add(test, arm), binds)
        }
        None => (subject, binds),
    }
}
