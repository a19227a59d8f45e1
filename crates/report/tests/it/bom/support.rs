//! A support desk, built by hand: one application in code with an asset of every class, and what a cloud tells of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{
    Asset, AssetId, Class, Coverage, CoverageStatus, Evidence, Node, Position, Relation, Snapshot, Value,
};
use serde_json::{Value as Json, json};

pub(crate) const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A document as JSON says it.
pub(crate) fn node(json: &Json) -> Node {
    match json {
        Json::Null => Node::null(),
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => match number.as_i64() {
            Some(int) => int.into(),
            None => Value::Number(model::Number::from_f64(number.as_f64().unwrap()).unwrap()).into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => Value::list(items.iter().map(node).collect()).into(),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(k, v)| (Arc::from(k.as_str()), node(v)));
            Value::map(entries.collect::<BTreeMap<_, _>>()).into()
        }
    }
}

/// An asset of a scope, seen at a place `file:line`.
pub(crate) fn asset(
    class: Class,
    kind: &str,
    scope: &str,
    address: &str,
    place: &str,
    document: &Json,
) -> Asset {
    let (path, line) = place.rsplit_once(':').unwrap();
    let id = format!("{}#{address}", if scope.is_empty() { "." } else { scope });
    let named = |key: &str| document[key].as_str().map(str::to_owned);
    Asset {
        id: AssetId(id.into()),
        kind: kind.into(),
        class,
        name: named("name").or_else(|| named("Name")).unwrap_or_else(|| address.into()),
        address: address.into(),
        scope: scope.into(),
        source_type: kind.into(),
        aliases: Default::default(),
        document: node(document),
        evidence: vec![Evidence::Source(Position::point(path.into(), line.parse().unwrap(), 1))],
        sightings: Vec::new(),
    }
}

pub(crate) fn relation(from: &str, relation: &str, to: &str) -> Relation {
    Relation {
        from: AssetId(from.into()),
        relation: relation.into(),
        to: AssetId(to.into()),
        resolved: true,
        evidence: Vec::new(),
    }
}

/// The smallest bill that a reader can judge: an application, its agent, model and package.
pub(crate) fn small() -> Snapshot {
    let assets = vec![
        asset(
            Class::Source,
            "code.application",
            "desk",
            "application",
            "desk/pyproject.toml:1",
            &json!({ "name": "desk", "path": "desk", "languages": ["python"] }),
        ),
        asset(
            Class::Agent,
            "code.agent",
            "desk",
            "agent/triage",
            "desk/app.py:12",
            &json!({ "name": "triage", "framework": "openai-agents" }),
        ),
        asset(
            Class::Model,
            "code.model",
            "desk",
            "model/openai/gpt-4.1",
            "desk/app.py:9",
            &json!({ "provider": "openai", "name": "gpt-4.1", "purpose": "chat", "temperature": 0.2 }),
        ),
        asset(
            Class::Package,
            "code.package",
            "desk",
            "package/pypi/openai",
            "desk/uv.lock:40",
            &json!({
                "name": "openai", "version": "1.99.0", "ecosystem": "pypi", "purl": "pkg:pypi/openai@1.99.0",
                "ai": true, "licenses": ["Apache-2.0"], "hashes": [format!("sha256:{DIGEST}")],
            }),
        ),
    ];
    Snapshot {
        assets,
        relations: vec![
            relation("desk#agent/triage", "uses-model", "desk#model/openai/gpt-4.1"),
            relation("desk#application", "imports", "desk#package/pypi/openai"),
        ],
        ..Snapshot::default()
    }
}

/// An asset of every class that a bill lists, and of some that it does not.
pub(crate) fn large() -> Snapshot {
    use Class::*;
    let mut snapshot = small();
    let code = |class, address: &str, line: u32, document: &Json| {
        let kind = format!("code.{class}");
        asset(class, &kind, "desk", address, &format!("desk/app.py:{line}"), document)
    };
    snapshot.assets.extend([
        code(AiService, "service/azure-openai/desk.openai.azure.com", 7, &json!({
            "name": "azure-openai", "provider": "azure-openai", "endpoint": "https://desk.openai.azure.com",
            "host": "desk.openai.azure.com", "key": { "source": "environment", "name": "AZURE_OPENAI_API_KEY" },
        })),
        code(AiService, "service/openai", 8, &json!({ "name": "openai", "provider": "openai" })),
        code(AgentTool, "tool/refund", 20, &json!({ "name": "refund", "description": "Pays back.", "reaches": [{ "kind": "sql" }] })),
        code(Prompt, "prompt/9f86d081", 11, &json!({ "name": "triage instructions", "role": "system", "text": "Be brief.", "sha256": DIGEST })),
        code(Guardrail, "guardrail/pii", 30, &json!({ "name": "pii", "provider": "presidio" })),
        code(VectorStore, "vector-store/chroma/articles", 31, &json!({ "name": "articles", "provider": "chroma", "collection": "articles", "path": "data/chroma" })),
        code(VectorStore, "vector-store/qdrant/orders", 32, &json!({ "name": "orders", "provider": "qdrant", "collection": "orders", "endpoint": "https://q.example:6333?api_key=abc" })),
        code(Dataset, "dataset/huggingface/squad", 33, &json!({ "name": "rajpurkar/squad", "provider": "huggingface", "url": "https://huggingface.co/datasets/rajpurkar/squad" })),
        code(KnowledgeBase, "knowledge-base/help", 34, &json!({ "name": "help" })),
        code(FeatureStore, "feature-store/feast", 35, &json!({ "name": "feast" })),
        code(TrainingJob, "training-job/tune", 36, &json!({ "name": "tune", "framework": "transformers" })),
        code(Pipeline, "pipeline/nightly", 37, &json!({ "name": "nightly" })),
        code(Model, "model/huggingface/example-org/router", 38, &json!({ "provider": "huggingface", "name": "example-org/router", "revision": "A1b2", "key": { "source": "environment" }, "purpose": "text-classification" })),
        code(McpServer, "mcp-server/desk", 39, &json!({ "name": "desk", "transport": "http", "authenticated": false, "tools": [{ "name": "lookup" }, { "name": "close" }] })),
        code(Notebook, "notebook/eval", 1, &json!({ "name": "eval" })),
        asset(ModelFile, "scan.model-file", "desk", "model-file/router", "desk/router.safetensors:1", &json!({ "name": "router.safetensors", "sha256": DIGEST })),
        asset(McpClient, "agents.client", "desk", "client/cursor", "desk/.cursor/mcp.json:1", &json!({ "name": "Cursor", "product": "cursor", "file": ".cursor/mcp.json" })),
        asset(McpServer, "agents.mcp-server", "desk", "mcp-server/cursor/files", "desk/.cursor/mcp.json:3", &json!({ "name": "files", "transport": "stdio", "command": "npx", "package": { "ecosystem": "npm", "name": "@example/files", "version": "1.2.3", "pinned": true } })),
        asset(McpServer, "agents.mcp-server", "desk", "mcp-server/claude/files", "desk/.mcp.json:3", &json!({ "name": "files", "transport": "stdio", "command": "npx", "package": { "ecosystem": "npm", "name": "@example/files", "version": "1.2.3", "pinned": true } })),
        asset(Package, "code.package", "desk", "package/npm/@example/files", "desk/package-lock.json:9", &json!({ "name": "@example/files", "version": "1.2.3", "ecosystem": "npm", "scope": "dev", "purl": "pkg:npm/%40example/files@1.2.3", "integrity": "sha256-n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" })),
        asset(Key, "secrets.key", "desk", "secret/openai/1a2b", "desk/app.py:5", &json!({ "name": "OpenAI key", "last4": "zz9Q" })),
        asset(AiService, "azure.cognitive-services.account", "infra", "azurerm_cognitive_account.desk", "infra/main.tf:1", &json!({ "name": "desk", "kind": "OpenAI", "location": "westeurope", "properties": { "customSubDomainName": "desk" } })),
        asset(ModelDeployment, "azure.cognitive-services.deployment", "infra", "azurerm_cognitive_deployment.chat", "infra/main.tf:9", &json!({ "name": "chat", "properties": { "model": { "format": "OpenAI", "name": "gpt-4.1", "version": "2025-04-14" } } })),
        asset(AiProject, "azure.cognitive-services.project", "infra", "azapi_resource.project", "infra/main.tf:20", &json!({ "name": "desk" })),
        asset(Connection, "azure.cognitive-services.project-connection", "infra", "azapi_resource.index", "infra/main.tf:30", &json!({ "name": "index" })),
        asset(VectorStore, "azure.search.service", "infra", "azurerm_search_service.index", "infra/main.tf:40", &json!({ "name": "index" })),
        asset(AiService, "aws.bedrock.model-invocation-logging", "infra", "aws_log.this", "infra/log.tf:1", &json!({})),
        asset(Registry, "azure.machine-learning.registry", "infra", "azurerm_ml_registry.models", "infra/main.tf:50", &json!({ "name": "models" })),
        asset(Workload, "azure.container-apps.app", "infra", "azurerm_container_app.desk", "infra/main.tf:60", &json!({ "name": "ca-desk", "properties": { "template": { "containers": [{ "image": "desk.azurecr.io/desk:1.4" }] } } })),
        asset(Workload, "azure.app-service.web-app", "infra", "azurerm_web_app.site", "infra/main.tf:70", &json!({ "name": "web-site" })),
        asset(DataStore, "azure.storage.account", "infra", "azurerm_storage_account.articles", "infra/main.tf:80", &json!({ "name": "articles" })),
        asset(ContainerImage, "containers.dockerfile.image", "desk/Dockerfile", "image", "desk/Dockerfile:1", &json!({ "name": "image", "base": { "reference": "python:3.13-slim" } })),
        asset(Agent, "aws.bedrock.agent", "claims.yaml", "Agent", "claims.yaml:3", &json!({ "Name": "claims", "FoundationModel": "eu.anthropic.claude-3-haiku-20240307-v1:0" })),
        asset(Agent, "aws.bedrock.agent", "returns.yaml", "Agent", "returns.yaml:3", &json!({ "Name": "returns", "FoundationModel": "anthropic.claude-3-haiku-20240307-v1:0" })),
    ]);
    for (from, named, to) in [
        ("desk#agent/triage", "has-tool", "desk#tool/refund"),
        ("desk#agent/triage", "has-prompt", "desk#prompt/9f86d081"),
        ("desk#agent/triage", "grounded-by", "desk#vector-store/chroma/articles"),
        ("desk#agent/triage", "protected-by", "desk#guardrail/pii"),
        ("desk#model/openai/gpt-4.1", "served-by", "desk#service/openai"),
        ("desk#model/huggingface/example-org/router", "trained-on", "desk#dataset/huggingface/squad"),
        ("desk#model/huggingface/example-org/router", "made-by", "desk#training-job/tune"),
        ("desk#training-job/tune", "trained-on", "desk#dataset/huggingface/squad"),
        ("desk#application", "uses-key", "desk#secret/openai/1a2b"),
        ("desk#client/cursor", "connects-to", "desk#mcp-server/cursor/files"),
        ("infra#azurerm_cognitive_account.desk", "contains", "infra#azurerm_cognitive_deployment.chat"),
        ("infra#azurerm_cognitive_account.desk", "contains", "infra#azapi_resource.project"),
        ("infra#azapi_resource.project", "contains", "infra#azapi_resource.index"),
        ("infra#azapi_resource.index", "connects-to", "infra#azurerm_search_service.index"),
        ("infra#azurerm_search_service.index", "reads-from", "infra#azurerm_storage_account.articles"),
        ("infra#azurerm_container_app.desk", "calls", "infra#azurerm_cognitive_deployment.chat"),
    ] {
        snapshot.relations.push(relation(from, named, to));
    }
    snapshot.coverage.push(Coverage::note(
        "code",
        "desk/bad.py:1:1",
        CoverageStatus::Partial,
        "a syntax error",
    ));
    snapshot.assets.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot.relations.sort();
    snapshot
}
