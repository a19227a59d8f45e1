//! What the tests of the functions share: calls as data, and values written in one line.

use std::sync::Arc;

use model::{Node, Number, Piece, Reference, Value};

use super::{Files, call, render_json};

/// No files at all.
pub(super) struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("no file exists at {path:?}"))
    }
    fn exists(&self, _: &str) -> Result<bool, String> {
        Ok(false)
    }
    fn list(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

pub(super) fn n(value: f64) -> Node {
    Value::Number(Number::from_f64(value).unwrap()).into()
}

pub(super) fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Value::list(items.into_iter().collect()).into()
}

pub(super) fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    Value::map(entries.into_iter().map(|(k, v)| (Arc::from(k), v)).collect()).into()
}

/// A reference to the attribute `name` of `a.b`.
pub(super) fn name() -> Option<Arc<Reference>> {
    Some(Arc::new(Reference { address: "a.b".into(), attribute: "name".into(), via: None }))
}

/// Text around that attribute's value, which is not known.
pub(super) fn partly(before: &str, after: &str) -> Node {
    if before.is_empty() && after.is_empty() {
        return Node { from: name(), ..Node::unknown("later") };
    }
    let texts = |t: &str| (!t.is_empty()).then(|| Piece::Text(t.into()));
    let hole = Piece::Hole { reason: "later".into(), from: name() };
    Value::text(texts(before).into_iter().chain([hole]).chain(texts(after))).into()
}

/// A result in one line: JSON when it is known, else the text with its holes, `unknown: why` or `error: why`.
pub(super) fn shown(result: Result<Node, String>) -> String {
    match result {
        Err(error) => format!("error: {error}"),
        Ok(node) => match (&node.value, render_json(&node)) {
            (Value::Unknown(reason), _) if node.from.is_none() => format!("unknown: {reason}"),
            (_, Ok(json)) => json.to_string(),
            (Value::Template(_) | Value::Unknown(_), _) => node.display(),
            _ => Node::from(Value::text(super::json::pieces(&node).unwrap())).display(),
        },
    }
}

/// Calls each function and compares what it gives.
pub(super) fn check(table: &[(&str, Vec<Node>, &str)]) {
    for (function, args, want) in table {
        let given: Vec<String> = args.iter().map(Node::display).collect();
        let name = format!("{function}({})", given.join(", "));
        let got = shown(call(function, args, &NoFiles));
        // Text of nothing but a hole is an unknown value.
        let got = got
            .strip_prefix("unknown: ")
            .filter(|why| *want == format!("${{? {why}}}"))
            .map_or(got.clone(), |_| (*want).to_owned());
        assert_eq!(got, *want, "{name}");
    }
}
