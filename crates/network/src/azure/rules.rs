//! The rules of network security groups as `packets` has them, seen from one place: by priority, then those that every
//! group has. <https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview>

use std::collections::BTreeSet;
use std::sync::Arc;

use graph::Graph;
use model::{Asset, Node};

use crate::address::Addresses;
use crate::packets::{Action, Label, Layer, Peers, Rule};
use crate::ports::{self, Ports, Protocol};
use crate::read::{self, called, grounds, named, text};

const GROUPS: &str = "azure.network.application-security-group";

/// What of a rule's own side decides whether it is meant for a place.
pub(super) struct Own<'p> {
    pub addresses: &'p Addresses,
    pub groups: &'p BTreeSet<usize>,
}

/// One side of a rule.
#[derive(Default)]
struct Side<'n> {
    addresses: Addresses,
    labels: BTreeSet<Label>,
    groups: BTreeSet<usize>,
    /// Everything, or everything of the network.
    all: bool,
    network: bool,
    unknown: Option<Arc<str>>,
    nodes: Vec<&'n Node>,
}

/// The layers of a group for a place, in and out.
pub(super) fn layers(graph: &Graph, index: usize, own: &Own<'_>) -> (Layer, Layer) {
    let asset = &graph.assets()[index];
    let (mut inbound, mut outbound) = (Vec::new(), Vec::new());
    let stated = asset.document.at_path("properties.securityRules");
    if let Some(node) = stated.filter(|n| n.is_unknown()) {
        let why = grounds(format!("the rules of {} are not known", called(asset)), stated, asset);
        let rule = Rule {
            action: Action::Allow,
            peers: Peers::anybody(),
            ports: Ports::all(),
            doubt: text(node).err(),
            grounds: why,
        };
        inbound.push((0, rule.clone()));
        outbound.push((0, rule));
    }
    for node in read::list(stated) {
        // Everything stands in `properties`, but for what somebody wrote flat.
        let body = node.get("properties").unwrap_or(node);
        if let Some(node) = Some(node).filter(|n| n.is_unknown()) {
            let why = grounds(format!("a rule of {} is not known", called(asset)), Some(node), asset);
            let doubt = text(node).err();
            inbound.push((
                0,
                Rule {
                    action: Action::Allow,
                    peers: Peers::anybody(),
                    ports: Ports::all(),
                    doubt,
                    grounds: why,
                },
            ));
            continue;
        }
        let into = !read::word(body, "direction").is_some_and(|d| d.eq_ignore_ascii_case("outbound"));
        let list = if into { &mut inbound } else { &mut outbound };
        list.extend(rule(graph, index, asset, node, body, into, own));
    }
    let layer = |mut rules: Vec<(i64, Rule)>, into: bool| {
        rules.sort_by_key(|(priority, _)| *priority);
        let mut rules: Vec<Rule> = rules.into_iter().map(|(_, r)| r).collect();
        let labels = |l: &str| BTreeSet::from([Label::Text(l.into())]);
        let fixed = |label: Option<&str>, name: &str| Rule {
            action: Action::Allow,
            peers: label.map_or_else(Peers::anybody, |l| Peers { labels: labels(l), ..Peers::default() }),
            ports: Ports::all(),
            doubt: None,
            grounds: grounds(
                format!("rule {name}, which every network security group has, of {}", called(asset)),
                None,
                asset,
            ),
        };
        rules
            .push(fixed(Some("VirtualNetwork"), if into { "AllowVnetInBound" } else { "AllowVnetOutBound" }));
        if !into {
            rules.push(fixed(Some("Internet"), "AllowInternetOutBound"));
        }
        Layer { rules, otherwise: Action::Deny, silence: None }
    };
    (layer(inbound, true), layer(outbound, false))
}

fn rule(
    graph: &Graph,
    index: usize,
    asset: &Asset,
    node: &Node,
    body: &Node,
    into: bool,
    own: &Own<'_>,
) -> Option<(i64, Rule)> {
    let source = side(graph, index, body, "source");
    let destination = side(graph, index, body, "destination");
    let (peer, mine) = if into { (source, destination) } else { (destination, source) };
    let mut doubt: Option<Arc<str>> = None;
    // Only what is meant for this place.
    let meant = mine.all
        || mine.network
        || mine.groups.iter().any(|g| own.groups.contains(g))
        || mine.addresses.holds_all(own.addresses);
    if !meant {
        if let Some(reason) = &mine.unknown {
            doubt = Some(reason.clone());
        } else if !mine.addresses.and(own.addresses).is_empty() {
            let shown: Vec<String> = mine.nodes.iter().take(3).map(|n| read::shown(n)).collect();
            doubt = Some(format!("whether its address is in {} is not known", shown.join(", ")).into());
        } else {
            return None;
        }
    }
    let protocol = match body.get("protocol").map(text) {
        Some(Ok(t)) => Protocol::parse(&t),
        Some(Err(reason)) => {
            doubt = doubt.or(Some(reason));
            Protocol::All
        }
        None => Protocol::All,
    };
    let stated: Vec<&Node> = read::lists(body, &["destinationPortRange", "destinationPortRanges"]);
    let mut sets = Vec::new();
    for port in &stated {
        match text(port) {
            Ok(t) if t.is_empty() => {}
            Ok(t) => sets.push(Ports::parse(protocol, &t).unwrap_or_else(|| Ports::whole(protocol))),
            Err(reason) => {
                doubt = doubt.or(Some(reason));
                sets.push(Ports::whole(protocol));
            }
        }
    }
    let ports = if sets.is_empty() { Ports::whole(protocol) } else { Ports::of(sets) };
    let action = match body.get("access").map(text) {
        Some(Err(reason)) => {
            doubt = doubt.or(Some(reason));
            Action::Allow
        }
        Some(Ok(t)) if t.eq_ignore_ascii_case("deny") => Action::Deny,
        _ => Action::Allow,
    };
    let priority = body.get("priority").and_then(ports::number);
    if priority.is_none() {
        doubt = doubt
            .or_else(|| Some(format!("the priority of a rule of {} is not known", called(asset)).into()));
    }
    let mut peers = Peers { addresses: peer.addresses, labels: peer.labels, unknown: peer.unknown };
    if peer.all {
        peers = Peers::anybody();
    }
    let who: Vec<String> = peer.nodes.iter().take(3).map(|n| read::shown(n)).collect();
    let name = read::word(node, "name").unwrap_or("without a name");
    let way = if into { "in" } else { "out" };
    let does = if action == Action::Allow { "lets" } else { "keeps" };
    let says = format!("rule {name} of {} {does} {} {way} on {ports}", called(asset), who.join(", "));
    let at = body.get("access").filter(|n| n.at.is_some()).or(Some(node));
    Some((
        priority.unwrap_or(i64::MAX),
        Rule { action, peers, ports, doubt, grounds: grounds(says, at, asset) },
    ))
}

fn side<'n>(graph: &Graph, index: usize, body: &'n Node, which: &str) -> Side<'n> {
    let mut side = Side::default();
    for key in [format!("{which}AddressPrefix"), format!("{which}AddressPrefixes")] {
        for node in read::list(body.get(&key)) {
            match text(node) {
                Ok(t) if t.is_empty() => continue,
                Ok(t) if t == "*" || t.eq_ignore_ascii_case("any") => side.all = true,
                Ok(t) => match Addresses::parse(&t) {
                    // Of all of version 4 is meant everybody.
                    Some(set) => side.addresses = side.addresses.or(&set),
                    None => {
                        side.network |= t.eq_ignore_ascii_case("VirtualNetwork");
                        let tag =
                            ["VirtualNetwork", "Internet"].into_iter().find(|k| t.eq_ignore_ascii_case(k));
                        side.labels.insert(Label::Text(tag.map_or_else(|| t.as_str().into(), Into::into)));
                    }
                },
                Err(reason) => side.unknown = Some(reason),
            }
            side.nodes.push(node);
        }
    }
    for node in read::list(body.get(&format!("{which}ApplicationSecurityGroups"))) {
        let id = node.get("id").unwrap_or(node);
        match named(graph, index, id, &[GROUPS]) {
            Some(group) => {
                side.groups.insert(group);
                side.labels.insert(Label::Asset(group));
            }
            None => _ = side.labels.insert(Label::Text(id.display().into())),
        }
        side.nodes.push(id);
    }
    if side.nodes.is_empty() {
        side.all = true;
    }
    side
}
