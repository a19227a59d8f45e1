//! Amazon VPC: where instances, functions, domains and load balancers stand, and the security groups, network access
//! lists and route tables around them.
//!
//! Sources: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html> (only allows; no rule, no way in),
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html> (in the order of numbers, deny at the end),
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html> (a public address and a route to a gateway).

mod balancers;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graph::Graph;
use model::{Asset, Grounds, Node, Verdict};

use crate::address::Addresses;
use crate::facts::Facts;
use crate::packets::{Label, Layer, Party};
use crate::place::{Found, Networks, Place, Way};
use crate::ports::Ports;
use crate::read::{self, called, grounds, named, of_kind};

const GROUP: &str = "aws.ec2.security-group";
const SUBNET: &str = "aws.ec2.subnet";
const VPC: &str = "aws.ec2.vpc";

/// Whether packets of a subnet leave to the internet through a gateway, and come in.
#[derive(Clone, Debug)]
enum Gateway {
    /// The addresses that are routed to it.
    Routed(Addresses, Arc<Grounds>),
    None,
    Unknown(Arc<str>, Arc<Grounds>),
}

#[derive(Clone, Debug)]
struct Subnet {
    vpc: Option<usize>,
    network: usize,
    addresses: Addresses,
    vague: Option<Arc<str>>,
    gateway: Gateway,
    inbound: Option<Arc<Layer>>,
    outbound: Option<Arc<Layer>>,
    acl: Option<usize>,
}

pub(super) struct Aws<'f, 'g> {
    facts: &'f Facts<'g>,
    graph: &'g Graph,
    networks: &'f mut Networks,
    subnets: BTreeMap<usize, Subnet>,
    /// Layers of sets of security groups, in and out.
    groups: BTreeMap<(Vec<usize>, Option<Arc<str>>), Layers>,
    tables: rules::Tables,
}

pub(crate) fn places(facts: &Facts<'_>, networks: &mut Networks, found: &mut Found) -> Vec<Place> {
    let graph = facts.graph;
    if !graph.assets().iter().any(|a| a.kind.starts_with("aws.")) {
        return Vec::new();
    }
    let tables = rules::Tables::read(graph);
    let mut aws = Aws { facts, graph, networks, subnets: BTreeMap::new(), groups: BTreeMap::new(), tables };
    let subnets: Vec<usize> = of_kind(graph, SUBNET).map(|(i, _)| i).collect();
    for index in subnets {
        let subnet = aws.subnet(index);
        aws.subnets.insert(index, subnet);
    }
    aws.peerings();
    let places = aws.stand();
    balancers::routes(&mut aws, &places, found);
    places
}

/// What comes in and what goes out.
type Layers = (Arc<Layer>, Arc<Layer>);

/// Assets that are alike in everything that rules see.
type Alike = BTreeMap<(Standing, Vec<Way>, Ports, bool), Vec<usize>>;

/// Where one asset stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    subnets: Vec<usize>,
    groups: Vec<usize>,
    /// Why there may be more groups.
    open: Option<Arc<str>>,
    /// The network where no subnet of the configuration tells it.
    network: Option<usize>,
}

impl<'g> Aws<'_, 'g> {
    /// Every asset with a subnet or a security group, grouped.
    fn stand(&mut self) -> Vec<Place> {
        let mut alike: Alike = BTreeMap::new();
        for (index, asset) in self.graph.assets().iter().enumerate() {
            if !asset.kind.starts_with("aws.") || !self.may_stand(index, asset) {
                continue;
            }
            let listens = self.facts.listens(index);
            let sends = self.facts.sends(index);
            if listens.is_empty() && !sends {
                continue;
            }
            let standing = self.standing(index, asset);
            let ways = match listens.is_empty() {
                true => Vec::new(),
                false => self.ways(index, asset, &standing),
            };
            alike.entry((standing, ways, listens, sends)).or_default().push(index);
        }
        let mut places = Vec::new();
        for ((standing, public, listens, sends), members) in alike {
            let place = self.place(&standing);
            places.push(Place { members, public, listens, sends, ..place });
        }
        places
    }

    fn may_stand(&self, index: usize, asset: &Asset) -> bool {
        &*asset.kind == "aws.ec2.instance"
            || self.graph.outgoing(index).iter().any(|e| {
                let kind = &self.graph.assets()[e.to as usize].kind;
                &*e.relation == "in-network" && (&**kind == SUBNET || &**kind == VPC)
                    || &*e.relation == "protected-by" && &**kind == GROUP
            })
    }

    fn interfaces(&self, index: usize, asset: &Asset) -> Vec<usize> {
        let listed = read::list(asset.document.get("NetworkInterfaces"));
        let own = listed.iter().filter_map(|n| {
            named(self.graph, index, n.get("NetworkInterfaceId")?, &["aws.ec2.network-interface"])
        });
        let attached = self.graph.ends(index, "attached-to", Some("aws.ec2.network-interface"), true);
        own.chain(attached.assets).collect::<BTreeSet<usize>>().into_iter().collect()
    }

    fn standing(&mut self, index: usize, asset: &Asset) -> Standing {
        let graph = self.graph;
        let interfaces = self.interfaces(index, asset);
        let mut subnets = BTreeSet::new();
        let mut groups = BTreeSet::new();
        let mut open = None;
        for one in std::iter::once(index).chain(interfaces.iter().copied()) {
            let found = graph.ends(one, "protected-by", Some(GROUP), false);
            groups.extend(found.assets);
            open = open.or(found.open);
            subnets.extend(graph.ends(one, "in-network", Some(SUBNET), false).assets);
        }
        let vpc = subnets.iter().find_map(|s| self.subnets.get(s)?.vpc);
        let vpc = vpc.or_else(|| graph.ends(index, "in-network", Some(VPC), false).assets.first().copied());
        // Whose groups are not stated has the default one of its network.
        if groups.is_empty() && open.is_none() {
            groups.extend(self.default_group(asset, vpc));
        }
        let network = match subnets.is_empty() {
            true => Some(self.network_of(index, asset, vpc, &groups)),
            false => None,
        };
        Standing {
            subnets: subnets.into_iter().collect(),
            groups: groups.into_iter().collect(),
            open,
            network,
        }
    }

    fn default_group(&self, asset: &Asset, vpc: Option<usize>) -> Option<usize> {
        let fits = |index: usize, group: &Asset| {
            &*group.source_type == "aws_default_security_group"
                && group.scope == asset.scope
                && self.graph.ends(index, "in-network", Some(VPC), false).assets.first().copied() == vpc
        };
        of_kind(self.graph, GROUP).find(|(i, g)| fits(*i, g)).map(|(i, _)| i)
    }

    /// Of what stands in a subnet that is not in the configuration: that of its groups, else one of what names it.
    fn network_of(
        &mut self,
        index: usize,
        asset: &Asset,
        vpc: Option<usize>,
        groups: &BTreeSet<usize>,
    ) -> usize {
        let of_groups = groups.iter().find_map(|g| {
            let vpcs = self.graph.ends(*g, "in-network", Some(VPC), false).assets;
            vpcs.first().copied()
        });
        if let Some(vpc) = vpc.or(of_groups) {
            return self.networks.id(&format!("vpc {vpc}"));
        }
        let subnet = lists_of_subnets(&asset.document).first().map(|n| n.display());
        let name = match subnet {
            // A subnet is in one network, whichever that is; its name tells them apart.
            Some(text) => match groups.first().and_then(|g| self.graph.assets()[*g].document.get("VpcId")) {
                Some(vpc) => format!("vpc {} {}", asset.scope, vpc.display()),
                None => format!("subnet {} {text}", asset.scope),
            },
            None if &*asset.kind == "aws.ec2.instance" => format!("default vpc {}", asset.scope),
            None => format!("asset {index}"),
        };
        self.networks.id(&name)
    }

    fn subnet(&mut self, index: usize) -> Subnet {
        let graph = self.graph;
        let asset = &graph.assets()[index];
        let ends = graph.ends(index, "contains", Some(VPC), true);
        let vpc = ends.assets.first().copied();
        let network = match vpc {
            Some(vpc) => self.networks.id(&format!("vpc {vpc}")),
            None => {
                let text = asset.document.get("VpcId").map(Node::display).unwrap_or_default();
                self.networks.id(&format!("vpc {} {text}", asset.scope))
            }
        };
        let own = read::lists(&asset.document, &["CidrBlock", "Ipv6CidrBlock"]);
        let (mut addresses, mut vague) = read::addresses(own);
        if addresses.is_empty() {
            let whole =
                vpc.map(|v| read::addresses(read::lists(&graph.assets()[v].document, &["CidrBlock"])).0);
            addresses = whole.filter(|a| !a.is_empty()).unwrap_or_else(Addresses::four);
            vague = vague
                .or_else(|| Some(format!("the addresses of subnet {} are not known", called(asset)).into()));
        } else {
            // Whatever version 6 adds leaves those of version 4 known.
            vague = None;
        }
        let gateway = self.tables.gateway(graph, index, vpc);
        let acl = self.tables.acl(index, vpc);
        let (inbound, outbound) = match acl {
            Some(acl) => {
                let (inbound, outbound) = rules::acl(graph, acl);
                (Some(Arc::new(inbound)), Some(Arc::new(outbound)))
            }
            None => (None, None),
        };
        Subnet { vpc, network, addresses, vague, gateway, inbound, outbound, acl }
    }

    /// The layers of a set of groups: everything that any of them allows.
    fn layers(&mut self, groups: &[usize], open: Option<&Arc<str>>) -> (Arc<Layer>, Arc<Layer>) {
        let key = (groups.to_vec(), open.cloned());
        if let Some(made) = self.groups.get(&key) {
            return made.clone();
        }
        let made = rules::groups(self.graph, groups, open);
        let made = (Arc::new(made.0), Arc::new(made.1));
        self.groups.insert(key, made.clone());
        made
    }

    fn place(&mut self, standing: &Standing) -> Place {
        let (ingress, egress) = self.layers(&standing.groups, standing.open.as_ref());
        let mut party = Party::default();
        party.labels.extend(standing.groups.iter().map(|g| Label::Asset(*g)));
        let (mut inbound, mut outbound) = (vec![ingress], vec![egress]);
        let subnets: Vec<&Subnet> = standing.subnets.iter().filter_map(|s| self.subnets.get(s)).collect();
        party.addresses = Addresses::of(subnets.iter().map(|s| s.addresses.clone()));
        party.vague = subnets.iter().find_map(|s| s.vague.clone());
        if party.addresses.is_empty() {
            party.addresses = Addresses::four();
            party.vague = Some("its subnet is not in this configuration".into());
        }
        // Behind several lists: only where all subnets share one does it hold for certain.
        let first = subnets.first();
        let shared = first.filter(|f| subnets.iter().all(|s| s.acl == f.acl));
        if let Some(subnet) = shared {
            inbound.extend(subnet.inbound.clone());
            outbound.extend(subnet.outbound.clone());
        }
        let network = first.map(|s| s.network).or(standing.network);
        Place { party, network, inbound, outbound, subnets: standing.subnets.clone(), ..Place::default() }
    }

    /// Ways in from the internet.
    fn ways(&self, index: usize, asset: &Asset, standing: &Standing) -> Vec<Way> {
        let Some((verdict, mut told, six)) = self.public(index, asset, standing) else { return Vec::new() };
        let mut verdict = verdict;
        let mut from = if six { Addresses::all() } else { Addresses::four() };
        let gateways: Vec<&Gateway> =
            standing.subnets.iter().filter_map(|s| self.subnets.get(s)).map(|s| &s.gateway).collect();
        let routed = gateways.iter().find(|g| matches!(g, Gateway::Routed(..)));
        let unknown = gateways.iter().find(|g| matches!(g, Gateway::Unknown(..)));
        match routed.or(unknown).or(gateways.first()) {
            Some(Gateway::Routed(addresses, why)) => {
                from = from.and(addresses);
                told.push(why.clone());
            }
            Some(Gateway::Unknown(reason, why)) => {
                verdict = verdict.and(Verdict::Unknown(reason.clone()));
                told.push(why.clone());
            }
            Some(Gateway::None) => return Vec::new(),
            None => {
                let stated = lists_of_subnets(&asset.document);
                match stated.first() {
                    // The default network has a gateway and a route to it.
                    None if &*asset.kind == "aws.ec2.instance" => {}
                    Some(node) => {
                        let reason = format!(
                            "whether its subnet {} has a route to an internet gateway is not known",
                            read::shown(node)
                        );
                        verdict = verdict.and(Verdict::Unknown(reason.into()));
                    }
                    None => verdict = verdict.and(Verdict::Unknown("its subnet is not known".into())),
                }
            }
        }
        vec![Way { verdict, grounds: told, ports: Ports::all(), shown: None, from }]
    }

    /// Whether it has a public address, and whether one of version 6 as well.
    fn public(
        &self,
        index: usize,
        asset: &Asset,
        standing: &Standing,
    ) -> Option<(Verdict, Vec<Arc<Grounds>>, bool)> {
        let doc = &asset.document;
        let name = called(asset);
        if asset.kind.starts_with("aws.elb.") {
            let scheme = doc.get("Scheme");
            return match scheme.map(read::text) {
                Some(Ok(text)) if text == "internal" => None,
                Some(Err(reason)) => Some((
                    Verdict::Unknown(reason),
                    vec![grounds(format!("whether {name} is internal is not known"), scheme, asset)],
                    true,
                )),
                _ => Some((
                    Verdict::Allowed,
                    vec![grounds(format!("load balancer {name} faces the internet"), scheme, asset)],
                    true,
                )),
            };
        }
        if &*asset.kind != "aws.ec2.instance" {
            return None;
        }
        let six =
            ["Ipv6AddressCount", "Ipv6Addresses"].iter().any(|k| doc.get(k).is_some_and(|n| !n.is_null()))
                || standing.subnets.iter().any(|s| {
                    read::switch(&self.graph.assets()[*s].document, "AssignIpv6AddressOnCreation")
                        == Some(Ok(true))
                });
        let interfaces = self.interfaces(index, asset);
        let graph = self.graph;
        for one in std::iter::once(index).chain(interfaces) {
            if let Some(address) =
                graph.ends(one, "attached-to", Some("aws.ec2.elastic-ip"), true).assets.first()
            {
                let address = &graph.assets()[*address];
                let says = format!("{name} has the elastic address {}", called(address));
                return Some((Verdict::Allowed, vec![grounds(says, None, address)], six));
            }
        }
        let listed = read::list(doc.get("NetworkInterfaces"));
        let mut switches =
            std::iter::once(doc).chain(listed).filter_map(|n| n.get("AssociatePublicIpAddress"));
        if let Some(node) = switches.find(|n| !n.is_null()) {
            return match read::text(node) {
                Ok(t) if t == "true" => Some((
                    Verdict::Allowed,
                    vec![grounds(format!("{name} is given a public address"), Some(node), asset)],
                    six,
                )),
                Ok(_) => six.then(|| {
                    (
                        Verdict::Allowed,
                        vec![grounds(format!("{name} has an address of version 6"), None, asset)],
                        six,
                    )
                }),
                Err(reason) => {
                    let says = format!("whether {name} is given a public address is not known");
                    Some((Verdict::Unknown(reason), vec![grounds(says, Some(node), asset)], six))
                }
            };
        }
        if !doc.get("NetworkInterfaces").is_none_or(Node::is_null) && !standing.subnets.is_empty() {
            // An interface made apart has only the address that somebody gives it.
            return None;
        }
        for subnet in &standing.subnets {
            let subnet = &graph.assets()[*subnet];
            let node = subnet.document.get("MapPublicIpOnLaunch");
            match read::switch(&subnet.document, "MapPublicIpOnLaunch") {
                Some(Ok(true)) => {
                    let says = format!("subnet {} gives what starts in it a public address", called(subnet));
                    return Some((Verdict::Allowed, vec![grounds(says, node, subnet)], six));
                }
                Some(Err(reason)) => {
                    let says =
                        format!("whether subnet {} gives public addresses is not known", called(subnet));
                    return Some((Verdict::Unknown(reason), vec![grounds(says, node, subnet)], six));
                }
                _ => {}
            }
        }
        if !standing.subnets.is_empty() {
            return six.then(|| {
                (
                    Verdict::Allowed,
                    vec![grounds(format!("{name} has an address of version 6"), None, asset)],
                    six,
                )
            });
        }
        Some(match lists_of_subnets(doc).first() {
            None => {
                let says =
                    format!("{name} names no subnet: those of the default network give a public address");
                (Verdict::Allowed, vec![grounds(says, None, asset)], six)
            }
            Some(node) => {
                let reason =
                    format!("whether its subnet {} gives public addresses is not known", read::shown(node));
                let says = format!("{name} stands in {}", read::shown(node));
                (Verdict::Unknown(reason.into()), vec![grounds(says, Some(node), asset)], six)
            }
        })
    }

    /// Peered networks, where a route leads through the connection.
    fn peerings(&mut self) {
        let graph = self.graph;
        for (index, asset) in of_kind(graph, "aws.ec2.vpc-peering-connection") {
            let side = |key: &str| asset.document.get(key).and_then(|n| named(graph, index, n, &[VPC]));
            let (Some(a), Some(b)) = (side("VpcId"), side("PeerVpcId")) else { continue };
            let why = grounds(format!("{} joins both networks", called(asset)), None, asset);
            let (back, forth) = (self.tables.leads(graph, index, a), self.tables.leads(graph, index, b));
            let (a, b) = (self.networks.id(&format!("vpc {a}")), self.networks.id(&format!("vpc {b}")));
            // Answers need a way back.
            let verdict = match (back, forth) {
                (true, true) => Verdict::Allowed,
                (false, false) => continue,
                _ => Verdict::Unknown(
                    format!("only one side of {} has a route through it here", called(asset)).into(),
                ),
            };
            self.networks.join(a, b, verdict.clone(), why.clone());
            self.networks.join(b, a, verdict, why);
        }
    }
}

fn lists_of_subnets(doc: &Node) -> Vec<&Node> {
    let listed = read::list(doc.get("NetworkInterfaces"));
    let own = std::iter::once(doc)
        .chain(listed)
        .flat_map(|n| read::lists(n, &["SubnetId", "SubnetIds", "Subnets"]));
    let nested = read::lists(doc, &["VpcConfig.SubnetIds", "VpcConfig.Subnets", "VPCOptions.SubnetIds"]);
    own.chain(nested).collect()
}
