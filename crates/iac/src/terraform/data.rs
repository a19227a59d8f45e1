//! Data sources that are computed from their own arguments alone: policy documents.
//!
//! Sources: the documentation of `aws_iam_policy_document` and `google_iam_policy` in the providers' registries.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Piece, Value};

use super::access::carry;

/// Statements of one policy; documents that are made of each other can double them.
const MAX_STATEMENTS: usize = 5_000;

/// `evaluated` with what the data source computes.
pub(crate) fn computed(kind: &str, evaluated: Node) -> Node {
    let (name, document) = match kind {
        "aws_iam_policy_document" => ("json", aws_policy(&evaluated)),
        "google_iam_policy" => ("policy_data", google_policy(&evaluated)),
        _ => return evaluated,
    };
    let Value::Map(map) = &evaluated.value else { return evaluated };
    let mut entries = (**map).clone();
    let document = document.unwrap_or_else(|reason| Value::Unknown(reason).into());
    let json = match document.value {
        Value::Unknown(_) => document,
        _ => Node { at: evaluated.at.clone(), ..Value::Json(Arc::new(document)).into() },
    };
    entries.insert(name.into(), json.clone());
    if name == "json" {
        entries.insert("minified_json".into(), json);
    }
    Node { value: Value::map(entries), ..evaluated }
}

type Entries = BTreeMap<Arc<str>, Node>;

/// The blocks of a kind; an error when it is not known which there are.
fn blocks(body: &Node, kind: &str) -> Result<Vec<Node>, Arc<str>> {
    match body.get(kind).map(|n| &n.value) {
        Some(Value::List(items)) => Ok(items.to_vec()),
        Some(Value::Unknown(reason)) => Err(reason.clone()),
        _ => Ok(Vec::new()),
    }
}

/// A list of one is written as its element, as the provider does.
fn unlisted(node: &Node) -> Node {
    match &node.value {
        Value::List(items) if items.len() == 1 => carry(items[0].clone(), [node]),
        _ => node.clone(),
    }
}

fn copy(from: &Node, name: &str, into: &mut Entries, key: &str) {
    if let Some(node) = from.get(name)
        && !node.is_null()
    {
        into.insert(key.into(), unlisted(node));
    }
}

fn aws_policy(body: &Node) -> Result<Node, Arc<str>> {
    let mut statements = Vec::new();
    for name in ["source_json", "source_policy_documents"] {
        statements.extend(statements_of(body, name)?);
        if statements.len() > MAX_STATEMENTS {
            return Err(format!("the policy has more than {MAX_STATEMENTS} statements").into());
        }
    }
    for block in blocks(body, "statement")? {
        statements.push(statement(&block)?);
    }
    for name in ["override_json", "override_policy_documents"] {
        for replacing in statements_of(body, name)? {
            // A statement with a Sid replaces the one of the same Sid.
            let sid = replacing.get("Sid").and_then(Node::as_str).map(str::to_owned);
            let same = |s: &Node| sid.is_some() && s.get("Sid").and_then(Node::as_str) == sid.as_deref();
            match statements.iter_mut().find(|s| same(s)) {
                Some(old) => *old = replacing,
                None => statements.push(replacing),
            }
        }
    }
    let mut policy = Entries::new();
    let version =
        body.get("version").filter(|n| !n.is_null()).cloned().unwrap_or_else(|| "2012-10-17".into());
    policy.insert("Version".into(), version);
    copy(body, "policy_id", &mut policy, "Id");
    policy.insert("Statement".into(), Node { at: body.at.clone(), ..Value::list(statements).into() });
    Ok(Value::map(policy).into())
}

/// The statements of the policy documents that an argument names.
fn statements_of(body: &Node, name: &str) -> Result<Vec<Node>, Arc<str>> {
    let Some(argument) = body.get(name).filter(|n| !n.is_null()) else { return Ok(Vec::new()) };
    let documents: Vec<Node> = match &argument.value {
        Value::List(items) => items.to_vec(),
        _ => vec![argument.clone()],
    };
    let mut all = Vec::new();
    for document in documents {
        let read = match &document.value {
            Value::Json(inner) => (**inner).clone(),
            Value::String(text) => super::mapping::parse_json(text, &document)?,
            _ => {
                return Err(document
                    .first_unknown(64)
                    .unwrap_or_else(|| "a policy document is not text".into()));
            }
        };
        match read.get("Statement").map(|n| (&n.value, n)) {
            Some((Value::List(items), _)) => all.extend(items.iter().cloned()),
            Some((_, one)) => all.push(one.clone()),
            None => {}
        }
        if all.len() > MAX_STATEMENTS {
            return Err(format!("{name} has more than {MAX_STATEMENTS} statements").into());
        }
    }
    Ok(all)
}

fn statement(block: &Node) -> Result<Node, Arc<str>> {
    let mut entries = Entries::new();
    for (name, key) in [
        ("sid", "Sid"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        copy(block, name, &mut entries, key);
    }
    let effect = block.get("effect").filter(|n| !n.is_null()).cloned().unwrap_or_else(|| "Allow".into());
    entries.insert("Effect".into(), effect);
    for (name, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principal) = principals(&blocks(block, name)?)? {
            entries.insert(key.into(), principal);
        }
    }
    let conditions = blocks(block, "condition")?;
    if !conditions.is_empty() {
        entries.insert("Condition".into(), condition(&conditions)?);
    }
    Ok(Node { at: block.at.clone(), ..Value::map(entries).into() })
}

fn text_of(block: &Node, name: &str) -> Result<Arc<str>, Arc<str>> {
    match block.get(name).map(|n| &n.value) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => {
            Err(block.get(name).and_then(|n| n.first_unknown(16)).unwrap_or_else(|| "not text".into()))
        }
        None => Err(format!("{name} is missing").into()),
    }
}

/// `{"AWS": […]}`, or `"*"` for everybody.
fn principals(blocks: &[Node]) -> Result<Option<Node>, Arc<str>> {
    if blocks.is_empty() {
        return Ok(None);
    }
    let mut by_type = Entries::new();
    for block in blocks {
        let kind = text_of(block, "type")?;
        let identifiers = block.get("identifiers").cloned().unwrap_or_default();
        if &*kind == "*" {
            return Ok(Some(Node { at: block.at.clone(), ..Node::from("*") }));
        }
        match by_type.get_mut(&kind) {
            Some(Node { value: Value::List(old), .. }) => {
                if let Value::List(new) = &identifiers.value {
                    Arc::make_mut(old).extend(new.iter().cloned());
                }
            }
            _ => _ = by_type.insert(kind, identifiers),
        }
    }
    let at = blocks[0].at.clone();
    let by_type = by_type.into_iter().map(|(kind, ids)| (kind, unlisted(&ids))).collect();
    Ok(Some(Node { at, ..Value::map(by_type).into() }))
}

fn condition(blocks: &[Node]) -> Result<Node, Arc<str>> {
    let mut by_test: BTreeMap<Arc<str>, Entries> = BTreeMap::new();
    for block in blocks {
        let values = unlisted(&block.get("values").cloned().unwrap_or_default());
        by_test.entry(text_of(block, "test")?).or_default().insert(variable_of(block)?, values);
    }
    let tests = by_test.into_iter().map(|(test, variables)| (test, Value::map(variables).into())).collect();
    Ok(Value::map(tests).into())
}

/// The key that a condition looks at. Of a claim in a token the issuer may be unknown, `${…}:sub`; which claim may not.
fn variable_of(block: &Node) -> Result<Arc<str>, Arc<str>> {
    let node = block.get("variable");
    match node.map(|n| (&n.value, n)) {
        Some((Value::Template(pieces), node)) if matches!(pieces.last(), Some(Piece::Text(end)) if end.contains(':')) => {
            Ok(node.display().into())
        }
        _ => text_of(block, "variable"),
    }
}

fn google_policy(body: &Node) -> Result<Node, Arc<str>> {
    let mut bindings = Vec::new();
    for block in blocks(body, "binding")? {
        let mut entries = Entries::new();
        for name in ["role", "members"] {
            if let Some(node) = block.get(name).filter(|n| !n.is_null()) {
                entries.insert(name.into(), node.clone());
            }
        }
        if let Some(condition) = blocks(&block, "condition")?.into_iter().next() {
            entries.insert("condition".into(), condition);
        }
        bindings.push(Node { at: block.at.clone(), ..Value::map(entries).into() });
    }
    let bindings = [(Arc::from("bindings"), Value::list(bindings).into())];
    Ok(Value::map(bindings.into()).into())
}
