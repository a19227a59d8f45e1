//! The roles and bindings of one configuration.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use catalog::Catalog;
use graph::Graph;
use model::{Coverage, CoverageStatus, Evidence, Node, Value, Verdict};

use super::built_in;
use super::rules::{Ask, Rule, Target};
use super::subjects::{Accounts, Who};

const ROLE: &str = "kubernetes.rbac.role";
const CLUSTER_ROLE: &str = "kubernetes.rbac.cluster-role";
const ROLE_BINDING: &str = "kubernetes.rbac.role-binding";
const CLUSTER_ROLE_BINDING: &str = "kubernetes.rbac.cluster-role-binding";

/// A role given to some.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// `RoleBinding readers`, for sentences.
    pub(super) name: Arc<str>,
    /// `ClusterRole view`.
    pub(super) role: Arc<str>,
    pub(super) rules: Arc<Vec<Rule>>,
    /// How sure it is that these are the rules.
    pub(super) verdict: Verdict,
    pub(super) who: Vec<Who>,
}

impl Binding {
    /// The surest answer of its rules, and the rule that gives it. A role that is not described may allow anything.
    pub(super) fn allows(
        &self,
        ask: &Ask<'_>,
        target: &Target,
        whole: bool,
    ) -> Option<(Verdict, Option<&Rule>)> {
        if matches!(self.verdict, Verdict::Unknown(_)) {
            return Some((Verdict::Allowed, None));
        }
        let mut best: Option<(Verdict, Option<&Rule>)> = None;
        for rule in self.rules.iter() {
            let Some(verdict) = rule.allows(ask, target, whole) else { continue };
            best = Some(match best {
                Some((old, from)) if old.clone().or(verdict.clone()) == old => (old, from),
                _ => (verdict, Some(rule)),
            });
        }
        best
    }
}

/// One configuration's bindings.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    pub(super) whole: Vec<Binding>,
    pub(super) by_namespace: BTreeMap<Arc<str>, Vec<Binding>>,
}

/// A role as it is described.
#[derive(Debug)]
struct Described {
    rules: Vec<Rule>,
    labels: BTreeMap<Arc<str>, Arc<str>>,
    /// What other roles are added to it by.
    selectors: Vec<Selector>,
    unclear: Option<Arc<str>>,
}

/// A selector of labels: each key with its operator and values.
type Selector = Vec<(Arc<str>, Arc<str>, Vec<Arc<str>>)>;

/// Roles of one configuration: by namespace and name, and those of the cluster by name.
#[derive(Default)]
struct Roles {
    of_namespaces: HashMap<(Arc<str>, Arc<str>), Described>,
    of_cluster: BTreeMap<Arc<str>, Described>,
}

/// The namespace of a manifest; one that says none is applied to that of whoever applies it, mostly `default`.
pub(super) fn namespace(document: &Node) -> Arc<str> {
    let named = document.at_path("metadata.namespace").filter(|n| !n.is_null());
    named.map_or_else(|| "default".into(), |n| n.display().into())
}

pub(super) fn is_beside_namespaces(kind: &str) -> bool {
    kind.starts_with("Cluster") && kind != "ClusterQueue" && kind != "Cluster"
        || matches!(
            kind,
            "Namespace"
                | "Node"
                | "PersistentVolume"
                | "StorageClass"
                | "CustomResourceDefinition"
                | "Profile"
        )
}

fn name_of(document: &Node) -> Arc<str> {
    document.at_path("metadata.name").map_or_else(|| "".into(), |n| n.display().into())
}

/// Every configuration's cluster, and what could not be understood.
pub(super) fn read(graph: &Graph, catalog: &Catalog) -> (BTreeMap<Arc<str>, Cluster>, Vec<Coverage>) {
    let mut roles: BTreeMap<Arc<str>, Roles> = BTreeMap::new();
    for asset in graph.assets() {
        let document = &asset.document;
        let of = || describe(document);
        match &*asset.kind {
            ROLE => {
                let key = (namespace(document), name_of(document));
                roles.entry(asset.scope.clone()).or_default().of_namespaces.insert(key, of());
            }
            CLUSTER_ROLE => {
                roles.entry(asset.scope.clone()).or_default().of_cluster.insert(name_of(document), of());
            }
            _ => {}
        }
    }
    let accounts = Accounts::new(graph, catalog);
    let mut clusters: BTreeMap<Arc<str>, Cluster> = BTreeMap::new();
    let mut notes = Vec::new();
    for (index, asset) in graph.assets().iter().enumerate() {
        let (whole, kind) = match &*asset.kind {
            ROLE_BINDING => (false, "RoleBinding"),
            CLUSTER_ROLE_BINDING => (true, "ClusterRoleBinding"),
            _ => continue,
        };
        let document = &asset.document;
        let space = namespace(document);
        let (rules, verdict, role) = granted(document, &space, &asset.scope, &roles);
        let who = accounts.subjects(index, &space);
        let name: Arc<str> = format!("{kind} {}", asset.name).into();
        if let Verdict::Unknown(reason) = &verdict {
            let place = match asset.evidence.first() {
                Some(Evidence::Source(at)) => at.to_string(),
                _ => asset.id.to_string(),
            };
            let reason = format!("what {name} gives is not known: {reason}");
            notes.push(Coverage::note("identity", place, CoverageStatus::Partial, reason));
        }
        let binding = Binding { name, role, rules: Arc::new(rules), verdict, who };
        let cluster = clusters.entry(asset.scope.clone()).or_default();
        match whole {
            true => cluster.whole.push(binding),
            false => cluster.by_namespace.entry(space).or_default().push(binding),
        }
    }
    notes.sort();
    notes.dedup();
    (clusters, notes)
}

fn describe(document: &Node) -> Described {
    let (mut rules, mut unclear) = (Vec::new(), None);
    match document.get("rules").map(|node| &node.value) {
        Some(Value::List(items)) => {
            for item in items.iter() {
                match &item.value {
                    Value::Unknown(reason) => unclear = Some(reason.clone()),
                    _ => rules.push(Rule::read(item)),
                }
            }
        }
        Some(Value::Unknown(reason)) => unclear = Some(reason.clone()),
        _ => {}
    }
    let texts = |node: Option<&Node>| -> BTreeMap<Arc<str>, Arc<str>> {
        let map = node.and_then(Node::as_map);
        map.into_iter().flat_map(|map| map.iter()).map(|(k, v)| (k.clone(), v.display().into())).collect()
    };
    let list = |node: Option<&Node>| node.and_then(Node::as_list).cloned().unwrap_or_default();
    let selector = |node: &Node| -> Selector {
        let equal = texts(node.get("matchLabels")).into_iter().map(|(k, v)| (k, Arc::from("In"), vec![v]));
        let expressions = list(node.get("matchExpressions"));
        let set = expressions.iter().map(|expression| {
            let text = |key: &str| expression.get(key).map_or_else(|| "".into(), |n| Arc::from(n.display()));
            let values = list(expression.get("values")).iter().map(|v| v.display().into()).collect();
            (text("key"), text("operator"), values)
        });
        equal.chain(set.collect::<Vec<_>>()).collect()
    };
    let selectors = list(document.at_path("aggregationRule.clusterRoleSelectors"));
    Described {
        rules,
        labels: texts(document.at_path("metadata.labels")),
        selectors: selectors.iter().map(selector).collect(),
        unclear,
    }
}

impl Described {
    fn is_selected(&self, selector: &Selector) -> bool {
        selector.iter().all(|(key, operator, values)| {
            let own = self.labels.get(key);
            match &**operator {
                "In" => own.is_some_and(|own| values.contains(own)),
                "NotIn" => own.is_none_or(|own| !values.contains(own)),
                "Exists" => own.is_some(),
                "DoesNotExist" => own.is_none(),
                _ => false,
            }
        })
    }
}

impl Roles {
    /// The rules of a cluster's role, with those of the roles that are added to it, and theirs.
    fn whole(&self, name: &str) -> Option<(Vec<Rule>, Option<Arc<str>>)> {
        let (mut rules, mut unclear) = (Vec::new(), None);
        let mut seen: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut open: Vec<Arc<str>> = vec![name.into()];
        let mut found = false;
        while let Some(next) = open.pop() {
            if !seen.insert(next.clone()) {
                continue;
            }
            let mut selectors: Vec<Selector> = Vec::new();
            match self.of_cluster.get(&next) {
                Some(role) => {
                    found = true;
                    rules.extend(role.rules.iter().cloned());
                    unclear = unclear.or(role.unclear.clone());
                    selectors.extend(role.selectors.iter().cloned());
                }
                None => {
                    let Some((own, labels)) = built_in::rules(&next) else { continue };
                    found = true;
                    rules.extend(own);
                    let by =
                        |label: &&str| vec![(Arc::from(*label), Arc::from("In"), vec![Arc::from("true")])];
                    selectors.extend(labels.iter().map(by));
                }
            }
            let selected = |role: &Described| selectors.iter().any(|selector| role.is_selected(selector));
            open.extend(
                self.of_cluster.iter().filter(|(_, role)| selected(role)).map(|(name, _)| name.clone()),
            );
        }
        found.then_some((rules, unclear))
    }
}

/// What a binding gives: rules, how sure that is, and the role in words.
fn granted(
    binding: &Node,
    space: &Arc<str>,
    scope: &Arc<str>,
    roles: &BTreeMap<Arc<str>, Roles>,
) -> (Vec<Rule>, Verdict, Arc<str>) {
    let Some(name) = binding.at_path("roleRef.name").filter(|n| !n.is_null()) else {
        return (Vec::new(), Verdict::Unknown("it names no role".into()), "no role".into());
    };
    let kind = binding.at_path("roleRef.kind").and_then(Node::as_str).unwrap_or("ClusterRole");
    let text: Arc<str> = name.display().into();
    let role: Arc<str> = format!("{kind} {text}").into();
    if let Value::Unknown(reason) = &name.value {
        return (Vec::new(), Verdict::Unknown(reason.clone()), role);
    }
    let settle = |(rules, unclear): (Vec<Rule>, Option<Arc<str>>)| match unclear {
        Some(reason) => (rules, Verdict::Unknown(reason)),
        None => (rules, Verdict::Allowed),
    };
    let none = Roles::default();
    let here = roles.get(scope).unwrap_or(&none);
    let found = match kind {
        "Role" => {
            let role = here.of_namespaces.get(&(space.clone(), text));
            role.map(|role| settle((role.rules.clone(), role.unclear.clone())))
        }
        _ => here.whole(&text).map(settle).or_else(|| {
            // A cluster's role that one other configuration describes.
            let mut others =
                roles.iter().filter(|(other, roles)| *other != scope && roles.of_cluster.contains_key(&text));
            let (other, described) = others.next()?;
            if others.next().is_some() {
                return None;
            }
            let (rules, verdict) = settle(described.whole(&text)?);
            let says = format!("{role} is the one that {other} describes").into();
            Some((rules, verdict.and(Verdict::Conditional(vec![says]))))
        }),
    };
    match found {
        Some((rules, verdict)) => (rules, verdict, role),
        None => {
            let reason = format!("{role} is not described here").into();
            (Vec::new(), Verdict::Unknown(reason), role)
        }
    }
}
