//! From an evaluated Terraform resource to the provider's document, as the kind's card says.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use catalog::{
    AttributeRule, Case, DocPath, Kind, Step, TerraformMapping, constant_node, node_of_json, recase,
};
use model::{Node, Value};

use super::access::carry;
use super::cost;

/// Nested deeper than any real resource.
const MAX_DEPTH: usize = 48;
/// Nodes of one document; the rest is cut off as unknown.
const MAX_NODES: usize = 100_000;

/// Nodes of one attribute.
const MAX_ATTRIBUTE: usize = 20_000;

/// `body` without what is too large to be copied: values are shared, so that a small one can spell out a vast document.
pub(crate) fn trimmed(body: &Node) -> Node {
    let Value::Map(attributes) = &body.value else { return body.clone() };
    let mut left = MAX_NODES;
    let entries = attributes.iter().map(|(name, node)| {
        let kept = cost::within(node, MAX_ATTRIBUTE.min(left), MAX_DEPTH);
        left -= kept.unwrap_or(0).min(left);
        let cut =
            || Node { value: Value::unknown("the value is too large to assess"), from: None, ..node.clone() };
        (name.clone(), if kept.is_some() { node.clone() } else { cut() })
    });
    Node { value: Value::map(entries.collect()), ..body.clone() }
}

/// The document (or part of one) that `mapping` makes of `body`.
pub(crate) fn document(kind: &Kind, mapping: &TerraformMapping, body: &Node) -> Node {
    let mut document = empty(body);
    for (path, constant) in &mapping.set {
        let value = Node { at: body.at.clone(), ..constant_node(constant) };
        DocPath::parse(path).put(&mut document, value);
    }
    if let Some(case) = mapping.auto {
        let explicit: HashSet<String> = mapping.attributes.iter().map(|r| r.from.replace("[]", "")).collect();
        let spelling = Spelling { kind, case };
        let automatic = Automatic { mapping, explicit: &explicit, spelling: &spelling, blocks: true };
        let taken = automatic.convert(body, "", 0);
        DocPath(Vec::new()).put(&mut document, taken);
    }
    for rule in &mapping.attributes {
        apply(rule, body, &mut document);
    }
    bounded(document)
}

/// The document of an `awscc_…` resource: its names are CloudFormation's in snake case, its structure the same.
pub(crate) fn cloud_control(kind: &Kind, mapping: &TerraformMapping, body: &Node) -> Node {
    let spelling = Spelling { kind, case: Case::Pascal };
    let explicit = HashSet::new();
    let automatic = Automatic { mapping, explicit: &explicit, spelling: &spelling, blocks: false };
    bounded(Node { at: body.at.clone(), ..automatic.convert(body, "", 0) })
}

/// The document of an `azapi_resource`: its body is already the provider's, what stands beside it is laid around it.
pub(crate) fn azapi(body: &Node) -> Node {
    let mut document = empty(body);
    let root = DocPath(Vec::new());
    if let Some(inner) = body.get("body") {
        match as_document(inner) {
            Ok(inner) => root.put(&mut document, inner),
            Err(reason) => {
                let unknown: Node = Value::Unknown(reason).into();
                DocPath::parse("properties").put(&mut document, Node { at: inner.at.clone(), ..unknown });
            }
        }
    }
    if let Some(secret) = body.get("sensitive_body").and_then(|node| as_document(node).ok()) {
        root.put(&mut document, hidden(secret, 0));
    }
    for (name, path) in
        [("name", "name"), ("location", "location"), ("tags", "tags"), ("parent_id", "parent")]
    {
        if let Some(value) = body.get(name) {
            DocPath::parse(path).put(&mut document, value.clone());
        }
    }
    if let Some(kind) = find(body, &DocPath::parse("identity.type").0) {
        DocPath::parse("identity.type").put(&mut document, kind);
    }
    if let Some(ids) = find(body, &DocPath::parse("identity.identity_ids").0) {
        DocPath::parse("identity.userAssignedIdentities").put(&mut document, keyed(&ids));
    }
    bounded(document)
}

/// Every value inside marked as one that must not be shown.
fn hidden(node: Node, depth: usize) -> Node {
    let value = match &node.value {
        Value::Map(map) if depth < MAX_DEPTH => {
            Value::map(map.iter().map(|(k, v)| (k.clone(), hidden(v.clone(), depth + 1))).collect())
        }
        other => return Node { value: other.clone(), sensitive: true, ..node },
    };
    Node { value, ..node }
}

fn empty(body: &Node) -> Node {
    Node { at: body.at.clone(), ..Value::map(BTreeMap::new()).into() }
}

/// A value that is a document: a map, or text that encodes one.
fn as_document(node: &Node) -> Result<Node, Arc<str>> {
    match &node.value {
        Value::Map(_) => Ok(node.clone()),
        Value::Json(inner) => Ok(carry((**inner).clone(), [node])),
        Value::String(text) => parse_json(text, node),
        _ => Err(node.first_unknown(64).unwrap_or_else(|| "not a document".into())),
    }
}

/// JSON text as a node; everything in it stands where the text stands.
pub(crate) fn parse_json(text: &str, at: &Node) -> Result<Node, Arc<str>> {
    fn stand(node: &mut Node, at: &Node) {
        node.at.clone_from(&at.at);
        node.sensitive |= at.sensitive;
        match &mut node.value {
            Value::List(items) => Arc::make_mut(items).iter_mut().for_each(|n| stand(n, at)),
            Value::Map(map) => Arc::make_mut(map).values_mut().for_each(|n| stand(n, at)),
            _ => {}
        }
    }
    // serde_json bounds its own recursion.
    let json: serde_json::Value =
        serde_json::from_str(text).map_err(|error| Arc::from(format!("not JSON: {error}")))?;
    let mut node = node_of_json(&json);
    stand(&mut node, at);
    Ok(node)
}

/// A name in the spelling of the document: the card's own where it has one.
struct Spelling<'k> {
    kind: &'k Kind,
    case: Case,
}

impl Spelling<'_> {
    fn of(&self, name: &str) -> Arc<str> {
        self.kind.spelling(name).unwrap_or_else(|| recase(name, self.case).into())
    }
}

/// Takes attributes over under the document's spelling.
struct Automatic<'c> {
    mapping: &'c TerraformMapping,
    explicit: &'c HashSet<String>,
    spelling: &'c Spelling<'c>,
    /// A list of one object is a block that stands once.
    blocks: bool,
}

impl Automatic<'_> {
    fn convert(&self, node: &Node, path: &str, depth: usize) -> Node {
        if depth > MAX_DEPTH {
            return Node { value: Value::unknown("nested too deeply"), ..node.clone() };
        }
        let value = match &node.value {
            Value::Map(map) => {
                let own_names = depth > 0 && has_own_names(path, map.keys());
                let mut out = BTreeMap::new();
                for (name, child) in map.iter() {
                    let inner = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
                    if child.is_null() || self.explicit.contains(&inner) {
                        continue;
                    }
                    let key = if own_names { name.clone() } else { self.spelling.of(name) };
                    let converted = self.convert(child, &inner, depth + 1);
                    // What the card maps by hand leaves no empty shell behind.
                    if !is_empty(&converted) || is_empty(child) {
                        out.insert(key, converted);
                    }
                }
                Value::map(out)
            }
            Value::List(items) => {
                let is_block = self.blocks && items.len() == 1 && matches!(items[0].value, Value::Map(_));
                if is_block && !self.mapping.lists.iter().any(|l| &**l == path) {
                    return self.convert(&items[0], path, depth + 1);
                }
                Value::list(items.iter().map(|item| self.convert(item, path, depth + 1)).collect())
            }
            other => other.clone(),
        };
        Node { value, ..node.clone() }
    }
}

/// Arguments whose keys are the user's own names.
pub(crate) const OWN_NAMES: [&str; 10] = [
    "tags",
    "tags_all",
    "labels",
    "annotations",
    "metadata",
    "environment",
    "environment_variables",
    "variables",
    "hyper_parameters",
    "parameters",
];

/// Whether the keys of a map are the user's, and not names of the schema, which are always in snake case.
fn has_own_names<'k>(path: &str, mut keys: impl Iterator<Item = &'k Arc<str>>) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    let in_schema = |key: &str| key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    OWN_NAMES.contains(&last) || keys.any(|key| !in_schema(key))
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.is_empty(),
        Value::List(items) => items.iter().all(|n| matches!(&n.value, Value::Map(m) if m.is_empty())),
        _ => false,
    }
}

/// What stands at a Terraform path: a block stands for its first, `[]` gives a list of what each has.
fn find(node: &Node, steps: &[Step]) -> Option<Node> {
    match steps {
        [] => Some(node.clone()),
        [Step::Key(name), rest @ ..] => match &node.value {
            Value::List(items) => find(items.first()?, steps).map(|n| carry(n, [node])),
            Value::Unknown(_) => Some(node.clone()),
            _ => {
                let child = node.get(name).filter(|n| !n.is_null())?;
                find(child, rest).map(|n| carry(n, [node]))
            }
        },
        [Step::Each, rest @ ..] => {
            let each: Vec<Node> = match &node.value {
                Value::List(items) => items.to_vec(),
                Value::Unknown(_) => return Some(node.clone()),
                _ => vec![node.clone()],
            };
            let items = each.iter().map(|item| find(item, rest).unwrap_or_default()).collect();
            Some(Node { at: node.at.clone(), ..Value::list(items).into() })
        }
    }
}

fn apply(rule: &AttributeRule, body: &Node, document: &mut Node) {
    let from = DocPath::parse(&rule.from);
    let found = find(body, &from.0).filter(|n| !n.is_null());
    for to in &rule.to {
        let to = DocPath::parse(to);
        let mut value = match (&found, &rule.default) {
            (Some(found), _) => each(found, from.depth(), &|n| transformed(rule, n)),
            (None, Some(default)) => {
                let unset = Node { default: true, ..constant_node(default) };
                transformed(rule, &unset)
            }
            (None, None) => continue,
        };
        if to.depth() < from.depth()
            && let Value::List(items) = &value.value
        {
            value = items.first().cloned().unwrap_or_default();
        }
        to.put(document, value);
    }
}

/// Applies `change` to the elements `depth` lists down.
fn each(node: &Node, depth: usize, change: &dyn Fn(&Node) -> Node) -> Node {
    match (&node.value, depth) {
        (Value::List(items), 1..) => {
            let items = items.iter().map(|item| each(item, depth - 1, change)).collect();
            Node { value: Value::list(items), ..node.clone() }
        }
        _ if node.is_null() => node.clone(),
        _ => change(node),
    }
}

fn transformed(rule: &AttributeRule, node: &Node) -> Node {
    let mut node = node.clone();
    if rule.json {
        let encoded = Node { at: node.at.clone(), ..node.clone() };
        node = as_document(&encoded).map_or_else(
            |reason| Node { value: Value::Unknown(reason), ..encoded.clone() },
            |document| Node { at: encoded.at.clone().or(document.at.clone()), ..document },
        );
    }
    if rule.not {
        node.value = match &node.value {
            Value::Bool(b) => Value::Bool(!b),
            Value::String(s) if &**s == "true" => Value::Bool(false),
            Value::String(s) if &**s == "false" => Value::Bool(true),
            other => other.clone(),
        };
    }
    if !rule.map.is_empty() {
        let text = match &node.value {
            Value::Bool(b) => Some(b.to_string()),
            Value::Number(n) => Some(n.to_string()),
            Value::String(s) => Some(s.to_string()),
            _ => None,
        };
        let to = text.and_then(|text| rule.map.iter().find(|(from, _)| **from == *text));
        if let Some((_, to)) = to {
            node.value = constant_node(to).value;
            node.from = None;
        }
    }
    if let Some(prefix) = &rule.prefix {
        node.value = prefixed(prefix, &node);
    }
    if rule.keys {
        node = keyed(&node);
    }
    if rule.list && !matches!(node.value, Value::List(_) | Value::Unknown(_)) {
        let at = node.at.clone();
        node = Node { at, default: node.default, ..Value::list(vec![node]).into() };
    }
    node
}

fn prefixed(prefix: &str, node: &Node) -> Value {
    match &node.value {
        Value::String(text) => Value::string(format!("{prefix}{text}")),
        Value::Template(pieces) => {
            Value::text([model::Piece::Text(prefix.into())].into_iter().chain(pieces.iter().cloned()))
        }
        Value::Unknown(reason) => {
            let hole = model::Piece::Hole { reason: reason.clone(), from: node.from.clone() };
            Value::text([model::Piece::Text(prefix.into()), hole])
        }
        other => other.clone(),
    }
}

/// A list of ids as the keys of a map of empty objects. An id that is not known stands under its expression, and
/// keeps what it refers to.
fn keyed(ids: &Node) -> Node {
    let items: &[Node] = match &ids.value {
        Value::List(items) => items,
        Value::Unknown(_) => return ids.clone(),
        _ => std::slice::from_ref(ids),
    };
    let entries = items.iter().map(|id| {
        let reference = id.from.clone().or_else(|| id.references(8).into_iter().next());
        let empty: Node = Value::map(BTreeMap::new()).into();
        (Arc::from(id.display()), Node { at: id.at.clone(), from: reference, ..empty })
    });
    Node { at: ids.at.clone(), ..Value::map(entries.collect()).into() }
}

/// Cuts a document that has grown beyond all measure (values that double themselves).
fn bounded(document: Node) -> Node {
    fn count(node: &Node, left: &mut usize, depth: usize) -> bool {
        if *left == 0 || depth > MAX_DEPTH * 2 {
            return false;
        }
        *left -= 1;
        match &node.value {
            Value::List(items) => items.iter().all(|n| count(n, left, depth + 1)),
            Value::Map(map) => map.values().all(|n| count(n, left, depth + 1)),
            Value::Json(inner) => count(inner, left, depth + 1),
            _ => true,
        }
    }
    if count(&document, &mut { MAX_NODES }, 0) {
        return document;
    }
    Node { value: Value::unknown("the document is too large to assess"), ..document }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::Text;

    fn rule(from: &str, to: &str) -> AttributeRule {
        AttributeRule {
            from: Text { text: from.into(), line: 1 },
            to: vec![to.into()],
            ..AttributeRule::default()
        }
    }

    fn mapped(rule: &AttributeRule, body: &serde_json::Value) -> String {
        let body = node_of_json(body);
        let mut document = empty(&body);
        apply(rule, &body, &mut document);
        serde_json::to_string(&document).unwrap()
    }

    #[test]
    fn attributes_go_where_the_card_says() {
        use serde_json::json;
        let text = |t: &str| catalog::Constant::Text(t.into());
        let enabled = AttributeRule {
            map: vec![("true".into(), text("Enabled")), ("false".into(), text("Disabled"))],
            ..rule("public", "p.access")
        };
        let local = AttributeRule { not: true, ..rule("local_auth", "p.disableLocalAuth") };
        let ids = AttributeRule { keys: true, ..rule("identity.identity_ids", "identity.ids") };
        let policy = AttributeRule { json: true, ..rule("policy", "Policy") };
        let rules = rule("acls.rules[]", "p.rules[].value");
        for (rule, body, want) in [
            (&enabled, json!({"public": false}), r#"{"p":{"access":"Disabled"}}"#),
            (&enabled, json!({"public": "true"}), r#"{"p":{"access":"Enabled"}}"#),
            (&enabled, json!({"public": {"$unknown": "r"}}), r#"{"p":{"access":{"$unknown":"r"}}}"#),
            (&enabled, json!({}), r#"{}"#),
            (&local, json!({"local_auth": true}), r#"{"p":{"disableLocalAuth":false}}"#),
            (
                &rules,
                json!({"acls": [{"rules": ["a", "b"]}]}),
                r#"{"p":{"rules":[{"value":"a"},{"value":"b"}]}}"#,
            ),
            (&rules, json!({"acls": []}), r#"{}"#),
            (&ids, json!({"identity": [{"identity_ids": ["x"]}]}), r#"{"identity":{"ids":{"x":{}}}}"#),
            (&policy, json!({"policy": "{\"Version\":\"1\"}"}), r#"{"Policy":{"Version":"1"}}"#),
        ] {
            assert_eq!(mapped(rule, &body), want, "{body}");
        }
    }

    #[test]
    fn a_document_that_doubles_itself_is_cut() {
        let mut node = Node::from("x");
        for _ in 0..40 {
            node = Value::list(vec![node.clone(), node]).into();
        }
        assert!(bounded(node).is_unknown());
    }
}
