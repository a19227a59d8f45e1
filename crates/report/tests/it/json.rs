use model::{Node, Severity, Snapshot, Value};
use report::{Format, Options, render};
use serde_json::{Value as Json, json};

use crate::estate::{HOSTILE_NAME, files, options, snapshot};

fn scan(snapshot: &Snapshot, change: impl FnOnce(&mut Options<'_>)) -> Json {
    let files = files();
    let mut options = options(&files);
    change(&mut options);
    serde_json::from_str(&render(snapshot, Format::Json, &options)).unwrap()
}

#[test]
fn the_shape_is_stable() {
    let scan = scan(&snapshot(), |_| {});
    let keys: std::collections::BTreeSet<&str> = scan.as_object().unwrap().keys().map(|k| &**k).collect();
    assert_eq!(keys, ["assets", "attack", "coverage", "outcomes", "relations", "schema"].into());
    assert_eq!(scan["schema"], "stance.scan/1");
    assert_eq!(
        scan["coverage"][1],
        json!({ "source": "terraform", "path": "infra/old/broken.tf:9:1", "status": "failed",
            "reason": "block is not closed" })
    );
    assert_eq!(
        scan["assets"][1],
        json!({
            "id": "infra/ai#azurerm_cognitive_account.main",
            "kind": "azure.cognitive-services.account",
            "class": "ai-service",
            "name": "prod-openai",
            "address": "azurerm_cognitive_account.main",
            "locations": [{ "path": "infra/ai/main.tf", "line": 2, "column": 1 }],
            "document": { "kind": "OpenAI" },
        })
    );
    assert_eq!(
        scan["relations"],
        json!([{
            "from": "infra/ai#azurerm_cognitive_account.main",
            "relation": "runs-as",
            "to": "infra/ai#azurerm_user_assigned_identity.app",
            "resolved": true,
        }])
    );
    assert_eq!(
        scan["outcomes"][1],
        json!({
            "check": "azure-cognitive-services-open-to-internet",
            "title": "Azure AI services account is reachable from the internet",
            "status": "fail",
            "severity": "critical",
            "confidence": "high",
            "asset": "infra/ai#azurerm_cognitive_account.main",
            "address": "azurerm_cognitive_account.main",
            "because": "public network access is Enabled, default action Allow",
            "locations": [
                { "path": "infra/ai/main.tf", "line": 5, "column": 3 },
                { "path": "infra/ai/variables.tf", "line": 3, "column": 13 },
            ],
            "fix": "Turn public network access off and reach the account through a private endpoint.",
            "patch": ["public_network_access_enabled = false"],
            "same_as": ["checkov:CKV_AZURE_134"],
            "maps": ["mcsb-v2:NS-2", "mitre-atlas:AML.T0040"],
        })
    );
    assert_eq!(
        scan["outcomes"][3]["suppressed"],
        json!({ "reason": "the gateway logs every request", "owner": "platform team", "expires": "2027-01-31",
            "place": "infra/ai/main.tf:1" })
    );
    assert_eq!(scan["assets"][4]["document"], json!({ "adminKey": { "$sensitive": true } }));
}

#[test]
fn passes_and_low_severities_are_shown_on_demand() {
    let statuses = |scan: &Json| {
        let outcomes = scan["outcomes"].as_array().unwrap();
        ["fail", "unknown", "pass"].map(|s| outcomes.iter().filter(|o| o["status"] == s).count())
    };
    assert_eq!(statuses(&scan(&snapshot(), |_| {})), [5, 5, 0]);
    assert_eq!(statuses(&scan(&snapshot(), |o| o.all = true)), [5, 5, 1]);
    assert_eq!(statuses(&scan(&snapshot(), |o| o.min_severity = Severity::High)), [3, 4, 0]);
}

#[test]
fn hostile_names_are_escaped_and_unchanged() {
    let files = files();
    let text = render(&snapshot(), Format::Json, &options(&files));
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}']) && text.ends_with("}\n"));
    let scan: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(scan["assets"][0]["name"], HOSTILE_NAME);
}

#[test]
fn a_document_that_doubles_itself_is_not_written_out() {
    let mut node = Node::from(1);
    for _ in 0..60 {
        node = Value::list(vec![node.clone(), node]).into();
    }
    let mut snapshot = snapshot();
    snapshot.assets[1].document = node;
    let scan = scan(&snapshot, |_| {});
    assert_eq!(scan["assets"][1]["document"], json!({ "$unknown": "the document is too large to write" }));
}

#[test]
fn an_empty_snapshot_has_every_list() {
    let fixes = json!({ "fixes": [], "cuts": [], "proven": false, "open": [] });
    let attack = json!({ "paths": [], "choke_points": [], "smallest_fix": fixes, "posture": null });
    assert_eq!(
        scan(&Snapshot::default(), |_| {}),
        json!({
            "schema": "stance.scan/1", "coverage": [], "assets": [], "relations": [], "outcomes": [],
            "attack": attack,
        })
    );
}
