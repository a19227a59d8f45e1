//! What `new` makes in C#: objects with their initialisers, lists, mappings, and objects without a class.

use tree_sitter::Node;

use super::super::syntax::{Walk, find, named};
use super::super::tree::*;
use super::arguments;

/// `new C(x) { A = v }`. What is put into a list or a mapping (a generic class) is that list or mapping; what is put into
/// another class is an argument named `[]`.
pub(super) fn created<'s>(w: &mut Walk<'s>, node: Node, kind: Option<ExprId>) -> Expr<'s> {
    let (callee, generic) = match kind.map(|kind| (kind, w.unit.expr(kind))) {
        Some((_, Expr::Index { of, .. })) => (*of, true),
        Some((kind, _)) => (kind, false),
        None => (w.nothing(node), false),
    };
    let list = find(node, "argument_list");
    let mut args = list.map(|list| arguments(w, list)).unwrap_or_default();
    let Some(initializer) = find(node, "initializer_expression") else { return w.call(callee, args, true) };
    let is_field = |entry: &Node| {
        entry.kind() == "assignment_expression"
            && entry.child_by_field_name("left").is_some_and(|left| left.kind() == "identifier")
    };
    let (assigned, put): (Vec<Node>, Vec<Node>) = named(initializer).into_iter().partition(is_field);
    for entry in &assigned {
        let value = w.at(*entry, "right");
        args.push(Arg { name: Some(w.word(*entry, "left")), value, spread: false });
    }
    if put.is_empty() {
        return w.call(callee, args, true);
    }
    let content = entries(w, &put);
    if generic && assigned.is_empty() {
        return content;
    }
    let value = w.add(content, initializer);
    args.push(Arg { name: Some("[]"), value, spread: false });
    w.call(callee, args, true)
}

/// `{ ["a"] = 1, { "b", 2 } }` is a mapping, `{ 1, 2 }` a list.
fn entries<'s>(w: &mut Walk<'s>, entries: &[Node]) -> Expr<'s> {
    let is_entry = |entry: &Node| match entry.kind() {
        "assignment_expression" => true,
        kind => kind == "initializer_expression" && named(*entry).len() == 2,
    };
    if !entries.iter().all(is_entry) {
        return Expr::List(w.all(entries.iter().copied()));
    }
    let mut out = Vec::new();
    for entry in entries {
        if entry.kind() == "assignment_expression" {
            let left = entry.child_by_field_name("left");
            let key = match left.filter(|left| left.kind() == "element_binding_expression") {
                Some(binding) => arguments(w, binding).first().map(|arg| arg.value),
                None => left.map(|left| {
                    let name = w.slice(left);
                    w.add(Expr::Text(name.into()), left)
                }),
            };
            out.push((key, w.at(*entry, "right")));
        } else if let [key, value] = *named(*entry) {
            out.push((Some(w.expr(key)), w.expr(value)));
        }
    }
    Expr::Map(out.into())
}

/// The initialiser of an object inside another, whose class is not written.
pub(super) fn initializer<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    entries(w, &named(node))
}

/// `new { A = 1, b.C }`: the last name of a value without a name is its name.
pub(super) fn anonymous<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let mut out = Vec::new();
    let mut key: Option<Node> = None;
    let mut last: Option<Node> = None;
    for child in node.children(&mut node.walk()) {
        match child.kind() {
            "=" => key = last.take(),
            "," | "}" => {
                let Some(value) = last.take() else { continue };
                let name = key.take().or_else(|| value.child_by_field_name("name")).unwrap_or(value);
                let text = w.slice(name);
                let key = w.add(Expr::Text(text.into()), name);
                out.push((Some(key), w.expr(value)));
            }
            _ if child.is_extra() || child.kind() == "{" || child.kind() == "new" => {}
            _ => last = Some(child),
        }
    }
    Expr::Map(out.into())
}
