//! The systems of rights beside Azure RBAC: key vaults, Cosmos DB, the directory; and what takes rights away.

use super::*;

const SECRET: &str = "Microsoft.KeyVault/vaults/secrets/getSecret/action";
const SET: &str = "Microsoft.KeyVault/vaults/secrets/setSecret/action";
const DECRYPT: &str = "Microsoft.KeyVault/vaults/keys/decrypt/action";

fn vault(switch: &str) -> String {
    format!(
        r#"
resource "azurerm_key_vault" "kv" {{
  name                = "kv"
  resource_group_name = azurerm_resource_group.rg.name
  {switch}
  access_policy {{
    object_id          = azurerm_user_assigned_identity.other.principal_id
    secret_permissions = ["Get", "List"]
    key_permissions    = ["Decrypt"]
  }}
}}
resource "azurerm_key_vault_secret" "s" {{
  name         = "s"
  key_vault_id = azurerm_key_vault.kv.id
}}
resource "azurerm_key_vault_access_policy" "all" {{
  key_vault_id       = azurerm_key_vault.kv.id
  object_id          = azurerm_search_service.search.identity[0].principal_id
  secret_permissions = ["all"]
}}
{}"#,
        assigned("Key Vault Secrets User", "azurerm_key_vault.kv.id")
    )
}

#[test]
fn a_vault_listens_to_one_system() {
    let (kv, s) = ("azurerm_key_vault.kv", "azurerm_key_vault_secret.s");
    let other = "azurerm_user_assigned_identity.other: allowed";
    let search = "azurerm_search_service.search: allowed";
    let policies: &[Case<'_>] = &[
        (SECRET, kv, &[search, other]),
        (SECRET, s, &[search, other]),
        (SET, s, &[search]),
        (DECRYPT, kv, &[other]),
        ("Microsoft.KeyVault/vaults/secrets/readMetadata/action", kv, &[search, other]),
        ("Microsoft.KeyVault/vaults/secrets/purge/action", kv, &[search]),
    ];
    check(&vault(""), policies);
    check(&vault("rbac_authorization_enabled = false"), policies);
    check(
        &vault("enable_rbac_authorization = true"),
        &[(SECRET, kv, &[APP]), (SECRET, s, &[APP]), (SET, s, &[]), (DECRYPT, kv, &[])],
    );
    let text = vault("").replacen(
        "name                = \"kv\"",
        "name = \"kv\"\n rbac_authorization_enabled = var.rbac",
        1,
    );
    let by_roles = "conditional if the vault uses Azure roles for its data, which its enableRbacAuthorization does not say";
    let by_policy =
        "conditional if the vault uses access policies, which its enableRbacAuthorization does not say";
    check(
        &format!("variable \"rbac\" {{}}\n{text}"),
        &[(
            SECRET,
            kv,
            &[
                &format!("azurerm_search_service.search: {by_policy}"),
                &format!("azurerm_user_assigned_identity.app: {by_roles}"),
                &format!("azurerm_user_assigned_identity.other: {by_policy}"),
            ],
        )],
    );
}

#[test]
fn changing_access_policies_is_of_the_control_plane() {
    let write = "Microsoft.KeyVault/vaults/accessPolicies/write";
    let text = format!(
        "{}{}",
        vault(""),
        assigned("Key Vault Contributor", "azurerm_resource_group.rg.id").replace("\"it\"", "\"admin\"")
    );
    check(
        &text,
        &[
            (write, "azurerm_key_vault.kv", &[APP]),
            ("Microsoft.KeyVault/vaults/write", "azurerm_key_vault.kv", &[APP]),
        ],
    );
}

#[test]
fn cosmos_data_has_roles_of_its_own() {
    let read = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read";
    let write = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/create";
    let text = |role: &str, scope: &str| {
        format!(
            r#"
resource "azurerm_cosmosdb_account" "db" {{
  name                = "db"
  resource_group_name = azurerm_resource_group.rg.name
}}
resource "azurerm_cosmosdb_sql_role_definition" "mine" {{
  name         = "mine"
  account_name = azurerm_cosmosdb_account.db.name
  permissions {{
    data_actions = ["Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/create"]
  }}
}}
resource "azurerm_cosmosdb_sql_role_assignment" "a" {{
  account_name       = azurerm_cosmosdb_account.db.name
  principal_id       = azurerm_user_assigned_identity.app.principal_id
  role_definition_id = {role}
  scope              = {scope}
}}
{}"#,
            assigned("Owner", "azurerm_cosmosdb_account.db.id").replace(".app.", ".other.")
        )
    };
    let db = "azurerm_cosmosdb_account.db";
    let built_in = |n: u8| {
        format!(
            "\"${{azurerm_cosmosdb_account.db.id}}/sqlRoleDefinitions/00000000-0000-0000-0000-00000000000{n}\""
        )
    };
    let whole = "azurerm_cosmosdb_account.db.id";
    check(&text(&built_in(1), whole), &[(read, db, &[APP]), (write, db, &[])]);
    check(&text(&built_in(2), whole), &[(read, db, &[APP]), (write, db, &[APP])]);
    check(
        &text("azurerm_cosmosdb_sql_role_definition.mine.id", whole),
        &[(read, db, &[]), (write, db, &[APP])],
    );
    let keys = "Microsoft.DocumentDB/databaseAccounts/listKeys/action";
    check(&text(&built_in(2), whole), &[(keys, db, &["azurerm_user_assigned_identity.other: allowed"])]);
}

#[test]
fn the_directory_is_a_system_of_its_own() {
    let text = format!(
        r#"
resource "azuread_application" "api" {{
  display_name = "api"
  owners       = [azuread_user.ann.object_id]
}}
resource "azuread_service_principal" "api" {{
  client_id = azuread_application.api.client_id
}}
resource "azuread_user" "ann" {{
  user_principal_name = "ann@example.org"
}}
resource "azuread_group" "team" {{
  display_name = "team"
  owners       = [azuread_user.ann.object_id]
}}
resource "azuread_service_principal" "graph" {{
  client_id = "00000003-0000-0000-c000-000000000000"
}}
resource "azuread_app_role_assignment" "apps" {{
  app_role_id         = azuread_service_principal.graph.app_role_ids["Application.ReadWrite.All"]
  principal_object_id = azurerm_user_assigned_identity.app.principal_id
  resource_object_id  = azuread_service_principal.graph.object_id
}}
resource "azuread_app_role_assignment" "roles" {{
  app_role_id         = "9e3f62cf-ca3d-4989-b6ce-bf83c28f9fe8"
  principal_object_id = azurerm_user_assigned_identity.other.principal_id
  resource_object_id  = azuread_service_principal.graph.object_id
}}
resource "azuread_app_role_assignment" "harmless" {{
  app_role_id         = azuread_service_principal.graph.app_role_ids["User.Read.All"]
  principal_object_id = azurerm_search_service.search.identity[0].principal_id
  resource_object_id  = azuread_service_principal.graph.object_id
}}
resource "azuread_directory_role" "admin" {{
  display_name = "Cloud Application Administrator"
}}
resource "azuread_directory_role_assignment" "a" {{
  role_id             = azuread_directory_role.admin.template_id
  principal_object_id = azurerm_cognitive_account.ai.identity[0].principal_id
}}
{}"#,
        assigned("Owner", "data.azurerm_subscription.current.id")
    );
    let credentials = "microsoft.directory/applications/credentials/update";
    let members = "microsoft.directory/groups/members/update";
    let roles = "microsoft.directory/roleAssignments/allProperties/allTasks";
    let ann = "azuread_user.ann: allowed";
    let ai = "azurerm_cognitive_account.ai: allowed";
    check(
        &text,
        &[
            (credentials, "azuread_application.api", &[ann, ai, APP]),
            (
                "microsoft.directory/servicePrincipals/credentials/update",
                "azuread_service_principal.api",
                &[ann, ai, APP],
            ),
            (members, "azuread_group.team", &[ann]),
            (roles, "", &["azurerm_user_assigned_identity.other: allowed"]),
        ],
    );
}

/// A document as an export of an account has it.
fn arm(resources: &str) -> Vec<(&'static str, String)> {
    let head = "{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \"contentVersion\": \"1.0.0.0\", \"resources\": [";
    vec![("azuredeploy.json", format!("{head}{resources}]}}"))]
}

#[test]
fn a_deny_assignment_comes_first() {
    let one = "11111111-2222-3333-4444-555555555555";
    let two = "22222222-2222-3333-4444-555555555555";
    let assigned = |name: &str, who: &str| {
        format!(
            r#"{{"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "{name}",
             "properties": {{"principalId": "{who}", "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b24988ac-6180-42a0-ab88-20f7382dd24c')]"}}}}"#
        )
    };
    let account = r#"{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st", "location": "x"}"#;
    let deny = |principals: &str, except: &str| {
        format!(
            r#"{{"type": "Microsoft.Authorization/denyAssignments", "apiVersion": "2022-04-01", "name": "d",
             "properties": {{"denyAssignmentName": "no keys", "permissions": [{{"actions": ["Microsoft.Storage/*"], "notActions": ["*/read"]}}],
             "principals": [{principals}], "excludePrincipals": [{except}]}}}}"#
        )
    };
    let user = |id: &str| format!(r#"{{"id": "{id}", "type": "User"}}"#);
    let everybody = r#"{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}"#;
    let who = |id: &str| format!("<the principal {id}>: allowed");
    for (deny, want) in [
        (None, vec![who(one), who(two)]),
        (Some(deny(everybody, "")), vec![]),
        (Some(deny(&user(one), "")), vec![who(two)]),
        (Some(deny(everybody, &user(two))), vec![who(two)]),
    ] {
        let mut all = vec![account.to_owned(), assigned("a1", one), assigned("a2", two)];
        all.extend(deny);
        let files = arm(&all.join(","));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let want: Vec<&str> = want.iter().map(String::as_str).collect();
        let st = "Microsoft.Storage/storageAccounts/st";
        check_files(
            &files,
            &[
                (STORAGE_KEYS, st, &want),
                ("Microsoft.Storage/storageAccounts/read", st, &[&who(one), &who(two)]),
            ],
        );
    }
}

#[test]
fn a_stack_forbids_changes_to_what_it_manages() {
    let user = "11111111-2222-3333-4444-555555555555";
    let stack = |settings: &str| {
        format!(
            r#"{{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st", "location": "x"}},
             {{"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "a",
               "properties": {{"principalId": "{user}", "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b24988ac-6180-42a0-ab88-20f7382dd24c')]"}}}},
             {{"type": "Microsoft.Resources/deploymentStacks", "apiVersion": "2024-03-01", "name": "stack",
               "properties": {{"denySettings": {{{settings}}},
               "resources": [{{"id": "[resourceId('Microsoft.Storage/storageAccounts', 'st')]"}}]}}}}"#
        )
    };
    let may = format!("<the principal {user}>: allowed");
    let may: &[&str] = &[&may];
    let (write, delete) =
        ("Microsoft.Storage/storageAccounts/write", "Microsoft.Storage/storageAccounts/delete");
    let excluded = format!(r#""mode": "denyWriteAndDelete", "excludedPrincipals": ["{user}"]"#);
    for (settings, writes, deletes) in [
        (r#""mode": "none""#, may, may),
        (r#""mode": "denyDelete""#, may, &[] as &[&str]),
        (r#""mode": "denyWriteAndDelete""#, &[], &[]),
        (
            r#""mode": "denyWriteAndDelete", "excludedActions": ["Microsoft.Storage/storageAccounts/write"]"#,
            may,
            &[],
        ),
        (&excluded, may, may),
    ] {
        let files = arm(&stack(settings));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let st = "Microsoft.Storage/storageAccounts/st";
        check_files(&files, &[(write, st, writes), (delete, st, deletes)]);
    }
}

#[test]
fn an_identity_is_met_again_by_its_id() {
    let id = "11111111-2222-3333-4444-555555555555";
    let files = arm(&format!(
        r#"{{"type": "Microsoft.Search/searchServices", "apiVersion": "2023-11-01", "name": "srch", "location": "x",
             "identity": {{"type": "SystemAssigned", "principalId": "{id}"}}}},
            {{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st", "location": "x"}},
            {{"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "a",
              "properties": {{"principalId": "{}", "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1')]"}}}}"#,
        id.to_uppercase()
    ));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let want = "Microsoft.Search/searchServices/srch: allowed";
    check_files(&files, &[(BLOB_READ, "Microsoft.Storage/storageAccounts/st", &[want])]);
}

#[test]
fn who_administers_the_tenant_may_take_its_subscriptions() {
    let text = r#"
resource "azuread_directory_role_assignment" "a" {
  role_id             = "62e90394-69f5-4237-9190-012177145e10"
  principal_object_id = azurerm_user_assigned_identity.app.principal_id
}
"#;
    check(
        text,
        &[
            ("Microsoft.Authorization/elevateAccess/action", "", &[APP]),
            (KEYS, "azurerm_cognitive_account.ai", &[]),
        ],
    );
}
