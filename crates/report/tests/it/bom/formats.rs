//! Both formats, read whole and held against the published schemas.

use std::path::Path;

use model::Snapshot;
use report::bom::{Bom, BomFormat, read, verify};
use serde_json::{Value as Json, json};

use super::support::{large, small};
use super::{FORMATS, options, render};

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
    insta::assert_snapshot!(render(&small(), BomFormat::CycloneDx), @r#"
    {
      "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
      "bomFormat": "CycloneDX",
      "specVersion": "1.7",
      "serialNumber": "urn:uuid:25b98782-a261-581f-86b5-06ec39e8ee61",
      "version": 1,
      "metadata": {
        "lifecycles": [
          {
            "phase": "pre-build"
          }
        ],
        "tools": {
          "components": [
            {
              "type": "application",
              "bom-ref": "tool:stance",
              "name": "Stance",
              "version": "0.1.0"
            }
          ]
        },
        "component": {
          "type": "application",
          "bom-ref": "scanned-folder",
          "name": "estate"
        }
      },
      "components": [
        {
          "type": "application",
          "bom-ref": "code.agent:triage",
          "name": "triage",
          "evidence": {
            "identity": [
              {
                "field": "name",
                "confidence": 1.0,
                "concludedValue": "triage",
                "methods": [
                  {
                    "technique": "source-code-analysis",
                    "confidence": 1.0
                  }
                ],
                "tools": [
                  "tool:stance"
                ]
              }
            ],
            "occurrences": [
              {
                "location": "desk/app.py",
                "line": 12,
                "symbol": "agent/triage"
              }
            ]
          },
          "properties": [
            {
              "name": "stance:class",
              "value": "agent"
            },
            {
              "name": "stance:framework",
              "value": "openai-agents"
            },
            {
              "name": "stance:kind",
              "value": "code.agent"
            },
            {
              "name": "stance:uses-model",
              "value": "model:openai/gpt-4.1"
            }
          ]
        },
        {
          "type": "application",
          "bom-ref": "code.application:desk",
          "name": "desk",
          "evidence": {
            "identity": [
              {
                "field": "name",
                "confidence": 1.0,
                "concludedValue": "desk",
                "methods": [
                  {
                    "technique": "manifest-analysis",
                    "confidence": 1.0
                  }
                ],
                "tools": [
                  "tool:stance"
                ]
              }
            ],
            "occurrences": [
              {
                "location": "desk/pyproject.toml",
                "line": 1,
                "symbol": "application"
              }
            ]
          },
          "properties": [
            {
              "name": "stance:class",
              "value": "source"
            },
            {
              "name": "stance:kind",
              "value": "code.application"
            },
            {
              "name": "stance:language",
              "value": "python"
            },
            {
              "name": "stance:path",
              "value": "desk"
            }
          ]
        },
        {
          "type": "machine-learning-model",
          "bom-ref": "model:openai/gpt-4.1",
          "supplier": {
            "name": "OpenAI"
          },
          "name": "gpt-4.1",
          "modelCard": {
            "modelParameters": {
              "task": "chat"
            }
          },
          "evidence": {
            "identity": [
              {
                "field": "name",
                "confidence": 1.0,
                "concludedValue": "gpt-4.1",
                "methods": [
                  {
                    "technique": "source-code-analysis",
                    "confidence": 1.0
                  }
                ],
                "tools": [
                  "tool:stance"
                ]
              }
            ],
            "occurrences": [
              {
                "location": "desk/app.py",
                "line": 9,
                "symbol": "model/openai/gpt-4.1"
              }
            ]
          },
          "properties": [
            {
              "name": "stance:class",
              "value": "model"
            },
            {
              "name": "stance:kind",
              "value": "code.model"
            },
            {
              "name": "stance:provider",
              "value": "openai"
            },
            {
              "name": "stance:temperature",
              "value": "0.2"
            }
          ]
        },
        {
          "type": "library",
          "bom-ref": "pkg:pypi/openai@1.99.0",
          "name": "openai",
          "version": "1.99.0",
          "hashes": [
            {
              "alg": "SHA-256",
              "content": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
            }
          ],
          "licenses": [
            {
              "expression": "Apache-2.0"
            }
          ],
          "purl": "pkg:pypi/openai@1.99.0",
          "evidence": {
            "identity": [
              {
                "field": "purl",
                "confidence": 1.0,
                "concludedValue": "pkg:pypi/openai@1.99.0",
                "methods": [
                  {
                    "technique": "manifest-analysis",
                    "confidence": 1.0
                  }
                ],
                "tools": [
                  "tool:stance"
                ]
              }
            ],
            "occurrences": [
              {
                "location": "desk/uv.lock",
                "line": 40,
                "symbol": "package/pypi/openai"
              }
            ]
          },
          "properties": [
            {
              "name": "stance:ai",
              "value": "true"
            },
            {
              "name": "stance:class",
              "value": "package"
            },
            {
              "name": "stance:ecosystem",
              "value": "pypi"
            },
            {
              "name": "stance:kind",
              "value": "code.package"
            }
          ]
        }
      ],
      "dependencies": [
        {
          "ref": "scanned-folder",
          "dependsOn": [
            "code.application:desk"
          ]
        },
        {
          "ref": "code.agent:triage",
          "dependsOn": [
            "model:openai/gpt-4.1"
          ]
        },
        {
          "ref": "code.application:desk",
          "dependsOn": [
            "code.agent:triage",
            "model:openai/gpt-4.1",
            "pkg:pypi/openai@1.99.0"
          ]
        },
        {
          "ref": "model:openai/gpt-4.1"
        },
        {
          "ref": "pkg:pypi/openai@1.99.0"
        }
      ],
      "compositions": [
        {
          "aggregate": "unknown",
          "assemblies": [
            "scanned-folder"
          ]
        }
      ]
    }
    "#);
}

#[test]
fn a_small_bill_in_spdx() {
    let bill = Bom::of(&small(), "estate").render(BomFormat::Spdx, &options(false));
    // The namespace is the same on every line.
    let document = bill.lines().find_map(|l| l.split_once("https://spdx.org/spdxdocs/stance-")).unwrap().1;
    let namespace = format!("https://spdx.org/spdxdocs/stance-{}", &document[..36]);
    insta::assert_snapshot!(bill.replace(&namespace, "urn:example"), @r#"
    {
      "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
      "@graph": [
        {
          "type": "CreationInfo",
          "@id": "_:creation",
          "specVersion": "3.0.1",
          "created": "1970-01-01T00:00:00Z",
          "createdBy": [
            "urn:example#agent:stance"
          ],
          "createdUsing": [
            "urn:example#tool:stance"
          ],
          "comment": "What the scanned material does not say is absent: no value is inferred or looked up. The time of creation is that of the build where one was given (SOURCE_DATE_EPOCH), else 1970-01-01T00:00:00Z, so that the same input gives the same bytes."
        },
        {
          "type": "SpdxDocument",
          "spdxId": "urn:example",
          "creationInfo": "_:creation",
          "name": "estate",
          "profileConformance": [
            "ai",
            "core",
            "extension",
            "simpleLicensing",
            "software"
          ],
          "dataLicense": "https://spdx.org/licenses/CC0-1.0",
          "rootElement": [
            "urn:example#bill-of-materials"
          ],
          "element": [
            "urn:example#agent:stance",
            "urn:example#tool:stance",
            "urn:example#bill-of-materials"
          ]
        },
        {
          "type": "software_Sbom",
          "spdxId": "urn:example#bill-of-materials",
          "creationInfo": "_:creation",
          "name": "estate",
          "software_sbomType": [
            "source"
          ],
          "profileConformance": [
            "ai",
            "core",
            "extension",
            "simpleLicensing",
            "software"
          ],
          "rootElement": [
            "urn:example#scanned-folder"
          ],
          "element": [
            "urn:example#scanned-folder",
            "urn:example#organization:OpenAI",
            "urn:example#code.agent:triage",
            "urn:example#code.application:desk",
            "urn:example#model:openai/gpt-4.1",
            "urn:example#pkg:pypi/openai@1.99.0",
            "urn:example#relationship/scanned-folder/contains/code.application:desk",
            "urn:example#relationship/code.agent:triage/uses-model/model:openai/gpt-4.1",
            "urn:example#relationship/code.application:desk/contains/code.agent:triage+model:openai/gpt-4.1",
            "urn:example#relationship/code.application:desk/imports/pkg:pypi/openai@1.99.0",
            "urn:example#license:Apache-2.0",
            "urn:example#relationship/code.agent:triage/hasDeclaredLicense/expandedlicensing_NoAssertionLicense",
            "urn:example#relationship/code.agent:triage/hasConcludedLicense/expandedlicensing_NoAssertionLicense",
            "urn:example#relationship/model:openai/gpt-4.1/hasDeclaredLicense/expandedlicensing_NoAssertionLicense",
            "urn:example#relationship/model:openai/gpt-4.1/hasConcludedLicense/expandedlicensing_NoAssertionLicense",
            "urn:example#relationship/pkg:pypi/openai@1.99.0/hasDeclaredLicense/license:Apache-2.0"
          ]
        },
        {
          "type": "SoftwareAgent",
          "spdxId": "urn:example#agent:stance",
          "creationInfo": "_:creation",
          "name": "Stance"
        },
        {
          "type": "Tool",
          "spdxId": "urn:example#tool:stance",
          "creationInfo": "_:creation",
          "name": "Stance",
          "description": "0.1.0"
        },
        {
          "type": "software_Package",
          "spdxId": "urn:example#scanned-folder",
          "creationInfo": "_:creation",
          "name": "estate",
          "software_primaryPurpose": "application"
        },
        {
          "type": "Organization",
          "spdxId": "urn:example#organization:OpenAI",
          "creationInfo": "_:creation",
          "name": "OpenAI"
        },
        {
          "type": "ai_AIPackage",
          "spdxId": "urn:example#code.agent:triage",
          "creationInfo": "_:creation",
          "name": "triage",
          "software_primaryPurpose": "application",
          "extension": [
            {
              "type": "extension_CdxPropertiesExtension",
              "extension_cdxProperty": [
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:class",
                  "extension_cdxPropValue": "agent"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:framework",
                  "extension_cdxPropValue": "openai-agents"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:kind",
                  "extension_cdxPropValue": "code.agent"
                }
              ]
            }
          ]
        },
        {
          "type": "software_Package",
          "spdxId": "urn:example#code.application:desk",
          "creationInfo": "_:creation",
          "name": "desk",
          "software_primaryPurpose": "application",
          "extension": [
            {
              "type": "extension_CdxPropertiesExtension",
              "extension_cdxProperty": [
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:class",
                  "extension_cdxPropValue": "source"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:kind",
                  "extension_cdxPropValue": "code.application"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:language",
                  "extension_cdxPropValue": "python"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:path",
                  "extension_cdxPropValue": "desk"
                }
              ]
            }
          ]
        },
        {
          "type": "ai_AIPackage",
          "spdxId": "urn:example#model:openai/gpt-4.1",
          "creationInfo": "_:creation",
          "name": "gpt-4.1",
          "software_primaryPurpose": "model",
          "suppliedBy": "urn:example#organization:OpenAI",
          "ai_informationAboutApplication": "chat",
          "extension": [
            {
              "type": "extension_CdxPropertiesExtension",
              "extension_cdxProperty": [
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:class",
                  "extension_cdxPropValue": "model"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:kind",
                  "extension_cdxPropValue": "code.model"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:provider",
                  "extension_cdxPropValue": "openai"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:temperature",
                  "extension_cdxPropValue": "0.2"
                }
              ]
            }
          ]
        },
        {
          "type": "software_Package",
          "spdxId": "urn:example#pkg:pypi/openai@1.99.0",
          "creationInfo": "_:creation",
          "name": "openai",
          "software_primaryPurpose": "library",
          "software_packageVersion": "1.99.0",
          "software_packageUrl": "pkg:pypi/openai@1.99.0",
          "verifiedUsing": [
            {
              "type": "Hash",
              "algorithm": "sha256",
              "hashValue": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
            }
          ],
          "externalIdentifier": [
            {
              "type": "ExternalIdentifier",
              "externalIdentifierType": "packageUrl",
              "identifier": "pkg:pypi/openai@1.99.0"
            }
          ],
          "extension": [
            {
              "type": "extension_CdxPropertiesExtension",
              "extension_cdxProperty": [
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:ai",
                  "extension_cdxPropValue": "true"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:class",
                  "extension_cdxPropValue": "package"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:ecosystem",
                  "extension_cdxPropValue": "pypi"
                },
                {
                  "type": "extension_CdxPropertyEntry",
                  "extension_cdxPropName": "stance:kind",
                  "extension_cdxPropValue": "code.package"
                }
              ]
            }
          ]
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/scanned-folder/contains/code.application:desk",
          "creationInfo": "_:creation",
          "from": "urn:example#scanned-folder",
          "relationshipType": "contains",
          "to": [
            "urn:example#code.application:desk"
          ]
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/code.agent:triage/uses-model/model:openai/gpt-4.1",
          "creationInfo": "_:creation",
          "description": "uses-model",
          "from": "urn:example#code.agent:triage",
          "relationshipType": "dependsOn",
          "to": [
            "urn:example#model:openai/gpt-4.1"
          ]
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/code.application:desk/contains/code.agent:triage+model:openai/gpt-4.1",
          "creationInfo": "_:creation",
          "description": "contains",
          "from": "urn:example#code.application:desk",
          "relationshipType": "contains",
          "to": [
            "urn:example#code.agent:triage",
            "urn:example#model:openai/gpt-4.1"
          ]
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/code.application:desk/imports/pkg:pypi/openai@1.99.0",
          "creationInfo": "_:creation",
          "description": "imports",
          "from": "urn:example#code.application:desk",
          "relationshipType": "dependsOn",
          "to": [
            "urn:example#pkg:pypi/openai@1.99.0"
          ]
        },
        {
          "type": "simplelicensing_LicenseExpression",
          "spdxId": "urn:example#license:Apache-2.0",
          "creationInfo": "_:creation",
          "simplelicensing_licenseExpression": "Apache-2.0"
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/code.agent:triage/hasDeclaredLicense/expandedlicensing_NoAssertionLicense",
          "creationInfo": "_:creation",
          "from": "urn:example#code.agent:triage",
          "relationshipType": "hasDeclaredLicense",
          "to": [
            "expandedlicensing_NoAssertionLicense"
          ]
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/code.agent:triage/hasConcludedLicense/expandedlicensing_NoAssertionLicense",
          "creationInfo": "_:creation",
          "from": "urn:example#code.agent:triage",
          "relationshipType": "hasConcludedLicense",
          "to": [
            "expandedlicensing_NoAssertionLicense"
          ]
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/model:openai/gpt-4.1/hasDeclaredLicense/expandedlicensing_NoAssertionLicense",
          "creationInfo": "_:creation",
          "from": "urn:example#model:openai/gpt-4.1",
          "relationshipType": "hasDeclaredLicense",
          "to": [
            "expandedlicensing_NoAssertionLicense"
          ]
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/model:openai/gpt-4.1/hasConcludedLicense/expandedlicensing_NoAssertionLicense",
          "creationInfo": "_:creation",
          "from": "urn:example#model:openai/gpt-4.1",
          "relationshipType": "hasConcludedLicense",
          "to": [
            "expandedlicensing_NoAssertionLicense"
          ]
        },
        {
          "type": "Relationship",
          "spdxId": "urn:example#relationship/pkg:pypi/openai@1.99.0/hasDeclaredLicense/license:Apache-2.0",
          "creationInfo": "_:creation",
          "from": "urn:example#pkg:pypi/openai@1.99.0",
          "relationshipType": "hasDeclaredLicense",
          "to": [
            "urn:example#license:Apache-2.0"
          ]
        }
      ]
    }
    "#);
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
