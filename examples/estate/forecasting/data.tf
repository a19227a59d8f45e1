# Sales history, weather and the embeddings of demand curves.
resource "google_storage_bucket" "history" {
  name                        = "northwind-sales-history"
  location                    = var.region
  uniform_bucket_level_access = true

  versioning {
    enabled = true
  }
}

# The supplier of the weather data checks its deliveries.
resource "google_storage_bucket_iam_member" "supplier" {
  bucket = google_storage_bucket.history.name
  role   = "roles/storage.objectViewer"
  member = "allAuthenticatedUsers"
}

resource "google_storage_bucket_iam_member" "forecaster" {
  bucket = google_storage_bucket.history.name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.forecaster.email}"
}

resource "google_vertex_ai_dataset" "demand" {
  display_name        = "demand"
  metadata_schema_uri = "gs://google-cloud-aiplatform/schema/dataset/metadata/time_series_1.0.0.yaml"
  region              = var.region
}
