//! Variables of the environment that a script sets: `export NAME=value`, `-e NAME=value`, `Environment=NAME=value`, lines of a file
//! that it writes.
//!
//! Nothing is run: a value that the script works out itself is not known.

use std::sync::Arc;

use model::{Node, Piece, Value};

/// Text of one script that is read.
const MAX_TEXT: usize = 64 * 1024;
/// The first of the characters that stand for what is not known.
const HOLE: u32 = 0xE000;

/// Every variable that the text of a node sets, with its value.
pub(crate) fn variables(node: &Node, is_variable: impl Fn(&str) -> bool) -> Vec<(Arc<str>, Node)> {
    let mut holes = Vec::new();
    let text: String = match &node.value {
        Value::String(text) => text.to_string(),
        Value::Template(pieces) => pieces.iter().map(|piece| flat(piece, &mut holes)).collect(),
        _ => return Vec::new(),
    };
    if !text.contains('\n') || text.len() > MAX_TEXT {
        return Vec::new();
    }
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let quoted = |c| matches!(c, '"' | '\'' | ';' | '\\');
        let word = word.trim_matches(quoted).trim_start_matches("Environment=").trim_start_matches("--env=");
        let Some((name, value)) = word.trim_matches(quoted).split_once('=') else { continue };
        let value = value.trim_matches(quoted);
        if is_variable(name) && !value.is_empty() {
            found.push((name.into(), Node { at: node.at.clone(), ..value_of(value, &holes) }));
        }
    }
    found
}

/// A piece as text: what is not known is one character that no script has.
fn flat(piece: &Piece, holes: &mut Vec<Piece>) -> String {
    match piece {
        Piece::Text(text) => text.to_string(),
        Piece::Hole { .. } => {
            let stands = char::from_u32(HOLE + holes.len() as u32).unwrap_or(' ');
            holes.push(piece.clone());
            stands.to_string()
        }
    }
}

fn value_of(text: &str, holes: &[Piece]) -> Node {
    if text.starts_with(['$', '`']) {
        return Value::unknown("worked out when the script runs").into();
    }
    let hole = |c: char| (c as u32).checked_sub(HOLE).and_then(|at| holes.get(at as usize));
    let mut rest = text.chars();
    if let (Some(Some(Piece::Hole { reason, from })), None) = (rest.next().map(hole), rest.next()) {
        return Node { from: from.clone(), ..Value::Unknown(reason.clone()).into() };
    }
    let mut pieces = Vec::new();
    for part in text.split_inclusive(|c| hole(c).is_some()) {
        let last = part.chars().last().and_then(|c| Some((c, hole(c)?)));
        let words = last.map_or(part, |(c, _)| part.strip_suffix(c).unwrap_or(part));
        if !words.is_empty() {
            pieces.push(Piece::Text(words.into()));
        }
        pieces.extend(last.map(|(_, hole)| hole.clone()));
    }
    Value::text(pieces).into()
}

#[cfg(test)]
mod tests {
    use model::Reference;

    use super::*;

    fn read(node: &Node) -> Vec<(String, String)> {
        let upper = |name: &str| name.len() > 2 && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let found = variables(node, upper).into_iter();
        found.map(|(name, value)| (name.to_string(), value.display())).collect()
    }

    #[test]
    fn what_scripts_set() {
        let unknown = "unknown (worked out when the script runs)";
        let cases: [(&str, &[(&str, &str)]); 7] = [
            ("export MODEL_KEY=$(aws secretsmanager get-secret-value)\n", &[("MODEL_KEY", unknown)]),
            ("#!/bin/sh\nexport MODEL_KEY=\"abc\"\n", &[("MODEL_KEY", "abc")]),
            (
                "docker run -e MODEL_KEY=abc --env=TOKEN=x \\\n image\n",
                &[("MODEL_KEY", "abc"), ("TOKEN", "x")],
            ),
            ("[Service]\nEnvironment=\"MODEL_KEY=abc\"\n", &[("MODEL_KEY", "abc")]),
            ("cat > env <<EOF\nMODEL_KEY=abc\nEOF\n", &[("MODEL_KEY", "abc")]),
            ("MODEL_KEY=abc", &[]),
            ("#!/bin/sh\nif [ $a == b ]; then x=1; fi\n", &[]),
        ];
        for (script, expected) in cases {
            let expected: Vec<(String, String)> =
                expected.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
            assert_eq!(read(&Node::from(script)), expected, "{script}");
        }
    }

    #[test]
    fn a_reference_stays_one() {
        let from =
            Arc::new(Reference { address: "aws_s3_bucket.b".into(), attribute: "id".into(), via: None });
        let hole = Piece::Hole { reason: "known after apply".into(), from: Some(from.clone()) };
        let pieces = vec![
            Piece::Text("#!/bin/sh\nexport BUCKET=".into()),
            hole.clone(),
            Piece::Text("\nexport INDEX=s3://".into()),
            hole,
            Piece::Text("/index\n".into()),
        ];
        let upper = |name: &str| name.bytes().all(|b| b.is_ascii_uppercase());
        let found = variables(&Value::text(pieces).into(), upper);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|(_, value)| value.references(4).iter().any(|r| **r == *from)));
    }
}
