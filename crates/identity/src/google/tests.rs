//! Cases from the texts that people write, each with who may.

use super::Google;
use crate::estate::{catalog, graph, who};

struct Case {
    name: &'static str,
    terraform: &'static str,
    /// Actions, on what, and who.
    asks: &'static [(&'static str, &'static str, &'static [&'static str])],
}

fn run(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let text = format!("{PROVIDER}{}", case.terraform);
        let graph = graph(&[("main.tf", &text)]);
        let google = Google::derive(&graph, catalog());
        for (actions, on, want) in case.asks {
            let found = who(&graph, &google, actions, on);
            if found != *want {
                wrong.push(format!("{}: {actions} on {on}\n  want {want:?}\n  have {found:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

const PROVIDER: &str = r#"
provider "google" {
  project = "northwind"
}
resource "google_service_account" "app" {
  account_id = "app"
}
resource "google_storage_bucket" "data" {
  name                        = "northwind-data"
  location                    = "EU"
  uniform_bucket_level_access = true
}
resource "google_secret_manager_secret" "key" {
  secret_id = "key"
}
"#;

#[test]
fn bindings_are_inherited_from_what_is_above() {
    run(&[
        Case {
            name: "a role on the project is a role on what is in it",
            terraform: r#"
resource "google_project_iam_member" "m" {
  project = "northwind"
  role    = "roles/storage.objectViewer"
  member  = "serviceAccount:${google_service_account.app.email}"
}"#,
            asks: &[
                ("storage.objects.get", "google_storage_bucket.data", &["google_service_account.app"]),
                ("storage.objects.create", "google_storage_bucket.data", &[]),
                ("storage.objects.create|storage.objects.get", "*", &["google_service_account.app"]),
                ("storage.objects.get", "google_secret_manager_secret.key", &["google_service_account.app"]),
                ("storage.objects.get", "=projects/northwind", &["google_service_account.app"]),
                ("storage.objects.get", "=projects/elsewhere", &[]),
            ],
        },
        Case {
            name: "a role on a resource is on no other",
            terraform: r#"
resource "google_storage_bucket" "other" {
  name                        = "northwind-other"
  location                    = "EU"
  uniform_bucket_level_access = true
}
resource "google_storage_bucket_iam_member" "m" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:app@northwind.iam.gserviceaccount.com"
}"#,
            asks: &[
                ("storage.objects.get", "google_storage_bucket.data", &["google_service_account.app"]),
                ("storage.objects.get", "google_storage_bucket.other", &[]),
                ("storage.objects.get", "*", &["google_service_account.app"]),
                ("storage.buckets.create", "*", &[]),
            ],
        },
        Case {
            name: "everybody",
            terraform: r#"
resource "google_storage_bucket_iam_member" "a" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}
resource "google_storage_bucket_iam_binding" "b" {
  bucket  = google_storage_bucket.data.name
  role    = "roles/storage.objectCreator"
  members = ["allAuthenticatedUsers", "group:data@northwind.example", "user:ada@northwind.example", "domain:northwind.example"]
}"#,
            asks: &[
                ("storage.objects.get", "google_storage_bucket.data", &["anyone"]),
                (
                    "storage.objects.create",
                    "google_storage_bucket.data",
                    &[
                        "<domain:northwind.example>",
                        "<group:data@northwind.example>",
                        "<user:ada@northwind.example>",
                        "any Google account",
                    ],
                ),
            ],
        },
        Case {
            name: "whole policies, of a bucket and of the project",
            terraform: r#"
data "google_iam_policy" "p" {
  binding {
    role    = "roles/storage.objectViewer"
    members = ["user:ada@northwind.example"]
  }
}
resource "google_storage_bucket_iam_policy" "p" {
  bucket      = google_storage_bucket.data.name
  policy_data = data.google_iam_policy.p.policy_data
}
resource "google_project_iam_policy" "q" {
  project     = "northwind"
  policy_data = jsonencode({ bindings = [{ role = "roles/secretmanager.secretAccessor", members = ["user:bob@northwind.example"] }] })
}"#,
            asks: &[
                ("storage.objects.get", "google_storage_bucket.data", &["<user:ada@northwind.example>"]),
                (
                    "secretmanager.versions.access",
                    "google_secret_manager_secret.key",
                    &["<user:bob@northwind.example>"],
                ),
            ],
        },
        Case {
            name: "folders and organisations above a project that says so",
            terraform: r#"
resource "google_folder" "ai" {
  display_name = "ai"
  parent       = "organizations/1234"
}
resource "google_project" "ml" {
  name       = "ml"
  project_id = "northwind-ml"
  folder_id  = google_folder.ai.name
}
resource "google_storage_bucket" "models" {
  name                        = "northwind-models"
  project                     = google_project.ml.project_id
  location                    = "EU"
  uniform_bucket_level_access = true
}
resource "google_folder_iam_member" "f" {
  folder = google_folder.ai.name
  role   = "roles/storage.objectViewer"
  member = "group:readers@northwind.example"
}
resource "google_organization_iam_member" "o" {
  org_id = "1234"
  role   = "roles/storage.admin"
  member = "group:admins@northwind.example"
}"#,
            asks: &[
                (
                    "storage.objects.get",
                    "google_storage_bucket.models",
                    &["<group:admins@northwind.example>", "<group:readers@northwind.example>"],
                ),
                (
                    "storage.objects.get",
                    "google_storage_bucket.data",
                    &[
                        "<group:admins@northwind.example> if project northwind is in organization 1234",
                        "<group:readers@northwind.example> if project northwind is in folder ai",
                    ],
                ),
                (
                    "storage.objects.delete",
                    "google_storage_bucket.models",
                    &["<group:admins@northwind.example>"],
                ),
                ("resourcemanager.projects.setIamPolicy", "google_project.ml", &[]),
            ],
        },
    ]);
}
