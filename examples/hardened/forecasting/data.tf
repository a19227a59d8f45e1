# Sales history, weather and the embeddings of demand curves.
resource "google_storage_bucket" "history" {
  name                        = "northwind-sales-history"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.forecasting.id
  }
}

# The supplier of the weather data checks its deliveries.
resource "google_storage_bucket_iam_member" "supplier" {
  bucket = google_storage_bucket.history.name
  role   = "roles/storage.objectViewer"
  member = "group:deliveries@weather.example"
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

  encryption_spec {
    kms_key_name = google_kms_crypto_key.forecasting.id
  }
}

# The requests to the model and its answers.
resource "google_bigquery_dataset" "forecasts" {
  dataset_id = "forecasts"
  location   = var.region

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.forecasting.id
  }
}
