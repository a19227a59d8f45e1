//! Plans: what Terraform wrote for a real configuration, and small ones by hand for the providers that cards know.

use collect::{Source as _, Tree};
use iac::terraform::{Given, TerraformPlan};
use model::{Observations, Standing, Value};
use serde_json::{Value as Json, json};

use super::{catalog, documents, notes, observe};

pub(crate) const REAL: [(&str, &str); 2] = [
    ("infra/main.tf", include_str!("recorded/main.tf")),
    ("infra/m/main.tf", include_str!("recorded/m/main.tf")),
];

fn plan(files: &[(&str, &str)]) -> Observations {
    TerraformPlan { catalog: catalog() }.observe(&Tree::of_texts(files.iter().copied()))
}

fn plan_of(json: &Json) -> Observations {
    plan(&[("infra/plan.json", &json.to_string())])
}

/// The Azure OpenAI account of [`AZURE`], as `terraform show -json` tells it.
fn azure() -> Json {
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "applyable": true, "complete": true, "errored": false,
        "variables": {"subscription": {"value": "11112222-3333-4444-5555-666677778888"}, "public": {"value": false}},
        "planned_values": {"root_module": {
            "resources": [
                {"address": "azurerm_cognitive_account.main", "mode": "managed", "type": "azurerm_cognitive_account",
                 "name": "main", "provider_name": "registry.terraform.io/hashicorp/azurerm",
                 "values": account(), "sensitive_values": {"identity": [{}]}},
            ],
            "child_modules": [{"address": "module.identity[\"a\"]", "resources": [
                {"address": "module.identity[\"a\"].azurerm_user_assigned_identity.this", "mode": "managed",
                 "type": "azurerm_user_assigned_identity", "name": "this",
                 "values": {"name": "app", "location": "westeurope", "tags": null}},
            ]}],
        }},
        "resource_changes": [
            {"address": "azurerm_cognitive_account.main", "mode": "managed", "type": "azurerm_cognitive_account",
             "name": "main", "change": {"actions": ["create"], "before": null, "after": account(),
             "after_unknown": {"id": true, "endpoint": true, "primary_access_key": true, "local_auth_enabled": true,
                "identity": [{"identity_ids": true, "principal_id": true}], "custom_subdomain_name": true},
             "after_sensitive": {"primary_access_key": true}}},
            {"address": "azurerm_search_service.old", "mode": "managed", "type": "azurerm_search_service", "name": "old",
             "change": {"actions": ["delete"], "before": {"name": "old"}, "after": null}},
        ],
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": [
            {"address": "data.azurerm_client_config.current", "mode": "data", "type": "azurerm_client_config",
             "name": "current", "values": {"tenant_id": "99992222-3333-4444-5555-666677778888"}},
        ]}}},
        "configuration": {
            "provider_config": {"azurerm": {"name": "azurerm", "full_name": "registry.terraform.io/hashicorp/azurerm",
                "expressions": {"features": [{}], "subscription_id": {"references": ["var.subscription"]},
                    "client_secret": {"constant_value": "s3cr3t-of-the-provider"}}}},
            "root_module": {
                "resources": [
                    {"address": "azurerm_cognitive_account.main", "mode": "managed", "type": "azurerm_cognitive_account",
                     "name": "main", "provider_config_key": "azurerm", "expressions": {
                        "name": {"constant_value": "prod-openai"}, "kind": {"constant_value": "OpenAI"},
                        "location": {"constant_value": "westeurope"}, "sku_name": {"constant_value": "S0"},
                        "resource_group_name": {"constant_value": "rg"},
                        "public_network_access_enabled": {"references": ["var.public"]},
                        "custom_subdomain_name": {"references": ["random_id.r.hex", "random_id.r"]},
                        "network_acls": [{"default_action": {"constant_value": "Deny"}, "ip_rules": {"constant_value": []}}],
                        "identity": [{"type": {"constant_value": "UserAssigned"}, "identity_ids": {"references":
                            ["module.identity[\"a\"].id", "module.identity[\"a\"]", "module.identity"]}}],
                     }},
                ],
                "module_calls": {"identity": {"source": "./identity", "module": {
                    "outputs": {"id": {"expression": {"references":
                        ["azurerm_user_assigned_identity.this.id", "azurerm_user_assigned_identity.this"]}}},
                    "resources": [{"address": "azurerm_user_assigned_identity.this", "mode": "managed",
                        "type": "azurerm_user_assigned_identity", "name": "this", "provider_config_key": "azurerm",
                        "expressions": {"name": {"constant_value": "app"}, "location": {"constant_value": "westeurope"}}}],
                }}},
                "variables": {"subscription": {}, "public": {}},
            },
        },
    })
}

fn account() -> Json {
    json!({
        "name": "prod-openai", "kind": "OpenAI", "location": "westeurope", "sku_name": "S0",
        "resource_group_name": "rg", "public_network_access_enabled": false, "tags": null, "fqdns": [],
        "network_acls": [{"bypass": "", "default_action": "Deny", "ip_rules": [], "virtual_network_rules": []}],
        "identity": [{"type": "UserAssigned"}], "customer_managed_key": [], "qna_runtime_endpoint": "",
    })
}

/// The same in source code.
const AZURE: &str = r#"
provider "azurerm" {
  features {}
  subscription_id = var.subscription
}
variable "subscription" { default = "11112222-3333-4444-5555-666677778888" }
variable "public" { default = false }
resource "random_id" "r" {}
resource "azurerm_cognitive_account" "main" {
  name                          = "prod-openai"
  kind                          = "OpenAI"
  location                      = "westeurope"
  sku_name                      = "S0"
  resource_group_name           = "rg"
  public_network_access_enabled = var.public
  custom_subdomain_name         = random_id.r.hex
  network_acls {
    default_action = "Deny"
    ip_rules       = []
  }
  identity {
    type         = "UserAssigned"
    identity_ids = module.identity["a"].ids
  }
}
module "identity" {
  source   = "./identity"
  for_each = toset(["a"])
}
"#;
const IDENTITY: &str = r#"
resource "azurerm_user_assigned_identity" "this" {
  name     = "app"
  location = "westeurope"
}
output "ids" { value = [azurerm_user_assigned_identity.this.id] }
"#;

#[test]
fn a_plan_and_its_source_are_the_same_documents() {
    let source =
        observe(&[("infra/main.tf", AZURE), ("infra/identity/main.tf", IDENTITY)], &Given::default());
    let planned = plan_of(&azure());
    assert_eq!(notes(&planned), Vec::<String>::new());
    let (mut source, planned) = (documents(&source), documents(&planned));
    let ids = "${module.identity[\"a\"].azurerm_user_assigned_identity.this.id}";
    let account = &planned["azurerm_cognitive_account.main"];
    // A set that is not known yet has no elements that could be keys.
    assert_eq!(
        account["identity"],
        json!({"type": "UserAssigned", "userAssignedIdentities": {"$ref": ids.trim_matches(['$', '{', '}'])}})
    );
    source.get_mut("azurerm_cognitive_account.main").unwrap()["identity"] = account["identity"].clone();
    for address in
        ["azurerm_cognitive_account.main", "module.identity[\"a\"].azurerm_user_assigned_identity.this"]
    {
        assert_eq!(planned[address], source[address], "{address}");
    }
    assert_eq!(source.len(), planned.len(), "what is deleted is absent");
    assert_eq!(
        planned["provider.azurerm"],
        json!({
            "features": [{}],
            "subscription_id": "11112222-3333-4444-5555-666677778888",
            "tenant_id": "99992222-3333-4444-5555-666677778888",
            "client_secret": {"$sensitive": true},
        })
    );
}

#[test]
fn what_terraform_plans_is_what_the_source_says() {
    let source = documents(&observe(&REAL, &Given::default()));
    let seen = plan(&[("infra/plan.json", include_str!("recorded/plan.json"))]);
    let planned = documents(&seen);
    assert_eq!(planned.keys().collect::<Vec<_>>(), source.keys().collect::<Vec<_>>());
    for (address, document) in &planned {
        let mut expected = source[address].clone();
        match address.as_str() {
            // Terraform does not tell what a local stands for.
            "terraform_data.local" => expected["input"] = json!({"$unknown": "known after apply"}),
            // Nor the attribute behind a key that it has to work out.
            a if a.starts_with("terraform_data.same_key") => {
                let named = expected["input"]["$ref"].as_str().unwrap().trim_end_matches(".id");
                expected["input"] = json!({"$ref": named});
            }
            _ => {}
        }
        assert_eq!(document, &expected, "{address}");
    }
    let aliases: Vec<_> = seen.assets.iter().flat_map(|a| &a.aliases).collect();
    assert!(aliases.is_empty(), "no id is known before apply: {aliases:?}");
    assert!(seen.assets.iter().all(|a| a.sightings[0].standing == Standing::Planned));
}

#[test]
fn secrets_of_a_plan_are_not_shown() {
    let mut json = azure();
    json["resource_changes"][0]["change"]["after_sensitive"]["name"] = json!(true);
    for seen in [plan_of(&json), plan(&[("p.json", include_str!("recorded/plan.json"))])] {
        let shown: String = seen
            .assets
            .iter()
            .map(|a| serde_json::to_string(&a.document).unwrap() + &a.document.display())
            .collect();
        assert!(!shown.contains("hunter2") && !shown.contains("s3cr3t"), "{shown}");
        assert!(!seen.assets.iter().any(|a| a.name.contains("prod-openai")));
    }
}

#[test]
fn known_ids_are_aliases_and_unknown_ones_references() {
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/prod-openai";
    let mut json = azure();
    json["planned_values"]["root_module"]["resources"][0]["values"]["id"] = json!(id);
    let change = &mut json["resource_changes"][0]["change"];
    change["after_unknown"].as_object_mut().unwrap().remove("id");
    let seen = plan_of(&json);
    let account = seen.assets.iter().find(|a| &*a.address == "azurerm_cognitive_account.main").unwrap();
    assert_eq!(account.aliases.iter().map(|a| &**a).collect::<Vec<_>>(), [id]);
    let subdomain = account.document.at_path("properties.customSubDomainName").unwrap();
    assert!(matches!(subdomain.value, Value::Unknown(_)));
    assert_eq!(subdomain.from.as_ref().unwrap().to_string(), "random_id.r.hex");
}

#[test]
fn every_value_has_its_place() {
    let text = serde_json::to_string_pretty(&azure()).unwrap();
    let seen = plan(&[("infra/plan.json", &text)]);
    let account = seen.assets.iter().find(|a| &*a.address == "azurerm_cognitive_account.main").unwrap();
    for (path, shown) in [("kind", "\"OpenAI\""), ("properties.networkAcls.defaultAction", "\"Deny\"")] {
        let at = account.document.at_path(path).unwrap().at.clone().unwrap();
        let line = text.lines().nth(at.line as usize - 1).unwrap();
        assert!(line[at.column as usize - 1..].starts_with(shown), "{path}: {line}");
    }
}

#[test]
fn odd_plans_are_read_as_far_as_they_go() {
    let cases: [(Json, &[&str]); 6] = [
        (
            json!({"format_version": "2.0", "planned_values": {}}),
            &["infra/plan.json: format version 2.0 of plans is not known"],
        ),
        (
            json!({"format_version": "1.2", "planned_values": {}, "errored": true}),
            &["infra/plan.json: the plan ended with an error, resources may be missing"],
        ),
        (
            json!({"format_version": "1.2", "planned_values": {"root_module": {}}, "complete": false}),
            &["infra/plan.json: the plan is not complete, resources may be missing"],
        ),
        (json!({"format_version": 1, "planned_values": [], "resource_changes": {}}), &[]),
        (
            json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": [1, {"mode": "managed"}, null],
            "child_modules": "x"}}, "resource_changes": [{}, {"address": 1}], "configuration": []}),
            &[],
        ),
        (json!({"planned_values": "a word in another file", "x": ["format_version"]}), &[]),
    ];
    for (json, want) in cases {
        let seen = plan_of(&json);
        assert_eq!(notes(&seen), *want, "{json}");
        assert!(seen.assets.is_empty());
    }
    let seen =
        plan(&[("a.tfplan", "PK"), ("plan.json", "{\"format_version\": \"1.0\", \"planned_values\":")]);
    assert_eq!(
        notes(&seen),
        [
            "plan.json:1:44: not JSON: expected value after colon in object property",
            "a.tfplan: a binary plan is not read; write it as JSON with terraform show -json",
        ]
    );
}

#[test]
fn names_that_lead_in_circles_end() {
    let refers = |name: &str| json!({"references": [name]});
    let json = json!({
        "format_version": "1.2", "planned_values": {"root_module": {"resources": [
            {"address": "test_thing.t", "mode": "managed", "type": "test_thing", "name": "t", "values": {}}]}},
        "resource_changes": [{"address": "test_thing.t", "mode": "managed", "type": "test_thing", "name": "t",
            "change": {"actions": ["create"], "after": {}, "after_unknown": {"x": true}}}],
        "configuration": {"root_module": {
            "resources": [{"address": "test_thing.t", "expressions": {"x": refers("module.m.o")}}],
            "module_calls": {"m": {"expressions": {"v": {"references": ["module.m.o", "module.m.p", "module.m.o"]}}, "module": {
                "outputs": {"o": {"expression": {"references": ["var.v", "var.v.a", "var.v.b"]}}, "p": {"expression": refers("var.v")}},
            }}},
        }},
    });
    let seen = plan_of(&json);
    assert_eq!(documents(&seen)["test_thing.t"], json!({"x": {"$unknown": "known after apply"}}));
}
