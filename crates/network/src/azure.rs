//! Azure virtual networks: where machines, functions and private endpoints stand, the security groups of their
//! interfaces and subnets, and the addresses and load balancers that lead to them.
//!
//! Sources: <https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works> (subnet and interface
//! both have to let a packet in), <https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses>
//! (a standard address is closed until a group opens it, a basic one is open),
//! <https://learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy> (groups do not hold for private
//! endpoints unless the subnet says so).

mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graph::{Graph, Origin};
use model::{Asset, Class, Grounds, Node, Verdict};

use crate::address::Addresses;
use crate::facts::Facts;
use crate::packets::{Action, Label, Layer, Party, Peers, Rule};
use crate::place::{Found, Networks, Place, Way};
use crate::ports::{self, Ports, Protocol};
use crate::read::{self, called, grounds, named, of_kind};

const SUBNET: &str = "azure.network.subnet";
const VNET: &str = "azure.network.virtual-network";
const NSG: &str = "azure.network.network-security-group";

/// A subnet: a resource, or written inside its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subnet {
    Asset(usize),
    Inside(usize, usize),
}

/// What tells places apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    subnet: Option<Subnet>,
    network: usize,
    /// The group of the interface.
    group: Option<usize>,
    open: Option<Arc<str>>,
    groups: BTreeSet<usize>,
    address: Option<String>,
    /// Rules do not hold here.
    exempt: bool,
}

type Alike = BTreeMap<(Standing, Vec<Way>, Ports, bool, Option<Arc<Grounds>>), BTreeSet<usize>>;

/// What comes in and what goes out.
type Layers = (Arc<Layer>, Arc<Layer>);

struct Azure<'f, 'g> {
    facts: &'f Facts<'g>,
    graph: &'g Graph,
    networks: &'f mut Networks,
    layers: BTreeMap<(usize, Addresses, BTreeSet<usize>), Layers>,
}

pub(crate) fn places(facts: &Facts<'_>, networks: &mut Networks, found: &mut Found) -> Vec<Place> {
    let graph = facts.graph;
    if !graph.assets().iter().any(|a| a.kind.starts_with("azure.")) {
        return Vec::new();
    }
    let mut azure = Azure { facts, graph, networks, layers: BTreeMap::new() };
    azure.peerings();
    let mut alike = Alike::new();
    azure.machines(&mut alike);
    azure.integrated(&mut alike);
    azure.private_endpoints(&mut alike);
    azure.fronts(found);
    let mut places = Vec::new();
    for ((standing, public, listens, sends, stands), members) in alike {
        let place = azure.place(&standing, public.is_empty());
        places.push(Place {
            members: members.into_iter().collect(),
            public,
            listens,
            sends,
            stands,
            ..place
        });
    }
    places
}

impl<'g> Azure<'_, 'g> {
    /// The subnet that a value names.
    fn subnet(&self, from: usize, node: &Node) -> Option<Subnet> {
        if let Some(index) = named(self.graph, from, node, &[SUBNET]) {
            return Some(Subnet::Asset(index));
        }
        let text = node.display();
        let cut = text
            .find("/subnets/")
            .map(|at| (text[..at].to_owned(), text[at + 9..].trim_matches(['\'', '}']).to_owned()));
        let network = named(self.graph, from, node, &[VNET])
            .or_else(|| named(self.graph, from, &Node::from(&*cut.as_ref()?.0), &[VNET]))
            .or_else(|| {
                let name = cut.as_ref()?.0.rsplit('/').next()?.to_owned();
                of_kind(self.graph, VNET).find(|(_, a)| a.name == name).map(|(i, _)| i)
            })?;
        let inside = read::list(self.graph.assets()[network].document.at_path("properties.subnets"));
        let by_name =
            cut.and_then(|(_, name)| inside.iter().position(|s| read::word(s, "name") == Some(&*name)));
        let by_number = || {
            let reference = node.references(8).into_iter().find(|r| r.attribute.contains("subnets["))?;
            let (_, rest) = reference.attribute.split_once("subnets[")?;
            rest.split(']').next()?.parse::<usize>().ok().filter(|n| *n < inside.len())
        };
        let only = || (inside.len() == 1).then_some(0);
        by_name.or_else(by_number).or_else(only).map(|n| Subnet::Inside(network, n))
    }

    /// What is written of a subnet, and the asset that it is written in.
    fn stated(&self, subnet: Subnet) -> (&'g Asset, &'g Node) {
        let assets = self.graph.assets();
        match subnet {
            Subnet::Asset(index) => {
                (&assets[index], assets[index].document.get("properties").unwrap_or(&assets[index].document))
            }
            Subnet::Inside(network, number) => {
                let asset = &assets[network];
                let inside = read::list(asset.document.at_path("properties.subnets"));
                let node = inside.get(number).copied().unwrap_or(&asset.document);
                (asset, node.get("properties").unwrap_or(node))
            }
        }
    }

    fn network(&mut self, from: usize, subnet: Option<Subnet>, text: Option<&Node>) -> usize {
        let name = match subnet {
            Some(Subnet::Inside(network, _)) => format!("vnet {network}"),
            Some(Subnet::Asset(index)) => {
                let parent = self.graph.ends(index, "contains", Some(VNET), true).assets;
                match parent.first() {
                    Some(network) => format!("vnet {network}"),
                    None => {
                        let asset = &self.graph.assets()[index];
                        let parent = asset.document.get("parent").map(Node::display).unwrap_or_default();
                        format!("vnet {} {parent}", asset.scope)
                    }
                }
            }
            None => {
                let scope = &self.graph.assets()[from].scope;
                let shown = text.map(Node::display).unwrap_or_default();
                // Subnets of one network differ behind it.
                format!("vnet {scope} {}", shown.split("/subnets/").next().unwrap_or_default())
            }
        };
        self.networks.id(&name)
    }

    /// Machines with their interfaces.
    fn machines(&mut self, alike: &mut Alike) {
        let graph = self.graph;
        let balancers = balancers(graph);
        for (index, asset) in of_kind(graph, "azure.compute.") {
            let listens = self.facts.listens(index);
            for node in read::list(asset.document.at_path("properties.networkProfile.networkInterfaces")) {
                let id = node.get("id").unwrap_or(node);
                let Some(interface) = named(graph, index, id, &["azure.network.network-interface"]) else {
                    continue;
                };
                let stated = &graph.assets()[interface];
                let ends = graph.ends(interface, "protected-by", Some(NSG), false);
                let groups: BTreeSet<usize> = graph
                    .ends(interface, "member-of", Some("azure.network.application-security-group"), false)
                    .assets
                    .into_iter()
                    .collect();
                for configuration in read::list(stated.document.at_path("properties.ipConfigurations")) {
                    let at = configuration.at_path("properties.subnet.id");
                    let subnet = at.and_then(|n| self.subnet(interface, n));
                    let standing = Standing {
                        subnet,
                        network: self.network(interface, subnet, at),
                        group: ends.assets.first().copied(),
                        open: ends.open.clone(),
                        groups: groups.clone(),
                        address: read::word(configuration, "properties.privateIPAddress").map(str::to_owned),
                        exempt: false,
                    };
                    let mut ways = self.address(interface, configuration, &standing, asset);
                    ways.extend(behind(graph, interface, configuration, &balancers));
                    alike.entry((standing, ways, listens.clone(), true, None)).or_default().insert(index);
                }
            }
        }
    }

    /// The public address of a configuration.
    fn address(
        &self,
        interface: usize,
        configuration: &Node,
        standing: &Standing,
        machine: &Asset,
    ) -> Vec<Way> {
        let Some(id) = configuration.at_path("properties.publicIPAddress.id").filter(|n| !n.is_null()) else {
            return Vec::new();
        };
        let owner = &self.graph.assets()[interface];
        let found = named(self.graph, interface, id, &["azure.network.public-ip"]);
        let mut verdict = Verdict::Allowed;
        let mut told = vec![grounds(
            format!("{} has the public address {}", called(machine), read::shown(id)),
            Some(id),
            owner,
        )];
        if let Some(found) = found {
            let address = &self.graph.assets()[found];
            told = vec![grounds(
                format!("{} has the public address {}", called(machine), called(address)),
                Some(id),
                owner,
            )];
        }
        if !self.guarded(standing) {
            // Without any group the kind of the address decides.
            let sku = found.and_then(|f| self.graph.assets()[f].document.at_path("sku.name"));
            match sku.map(read::text) {
                Some(Ok(t)) if t.eq_ignore_ascii_case("basic") => {}
                Some(Ok(_)) => return Vec::new(),
                Some(Err(reason)) => verdict = Verdict::Unknown(reason),
                None => {
                    verdict = Verdict::Unknown(
                        "whether its address is a basic one, which is open, is not known".into(),
                    );
                }
            }
            told.push(grounds(
                format!("no network security group stands before {}", called(machine)),
                None,
                owner,
            ));
        }
        vec![Way { verdict, grounds: told, ports: Ports::all(), shown: None, from: Addresses::four() }]
    }

    /// Whether any group stands before it, or may.
    fn guarded(&self, standing: &Standing) -> bool {
        let of_subnet = standing.subnet.is_none_or(|s| {
            let (group, open) = self.subnet_group(s);
            group.is_some() || open.is_some()
        });
        standing.group.is_some() || standing.open.is_some() || of_subnet
    }

    fn subnet_group(&self, subnet: Subnet) -> (Option<usize>, Option<Arc<str>>) {
        match subnet {
            Subnet::Asset(index) => {
                let ends = self.graph.ends(index, "protected-by", Some(NSG), false);
                (ends.assets.first().copied(), ends.open)
            }
            Subnet::Inside(network, _) => {
                let (_, node) = self.stated(subnet);
                let Some(id) = node.at_path("networkSecurityGroup.id").filter(|n| !n.is_null()) else {
                    return (None, None);
                };
                let group = named(self.graph, network, id, &[NSG]);
                let open = group
                    .is_none()
                    .then(|| Arc::from(format!("{} is not in this configuration", read::shown(id))));
                (group, open)
            }
        }
    }

    /// Services that send from a subnet.
    fn integrated(&mut self, alike: &mut Alike) {
        let graph = self.graph;
        for (index, asset) in of_kind(graph, "azure.") {
            // What names subnets to let them in stands in none.
            let takes = matches!(
                asset.class,
                Class::DataStore | Class::SecretStore | Class::Network | Class::PrivateEndpoint | Class::Api
            );
            let code = self.facts.sends(index) || asset.class == Class::AiService;
            if takes || !code || asset.kind.starts_with("azure.compute.") {
                continue;
            }
            for subnet in graph.ends(index, "in-network", Some(SUBNET), false).assets {
                let subnet = Some(Subnet::Asset(subnet));
                let network = self.network(index, subnet, None);
                let standing = Standing { subnet, network, ..Standing::default() };
                alike.entry((standing, Vec::new(), Ports::default(), true, None)).or_default().insert(index);
            }
            // Subnets written inside a network are no assets.
            for path in
                ["properties.virtualNetworkSubnetId", "properties.vnetConfiguration.infrastructureSubnetId"]
            {
                let node = asset.document.at_path(path).filter(|n| !n.is_null());
                if let Some(subnet @ Subnet::Inside(..)) = node.and_then(|n| self.subnet(index, n)) {
                    let network = self.network(index, Some(subnet), None);
                    let standing = Standing { subnet: Some(subnet), network, ..Standing::default() };
                    alike
                        .entry((standing, Vec::new(), Ports::default(), true, None))
                        .or_default()
                        .insert(index);
                }
            }
        }
        // Apps stand where their environment does.
        for (index, _) in of_kind(graph, "azure.container-apps.app") {
            for environment in
                graph.ends(index, "contains", Some("azure.container-apps.environment"), true).assets
            {
                let at = graph.assets()[environment]
                    .document
                    .at_path("properties.vnetConfiguration.infrastructureSubnetId");
                let Some(subnet) = at.and_then(|n| self.subnet(environment, n)) else { continue };
                let network = self.network(environment, Some(subnet), None);
                let standing = Standing { subnet: Some(subnet), network, ..Standing::default() };
                alike.entry((standing, Vec::new(), Ports::default(), true, None)).or_default().insert(index);
            }
        }
    }

    /// What private endpoints lead to takes connections in their subnets.
    fn private_endpoints(&mut self, alike: &mut Alike) {
        let graph = self.graph;
        for (index, asset) in of_kind(graph, "azure.network.private-endpoint") {
            let reached = graph.ends(index, "attached-to", None, false).assets;
            if reached.is_empty() {
                continue;
            }
            let at = asset.document.at_path("properties.subnet.id");
            let subnet = at.and_then(|n| self.subnet(index, n));
            let network = self.network(index, subnet, at);
            let policies = subnet
                .map(|s| self.stated(s).1)
                .and_then(|n| read::word(n, "privateEndpointNetworkPolicies"));
            let guarded = policies.is_some_and(|p| {
                p.eq_ignore_ascii_case("enabled") || p.eq_ignore_ascii_case("NetworkSecurityGroupEnabled")
            });
            let standing = Standing { subnet, network, exempt: !guarded, ..Standing::default() };
            let says = format!("private endpoint {} leads to it", called(asset));
            let node = asset.document.at_path("properties.privateLinkServiceConnections");
            let stands = Some(grounds(says, node, asset));
            alike.entry((standing, Vec::new(), Ports::tcp(443), false, stands)).or_default().extend(reached);
        }
    }

    fn layers(
        &mut self,
        group: usize,
        addresses: &Addresses,
        groups: &BTreeSet<usize>,
    ) -> (Arc<Layer>, Arc<Layer>) {
        let key = (group, addresses.clone(), groups.clone());
        if let Some(made) = self.layers.get(&key) {
            return made.clone();
        }
        let (inbound, outbound) = rules::layers(self.graph, group, &rules::Own { addresses, groups });
        let made = (Arc::new(inbound), Arc::new(outbound));
        self.layers.insert(key, made.clone());
        made
    }

    fn place(&mut self, standing: &Standing, inside: bool) -> Place {
        let mut party = Party::default();
        party.labels.insert(Label::Text("VirtualNetwork".into()));
        party.labels.extend(standing.groups.iter().map(|g| Label::Asset(*g)));
        let (addresses, vague) = match standing.subnet {
            Some(subnet) => {
                let (_, node) = self.stated(subnet);
                read::addresses(read::lists(node, &["addressPrefix", "addressPrefixes"]))
            }
            None => (Addresses::default(), None),
        };
        party.addresses = addresses;
        party.vague = vague;
        if let Some(one) = standing.address.as_ref().and_then(|a| Addresses::parse(a)) {
            party.addresses = one;
            party.vague = None;
        }
        if party.addresses.is_empty() {
            party.addresses = Addresses::four();
            party.vague = Some("the addresses of its subnet are not known".into());
        }
        let (mut inbound, mut outbound) = (Vec::new(), Vec::new());
        let of_subnet = standing.subnet.filter(|_| !standing.exempt).map(|s| self.subnet_group(s));
        let (subnet_group, subnet_open) = of_subnet.unwrap_or_default();
        for group in [standing.group, subnet_group].into_iter().flatten() {
            let (a, b) = self.layers(group, &party.addresses, &standing.groups);
            inbound.push(a);
            outbound.push(b);
        }
        // A group that is not in the configuration may let in or keep out whatever it likes.
        let lost = standing.subnet.is_none() && !standing.exempt && !inside;
        let elsewhere = standing.open.clone().filter(|_| standing.group.is_none());
        let elsewhere = elsewhere.or_else(|| subnet_open.filter(|_| subnet_group.is_none()));
        let elsewhere = elsewhere.or_else(|| lost.then(|| "its subnet is not in this configuration".into()));
        if let Some(reason) = elsewhere {
            inbound.push(Arc::new(unknown(reason)));
        }
        let subnets = match standing.subnet {
            Some(Subnet::Asset(index)) => vec![index],
            _ => Vec::new(),
        };
        Place { party, network: Some(standing.network), inbound, outbound, subnets, ..Place::default() }
    }

    /// Application gateways and the public fronts of load balancers, as assets of their own.
    fn fronts(&mut self, found: &mut Found) {
        let graph = self.graph;
        for (index, asset) in of_kind(graph, "azure.network.application-gateway") {
            let Some(at) = public_front(asset) else { continue };
            let listed = read::list(asset.document.at_path("properties.frontendPorts"));
            let number = |n: &&Node| {
                n.at_path("properties.port").and_then(ports::number).and_then(|n| u16::try_from(n).ok())
            };
            let open = Ports::of(listed.iter().filter_map(number).map(Ports::tcp));
            let open = if open.is_empty() { Ports::of([Ports::tcp(80), Ports::tcp(443)]) } else { open };
            let told = vec![grounds(
                format!("application gateway {} has a public front", called(asset)),
                Some(at),
                asset,
            )];
            found.add(vec![Origin::Internet], [index], open, Verdict::Allowed, told);
        }
    }

    fn peerings(&mut self) {
        let graph = self.graph;
        let mut joined: BTreeMap<(usize, usize), Arc<Grounds>> = BTreeMap::new();
        for (index, asset) in of_kind(graph, "azure.network.virtual-network-peering") {
            if read::switch(&asset.document, "properties.allowVirtualNetworkAccess") == Some(Ok(false)) {
                continue;
            }
            let from = graph.ends(index, "contains", Some(VNET), true).assets.first().copied();
            let to = graph.ends(index, "connects-to", Some(VNET), false).assets.first().copied();
            if let (Some(from), Some(to)) = (from, to) {
                joined.insert(
                    (from, to),
                    grounds(format!("peering {} joins both networks", called(asset)), None, asset),
                );
            }
        }
        for ((from, to), why) in &joined {
            // Both sides have to say so.
            let verdict = match joined.contains_key(&(*to, *from)) {
                true => Verdict::Allowed,
                false => Verdict::Unknown("only one side of the peering is in this configuration".into()),
            };
            let (a, b) = (self.networks.id(&format!("vnet {from}")), self.networks.id(&format!("vnet {to}")));
            self.networks.join(a, b, verdict.clone(), why.clone());
            self.networks.join(b, a, verdict, why.clone());
        }
    }
}

fn unknown(reason: Arc<str>) -> Layer {
    let evidence = model::Evidence::Pointer { document: reason.clone(), pointer: "".into() };
    let why = Arc::new(Grounds {
        says: format!("a network security group is not known: {reason}").into(),
        evidence,
    });
    let rule = Rule {
        action: Action::Deny,
        peers: Peers::anybody(),
        ports: Ports::all(),
        doubt: Some(reason),
        grounds: why,
    };
    Layer { rules: vec![rule], otherwise: Action::Allow, silence: None }
}

fn public_front(asset: &Asset) -> Option<&Node> {
    let fronts = read::list(asset.document.at_path("properties.frontendIPConfigurations"));
    fronts.into_iter().find_map(|f| f.at_path("properties.publicIPAddress.id").filter(|n| !n.is_null()))
}

/// Load balancers with a public front, and what they hand on: (front port, back port, where it is stated).
type Handed<'g> = BTreeMap<usize, (&'g Asset, Vec<(Ports, Ports, &'g Node)>)>;

fn balancers(graph: &Graph) -> Handed<'_> {
    let mut all = Handed::new();
    for (index, asset) in of_kind(graph, "azure.network.load-balancer") {
        if public_front(asset).is_none() {
            continue;
        }
        let mut handed = Vec::new();
        for rule in
            read::lists(&asset.document, &["properties.loadBalancingRules", "properties.inboundNatRules"])
        {
            let body = rule.get("properties").unwrap_or(rule);
            let protocol = Protocol::parse(read::word(body, "protocol").unwrap_or("Tcp"));
            let one =
                |key: &str| match body.get(key).and_then(ports::number).and_then(|n| u16::try_from(n).ok()) {
                    // Port 0 with all protocols is every port.
                    None | Some(0) => Ports::whole(protocol),
                    Some(n) => Ports::range(protocol, n, n),
                };
            handed.push((one("frontendPort"), one("backendPort"), rule));
        }
        all.insert(index, (asset, handed));
    }
    all
}

/// Ways through the load balancers that an interface is behind.
fn behind(graph: &Graph, interface: usize, configuration: &Node, balancers: &Handed<'_>) -> Vec<Way> {
    let own = read::lists(
        configuration,
        &["properties.loadBalancerBackendAddressPools", "properties.loadBalancerInboundNatRules"],
    );
    let document = &graph.assets()[interface].document;
    let whole = read::lists(
        document,
        &["properties.loadBalancerBackendAddressPools", "properties.loadBalancerInboundNatRules"],
    );
    let mut ways = Vec::new();
    let mut seen = BTreeSet::new();
    for pool in own.into_iter().chain(whole) {
        let id = pool.get("id").unwrap_or(pool);
        let Some(balancer) = named(graph, interface, id, &["azure.network.load-balancer"]) else { continue };
        let Some((asset, handed)) = balancers.get(&balancer).filter(|_| seen.insert(balancer)) else {
            continue;
        };
        for (front, back, node) in handed {
            let says = format!("load balancer {} hands {front} on to {back}", called(asset));
            ways.push(Way {
                verdict: Verdict::Allowed,
                grounds: vec![grounds(says, Some(node), asset)],
                ports: back.clone(),
                shown: Some(front.clone()),
                from: Addresses::four(),
            });
        }
    }
    ways
}
