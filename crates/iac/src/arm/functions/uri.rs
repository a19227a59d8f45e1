//! URIs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use model::{Node, Piece, Value};

use super::{made, open, text};
use crate::arm::access::joined;
use crate::arm::eval::Evaluated;
use crate::arm::scope::pieces;

pub(super) fn component(arguments: &[Node]) -> Evaluated {
    let mut out = String::new();
    for byte in text(&arguments[0])?.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "%{byte:02X}");
        }
    }
    made(out)
}

pub(super) fn component_to_string(arguments: &[Node]) -> Evaluated {
    made(decoded(text(&arguments[0])?)?)
}

pub(super) fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after
            .get(..2)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (first, _) => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| "the bytes are not UTF-8".to_owned())
}

/// `uri(base, relative)`: the last segment of a base without a final slash is replaced.
pub(super) fn uri(arguments: &[Node]) -> Evaluated {
    let (base, relative) = (&arguments[0], &arguments[1]);
    let base = match &base.value {
        Value::Unknown(_) | Value::Template(_) => {
            // Whether there is a final slash is not known, nor what would be replaced.
            let ends = matches!(pieces(base).last(), Some(Piece::Text(end)) if end.ends_with('/'));
            let begins =
                matches!(pieces(relative).first(), Some(Piece::Text(start)) if start.starts_with('/'));
            return joined([base, &Node::from(if ends || begins { "" } else { "/" }), relative]);
        }
        _ => text(base)?,
    };
    let path = base.find("://").map_or(0, |at| at + 3);
    let relative_text = relative.as_str().unwrap_or_default();
    let kept = if relative_text.contains("://") {
        ""
    } else if relative_text.starts_with('/') {
        let end = base[path..].find('/').map_or(base.len(), |at| path + at);
        &base[..end]
    } else {
        match base[path..].rfind('/') {
            Some(at) => &base[..=path + at],
            None => return joined([&Node::from(&**base), &Node::from("/"), relative]),
        }
    };
    joined([&Node::from(kept), relative])
}

/// The parts of a URI as an object.
pub(super) fn parse(arguments: &[Node]) -> Evaluated {
    let of = text(&arguments[0])?;
    let (scheme, rest) = of.split_once("://").ok_or("the text is no URI")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port.parse::<i64>().ok()),
        _ => (authority, None),
    };
    let (path, query) = rest.split_once('?').map_or((rest, ""), |(path, query)| (path, query));
    let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    entries.insert("scheme".into(), scheme.into());
    entries.insert("host".into(), host.into());
    if let Some(port) = port {
        entries.insert("port".into(), port.into());
    }
    entries.insert("path".into(), path.into());
    if !query.is_empty() {
        entries.insert("query".into(), format!("?{query}").as_str().into());
    }
    Ok(Value::map(entries).into())
}

pub(super) fn build(arguments: &[Node]) -> Evaluated {
    let of = &arguments[0];
    let part = |name: &str| of.get(name).filter(|n| !n.is_null()).map(|n| n.display()).unwrap_or_default();
    if of.as_map().is_none() {
        return open();
    }
    let (port, path, query) = (part("port"), part("path"), part("query"));
    let port = if port.is_empty() { port } else { format!(":{port}") };
    let path = if path.is_empty() || path.starts_with('/') { path } else { format!("/{path}") };
    let query = if query.is_empty() || query.starts_with('?') { query } else { format!("?{query}") };
    made(format!("{}://{}{port}{path}{query}", part("scheme"), part("host")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn as_documented() {
        let base = "http://contoso.com/resources/";
        check(&[
            (
                "uri",
                json!([base, "nested/azuredeploy.json"]),
                Ok(r#""http://contoso.com/resources/nested/azuredeploy.json""#),
            ),
            (
                "uri",
                json!(["http://contoso.com/resources/main.json", "nested.json"]),
                Ok(r#""http://contoso.com/resources/nested.json""#),
            ),
            (
                "uri",
                json!(["http://contoso.com/resources/main.json", "/nested.json"]),
                Ok(r#""http://contoso.com/nested.json""#),
            ),
            ("uri", json!(["http://contoso.com", "nested.json"]), Ok(r#""http://contoso.com/nested.json""#)),
            ("uri", json!([{"$unknown": "later"}, "a.json"]), Ok(r#"{"$text":"${? later}/a.json"}"#)),
            ("uriComponent", json!([base]), Ok(r#""http%3A%2F%2Fcontoso.com%2Fresources%2F""#)),
            ("uriComponentToString", json!(["http%3A%2F%2Fcontoso.com"]), Ok(r#""http://contoso.com""#)),
            (
                "parseUri",
                json!(["https://a.example:81/x/y?q=1"]),
                Ok(r#"{"host":"a.example","path":"/x/y","port":81,"query":"?q=1","scheme":"https"}"#),
            ),
            (
                "buildUri",
                json!([{"scheme": "https", "host": "a.example", "path": "x"}]),
                Ok(r#""https://a.example/x""#),
            ),
        ]);
    }
}
