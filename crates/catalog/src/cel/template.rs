//! Sentences with expressions in braces: `because` of checks, and the aliases of kinds.

use std::sync::Arc;

use model::{Node, Value};

use super::eval::Evaluation;
use super::syntax::{Names, Program};
use super::value::{Undecided, Val};

/// A compiled sentence.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(Arc<str>),
    Expression(Program),
}

impl Template {
    /// Compiles `source`. A brace inside an expression's string literal is part of the literal.
    pub fn compile(source: &str) -> Result<Template, String> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some(open) = rest.find('{') {
            parts.push(Part::Text(rest[..open].into()));
            let inside = &rest[open + 1..];
            let close = closing_brace(inside).ok_or("a brace is not closed")?;
            parts.push(Part::Expression(Program::compile(&inside[..close])?));
            rest = &inside[close + 1..];
        }
        parts.push(Part::Text(rest.into()));
        Ok(Template { parts })
    }

    pub fn check(&self, names: &dyn Names) -> Vec<String> {
        let expressions = self.parts.iter().filter_map(|p| match p {
            Part::Expression(program) => Some(program),
            Part::Text(_) => None,
        });
        expressions.flat_map(|p| p.check(names)).collect()
    }

    /// The sentence for a person: what is missing, unknown or a default says so.
    pub fn render(&self, evaluation: &mut Evaluation<'_, '_>) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expression(program) => {
                    let value = evaluation.eval(&program.expr);
                    out.push_str(&shown(value));
                }
            }
        }
        out
    }
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(i),
            (None, '}') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn shown(value: Result<Val<'_>, Undecided>) -> String {
    match value {
        Err(Undecided::Missing(_)) => "not set".into(),
        Err(other) => format!("unknown ({})", other.reason()),
        Ok(value) => shown_value(&value),
    }
}

fn shown_value(value: &Val<'_>) -> String {
    match value {
        Val::Null => "not set".into(),
        Val::Bool(b) => b.to_string(),
        Val::Number(n) => n.to_string(),
        Val::Text(t) => t.to_string(),
        Val::Node(node) => shown_node(node),
        Val::Made(node) => shown_node(node),
        Val::List(list) => {
            let mut items: Vec<_> = list.items.iter().take(8).map(shown_value).collect();
            if list.items.len() > 8 {
                items.push(format!("and {} more", list.items.len() - 8));
            }
            if items.is_empty() { "none".into() } else { items.join(", ") }
        }
        Val::Map(map) => map.keys().map(|k| &**k).collect::<Vec<_>>().join(", "),
        Val::Asset(_) => "another asset".into(),
    }
}

fn shown_node(node: &Node) -> String {
    match &node.value {
        Value::Null => "not set".into(),
        Value::List(items)
            if items.len() <= 8 && items.iter().all(|n| n.as_str().is_some() && !n.sensitive) =>
        {
            let texts: Vec<_> = items.iter().filter_map(Node::as_str).collect();
            if texts.is_empty() { "none".into() } else { texts.join(", ") }
        }
        Value::String(text) if text.is_empty() => "empty".into(),
        _ if node.default => format!("{} (default)", node.brief()),
        _ => {
            let text = node.brief();
            match text.char_indices().nth(160) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}
