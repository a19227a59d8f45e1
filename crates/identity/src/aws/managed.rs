//! AWS's own managed policies, by name, as far as they matter to AI services and to escalation.
//!
//! The table is written by `cargo xtask tables`; it says its source and date. What it leaves out of a policy are the
//! actions for which [`is_told`] is false.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use model::{Node, Value};
use serde::Deserialize;

pub(super) const PAGE: &str =
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html";

static TEXT: &str = include_str!("managed.json");

#[derive(Deserialize)]
struct Table {
    /// Services of which every action is kept, and single actions of others.
    kept: Vec<String>,
    actions: Vec<Vec<String>>,
    resources: Vec<Vec<String>>,
    conditions: Vec<serde_json::Value>,
    /// Each statement: effect (`+`, `-`), then the numbers of its actions, resources and condition. A second `!`
    /// says that the actions or resources are those that are left out.
    statements: Vec<(String, usize, usize, Option<usize>)>,
    policies: HashMap<String, Vec<usize>>,
    /// Names of those that say nothing about what is kept.
    others: String,
}

fn table() -> Option<&'static Table> {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(TEXT).ok()).as_ref()
}

/// Whether the table tells of an action, given in lower case.
pub(super) fn is_told(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or(action);
    table().is_some_and(|t| t.kept.iter().any(|k| k == action || k.strip_suffix(":*") == Some(service)))
}

/// What a policy says. Unknown for a name that the table does not have.
pub(super) fn document(name: &str) -> Option<Node> {
    let table = table()?;
    let Some(statements) = table.policies.get(name) else {
        return table.others.split(' ').any(|other| other == name).then(|| policy(Vec::new()));
    };
    let list = |texts: Option<&Vec<String>>| -> Node {
        Value::list(texts.into_iter().flatten().map(|t| Node::from(&**t)).collect()).into()
    };
    let one = |index: &usize| {
        let (flags, actions, resources, condition) = table.statements.get(*index)?;
        let mut fields: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        fields.insert("Effect".into(), if flags.starts_with('+') { "Allow" } else { "Deny" }.into());
        let key = if flags.contains('a') { "NotAction" } else { "Action" };
        fields.insert(key.into(), list(table.actions.get(*actions)));
        let key = if flags.contains('r') { "NotResource" } else { "Resource" };
        fields.insert(key.into(), list(table.resources.get(*resources)));
        if let Some(condition) = condition.and_then(|c| table.conditions.get(c)) {
            fields.insert("Condition".into(), node(condition));
        }
        Some(Node::from(Value::map(fields)))
    };
    Some(policy(statements.iter().filter_map(one).collect()))
}

fn policy(statements: Vec<Node>) -> Node {
    Value::map(BTreeMap::from([("Statement".into(), Value::list(statements).into())])).into()
}

fn node(json: &serde_json::Value) -> Node {
    match json {
        serde_json::Value::String(text) => Node::from(&**text),
        serde_json::Value::Bool(value) => Node::from(if *value { "true" } else { "false" }),
        serde_json::Value::Array(items) => Value::list(items.iter().map(node).collect()).into(),
        serde_json::Value::Object(entries) => {
            Value::map(entries.iter().map(|(k, v)| (Arc::from(&**k), node(v))).collect()).into()
        }
        other => Node::from(&*other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_knows_the_common_names() {
        assert!(table().is_some());
        for name in [
            "AdministratorAccess",
            "PowerUserAccess",
            "ReadOnlyAccess",
            "IAMFullAccess",
            "AmazonS3FullAccess",
            "AmazonS3ReadOnlyAccess",
            "AmazonSageMakerFullAccess",
            "AmazonBedrockFullAccess",
            "AWSLambdaBasicExecutionRole",
        ] {
            assert!(document(name).is_some(), "{name}");
        }
        let says = |name: &str| serde_json::to_string(&document(name).unwrap()).unwrap();
        assert!(says("AdministratorAccess").contains(r#""Action":["*"]"#));
        assert!(says("PowerUserAccess").contains("NotAction"));
        assert!(says("AmazonSageMakerFullAccess").contains("iam:PassedToService"));
        assert!(document("NoSuchPolicy").is_none());
        assert!(
            is_told("s3:getobject") && is_told("bedrock:invokemodel") && !is_told("polly:synthesizespeech")
        );
    }
}
