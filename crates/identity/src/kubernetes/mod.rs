//! Effective permissions in Kubernetes: what role-based access control gives to whom.
//!
//! Each configuration is a cluster of its own here: which of several are applied to one cluster is not known. Rights only
//! ever add up, so a question walks the bindings of the cluster and those of the namespace.
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>

mod built_in;
mod cluster;
#[cfg(test)]
mod oracle;
mod rules;
mod subjects;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use catalog::Catalog;
use graph::{Graph, Holders, On, Permissions, Request};
use model::{Coverage, Evidence, Grounds, Node, Verdict};

use self::cluster::{Binding, Cluster};
use self::rules::{Ask, Target, plural};
use crate::gather::Gathered;

/// A group is the same for all questions that have this in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    scope: Arc<str>,
    /// The namespace whose bindings are meant; none for those of the cluster.
    namespace: Option<Arc<str>>,
    actions: Vec<Arc<str>>,
    target: Target,
}

#[derive(Debug)]
pub(crate) struct Kubernetes<'g> {
    graph: &'g Graph,
    catalog: &'g Catalog,
    clusters: BTreeMap<Arc<str>, Cluster>,
    notes: Vec<Coverage>,
    groups: Mutex<HashMap<Key, Option<Arc<Holders>>>>,
}

impl<'g> Kubernetes<'g> {
    pub(crate) fn derive(graph: &'g Graph, catalog: &'g Catalog) -> Self {
        let (clusters, notes) = cluster::read(graph, catalog);
        Kubernetes { graph, catalog, clusters, notes, groups: Mutex::default() }
    }

    /// Those who may by the bindings of one namespace, or of the whole cluster.
    fn group(
        &self,
        scope: &Arc<str>,
        namespace: Option<&Arc<str>>,
        actions: &[Arc<str>],
        target: &Target,
    ) -> Option<Arc<Holders>> {
        let cluster = self.clusters.get(scope)?;
        let bindings = match namespace {
            Some(namespace) => cluster.by_namespace.get(namespace)?,
            None => &cluster.whole,
        };
        // Only where some rule speaks of names does a name matter.
        let named = bindings
            .iter()
            .flat_map(|b| b.rules.iter())
            .any(|rule| !rule.names.all.is_empty() || rule.names.unclear.is_some());
        let target = match named {
            true => target.clone(),
            false => Target { namespace: target.namespace.clone(), ..Target::default() },
        };
        // The bindings of the cluster say the same about every namespace, but for the namespaces themselves.
        let target = match namespace {
            None => Target { namespace: None, ..target },
            Some(_) => target,
        };
        let key =
            Key { scope: scope.clone(), namespace: namespace.cloned(), actions: actions.to_vec(), target };
        if let Ok(groups) = self.groups.lock()
            && let Some(known) = groups.get(&key)
        {
            return known.clone();
        }
        let found = self.gather(bindings, &key);
        if let Ok(mut groups) = self.groups.lock() {
            groups.insert(key, found.clone());
        }
        found
    }

    fn gather(&self, bindings: &[Binding], key: &Key) -> Option<Arc<Holders>> {
        let whole = key.namespace.is_none();
        let mut gathered = Gathered::default();
        for binding in bindings {
            for action in &key.actions {
                let Some(ask) = Ask::parse(action) else { continue };
                let Some((allowed, rule)) = binding.allows(&ask, &key.target, whole) else { continue };
                let place = match &key.namespace {
                    Some(namespace) => format!("in namespace {namespace}"),
                    None => "in the whole cluster".into(),
                };
                for who in &binding.who {
                    let verdict = allowed.clone().and(who.verdict.clone()).and(binding.verdict.clone());
                    let word = if matches!(verdict, Verdict::Unknown(_)) { "may allow" } else { "allows" };
                    let says = format!(
                        "{} gives {} to {} {place}, which {word} {action}",
                        binding.name, binding.role, who.name
                    );
                    let mut grounds = vec![Grounds { says: says.into(), evidence: who.evidence.clone() }];
                    if let Some(at) = rule.and_then(|rule| rule.at.as_deref()) {
                        let says = format!("a rule of {} allows {action}", binding.role).into();
                        grounds.push(Grounds { says, evidence: Evidence::Source(at.clone()) });
                    }
                    gathered.add(who.principal.clone(), verdict, grounds);
                }
            }
        }
        gathered.holders()
    }

    /// What an asset is to a request: a namespace, or a thing in one or beside them all.
    fn target(&self, asset: usize) -> Option<Target> {
        let thing = &self.graph.assets()[asset];
        if !thing.kind.starts_with("kubernetes.") && thing.document.at_path("metadata.name").is_none() {
            return None;
        }
        let native = self.catalog.kind(&thing.kind).and_then(|kind| kind.card.native.clone());
        let native = native.unwrap_or_else(|| thing.source_type.clone());
        let kind = native.rsplit('/').next().unwrap_or(&native);
        let name = thing.document.at_path("metadata.name").map_or_else(|| thing.name.clone(), Node::display);
        let name: Arc<str> = name.into();
        if kind == "Namespace" {
            return Some(Target {
                namespace: Some(name.clone()),
                name: Some(name),
                resource: Some("namespaces".into()),
            });
        }
        let namespace = cluster::namespace(&thing.document);
        // A manifest's address has the namespace, if it is of one: `Secret/prod/key`.
        let beside = match thing.address.strip_prefix(kind) {
            Some(rest) => rest.matches('/').count() == 1,
            None => cluster::is_beside_namespaces(kind),
        };
        let namespace = (!beside).then_some(namespace);
        Some(Target { namespace, name: Some(name), resource: Some(plural(kind).into()) })
    }

    fn on(&self, scope: &Arc<str>, actions: &[Arc<str>], target: &Target) -> Vec<Arc<Holders>> {
        let whole = self.group(scope, None, actions, target);
        let own = target.namespace.as_ref().and_then(|space| self.group(scope, Some(space), actions, target));
        whole.into_iter().chain(own).collect()
    }

    fn anywhere(&self, actions: &[Arc<str>]) -> Vec<Arc<Holders>> {
        let mut found = Vec::new();
        for (scope, cluster) in &self.clusters {
            found.extend(self.group(scope, None, actions, &Target::default()));
            for namespace in cluster.by_namespace.keys() {
                let target = Target { namespace: Some(namespace.clone()), ..Target::default() };
                found.extend(self.group(scope, Some(namespace), actions, &target));
            }
        }
        found
    }

    /// `namespace`, `namespace/name`, or a path of the API: `namespaces/n/secrets/s`.
    fn on_named(&self, name: &str, actions: &[Arc<str>]) -> Vec<Arc<Holders>> {
        let path = name.rsplit_once("namespaces/").map_or(name, |(_, path)| path);
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let Some(namespace) = parts.next() else { return Vec::new() };
        let target = Target {
            namespace: Some(namespace.into()),
            name: parts.next_back().filter(|name| !name.contains('*')).map(Arc::from),
            resource: None,
        };
        self.clusters.keys().flat_map(|scope| self.on(scope, actions, &target)).collect()
    }
}

impl Permissions for Kubernetes<'_> {
    fn who_can(&self, request: &Request<'_>) -> Vec<Arc<Holders>> {
        match request.on {
            On::Any => self.anywhere(request.actions),
            On::Named(name) => self.on_named(name, request.actions),
            On::Asset(asset) => {
                let Some(target) = self.target(asset) else { return Vec::new() };
                self.on(&self.graph.assets()[asset].scope, request.actions, &target)
            }
        }
    }

    fn notes(&self) -> Vec<Coverage> {
        self.notes.clone()
    }
}
