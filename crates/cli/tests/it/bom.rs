//! `stance bom`: files, exit codes, what is refused.

use std::process::Stdio;

use serde_json::Value;

use super::{Folder, Run, assert_refused, command};

/// A deployment of a model in an account.
const CHAT: &str = r#"
resource "azurerm_cognitive_account" "desk" {
  name                  = "desk"
  kind                  = "OpenAI"
  location              = "westeurope"
  resource_group_name   = "rg"
  sku_name              = "S0"
  custom_subdomain_name = "desk"
}

resource "azurerm_cognitive_deployment" "chat" {
  name                 = "chat"
  cognitive_account_id = azurerm_cognitive_account.desk.id
  model {
    format  = "OpenAI"
    name    = "gpt-4.1"
    version = "2025-04-14"
  }
  sku {
    name = "Standard"
  }
}
"#;

/// The seed is thirty-two times the byte 7: a key that protects nothing.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n-----END PRIVATE KEY-----\n";

fn folder() -> Folder {
    Folder::of(&[("infra/main.tf", CHAT), ("key.pem", KEY)])
}

fn bom(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run(&[&["bom"], arguments].concat())
}

#[test]
fn a_bill_names_the_model_and_its_service() {
    let folder = folder();
    let run = bom(&folder, &["infra", "--name", "desk"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let bill: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(bill["metadata"]["component"]["name"], "desk");
    let model = &bill["components"][0];
    assert_eq!((&model["name"], &model["version"]), (&"gpt-4.1".into(), &"2025-04-14".into()));
    assert_eq!(model["evidence"]["occurrences"][0]["location"], "main.tf");
    assert_eq!(bill["services"][0]["endpoints"][0], "https://desk.openai.azure.com/");
    assert_eq!(run.out, bom(&folder, &["infra", "--name", "desk"]).out, "the same bytes each time");
}

#[test]
fn the_time_of_an_spdx_bill_is_that_of_the_build() {
    let folder = folder();
    let bill = |epoch: &str| {
        let mut command = command(folder.path(), &["bom", "infra", "--format", "spdx"]);
        command.env("SOURCE_DATE_EPOCH", epoch).stderr(Stdio::null());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(bill("1700000000").contains(r#""created": "2023-11-14T22:13:20Z""#));
    assert!(bill("").contains(r#""created": "1970-01-01T00:00:00Z""#));
}

#[test]
fn a_difference_ends_with_1() {
    let folder = folder();
    assert_eq!(bom(&folder, &["infra", "-o", "old.json"]).code, Some(0));
    folder.write("infra/main.tf", &CHAT.replace("gpt-4.1", "gpt-5"));
    assert_eq!(bom(&folder, &["infra", "-o", "new.json"]).code, Some(0));
    let run = bom(&folder, &["diff", "old.json", "new.json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.starts_with("+ model gpt-5 2025-04-14\n- model gpt-4.1 2025-04-14\n"), "{}", run.out);
    assert_eq!(bom(&folder, &["diff", "old.json", "new.json", "--exit-zero"]).code, Some(0));
    assert_eq!(bom(&folder, &["diff", "old.json", "old.json"]).code, Some(0));
    let report: Value =
        serde_json::from_str(&bom(&folder, &["diff", "old.json", "new.json", "--format", "json"]).out)
            .unwrap();
    assert_eq!(
        (&report["schema"], &report["added"][0]["name"]),
        (&"stance.bom-diff/1".into(), &"gpt-5".into())
    );
}

#[test]
fn a_signed_bill_is_verified_and_a_changed_one_is_not() {
    let folder = folder();
    assert_eq!(bom(&folder, &["infra", "-o", "b.json", "--sign", "key.pem"]).code, Some(0));
    let run = bom(&folder, &["verify", "b.json", "--key", "key.pem"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("ok    signed with this key"), "{}", run.out);
    folder.write("b.json", &folder.read("b.json").replacen("gpt-4.1", "gpt-4.2", 1));
    let run = bom(&folder, &["verify", "b.json", "--key", "key.pem"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    for word in ["the serial number is not that of the content", "the envelope holds another document"] {
        assert!(run.out.contains(word), "{}", run.out);
    }
    assert_eq!(bom(&folder, &["verify", "b.json"]).code, Some(1), "without a key it is seen too");
}

#[test]
fn each_workload_has_a_file() {
    let agent = "Resources:\n  Agent:\n    Type: AWS::Bedrock::Agent\n    Properties:\n      AgentName: claims\n      FoundationModel: amazon.nova-pro-v1:0\n";
    let folder = Folder::of(&[("claims.yaml", agent), ("infra/main.tf", CHAT)]);
    let run = bom(&folder, &[".", "--per-workload", "-o", "boms"]);
    assert_eq!(
        (run.code, &*run.out),
        (Some(0), "claims.cdx.json\tagent\taws.bedrock.agent:claims\t2 components\n"),
        "{run:?}"
    );
    let bill: Value = serde_json::from_str(&folder.read("boms/claims.cdx.json")).unwrap();
    assert_eq!(bill["metadata"]["component"]["bom-ref"], "aws.bedrock.agent:claims");
    assert_eq!(bill["components"][0]["name"], "nova-pro");
}

#[test]
fn what_cannot_be_done_is_refused() {
    let folder = folder();
    assert_refused(&bom(&folder, &["nowhere"]), &["nowhere"]);
    assert_refused(
        &bom(&folder, &["infra", "-o", "x", "--sign", "infra/main.tf"]),
        &["no Ed25519 private key in PEM"],
    );
    assert_refused(&bom(&folder, &["diff", "key.pem", "key.pem"]), &["cannot read key.pem", "not JSON"]);
    assert_refused(&bom(&folder, &["infra", "--per-workload"]), &["--output"]);
}
