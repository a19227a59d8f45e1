//! Whom a principal id names: an asset that has the identity, the members of a group, or somebody outside the estate.
//! Also what assets and principals are called in sentences.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use catalog::Catalog;
use graph::{Graph, Principal};
use model::{Asset, Evidence, Grounds, Node, Reference, Value, Verdict};

use super::grants::Member;

pub(super) const GROUP: &str = "azure.entra.group";
/// Sources that look a principal up.
const SOURCES: [(&str, &str); 4] = [
    ("azuread_group", "the group"),
    ("azuread_user", "the user"),
    ("azuread_service_principal", "the service principal"),
    ("azurerm_user_assigned_identity", "the managed identity"),
];
/// Who runs the deployment, whoever that is.
const DEPLOYER: &str = "whoever deploys this configuration";
/// Data sources and functions that tell who deploys.
const DEPLOYER_SOURCES: [&str; 3] = ["azurerm_client_config", "azapi_client_config", "azuread_client_config"];
/// What the Azure Developer CLI gives a template: the id of who is signed in.
/// Source: <https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables>.
const AZD_PRINCIPAL: &str = "AZURE_PRINCIPAL_ID";
/// References of a value that are looked at.
const MAX_NODES: usize = 16;
/// Members that are followed from one group, nested ones among them.
const MAX_MEMBERS: usize = 5_000;

/// One whom a value names.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) principal: Principal,
    pub(super) label: Arc<str>,
}

/// Everybody that the estate describes.
#[derive(Debug)]
pub(super) struct People<'g> {
    graph: &'g Graph,
    catalog: &'g Catalog,
    by_id: HashMap<String, usize>,
    /// What kind of principal an id is, where any statement says it.
    kinds: HashMap<String, Arc<str>>,
    /// Those who are in a group, found once.
    found: Mutex<HashMap<usize, Arc<[Member]>>>,
}

impl<'g> People<'g> {
    pub(super) fn new(graph: &'g Graph, catalog: &'g Catalog) -> Self {
        let mut by_id = HashMap::new();
        let mut kinds = HashMap::new();
        for (index, asset) in graph.assets().iter().enumerate().filter(|(_, a)| a.kind.starts_with("azure."))
        {
            let ids = ["identity.principalId", "properties.principalId", "principalId"];
            let granted = asset.kind.contains("assignment");
            let text = |path: &str| asset.document.at_path(path).and_then(Node::as_str);
            if let (Some(id), Some(kind)) = (text("properties.principalId"), text("properties.principalType"))
            {
                kinds.entry(id.to_lowercase()).or_insert_with(|| Arc::from(kind));
            }
            let named = ids.iter().filter(|_| !granted).filter_map(|path| asset.document.at_path(path));
            let own = asset.document.get("id").filter(|_| asset.kind.starts_with("azure.entra."));
            for id in named.chain(own).filter_map(Node::as_str) {
                by_id.entry(id.to_lowercase()).or_insert(index);
            }
        }
        People { graph, catalog, by_id, kinds, found: Mutex::default() }
    }

    /// Whom a value in the document of `from` names. `kind` is `User`, `Group`, `ServicePrincipal` where that is told.
    pub(super) fn who(&self, from: usize, node: &Node, kind: Option<&str>) -> Who {
        let outside = |label: String| {
            let label: Arc<str> = label.into();
            Who { principal: Principal::Outside(label.clone()), label }
        };
        let references = node.references(MAX_NODES);
        let deploys = |r: &Reference| {
            let mut steps = r.address.rsplit('.').skip(1);
            steps.next().is_some_and(|kind| DEPLOYER_SOURCES.contains(&kind))
                || r.address.starts_with("deployer()")
        };
        let reason = match &node.value {
            Value::Unknown(reason) => Some(&**reason),
            _ => None,
        };
        if references.iter().any(|r| r.chain().any(deploys))
            || reason.is_some_and(|r| r.starts_with("deployer()"))
        {
            return outside(DEPLOYER.to_owned());
        }
        let id = node.as_str().map(str::to_lowercase);
        // One id has one name, whichever statement it stands in.
        let kind = match &id {
            Some(id) if !id.is_empty() => self.kinds.get(id).map(|kind| &**kind),
            _ => kind,
        };
        let noun = match kind.map(str::to_lowercase).as_deref() {
            Some("user") => "the user",
            Some("group") => "the group",
            Some("serviceprincipal") => "the service principal",
            _ => "the principal",
        };
        if let Some(text) = node.as_str() {
            let known = self.by_id.get(&text.to_lowercase()).copied();
            if let Some(found) = known.or_else(|| self.graph.named(from, node, &[])).filter(|i| self.acts(*i))
            {
                return Who { principal: Principal::Asset(found), label: self.acting(found) };
            }
            // A parameter that is empty until the deployment fills it.
            let label = if text.is_empty() {
                format!("{noun} that the deployment names")
            } else {
                format!("{noun} {text}")
            };
            return outside(label);
        }
        if let Some(found) = self.graph.named(from, node, &[]).filter(|i| self.acts(*i)) {
            return Who { principal: Principal::Asset(found), label: self.acting(found) };
        }
        if let Some(rest) = reason.and_then(|r| r.strip_suffix(" has no value"))
            && (rest.starts_with("parameter ") || rest.starts_with("variable "))
        {
            return outside(format!("{noun} that {rest} names"));
        }
        if let Some(name) = reason.and_then(environment) {
            let azd = name == AZD_PRINCIPAL;
            return outside(if azd {
                DEPLOYER.to_owned()
            } else {
                format!("{noun} that variable {name} names")
            });
        }
        match references.first() {
            Some(reference) => {
                let address =
                    reference.chain().last().map_or_else(|| reference.to_string(), |r| r.address.to_string());
                match SOURCES.iter().find(|(kind, _)| address.contains(&format!("{kind}."))) {
                    Some((_, noun)) => outside(format!("{noun} {address}")),
                    None => outside(format!("{noun} of {address}")),
                }
            }
            None => outside(format!("{noun} that is {}", node.brief())),
        }
    }

    /// Whether an asset can be a principal at all.
    fn acts(&self, index: usize) -> bool {
        let asset = &self.graph.assets()[index];
        let scope = matches!(&*asset.kind, "azure.subscription" | "azure.resources.resource-group");
        !scope && !asset.kind.contains("assignment")
    }

    /// Those who have what is given to a principal: itself, and of a group everybody in it.
    pub(super) fn members(&self, who: &Who) -> Arc<[Member]> {
        let itself =
            Member { principal: who.principal.clone(), verdict: Verdict::Allowed, through: Vec::new() };
        let mut all = vec![itself];
        let Principal::Asset(first) = who.principal else { return all.into() };
        if &*self.graph.assets()[first].kind != GROUP {
            return all.into();
        }
        let mut known = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&first) {
            return found.clone();
        }
        let mut seen: BTreeSet<Principal> = BTreeSet::from([who.principal.clone()]);
        let mut open = vec![(first, Vec::<Grounds>::new(), Verdict::Allowed)];
        while let Some((group, through, verdict)) = open.pop() {
            let asset = &self.graph.assets()[group];
            if &*asset.kind != GROUP {
                continue;
            }
            for (member, at, needs) in self.of_group(group) {
                if all.len() >= MAX_MEMBERS || !seen.insert(member.principal.clone()) {
                    continue;
                }
                let mut through = through.clone();
                let says = format!("{} is a member of group {}", member.label, asset.name).into();
                through.push(Grounds { says, evidence: at });
                let verdict = match needs {
                    Some(condition) => verdict.clone().and(Verdict::Conditional(vec![condition])),
                    None => verdict.clone(),
                };
                if let Principal::Asset(index) = member.principal {
                    open.push((index, through.clone(), verdict.clone()));
                }
                all.push(Member { principal: member.principal, verdict, through });
            }
        }
        let all: Arc<[Member]> = all.into();
        known.insert(first, all.clone());
        all
    }

    fn of_group(&self, group: usize) -> Vec<(Who, Evidence, Option<Arc<str>>)> {
        let asset = &self.graph.assets()[group];
        let at = |node: &Node| place(node, asset);
        let lists =
            [("members", None), ("eligibleMembers", Some("activates the eligible membership of the group"))];
        let mut found = Vec::new();
        for (key, needs) in lists {
            let list = asset.document.get(key).map(|list| list.get("relationships").unwrap_or(list));
            for entry in list.and_then(Node::as_list).into_iter().flat_map(|l| l.iter()) {
                let id = entry.get("id").unwrap_or(entry);
                if !id.is_null() {
                    found.push((self.who(group, id, None), at(id), needs.map(Arc::from)));
                }
            }
        }
        found
    }

    /// What a group's document leaves open, in a sentence.
    pub(super) fn open_group(&self, group: usize) -> Option<String> {
        let asset = &self.graph.assets()[group];
        let members = asset.document.get("members");
        if asset.document.get("membershipRule").is_some_and(|rule| !rule.is_null()) {
            return Some(format!(
                "the members of group {} are found by a rule and are not listed",
                asset.name
            ));
        }
        match members.map(|m| (&m.value, m.first_unknown(MAX_NODES))) {
            Some((Value::Unknown(why), _)) => {
                Some(format!("the members of group {} are not known: {why}", asset.name))
            }
            _ => None,
        }
    }

    /// The kind of an asset in words and its name: `storage account stx`.
    pub(super) fn label(&self, index: usize) -> Arc<str> {
        let asset = &self.graph.assets()[index];
        let title = self.catalog.kind(&asset.kind).map_or("asset", |kind| &*kind.card.title);
        let title = title.split(" (").next().unwrap_or(title);
        let title =
            title.strip_prefix("Azure ").or_else(|| title.strip_prefix("Microsoft ")).unwrap_or(title);
        let nameless =
            *asset.name == *asset.address && asset.name.contains("()") || asset.name.starts_with("provider.");
        let named = if nameless { format!("the {title}") } else { format!("{title} {}", asset.name) };
        if asset.name.starts_with("unknown (") {
            format!("{title} {}", asset.address).into()
        } else {
            named.into()
        }
    }

    /// An asset as one who acts: by the identity that it is or has.
    pub(super) fn acting(&self, index: usize) -> Arc<str> {
        let asset = &self.graph.assets()[index];
        let is_one =
            matches!(asset.class, model::Class::Identity | model::Class::Group | model::Class::CiPipeline);
        if is_one { self.label(index) } else { format!("the identity of {}", self.label(index)).into() }
    }
}

/// The variable of the environment that a value was to come from.
fn environment(reason: &str) -> Option<&str> {
    reason.strip_prefix("environment variable ")?.split_whitespace().next()
}

/// Where a value was written, else where its asset was seen.
pub(super) fn place(node: &Node, asset: &Asset) -> Evidence {
    match &node.at {
        Some(at) => Evidence::Source((**at).clone()),
        None => evidence(asset),
    }
}

/// The place of an asset.
pub(super) fn evidence(asset: &Asset) -> Evidence {
    let unseen = || Evidence::Pointer { document: asset.id.0.clone(), pointer: "".into() };
    asset.evidence.first().cloned().unwrap_or_else(unseen)
}
