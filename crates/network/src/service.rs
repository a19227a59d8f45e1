//! Services with a public endpoint of their own, of which the cards say whether it is open: storage, search, models,
//! agents, functions. Who may do anything there is not asked here.

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::Origin;
use model::{Asset, Class, Node, Value, Verdict};

use crate::address::Addresses;
use crate::facts::{Facts, Held};
use crate::place::{Found, Place};
use crate::ports::Ports;
use crate::read::{self, called, of_kind};

/// Nodes of a document that are looked at for the name of an attribute.
const MAX_NODES: usize = 20_000;

/// Kinds that tell of things which are elsewhere: who reaches those is not written where they are named.
const ELSEWHERE: [&str; 3] = ["code.", "agents.", "secrets."];

pub(crate) fn routes(facts: &Facts<'_>, found: &mut Found) {
    for (index, asset) in facts.graph.assets().iter().enumerate() {
        if asset.class == Class::NetworkRule || ELSEWHERE.iter().any(|e| asset.kind.starts_with(e)) {
            continue;
        }
        let Some((open, reads)) = endpoint(facts, index) else { continue };
        let https = || Ports::tcp(443);
        let everybody = open == Ok(true);
        match open {
            Ok(true) => {
                let told = facts.grounds(index, sentence(asset, &reads), &reads);
                found.add(vec![Origin::Internet], [index], https(), Verdict::Allowed, told);
            }
            Err(reason) => {
                let says = format!("whether {} is open to the internet is not known", called(asset));
                let told = facts.grounds(index, says, &reads);
                found.add(vec![Origin::Internet], [index], https(), Verdict::Unknown(reason), told);
            }
            Ok(false) => {}
        }
        if !everybody {
            ranges(facts, index, asset, found);
        }
    }
}

/// Whether a service has an open endpoint. Of a machine with a proxy in front it is the proxy's.
fn endpoint<'g>(facts: &Facts<'g>, index: usize) -> Option<Held<'g>> {
    if let Some(proxy) = facts.holds(index, "public_endpoint") {
        return Some(proxy);
    }
    if facts.graph.assets()[index].class == Class::Notebook && !facts.listens(index).is_empty() {
        return None;
    }
    facts.holds(index, "open_to_internet")
}

/// The ranges that are let in where not everybody is.
fn ranges(facts: &Facts<'_>, index: usize, asset: &Asset, found: &mut Found) {
    for node in facts.nodes(index, "allowed_ranges") {
        let (addresses, _) = read::addresses([&node]);
        let outside = addresses.and(&Addresses::public());
        let (from, verdict) = match read::text(&node) {
            Ok(text) if !outside.is_empty() => (Origin::Range(text.into()), Verdict::Allowed),
            Ok(_) => continue,
            Err(reason) => (Origin::Internet, Verdict::Unknown(reason)),
        };
        let says = format!("{} lets {} in", called(asset), read::shown(&node));
        let told = facts.grounds(index, says, &[&node]);
        found.add(vec![from], [index], Ports::tcp(443), verdict, told);
    }
}

/// What decided, with the names of the attributes.
fn sentence(asset: &Asset, reads: &[&Node]) -> String {
    let mut paths: BTreeMap<*const Node, String> = BTreeMap::new();
    walk(&asset.document, String::new(), &mut paths, &mut { MAX_NODES });
    let mut said: Vec<String> = Vec::new();
    for node in reads.iter().filter(|n| n.as_list().is_none() && n.as_map().is_none()) {
        let Some(path) = paths.get(&std::ptr::from_ref(*node)) else { continue };
        let default = if node.default { " (default)" } else { "" };
        let one = format!("{path} is {}{default}", read::shown(node));
        if said.len() < 4 && !said.contains(&one) {
            said.push(one);
        }
    }
    match said.is_empty() {
        true => format!("{} answers at a public endpoint of its service; permissions decide", called(asset)),
        false => format!("{} has a public endpoint: {}", called(asset), said.join(", ")),
    }
}

fn walk(node: &Node, path: String, paths: &mut BTreeMap<*const Node, String>, budget: &mut usize) {
    let Some(left) = budget.checked_sub(1) else { return };
    *budget = left;
    if path.len() > 2_000 {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            for (key, inner) in entries.iter() {
                let dot = if path.is_empty() { "" } else { "." };
                walk(inner, format!("{path}{dot}{key}"), paths, budget);
            }
        }
        Value::List(items) => items.iter().for_each(|inner| walk(inner, path.clone(), paths, budget)),
        Value::Json(inner) => walk(inner, path.clone(), paths, budget),
        _ => {}
    }
    paths.insert(std::ptr::from_ref(node), path);
}

/// What services let in from inside by their own rules.
pub(crate) fn inside(facts: &Facts<'_>, places: &[Place], found: &mut Found) {
    subnet_rules(facts, places, found);
}

/// Services that let in what stands in a subnet (service endpoints).
fn subnet_rules(facts: &Facts<'_>, places: &[Place], found: &mut Found) {
    let graph = facts.graph;
    for kind in ["azure.storage.account", "azure.cosmos-db.account", "azure.key-vault.vault"] {
        for (index, asset) in of_kind(graph, kind) {
            if read::word(&asset.document, "properties.publicNetworkAccess")
                .is_some_and(|p| p.eq_ignore_ascii_case("disabled"))
            {
                continue;
            }
            for subnet in graph.ends(index, "in-network", Some("azure.network.subnet"), false).assets {
                let senders = places.iter().filter(|p| p.sends && p.subnets.contains(&subnet));
                let from: std::collections::BTreeSet<usize> =
                    senders.flat_map(|p| p.members.iter().copied()).collect();
                let name = called(&graph.assets()[subnet]);
                let says = format!("{} lets in what stands in subnet {name}", called(asset));
                let at = graph.stated_at(index, subnet).cloned().map(|at| Node::default().at(Arc::new(at)));
                let told = vec![read::grounds(says, at.as_ref(), asset)];
                found.add(
                    from.into_iter().map(Origin::Asset).collect(),
                    [index],
                    Ports::tcp(443),
                    Verdict::Allowed,
                    told,
                );
            }
        }
    }
}
