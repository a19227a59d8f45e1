//! Amazon's rules as `packets` has them: security groups, network access lists; and where route tables lead.

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::Graph;
use model::{Asset, Grounds, Node};

use super::{GROUP, Gateway, SUBNET, VPC};
use crate::address::Addresses;
use crate::packets::{Action, Label, Layer, Peers, Rule};
use crate::ports::{self, Ports, Protocol};
use crate::read::{self, called, grounds, named, of_kind, text};

/// Route tables and access lists by the subnets and networks that have them.
#[derive(Debug, Default)]
pub(super) struct Tables {
    table_of_subnet: BTreeMap<usize, usize>,
    main_of_vpc: BTreeMap<usize, usize>,
    acl_of_subnet: BTreeMap<usize, usize>,
    default_acl_of_vpc: BTreeMap<usize, usize>,
    /// Scopes in which some table is associated with a subnet that is not known.
    unsure: BTreeMap<Arc<str>, (Arc<str>, Arc<Grounds>)>,
    tables: Vec<usize>,
}

impl Tables {
    pub(super) fn read(graph: &Graph) -> Self {
        let mut all = Tables::default();
        for (index, table) in of_kind(graph, "aws.ec2.route-table") {
            all.tables.push(index);
            let doc = &table.document;
            for one in read::list(doc.get("Associations")) {
                if one.get("Main").and_then(Node::as_bool) == Some(true) {
                    if let Some(vpc) = one.get("VpcId").and_then(|n| named(graph, index, n, &[VPC])) {
                        all.main_of_vpc.insert(vpc, index);
                    }
                    continue;
                }
                let Some(node) = one.get("SubnetId") else { continue };
                match named(graph, index, node, &[SUBNET]) {
                    Some(subnet) => _ = all.table_of_subnet.insert(subnet, index),
                    None => {
                        if let Err(reason) = text(node) {
                            let says = format!(
                                "route table {} is that of a subnet that is not known",
                                called(table)
                            );
                            let why = grounds(says, Some(node), table);
                            all.unsure.entry(table.scope.clone()).or_insert((reason, why));
                        }
                    }
                }
            }
            if let Some(vpc) = doc.get("DefaultRouteTableId").and_then(|n| named(graph, index, n, &[VPC])) {
                all.main_of_vpc.entry(vpc).or_insert(index);
            }
        }
        for (index, acl) in of_kind(graph, "aws.ec2.network-acl") {
            let direct = read::list(acl.document.get("SubnetIds"));
            let apart = read::list(acl.document.get("Associations"));
            let nodes = direct.into_iter().chain(apart.into_iter().filter_map(|n| n.get("SubnetId")));
            for subnet in nodes.filter_map(|n| named(graph, index, n, &[SUBNET])) {
                all.acl_of_subnet.insert(subnet, index);
            }
            let default = acl.document.get("DefaultNetworkAclId");
            if let Some(vpc) = default.and_then(|n| named(graph, index, n, &[VPC])) {
                all.default_acl_of_vpc.insert(vpc, index);
            }
        }
        all
    }

    /// The access list of a subnet; none where it is the one that lets everything through.
    pub(super) fn acl(&self, subnet: usize, vpc: Option<usize>) -> Option<usize> {
        let own = self.acl_of_subnet.get(&subnet);
        own.or_else(|| self.default_acl_of_vpc.get(&vpc?)).copied()
    }

    pub(super) fn gateway(&self, graph: &Graph, subnet: usize, vpc: Option<usize>) -> Gateway {
        let asset = &graph.assets()[subnet];
        let own = self.table_of_subnet.get(&subnet);
        if own.is_none()
            && let Some((reason, why)) = self.unsure.get(&asset.scope)
        {
            return Gateway::Unknown(reason.clone(), why.clone());
        }
        if let Some(table) = own.or_else(|| self.main_of_vpc.get(&vpc?)) {
            return through(graph, *table);
        }
        let default = |a: &Asset, key: &str| a.document.get(key).and_then(Node::as_bool) == Some(true);
        let is_default =
            default(asset, "DefaultForAz") || vpc.is_some_and(|v| default(&graph.assets()[v], "IsDefault"));
        if is_default {
            let says =
                format!("subnet {} is of the default network, which has an internet gateway", called(asset));
            return Gateway::Routed(Addresses::all(), grounds(says, None, asset));
        }
        match vpc {
            // The main table of a new network has the local route alone.
            Some(_) => Gateway::None,
            None => {
                let why = grounds(format!("subnet {} has no route table here", called(asset)), None, asset);
                let reason =
                    format!("the route table of subnet {} is not in this configuration", called(asset));
                Gateway::Unknown(reason.into(), why)
            }
        }
    }

    /// Whether a network has a route through a peering connection.
    pub(super) fn leads(&self, graph: &Graph, peering: usize, vpc: usize) -> bool {
        self.tables.iter().any(|table| {
            let of = graph.ends(*table, "in-network", Some(VPC), false).assets.contains(&vpc)
                || self.main_of_vpc.get(&vpc) == Some(table);
            of && read::list(graph.assets()[*table].document.get("Routes")).iter().any(|r| {
                let target = r.get("VpcPeeringConnectionId");
                target.and_then(|n| named(graph, *table, n, &["aws.ec2.vpc-peering-connection"]))
                    == Some(peering)
            })
        })
    }
}

/// The routes of a table to an internet gateway.
fn through(graph: &Graph, table: usize) -> Gateway {
    let asset = &graph.assets()[table];
    let name = called(asset);
    let mut routed: Vec<Addresses> = Vec::new();
    let mut why = None;
    let mut unknown: Option<(Arc<str>, Arc<Grounds>)> = None;
    let routes = asset.document.get("Routes");
    if let Some(Err(reason)) = routes.filter(|r| r.is_unknown()).map(text) {
        unknown = Some((reason, grounds(format!("the routes of {name} are not known"), routes, asset)));
    }
    for route in read::list(routes) {
        let Some(gateway) = route.get("GatewayId").filter(|n| !n.is_null()) else { continue };
        let found = named(graph, table, gateway, &["aws.ec2.internet-gateway"]).is_some();
        let literal = text(gateway).map(|t| t.starts_with("igw-"));
        let elsewhere = gateway.from.as_ref().is_some_and(|f| f.to_string().contains("internet_gateway"));
        if !found && !elsewhere && matches!(literal, Ok(false)) {
            continue;
        }
        let sure = found || elsewhere || literal == Ok(true);
        let ranges = read::lists(route, &["DestinationCidrBlock", "DestinationIpv6CidrBlock"]);
        let (addresses, vague) = read::addresses(ranges.clone());
        let shown = ranges.iter().map(|n| read::shown(n)).collect::<Vec<_>>().join(" and ");
        let told =
            grounds(format!("route table {name} leads {shown} to an internet gateway"), Some(gateway), asset);
        let doubt = vague.or_else(|| if sure { None } else { text(gateway).err() });
        match doubt {
            Some(reason) => unknown = unknown.or(Some((reason, told))),
            None if !addresses.is_empty() => {
                routed.push(addresses);
                why.get_or_insert(told);
            }
            None => {}
        }
    }
    match (why, unknown) {
        (Some(why), _) => Gateway::Routed(Addresses::of(routed), why),
        (None, Some((reason, why))) => Gateway::Unknown(reason, why),
        (None, None) => Gateway::None,
    }
}

/// What a set of groups allows, in and out.
pub(super) fn groups(graph: &Graph, groups: &[usize], open: Option<&Arc<str>>) -> (Layer, Layer) {
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    for index in groups {
        let asset = &graph.assets()[*index];
        let doc = &asset.document;
        let mut of = |key: &str, into: Option<bool>| {
            let stated = doc.get(key);
            if let Some(Err(reason)) = stated.filter(|n| n.is_unknown()).map(text) {
                let way = into.unwrap_or(true);
                let list = if way { &mut ingress } else { &mut egress };
                let says = format!("the rules of security group {} are not known", called(asset));
                list.push(unsure(reason, grounds(says, stated, asset)));
                return;
            }
            for rule in read::list(stated) {
                let way = into.or_else(|| rule.get("IsEgress").and_then(Node::as_bool).map(|out| !out));
                let list = if way.unwrap_or(true) { &mut ingress } else { &mut egress };
                list.push(group_rule(graph, *index, rule, way));
            }
        };
        of("SecurityGroupIngress", Some(true));
        of("SecurityGroupEgress", Some(false));
        of("SecurityGroupRules", None);
        // CloudFormation leaves the rule that lets everything out; Terraform takes it away.
        let terraform =
            asset.source_type.starts_with("aws_security") || asset.source_type.starts_with("aws_default");
        let silent = doc.get("SecurityGroupEgress").is_none_or(Node::is_null);
        if silent && !terraform {
            let says = format!("security group {} lets everything out", called(asset));
            egress.push(open_rule(grounds(says, None, asset)));
        }
    }
    if let (Some(reason), Some(first)) = (open, groups.first().map(|g| &graph.assets()[*g])) {
        let says = format!("besides {} there is a group that is not known", called(first));
        ingress.push(unsure(reason.clone(), grounds(&says, None, first)));
        egress.push(unsure(reason.clone(), grounds(&says, None, first)));
    } else if let Some(reason) = open {
        let evidence = model::Evidence::Pointer { document: reason.clone(), pointer: "".into() };
        let why = Arc::new(Grounds {
            says: format!("its security groups are not known: {reason}").into(),
            evidence,
        });
        ingress.push(unsure(reason.clone(), why.clone()));
        egress.push(unsure(reason.clone(), why));
    }
    let layer = |rules| Layer { rules, otherwise: Action::Deny, silence: None };
    (layer(ingress), layer(egress))
}

fn unsure(reason: Arc<str>, grounds: Arc<Grounds>) -> Rule {
    Rule { action: Action::Allow, peers: Peers::anybody(), ports: Ports::all(), doubt: Some(reason), grounds }
}

fn open_rule(grounds: Arc<Grounds>) -> Rule {
    Rule { action: Action::Allow, peers: Peers::anybody(), ports: Ports::all(), doubt: None, grounds }
}

fn group_rule(graph: &Graph, index: usize, rule: &Node, into: Option<bool>) -> Rule {
    let asset = &graph.assets()[index];
    let name = called(asset);
    if let Some(Err(reason)) = Some(rule).filter(|r| r.is_unknown()).map(text) {
        return unsure(
            reason,
            grounds(format!("a rule of security group {name} is not known"), Some(rule), asset),
        );
    }
    let ranges = read::lists(rule, &["CidrIp", "CidrIpv6"]);
    let (addresses, mut unknown) = read::addresses(ranges.iter().copied());
    let mut peers = Peers { addresses, ..Peers::default() };
    let mut who: Vec<String> = ranges.iter().take(3).map(|n| read::shown(n)).collect();
    if ranges.len() > 3 {
        who.push(format!("{} more", ranges.len() - 3));
    }
    for group in
        read::lists(rule, &["SourceSecurityGroupId", "DestinationSecurityGroupId", "ReferencedGroupId"])
    {
        match named(graph, index, group, &[GROUP]) {
            Some(found) => {
                who.push(format!("group {}", called(&graph.assets()[found])));
                peers.labels.insert(Label::Asset(found));
            }
            None => {
                // A group elsewhere holds nobody of the internet; who is in it here is not known.
                who.push(format!("group {}", read::shown(group)));
                peers.labels.insert(Label::Text(group.display().into()));
            }
        }
    }
    match rule.get("Self").map(text) {
        Some(Ok(t)) if t == "true" => {
            who.push("the group itself".into());
            peers.labels.insert(Label::Asset(index));
        }
        _ => {}
    }
    for list in read::lists(rule, &["SourcePrefixListId", "DestinationPrefixListId", "PrefixListId"]) {
        who.push(format!("prefix list {}", read::shown(list)));
        unknown = unknown
            .or_else(|| Some(format!("what prefix list {} holds is not known", read::shown(list)).into()));
    }
    peers.unknown = unknown;
    let (ports, doubt) = ports_of(rule, "IpProtocol", "FromPort", "ToPort");
    let doubt = doubt.or_else(|| {
        if into.is_none() { Some("the direction of the rule is not known".into()) } else { None }
    });
    let way = if into == Some(false) { "out to" } else { "in" };
    let says = format!("security group {name} lets {way} {} on {ports}", who.join(", "));
    let at = ranges.first().copied().filter(|n| n.at.is_some()).or(Some(rule));
    Rule { action: Action::Allow, peers, ports, doubt, grounds: grounds(says, at, asset) }
}

/// Protocol and ports of a rule, and why they are not known.
fn ports_of(rule: &Node, protocol: &str, from: &str, to: &str) -> (Ports, Option<Arc<str>>) {
    let kind = match rule.get(protocol).filter(|n| !n.is_null()).map(text) {
        Some(Err(reason)) => return (Ports::all(), Some(reason)),
        Some(Ok(t)) => Protocol::parse(&t),
        None => Protocol::All,
    };
    // With all protocols the ports mean nothing.
    if kind == Protocol::All {
        return (Ports::all(), None);
    }
    let end = |path: &str, absent: i64| match rule.at_path(path).filter(|n| !n.is_null()) {
        None => Ok(absent),
        Some(node) => {
            ports::number(node).ok_or_else(|| text(node).err().unwrap_or_else(|| "port is no number".into()))
        }
    };
    match (end(from, 0), end(to, 65_535)) {
        (Ok(-1), _) => (Ports::whole(kind), None),
        (Ok(a), Ok(b)) => {
            let clamp = |n: i64| u16::try_from(n.clamp(0, 65_535)).unwrap_or(u16::MAX);
            (Ports::range(kind, clamp(a), clamp(b)), None)
        }
        (Err(reason), _) | (_, Err(reason)) => (Ports::whole(kind), Some(reason)),
    }
}

/// The rules of an access list, in and out, in the order of their numbers.
pub(super) fn acl(graph: &Graph, index: usize) -> (Layer, Layer) {
    let asset = &graph.assets()[index];
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    for (key, into) in [("Ingress", Some(true)), ("Egress", Some(false)), ("Entries", None)] {
        let stated = asset.document.get(key);
        if let Some(Err(reason)) = stated.filter(|n| n.is_unknown()).map(text) {
            let says = format!("the rules of network list {} are not known", called(asset));
            let list = if into == Some(false) { &mut egress } else { &mut ingress };
            list.push((0, unsure(reason, grounds(says, stated, asset))));
            continue;
        }
        for rule in read::list(stated) {
            let out = rule.get("Egress").and_then(Node::as_bool).unwrap_or(false);
            let list = if into.unwrap_or(!out) { &mut ingress } else { &mut egress };
            list.push(acl_rule(asset, rule));
        }
    }
    let layer = |mut rules: Vec<(i64, Rule)>| {
        rules.sort_by_key(|(number, _)| *number);
        Layer { rules: rules.into_iter().map(|(_, r)| r).collect(), otherwise: Action::Deny, silence: None }
    };
    (layer(ingress), layer(egress))
}

fn acl_rule(asset: &Asset, rule: &Node) -> (i64, Rule) {
    let number = rule.get("RuleNumber").and_then(ports::number);
    let (addresses, unknown) = read::addresses(read::lists(rule, &["CidrBlock", "Ipv6CidrBlock"]));
    let (ports, mut doubt) = ports_of(rule, "Protocol", "PortRange.From", "PortRange.To");
    let action = match rule.get("RuleAction").map(text) {
        Some(Ok(t)) if t.eq_ignore_ascii_case("allow") => Action::Allow,
        Some(Err(reason)) => {
            doubt = doubt.or(Some(reason));
            Action::Allow
        }
        _ => Action::Deny,
    };
    let shown = number.map_or_else(|| "…".to_owned(), |n| n.to_string());
    let says = format!("network list {} lets {ports} through by rule {shown}", called(asset));
    let peers = Peers { addresses, unknown, ..Peers::default() };
    (number.unwrap_or(0), Rule { action, peers, ports, doubt, grounds: grounds(says, Some(rule), asset) })
}
