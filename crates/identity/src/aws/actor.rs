//! Who acts: the roles and users of the graph with the policies that they have, and whoever else a policy names.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use graph::Graph;
use model::{Coverage, CoverageStatus, Evidence, Node, Value};

use super::arn::{Account, Names};
use super::managed;
use super::pattern::Pattern;
use super::policy::{self, Place, Policy, Statement};

/// A role or a user.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    pub(super) asset: usize,
    pub(super) role: bool,
    /// AWS's own role for one of its services: outside service control policies.
    pub(super) service_linked: bool,
    pub(super) name: Option<String>,
    pub(super) arn: Pattern,
    pub(super) account: Account,
    /// By index.
    pub(super) policies: Arc<[usize]>,
    pub(super) boundary: Option<usize>,
}

/// Policies that are attached, each read once.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) policies: Vec<Policy>,
    /// Those whose text is not known here.
    of_asset: HashMap<usize, usize>,
    of_name: HashMap<Arc<str>, usize>,
    sets: BTreeSet<Arc<[usize]>>,
    pub(super) notes: Vec<Coverage>,
}

const MANAGED: &str = "aws.iam.managed-policy";

impl Shelf {
    pub(super) fn add(&mut self, policy: Policy) -> usize {
        for statement in &policy.statements {
            if let Some(why) = &statement.broken {
                let place =
                    statement.grounds.evidence.position().map(ToString::to_string).unwrap_or_default();
                self.notes.push(Coverage::note("identity", place, CoverageStatus::Partial, &**why));
            }
        }
        self.policies.push(policy);
        self.policies.len() - 1
    }

    /// Many principals have the same policies.
    fn set(&mut self, mut policies: Vec<usize>) -> Arc<[usize]> {
        policies.sort_unstable();
        policies.dedup();
        match self.sets.get(&policies[..]) {
            Some(known) => known.clone(),
            None => {
                let set: Arc<[usize]> = policies.into();
                self.sets.insert(set.clone());
                set
            }
        }
    }

    /// The policy that an attachment names: one of the graph, or one of AWS's.
    fn attached(&mut self, names: &mut Names<'_>, from: usize, node: &Node) -> usize {
        let kinds: [Arc<str>; 1] = [MANAGED.into()];
        let arn = names.pattern(from, node, false);
        let by_arn = || arn.as_ref().and_then(|arn| names.of_arn(arn).first().copied());
        let found = names.named(from, node, &kinds).or_else(by_arn);
        if let Some(asset) = found.filter(|i| &*names.graph.assets()[*i].kind == MANAGED) {
            return self.of_graph(names, asset);
        }
        let shown = node.brief();
        let place = place_of(names.graph, from, format!("managed policy {shown}"));
        let built_in =
            shown.split_once(":iam::aws:policy/").map(|(_, path)| path.rsplit('/').next().unwrap_or(path));
        // A data source looks a policy up by its name alone.
        let name = built_in.or_else(|| node.as_str().filter(|text| !text.contains(':')));
        match name {
            Some(name) => {
                if let Some(known) = self.of_name.get(name) {
                    return *known;
                }
                let read = match managed::document(name) {
                    Some(document) => {
                        let place = Place {
                            label: format!("AWS managed policy {name}"),
                            evidence: Evidence::Default { path: name.into(), page: managed::PAGE.into() },
                            from,
                        };
                        policy::parse(names, &place, &document)
                    }
                    None => unknown(&place, node, "it is not among the policies that are described here"),
                };
                let index = self.add(read);
                self.of_name.insert(name.into(), index);
                index
            }
            None => {
                let why = node.first_unknown(16).unwrap_or_else(|| "it is not in the configuration".into());
                self.add(unknown(&place, node, &why))
            }
        }
    }

    fn of_graph(&mut self, names: &mut Names<'_>, asset: usize) -> usize {
        if let Some(known) = self.of_asset.get(&asset) {
            return *known;
        }
        let policy = &names.graph.assets()[asset];
        let place = place_of(names.graph, asset, format!("policy {}", policy.name));
        let read = match policy.document.get("PolicyDocument") {
            Some(document) => policy::parse(names, &place, document),
            None => unknown(&place, &Node::null(), "its document is not in the configuration"),
        };
        let index = self.add(read);
        self.of_asset.insert(asset, index);
        index
    }

    /// The inline and the attached policies of a role, user or group.
    fn held(&mut self, names: &mut Names<'_>, asset: usize) -> Vec<usize> {
        let graph = names.graph;
        let holder = &graph.assets()[asset];
        let kind = holder.kind.rsplit('.').next().unwrap_or("principal");
        let mut found = Vec::new();
        for entry in flat(holder.document.get("Policies")) {
            let name = entry
                .get("PolicyName")
                .map_or_else(|| "inline policy".to_owned(), |n| format!("policy {}", n.brief()));
            let place = place_of(graph, asset, format!("{name} of {kind} {}", holder.name));
            let read = match entry.get("PolicyDocument") {
                Some(document) => policy::parse(names, &place, document),
                None => {
                    let why = entry.first_unknown(16).unwrap_or_else(|| "it has no document".into());
                    unknown(&place, entry, &why)
                }
            };
            found.push(self.add(read));
        }
        for node in flat(holder.document.get("ManagedPolicyArns")) {
            found.push(self.attached(names, asset, node));
        }
        found
    }
}

pub(super) fn place_of(graph: &Graph, asset: usize, label: String) -> Place {
    let asset_ = &graph.assets()[asset];
    let evidence = asset_.evidence.first().cloned();
    let pointer = || Evidence::Pointer { document: asset_.id.0.clone(), pointer: "".into() };
    Place { label, evidence: evidence.unwrap_or_else(pointer), from: asset }
}

fn unknown(place: &Place, node: &Node, why: &str) -> Policy {
    let statement = Statement::unknown(place, node, why);
    Policy { grounds: statement.grounds.clone(), statements: vec![statement] }
}

/// The elements of a list, of lists in it, or one value.
pub(super) fn flat(node: Option<&Node>) -> Vec<&Node> {
    match node.map(|n| (n, &n.value)) {
        None | Some((_, Value::Null)) => Vec::new(),
        Some((_, Value::List(each))) => each
            .iter()
            .flat_map(|n| match &n.value {
                Value::List(inner) => inner.iter().collect(),
                Value::Null => Vec::new(),
                _ => vec![n],
            })
            .collect(),
        Some((one, _)) => vec![one],
    }
}

/// Every role and user with what it has.
pub(super) fn actors(names: &mut Names<'_>, shelf: &mut Shelf) -> Vec<Actor> {
    let graph = names.graph;
    let of_kind =
        |kind: &'static str| graph.assets().iter().enumerate().filter(move |(_, a)| &*a.kind == kind);
    let groups: Vec<usize> = of_kind("aws.iam.group").map(|(i, _)| i).collect();
    let mut group_policies: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut more: HashMap<usize, Vec<usize>> = HashMap::new();
    for group in &groups {
        let held = shelf.held(names, *group);
        group_policies.insert(*group, held);
    }
    // CloudFormation and `aws_iam_policy_attachment` name the holders on the policy.
    for (index, asset) in of_kind(MANAGED) {
        for (field, kind) in
            [("Roles", "aws.iam.role"), ("Users", "aws.iam.user"), ("Groups", "aws.iam.group")]
        {
            let kinds = [Arc::from(kind)];
            for node in flat(asset.document.get(field)) {
                if let Some(holder) = names.named(index, node, &kinds) {
                    let policy = shelf.of_graph(names, index);
                    match kind {
                        "aws.iam.group" => group_policies.entry(holder).or_default().push(policy),
                        _ => more.entry(holder).or_default().push(policy),
                    }
                }
            }
        }
    }
    let (user_kind, group_kind) = ([Arc::from("aws.iam.user")], [Arc::from("aws.iam.group")]);
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for group in &groups {
        for node in flat(graph.assets()[*group].document.get("Users")) {
            if let Some(user) = names.named(*group, node, &user_kind) {
                members.entry(user).or_default().push(*group);
            }
        }
    }
    let holders: Vec<usize> =
        of_kind("aws.iam.role").chain(of_kind("aws.iam.user")).map(|(i, _)| i).collect();
    let mut found = Vec::new();
    for index in holders {
        let asset = &graph.assets()[index];
        let role = &*asset.kind == "aws.iam.role";
        let mut policies = shelf.held(names, index);
        policies.extend(more.remove(&index).unwrap_or_default());
        if !role {
            for node in flat(asset.document.get("Groups")) {
                match names.named(index, node, &group_kind) {
                    Some(group) => members.entry(index).or_default().push(group),
                    None => shelf.notes.push(Coverage::note(
                        "identity",
                        asset.position().map(ToString::to_string).unwrap_or_default(),
                        CoverageStatus::Partial,
                        format!("group {} of user {} is not described", node.brief(), asset.name),
                    )),
                }
            }
            for group in members.get(&index).into_iter().flatten() {
                policies.extend(group_policies.get(group).into_iter().flatten());
            }
        }
        let boundary = asset.document.get("PermissionsBoundary").filter(|n| !n.is_null());
        let boundary = boundary.map(|node| shelf.attached(names, index, node));
        let field = if role { "RoleName" } else { "UserName" };
        let path = asset.document.get("Path").and_then(Node::as_str).unwrap_or_default();
        found.push(Actor {
            asset: index,
            role,
            service_linked: path.starts_with("/aws-service-role/"),
            name: asset.document.get(field).and_then(Node::as_str).map(str::to_owned),
            arn: names.arns(index)[0].clone(),
            account: names.account(index),
            policies: shelf.set(policies),
            boundary,
        });
    }
    found
}
