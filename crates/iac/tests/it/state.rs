//! States, as they are stored and as they are shown.

use collect::{Source as _, Tree};
use iac::terraform::{Given, TerraformState};
use model::{Observations, Standing};
use serde_json::{Value as Json, json};

use super::plan::REAL;
use super::{catalog, documents, notes, observe};

fn state(files: &[(&str, &str)]) -> Observations {
    TerraformState { catalog: catalog() }.observe(&Tree::of_texts(files.iter().copied()))
}

fn state_of(json: &Json) -> Observations {
    state(&[("infra/terraform.tfstate", &json.to_string())])
}

const ID: &str = "/subscriptions/11112222-3333-4444-5555-666677778888/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/data";

fn azure() -> Json {
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "l", "outputs": {},
        "resources": [
            {"mode": "data", "type": "azurerm_client_config", "name": "current",
             "provider": "provider[\"registry.terraform.io/hashicorp/azurerm\"]",
             "instances": [{"attributes": {"subscription_id": "11112222-3333-4444-5555-666677778888"}}]},
            {"module": "module.data[0]", "mode": "managed", "type": "azurerm_storage_account", "name": "this", "each": "map",
             "provider": "module.data.provider[\"registry.terraform.io/hashicorp/azurerm\"].west",
             "instances": [{"index_key": "a", "schema_version": 4, "attributes": {
                "id": ID, "name": "data", "account_kind": "StorageV2", "allow_nested_items_to_be_public": true,
                "primary_access_key": "cGxhaW4=", "network_rules": [], "tags": {}, "edge_zone": "",
                "identity": [{"type": "SystemAssigned", "principal_id": "p", "identity_ids": null}],
             }, "sensitive_attributes": [], "dependencies": ["azurerm_resource_group.g"]},
             {"index_key": "a", "deposed": "0a1b2c3d", "attributes": {"id": "old"}}]},
        ],
    })
}

#[test]
fn a_stored_state_has_exact_values_and_ids() {
    let seen = state_of(&azure());
    assert_eq!(notes(&seen), Vec::<String>::new());
    let account = seen
        .assets
        .iter()
        .find(|a| &*a.kind == "azure.storage.storage-account" || a.address.contains("storage"))
        .unwrap();
    assert_eq!(&*account.address, "module.data[0].azurerm_storage_account.this[\"a\"]");
    assert_eq!(&*account.id.0, "infra/terraform.tfstate#module.data[0].azurerm_storage_account.this[\"a\"]");
    assert_eq!(account.aliases.iter().map(|a| &**a).collect::<Vec<_>>(), [ID]);
    assert_eq!(account.sightings[0].standing, Standing::Recorded);
    let document = serde_json::to_value(&account.document).unwrap();
    assert_eq!(document["properties"]["allowBlobPublicAccess"], json!(true));
    assert!(
        document.get("tags").is_none() && document["properties"].get("networkAcls").is_none(),
        "{document}"
    );
    assert!(!document.to_string().contains("cGxhaW4="));
    let scope = |address: &str| seen.assets.iter().find(|a| &*a.address == address).map(|a| a.name.clone());
    assert_eq!(scope("provider.azurerm.west").as_deref(), Some("provider.azurerm.west"));
    assert_eq!(seen.mirrors[0].of.to_string(), "infra");
}

#[test]
fn what_terraform_stores_and_shows_is_what_the_source_says() {
    let source = documents(&observe(&REAL, &Given::default()));
    let stored = state(&[("infra/terraform.tfstate", include_str!("recorded/terraform.tfstate"))]);
    let shown = state(&[("infra/state.json", include_str!("recorded/shown.json"))]);
    assert_eq!(documents(&stored), documents(&shown));
    assert_eq!(documents(&stored).keys().collect::<Vec<_>>(), source.keys().collect::<Vec<_>>());
    let each = &documents(&stored)["terraform_data.each[\"a\"]"];
    assert_eq!(each["input"]["password"], json!({"$sensitive": true}));
    assert_eq!(each["input"]["key"], json!("a"));
    let base = stored.assets.iter().find(|a| &*a.address == "terraform_data.base").unwrap();
    assert!(base.aliases.contains(each["input"]["id"].as_str().unwrap()));
    let all: String = stored.assets.iter().map(|a| a.document.display()).collect();
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn odd_states_say_what_they_are() {
    let backend = json!({"version": 3, "backend": {"type": "azurerm", "config": {}}});
    for (json, want) in [
        (json!({"version": 3, "modules": []}), "version 3 of states is not read"),
        (json!({"serial": 1, "lineage": "l", "encrypted_data": "x"}), "the state is encrypted"),
        (json!({"some": "thing"}), "not a Terraform state"),
        (json!([]), "not a Terraform state"),
    ] {
        assert_eq!(notes(&state_of(&json)), [format!("infra/terraform.tfstate: {want}")], "{json}");
    }
    assert_eq!(notes(&state_of(&backend)), Vec::<String>::new());
    let odd = json!({"version": 4, "resources": [7, {"mode": "managed", "type": "aws_s3_bucket", "name": "b", "instances":
        [{"attributes": null}, {"attributes": {"bucket": ["x"], "id": 7}, "sensitive_attributes": [[{"value": {}}]]}]}]});
    assert_eq!(state_of(&odd).assets.iter().filter(|a| a.address.starts_with("aws_s3")).count(), 2);
    // Other JSON is passed over in silence.
    let seen = state(&[
        ("a.json", "{\"values\": {}, \"format_version\": 1, \"x\": \"terraform_version\"}"),
        ("b.json", "{"),
    ]);
    assert_eq!((seen.assets.len(), notes(&seen)), (0, vec![]));
}

#[test]
fn the_states_of_workspaces_tell_of_the_root_above() {
    let text = azure().to_string();
    let seen = state(&[("infra/terraform.tfstate.d/dev/terraform.tfstate", &text)]);
    assert_eq!(
        (&*seen.mirrors[0].of, &*seen.mirrors[0].scope),
        ("infra", "infra/terraform.tfstate.d/dev/terraform.tfstate")
    );
}
