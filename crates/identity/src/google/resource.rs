//! A resource as conditions see it, and which permissions a policy on it can give at all.
//! <https://cloud.google.com/iam/docs/conditions-resource-attributes>

use std::sync::Arc;

use graph::Graph;
use model::Node;

use super::condition::{Term, Variables, Words};

/// What is known of a resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    name: Option<Words>,
    /// `storage.googleapis.com/Object`.
    native: Option<Arc<str>>,
    service: Option<Arc<str>>,
}

impl Subject {
    pub(super) fn named(name: &str) -> Self {
        Subject { name: Some(Words::Begins(name.trim_end_matches('*').into())), ..Subject::default() }
    }
}

impl Variables for Subject {
    fn variable(&self, path: &str) -> Term {
        let known =
            |text: &Option<Arc<str>>| text.clone().map_or(Term::Anything, |t| Term::Text(Words::Known(t)));
        match path {
            "resource.name" => self.name.clone().map_or(Term::Anything, Term::Text),
            "resource.type" => known(&self.native),
            "resource.service" => known(&self.service),
            _ => Term::Anything,
        }
    }
}

/// Collections whose permissions are asked of the resource that holds them: `storage.objects.get` of the bucket.
const HELD: &[(&str, &[&str])] = &[
    ("storage.buckets", &["objects", "folders", "managedFolders", "multipartUploads", "anywhereCaches"]),
    ("bigquery.datasets", &["tables", "models", "routines", "rowAccessPolicies"]),
    ("bigquery.tables", &["rowAccessPolicies"]),
    ("secretmanager.secrets", &["versions"]),
    ("cloudkms.keyRings", &["cryptoKeys", "cryptoKeyVersions", "importJobs"]),
    ("cloudkms.cryptoKeys", &["cryptoKeyVersions"]),
    ("iam.serviceAccounts", &["serviceAccountKeys"]),
    ("run.services", &["routes", "revisions", "configurations"]),
    ("aiplatform.featurestores", &["entityTypes", "features"]),
    ("aiplatform.featureGroups", &["features", "featureMonitors"]),
    ("aiplatform.featureOnlineStores", &["featureViews", "featureViewSyncs"]),
    ("aiplatform.reasoningEngines", &["sessions", "memories", "sessionEvents"]),
    (
        "artifactregistry.repositories",
        &[
            "dockerimages",
            "files",
            "packages",
            "tags",
            "versions",
            "attachments",
            "mavenartifacts",
            "npmpackages",
            "pythonpackages",
        ],
    ),
];

/// `storage.buckets` of a kind whose native type is `storage.googleapis.com/Bucket`.
fn collection(graph: &Graph, asset: usize) -> Option<String> {
    let kind = &graph.assets()[asset].kind;
    let known = match &**kind {
        "google.storage.bucket" => "storage.buckets",
        "google.bigquery.dataset" => "bigquery.datasets",
        "google.bigquery.table" => "bigquery.tables",
        "google.secret-manager.secret" => "secretmanager.secrets",
        "google.kms.key-ring" => "cloudkms.keyRings",
        "google.kms.crypto-key" => "cloudkms.cryptoKeys",
        "google.iam.service-account" => "iam.serviceAccounts",
        "google.cloud-run.service" => "run.services",
        "google.artifact-registry.repository" => "artifactregistry.repositories",
        "google.compute.instance" => "compute.instances",
        "google.notebooks.instance" | "google.workbench.instance" => "notebooks.instances",
        "google.notebooks.runtime" => "notebooks.runtimes",
        "google.colab.runtime-template" => "aiplatform.notebookRuntimeTemplates",
        "google.vertex-ai.endpoint" => "aiplatform.endpoints",
        "google.vertex-ai.reasoning-engine" => "aiplatform.reasoningEngines",
        "google.vertex-ai.feature-store" => "aiplatform.featurestores",
        "google.vertex-ai.feature-group" => "aiplatform.featureGroups",
        "google.vertex-ai.feature-online-store" => "aiplatform.featureOnlineStores",
        _ => return None,
    };
    Some(known.to_owned())
}

/// Whether a policy on the asset can give the permission: it is about the asset itself, or about what it holds. What makes
/// another of its kind is asked of the project.
pub(super) fn applies(graph: &Graph, asset: usize, permission: &str) -> bool {
    let Some(own) = collection(graph, asset) else { return true };
    let Some((of, verb)) = permission.rsplit_once('.') else { return true };
    if of == own {
        return !matches!(verb, "create" | "list");
    }
    let (service, _) = own.split_once('.').unwrap_or((&own, ""));
    let held = HELD.iter().find(|(holder, _)| *holder == own).map_or(&[][..], |(_, held)| held);
    held.iter().any(|name| of.strip_prefix(service).and_then(|rest| rest.strip_prefix('.')) == Some(name))
}

/// The asset, or what it holds, where that is what the permissions are about.
pub(super) fn subject(graph: &Graph, asset: usize, permissions: &[Arc<str>]) -> Subject {
    let thing = &graph.assets()[asset];
    let document = &thing.document;
    let text = |key: &str| document.get(key).and_then(Node::as_str);
    // What lists is asked of the holder.
    let about =
        |collection: &str| permissions.iter().all(|p| p.starts_with(collection) && !p.ends_with(".list"));
    let service = |name: &str| Some(Arc::<str>::from(format!("{name}.googleapis.com")));
    match &*thing.kind {
        "google.storage.bucket" => {
            let objects = about("storage.objects.");
            let native =
                if objects { "storage.googleapis.com/Object" } else { "storage.googleapis.com/Bucket" };
            let name = text("name").map(|name| match objects {
                true => Words::Begins(format!("projects/_/buckets/{name}/objects/").into()),
                false => Words::Known(format!("projects/_/buckets/{name}").into()),
            });
            let name = name.or(Some(Words::Begins("projects/_/buckets/".into())));
            Subject { name, native: Some(native.into()), service: service("storage") }
        }
        "google.secret-manager.secret" => {
            let versions = about("secretmanager.versions.");
            let native = if versions { "SecretVersion" } else { "Secret" };
            Subject {
                name: None,
                native: Some(format!("secretmanager.googleapis.com/{native}").into()),
                service: service("secretmanager"),
            }
        }
        "google.project" => Subject {
            name: text("projectId").map(|id| Words::Known(format!("projects/{id}").into())),
            native: Some("cloudresourcemanager.googleapis.com/Project".into()),
            service: service("cloudresourcemanager"),
        },
        _ => {
            let (path, exact) = native(&thing.kind);
            Subject { name: None, native: exact.map(Arc::from), service: path.and_then(service) }
        }
    }
}

/// The service of a kind, and its type where a condition would name it so.
fn native(kind: &str) -> (Option<&'static str>, Option<&'static str>) {
    match kind {
        "google.bigquery.dataset" => (Some("bigquery"), Some("bigquery.googleapis.com/Dataset")),
        "google.bigquery.table" => (Some("bigquery"), Some("bigquery.googleapis.com/Table")),
        "google.iam.service-account" => (Some("iam"), Some("iam.googleapis.com/ServiceAccount")),
        "google.kms.crypto-key" => (Some("cloudkms"), Some("cloudkms.googleapis.com/CryptoKey")),
        "google.kms.key-ring" => (Some("cloudkms"), Some("cloudkms.googleapis.com/KeyRing")),
        "google.compute.instance" => (Some("compute"), Some("compute.googleapis.com/Instance")),
        "google.cloud-run.service" => (Some("run"), Some("run.googleapis.com/Service")),
        _ if kind.starts_with("google.vertex-ai.") => (Some("aiplatform"), None),
        _ => (None, None),
    }
}
