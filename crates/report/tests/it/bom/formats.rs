//! Both formats, read whole and held against the published schemas.

use std::path::Path;

use model::Snapshot;
use report::bom::{Bom, BomFormat, read, verify};
use serde_json::{Value as Json, json};

use super::support::{large, small};
use super::{FORMATS, options, render};

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn schema(name: &str) -> Option<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/schemas").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(_) => {
            eprintln!("skipped: no schema at {}", path.display());
            None
        }
    }
}

/// Every bill that can be made of the large estate, and of nothing.
fn bills() -> Vec<Bom> {
    let whole = Bom::of(&large(), "estate");
    let mut bills: Vec<Bom> = whole.workloads().iter().map(|t| whole.of_workload(&t.reference)).collect();
    bills.extend([whole, Bom::of(&small(), "desk"), Bom::of(&Snapshot::default(), "nothing")]);
    bills
}

fn hold(validator: &jsonschema::Validator, format: BomFormat) {
    for bom in bills() {
        for evidence in [true, false] {
            let bill: Json = serde_json::from_str(&bom.render(format, &options(evidence))).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&bill).map(|e| format!("{e} at {}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{:?}: {errors:#?}", bom.root);
        }
    }
}

#[test]
fn cyclonedx_meets_the_published_schema() {
    let Some(main) = schema("cyclonedx/bom-1.7.schema.json") else { return };
    let mut registry = jsonschema::Registry::new();
    for part in ["spdx", "jsf-0.82", "cryptography-defs"] {
        let part = schema(&format!("cyclonedx/{part}.schema.json")).unwrap();
        let id = part["$id"].as_str().unwrap().to_owned();
        registry = registry.add(id, part).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let validator = jsonschema::options().with_registry(&registry).build(&main).unwrap();
    hold(&validator, BomFormat::CycloneDx);
    assert!(
        !validator.is_valid(&json!({ "bomFormat": "CycloneDX", "specVersion": "1.7", "components": [{}] }))
    );
}

#[test]
fn spdx_meets_the_published_schema() {
    let Some(main) = schema("spdx/spdx-json-schema-3.0.1.json") else { return };
    let validator = jsonschema::validator_for(&main).unwrap();
    hold(&validator, BomFormat::Spdx);
    assert!(!validator.is_valid(&json!({ "@context": "x", "@graph": [] })), "the schema accepts anything");
}

#[test]
fn every_bill_holds_together_and_has_the_number_of_its_content() {
    for format in FORMATS {
        for bom in bills() {
            let text = bom.render(format, &options(true));
            let verified = verify(&read(&text).unwrap(), &text);
            assert_eq!(
                (verified.problems, verified.unchanged),
                (vec![], Some(true)),
                "{format:?} {:?}",
                bom.root
            );
            assert!(text.ends_with("}\n"));
        }
    }
}

/// SPDX 3.0.1, profiles AI and Dataset: each such package has one declared and one concluded licence.
#[test]
fn what_the_profiles_demand_is_there() {
    let bill: Json = serde_json::from_str(&render(&large(), BomFormat::Spdx)).unwrap();
    let graph = bill["@graph"].as_array().unwrap();
    let packages =
        graph.iter().filter(|e| e["type"] == "ai_AIPackage" || e["type"] == "dataset_DatasetPackage");
    let mut count = 0;
    for package in packages {
        count += 1;
        for kind in ["hasDeclaredLicense", "hasConcludedLicense"] {
            let of = |e: &&Json| e["relationshipType"] == kind && e["from"] == package["spdxId"];
            assert_eq!(graph.iter().filter(of).count(), 1, "{kind} of {}", package["name"]);
        }
    }
    assert!(count > 5, "{count}");
}

#[test]
fn a_small_bill_in_cyclonedx() {
    insta::assert_snapshot!("small_cyclonedx", render(&small(), BomFormat::CycloneDx));
}

#[test]
fn a_small_bill_in_spdx() {
    let bill = Bom::of(&small(), "estate").render(BomFormat::Spdx, &options(false));
    // The namespace is the same on every line.
    let document = bill.lines().find_map(|l| l.split_once("https://spdx.org/spdxdocs/stance-")).unwrap().1;
    let namespace = format!("https://spdx.org/spdxdocs/stance-{}", &document[..36]);
    insta::assert_snapshot!("small_spdx", bill.replace(&namespace, "urn:example"));
}

#[test]
fn a_trained_model_has_its_card_and_its_formula() {
    let bill: Json = serde_json::from_str(&render(&large(), BomFormat::CycloneDx)).unwrap();
    let component =
        |name: &str| bill["components"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap();
    let router = component("router");
    assert_eq!(router["purl"], "pkg:huggingface/example-org/router@a1b2");
    assert_eq!(
        router["modelCard"]["modelParameters"],
        json!({ "task": "text-classification", "datasets": [{ "ref": "dataset:huggingface/rajpurkar/squad" }] })
    );
    assert_eq!(component("claude-3-haiku-20240307")["modelCard"], Json::Null, "nothing is known of it");
    let workflow = &bill["formulation"][0]["workflows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|w| w["name"] == "tune")
        .unwrap();
    assert_eq!(workflow["outputs"], json!([{ "resource": { "ref": "model:example-org/router@A1b2" } }]));
    assert_eq!(bill["compositions"][0]["aggregate"], "incomplete", "a file could not be read whole");
    let files = component("@example/files");
    assert_eq!(files["hashes"], json!([{ "alg": "SHA-256", "content": super::support::DIGEST }]));
}
