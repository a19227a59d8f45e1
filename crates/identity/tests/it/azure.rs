//! Azure: from Terraform, Bicep and exported documents to who may do what.

use std::fmt::Write as _;
use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, On, Permissions, Principal, Request};
use identity::Access;
use model::Verdict;

use crate::graphs;

fn index(graph: &Graph, address: &str) -> usize {
    let all: Vec<&str> = graph.assets().iter().map(|a| &*a.address).collect();
    let found = graph.assets().iter().position(|a| &*a.address == address || a.id.0.ends_with(address));
    found.unwrap_or_else(|| panic!("{address} is not among {all:?}"))
}

/// Everybody who may, a line each: `principal: allowed`, the surest verdict of each.
fn answers(graph: &Graph, access: &Access<'_>, actions: &[&str], on: On<'_>, context: &[(&str, &str)]) -> Vec<String> {
    let actions: Vec<Arc<str>> = actions.iter().map(|a| Arc::from(*a)).collect();
    let context: Vec<(Arc<str>, Arc<str>)> = context.iter().map(|(k, v)| (Arc::from(*k), Arc::from(*v))).collect();
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

#[test]
#[ignore = "a look at a configuration: DUMP=folder ASK=action"]
fn look() {
    let root = std::env::var("DUMP").unwrap();
    let catalog = Catalog::embedded();
    let tree = collect::Tree::open(std::path::Path::new(&root), collect::Limits::default(), iac::wants).unwrap();
    let graph = graphs::of_tree(&catalog, &tree);
    let access = Access::derive(&graph, &catalog);
    for note in access.notes() {
        println!("NOTE {} {}", note.path, note.reason.unwrap_or_default());
    }
    let ask = std::env::var("ASK").unwrap_or_else(|_| {
        "Microsoft.CognitiveServices/accounts/listKeys/action,Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action,Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write,Microsoft.Storage/storageAccounts/listKeys/action,Microsoft.Search/searchServices/indexes/documents/write,Microsoft.KeyVault/vaults/secrets/getSecret/action,Microsoft.Authorization/roleAssignments/write,Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read,Microsoft.ManagedIdentity/userAssignedIdentities/federatedSignIn/action,microsoft.directory/applications/credentials/update".into()
    });
    for (i, asset) in graph.assets().iter().enumerate().filter(|(_, a)| a.kind.starts_with("azure.")) {
        for action in ask.split(',') {
            let family = action.split('/').next().unwrap().to_lowercase();
            let related = match &*family {
                "microsoft.cognitiveservices" => asset.kind.contains("cognitive"),
                "microsoft.storage" => asset.kind.contains("storage"),
                "microsoft.search" => asset.kind.contains("search"),
                "microsoft.keyvault" => asset.kind.contains("key-vault"),
                "microsoft.documentdb" => asset.kind.contains("cosmos"),
                "microsoft.managedidentity" => asset.kind.contains("managed-identity.user") || asset.kind.contains("entra.application"),
                "microsoft.directory" => asset.kind.contains("entra"),
                _ => asset.kind.ends_with("group") || asset.kind.ends_with("account"),
            };
            let lines = if related { answers(&graph, &access, &[action], On::Asset(i), &[]) } else { Vec::new() };
            if !lines.is_empty() {
                println!("{} {} :: {}", asset.kind, asset.id, action);
                lines.iter().for_each(|line| println!("      {line}"));
                if std::env::var("WHY").is_ok() {
                    let actions = [Arc::from(action)];
                    for h in access.who_can(&Request { actions: &actions, on: On::Asset(i), context: &[] }).iter().flat_map(|g| &g.0) {
                        h.grounds.iter().for_each(|g| println!("        . {} [{:?}]", g.says, g.evidence.position().map(ToString::to_string)));
                    }
                }
            }
        }
    }
}
