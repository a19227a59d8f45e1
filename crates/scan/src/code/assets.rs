//! From components to observations: one asset for one thing of an application, however often its code names it.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::sdk::Role;
use model::{Asset, AssetId, Evidence, Link, Node, Observations, Reference, Value};

use super::component::{Component, digest, host, kind, short};
use super::gather::Gather;
use super::servers;
use super::settings::is_secret;

/// The longest prompt that a document holds; the digest is of the whole.
const PROMPT: usize = 2_000;

/// Scope and address.
type Key = (Arc<str>, Arc<str>);
/// The things that each key of a document names.
type Linked = BTreeMap<Arc<str>, Vec<Key>>;

/// Writes down what was gathered.
pub(super) fn observe(gather: Gather, seen: &mut Observations) {
    let Gather { components, catalog, .. } = gather;
    let addresses = addresses(&components);
    // The same thing, seen several times.
    let mut things: BTreeMap<Key, Component> = BTreeMap::new();
    let mut links: BTreeMap<Key, Linked> = BTreeMap::new();
    for (component, address) in components.iter().zip(&addresses) {
        let key = (component.scope.clone(), address.clone());
        for (name, to) in &component.links {
            let named = links.entry(key.clone()).or_default().entry(name.clone()).or_default();
            for index in to {
                let to = (components[*index].scope.clone(), addresses[*index].clone());
                if to != key && !named.contains(&to) {
                    named.push(to);
                }
            }
        }
        match things.get_mut(&key) {
            Some(known) => known.take_in(component.clone()),
            None => _ = things.insert(key, component.clone()),
        }
    }
    let names: BTreeMap<Key, String> =
        things.iter().map(|(key, component)| (key.clone(), component.name())).collect();
    for ((scope, address), component) in &things {
        let key = (scope.clone(), address.clone());
        let mut linked = links.remove(&key).unwrap_or_default();
        linked.values_mut().for_each(|to| to.sort());
        if let Some(asset) = asset(component, scope, address, &linked, &names) {
            let application = Reference { address: "application".into(), attribute: "".into(), via: None };
            seen.links.push(Link {
                from: asset.id.clone(),
                relation: "uses".into(),
                kinds: vec!["code.application".into()],
                target: Node { from: Some(Arc::new(application)), ..Node::unknown("the application") },
                reverse: true,
            });
            seen.assets.push(asset);
            if component.role == Role::McpClient {
                servers::observe(component, address, catalog, seen);
            }
        }
    }
}

/// The addresses of all components; those of different things that would be called alike are told apart by what they hold.
pub(super) fn addresses(components: &[Component]) -> Vec<Arc<str>> {
    let plain: Vec<String> = components.iter().map(Component::address).collect();
    let by_name = |role| matches!(role, Role::Agent | Role::Tool | Role::McpServer | Role::McpClient);
    let mut different: BTreeMap<(&Arc<str>, &str), Vec<String>> = BTreeMap::new();
    let content = |component: &Component| {
        let values = component.values.iter().map(|(key, node)| format!("{key}={}", node.brief()));
        digest(&values.collect::<Vec<_>>().join("\n"))
    };
    for (component, address) in components.iter().zip(&plain).filter(|(c, _)| by_name(c.role)) {
        let known = different.entry((&component.scope, address)).or_default();
        let content = content(component);
        if !known.contains(&content) {
            known.push(content);
        }
    }
    let told = |(component, address): (&Component, &String)| -> Arc<str> {
        let others = different.get(&(&component.scope, address.as_str())).map_or(0, Vec::len);
        match by_name(component.role) && others > 1 {
            true => format!("{address}~{}", &content(component)[..6]).into(),
            false => address.as_str().into(),
        }
    };
    components.iter().zip(&plain).map(told).collect()
}

fn asset(
    component: &Component,
    scope: &Arc<str>,
    address: &Arc<str>,
    linked: &Linked,
    names: &BTreeMap<Key, String>,
) -> Option<Asset> {
    let (kind, class) = kind(component.role)?;
    // A model of which nothing is known is none.
    let known = |key: &str| component.values.get(key).is_some_and(|node| !node.is_unknown());
    let has_text = || {
        component.values.get("text").is_some_and(|text| text.as_str().is_none_or(|t| !t.trim().is_empty()))
    };
    if component.role == Role::Prompt && !has_text() {
        return None;
    }
    let says = |key: &str| component.values.contains_key(key) || component.links.contains_key(key);
    if component.role == Role::Model
        && (!["name", "provider", "source", "endpoint"].iter().any(|key| known(key))
            || !["name", "source", "endpoint", "prompt", "tools"].iter().any(|key| says(key)))
    {
        return None;
    }
    let mut document: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    let read = component.reads.iter().map(|(key, name)| (key.clone(), Node::from(name.clone())));
    let mut environment: BTreeMap<Arc<str>, Node> = read.collect();
    for (key, node) in &component.values {
        if let Some(from) = &node.from
            && let Some(variable) = from.address.strip_prefix("environment/")
        {
            let at = node.at.clone();
            environment.insert(key.clone(), Node { at, ..Node::from(variable) });
        }
        let node = Node { from: None, ..node.clone() };
        match &**key {
            // A key that is written where a credential is taken is a key, and is not shown either.
            "credential" if matches!(node.value, Value::String(_)) => {
                let source = key_source(&node, component.values.get(key), component.reads.get(key));
                document.entry("key".into()).or_insert(source);
            }
            "headers" | "env" => _ = document.insert(key.clone(), hidden(node, 0)),
            "key" => {
                let source = key_source(&node, component.values.get(key), component.reads.get(key));
                document.insert(key.clone(), source);
            }
            "text" => {
                let text = node.brief();
                document.insert("sha256".into(), Node::from(&*digest(&text)));
                document.insert(key.clone(), shortened(node));
            }
            _ => _ = document.insert(key.clone(), node),
        }
    }
    if let Some(endpoint) = component.values.get("endpoint").and_then(Node::as_str) {
        document.insert("host".into(), Node::from(host(endpoint)));
    }
    if component.reads.contains_key("key") && !document.contains_key("key") {
        document.insert("key".into(), key_source(&Node::null(), None, component.reads.get("key")));
    }
    if !environment.is_empty() {
        document.insert("environment".into(), Node::from(Value::map(environment)));
    }
    if let Some(package) = &component.package {
        document.insert("package".into(), Node::from(package.clone()));
    }
    for (key, to) in linked {
        let nodes = to.iter().map(|target| {
            let reference = Reference { address: target.1.clone(), attribute: "".into(), via: None };
            let name = names.get(target).map_or("?", |name| name.as_str());
            Node { from: Some(Arc::new(reference)), ..Node::from(name) }
        });
        let mut nodes: Vec<Node> = nodes.collect();
        if let Some(known) = document.remove(key)
            && let Some(items) = known.as_list()
        {
            nodes.extend(items.iter().cloned());
        }
        document.insert(key.clone(), Value::list(nodes).into());
    }
    if component.role == Role::Tool {
        let tool = Node::from(Value::map(document.clone()));
        document.insert("signs".into(), Value::list(crate::agents::tool_signs(&[tool])).into());
    }
    let position = component.seen.first().cloned();
    let at = position.map(Arc::new);
    let root = if scope.is_empty() { "." } else { scope };
    let name = component.name();
    let mut aliases = std::collections::BTreeSet::new();
    aliases.extend(
        component
            .values
            .get("endpoint")
            .and_then(Node::as_str)
            .filter(|_| component.role == Role::Service)
            .map(|e| Arc::from(host(e))),
    );
    Some(Asset {
        id: AssetId(format!("{root}#{address}").into()),
        kind: kind.into(),
        class,
        name: short(&name),
        address: address.clone(),
        scope: scope.clone(),
        source_type: kind.into(),
        aliases,
        document: Node { at, ..Value::map(document).into() },
        evidence: component.seen.iter().cloned().map(Evidence::Source).collect(),
        sightings: Vec::new(),
    })
}

/// What is sent along, without the secrets in it.
fn hidden(node: Node, depth: u32) -> Node {
    let Value::Map(entries) = &node.value else { return node };
    let secret = |name: &str| is_secret(name) || name.eq_ignore_ascii_case("authorization");
    let each = entries.iter().map(|(name, value)| {
        let sensitive = value.sensitive || secret(name) && value.as_map().is_none();
        let value = if depth < 4 { hidden(value.clone(), depth + 1) } else { value.clone() };
        (name.clone(), Node { sensitive, ..value })
    });
    let value = Value::map(each.collect());
    Node { value, ..node }
}

/// Where a key comes from, never the key.
fn key_source(node: &Node, whole: Option<&Node>, read: Option<&Arc<str>>) -> Node {
    let variable = whole
        .and_then(|node| node.from.as_ref())
        .and_then(|from| from.address.strip_prefix("environment/").map(str::to_owned))
        .or_else(|| read.map(ToString::to_string));
    let mut map: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    let source = match (&variable, &node.value) {
        (Some(_), _) => "environment",
        (None, Value::String(text)) if !text.is_empty() => "literal",
        (None, Value::Null) => "none",
        _ => "unknown",
    };
    map.insert("source".into(), Node::from(source));
    map.extend(variable.map(|name| (Arc::from("name"), Node::from(&*name))));
    Node { at: node.at.clone(), ..Value::map(map).into() }
}

fn shortened(node: Node) -> Node {
    match &node.value {
        Value::String(text) if text.len() > PROMPT => {
            let end = (0..=PROMPT).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
            Node { value: Value::string(&text[..end]), ..node }
        }
        _ => node,
    }
}
