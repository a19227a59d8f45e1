//! Load balancers: who gets to their listeners, and through those to the targets.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Asset, Grounds, Node};

use super::Aws;
use crate::packets::{Budget, Cell, through};
use crate::place::{Found, Place, Way, internet, outside_cells};
use crate::ports::{self, Ports};
use crate::read::{self, called, grounds, named, of_kind};

/// Steps of rules for one target.
const BUDGET: usize = 500_000;

/// A port that a load balancer listens on, and the targets that it hands connections to, with the target's port.
struct Listener {
    port: Option<u16>,
    grounds: Arc<Grounds>,
    targets: Vec<(usize, Option<u16>, Arc<Grounds>)>,
}

pub(super) fn routes(aws: &mut Aws<'_, '_>, places: &[Place], found: &mut Found) {
    let graph = aws.graph;
    let mut at: BTreeMap<usize, &Place> = BTreeMap::new();
    for place in places {
        at.extend(place.members.iter().map(|m| (*m, place)));
    }
    let balancers: Vec<(usize, &Asset)> = of_kind(graph, "aws.elb.load-balancer")
        .chain(of_kind(graph, "aws.elb.classic-load-balancer"))
        .collect();
    for (index, asset) in balancers {
        let standing = aws.standing(index, asset);
        let ways = aws.ways(index, asset, &standing);
        let mut place = aws.place(&standing);
        let network = read::word(&asset.document, "Type") == Some("network");
        // Without groups a network load balancer takes everything.
        if network && standing.groups.is_empty() && standing.open.is_none() {
            place.inbound.remove(0);
        }
        let mut budget = Budget(BUDGET);
        let Some(cells) = through(&place.inbound, &internet(), &mut budget) else {
            found.note(place_of(asset), format!("load balancer {} has too many rules", called(asset)));
            continue;
        };
        for listener in listeners(aws, index, asset) {
            let ports = listener.port.map_or_else(Ports::all, Ports::tcp);
            let told = |way: &Way, more: &[Arc<Grounds>]| {
                let mut way = way.clone();
                way.grounds.insert(0, listener.grounds.clone());
                way.grounds.splice(0..0, more.iter().cloned());
                way
            };
            for way in &ways {
                outside_cells(&cells, &told(way, &[]), &ports, &[index], found);
            }
            for (target, port, says) in &listener.targets {
                let Some(behind) = at.get(target) else {
                    for way in &ways {
                        outside_cells(
                            &cells,
                            &told(way, std::slice::from_ref(says)),
                            &ports,
                            &[*target],
                            found,
                        );
                    }
                    continue;
                };
                let open = port.map_or_else(Ports::all, Ports::tcp);
                // A network load balancer keeps the sender's address; the target's rules then see the sender.
                let sender = if network { internet() } else { place.party.clone() };
                let Some(lets) = through(&behind.inbound, &sender, &mut Budget(BUDGET)) else { continue };
                let Some(let_in) =
                    lets.iter().find(|c| !Ports::of_spans([(c.from, c.to)]).and(&open).is_empty())
                else {
                    continue;
                };
                let handed = handed_on(&cells, let_in, network);
                for way in &ways {
                    outside_cells(&handed, &told(way, std::slice::from_ref(says)), &ports, &[*target], found);
                }
            }
        }
    }
}

/// Those who come to the load balancer, as far as the target lets in what it hands on.
fn handed_on(front: &[Cell], back: &Cell, keeps_sender: bool) -> Vec<Cell> {
    let one = |cell: &Cell| {
        let mut cell = cell.clone();
        let wanted = cell.admitted.or(&cell.perhaps);
        if keeps_sender {
            cell.admitted = cell.admitted.and(&back.admitted);
            cell.perhaps = wanted.and(&back.admitted.or(&back.perhaps)).without(&cell.admitted);
        } else if back.admitted.is_empty() {
            cell.admitted = crate::address::Addresses::default();
            cell.perhaps = wanted;
        }
        cell.doubt = cell.doubt.or_else(|| back.doubt.clone());
        cell.by.extend(back.by.iter().cloned());
        cell
    };
    front.iter().map(one).collect()
}

fn place_of(asset: &Asset) -> String {
    asset.position().map(ToString::to_string).unwrap_or_default()
}

fn port(node: Option<&Node>) -> Option<u16> {
    node.and_then(ports::number).and_then(|n| u16::try_from(n).ok())
}

fn listeners(aws: &Aws<'_, '_>, index: usize, asset: &Asset) -> Vec<Listener> {
    let graph = aws.graph;
    let mut all = Vec::new();
    if &*asset.kind == "aws.elb.classic-load-balancer" {
        let instances = graph.ends(index, "routes-to", Some("aws.ec2.instance"), false).assets;
        for listener in read::list(asset.document.get("Listeners")) {
            let (front, back) = (port(listener.get("LoadBalancerPort")), port(listener.get("InstancePort")));
            let says = format!("load balancer {} listens on port {}", called(asset), shown(front));
            let hands = format!(
                "load balancer {} hands port {} on to port {}",
                called(asset),
                shown(front),
                shown(back)
            );
            let hands = grounds(hands, Some(listener), asset);
            all.push(Listener {
                port: front,
                grounds: grounds(says, Some(listener), asset),
                targets: instances.iter().map(|i| (*i, back, hands.clone())).collect(),
            });
        }
        return all;
    }
    for listener in graph.ends(index, "contains", Some("aws.elb.listener"), false).assets {
        let stated = &graph.assets()[listener];
        let front = port(stated.document.get("Port"));
        let says = format!("load balancer {} listens on port {}", called(asset), shown(front));
        let rules = graph.ends(listener, "contains", Some("aws.elb.listener-rule"), false).assets;
        let mut targets = Vec::new();
        for source in std::iter::once(listener).chain(rules) {
            for group in graph.ends(source, "routes-to", Some("aws.elb.target-group"), false).assets {
                let owner = &graph.assets()[group];
                let default = port(owner.document.get("Port"));
                for target in read::list(owner.document.get("Targets")) {
                    let kinds = ["aws.ec2.instance", "aws.lambda.function"];
                    let Some(to) = target.get("Id").and_then(|n| named(graph, group, n, &kinds)) else {
                        continue;
                    };
                    let back = port(target.get("Port")).or(default);
                    let says = format!(
                        "target group {} hands connections on to port {} of {}",
                        called(owner),
                        shown(back),
                        called(&graph.assets()[to])
                    );
                    targets.push((to, back, grounds(says, Some(target), owner)));
                }
            }
        }
        all.push(Listener {
            port: front,
            grounds: grounds(says, stated.document.get("Port"), stated),
            targets,
        });
    }
    all
}

fn shown(port: Option<u16>) -> String {
    port.map_or_else(|| "…".to_owned(), |p| p.to_string())
}
