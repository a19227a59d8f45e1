//! Data roles of Cosmos DB accounts, which are apart from the roles of Azure.
//!
//! Source: "Data plane role-based access control",
//! <https://learn.microsoft.com/azure/cosmos-db/nosql/reference-data-plane-security>.

use model::Node;

use super::assignments::texts;
use super::grants::Place;
use super::principals::evidence;
use super::reader::Reader;
use super::roles::{Block, Plane, Role};

const ACCOUNT: &str = "azure.cosmos-db.account";
const DEFINITION: &str = "azure.cosmos-db.sql-role-definition";
const READ: [&str; 4] = [
    "microsoft.documentdb/databaseaccounts/readmetadata",
    "microsoft.documentdb/databaseaccounts/sqldatabases/containers/executequery",
    "microsoft.documentdb/databaseaccounts/sqldatabases/containers/readchangefeed",
    "microsoft.documentdb/databaseaccounts/sqldatabases/containers/items/read",
];
const CONTRIBUTE: [&str; 3] = [
    "microsoft.documentdb/databaseaccounts/readmetadata",
    "microsoft.documentdb/databaseaccounts/sqldatabases/containers/*",
    "microsoft.documentdb/databaseaccounts/sqldatabases/containers/items/*",
];

impl Reader<'_> {
    pub(super) fn cosmos(&mut self) {
        for index in 0..self.graph.assets().len() {
            let asset = &self.graph.assets()[index];
            if &*asset.kind != "azure.cosmos-db.sql-role-assignment" {
                continue;
            }
            let accounts = self.graph.ends(index, "granted-on", Some(ACCOUNT), false).assets;
            let parent = self.graph.ends(index, "contains", Some(ACCOUNT), true).assets;
            let Some(account) = accounts.first().or(parent.first()).copied() else {
                self.note(
                    asset,
                    format!("the account of data role assignment {} is not in the estate", asset.name),
                );
                continue;
            };
            let nobody = Node::unknown("no principal is written");
            let principal = asset.document.at_path("properties.principalId").unwrap_or(&nobody);
            let who = self.people.who(index, principal, None);
            let role = self.cosmos_role(index);
            // A scope below the account (`/dbs/…`) narrows what the account's data is to it.
            let scope = asset.document.at_path("properties.scope").and_then(Node::as_str);
            let part = scope.and_then(|s| s.split_once("/dbs/")).map(|(_, rest)| format!("/dbs/{rest}"));
            let label = self.people.label(account);
            let mut grant =
                self.simple(&who, format!("data role {}", role.name), role, label, evidence(asset));
            grant.needs = part.map(|part| format!("the data is in {part}").into());
            self.grants.add(Place::Asset(account), grant);
        }
    }

    fn cosmos_role(&mut self, index: usize) -> Role {
        let asset = &self.graph.assets()[index];
        let id = asset.document.at_path("properties.roleDefinitionId");
        let text = id.map(Node::brief).unwrap_or_default().to_lowercase();
        let built_in = |name: &str, actions: &[&str]| Role {
            name: name.into(),
            blocks: vec![Block::of(Plane::Cosmos, actions)],
            unknown: None,
        };
        if text.ends_with("00000000-0000-0000-0000-000000000001") {
            return built_in("Cosmos DB Built-in Data Reader", &READ);
        }
        if text.ends_with("00000000-0000-0000-0000-000000000002") {
            return built_in("Cosmos DB Built-in Data Contributor", &CONTRIBUTE);
        }
        if let Some(found) = id.and_then(|id| self.graph.named(index, id, &[DEFINITION.into()])) {
            let definition = &self.graph.assets()[found];
            let name = definition
                .document
                .at_path("properties.roleName")
                .map_or(definition.name.clone(), Node::brief);
            let list = definition.document.at_path("properties.permissions").and_then(Node::as_list);
            let blocks = list.into_iter().flat_map(|l| l.iter()).map(|permission| {
                let (allows, open) = texts(permission.get("dataActions"));
                let (except, less) = texts(permission.get("notDataActions"));
                Block { allows, except, open, less, ..Block::of(Plane::Cosmos, [] as [&str; 0]) }
            });
            return Role { blocks: blocks.collect(), name: name.into(), unknown: None };
        }
        let why = format!("which data role assignment {} gives is not known", asset.name);
        self.note(asset, why.clone());
        let mut open = Block::of(Plane::Cosmos, [] as [&str; 0]);
        open.open = Some(why.into());
        Role { name: "that is not known".into(), blocks: vec![open], unknown: None }
    }
}
