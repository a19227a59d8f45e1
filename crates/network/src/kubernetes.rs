//! Kubernetes: pods reach pods unless a network policy isolates them, and the world reaches them through services,
//! ingresses and gateways, or at the address of their node.
//!
//! Sources: <https://kubernetes.io/docs/concepts/services-networking/service/>,
//! <https://kubernetes.io/docs/concepts/services-networking/ingress/>,
//! <https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/> (internal unless stated).

mod policies;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graph::Graph;
use model::{Asset, Grounds, Node, Verdict};

use self::policies::Labels;
use crate::address::Addresses;
use crate::facts::Facts;
use crate::packets::{Budget, Cell, Label, Layer, Party, through};
use crate::place::{Found, Networks, Place, Way, internet, outside_cells};
use crate::ports::{self, Ports, Protocol};
use crate::read::{self, called, grounds, of_kind};

/// Pods that selectors of policies are compared with, over all.
const MAX_COMPARISONS: usize = 20_000_000;
const BUDGET: usize = 500_000;

/// What runs pods.
#[derive(Clone, Debug)]
struct Workload {
    index: usize,
    scope: Arc<str>,
    namespace: String,
    labels: Labels,
    /// Ports of its containers by name.
    ports: BTreeMap<String, u16>,
    /// Itself and the software in its containers.
    members: Vec<usize>,
    inbound: Option<Arc<Layer>>,
    outbound: Option<Arc<Layer>>,
}

pub(crate) fn places(facts: &Facts<'_>, networks: &mut Networks, found: &mut Found) -> Vec<Place> {
    let graph = facts.graph;
    let mut workloads = workloads(facts);
    if workloads.is_empty() {
        return Vec::new();
    }
    let namespaces = namespaces(graph);
    let mut work = MAX_COMPARISONS;
    let all = workloads.clone();
    for workload in &mut workloads {
        match policies::layers(graph, workload, &all, &namespaces, &mut work) {
            Some((inbound, outbound)) => {
                workload.inbound = inbound.map(Arc::new);
                workload.outbound = outbound.map(Arc::new);
            }
            None => {
                found.note("", "there are too many network policies to compare all of them with all pods");
                return Vec::new();
            }
        }
    }
    published(facts, &workloads, found);
    // Pods that are told apart by nothing stand in one place.
    let named: BTreeSet<usize> = workloads
        .iter()
        .flat_map(|w| w.inbound.iter().chain(&w.outbound))
        .flat_map(|l| &l.rules)
        .flat_map(|r| &r.peers.labels)
        .filter_map(|l| if let Label::Asset(index) = l { Some(*index) } else { None })
        .collect();
    let mut free: BTreeMap<Arc<str>, Vec<&Workload>> = BTreeMap::new();
    let mut places = Vec::new();
    for workload in &workloads {
        if workload.inbound.is_none() && workload.outbound.is_none() && !named.contains(&workload.index) {
            free.entry(workload.scope.clone()).or_default().push(workload);
        } else {
            places.push(place(graph, networks, &[workload]));
        }
    }
    places.extend(free.values().map(|group| place(graph, networks, group)));
    places
}

fn place(graph: &Graph, networks: &mut Networks, group: &[&Workload]) -> Place {
    let members: BTreeSet<usize> = group.iter().flat_map(|w| w.members.iter().copied()).collect();
    let first = group.first();
    let stands = first.map(|w| {
        let asset = &graph.assets()[w.index];
        let says = match w.inbound {
            None => "no network policy isolates these pods from others of the cluster".to_owned(),
            Some(_) => format!("{} is isolated by network policies", called(asset)),
        };
        grounds(says, None, asset)
    });
    Place {
        members: members.into_iter().collect(),
        party: Party {
            addresses: policies::pod_addresses(),
            labels: group.iter().map(|w| Label::Asset(w.index)).collect(),
            vague: Some("the addresses of pods are not known".into()),
        },
        network: first.map(|w| networks.id(&format!("cluster {}", w.scope))),
        inbound: first.iter().filter_map(|w| w.inbound.clone()).collect(),
        outbound: first.iter().filter_map(|w| w.outbound.clone()).collect(),
        listens: Ports::all(),
        sends: true,
        single: group.len() == 1,
        stands,
        ..Place::default()
    }
}

/// The template of the pods of a workload.
fn template(asset: &Asset) -> Option<&Node> {
    let doc = &asset.document;
    match &*asset.kind {
        "kubernetes.core.pod" => Some(doc),
        _ => ["spec.template", "spec.jobTemplate.spec.template"].iter().find_map(|path| doc.at_path(path)),
    }
}

fn workloads(facts: &Facts<'_>) -> Vec<Workload> {
    let graph = facts.graph;
    let mut software: BTreeMap<(Arc<str>, String), Vec<usize>> = BTreeMap::new();
    for (index, asset) in of_kind(graph, "self-hosted.") {
        // A container is named below what runs it.
        if let Some((owner, _)) = asset.address.rsplit_once('/') {
            software.entry((asset.scope.clone(), owner.to_owned())).or_default().push(index);
        }
    }
    let mut all = Vec::new();
    for (index, asset) in of_kind(graph, "kubernetes.") {
        let Some(pod) = template(asset).filter(|_| facts.has_fact(index, "pod")) else { continue };
        let mut ports = BTreeMap::new();
        for port in
            read::lists(pod, &["spec.containers"]).into_iter().flat_map(|c| read::list(c.get("ports")))
        {
            let number =
                port.get("containerPort").and_then(ports::number).and_then(|n| u16::try_from(n).ok());
            if let (Some(name), Some(number)) = (read::word(port, "name"), number) {
                ports.insert(name.to_owned(), number);
            }
        }
        let mut members = vec![index];
        members.extend(software.get(&(asset.scope.clone(), asset.address.to_string())).into_iter().flatten());
        members.sort_unstable();
        members.dedup();
        all.push(Workload {
            index,
            scope: asset.scope.clone(),
            namespace: namespace(asset),
            labels: Labels::read(pod.at_path("metadata.labels")),
            ports,
            members,
            inbound: None,
            outbound: None,
        });
    }
    all
}

fn namespace(asset: &Asset) -> String {
    asset
        .document
        .at_path("metadata.namespace")
        .filter(|n| !n.is_null())
        .map_or_else(|| "default".into(), Node::display)
}

fn namespaces(graph: &Graph) -> BTreeMap<(Arc<str>, String), Labels> {
    of_kind(graph, "kubernetes.core.namespace")
        .map(|(_, asset)| {
            let labels = Labels::of_namespace(&asset.name, asset.document.at_path("metadata.labels"));
            ((asset.scope.clone(), asset.name.clone()), labels)
        })
        .collect()
}

/// What stands in front of a service.
struct Front {
    verdict: Verdict,
    grounds: Vec<Arc<Grounds>>,
    /// Who is let in.
    from: Addresses,
    /// The ports that it takes connections on; those of the service where it is the service itself.
    ports: Option<Ports>,
    /// Pods of somebody else's stand in between, whom policies see in place of the sender.
    between: bool,
}

/// From the internet to pods.
fn published(facts: &Facts<'_>, workloads: &[Workload], found: &mut Found) {
    let graph = facts.graph;
    let by_index: BTreeMap<usize, &Workload> =
        workloads.iter().flat_map(|w| w.members.iter().map(move |m| (*m, w))).collect();
    for (service, asset) in of_kind(graph, "kubernetes.core.service") {
        let mut fronts = direct(facts, service, asset);
        let ingresses = graph.ends(service, "routes-to", Some("kubernetes.networking.ingress"), true).assets;
        fronts.extend(ingresses.into_iter().filter_map(|i| ingress(&graph.assets()[i])));
        for route in graph.ends(service, "routes-to", Some("kubernetes.gateway.http-route"), true).assets {
            fronts.extend(gateways(graph, route));
        }
        let targets = graph.ends(service, "routes-to", None, false).assets;
        for front in &fronts {
            // Who gets to a service gets to its address even where its pods are not in the configuration.
            let open = front.ports.clone().unwrap_or_else(|| service_ports(asset));
            let way = Way {
                verdict: front.verdict.clone(),
                grounds: front.grounds.clone(),
                ports: open.clone(),
                shown: None,
                from: front.from.clone(),
            };
            let everybody = [crate::packets::whole(&internet())];
            outside_cells(&everybody, &way, &open, &[service], found);
            for target in &targets {
                let Some(workload) = by_index.get(target) else { continue };
                for (port, back) in pairs(asset, workload, front.ports.as_ref()) {
                    let Some(cells) = cells(workload, front, &back) else { continue };
                    outside_cells(
                        &cells,
                        &Way { ports: port.clone(), ..way.clone() },
                        &port,
                        &[*target],
                        found,
                    );
                }
            }
        }
    }
    on_nodes(graph, workloads, found);
    for (index, asset) in of_kind(graph, "kubernetes.") {
        let own = ["kubernetes.kaito.", "kubernetes.nim.", "kubernetes.ray."]
            .iter()
            .any(|k| asset.kind.starts_with(k));
        if own && let Some((Ok(true), reads)) = facts.holds(index, "published") {
            let told = facts.grounds(
                index,
                format!("{} asks for a service or an ingress of its own", called(asset)),
                &reads,
            );
            let condition = format!("the service or ingress of {} has a public address", called(asset));
            found.add(
                vec![graph::Origin::Internet],
                [index],
                Ports::all(),
                Verdict::Conditional(vec![condition.into()]),
                told,
            );
        }
    }
}

/// Those of the internet that a policy of the workload lets in on the ports of the pods.
fn cells(workload: &Workload, front: &Front, back: &Ports) -> Option<Vec<Cell>> {
    let everybody = vec![crate::packets::whole(&internet())];
    let Some(layer) = &workload.inbound else { return Some(everybody) };
    let cells = through([layer], &internet(), &mut Budget(BUDGET))?;
    let found = cells.into_iter().find(|c| !Ports::of_spans([(c.from, c.to)]).and(back).is_empty());
    let whole = |cell: Cell| {
        let (from, to) = Ports::all().spans().first().copied().unwrap_or_default();
        vec![Cell { from, to, ..cell }]
    };
    match found {
        Some(cell) => Some(whole(cell)),
        // A rule for pods may be meant for those that hand the connections on.
        None if front.between => {
            let rule =
                layer.rules.iter().find(|r| !r.ports.and(back).is_empty() && r.peers.addresses.is_empty())?;
            let mut cell = crate::packets::whole(&internet());
            cell.perhaps = std::mem::take(&mut cell.admitted);
            cell.by = vec![rule.grounds.clone()];
            cell.doubt =
                Some("whether its network policy lets the ingress controller in is not known".into());
            Some(vec![cell])
        }
        None => None,
    }
}

/// The ports of a service, each with those of the pods behind it.
fn pairs(service: &Asset, workload: &Workload, front: Option<&Ports>) -> Vec<(Ports, Ports)> {
    let mut all: Vec<(Ports, Ports)> = Vec::new();
    for port in read::list(service.document.at_path("spec.ports")) {
        let protocol = Protocol::parse(read::word(port, "protocol").unwrap_or("TCP"));
        let number = |n: &Node| ports::number(n).and_then(|n| u16::try_from(n).ok());
        let one = |n: Option<u16>| n.map_or_else(|| Ports::whole(protocol), |p| Ports::range(protocol, p, p));
        let outer = port.get("port").and_then(number);
        let inner = match port.get("targetPort").filter(|n| !n.is_null()) {
            None => one(outer),
            Some(target) => match target.as_str().and_then(|name| workload.ports.get(name)) {
                Some(named) => one(Some(*named)),
                None => one(number(target)),
            },
        };
        all.push((front.cloned().unwrap_or_else(|| one(outer)), inner));
    }
    if let Some(front) = front {
        // An ingress names one of them; whichever it is.
        let inner = Ports::of(all.iter().map(|(_, inner)| inner.clone()));
        return vec![(front.clone(), inner)];
    }
    all
}

fn service_ports(service: &Asset) -> Ports {
    let one = |port: &Node| {
        let protocol = Protocol::parse(read::word(port, "protocol").unwrap_or("TCP"));
        let number = port.get("port").and_then(ports::number).and_then(|n| u16::try_from(n).ok());
        number.map_or_else(|| Ports::whole(protocol), |n| Ports::range(protocol, n, n))
    };
    Ports::of(read::list(service.document.at_path("spec.ports")).into_iter().map(one))
}

/// A service that is its own way in.
fn direct(facts: &Facts<'_>, service: usize, asset: &Asset) -> Vec<Front> {
    let doc = &asset.document;
    let name = called(asset);
    let mut fronts = Vec::new();
    let stated = doc.at_path("spec.type");
    let front = |verdict, says: String, from, ports| Front {
        verdict,
        grounds: vec![grounds(says, stated, asset)],
        from,
        ports,
        between: false,
    };
    match stated.map(read::text) {
        Some(Ok(kind)) if kind == "LoadBalancer" => {
            let internal = facts.holds(service, "internal_load_balancer").map(|(held, _)| held);
            let ranges = read::list(doc.at_path("spec.loadBalancerSourceRanges"));
            let (mut from, unknown) = read::addresses(ranges.iter().copied());
            if ranges.is_empty() {
                from = Addresses::all();
            }
            let says = format!("service {name} has a load balancer");
            let mut front = front(Verdict::Allowed, says, from, None);
            if let Some(first) = ranges.first() {
                let shown = ranges.iter().take(3).map(|r| read::shown(r)).collect::<Vec<_>>().join(", ");
                front.grounds.insert(
                    0,
                    grounds(format!("the load balancer of {name} lets in {shown}"), Some(first), asset),
                );
            }
            if let Some(reason) = unknown {
                front.from = Addresses::all();
                front.verdict = Verdict::Unknown(reason);
            }
            match internal {
                Some(Ok(true)) => {}
                // Annotations that nobody wrote say nothing against it.
                Some(Err(reason))
                    if doc.at_path("metadata.annotations").is_some_and(|a| a.first_unknown(64).is_some()) =>
                {
                    front.verdict = front.verdict.and(Verdict::Unknown(reason));
                    fronts.push(front);
                }
                _ => fronts.push(front),
            }
        }
        Some(Ok(kind)) if kind == "NodePort" => {
            let number =
                |p: &Node| p.get("nodePort").and_then(ports::number).and_then(|n| u16::try_from(n).ok());
            let one = |p: &&Node| {
                let protocol = Protocol::parse(read::word(p, "protocol").unwrap_or("TCP"));
                // The range that the cluster takes one from where none is stated.
                number(p)
                    .map_or_else(|| Ports::range(protocol, 30_000, 32_767), |n| Ports::range(protocol, n, n))
            };
            let ports = Ports::of(read::list(doc.at_path("spec.ports")).iter().map(one));
            let says = format!("service {name} has a port on every node");
            let condition = Verdict::Conditional(vec![
                "the nodes have public addresses and their firewall lets the port in".into(),
            ]);
            fronts.push(front(condition, says, Addresses::all(), Some(ports)));
        }
        Some(Err(reason)) => {
            let says = format!("the type of service {name} is not known");
            fronts.push(front(Verdict::Unknown(reason), says, Addresses::all(), None));
        }
        _ => {}
    }
    let external = read::list(doc.at_path("spec.externalIPs"));
    if let Some(address) = external.first() {
        let (addresses, _) = read::addresses(external.iter().copied());
        let public = !addresses.and(&Addresses::public()).is_empty();
        if public || address.as_str().is_none() {
            let mut front = front(
                Verdict::Allowed,
                format!("service {name} answers at {}", read::shown(address)),
                Addresses::all(),
                None,
            );
            if !public {
                front.verdict = Verdict::Unknown("its external address is not known".into());
            }
            fronts.push(front);
        }
    }
    fronts
}

/// An ingress, as far as it tells who gets to its controller.
fn ingress(asset: &Asset) -> Option<Front> {
    let doc = &asset.document;
    let name = called(asset);
    let annotation =
        |key: &str| doc.at_path("metadata.annotations").and_then(|a| a.get(key)).and_then(Node::as_str);
    let class =
        read::word(doc, "spec.ingressClassName").or_else(|| annotation("kubernetes.io/ingress.class"));
    let scheme = annotation("alb.ingress.kubernetes.io/scheme");
    let condition = |what: String| Verdict::Conditional(vec![what.into()]);
    let verdict = match (class, scheme) {
        (_, Some("internet-facing")) | (Some("gce"), _) => Verdict::Allowed,
        (_, Some("internal")) | (Some("alb"), None) | (Some("gce-internal"), _) => return None,
        (Some(class), _) => {
            condition(format!("the ingress controller of class {class} has a public address"))
        }
        (None, _) => condition("the ingress controller has a public address".into()),
    };
    let secure = !read::list(doc.at_path("spec.tls")).is_empty();
    let ports = if secure { Ports::of([Ports::tcp(80), Ports::tcp(443)]) } else { Ports::tcp(80) };
    let at = doc.at_path("spec.rules").or_else(|| doc.at_path("spec.defaultBackend"));
    let told = vec![grounds(format!("ingress {name} leads to the service"), at, asset)];
    // Google's and Amazon's stand outside the cluster.
    let between = verdict != Verdict::Allowed;
    Some(Front { verdict, grounds: told, from: Addresses::all(), ports: Some(ports), between })
}

/// The gateways of a route.
fn gateways(graph: &Graph, route: usize) -> Vec<Front> {
    let asset = &graph.assets()[route];
    let told = grounds(
        format!("route {} leads to the service", called(asset)),
        asset.document.at_path("spec.rules"),
        asset,
    );
    let ends = graph.ends(route, "member-of", Some("kubernetes.gateway.gateway"), false);
    let one = |gateway: &usize| {
        let gateway = &graph.assets()[*gateway];
        let listeners = read::list(gateway.document.at_path("spec.listeners"));
        let number = |l: &&Node| {
            l.get("port").and_then(ports::number).and_then(|n| u16::try_from(n).ok()).map(Ports::tcp)
        };
        let ports = Ports::of(listeners.iter().filter_map(number));
        let says = format!("gateway {} listens", called(gateway));
        Front {
            verdict: Verdict::Conditional(vec![
                format!("gateway {} has a public address", called(gateway)).into(),
            ]),
            grounds: vec![told.clone(), grounds(says, gateway.document.at_path("spec.listeners"), gateway)],
            from: Addresses::all(),
            ports: Some(if ports.is_empty() { Ports::whole(Protocol::Tcp) } else { ports }),
            between: true,
        }
    };
    let mut fronts: Vec<Front> = ends.assets.iter().map(one).collect();
    if fronts.is_empty() {
        fronts.push(Front {
            verdict: Verdict::Unknown("its gateway is not in this configuration".into()),
            grounds: vec![told],
            from: Addresses::all(),
            ports: Some(Ports::of([Ports::tcp(80), Ports::tcp(443)])),
            between: true,
        });
    }
    fronts
}

/// Pods that take connections at the address of their node.
fn on_nodes(graph: &Graph, workloads: &[Workload], found: &mut Found) {
    for workload in workloads {
        let asset = &graph.assets()[workload.index];
        let Some(pod) = template(asset) else { continue };
        let condition = || {
            Verdict::Conditional(vec![
                "its node has a public address and the node's firewall lets the port in".into(),
            ])
        };
        let host = pod.at_path("spec.hostNetwork");
        let mut ports = Vec::new();
        let mut at = host;
        let on_host = host.and_then(Node::as_bool) == Some(true);
        for port in
            read::list(pod.at_path("spec.containers")).into_iter().flat_map(|c| read::list(c.get("ports")))
        {
            let protocol = Protocol::parse(read::word(port, "protocol").unwrap_or("TCP"));
            let key = if on_host { "containerPort" } else { "hostPort" };
            if let Some(number) =
                port.get(key).and_then(ports::number).and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0)
            {
                ports.push(Ports::range(protocol, number, number));
                if !on_host {
                    at = port.get(key);
                }
            }
        }
        let ports = if on_host && ports.is_empty() { Ports::all() } else { Ports::of(ports) };
        let says = if on_host { "uses the network of its node" } else { "has a port on its node" };
        let told = vec![grounds(format!("{} {says}", called(asset)), at, asset)];
        found.add(vec![graph::Origin::Internet], workload.members.iter().copied(), ports, condition(), told);
    }
}
