//! Network policies as `packets` has them: whom they select, and what they let in and out.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>: a pod that any policy selects for a
//! direction takes only what some policy allows; a rule without peers allows everybody, one without ports every port.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graph::Graph;
use model::{Asset, Node, Value};

use super::Workload;
use crate::address::Addresses;
use crate::packets::{Action, Label, Layer, Peers, Rule};
use crate::ports::{self, Ports, Protocol};
use crate::read::{self, called, grounds, text};

/// Labels as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Labels {
    Known(BTreeMap<String, String>),
    Unknown(Arc<str>),
}

impl Labels {
    pub(super) fn read(node: Option<&Node>) -> Self {
        let Some(node) = node.filter(|n| !n.is_null()) else { return Labels::Known(BTreeMap::new()) };
        let Some(map) = node.as_map() else {
            return Labels::Unknown(text(node).err().unwrap_or_else(|| "labels are not known".into()));
        };
        let entry = |(key, value): (&Arc<str>, &Node)| text(value).map(|v| (key.to_string(), v));
        match map.iter().map(entry).collect::<Result<_, _>>() {
            Ok(known) => Labels::Known(known),
            Err(reason) => Labels::Unknown(reason),
        }
    }

    /// Of a namespace, whose name is always a label.
    pub(super) fn of_namespace(name: &str, node: Option<&Node>) -> Self {
        match Self::read(node) {
            Labels::Known(mut map) => {
                map.insert("kubernetes.io/metadata.name".into(), name.into());
                Labels::Known(map)
            }
            unknown @ Labels::Unknown(_) => unknown,
        }
    }
}

/// Whether a selector takes something with these labels: yes, no or not known. `name` is the label that every namespace has.
fn selects(selector: &Node, labels: &Labels, name: Option<&str>) -> Option<bool> {
    let value = |key: &str| -> Result<Option<String>, ()> {
        match labels {
            Labels::Known(map) => Ok(map.get(key).cloned()),
            Labels::Unknown(_) if key == "kubernetes.io/metadata.name" => Ok(name.map(str::to_owned)),
            Labels::Unknown(_) => Err(()),
        }
    };
    let mut sure = true;
    if let Value::Unknown(_) = selector.value {
        return None;
    }
    let equal = selector.get("matchLabels");
    if equal.is_some_and(|n| !n.is_null() && n.as_map().is_none()) {
        return None;
    }
    for (key, wanted) in equal.and_then(Node::as_map).iter().flat_map(|m| m.iter()) {
        match (value(key), text(wanted)) {
            (Ok(found), Ok(wanted)) if found.as_deref() != Some(&*wanted) => return Some(false),
            (Ok(_), Ok(_)) => {}
            _ => sure = false,
        }
    }
    for expression in read::list(selector.get("matchExpressions")) {
        let (Some(key), Some(operator)) = (read::word(expression, "key"), read::word(expression, "operator"))
        else {
            sure = false;
            continue;
        };
        let Ok(found) = value(key) else {
            sure = false;
            continue;
        };
        let values: Result<Vec<String>, _> =
            read::list(expression.get("values")).into_iter().map(text).collect();
        let Ok(values) = values else {
            sure = false;
            continue;
        };
        let listed = found.as_ref().is_some_and(|f| values.contains(f));
        let holds = match operator {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            _ => {
                sure = false;
                continue;
            }
        };
        if !holds {
            return Some(false);
        }
    }
    sure.then_some(true)
}

/// The layers of one workload: what comes in, and what goes out; none where no policy isolates it.
pub(super) fn layers(
    graph: &Graph,
    workload: &Workload,
    all: &[Workload],
    namespaces: &BTreeMap<(Arc<str>, String), Labels>,
    work: &mut usize,
) -> Option<(Option<Layer>, Option<Layer>)> {
    let ends = graph.ends(workload.index, "protects", Some("kubernetes.networking.network-policy"), true);
    let mut layers = (None, None);
    for policy in ends.assets {
        let asset = &graph.assets()[policy];
        let doc = &asset.document;
        let types: Vec<&str> =
            read::list(doc.at_path("spec.policyTypes")).into_iter().filter_map(Node::as_str).collect();
        let egress = doc.at_path("spec.egress").is_some_and(|n| !n.is_null());
        for (key, peers, slot, holds) in [
            ("spec.ingress", "from", &mut layers.0, types.is_empty() || types.contains(&"Ingress")),
            (
                "spec.egress",
                "to",
                &mut layers.1,
                if types.is_empty() { egress } else { types.contains(&"Egress") },
            ),
        ] {
            if !holds {
                continue;
            }
            let layer = slot.get_or_insert_with(|| Layer {
                rules: Vec::new(),
                otherwise: Action::Deny,
                silence: None,
            });
            let stated = doc.at_path(key);
            if let Some(node) = stated.filter(|n| n.is_unknown()) {
                let why = grounds(
                    format!("the rules of network policy {} are not known", called(asset)),
                    stated,
                    asset,
                );
                let doubt = text(node).err();
                layer.rules.push(Rule {
                    action: Action::Allow,
                    peers: Peers::anybody(),
                    ports: Ports::all(),
                    doubt,
                    grounds: why,
                });
                continue;
            }
            for rule in read::list(stated) {
                layer.rules.extend(rules(asset, rule, peers, workload, all, namespaces, work)?);
            }
        }
    }
    Some(layers)
}

fn rules(
    policy: &Asset,
    rule: &Node,
    key: &str,
    workload: &Workload,
    all: &[Workload],
    namespaces: &BTreeMap<(Arc<str>, String), Labels>,
    work: &mut usize,
) -> Option<Vec<Rule>> {
    let (ports, doubt) = ports_of(rule, workload, key == "to");
    let way = if key == "from" { "in" } else { "out" };
    let says = |who: &str| format!("network policy {} lets {who} {way} on {ports}", called(policy));
    let stated = read::list(rule.get(key));
    if stated.is_empty() {
        let why = grounds(says("everybody"), Some(rule), policy);
        return Some(vec![Rule {
            action: Action::Allow,
            peers: Peers::anybody(),
            ports,
            doubt,
            grounds: why,
        }]);
    }
    let mut made = Vec::new();
    for peer in stated {
        if let Some(block) = peer.get("ipBlock").filter(|n| !n.is_null()) {
            let (addresses, unknown) = read::addresses(read::list(block.get("cidr")));
            let (except, vague) = read::addresses(read::list(block.get("except")));
            let cidr = block.get("cidr").map(read::shown).unwrap_or_default();
            let peers = Peers { addresses: addresses.without(&except), unknown, ..Peers::default() };
            let why = grounds(says(&cidr), Some(block), policy);
            made.push(Rule {
                action: Action::Allow,
                peers,
                ports: ports.clone(),
                doubt: doubt.clone().or(vague),
                grounds: why,
            });
            continue;
        }
        let (pods, spaces) = (peer.get("podSelector"), peer.get("namespaceSelector"));
        let (mut sure, mut perhaps) = (BTreeSet::new(), BTreeSet::new());
        for other in all.iter().filter(|o| o.scope == workload.scope) {
            *work = work.checked_sub(1)?;
            let space = match spaces.filter(|n| !n.is_null()) {
                None => Some(other.namespace == workload.namespace),
                Some(selector) => {
                    let labels = namespaces.get(&(other.scope.clone(), other.namespace.clone()));
                    let unknown = Labels::Unknown("the namespace is declared elsewhere".into());
                    selects(selector, labels.unwrap_or(&unknown), Some(&other.namespace))
                }
            };
            let pod = pods.filter(|n| !n.is_null()).map_or(Some(true), |s| selects(s, &other.labels, None));
            match (space, pod) {
                (Some(false), _) | (_, Some(false)) => {}
                (Some(true), Some(true)) => _ = sure.insert(Label::Asset(other.index)),
                _ => _ = perhaps.insert(Label::Asset(other.index)),
            }
        }
        let why = grounds(says("the pods it selects"), Some(peer), policy);
        for (labels, unsure) in
            [(sure, None), (perhaps, Some(Arc::from("the labels that the policy asks for are not known")))]
        {
            let peers = Peers { labels, ..Peers::default() };
            let doubt = doubt.clone().or(unsure);
            // Whom it selects may be none of ours: then the rule is kept, for who asks whether it lets anybody in.
            made.push(Rule {
                action: Action::Allow,
                peers,
                ports: ports.clone(),
                doubt,
                grounds: why.clone(),
            });
        }
    }
    Some(made)
}

/// The ports of a rule. Those of what goes out, by name, are the target's: not known here.
fn ports_of(rule: &Node, workload: &Workload, out: bool) -> (Ports, Option<Arc<str>>) {
    let stated = read::list(rule.get("ports"));
    if stated.is_empty() {
        return (Ports::all(), None);
    }
    let mut doubt = None;
    let mut all = Vec::new();
    for entry in stated {
        let protocol = Protocol::parse(read::word(entry, "protocol").unwrap_or("TCP"));
        let Some(port) = entry.get("port").filter(|n| !n.is_null()) else {
            all.push(Ports::whole(protocol));
            continue;
        };
        let number = |n: &Node| ports::number(n).and_then(|n| u16::try_from(n).ok());
        match (number(port), port.as_str()) {
            (Some(from), _) => {
                let to = entry.get("endPort").and_then(number).unwrap_or(from);
                all.push(Ports::range(protocol, from, to));
            }
            (None, Some(name)) if !out => {
                all.extend(workload.ports.get(name).map(|p| Ports::range(protocol, *p, *p)));
            }
            (None, Some(name)) => {
                doubt.get_or_insert_with(|| Arc::from(format!("which port {name} is depends on the pod")));
                all.push(Ports::whole(protocol));
            }
            (None, None) => {
                doubt = doubt.or_else(|| text(port).err());
                all.push(Ports::whole(protocol));
            }
        }
    }
    (Ports::of(all), doubt)
}

/// Addresses that pods may have, which no manifest tells.
pub(super) fn pod_addresses() -> Addresses {
    Addresses::of(
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
            .iter()
            .filter_map(|c| Addresses::parse(c)),
    )
}
