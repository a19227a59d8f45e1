//! A small estate, built by hand: faults, unknowns, a pass, an accepted fault, a value set elsewhere, a secret, and
//! names that try to deceive.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{
    Asset, AssetId, AttackPaths, Class, Confidence, Coverage, CoverageStatus, Evidence, Node, Outcome,
    Position, Relation, Severity, Snapshot, Status, Suppression, Value,
};
use report::{Options, Sources};

/// Files by path.
pub(crate) struct Files(BTreeMap<&'static str, &'static str>);

impl Sources for Files {
    fn line(&self, path: &str, line: u32) -> Option<String> {
        self.0.get(path)?.lines().nth(line as usize - 1).map(str::to_owned)
    }
}

pub(crate) fn files() -> Files {
    let main = r#"
resource "azurerm_cognitive_account" "main" {
  name                          = "prod-openai"
  kind                          = "OpenAI"
  public_network_access_enabled = var.public
  local_auth_enabled            = true
  custom_subdomain_name         = "prod-openai"
}

resource "azurerm_search_service" "s" {
  name            = "検索-prod"
  authentication_failure_mode	= "http403"
  admin_key       = "hunter2-hunter2"
}
"#;
    let variables = "variable \"public\" {\n  type    = bool\n  default = true\n}\n";
    Files(BTreeMap::from([("infra/ai/main.tf", main), ("infra/ai/variables.tf", variables)]))
}

pub(crate) fn options<'a>(sources: &'a dyn Sources) -> Options<'a> {
    Options {
        color: false,
        width: 100,
        all: false,
        quiet: false,
        verbose: false,
        min_severity: Severity::Info,
        sources,
        root: "estate",
        catalog_version: "7",
        tool_version: "0.1.0",
    }
}

fn at(path: &str, line: u32, columns: std::ops::Range<u32>) -> Position {
    let start = Position::point(path.into(), line, columns.start);
    Position { end_column: columns.end, ..start }
}

fn asset(id: &str, kind: &str, class: Class, name: &str, position: Option<Position>) -> Asset {
    let address = id.split_once('#').map_or(id, |(_, address)| address);
    Asset {
        id: AssetId(id.into()),
        kind: kind.into(),
        class,
        name: name.into(),
        address: address.into(),
        scope: "infra/ai".into(),
        source_type: address.split('.').next().unwrap_or_default().into(),
        aliases: Default::default(),
        document: Node::default(),
        evidence: position.map(Evidence::Source).into_iter().collect(),
        sightings: Vec::new(),
    }
}

pub(crate) fn outcome(check: &str, title: &str, asset: &str, status: Status, severity: Severity) -> Outcome {
    Outcome {
        check: check.into(),
        title: title.into(),
        status,
        severity,
        confidence: Confidence::High,
        asset: AssetId(asset.into()),
        address: asset.split_once('#').map_or(asset, |(_, address)| address).into(),
        discriminator: "".into(),
        because: String::new(),
        why: "".into(),
        fix: None,
        patch: vec![],
        evidence: vec![],
        same_as: vec![],
        maps: vec![],
        suppressed: None,
        risk: None,
    }
}

const ACCOUNT: &str = "infra/ai#azurerm_cognitive_account.main";
const SEARCH: &str = "infra/ai#azurerm_search_service.s";
const HOSTILE: &str = "apps/bot#azurerm_storage_account.x";
pub(crate) const HOSTILE_NAME: &str =
    "x\u{1b}[2J\u{202e}evil\u{200b}` | <img src=x onerror=alert(1)> @octocat [a](https://example.com) #1";

pub(crate) fn snapshot() -> Snapshot {
    let file = "infra/ai/main.tf";
    let mut account = asset(
        ACCOUNT,
        "azure.cognitive-services.account",
        Class::AiService,
        "prod-openai",
        Some(at(file, 2, 1..44)),
    );
    account.document = Value::map(BTreeMap::from([(Arc::from("kind"), Node::from("OpenAI"))])).into();
    let mut search =
        asset(SEARCH, "azure.search.service", Class::VectorStore, "検索-prod", Some(at(file, 10, 1..38)));
    let key =
        Node { sensitive: true, at: Some(at(file, 13, 21..38).into()), ..Node::from("hunter2-hunter2") };
    search.document = Value::map(BTreeMap::from([(Arc::from("adminKey"), key)])).into();

    let mut public = outcome(
        "azure-cognitive-services-open-to-internet",
        "Azure AI services account is reachable from the internet",
        ACCOUNT,
        Status::Fail,
        Severity::Critical,
    );
    public.because = "public network access is Enabled, default action Allow".into();
    public.why =
        "A stolen key is enough to call the model from anywhere; no foothold in the network is needed."
            .into();
    public.fix =
        Some("Turn public network access off and reach the account through a private endpoint.".into());
    public.patch = vec!["public_network_access_enabled = false".into()];
    let origin = at("infra/ai/variables.tf", 3, 13..17);
    public.evidence = vec![
        Evidence::Source(at(file, 5, 3..32).through(origin.into())),
        Evidence::Default {
            path: "properties.networkAcls.defaultAction".into(),
            page: "https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks".into(),
        },
    ];
    public.same_as = vec!["checkov:CKV_AZURE_134".into()];
    public.maps = vec!["mcsb-v2:NS-2".into(), "mitre-atlas:AML.T0040".into()];

    let mut keys = outcome(
        "azure-cognitive-services-key-auth",
        "Azure AI services account accepts keys",
        ACCOUNT,
        Status::Fail,
        Severity::Medium,
    );
    keys.confidence = Confidence::Medium;
    keys.because = "local authentication is enabled".into();
    keys.evidence = vec![Evidence::Source(at(file, 6, 3..21))];
    keys.fix = Some("Use Entra ID instead of keys.".into());
    keys.patch = vec!["local_auth_enabled = false".into()];

    let mut logs = outcome(
        "azure-cognitive-services-no-logs",
        "Azure AI services account keeps no request log",
        ACCOUNT,
        Status::Fail,
        Severity::Low,
    );
    logs.because = "no diagnostic setting names the account".into();
    logs.suppressed = Some(Suppression {
        reason: "the gateway logs every request".into(),
        owner: Some("platform team".into()),
        expires: Some("2027-01-31".into()),
        place: "infra/ai/main.tf:1".into(),
    });

    let encryption = outcome(
        "azure-cognitive-services-no-customer-key",
        "Azure AI services account is not encrypted with a customer key",
        ACCOUNT,
        Status::Pass,
        Severity::Low,
    );

    let mut unknowns = Vec::new();
    for (check, title) in [
        ("azure-search-open-to-internet", "Azure AI Search service is reachable from the internet"),
        ("azure-search-no-private-endpoint", "Azure AI Search service has no private endpoint"),
        ("azure-search-open-firewall", "Azure AI Search service has an open firewall"),
        (
            "azure-search-shared-link",
            "Azure AI Search service has a shared private link to an unknown tenant",
        ),
    ] {
        let mut unknown = outcome(check, title, SEARCH, Status::Unknown, Severity::High);
        unknown.because = "variable network has no value".into();
        unknowns.push(unknown);
    }
    let mut sku = outcome(
        "azure-search-free-tier",
        "Azure AI Search service runs on the free tier",
        SEARCH,
        Status::Unknown,
        Severity::Low,
    );
    sku.because = "sku is known after apply".into();
    unknowns.push(sku);

    let mut written_key = outcome(
        "azure-search-key-in-code",
        "Azure AI Search admin key is written in code",
        SEARCH,
        Status::Fail,
        Severity::High,
    );
    written_key.because = "the admin key is (sensitive), written here".into();
    written_key.evidence =
        vec![Evidence::Source(at(file, 13, 3..12)), Evidence::Source(at(file, 12, 33..42))];

    let mut hostile =
        outcome("azure-storage-public", "Storage account is public", HOSTILE, Status::Fail, Severity::High);
    hostile.because = format!("container {HOSTILE_NAME} allows anonymous access");
    hostile.patch = vec!["```\n</details>".into()];

    Snapshot {
        assets: vec![
            asset(
                HOSTILE,
                "azure.storage.account",
                Class::DataStore,
                HOSTILE_NAME,
                Some(at("apps/bot/\u{1b}]0;x.tf", 3, 1..9)),
            ),
            account,
            asset(
                "infra/ai#azurerm_cognitive_deployment.gpt",
                "azure.cognitive-services.deployment",
                Class::ModelDeployment,
                "gpt-4o",
                None,
            ),
            asset(
                "infra/ai#azurerm_cognitive_deployment.embed",
                "azure.cognitive-services.deployment",
                Class::ModelDeployment,
                "embed",
                None,
            ),
            search,
            asset(
                "infra/ai#azurerm_user_assigned_identity.app",
                "azure.identity",
                Class::Identity,
                "app",
                None,
            ),
            asset(
                "infra/ai#azurerm_storage_account.data",
                "azure.storage.account",
                Class::DataStore,
                "data",
                None,
            ),
        ],
        relations: vec![Relation {
            from: AssetId(ACCOUNT.into()),
            relation: "runs-as".into(),
            to: AssetId("infra/ai#azurerm_user_assigned_identity.app".into()),
            resolved: true,
            evidence: vec![],
        }],
        outcomes: [vec![hostile, public, keys, logs, encryption, written_key], unknowns].concat(),
        coverage: [
            vec![
                Coverage::read("terraform", "infra/ai/main.tf"),
                Coverage::note(
                    "terraform",
                    "infra/old/broken.tf:9:1",
                    CoverageStatus::Failed,
                    "block is not closed",
                ),
                Coverage::note(
                    "files",
                    "models/big.onnx",
                    CoverageStatus::Skipped,
                    "no source reads this file",
                ),
            ],
            [
                "azurerm_kusto_cluster",
                "azurerm_purview_account",
                "azurerm_kusto_cluster",
                "azurerm_fabric_capacity",
            ]
            .iter()
            .enumerate()
            .map(|(i, kind)| {
                let reason = format!("resource type \"{kind}\" has no card");
                Coverage::note(
                    "terraform",
                    format!("infra/ai/other.tf:{}:1", 4 * i + 1),
                    CoverageStatus::Partial,
                    reason,
                )
            })
            .collect(),
        ]
        .concat(),
        attack: AttackPaths::default(),
    }
}
