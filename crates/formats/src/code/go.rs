//! Go, read by tree-sitter. A composite literal of a struct makes an object, of a slice a list, of a map a mapping; methods
//! stand in the class of their receiver's type; a switch becomes branches; an assertion is what it asserts of.

use std::borrow::Cow;

use tree_sitter::Node;

use super::Join;
use super::Stop;
use super::declare::Head;
use super::literal::{between, number, unescape};
use super::syntax::{self, Forms, Walk, fields, find, first, named, span};
use super::tree::*;

pub(super) fn parse<'s>(source: &'s str, stop: &Stop) -> Unit<'s> {
    syntax::parse(Language::Go, &tree_sitter_go::LANGUAGE.into(), source, Forms { form, statement }, stop)
}

fn statement<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    match node.kind() {
        "package_clause" => w.unit.package = first(node).map(|name| Cow::Borrowed(w.slice(name))),
        "import_declaration" | "import_spec_list" | "var_spec_list" | "const_declaration" | "block"
        | "statement_list" => w.statements(node, out),
        "import_spec" => import(w, node, out),
        "function_declaration" | "method_elem" => {
            let function = function(w, node, None);
            out.push(Stmt::Function(function));
        }
        "method_declaration" => method(w, node),
        "type_declaration" if find(node, "(").is_some() => w.statements(node, out),
        "type_declaration" | "var_declaration" => {
            let comment = w.comment;
            for spec in named(node) {
                w.comment = comment;
                statement(w, spec, out);
            }
        }
        "type_spec" | "type_alias" => type_spec(w, node, out),
        "var_spec" | "const_spec" => {
            let names = fields(node, "name");
            let kind = w.maybe(node, "type");
            let value = node.child_by_field_name("value").map(|values| listed(w, values));
            let target = w.single(&names, node);
            out.push(w.assign(target, value, kind, Assigning::Declare));
        }
        "short_var_declaration" => pair(w, node, Assigning::Declare, out),
        "assignment_statement" => {
            let assigning = if w.word(node, "operator") == "=" { Assigning::Set } else { Assigning::Add };
            pair(w, node, assigning, out);
        }
        "receive_statement" if node.child_by_field_name("left").is_some() => {
            pair(w, node, Assigning::Set, out);
        }
        "return_statement" => {
            let value = first(node).map(|values| listed(w, values));
            out.push(Stmt::Return(value));
        }
        "if_statement" => {
            before(w, node, out);
            let test = w.at(node, "condition");
            let then = w.body(node.child_by_field_name("consequence"));
            let other = w.body(node.child_by_field_name("alternative"));
            out.push(Stmt::If { test, then, other });
        }
        "for_statement" => looped(w, node, out),
        "expression_switch_statement" | "type_switch_statement" | "select_statement" => {
            branches(w, node, out);
        }
        "labeled_statement" => {
            if let Some(inner) = named(node).into_iter().find(|child| child.kind() != "label_name") {
                w.statement(inner, out);
            }
        }
        "break_statement"
        | "continue_statement"
        | "goto_statement"
        | "fallthrough_statement"
        | "empty_statement" => {}
        "expression_statement" | "defer_statement" | "go_statement" | "inc_statement" | "dec_statement" => {
            if let Some(inner) = first(node) {
                let value = w.expr(inner);
                out.push(Stmt::Expr(value));
            }
        }
        _ => {
            let value = w.expr(node);
            out.push(Stmt::Expr(value));
        }
    }
}

/// One expression of a list as itself, several as a list.
fn listed<'s>(w: &mut Walk<'s>, list: Node) -> ExprId {
    match list.kind() {
        "expression_list" => w.single(&named(list), list),
        _ => w.expr(list),
    }
}

fn pair<'s>(w: &mut Walk<'s>, node: Node, assigning: Assigning, out: &mut Vec<Stmt<'s>>) {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return;
    };
    let value = Some(listed(w, right));
    let target = listed(w, left);
    out.push(w.assign(target, value, None, assigning));
}

/// The statement before the condition of an `if` or the value of a `switch`.
fn before<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    if let Some(initializer) = node.child_by_field_name("initializer") {
        w.statement(initializer, out);
    }
}

fn looped<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let head = first(node).filter(|head| head.kind() != "block");
    let (target, over, update) = match head {
        Some(clause) if clause.kind() == "range_clause" => {
            let target = clause.child_by_field_name("left").map(|left| listed(w, left));
            (target, w.maybe(clause, "right"), None)
        }
        Some(clause) if clause.kind() == "for_clause" => {
            before(w, clause, out);
            (None, w.maybe(clause, "condition"), clause.child_by_field_name("update"))
        }
        test => (None, test.map(|test| w.expr(test)), None),
    };
    let mut body = w.body(node.child_by_field_name("body"));
    body.extend(w.body(update));
    out.push(Stmt::Loop { target, over, body });
}

fn branches<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    before(w, node, out);
    let subject = w.maybe(node, "value");
    let alias = node.child_by_field_name("alias").and_then(first);
    for case in named(node).into_iter().filter(|child| child.kind().ends_with("_case")) {
        let mut then = Vec::new();
        let test = match (case.kind(), subject) {
            ("expression_case", subject) => {
                let value = case.child_by_field_name("value").map(|values| listed(w, values));
                let value = value.unwrap_or_else(|| w.nothing(case));
                match subject {
                    Some(left) => {
                        let test = w.join(Join::Compare, left, value);
                        w.add(test, case)
                    }
                    None => value,
                }
            }
            ("communication_case", _) => {
                then.extend(w.body(case.child_by_field_name("communication")));
                w.nothing(case)
            }
            (_, subject) => subject.unwrap_or_else(|| w.nothing(case)),
        };
        if let (Some(alias), Some(subject)) = (alias, subject) {
            let kinds = fields(case, "type");
            let kind = (kinds.len() == 1).then(|| w.expr(kinds[0]));
            let target = w.expr(alias);
            then.push(w.assign(target, Some(subject), kind, Assigning::Declare));
        }
        if let Some(list) = find(case, "statement_list") {
            let body = w.block(list);
            then.extend(body);
        }
        out.push(Stmt::If { test, then, other: Vec::new() });
    }
}

fn import<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let Some(path) = node.child_by_field_name("path") else { return };
    let module = w.slice(path).trim_matches(['"', '`']);
    let local = match node.child_by_field_name("name").map(|name| w.slice(name)) {
        Some(".") => "*",
        Some(name) => name,
        None => package_name(module),
    };
    out.push(Stmt::Import(Import {
        module: Cow::Borrowed(module),
        up: 0,
        name: None,
        local,
        span: span(node),
    }));
}

/// What a package is most likely called: the last part of its path that is no version (`x/y/v2` → `y`, `gopkg.in/y.v3` → `y`).
fn package_name(path: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let (rest, last) = path.rsplit_once('/').unwrap_or(("", path));
    let last =
        if is_version(last) && !rest.is_empty() { rest.rsplit('/').next().unwrap_or(last) } else { last };
    match last.rsplit_once('.') {
        Some((name, version)) if is_version(version) => name,
        _ => last,
    }
}

fn function<'s>(w: &mut Walk<'s>, node: Node, receiver: Option<Param<'s>>) -> FunctionId {
    let documentation = w.documentation();
    let name = node.child_by_field_name("name").map(|name| (w.slice(name), name));
    let mut params: Vec<Param> = receiver.into_iter().collect();
    params.extend(node.child_by_field_name("parameters").map(|list| parameters(w, list)).unwrap_or_default());
    let returns = node.child_by_field_name("result").map(|result| returns(w, result));
    let head = Head { params, returns, documentation, ..Head::default() };
    let body = node.child_by_field_name("body");
    w.function(node, name, head, |w| body.map(|body| w.block(body)).unwrap_or_default())
}

fn parameters<'s>(w: &mut Walk<'s>, list: Node) -> Vec<Param<'s>> {
    let mut out = Vec::new();
    for node in named(list) {
        let kind = w.maybe(node, "type");
        let passing = match node.kind() {
            "variadic_parameter_declaration" => Passing::Rest,
            _ => Passing::Plain,
        };
        let names = fields(node, "name");
        for name in &names {
            let text = w.slice(*name);
            out.push(Param { passing, ..w.param(*name, text, kind) });
        }
        if names.is_empty() {
            out.push(Param { passing, ..w.param(node, "_", kind) });
        }
    }
    out
}

/// One type, or a list of several.
fn returns<'s>(w: &mut Walk<'s>, result: Node) -> ExprId {
    if result.kind() != "parameter_list" {
        return w.expr(result);
    }
    let kinds: Vec<ExprId> = parameters(w, result).iter().filter_map(|param| param.kind).collect();
    match *kinds {
        [only] => only,
        _ => w.add(Expr::List(kinds.into()), result),
    }
}

/// A method goes to the class of its receiver's type.
fn method<'s>(w: &mut Walk<'s>, node: Node) {
    let receiver = node.child_by_field_name("receiver").and_then(first);
    let mut kind = receiver.and_then(|receiver| receiver.child_by_field_name("type"));
    while let Some(outer) = kind.filter(|kind| matches!(kind.kind(), "pointer_type" | "parenthesized_type")) {
        kind = first(outer);
    }
    if let Some(generic) = kind.filter(|kind| kind.kind() == "generic_type") {
        kind = generic.child_by_field_name("type");
    }
    let class = kind.map_or("", |kind| w.slice(kind));
    let documentation = w.comment.take();
    let param = receiver.map(|receiver| {
        let name = receiver.child_by_field_name("name");
        let text = name.map_or("_", |name| w.slice(name));
        let kind = kind.map(|kind| w.expr(kind));
        Param { passing: Passing::Receiver, ..w.param(name.unwrap_or(receiver), text, kind) }
    });
    w.comment = documentation;
    let function = function(w, node, param);
    w.members(class, None, vec![Stmt::Function(function)], node);
}

fn type_spec<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let name = node.child_by_field_name("name");
    let Some(kind) = node.child_by_field_name("type") else { return };
    if matches!(kind.kind(), "struct_type" | "interface_type") {
        let class = class(w, node, name, kind);
        out.push(Stmt::Class(class));
    } else {
        let value = Some(w.expr(kind));
        let target = w.at(node, "name");
        out.push(w.assign(target, value, None, Assigning::Declare));
    }
}

/// A struct or an interface; what it embeds is its base.
fn class<'s>(w: &mut Walk<'s>, node: Node, name: Option<Node>, kind: Node) -> ClassId {
    let documentation = w.documentation();
    let list = find(kind, "field_declaration_list").unwrap_or(kind);
    let members = named(list);
    let is_base = |member: &&Node| match member.kind() {
        "field_declaration" => member.child_by_field_name("name").is_none(),
        kind => kind == "type_elem",
    };
    let bases = members.iter().filter(is_base);
    let bases = bases.filter_map(|m| m.child_by_field_name("type").or_else(|| first(*m)));
    let bases = bases.map(|base| w.expr(base)).collect();
    let head = Head { documentation, ..Head::default() };
    w.class(node, name, bases, head, |w, out| {
        if kind.kind() == "interface_type" {
            for method in members.iter().filter(|member| member.kind() == "method_elem") {
                w.statement(*method, out);
            }
        }
        for field in members.iter().filter(|member| member.kind() == "field_declaration") {
            let kind = w.maybe(*field, "type");
            for name in fields(*field, "name") {
                let target = w.name(name);
                out.push(w.assign(target, None, kind, Assigning::Declare));
            }
        }
    })
}

fn form<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "identifier" | "field_identifier" | "package_identifier" | "type_identifier" | "blank_identifier"
        | "iota" | "dot" | "label_name" => Expr::Name(w.slice(node)),
        "nil" => Expr::Null,
        "true" => Expr::Bool(true),
        "false" => Expr::Bool(false),
        "int_literal" | "float_literal" => number(w.slice(node), Language::Go),
        "rune_literal" => {
            let text = unescape(between(w.slice(node), "'", "'"), Language::Go);
            text.chars().next().map_or(Expr::Int(0), |c| Expr::Int(u32::from(c).into()))
        }
        "interpreted_string_literal" => {
            Expr::Text(unescape(between(w.slice(node), "\"", "\""), Language::Go))
        }
        "raw_string_literal" => {
            let text = between(w.slice(node), "`", "`");
            Expr::Text(if text.contains('\r') { text.replace('\r', "").into() } else { text.into() })
        }
        "selector_expression" => {
            let of = w.at(node, "operand");
            Expr::Member { of, name: w.word(node, "field") }
        }
        "index_expression" => {
            let of = w.at(node, "operand");
            Expr::Index { of, key: w.at(node, "index") }
        }
        "slice_expression" => {
            let of = w.at(node, "operand");
            let bounds = ["start", "end", "capacity"].into_iter().filter_map(|bound| w.maybe(node, bound));
            let bounds = Expr::Other(bounds.collect());
            Expr::Index { of, key: w.add(bounds, node) }
        }
        "call_expression" => call(w, node),
        "composite_literal" => match (node.child_by_field_name("type"), node.child_by_field_name("body")) {
            (Some(kind), Some(body)) => composite(w, kind, body),
            _ => w.other(node),
        },
        "func_literal" => Expr::Function(function(w, node, None)),
        "binary_expression" => w.binary(node),
        "unary_expression" => match (w.word(node, "operator"), node.child_by_field_name("operand")) {
            ("&" | "*", Some(operand)) => w.inner(operand),
            ("<-", Some(operand)) => Expr::Wait(w.expr(operand)),
            ("-", Some(operand)) => w.negated(operand),
            _ => w.other(node),
        },
        "type_assertion_expression" => match node.child_by_field_name("operand") {
            Some(operand) => w.inner(operand),
            None => w.other(node),
        },
        "type_conversion_expression" => conversion(w, node),
        "parenthesized_expression" | "variadic_argument" | "literal_element" => w.only(node),
        "expression_list" => Expr::List(w.all(named(node))),
        _ => kind(w, node),
    }
}

fn kind<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "qualified_type" => {
            let of = w.at(node, "package");
            Expr::Member { of, name: w.word(node, "name") }
        }
        "pointer_type" | "parenthesized_type" | "negated_type" | "type_elem" => w.only(node),
        "generic_type" | "type_instantiation_expression" => {
            let of = w.at(node, "type");
            let arguments = node.child_by_field_name("type_arguments").unwrap_or(node);
            let base = node.child_by_field_name("type");
            let of_type: Vec<Node> = named(arguments).into_iter().filter(|arg| Some(*arg) != base).collect();
            Expr::Index { of, key: w.single(&of_type, arguments) }
        }
        "slice_type" | "array_type" | "implicit_length_array_type" => {
            Expr::List([w.at(node, "element")].into())
        }
        "map_type" => {
            let of = w.given("map", node);
            let both = Expr::List([w.at(node, "key"), w.at(node, "value")].into());
            Expr::Index { of, key: w.add(both, node) }
        }
        "channel_type" => {
            let of = w.given("chan", node);
            Expr::Index { of, key: w.at(node, "value") }
        }
        "interface_type" if first(node).is_none() => Expr::Name("any"),
        "struct_type" | "interface_type" => {
            w.comment = None;
            Expr::Class(class(w, node, None, node))
        }
        "function_type" => {
            let list = node.child_by_field_name("parameters");
            let mut kinds: Vec<ExprId> = list
                .map(|list| parameters(w, list).iter().filter_map(|param| param.kind).collect())
                .unwrap_or_default();
            kinds.extend(node.child_by_field_name("result").map(|result| returns(w, result)));
            Expr::Other(kinds.into())
        }
        _ => w.other(node),
    }
}

fn call<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let function = node.child_by_field_name("function");
    let mut args = Vec::new();
    let instance = function.filter(|function| is_instance(w, *function));
    let callee = match instance {
        Some(instance) => w.at(instance, "operand"),
        None => w.at(node, "function"),
    };
    for arg in node.child_by_field_name("arguments").map(named).unwrap_or_default() {
        let spread = arg.kind() == "variadic_argument";
        args.push(Arg { name: None, value: w.expr(arg), spread });
    }
    let index = instance.and_then(|instance| instance.child_by_field_name("index"));
    for kind in
        node.child_by_field_name("type_arguments").map(named).unwrap_or_default().into_iter().chain(index)
    {
        args.push(Arg { name: Some("<>"), value: w.expr(kind), spread: false });
    }
    w.call(callee, args, false)
}

/// Whether `f[T]` before a call is a generic function rather than a function out of a map, which only types could tell:
/// a function of a package and an exported type most often are.
fn is_instance(w: &Walk, node: Node) -> bool {
    let part = |field| node.child_by_field_name(field);
    let (Some(of), Some(index)) = (part("operand"), part("index")) else { return false };
    node.kind() == "index_expression"
        && match index.kind() {
            "selector_expression" => true,
            "identifier" => {
                of.kind() == "selector_expression" || w.slice(index).starts_with(char::is_uppercase)
            }
            _ => false,
        }
}

/// `[]byte(x)` is `x`; what looks like a conversion to a generic type is most often the call of a generic function.
fn conversion<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let Some(operand) = node.child_by_field_name("operand") else { return w.other(node) };
    let generic = node.child_by_field_name("type").filter(|kind| kind.kind() == "generic_type");
    let Some(generic) = generic else { return w.inner(operand) };
    let callee = w.at(generic, "type");
    let mut args = vec![Arg { name: None, value: w.expr(operand), spread: false }];
    for kind in generic.child_by_field_name("type_arguments").map(named).unwrap_or_default() {
        args.push(Arg { name: Some("<>"), value: w.expr(kind), spread: false });
    }
    w.call(callee, args, false)
}

/// `T{…}`; an element of a list or map may leave its type out, which is then that of the list.
fn composite<'s>(w: &mut Walk<'s>, kind: Node, body: Node) -> Expr<'s> {
    match kind.kind() {
        "pointer_type" | "parenthesized_type" => match first(kind) {
            Some(inner) => w.deeper(body, |w| Some(composite(w, inner, body))).unwrap_or(Expr::Null),
            None => w.other(body),
        },
        "slice_type" | "array_type" | "implicit_length_array_type" => {
            let element = kind.child_by_field_name("element");
            let items = named(body).into_iter().map(|item| {
                let value = item.child_by_field_name("value").unwrap_or(item);
                element_of(w, element, value)
            });
            Expr::List(items.collect())
        }
        "map_type" => {
            let (of_key, of_value) = (kind.child_by_field_name("key"), kind.child_by_field_name("value"));
            let entries = named(body).into_iter().map(|entry| {
                let key = entry.child_by_field_name("key").map(|key| element_of(w, of_key, key));
                (key, element_of(w, of_value, entry.child_by_field_name("value").unwrap_or(entry)))
            });
            Expr::Map(entries.collect())
        }
        _ => {
            let base = match kind.kind() {
                "generic_type" => kind.child_by_field_name("type").unwrap_or(kind),
                _ => kind,
            };
            let callee = w.shared(base);
            let mut args = Vec::new();
            for item in named(body) {
                let name = item.child_by_field_name("key").map(|key| w.slice(key));
                let value = element_of(w, None, item.child_by_field_name("value").unwrap_or(item));
                args.push(Arg { name, value, spread: false });
            }
            w.call(callee, args, true)
        }
    }
}

fn element_of<'s>(w: &mut Walk<'s>, kind: Option<Node>, element: Node) -> ExprId {
    let value = if element.kind() == "literal_element" { first(element).unwrap_or(element) } else { element };
    match kind {
        Some(kind) if value.kind() == "literal_value" => {
            let form = w.deeper(value, |w| Some(composite(w, kind, value)));
            w.add(form.unwrap_or(Expr::Other(Box::default())), value)
        }
        _ => w.expr(value),
    }
}

#[cfg(test)]
mod tests;
