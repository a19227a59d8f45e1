//! Objects.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-object>

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Value};

use super::{bounded, list, open, text};
use crate::arm::access::inside;
use crate::arm::eval::Evaluated;

pub(super) fn create(arguments: &[Node]) -> Evaluated {
    if !arguments.len().is_multiple_of(2) {
        return Err("createObject takes names and values by turns".into());
    }
    let mut entries = BTreeMap::new();
    for pair in arguments.chunks(2) {
        if pair[0].first_unknown(1).is_some() {
            return open();
        }
        entries.insert(text(&pair[0])?.clone(), pair[1].clone());
    }
    Ok(Value::map(entries).into())
}

/// `[{ key, value }, …]` in the order of the keys.
pub(super) fn items(arguments: &[Node]) -> Evaluated {
    let of = &arguments[0];
    match &of.value {
        Value::Map(entries) => {
            let pair = |(key, value): (&Arc<str>, &Node)| {
                let entry = [
                    (Arc::from("key"), Node::from(key.clone())),
                    (Arc::from("value"), inside(of, key, value)),
                ];
                Value::map(entry.into_iter().collect()).into()
            };
            bounded(entries.iter().map(pair).collect())
        }
        Value::Unknown(_) => open(),
        other => Err(format!("items takes an object, not a {}", other.type_name())),
    }
}

pub(super) fn keys(arguments: &[Node]) -> Evaluated {
    match &arguments[0].value {
        Value::Map(entries) => bounded(entries.keys().map(|key| key.clone().into()).collect()),
        Value::Unknown(_) => open(),
        other => Err(format!("objectKeys takes an object, not a {}", other.type_name())),
    }
}

pub(super) fn shallow_merge(arguments: &[Node]) -> Evaluated {
    if arguments[0].is_unknown() {
        return open();
    }
    let mut all: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    for object in list(&arguments[0])?.iter() {
        match &object.value {
            Value::Map(entries) => all.extend(entries.iter().map(|(k, v)| (k.clone(), v.clone()))),
            Value::Unknown(_) => return open(),
            Value::Null => {}
            other => return Err(format!("shallowMerge takes objects, not a {}", other.type_name())),
        }
    }
    Ok(Value::map(all).into())
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn as_documented() {
        check(&[
            ("createObject", json!(["intProp", 1, "nullProp", null]), Ok(r#"{"intProp":1,"nullProp":null}"#)),
            ("createObject", json!(["odd"]), Err(())),
            ("items", json!([{"b": 2, "a": 1}]), Ok(r#"[{"key":"a","value":1},{"key":"b","value":2}]"#)),
            ("objectKeys", json!([{"b": 2, "a": 1}]), Ok(r#"["a","b"]"#)),
            (
                "shallowMerge",
                json!([[{"one": "a", "x": {"y": 1}}, {"one": "b", "x": {"z": 1}}]]),
                Ok(r#"{"one":"b","x":{"z":1}}"#),
            ),
        ]);
    }
}
