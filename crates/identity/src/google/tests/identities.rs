//! Members that are tokens of others: pipelines and clusters.

use super::PROVIDER;
use crate::estate::{catalog, graph, who};
use crate::google::Google;

const POOL: &str = r#"
resource "google_iam_workload_identity_pool" "ci" {
  workload_identity_pool_id = "ci"
}
resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.ci.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject"             = "assertion.sub"
    "attribute.repository"       = "assertion.repository"
    "attribute.repository_owner" = "assertion.repository_owner"
    "attribute.environment"      = "assertion.environment"
    "attribute.actor"            = "assertion.actor"
  }
  CONDITION
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}
resource "google_service_account_iam_member" "ci" {
  service_account_id = google_service_account.app.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci.name}MEMBER"
}
"#;

#[test]
fn tokens_of_pipelines_are_those_that_pool_and_member_take() {
    const ANY: &str = "any GitHub repository";
    let mut wrong = Vec::new();
    for (condition, member, want) in [
        ("", "/*", vec![ANY]),
        ("", "/attribute.repository/acme/app", vec!["<GitHub repository acme/app>"]),
        ("", "/attribute.repository_owner/acme", vec!["<GitHub repositories of acme>"]),
        (
            "",
            "/subject/repo:acme/app:ref:refs/heads/main",
            vec!["<GitHub token with sub repo:acme/app:ref:refs/heads/main>"],
        ),
        ("", "/attribute.environment/prod", vec![ANY]),
        ("", "/attribute.actor/ada", vec!["any GitHub repository if attribute.actor is ada"]),
        (
            "assertion.repository_owner == 'acme'",
            "/*",
            vec!["<GitHub tokens where assertion.repository_owner == 'acme'>"],
        ),
        (
            "attribute.repository == 'acme/app'",
            "/*",
            vec!["<GitHub tokens where attribute.repository == 'acme/app'>"],
        ),
        (
            "assertion.repository.startsWith('acme/')",
            "/*",
            vec!["<GitHub tokens where assertion.repository.startsWith('acme/')>"],
        ),
        (
            "assertion.repository.startsWith('acme')",
            "/*",
            vec!["any GitHub repository if assertion.repository.startsWith('acme')"],
        ),
        ("assertion.ref == 'refs/heads/main'", "/*", vec![ANY]),
        (
            "assertion.repository_owner_id == '123' && assertion.ref == 'refs/heads/main'",
            "/attribute.environment/prod",
            vec!["<GitHub token with environment prod>"],
        ),
        ("assertion.repository_owner == 'acme' || true", "/*", vec![ANY]),
        (
            "google.subject.startsWith('repo:acme/app:')",
            "/*",
            vec!["<GitHub tokens where google.subject.startsWith('repo:acme/app:')>"],
        ),
    ] {
        let given =
            if condition.is_empty() { String::new() } else { format!("attribute_condition = {condition:?}") };
        let text = format!("{PROVIDER}{}", POOL.replace("CONDITION", &given).replace("MEMBER", member));
        let graph = graph(&[("main.tf", &text)]);
        let google = Google::derive(&graph, catalog());
        let found = who(&graph, &google, "iam.serviceAccounts.getAccessToken", "google_service_account.app");
        if found != want {
            wrong.push(format!("{condition} {member}\n  want {want:?}\n  have {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn accounts_of_a_cluster_act_as_accounts_of_google() {
    let manifests = "\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: api
  namespace: prod
  annotations: {iam.gke.io/gcp-service-account: app@northwind.iam.gserviceaccount.com}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: batch, namespace: prod}
";
    let terraform = format!(
        r#"{PROVIDER}
resource "google_service_account_iam_binding" "pods" {{
  service_account_id = google_service_account.app.name
  role               = "roles/iam.workloadIdentityUser"
  members            = [
    "serviceAccount:northwind.svc.id.goog[prod/api]",
    "serviceAccount:northwind.svc.id.goog[prod/batch]",
    "serviceAccount:northwind.svc.id.goog[lab/none]",
  ]
}}
resource "google_storage_bucket_iam_member" "direct" {{
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectViewer"
  member = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/northwind.svc.id.goog/subject/ns/prod/sa/batch"
}}"#
    );
    let graph = graph(&[("infra/main.tf", &terraform), ("deploy/app.yaml", manifests)]);
    let google = Google::derive(&graph, catalog());
    assert_eq!(
        who(&graph, &google, "iam.serviceAccounts.getAccessToken", "google_service_account.app"),
        [
            "<Kubernetes service account lab/none of northwind.svc.id.goog>",
            "ServiceAccount/prod/api",
            "ServiceAccount/prod/batch if the cluster of prod/batch is of the pool northwind.svc.id.goog",
        ]
    );
    assert_eq!(
        who(&graph, &google, "storage.objects.get", "google_storage_bucket.data"),
        ["ServiceAccount/prod/batch if the cluster of prod/batch is of the pool northwind.svc.id.goog"]
    );
}

#[test]
fn jobs_of_the_repository_have_tokens() {
    let workflow = "\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    steps:
      - uses: google-github-actions/auth@v3
        with:
          workload_identity_provider: projects/1/locations/global/workloadIdentityPools/ci/providers/github
          service_account: app@northwind.iam.gserviceaccount.com
  test:
    runs-on: ubuntu-latest
    steps: [{run: make test}]
";
    let ask = |member: &str| {
        let text = format!("{PROVIDER}{}", POOL.replace("CONDITION", "").replace("MEMBER", member));
        let graph = graph(&[("main.tf", &text), (".github/workflows/deploy.yml", workflow)]);
        let google = Google::derive(&graph, catalog());
        who(&graph, &google, "iam.serviceAccounts.getAccessToken", "google_service_account.app")
    };
    let job = "deploy.yml#deploy";
    let found = ask("/*");
    assert!(
        found.len() == 2 && found[0] == "any GitHub repository" || found[1] == "any GitHub repository",
        "{found:?} {job}"
    );
    let found = ask("/attribute.repository/acme/app");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].ends_with("deploy if its tokens are those of GitHub repository acme/app"), "{found:?}");
}
