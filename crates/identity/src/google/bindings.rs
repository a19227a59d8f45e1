//! Bindings of allow policies, wherever a document has them: on projects and what is above them, on resources, and in the
//! older lists of buckets and datasets.
//! <https://cloud.google.com/iam/docs/allow-policies>, <https://cloud.google.com/storage/docs/access-control/lists>,
//! <https://cloud.google.com/bigquery/docs/access-control-basic-roles>

use std::collections::HashMap;
use std::sync::Arc;

use graph::{Graph, Principal};
use model::{Coverage, CoverageStatus, Evidence, Grounds, Node, Value, Verdict};

use super::condition::Condition;
use super::members::{Member, Members, Who, evidence};
use super::places::{Family, Level, Place, Places};
use super::roles::{EDITOR, Has, OWNER, Roles, VIEWER};

const GRANT: &str = "google.iam.project-grant";
const CUSTOM_ROLE: &str = "google.iam.custom-role";
const BUCKET: &str = "google.storage.bucket";
const DATASET: &str = "google.bigquery.dataset";

/// A role as a binding names it.
#[derive(Clone, Debug)]
pub(super) enum Role {
    Predefined(Arc<str>),
    /// The permissions of an asset; unknown if its list is.
    Custom {
        name: Arc<str>,
        permissions: Arc<Vec<Arc<str>>>,
        unclear: Option<Arc<str>>,
    },
    /// Not described, and why.
    Unknown {
        name: Arc<str>,
        reason: Arc<str>,
    },
}

impl Role {
    pub(super) fn name(&self) -> &Arc<str> {
        match self {
            Role::Predefined(name) | Role::Custom { name, .. } | Role::Unknown { name, .. } => name,
        }
    }

    /// Whether it has the permission; none if it does not.
    pub(super) fn has(&self, permission: &str) -> Option<Verdict> {
        match self {
            Role::Predefined(role) => match Roles::get().has(role, permission) {
                Has::Yes => Some(Verdict::Allowed),
                Has::No => None,
                Has::NoRole => Some(Verdict::Unknown(format!("what {role} may do is not known").into())),
                Has::NoPermission => {
                    Some(Verdict::Unknown(format!("which roles have {permission} is not known").into()))
                }
            },
            Role::Custom { permissions, unclear, .. } => {
                let has = permissions.iter().any(|p| &**p == permission);
                match (has, unclear) {
                    (true, _) => Some(Verdict::Allowed),
                    (false, Some(reason)) => Some(Verdict::Unknown(reason.clone())),
                    (false, None) => None,
                }
            }
            Role::Unknown { reason, .. } => Some(Verdict::Unknown(reason.clone())),
        }
    }
}

/// One role given to some, on one place.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) place: Place,
    pub(super) role: Role,
    pub(super) who: Vec<Who>,
    pub(super) condition: Option<Condition>,
    pub(super) evidence: Evidence,
}

/// Who has a basic role on a project, as members of a binding.
struct Basic {
    binding: usize,
    role: &'static str,
    project: Option<usize>,
    /// The member as written.
    text: Arc<str>,
}

/// What those who have a basic role on a project have on its buckets and datasets.
const BASIC: [(Family, &str, &[&str]); 6] = [
    (Family::Buckets, OWNER, &["roles/storage.legacyBucketOwner", "roles/storage.legacyObjectOwner"]),
    (Family::Buckets, EDITOR, &["roles/storage.legacyBucketOwner", "roles/storage.legacyObjectOwner"]),
    (Family::Buckets, VIEWER, &["roles/storage.legacyBucketReader", "roles/storage.legacyObjectReader"]),
    (Family::Datasets, OWNER, &["roles/bigquery.dataOwner"]),
    (Family::Datasets, EDITOR, &["roles/bigquery.dataEditor"]),
    (Family::Datasets, VIEWER, &["roles/bigquery.dataViewer"]),
];

/// Reads every binding of a graph.
pub(super) struct Reader<'r, 'g> {
    pub(super) graph: &'g Graph,
    pub(super) places: &'r mut Places<'g>,
    pub(super) members: Members<'g>,
    pub(super) bindings: Vec<Binding>,
    /// Bindings of those who have a basic role on a project, to be told once every binding is read.
    basic: Vec<Basic>,
    /// Bindings whose members are the account that a project's machines run as, with the asset that says so.
    pub(super) default_compute: Vec<(usize, Arc<str>)>,
    pub(super) notes: Vec<Coverage>,
}

impl<'r, 'g> Reader<'r, 'g> {
    pub(super) fn new(graph: &'g Graph, places: &'r mut Places<'g>) -> Self {
        let (bindings, basic, default_compute, notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Reader { members: Members::new(graph), graph, places, bindings, basic, default_compute, notes }
    }

    pub(super) fn read(&mut self) {
        for asset in 0..self.graph.assets().len() {
            let thing = &self.graph.assets()[asset];
            if !thing.kind.starts_with("google.") {
                continue;
            }
            let document = &thing.document;
            if &*thing.kind == GRANT {
                let place = Place::Container(self.granted_on(asset));
                if document.get("role").is_some_and(|role| !role.is_null()) {
                    self.binding(asset, place, document);
                }
                self.policy(asset, place, document);
                continue;
            }
            self.policy(asset, Place::Resource(asset), document);
            match &*thing.kind {
                BUCKET => self.bucket(asset, document),
                DATASET => self.dataset(asset, document),
                _ => {}
            }
        }
        self.tell_basic();
    }

    /// What a grant on a project, folder or organisation is on.
    fn granted_on(&mut self, asset: usize) -> usize {
        let document = &self.graph.assets()[asset].document;
        let given = |key: &str| document.get(key).filter(|n| !n.is_null());
        let named =
            [("folder", Level::Folder), ("organization", Level::Organization), ("project", Level::Project)];
        let named = named.into_iter().find_map(|(key, level)| Some((level, given(key)?)));
        let project = Node::unknown("the project of the provider configuration");
        let (level, node) = named.unwrap_or((Level::Project, &project));
        self.places.named(level, asset, node)
    }

    fn policy(&mut self, asset: usize, place: Place, document: &Node) {
        match document.at_path("iamPolicy.bindings").map(|n| &n.value) {
            Some(Value::List(bindings)) => {
                for binding in bindings.iter() {
                    self.binding(asset, place, binding);
                }
            }
            Some(Value::Unknown(reason)) => self.note(asset, document.get("iamPolicy"), reason),
            _ => {
                if let Some(Value::Unknown(reason)) = document.get("iamPolicy").map(|n| &n.value) {
                    self.note(asset, document.get("iamPolicy"), reason);
                }
            }
        }
    }

    fn note(&mut self, asset: usize, node: Option<&Node>, reason: &str) {
        let place = match evidence(self.graph, asset, node) {
            Evidence::Source(at) => at.to_string(),
            _ => self.graph.assets()[asset].id.to_string(),
        };
        let reason = format!(
            "who may use {} is not known: {reason}",
            super::places::title(&self.graph.assets()[asset])
        );
        self.notes.push(Coverage::note("identity", place, CoverageStatus::Partial, reason));
    }

    fn binding(&mut self, asset: usize, place: Place, binding: &Node) {
        let Some(role) = binding.get("role").filter(|role| !role.is_null()) else { return };
        let role = self.role(asset, role);
        let condition = binding.at_path("condition.expression").filter(|c| !c.is_null());
        let condition = condition.map(|node| Condition::new(node.display().into()));
        let members = binding.get("members");
        let at = members.filter(|m| m.at.is_some()).or(binding.get("role"));
        let evidence = evidence(self.graph, asset, at);
        let index = self.add(place, role, condition, evidence);
        match members.map(|members| &members.value) {
            Some(Value::List(members)) => {
                for member in members.iter() {
                    self.member(index, asset, place, member);
                }
            }
            Some(Value::Unknown(_) | Value::String(_) | Value::Template(_)) => {
                self.member(index, asset, place, &members.cloned().unwrap_or_default());
            }
            _ => {}
        }
    }

    pub(super) fn add(
        &mut self,
        place: Place,
        role: Role,
        condition: Option<Condition>,
        evidence: Evidence,
    ) -> usize {
        self.bindings.push(Binding { place, role, who: Vec::new(), condition, evidence });
        self.bindings.len() - 1
    }

    fn member(&mut self, binding: usize, from: usize, place: Place, member: &Node) {
        let on = match place {
            Place::Resource(on) => Some(on),
            _ => None,
        };
        match self.members.read(from, on, member) {
            Member::These(who) => {
                let closed = on.is_some_and(|on| prevents_public_access(&self.graph.assets()[on].document));
                let public = |who: &Who| matches!(&*who.text, "allUsers" | "allAuthenticatedUsers");
                self.bindings[binding].who.extend(who.into_iter().filter(|who| !closed || !public(who)));
            }
            Member::Basic { role, project } => {
                let known = self.places.known(Level::Project, &project);
                let project = known.or_else(|| self.places.project(on.unwrap_or(from)));
                let text = member.display().into();
                self.basic.push(Basic { binding, role, project, text });
            }
            Member::DefaultCompute(text) => self.default_compute.push((binding, text)),
        }
    }

    fn role(&self, from: usize, node: &Node) -> Role {
        if let Some(role) = self.graph.named(from, node, &[CUSTOM_ROLE.into()]) {
            return custom(self.graph, role);
        }
        let name: Arc<str> = match (&node.value, &node.from) {
            (Value::Unknown(_), None) => "a role that is not known".into(),
            _ => node.display().into(),
        };
        match &node.value {
            Value::String(text) if Roles::get().has(text, "") != Has::NoRole => {
                Role::Predefined(text.clone())
            }
            Value::String(_) => {
                let reason = format!("what {name} may do is not described").into();
                Role::Unknown { name, reason }
            }
            Value::Unknown(reason) => {
                Role::Unknown { reason: format!("which role is granted: {reason}").into(), name }
            }
            _ => Role::Unknown { name, reason: "which role is granted is only partly known".into() },
        }
    }

    /// Those who have the basic role on the project itself are what the convenience value stands for.
    fn tell_basic(&mut self) {
        let mut holders: HashMap<(Place, Arc<str>), Vec<usize>> = HashMap::new();
        for (index, binding) in self.bindings.iter().enumerate() {
            if [OWNER, EDITOR, VIEWER].contains(&&**binding.role.name()) {
                holders.entry((binding.place, binding.role.name().clone())).or_default().push(index);
            }
        }
        for Basic { binding, role, project, text } in std::mem::take(&mut self.basic) {
            let place = project.map(Place::Container);
            let found = place.and_then(|place| holders.get(&(place, role.into()))).into_iter().flatten();
            let mut who: Vec<Who> = Vec::new();
            for other in found.map(|index| &self.bindings[*index]) {
                let title = self.places.title(other.place);
                who.extend(other.who.iter().map(|who| {
                    let says = format!("{} has {role} on {title}", who.name(self.graph)).into();
                    let mut grounds = who.grounds.clone();
                    grounds.push(Grounds { says, evidence: other.evidence.clone() });
                    Who { grounds, ..who.clone() }
                }));
            }
            who.push(Who::new(Principal::Outside(text.clone()), &text));
            self.bindings[binding].who.extend(who);
        }
    }

    /// Older lists of a bucket.
    fn bucket(&mut self, asset: usize, document: &Node) {
        let uniform =
            document.at_path("iamConfiguration.uniformBucketLevelAccess.enabled").and_then(Node::as_bool);
        // A whole policy takes the place of what a bucket begins with; lists of objects stay.
        if uniform != Some(true) || !is_whole(document) {
            self.places.families.insert(asset, Family::Buckets);
        }
        if uniform == Some(true) {
            return;
        }
        for (list, object) in [("acl", false), ("defaultObjectAcl", true)] {
            for entry in list_of(document, list) {
                let text = |key: &str| entry.get(key).map(Node::display).unwrap_or_default();
                self.acl(asset, &text("entity"), &text("role"), object, entry);
            }
        }
        for (list, object) in [("aclEntries", false), ("defaultObjectAclEntries", true)] {
            for entry in list_of(document, list) {
                let text = entry.display();
                let (role, entity) = text.split_once(':').unwrap_or((&text, ""));
                self.acl(asset, entity, role, object, entry);
            }
        }
        let predefined = document.get("predefinedAcl").filter(|n| !n.is_null());
        let entries: &[(&str, &str)] = match predefined.and_then(Node::as_str) {
            Some("publicRead") => &[("allUsers", "READER")],
            Some("publicReadWrite") => &[("allUsers", "WRITER")],
            Some("authenticatedRead") => &[("allAuthenticatedUsers", "READER")],
            _ => &[],
        };
        for (entity, role) in entries {
            self.acl(asset, entity, role, false, predefined.unwrap_or(document));
        }
    }

    /// `user-a@example.com` as a member of the role that an entry of a list stands for.
    fn acl(&mut self, asset: usize, entity: &str, role: &str, object: bool, node: &Node) {
        let role = match (role.to_ascii_uppercase().as_str(), object) {
            ("OWNER", false) => "roles/storage.legacyBucketOwner",
            ("WRITER", false) => "roles/storage.legacyBucketWriter",
            ("READER", false) => "roles/storage.legacyBucketReader",
            ("OWNER", true) => "roles/storage.legacyObjectOwner",
            ("READER", true) => "roles/storage.legacyObjectReader",
            _ => return,
        };
        let member = match entity.split_once('-') {
            Some(("user", name)) if name.ends_with("gserviceaccount.com") => format!("serviceAccount:{name}"),
            Some((kind @ ("user" | "group" | "domain"), name)) => format!("{kind}:{name}"),
            Some(("project", rest)) => match rest.split_once('-') {
                Some(("owners", project)) => format!("projectOwner:{project}"),
                Some(("editors", project)) => format!("projectEditor:{project}"),
                Some(("viewers", project)) => format!("projectViewer:{project}"),
                _ => return,
            },
            _ => entity.to_owned(),
        };
        let at = evidence(self.graph, asset, Some(node));
        let place = Place::Resource(asset);
        let binding = self.add(place, Role::Predefined(role.into()), None, at);
        let member = Node { from: node.from.clone(), ..Node::from(&*member) };
        self.member(binding, asset, place, &member);
    }

    /// What buckets and datasets give to those who have a basic role on their project, unless their policy was changed: as
    /// bindings of the project's, which all of them share.
    pub(super) fn spread_basic(&mut self) {
        let mut spread = Vec::new();
        for binding in &self.bindings {
            let Place::Container(project) = binding.place else { continue };
            for (family, basic, roles) in BASIC {
                if basic != &**binding.role.name() {
                    continue;
                }
                let on = self.places.title(binding.place);
                let who = binding.who.iter().map(|who| {
                    let says = format!("{} has {basic} on {on}", who.name(self.graph)).into();
                    let mut grounds = who.grounds.clone();
                    grounds.push(Grounds { says, evidence: binding.evidence.clone() });
                    Who { grounds, ..who.clone() }
                });
                let who: Vec<Who> = who.collect();
                for role in roles {
                    spread.push(Binding {
                        place: Place::Family(project, family),
                        role: Role::Predefined((*role).into()),
                        who: who.clone(),
                        condition: binding.condition.clone(),
                        evidence: Evidence::Default { path: (*role).into(), page: family.page().into() },
                    });
                }
            }
        }
        self.bindings.extend(spread);
    }

    /// The list of a dataset; one that is not written has what every dataset begins with.
    fn dataset(&mut self, asset: usize, document: &Node) {
        let entries: Vec<Node> = list_of(document, "access").cloned().collect();
        if entries.is_empty() && !is_whole(document) {
            self.places.families.insert(asset, Family::Datasets);
        }
        for entry in entries {
            let Some(role) = entry.get("role").filter(|role| !role.is_null()) else { continue };
            let role = match role.as_str() {
                Some("OWNER") => Role::Predefined("roles/bigquery.dataOwner".into()),
                Some("WRITER") => Role::Predefined("roles/bigquery.dataEditor".into()),
                Some("READER") => Role::Predefined("roles/bigquery.dataViewer".into()),
                _ => self.role(asset, role),
            };
            let keys = [
                ("userByEmail", "user:"),
                ("groupByEmail", "group:"),
                ("domain", "domain:"),
                ("specialGroup", ""),
                ("iamMember", ""),
            ];
            for (key, prefix) in keys {
                let Some(given) = entry.get(key).filter(|given| !given.is_null()) else { continue };
                let text = given.display();
                let member = match (key, &*text) {
                    ("userByEmail", text) if text.ends_with("gserviceaccount.com") => {
                        format!("serviceAccount:{text}")
                    }
                    ("specialGroup", "projectOwners") => "projectOwner:".into(),
                    ("specialGroup", "projectWriters") => "projectEditor:".into(),
                    ("specialGroup", "projectReaders") => "projectViewer:".into(),
                    _ => format!("{prefix}{text}"),
                };
                let value = match given.value {
                    Value::String(_) => Value::string(member),
                    _ => given.value.clone(),
                };
                let member = Node { value, ..given.clone() };
                let at = evidence(self.graph, asset, Some(given));
                let place = Place::Resource(asset);
                let binding = self.add(place, role.clone(), None, at);
                self.member(binding, asset, place, &member);
            }
        }
    }
}

/// A bucket lets nobody in whom it does not know, whatever its policy and its lists say.
/// <https://cloud.google.com/storage/docs/public-access-prevention>
fn prevents_public_access(document: &Node) -> bool {
    let prevention = document.at_path("iamConfiguration.publicAccessPrevention");
    prevention.and_then(Node::as_str) == Some("enforced")
}

/// Whether the resource's policy was written as one piece, and so is all there is. Pieces are put together at no place.
fn is_whole(document: &Node) -> bool {
    document
        .get("iamPolicy")
        .is_some_and(|policy| policy.at.is_some() || matches!(policy.value, Value::Json(_)))
}

fn list_of<'n>(document: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> {
    document.get(key).and_then(Node::as_list).into_iter().flat_map(|list| list.iter())
}

fn custom(graph: &Graph, asset: usize) -> Role {
    let thing = &graph.assets()[asset];
    let list = thing.document.get("includedPermissions");
    let mut permissions = Vec::new();
    let mut unclear = None;
    match list.map(|list| &list.value) {
        Some(Value::List(items)) => {
            for item in items.iter() {
                match &item.value {
                    Value::String(text) => permissions.push(text.clone()),
                    _ => {
                        unclear =
                            Some(Arc::from(format!("a permission of role {} is not known", thing.name)));
                    }
                }
            }
        }
        Some(Value::Unknown(reason)) => unclear = Some(reason.clone()),
        _ => unclear = Some(format!("the permissions of role {} are not described", thing.name).into()),
    }
    Role::Custom {
        name: format!("custom role {}", thing.name).into(),
        permissions: Arc::new(permissions),
        unclear,
    }
}
