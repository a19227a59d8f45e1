//! What in a manifest must never be shown.

use std::sync::Arc;

use model::{Node, Value};

use super::manifest::{Manifest, rewritten};
use crate::containers::command;
use crate::containers::text::hide;

/// What kubectl keeps of the last manifest, secrets and all.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The body with secrets marked.
pub(crate) fn hidden(manifest: &Manifest) -> Node {
    let secret = &*manifest.group == "core" && &*manifest.kind == "Secret";
    let plain = &*manifest.group == "core" && &*manifest.kind == "ConfigMap";
    let all = |node: &Node| {
        rewritten(node, &mut |_, value| Some(Node { sensitive: true, ..value.clone() }))
            .unwrap_or_else(|| Node { sensitive: true, ..node.clone() })
    };
    let body = rewritten(&manifest.body, &mut |key, value| match key {
        "data" | "stringData" if secret => Some(all(value)),
        "data" if plain => rewritten(value, &mut |key, value| marked(value, hide(key, value.clone()))),
        "metadata" => rewritten(value, &mut |key, value| {
            let annotations = (key == "annotations").then_some(value)?;
            rewritten(annotations, &mut |key, value| {
                (key == LAST_APPLIED).then(|| Node { sensitive: true, ..value.clone() })
            })
        }),
        _ if !secret && !plain => walk(key, value),
        _ => None,
    });
    body.unwrap_or_else(|| manifest.body.clone())
}

fn marked(before: &Node, after: Node) -> Option<Node> {
    (before.sensitive != after.sensitive).then_some(after)
}

fn walk(key: &str, node: &Node) -> Option<Node> {
    match (key, &node.value) {
        ("env", Value::List(_)) => rewritten(node, &mut |_, entry| {
            let name = entry.get("name").and_then(Node::as_str).unwrap_or_default();
            rewritten(entry, &mut |key, value| {
                if key == "value" { marked(value, hide(name, value.clone())) } else { None }
            })
        }),
        ("args" | "command", Value::List(_)) => {
            let mut after = false;
            rewritten(node, &mut |_, word| {
                let text = word.as_str()?;
                let (secret, next) = command::secret_word(text);
                let given = after && !text.starts_with(['-', '$']);
                after = next;
                let script = text.contains([' ', '\n']) && command::secret_script(text);
                (secret || given || script).then(|| Node { sensitive: true, ..word.clone() })
            })
        }
        (_, Value::String(text)) => {
            // Fields of custom resources that hold a secret in the open.
            let held = !text.is_empty() && crate::containers::text::holds_a_password(text);
            held.then(|| Node { sensitive: true, ..node.clone() })
        }
        (_, Value::List(_)) => rewritten(node, &mut |_, child| walk(key, child)),
        (_, Value::Map(_)) => rewritten(node, &mut |key, child| walk(key, child)),
        _ => None,
    }
}

/// Whether a body holds anything that is marked; for tests and for what is copied out of it.
#[cfg(test)]
pub(crate) fn is_marked(node: &Node) -> bool {
    node.sensitive
        || match &node.value {
            Value::List(items) => items.iter().any(is_marked),
            Value::Map(entries) => entries.values().any(is_marked),
            _ => false,
        }
}

/// The reason that stands for a secret's value.
pub(crate) fn reason() -> Arc<str> {
    "its value is held in a secret".into()
}

#[cfg(test)]
mod tests {
    use super::super::manifest::read;
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (text, want) in [
            ("kind: Secret\ndata: {a: Zm9v}\nstringData: {b: x}", true),
            ("kind: ConfigMap\ndata: {API_KEY: sk-1}", true),
            ("kind: ConfigMap\ndata: {MODEL: llama, url: 'postgres://u:p@h/d'}", true),
            ("kind: ConfigMap\ndata: {MODEL: llama}", false),
            ("kind: Pod\nspec: {containers: [{env: [{name: HF_TOKEN, value: hf_x}]}]}", true),
            (
                "kind: Pod\nspec: {containers: [{env: [{name: HF_TOKEN, value: ''}], args: [--port, '1']}]}",
                false,
            ),
            ("kind: Pod\nspec: {containers: [{args: [--api-key, k]}]}", true),
            ("kind: Pod\nspec: {containers: [{args: [--api-key, $(K)]}]}", false),
            ("kind: Pod\nspec: {containers: [{command: [sh, -c, 'vllm serve --api-key k']}]}", true),
        ] {
            let text = format!("apiVersion: v1\nmetadata: {{name: x}}\n{text}\n");
            let read = read("a.yaml", text.clone(), false);
            assert_eq!(is_marked(&hidden(&read.manifests[0])), want, "{text}");
        }
    }
}
