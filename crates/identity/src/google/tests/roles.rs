//! Predefined, custom and basic roles, and the older lists of buckets and datasets.

use super::{Case, run};

#[test]
fn roles_are_predefined_custom_or_not_known() {
    run(&[
        Case {
            name: "a custom role of the project",
            terraform: r#"
resource "google_project_iam_custom_role" "runner" {
  role_id     = "runner"
  title       = "Runner"
  permissions = ["aiplatform.customJobs.create", "iam.serviceAccounts.actAs"]
}
resource "google_project_iam_member" "m" {
  project = "northwind"
  role    = google_project_iam_custom_role.runner.name
  member  = "user:ada@northwind.example"
}
resource "google_project_iam_member" "n" {
  project = "northwind"
  role    = "projects/northwind/roles/runner"
  member  = "user:bob@northwind.example"
}"#,
            asks: &[
                (
                    "aiplatform.customJobs.create",
                    "*",
                    &["<user:ada@northwind.example>", "<user:bob@northwind.example>"],
                ),
                (
                    "iam.serviceAccounts.actAs",
                    "google_service_account.app",
                    &["<user:ada@northwind.example>", "<user:bob@northwind.example>"],
                ),
                ("aiplatform.endpoints.predict", "*", &[]),
            ],
        },
        Case {
            name: "a role that is not described",
            terraform: r#"
variable "role" {}
resource "google_project_iam_member" "m" {
  project = "northwind"
  role    = "roles/none.such"
  member  = "user:ada@northwind.example"
}
resource "google_project_iam_member" "n" {
  project = "northwind"
  role    = var.role
  member  = "user:bob@northwind.example"
}
resource "google_project_iam_member" "o" {
  project = "northwind"
  role    = "roles/storage.objectViewer"
  member  = var.role
}"#,
            asks: &[(
                "storage.objects.get",
                "google_storage_bucket.data",
                &[
                    "<a member that is not known>? variable role has no value",
                    "<user:ada@northwind.example>? what roles/none.such may do is not described",
                    "<user:bob@northwind.example>? which role is granted: variable role has no value",
                ],
            )],
        },
        Case {
            name: "a custom role whose list comes from elsewhere",
            terraform: r#"
variable "permissions" {}
resource "google_project_iam_custom_role" "runner" {
  role_id     = "runner"
  title       = "Runner"
  permissions = var.permissions
}
resource "google_project_iam_member" "m" {
  project = "northwind"
  role    = google_project_iam_custom_role.runner.id
  member  = "user:ada@northwind.example"
}"#,
            asks: &[(
                "storage.objects.get",
                "google_storage_bucket.data",
                &["<user:ada@northwind.example>? variable permissions has no value"],
            )],
        },
        Case {
            name: "basic roles reach data by what buckets and datasets give them",
            terraform: r#"
resource "google_bigquery_dataset" "sales" {
  dataset_id = "sales"
}
resource "google_bigquery_dataset" "closed" {
  dataset_id = "closed"
  access {
    role          = "OWNER"
    user_by_email = google_service_account.app.email
  }
  access {
    role           = "READER"
    group_by_email = "readers@northwind.example"
  }
}
resource "google_project_iam_member" "e" {
  project = "northwind"
  role    = "roles/editor"
  member  = "user:ada@northwind.example"
}
resource "google_project_iam_member" "v" {
  project = "northwind"
  role    = "roles/viewer"
  member  = "user:bob@northwind.example"
}"#,
            asks: &[
                (
                    "storage.objects.get",
                    "google_storage_bucket.data",
                    &["<user:ada@northwind.example>", "<user:bob@northwind.example>"],
                ),
                ("storage.objects.delete", "google_storage_bucket.data", &["<user:ada@northwind.example>"]),
                (
                    "bigquery.tables.getData",
                    "google_bigquery_dataset.sales",
                    &["<user:ada@northwind.example>", "<user:bob@northwind.example>"],
                ),
                (
                    "bigquery.tables.getData",
                    "google_bigquery_dataset.closed",
                    &["<group:readers@northwind.example>", "google_service_account.app"],
                ),
                ("secretmanager.versions.access", "google_secret_manager_secret.key", &[]),
                (
                    "iam.serviceAccounts.actAs",
                    "google_service_account.app",
                    &["<user:ada@northwind.example>"],
                ),
                ("iam.serviceAccounts.getAccessToken", "google_service_account.app", &[]),
            ],
        },
        Case {
            name: "a whole policy takes the place of what a bucket begins with",
            terraform: r#"
resource "google_storage_bucket_iam_policy" "p" {
  bucket      = google_storage_bucket.data.name
  policy_data = jsonencode({ bindings = [{ role = "roles/storage.objectViewer", members = ["user:ada@northwind.example"] }] })
}
resource "google_project_iam_member" "e" {
  project = "northwind"
  role    = "roles/editor"
  member  = "user:bob@northwind.example"
}"#,
            asks: &[("storage.objects.get", "google_storage_bucket.data", &["<user:ada@northwind.example>"])],
        },
        Case {
            name: "older lists of a bucket",
            terraform: r#"
resource "google_storage_bucket" "old" {
  name     = "northwind-old"
  location = "EU"
}
resource "google_storage_bucket_acl" "old" {
  bucket      = google_storage_bucket.old.name
  role_entity = ["READER:allUsers", "OWNER:user-ada@northwind.example"]
}
resource "google_storage_default_object_acl" "old" {
  bucket      = google_storage_bucket.old.name
  role_entity = ["READER:allAuthenticatedUsers"]
}
resource "google_storage_bucket_access_control" "data" {
  bucket = google_storage_bucket.data.name
  role   = "READER"
  entity = "allUsers"
}"#,
            asks: &[
                (
                    "storage.objects.list",
                    "google_storage_bucket.old",
                    &["<user:ada@northwind.example>", "anyone"],
                ),
                ("storage.objects.get", "google_storage_bucket.old", &["any Google account"]),
                ("storage.objects.list", "google_storage_bucket.data", &[]),
            ],
        },
        Case {
            name: "convenience values",
            terraform: r#"
resource "google_project_iam_member" "e" {
  project = "northwind"
  role    = "roles/editor"
  member  = "user:ada@northwind.example"
}
resource "google_secret_manager_secret_iam_member" "m" {
  secret_id = google_secret_manager_secret.key.id
  role      = "roles/secretmanager.secretAccessor"
  member    = "projectEditor:northwind"
}"#,
            asks: &[(
                "secretmanager.versions.access",
                "google_secret_manager_secret.key",
                &["<projectEditor:northwind>", "<user:ada@northwind.example>"],
            )],
        },
    ]);
}
