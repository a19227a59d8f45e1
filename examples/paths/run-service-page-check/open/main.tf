# The page doctor: anybody may tell it that a page of the shop does not open.
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = "northwind-doctor"
  region  = "europe-west1"
}

resource "google_service_account" "doctor" {
  account_id   = "page-doctor"
  display_name = "Page doctor"
}

resource "google_bigquery_dataset" "customers" {
  dataset_id = "customers"
  location   = "EU"
}

resource "google_project_iam_member" "doctor_queries" {
  project = "northwind-doctor"
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.doctor.member
}

resource "google_bigquery_dataset_iam_member" "doctor_customers" {
  dataset_id = google_bigquery_dataset.customers.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.doctor.member
}

resource "google_project_iam_member" "doctor_models" {
  project = "northwind-doctor"
  role    = "roles/aiplatform.user"
  member  = google_service_account.doctor.member
}

resource "google_cloud_run_v2_service" "doctor" {
  name     = "page-doctor"
  location = "europe-west1"
  ingress  = "INGRESS_TRAFFIC_ALL"

  template {
    service_account = google_service_account.doctor.email

    containers {
      image = "europe-west1-docker.pkg.dev/northwind-doctor/apps/page-doctor:1.8.2"

      env {
        name  = "DOCTOR_MODEL"
        value = "gemini-2.5-flash"
      }

      env {
        name  = "DOCTOR_LOCATION"
        value = "europe-west1"
      }

      env {
        name  = "DOCTOR_PROJECT"
        value = "northwind-doctor"
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "everybody" {
  name     = google_cloud_run_v2_service.doctor.name
  location = google_cloud_run_v2_service.doctor.location
  role     = "roles/run.invoker"
  member   = "allUsers"
}
