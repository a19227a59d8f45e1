//! C#, read by tree-sitter. Casts are what they cast; an object initialiser gives named arguments, that of a list or a
//! mapping the list or mapping itself; a switch becomes branches.

mod created;
mod switch;
mod text;

use std::borrow::Cow;

use tree_sitter::Node;

use super::Join;
use super::Stop;
use super::declare::Head;
use super::literal::{between, number, unescape};
use super::syntax::{self, Forms, Walk, fields, find, first, named, span};
use super::tree::*;
use created::{anonymous, created, initializer};
use switch::{pattern, sections, switch};
use text::{interpolated, raw, verbatim};

pub(super) fn parse<'s>(source: &'s str, stop: &Stop) -> Unit<'s> {
    syntax::parse(
        Language::CSharp,
        &tree_sitter_c_sharp::LANGUAGE.into(),
        source,
        Forms { form, statement },
        stop,
    )
}

fn statement<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    match node.kind() {
        "using_directive" => import(w, node, out),
        "namespace_declaration" | "file_scoped_namespace_declaration" => {
            if w.unit.package.is_none() {
                w.unit.package = Some(Cow::Borrowed(w.word(node, "name")));
            }
            if let Some(body) = node.child_by_field_name("body") {
                w.statements(body, out);
            }
        }
        "class_declaration"
        | "struct_declaration"
        | "record_declaration"
        | "interface_declaration"
        | "enum_declaration" => {
            let class = class(w, node);
            out.push(Stmt::Class(class));
        }
        "method_declaration"
        | "constructor_declaration"
        | "local_function_statement"
        | "delegate_declaration"
        | "operator_declaration"
        | "conversion_operator_declaration"
        | "destructor_declaration"
        | "indexer_declaration" => {
            let function = function(w, node);
            out.push(Stmt::Function(function));
        }
        "block" | "global_statement" | "declaration_list" | "checked_statement" | "unsafe_statement" => {
            w.statements(node, out);
        }
        "field_declaration" | "local_declaration_statement" | "event_field_declaration" => {
            if let Some(declaration) = find(node, "variable_declaration") {
                statement(w, declaration, out);
            }
        }
        "variable_declaration" => {
            let kind = declared(w, node);
            for declarator in named(node).into_iter().filter(|child| child.kind() == "variable_declarator") {
                let (target, value) = declarator_parts(declarator);
                let value = value.map(|value| valued(w, value, kind));
                let target = w.given_or(target, declarator);
                out.push(w.assign(target, value, kind, Assigning::Declare));
            }
        }
        "property_declaration" | "event_declaration" => property(w, node, out),
        "enum_member_declaration" => {
            let value = w.maybe(node, "value");
            let target = w.at(node, "name");
            out.push(w.assign(target, value, None, Assigning::Declare));
        }
        "preproc_if" | "preproc_elif" | "preproc_else" => {
            let condition = node.child_by_field_name("condition");
            for part in named(node).into_iter().filter(|part| Some(*part) != condition) {
                w.statement(part, out);
            }
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
            let value = first(node).map(|value| w.expr(value));
            out.extend(value.map(Stmt::Yield));
        }
        "if_statement" => {
            let test = w.at(node, "condition");
            let then = w.body(node.child_by_field_name("consequence"));
            let other = w.body(node.child_by_field_name("alternative"));
            out.push(Stmt::If { test, then, other });
        }
        "for_statement" => {
            for init in fields(node, "initializer") {
                w.statement(init, out);
            }
            let over = w.maybe(node, "condition");
            let mut body = w.body(node.child_by_field_name("body"));
            for update in fields(node, "update") {
                w.statement(update, &mut body);
            }
            out.push(Stmt::Loop { target: None, over, body });
        }
        "foreach_statement" => {
            let (target, over) = (w.maybe(node, "left"), w.maybe(node, "right"));
            let body = w.body(node.child_by_field_name("body"));
            out.push(Stmt::Loop { target, over, body });
        }
        "while_statement" | "do_statement" => {
            let over = w.maybe(node, "condition");
            let body = w.body(node.child_by_field_name("body"));
            out.push(Stmt::Loop { target: None, over, body });
        }
        "using_statement" | "fixed_statement" => with(w, node, out),
        "switch_statement" => sections(w, node, out),
        "try_statement" => attempt(w, node, out),
        "lock_statement" | "labeled_statement" | "throw_statement" | "goto_statement" => {
            let is_label = node.kind() == "labeled_statement" || node.kind() == "goto_statement";
            for part in named(node).into_iter().skip(is_label.into()) {
                w.statement(part, out);
            }
        }
        "constructor_initializer" => {
            let parts = named(node);
            let callee = parts.first().map_or("this", |word| w.slice(*word));
            let callee = w.given(callee, node);
            let args = find(node, "argument_list").map(|list| arguments(w, list)).unwrap_or_default();
            let call = w.call(callee, args, false);
            let call = w.add(call, node);
            out.push(Stmt::Expr(call));
        }
        "break_statement"
        | "continue_statement"
        | "empty_statement"
        | "extern_alias_directive"
        | "global_attribute"
        | "shebang_directive"
        | "attribute_list"
        | "modifier" => {}
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
    node.child_by_field_name("type").filter(|kind| kind.kind() != "implicit_type").map(|kind| w.expr(kind))
}

fn declarator_parts<'t>(node: Node<'t>) -> (Option<Node<'t>>, Option<Node<'t>>) {
    let target = node.child_by_field_name("name").or_else(|| first(node));
    let value = named(node).into_iter().rfind(|part| Some(*part) != target);
    (target, value.filter(|value| value.kind() != "bracketed_argument_list"))
}

/// A value beside its declared type, which `new(…)` takes its own from.
fn valued<'s>(w: &mut Walk<'s>, value: Node, kind: Option<ExprId>) -> ExprId {
    if value.kind() != "implicit_object_creation_expression" {
        return w.expr(value);
    }
    let form = w.deeper(value, |w| Some(created(w, value, kind))).unwrap_or(Expr::Null);
    w.add(form, value)
}

fn import<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let alias = node.child_by_field_name("name");
    let Some(path) = named(node).into_iter().rfind(|part| Some(*part) != alias) else { return };
    let text = w.slice(path);
    let text = text.strip_prefix("global::").unwrap_or(text);
    let (module, name, local) = match alias {
        Some(alias) => {
            let outer = text.split('<').next().unwrap_or(text);
            let (module, name) = outer.rsplit_once('.').unwrap_or(("", outer));
            (module, name, w.slice(alias))
        }
        None => (text, "*", "*"),
    };
    let module = Cow::Borrowed(module);
    out.push(Stmt::Import(Import { module, up: 0, name: Some(name), local, span: span(node) }));
}

/// A property is a field; the code of its accessors stands in methods of its name.
fn property<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let kind = declared(w, node);
    let value = node.child_by_field_name("value");
    let value = value.map(|v| if v.kind() == "arrow_expression_clause" { first(v).unwrap_or(v) } else { v });
    let value = value.map(|value| valued(w, value, kind));
    let target = w.at(node, "name");
    out.push(w.assign(target, value, kind, Assigning::Declare));
    for accessor in node.child_by_field_name("accessors").map(named).unwrap_or_default() {
        if let Some(body) = accessor.child_by_field_name("body") {
            let name = node.child_by_field_name("name").map(|name| (w.slice(name), name));
            let head = Head { returns: kind, ..Head::default() };
            let function = w.function(accessor, name, head, |w| block(w, body));
            out.push(Stmt::Function(function));
        }
    }
}

fn with<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let body = node.child_by_field_name("body");
    let mut items = Vec::new();
    let mut rest = None;
    for part in named(node).into_iter().filter(|part| Some(*part) != body) {
        if part.kind() == "variable_declaration" {
            let kind = declared(w, part);
            for declarator in named(part).into_iter().filter(|part| part.kind() == "variable_declarator") {
                let (target, value) = declarator_parts(declarator);
                let value = value.map(|value| valued(w, value, kind));
                let value = value.unwrap_or_else(|| w.nothing(declarator));
                items.push((value, target.map(|target| w.expr(target))));
            }
        } else if part.kind().ends_with("statement") || part.kind() == "block" {
            rest = Some(part);
        } else {
            items.push((w.expr(part), None));
        }
    }
    let body = w.body(body.or(rest));
    out.push(Stmt::With { items, body });
}

fn attempt<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let body = w.body(node.child_by_field_name("body"));
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

fn marks<'s>(w: &mut Walk<'s>, node: Node) -> Vec<ExprId> {
    let lists = named(node).into_iter().filter(|child| child.kind() == "attribute_list");
    let marks = lists.flat_map(named).filter(|child| child.kind() == "attribute");
    marks.map(|mark| w.expr(mark)).collect()
}

/// A body that is a block, or `=> e`.
fn block<'s>(w: &mut Walk<'s>, body: Node) -> Vec<Stmt<'s>> {
    match body.kind() {
        "block" => w.block(body),
        "arrow_expression_clause" => first(body).map(|value| w.returned(value)).unwrap_or_default(),
        _ => w.returned(body),
    }
}

fn function<'s>(w: &mut Walk<'s>, node: Node) -> FunctionId {
    let documentation = w.documentation();
    let marks = marks(w, node);
    let params = node.child_by_field_name("parameters").map(|list| parameters(w, list)).unwrap_or_default();
    let returns = w.maybe(node, "returns").or_else(|| w.maybe(node, "type"));
    let head = Head { params, marks, returns, documentation };
    let name = match node.kind() {
        "constructor_declaration" => node.child_by_field_name("name").map(|name| ("constructor", name)),
        _ => node.child_by_field_name("name").map(|name| (w.slice(name), name)),
    };
    let body = node.child_by_field_name("body").or_else(|| node.child_by_field_name("value"));
    let accessors = node.child_by_field_name("accessors");
    w.function(node, name, head, |w| {
        let mut out = w.body(find(node, "constructor_initializer"));
        out.extend(body.map(|body| block(w, body)).unwrap_or_default());
        for accessor in accessors.map(named).unwrap_or_default() {
            out.extend(accessor.child_by_field_name("body").map(|body| block(w, body)).unwrap_or_default());
        }
        out
    })
}

fn parameters<'s>(w: &mut Walk<'s>, list: Node) -> Vec<Param<'s>> {
    if matches!(list.kind(), "implicit_parameter" | "identifier") {
        let name = w.slice(list);
        return vec![w.param(list, name, None)];
    }
    let mut out = Vec::new();
    for node in named(list).into_iter().filter(|child| child.kind() == "parameter") {
        let marks = marks(w, node);
        let (kind_node, name) = (node.child_by_field_name("type"), node.child_by_field_name("name"));
        let kind = declared(w, node);
        let default = named(node).into_iter().rfind(|part| {
            Some(*part) != kind_node
                && Some(*part) != name
                && !matches!(part.kind(), "attribute_list" | "modifier")
        });
        let default = default.map(|value| valued(w, value, kind));
        let text = name.map_or("_", |name| w.slice(name));
        out.push(Param { marks, default, ..w.param(node, text, kind) });
    }
    // `params T[] rest` has no node of its own.
    if let Some(name) = list.child_by_field_name("name") {
        let kind = w.maybe(list, "type");
        let text = w.slice(name);
        out.push(Param { passing: Passing::Rest, ..w.param(name, text, kind) });
    }
    out
}

fn class<'s>(w: &mut Walk<'s>, node: Node) -> ClassId {
    let documentation = w.documentation();
    let marks = marks(w, node);
    let mut bases = Vec::new();
    for base in find(node, "base_list").map(named).unwrap_or_default() {
        match base.kind() {
            "argument_list" => {}
            "primary_constructor_base_type" => bases.push(w.at(base, "type")),
            _ => bases.push(w.expr(base)),
        }
    }
    let head = Head { marks, documentation, ..Head::default() };
    w.class(node, node.child_by_field_name("name"), bases, head, |w, out| {
        if let Some(list) = find(node, "parameter_list") {
            let params = parameters(w, list);
            let fields = vec![true; params.len()];
            w.fill(list, params, &fields, out);
        }
        if let Some(body) = node.child_by_field_name("body") {
            w.statements(body, out);
        }
    })
}

fn arguments<'s>(w: &mut Walk<'s>, list: Node) -> Vec<Arg<'s>> {
    let mut out = Vec::new();
    for arg in named(list) {
        let name = arg.child_by_field_name("name");
        let value = named(arg).into_iter().rfind(|part| Some(*part) != name);
        let value = w.given_or(value, arg);
        out.push(Arg { name: name.map(|name| w.slice(name)), value, spread: false });
    }
    out
}

fn form<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "identifier" | "this" | "base" | "predefined_type" | "discard" => Expr::Name(w.slice(node)),
        "null_literal" => Expr::Null,
        "boolean_literal" => Expr::Bool(w.slice(node) == "true"),
        "integer_literal" | "real_literal" => number(w.slice(node), Language::CSharp),
        "character_literal" => Expr::Text(unescape(between(w.slice(node), "'", "'"), Language::CSharp)),
        "string_literal" => {
            let text = w.slice(node);
            let text = text.strip_suffix("u8").unwrap_or(text);
            Expr::Text(unescape(between(text, "\"", "\""), Language::CSharp))
        }
        "verbatim_string_literal" => Expr::Text(verbatim(between(w.slice(node), "@\"", "\""))),
        "raw_string_literal" => raw(w, node),
        "interpolated_string_expression" => interpolated(w, node),
        "member_access_expression" => {
            let of = w.at(node, "expression");
            member(w, of, node)
        }
        "qualified_name" => {
            let of = w.at(node, "qualifier");
            member(w, of, node)
        }
        "alias_qualified_name" => match node.child_by_field_name("name") {
            Some(name) if w.word(node, "alias") == "global" => w.inner(name),
            _ => {
                let of = w.at(node, "alias");
                member(w, of, node)
            }
        },
        "conditional_access_expression" => {
            let of = w.at(node, "condition");
            match named(node).into_iter().next_back() {
                Some(binding) if binding.kind() == "member_binding_expression" => member(w, of, binding),
                Some(binding) if binding.kind() == "element_binding_expression" => indexed(w, of, binding),
                _ => Expr::Other([of].into()),
            }
        }
        "element_access_expression" => {
            let of = w.at(node, "expression");
            let subscript = node.child_by_field_name("subscript").unwrap_or(node);
            indexed(w, of, subscript)
        }
        "invocation_expression" => invocation(w, node),
        "object_creation_expression" => {
            let kind = node.child_by_field_name("type").map(|kind| w.expr(kind));
            created(w, node, kind)
        }
        "implicit_object_creation_expression" => created(w, node, None),
        "anonymous_object_creation_expression" => anonymous(w, node),
        "array_creation_expression"
        | "implicit_array_creation_expression"
        | "stackalloc_expression"
        | "implicit_stackalloc_expression" => match find(node, "initializer_expression") {
            Some(list) => Expr::List(w.all(named(list))),
            None => w.other(node),
        },
        "initializer_expression" => initializer(w, node),
        "collection_expression" => {
            let element = |element: Node| match first(element) {
                Some(spread) if spread.kind() == "spread_element" => {
                    let form = Expr::Spread(w.given_or(first(spread), spread));
                    w.add(form, spread)
                }
                inner => w.given_or(inner.and_then(first).or(inner), element),
            };
            Expr::List(named(node).into_iter().map(element).collect())
        }
        "lambda_expression" | "anonymous_method_expression" => lambda(w, node),
        "binary_expression" => w.binary(node),
        "assignment_expression" => {
            let value = w.at(node, "right");
            Expr::Assign { target: w.at(node, "left"), value }
        }
        "conditional_expression" => {
            let test = w.at(node, "condition");
            let then = w.at(node, "consequence");
            Expr::Choose { test, then, other: w.at(node, "alternative") }
        }
        "await_expression" => Expr::Wait(w.given_or(first(node), node)),
        "cast_expression" => named_field(w, node, "value"),
        "as_expression" => named_field(w, node, "left"),
        "postfix_unary_expression" if w.slice(node).ends_with('!') => w.only(node),
        "prefix_unary_expression" => match first(node) {
            Some(operand) if w.slice(node).starts_with('-') => w.negated(operand),
            _ => w.other(node),
        },
        "parenthesized_expression"
        | "checked_expression"
        | "ref_expression"
        | "argument"
        | "expression_element"
        | "arrow_expression_clause" => w.only(node),
        "declaration_expression" => named_field(w, node, "name"),
        "tuple_expression" | "tuple_pattern" => {
            let item = |item: Node| match item.kind() {
                "argument" => {
                    let name = item.child_by_field_name("name");
                    w.given_or(named(item).into_iter().rfind(|part| Some(*part) != name), item)
                }
                _ => w.expr(item),
            };
            Expr::List(named(node).into_iter().map(item).collect())
        }
        "is_expression" => {
            let left = w.at(node, "left");
            let right = w.at(node, "right");
            w.join(Join::Compare, left, right)
        }
        "is_pattern_expression" => {
            let left = w.at(node, "expression");
            let right = node.child_by_field_name("pattern").map(|right| pattern(w, right, left));
            let right = right.unwrap_or_else(|| w.nothing(node));
            w.join(Join::Compare, left, right)
        }
        "switch_expression" => switch(w, node),
        "throw_expression" => {
            let error = w.given_or(first(node), node);
            w.leaves(Stmt::Expr(error), node)
        }
        "typeof_expression" => Expr::Member { of: w.at(node, "type"), name: "class" },
        "attribute" => attribute(w, node),
        _ => kind(w, node),
    }
}

fn kind<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "generic_name" => {
            let parts = named(node);
            let of = w.given_or(parts.first().copied(), node);
            let list = parts.get(1).copied().unwrap_or(node);
            Expr::Index {
                of,
                key: w.single(&parts.get(1).map(|list| named(*list)).unwrap_or_default(), list),
            }
        }
        "array_type" => Expr::List([w.at(node, "type")].into()),
        "nullable_type" | "pointer_type" | "ref_type" | "scoped_type" => named_field(w, node, "type"),
        "tuple_type" => {
            let kinds = named(node).into_iter().map(|element| w.at(element, "type"));
            Expr::List(kinds.collect())
        }
        _ => w.other(node),
    }
}

fn named_field<'s>(w: &mut Walk<'s>, node: Node, field: &str) -> Expr<'s> {
    match node.child_by_field_name(field) {
        Some(inner) => w.inner(inner),
        None => w.other(node),
    }
}

/// `of.name`; the type arguments of a generic name belong to the call.
fn member<'s>(w: &mut Walk<'s>, of: ExprId, node: Node) -> Expr<'s> {
    let name = node.child_by_field_name("name").unwrap_or(node);
    let plain = if name.kind() == "generic_name" { first(name).unwrap_or(name) } else { name };
    let form = Expr::Member { of, name: w.slice(plain) };
    // A qualified type keeps its arguments.
    match (node.kind(), name.kind()) {
        ("qualified_name", "generic_name") => {
            let of = w.add(form, node);
            let arguments = find(name, "type_argument_list").unwrap_or(name);
            Expr::Index { of, key: w.single(&named(arguments), arguments) }
        }
        _ => form,
    }
}

fn indexed<'s>(w: &mut Walk<'s>, of: ExprId, list: Node) -> Expr<'s> {
    let keys: Vec<ExprId> = arguments(w, list).iter().map(|arg| arg.value).collect();
    let key = match *keys {
        [only] => only,
        _ => w.add(Expr::List(keys.into()), list),
    };
    Expr::Index { of, key }
}

fn invocation<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let Some(function) = node.child_by_field_name("function") else { return w.other(node) };
    let name = match function.kind() {
        "conditional_access_expression" => {
            named(function).into_iter().next_back().and_then(|binding| binding.child_by_field_name("name"))
        }
        "member_access_expression" => function.child_by_field_name("name"),
        _ => Some(function),
    };
    let generic = name.filter(|name| name.kind() == "generic_name");
    let callee = match generic {
        Some(generic) if generic == function => w.given_or(first(generic), generic),
        _ => w.expr(function),
    };
    let list = node.child_by_field_name("arguments");
    let mut args = list.map(|list| arguments(w, list)).unwrap_or_default();
    let kinds = generic.and_then(|generic| find(generic, "type_argument_list"));
    for kind in kinds.map(named).unwrap_or_default() {
        args.push(Arg { name: Some("<>"), value: w.expr(kind), spread: false });
    }
    w.call(callee, args, false)
}

fn lambda<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let marks = marks(w, node);
    let params = node.child_by_field_name("parameters").map(|list| parameters(w, list)).unwrap_or_default();
    let head = Head { params, marks, ..Head::default() };
    let body = node.child_by_field_name("body").or_else(|| find(node, "block"));
    Expr::Function(w.function(node, None, head, |w| body.map(|body| block(w, body)).unwrap_or_default()))
}

fn attribute<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let Some(list) = find(node, "attribute_argument_list") else { return named_field(w, node, "name") };
    let callee = w.at(node, "name");
    let args = arguments(w, list);
    w.call(callee, args, false)
}

#[cfg(test)]
mod tests;
