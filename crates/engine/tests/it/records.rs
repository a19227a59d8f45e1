//! Source code beside its plan and its state: one asset, one finding, and what the code leaves open is known.

use std::fs;
use std::path::Path;

use engine::{Catalog, Exceptions, Request};
use model::{Snapshot, Status};
use serde_json::{Value, json};

const CODE: &str = r#"
variable "public" {}
resource "aws_s3_bucket" "corpus" {
  bucket_prefix = "corpus-"
}
resource "aws_s3_bucket_versioning" "corpus" {
  bucket = aws_s3_bucket.corpus.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "azurerm_cognitive_account" "main" {
  name                          = "prod-openai"
  resource_group_name           = "rg"
  location                      = "westeurope"
  kind                          = "OpenAI"
  sku_name                      = "S0"
  public_network_access_enabled = var.public
}
"#;

fn state() -> Value {
    let instance = |attributes: Value| json!([{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}]);
    let resource = |kind: &str, name: &str, provider: &str, attributes: Value| {
        json!({"mode": "managed", "type": kind, "name": name, "instances": instance(attributes),
            "provider": format!("provider[\"registry.terraform.io/hashicorp/{provider}\"]")})
    };
    json!({"version": 4, "serial": 1, "lineage": "l", "terraform_version": "1.11.4", "resources": [
        resource("aws_s3_bucket", "corpus", "aws", json!({"id": "corpus-0a1b2c", "bucket": "corpus-0a1b2c",
            "bucket_prefix": "corpus-", "arn": "arn:aws:s3:::corpus-0a1b2c"})),
        resource("aws_s3_bucket_versioning", "corpus", "aws", json!({"id": "corpus-0a1b2c", "bucket": "corpus-0a1b2c",
            "versioning_configuration": [{"status": "Enabled", "mfa_delete": ""}]})),
        resource("azurerm_cognitive_account", "main", "azurerm", json!({
            "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/prod-openai",
            "name": "prod-openai", "resource_group_name": "rg", "location": "westeurope", "kind": "OpenAI",
            "sku_name": "S0", "public_network_access_enabled": true, "local_auth_enabled": true,
            "primary_access_key": "k3y-of-the-account"})),
    ]})
}

fn scan(root: &Path) -> Snapshot {
    let exceptions = Exceptions { declared: Vec::new(), today: "2027-01-15".to_owned() };
    let request = Request { root: root.to_owned(), exceptions, ..Request::default() };
    engine::scan(&request, &Catalog::embedded()).unwrap()
}

fn faults(snapshot: &Snapshot, status: Status) -> Vec<String> {
    let all = snapshot.outcomes.iter().filter(|o| o.status == status);
    all.map(|o| format!("{} {}", o.check, o.asset)).collect()
}

#[test]
fn a_state_beside_its_source_answers_what_the_source_leaves_open() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("infra")).unwrap();
    fs::write(folder.path().join("infra/main.tf"), CODE).unwrap();
    let alone = scan(folder.path());
    let open = "azure-cognitive-services-open-to-internet infra#azurerm_cognitive_account.main".to_owned();
    assert!(faults(&alone, Status::Unknown).contains(&open), "{:#?}", faults(&alone, Status::Unknown));

    fs::write(folder.path().join("infra/terraform.tfstate"), state().to_string()).unwrap();
    let both = scan(folder.path());
    assert_eq!(both.assets.len(), alone.assets.len(), "{:#?}", both.coverage);
    assert!(faults(&both, Status::Fail).contains(&open), "{:#?}", faults(&both, Status::Fail));
    let before = faults(&alone, Status::Unknown).len();
    assert!(faults(&both, Status::Unknown).len() < before);
    let bucket = both.assets.iter().find(|a| &*a.kind == "aws.s3.bucket").unwrap();
    assert_eq!((bucket.name.as_str(), bucket.sightings.len()), ("corpus-0a1b2c", 2));
    assert_eq!(
        bucket.document.at_path("VersioningConfiguration.Status").and_then(|n| n.as_str()),
        Some("Enabled")
    );

    let options = report::Options {
        color: false,
        width: 100,
        all: true,
        quiet: false,
        verbose: true,
        min_severity: model::Severity::Info,
        sources: &NoText,
        root: ".",
        catalog_version: "0.0.0",
        tool_version: "0.0.0",
    };
    for format in
        [report::Format::Terminal, report::Format::Json, report::Format::Sarif, report::Format::Markdown]
    {
        assert!(!report::render(&both, format, &options).contains("k3y-of-the-account"));
    }
    let json: Value = serde_json::from_str(&report::render(&both, report::Format::Json, &options)).unwrap();
    let account = json["assets"].as_array().unwrap().iter().find(|a| a["name"] == "prod-openai").unwrap();
    assert_eq!(
        account["seen_in"],
        json!([
            {"source": "terraform", "standing": "written", "scope": "infra", "address": "azurerm_cognitive_account.main",
             "location": {"path": "infra/main.tf", "line": 12, "column": 1}},
            {"source": "terraform-state", "standing": "recorded", "scope": "infra/terraform.tfstate",
             "address": "azurerm_cognitive_account.main",
             "location": account["seen_in"][1]["location"],
             "matched": {"how": "same root and address", "confidence": "high"}},
        ])
    );
}

#[test]
fn a_state_alone_is_assessed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("terraform.tfstate"), state().to_string()).unwrap();
    fs::write(folder.path().join("terraform.tfstate.backup"), state().to_string()).unwrap();
    let snapshot = scan(folder.path());
    let open = "azure-cognitive-services-open-to-internet terraform.tfstate#azurerm_cognitive_account.main"
        .to_owned();
    assert!(faults(&snapshot, Status::Fail).contains(&open), "{:#?}", faults(&snapshot, Status::Fail));
    assert_eq!(snapshot.assets.iter().filter(|a| &*a.kind == "aws.s3.bucket").count(), 1);
}

struct NoText;

impl report::Sources for NoText {
    fn line(&self, _: &str, _: u32) -> Option<String> {
        None
    }
}
