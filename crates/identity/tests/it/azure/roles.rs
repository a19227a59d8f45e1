//! What roles give: built-in and custom ones, the planes, conditions, eligibility.

use super::*;

const ON_ACCOUNT: &str = "azurerm_storage_account.data.id";
const ON_GROUP: &str = "azurerm_resource_group.rg.id";

#[test]
fn built_in_roles() {
    let (ai, gpt) = ("azurerm_cognitive_account.ai", "azurerm_cognitive_deployment.gpt");
    let (data, docs) = ("azurerm_storage_account.data", "azurerm_storage_container.docs");
    let search = "azurerm_search_service.search";
    let cases: [(&str, &[Case<'_>]); 12] = [
        ("Owner", &[(KEYS, ai, &[APP]), (CHAT, ai, &[]), (ASSIGN, data, &[APP]), (BLOB_READ, docs, &[])]),
        (
            "Contributor",
            &[(KEYS, ai, &[APP]), (DEPLOY, ai, &[APP]), (ASSIGN, ai, &[]), (STORAGE_KEYS, data, &[APP])],
        ),
        ("Reader", &[(KEYS, ai, &[]), (BLOB_READ, docs, &[]), (CHAT, ai, &[])]),
        ("Cognitive Services OpenAI User", &[(CHAT, gpt, &[APP]), (KEYS, ai, &[]), (DEPLOY, gpt, &[])]),
        (
            "Cognitive Services OpenAI Contributor",
            &[(CHAT, gpt, &[APP]), (DEPLOY, gpt, &[APP]), (KEYS, ai, &[])],
        ),
        ("Cognitive Services User", &[(CHAT, gpt, &[APP]), (KEYS, ai, &[APP]), (DEPLOY, ai, &[])]),
        ("Azure AI User", &[(CHAT, gpt, &[APP]), (DEPLOY, ai, &[])]),
        ("Azure AI Developer", &[(CHAT, gpt, &[APP]), (KEYS, ai, &[])]),
        ("Search Index Data Reader", &[(DOCUMENTS, search, &[APP]), (CHAT, ai, &[])]),
        (
            "Search Service Contributor",
            &[
                (DOCUMENTS, search, &[]),
                ("Microsoft.Search/searchServices/listAdminKeys/action", search, &[APP]),
            ],
        ),
        (
            "Storage Blob Data Reader",
            &[(BLOB_READ, docs, &[APP]), (BLOB_WRITE, docs, &[]), (STORAGE_KEYS, data, &[])],
        ),
        (
            "Storage Blob Data Contributor",
            &[(BLOB_READ, data, &[APP]), (BLOB_WRITE, docs, &[APP]), (ASSIGN, data, &[])],
        ),
    ];
    for (role, cases) in cases {
        check(&assigned(role, ON_GROUP), cases);
    }
}

#[test]
fn a_role_is_named_by_its_id_too() {
    for id in [
        "\"/subscriptions/${data.azurerm_subscription.current.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1\"",
        "\"${data.azurerm_subscription.current.id}/providers/Microsoft.Authorization/roleDefinitions/2A2B9908-6ea1-4ae2-8e65-a410df84e7d1\"",
        "\"/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1\"",
    ] {
        let text = assigned("X", ON_ACCOUNT)
            .replace("role_definition_name = \"X\"", &format!("role_definition_id = {id}"));
        check(
            &text,
            &[
                (BLOB_READ, "azurerm_storage_account.data", &[APP]),
                (BLOB_WRITE, "azurerm_storage_account.data", &[]),
            ],
        );
    }
}

#[test]
fn custom_roles_subtract_within_a_permission_only() {
    let role = |permissions: &str| {
        let assignment = assigned("X", ON_GROUP).replace(
            "role_definition_name = \"X\"",
            "role_definition_id = azurerm_role_definition.mine.role_definition_resource_id",
        );
        format!(
            "resource \"azurerm_role_definition\" \"mine\" {{\n name = \"mine\"\n scope = data.azurerm_subscription.current.id\n {permissions}\n}}\n{assignment}"
        )
    };
    let (ai, data) = ("azurerm_cognitive_account.ai", "azurerm_storage_account.data");
    let all_but = "permissions {\n actions = [\"Microsoft.CognitiveServices/*\"]\n not_actions = [\"Microsoft.CognitiveServices/accounts/listKeys/action\"]\n }";
    check(
        &role(all_but),
        &[(KEYS, ai, &[]), (DEPLOY, ai, &[APP]), (CHAT, ai, &[]), (STORAGE_KEYS, data, &[])],
    );
    let back = format!("{all_but}\n permissions {{\n actions = [\"*/listKeys/action\"]\n }}");
    check(&role(&back), &[(KEYS, ai, &[APP]), (STORAGE_KEYS, data, &[APP])]);
    let other = format!(
        "{}{}",
        role(all_but),
        assigned("Cognitive Services User", ON_GROUP).replace("\"it\"", "\"second\"")
    );
    check(&other, &[(KEYS, ai, &[APP])]);
    let planes =
        "permissions {\n actions = []\n data_actions = [\"*\"]\n not_data_actions = [\"*/write\"]\n }";
    check(
        &role(planes),
        &[(BLOB_READ, data, &[APP]), (BLOB_WRITE, data, &[]), (KEYS, ai, &[]), (CHAT, ai, &[APP])],
    );
    let open = "permissions {\n actions = [var.more]\n }\n}\nvariable \"more\" {";
    let unknown = "azurerm_user_assigned_identity.app: unknown, not all of role mine is known: variable more has no value";
    check(&role(open), &[(KEYS, ai, &[unknown]), (CHAT, ai, &[])]);
}

#[test]
fn a_role_that_nobody_knows_is_unknown() {
    let text = assigned("Chief Wizard", ON_GROUP);
    let unknown = "azurerm_user_assigned_identity.app: unknown, role Chief Wizard is neither a built-in role nor defined in the estate";
    check(
        &text,
        &[
            (KEYS, "azurerm_cognitive_account.ai", &[unknown]),
            (BLOB_READ, "azurerm_storage_account.data", &[unknown]),
        ],
    );
    assert_eq!(
        notes(&text),
        [
            "role assignment azurerm_role_assignment.it: role Chief Wizard is neither a built-in role nor defined in the estate"
        ]
    );
}

#[test]
fn conditions_decide_as_far_as_they_can() {
    let only = |name: &str| {
        let condition = format!(
            "condition = <<-EOT\n((!(ActionMatches{{'{BLOB_READ}'}})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals '{name}'))\nEOT\n}}"
        );
        assigned("Storage Blob Data Contributor", ON_ACCOUNT).replace("\n}\n", &format!("\n  {condition}\n"))
    };
    let (data, docs) = ("azurerm_storage_account.data", "azurerm_storage_container.docs");
    let open = "azurerm_user_assigned_identity.app: conditional if the resource's containers:name is docs";
    check(
        &only("docs"),
        &[(BLOB_READ, docs, &[APP]), (BLOB_WRITE, docs, &[APP]), (BLOB_READ, data, &[open])],
    );
    let other = "azurerm_user_assigned_identity.app: conditional if the resource's containers:name is logs";
    check(&only("logs"), &[(BLOB_READ, docs, &[]), (BLOB_WRITE, docs, &[APP]), (BLOB_READ, data, &[other])]);
}

#[test]
fn a_condition_on_assignments_says_which_roles() {
    let text = assigned("Role Based Access Control Administrator", ON_GROUP).replace(
        "\n}\n",
        "\n  condition = \"((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{5e0bd9bd-7b93-4f28-af87-19fc36ad61bd}))\"\n}\n",
    );
    let only = "azurerm_user_assigned_identity.app: conditional if the request's RoleDefinitionId is Cognitive Services OpenAI User";
    check(&text, &[(ASSIGN, "azurerm_cognitive_account.ai", &[only])]);
    let catalog = catalog();
    let graph = graphs::of_texts(catalog, &[("main.tf", &format!("{ESTATE}{text}"))]);
    let access = Access::derive(&graph, catalog);
    let on = On::Asset(index(&graph, "azurerm_cognitive_account.ai"));
    let key = "Microsoft.Authorization/roleAssignments:RoleDefinitionId";
    let ask = |role: &str| answers(&graph, &access, &[ASSIGN], on, &[(key, role)]);
    assert_eq!(ask("5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"), [APP]);
    assert!(ask("8e3af657-a8ff-443c-a75c-2fe8c4bcb635").is_empty());
}

#[test]
fn a_built_in_role_brings_its_condition() {
    let text = assigned("Key Vault Data Access Administrator", ON_GROUP);
    let catalog = catalog();
    let graph = graphs::of_texts(catalog, &[("main.tf", &format!("{ESTATE}{text}"))]);
    let access = Access::derive(&graph, catalog);
    let on = On::Asset(index(&graph, "azurerm_resource_group.rg"));
    let found = answers(&graph, &access, &[ASSIGN], on, &[]);
    assert!(
        found[0].contains("conditional if the request's RoleDefinitionId is one of Key Vault Administrator,"),
        "{found:?}"
    );
}

#[test]
fn an_eligible_role_must_be_activated() {
    let text = r#"
resource "azurerm_pim_eligible_role_assignment" "it" {
  scope              = azurerm_resource_group.rg.id
  role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
  principal_id       = azurerm_user_assigned_identity.app.principal_id
}
resource "azurerm_pim_active_role_assignment" "now" {
  scope              = azurerm_resource_group.rg.id
  role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/a97b65f3-24c7-4388-baec-2e87135dc908"
  principal_id       = azurerm_user_assigned_identity.other.principal_id
}
"#;
    let eligible = "azurerm_user_assigned_identity.app: conditional if activates the eligible role Owner";
    check(
        text,
        &[
            (
                KEYS,
                "azurerm_cognitive_account.ai",
                &[eligible, "azurerm_user_assigned_identity.other: allowed"],
            ),
            (ASSIGN, "", &[eligible]),
        ],
    );
}
