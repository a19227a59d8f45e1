//! Expressions of pipelines inside text, `${{ … }}`: what is known of the text, and which contexts it reads.
//!
//! Only plain look-ups (`env.NAME`, `secrets.NAME`) have values here; anything computed stays a hole that names itself.

use std::sync::Arc;

use model::{Node, Piece, Reference, Value};

/// The texts between `open` and `close`, and what stands around them.
pub(super) fn split<'t>(text: &'t str, open: &str, close: &str) -> Vec<Result<&'t str, &'t str>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        let Some(end) = rest[start + open.len()..].find(close) else { break };
        if start > 0 {
            parts.push(Ok(&rest[..start]));
        }
        parts.push(Err(rest[start + open.len()..start + open.len() + end].trim()));
        rest = &rest[start + open.len() + end + close.len()..];
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(Ok(rest));
    }
    parts
}

/// A text with its expressions looked up. `known` answers for a look-up such as `env.NAME`.
pub(super) fn resolve(node: &Node, text: &str, known: &dyn Fn(&str) -> Option<Node>) -> Node {
    let parts = split(text, "${{", "}}");
    if let [Err(expression)] = parts[..] {
        let value = known(expression).unwrap_or_else(|| open(expression));
        return Node { at: node.at.clone(), ..value };
    }
    let mut sensitive = false;
    let mut mentions = Vec::new();
    let pieces: Vec<Piece> = parts
        .iter()
        .map(|part| match part {
            Ok(text) => Piece::Text(Arc::from(*text)),
            Err(expression) => {
                let value = known(expression).unwrap_or_else(|| open(expression));
                sensitive |= value.sensitive;
                mentions.extend(value.from.clone());
                match &value.value {
                    Value::String(text) => Piece::Text(text.clone()),
                    Value::Number(n) => Piece::Text(n.to_string().into()),
                    Value::Bool(b) => Piece::Text(b.to_string().into()),
                    _ => Piece::Hole {
                        reason: format!("the expression {expression} is not known").into(),
                        from: value.from,
                    },
                }
            }
        })
        .collect();
    let mentions = (!mentions.is_empty()).then(|| Arc::new(mentions));
    Node { value: Value::text(pieces), at: node.at.clone(), sensitive, mentions, ..Node::default() }
}

/// Every text inside a value with its expressions looked up.
pub(super) fn resolve_all(node: &Node, known: &dyn Fn(&str) -> Option<Node>) -> Node {
    let value = match &node.value {
        Value::String(text) if text.contains("${{") => return resolve(node, text, known),
        Value::List(items) => Value::list(items.iter().map(|item| resolve_all(item, known)).collect()),
        Value::Map(entries) => {
            Value::map(entries.iter().map(|(k, v)| (k.clone(), resolve_all(v, known))).collect())
        }
        _ => return node.clone(),
    };
    Node { value, ..node.clone() }
}

/// An expression that only a run knows; the name of a plain look-up is kept as its reference.
fn open(expression: &str) -> Node {
    let unknown = Node::unknown(format!("the expression {expression} is not known"));
    let plain = expression.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    match expression.split_once('.').filter(|_| plain) {
        Some((context, name)) => {
            let from = Reference { address: context.into(), attribute: name.into(), via: None };
            Node { from: Some(Arc::new(from)), sensitive: context == "secrets", ..unknown }
        }
        None => unknown,
    }
}

/// The dotted names that an expression reads: `github.event.issue.title`. Text literals are passed over.
pub(super) fn contexts(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, code) in expression.split('\'').enumerate() {
        // Every second part stands between quotes.
        if index % 2 == 1 {
            continue;
        }
        let names = code.split(|c: char| !c.is_ascii_alphanumeric() && !"._-*".contains(c));
        found.extend(names.filter(|n| n.contains('.') && n.starts_with(|c: char| c.is_ascii_alphabetic())));
    }
    found.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_told_from_text() {
        assert_eq!(split("a ${{ b }}c", "${{", "}}"), [Ok("a "), Err("b"), Ok("c")]);
        assert_eq!(split("${{ open", "${{", "}}"), [Ok("${{ open")]);
        assert_eq!(
            contexts("format('{0} x.y', github.event.issue.title) && env.A == 1.5"),
            ["github.event.issue.title", "env.A"]
        );
        let known = |name: &str| (name == "env.A").then(|| "1".into());
        let node = |text: &str| resolve(&Node::default(), text, &known);
        assert_eq!(node("x${{ env.A }}").as_str(), Some("x1"));
        assert_eq!(node("${{ secrets.KEY }}").display(), "(sensitive)");
        assert_eq!(node("x ${{ github.ref }}").display(), "x ${github.ref}");
    }
}
