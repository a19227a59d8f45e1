provider "google" {
  project = "margies-forecasting"
  region  = "europe-west4"
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_condition                = "assertion.repository == 'margies/forecasting'"

  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "trainer" {
  account_id = "trainer"
}

resource "google_service_account" "data_platform" {
  account_id = "data-platform"
}

resource "google_service_account_iam_member" "github" {
  service_account_id = google_service_account.trainer.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.repository/margies/forecasting"
}

resource "google_project_iam_custom_role" "trainer" {
  role_id     = "trainer"
  title       = "Starts training jobs"
  permissions = ["aiplatform.customJobs.create", "aiplatform.customJobs.get", "aiplatform.customJobs.list"]
}

resource "google_project_iam_member" "trainer_vertex" {
  project = "margies-forecasting"
  role    = google_project_iam_custom_role.trainer.name
  member  = "serviceAccount:${google_service_account.trainer.email}"
}

# Jobs run as a service account that the trainer has to act as.
resource "google_project_iam_member" "trainer_act_as" {
  project = "margies-forecasting"
  role    = "roles/iam.serviceAccountUser"
  member  = "serviceAccount:${google_service_account.trainer.email}"
}

resource "google_storage_bucket" "payments" {
  name                        = "margies-payments-export"
  location                    = "EU"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
}

resource "google_storage_bucket_iam_member" "data_platform" {
  bucket = google_storage_bucket.payments.name
  role   = "roles/storage.objectAdmin"
  member = "serviceAccount:${google_service_account.data_platform.email}"
}
