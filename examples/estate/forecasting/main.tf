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
  for_each = toset(["roles/editor", "roles/bigquery.jobUser"])

  project = var.project
  role    = each.value
  member  = "serviceAccount:${google_service_account.forecaster.email}"
}

# Draws the map of stores on the planners' page.
resource "google_apikeys_key" "store_map" {
  name         = "store-map"
  display_name = "Store map"

  restrictions {
    browser_key_restrictions {
      allowed_referrers = ["https://planning.northwind.example/*"]
    }
  }
}
