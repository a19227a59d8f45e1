# The delivery report: people ask for figures in words, the service computes them.
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = "northwind-delivery"
  region  = "europe-west1"
}

resource "google_storage_bucket" "cases" {
  name                        = "northwind-delivery-cases"
  location                    = "EU"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }
}

resource "google_vertex_ai_index" "cases" {
  display_name = "delay-cases"
  region       = "europe-west1"

  metadata {
    contents_delta_uri = "gs://${google_storage_bucket.cases.name}/cases"

    config {
      dimensions                  = 768
      approximate_neighbors_count = 50

      algorithm_config {
        tree_ah_config {}
      }
    }
  }
}

resource "google_service_account" "report" {
  account_id   = "delivery-report"
  display_name = "Delivery report"
}

resource "google_project_iam_custom_role" "caller" {
  role_id     = "modelCaller"
  title       = "Caller of models"
  permissions = ["aiplatform.endpoints.predict"]
}

resource "google_project_iam_member" "report_models" {
  project = "northwind-delivery"
  role    = google_project_iam_custom_role.caller.id
  member  = google_service_account.report.member
}

resource "google_storage_bucket_iam_member" "report_cases" {
  bucket = google_storage_bucket.cases.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.report.member
}

resource "google_cloud_run_v2_service" "report" {
  name     = "delivery-report"
  location = "europe-west1"
  ingress  = "INGRESS_TRAFFIC_ALL"

  template {
    service_account = google_service_account.report.email

    containers {
      image = "europe-west1-docker.pkg.dev/northwind-delivery/apps/delivery-report:2.0.3"

      env {
        name  = "REPORT_MODEL"
        value = "gemini-2.5-flash"
      }

      env {
        name  = "REPORT_PROJECT"
        value = "northwind-delivery"
      }

      env {
        name  = "CASES_BUCKET"
        value = google_storage_bucket.cases.name
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "everybody" {
  name     = google_cloud_run_v2_service.report.name
  location = google_cloud_run_v2_service.report.location
  role     = "roles/run.invoker"
  member   = "allUsers"
}
