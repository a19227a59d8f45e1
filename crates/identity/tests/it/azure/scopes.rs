//! Where assignments hold: what lies in what, known, partly known and not known.

use super::*;

#[test]
fn rights_are_inherited_downwards_only() {
    let (data, docs, ai) =
        ("azurerm_storage_account.data", "azurerm_storage_container.docs", "azurerm_cognitive_account.ai");
    let yes: &[&str] = &[APP];
    for (scope, on_data, on_docs, on_ai) in [
        ("data.azurerm_subscription.current.id", yes, yes, yes),
        ("\"/subscriptions/${data.azurerm_subscription.current.subscription_id}\"", yes, yes, yes),
        ("\"/subscriptions/${data.azurerm_client_config.current.subscription_id}\"", yes, yes, yes),
        ("azurerm_resource_group.rg.id", yes, yes, yes),
        ("\"${data.azurerm_subscription.current.id}/resourceGroups/rg\"", yes, yes, yes),
        (
            "\"${data.azurerm_subscription.current.id}/resourceGroups/${azurerm_resource_group.rg.name}\"",
            yes,
            yes,
            yes,
        ),
        ("\"${data.azurerm_subscription.current.id}/resourceGroups/another\"", &[], &[], &[]),
        ("azurerm_storage_account.data.id", yes, yes, &[]),
        ("azurerm_storage_container.docs.resource_manager_id", &[], yes, &[]),
        ("azurerm_storage_container.docs.id", &[], yes, &[]),
        ("\"${azurerm_storage_account.data.id}/blobServices/default/containers/docs\"", &[], yes, &[]),
        ("\"${azurerm_storage_account.data.id}/blobServices/default/containers/logs\"", &[], &[], &[]),
        (
            "\"${azurerm_resource_group.rg.id}/providers/Microsoft.Storage/storageAccounts/stdata\"",
            yes,
            yes,
            &[],
        ),
        (
            "\"${azurerm_resource_group.rg.id}/providers/Microsoft.Storage/storageAccounts/other\"",
            &[],
            &[],
            &[],
        ),
        ("\"/\"", yes, yes, yes),
    ] {
        let text = assigned("Owner", scope);
        check(&text, &[(STORAGE_KEYS, data, on_data), (STORAGE_KEYS, docs, on_docs), (KEYS, ai, on_ai)]);
    }
}

#[test]
fn what_is_deployed_into_a_known_subscription_may_lie_there() {
    let guid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    let when = format!(
        "azurerm_user_assigned_identity.app: conditional if the configuration is deployed to subscription {guid}"
    );
    let text = assigned("Contributor", &format!("\"/subscriptions/{guid}\""));
    check(&text, &[(STORAGE_KEYS, "azurerm_storage_account.data", &[&when])]);
    let text = assigned("Contributor", &format!("\"/subscriptions/{guid}/resourceGroups/other\""));
    check(&text, &[(STORAGE_KEYS, "azurerm_storage_account.data", &[])]);
    let text = assigned("Contributor", &format!("\"/subscriptions/{guid}/resourceGroups/RG\""));
    check(&text, &[(STORAGE_KEYS, "azurerm_storage_account.data", &[&when])]);
}

#[test]
fn a_scope_that_is_not_known_is_unknown() {
    let text = format!("variable \"scope\" {{}}\n{}", assigned("Contributor", "var.scope"));
    let unknown = "azurerm_user_assigned_identity.app: unknown, the scope of the assignment is not known: variable scope has no value";
    check(
        &text,
        &[
            (STORAGE_KEYS, "azurerm_storage_account.data", &[unknown]),
            (CHAT, "azurerm_cognitive_account.ai", &[]),
        ],
    );
    assert_eq!(
        notes(&text),
        ["the scope of role assignment azurerm_role_assignment.it is not known: variable scope has no value"]
    );
}

#[test]
fn data_sources_hold_what_names_them() {
    let text = r#"
data "azurerm_resource_group" "there" {
  name = "there"
}
data "azurerm_storage_account" "elsewhere" {
  name = "elsewhere"
}
resource "azurerm_storage_account" "inside" {
  name                = "stinside"
  resource_group_name = data.azurerm_resource_group.there.name
}
"#;
    let (inside, data) = ("azurerm_storage_account.inside", "azurerm_storage_account.data");
    let group = format!("{text}{}", assigned("Contributor", "data.azurerm_resource_group.there.id"));
    check(&group, &[(STORAGE_KEYS, inside, &[APP]), (STORAGE_KEYS, data, &[]), (STORAGE_KEYS, "", &[APP])]);
    let elsewhere = format!("{text}{}", assigned("Contributor", "data.azurerm_storage_account.elsewhere.id"));
    check(&elsewhere, &[(STORAGE_KEYS, inside, &[]), (STORAGE_KEYS, data, &[]), (STORAGE_KEYS, "", &[APP])]);
}

#[test]
fn management_groups_hold_subscriptions() {
    let here = "resource \"azurerm_management_group\" \"top\" {\n name = \"top\"\n}\nresource \"azurerm_management_group\" \"ai\" {\n name = \"ai\"\n parent_management_group_id = azurerm_management_group.top.id\n}\n";
    let joined = "resource \"azurerm_management_group_subscription_association\" \"a\" {\n management_group_id = azurerm_management_group.ai.id\n subscription_id = data.azurerm_subscription.current.id\n}\n";
    let data = "azurerm_storage_account.data";
    for name in ["top", "ai"] {
        let assigned = assigned("Owner", &format!("azurerm_management_group.{name}.id"));
        check(&format!("{here}{joined}{assigned}"), &[(STORAGE_KEYS, data, &[APP])]);
        let below = format!(
            "azurerm_user_assigned_identity.app: conditional if its subscription is below management group {name}"
        );
        check(&format!("{here}{assigned}"), &[(STORAGE_KEYS, data, &[&below])]);
    }
    let outside = assigned("Owner", "\"/providers/Microsoft.Management/managementGroups/Corp\"");
    let below =
        "azurerm_user_assigned_identity.app: conditional if its subscription is below management group corp";
    check(&outside, &[(STORAGE_KEYS, data, &[below])]);
    assert_eq!(notes(&outside).len(), 1);
}

#[test]
fn a_named_resource_lies_in_what_its_id_says() {
    let group = assigned("Owner", "azurerm_resource_group.rg.id");
    let named = |group: &str| {
        format!("/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/new")
    };
    check(&group, &[(STORAGE_KEYS, &named("else"), &[]), (CHAT, &named("rg"), &[])]);
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/new";
    let account = assigned("Owner", &format!("\"{id}\""));
    check(
        &account,
        &[
            (STORAGE_KEYS, id, &[APP]),
            (STORAGE_KEYS, &format!("{id}/blobServices/default/containers/c"), &[APP]),
            (STORAGE_KEYS, "/subscriptions/s/resourceGroups/g", &[]),
            (STORAGE_KEYS, &id.replace("new", "old"), &[]),
        ],
    );
}

#[test]
fn another_configuration_is_not_reached_by_what_it_does_not_name() {
    let text = format!("{ESTATE}{}", assigned("Owner", "data.azurerm_subscription.current.id"));
    let other = ESTATE.replace("stdata", "stother");
    check_files(
        &[("a/main.tf", &text), ("b/main.tf", &other)],
        &[
            (STORAGE_KEYS, "a#azurerm_storage_account.data", &[APP]),
            (STORAGE_KEYS, "b#azurerm_storage_account.data", &[]),
        ],
    );
}

#[test]
fn one_group_of_holders_is_shared_by_all_that_a_scope_holds() {
    let text = assigned("Owner", "data.azurerm_subscription.current.id");
    let catalog = catalog();
    let graph = graphs::of_texts(catalog, &[("main.tf", &format!("{ESTATE}{text}"))]);
    let access = Access::derive(&graph, catalog);
    let actions = [Arc::from("Microsoft.Resources/tags/write")];
    let ask = |address: &str| {
        access.who_can(&Request { actions: &actions, on: On::Asset(index(&graph, address)), context: &[] })
    };
    let (a, b) = (ask("azurerm_storage_account.data"), ask("azurerm_cognitive_deployment.gpt"));
    assert_eq!((a.len(), b.len()), (1, 1));
    assert!(Arc::ptr_eq(&a[0], &b[0]));
}

#[test]
fn bicep_scopes() {
    let bicep = |scope: &str, role: &str| {
        format!(
            "param who string = '{GUID}'\nresource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {{\n name: 'st'\n location: 'x'\n}}\n\
             resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-01-01' = {{\n parent: st\n name: 'default'\n}}\n\
             resource docs 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-01-01' = {{\n parent: blobs\n name: 'docs'\n}}\n\
             resource known 'Microsoft.Storage/storageAccounts@2023-01-01' existing = {{\n name: 'else'\n}}\n\
             resource a 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{\n name: guid('a')\n {scope}\n properties: {{\n principalId: who\n principalType: 'User'\n \
             roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{role}')\n }}\n}}\n"
        )
    };
    const GUID: &str = "11111111-2222-3333-4444-555555555555";
    let user = format!("<the user {GUID}>: allowed");
    let yes: &[&str] = &[&user];
    let reader = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
    for (scope, on_account, on_container) in [
        ("", yes, yes),
        ("scope: resourceGroup()", yes, yes),
        ("scope: st", yes, yes),
        ("scope: docs", &[], yes),
        ("scope: known", &[], &[]),
    ] {
        check_files(
            &[("main.bicep", &bicep(scope, reader))],
            &[(BLOB_READ, "main.bicep#st", on_account), (BLOB_READ, "main.bicep#docs", on_container)],
        );
    }
    check_files(&[("main.bicep", &bicep("scope: st", reader))], &[(BLOB_WRITE, "main.bicep#st", &[])]);
}

#[test]
fn an_assignment_through_the_provider_of_the_api_hangs_on_its_parent() {
    let text = r#"
resource "azapi_resource" "it" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  name      = "11111111-2222-3333-4444-555555555555"
  parent_id = azurerm_storage_account.data.id
  body = {
    properties = {
      principalId      = azurerm_user_assigned_identity.app.principal_id
      roleDefinitionId = "/subscriptions/${data.azurerm_client_config.current.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
    }
  }
}
"#;
    check(
        text,
        &[
            (STORAGE_KEYS, "azurerm_storage_account.data", &[APP]),
            (KEYS, "azurerm_cognitive_account.ai", &[]),
        ],
    );
}

#[test]
fn modules_and_repeated_blocks_are_followed() {
    let main = format!(
        "{ESTATE}\nmodule \"access\" {{\n source = \"./access\"\n scope = azurerm_storage_account.data.id\n principals = {{ app = azurerm_user_assigned_identity.app.principal_id, search = azurerm_search_service.search.identity[0].principal_id }}\n}}\n"
    );
    let module = "variable \"scope\" {}\nvariable \"principals\" {}\nresource \"azurerm_role_assignment\" \"it\" {\n for_each = var.principals\n scope = var.scope\n role_definition_name = \"Storage Blob Data Reader\"\n principal_id = each.value\n}\n";
    let both = &["azurerm_search_service.search: allowed", APP];
    check_files(
        &[("main.tf", &main), ("access/main.tf", module)],
        &[
            (BLOB_READ, "azurerm_storage_container.docs", both),
            (BLOB_READ, "azurerm_cognitive_account.ai", &[]),
        ],
    );
}
