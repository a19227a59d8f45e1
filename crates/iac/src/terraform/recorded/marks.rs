//! Which values of a resource must not be shown: what the file marks, and what bears the name of a secret.

use std::collections::BTreeMap;

use formats::data::{Data, Datum};

/// Marks on a value and on what is inside it.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) whole: bool,
    inside: BTreeMap<String, Marks>,
}

impl Marks {
    /// Of `after_sensitive` and `sensitive_values`: `true` stands where a value is sensitive.
    pub(super) fn of_values(datum: Option<&Datum>) -> Marks {
        let mut marks = Marks::default();
        match datum.map(|d| &d.value) {
            Some(Data::Bool(whole)) => marks.whole = *whole,
            Some(Data::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    marks.inside.insert(index.to_string(), Marks::of_values(Some(item)));
                }
            }
            Some(Data::Map(entries)) => {
                for entry in entries.iter() {
                    marks.inside.insert(entry.key.to_string(), Marks::of_values(Some(&entry.value)));
                }
            }
            _ => {}
        }
        marks
    }

    /// Of `sensitive_attributes`: paths of steps.
    pub(super) fn of_paths(datum: Option<&Datum>) -> Marks {
        let mut marks = Marks::default();
        for path in datum.and_then(Datum::as_list).into_iter().flatten() {
            let mut at = &mut marks;
            for step in path.as_list().into_iter().flatten() {
                let value = step.get("value");
                let key = match value.map(|v| (&v.value, v)) {
                    Some((Data::Text(name), _)) => Some(name.to_string()),
                    Some((Data::Int(index), _)) => Some(index.to_string()),
                    Some((Data::Map(_), v)) => match v.get("value").map(|v| &v.value) {
                        Some(Data::Text(name)) => Some(name.to_string()),
                        Some(Data::Int(index)) => Some(index.to_string()),
                        _ => None,
                    },
                    _ => None,
                };
                // A step that is not understood, such as the element of a set, hides all there is.
                let Some(key) = key else { break };
                at = at.inside.entry(key).or_default();
            }
            at.whole = true;
        }
        marks
    }

    pub(super) fn inside(&self, key: &str) -> Option<&Marks> {
        self.inside.get(key)
    }
}

/// Whether an attribute of this name holds a secret. States keep many that nothing marks: keys that a provider computes.
pub(crate) fn is_secret(name: &str) -> bool {
    const ENDS: [&str; 22] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "secret_string",
        "secret_binary",
        "secret_data",
        "secret_key",
        "private_key",
        "private_key_pem",
        "private_key_pem_pkcs8",
        "access_key",
        "account_key",
        "api_key",
        "apikey",
        "primary_key",
        "secondary_key",
        "master_key",
        "shared_key",
        "connection_string",
        "token",
        "credentials",
    ];
    const PARTS: [&str; 5] = ["password", "kube_config", "kube_admin_config", "sas_url", "connection_string"];
    let name = name.to_ascii_lowercase().replace('-', "_");
    ENDS.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
        || PARTS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::data::parse_json;

    #[test]
    fn names_of_secrets() {
        for name in ["primary_access_key", "OPENAI_API_KEY", "admin_password", "client_secret", "sas_token"] {
            assert!(is_secret(name), "{name}");
        }
        for name in
            ["kms_key_id", "key_vault_secret_id", "max_tokens", "public_key", "secret_name", "tokenizer"]
        {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn paths_and_trees_mark_the_same() {
        let text = r#"{"paths": [[{"type": "get_attr", "value": "a"}, {"type": "index", "value": {"value": 0, "type": "number"}}],
            [{"type": "get_attr", "value": "s"}, {"type": "index", "value": {"value": {}, "type": ["object", {}]}}]],
            "tree": {"a": [true, false], "s": true}}"#;
        let root = parse_json(text).0.unwrap();
        for marks in [Marks::of_paths(root.get("paths")), Marks::of_values(root.get("tree"))] {
            let a = marks.inside("a").unwrap();
            assert!(!marks.whole && !a.whole && a.inside("0").unwrap().whole);
            assert!(a.inside("1").is_none_or(|m| !m.whole) && marks.inside("s").unwrap().whole);
        }
    }
}
