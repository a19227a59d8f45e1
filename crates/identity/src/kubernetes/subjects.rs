//! Subjects of bindings: service accounts, users and groups, and the groups that the cluster itself puts people in.
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects>

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::Catalog;
use catalog::cel::{Val, evaluate};
use graph::{Estate, Graph, Principal};
use model::{Evidence, Node, Value, Verdict};

use super::cluster::namespace;

const ACCOUNT: &str = "kubernetes.core.service-account";
const SIGNED_IN: &str = "anybody signed in to the cluster";

/// One who is bound.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) principal: Principal,
    /// For sentences: `service account prod/app`.
    pub(super) name: Arc<str>,
    pub(super) verdict: Verdict,
    pub(super) evidence: Evidence,
}

/// An account: its configuration, namespace and name.
type Named = (Arc<str>, Arc<str>, Arc<str>);

/// The accounts of every configuration.
pub(super) struct Accounts<'g> {
    graph: &'g Graph,
    described: BTreeMap<Named, usize>,
    /// Workloads by the account that they run as.
    running: BTreeMap<Named, Vec<usize>>,
}

impl<'g> Accounts<'g> {
    pub(super) fn new(graph: &'g Graph, catalog: &'g Catalog) -> Self {
        let mut described = BTreeMap::new();
        let mut running: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let estate = Estate { graph, catalog, today: None };
        for (index, asset) in graph.assets().iter().enumerate() {
            let key = |name: Arc<str>| (asset.scope.clone(), namespace(&asset.document), name);
            if &*asset.kind == ACCOUNT {
                let name =
                    asset.document.at_path("metadata.name").map_or_else(|| asset.name.clone(), Node::display);
                described.insert(key(name.into()), index);
                continue;
            }
            let fact =
                |name: &str| catalog.kind(&asset.kind).and_then(|kind| kind.fact(name)).and_then(Result::ok);
            let Some(program) = fact("service_account") else { continue };
            let text = match evaluate(&program.expr, index, &estate).0 {
                Ok(Val::Text(text)) => text,
                Ok(Val::Node(node)) => node.display().into(),
                _ => continue,
            };
            let pod = fact("pod").map(|program| evaluate(&program.expr, index, &estate).0);
            let token = match pod {
                Some(Ok(Val::Node(pod))) => pod.get("automountServiceAccountToken").and_then(Node::as_bool),
                _ => None,
            };
            // A pod without a token cannot act as its account.
            if token != Some(false) {
                running.entry(key(text)).or_default().push(index);
            }
        }
        Accounts { graph, described, running }
    }

    /// Those whom a binding names. `space` is the namespace of the binding.
    pub(super) fn subjects(&self, binding: usize, space: &Arc<str>) -> Vec<Who> {
        let asset = &self.graph.assets()[binding];
        let here = |node: &Node| match &node.at {
            Some(at) => Evidence::Source((**at).clone()),
            None => asset.evidence.first().cloned().unwrap_or_else(|| Evidence::Pointer {
                document: asset.id.0.clone(),
                pointer: "/subjects".into(),
            }),
        };
        let subjects = asset.document.get("subjects");
        match subjects.map(|node| &node.value) {
            Some(Value::List(items)) => items
                .iter()
                .flat_map(|subject| {
                    let name = subject.get("name");
                    let evidence = here(name.filter(|n| n.at.is_some()).unwrap_or(subject));
                    self.subject(binding, subject, space, &evidence)
                })
                .collect(),
            Some(Value::Unknown(reason)) => {
                let name: Arc<str> = format!("whoever {} names", asset.name).into();
                let verdict = Verdict::Unknown(reason.clone());
                let evidence = subjects.map_or_else(|| here(&asset.document), here);
                vec![Who { principal: Principal::Outside(name.clone()), name, verdict, evidence }]
            }
            _ => Vec::new(),
        }
    }

    fn subject(&self, binding: usize, subject: &Node, space: &Arc<str>, evidence: &Evidence) -> Vec<Who> {
        let text = |key: &str| -> Option<Arc<str>> {
            subject.get(key).filter(|n| !n.is_null()).map(|n| n.display().into())
        };
        let Some(name) = text("name") else { return Vec::new() };
        let kind = text("kind").unwrap_or_else(|| "User".into());
        let who = |principal: Principal, name: String| Who {
            principal,
            name: name.into(),
            verdict: match subject.get("name").map(|n| &n.value) {
                Some(Value::Unknown(reason)) => Verdict::Unknown(reason.clone()),
                Some(Value::Template(_)) => Verdict::Unknown("its name is only partly known".into()),
                // What a tool puts in when the manifest is applied.
                Some(Value::String(text)) if ["$(", "${", "{{"].iter().any(|hole| text.contains(hole)) => {
                    Verdict::Unknown("its name is put in when the manifest is applied".into())
                }
                _ => Verdict::Allowed,
            },
            evidence: evidence.clone(),
        };
        let outside = |name: String| who(Principal::Outside(name.as_str().into()), name);
        let scope = &self.graph.assets()[binding].scope;
        let account = |namespace: &str, name: &str| -> Vec<Who> {
            let says = format!("service account {namespace}/{name}");
            let key = (scope.clone(), Arc::from(namespace), Arc::from(name));
            if let Some(account) = self.described.get(&key) {
                return self.with_unnamed(who(Principal::Asset(*account), says), &key);
            }
            // What runs as it can do what it may, though nothing describes it, and whatever is in a hole of both names.
            let running = self.running.get(&key).into_iter().flatten();
            let runs = |asset: &usize| Who {
                verdict: Verdict::Allowed,
                ..who(Principal::Asset(*asset), says.clone())
            };
            let mut found: Vec<Who> = running.map(runs).collect();
            found.push(outside(says));
            found
        };
        match (&*kind, &*name) {
            ("ServiceAccount", name) => {
                let referred =
                    subject.get("name").and_then(|n| self.graph.named(binding, n, &[ACCOUNT.into()]));
                let own = text("namespace").unwrap_or_else(|| space.clone());
                let same = |found: &usize| namespace(&self.graph.assets()[*found].document) == own;
                match referred.filter(same) {
                    Some(found) => {
                        let says = format!("service account {own}/{name}");
                        let key = (scope.clone(), own, Arc::from(name));
                        self.with_unnamed(who(Principal::Asset(found), says), &key)
                    }
                    None => account(&own, name),
                }
            }
            ("Group", "system:authenticated") => {
                vec![who(Principal::AnyAccount(SIGNED_IN.into()), "everybody signed in".into())]
            }
            ("Group", "system:unauthenticated") | ("User", "system:anonymous") => {
                vec![who(Principal::Anyone, "everybody".into())]
            }
            ("Group", "system:serviceaccounts") => self.all(scope, None, &who),
            ("Group", name) if name.starts_with("system:serviceaccounts:") => {
                let namespace = name.trim_start_matches("system:serviceaccounts:");
                self.all(scope, Some(namespace), &who)
            }
            ("User", name) if name.starts_with("system:serviceaccount:") => {
                match name.trim_start_matches("system:serviceaccount:").split_once(':') {
                    Some((namespace, name)) => account(namespace, name),
                    None => vec![outside(format!("user {name}"))],
                }
            }
            ("Group", name) => vec![outside(format!("group {name}"))],
            (_, name) => vec![outside(format!("user {name}"))],
        }
    }

    /// An account that is described, and the workloads that run as it without naming it, as they do as `default`.
    fn with_unnamed(&self, who: Who, key: &Named) -> Vec<Who> {
        let running = self.running.get(key).into_iter().flatten();
        let unnamed =
            running.filter(|asset| self.graph.ends(**asset, "runs-as", None, false).assets.is_empty());
        let also: Vec<Who> =
            unnamed.map(|asset| Who { principal: Principal::Asset(*asset), ..who.clone() }).collect();
        std::iter::once(who).chain(also).collect()
    }

    /// Every account of a configuration, or of one of its namespaces.
    fn all(
        &self,
        scope: &Arc<str>,
        namespace: Option<&str>,
        who: &dyn Fn(Principal, String) -> Who,
    ) -> Vec<Who> {
        let fits =
            |(of, space, _): &&Named| of == scope && namespace.is_none_or(|namespace| **space == *namespace);
        let name = match namespace {
            Some(namespace) => format!("every service account of namespace {namespace}"),
            None => "every service account of the cluster".into(),
        };
        let described = self.described.iter().filter(|(key, _)| fits(key)).map(|(_, account)| *account);
        let unseen = self.running.iter().filter(|(key, _)| fits(key) && !self.described.contains_key(*key));
        let mut found: Vec<Who> = described
            .chain(unseen.flat_map(|(_, all)| all.iter().copied()))
            .map(|asset| who(Principal::Asset(asset), name.clone()))
            .collect();
        found.push(who(Principal::Outside(name.as_str().into()), name.clone()));
        found
    }
}
