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
                    "<unknown (variable role has no value)>? variable role has no value",
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
