//! Bills of materials: what is listed, in both formats, and what holds of every bill.

mod comparing;
mod formats;
mod support;

use model::{Class, Evidence, Position, Snapshot};
use report::bom::{Bom, BomFormat, BomOptions, Root};
use serde_json::json;

use support::{large, small};

const FORMATS: [BomFormat; 2] = [BomFormat::CycloneDx, BomFormat::Spdx];

fn options(evidence: bool) -> BomOptions<'static> {
    BomOptions { evidence, tool_version: "0.1.0", created: "1970-01-01T00:00:00Z" }
}

fn render(snapshot: &Snapshot, format: BomFormat) -> String {
    Bom::of(snapshot, "estate").render(format, &options(true))
}

fn references(bom: &Bom) -> Vec<&str> {
    bom.things.iter().map(|t| t.reference.as_str()).collect()
}

#[test]
fn every_thing_is_listed_once() {
    insta::assert_snapshot!(references(&Bom::of(&large(), "estate")).join("\n"), @"
    agents.client:Cursor
    aws.bedrock.agent:claims
    aws.bedrock.agent:returns
    azure.cognitive-services.account:desk
    azure.cognitive-services.deployment:chat
    azure.cognitive-services.project:desk
    azure.container-apps.app:ca-desk
    azure.machine-learning.registry:models
    azure.search.service:index
    azure.storage.account:articles
    code.agent-tool:refund
    code.agent:triage
    code.application:desk
    code.feature-store:feast
    code.guardrail:pii
    code.knowledge-base:help
    code.mcp-server:desk
    code.notebook:eval
    code.pipeline:nightly
    code.training-job:tune
    code.vector-store:articles
    containers.dockerfile.image:desk
    dataset:huggingface/rajpurkar/squad
    mcp-server:npm/@example/files
    model-file:sha256/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    model:anthropic/claude-3-haiku-20240307@v1:0
    model:example-org/router@A1b2
    model:openai/gpt-4.1
    model:openai/gpt-4.1@2025-04-14
    pkg:docker/desk@1.4?repository_url=desk.azurecr.io
    pkg:docker/python@3.13-slim
    pkg:npm/%40example/files@1.2.3
    pkg:pypi/openai@1.99.0
    prompt:sha256/9f86d081884c7d65
    service:openai
    vector-store:qdrant/q.example/orders
    ");
}

#[test]
fn what_is_no_component_is_not_listed() {
    let bom = Bom::of(&large(), "estate");
    let names: Vec<&str> = bom.things.iter().map(|t| t.name.as_str()).collect();
    for name in ["OpenAI key", "aws_log.this", "web-site"] {
        assert!(!names.contains(&name), "a key, a setting, a workload that has to do with no AI: {name}");
    }
    for format in FORMATS {
        let text = render(&large(), format);
        for secret in ["zz9Q", "api_key=abc", "Be brief."] {
            assert!(!text.contains(secret), "{secret} is in {format:?}");
        }
    }
}

#[test]
fn a_service_in_code_is_the_resource_with_its_host() {
    let bom = Bom::of(&large(), "estate");
    let account = bom.thing("azure.cognitive-services.account:desk").unwrap();
    let places: Vec<&str> = account.occurrences.iter().map(|o| o.path.as_str()).collect();
    assert_eq!(places, ["desk/app.py", "infra/main.tf"]);
    assert_eq!(account.authenticated, Some(true), "the code gives a key");
    assert!(!references(&bom).iter().any(|r| r.starts_with("service:azure-openai")));
}

#[test]
fn two_resources_with_one_host_are_not_joined() {
    let mut snapshot = large();
    let account = |a: &&model::Asset| &*a.kind == "azure.cognitive-services.account";
    let mut twin = snapshot.assets.iter().find(account).unwrap().clone();
    twin.id = model::AssetId("other#azurerm_cognitive_account.desk".into());
    snapshot.assets.push(twin);
    let bom = Bom::of(&snapshot, "estate");
    assert!(bom.thing("service:azure-openai/desk.openai.azure.com").is_some(), "what fits two fits neither");
}

#[test]
fn a_service_is_known_by_its_address_and_not_by_the_sdk_alone() {
    for (document, reference, supplier) in [
        (json!({ "provider": "openai" }), "service:openai", Some("OpenAI")),
        (
            json!({ "provider": "openai", "endpoint": "https://api.openai.com/v1" }),
            "service:openai",
            Some("OpenAI"),
        ),
        (
            json!({ "provider": "openai", "endpoint": "https://openrouter.ai/api/v1" }),
            "service:openrouter",
            Some("OpenRouter"),
        ),
        (
            json!({ "provider": "openai", "endpoint": "http://localhost:11434/v1" }),
            "service:openai/localhost",
            None,
        ),
        (
            json!({ "provider": "openai", "endpoint": "https://llm.example/v1" }),
            "service:openai/llm.example",
            None,
        ),
        (
            json!({ "provider": "bedrock", "region": "eu-central-1" }),
            "service:bedrock/eu-central-1",
            Some("Amazon Web Services"),
        ),
        (
            json!({ "provider": "azure-openai", "host": "a.openai.azure.com" }),
            "service:azure-openai/a.openai.azure.com",
            Some("Microsoft Azure"),
        ),
    ] {
        let mut asset =
            support::asset(Class::AiService, "code.ai-service", "", "service/x/", "a.py:1", &document);
        asset.name.clear();
        let bom = Bom::of(&Snapshot { assets: vec![asset], ..Snapshot::default() }, "x");
        assert_eq!(
            (bom.things[0].reference.as_str(), bom.things[0].supplier.as_deref()),
            (reference, supplier),
            "{document}"
        );
        assert_eq!(bom.things[0].name, "x", "what has no name is called as its address calls it");
    }
}

#[test]
fn a_model_in_a_folder_is_one_of_its_application_only() {
    let document = json!({ "provider": "transformers", "name": "./models/own" });
    let own = |scope| support::asset(Class::Model, "code.model", scope, "model/own", "a.py:1", &document);
    let server = json!({ "arguments": { "model": "/mnt/models" } });
    let server = support::asset(
        Class::ModelDeployment,
        "self-hosted.inference.vllm",
        "c",
        "vllm",
        "c.yaml:1",
        &server,
    );
    let bom = Bom::of(&Snapshot { assets: vec![own("a"), own("b"), server], ..Snapshot::default() }, "x");
    let models = bom.things.iter().filter(|t| t.class == Class::Model);
    assert_eq!(models.map(|t| t.name.as_str()).collect::<Vec<_>>(), ["./models/own", "./models/own"]);
}

#[test]
fn order_does_not_matter() {
    let mut turned = large();
    turned.assets.reverse();
    turned.relations.reverse();
    let mut dealt = large();
    dealt.assets.sort_by_key(|a| (a.name.len(), a.kind.len(), a.id.0.chars().next_back()));
    dealt.relations.sort_by_key(|r| (r.to.0.len(), r.from.0.len()));
    for format in FORMATS {
        let text = render(&large(), format);
        assert_eq!(text, render(&turned, format), "{format:?}");
        assert_eq!(text, render(&dealt, format), "{format:?}");
    }
}

#[test]
fn renaming_files_changes_nothing_but_the_places() {
    let mut renamed = large();
    for asset in &mut renamed.assets {
        for evidence in &mut asset.evidence {
            let Evidence::Source(place) = evidence else { continue };
            let path = format!("moved/{}", place.path.replace('.', "_x."));
            *place = Position::point(path.into(), place.line + 7, place.column);
        }
        // Where the scope of a dialect is its file, the ids follow.
        if asset.scope.ends_with(".yaml") {
            asset.scope = format!("new-{}", asset.scope).into();
            asset.id = model::AssetId(format!("{}#{}", asset.scope, asset.address).into());
        }
    }
    renamed.assets.sort_by(|a, b| a.id.cmp(&b.id));
    let bare = |snapshot: &Snapshot, format| Bom::of(snapshot, "estate").render(format, &options(false));
    for format in FORMATS {
        assert_eq!(bare(&large(), format), bare(&renamed, format), "{format:?}");
        assert_ne!(render(&large(), format), render(&renamed, format), "the places are evidence");
    }
}

#[test]
fn a_workload_has_what_it_depends_on_and_no_more() {
    let bom = Bom::of(&large(), "estate");
    let files: Vec<String> =
        bom.workload_files().into_iter().map(|(file, t)| format!("{file} {}", t.class)).collect();
    insta::assert_snapshot!(files.join("\n"), @"
    claims agent
    returns agent
    ca-desk workload
    desk source
    ");
    let app = bom.of_workload("azure.container-apps.app:ca-desk");
    assert_eq!(app.root, Root::Thing("azure.container-apps.app:ca-desk".into()));
    insta::assert_snapshot!(references(&app).join("\n"), @"
    azure.cognitive-services.account:desk
    azure.cognitive-services.deployment:chat
    azure.container-apps.app:ca-desk
    model:openai/gpt-4.1@2025-04-14
    pkg:docker/desk@1.4?repository_url=desk.azurecr.io
    ");
    let desk = bom.workloads().into_iter().find(|t| t.class == Class::Source).unwrap();
    let desk = bom.of_workload(&desk.reference);
    assert!(desk.thing("code.agent:triage").is_some() && desk.thing("aws.bedrock.agent:claims").is_none());
}

#[test]
fn workloads_of_one_name_get_files_of_their_own() {
    let mut snapshot = small();
    for scope in ["a", "b"] {
        let document = serde_json::json!({ "name": "Desk!" });
        snapshot.assets.push(support::asset(
            Class::Agent,
            "aws.bedrock.agent",
            scope,
            "Agent",
            "a.yaml:1",
            &document,
        ));
    }
    let bom = Bom::of(&snapshot, "estate");
    let files: Vec<String> = bom.workload_files().into_iter().map(|(file, _)| file).collect();
    assert_eq!(files, ["desk", "desk-agent", "desk-application"]);
}
