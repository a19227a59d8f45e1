//! What no document says: default accounts, unknown projects, and how answers are shared and explained.

use super::{Case, PROVIDER, run};
use crate::estate::{catalog, graph, who};
use crate::google::Google;

#[test]
fn workloads_that_name_no_account_are_principals() {
    run(&[
        Case {
            name: "the default account of a project's machines",
            terraform: r#"
resource "google_cloud_run_v2_service" "api" {
  name     = "api"
  location = "europe-west1"
  template {
    containers {
      image = "gcr.io/northwind/api"
    }
  }
}
resource "google_cloud_run_v2_service" "safe" {
  name     = "safe"
  location = "europe-west1"
  template {
    service_account = google_service_account.app.email
    containers {
      image = "gcr.io/northwind/safe"
    }
  }
}
resource "google_compute_instance" "nobody" {
  name         = "nobody"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
}
resource "google_compute_instance" "reader" {
  name         = "reader"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  service_account {
    scopes = ["https://www.googleapis.com/auth/devstorage.read_only"]
  }
}
resource "google_secret_manager_secret_iam_member" "m" {
  secret_id = google_secret_manager_secret.key.id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:123456789-compute@developer.gserviceaccount.com"
}"#,
            asks: &[
                (
                    "aiplatform.customJobs.create",
                    "*",
                    &[
                        "google_cloud_run_v2_service.api if automatic role grants to default service accounts are not turned off",
                        "google_compute_instance.reader if automatic role grants to default service accounts are not turned off and its access scopes devstorage.read_only cover it",
                    ],
                ),
                (
                    "secretmanager.versions.access",
                    "google_secret_manager_secret.key",
                    &[
                        "<serviceAccount:123456789-compute@developer.gserviceaccount.com>",
                        "google_cloud_run_v2_service.api if 123456789 is the number of its project",
                        "google_compute_instance.reader if 123456789 is the number of its project and its access scopes devstorage.read_only cover it",
                    ],
                ),
            ],
        },
        Case {
            name: "an agent that runs as a service agent",
            terraform: r#"
resource "google_vertex_ai_reasoning_engine" "helper" {
  display_name = "helper"
  region       = "europe-west1"
}
resource "google_vertex_ai_reasoning_engine" "own" {
  display_name = "own"
  region       = "europe-west1"
  spec {
    service_account = google_service_account.app.email
  }
}"#,
            asks: &[
                (
                    "storage.objects.get",
                    "google_storage_bucket.data",
                    &["google_vertex_ai_reasoning_engine.helper"],
                ),
                ("storage.objects.create", "google_storage_bucket.data", &[]),
            ],
        },
    ]);
}

#[test]
fn a_project_that_is_not_known_is_the_one_of_its_configuration() {
    let text = r#"
variable "project" {}
provider "google" {
  project = var.project
}
resource "google_storage_bucket" "data" {
  name                        = "data"
  location                    = "EU"
  uniform_bucket_level_access = true
}
resource "google_project_iam_member" "a" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = "user:ada@northwind.example"
}
resource "google_project_iam_member" "b" {
  project = "northwind"
  role    = "roles/storage.objectViewer"
  member  = "user:bob@northwind.example"
}
resource "google_project_iam_member" "c" {
  project = data.google_project.this.project_id
  role    = "roles/storage.objectViewer"
  member  = "user:cem@northwind.example"
}
data "google_project" "this" {}
"#;
    let elsewhere = r#"
resource "google_project_iam_member" "d" {
  project = var.project
  role    = "roles/storage.admin"
  member  = "user:dan@northwind.example"
}
variable "project" {}
"#;
    let graph = graph(&[("a/main.tf", text), ("b/main.tf", elsewhere)]);
    let google = Google::derive(&graph, catalog());
    assert_eq!(
        who(&graph, &google, "storage.objects.get", "google_storage_bucket.data"),
        [
            "<user:ada@northwind.example>",
            "<user:bob@northwind.example> if the project of a is project northwind",
            "<user:cem@northwind.example>",
        ]
    );
}

#[test]
fn resources_share_the_groups_of_their_project() {
    use graph::{On, Permissions, Request};
    let text = format!(
        r#"{PROVIDER}
resource "google_storage_bucket" "other" {{
  name                        = "other"
  location                    = "EU"
  uniform_bucket_level_access = true
}}
resource "google_project_iam_binding" "b" {{
  project = "northwind"
  role    = "roles/storage.admin"
  members = ["user:ada@northwind.example"]
}}
resource "google_project_iam_binding" "c" {{
  project = "northwind"
  role    = "roles/storage.objectViewer"
  members = ["user:bob@northwind.example"]
  condition {{
    title      = "t"
    expression = "request.time < timestamp('2030-01-01T00:00:00Z')"
  }}
}}"#
    );
    let graph = graph(&[("main.tf", &text)]);
    let google = Google::derive(&graph, catalog());
    let actions = [std::sync::Arc::from("storage.objects.get")];
    let of = |address: &str| {
        let on = On::Asset(crate::estate::asset(&graph, address));
        google.who_can(&Request { actions: &actions, on, context: &[] })
    };
    let (data, other) = (of("google_storage_bucket.data"), of("google_storage_bucket.other"));
    assert!(data.len() == 1 && std::sync::Arc::ptr_eq(&data[0], &other[0]));
}

#[test]
fn every_answer_says_why_and_where() {
    use graph::{On, Permissions, Request};
    let text = format!(
        "{PROVIDER}resource \"google_storage_bucket_iam_member\" \"m\" {{\n  bucket = google_storage_bucket.data.name\n  role   = \"roles/storage.objectViewer\"\n  member = \"allUsers\"\n}}\n"
    );
    let graph = graph(&[("main.tf", &text)]);
    let google = Google::derive(&graph, catalog());
    let actions = [std::sync::Arc::from("storage.objects.get")];
    let on = On::Asset(crate::estate::asset(&graph, "google_storage_bucket.data"));
    let groups = google.who_can(&Request { actions: &actions, on, context: &[] });
    let grounds = &groups[0].0[0].grounds[0];
    assert_eq!(
        &*grounds.says,
        "allUsers has roles/storage.objectViewer on bucket northwind-data, which has storage.objects.get"
    );
    assert_eq!(grounds.evidence.position().map(ToString::to_string).as_deref(), Some("main.tf:19:3"));
}
