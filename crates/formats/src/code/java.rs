//! Java, read by tree-sitter. Casts are what they cast, a switch becomes branches, and the value of a switch one of its
//! arms' values.

use std::borrow::Cow;

use tree_sitter::Node;

use super::Join;
use super::Stop;
use super::declare::Head;
use super::literal::{between, dedent, number, unescape};
use super::syntax::{self, Forms, Walk, fields, find, first, join, named, span};
use super::tree::*;

pub(super) fn parse<'s>(source: &'s str, stop: &Stop) -> Unit<'s> {
    syntax::parse(Language::Java, &tree_sitter_java::LANGUAGE.into(), source, Forms { form, statement }, stop)
}

fn statement<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    match node.kind() {
        "package_declaration" => {
            let name = named(node).into_iter().find(|child| child.kind().ends_with("identifier"));
            w.unit.package = name.map(|name| Cow::Borrowed(w.slice(name)));
        }
        "import_declaration" => import(w, node, out),
        "module_declaration"
        | "break_statement"
        | "continue_statement"
        | "compact_constructor_declaration" => {}
        "block" | "static_initializer" | "constructor_body" | "enum_body_declarations" => {
            w.statements(node, out);
        }
        "class_declaration"
        | "interface_declaration"
        | "enum_declaration"
        | "record_declaration"
        | "annotation_type_declaration" => {
            let class = class(w, node);
            out.push(Stmt::Class(class));
        }
        "method_declaration" | "constructor_declaration" | "annotation_type_element_declaration" => {
            let params = node.child_by_field_name("parameters");
            let function = function(w, node, |w| params.map(|list| parameters(w, list)).unwrap_or_default());
            out.push(Stmt::Function(function));
        }
        "field_declaration" | "local_variable_declaration" | "constant_declaration" => {
            let kind = declared(w, node);
            for declarator in fields(node, "declarator") {
                let value = w.maybe(declarator, "value");
                let target = w.at(declarator, "name");
                out.push(w.assign(target, value, kind, Assigning::Declare));
            }
        }
        "enum_constant" => {
            let value = node.child_by_field_name("arguments").map(|list| {
                let name = w.class.and_then(|class| w.unit.class(class).name).unwrap_or_default();
                let callee = w.given(name, node);
                let args = arguments(w, list);
                let call = w.call(callee, args, true);
                w.add(call, node)
            });
            let target = w.at(node, "name");
            out.push(w.assign(target, value, None, Assigning::Declare));
        }
        "expression_statement" => {
            if let Some(inner) = first(node) {
                expression_statement(w, inner, out);
            }
        }
        "return_statement" => {
            let value = first(node).map(|value| w.expr(value));
            out.push(Stmt::Return(value));
        }
        "yield_statement" => {
            if let Some(value) = first(node) {
                let value = w.expr(value);
                w.yields.push(value);
            }
        }
        "if_statement" => {
            let test = w.at(node, "condition");
            let then = w.body(node.child_by_field_name("consequence"));
            let other = w.body(node.child_by_field_name("alternative"));
            out.push(Stmt::If { test, then, other });
        }
        "for_statement" => {
            for init in fields(node, "init") {
                w.statement(init, out);
            }
            let over = w.maybe(node, "condition");
            let mut body = w.body(node.child_by_field_name("body"));
            for update in fields(node, "update") {
                w.statement(update, &mut body);
            }
            out.push(Stmt::Loop { target: None, over, body });
        }
        "enhanced_for_statement" => {
            let (target, over) = (w.maybe(node, "name"), w.maybe(node, "value"));
            let body = w.body(node.child_by_field_name("body"));
            out.push(Stmt::Loop { target, over, body });
        }
        "while_statement" | "do_statement" => {
            let over = w.maybe(node, "condition");
            let body = w.body(node.child_by_field_name("body"));
            out.push(Stmt::Loop { target: None, over, body });
        }
        "switch_expression" => {
            let subject = w.at(node, "condition");
            for (test, then, _) in arms(w, node, subject, false) {
                out.push(Stmt::If { test, then, other: Vec::new() });
            }
        }
        "try_statement" | "try_with_resources_statement" => attempt(w, node, out),
        "labeled_statement" => {
            let inner = named(node).into_iter().nth(1);
            out.extend(w.body(inner));
        }
        "synchronized_statement" => {
            let lock = first(node).map(|lock| w.expr(lock));
            out.extend(lock.map(Stmt::Expr));
            out.extend(w.body(node.child_by_field_name("body")));
        }
        "explicit_constructor_invocation" => {
            let callee = node.child_by_field_name("constructor").map_or("this", |name| w.slice(name));
            let callee = w.given(callee, node);
            let args = node.child_by_field_name("arguments").map(|list| arguments(w, list));
            let call = w.call(callee, args.unwrap_or_default(), false);
            let call = w.add(call, node);
            out.push(Stmt::Expr(call));
        }
        "throw_statement" | "assert_statement" => {
            for part in named(node) {
                let value = w.expr(part);
                out.push(Stmt::Expr(value));
            }
        }
        _ => expression_statement(w, node, out),
    }
}

fn expression_statement<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    if node.kind() == "assignment_expression" {
        let assigning = if w.word(node, "operator") == "=" { Assigning::Set } else { Assigning::Add };
        let value = Some(w.at(node, "right"));
        let target = w.at(node, "left");
        out.push(w.assign(target, value, None, assigning));
    } else {
        let value = w.expr(node);
        out.push(Stmt::Expr(value));
    }
}

/// The declared type; `var` declares none.
fn declared<'s>(w: &mut Walk<'s>, node: Node) -> Option<ExprId> {
    let kind = node.child_by_field_name("type")?;
    (w.slice(kind) != "var").then(|| w.expr(kind))
}

fn import<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let Some(path) = first(node) else { return };
    let text = w.slice(path);
    let (module, name) = match find(node, "asterisk") {
        Some(_) => (text, "*"),
        None => text.rsplit_once('.').unwrap_or(("", text)),
    };
    let module = Cow::Borrowed(module);
    out.push(Stmt::Import(Import { module, up: 0, name: Some(name), local: name, span: span(node) }));
}

fn attempt<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let mut items = Vec::new();
    for resource in node.child_by_field_name("resources").map(named).unwrap_or_default() {
        let value = w.maybe(resource, "value");
        let value = value.or_else(|| first(resource).map(|value| w.expr(value)));
        let value = value.unwrap_or_else(|| w.nothing(resource));
        items.push((value, w.maybe(resource, "name")));
    }
    let mut body = w.body(node.child_by_field_name("body"));
    if !items.is_empty() {
        body = vec![Stmt::With { items, body }];
    }
    let (mut handlers, mut finally) = (Vec::new(), Vec::new());
    for clause in named(node) {
        match clause.kind() {
            "catch_clause" => handlers.push(w.body(clause.child_by_field_name("body"))),
            "finally_clause" => finally = w.body(first(clause)),
            _ => {}
        }
    }
    out.push(Stmt::Try { body, handlers, finally });
}

/// An arm of a switch: what it is chosen by, what runs in it, and its value.
type Arm<'s> = (ExprId, Vec<Stmt<'s>>, Option<ExprId>);

/// The arms of a switch, where `valued` with the value of each that is one expression.
fn arms<'s>(w: &mut Walk<'s>, node: Node, subject: ExprId, valued: bool) -> Vec<Arm<'s>> {
    let mut out = Vec::new();
    for rule in node.child_by_field_name("body").map(named).unwrap_or_default() {
        let (then, (test, value)) = w.apart(|w| {
            let mut test = subject;
            let mut value = None;
            let mut body = Vec::new();
            for part in named(rule) {
                match part.kind() {
                    "switch_label" => test = label(w, part, subject),
                    "expression_statement" if valued && rule.kind() == "switch_rule" => {
                        value = first(part).map(|value| w.expr(value));
                    }
                    _ => w.statement(part, &mut body),
                }
            }
            w.before.extend(body);
            (test, value)
        });
        out.push((test, then, value));
    }
    out
}

/// The test of an arm; the names of its pattern stand for the subject.
fn label<'s>(w: &mut Walk<'s>, node: Node, subject: ExprId) -> ExprId {
    let mut values = Vec::new();
    let mut guard = None;
    for part in named(node) {
        match part.kind() {
            "pattern" => bind(w, part, subject),
            "guard" => guard = first(part).map(|test| w.expr(test)),
            _ => values.push(w.expr(part)),
        }
    }
    if let Some(guard) = guard {
        return guard;
    }
    let right = match *values {
        [] => return subject,
        [only] => only,
        _ => w.add(Expr::List(values.into()), node),
    };
    let test = w.join(Join::Compare, subject, right);
    w.add(test, node)
}

/// Assigns the subject to each name that a pattern binds.
fn bind<'s>(w: &mut Walk<'s>, pattern: Node, subject: ExprId) {
    match pattern.kind() {
        "type_pattern" | "record_pattern_component" => {
            let parts = named(pattern);
            if let [kind, name] = *parts
                && name.kind() == "identifier"
            {
                let kind = (w.slice(kind) != "var").then(|| w.expr(kind));
                let target = w.name(name);
                let assign = w.assign(target, Some(subject), kind, Assigning::Declare);
                w.before.push(assign);
            } else {
                parts.into_iter().for_each(|part| bind_inside(w, part, subject));
            }
        }
        _ => named(pattern).into_iter().for_each(|part| bind_inside(w, part, subject)),
    }
}

fn bind_inside(w: &mut Walk, part: Node, subject: ExprId) {
    if part.kind().ends_with("pattern") || part.kind().starts_with("record_pattern") {
        w.deeper(part, |w| bind(w, part, subject));
    }
}

fn marks<'s>(w: &mut Walk<'s>, node: Node) -> Vec<ExprId> {
    let modifiers = find(node, "modifiers").map(named).unwrap_or_default();
    modifiers
        .into_iter()
        .filter(|mark| mark.kind().ends_with("annotation"))
        .map(|mark| w.expr(mark))
        .collect()
}

fn function<'s>(
    w: &mut Walk<'s>,
    node: Node,
    params: impl FnOnce(&mut Walk<'s>) -> Vec<Param<'s>>,
) -> FunctionId {
    let documentation = w.documentation();
    let marks = marks(w, node);
    let params = params(w);
    let returns = w.maybe(node, "type");
    let head = Head { params, marks, returns, documentation };
    let name = node.child_by_field_name("name").map(|name| match node.kind() {
        "constructor_declaration" | "compact_constructor_declaration" => ("constructor", name),
        _ => (w.slice(name), name),
    });
    let body = node.child_by_field_name("body");
    w.function(node, name, head, |w| body.map(|body| w.block(body)).unwrap_or_default())
}

fn parameters<'s>(w: &mut Walk<'s>, list: Node) -> Vec<Param<'s>> {
    match list.kind() {
        "identifier" => {
            let name = w.slice(list);
            return vec![w.param(list, name, None)];
        }
        "inferred_parameters" => {
            let name = |name: Node| {
                let text = w.slice(name);
                w.param(name, text, None)
            };
            return named(list).into_iter().map(name).collect();
        }
        _ => {}
    }
    let mut out = Vec::new();
    for node in named(list) {
        let marks = marks(w, node);
        match node.kind() {
            "formal_parameter" => {
                let kind = declared(w, node);
                let name = w.word(node, "name");
                out.push(Param { marks, ..w.param(node, name, kind) });
            }
            "spread_parameter" => {
                let name = find(node, "variable_declarator").map_or("_", |d| w.word(d, "name"));
                let kind = named(node).into_iter().find(|part| part.kind().contains("type"));
                let kind = kind.map(|kind| w.expr(kind));
                out.push(Param { marks, passing: Passing::Rest, ..w.param(node, name, kind) });
            }
            _ => {}
        }
    }
    out
}

fn class<'s>(w: &mut Walk<'s>, node: Node) -> ClassId {
    let documentation = w.documentation();
    let marks = marks(w, node);
    let mut bases = Vec::new();
    for part in named(node) {
        match part.kind() {
            "superclass" => bases.extend(w.all(named(part))),
            "super_interfaces" | "extends_interfaces" => {
                bases.extend(w.all(first(part).map(named).unwrap_or_default()));
            }
            _ => {}
        }
    }
    let head = Head { marks, documentation, ..Head::default() };
    let body = node.child_by_field_name("body");
    let record = node.child_by_field_name("parameters").filter(|_| node.kind() == "record_declaration");
    w.class(node, node.child_by_field_name("name"), bases, head, |w, out| {
        if let Some(list) = record {
            let params = parameters(w, list);
            let fields = vec![true; params.len()];
            w.fill(list, params, &fields, out);
        }
        let Some(body) = body else { return };
        w.statements(body, out);
        // The short constructor of a record takes what the record declares.
        for short in named(body).into_iter().filter(|m| m.kind() == "compact_constructor_declaration") {
            let function = function(w, short, |w| record.map(|list| parameters(w, list)).unwrap_or_default());
            out.push(Stmt::Function(function));
        }
    })
}

fn arguments<'s>(w: &mut Walk<'s>, list: Node) -> Vec<Arg<'s>> {
    let arg = |node| Arg { name: None, value: w.expr(node), spread: false };
    named(list).into_iter().map(arg).collect()
}

fn form<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "identifier" | "this" | "super" => Expr::Name(w.slice(node)),
        "null_literal" => Expr::Null,
        "true" => Expr::Bool(true),
        "false" => Expr::Bool(false),
        "decimal_integer_literal"
        | "hex_integer_literal"
        | "octal_integer_literal"
        | "binary_integer_literal"
        | "decimal_floating_point_literal"
        | "hex_floating_point_literal" => number(w.slice(node), Language::Java),
        "character_literal" => Expr::Text(unescape(between(w.slice(node), "'", "'"), Language::Java)),
        "string_literal" => text(w, node),
        "template_expression" => match node.child_by_field_name("template_argument") {
            Some(text) => w.inner(text),
            None => w.other(node),
        },
        "scoped_identifier" => {
            let of = w.at(node, "scope");
            Expr::Member { of, name: w.word(node, "name") }
        }
        "field_access" => {
            let of = w.at(node, "object");
            Expr::Member { of, name: w.word(node, "field") }
        }
        "array_access" => {
            let of = w.at(node, "array");
            Expr::Index { of, key: w.at(node, "index") }
        }
        "class_literal" => match first(node) {
            Some(kind) => Expr::Member { of: w.expr(kind), name: "class" },
            None => w.other(node),
        },
        "method_reference" => {
            let parts = named(node);
            let Some(of) = parts.first().map(|of| w.expr(*of)) else { return w.other(node) };
            let last = parts.last().filter(|last| parts.len() > 1 && last.kind() == "identifier");
            Expr::Member { of, name: last.map_or("new", |name| w.slice(*name)) }
        }
        "method_invocation" => {
            let callee = match node.child_by_field_name("object") {
                Some(object) => {
                    let of = w.expr(object);
                    let name = node.child_by_field_name("name").unwrap_or(node);
                    let callee = Expr::Member { of, name: w.slice(name) };
                    w.unit.add(callee, span(object).to(span(name)))
                }
                None => w.at(node, "name"),
            };
            let list = node.child_by_field_name("arguments");
            let mut args = list.map(|list| arguments(w, list)).unwrap_or_default();
            for kind in node.child_by_field_name("type_arguments").map(named).unwrap_or_default() {
                args.push(Arg { name: Some("<>"), value: w.expr(kind), spread: false });
            }
            w.call(callee, args, false)
        }
        "object_creation_expression" => created(w, node),
        "array_creation_expression" => match node.child_by_field_name("value") {
            Some(value) => w.inner(value),
            None => w.other(node),
        },
        "array_initializer" | "element_value_array_initializer" => Expr::List(w.all(named(node))),
        "lambda_expression" => lambda(w, node),
        "binary_expression" => w.binary(node),
        "instanceof_expression" => instance(w, node),
        "unary_expression" => match (w.word(node, "operator"), node.child_by_field_name("operand")) {
            ("-", Some(operand)) => w.negated(operand),
            _ => w.other(node),
        },
        "ternary_expression" => {
            let test = w.at(node, "condition");
            let then = w.at(node, "consequence");
            Expr::Choose { test, then, other: w.at(node, "alternative") }
        }
        "assignment_expression" => {
            let value = w.at(node, "right");
            Expr::Assign { target: w.at(node, "left"), value }
        }
        "cast_expression" => match node.child_by_field_name("value") {
            Some(value) => w.inner(value),
            None => w.other(node),
        },
        "switch_expression" => switch(w, node),
        "parenthesized_expression" => w.only(node),
        "marker_annotation" => match node.child_by_field_name("name") {
            Some(name) => w.inner(name),
            None => w.other(node),
        },
        "annotation" => annotation(w, node),
        _ => kind(w, node),
    }
}

fn kind<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "type_identifier" | "void_type" | "integral_type" | "floating_point_type" | "boolean_type" => {
            Expr::Name(w.slice(node))
        }
        "scoped_type_identifier" => {
            let parts = named(node);
            match (parts.first(), parts.last()) {
                (Some(of), Some(name)) if parts.len() > 1 => {
                    Expr::Member { of: w.expr(*of), name: w.slice(*name) }
                }
                _ => w.other(node),
            }
        }
        "generic_type" => {
            let parts = named(node);
            let of = parts.first().map(|of| w.expr(*of));
            let key = parts.get(1).map(|list| w.single(&named(*list), *list));
            match (of, key) {
                (Some(of), Some(key)) => Expr::Index { of, key },
                _ => w.other(node),
            }
        }
        "array_type" => Expr::List([w.at(node, "element")].into()),
        "annotated_type" => match named(node).last() {
            Some(kind) => w.inner(*kind),
            None => w.other(node),
        },
        "wildcard" => match named(node).last() {
            Some(bound) if bound.kind() != "super" => w.inner(*bound),
            _ => Expr::Name("?"),
        },
        _ => w.other(node),
    }
}

/// A type without its arguments.
fn outer<'t>(kind: Node<'t>) -> Node<'t> {
    if kind.kind() == "generic_type" { first(kind).unwrap_or(kind) } else { kind }
}

fn text<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let written = w.slice(node);
    if find(node, "string_interpolation").is_some() {
        let piece = |part: Node| match part.kind() {
            "string_interpolation" => Part::Hole(w.given_or(first(part), part)),
            _ => Part::Text(unescape(w.slice(part), Language::Java)),
        };
        let pieces = named(node).into_iter().map(piece).collect();
        return w.pieces(pieces);
    }
    if written.starts_with("\"\"\"") {
        let block = between(written, "\"\"\"", "\"\"\"");
        let block = block.split_once('\n').map_or("", |(_, lines)| lines);
        return Expr::Text(unescape(&dedent(block), Language::Java).into_owned().into());
    }
    Expr::Text(unescape(between(written, "\"", "\""), Language::Java))
}

fn created<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let kind = node.child_by_field_name("type").map(outer);
    let list = node.child_by_field_name("arguments");
    let args = list.map(|list| arguments(w, list)).unwrap_or_default();
    let callee = w.given_or(kind, node);
    let callee = match find(node, "class_body") {
        Some(body) => {
            let class = w.class(node, None, vec![callee], Head::default(), |w, out| w.statements(body, out));
            w.add(Expr::Class(class), node)
        }
        None => callee,
    };
    w.call(callee, args, true)
}

fn lambda<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let params = node.child_by_field_name("parameters").map(|list| parameters(w, list));
    let head = Head { params: params.unwrap_or_default(), ..Head::default() };
    let body = node.child_by_field_name("body");
    Expr::Function(w.function(node, None, head, |w| match body {
        Some(block) if block.kind() == "block" => w.block(block),
        Some(value) => w.returned(value),
        None => Vec::new(),
    }))
}

fn instance<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let left = w.at(node, "left");
    let right = w.maybe(node, "right");
    if let Some(name) = node.child_by_field_name("name") {
        let target = w.name(name);
        let assign = w.assign(target, Some(left), right, Assigning::Declare);
        w.before.push(assign);
    }
    if let Some(pattern) = node.child_by_field_name("pattern") {
        bind(w, pattern, left);
    }
    let right = right.unwrap_or_else(|| w.nothing(node));
    w.join(join("instanceof"), left, right)
}

fn switch<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let subject = w.at(node, "condition");
    let outer = std::mem::take(&mut w.yields);
    let arms = arms(w, node, subject, true);
    let mut values = Vec::new();
    for (test, then, value) in arms {
        values.extend(value);
        if !then.is_empty() {
            w.before.push(Stmt::If { test, then, other: Vec::new() });
        }
    }
    values.extend(std::mem::replace(&mut w.yields, outer));
    w.one_of(subject, &values, node)
}

fn annotation<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let callee = w.at(node, "name");
    let mut args = Vec::new();
    for arg in node.child_by_field_name("arguments").map(named).unwrap_or_default() {
        let pair = arg.kind() == "element_value_pair";
        let name = pair.then(|| w.word(arg, "key"));
        let value = if pair { w.at(arg, "value") } else { w.expr(arg) };
        args.push(Arg { name, value, spread: false });
    }
    w.call(callee, args, false)
}

#[cfg(test)]
mod tests;
