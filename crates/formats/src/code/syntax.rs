//! The walk over tree-sitter's trees that the front ends of Go, Java, C#, Rust and Kotlin share: what is read of a node,
//! where statements made inside an expression go, how deep a tree is followed, and what is said of text that is no code.
//!
//! No node of one language alone is known here. A node that a front end has no form for becomes [`Expr::Other`] with its
//! parts.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;
use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Point, Range, Tree};

use super::declare::Attached;
use super::literal;
use super::tree::*;
use super::{Join, MAX_DEPTH, Stop};
use crate::Span;

/// A longer file is data or made by a machine, and is not parsed.
const MAX_BYTES: usize = 4 << 20;

/// How a language's nodes become forms.
#[derive(Clone, Copy)]
pub(super) struct Forms<'s> {
    /// An expression, a type or a pattern.
    pub(super) form: fn(&mut Walk<'s>, Node) -> Expr<'s>,
    pub(super) statement: fn(&mut Walk<'s>, Node, &mut Vec<Stmt<'s>>),
}

pub(super) struct Walk<'s> {
    pub(super) unit: Unit<'s>,
    pub(super) source: &'s str,
    forms: Forms<'s>,
    depth: u32,
    deep: bool,
    /// Of the members that are being lowered.
    pub(super) class: Option<ClassId>,
    /// Statements that an expression holds inside, run before the statement that the expression stands in.
    pub(super) before: Vec<Stmt<'s>>,
    /// The values that `yield` gives to the switch that is being lowered.
    pub(super) yields: Vec<ExprId>,
    /// The documentation comment directly before the statement that is being lowered.
    pub(super) comment: Option<Span>,
    /// The attributes before it, where they are siblings of what they mark.
    pub(super) marks: Vec<ExprId>,
    pub(super) attached: Vec<Attached<'s>>,
    /// Types that many literals share, by node.
    shared: HashMap<usize, ExprId>,
    /// When to give up, also on macros.
    stop: Stop,
    /// How many bytes may still be written or read twice: a macro in a macro is parsed once for each around it, a path before
    /// many names is written for each.
    budget: usize,
}

/// Parses a file and lowers it.
pub(super) fn parse<'s>(
    language: Language,
    grammar: &tree_sitter::Language,
    source: &'s str,
    forms: Forms<'s>,
    stop: &Stop,
) -> Unit<'s> {
    let mut walk = Walk {
        unit: Unit::new(language, source),
        source,
        forms,
        depth: 0,
        deep: false,
        class: None,
        before: Vec::new(),
        yields: Vec::new(),
        comment: None,
        marks: Vec::new(),
        attached: Vec::new(),
        shared: HashMap::new(),
        stop: stop.clone(),
        budget: (1 << 16) + 4 * source.len(),
    };
    if source.len() > MAX_BYTES {
        walk.unit.problem(Span::default(), "longer than 4 MiB and not read");
        return walk.unit;
    }
    if matches!(language, Language::Java | Language::CSharp) && is_angled(source) {
        walk.unit.problem(Span::default(), "opens more angle brackets than any code and is not read");
        return walk.unit;
    }
    let Some(tree) = tree(grammar, source.as_bytes(), 0, &walk.stop) else {
        walk.unit.problem(Span::default(), "takes too long to parse and is not read");
        return walk.unit;
    };
    walk.errors(tree.root_node());
    let mut body = Vec::new();
    walk.statements(tree.root_node(), &mut body);
    walk.attach(&mut body);
    walk.unit.body = body;
    walk.unit
}

/// Whether dozens of `<` stand open in one statement, or many in many. Each may compare or open a list of types, and the
/// parser may follow both for all of them in one step, which no limit can interrupt.
fn is_angled(source: &str) -> bool {
    let (mut open, mut many, mut last) = (0u32, 0u32, 0u8);
    let mut bytes = source.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            // A shift.
            b'<' if last == b'<' || bytes.peek() == Some(&b'<') => {}
            b'<' => {
                open += 1;
                many += u32::from(open > 6);
            }
            b'>' => open = open.saturating_sub(1),
            b';' | b'{' | b'}' => open = 0,
            _ => {}
        }
        last = byte;
        if open > 64 || many > 512 {
            return true;
        }
    }
    false
}

/// Parses a text that begins at an offset of the file, within a number of steps that real code stays far below and
/// until it is told to stop: on text made for it a single step takes time that grows with the file.
fn tree(grammar: &tree_sitter::Language, text: &[u8], from: usize, stop: &Stop) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(grammar).ok()?;
    if from > 0 {
        let (start_point, end_point) = (Point::new(0, from), Point::new(0, from + text.len()));
        let range = Range { start_byte: from, end_byte: from + text.len(), start_point, end_point };
        parser.set_included_ranges(&[range]).ok()?;
    }
    // The parser asks once in a hundred steps; real code takes a hundred steps for some sixty bytes.
    let mut left = 1_000 + text.len() / 8;
    let mut progress = |_: &ParseState| match left.checked_sub(1) {
        Some(less) if !stop() => {
            left = less;
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read =
        |at: usize, _: Point| at.checked_sub(from).and_then(|at| text.get(at..)).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options))
}

pub(super) fn span(node: Node) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// Whether a child is a part of what its parent says: no punctuation, no comment, no line for a preprocessor. The words
/// for an object itself have no name in some grammars.
fn is_part(node: &Node) -> bool {
    (node.is_named() || matches!(node.kind(), "this" | "base" | "super"))
        && (!node.is_extra() || node.is_error())
}

pub(super) fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    node.children(&mut node.walk()).filter(is_part).collect()
}

pub(super) fn first<'t>(node: Node<'t>) -> Option<Node<'t>> {
    node.children(&mut node.walk()).find(is_part)
}

pub(super) fn find<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    node.children(&mut node.walk()).find(|child| child.kind() == kind)
}

/// All children of a field that may stand several times.
pub(super) fn fields<'t>(node: Node<'t>, field: &str) -> Vec<Node<'t>> {
    node.children_by_field_name(field, &mut node.walk()).filter(Node::is_named).collect()
}

pub(super) fn join(operator: &str) -> Join {
    match operator {
        "+" => Join::Add,
        "||" | "??" | "?:" => Join::Or,
        "&&" => Join::And,
        "|" => Join::Bar,
        "==" | "!=" | "===" | "!==" | "<" | "<=" | ">" | ">=" | "in" | "!in" | "is" | "instanceof" => {
            Join::Compare
        }
        _ => Join::Other,
    }
}

impl<'s> Walk<'s> {
    /// The source text of a node.
    pub(super) fn slice(&self, node: Node) -> &'s str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    pub(super) fn add(&mut self, expr: Expr<'s>, node: Node) -> ExprId {
        self.unit.add(expr, span(node))
    }

    /// The text of a node as a name.
    pub(super) fn name(&mut self, node: Node) -> ExprId {
        let name = self.slice(node);
        self.add(Expr::Name(name), node)
    }

    /// A name that is known but not written here.
    pub(super) fn given(&mut self, name: &'s str, node: Node) -> ExprId {
        self.add(Expr::Name(name), node)
    }

    pub(super) fn nothing(&mut self, node: Node) -> ExprId {
        self.add(Expr::Other(Box::default()), node)
    }

    fn too_deep(&mut self, node: Node) -> bool {
        if self.depth < MAX_DEPTH {
            return false;
        }
        if !self.deep {
            self.unit.problem(
                span(node),
                format!("nested deeper than {MAX_DEPTH} levels; what is below is not read"),
            );
        }
        self.deep = true;
        true
    }

    /// Goes one level deeper, or not at all.
    pub(super) fn deeper<T: Default>(&mut self, node: Node, with: impl FnOnce(&mut Self) -> T) -> T {
        if self.too_deep(node) {
            return T::default();
        }
        self.depth += 1;
        let result = with(self);
        self.depth -= 1;
        result
    }

    /// The form of a node that another stands for: what is in brackets, or under a cast.
    pub(super) fn inner(&mut self, node: Node) -> Expr<'s> {
        let form = self.forms.form;
        self.deeper(node, |walk| Some(form(walk, node))).unwrap_or(Expr::Other(Box::default()))
    }

    pub(super) fn expr(&mut self, node: Node) -> ExprId {
        let form = self.inner(node);
        self.add(form, node)
    }

    /// The form of the first part of a node.
    pub(super) fn only(&mut self, node: Node) -> Expr<'s> {
        first(node).map_or(Expr::Other(Box::default()), |node| self.inner(node))
    }

    /// The part of a node under a field name.
    pub(super) fn at(&mut self, node: Node, field: &str) -> ExprId {
        self.maybe(node, field).unwrap_or_else(|| self.nothing(node))
    }

    pub(super) fn maybe(&mut self, node: Node, field: &str) -> Option<ExprId> {
        node.child_by_field_name(field).map(|node| self.expr(node))
    }

    /// The text under a field name.
    pub(super) fn word(&self, node: Node, field: &str) -> &'s str {
        node.child_by_field_name(field).map_or("", |node| self.slice(node))
    }

    pub(super) fn all<'t>(&mut self, nodes: impl IntoIterator<Item = Node<'t>>) -> Box<[ExprId]> {
        nodes.into_iter().map(|node| self.expr(node)).collect()
    }

    /// A node without a form of its own: its parts.
    pub(super) fn other(&mut self, node: Node) -> Expr<'s> {
        Expr::Other(self.all(named(node)))
    }

    /// One part as itself, several as a list.
    pub(super) fn single(&mut self, nodes: &[Node], node: Node) -> ExprId {
        match nodes {
            [only] => self.expr(*only),
            _ => {
                let all = self.all(nodes.iter().copied());
                self.add(Expr::List(all), node)
            }
        }
    }

    /// A type that many literals stand for, lowered once.
    pub(super) fn shared(&mut self, node: Node) -> ExprId {
        if let Some(known) = self.shared.get(&node.id()) {
            return *known;
        }
        let id = self.expr(node);
        self.shared.insert(node.id(), id);
        id
    }

    pub(super) fn call(&mut self, callee: ExprId, args: Vec<Arg<'s>>, construct: bool) -> Expr<'s> {
        Expr::Call(Box::new(Call { callee, args: args.into(), construct }))
    }

    pub(super) fn join(&mut self, join: Join, left: ExprId, right: ExprId) -> Expr<'s> {
        Expr::Join { join, left, right }
    }

    /// `left operator right`, as every one of these grammars names its parts.
    pub(super) fn binary(&mut self, node: Node) -> Expr<'s> {
        let join = join(self.word(node, "operator"));
        let left = self.at(node, "left");
        Expr::Join { join, left, right: self.at(node, "right") }
    }

    /// A number below zero, or the operand under an operator.
    pub(super) fn negated(&mut self, operand: Node) -> Expr<'s> {
        match self.inner(operand) {
            Expr::Int(i) => Expr::Int(i.wrapping_neg()),
            Expr::Float(f) => Expr::Float(-f),
            other => Expr::Other([self.add(other, operand)].into()),
        }
    }

    /// A text with holes, or a text when there are none.
    pub(super) fn pieces(&mut self, pieces: Vec<Part<'s>>) -> Expr<'s> {
        let mut out: Vec<Part> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match (out.last_mut(), piece) {
                (Some(Part::Text(text)), Part::Text(more)) => text.to_mut().push_str(&more),
                (_, piece) => out.push(piece),
            }
        }
        match <[Part; 1]>::try_from(out) {
            Ok([Part::Text(text)]) => Expr::Text(text),
            Ok(parts) => Expr::Format(parts.into()),
            Err(parts) if parts.is_empty() => Expr::Text(Cow::Borrowed("")),
            Err(parts) => Expr::Format(parts.into()),
        }
    }

    /// What is under the node, or nothing.
    pub(super) fn given_or(&mut self, inner: Option<Node>, node: Node) -> ExprId {
        match inner {
            Some(inner) => self.expr(inner),
            None => self.nothing(node),
        }
    }

    /// One of many values. As deep as their number's logarithm, since what reads the tree recurses into it.
    pub(super) fn one_of(&mut self, test: ExprId, values: &[ExprId], node: Node) -> Expr<'s> {
        match values {
            [] => Expr::Other([test].into()),
            [only] => Expr::Choose { test, then: *only, other: *only },
            [then, other] => Expr::Choose { test, then: *then, other: *other },
            _ => {
                let (left, right) = values.split_at(values.len() / 2);
                let mut half = |values: &[ExprId]| match values {
                    [only] => *only,
                    _ => {
                        let form = self.one_of(test, values, node);
                        self.add(form, node)
                    }
                };
                let (then, other) = (half(left), half(right));
                Expr::Choose { test, then, other }
            }
        }
    }

    /// An expression that leaves where it stands: `x ?: return y`.
    pub(super) fn leaves(&mut self, stmt: Stmt<'s>, node: Node) -> Expr<'s> {
        let test = self.nothing(node);
        self.before.push(Stmt::If { test, then: vec![stmt], other: Vec::new() });
        Expr::Other(Box::default())
    }

    /// Lowers something whose inner statements are its own.
    pub(super) fn apart<T>(&mut self, with: impl FnOnce(&mut Self) -> T) -> (Vec<Stmt<'s>>, T) {
        let outer = mem::take(&mut self.before);
        let result = with(self);
        (mem::replace(&mut self.before, outer), result)
    }

    /// Whether so many bytes more may be written or read twice.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let left = self.budget.checked_sub(bytes);
        self.budget = left.unwrap_or(self.budget);
        left.is_some()
    }

    /// The form of another expression, for a node that has it as its value.
    pub(super) fn same(&self, id: ExprId) -> Expr<'s> {
        let size = match self.unit.expr(id) {
            Expr::List(items) | Expr::Other(items) => items.len(),
            Expr::Map(entries) => entries.len(),
            Expr::Call(call) => call.args.len(),
            Expr::Format(parts) => parts.len(),
            Expr::Text(text) => text.len() / 16,
            _ => 0,
        };
        if size < 100 { self.unit.expr(id).clone() } else { Expr::Wait(id) }
    }

    /// A part of the file read once more, as the text that stands for it; both have the same length, but that the text ends
    /// in one character more. Nothing, where that text is no code.
    pub(super) fn again(
        &mut self,
        grammar: &tree_sitter::Language,
        text: &[u8],
        from: usize,
    ) -> Option<Tree> {
        if !self.spend(text.len()) {
            return None;
        }
        tree(grammar, text, from, &self.stop).filter(|tree| !tree.root_node().has_error())
    }

    /// One statement, after those that its expressions hold inside.
    pub(super) fn statement(&mut self, node: Node, out: &mut Vec<Stmt<'s>>) {
        let from = out.len();
        let lower = self.forms.statement;
        let (before, ()) = self.apart(|walk| {
            walk.deeper(node, |walk| match node.is_error() {
                true => walk.statements(node, out),
                false => lower(walk, node, out),
            });
        });
        if !before.is_empty() {
            out.splice(from..from, before);
        }
    }

    /// The children of a node as statements, each with the comment and the attributes before it.
    pub(super) fn statements(&mut self, node: Node, out: &mut Vec<Stmt<'s>>) {
        self.statements_until(node, None, out);
    }

    /// The same, up to a child.
    pub(super) fn statements_until(&mut self, node: Node, end: Option<Node>, out: &mut Vec<Stmt<'s>>) {
        // Where the comment is, and where what belongs to it ends.
        let mut pending: Option<(Span, usize)> = None;
        let marks = mem::take(&mut self.marks);
        for child in node.children(&mut node.walk()) {
            if Some(child) == end {
                break;
            }
            if child.kind().ends_with("comment") {
                pending = self.pending(pending, child);
                continue;
            }
            if !child.is_named() || (child.is_extra() && !child.is_error()) {
                continue;
            }
            if child.kind() == "attribute_item" {
                let mark = self.expr(child);
                self.marks.push(mark);
                if let Some((_, end)) = pending.as_mut().filter(|(_, end)| self.close(*end, child)) {
                    *end = child.end_byte();
                }
                continue;
            }
            let comment = pending.take().filter(|(_, end)| self.close(*end, child));
            self.comment = comment.map(|(span, _)| span);
            self.statement(child, out);
            self.comment = None;
            self.marks.clear();
        }
        self.marks = marks;
    }

    pub(super) fn block(&mut self, node: Node) -> Vec<Stmt<'s>> {
        let mut out = Vec::new();
        self.deeper(node, |walk| walk.statements(node, &mut out));
        out
    }

    /// A node that may be a block or one statement.
    pub(super) fn body(&mut self, node: Option<Node>) -> Vec<Stmt<'s>> {
        let mut out = Vec::new();
        if let Some(node) = node {
            self.statement(node, &mut out);
        }
        out
    }

    /// The body of a function that is one expression.
    pub(super) fn returned(&mut self, node: Node) -> Vec<Stmt<'s>> {
        let (mut body, value) = self.apart(|walk| walk.expr(node));
        body.push(Stmt::Return(Some(value)));
        body
    }

    fn close(&self, end: usize, node: Node) -> bool {
        let between = self.source.get(end..node.start_byte()).unwrap_or("x");
        between.trim().is_empty() && between.bytes().filter(|b| *b == b'\n').count() <= 1
    }

    fn pending(&self, pending: Option<(Span, usize)>, comment: Node) -> Option<(Span, usize)> {
        let pending = pending.filter(|(_, end)| self.close(*end, comment));
        if !literal::documents(self.unit.language, self.slice(comment)) {
            return pending.map(|(span, _)| (span, comment.end_byte()));
        }
        // A comment after code on the same line speaks of that code.
        let line = self.source.get(..comment.start_byte()).unwrap_or_default();
        if !line.trim_end_matches([' ', '\t']).ends_with('\n') && !line.is_empty() {
            return None;
        }
        let start = pending.map_or(span(comment), |(start, _)| start.to(span(comment)));
        Some((start, comment.end_byte()))
    }

    /// The documentation of the declaration that is being lowered.
    pub(super) fn documentation(&mut self) -> Option<(Cow<'s, str>, Span)> {
        let span = self.comment.take()?;
        let text = self.source.get(span.start as usize..span.end as usize)?;
        Some((literal::comment(text), span))
    }

    /// Says where the text is no code. Only nodes with an error below are entered, and no call stack is used.
    fn errors(&mut self, root: Node) {
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            if node.is_error() {
                let text = self.slice(node).lines().next().unwrap_or_default();
                let text: String = text.chars().take(40).collect();
                self.unit.problem(span(node), format!("cannot be read as code: `{}`", text.trim()));
            } else if node.is_missing() {
                self.unit.problem(span(node), format!("`{}` is missing", node.kind()));
            } else if node.has_error() && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
