//! Other ways to write the same resource: overrides, JSON, azapi, Cloud Control, beta providers.

use iac::terraform::Given;
use serde_json::json;

use super::{check, documents, notes, observe};

#[test]
fn override_files_are_laid_over() {
    check(
        &[
            (
                "main.tf",
                "resource \"test_thing\" \"t\" {\n  a = 1\n  b = 1\n  block {\n    x = 1\n  }\n  kept {\n    y = 1\n  }\n}\nlocals {\n  l = 1\n}\n",
            ),
            ("override.tf", "resource \"test_thing\" \"t\" {\n  b = 2\n  c = local.l\n}\n"),
            (
                "z_override.tf.json",
                "{\"resource\": {\"test_thing\": {\"t\": {\"b\": 3, \"block\": [{\"x\": 3}]}}}, \"locals\": {\"l\": 9}}",
            ),
        ],
        &json!({"test_thing.t": {"a": 1, "b": 3, "c": 9, "block": {"x": 3}, "kept": {"y": 1}}}),
    );
}

#[test]
fn json_is_the_same_language() {
    let text = json!({
        "//": "a comment",
        "variable": {"v": {"default": ["a", "b"]}},
        "locals": {"l": "${length(var.v)}"},
        "resource": {"test_thing": {
            "t": {"x": "n-${local.l}", "y": "${var.v}", "block": [{"z": 1}, {"z": "${local.l}"}]},
            "each": {"for_each": "${toset(var.v)}", "x": "${each.key}"},
        }},
    })
    .to_string();
    check(
        &[("main.tf.json", &text)],
        &json!({
            "test_thing.t": {"x": "n-2", "y": ["a", "b"], "block": [{"z": 1}, {"z": 2}]},
            "test_thing.each[\"a\"]": {"x": "a"},
            "test_thing.each[\"b\"]": {"x": "b"},
        }),
    );
}

#[test]
fn opentofu_files_are_read() {
    check(
        &[("main.tofu", "resource \"test_thing\" \"t\" {\n  x = 1\n}\n")],
        &json!({"test_thing.t": {"x": 1}}),
    );
}

#[test]
fn azapi_bodies_are_the_documents() {
    let body = "{\n    properties = {\n      publicNetworkAccess = \"Disabled\"\n      disableLocalAuth    = true\n    }\n    sku = {\n      name = \"S0\"\n    }\n  }";
    for body in [body.to_owned(), format!("jsonencode({body})"), "\"{\\\"properties\\\":{\\\"publicNetworkAccess\\\":\\\"Disabled\\\",\\\"disableLocalAuth\\\":true},\\\"sku\\\":{\\\"name\\\":\\\"S0\\\"}}\"".to_owned()] {
        let text = format!(
            "resource \"azapi_resource\" \"a\" {{\n  type      = \"Microsoft.CognitiveServices/accounts@2024-10-01\"\n  name      = \"a\"\n  location  = \"westeurope\"\n  parent_id = azurerm_resource_group.g.id\n  identity {{\n    type = \"UserAssigned\"\n    identity_ids = [\"/subscriptions/s/i\"]\n  }}\n  body = {body}\n}}\nresource \"azurerm_resource_group\" \"g\" {{\n  name = \"g\"\n}}\n"
        );
        let seen = observe(&[("main.tf", &text)], &Given::default());
        let asset = seen.assets.iter().find(|a| &*a.address == "azapi_resource.a").unwrap();
        assert_eq!(&*asset.kind, "azure.cognitive-services.account", "{:?}", notes(&seen));
        assert_eq!(
            documents(&seen)["azapi_resource.a"],
            json!({
                "name": "a",
                "location": "westeurope",
                "parent": {"$ref": "azurerm_resource_group.g.id"},
                "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/s/i": {}}},
                "properties": {"publicNetworkAccess": "Disabled", "disableLocalAuth": true},
                "sku": {"name": "S0"},
            }),
            "{body}"
        );
    }
}

#[test]
fn azapi_update_is_a_part_of_what_it_updates() {
    let text = r#"
resource "azurerm_cognitive_account" "a" {
  name = "a"
  kind = "OpenAI"
}
resource "azapi_update_resource" "u" {
  type        = "Microsoft.CognitiveServices/accounts@2024-10-01"
  resource_id = azurerm_cognitive_account.a.id
  body = {
    properties = { disableLocalAuth = true }
  }
}
"#;
    let seen = observe(&[("main.tf", text)], &Given::default());
    let [part] = &*seen.parts else { panic!("{:?}", seen.parts) };
    assert_eq!(
        (&*part.kind, &*part.address),
        ("azure.cognitive-services.account", "azapi_update_resource.u")
    );
    assert_eq!(part.owner.from.as_ref().unwrap().to_string(), "azurerm_cognitive_account.a.id");
    assert_eq!(serde_json::to_value(&part.body).unwrap(), json!({"properties": {"disableLocalAuth": true}}));
    assert!(seen.assets.iter().all(|a| &*a.address != "azapi_update_resource.u"));
}

#[test]
fn cloud_control_names_become_those_of_cloudformation() {
    let text = "resource \"awscc_sagemaker_notebook_instance\" \"n\" {\n  instance_type          = \"ml.t3.medium\"\n  role_arn               = \"arn:aws:iam::111122223333:role/r\"\n  direct_internet_access = \"Disabled\"\n  kms_key_id             = \"k\"\n  tags = [{\n    key   = \"a_b\"\n    value = \"v\"\n  }]\n}\n";
    let seen = observe(&[("main.tf", text)], &Given::default());
    let document = &documents(&seen)["awscc_sagemaker_notebook_instance.n"];
    assert_eq!(
        seen.assets.iter().find(|a| a.address.starts_with("awscc")).map(|a| &*a.kind),
        Some("aws.sagemaker.notebook-instance")
    );
    for (name, value) in
        [("InstanceType", "ml.t3.medium"), ("DirectInternetAccess", "Disabled"), ("KmsKeyId", "k")]
    {
        assert_eq!(document[name], json!(value), "{document}");
    }
}

#[test]
fn a_type_without_a_card_is_noted_once() {
    let text = "resource \"nobody_knows\" \"a\" {\n}\nresource \"nobody_knows\" \"b\" {\n}\nresource \"random_id\" \"r\" {\n  byte_length = 4\n}\nresource \"azapi_resource\" \"z\" {\n  type = \"Microsoft.Nothing/things@2024-01-01\"\n}\n";
    let seen = observe(&[("main.tf", text)], &Given::default());
    assert_eq!(
        notes(&seen),
        [
            "main.tf:1:1: resource type \"nobody_knows\" has no card",
            "main.tf:8:1: resource type \"Microsoft.Nothing/things\" has no card",
        ]
    );
}
