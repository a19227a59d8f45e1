//! The resources of one scope to observations: assets by their kinds' cards, the namespaces around them, the software in
//! their containers, and the links that selectors make.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use catalog::Catalog;
use model::{AssetId, CoverageStatus, Link, Node, Observations, Position, Reference, Value};

use super::SOURCE;
use super::manifest::Manifest;
use super::selectors::{Pods, Selector};
use super::workload::{Context, Resources};
use super::{pods, references, secrets};
use crate::containers::{self, Signs};
use crate::native::{Observer, Resource};

/// Resources of one scope.
const MAX_RESOURCES: usize = 50_000;
/// Links that the selectors of one scope make.
const MAX_LINKS: usize = 200_000;

/// A pod of a workload, as selectors see it.
struct Running {
    workload: Arc<str>,
    /// Each container's ports, and its software's address.
    containers: Vec<(Vec<Port>, Option<Arc<str>>)>,
}

/// A port's number and name.
type Port = (String, String);

/// Observes the manifests of a scope.
pub(crate) fn scope(
    catalog: &Catalog,
    signs: &Signs<'_>,
    scope: &Arc<str>,
    manifests: Vec<Manifest>,
) -> Observations {
    let mut observer = Observer::new(SOURCE, scope.clone(), catalog);
    let manifests = settle(manifests, &mut observer, scope);
    // Secrets are marked first: nothing after this sees them unmarked.
    let manifests: Vec<(Arc<str>, Manifest)> = manifests
        .into_iter()
        .map(|(address, manifest)| (address, Manifest { body: secrets::hidden(&manifest), ..manifest }))
        .collect();
    let resources: Resources<'_> = manifests.iter().map(|(a, m)| (a.to_string(), m)).collect();
    let mut namespaces: BTreeMap<String, Option<Arc<Position>>> = BTreeMap::new();
    let mut running: Vec<Running> = Vec::new();
    let mut selectable = Pods::default();
    for (address, manifest) in &manifests {
        let namespace = manifest.namespace();
        let space = namespace.as_deref().unwrap_or("default");
        let context = Context { resources: &resources, manifest, namespace: space };
        let mut body = references::rewrite(manifest, &mut |named| Some(referring(&resources, named)));
        let document = body.take().unwrap_or_else(|| manifest.body.clone());
        let with = Manifest { body: document.clone(), ..manifest.clone() };
        observer.resource(Resource {
            native: manifest.native().into(),
            address: address.clone(),
            aliases: BTreeSet::new(),
            document,
        });
        if !manifest.is_cluster_scoped() {
            let written = manifest.body.at_path("metadata.namespace").and_then(|n| n.at.clone());
            namespaces.entry(space.to_owned()).or_insert_with(|| written.or_else(|| manifest.at().cloned()));
            observer.contains(&format!("Namespace/{space}").into(), address, None);
        }
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for pod in pods::pods(&with) {
            let mut containers = Vec::new();
            for node in &pod.containers {
                let name = node.get("name").map_or_else(|| "main".to_owned(), Node::display);
                let container = context.container(&pod, node, &name);
                let ports = ports(node);
                let software = container.software(signs).map(|(kind, document)| {
                    let times = names.entry(name.clone()).or_default();
                    let inner = if *times == 0 {
                        format!("{address}/{name}")
                    } else {
                        format!("{address}/{name}[{times}]")
                    };
                    *times += 1;
                    let id = observer.id(&inner);
                    observer.contains(address, &inner, None);
                    let asset = containers::asset(scope, id, inner.clone(), kind, document, BTreeSet::new());
                    observer.seen.assets.push(asset);
                    Arc::from(inner)
                });
                containers.push((ports, software));
            }
            selectable.push(space, pod.labels);
            running.push(Running { workload: address.clone(), containers });
        }
    }
    implied(&mut observer, &resources, namespaces);
    selections(&mut observer, &manifests, &selectable, &running);
    observer.seen
}

/// Every resource once: of two that are called the same the later one counts, as it does when both are applied.
fn settle(manifests: Vec<Manifest>, observer: &mut Observer<'_>, scope: &str) -> Vec<(Arc<str>, Manifest)> {
    let mut settled: Vec<(Arc<str>, Manifest)> = Vec::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut fragments: Vec<String> = Vec::new();
    for manifest in manifests {
        let place = manifest.at().map_or_else(|| scope.to_owned(), |at| at.to_string());
        if manifest.is_fragment() {
            fragments.push(place);
            continue;
        }
        let mut address = manifest.address();
        if let Some(at) = taken.get(&address).copied() {
            let (_, old) = &settled[at];
            if old.group == manifest.group {
                let reason = format!("{address} is declared twice; the later one counts");
                observer.note(&place, CoverageStatus::Partial, reason);
                settled[at].1 = manifest;
                continue;
            }
            // Two kinds of one name, of different groups.
            address = format!("{}.{}", manifest.group, address);
        }
        if settled.len() >= MAX_RESOURCES {
            let reason = format!("more than {MAX_RESOURCES} resources; the rest is not read");
            observer.note(&place, CoverageStatus::Failed, reason);
            break;
        }
        taken.insert(address.clone(), settled.len());
        settled.push((address.into(), manifest));
    }
    for place in fragments {
        let reason = "a piece of a resource that nothing here lays over another";
        observer.note(&place, CoverageStatus::Skipped, reason);
    }
    settled
}

/// A name, with the resource that it is the name of.
fn referring(resources: &Resources<'_>, named: &references::Named<'_>) -> Node {
    let address = named.address();
    let known = resources.contains_key(&address);
    let attribute = if known { "metadata.name" } else { "" };
    let from = Reference { address: address.into(), attribute: attribute.into(), via: None };
    Node { from: Some(Arc::new(from)), ..named.name.clone() }
}

fn ports(container: &Node) -> Vec<Port> {
    let list = container.get("ports").and_then(Node::as_list).map_or(&[][..], |l| &l[..]);
    let text = |port: &Node, key: &str| port.get(key).map(Node::display).unwrap_or_default();
    list.iter().map(|port| (text(port, "containerPort"), text(port, "name"))).collect()
}

/// Namespaces that resources are in, but that are declared elsewhere.
fn implied(
    observer: &mut Observer<'_>,
    resources: &Resources<'_>,
    namespaces: BTreeMap<String, Option<Arc<Position>>>,
) {
    for (name, at) in namespaces {
        let address = format!("Namespace/{name}");
        if resources.contains_key(&address) {
            continue;
        }
        let elsewhere = || Node { at: at.clone(), ..Node::unknown("the namespace is declared elsewhere") };
        let metadata: BTreeMap<Arc<str>, Node> = [
            (Arc::from("name"), Node { at: at.clone(), ..Node::from(&*name) }),
            (Arc::from("labels"), elsewhere()),
            (Arc::from("annotations"), elsewhere()),
        ]
        .into();
        let whole = |value: Value| Node { at: at.clone(), ..value.into() };
        let document = whole(Value::map([(Arc::from("metadata"), whole(Value::map(metadata)))].into()));
        observer.resource(Resource {
            native: "core/Namespace".into(),
            address: address.into(),
            aliases: BTreeSet::new(),
            document,
        });
    }
}

/// The links that selectors make.
fn selections(
    observer: &mut Observer<'_>,
    manifests: &[(Arc<str>, Manifest)],
    pods: &Pods,
    running: &[Running],
) {
    let mut made: HashSet<(Arc<str>, Arc<str>)> = HashSet::new();
    let mut full = false;
    for (address, manifest) in manifests {
        let namespace = manifest.namespace();
        let space = namespace.as_deref().unwrap_or("default");
        let (relation, node, selector) = match (&*manifest.group, &*manifest.kind) {
            ("core", "Service") => {
                let Some(node) = manifest.body.at_path("spec.selector") else { continue };
                ("routes-to", node, Selector::of_map(node))
            }
            ("networking.k8s.io", "NetworkPolicy") => {
                let node = manifest.body.at_path("spec.podSelector").or_else(|| manifest.body.get("spec"));
                let Some(node) = node else { continue };
                let own = manifest.body.at_path("spec.podSelector");
                ("protects", node, own.map_or_else(|| Some(Selector::default()), Selector::of_object))
            }
            _ => continue,
        };
        let Some(selector) = selector else { continue };
        for index in pods.selected(space, &selector) {
            let Some(pod) = running.get(index) else { continue };
            let mut targets = vec![pod.workload.clone()];
            match relation {
                "routes-to" => targets.extend(reached(manifest, pod)),
                _ => targets.extend(pod.containers.iter().filter_map(|(_, software)| software.clone())),
            }
            for target in targets {
                if made.len() >= MAX_LINKS {
                    full = true;
                } else if made.insert((address.clone(), target.clone())) {
                    let link = link(observer.id(address), relation, target, node);
                    observer.seen.links.push(link);
                }
            }
            if full {
                let place = node.at.as_ref().map(ToString::to_string).unwrap_or_default();
                let reason = format!("selectors make more than {MAX_LINKS} links; the rest is left out");
                observer.note(&place, CoverageStatus::Partial, reason);
                return;
            }
        }
    }
}

fn link(from: AssetId, relation: &str, target: Arc<str>, selector: &Node) -> Link {
    let reference = Reference { address: target, attribute: "".into(), via: None };
    let target = Node {
        at: selector.at.clone(),
        from: Some(Arc::new(reference)),
        ..Node::unknown("selected by its labels")
    };
    Link { from, relation: relation.into(), kinds: Vec::new(), target, reverse: false }
}

/// The software behind a service's ports. The ports that a container lists are for information: where none of a pod's
/// containers lists a port, it may be any of those that list none.
fn reached(service: &Manifest, pod: &Running) -> Vec<Arc<str>> {
    let ports = service.body.at_path("spec.ports").and_then(Node::as_list).map_or(&[][..], |l| &l[..]);
    let mut found = Vec::new();
    for port in ports {
        let target =
            port.get("targetPort").or_else(|| port.get("port")).map(Node::display).unwrap_or_default();
        let listing =
            |ports: &[(String, String)]| ports.iter().any(|(n, name)| *n == target || *name == target);
        let listed = pod.containers.iter().any(|(ports, _)| listing(ports));
        for (ports, software) in &pod.containers {
            if if listed { listing(ports) } else { ports.is_empty() || pod.containers.len() == 1 } {
                found.extend(software.clone());
            }
        }
    }
    found
}
