//! The example estate and its hardened twin: what a scan finds, where, and what it shows.
//!
//! The tables of faults were written down from the Terraform. When one differs from what a scan says, find out which
//! of the two is wrong before changing either.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use engine::{Catalog, Exceptions, Request};
use model::{CoverageStatus, Evidence, Severity, Snapshot, Status};
use report::{Format, render};

const TODAY: &str = "2027-01-15";

/// A folder of examples, with its files as they are excerpted.
pub(crate) struct Example {
    root: PathBuf,
}

impl Example {
    pub(crate) fn new(name: &str) -> Self {
        Example { root: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name) }
    }

    pub(crate) fn scan(&self) -> Snapshot {
        let file = self.root.join("stance-exceptions.yaml");
        let mut exceptions = Exceptions { declared: Vec::new(), today: TODAY.to_owned() };
        if file.exists() {
            exceptions.declared = engine::read_exceptions(&file, &self.root).unwrap();
        }
        let request = Request { root: self.root.clone(), exceptions, ..Request::default() };
        engine::scan(&request, &Catalog::embedded()).unwrap()
    }

    pub(crate) fn render(&self, snapshot: &Snapshot, format: Format, all: bool) -> String {
        let options = report::Options {
            color: false,
            width: 100,
            all,
            quiet: false,
            verbose: false,
            min_severity: Severity::Info,
            sources: self,
            root: "examples/estate",
            catalog_version: "0.0.0",
            tool_version: "0.0.0",
        };
        render(snapshot, format, &options)
    }
}

impl report::Sources for Example {
    fn line(&self, path: &str, line: u32) -> Option<String> {
        let text = fs::read_to_string(self.root.join(path)).ok()?;
        text.lines().nth(line as usize - 1).map(str::to_owned)
    }
}

/// The faults of one folder below the root by asset, with the first place that each names; what passed is left out.
fn faults(snapshot: &Snapshot, folder: &str) -> String {
    let mut rows: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for outcome in snapshot.outcomes.iter().filter(|o| o.status != Status::Pass) {
        let asset = snapshot.assets.iter().find(|a| a.id == outcome.asset).unwrap();
        if !asset.position().unwrap().path.starts_with(folder) {
            continue;
        }
        let status = match outcome.status {
            _ if outcome.suppressed.is_some() => "accepted",
            Status::Fail => "fail",
            Status::Unknown => "unknown",
            Status::Pass => "pass",
        };
        let place =
            outcome.evidence.iter().find_map(Evidence::position).or_else(|| asset.position()).unwrap();
        let file = place.path.strip_prefix(folder).unwrap().trim_start_matches('/');
        let row = format!("{status:8} {:8} {} {file}:{}", outcome.severity, outcome.check, place.line);
        rows.entry(&outcome.address).or_default().insert(row);
    }
    let mut table = String::new();
    for (address, rows) in rows {
        writeln!(table, "{address}").unwrap();
        for row in rows {
            writeln!(table, "  {row}").unwrap();
        }
    }
    table
}

#[test]
fn the_retrieval_chat_on_azure_has_these_faults() {
    insta::assert_snapshot!(faults(&Example::new("estate").scan(), "retrieval-chat"), @r#"
    azapi_resource.project
      fail     medium   azure-cognitive-services-project-without-tracing ai.tf:110
    azapi_resource.search_connection
      fail     medium   azure-cognitive-services-connection-key-auth ai.tf:136
    azurerm_cognitive_account_rai_policy.chat
      fail     medium   azure-cognitive-services-jailbreak-not-blocked ai.tf:44
    azurerm_cognitive_deployment.chat
      accepted low      azure-cognitive-services-processed-in-any-region ai.tf:70
      fail     medium   azure-cognitive-services-model-retired ai.tf:65
    azurerm_network_security_group.endpoints
      fail     high     azure-network-security-group-open-to-internet network.tf:46
    azurerm_role_assignment.app_jobs
      fail     high     azure-authorization-ai-identity-controls-scope access.tf:11
    azurerm_search_service.manuals
      fail     high     azure-search-open-to-internet ai.tf:93
      fail     low      azure-search-no-customer-managed-key ai.tf:93
      fail     low      azure-search-single-replica ai.tf:98
      fail     medium   azure-search-key-auth-enabled ai.tf:93
      fail     medium   azure-search-no-private-endpoint ai.tf:93
    azurerm_storage_account.manuals
      accepted medium   azure-storage-account-shared-key data.tf:11
      fail     low      azure-storage-account-no-customer-key data.tf:2
    flow/html/17458c5657ec
      fail     high     code-output-put-into-page app/chat/main.py:39
    model/azure-openai/$CHAT_DEPLOYMENT
      unknown  info     code-model-alias app/chat/main.py:29
    module.ai_services["chat"].azurerm_cognitive_account.this
      fail     low      azure-cognitive-services-agents-outside-network modules/ai-service/main.tf:3
      fail     low      azure-cognitive-services-no-customer-managed-key modules/ai-service/main.tf:3
    module.ai_services["documents"].azurerm_cognitive_account.this
      fail     high     azure-cognitive-services-open-to-internet modules/ai-service/main.tf:11
      fail     low      azure-cognitive-services-no-customer-managed-key modules/ai-service/main.tf:3
      fail     medium   azure-cognitive-services-key-auth-enabled modules/ai-service/main.tf:12
      fail     medium   azure-cognitive-services-no-diagnostic-logs modules/ai-service/main.tf:3
      fail     medium   azure-cognitive-services-no-private-endpoint modules/ai-service/main.tf:3
    service/azure-openai/$FOUNDRY_ENDPOINT
      unknown  medium   code-plain-http app/chat/main.py:17
    vector-store/azure-ai-search/manuals
      unknown  medium   code-plain-http app/chat/main.py:22
    "#);
}

#[test]
fn the_support_agent_on_aws_has_these_faults() {
    insta::assert_snapshot!(faults(&Example::new("estate").scan(), "support-agent"), @"
    aws_bedrock_guardrail.support
      fail     high     aws-bedrock-guardrail-without-prompt-attack-filter agent.tf:10
      fail     low      aws-bedrock-guardrail-without-customer-key agent.tf:3
      fail     low      aws-bedrock-guardrail-without-grounding agent.tf:3
    aws_bedrock_model_invocation_logging_configuration.this
      fail     low      aws-bedrock-invocation-log-without-customer-key logging.tf:38
    aws_bedrockagent_agent.support
      fail     high     aws-bedrock-agent-role-over-broad agent.tf:44
      fail     low      aws-bedrock-agent-on-draft-guardrail agent.tf:55
      fail     low      aws-bedrock-agent-without-customer-key agent.tf:42
      fail     medium   aws-bedrock-agent-acts-without-confirmation agent.tf:70
    aws_bedrockagent_data_source.articles
      accepted low      aws-bedrock-data-source-keeps-deleted-data knowledge.tf:34
      fail     low      aws-bedrock-data-source-without-customer-key knowledge.tf:31
    aws_iam_role.agent
      fail     low      aws-iam-role-confused-deputy roles.tf:7
    aws_iam_role.notebook
      fail     medium   aws-iam-full-access-to-ai roles.tf:123
    aws_lambda_function.orders
      fail     medium   aws-lambda-secret-in-environment orders.tf:20
    aws_opensearchserverless_collection.articles
      fail     low      aws-opensearch-serverless-collection-without-customer-key knowledge.tf:84
      fail     medium   aws-opensearch-serverless-collection-open-to-internet knowledge.tf:84
    aws_s3_bucket.articles
      fail     high     aws-s3-bucket-public-policy storage.tf:35
      fail     medium   aws-s3-bucket-public-access-allowed storage.tf:35
    aws_s3_bucket.invocations
      fail     info     aws-s3-bucket-plaintext-transport logging.tf:22
      fail     low      aws-s3-bucket-no-versioning logging.tf:3
    aws_sagemaker_notebook_instance.quality
      accepted medium   aws-sagemaker-notebook-root-access notebook.tf:49
      fail     high     aws-sagemaker-notebook-direct-internet notebook.tf:49
    aws_security_group.notebook
      fail     medium   aws-ec2-security-group-open notebook.tf:36
    aws_vpc.notebook
      fail     medium   aws-ec2-vpc-no-ai-endpoint notebook.tf:7
    client/claude-code/support-agent/.mcp.json
      fail     high     mcp-client-lethal-trifecta .mcp.json:11
    mcp-server/claude-code/support-agent/.mcp.json/fetch
      fail     medium   mcp-server-unpinned-package .mcp.json:13
    mcp-server/claude-code/support-agent/.mcp.json/files
      fail     high     mcp-server-wide-file-access .mcp.json:9
      fail     medium   mcp-server-unpinned-package .mcp.json:9
    mcp-server/claude-code/support-agent/.mcp.json/orders
      fail     high     mcp-server-plain-http .mcp.json:5
      fail     medium   mcp-server-unauthenticated .mcp.json:5
      unknown  medium   mcp-server-runs-commands .mcp.json:3
    mcp-server/orders
      fail     high     code-mcp-server-open orders-mcp/server.py:28
    ");
}

#[test]
fn the_document_assistant_in_bicep_has_these_faults() {
    insta::assert_snapshot!(faults(&Example::new("estate").scan(), "document-assistant"), @"
    access
      fail     high     azure-authorization-ai-identity-controls-scope main.bicep:106
    deployment()
      fail     high     azure-resources-secret-in-output main.bicep:119
    evaluate
      fail     critical ci-pipeline-untrusted-code-with-secrets .github/workflows/deploy.yml:15
      fail     high     ci-pipeline-script-injection .github/workflows/deploy.yml:18
    flow/html/f11a11f763eb
      fail     high     code-output-put-into-page api/src/functions/ask.tsx:23
    model/azure-openai/gpt-4.1
      fail     low      code-output-unlimited api/src/functions/ask.tsx:17
      fail     low      code-output-unlimited evaluate.py:18
    module.foundry.account
      fail     high     azure-cognitive-services-open-to-internet modules/foundry.bicep:26
      fail     low      azure-cognitive-services-no-customer-managed-key modules/foundry.bicep:23
      fail     medium   azure-cognitive-services-key-auth-enabled modules/foundry.bicep:27
      fail     medium   azure-cognitive-services-no-diagnostic-logs modules/foundry.bicep:12
      fail     medium   azure-cognitive-services-no-private-endpoint modules/foundry.bicep:23
      fail     medium   azure-cognitive-services-outbound-unrestricted modules/foundry.bicep:23
    module.foundry.account::project
      fail     medium   azure-cognitive-services-project-without-tracing modules/foundry.bicep:30
    module.foundry.account::project::search
      fail     medium   azure-cognitive-services-connection-key-auth modules/foundry.bicep:45
    module.foundry.deployments[0]
      accepted low      azure-cognitive-services-model-version-unpinned modules/foundry.bicep:73
      fail     low      azure-cognitive-services-indirect-attacks-unfiltered modules/foundry.bicep:66
      fail     low      azure-cognitive-services-processed-in-any-region modules/foundry.bicep:63
      fail     medium   azure-cognitive-services-model-retired modules/foundry.bicep:69
    module.foundry.deployments[1]
      accepted low      azure-cognitive-services-model-version-unpinned modules/foundry.bicep:73
      fail     low      azure-cognitive-services-processed-in-any-region modules/foundry.bicep:63
    search
      fail     high     azure-search-open-to-internet main.bicep:45
      fail     low      azure-search-no-customer-managed-key main.bicep:43
      fail     low      azure-search-no-managed-identity main.bicep:36
      fail     low      azure-search-single-replica main.bicep:44
      fail     medium   azure-search-key-auth-enabled main.bicep:43
      fail     medium   azure-search-no-diagnostic-logs main.bicep:36
      fail     medium   azure-search-no-private-endpoint main.bicep:43
    service/azure-openai/$AZURE_OPENAI_ENDPOINT
      unknown  medium   code-plain-http api/src/functions/ask.tsx:7
    ");
}

#[test]
fn the_claims_agent_in_cloudformation_has_these_faults() {
    insta::assert_snapshot!(faults(&Example::new("estate").scan(), "claims-agent"), @"
    AWS::AccountId
      unknown  medium   aws-bedrock-model-invocations-not-logged template.yaml:22
    Agent
      fail     high     aws-bedrock-agent-role-over-broad template.yaml:69
      fail     low      aws-bedrock-agent-on-retired-model template.yaml:68
      fail     low      aws-bedrock-agent-runs-code template.yaml:86
      fail     low      aws-bedrock-agent-without-customer-key template.yaml:64
      fail     medium   aws-bedrock-agent-without-guardrail template.yaml:64
    AgentRole
      fail     low      aws-iam-role-confused-deputy template.yaml:49
      fail     medium   aws-iam-any-ai-action template.yaml:57
    Index
      fail     low      aws-kendra-index-without-customer-key template.yaml:98
      fail     medium   aws-kendra-index-readable-by-every-user template.yaml:98
    Lookup
      fail     high     aws-lambda-function-open-to-internet template.yaml:105
    agent/claims-desk
      fail     medium   ai-agent-acts-without-approval desk/claims_desk/agent.py:11
    flow/command/55c6f2c778d8
      fail     medium   code-output-argument-runs desk/claims_desk/tools.py:21
    flow/sql/6609365aafb0
      fail     medium   code-output-argument-runs desk/claims_desk/tools.py:15
    flow/sql/aeca5a990bc3
      fail     high     code-output-run-as-query functions/figures/app.py:21
    instructions/agents-md/claims-agent/AGENTS.md
      fail     medium   agents-instructions-fetches-and-runs AGENTS.md:4
    model/bedrock/anthropic.claude-3-haiku-20240307-v1:0
      fail     low      code-output-unlimited desk/claims_desk/agent.py:14
    secret/database-password/7a29b799
      fail     high     secrets-credential-in-file desk/claims_desk/tools.py:8
    tool/query_claims
      fail     medium   code-tool-writes-database desk/claims_desk/tools.py:15
    tool/run_in_letters
      fail     high     code-tool-runs-commands desk/claims_desk/tools.py:21
    ");
}

#[test]
fn the_model_serving_on_kubernetes_has_these_faults() {
    insta::assert_snapshot!(faults(&Example::new("estate").scan(), "model-serving"), @"
    Deployment/models/chat
      fail     low      kubernetes-networking-ai-workload-without-network-policy base/chat.yaml:1
    Deployment/models/chat/open-webui
      fail     high     self-hosted-chat-exposed-without-authentication base/chat.yaml:20
      fail     low      self-hosted-container-runs-as-root base/chat.yaml:14
    Deployment/models/vllm
      fail     low      kubernetes-networking-ai-workload-without-network-policy base/vllm.yaml:19
    Deployment/models/vllm/vllm
      fail     high     self-hosted-container-privileged base/vllm.yaml:49
      fail     high     self-hosted-inference-exposed-without-authentication base/vllm.yaml:33
      fail     high     self-hosted-inference-remote-code-trusted base/vllm.yaml:37
      fail     info     self-hosted-container-telemetry-on base/vllm.yaml:33
      fail     low      self-hosted-container-cluster-token-mounted base/vllm.yaml:31
      fail     low      self-hosted-container-runs-as-root base/vllm.yaml:49
      fail     medium   self-hosted-container-image-tag-floating base/vllm.yaml:34
      fail     medium   self-hosted-container-model-folder-of-host-writable base/vllm.yaml:54
      fail     medium   self-hosted-inference-model-revision-unpinned base/vllm.yaml:36
    Ingress/models/chat
      fail     medium   kubernetes-networking-ai-ingress-without-tls base/chat.yaml:39
    ServiceAccount/models/vllm
      fail     critical kubernetes-rbac-ai-account-may-do-everything base/vllm.yaml:1
      fail     high     kubernetes-rbac-ai-account-raises-itself base/vllm.yaml:1
      fail     high     kubernetes-rbac-ai-account-reads-secrets base/vllm.yaml:1
      fail     high     kubernetes-rbac-ai-account-runs-pods base/vllm.yaml:1
    StatefulSet/models/qdrant
      fail     low      kubernetes-networking-ai-workload-without-network-policy base/vectors.yaml:1
    StatefulSet/models/qdrant/qdrant
      fail     info     self-hosted-container-telemetry-on base/vectors.yaml:15
      fail     medium   self-hosted-container-without-authentication base/vectors.yaml:15
    image
      fail     low      containers-dockerfile-ai-image-runs-as-root Dockerfile:1
      fail     low      containers-dockerfile-ai-package-unpinned Dockerfile:3
    image/vllm
      unknown  high     self-hosted-inference-remote-code-trusted Dockerfile:1
      unknown  high     self-hosted-inference-vllm-adapters-loaded-by-callers Dockerfile:1
      unknown  high     self-hosted-inference-vllm-development-endpoints Dockerfile:1
      unknown  high     self-hosted-inference-vllm-insecure-serialization Dockerfile:1
      unknown  info     self-hosted-container-telemetry-on Dockerfile:1
      unknown  low      self-hosted-container-runs-as-root Dockerfile:1
      unknown  medium   self-hosted-inference-model-revision-unpinned Dockerfile:1
      unknown  medium   self-hosted-inference-vllm-reads-local-files Dockerfile:1
    model/openai/example-org/support-8b
      fail     low      code-output-unlimited digest/main.go:21
    notebook/notebook
      fail     critical self-hosted-container-runtime-socket-mounted compose.yaml:17
      fail     high     self-hosted-notebook-token-off compose.yaml:13
      fail     medium   self-hosted-container-image-tag-floating compose.yaml:12
      fail     medium   self-hosted-notebook-jupyter-any-origin compose.yaml:13
    ollama/ollama
      fail     high     self-hosted-inference-exposed-without-authentication compose.yaml:6
      fail     low      self-hosted-container-runs-as-root compose.yaml:3
      fail     medium   self-hosted-inference-ollama-any-origin compose.yaml:8
    ");
}

#[test]
fn the_forecasting_on_google_cloud_has_these_faults() {
    insta::assert_snapshot!(faults(&Example::new("estate").scan(), "forecasting"), @r#"
    google_apikeys_key.store_map
      fail     high     google-api-keys-unrestricted-beside-gemini main.tf:26
    google_project_service.this["generativelanguage.googleapis.com"]
      fail     low      google-gemini-developer-api-enabled main.tf:7
    google_service_account.forecaster
      fail     high     google-iam-ai-identity-basic-role main.tf:12
    google_storage_bucket.history
      fail     high     google-storage-ai-bucket-public data.tf:16
      fail     low      google-storage-ai-bucket-public-access-not-prevented data.tf:2
    google_vertex_ai_dataset.demand
      accepted low      google-vertex-ai-no-customer-key data.tf:25
    google_vertex_ai_endpoint.demand
      accepted low      google-vertex-ai-no-customer-key serving.tf:2
      fail     low      google-vertex-ai-endpoint-request-logging-off serving.tf:2
      fail     medium   google-vertex-ai-endpoint-open-to-internet serving.tf:2
    google_vertex_ai_index.curves
      accepted low      google-vertex-ai-no-customer-key serving.tf:10
    google_vertex_ai_index_endpoint.curves
      accepted low      google-vertex-ai-no-customer-key serving.tf:32
      fail     medium   google-vertex-ai-index-endpoint-open-to-internet serving.tf:35
    google_workbench_instance.forecasting
      accepted medium   google-workbench-root-access notebook.tf:50
      fail     info     google-workbench-file-download-allowed notebook.tf:50
      fail     info     google-workbench-terminal-allowed notebook.tf:50
      fail     low      google-workbench-no-customer-key notebook.tf:27
      fail     medium   google-workbench-public-ip notebook.tf:27
    model/vertex/gemini-2.5-flash
      fail     low      code-output-unlimited demand.ipynb:46
    "#);
}

#[test]
fn the_report_of_the_estate_reads_like_this() {
    let estate = Example::new("estate");
    insta::assert_snapshot!(estate.render(&estate.scan(), Format::Terminal, false));
}

#[test]
fn the_hardened_estate_has_no_fault_from_medium_on() {
    let snapshot = Example::new("hardened").scan();
    let open: Vec<_> = snapshot.outcomes.iter().filter(|o| engine::reaches(o, Severity::Medium)).collect();
    assert!(open.is_empty(), "{open:#?}");
    // Nothing is hidden behind an exception, and the faults are gone because they were looked for and not found.
    assert!(snapshot.outcomes.iter().all(|o| o.suppressed.is_none()));
    let passed =
        |check: &str| snapshot.outcomes.iter().any(|o| *o.check == *check && o.status == Status::Pass);
    let estate = Example::new("estate").scan();
    // A fixed fault passes, unless the thing that had it is gone.
    let faults = estate.outcomes.iter().filter(|o| o.is_open_fault());
    let gone: BTreeSet<&str> = faults.map(|o| &*o.check).filter(|check| !passed(check)).collect();
    insta::assert_snapshot!(Vec::from_iter(gone).join("\n"), @"
    azure-authorization-ai-identity-controls-scope
    azure-cognitive-services-no-private-endpoint
    azure-search-no-private-endpoint
    ci-pipeline-untrusted-code-with-secrets
    code-output-argument-runs
    code-output-put-into-page
    code-output-run-as-query
    code-tool-runs-commands
    code-tool-writes-database
    google-api-keys-unrestricted-beside-gemini
    mcp-client-lethal-trifecta
    secrets-credential-in-file
    self-hosted-inference-ollama-any-origin
    ");
}

#[test]
fn the_hardened_estate_leaves_nothing_open() {
    let snapshot = Example::new("hardened").scan();
    let unknown = snapshot.outcomes.iter().filter(|o| o.status == Status::Unknown);
    let open: BTreeSet<_> = unknown.map(|o| format!("{}: {}", o.address, o.because)).collect();
    // What no template can say, what an image leaves to those who run it, what a server of one's own may do, and what
    // is known once it is deployed.
    assert_eq!(
        Vec::from_iter(open),
        [
            "AWS::AccountId: CloudFormation has no resource type for this: Bedrock model invocation logging of an account and region",
            "client/claude-code/support-agent/.mcp.json: no card tells what orders does",
            "image/vllm: decided when the container is run",
            "mcp-server/claude-code/support-agent/.mcp.json/orders: no card tells what orders does",
            "model/azure-openai/$CHAT_DEPLOYMENT: environment variable CHAT_DEPLOYMENT",
            "service/azure-openai/$AZURE_OPENAI_ENDPOINT: environment variable AZURE_OPENAI_ENDPOINT",
            "service/azure-openai/$FOUNDRY_ENDPOINT: environment variable FOUNDRY_ENDPOINT",
            "vector-store/azure-ai-search/manuals: environment variable SEARCH_ENDPOINT",
        ]
    );
    let gaps: Vec<_> = snapshot.coverage.iter().filter(|c| c.status != CoverageStatus::Read).collect();
    let reasons: BTreeSet<_> = gaps.iter().filter_map(|c| c.reason.as_deref()).collect();
    assert!(reasons.is_empty(), "{reasons:?}");
}

#[test]
fn two_scans_give_the_same_bytes() {
    for name in ["estate", "hardened"] {
        let example = Example::new(name);
        let (one, two) = (example.scan(), example.scan());
        for format in [Format::Terminal, Format::Json, Format::Sarif, Format::Markdown] {
            assert_eq!(
                example.render(&one, format, true),
                example.render(&two, format, true),
                "{name} {format:?}"
            );
        }
    }
}

#[test]
fn everything_has_evidence_in_a_line_that_exists() {
    for name in ["estate", "hardened"] {
        let example = Example::new(name);
        let snapshot = example.scan();
        let assets = snapshot.assets.iter().map(|a| (a.id.to_string(), &a.evidence));
        let relations =
            snapshot.relations.iter().map(|r| (format!("{} {} {}", r.from, r.relation, r.to), &r.evidence));
        let outcomes = snapshot.outcomes.iter().map(|o| (format!("{} on {}", o.check, o.asset), &o.evidence));
        let mut bare = Vec::new();
        for (what, evidence) in assets.chain(relations).chain(outcomes) {
            let places: Vec<_> =
                evidence.iter().filter_map(Evidence::position).flat_map(|p| p.trail()).collect();
            if places.is_empty() {
                bare.push(what);
                continue;
            }
            for place in places {
                let line = report::Sources::line(&example, &place.path, place.line);
                let columns = line.as_ref().map_or(0, |l| l.chars().count());
                assert!(line.is_some(), "{what}: there is no {place}");
                assert!(
                    place.column >= 1 && place.column as usize <= columns + 1,
                    "{what}: nothing at {place}"
                );
            }
        }
        assert!(bare.is_empty(), "without evidence: {bare:#?}");
    }
}

#[test]
fn the_json_report_has_the_documented_keys() {
    let estate = Example::new("estate");
    let snapshot = estate.scan();
    let json: serde_json::Value =
        serde_json::from_str(&estate.render(&snapshot, Format::Json, true)).unwrap();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().map(String::clone).collect::<BTreeSet<_>>().into_iter().collect()
    };
    assert_eq!(json["schema"], "stance.scan/1");
    assert_eq!(keys(&json), ["assets", "attack", "coverage", "outcomes", "relations", "schema"]);
    for (list, least, want) in [
        ("assets", snapshot.assets.len(), "address class document id kind locations name"),
        ("coverage", snapshot.coverage.len(), "path reason source status"),
        ("relations", snapshot.relations.len(), "from relation resolved to"),
        (
            "outcomes",
            snapshot.outcomes.len(),
            "address asset because check confidence fix locations maps patch same_as severity status title",
        ),
    ] {
        let items = json[list].as_array().unwrap();
        assert_eq!(items.len(), least, "{list}");
        for item in items {
            let found = keys(item);
            let missing: Vec<_> = want.split(' ').filter(|k| !found.iter().any(|f| f == k)).collect();
            assert!(missing.is_empty(), "{list}: {missing:?} missing in {item:#}");
        }
    }
    let accepted: Vec<_> =
        json["outcomes"].as_array().unwrap().iter().filter_map(|o| o.get("suppressed")).collect();
    assert!(accepted.iter().all(|s| s["reason"].is_string() && s["place"].is_string()), "{accepted:#?}");
    assert!(accepted.iter().any(|s| s["owner"] == "field-service" && s["expires"] == "2028-06-30"));
}
