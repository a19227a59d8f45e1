//! Policies that resources have of their own, S3's brakes on public access, and the policies of organisations.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use graph::{Holder, Principal};
use model::{Coverage, CoverageStatus, Evidence, Grounds, Node, Value};

use super::actor::{Shelf, flat, place_of};
use super::arn::Names;
use super::evaluate::{Answer, Thing};
use super::policy::{self, Policy};
use super::truth::Truth;
use super::{Control, World, holder};

/// A resource's own policy, by index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    pub(super) policy: usize,
}

/// Where documents keep the policy of a resource.
const FIELDS: &[(&str, &str, &str)] = &[
    ("aws.s3.bucket", "Policy", "bucket policy"),
    ("aws.s3-vectors.vector-bucket", "Policy", "vector bucket policy"),
    ("aws.kms.key", "KeyPolicy", "key policy"),
    ("aws.secrets-manager.secret", "ResourcePolicy", "resource policy"),
    ("aws.ecr.repository", "RepositoryPolicyText", "repository policy"),
    ("aws.opensearch-service.domain", "AccessPolicies", "access policy"),
    ("aws.sagemaker.model-package-group", "ModelPackageGroupPolicy", "resource policy"),
    ("aws.iam.role", "AssumeRolePolicyDocument", "trust policy"),
];

const DEFAULT_KEY_POLICY: &str =
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html";

pub(super) fn policies(names: &mut Names<'_>, shelf: &mut Shelf) -> HashMap<usize, Own> {
    let graph = names.graph;
    let mut found = HashMap::new();
    for (index, asset) in graph.assets().iter().enumerate() {
        let Some((_, field, title)) = FIELDS.iter().find(|(kind, ..)| *kind == &*asset.kind) else {
            continue;
        };
        let place = place_of(graph, index, format!("the {title} of {}", asset.name));
        let policy = match asset.document.get(field).filter(|n| !n.is_null()) {
            Some(document) => policy::parse(names, &place, document),
            None if &*asset.kind == "aws.kms.key" => default_key_policy(names, index, &asset.name),
            None if &*asset.kind == "aws.iam.role" => {
                let why = format!("{} is not in the configuration", place.label);
                let at = asset.position().map(ToString::to_string).unwrap_or_default();
                shelf.notes.push(Coverage::note("identity", at, CoverageStatus::Partial, why));
                continue;
            }
            None => continue,
        };
        found.insert(index, Own { policy: shelf.add(policy) });
    }
    permissions(names, shelf, &mut found);
    found
}

fn map(entries: &[(&str, Node)]) -> Node {
    let entries: BTreeMap<Arc<str>, Node> = entries.iter().map(|(k, v)| (Arc::from(*k), v.clone())).collect();
    Value::map(entries).into()
}

/// A key without a policy lets the policies of its account decide.
fn default_key_policy(names: &mut Names<'_>, key: usize, name: &str) -> Policy {
    let place = policy::Place {
        label: format!("the default key policy of {name}"),
        evidence: Evidence::Default { path: "KeyPolicy".into(), page: DEFAULT_KEY_POLICY.into() },
        from: key,
    };
    let allow = map(&[("Effect", "Allow".into()), ("Action", "kms:*".into()), ("Resource", "*".into())]);
    let mut read = policy::parse(names, &place, &map(&[("Statement", allow)]));
    let account = names.account(key);
    for statement in &mut read.statements {
        statement.who = vec![policy::Who::Account(account.clone())];
    }
    read
}

/// Each permission to call a function is a statement of the function's policy. "Lambda resource-based policies",
/// <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>.
fn permissions(names: &mut Names<'_>, shelf: &mut Shelf, found: &mut HashMap<usize, Own>) {
    let graph = names.graph;
    let mut of: BTreeMap<usize, Policy> = BTreeMap::new();
    for (index, asset) in
        graph.assets().iter().enumerate().filter(|(_, a)| &*a.kind == "aws.lambda.permission")
    {
        let ends = graph.ends(index, "granted-on", Some("aws.lambda.function"), false);
        let Some(function) = ends.assets.first().copied() else { continue };
        let get = |field: &str| asset.document.get(field).filter(|n| !n.is_null()).cloned();
        let principal = match get("Principal") {
            Some(who) if who.as_str() == Some("*") => who,
            Some(who) if who.as_str().is_some_and(|t| t.contains('.') && !t.starts_with("arn:")) => {
                map(&[("Service", who)])
            }
            Some(who) => map(&[("AWS", who)]),
            None => continue,
        };
        let mut conditions = Vec::new();
        for (operator, key, field) in [
            ("ArnLike", "aws:SourceArn", "SourceArn"),
            ("StringEquals", "aws:SourceAccount", "SourceAccount"),
            ("StringEqualsIgnoreCase", "aws:PrincipalOrgID", "PrincipalOrgID"),
            ("StringEqualsIgnoreCase", "lambda:FunctionUrlAuthType", "FunctionUrlAuthType"),
        ] {
            if let Some(value) = get(field) {
                conditions.push((operator, map(&[(key, value)])));
            }
        }
        // One operator may have several keys.
        let mut joined: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        for (operator, keys) in conditions {
            let entry = joined.entry(operator.into()).or_insert_with(|| map(&[]));
            if let (Value::Map(to), Value::Map(more)) = (&mut entry.value, &keys.value) {
                Arc::make_mut(to).extend(more.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
        }
        let action = get("Action").unwrap_or_else(|| "lambda:InvokeFunction".into());
        let statement = map(&[
            ("Effect", "Allow".into()),
            ("Action", action),
            ("Principal", principal),
            ("Condition", Value::map(joined).into()),
        ]);
        let label = format!("permission on function {}", graph.assets()[function].name);
        let read = policy::parse(names, &place_of(graph, index, label), &map(&[("Statement", statement)]));
        match of.get_mut(&function) {
            Some(policy) => policy.statements.extend(read.statements),
            None => _ = of.insert(function, read),
        }
    }
    for (function, policy) in of {
        found.insert(function, Own { policy: shelf.add(policy) });
    }
}

/// Service and resource control policies, with what they are attached to.
pub(super) fn controls(names: &mut Names<'_>, shelf: &mut Shelf) -> Vec<Control> {
    let graph = names.graph;
    let mut found = Vec::new();
    for (index, asset) in
        graph.assets().iter().enumerate().filter(|(_, a)| &*a.kind == "aws.organizations.policy")
    {
        let of_resources = match asset.document.get("Type").and_then(Node::as_str) {
            Some("RESOURCE_CONTROL_POLICY") => true,
            Some("SERVICE_CONTROL_POLICY") => false,
            _ => continue,
        };
        let targets: Vec<Arc<str>> =
            flat(asset.document.get("TargetIds")).iter().map(|n| Arc::from(n.brief())).collect();
        let place = place_of(graph, index, format!("control policy {}", asset.name));
        let Some(content) = asset.document.get("Content") else { continue };
        let read = policy::parse(names, &place, content);
        let at = asset.position().map(ToString::to_string).unwrap_or_default();
        let lists = read
            .statements
            .iter()
            .any(|s| s.allow && !s.resources.iter().all(super::pattern::Pattern::is_everything));
        let actions = read
            .statements
            .iter()
            .any(|s| s.allow && !s.has_action(&super::pattern::Pattern::literal("any:thing")));
        if lists || actions {
            let why = format!(
                "control policy {} allows a list of actions; what other policies allow at its level is not known, so it is not taken to cut anything",
                asset.name
            );
            shelf.notes.push(Coverage::note("identity", &at, CoverageStatus::Partial, why));
        }
        if targets.is_empty() {
            let why =
                format!("control policy {} is attached to nothing that the configuration shows", asset.name);
            shelf.notes.push(Coverage::note("identity", &at, CoverageStatus::Partial, why));
        }
        found.push(Control { policy: shelf.add(read), name: Arc::from(&*asset.name), targets, of_resources });
    }
    found
}

/// What a bucket's public access block leaves of a grant to everybody. "Blocking public access to your Amazon S3
/// storage", <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.
pub(super) fn past_public_access_block(world: &World<'_>, thing: &Thing, (truth, grounds): Answer) -> Answer {
    let Some(asset) =
        thing.asset.map(|i| &world.names.graph.assets()[i]).filter(|a| &*a.kind == "aws.s3.bucket")
    else {
        return (truth, grounds);
    };
    // What conditions narrow to certain networks or principals is not public.
    let caveat = match asset.document.get("PublicAccessBlockConfiguration").filter(|n| !n.is_null()) {
        Some(block) => {
            let on = |field: &str| block.get(field).filter(|n| !n.is_null());
            let one = |field: &str| match on(field) {
                None => Truth::No,
                Some(node) => match node.as_bool().or_else(|| node.as_str().and_then(|t| t.parse().ok())) {
                    Some(value) => Truth::of(value),
                    None => Truth::when(format!("{field} is on"), format!("{field} of the bucket is off")),
                },
            };
            one("RestrictPublicBuckets").not().and(one("BlockPublicPolicy").not())
        }
        None => Truth::when(
            "the public access block of the bucket, which new buckets have, is off",
            "the public access block of the bucket is on",
        ),
    };
    (truth.and(caveat), grounds)
}

/// What a canned access control list gives everybody. "Canned ACL",
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>.
pub(super) fn access_control_list(world: &World<'_>, thing: &Thing, action: &str) -> Option<Holder> {
    let index = thing.asset?;
    let asset = &world.names.graph.assets()[index];
    if &*asset.kind != "aws.s3.bucket" {
        return None;
    }
    let node = asset.document.get("AccessControl")?;
    let anyone = match (node.as_str()?, action) {
        ("PublicRead" | "PublicReadWrite", "s3:listbucket") | ("PublicReadWrite", "s3:putobject") => true,
        ("AuthenticatedRead", "s3:listbucket") => false,
        _ => return None,
    };
    let block = asset.document.get("PublicAccessBlockConfiguration").filter(|n| !n.is_null());
    let ignored = block.and_then(|b| b.get("IgnorePublicAcls")).and_then(Node::as_bool);
    let truth = match (block, ignored) {
        (Some(_), Some(true)) => return None,
        (Some(_), _) => Truth::Yes,
        (None, _) => {
            Truth::when("the public access block of the bucket, which new buckets have, is off", "it is on")
        }
    };
    let evidence = node
        .at
        .as_ref()
        .map(|at| Evidence::Source((**at).clone()))
        .or_else(|| asset.evidence.first().cloned());
    let pointer = || Evidence::Pointer { document: asset.id.0.clone(), pointer: "AccessControl".into() };
    let says = format!("the access control list of {} is {}", asset.name, node.brief());
    let grounds = Grounds { says: says.into(), evidence: evidence.unwrap_or_else(pointer) };
    let principal = if anyone { Principal::Anyone } else { Principal::AnyAccount("any AWS account".into()) };
    holder(principal, (truth, vec![grounds]))
}
