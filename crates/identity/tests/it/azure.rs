//! Azure: from Terraform, Bicep and exported documents to who may do what.

use std::fmt::Write as _;
use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, On, Permissions, Principal, Request};
use identity::Access;
use model::Verdict;

use crate::graphs;

mod apart;
mod federation;
mod oracle;
mod principals;
mod roles;
mod scopes;

/// What the cases share: a group with storage, AI services, search and a vault, and two identities.
const ESTATE: &str = r#"
provider "azurerm" {
  features {}
}
data "azurerm_subscription" "current" {}
data "azurerm_client_config" "current" {}
resource "azurerm_resource_group" "rg" {
  name = "rg"
}
resource "azurerm_storage_account" "data" {
  name                = "stdata"
  resource_group_name = azurerm_resource_group.rg.name
}
resource "azurerm_storage_container" "docs" {
  name               = "docs"
  storage_account_id = azurerm_storage_account.data.id
}
resource "azurerm_cognitive_account" "ai" {
  name                = "ai"
  kind                = "AIServices"
  resource_group_name = azurerm_resource_group.rg.name
  identity {
    type = "SystemAssigned"
  }
}
resource "azurerm_cognitive_deployment" "gpt" {
  name                 = "gpt"
  cognitive_account_id = azurerm_cognitive_account.ai.id
}
resource "azurerm_search_service" "search" {
  name                = "srch"
  resource_group_name = azurerm_resource_group.rg.name
  identity {
    type = "SystemAssigned"
  }
}
resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  resource_group_name = azurerm_resource_group.rg.name
}
resource "azurerm_user_assigned_identity" "other" {
  name                = "other"
  resource_group_name = azurerm_resource_group.rg.name
}
"#;

const KEYS: &str = "Microsoft.CognitiveServices/accounts/listKeys/action";
const CHAT: &str = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action";
const DEPLOY: &str = "Microsoft.CognitiveServices/accounts/deployments/write";
const BLOB_READ: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
const BLOB_WRITE: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
const STORAGE_KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";
const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";
const DOCUMENTS: &str = "Microsoft.Search/searchServices/indexes/documents/read";

const APP: &str = "azurerm_user_assigned_identity.app: allowed";

/// A question about an asset by its address (empty: any) and the lines of its answer.
type Case<'c> = (&'c str, &'c str, &'c [&'c str]);

/// A role assignment to the identity `app`.
fn assigned(role: &str, scope: &str) -> String {
    format!(
        r#"
resource "azurerm_role_assignment" "it" {{
  scope                = {scope}
  role_definition_name = "{role}"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}}
"#
    )
}

/// The catalogue, read once.
fn catalog() -> &'static Catalog {
    static READ: std::sync::OnceLock<Catalog> = std::sync::OnceLock::new();
    READ.get_or_init(Catalog::embedded)
}

/// Asks of the estate with more Terraform behind it.
fn check(more: &str, cases: &[Case<'_>]) {
    check_files(&[("main.tf", &format!("{ESTATE}{more}"))], cases);
}

fn check_files(files: &[(&str, &str)], cases: &[Case<'_>]) {
    let catalog = catalog();
    let graph = graphs::of_texts(catalog, files);
    check_graph(&graph, catalog, cases);
}

fn check_graph(graph: &Graph, catalog: &Catalog, cases: &[Case<'_>]) {
    let access = Access::derive(graph, catalog);
    for (action, on, want) in cases {
        let thing = match *on {
            "" => On::Any,
            id if id.starts_with('/') => On::Named(id),
            address => On::Asset(index(graph, address)),
        };
        assert_eq!(answers(graph, &access, &[action], thing, &[]), *want, "{action} on {on:?}");
    }
}

/// The notes about a configuration.
fn notes(more: &str) -> Vec<String> {
    let catalog = catalog();
    let graph = graphs::of_texts(catalog, &[("main.tf", &format!("{ESTATE}{more}"))]);
    Access::derive(&graph, catalog).notes().into_iter().filter_map(|note| note.reason).collect()
}

fn index(graph: &Graph, address: &str) -> usize {
    let all: Vec<&str> = graph.assets().iter().map(|a| &*a.address).collect();
    let found = graph.assets().iter().position(|a| &*a.address == address || a.id.0.ends_with(address));
    assert!(found.is_some(), "{address} is not among {all:?}");
    found.unwrap_or_default()
}

/// Everybody who may, a line each: `principal: allowed`, the surest verdict of each.
fn answers(
    graph: &Graph,
    access: &Access<'_>,
    actions: &[&str],
    on: On<'_>,
    context: &[(&str, &str)],
) -> Vec<String> {
    let actions: Vec<Arc<str>> = actions.iter().map(|a| Arc::from(*a)).collect();
    let context: Vec<(Arc<str>, Arc<str>)> =
        context.iter().map(|(k, v)| (Arc::from(*k), Arc::from(*v))).collect();
    let groups = access.who_can(&Request { actions: &actions, on, context: &context });
    let mut surest: std::collections::BTreeMap<Principal, Verdict> = std::collections::BTreeMap::new();
    for holder in groups.iter().flat_map(|g| g.0.iter()) {
        assert!(!holder.grounds.is_empty(), "grounds of {:?}", holder.principal);
        let verdict = match surest.remove(&holder.principal) {
            Some(before) => before.or(holder.verdict.clone()),
            None => holder.verdict.clone(),
        };
        surest.insert(holder.principal.clone(), verdict);
    }
    let name = |principal: &Principal| match principal {
        Principal::Asset(index) => graph.assets()[*index].address.to_string(),
        Principal::Anyone => "anyone".into(),
        Principal::AnyAccount(text) | Principal::Outside(text) => format!("<{text}>"),
    };
    let mut lines: Vec<String> = surest
        .iter()
        .map(|(principal, verdict)| {
            let mut line = format!("{}: {}", name(principal), verdict.word());
            match verdict {
                Verdict::Conditional(all) => _ = write!(line, " if {}", all.join("; ")),
                Verdict::Unknown(why) => _ = write!(line, ", {why}"),
                Verdict::Allowed => {}
            }
            line
        })
        .collect();
    lines.sort();
    lines
}
