# Forecasts the demand of every store for the coming six weeks.

resource "google_project_service" "this" {
  for_each = var.apis

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}

# Who the notebook and the pipelines are.
resource "google_service_account" "forecaster" {
  account_id   = "forecaster"
  display_name = "Demand forecasting"
}

resource "google_project_iam_member" "forecaster" {
  for_each = toset(["roles/aiplatform.user", "roles/bigquery.jobUser"])

  project = var.project
  role    = each.value
  member  = "serviceAccount:${google_service_account.forecaster.email}"
}

# Encrypts the data, the models and the notebook's disks.
resource "google_kms_key_ring" "forecasting" {
  name     = "forecasting"
  location = var.region
}

resource "google_kms_crypto_key" "forecasting" {
  name            = "forecasting"
  key_ring        = google_kms_key_ring.forecasting.id
  rotation_period = "7776000s"
}

# Draws the map of stores on the planners' page.
resource "google_apikeys_key" "store_map" {
  name         = "store-map"
  display_name = "Store map"

  restrictions {
    api_targets {
      service = "maps-backend.googleapis.com"
    }

    browser_key_restrictions {
      allowed_referrers = ["https://planning.northwind.example/*"]
    }
  }
}
