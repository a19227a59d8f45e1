//! The tree as text, for tests: one statement a line, blocks indented, expressions in a notation near to Python.

use std::fmt::Write as _;

use super::*;

/// The whole unit.
pub(crate) fn show(unit: &Unit) -> String {
    let mut out = String::new();
    block(unit, &unit.body, 0, &mut out);
    for problem in &unit.problems {
        _ = writeln!(out, "! {}: {}", problem.span.start, problem.message);
    }
    out
}

fn block(unit: &Unit, body: &[Stmt], depth: usize, out: &mut String) {
    for stmt in body {
        statement(unit, stmt, depth, out);
    }
}

fn statement(unit: &Unit, stmt: &Stmt, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let e = |id: &ExprId| expr(unit, *id);
    let line = match stmt {
        Stmt::Expr(id) => e(id),
        Stmt::Assign { target, value, kind, assigning } => {
            let sign = match assigning {
                Assigning::Declare => ":=",
                Assigning::Set => "=",
                Assigning::Add => "+=",
            };
            let kind = kind.map_or(String::new(), |kind| format!(": {}", e(&kind)));
            let value = value.map_or(String::new(), |value| format!(" {sign} {}", e(&value)));
            format!("{}{kind}{value}", e(target))
        }
        Stmt::Return(value) => format!("return {}", value.as_ref().map(e).unwrap_or_default()),
        Stmt::Yield(value) => format!("yield {}", e(value)),
        Stmt::Import(i) => {
            let name = i.name.map_or(String::new(), |name| format!(" . {name}"));
            format!("import {}{}{name} as {}", ".".repeat(i.up as usize), i.module, i.local)
        }
        Stmt::Export(x) => {
            let value = x.value.as_ref().map(|v| format!(" = {}", e(v))).unwrap_or_default();
            let from = x.from.as_ref().map(|(m, n)| format!(" from {m} . {n}")).unwrap_or_default();
            format!("export {}{value}{from}", x.name)
        }
        Stmt::Function(id) => {
            let function = unit.function(*id);
            for mark in &function.marks {
                _ = writeln!(out, "{pad}@{}", e(mark));
            }
            _ = writeln!(out, "{pad}def {}", signature(unit, function));
            if let Some((text, _)) = &function.documentation {
                _ = writeln!(out, "{pad}  \"{text}\"");
            }
            return block(unit, &function.body, depth + 1, out);
        }
        Stmt::Class(id) => {
            let class = unit.class(*id);
            for mark in &class.marks {
                _ = writeln!(out, "{pad}@{}", e(mark));
            }
            let bases: Vec<String> = class.bases.iter().map(e).collect();
            _ = writeln!(out, "{pad}class {}({})", class.name.unwrap_or("_"), bases.join(", "));
            if let Some((text, _)) = &class.documentation {
                _ = writeln!(out, "{pad}  \"{text}\"");
            }
            return block(unit, &class.body, depth + 1, out);
        }
        Stmt::If { test, then, other } => {
            _ = writeln!(out, "{pad}if {}", e(test));
            block(unit, then, depth + 1, out);
            if !other.is_empty() {
                _ = writeln!(out, "{pad}else");
                block(unit, other, depth + 1, out);
            }
            return;
        }
        Stmt::Loop { target, over, body } => {
            let target = target.as_ref().map(e).unwrap_or_default();
            _ = writeln!(out, "{pad}loop {target} in {}", over.as_ref().map(e).unwrap_or_default());
            return block(unit, body, depth + 1, out);
        }
        Stmt::With { items, body } => {
            let items: Vec<String> = items
                .iter()
                .map(|(v, t)| {
                    format!("{}{}", e(v), t.as_ref().map(|t| format!(" as {}", e(t))).unwrap_or_default())
                })
                .collect();
            _ = writeln!(out, "{pad}with {}", items.join(", "));
            return block(unit, body, depth + 1, out);
        }
        Stmt::Try { body, handlers, finally } => {
            _ = writeln!(out, "{pad}try");
            block(unit, body, depth + 1, out);
            for handler in handlers {
                _ = writeln!(out, "{pad}handler");
                block(unit, handler, depth + 1, out);
            }
            if !finally.is_empty() {
                _ = writeln!(out, "{pad}finally");
                block(unit, finally, depth + 1, out);
            }
            return;
        }
    };
    _ = writeln!(out, "{pad}{line}");
}

fn signature(unit: &Unit, function: &Function) -> String {
    let params: Vec<String> = function
        .params
        .iter()
        .map(|p| {
            let marks: String = p.marks.iter().map(|m| format!("@{} ", expr(unit, *m))).collect();
            let name = p.pattern.map_or_else(|| p.name.to_owned(), |pattern| expr(unit, pattern));
            let star = match p.passing {
                Passing::Plain => "",
                Passing::Receiver => "this ",
                Passing::Rest => "*",
                Passing::Named => "**",
            };
            let kind = p.kind.map_or(String::new(), |kind| format!(": {}", expr(unit, kind)));
            let default = p.default.map_or(String::new(), |d| format!(" = {}", expr(unit, d)));
            format!("{marks}{star}{name}{kind}{default}")
        })
        .collect();
    let returns = function.returns.map_or(String::new(), |kind| format!(" -> {}", expr(unit, kind)));
    format!("{}({}){returns}", function.name.unwrap_or("_"), params.join(", "))
}

/// One expression.
pub(crate) fn expr(unit: &Unit, id: ExprId) -> String {
    let e = |id: &ExprId| expr(unit, *id);
    let all = |ids: &[ExprId]| ids.iter().map(e).collect::<Vec<_>>().join(", ");
    match unit.expr(id) {
        Expr::Null => "null".into(),
        Expr::Bool(b) => b.to_string(),
        Expr::Int(i) => i.to_string(),
        Expr::Float(f) => format!("{f:?}"),
        Expr::Text(text) => format!("{text:?}"),
        Expr::Format(parts) => {
            let part = |part: &Part| match part {
                Part::Text(text) => text.to_string(),
                Part::Hole(hole) => format!("{{{}}}", e(hole)),
            };
            format!("f\"{}\"", parts.iter().map(part).collect::<String>())
        }
        Expr::Name(name) => (*name).into(),
        Expr::Member { of, name } => format!("{}.{name}", e(of)),
        Expr::Index { of, key } => format!("{}[{}]", e(of), e(key)),
        Expr::Call(call) => {
            let arg = |arg: &Arg| {
                let star = if arg.spread { "*" } else { "" };
                arg.name
                    .map_or_else(|| format!("{star}{}", e(&arg.value)), |n| format!("{n}={}", e(&arg.value)))
            };
            let args: Vec<String> = call.args.iter().map(arg).collect();
            let new = if call.construct { "new " } else { "" };
            format!("{new}{}({})", e(&call.callee), args.join(", "))
        }
        Expr::List(items) => format!("[{}]", all(items)),
        Expr::Map(entries) => {
            let entry = |(key, value): &(Option<ExprId>, ExprId)| match key {
                Some(key) => format!("{}: {}", e(key), e(value)),
                None => format!("**{}", e(value)),
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Expr::Join { join, left, right } => {
            let sign = match join {
                Join::Add => "+",
                Join::Or => "or",
                Join::And => "and",
                Join::Percent => "%",
                Join::Bar => "|",
                Join::Compare => "<=>",
                Join::Other => "·",
            };
            format!("({} {sign} {})", e(left), e(right))
        }
        Expr::Choose { test, then, other } => format!("({} if {} else {})", e(then), e(test), e(other)),
        Expr::Function(function) => {
            let function = unit.function(*function);
            let mut body = String::new();
            block(unit, &function.body, 0, &mut body);
            format!("fn {} {{ {} }}", signature(unit, function), body.trim_end().replace('\n', "; "))
        }
        Expr::Class(class) => format!("class {}", unit.class(*class).name.unwrap_or("_")),
        Expr::Wait(of) => format!("await {}", e(of)),
        Expr::Spread(of) => format!("*{}", e(of)),
        Expr::Assign { target, value } => format!("({} = {})", e(target), e(value)),
        Expr::Each { target, over, element } => format!("[{} for {} in {}]", e(element), e(target), e(over)),
        Expr::Element(element) => {
            let attribute = |(name, value): &(Option<&str>, ExprId)| match name {
                Some(name) => format!(" {name}={}", e(value)),
                None => format!(" **{}", e(value)),
            };
            let attributes: String = element.attributes.iter().map(attribute).collect();
            format!("<{}{attributes}>{}</>", e(&element.name), all(&element.children))
        }
        Expr::Other(items) => format!("?({})", all(items)),
    }
}
