//! MCP servers that a program starts or calls, as the same kind of asset that a client's configuration file gives.

use std::sync::Arc;

use catalog::Catalog;
use model::{Asset, AssetId, Class, Evidence, Link, Node, Observations, Reference};

use super::component::{Component, short};
use crate::agents::{Declared, KnownServers, server_document};

/// Describes the server behind a client, where the code says which one it is.
pub(super) fn observe(client: &Component, address: &str, catalog: &Catalog, seen: &mut Observations) {
    let known =
        |key: &str| client.values.get(key).filter(|node| !node.is_unknown() && !node.is_null()).cloned();
    let (command, url) = (known("command"), known("url"));
    if command.is_none() && url.is_none() {
        return;
    }
    let entries = |key: &str| {
        let map = client.values.get(key).and_then(Node::as_map);
        map.map(|map| map.iter().map(|(name, node)| (name.clone(), node.clone())).collect())
            .unwrap_or_default()
    };
    let list = |key: &str| match client.values.get(key) {
        Some(node) => node.as_list().map_or_else(|| vec![node.clone()], |items| items.to_vec()),
        None => Vec::new(),
    };
    let name = client.name();
    let declared = Declared {
        name: name.clone(),
        origin: "code",
        command,
        args: list("args"),
        url,
        transport: client.text("transport").map(str::to_owned),
        env: entries("env"),
        headers: entries("headers"),
        authenticated: client.values.contains_key("auth").then_some(true),
        ..Declared::default()
    };
    let document = server_document(&declared, &KnownServers::of(catalog));
    let scope = &client.scope;
    let root = if scope.is_empty() { "." } else { scope };
    let own: Arc<str> = format!("started/{address}").into();
    let at = client.seen.first().cloned();
    let asset = Asset {
        id: AssetId(format!("{root}#{own}").into()),
        kind: "agents.mcp-server".into(),
        class: Class::McpServer,
        name: short(&name),
        address: own.clone(),
        scope: scope.clone(),
        source_type: "agents.mcp-server".into(),
        aliases: Default::default(),
        document: Node { at: at.map(Arc::new), ..document },
        evidence: client.seen.iter().cloned().map(Evidence::Source).collect(),
        sightings: Vec::new(),
    };
    let to = Reference { address: own, attribute: "".into(), via: None };
    seen.links.push(Link {
        from: AssetId(format!("{root}#{address}").into()),
        relation: "connects-to".into(),
        kinds: vec!["agents.mcp-server".into()],
        target: Node { from: Some(Arc::new(to)), ..Node::unknown("the server") },
        reverse: false,
    });
    seen.assets.push(asset);
}
