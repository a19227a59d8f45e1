//! Macros and attributes of Rust. The grammar keeps what is in them as tokens, so they are parsed once more as the call that
//! most of them look like: `println!(a, b)` as `println (a, b)`. What is no call is kept as its tokens.

use tree_sitter::{Node, Tree};

use super::super::syntax::{Walk, find, first, named, span};
use super::super::tree::*;
use crate::Span;

/// A text with more holes is kept as far as this many pieces.
const MAX_PIECES: usize = 1_000;

/// Reads a part of the file as an expression. `text` stands at `from` for what is written there.
fn fragment<'s>(w: &mut Walk<'s>, mut text: Vec<u8>, from: usize) -> Option<Tree> {
    text.push(b';');
    w.again(&tree_sitter_rust::LANGUAGE.into(), &text, from)
}

fn expression_of(tree: &Tree) -> Option<Node<'_>> {
    first(tree.root_node()).filter(|statement| statement.kind() == "expression_statement").and_then(first)
}

pub(super) fn invocation<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let (Some(path), Some(tokens)) = (node.child_by_field_name("macro"), find(node, "token_tree")) else {
        return w.other(node);
    };
    let name = path.child_by_field_name("name").unwrap_or(path);
    let plain = w.slice(name);
    if plain == "json" {
        return json(w, tokens);
    }
    let args = arguments(w, path, tokens);
    match (plain, &args) {
        ("vec", Some(args)) => return Expr::List(args.iter().map(|arg| arg.value).collect()),
        ("format" | "format_args", Some(args)) => {
            if let Some(format) = format(w, args) {
                return format;
            }
        }
        _ => {}
    }
    // The mark belongs to the name: a function of the same name is another thing.
    let from = name.start_byte();
    let marked = w.source.get(from..name.end_byte() + 1).filter(|text| text.ends_with('!')).unwrap_or(plain);
    let callee = match path.child_by_field_name("path") {
        Some(of) => Expr::Member { of: w.expr(of), name: marked },
        None => Expr::Name(marked),
    };
    let callee = w.add(callee, path);
    let args = args.unwrap_or_else(|| vec![Arg { name: None, value: w.expr(tokens), spread: false }]);
    w.call(callee, args, false)
}

/// `#[path]`, `#[path(args)]`, `#[path = value]`.
pub(super) fn attribute<'s>(w: &mut Walk<'s>, node: Node) -> Expr<'s> {
    let Some(path) = first(node) else { return w.other(node) };
    let args = match (node.child_by_field_name("arguments"), node.child_by_field_name("value")) {
        (Some(tokens), _) => arguments(w, path, tokens)
            .unwrap_or_else(|| vec![Arg { name: None, value: w.expr(tokens), spread: false }]),
        (None, Some(value)) => vec![Arg { name: None, value: w.expr(value), spread: false }],
        (None, None) => return w.inner(path),
    };
    let callee = w.expr(path);
    w.call(callee, args, false)
}

/// The tokens between the brackets as arguments; `name = value` is a named one.
fn arguments<'s>(w: &mut Walk<'s>, path: Node, tokens: Node) -> Option<Vec<Arg<'s>>> {
    let mut text = w.source.get(path.start_byte()..tokens.end_byte())?.as_bytes().to_vec();
    let open = tokens.start_byte() - path.start_byte();
    text[path.end_byte() - path.start_byte()..open].fill(b' ');
    text[open] = b'(';
    *text.last_mut()? = b')';
    let tree = fragment(w, text, path.start_byte())?;
    let call = expression_of(&tree).filter(|call| call.kind() == "call_expression")?;
    let mut args = Vec::new();
    for arg in call.child_by_field_name("arguments").map(named)? {
        let pair = (arg.kind() == "assignment_expression").then(|| arg.child_by_field_name("left")).flatten();
        let name = pair.filter(|left| matches!(left.kind(), "identifier" | "scoped_identifier"));
        let value = if name.is_some() { w.at(arg, "right") } else { w.expr(arg) };
        args.push(Arg { name: name.map(|name| w.slice(name)), value, spread: false });
    }
    Some(args)
}

/// `format!("{x} {} {0} {y:?}", z, y = 1)` (std::fmt: an argument is taken in order, by place, by its name, or is a
/// variable of that name).
fn format<'s>(w: &mut Walk<'s>, args: &[Arg<'s>]) -> Option<Expr<'s>> {
    let (first, args) = args.split_first()?;
    let Expr::Text(text) = w.unit.expr(first.value) else { return None };
    let text = text.clone();
    let at = w.unit.span(first.value);
    let mut pieces = Vec::new();
    let mut written = String::new();
    let mut next = 0;
    let mut rest = &*text;
    let mut searched = at.start as usize;
    while let Some(brace) = rest.find(['{', '}']) {
        written.push_str(&rest[..brace]);
        let after = &rest[brace + 1..];
        if after.starts_with(&rest[brace..=brace]) {
            written.push_str(&rest[brace..=brace]);
            rest = &after[1..];
            continue;
        }
        let Some(end) = after.find('}').filter(|_| pieces.len() < MAX_PIECES) else { break };
        let name = after[..end].split(':').next().unwrap_or_default().trim();
        rest = &after[end + 1..];
        let value = if name.is_empty() {
            next += 1;
            args.iter().filter(|arg| arg.name.is_none()).nth(next - 1).map(|arg| arg.value)
        } else if let Ok(place) = name.parse::<usize>() {
            args.get(place).map(|arg| arg.value)
        } else {
            args.iter().find(|arg| arg.name == Some(name)).map(|arg| arg.value)
        };
        let value = value.or_else(|| captured(w, name, at, &mut searched));
        let value = value.unwrap_or_else(|| w.unit.add(Expr::Other(Box::default()), at));
        if !written.is_empty() {
            pieces.push(Part::Text(std::mem::take(&mut written).into()));
        }
        pieces.push(Part::Hole(value));
    }
    written.push_str(rest);
    if !written.is_empty() {
        pieces.push(Part::Text(written.into()));
    }
    Some(w.pieces(pieces))
}

/// A variable named inside the text, where the text says it.
fn captured<'s>(w: &mut Walk<'s>, name: &str, at: Span, searched: &mut usize) -> Option<ExprId> {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let source: &'s str = w.source;
    let literal = source.get(*searched..at.end as usize).filter(|_| is_name)?;
    let from = *searched + literal.find(&format!("{{{name}"))? + 1;
    let name = source.get(from..from + name.len())?;
    *searched = from;
    Some(w.unit.add(Expr::Name(name), Span::new(from, from + name.len())))
}

/// The value that `json!` writes: mappings and lists by their brackets, everything else an expression.
fn json<'s>(w: &mut Walk<'s>, tokens: Node) -> Expr<'s> {
    let parts: Vec<Node> = inside(tokens);
    match *parts {
        [tree] if tree.kind() == "token_tree" => {
            w.deeper(tree, |w| Some(value(w, tree))).unwrap_or(Expr::Null)
        }
        _ => Expr::List([run(w, &parts, tokens)].into()),
    }
}

/// The tokens between the brackets.
fn inside<'t>(tree: Node<'t>) -> Vec<Node<'t>> {
    let mut parts: Vec<Node> =
        tree.children(&mut tree.walk()).filter(|token| !token.is_extra()).skip(1).collect();
    parts.pop();
    parts
}

fn value<'s>(w: &mut Walk<'s>, tree: Node) -> Expr<'s> {
    let parts = inside(tree);
    let items = parts.split(|token| token.kind() == ",").filter(|item| !item.is_empty());
    if !w.slice(tree).starts_with('{') {
        return Expr::List(items.map(|item| run(w, item, tree)).collect());
    }
    let entry = |item: &[Node]| {
        let colon = item.iter().position(|token| token.kind() == ":");
        let (key, value) = item.split_at(colon.unwrap_or(0));
        let key = colon.map(|_| run(w, key, tree));
        (key, run(w, value.get(usize::from(colon.is_some())..).unwrap_or_default(), tree))
    };
    Expr::Map(items.map(entry).collect())
}

/// A run of tokens: a value in brackets, or an expression.
fn run<'s>(w: &mut Walk<'s>, tokens: &[Node], around: Node) -> ExprId {
    let (Some(start), Some(end)) = (tokens.first(), tokens.last()) else { return w.nothing(around) };
    if let [only] = tokens {
        let form = match only.kind() {
            "token_tree" if !w.slice(*only).starts_with('(') => w.deeper(*only, |w| Some(value(w, *only))),
            "identifier" if w.slice(*only) == "null" => Some(Expr::Null),
            _ => Some(w.inner(*only)),
        };
        return w.add(form.unwrap_or(Expr::Null), *only);
    }
    let text = w.source.get(start.start_byte()..end.end_byte()).unwrap_or_default().as_bytes().to_vec();
    let tree = fragment(w, text, start.start_byte());
    match tree.as_ref().and_then(expression_of) {
        Some(expression) => w.expr(expression),
        None => {
            let all = Expr::Other(w.all(tokens.iter().copied().filter(Node::is_named)));
            w.unit.add(all, span(*start).to(span(*end)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::show::show;

    fn parse(source: &str) -> crate::code::Unit<'_> {
        crate::code::parse(crate::code::Language::Rust, source)
    }

    #[test]
    fn macros() {
        for (source, want) in [
            ("println!(\"{}\", x.y)", "println!(\"{}\", x.y)"),
            ("tokio::join!(a(), b())", "tokio.join!(a(), b())"),
            ("vec![1, x]", "[1, x]"),
            ("vec![0; 3]", "vec!(?(0, 3))"),
            (
                "format!(\"a {x} {} {0} {y:?} {{}} {w}\\n\", z.a, w = 1)",
                "f\"a {x} {z.a} {z.a} {y} {} {1}\n\"",
            ),
            ("format!(\"plain\")", "\"plain\""),
            ("format!(f, x)", "format!(f, x)"),
            (
                "json!({\"a\": x.y(1), b: [1, {\"c\": null}], \"d\": -1})",
                "{\"a\": x.y(1), b: [1, {\"c\": null}], \"d\": -1}",
            ),
            ("select! { a = b => c }", "select!(?(a, b, c))"),
            ("outer!(inner!(a), format!(\"{a}\"))", "outer!(inner!(a), f\"{a}\")"),
            ("include_str!(\"p.txt\")", "include_str!(\"p.txt\")"),
        ] {
            let unit = format!("fn f() {{ g({source}); }}");
            assert_eq!(show(&parse(&unit)), format!("def f()\n  g({want})\n"), "{source}");
        }
    }

    #[test]
    fn attributes() {
        for (source, want) in [
            ("tool", "tool"),
            ("a::tool(description = \"d\", b, name(\"x\"))", "a.tool(description=\"d\", b, name(\"x\"))"),
            ("doc = \"x\"", "doc(\"x\")"),
            ("tool(a b => \"x\")", "tool(?(a, b, \"x\"))"),
        ] {
            assert_eq!(show(&parse(&format!("#[{source}]\nfn f() {{}}"))), format!("@{want}\ndef f()\n"));
        }
    }

    #[test]
    fn macros_in_macros_are_read_only_so_often() {
        let source = format!("fn f() {{ {}x{}; }}", "a!(".repeat(5_000), ")".repeat(5_000));
        assert!(show(&parse(&source)).starts_with("def f()\n"));
    }
}
