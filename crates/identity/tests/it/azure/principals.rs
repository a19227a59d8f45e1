//! Who has what is assigned: identities, groups, applications, whoever deploys, people outside.

use super::*;

fn to(principal: &str) -> String {
    assigned("Cognitive Services User", "azurerm_cognitive_account.ai.id")
        .replace("azurerm_user_assigned_identity.app.principal_id", principal)
}

#[test]
fn a_principal_is_told_from_its_id() {
    let ai = "azurerm_cognitive_account.ai";
    for (more, principal, want) in [
        (
            "",
            "azurerm_user_assigned_identity.other.principal_id",
            "azurerm_user_assigned_identity.other: allowed",
        ),
        (
            "",
            "azurerm_search_service.search.identity[0].principal_id",
            "azurerm_search_service.search: allowed",
        ),
        (
            "",
            "azurerm_search_service.search.identity.0.principal_id",
            "azurerm_search_service.search: allowed",
        ),
        ("", "data.azurerm_client_config.current.object_id", "<whoever deploys this configuration>: allowed"),
        (
            "data \"azuread_client_config\" \"me\" {}",
            "data.azuread_client_config.me.object_id",
            "<whoever deploys this configuration>: allowed",
        ),
        ("variable \"who\" {}", "var.who", "<the principal that variable who names>: allowed"),
        (
            "data \"azuread_group\" \"devs\" {\n display_name = \"devs\"\n}",
            "data.azuread_group.devs.object_id",
            "<the group data.azuread_group.devs>: allowed",
        ),
        (
            "",
            "\"11111111-2222-3333-4444-555555555555\"",
            "<the principal 11111111-2222-3333-4444-555555555555>: allowed",
        ),
        (
            "resource \"azuread_user\" \"ann\" {\n user_principal_name = \"ann@example.org\"\n}",
            "azuread_user.ann.object_id",
            "azuread_user.ann: allowed",
        ),
        (
            "resource \"azuread_application\" \"a\" {\n display_name = \"a\"\n}\nresource \"azuread_service_principal\" \"a\" {\n client_id = azuread_application.a.client_id\n}",
            "azuread_service_principal.a.object_id",
            "azuread_service_principal.a: allowed",
        ),
    ] {
        check(&format!("{more}\n{}", to(principal)), &[(KEYS, ai, &[want])]);
    }
}

#[test]
fn a_group_gives_to_all_that_are_in_it_however_deep() {
    let text = format!(
        r#"
resource "azuread_group" "outer" {{
  display_name = "outer"
  members      = [azuread_group.inner.object_id]
}}
resource "azuread_group" "inner" {{
  display_name = "inner"
  members      = [azurerm_user_assigned_identity.app.principal_id]
}}
resource "azuread_group_member" "more" {{
  group_object_id  = azuread_group.inner.object_id
  member_object_id = azurerm_user_assigned_identity.other.principal_id
}}
{}"#,
        to("azuread_group.outer.object_id")
    );
    let everybody = [
        "azuread_group.inner: allowed",
        "azuread_group.outer: allowed",
        APP,
        "azurerm_user_assigned_identity.other: allowed",
    ];
    check(&text, &[(KEYS, "azurerm_cognitive_account.ai", &everybody)]);
    let catalog = catalog();
    let graph = graphs::of_texts(catalog, &[("main.tf", &format!("{ESTATE}{text}"))]);
    let access = Access::derive(&graph, catalog);
    let actions = [Arc::from(KEYS)];
    let on = On::Asset(index(&graph, "azurerm_cognitive_account.ai"));
    let groups = access.who_can(&Request { actions: &actions, on, context: &[] });
    let app = Principal::Asset(index(&graph, "azurerm_user_assigned_identity.app"));
    let holder = groups[0].0.iter().find(|h| h.principal == app).unwrap();
    let says: Vec<&str> = holder.grounds.iter().map(|g| &*g.says).collect();
    assert_eq!(
        says,
        [
            "Entra group outer has role Cognitive Services User on AI services account ai, which allows Microsoft.CognitiveServices/accounts/listKeys/action",
            "Entra group inner is a member of group outer",
            "user-assigned managed identity app is a member of group inner",
        ]
    );
    assert_eq!(holder.grounds[2].evidence.position().unwrap().path.as_ref(), "main.tf");
}

#[test]
fn groups_in_a_circle_end() {
    let text = format!(
        "resource \"azuread_group\" \"a\" {{\n display_name = \"a\"\n members = [azuread_group.b.object_id]\n}}\n\
         resource \"azuread_group\" \"b\" {{\n display_name = \"b\"\n}}\n\
         resource \"azuread_group_member\" \"m\" {{\n group_object_id = azuread_group.b.object_id\n member_object_id = azuread_group.a.object_id\n}}\n{}",
        to("azuread_group.a.object_id")
    );
    check(
        &text,
        &[(KEYS, "azurerm_cognitive_account.ai", &["azuread_group.a: allowed", "azuread_group.b: allowed"])],
    );
}

#[test]
fn a_group_by_rule_is_noted() {
    let text = format!(
        "resource \"azuread_group\" \"a\" {{\n display_name = \"a\"\n dynamic_membership {{\n rule = \"user.department -eq 'AI'\"\n enabled = true\n }}\n}}\n{}",
        to("azuread_group.a.object_id")
    );
    check(&text, &[(KEYS, "azurerm_cognitive_account.ai", &["azuread_group.a: allowed"])]);
    assert_eq!(notes(&text), ["the members of group a are found by a rule and are not listed"]);
}

#[test]
fn bicep_principals() {
    let template = |params: &str, principal: &str| {
        format!(
            "{params}\nresource ai 'Microsoft.CognitiveServices/accounts@2024-10-01' = {{\n name: 'ai'\n location: 'x'\n kind: 'OpenAI'\n sku: {{ name: 'S0' }}\n identity: {{ type: 'SystemAssigned' }}\n properties: {{}}\n}}\n\
             resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {{\n name: 'app'\n location: 'x'\n}}\n\
             resource a 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{\n name: guid('a')\n scope: ai\n properties: {{\n principalId: {principal}\n principalType: 'User'\n \
             roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'a97b65f3-24c7-4388-baec-2e87135dc908')\n }}\n}}\n"
        )
    };
    for (params, principal, want) in [
        ("", "app.properties.principalId", "app: allowed"),
        ("", "ai.identity.principalId", "ai: allowed"),
        ("param who string", "who", "<the user that parameter who names>: allowed"),
        ("param who string = ''", "who", "<the user that the deployment names>: allowed"),
        ("", "deployer().objectId", "<whoever deploys this configuration>: allowed"),
    ] {
        check_files(&[("main.bicep", &template(params, principal))], &[(KEYS, "main.bicep#ai", &[want])]);
    }
}
