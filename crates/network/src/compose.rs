//! Compose: services reach each other in the networks that they share, and the world at the ports of the host.
//!
//! <https://docs.docker.com/reference/compose-file/networks/>, <https://docs.docker.com/engine/network/port-publishing/>
//! (without an address a port is published on all of the host's, past its firewall).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graph::Origin;
use model::{Asset, Node, Value, Verdict};

use crate::address::Addresses;
use crate::facts::Facts;
use crate::packets::Party;
use crate::place::{Found, Networks, Place};
use crate::ports::{Ports, Protocol};
use crate::read::{self, called, grounds, of_kind, text};

pub(crate) fn places(facts: &Facts<'_>, networks: &mut Networks, found: &mut Found) -> Vec<Place> {
    let graph = facts.graph;
    let mut software: BTreeMap<(Arc<str>, String), Vec<usize>> = BTreeMap::new();
    for (index, asset) in of_kind(graph, "self-hosted.") {
        if let Some((owner, _)) = asset.address.split_once('/') {
            software.entry((asset.scope.clone(), owner.to_owned())).or_default().push(index);
        }
    }
    let mut shared: BTreeMap<(Arc<str>, String), (usize, BTreeSet<usize>)> = BTreeMap::new();
    for (index, asset) in of_kind(graph, "containers.compose.service") {
        let mut members = vec![index];
        members.extend(software.get(&(asset.scope.clone(), asset.address.to_string())).into_iter().flatten());
        published(asset, &members, found);
        for network in networks_of(asset) {
            let place = shared.entry((asset.scope.clone(), network)).or_default();
            place.0 += 1;
            place.1.extend(&members);
        }
    }
    let mut places = Vec::new();
    for ((scope, network), (services, members)) in shared {
        let Some(first) = members.first().map(|m| &graph.assets()[*m]) else { continue };
        let stands =
            Some(grounds(format!("they share the network {network}"), first.document.get("networks"), first));
        places.push(Place {
            members: members.into_iter().collect(),
            party: Party { addresses: Addresses::four(), ..Party::default() },
            network: Some(networks.id(&format!("compose {scope} {network}"))),
            listens: Ports::all(),
            sends: true,
            single: services == 1,
            stands,
            ..Place::default()
        });
    }
    places
}

/// The networks of a service: those that it names, else the one that every project has.
fn networks_of(asset: &Asset) -> Vec<String> {
    if let Some(mode) = asset.document.get("network_mode").filter(|n| !n.is_null()) {
        // The host's network is nobody's own; `none` is no network.
        return match mode.as_str() {
            Some("bridge") => vec!["bridge".into()],
            _ => Vec::new(),
        };
    }
    let stated = asset.document.get("networks").filter(|n| !n.is_null());
    let named: Vec<String> = match stated.map(|n| (&n.value, n)) {
        Some((Value::Map(entries), _)) => entries.keys().map(ToString::to_string).collect(),
        Some((_, node)) => read::list(Some(node)).into_iter().map(Node::display).collect(),
        None => Vec::new(),
    };
    if named.is_empty() { vec!["default".into()] } else { named }
}

fn published(asset: &Asset, members: &[usize], found: &mut Found) {
    let name = called(asset);
    let condition = || Verdict::Conditional(vec!["the host is reached from the internet".into()]);
    if read::word(&asset.document, "network_mode") == Some("host") {
        let told = vec![grounds(
            format!("service {name} uses the network of the host"),
            asset.document.get("network_mode"),
            asset,
        )];
        found.add(vec![Origin::Internet], members.iter().copied(), Ports::all(), condition(), told);
    }
    for node in read::list(asset.document.get("ports")) {
        let Some((address, ports)) = port(node) else { continue };
        let shown = read::shown(node);
        let (ports, mut verdict) = match ports {
            Ok(ports) => (ports, condition()),
            Err((reason, ports)) => (ports, Verdict::Unknown(reason)),
        };
        match address {
            Ok(address) if matches!(&*address, "localhost" | "::1") || address.starts_with("127.") => {
                continue;
            }
            Ok(_) => {}
            Err(reason) => verdict = Verdict::Unknown(reason),
        }
        let told = vec![grounds(format!("service {name} publishes {shown} on the host"), Some(node), asset)];
        found.add(vec![Origin::Internet], members.iter().copied(), ports, verdict, told);
    }
}

type Published = Result<Ports, (Arc<str>, Ports)>;

/// The address and the ports of the host that an entry publishes.
fn port(node: &Node) -> Option<(Result<String, Arc<str>>, Published)> {
    let whole = |protocol| Ports::whole(protocol);
    if node.as_map().is_some() {
        let protocol = Protocol::parse(read::word(node, "protocol").unwrap_or("tcp"));
        let address = node.get("host_ip").filter(|n| !n.is_null()).map_or(Ok(String::new()), text);
        let ports = match node.get("published").filter(|n| !n.is_null()) {
            // A port that Docker chooses when the container starts.
            None => Ok(whole(protocol)),
            Some(stated) => match text(stated) {
                Ok(t) => Ok(Ports::parse(protocol, &t).unwrap_or_else(|| whole(protocol))),
                Err(reason) => Err((reason, whole(protocol))),
            },
        };
        return Some((address, ports));
    }
    let stated = match text(node) {
        Ok(text) => text,
        Err(reason) => return Some((Ok(String::new()), Err((reason, whole(Protocol::Tcp))))),
    };
    let (stated, protocol) = stated.split_once('/').unwrap_or((&stated, "tcp"));
    let protocol = Protocol::parse(protocol);
    let mut parts: Vec<&str> = stated.rsplitn(3, ':').collect();
    parts.reverse();
    let (address, published) = match parts[..] {
        [address, published, _] => (address.trim_matches(['[', ']']), published),
        [published, _] => ("", published),
        _ => ("", ""),
    };
    let ports = if published.is_empty() { whole(protocol) } else { Ports::parse(protocol, published)? };
    Some((Ok(address.to_owned()), Ok(ports)))
}
