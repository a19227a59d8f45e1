use std::path::Path;

use model::{Class, Node, Position, Snapshot, Value};
use report::{Format, render};
use serde_json::{Value as Json, json};

use crate::estate::{files, options, snapshot};

fn log(snapshot: &Snapshot) -> Json {
    let files = files();
    let mut options = options(&files);
    options.all = true;
    serde_json::from_str(&render(snapshot, Format::Sarif, &options)).unwrap()
}

fn result<'a>(log: &'a Json, check: &str) -> &'a Json {
    let results = log["runs"][0]["results"].as_array().unwrap();
    results.iter().find(|r| r["ruleId"] == check).unwrap()
}

#[test]
fn the_log_meets_the_published_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/schemas/sarif/sarif-schema-2.1.0.json");
    let Ok(schema) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: the SARIF schema is not at {}", path.display());
        return;
    };
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let mut without_places = snapshot();
    without_places.assets.clear();
    without_places.outcomes.iter_mut().for_each(|o| o.evidence.clear());
    let mut with_flow = snapshot();
    with_flow.assets.iter_mut().for_each(|asset| {
        asset.class = Class::DataFlow;
        let at = Position::point("app.py".into(), 3, 1);
        let step = Node::from(Value::map([("says".into(), Node::from("it goes"))].into())).at(at.into());
        asset.document = Value::map([("steps".into(), Value::list(vec![step]).into())].into()).into();
    });
    for snapshot in [snapshot(), with_flow, without_places, crate::paths::attacked(), Snapshot::default()] {
        let log = log(&snapshot);
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    assert!(!validator.is_valid(&json!({ "version": "2.1.0" })), "the schema accepts anything");
}

#[test]
fn the_way_of_data_is_a_code_flow() {
    let mut snapshot = snapshot();
    let check = "azure-cognitive-services-open-to-internet";
    let id = snapshot.outcomes.iter().find(|o| &*o.check == check).unwrap().asset.clone();
    let asset = snapshot.assets.iter_mut().find(|a| a.id == id).unwrap();
    asset.class = Class::DataFlow;
    let step = |says: &str, line| {
        let at = Position::point("app.py".into(), line, 1);
        Node::from(Value::map([("says".into(), Node::from(says))].into())).at(at.into())
    };
    let steps = Node::from(Value::list(vec![step("a model writes it", 3), step("run by [x](y)", 9)]));
    asset.document = Value::map([("steps".into(), steps)].into()).into();
    let log = log(&snapshot);
    let steps = &result(&log, check)["codeFlows"][0]["threadFlows"][0]["locations"];
    let told = |step: &Json| {
        let location = &step["location"];
        let line = &location["physicalLocation"]["region"]["startLine"];
        format!("{} {}", line, location["message"]["text"].as_str().unwrap())
    };
    let told: Vec<String> = steps.as_array().unwrap().iter().map(told).collect();
    assert_eq!(told, ["3 a model writes it", "9 run by [x\\](y)"]);
}

#[test]
fn a_fault_has_its_place_its_trail_and_its_identity() {
    let log = log(&snapshot());
    let found = result(&log, "azure-cognitive-services-open-to-internet");
    assert_eq!((&found["kind"], &found["level"]), (&json!("fail"), &json!("error")));
    assert_eq!(
        found["locations"],
        json!([{
            "physicalLocation": {
                "artifactLocation": { "uri": "infra/ai/main.tf", "uriBaseId": "SRCROOT" },
                "region": { "startLine": 5, "startColumn": 3, "endLine": 5, "endColumn": 32 },
            },
            "logicalLocations": [{
                "fullyQualifiedName": "azurerm_cognitive_account.main", "name": "prod-openai", "kind": "resource",
            }],
        }])
    );
    assert_eq!(found["relatedLocations"][0]["message"]["text"], "value set here");
    assert_eq!(found["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 3);
    assert_eq!(
        found["partialFingerprints"]["stance/v1"],
        "6adfb4eb7244c3b23f2db4eed1681a3f176f4dc76de27e76ec89117dd5c9105b",
        "pinned: another value would make every known alert a new one"
    );
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][found["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!(
        (&rule["id"], &rule["name"]),
        (&found["ruleId"], &json!("AzureCognitiveServicesOpenToInternet"))
    );
    assert_eq!(
        rule["properties"],
        json!({ "security-severity": "9.5", "precision": "high", "sameAs": ["checkov:CKV_AZURE_134"],
            "tags": ["security", "ai", "mcsb-v2:NS-2", "mitre-atlas:AML.T0040"] })
    );
}

#[test]
fn scanned_text_makes_no_link() {
    let log = log(&snapshot());
    let text = result(&log, "azure-storage-public")["message"]["text"].as_str().unwrap();
    assert!(text.contains(r"[a\](https://example.com)"), "{text}");
}

#[test]
fn only_faults_have_a_level() {
    let log = log(&snapshot());
    for (check, kind, level) in [
        ("azure-cognitive-services-key-auth", "fail", "warning"),
        ("azure-cognitive-services-no-logs", "fail", "note"),
        ("azure-search-free-tier", "review", "none"),
        ("azure-cognitive-services-no-customer-key", "pass", "none"),
    ] {
        let found = result(&log, check);
        assert_eq!((&found["kind"], &found["level"]), (&json!(kind), &json!(level)), "{check}");
    }
}

#[test]
fn accepted_faults_are_suppressed_where_they_say_so() {
    let mut snapshot = snapshot();
    let found = |s: &Snapshot| result(&log(s), "azure-cognitive-services-no-logs")["suppressions"].clone();
    assert_eq!(
        found(&snapshot),
        json!([{
            "kind": "inSource", "status": "accepted", "justification": "the gateway logs every request",
            "properties": { "owner": "platform team", "expires": "2027-01-31", "place": "infra/ai/main.tf:1" },
        }])
    );
    for outcome in &mut snapshot.outcomes {
        outcome.suppressed.iter_mut().for_each(|s| s.place = "stance-exceptions.yaml:7".into());
    }
    assert_eq!(found(&snapshot)[0]["kind"], "external");
}

#[test]
fn incomplete_coverage_is_a_notification() {
    let log = log(&snapshot());
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    let notes = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notes.len(), 5, "one failed and four partial; skipped on purpose is none");
    assert_eq!((&notes[0]["level"], &notes[1]["level"]), (&json!("error"), &json!("warning")));
    assert_eq!(notes[0]["message"]["text"], "infra/old/broken.tf: block is not closed");
    assert_eq!(
        notes[0]["locations"][0]["physicalLocation"]["region"],
        json!({ "startLine": 9, "startColumn": 1, "endColumn": 1 })
    );
}
