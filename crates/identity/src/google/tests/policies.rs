//! Allow and deny policies along the hierarchy, and their conditions.

use super::{Case, run};

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
                (
                    "storage.objects.get",
                    "=gs://nowhere",
                    &["google_service_account.app if gs://nowhere is in project northwind"],
                ),
                ("storage.objects.get", "=gs://northwind-data", &["google_service_account.app"]),
                (
                    "storage.objects.get",
                    "=//storage.googleapis.com/northwind-data",
                    &["google_service_account.app"],
                ),
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

#[test]
fn conditions_are_decided_as_far_as_the_resource_is_known() {
    run(&[
        Case {
            name: "a condition on the name of what is granted",
            terraform: r#"
resource "google_storage_bucket" "other" {
  name                        = "northwind-other"
  location                    = "EU"
  uniform_bucket_level_access = true
}
resource "google_project_iam_member" "m" {
  project = "northwind"
  role    = "roles/storage.objectViewer"
  member  = "user:ada@northwind.example"
  condition {
    title      = "data only"
    expression = "resource.name.startsWith('projects/_/buckets/northwind-data')"
  }
}"#,
            asks: &[
                ("storage.objects.get", "google_storage_bucket.data", &["<user:ada@northwind.example>"]),
                ("storage.objects.get", "google_storage_bucket.other", &[]),
                (
                    "storage.objects.get",
                    "*",
                    &[
                        "<user:ada@northwind.example> if resource.name.startsWith('projects/_/buckets/northwind-data')",
                    ],
                ),
            ],
        },
        Case {
            name: "a condition on the time of a request",
            terraform: r#"
resource "google_secret_manager_secret_iam_member" "m" {
  secret_id = google_secret_manager_secret.key.id
  role      = "roles/secretmanager.secretAccessor"
  member    = "user:ada@northwind.example"
  condition {
    title      = "until"
    expression = "request.time < timestamp(\"2027-01-01T00:00:00Z\")"
  }
}
resource "google_project_iam_binding" "b" {
  project = "northwind"
  role    = "roles/secretmanager.secretAccessor"
  members = ["user:bob@northwind.example"]
  condition {
    title      = "buckets"
    expression = "resource.type == 'storage.googleapis.com/Bucket' || resource.matchTag('1/env', 'test')"
  }
}"#,
            asks: &[(
                "secretmanager.versions.access",
                "google_secret_manager_secret.key",
                &[
                    "<user:ada@northwind.example> if request.time < timestamp(\"2027-01-01T00:00:00Z\")",
                    "<user:bob@northwind.example> if resource.type == 'storage.googleapis.com/Bucket' || resource.matchTag('1/env', 'test')",
                ],
            )],
        },
    ]);
}

#[test]
fn deny_policies_come_first() {
    run(&[
        Case {
            name: "everybody but one",
            terraform: r#"
resource "google_project_iam_binding" "b" {
  project = "northwind"
  role    = "roles/secretmanager.admin"
  members = ["user:ada@northwind.example", "user:bob@northwind.example", "serviceAccount:${google_service_account.app.email}", "group:ops@northwind.example"]
}
resource "google_iam_deny_policy" "d" {
  parent = urlencode("cloudresourcemanager.googleapis.com/projects/northwind")
  name   = "no-secrets"
  rules {
    deny_rule {
      denied_principals    = ["principalSet://goog/public:all"]
      exception_principals = ["principal://goog/subject/ada@northwind.example", "principal://iam.googleapis.com/projects/-/serviceAccounts/${google_service_account.app.email}"]
      denied_permissions   = ["secretmanager.googleapis.com/versions.*"]
    }
  }
}"#,
            asks: &[
                (
                    "secretmanager.versions.access",
                    "google_secret_manager_secret.key",
                    &["<user:ada@northwind.example>", "google_service_account.app"],
                ),
                (
                    "secretmanager.secrets.get",
                    "google_secret_manager_secret.key",
                    &[
                        "<group:ops@northwind.example>",
                        "<user:ada@northwind.example>",
                        "<user:bob@northwind.example>",
                        "google_service_account.app",
                    ],
                ),
                (
                    "secretmanager.versions.access|secretmanager.secrets.setIamPolicy",
                    "google_secret_manager_secret.key",
                    &[
                        "<group:ops@northwind.example>",
                        "<user:ada@northwind.example>",
                        "<user:bob@northwind.example>",
                        "google_service_account.app",
                    ],
                ),
            ],
        },
        Case {
            name: "accounts that are kept to the resources of their project",
            terraform: r#"
resource "google_project" "lab" {
  name       = "lab"
  project_id = "northwind-lab"
}
resource "google_storage_bucket" "lab" {
  name                        = "northwind-lab"
  project                     = google_project.lab.project_id
  location                    = "EU"
  uniform_bucket_level_access = true
}
resource "google_service_account" "kept" {
  account_id = "kept"
  project    = google_project.lab.project_id
}
resource "google_iam_principal_access_boundary_policy" "lab" {
  organization                        = "1"
  location                            = "global"
  principal_access_boundary_policy_id = "only-lab"
  details {
    rules {
      resources = ["//cloudresourcemanager.googleapis.com/projects/northwind-lab"]
      effect    = "ALLOW"
    }
  }
}
resource "google_iam_projects_policy_binding" "lab" {
  project           = google_project.lab.project_id
  location          = "global"
  policy_binding_id = "lab"
  policy_kind       = "PRINCIPAL_ACCESS_BOUNDARY"
  policy            = google_iam_principal_access_boundary_policy.lab.id
  target {
    principal_set = "//cloudresourcemanager.googleapis.com/projects/northwind-lab"
  }
}
resource "google_storage_bucket_iam_binding" "a" {
  bucket  = google_storage_bucket.data.name
  role    = "roles/storage.objectViewer"
  members = [google_service_account.kept.member, google_service_account.app.member]
}
resource "google_storage_bucket_iam_binding" "b" {
  bucket  = google_storage_bucket.lab.name
  role    = "roles/storage.objectViewer"
  members = [google_service_account.kept.member, google_service_account.app.member]
}"#,
            asks: &[
                (
                    "storage.objects.get",
                    "google_storage_bucket.data",
                    &[
                        "google_service_account.app",
                        "google_service_account.kept if principal access boundary only-lab does not stop it",
                    ],
                ),
                (
                    "storage.objects.get",
                    "google_storage_bucket.lab",
                    &["google_service_account.app", "google_service_account.kept"],
                ),
            ],
        },
        Case {
            name: "with a condition, a group and an exception of permissions",
            terraform: r#"
resource "google_project_iam_binding" "b" {
  project = "northwind"
  role    = "roles/secretmanager.admin"
  members = ["user:ada@northwind.example", "group:ops@northwind.example"]
}
resource "google_iam_deny_policy" "d" {
  parent = "cloudresourcemanager.googleapis.com%2Fprojects%2Fnorthwind"
  name   = "tagged"
  rules {
    deny_rule {
      denied_principals     = ["principalSet://goog/group/ops@northwind.example"]
      denied_permissions    = ["secretmanager.googleapis.com/*.*"]
      exception_permissions = ["secretmanager.googleapis.com/secrets.get"]
    }
  }
  rules {
    deny_rule {
      denied_principals  = ["principal://goog/subject/ada@northwind.example"]
      denied_permissions = ["secretmanager.googleapis.com/versions.access"]
      denial_condition {
        expression = "resource.matchTag('1/env', 'prod')"
      }
    }
  }
}"#,
            asks: &[
                (
                    "secretmanager.versions.access",
                    "google_secret_manager_secret.key",
                    &[
                        "<user:ada@northwind.example> if deny policy tagged does not deny it and deny policy tagged does not deny it where resource.matchTag('1/env', 'prod')",
                    ],
                ),
                (
                    "secretmanager.secrets.get",
                    "google_secret_manager_secret.key",
                    &["<group:ops@northwind.example>", "<user:ada@northwind.example>"],
                ),
            ],
        },
    ]);
}
