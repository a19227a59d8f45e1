//! Role assignments of Azure RBAC, active and eligible, with the custom roles and the scopes that they name; and
//! deny assignments.
//!
//! Sources: "Understand Azure role assignments", <https://learn.microsoft.com/azure/role-based-access-control/role-assignments>;
//! "Understand Azure deny assignments", <https://learn.microsoft.com/azure/role-based-access-control/deny-assignments>.

use std::collections::HashMap;
use std::sync::Arc;

use graph::Principal;
use model::{Asset, Node, Piece, Reference, Value};

use super::condition::{Condition, UNSAID};
use super::grants::{Denial, Grant, Place};
use super::principals::evidence;
use super::reader::Reader;
use super::roles::{Block, Plane, Role, Table};
use super::scope::{Arm, Behind, behind};

const ROLE: &str = "azure.authorization.role-definition";
/// The principal of a deny assignment that stands for everybody.
const EVERYBODY: &str = "00000000-0000-0000-0000-000000000000";
const MAX_NODES: usize = 200;

/// How an assignment of a kind holds.
const KINDS: [(&str, bool); 3] = [
    ("azure.authorization.role-assignment", false),
    ("azure.authorization.active-role-assignment", false),
    ("azure.authorization.eligible-role-assignment", true),
];

impl Reader<'_> {
    /// Every role assignment.
    pub(super) fn role_assignments(&mut self) {
        let mut custom: HashMap<usize, Arc<Role>> = HashMap::new();
        for index in 0..self.graph.assets().len() {
            let asset = &self.graph.assets()[index];
            let Some((_, eligible)) = KINDS.iter().find(|(kind, _)| *kind == &*asset.kind) else { continue };
            let Some(properties) = asset.document.get("properties") else {
                self.note(asset, format!("role assignment {} has no properties", asset.name));
                continue;
            };
            let role = self.role(index, properties, &mut custom);
            let kind = properties.get("principalType").and_then(Node::as_str);
            let nobody = Node::unknown("no principal is written");
            let principal = properties.get("principalId").unwrap_or(&nobody);
            let who = self.people.who(index, principal, kind);
            // Through the API's own provider an assignment names what it hangs on as what it is below.
            let mut scope = ["properties.scope", "scope", "parent"]
                .iter()
                .filter_map(|path| asset.document.at_path(path));
            let (place, label) = self.scope(index, scope.find(|s| !s.is_null()));
            let condition =
                properties.get("condition").filter(|c| !c.is_null()).map(|c| self.condition(asset, c));
            let needs = eligible.then(|| Arc::from(format!("activates the eligible role {}", role.name)));
            let grant = Grant {
                members: self.people.members(&who),
                who: who.label,
                what: format!("role {}", role.name).into(),
                role,
                place: label,
                needs,
                condition,
                evidence: evidence(asset),
            };
            self.grants.add(place, grant);
        }
    }

    fn condition(&mut self, asset: &Asset, node: &Node) -> Arc<Condition> {
        // A hole in the text stands for a value that is not known.
        let text = match &node.value {
            Value::Template(pieces) => {
                pieces.iter().map(|p| if let Piece::Text(t) = p { t } else { UNSAID }).collect()
            }
            _ => node.brief(),
        };
        let condition = Condition::parse(&text);
        if !condition.understood() {
            self.note(asset, format!("the condition of role assignment {} is not understood", asset.name));
        }
        Arc::new(condition)
    }

    fn role(&mut self, index: usize, properties: &Node, custom: &mut HashMap<usize, Arc<Role>>) -> Arc<Role> {
        let asset = &self.graph.assets()[index];
        let id = properties.get("roleDefinitionId").filter(|id| !id.is_null());
        let name = properties.get("roleDefinitionName").filter(|name| !name.is_null());
        let found = id.and_then(|id| self.graph.named(index, id, &[ROLE.into()]));
        let found = found.or_else(|| self.custom_by_guid(index, &guid(id?)?));
        let found = found.or_else(|| self.graph.named(index, name?, &[ROLE.into()]));
        if let Some(found) = found {
            let role =
                custom.entry(found).or_insert_with(|| Arc::new(definition(&self.graph.assets()[found])));
            return role.clone();
        }
        let table = Table::get();
        let built_in = id.and_then(|id| table.by_guid(&guid(id)?)).or_else(|| table.by_name(name?.as_str()?));
        if let Some(role) = built_in {
            return role.clone();
        }
        let (label, why) = match (id.or(name), name) {
            (None, _) => ("without a name".to_owned(), "no role is written".to_owned()),
            (Some(node), _) if node.as_str().is_none() => {
                let label = node.brief();
                let why = format!("role {label} is known only once it is deployed");
                (label, why)
            }
            (Some(node), _) => {
                let text = node.brief();
                let label = text.rsplit('/').next().unwrap_or(&text).to_owned();
                let why = format!("role {label} is neither a built-in role nor defined in the estate");
                (label, why)
            }
        };
        self.note(asset, format!("role assignment {}: {why}", asset.address));
        Arc::new(Role::unknown(label, why))
    }

    /// A role of the estate by the GUID that ends its id.
    fn custom_by_guid(&self, from: usize, guid: &str) -> Option<usize> {
        self.graph.named(from, &Node::from(guid), &[ROLE.into()])
    }

    /// The place that a scope names, and what it is called.
    pub(super) fn scope(&mut self, index: usize, scope: Option<&Node>) -> (Place, Arc<str>) {
        let graph = self.graph;
        let asset = &graph.assets()[index];
        let config = asset.scope.clone();
        let unknown = |why: String| {
            (Place::Unknown(config.clone(), why.into()), Arc::from("a scope that is not known"))
        };
        let Some(scope) = scope.filter(|s| !s.is_null()) else {
            // An extension resource without a scope hangs on what the template is deployed to.
            let above = graph.ends(index, "contains", None, true).assets;
            let group = above.iter().copied().find(|i| &*graph.assets()[*i].kind != "azure.subscription");
            return match group.or_else(|| above.first().copied()) {
                Some(above) => (Place::Asset(above), self.people.label(above)),
                None => unknown("no scope is written".to_owned()),
            };
        };
        if let Some(text) = scope.as_str() {
            let lower = text.trim_end_matches('/').to_lowercase();
            if lower.is_empty() {
                return (Place::Everywhere, "the whole tenant".into());
            }
            if let Some(name) = lower.strip_prefix("/providers/microsoft.management/managementgroups/") {
                return match graph.named(index, scope, &["azure.management.management-group".into()]) {
                    Some(found) => (Place::Asset(found), self.people.label(found)),
                    None => self.management_group(index, name),
                };
            }
        }
        // Text that is composed of an id and more names what lies below the asset that the id is of, not the asset.
        if !matches!(scope.value, Value::Template(_)) {
            if let Some(found) = graph.named(index, scope, &[]) {
                return (Place::Asset(found), self.people.label(found));
            }
        } else if let Some(found) = self.composed(index, scope) {
            return (Place::Asset(found), self.people.label(found));
        }
        if let Some((base, (group, types))) = self.behind(index, scope) {
            let label = shown(&scope.brief());
            return match (&self.arms[base], group) {
                (Some(arm), Some(group)) => {
                    let arm = Arm { subscription: arm.subscription.clone(), group: Some(group), types };
                    let found = self.with_id(&arm, &config);
                    (
                        found.map_or(Place::Id(arm, config), Place::Asset),
                        found.map_or(label, |i| self.people.label(i)),
                    )
                }
                _ => (Place::Below(base, types), label),
            };
        }
        let own = |piece: &Piece| self.is_own(index, piece);
        if let Some(arm) = Arm::of_node(scope, &own) {
            let place = self.with_id(&arm, &config).map_or(Place::Id(arm, config), Place::Asset);
            let label = match &place {
                Place::Asset(found) => self.people.label(*found),
                _ => shown(&scope.brief()),
            };
            return (place, label);
        }
        let references = scope.references(8);
        let source = references.iter().flat_map(|r| r.chain()).last();
        match source {
            Some(Reference { address, .. }) if address.contains("data.azurerm_management_group.") => {
                self.management_group(index, address)
            }
            // A data source names something that this configuration does not make.
            Some(Reference { address, .. }) if is_data(address) => {
                (Place::Address(config, address.clone()), address.clone())
            }
            _ => {
                let why = scope.first_unknown(MAX_NODES).unwrap_or_else(|| scope.brief().into());
                self.note(
                    asset,
                    format!("the scope of role assignment {} is not known: {why}", asset.address),
                );
                unknown(format!("the scope of the assignment is not known: {why}"))
            }
        }
    }

    fn management_group(&mut self, index: usize, name: &str) -> (Place, Arc<str>) {
        let asset = &self.graph.assets()[index];
        let why = format!(
            "{} is on management group {name}, which is not in the estate: which subscriptions of other configurations \
             are below it is not known",
            asset.address
        );
        self.note(asset, why);
        (Place::ManagementGroup(name.into(), asset.scope.clone()), format!("management group {name}").into())
    }

    /// The asset that a composed text is the id of: only where nothing but that stands in it.
    fn composed(&self, index: usize, scope: &Node) -> Option<usize> {
        let Value::Template(pieces) = &scope.value else { return None };
        let found = self.graph.named(index, scope, &[])?;
        let whole = Arm::of_node(scope, &|piece| self.is_own(index, piece));
        let its = Arm::of_asset(self.graph, self.catalog, found);
        match (whole, its) {
            (Some(whole), Some(its)) => (whole.types.len() == its.types.len()
                && whole.group.is_some() == its.group.is_some())
            .then_some(found),
            // A hole that is the whole id of the asset, with nothing after it.
            _ => (pieces.len() == 1).then_some(found),
        }
    }

    /// The asset that a composed text begins with the id of, and what stands behind.
    fn behind(&self, index: usize, scope: &Node) -> Option<(usize, Behind)> {
        let Value::Template(pieces) = &scope.value else { return None };
        let (Piece::Hole { from: Some(reference), .. }, rest) = pieces.split_first()? else { return None };
        let node = Node { from: Some(reference.clone()), ..Node::unknown("") };
        let base = self.graph.named(index, &node, &[])?;
        Some((base, behind(rest)?))
    }

    /// The one asset of a configuration that has an id, as far as both are known.
    fn with_id(&self, arm: &Arm, config: &Arc<str>) -> Option<usize> {
        let here = |i: &&usize| self.graph.assets()[**i].sightings.iter().any(|s| s.scope == *config);
        let is_it = |i: &&usize| {
            self.arms[**i].as_ref().is_some_and(|its| {
                let level = its.types.len() == arm.types.len() && its.group.is_some() == arm.group.is_some();
                level && arm.covers(its, true) == super::scope::Cover::Yes
            })
        };
        self.by_end.get(&arm.end())?.iter().filter(here).find(is_it).copied()
    }

    /// Whether a hole is what the configuration is deployed to.
    pub(super) fn is_own(&self, index: usize, piece: &Piece) -> bool {
        let Piece::Hole { reason, from } = piece else { return false };
        if reason.starts_with("subscription()") || reason.starts_with("resourceGroup()") {
            return true;
        }
        let Some(reference) = from else { return false };
        let node = Node { from: Some(reference.clone()), ..Node::unknown("") };
        let found = self.graph.named(index, &node, &["azure.subscription".into()]);
        found.is_some()
    }

    /// Deny assignments, which nothing but Azure itself makes.
    pub(super) fn denials(&mut self) {
        for index in 0..self.graph.assets().len() {
            let asset = &self.graph.assets()[index];
            if &*asset.kind != "azure.authorization.deny-assignment" {
                continue;
            }
            let Some(properties) = asset.document.get("properties") else { continue };
            let (place, _) = self.scope(index, properties.get("scope"));
            let Place::Asset(place) = place else {
                let why = format!("what deny assignment {} is on is not in the estate", asset.name);
                self.note(asset, why);
                continue;
            };
            let mut open = false;
            let mut everybody = false;
            let mut people = |key: &str| -> Vec<Principal> {
                let mut found = Vec::new();
                let list = properties.get(key).and_then(Node::as_list);
                for entry in list.into_iter().flat_map(|l| l.iter()) {
                    let Some(id) = entry.get("id") else { continue };
                    if id.as_str() == Some(EVERYBODY) {
                        everybody = true;
                        continue;
                    }
                    open |= id.as_str().is_none() && id.from.is_none();
                    let who = self.people.who(index, id, entry.get("type").and_then(Node::as_str));
                    found.extend(self.people.members(&who).iter().map(|m| m.principal.clone()));
                }
                found
            };
            let (of, except) = (people("principals"), people("excludePrincipals"));
            let children = properties.get("doNotApplyToChildScopes").and_then(Node::as_bool) != Some(true);
            let name = properties.get("denyAssignmentName").and_then(Node::as_str).unwrap_or(&asset.name);
            let denial = Denial {
                name: name.into(),
                place,
                role: definition(asset),
                everybody,
                of,
                except,
                open,
                children,
            };
            self.grants.denials.push(denial);
        }
    }

    /// Stacks that forbid changes to what they manage.
    /// Source: <https://learn.microsoft.com/azure/azure-resource-manager/bicep/deployment-stacks>.
    pub(super) fn stacks(&mut self) {
        for index in 0..self.graph.assets().len() {
            let asset = &self.graph.assets()[index];
            if &*asset.kind != "azure.resources.deployment-stack" {
                continue;
            }
            let Some(properties) = asset.document.get("properties") else { continue };
            let Some(settings) = properties.get("denySettings") else { continue };
            let mode = settings.get("mode").and_then(Node::as_str).unwrap_or("none").to_lowercase();
            let denied: &[&str] = match &*mode {
                "denydelete" => &["*/delete"],
                "denywriteanddelete" => &["*/delete", "*/write"],
                _ => continue,
            };
            let mut block = Block::of(Plane::Control, denied);
            block.except = texts(settings.get("excludedActions")).0;
            let role = Role { name: asset.name.as_str().into(), blocks: vec![block], unknown: None };
            let list = |node: Option<&Node>| node.and_then(Node::as_list).cloned().unwrap_or_default();
            let excluded = list(settings.get("excludedPrincipals"));
            let except =
                excluded.iter().map(|id| self.people.who(index, id, None).principal).collect::<Vec<_>>();
            let children = settings.get("applyToChildScopes").and_then(Node::as_bool) == Some(true);
            for resource in list(properties.get("resources")).iter().filter_map(|r| r.get("id")) {
                let Some(place) = self.graph.named(index, resource, &[]) else { continue };
                self.grants.denials.push(Denial {
                    name: format!("of deployment stack {}", asset.name).into(),
                    place,
                    role: role.clone(),
                    everybody: true,
                    of: Vec::new(),
                    except: except.clone(),
                    open: excluded.iter().any(Node::is_unknown),
                    children,
                });
            }
        }
    }
}

fn is_data(address: &str) -> bool {
    address.starts_with("data.") || address.contains(".data.")
}

/// The telling end of an id.
fn shown(id: &str) -> Arc<str> {
    if let Some((_, resource)) = id.rsplit_once("/providers/") {
        return resource.into();
    }
    let mut steps = id.trim_end_matches('/').rsplit('/');
    let (name, of) = (steps.next().unwrap_or(id), steps.next().unwrap_or("").to_lowercase());
    match &*of {
        "resourcegroups" => format!("resource group {name}").into(),
        "subscriptions" => format!("subscription {name}").into(),
        _ => id.into(),
    }
}

/// The GUID that ends the id of a role.
fn guid(id: &Node) -> Option<String> {
    let text = match &id.value {
        Value::String(text) => text.clone(),
        Value::Template(pieces) => match pieces.last()? {
            Piece::Text(text) => text.clone(),
            Piece::Hole { .. } => return None,
        },
        _ => return None,
    };
    let last = text.trim_end_matches('/').rsplit('/').next()?;
    // `<guid>|<scope>` is how Terraform's provider writes the id of a definition.
    let last = last.split('|').next()?;
    (last.len() == 36).then(|| last.to_lowercase())
}

/// A role as a definition states it.
fn definition(asset: &Asset) -> Role {
    let permissions = asset.document.at_path("properties.permissions");
    let Some(list) = permissions.and_then(Node::as_list) else {
        let why = permissions.and_then(|p| p.first_unknown(MAX_NODES)).map_or_else(
            || "its permissions are not described".to_owned(),
            |why| format!("its permissions are not known: {why}"),
        );
        return Role::unknown(asset.name.as_str(), format!("role {}: {why}", asset.name));
    };
    let mut blocks = Vec::new();
    for permission in list.iter() {
        for (plane, allows, except) in
            [(Plane::Control, "actions", "notActions"), (Plane::Data, "dataActions", "notDataActions")]
        {
            let (allows, open) = texts(permission.get(allows));
            let (except, less) = texts(permission.get(except));
            let says = |why: Arc<str>| Arc::from(format!("not all of role {} is known: {why}", asset.name));
            let condition =
                permission.get("condition").and_then(Node::as_str).map(|c| Arc::new(Condition::parse(c)));
            blocks.push(Block {
                plane,
                allows,
                except,
                condition,
                open: open.map(says),
                less: less.map(says),
            });
        }
    }
    Role { name: asset.name.as_str().into(), blocks, unknown: None }
}

/// The texts of a list in lower case, and why there may be more.
pub(super) fn texts(node: Option<&Node>) -> (Vec<Arc<str>>, Option<Arc<str>>) {
    let Some(node) = node.filter(|n| !n.is_null()) else { return (Vec::new(), None) };
    let known = node.as_list().into_iter().flat_map(|l| l.iter());
    let known =
        known.filter_map(Node::as_str).chain(node.as_str()).map(|t| Arc::from(t.to_lowercase())).collect();
    (known, node.first_unknown(MAX_NODES))
}
