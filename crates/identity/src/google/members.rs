//! Members of bindings: from `serviceAccount:…`, `group:…` and `principalSet://…` to who that is.
//! <https://cloud.google.com/iam/docs/principals-overview>

use std::collections::HashMap;
use std::sync::Arc;

use graph::{Graph, Principal};
use model::{Evidence, Grounds, Node, Value, Verdict};

use super::federation::Federation;
use super::places::title;

pub(super) const SERVICE_ACCOUNT: &str = "google.iam.service-account";
const CLUSTER_ACCOUNT: &str = "kubernetes.core.service-account";
const ANY_GOOGLE: &str = "any Google account";

/// One who is a member of a binding.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) principal: Principal,
    /// The member as written, for deny rules and sentences.
    pub(super) text: Arc<str>,
    pub(super) verdict: Verdict,
    /// What else decides: the provider whose tokens are taken.
    pub(super) grounds: Vec<Grounds>,
}

impl Who {
    /// For sentences: `service account app`, `user:ada@example.com`.
    pub(super) fn name(&self, graph: &Graph) -> String {
        match &self.principal {
            Principal::Asset(asset) => title(&graph.assets()[*asset]),
            _ => self.text.to_string(),
        }
    }

    pub(super) fn new(principal: Principal, text: &Arc<str>) -> Self {
        Who { principal, text: text.clone(), verdict: Verdict::Allowed, grounds: Vec::new() }
    }

    #[must_use]
    pub(super) fn when(mut self, verdict: Verdict) -> Self {
        self.verdict = self.verdict.and(verdict);
        self
    }

    fn outside(text: &Arc<str>) -> Self {
        Who::new(Principal::Outside(text.clone()), text)
    }
}

/// What a member turned out to be.
pub(super) enum Member {
    These(Vec<Who>),
    /// `projectEditor:p`: whoever has the basic role on that project.
    Basic {
        role: &'static str,
        project: Arc<str>,
    },
    /// The account that a project's machines run as where they name none.
    DefaultCompute(Arc<str>),
}

/// Looks members up.
pub(super) struct Members<'g> {
    graph: &'g Graph,
    federation: Federation<'g>,
    /// Service accounts of clusters by `namespace/name`.
    cluster_accounts: HashMap<String, Vec<usize>>,
    /// Accounts of Google by what their e-mail address begins with.
    accounts: HashMap<String, Vec<usize>>,
}

impl<'g> Members<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let mut cluster_accounts: HashMap<String, Vec<usize>> = HashMap::new();
        let mut accounts: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, asset) in graph.assets().iter().enumerate() {
            match &*asset.kind {
                CLUSTER_ACCOUNT => {
                    let text = |path: &str| asset.document.at_path(path).map(Node::display);
                    let namespace = text("metadata.namespace").unwrap_or_else(|| "default".into());
                    let name = text("metadata.name").unwrap_or_else(|| asset.name.clone());
                    cluster_accounts.entry(format!("{namespace}/{name}")).or_default().push(index);
                }
                SERVICE_ACCOUNT => {
                    if let Some(id) = asset.document.get("accountId").and_then(Node::as_str) {
                        accounts.entry(id.to_lowercase()).or_default().push(index);
                    }
                }
                _ => {}
            }
        }
        Members { graph, federation: Federation::new(graph), cluster_accounts, accounts }
    }

    /// Who a member of a binding on `on` is, written in the document of `from`.
    pub(super) fn read(&self, from: usize, on: Option<usize>, member: &Node) -> Member {
        let text: Arc<str> = match (&member.value, &member.from) {
            (Value::Unknown(_), None) => "a member that is not known".into(),
            _ => member.display().into(),
        };
        let these = |who: Vec<Who>| Member::These(who);
        if text.contains(".svc.id.goog") {
            return these(self.cluster_account(from, on, member, &text));
        }
        if let Some(pool) = text.strip_prefix("principal") {
            let rest = pool.strip_prefix("Set").unwrap_or(pool);
            if rest.starts_with("://") {
                return these(self.federation.who(from, on, member, &text));
            }
        }
        if let Some(account) = self.graph.named(from, member, &[SERVICE_ACCOUNT.into()]) {
            return these(vec![Who::new(Principal::Asset(account), &text)]);
        }
        if text.contains("-compute@developer.gserviceaccount.com")
            || text.contains("google_compute_default_service_account.")
        {
            return Member::DefaultCompute(text);
        }
        let (kind, name) = match text.split_once(':') {
            Some((kind, name)) => (kind, name),
            None => (&*text, ""),
        };
        let basic = |role| Member::Basic { role, project: name.into() };
        match kind {
            "allUsers" => these(vec![Who::new(Principal::Anyone, &text)]),
            "allAuthenticatedUsers" => these(vec![Who::new(Principal::AnyAccount(ANY_GOOGLE.into()), &text)]),
            // What was deleted can do nothing.
            "deleted" => these(Vec::new()),
            "projectOwner" => basic(super::roles::OWNER),
            "projectEditor" => basic(super::roles::EDITOR),
            "projectViewer" => basic(super::roles::VIEWER),
            "serviceAccount" => match self.account(name) {
                Some(account) => these(vec![Who::new(Principal::Asset(account), &text)]),
                None => these(vec![Who::outside(&text)]),
            },
            "user" | "group" | "domain" => these(vec![Who::outside(&text)]),
            _ => {
                let reason: Arc<str> = match &member.value {
                    Value::Unknown(reason) => reason.clone(),
                    Value::Template(_) => "the member is only partly known".into(),
                    _ => "the form of the member is not known".into(),
                };
                these(vec![Who::outside(&text).when(Verdict::Unknown(reason))])
            }
        }
    }

    /// The account of an e-mail address whose account and project are written, where only one has that name.
    fn account(&self, address: &str) -> Option<usize> {
        let (name, host) = address.split_once('@')?;
        let project = host.strip_suffix(".iam.gserviceaccount.com")?;
        let [one] = self.accounts.get(&name.to_lowercase()).map(Vec::as_slice)? else { return None };
        let own = self.graph.assets()[*one].document.get("project").and_then(Node::as_str);
        own.is_none_or(|own| own == project).then_some(*one)
    }

    /// `PROJECT.svc.id.goog[NAMESPACE/NAME]`, and the same as a principal of the cluster's pool.
    fn cluster_account(&self, from: usize, on: Option<usize>, member: &Node, text: &Arc<str>) -> Vec<Who> {
        let bracketed =
            text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(n, _)| n.to_owned());
        let subject = || {
            let (_, subject) = text.split_once("/subject/ns/")?;
            Some(subject.replacen("/sa/", "/", 1))
        };
        let Some(name) = bracketed.or_else(subject) else {
            // `…/namespace/NAMESPACE` and whole clusters.
            let space = text.split_once("/namespace/").map(|(_, space)| format!("{space}/"));
            let fits = |name: &str| space.as_ref().is_none_or(|space| name.starts_with(&**space));
            let mut found: Vec<(&String, &Vec<usize>)> =
                self.cluster_accounts.iter().filter(|(name, _)| fits(name)).collect();
            found.sort();
            let assumed =
                || Verdict::Conditional(vec![format!("its cluster is of the pool in {text}").into()]);
            let accounts = found.into_iter().flat_map(|(_, all)| all);
            let mut who: Vec<Who> =
                accounts.map(|i| Who::new(Principal::Asset(*i), text).when(assumed())).collect();
            who.push(Who::outside(text));
            return who;
        };
        let referred = self.graph.named(from, member, &[CLUSTER_ACCOUNT.into()]);
        let found: Vec<usize> = match referred {
            Some(one) => vec![one],
            None => self.cluster_accounts.get(&name).cloned().unwrap_or_default(),
        };
        let pool = text.split(".svc.id.goog").next().unwrap_or_default();
        let pool = pool.rsplit([':', '/']).next().unwrap_or_default();
        if found.is_empty() {
            let outside = format!("Kubernetes service account {name} of {pool}.svc.id.goog");
            return vec![Who::new(Principal::Outside(outside.into()), text)];
        }
        let certain = |account: usize| referred.is_some() || on.is_some_and(|on| self.annotated(account, on));
        let who = |account: &usize| {
            let who = Who::new(Principal::Asset(*account), text);
            match certain(*account) {
                true => who,
                false => who.when(Verdict::Conditional(vec![
                    format!("the cluster of {name} is of the pool {pool}.svc.id.goog").into(),
                ])),
            }
        };
        found.iter().map(who).collect()
    }

    /// Whether a cluster's account says that it acts as the account of Google.
    fn annotated(&self, cluster_account: usize, account: usize) -> bool {
        let document = &self.graph.assets()[cluster_account].document;
        let notes = document.at_path("metadata.annotations");
        let Some(address) = notes.and_then(|notes| notes.get("iam.gke.io/gcp-service-account")) else {
            return false;
        };
        if self.graph.named(cluster_account, address, &[SERVICE_ACCOUNT.into()]) == Some(account) {
            return true;
        }
        let id = self.graph.assets()[account].document.get("accountId").and_then(Node::as_str);
        let name = address.as_str().and_then(|address| address.split_once('@')).map(|(name, _)| name);
        id.is_some() && id == name
    }
}

/// Where a value stands, or else the asset whose document has it.
pub(super) fn evidence(graph: &Graph, asset: usize, node: Option<&Node>) -> Evidence {
    if let Some(at) = node.and_then(|node| node.at.as_deref()) {
        return Evidence::Source(at.clone());
    }
    let asset = &graph.assets()[asset];
    let none = || Evidence::Pointer { document: asset.id.0.clone(), pointer: "".into() };
    asset.evidence.first().cloned().unwrap_or_else(none)
}
