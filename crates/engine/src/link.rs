//! What code uses meets what infrastructure declares: a host or id is the same thing for certain, a variable of the environment
//! or a name that only one thing has makes it likely. How it was told is written into the code's document.
//!
//! Works on observations, before the graph is built; what an asset means is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{AssetId, Class, Link, Node, Observations, Value};

/// Nodes of one document that are looked at for settings.
const MAX_NODES: usize = 5_000;
/// Settings of the same name that are held against each other.
const MAX_SETTINGS: usize = 64;
/// Variables that every program reads.
const COMMON: [&str; 12] = [
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "DEBUG",
    "ENV",
    "ENVIRONMENT",
    "HOME",
    "HOST",
    "LOG_LEVEL",
    "NODE_ENV",
    "PATH",
    "PORT",
    "TZ",
];

/// A variable that a workload is given.
struct Setting {
    /// The workload, by its place among the assets.
    asset: usize,
    value: Node,
}

/// Joins code and infrastructure by adding links, and fills in what a variable tells.
pub(crate) fn join(seen: &mut Observations) {
    if !seen.assets.iter().any(|asset| is_code(&asset.kind)) {
        return;
    }
    let settings = settings(seen);
    let by_address = by_address(seen);
    let mut links = Vec::new();
    let mut joined: BTreeMap<usize, Vec<Node>> = BTreeMap::new();
    let mut filled: Vec<(usize, &'static str, Node)> = Vec::new();
    // The resource that a service of code is, by the service's id.
    let mut services: BTreeMap<AssetId, usize> = BTreeMap::new();
    let code: Vec<usize> =
        (0..seen.assets.len()).filter(|index| is_code(&seen.assets[*index].kind)).collect();
    for index in &code {
        let asset = &seen.assets[*index];
        let variables = asset.document.get("environment").and_then(Node::as_map).cloned().unwrap_or_default();
        for (key, variable) in variables.iter() {
            let Some(name) = variable.as_str() else { continue };
            let Some((target, value)) = told(name, &asset.scope, &settings, &by_address, seen) else {
                continue;
            };
            let how = format!("the environment variable {name}");
            if let Some(target) = target {
                let relation = relation(asset.class, key, seen.assets[target].class);
                if let Some(relation) = relation {
                    links.push(link(seen, *index, relation, target, value.at.clone()));
                    joined.entry(*index).or_default().push(told_by(
                        &seen.assets[target].name,
                        &how,
                        "medium",
                    ));
                    if asset.class == Class::AiService {
                        services.insert(asset.id.clone(), target);
                    }
                }
            } else if value.as_str().is_some() {
                let key = match &**key {
                    "endpoint" => "endpoint",
                    "name" if asset.class == Class::Model => "name",
                    _ => continue,
                };
                if asset.document.get(key).is_none_or(Node::is_unknown) {
                    filled.push((*index, key, Node { assumed: true, ..value.clone() }));
                }
            }
        }
    }
    for (index, key, value) in filled {
        fill(seen, index, key, value);
    }
    by_host(seen, &code, &mut services);
    deployments(seen, &code, &services, &mut links, &mut joined);
    applications(seen, &code, &settings, &mut links);
    pipelines(seen, &code, &mut links);
    for (index, told) in joined {
        let document = &mut seen.assets[index].document;
        if let Value::Map(entries) = &mut document.value {
            Arc::make_mut(entries).insert("joined".into(), Value::list(told).into());
        }
    }
    // A resource goes by its own id from elsewhere.
    for link in &links {
        if let Some(id) = link.target.as_str()
            && let Some(target) = seen.assets.iter_mut().find(|asset| *asset.id.0 == *id)
        {
            target.aliases.insert(id.into());
        }
    }
    seen.links.extend(links);
}

fn is_code(kind: &str) -> bool {
    kind.starts_with("code.")
}

/// How a join was told, for the document.
fn told_by(to: &str, how: &str, confidence: &str) -> Node {
    let entries = [("to", to), ("how", how), ("confidence", confidence)];
    Value::map(entries.into_iter().map(|(key, text)| (Arc::from(key), Node::from(text))).collect()).into()
}

fn link(
    seen: &Observations,
    from: usize,
    relation: &str,
    to: usize,
    at: Option<Arc<model::Position>>,
) -> Link {
    let target = Node { at, ..Node::from(&*seen.assets[to].id.0) };
    Link {
        from: seen.assets[from].id.clone(),
        relation: relation.into(),
        kinds: vec![seen.assets[to].kind.clone()],
        target,
        reverse: false,
    }
}

/// What joins a thing of code to a resource.
fn relation(class: Class, key: &str, target: Class) -> Option<&'static str> {
    Some(match (class, target) {
        (Class::Model, Class::ModelDeployment | Class::Model) => "deployed-as",
        (_, Class::ModelDeployment) if key == "deployment" => "uses-model",
        (Class::Key | Class::SecretStore, _)
        | (_, Class::Key | Class::SecretStore | Class::EncryptionKey) => return None,
        _ if matches!(key, "key" | "credential") => return None,
        (Class::AiService, _) => "same-service",
        (Class::Model, Class::AiService) => "served-by",
        _ => "same-as",
    })
}

/// Every variable that a workload of the infrastructure is given, by its name.
fn settings(seen: &Observations) -> BTreeMap<Arc<str>, Vec<Setting>> {
    let mut found: BTreeMap<Arc<str>, Vec<Setting>> = BTreeMap::new();
    for (index, asset) in seen.assets.iter().enumerate() {
        let is_program = matches!(
            asset.class,
            Class::Workload
                | Class::Compute
                | Class::Api
                | Class::Agent
                | Class::Notebook
                | Class::ModelDeployment
                | Class::McpServer
                | Class::Other
        );
        if !is_program || is_code(&asset.kind) || asset.kind.starts_with("agents.") {
            continue;
        }
        let mut add = |name: &Arc<str>, value: &Node| {
            let all = found.entry(name.clone()).or_default();
            if all.len() < MAX_SETTINGS {
                all.push(Setting { asset: index, value: value.clone() });
            }
        };
        walk(&asset.document, &mut add, &mut { MAX_NODES });
    }
    found
}

fn walk(node: &Node, add: &mut dyn FnMut(&Arc<str>, &Node), budget: &mut usize) {
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| walk(item, add, budget)),
        Value::Json(inner) => walk(inner, add, budget),
        Value::Map(entries) => {
            // `{ name: X, value: … }`.
            if let (Some(Node { value: Value::String(name), .. }), Some(value)) =
                (entries.get("name"), entries.get("value"))
                && is_variable(name)
            {
                add(name, value);
                return;
            }
            for (key, value) in entries.iter() {
                if is_variable(key) { add(key, value) } else { walk(value, add, budget) }
            }
        }
        Value::String(_) | Value::Template(_) => {
            let set = crate::scripts::variables(node, is_variable);
            set.iter().for_each(|(name, value)| add(name, value));
        }
        _ => {}
    }
}

/// Whether a name is written as variables of the environment are.
fn is_variable(name: &str) -> bool {
    name.len() > 2
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.contains(|c: char| c == '_' || c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn by_address(seen: &Observations) -> BTreeMap<(Arc<str>, Arc<str>), usize> {
    let named =
        |(index, asset): (usize, &model::Asset)| ((asset.scope.clone(), asset.address.clone()), index);
    seen.assets.iter().enumerate().map(named).collect()
}

/// What a variable is set to, where every workload that has it agrees: a resource, or a text.
fn told(
    name: &str,
    scope: &str,
    settings: &BTreeMap<Arc<str>, Vec<Setting>>,
    by_address: &BTreeMap<(Arc<str>, Arc<str>), usize>,
    seen: &Observations,
) -> Option<(Option<usize>, Node)> {
    if COMMON.contains(&name) {
        return None;
    }
    // The workloads beside a program tell more of it than those elsewhere.
    let settings = settings.get(name)?;
    let near = |setting: &Setting| {
        let theirs = seen.assets[setting.asset].scope.split('/');
        theirs.zip(scope.split('/')).take_while(|(a, b)| a == b).count()
    };
    let nearest = settings.iter().map(near).max()?;
    let mut answers = settings.iter().filter(|setting| near(setting) == nearest).map(|setting| {
        let scope = &seen.assets[setting.asset].scope;
        let references = setting.value.references(64);
        let targets = references.iter().flat_map(|reference| reference.chain());
        let mut targets =
            targets.filter_map(|r| by_address.get(&(scope.clone(), r.address.clone())).copied());
        (targets.next(), setting.value.clone())
    });
    let first = answers.next()?;
    // The same resource declared twice (a template and what it was compiled to) has one name.
    let same = |target: Option<usize>, value: &Node| match (first.0, target) {
        (Some(a), Some(b)) => {
            a == b
                || (seen.assets[a].kind == seen.assets[b].kind && seen.assets[a].name == seen.assets[b].name)
        }
        (None, None) => first.1.display() == value.display(),
        _ => false,
    };
    let agreed = answers.all(|(target, value)| same(target, &value));
    agreed.then_some(first)
}

/// Puts a value that a variable tells into a document of code.
fn fill(seen: &mut Observations, index: usize, key: &str, value: Node) {
    let asset = &mut seen.assets[index];
    let Value::Map(entries) = &mut asset.document.value else { return };
    let entries = Arc::make_mut(entries);
    if let (true, Some(url)) = (key == "endpoint", value.as_str()) {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = rest.split(['/', ':', '?']).next().unwrap_or(rest).to_ascii_lowercase();
        entries.insert("host".into(), Node { at: value.at.clone(), ..Node::from(&*host) });
        asset.aliases.insert(host.into());
    }
    entries.insert(key.into(), value);
}

/// The resources that answer at a service's host; the relation itself is stated by the kind's card.
fn by_host(seen: &Observations, code: &[usize], services: &mut BTreeMap<AssetId, usize>) {
    for index in code {
        let asset = &seen.assets[*index];
        let Some(host) = asset.document.get("host").and_then(Node::as_str) else { continue };
        let label = host.split('.').next().unwrap_or(host);
        let known = seen.assets.iter().position(|other| {
            &*other.kind == "azure.cognitive-services.account"
                && other.document.at_path("properties.customSubDomainName").and_then(Node::as_str)
                    == Some(label)
        });
        if let (Class::AiService, Some(known), true) = (asset.class, known, host.ends_with(".azure.com")) {
            services.insert(asset.id.clone(), known);
        }
    }
}

/// Models that code names by their deployment.
fn deployments(
    seen: &Observations,
    code: &[usize],
    services: &BTreeMap<AssetId, usize>,
    links: &mut Vec<Link>,
    joined: &mut BTreeMap<usize, Vec<Node>>,
) {
    for index in code.iter().filter(|index| seen.assets[**index].class == Class::Model) {
        let asset = &seen.assets[*index];
        let provider = asset.document.get("provider").and_then(Node::as_str).unwrap_or_default();
        let kind = match provider {
            "azure-openai" | "azure-ai" | "azure-ai-foundry" | "azure-ai-inference" => {
                "azure.cognitive-services.deployment"
            }
            "sagemaker" => "aws.sagemaker.endpoint",
            "vertex" => "google.vertex-ai.endpoint",
            _ => continue,
        };
        let Some(name) = asset.document.get("name").and_then(Node::as_str) else { continue };
        let mut named = (0..seen.assets.len()).filter(|i| {
            let other = &seen.assets[*i];
            &*other.kind == kind && other.name.eq_ignore_ascii_case(name)
        });
        let service = asset.document.get("service").and_then(Node::as_list).and_then(|list| {
            let address = &list.first()?.from.as_ref()?.address;
            let id = AssetId(
                format!("{}#{address}", if asset.scope.is_empty() { "." } else { &asset.scope }).into(),
            );
            services.get(&id).copied()
        });
        let all: Vec<usize> = named.by_ref().collect();
        let of_service = service.and_then(|account| all.iter().copied().find(|i| belongs(seen, *i, account)));
        let (target, how, confidence) = match (of_service, &all[..]) {
            (Some(target), _) => (target, "the name of a deployment of its account", "high"),
            (None, [only]) => (*only, "the name of the only deployment of that name", "medium"),
            _ => continue,
        };
        links.push(link(
            seen,
            *index,
            "deployed-as",
            target,
            asset.document.get("name").and_then(|n| n.at.clone()),
        ));
        joined.entry(*index).or_default().push(told_by(&seen.assets[target].name, how, confidence));
    }
}

/// Whether a deployment's document names the account.
fn belongs(seen: &Observations, deployment: usize, account: usize) -> bool {
    let (deployment, account) = (&seen.assets[deployment], &seen.assets[account]);
    if deployment.scope != account.scope {
        return false;
    }
    let Some(parent) = deployment.document.get("parent") else { return false };
    let refers = parent.references(16).iter().any(|r| r.chain().any(|r| r.address == account.address));
    refers || parent.as_str().is_some_and(|id| id.rsplit('/').next() == Some(&account.name))
}

/// Applications and the workloads that give them their variables.
fn applications(
    seen: &Observations,
    code: &[usize],
    settings: &BTreeMap<Arc<str>, Vec<Setting>>,
    links: &mut Vec<Link>,
) {
    let mut read: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for index in code {
        let asset = &seen.assets[*index];
        let variables = asset.document.get("environment").and_then(Node::as_map).cloned().unwrap_or_default();
        let names = variables.values().filter_map(|node| node.as_str().map(Arc::from));
        let names = names.filter(|name: &Arc<str>| !COMMON.contains(&&**name));
        read.entry(asset.scope.clone()).or_default().extend(names);
    }
    for (scope, variables) in read {
        let id = format!("{}#application", if scope.is_empty() { "." } else { &scope });
        let Some(application) = seen.assets.iter().position(|asset| *asset.id.0 == *id) else { continue };
        let mut shared: BTreeMap<usize, BTreeSet<&Arc<str>>> = BTreeMap::new();
        for name in &variables {
            for setting in settings.get(name).into_iter().flatten() {
                shared.entry(setting.asset).or_default().insert(name);
            }
        }
        for (workload, names) in shared.into_iter().filter(|(_, names)| names.len() > 1) {
            let at = names.iter().find_map(|name| {
                let mut of = settings[*name].iter().filter(|setting| setting.asset == workload);
                of.find_map(|setting| setting.value.at.clone())
            });
            links.push(link(seen, workload, "runs", application, at));
        }
    }
}

/// Jobs of a pipeline that are given the key which a program beside it reads: `secrets.OPENAI_API_KEY`.
fn pipelines(seen: &Observations, code: &[usize], links: &mut Vec<Link>) {
    for (job, asset) in seen.assets.iter().enumerate().filter(|(_, a)| a.class == Class::CiPipeline) {
        let secrets = asset.document.get("secrets").and_then(Node::as_list);
        let folder = asset.scope.split(".github/").next().unwrap_or_default().trim_end_matches('/');
        for secret in secrets.into_iter().flat_map(|list| list.iter()) {
            let Some(name) = secret.as_str() else { continue };
            for index in code {
                let service = &seen.assets[*index];
                let key = service.document.at_path("environment.key").and_then(Node::as_str);
                let beside = folder.is_empty()
                    || service
                        .scope
                        .strip_prefix(folder)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                if service.class == Class::AiService && key == Some(name) && beside {
                    links.push(link(seen, job, "given-key", *index, secret.at.clone()));
                }
            }
        }
    }
}
