//! Rust, read by tree-sitter. References and casts are what they are of; `?` and `.await` wait; the value of an `if`, a
//! `match` or a block is one of its branches' values, and what else runs in them runs before. What an `impl` holds stands in
//! the class of its type. Macros are in [`macros`].

mod imports;
mod macros;
mod patterns;

use std::borrow::Cow;

use tree_sitter::Node;

use super::Stop;
use super::declare::Head;
use super::literal::{between, number, unescape};
use super::syntax::{self, Forms, Walk, find, first, named, span};
use super::tree::*;
use imports::import;
use patterns::{arms, chosen_by, condition, target};

pub(super) fn parse<'s>(source: &'s str, stop: &Stop) -> Unit<'s> {
    syntax::parse(Language::Rust, &tree_sitter_rust::LANGUAGE.into(), source, Forms { form, statement }, stop)
}

fn statement<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    match node.kind() {
        "use_declaration" => {
            if let Some(argument) = node.child_by_field_name("argument") {
                import(w, argument, &[], out);
            }
        }
        "extern_crate_declaration" => {
            let module = w.word(node, "name");
            let local = node.child_by_field_name("alias").map_or(module, |alias| w.slice(alias));
            let module = Cow::Borrowed(module);
            out.push(Stmt::Import(Import { module, up: 0, name: None, local, span: span(node) }));
        }
        "function_item" | "function_signature_item" => {
            let function = function(w, node);
            out.push(Stmt::Function(function));
        }
        "struct_item" | "union_item" | "enum_item" | "trait_item" => {
            let class = class(w, node);
            out.push(Stmt::Class(class));
        }
        "impl_item" => implementation(w, node),
        "mod_item" | "foreign_mod_item" => {
            if let Some(body) = node.child_by_field_name("body") {
                w.statements(body, out);
            }
        }
        "const_item" | "static_item" => {
            let kind = w.maybe(node, "type");
            let value = w.maybe(node, "value");
            let target = w.at(node, "name");
            out.push(w.assign(target, value, kind, Assigning::Declare));
        }
        "type_item" | "associated_type" => {
            let value = w.maybe(node, "type");
            let target = w.at(node, "name");
            out.push(w.assign(target, value, None, Assigning::Declare));
        }
        "let_declaration" => declared(w, node, out),
        "expression_statement" => {
            if let Some(inner) = first(node) {
                statement(w, inner, out);
            }
        }
        "block" | "declaration_list" => w.statements(node, out),
        "unsafe_block" | "else_clause" => out.extend(w.body(first(node))),
        "assignment_expression" | "compound_assignment_expr" => {
            let assigning =
                if node.kind() == "assignment_expression" { Assigning::Set } else { Assigning::Add };
            let value = Some(w.at(node, "right"));
            let target = w.at(node, "left");
            out.push(w.assign(target, value, None, assigning));
        }
        "return_expression" => {
            let value = first(node).map(|value| w.expr(value));
            out.push(Stmt::Return(value));
        }
        "break_expression" => {
            let value =
                named(node).into_iter().find(|part| part.kind() != "label").map(|value| w.expr(value));
            out.extend(value.map(Stmt::Expr));
        }
        "yield_expression" => {
            let value = first(node).map(|value| w.expr(value));
            out.extend(value.map(Stmt::Yield));
        }
        "if_expression" => {
            let (test, mut then) = condition(w, node.child_by_field_name("condition"), node);
            then.extend(w.body(node.child_by_field_name("consequence")));
            let other = w.body(node.child_by_field_name("alternative"));
            out.push(Stmt::If { test, then, other });
        }
        "match_expression" => {
            let subject = w.at(node, "value");
            for arm in arms(node) {
                let (test, mut then) = chosen_by(w, arm, subject);
                then.extend(w.body(arm.child_by_field_name("value")));
                out.push(Stmt::If { test, then, other: Vec::new() });
            }
        }
        "for_expression" => {
            let over = w.maybe(node, "value");
            let target = node.child_by_field_name("pattern").and_then(|pattern| target(w, pattern));
            let body = w.body(node.child_by_field_name("body"));
            out.push(Stmt::Loop { target, over, body });
        }
        "while_expression" | "loop_expression" => {
            let test = node.child_by_field_name("condition");
            let (over, mut body) = match test {
                Some(_) => {
                    let (over, binds) = condition(w, test, node);
                    (Some(over), binds)
                }
                None => (None, Vec::new()),
            };
            body.extend(w.body(node.child_by_field_name("body")));
            out.push(Stmt::Loop { target: None, over, body });
        }
        "continue_expression"
        | "empty_statement"
        | "macro_definition"
        | "inner_attribute_item"
        | "shebang"
        | "label"
        | "visibility_modifier" => {}
        _ => {
            let value = w.expr(node);
            out.push(Stmt::Expr(value));
        }
    }
}

fn declared<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let kind = w.maybe(node, "type");
    let value = w.maybe(node, "value");
    let pattern = node.child_by_field_name("pattern");
    let target = match pattern.and_then(|pattern| target(w, pattern)) {
        Some(target) => target,
        None => w.given("_", pattern.unwrap_or(node)),
    };
    out.push(w.assign(target, value, kind, Assigning::Declare));
    if let Some(alternative) = node.child_by_field_name("alternative") {
        let then = w.body(Some(alternative));
        let test = value.unwrap_or(target);
        out.push(Stmt::If { test, then, other: Vec::new() });
    }
}

/// A block, and the value of its last expression.
fn block<'s>(w: &mut Walk<'s>, node: Node) -> (Vec<Stmt<'s>>, Option<ExprId>) {
    let last = named(node).into_iter().next_back().filter(|last| is_value(w, *last));
    let mut out = w.block(node);
    // What the last expression was lowered to as a statement is that expression only when it is no branch.
    match (last, out.last()) {
        (Some(_), Some(Stmt::Expr(value))) => {
            let value = *value;
            out.pop();
            (out, Some(value))
        }
        _ => (out, None),
    }
}

/// Whether the last part of a block is its value: no item, and not ended by `;`.
fn is_value(w: &Walk, node: Node) -> bool {
    match node.kind() {
        "expression_statement" => !w.slice(node).ends_with(';'),
        kind => !kind.ends_with("_item") && !kind.ends_with("declaration") && !kind.ends_with("statement"),
    }
}

/// A branch as a value: what runs in it, and the value.
fn branch<'s>(w: &mut Walk<'s>, node: Node) -> (Vec<Stmt<'s>>, Option<ExprId>) {
    match node.kind() {
        "block" => valued(w, node),
        "return_expression"
        | "break_expression"
        | "continue_expression"
        | "assignment_expression"
        | "compound_assignment_expr"
        | "for_expression"
        | "while_expression"
        | "loop_expression" => (w.body(Some(node)), None),
        _ => {
            let (before, value) = w.apart(|w| w.expr(node));
            (before, Some(value))
        }
    }
}

/// A block whose value counts: its last expression is lowered as a value, whatever it is.
fn valued<'s>(w: &mut Walk<'s>, node: Node) -> (Vec<Stmt<'s>>, Option<ExprId>) {
    let last = named(node).into_iter().next_back().filter(|last| is_value(w, *last));
    let inner = last
        .map(|last| if last.kind() == "expression_statement" { first(last).unwrap_or(last) } else { last });
    let Some(inner) = inner.filter(|inner| {
        matches!(inner.kind(), "if_expression" | "match_expression" | "block" | "unsafe_block")
    }) else {
        return block(w, node);
    };
    // Everything before the last, then the last as a value.
    let mut out = w.deeper(node, |w| {
        let mut out = Vec::new();
        w.statements_until(node, last, &mut out);
        out
    });
    let (before, value) = w.apart(|w| w.expr(inner));
    out.extend(before);
    (out, Some(value))
}

/// The body of a function; its last expression is what it returns.
fn body<'s>(w: &mut Walk<'s>, node: Node) -> Vec<Stmt<'s>> {
    if node.kind() != "block" {
        return w.returned(node);
    }
    let (mut out, value) = valued(w, node);
    out.extend(value.map(|value| Stmt::Return(Some(value))));
    out
}

fn function<'s>(w: &mut Walk<'s>, node: Node) -> FunctionId {
    let documentation = w.documentation();
    let marks = std::mem::take(&mut w.marks);
    let params = node.child_by_field_name("parameters").map(|list| parameters(w, list)).unwrap_or_default();
    let returns = w.maybe(node, "return_type");
    let head = Head { params, marks, returns, documentation };
    let name = node.child_by_field_name("name").map(|name| (w.slice(name), name));
    let block = node.child_by_field_name("body");
    w.function(node, name, head, |w| block.map(|block| body(w, block)).unwrap_or_default())
}

fn parameters<'s>(w: &mut Walk<'s>, list: Node) -> Vec<Param<'s>> {
    let mut out = Vec::new();
    let mut marks = Vec::new();
    for node in named(list) {
        let param = match node.kind() {
            "attribute_item" => {
                marks.push(w.expr(node));
                continue;
            }
            "self_parameter" => Param { passing: Passing::Receiver, ..w.param(node, "self", None) },
            "parameter" => {
                let kind = w.maybe(node, "type");
                taken(w, node, node.child_by_field_name("pattern"), kind)
            }
            // A closure's parameter without a type.
            _ => taken(w, node, Some(node), None),
        };
        out.push(Param { marks: std::mem::take(&mut marks), ..param });
    }
    out
}

fn taken<'s>(w: &mut Walk<'s>, node: Node, pattern: Option<Node>, kind: Option<ExprId>) -> Param<'s> {
    let target = pattern.and_then(|pattern| target(w, pattern));
    match target.map(|target| (target, w.unit.expr(target))) {
        Some((_, Expr::Name(name))) => {
            let name = *name;
            w.param(node, name, kind)
        }
        Some((target, _)) => Param { pattern: Some(target), ..w.param(node, "", kind) },
        None => {
            let name = pattern.map_or("_", |pattern| w.slice(pattern));
            w.param(node, name, kind)
        }
    }
}

fn class<'s>(w: &mut Walk<'s>, node: Node) -> ClassId {
    let documentation = w.documentation();
    let marks = std::mem::take(&mut w.marks);
    let bounds = node.child_by_field_name("bounds").map(named).unwrap_or_default();
    let bases =
        bounds.into_iter().filter(|bound| bound.kind() != "lifetime").map(|bound| w.expr(bound)).collect();
    let head = Head { marks, documentation, ..Head::default() };
    let list = node.child_by_field_name("body");
    w.class(node, node.child_by_field_name("name"), bases, head, |w, out| {
        let Some(list) = list else { return };
        if list.kind() == "declaration_list" {
            return w.statements(list, out);
        }
        const INDEX: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let mut index = INDEX.iter();
        for part in named(list) {
            let (target, kind, value) = match part.kind() {
                "field_declaration" => (w.at(part, "name"), w.maybe(part, "type"), None),
                "enum_variant" => (w.at(part, "name"), None, w.maybe(part, "value")),
                "attribute_item" | "visibility_modifier" => continue,
                // A field of a tuple.
                _ => match index.next() {
                    Some(name) => (w.given(name, part), Some(w.expr(part)), None),
                    None => break,
                },
            };
            out.push(w.assign(target, value, kind, Assigning::Declare));
        }
    })
}

fn implementation<'s>(w: &mut Walk<'s>, node: Node) {
    let marks = std::mem::take(&mut w.marks);
    w.comment = None;
    let base = w.maybe(node, "trait");
    let mut kind = node.child_by_field_name("type");
    while let Some(inner) = kind.and_then(|kind| kind.child_by_field_name("type")) {
        kind = Some(inner);
    }
    let name = kind.map_or("", |kind| match kind.child_by_field_name("name") {
        Some(name) => w.slice(name),
        None => w.slice(kind),
    });
    let mut body = Vec::new();
    if let Some(list) = node.child_by_field_name("body") {
        w.statements(list, &mut body);
    }
    w.marks = marks;
    w.members(name, base, body, node);
}

fn form<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "identifier"
        | "field_identifier"
        | "type_identifier"
        | "primitive_type"
        | "self"
        | "super"
        | "crate"
        | "shorthand_field_identifier"
        | "metavariable" => Expr::Name(w.slice(node)),
        "boolean_literal" => Expr::Bool(w.slice(node) == "true"),
        "integer_literal" | "float_literal" => number(w.slice(node), Language::Rust),
        "negative_literal" => match first(node) {
            Some(operand) => w.negated(operand),
            None => w.other(node),
        },
        "char_literal" => {
            let text = w.slice(node);
            Expr::Text(unescape(between(text.strip_prefix('b').unwrap_or(text), "'", "'"), Language::Rust))
        }
        "string_literal" => {
            let text = w.slice(node).trim_start_matches(['b', 'c']);
            Expr::Text(unescape(between(text, "\"", "\""), Language::Rust))
        }
        "raw_string_literal" => {
            Expr::Text(find(node, "string_content").map_or("", |content| w.slice(content)).into())
        }
        "field_expression" => {
            let of = w.at(node, "value");
            Expr::Member { of, name: w.word(node, "field") }
        }
        "scoped_identifier" | "scoped_type_identifier" => match node.child_by_field_name("path") {
            Some(path) => {
                let generic = path.kind() == "generic_type";
                let path = if generic { path.child_by_field_name("type").unwrap_or(path) } else { path };
                Expr::Member { of: w.expr(path), name: w.word(node, "name") }
            }
            None => Expr::Name(w.word(node, "name")),
        },
        "bracketed_type" => w.only(node),
        "qualified_type" => under(w, node, "type"),
        "call_expression" => call(w, node),
        "generic_function" => under(w, node, "function"),
        "struct_expression" => constructed(w, node),
        "macro_invocation" => macros::invocation(w, node),
        "token_tree" => w.other(node),
        "attribute_item" | "inner_attribute_item" => w.only(node),
        "attribute" => macros::attribute(w, node),
        "closure_expression" => {
            let params = node.child_by_field_name("parameters").map(|list| parameters(w, list));
            let returns = w.maybe(node, "return_type");
            let head = Head { params: params.unwrap_or_default(), returns, ..Head::default() };
            let value = node.child_by_field_name("body");
            Expr::Function(w.function(node, None, head, |w| value.map(|v| body(w, v)).unwrap_or_default()))
        }
        "async_block" | "gen_block" => {
            let inner = find(node, "block");
            Expr::Function(
                w.function(node, None, Head::default(), |w| inner.map(|b| body(w, b)).unwrap_or_default()),
            )
        }
        "binary_expression" => w.binary(node),
        "assignment_expression" | "compound_assignment_expr" => {
            let value = w.at(node, "right");
            Expr::Assign { target: w.at(node, "left"), value }
        }
        "index_expression" => match *named(node) {
            [of, key] => Expr::Index { of: w.expr(of), key: w.expr(key) },
            _ => w.other(node),
        },
        "reference_expression" | "type_cast_expression" => under(w, node, "value"),
        "unary_expression" => match (w.slice(node).chars().next(), first(node)) {
            (Some('*'), Some(operand)) => w.inner(operand),
            (Some('-'), Some(operand)) => w.negated(operand),
            _ => w.other(node),
        },
        "try_expression" | "await_expression" => Expr::Wait(w.given_or(first(node), node)),
        "parenthesized_expression" => w.only(node),
        "tuple_expression" => {
            Expr::List(w.all(named(node).into_iter().filter(|part| part.kind() != "attribute_item")))
        }
        "array_expression" => {
            let length = node.child_by_field_name("length");
            let items = named(node).into_iter();
            Expr::List(w.all(items.filter(|part| Some(*part) != length && part.kind() != "attribute_item")))
        }
        "unit_expression" | "unit_type" => Expr::Null,
        "if_expression" | "match_expression" => chosen(w, node),
        "let_condition" | "let_chain" => {
            let (test, binds) = condition(w, Some(node), node);
            w.before.extend(binds);
            w.same(test)
        }
        "block" => {
            let (before, value) = valued(w, node);
            w.before.extend(before);
            value.map_or(Expr::Null, |value| w.same(value))
        }
        "unsafe_block" | "const_block" | "try_block" => match find(node, "block") {
            Some(block) => w.inner(block),
            None => w.other(node),
        },
        "return_expression" | "break_expression" | "continue_expression" => {
            let (before, mut stmts) = w.apart(|w| {
                let mut out = Vec::new();
                statement(w, node, &mut out);
                out
            });
            w.before.extend(before);
            match stmts.pop() {
                Some(stmt) => w.leaves(stmt, node),
                None => Expr::Other(Box::default()),
            }
        }
        "for_expression" | "while_expression" | "loop_expression" => {
            let stmts = w.body(Some(node));
            w.before.extend(stmts);
            Expr::Other(Box::default())
        }
        _ => kind(w, node),
    }
}

fn kind<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "generic_type" | "generic_type_with_turbofish" => {
            let of = w.at(node, "type");
            let arguments = node.child_by_field_name("type_arguments");
            let kinds = arguments.map(type_arguments).unwrap_or_default();
            if kinds.is_empty() {
                return w.same(of);
            }
            Expr::Index { of, key: w.single(&kinds, arguments.unwrap_or(node)) }
        }
        "reference_type" | "pointer_type" => under(w, node, "type"),
        "dynamic_type" | "abstract_type" => under(w, node, "trait"),
        "bounded_type" => w.only(node),
        "tuple_type" => Expr::List(w.all(named(node))),
        "array_type" => Expr::List([w.at(node, "element")].into()),
        "type_binding" => under(w, node, "type"),
        _ => w.other(node),
    }
}

fn type_arguments<'t>(list: Node<'t>) -> Vec<Node<'t>> {
    named(list).into_iter().filter(|part| part.kind() != "lifetime").collect()
}

fn under<'s>(w: &mut Walk<'s>, node: Node, field: &str) -> Expr<'s> {
    match node.child_by_field_name(field) {
        Some(inner) => w.inner(inner),
        None => w.other(node),
    }
}

fn call<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let function = node.child_by_field_name("function");
    let callee = w.given_or(function, node);
    let mut args = Vec::new();
    for arg in node.child_by_field_name("arguments").map(named).unwrap_or_default() {
        if arg.kind() != "attribute_item" {
            args.push(Arg { name: None, value: w.expr(arg), spread: false });
        }
    }
    let generic = function.filter(|function| function.kind() == "generic_function");
    let kinds = generic.and_then(|generic| generic.child_by_field_name("type_arguments"));
    for kind in kinds.map(type_arguments).unwrap_or_default() {
        args.push(Arg { name: Some("<>"), value: w.expr(kind), spread: false });
    }
    w.call(callee, args, false)
}

fn constructed<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let name = node.child_by_field_name("name");
    let name = name.map(|name| name.child_by_field_name("type").unwrap_or(name));
    let callee = w.given_or(name, node);
    let mut args = Vec::new();
    for field in node.child_by_field_name("body").map(named).unwrap_or_default() {
        match field.kind() {
            "field_initializer" => {
                let name = Some(w.word(field, "field"));
                args.push(Arg { name, value: w.at(field, "value"), spread: false });
            }
            "shorthand_field_initializer" => {
                let name = find(field, "identifier").unwrap_or(field);
                args.push(Arg { name: Some(w.slice(name)), value: w.expr(name), spread: false });
            }
            _ => args.push(Arg { name: None, value: w.given_or(first(field), field), spread: true }),
        }
    }
    w.call(callee, args, true)
}

/// `if` and `match` as values.
fn chosen<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let mut values = Vec::new();
    let mut keep = |w: &mut Walk<'s>, test: ExprId, mut binds: Vec<Stmt<'s>>, body: Option<Node>| {
        let (then, value) = body.map(|body| branch(w, body)).unwrap_or_default();
        binds.extend(then);
        values.extend(value);
        if !binds.is_empty() {
            w.before.push(Stmt::If { test, then: binds, other: Vec::new() });
        }
    };
    let test = if node.kind() == "if_expression" {
        let (test, binds) = condition(w, node.child_by_field_name("condition"), node);
        keep(w, test, binds, node.child_by_field_name("consequence"));
        let other = node.child_by_field_name("alternative").map(|clause| first(clause).unwrap_or(clause));
        keep(w, test, Vec::new(), other);
        test
    } else {
        let subject = w.at(node, "value");
        for arm in arms(node) {
            let (test, binds) = chosen_by(w, arm, subject);
            keep(w, test, binds, arm.child_by_field_name("value"));
        }
        subject
    };
    w.one_of(test, &values, node)
}

#[cfg(test)]
mod tests;
