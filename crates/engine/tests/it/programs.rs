//! What is read of the example estate's programs, and how they meet the infrastructure that they call.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use report::Format;

use crate::estate::Example;

/// Whether a kind is one of those that are read from programs, agents' files and text.
fn is_of_code(kind: &str) -> bool {
    ["code.", "agents.", "secrets."].iter().any(|start| kind.starts_with(start))
}

#[test]
fn the_programs_of_the_estate_have_these_things() {
    let snapshot = Example::new("estate").scan();
    let mut table = String::new();
    for asset in snapshot.assets.iter().filter(|a| is_of_code(&a.kind) && &*a.kind != "code.package") {
        writeln!(table, "{:20} {}", asset.kind, asset.id).unwrap();
        let relations = snapshot.relations.iter().filter(|r| r.from == asset.id);
        let telling = relations.filter(|r| {
            ["uses-model", "has-tool", "served-by", "connects-to", "uses-key"].contains(&&*r.relation)
        });
        for relation in telling {
            writeln!(table, "  {} {}", relation.relation, relation.to).unwrap();
        }
    }
    insta::assert_snapshot!(table, @"
    agents.client        .#client/claude-code/support-agent/.mcp.json
      connects-to .#mcp-server/claude-code/support-agent/.mcp.json/fetch
      connects-to .#mcp-server/claude-code/support-agent/.mcp.json/files
      connects-to .#mcp-server/claude-code/support-agent/.mcp.json/orders
    agents.instructions  .#instructions/agents-md/claims-agent/AGENTS.md
    agents.mcp-server    .#mcp-server/claude-code/support-agent/.mcp.json/fetch
    agents.mcp-server    .#mcp-server/claude-code/support-agent/.mcp.json/files
    agents.mcp-server    .#mcp-server/claude-code/support-agent/.mcp.json/orders
    code.model           .#model/vertex/gemini-2.5-flash
      served-by .#service/vertex/europe-west4
    secrets.key          .#secret/database-password/7a29b799
    code.ai-service      .#service/vertex/europe-west4
    code.agent           claims-agent/desk#agent/claims-desk
      has-tool claims-agent/desk#tool/query_claims
      has-tool claims-agent/desk#tool/run_in_letters
      uses-model claims-agent/desk#model/bedrock/anthropic.claude-3-haiku-20240307-v1:0
    code.application     claims-agent/desk#application
    code.output-flow     claims-agent/desk#flow/command/55c6f2c778d8
    code.output-flow     claims-agent/desk#flow/sql/6609365aafb0
    code.model           claims-agent/desk#model/bedrock/anthropic.claude-3-haiku-20240307-v1:0
    code.prompt          claims-agent/desk#prompt/eaf4913d70ad
    code.tool            claims-agent/desk#tool/query_claims
    code.tool            claims-agent/desk#tool/run_in_letters
    code.application     claims-agent/functions/figures#application
    code.output-flow     claims-agent/functions/figures#flow/sql/aeca5a990bc3
    code.model           claims-agent/functions/figures#model/bedrock/$MODEL_ID
      served-by claims-agent/functions/figures#service/bedrock
    code.prompt          claims-agent/functions/figures#prompt/fb19b54e79ee
    code.ai-service      claims-agent/functions/figures#service/bedrock
    code.application     document-assistant#application
    code.model           document-assistant#model/azure-openai/gpt-4.1
      served-by document-assistant#service/azure-openai/contracts-prod-foundry.openai.azure.com
    code.ai-service      document-assistant#service/azure-openai/contracts-prod-foundry.openai.azure.com
    code.application     document-assistant/api#application
    code.output-flow     document-assistant/api#flow/html/f11a11f763eb
    code.model           document-assistant/api#model/azure-openai/gpt-4.1
      served-by document-assistant/api#service/azure-openai/$AZURE_OPENAI_ENDPOINT
    code.prompt          document-assistant/api#prompt/761857d64b6b
    code.ai-service      document-assistant/api#service/azure-openai/$AZURE_OPENAI_ENDPOINT
    code.application     model-serving/digest#application
    code.model           model-serving/digest#model/openai/example-org/support-8b
      served-by model-serving/digest#service/openai/vllm.models.svc.cluster.local
    code.prompt          model-serving/digest#prompt/c250687d6366
    code.ai-service      model-serving/digest#service/openai/vllm.models.svc.cluster.local
    code.application     retrieval-chat/app#application
    code.output-flow     retrieval-chat/app#flow/html/17458c5657ec
    code.model           retrieval-chat/app#model/azure-openai/$CHAT_DEPLOYMENT
      served-by retrieval-chat/app#service/azure-openai/$FOUNDRY_ENDPOINT
    code.model           retrieval-chat/app#model/azure-openai/embeddings
      served-by retrieval-chat/app#service/azure-openai/ais-northwind-chat.openai.azure.com
    code.prompt          retrieval-chat/app#prompt/e8c845fd8c54
    code.ai-service      retrieval-chat/app#service/azure-openai/$FOUNDRY_ENDPOINT
    code.ai-service      retrieval-chat/app#service/azure-openai/ais-northwind-chat.openai.azure.com
    code.vector-store    retrieval-chat/app#vector-store/azure-ai-search/manuals
    code.application     support-agent/chat#application
    code.ai-service      support-agent/chat#service/bedrock-agents/eu-central-1
    code.application     support-agent/orders-mcp#application
    code.mcp-server      support-agent/orders-mcp#mcp-server/orders
      has-tool support-agent/orders-mcp#tool/get_order
      has-tool support-agent/orders-mcp#tool/refund_order
    code.prompt          support-agent/orders-mcp#prompt/db2c41fbce31
    code.tool            support-agent/orders-mcp#tool/get_order
    code.tool            support-agent/orders-mcp#tool/refund_order
    ");
}

#[test]
fn programs_meet_the_infrastructure_that_they_call() {
    let snapshot = Example::new("estate").scan();
    let of_code = |id: &model::AssetId| {
        snapshot.assets.iter().find(|a| a.id == *id).map(|asset| is_of_code(&asset.kind))
    };
    // One end in a program, the other in what declares the infrastructure.
    let meeting = snapshot.relations.iter().filter(|r| match (of_code(&r.from), of_code(&r.to)) {
        (Some(from), Some(to)) => from != to,
        _ => false,
    });
    let rows: BTreeSet<_> = meeting.map(|r| format!("{} {} {}", r.from, r.relation, r.to)).collect();
    insta::assert_snapshot!(Vec::from_iter(rows).join("\n"), @r#"
    document-assistant#model/azure-openai/gpt-4.1 deployed-as document-assistant/main.bicep#module.foundry.deployments[0]
    document-assistant#service/azure-openai/contracts-prod-foundry.openai.azure.com same-service document-assistant/main.bicep#module.foundry.account
    document-assistant/.github/workflows/deploy.yml#evaluate given-key document-assistant#service/azure-openai/contracts-prod-foundry.openai.azure.com
    document-assistant/.github/workflows/deploy.yml#evaluate given-key document-assistant/api#service/azure-openai/$AZURE_OPENAI_ENDPOINT
    document-assistant/api#model/azure-openai/gpt-4.1 deployed-as document-assistant/main.bicep#module.foundry.deployments[0]
    document-assistant/api#service/azure-openai/$AZURE_OPENAI_ENDPOINT same-service document-assistant/main.bicep#module.foundry.account
    model-serving/digest#service/openai/vllm.models.svc.cluster.local same-service model-serving/prod#Service/models/vllm
    retrieval-chat#azurerm_container_app.chat runs retrieval-chat/app#application
    retrieval-chat/app#model/azure-openai/$CHAT_DEPLOYMENT deployed-as retrieval-chat#azurerm_cognitive_deployment.chat
    retrieval-chat/app#model/azure-openai/embeddings deployed-as retrieval-chat#azurerm_cognitive_deployment.embeddings
    retrieval-chat/app#service/azure-openai/$FOUNDRY_ENDPOINT same-service retrieval-chat#module.ai_services["chat"].azurerm_cognitive_account.this
    retrieval-chat/app#service/azure-openai/ais-northwind-chat.openai.azure.com same-service retrieval-chat#module.ai_services["chat"].azurerm_cognitive_account.this
    retrieval-chat/app#vector-store/azure-ai-search/manuals same-as retrieval-chat#azurerm_search_service.manuals
    "#);
}

#[test]
fn no_report_shows_the_password_of_the_estate() {
    let estate = Example::new("estate");
    let snapshot = estate.scan();
    assert!(snapshot.assets.iter().any(|asset| &*asset.kind == "secrets.key"));
    for format in [Format::Terminal, Format::Json, Format::Sarif, Format::Markdown] {
        assert!(!estate.render(&snapshot, format, true).contains("not-the-password"), "{format:?}");
    }
}
