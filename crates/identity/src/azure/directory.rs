//! Rights over the directory itself: ownership of applications and groups, directory roles, and the permissions of
//! Microsoft Graph that amount to them.
//!
//! Questions are asked in the words of directory roles: `microsoft.directory/applications/credentials/update`.
//! Sources: "Microsoft Entra built-in roles", <https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference>;
//! "Microsoft Graph permissions reference", <https://learn.microsoft.com/graph/permissions-reference>;
//! "Default user permissions" (owners), <https://learn.microsoft.com/entra/fundamentals/users-default-permissions>.

use std::sync::Arc;

use model::{Node, Value};

use super::grants::{OWNERSHIP, Place};
use super::principals::{GROUP, evidence, place};
use super::reader::Reader;
use super::roles::{Block, Plane, Role};

pub(super) const APPLICATION: &str = "azure.entra.application";
const SERVICE_PRINCIPAL: &str = "azure.entra.service-principal";

const APPS: [&str; 2] = ["microsoft.directory/applications/*", "microsoft.directory/serviceprincipals/*"];
const GROUPS: [&str; 1] = ["microsoft.directory/groups/*"];
const ROLES: [&str; 3] = [
    "microsoft.directory/roleassignments/*",
    "microsoft.directory/directoryroles/*",
    "microsoft.directory/roledefinitions/*",
];
const APP_ROLES: [&str; 1] = ["microsoft.directory/serviceprincipals/approleassignedto/*"];
const PASSWORDS: [&str; 2] =
    ["microsoft.directory/users/password/*", "microsoft.directory/users/authenticationmethods/*"];

type Rights = &'static [&'static [&'static str]];

/// Directory roles by template and name, as far as they decide who controls an identity.
const DIRECTORY_ROLES: [(&str, &str, Rights); 8] = [
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", &[&["microsoft.directory/*"]]),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator", &[&ROLES, &APP_ROLES, &GROUPS]),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator", &[&PASSWORDS]),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator", &[&APPS]),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator", &[&APPS]),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", &[&GROUPS, &PASSWORDS]),
    ("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator", &[&GROUPS]),
    ("e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8", "Partner Tier2 Support", &[&APPS, &GROUPS, &PASSWORDS]),
];

/// Application permissions of Microsoft Graph by id and name. `Application.ReadWrite.OwnedBy` is not among them: what its
/// holder owns, ownership says.
const GRAPH_ROLES: [(&str, &str, Rights); 6] = [
    ("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "Application.ReadWrite.All", &[&APPS]),
    ("06b708a9-e830-4db3-a914-8e69da51d44f", "AppRoleAssignment.ReadWrite.All", &[&APP_ROLES]),
    ("9e3f62cf-ca3d-4989-b6ce-bf83c28f9fe8", "RoleManagement.ReadWrite.Directory", &[&ROLES]),
    ("19dbc75e-c2e2-444c-a770-ec69d8559fc7", "Directory.ReadWrite.All", &[&GROUPS]),
    ("62a82d76-70ea-41e2-9197-370581804d09", "Group.ReadWrite.All", &[&GROUPS]),
    (
        "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
        "GroupMember.ReadWrite.All",
        &[&["microsoft.directory/groups/members/*"]],
    ),
];

fn role(name: &str, rights: Rights) -> Role {
    let all = rights.iter().flat_map(|some| some.iter());
    Role { name: name.into(), blocks: vec![Block::of(Plane::Directory, all)], unknown: None }
}

/// A role of which only a name is known: nobody can tell what it gives.
fn open_role(name: &str, why: Arc<str>) -> Role {
    let mut block = Block::of(Plane::Directory, [] as [&str; 0]);
    block.open = Some(why);
    Role { name: name.into(), blocks: vec![block], unknown: None }
}

impl Reader<'_> {
    pub(super) fn directory(&mut self) {
        for index in 0..self.graph.assets().len() {
            match &*self.graph.assets()[index].kind {
                APPLICATION => self.owners(
                    index,
                    "an owner of application",
                    &["microsoft.directory/applications/*", "microsoft.directory/serviceprincipals/*"],
                ),
                SERVICE_PRINCIPAL => self.owners(
                    index,
                    "an owner of service principal",
                    &["microsoft.directory/serviceprincipals/*"],
                ),
                GROUP => self.owners(index, "an owner of group", &GROUPS),
                "azure.entra.app-role-assignment" => self.app_role(index),
                "azure.entra.directory-role-assignment" => self.directory_role(index),
                _ => {}
            }
        }
    }

    fn owners(&mut self, index: usize, what: &str, rights: &[&str]) {
        let asset = &self.graph.assets()[index];
        let owners = asset.document.get("owners").map(|list| list.get("relationships").unwrap_or(list));
        let Some(owners) = owners.filter(|o| !o.is_null()) else { return };
        if let Value::Unknown(why) = &owners.value {
            self.note(asset, format!("the owners of {} are not known: {why}", asset.name));
        }
        for owner in owners.as_list().into_iter().flat_map(|l| l.iter()) {
            let id = owner.get("id").unwrap_or(owner);
            let who = self.people.who(index, id, None);
            let role =
                Role { name: what.into(), blocks: vec![Block::of(Plane::Directory, rights)], unknown: None };
            let label = self.people.label(index);
            let grant = self.simple(&who, OWNERSHIP, role, label, place(id, asset));
            self.grants.add(Place::Asset(index), grant);
        }
    }

    /// An application permission that an administrator has granted.
    fn app_role(&mut self, index: usize) {
        let asset = &self.graph.assets()[index];
        let Some(id) = asset.document.get("appRoleId") else { return };
        let reference =
            id.references(4).into_iter().flat_map(|r| r.chain().cloned().collect::<Vec<_>>()).next();
        // `app_role_ids["Application.ReadWrite.All"]` names it where the id is known only after the apply.
        let attribute = reference.as_ref().and_then(|r| r.attribute.split('"').nth(1));
        let known = GRAPH_ROLES.iter().find(|(guid, name, _)| {
            id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(guid)) || attribute == Some(name)
        });
        let nobody = Node::unknown("no principal is written");
        let who = self.people.who(index, asset.document.get("principalId").unwrap_or(&nobody), None);
        let (what, role) = match known {
            Some((_, name, rights)) => (format!("Microsoft Graph permission {name}"), role(name, rights)),
            // Others decide nothing that is asked.
            None if attribute.is_some() || id.as_str().is_some() => return,
            None => {
                let why = format!("which application permission {} grants is not known", asset.address);
                self.note(asset, why.clone());
                ("an application permission".to_owned(), open_role("app role", why.into()))
            }
        };
        let grant = self.simple(&who, what, role, "the directory", evidence(asset));
        self.grants.add(Place::Tenant(asset.scope.clone()), grant);
    }

    fn directory_role(&mut self, index: usize) {
        let asset = &self.graph.assets()[index];
        let Some(id) = asset.document.get("roleDefinitionId") else { return };
        let named = self.graph.named(index, id, &["azure.entra.directory-role".into()]);
        let named = named.map(|i| &self.graph.assets()[i].document);
        let text = |key: &str| named.and_then(|d| d.get(key)).and_then(Node::as_str).map(str::to_owned);
        let guid = id.as_str().map(str::to_lowercase).or_else(|| text("roleTemplateId"));
        let name = text("displayName");
        let known = DIRECTORY_ROLES.iter().find(|(template, role, _)| {
            guid.as_deref() == Some(template) || name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(role))
        });
        let nobody = Node::unknown("no principal is written");
        let who = self.people.who(index, asset.document.get("principalId").unwrap_or(&nobody), None);
        let (what, role) = match known {
            Some((_, name, rights)) => {
                let mut role = role(name, rights);
                // Who administers the tenant may take every subscription of it.
                if *name == "Global Administrator" {
                    role.blocks
                        .push(Block::of(Plane::Control, ["Microsoft.Authorization/elevateAccess/action"]));
                }
                (format!("directory role {name}"), role)
            }
            // Other roles decide nothing that is asked.
            None if guid.is_some() || name.is_some() => return,
            None => {
                let why = format!("which directory role {} gives is not known", asset.address);
                self.note(asset, why.clone());
                ("a directory role".to_owned(), open_role("directory role", why.into()))
            }
        };
        let scope =
            asset.document.get("directoryScopeId").filter(|s| !s.is_null() && s.as_str() != Some("/"));
        let place = match scope.and_then(|s| self.graph.named(index, s, &[])) {
            Some(found) => Place::Asset(found),
            None => Place::Tenant(asset.scope.clone()),
        };
        let label = match place {
            Place::Asset(found) => self.people.label(found),
            _ => "the directory".into(),
        };
        let mut grant = self.simple(&who, what, role, label, evidence(asset));
        if scope.is_some() && matches!(place, Place::Tenant(_)) {
            grant.needs = scope.map(|s| format!("it lies in administrative unit {}", s.brief()).into());
        }
        if asset.document.get("eligible").and_then(Node::as_bool) == Some(true) {
            grant.needs = Some(format!("activates the eligible {}", grant.what).into());
        }
        self.grants.add(place, grant);
    }
}
