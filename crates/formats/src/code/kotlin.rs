//! Kotlin, read by tree-sitter. Casts and `!!` are what they are of; the value of an `if`, `when` or `try` is one of its
//! branches' values, and what else runs in them runs before; a lambda after a call is its last argument.

mod chosen;
mod text;

use std::borrow::Cow;

use tree_sitter::Node;

use super::Join;
use super::Stop;
use super::declare::Head;
use super::literal::{between, number, unescape};
use super::syntax::{self, Forms, Walk, fields, find, first, named, span};
use super::tree::*;
use chosen::chosen;
use text::text;

pub(super) fn parse<'s>(source: &'s str, stop: &Stop) -> Unit<'s> {
    syntax::parse(
        Language::Kotlin,
        &tree_sitter_kotlin_ng::LANGUAGE.into(),
        source,
        Forms { form, statement },
        stop,
    )
}

fn statement<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    match node.kind() {
        "package_header" => w.unit.package = first(node).map(|name| Cow::Borrowed(w.slice(name))),
        "import" => import(w, node, out),
        "class_declaration" | "object_declaration" => {
            let class = class(w, node);
            out.push(Stmt::Class(class));
        }
        // The members of a companion are reached through the class.
        "companion_object" => {
            if let Some(body) = find(node, "class_body") {
                w.statements(body, out);
            }
        }
        "block" | "anonymous_initializer" => w.statements(node, out),
        "function_declaration" | "secondary_constructor" => {
            let function = function(w, node);
            out.push(Stmt::Function(function));
        }
        "property_declaration" => property(w, node, out),
        "enum_entry" => {
            let Some(name) = find(node, "identifier") else { return };
            let value = find(node, "value_arguments").map(|list| {
                let class = w.class.and_then(|class| w.unit.class(class).name).unwrap_or_default();
                let callee = w.given(class, node);
                let args = arguments(w, list);
                let call = w.call(callee, args, true);
                w.add(call, node)
            });
            let target = w.name(name);
            out.push(w.assign(target, value, None, Assigning::Declare));
        }
        "type_alias" => {
            let name = node.child_by_field_name("type");
            let value = named(node).into_iter().rfind(|part| Some(*part) != name).map(|kind| w.expr(kind));
            let target = w.given_or(name, node);
            out.push(w.assign(target, value, None, Assigning::Declare));
        }
        "assignment" => {
            let assigning = if w.word(node, "operator") == "=" { Assigning::Set } else { Assigning::Add };
            let value = Some(w.at(node, "right"));
            let target = w.at(node, "left");
            out.push(w.assign(target, value, None, assigning));
        }
        "return_expression" => {
            let label = node.child_by_field_name("label");
            let value = named(node).into_iter().rfind(|part| Some(*part) != label);
            let value = value.map(|value| w.expr(value));
            out.push(Stmt::Return(value));
        }
        "if_expression" => {
            let test = w.at(node, "condition");
            let (then, other) = sides(node);
            let then = w.body(then);
            let other = w.body(other);
            out.push(Stmt::If { test, then, other });
        }
        "when_expression" => {
            let subject = subject(w, node);
            for entry in named(node).into_iter().filter(|child| child.kind() == "when_entry") {
                let test = test(w, entry, subject);
                let then = w.body(body_of(entry));
                out.push(Stmt::If { test, then, other: Vec::new() });
            }
        }
        "for_statement" => {
            let parts: Vec<Node> = named(node)
                .into_iter()
                .filter(|part| !matches!(part.kind(), "annotation" | "label"))
                .collect();
            let target = parts.first().map(|target| w.expr(*target));
            let over = parts.get(1).map(|over| w.expr(*over));
            let body = w.body(parts.get(2).copied());
            out.push(Stmt::Loop { target, over, body });
        }
        "while_statement" | "do_while_statement" => {
            let condition = node.child_by_field_name("condition");
            let over = condition.map(|test| w.expr(test));
            let body =
                named(node).into_iter().rfind(|part| Some(*part) != condition && part.kind() != "label");
            let body = w.body(body);
            out.push(Stmt::Loop { target: None, over, body });
        }
        "try_expression" => {
            let body = w.body(find(node, "block"));
            let (mut handlers, mut finally) = (Vec::new(), Vec::new());
            for clause in named(node) {
                match clause.kind() {
                    "catch_block" => handlers.push(w.body(find(clause, "block"))),
                    "finally_block" => finally = w.body(find(clause, "block")),
                    _ => {}
                }
            }
            out.push(Stmt::Try { body, handlers, finally });
        }
        "labeled_expression" | "throw_expression" | "annotated_expression" => {
            if let Some(inner) = named(node).into_iter().next_back() {
                w.statement(inner, out);
            }
        }
        "label" | "file_annotation" | "shebang" | "modifiers" => {}
        "identifier" if matches!(w.slice(node), "break" | "continue") => {}
        _ => {
            let value = w.expr(node);
            out.push(Stmt::Expr(value));
        }
    }
}

fn import<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let Some(path) = find(node, "qualified_identifier") else { return };
    let text = w.slice(path);
    let (module, name, local) = match (find(node, "*"), find(node, "identifier")) {
        (Some(_), _) => (text, "*", "*"),
        (None, alias) => {
            let (module, name) = text.rsplit_once('.').unwrap_or(("", text));
            (module, name, alias.map_or(name, |alias| w.slice(alias)))
        }
    };
    let module = Cow::Borrowed(module);
    out.push(Stmt::Import(Import { module, up: 0, name: Some(name), local, span: span(node) }));
}

/// The branches of an `if`: what stands before and after `else`.
fn sides<'t>(node: Node<'t>) -> (Option<Node<'t>>, Option<Node<'t>>) {
    let condition = node.child_by_field_name("condition");
    let (mut then, mut other, mut after) = (None, None, false);
    for child in node.children(&mut node.walk()) {
        match child.kind() {
            "else" => after = true,
            _ if !child.is_named() || child.is_extra() || Some(child) == condition => {}
            _ if after => other = Some(child),
            _ => then = Some(child),
        }
    }
    (then, other)
}

/// What a `when` looks at. A name that it gives it is declared before.
fn subject<'s>(w: &mut Walk<'s>, node: Node) -> Option<ExprId> {
    let parts = named(find(node, "when_subject")?);
    let value = parts.last().map(|value| w.expr(*value))?;
    if let Some(variable) = parts.iter().find(|part| part.kind() == "variable_declaration") {
        let target = w.expr(*variable);
        let assign = w.assign(target, Some(value), None, Assigning::Declare);
        w.before.push(assign);
        return Some(target);
    }
    Some(value)
}

fn test<'s>(w: &mut Walk<'s>, entry: Node, subject: Option<ExprId>) -> ExprId {
    let conditions: Vec<Node> = fields(entry, "condition");
    if conditions.is_empty() {
        return subject.unwrap_or_else(|| w.nothing(entry));
    }
    let right = w.single(&conditions, entry);
    let Some(left) = subject else { return right };
    let test = w.join(Join::Compare, left, right);
    w.add(test, entry)
}

fn body_of<'t>(entry: Node<'t>) -> Option<Node<'t>> {
    let arrow = find(entry, "->")?;
    named(entry).into_iter().find(|part| part.start_byte() >= arrow.end_byte())
}

fn marks<'s>(w: &mut Walk<'s>, modifiers: Option<Node>) -> Vec<ExprId> {
    let marks = modifiers.map(named).unwrap_or_default();
    marks.into_iter().filter(|mark| mark.kind() == "annotation").map(|mark| w.expr(mark)).collect()
}

fn is_type(node: &Node) -> bool {
    matches!(
        node.kind(),
        "user_type"
            | "nullable_type"
            | "non_nullable_type"
            | "function_type"
            | "parenthesized_type"
            | "dynamic"
    )
}

/// The type after the last `:` of a declaration.
fn kind_of<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let mut colon = false;
    for child in node.children(&mut node.walk()) {
        match child.kind() {
            ":" => colon = true,
            _ if colon && is_type(&child) => return Some(child),
            _ => {}
        }
    }
    None
}

fn function<'s>(w: &mut Walk<'s>, node: Node) -> FunctionId {
    let documentation = w.documentation();
    let marks = marks(w, find(node, "modifiers"));
    let mut params = Vec::new();
    let list = find(node, "function_value_parameters");
    // `fun Client.ask()`: the type before the name is what it is called on.
    let receiver = named(node).into_iter().find(is_type).filter(|kind| match list {
        Some(list) => kind.end_byte() <= list.start_byte(),
        None => false,
    });
    if let Some(receiver) = receiver {
        let kind = Some(w.expr(receiver));
        params.push(Param { passing: Passing::Receiver, ..w.param(receiver, "this", kind) });
    }
    params.extend(list.map(|list| parameters(w, list)).unwrap_or_default());
    let returns = kind_of(node).map(|kind| w.expr(kind));
    let head = Head { params, marks, returns, documentation };
    let name = match node.kind() {
        "secondary_constructor" => Some(("constructor", node)),
        _ => node.child_by_field_name("name").map(|name| (w.slice(name), name)),
    };
    let delegation = find(node, "constructor_delegation_call");
    let body = find(node, "function_body").or_else(|| find(node, "block"));
    w.function(node, name, head, |w| {
        let mut out = Vec::new();
        if let Some(call) = delegation {
            let callee = first(call).map_or("this", |word| w.slice(word));
            let callee = w.given(callee, call);
            let args = find(call, "value_arguments").map(|list| arguments(w, list)).unwrap_or_default();
            let form = w.call(callee, args, false);
            out.push(Stmt::Expr(w.add(form, call)));
        }
        out.extend(body.map(|body| function_body(w, body)).unwrap_or_default());
        out
    })
}

fn function_body<'s>(w: &mut Walk<'s>, body: Node) -> Vec<Stmt<'s>> {
    match first(body) {
        _ if body.kind() == "block" => w.block(body),
        Some(block) if block.kind() == "block" => w.block(block),
        Some(value) => w.returned(value),
        None => Vec::new(),
    }
}

fn parameters<'s>(w: &mut Walk<'s>, list: Node) -> Vec<Param<'s>> {
    let mut out: Vec<Param> = Vec::new();
    let (mut pending, mut rest) = (Vec::new(), false);
    for node in named(list) {
        match node.kind() {
            "parameter_modifiers" => {
                pending = marks(w, Some(node));
                rest = w.slice(node).split_whitespace().any(|word| word == "vararg");
            }
            "parameter" => {
                let name = first(node).map_or("_", |name| w.slice(name));
                let kind = kind_of(node).map(|kind| w.expr(kind));
                let passing = if rest { Passing::Rest } else { Passing::Plain };
                out.push(Param { marks: std::mem::take(&mut pending), passing, ..w.param(node, name, kind) });
                rest = false;
            }
            _ => {
                let default = w.expr(node);
                if let Some(last) = out.last_mut() {
                    last.default = Some(default);
                }
            }
        }
    }
    out
}

/// The parameters of a class's own constructor, and which of them are fields.
fn class_parameters<'s>(w: &mut Walk<'s>, list: Node) -> (Vec<Param<'s>>, Vec<bool>) {
    let (mut params, mut are_fields) = (Vec::new(), Vec::new());
    for node in named(list).into_iter().filter(|child| child.kind() == "class_parameter") {
        let modifiers = find(node, "modifiers");
        let marks = marks(w, modifiers);
        let rest = modifiers.is_some_and(|m| w.slice(m).split_whitespace().any(|word| word == "vararg"));
        let passing = if rest { Passing::Rest } else { Passing::Plain };
        let name = find(node, "identifier").map_or("_", |name| w.slice(name));
        let kind = kind_of(node).map(|kind| w.expr(kind));
        let default = value_of(node).map(|value| w.expr(value));
        params.push(Param { marks, passing, default, ..w.param(node, name, kind) });
        are_fields.push(find(node, "val").or_else(|| find(node, "var")).is_some());
    }
    (params, are_fields)
}

/// What stands after `=`.
fn value_of<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let equals = find(node, "=")?;
    named(node).into_iter().find(|part| part.start_byte() >= equals.end_byte())
}

fn class<'s>(w: &mut Walk<'s>, node: Node) -> ClassId {
    let documentation = w.documentation();
    let marks = marks(w, find(node, "modifiers"));
    let bases = bases(w, node);
    let head = Head { marks, documentation, ..Head::default() };
    let primary = find(node, "primary_constructor").and_then(|primary| find(primary, "class_parameters"));
    let body = find(node, "class_body").or_else(|| find(node, "enum_class_body"));
    w.class(node, node.child_by_field_name("name"), bases, head, |w, out| {
        if let Some(list) = primary {
            let (params, fields) = class_parameters(w, list);
            w.fill(list, params, &fields, out);
        }
        if let Some(body) = body {
            w.statements(body, out);
        }
    })
}

fn bases<'s>(w: &mut Walk<'s>, node: Node) -> Vec<ExprId> {
    let mut out = Vec::new();
    for specifier in find(node, "delegation_specifiers").map(named).unwrap_or_default() {
        let base = named(specifier).into_iter().find(|part| part.kind() != "annotation");
        let base = base.map(|base| if is_type(&base) { base } else { first(base).unwrap_or(base) });
        out.extend(base.map(|base| w.expr(base)));
    }
    out
}

/// A property; `by lazy { e }` is what makes it, and the code of its accessors stands in methods of its name.
fn property<'s>(w: &mut Walk<'s>, node: Node, out: &mut Vec<Stmt<'s>>) {
    let Some(declared) =
        find(node, "variable_declaration").or_else(|| find(node, "multi_variable_declaration"))
    else {
        return;
    };
    let kind = kind_of(declared).map(|kind| w.expr(kind));
    let value = value_of(node).or_else(|| find(node, "property_delegate").and_then(first));
    let value = value.map(|value| w.expr(value));
    let getter = find(node, "getter").and_then(|getter| find(getter, "function_body"));
    // `get() = e` is as good as the value.
    let value = value.or_else(|| {
        let value = getter.and_then(first).filter(|value| value.kind() != "block")?;
        Some(w.expr(value))
    });
    let target = w.expr(declared);
    out.push(w.assign(target, value, kind, Assigning::Declare));
    for accessor in named(node).into_iter().filter(|part| matches!(part.kind(), "getter" | "setter")) {
        let Some(block) = find(accessor, "function_body").and_then(|body| find(body, "block")) else {
            continue;
        };
        let name = first(declared).map(|name| (w.slice(name), name));
        let function = w.function(accessor, name, Head::default(), |w| w.block(block));
        out.push(Stmt::Function(function));
    }
}

fn arguments<'s>(w: &mut Walk<'s>, list: Node) -> Vec<Arg<'s>> {
    let mut out = Vec::new();
    for arg in named(list).into_iter().filter(|child| child.kind() == "value_argument" || child.is_error()) {
        let name = find(arg, "=").and_then(|_| first(arg));
        let value = named(arg).into_iter().rfind(|part| Some(*part) != name);
        let spread = value.filter(|value| value.kind() == "spread_expression");
        let value = w.given_or(spread.and_then(first).or(value), arg);
        out.push(Arg { name: name.map(|name| w.slice(name)), value, spread: spread.is_some() });
    }
    out
}

fn form<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "identifier" | "this" | "super" => match w.slice(node) {
            "null" => Expr::Null,
            "true" => Expr::Bool(true),
            "false" => Expr::Bool(false),
            name => Expr::Name(name.trim_matches('`')),
        },
        "this_expression" => Expr::Name("this"),
        "super_expression" => Expr::Name("super"),
        "number_literal" | "float_literal" => number(w.slice(node), Language::Kotlin),
        "character_literal" => Expr::Text(unescape(between(w.slice(node), "'", "'"), Language::Kotlin)),
        "string_literal" | "multiline_string_literal" => text(w, node),
        "navigation_expression" => {
            let parts = named(node);
            let of = w.given_or(parts.first().copied(), node);
            let name = parts.get(1).map_or("class", |name| w.slice(*name));
            Expr::Member { of, name }
        }
        "callable_reference" => match *named(node) {
            [only] => w.inner(only),
            [of, name] => Expr::Member { of: w.expr(of), name: w.slice(name) },
            _ => w.other(node),
        },
        "index_expression" => {
            let parts = named(node);
            let of = w.given_or(parts.first().copied(), node);
            Expr::Index { of, key: w.single(parts.get(1..).unwrap_or_default(), node) }
        }
        "call_expression" => call(w, node),
        "constructor_invocation" => {
            let callee = w.given_or(first(node), node);
            let args = find(node, "value_arguments").map(|list| arguments(w, list)).unwrap_or_default();
            w.call(callee, args, false)
        }
        "annotation" => match named(node).into_iter().rfind(|part| part.kind() != "use_site_target") {
            Some(inner) => w.inner(inner),
            None => w.other(node),
        },
        "lambda_literal" => lambda(w, node),
        "annotated_lambda" => match find(node, "lambda_literal") {
            Some(inner) => w.inner(inner),
            None => w.other(node),
        },
        "anonymous_function" => Expr::Function(function(w, node)),
        "object_literal" => {
            let bases = bases(w, node);
            let body = find(node, "class_body");
            let class = w.class(node, None, bases, Head::default(), |w, out| {
                if let Some(body) = body {
                    w.statements(body, out);
                }
            });
            Expr::Class(class)
        }
        "collection_literal" => Expr::List(w.all(named(node))),
        "binary_expression" => w.binary(node),
        "in_expression" => {
            let left = w.at(node, "left");
            let right = w.at(node, "right");
            w.join(Join::Compare, left, right)
        }
        "is_expression" => {
            let left = w.at(node, "left");
            let right = w.at(node, "right");
            w.join(Join::Compare, left, right)
        }
        "infix_expression" => match *named(node) {
            // `a to b` and every other function between its arguments.
            [left, name, right] => {
                let of = w.expr(left);
                let member = Expr::Member { of, name: w.slice(name) };
                let callee = w.add(member, name);
                let value = w.expr(right);
                w.call(callee, vec![Arg { name: None, value, spread: false }], false)
            }
            _ => w.other(node),
        },
        "as_expression" => match node.child_by_field_name("left") {
            Some(left) => w.inner(left),
            None => w.other(node),
        },
        "unary_expression" => match (w.word(node, "operator"), node.child_by_field_name("argument")) {
            ("!!", Some(operand)) => w.inner(operand),
            ("-", Some(operand)) => w.negated(operand),
            _ => w.other(node),
        },
        "spread_expression" => Expr::Spread(w.given_or(first(node), node)),
        "parenthesized_expression" | "type_test" | "range_test" => w.only(node),
        "annotated_expression" | "labeled_expression" => match named(node).into_iter().next_back() {
            Some(inner) => w.inner(inner),
            None => w.other(node),
        },
        "variable_declaration" => match find(node, "identifier") {
            Some(name) => w.inner(name),
            None => w.other(node),
        },
        "multi_variable_declaration" => Expr::List(w.all(named(node))),
        "return_expression" => {
            let (before, mut stmts) = w.apart(|w| {
                let mut out = Vec::new();
                statement(w, node, &mut out);
                out
            });
            w.before.extend(before);
            match stmts.pop() {
                Some(stmt) => w.leaves(stmt, node),
                None => w.other(node),
            }
        }
        "throw_expression" => {
            let error = w.given_or(first(node), node);
            w.leaves(Stmt::Expr(error), node)
        }
        "if_expression" | "when_expression" | "try_expression" => chosen(w, node),
        _ => kind(w, node),
    }
}

fn kind<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    match node.kind() {
        "user_type" => user_type(w, &named(node), node),
        "nullable_type" | "non_nullable_type" | "parenthesized_type" => {
            match named(node).into_iter().rfind(|part| part.kind() != "type_modifiers") {
                Some(inner) => w.inner(inner),
                None => w.other(node),
            }
        }
        "type_projection" => match named(node).into_iter().next_back() {
            Some(inner) => w.inner(inner),
            None => Expr::Name("*"),
        },
        _ => w.other(node),
    }
}

/// `a.b.C<D>`.
fn user_type<'s>(w: &mut Walk<'s>, parts: &[Node], node: Node) -> Expr<'s> {
    let mut form: Option<Expr> = None;
    for part in parts {
        form = match (part.kind(), form) {
            ("identifier", None) => Some(Expr::Name(w.slice(*part))),
            ("identifier", Some(of)) => {
                let of = w.add(of, node);
                Some(Expr::Member { of, name: w.slice(*part) })
            }
            ("type_arguments", Some(of)) => {
                let of = w.add(of, node);
                Some(Expr::Index { of, key: w.single(&named(*part), *part) })
            }
            (_, form) => form,
        };
    }
    form.unwrap_or(Expr::Other(Box::default()))
}

/// A call, with the arguments and the lambda of one or of two nodes: `f(1) { … }` is a call of a call.
fn call<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let lambda = find(node, "annotated_lambda");
    let inner = first(node).filter(|inner| {
        lambda.is_some() && inner.kind() == "call_expression" && find(*inner, "annotated_lambda").is_none()
    });
    let inner = inner.filter(|_| find(node, "value_arguments").is_none()).unwrap_or(node);
    let callee = w.given_or(first(inner), inner);
    let mut args = find(inner, "value_arguments").map(|list| arguments(w, list)).unwrap_or_default();
    if let Some(lambda) = lambda {
        args.push(Arg { name: None, value: w.expr(lambda), spread: false });
    }
    for kind in find(inner, "type_arguments").map(named).unwrap_or_default() {
        args.push(Arg { name: Some("<>"), value: w.expr(kind), spread: false });
    }
    w.call(callee, args, false)
}

/// A lambda; its last expression is what it gives.
fn lambda<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let mut params = Vec::new();
    for param in find(node, "lambda_parameters").map(named).unwrap_or_default() {
        let kind = kind_of(param).map(|kind| w.expr(kind));
        if param.kind() == "multi_variable_declaration" {
            let pattern = Some(w.expr(param));
            params.push(Param { pattern, ..w.param(param, "", kind) });
        } else {
            let name = find(param, "identifier").map_or("_", |name| w.slice(name));
            params.push(w.param(param, name, kind));
        }
    }
    let head = Head { params, ..Head::default() };
    let parameters = find(node, "lambda_parameters");
    Expr::Function(w.function(node, None, head, |w| {
        let mut out = Vec::new();
        for part in named(node).into_iter().filter(|part| Some(*part) != parameters) {
            w.statement(part, &mut out);
        }
        if let Some(Stmt::Expr(last)) = out.last() {
            let last = *last;
            out.pop();
            out.push(Stmt::Return(Some(last)));
        }
        out
    }))
}

#[cfg(test)]
mod tests;
