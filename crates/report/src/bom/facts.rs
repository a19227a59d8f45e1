//! Reading plain facts out of a document, whatever kind it belongs to. What is unknown, partly known or secret is no fact.

use model::{Node, Value};

/// Longer texts are cut in a bill, in characters.
const MAX_TEXT: usize = 400;
/// No more nodes of one document are looked at.
const MAX_NODES: usize = 20_000;

/// The text at the first of these paths that has one. A number or truth value is its JSON text.
pub(super) fn text(document: &Node, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| document.at_path(path).and_then(plain))
}

pub(super) fn flag(document: &Node, path: &str) -> Option<bool> {
    document.at_path(path).filter(|node| !node.sensitive)?.as_bool()
}

/// A scalar that is wholly known and not secret, as text.
pub(super) fn plain(node: &Node) -> Option<String> {
    if node.sensitive {
        return None;
    }
    let text = match &node.value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then(|| text.chars().take(MAX_TEXT).collect())
}

/// Whether there is a value with something in it.
pub(super) fn given(document: &Node, path: &str) -> bool {
    document.at_path(path).is_some_and(|node| match &node.value {
        Value::Null => false,
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        _ => true,
    })
}

/// Every node at a path in which `[]` stands for each element of a list.
pub(super) fn each<'a>(document: &'a Node, path: &str) -> Vec<&'a Node> {
    let mut found = vec![document];
    for step in path.split('.') {
        let (key, all) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
        let next = found.into_iter().filter_map(|node| node.get(key));
        found = match all {
            false => next.collect(),
            true => next.filter_map(Node::as_list).flat_map(|items| items.iter()).collect(),
        };
        found.truncate(MAX_NODES);
    }
    found
}

/// Every value under one of these keys, at any depth.
pub(super) fn under<'a>(document: &'a Node, keys: &[&str]) -> Vec<&'a Node> {
    let (mut found, mut open, mut left) = (Vec::new(), vec![document], MAX_NODES);
    while let Some(node) = open.pop()
        && left > 0
    {
        left -= 1;
        if node.sensitive {
            continue;
        }
        match &node.value {
            Value::List(items) => open.extend(items.iter()),
            Value::Map(entries) => {
                for (key, inner) in entries.iter() {
                    if keys.contains(&&**key) {
                        found.push(inner);
                    }
                    open.push(inner);
                }
            }
            Value::Json(inner) => open.push(inner),
            _ => {}
        }
    }
    found
}

/// The host of an address, in lower case: of `https://Foo.example:443/v1` `foo.example`.
pub(super) fn host(address: &str) -> Option<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let named = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match named.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => named.split(':').next().unwrap_or_default(),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    (!host.is_empty() && host.chars().all(fits)).then(|| host.to_ascii_lowercase())
}

/// An address without what could be secret in it: user information, query and fragment.
pub(super) fn address(text: &str) -> String {
    let bare = text.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = bare.split_once("://") else { return bare.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_no_secret() {
        for (text, want, host_of) in [
            ("https://me:pass@Foo.example:8443/v1?key=1#x", "https://Foo.example:8443/v1", "foo.example"),
            ("foo.openai.azure.com/", "foo.openai.azure.com/", "foo.openai.azure.com"),
            ("http://[::1]:9000/x", "http://[::1]:9000/x", "::1"),
        ] {
            assert_eq!((address(text), host(text).unwrap()), (want.into(), host_of.into()), "{text}");
        }
        assert_eq!(host("${name}.example"), None);
    }
}
