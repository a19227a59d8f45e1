//! The queries of the catalogue on the example estate: what each must find there, read off the estate's own files.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::{Catalog, Constant};
use engine::{Exceptions, Request, Survey};
use graph::query::estate::Assets;
use graph::query::{Answer, Limits, Parameters, PropertyGraph as _, Query, Value};

struct Asked {
    catalog: Catalog,
    survey: Survey,
}

impl Asked {
    fn of(root: std::path::PathBuf) -> Asked {
        let catalog = Catalog::embedded();
        let exceptions = Exceptions { declared: Vec::new(), today: "2027-01-15".to_owned() };
        let request = Request { root, exceptions, ..Request::default() };
        let survey = engine::survey(&request, &catalog).unwrap();
        Asked { catalog, survey }
    }

    fn estate() -> Asked {
        Asked::of(std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/estate"))
    }

    fn ask(&self, text: &str, parameters: &Parameters) -> Vec<BTreeMap<Arc<str>, String>> {
        let estate = graph::Estate { graph: &self.survey.graph, catalog: &self.catalog, today: None };
        let assets = Assets::new(estate, &self.survey.outcomes, &self.survey.derived);
        let query = Query::parse(text).unwrap_or_else(|mistake| panic!("{mistake}"));
        let Answer { columns, rows, .. } = query
            .run(&assets, parameters, &Limits::default())
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        let table = assets.table();
        let row = |row: Vec<Value>| {
            let told = row.iter().map(|value| value.shown(table).to_string());
            columns.iter().cloned().zip(told).collect()
        };
        rows.into_iter().map(row).collect()
    }

    fn template(&self, name: &str) -> Vec<BTreeMap<Arc<str>, String>> {
        let card = self.catalog.query(name).unwrap_or_else(|| panic!("no template {name}"));
        let parameters = card.parameters.iter().map(|p| (p.name.text.clone(), of_constant(&p.default)));
        self.ask(&card.cypher, &parameters.collect())
    }
}

fn of_constant(constant: &Constant) -> Value {
    match constant {
        Constant::Null => Value::Null,
        Constant::Bool(truth) => Value::Boolean(*truth),
        Constant::Int(number) => Value::Integer(*number),
        Constant::Float(number) => Value::Float(*number),
        Constant::Text(text) => Value::Text(text.clone()),
        Constant::List(items) => Value::list(items.iter().map(of_constant).collect()).unwrap(),
        Constant::Map(_) => panic!("no template takes a map"),
    }
}

fn one(row: &BTreeMap<Arc<str>, String>, cells: &[(&str, &str)]) -> bool {
    cells.iter().all(|(column, part)| row.get(*column).is_some_and(|text| text.contains(part)))
}

/// Each template with one row that the estate gives: parts of its cells.
const EXPECTED: [(&str, &[(&str, &str)]); 17] = [
    ("across-configurations", &[("from", "evaluate"), ("to", "azure-openai"), ("step", "HAS_KEY_OF")]),
    ("agents-misled", &[("agent", "Claude Code"), ("tool", "files"), ("misled_by", "instructions")]),
    ("attack-paths", &[("risk", "high"), ("target", "model-use"), ("target_asset", "vllm")]),
    ("choke-assets", &[("asset", "vllm"), ("targets", "model-use")]),
    (
        "ci-to-cloud",
        &[("pipeline", "evaluate"), ("reaches", "contracts-prod-foundry"), ("how", "HAS_KEY_OF")],
    ),
    ("conditions-to-settle", &[("condition", "s3:ExistingObjectTag/SageMaker is true")]),
    (
        "exposed-key-auth",
        &[("name", "contracts-prod-foundry"), ("file", "document-assistant/modules/foundry.bicep")],
    ),
    (
        "findings-on-paths",
        &[("check", "self-hosted-inference-exposed-without-authentication"), ("risk", "high")],
    ),
    ("from-a-workload", &[("from", "vllm"), ("to", "qdrant"), ("levels", "read")]),
    ("grounded-on-sensitive-data", &[("data", "contracts-prod-search"), ("wanted_as", "sensitive-data")]),
    (
        "internet-to-data",
        &[("data", "northwind-support-articles"), ("entry", "internet"), ("way", "reads the objects of")],
    ),
    ("leaked-keys", &[("key", "Password in a database address"), ("line", "8")]),
    ("mcp-servers-that-execute", &[("server", "files"), ("over", "Claude Code")]),
    ("models-without-guardrail-reached", &[("name", "vllm"), ("entries", "internet")]),
    ("who-can-change-guardrails", &[("on", "manuals"), ("who", "id-retrieval-chat-app")]),
    ("who-can-read-prompts", &[("holds", "log-retrieval-chat"), ("who", "id-retrieval-chat-app")]),
    ("who-can-write-training-data", &[("data", "handbook"), ("who", "AgentRole")]),
];

#[test]
fn templates_over_steps_find_what_the_estate_has() {
    let asked = Asked::estate();
    for (name, cells) in EXPECTED {
        let rows = asked.template(name);
        assert!(rows.iter().any(|row| one(row, cells)), "{name}: {cells:?} is not in {rows:#?}");
    }
    // The others run too, whatever they find.
    for card in &asked.catalog.queries {
        asked.template(&card.query);
    }
}

/// Every step says what it is, how sure it is, and where that was read.
#[test]
fn steps_say_what_they_rest_on() {
    let asked = Asked::estate();
    let steps = "CAN_REACH|CAN_USE|CAN_EXECUTE|CAN_CONTROL|CAN_READ|CAN_WRITE|HAS_KEY_OF";
    let none = Parameters::new();
    let count = |condition: &str| {
        let rows =
            asked.ask(&format!("MATCH (a)-[r:{steps}]->(b) WHERE {condition} RETURN count(*) AS n"), &none);
        rows[0]["n"].parse::<u64>().unwrap()
    };
    assert!(count("true") > 300);
    assert_eq!(
        count("r.technique IS NULL OR r.title IS NULL OR r.verdict IS NULL OR r.likelihood IS NULL"),
        0
    );
    assert_eq!(count("NOT r.level IN r.brings"), 0);
    assert_eq!(count("r.verdict = 'allowed' AND r.conditions IS NOT NULL"), 0);
    assert_eq!(count("r.verdict <> 'allowed' AND r.conditions IS NULL"), 0);
    assert_eq!(count("a:Entry AND r.level_from IS NOT NULL OR a:Asset AND r.level_from IS NULL"), 0);
    assert_eq!(count("r.file IS NULL"), 0, "a step without a place");
}

/// Paths of the graph are those of the search: each begins, passes every step and ends.
#[test]
fn paths_begin_pass_and_end() {
    let asked = Asked::estate();
    let text = "MATCH (e:Entry)<-[:BEGINS_AT]-(p:AttackPath)-[r:ENDS_AT]->(t:Target) \
                MATCH (p)-[s:PASSES]->(a) \
                WITH p, e, t, count(s) AS passed, max(s.step) AS last \
                RETURN p.id AS id, p.steps = passed AND last = passed AND e.entry = p.entry AND p.target IN t.wanted_as AS right";
    let rows = asked.ask(text, &Parameters::new());
    assert!(rows.len() > 10, "{rows:?}");
    assert!(rows.iter().all(|row| row["right"] == "true"), "{rows:?}");
    let risks = asked.survey.outcomes.iter().filter_map(|o| o.risk.as_ref()).filter(|r| !r.paths.is_empty());
    let told =
        asked.ask("MATCH (f:Finding)-[:ON_PATH]->() RETURN count(DISTINCT f) AS n", &Parameters::new());
    assert_eq!(told[0]["n"], risks.count().to_string());
}

/// A function whose role may attach any policy to itself owns the account.
#[test]
fn ways_to_administration_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"
data "aws_caller_identity" "me" {}
resource "aws_iam_role" "fn" {
  name               = "fn"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy" "all" {
  role   = aws_iam_role.fn.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
resource "aws_lambda_function" "fn" {
  function_name = "fn"
  role          = aws_iam_role.fn.arn
  filename      = "fn.zip"
  handler       = "fn.run"
  runtime       = "python3.12"
}
"#;
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let rows = Asked::of(folder.path().to_owned()).template("ways-to-administration");
    for (who, steps) in [("identity", "1"), ("workload", "2")] {
        assert!(rows.iter().any(|row| one(row, &[("class", who), ("steps", steps)])), "{who}: {rows:#?}");
    }
}
