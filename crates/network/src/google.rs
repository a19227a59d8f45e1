//! Google VPC networks: where instances stand, and the firewall rules that hold for them.
//!
//! Sources: <https://cloud.google.com/firewall/docs/firewalls> (priority, deny before allow, implied rules, the rules of
//! the default network), <https://cloud.google.com/vpc/docs/vpc-peering>, <https://cloud.google.com/load-balancing/docs/forwarding-rule-concepts>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graph::{Graph, Origin};
use model::{Asset, Grounds, Node, Verdict};

use crate::address::Addresses;
use crate::facts::Facts;
use crate::packets::{Action, Label, Layer, Party, Peers, Rule};
use crate::place::{Found, Networks, Place, Way};
use crate::ports::{self, Ports, Protocol};
use crate::read::{self, called, grounds, named, of_kind, text};

const NETWORK: &str = "google.compute.network";
const SUBNETWORK: &str = "google.compute.subnetwork";

/// A network: an asset, or one that is named and not described.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    Asset(usize),
    Named(Arc<str>, String),
}

/// What rules tell machines apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    network: Network,
    subnet: Option<usize>,
    tags: BTreeSet<String>,
    /// Why there may be more tags.
    open: Option<Arc<str>>,
    account: Option<Label>,
}

type Alike = BTreeMap<(Standing, Vec<Way>, Ports, bool), BTreeSet<usize>>;

pub(crate) fn places(facts: &Facts<'_>, networks: &mut Networks, found: &mut Found) -> Vec<Place> {
    let graph = facts.graph;
    if !graph.assets().iter().any(|a| a.kind.starts_with("google.")) {
        return Vec::new();
    }
    peerings(graph, networks);
    forwarding(graph, found);
    let mut firewalls: BTreeMap<Network, Vec<usize>> = BTreeMap::new();
    for (index, asset) in of_kind(graph, "google.compute.firewall") {
        let network = network(graph, index, asset.document.get("network"), None);
        firewalls.entry(network).or_default().push(index);
    }
    let mut alike = Alike::new();
    for (index, asset) in of_kind(graph, "google.") {
        let listens = facts.listens(index);
        let sends = facts.sends(index);
        let described = graph.outgoing(index).iter().any(|e| &*e.relation == "in-network");
        if listens.is_empty() && !(sends && described) {
            continue;
        }
        for interface in interfaces(asset) {
            let standing = standing(graph, index, asset, &interface);
            let ways = if listens.is_empty() { Vec::new() } else { public(facts, index, asset, &interface) };
            alike.entry((standing, ways, listens.clone(), sends)).or_default().insert(index);
        }
    }
    let mut places = Vec::new();
    for ((standing, public, listens, sends), members) in alike {
        let none = Vec::new();
        let rules = firewalls.get(&standing.network).unwrap_or(&none);
        let (inbound, outbound) = layers(graph, rules, &standing);
        let mut party = Party::default();
        party.labels.extend(standing.tags.iter().map(|t| Label::Text(t.as_str().into())));
        party.labels.extend(standing.account.clone());
        let subnet = standing.subnet.map(|s| &graph.assets()[s].document);
        let (addresses, vague) =
            subnet.map(|d| read::addresses(read::list(d.get("ipCidrRange")))).unwrap_or_default();
        party.vague = vague;
        party.addresses = addresses;
        if party.addresses.is_empty() {
            // Networks in automatic mode take their subnets from here.
            let auto = matches!(standing.network, Network::Named(..));
            let range = if auto { Addresses::parse("10.128.0.0/9") } else { None };
            party.vague = range.is_none().then(|| "the addresses of its subnet are not known".into());
            party.addresses = range.unwrap_or_else(Addresses::four);
        }
        let network = networks.id(&key(&standing.network));
        places.push(Place {
            members: members.into_iter().collect(),
            party,
            network: Some(network),
            inbound: vec![Arc::new(inbound)],
            outbound: vec![Arc::new(outbound)],
            listens,
            sends,
            public,
            ..Place::default()
        });
    }
    places
}

fn key(network: &Network) -> String {
    match network {
        Network::Asset(index) => format!("google {index}"),
        Network::Named(scope, name) => format!("google {scope} {name}"),
    }
}

fn network(graph: &Graph, from: usize, node: Option<&Node>, subnet: Option<usize>) -> Network {
    let scope = graph.assets()[from].scope.clone();
    let node = node.filter(|n| !n.is_null());
    if let Some(index) = node.and_then(|n| named(graph, from, n, &[NETWORK])) {
        return Network::Asset(index);
    }
    if let Some(index) =
        subnet.and_then(|s| graph.ends(s, "in-network", Some(NETWORK), false).assets.first().copied())
    {
        return Network::Asset(index);
    }
    let of_subnet = subnet.and_then(|s| graph.assets()[s].document.get("network"));
    let shown = node.or(of_subnet).map(Node::display);
    let name =
        shown.map_or_else(|| "default".to_owned(), |t| t.rsplit('/').next().unwrap_or_default().to_owned());
    Network::Named(scope, name)
}

/// The interfaces of a machine, wherever its kind has them: each with its `network`, `subnetwork` and `accessConfigs`.
struct Interface<'n> {
    network: Option<&'n Node>,
    subnet: Option<&'n Node>,
    block: Option<&'n Node>,
}

fn interfaces(asset: &Asset) -> Vec<Interface<'_>> {
    let doc = &asset.document;
    let mut found: Vec<Interface<'_>> = Vec::new();
    for path in [
        "networkInterfaces",
        "gceSetup.networkInterfaces",
        "template.vpcAccess.networkInterfaces",
        "networkConfig",
        "networkConfigs",
    ] {
        for block in read::list(doc.at_path(path)) {
            found.push(Interface {
                network: block.get("network"),
                subnet: block.get("subnetwork").or_else(|| block.get("subnet")),
                block: Some(block),
            });
        }
    }
    if found.is_empty() {
        let first = |paths: &[&str]| paths.iter().find_map(|p| doc.at_path(p).filter(|n| !n.is_null()));
        found.push(Interface {
            network: first(&[
                "network",
                "config.gceClusterConfig.networkUri",
                "virtualMachine.virtualMachineConfig.network",
            ]),
            subnet: first(&[
                "subnet",
                "config.gceClusterConfig.subnetworkUri",
                "virtualMachine.virtualMachineConfig.subnet",
            ]),
            block: None,
        });
    }
    found
}

fn standing(graph: &Graph, index: usize, asset: &Asset, interface: &Interface<'_>) -> Standing {
    let doc = &asset.document;
    let subnet = interface.subnet.and_then(|n| named(graph, index, n, &[SUBNETWORK]));
    let mut tags = BTreeSet::new();
    let mut open = None;
    for path in [
        "tags.items",
        "tags",
        "gceSetup.tags",
        "config.gceClusterConfig.tags",
        "virtualMachine.virtualMachineConfig.tags",
    ] {
        for node in read::list(doc.at_path(path).filter(|n| n.as_map().is_none())) {
            match text(node) {
                Ok(tag) => _ = tags.insert(tag),
                Err(reason) => open = Some(reason),
            }
        }
    }
    let runs = graph.ends(index, "runs-as", Some("google.iam.service-account"), false);
    let written =
        doc.at_path("serviceAccount.email").or_else(|| doc.at_path("gceSetup.serviceAccounts.email"));
    let account = runs.assets.first().map(|a| Label::Asset(*a)).or_else(|| {
        let text = written.filter(|n| !n.is_null())?.display();
        Some(Label::Text(text.into()))
    });
    // A subnet elsewhere tells its network as well as any name.
    let stated = interface.network.filter(|n| !n.is_null());
    let network = match (stated, subnet, interface.subnet.filter(|n| !n.is_null())) {
        (None, None, Some(elsewhere)) => {
            Network::Named(asset.scope.clone(), format!("of subnet {}", elsewhere.display()))
        }
        _ => network(graph, index, stated, subnet),
    };
    Standing { network, subnet, tags, open, account }
}

/// Whether it has a public address.
fn public(facts: &Facts<'_>, index: usize, asset: &Asset, interface: &Interface<'_>) -> Vec<Way> {
    let name = called(asset);
    let way =
        |verdict, told, from| vec![Way { verdict, grounds: told, ports: Ports::all(), shown: None, from }];
    if &*asset.kind == "google.compute.instance" {
        let Some(block) = interface.block else { return Vec::new() };
        let mut ways = Vec::new();
        for (key, from) in [("accessConfigs", Addresses::four()), ("ipv6AccessConfigs", Addresses::six())] {
            let Some(stated) = block.get(key).filter(|n| !n.is_null()) else { continue };
            if let Err(reason) = text(stated)
                && stated.is_unknown()
            {
                let told = vec![grounds(
                    format!("whether {name} has a public address is not known"),
                    Some(stated),
                    asset,
                )];
                ways.extend(way(Verdict::Unknown(reason), told, from));
            } else if !read::list(Some(stated)).is_empty() {
                let told = vec![grounds(format!("{name} has a public address"), Some(stated), asset)];
                ways.extend(way(Verdict::Allowed, told, from));
            }
        }
        return ways;
    }
    if let Some(stated) = interface.block.and_then(|b| b.get("enableExternalIps")) {
        return match stated.as_bool() {
            Some(true) => way(
                Verdict::Allowed,
                vec![grounds(format!("{name} has a public address"), Some(stated), asset)],
                Addresses::four(),
            ),
            _ => Vec::new(),
        };
    }
    let fact = if &*asset.kind == "google.dataproc.cluster" { "public_address" } else { "open_to_internet" };
    match facts.holds(index, fact) {
        Some((Ok(true), reads)) => way(
            Verdict::Allowed,
            facts.grounds(index, format!("{name} has a public address"), &reads),
            Addresses::four(),
        ),
        Some((Err(reason), reads)) => {
            let told =
                facts.grounds(index, format!("whether {name} has a public address is not known"), &reads);
            way(Verdict::Unknown(reason), told, Addresses::four())
        }
        _ => Vec::new(),
    }
}

/// The rules of a network for a machine, in and out: by priority, of equal ones those that deny first.
fn layers(graph: &Graph, firewalls: &[usize], standing: &Standing) -> (Layer, Layer) {
    let (mut inbound, mut outbound) = (Vec::new(), Vec::new());
    for index in firewalls {
        let asset = &graph.assets()[*index];
        let doc = &asset.document;
        let mut doubt = match read::switch(doc, "disabled") {
            Some(Ok(true)) => continue,
            Some(Err(reason)) => Some(reason),
            _ => None,
        };
        match meant(graph, *index, doc, standing) {
            Some(Ok(())) => {}
            Some(Err(reason)) => doubt = doubt.or(Some(reason)),
            None => continue,
        }
        let out = read::word(doc, "direction") == Some("EGRESS");
        let priority = doc.get("priority").and_then(ports::number).unwrap_or(1000);
        let peers = peers(graph, *index, doc, out);
        for (key, action) in [("allowed", Action::Allow), ("denied", Action::Deny)] {
            let stated = doc.get(key);
            for entry in read::list(stated) {
                let (ports, vague) = ports_of(entry);
                if ports.is_empty() {
                    continue;
                }
                let who = shown(doc, out);
                let (does, way) =
                    (if action == Action::Allow { "lets" } else { "keeps" }, if out { "out" } else { "in" });
                let says = format!("firewall rule {} {does} {who} {way} on {ports}", called(asset));
                let ranges = doc.get(if out { "destinationRanges" } else { "sourceRanges" });
                let why = grounds(says, ranges.filter(|n| !n.is_null()).or(Some(entry)), asset);
                let rule = Rule {
                    action,
                    peers: peers.clone(),
                    ports,
                    doubt: doubt.clone().or(vague),
                    grounds: why,
                };
                let list = if out { &mut outbound } else { &mut inbound };
                list.push((priority, action == Action::Allow, rule));
            }
        }
    }
    let sorted = |mut rules: Vec<(i64, bool, Rule)>| -> Vec<Rule> {
        rules.sort_by_key(|(priority, allow, _)| (*priority, *allow));
        rules.into_iter().map(|(_, _, r)| r).collect()
    };
    let mut inbound = sorted(inbound);
    match &standing.network {
        Network::Named(scope, name) if name == "default" => inbound.extend(made_before(graph, scope)),
        Network::Named(_, name) => {
            // What is not described has rules of its own.
            let reason: Arc<str> =
                format!("the firewall rules of network {name} are not in this configuration").into();
            let evidence = model::Evidence::Pointer { document: name.as_str().into(), pointer: "".into() };
            let why = Arc::new(Grounds { says: reason.clone(), evidence });
            inbound.push(Rule {
                action: Action::Allow,
                peers: Peers::anybody(),
                ports: Ports::all(),
                doubt: Some(reason),
                grounds: why,
            });
        }
        Network::Asset(_) => {}
    }
    (
        Layer { rules: inbound, otherwise: Action::Deny, silence: None },
        Layer { rules: sorted(outbound), otherwise: Action::Allow, silence: None },
    )
}

/// The rules that every default network begins with.
fn made_before(graph: &Graph, scope: &Arc<str>) -> Vec<Rule> {
    let Some(any) = graph.assets().iter().find(|a| a.scope == *scope && a.kind.starts_with("google.")) else {
        return Vec::new();
    };
    let page = "https://cloud.google.com/firewall/docs/firewalls#more_rules_default_vpc";
    let rule = |name: &str, range: &str, ports: Ports| Rule {
        action: Action::Allow,
        peers: Peers { addresses: Addresses::parse(range).unwrap_or_default(), ..Peers::default() },
        ports,
        doubt: None,
        grounds: Arc::new(Grounds {
            says: format!("the default network of {} begins with the rule {name}", any.scope).into(),
            evidence: model::Evidence::Default { path: name.into(), page: page.into() },
        }),
    };
    vec![
        rule("default-allow-internal", "10.128.0.0/9", Ports::all()),
        rule("default-allow-ssh", "0.0.0.0/0", Ports::tcp(22)),
        rule("default-allow-rdp", "0.0.0.0/0", Ports::tcp(3389)),
    ]
}

/// Whether a rule is meant for a machine: yes, not known, or no.
fn meant(graph: &Graph, index: usize, doc: &Node, standing: &Standing) -> Option<Result<(), Arc<str>>> {
    let tags = read::list(doc.get("targetTags"));
    let accounts = read::list(doc.get("targetServiceAccounts"));
    if tags.is_empty() && accounts.is_empty() {
        return Some(Ok(()));
    }
    let mut unknown = None;
    for tag in &tags {
        match text(tag) {
            Ok(t) if standing.tags.contains(&t) => return Some(Ok(())),
            Ok(_) => unknown = unknown.or_else(|| standing.open.clone()),
            Err(reason) => unknown = Some(reason),
        }
    }
    for account in &accounts {
        let label = match named(graph, index, account, &["google.iam.service-account"]) {
            Some(found) => Label::Asset(found),
            None => Label::Text(account.display().into()),
        };
        if standing.account.as_ref() == Some(&label) {
            return Some(Ok(()));
        }
        if let Err(reason) = text(account)
            && matches!(label, Label::Text(_))
        {
            unknown = Some(reason);
        }
    }
    unknown.map(Err)
}

fn peers(graph: &Graph, index: usize, doc: &Node, out: bool) -> Peers {
    let ranges = read::list(doc.get(if out { "destinationRanges" } else { "sourceRanges" }));
    let (tags, accounts) = match out {
        true => (Vec::new(), Vec::new()),
        false => (read::list(doc.get("sourceTags")), read::list(doc.get("sourceServiceAccounts"))),
    };
    // Without any source a rule holds for everybody.
    if ranges.is_empty() && tags.is_empty() && accounts.is_empty() {
        return Peers::anybody();
    }
    let (addresses, unknown) = read::addresses(ranges);
    let mut labels: BTreeSet<Label> =
        tags.iter().filter_map(|t| text(t).ok()).map(|t| Label::Text(t.into())).collect();
    for account in accounts {
        labels.insert(match named(graph, index, account, &["google.iam.service-account"]) {
            Some(found) => Label::Asset(found),
            None => Label::Text(account.display().into()),
        });
    }
    Peers { addresses, labels, unknown }
}

fn shown(doc: &Node, out: bool) -> String {
    let keys: &[&str] =
        if out { &["destinationRanges"] } else { &["sourceRanges", "sourceTags", "sourceServiceAccounts"] };
    let all = read::lists(doc, keys);
    let mut names: Vec<String> = all.iter().take(3).map(|n| read::shown(n)).collect();
    if all.len() > 3 {
        names.push(format!("{} more", all.len() - 3));
    }
    if names.is_empty() { "everybody".into() } else { names.join(", ") }
}

fn ports_of(entry: &Node) -> (Ports, Option<Arc<str>>) {
    let protocol = match entry.get("IPProtocol").map(text) {
        Some(Ok(t)) => Protocol::parse(&t),
        Some(Err(reason)) => return (Ports::all(), Some(reason)),
        None => Protocol::All,
    };
    let stated = read::list(entry.get("ports"));
    if stated.is_empty() {
        return (Ports::whole(protocol), None);
    }
    let mut vague = None;
    let mut sets = Vec::new();
    for port in stated {
        match text(port) {
            Ok(t) => sets.push(Ports::parse(protocol, &t).unwrap_or_default()),
            Err(reason) => {
                vague = Some(reason);
                sets.push(Ports::whole(protocol));
            }
        }
    }
    (Ports::of(sets), vague)
}

/// External forwarding rules, as assets of their own.
fn forwarding(graph: &Graph, found: &mut Found) {
    for (index, asset) in of_kind(graph, "google.compute.forwarding-rule") {
        let doc = &asset.document;
        let scheme = doc.get("loadBalancingScheme");
        let verdict = match scheme.map(text) {
            Some(Ok(t)) if t.starts_with("EXTERNAL") => Verdict::Allowed,
            Some(Err(reason)) => Verdict::Unknown(reason),
            _ => continue,
        };
        // One that leads to a service attachment is an endpoint inside, whatever its scheme says.
        if !graph.ends(index, "attached-to", None, false).assets.is_empty() {
            continue;
        }
        let protocol = Protocol::parse(
            read::word(doc, "IPProtocol").or_else(|| read::word(doc, "ipProtocol")).unwrap_or("tcp"),
        );
        let mut sets = Vec::new();
        for node in read::lists(doc, &["portRange", "ports"]) {
            sets.push(
                text(node)
                    .ok()
                    .and_then(|t| Ports::parse(protocol, &t))
                    .unwrap_or_else(|| Ports::whole(protocol)),
            );
        }
        let open = if sets.is_empty() { Ports::whole(protocol) } else { Ports::of(sets) };
        let told = vec![grounds(
            format!("forwarding rule {} has an external address", called(asset)),
            scheme,
            asset,
        )];
        found.add(vec![Origin::Internet], [index], open, verdict, told);
    }
}

fn peerings(graph: &Graph, networks: &mut Networks) {
    let mut joined: BTreeMap<(Network, Network), Arc<Grounds>> = BTreeMap::new();
    for (index, asset) in of_kind(graph, "google.compute.network-peering") {
        let side = |key: &str| network(graph, index, asset.document.get(key), None);
        joined.insert(
            (side("network"), side("peerNetwork")),
            grounds(format!("peering {} joins both networks", called(asset)), None, asset),
        );
    }
    for ((a, b), why) in &joined {
        // Both sides have to say so.
        let verdict = match joined.contains_key(&(b.clone(), a.clone())) {
            true => Verdict::Allowed,
            false => Verdict::Unknown("only one side of the peering is in this configuration".into()),
        };
        let (a, b) = (networks.id(&key(a)), networks.id(&key(b)));
        networks.join(a, b, verdict.clone(), why.clone());
        networks.join(b, a, verdict, why.clone());
    }
}
