//! Access policies of key vaults, and which of the two systems a vault listens to.
//!
//! Sources: "Azure RBAC vs. access policies", <https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy>;
//! "Azure data actions", <https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault>.

use model::{Asset, Node};

use super::grants::Place;
use super::principals::place;
use super::reader::Reader;
use super::roles::{Block, Plane, Role};

pub(super) const VAULT: &str = "azure.key-vault.vault";

/// Words of an access policy whose data action has another name; the others are `<word>/action`.
const WORDS: [(&str, &str, &[&str]); 14] = [
    ("secrets", "get", &["secrets/getsecret/action", "secrets/readmetadata/action"]),
    ("secrets", "list", &["secrets/readmetadata/action"]),
    ("secrets", "set", &["secrets/setsecret/action", "secrets/update/action"]),
    ("secrets", "delete", &["secrets/delete"]),
    ("keys", "get", &["keys/read"]),
    ("keys", "list", &["keys/read"]),
    ("keys", "delete", &["keys/delete"]),
    ("keys", "wrapkey", &["keys/wrap/action"]),
    ("keys", "unwrapkey", &["keys/unwrap/action"]),
    ("certificates", "get", &["certificates/read"]),
    ("certificates", "list", &["certificates/read"]),
    ("certificates", "delete", &["certificates/delete"]),
    ("certificates", "create", &["certificates/create/action"]),
    ("certificates", "managecontacts", &["certificatecontacts/write"]),
];

/// Which system decides on the data of a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mode {
    Roles,
    Policies,
    /// The document does not say, or what it says is not known.
    Either,
}

/// A vault that says nothing has access policies where Terraform's provider makes it, which sends `false`; a template
/// leaves it to the version of the API (`true` from 2026-02-01).
pub(super) fn mode(vault: &Asset) -> Mode {
    let switch = vault.document.at_path("properties.enableRbacAuthorization");
    match switch.and_then(Node::as_bool) {
        Some(true) => Mode::Roles,
        Some(false) => Mode::Policies,
        None if switch.is_none_or(Node::is_null) && vault.source_type.starts_with("azurerm_") => {
            Mode::Policies
        }
        None => Mode::Either,
    }
}

impl Reader<'_> {
    pub(super) fn vaults(&mut self) {
        for index in 0..self.graph.assets().len() {
            let vault = &self.graph.assets()[index];
            if &*vault.kind != VAULT || mode(vault) == Mode::Roles {
                continue;
            }
            let policies = vault.document.at_path("properties.accessPolicies");
            if let Some(why) = policies.filter(|p| p.as_list().is_none()).and_then(|p| p.first_unknown(1)) {
                self.note(
                    vault,
                    format!("the access policies of key vault {} are not known: {why}", vault.name),
                );
            }
            for policy in policies.and_then(Node::as_list).into_iter().flat_map(|l| l.iter()) {
                let Some(id) = policy.get("objectId").filter(|id| !id.is_null()) else { continue };
                let who = self.people.who(index, id, None);
                let label = self.people.label(index);
                let role = role(policy);
                let grant = self.simple(&who, "an access policy", role, label, place(id, vault));
                self.grants.add(Place::Asset(index), grant);
            }
        }
    }
}

fn role(policy: &Node) -> Role {
    let mut block = Block::of(Plane::Policy, [] as [&str; 0]);
    for area in ["secrets", "keys", "certificates", "storage"] {
        let Some(words) = policy.get("permissions").and_then(|p| p.get(area)) else { continue };
        let (words, open) = super::assignments::texts(Some(words));
        block.open = block.open.or(open);
        for word in words {
            let known: Vec<_> = WORDS.iter().filter(|(a, w, _)| *a == area && *w == &*word).collect();
            let folder = "microsoft.keyvault/vaults";
            if &*word == "all" {
                block.allows.push(format!("{folder}/{area}/*").into());
            } else if known.is_empty() {
                block.allows.push(format!("{folder}/{area}/{word}/action").into());
            }
            let actions = known.iter().flat_map(|(_, _, actions)| actions.iter());
            block.allows.extend(actions.map(|action| format!("{folder}/{action}").into()));
        }
    }
    Role { name: "access policy".into(), blocks: vec![block], unknown: None }
}
