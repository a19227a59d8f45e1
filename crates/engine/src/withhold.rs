//! Keys that one source found are withheld from what the others saw: a document that holds a key does not show it. Only
//! places are compared, since no value of a key leaves the scanner.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Class, Node, Observations, Position, Value};

/// Documents of more nodes are withheld as a whole where they have a key in them.
const BUDGET: usize = 200_000;
/// As deep as any document is read.
const DEEPEST: usize = 128;

/// The places of keys, by path.
type Places = HashMap<Arc<str>, Vec<Position>>;

/// Marks every value that was written where a key stands.
pub(crate) fn keys(mut seen: Observations) -> Observations {
    let mut places = Places::new();
    for asset in seen.assets.iter().filter(|asset| asset.class == Class::Key) {
        for at in asset.evidence.iter().filter_map(model::Evidence::position) {
            places.entry(at.path.clone()).or_default().push(at.clone());
        }
    }
    if places.is_empty() {
        return seen;
    }
    for asset in seen.assets.iter_mut().filter(|asset| asset.class != Class::Key) {
        withhold(&mut asset.document, &places);
    }
    for part in &mut seen.parts {
        withhold(&mut part.body, &places);
    }
    seen
}

fn withhold(document: &mut Node, places: &Places) {
    let mut budget = BUDGET;
    if let Some(marked) = marked(document, places, &mut budget, 0) {
        *document = marked;
    }
}

/// The node with what is a key in it marked, if there is any.
fn marked(node: &Node, places: &Places, budget: &mut usize, depth: usize) -> Option<Node> {
    let hidden = || Some(Node { sensitive: true, ..node.clone() });
    if *budget == 0 || depth > DEEPEST {
        return hidden();
    }
    *budget -= 1;
    let value = match &node.value {
        Value::List(items) => {
            let new: Vec<Option<Node>> =
                items.iter().map(|item| marked(item, places, budget, depth + 1)).collect();
            if new.iter().all(Option::is_none) {
                return None;
            }
            Value::list(
                new.into_iter()
                    .zip(items.iter())
                    .map(|(new, old)| new.unwrap_or_else(|| old.clone()))
                    .collect(),
            )
        }
        Value::Map(entries) => {
            let new: Vec<_> = entries
                .iter()
                .filter_map(|(name, item)| Some((name.clone(), marked(item, places, budget, depth + 1)?)))
                .collect();
            if new.is_empty() {
                return None;
            }
            let mut entries = (**entries).clone();
            entries.extend(new);
            Value::map(entries)
        }
        Value::Json(inner) => Value::Json(Arc::new(marked(inner, places, budget, depth + 1)?)),
        Value::String(_) | Value::Template(_) if !node.sensitive => {
            let holds = |at: &Position| {
                places.get(&at.path).is_some_and(|keys| keys.iter().any(|key| overlap(at, key)))
            };
            return if node.at.iter().any(|at| at.trail().any(holds)) { hidden() } else { None };
        }
        _ => return None,
    };
    Some(Node { value, ..node.clone() })
}

/// Whether two places share a character. A place of no extent is the line that it is on.
fn overlap(at: &Position, key: &Position) -> bool {
    let start = |p: &Position| (p.line, p.column);
    let end = |p: &Position| {
        let point = (p.end_line, p.end_column) <= (p.line, p.column);
        if point { (p.line, u32::MAX) } else { (p.end_line, p.end_column) }
    };
    start(at) < end(key) && start(key) < end(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_where_a_key_stands_is_marked() {
        let span = |line, from, to| Position { end_column: to, ..Position::point("f".into(), line, from) };
        let places: Places = [(Arc::from("f"), vec![span(2, 8, 20)])].into();
        for (at, hidden) in [
            (span(2, 7, 21), true),
            (span(2, 1, 8), false),
            (span(2, 1, 9), true),
            (span(3, 8, 20), false),
            (Position::point("f".into(), 2, 1), true),
            (Position { end_line: 9, ..span(1, 1, 1) }, true),
            (span(1, 1, 2).through(Arc::new(span(2, 8, 20))), true),
            (Position { path: "g".into(), ..span(2, 8, 20) }, false),
        ] {
            let shown = format!("{at} to {}:{}", at.end_line, at.end_column);
            let inner = Value::list(vec![Node::from("a").at(Arc::new(at))]).into();
            let entries = [(Arc::from("a"), inner), (Arc::from("b"), Node::from(1))];
            let mut node: Node = Value::map(entries.into()).into();
            withhold(&mut node, &places);
            let text = serde_json::to_string(&node).unwrap();
            assert_eq!(text.contains("$sensitive"), hidden, "{shown}: {text}");
        }
    }
}
