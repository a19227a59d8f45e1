# The forecasting model answers here.
resource "google_vertex_ai_endpoint" "demand" {
  name         = "demand-forecast"
  display_name = "demand-forecast"
  location     = var.region
  region       = var.region

  encryption_spec {
    kms_key_name = google_kms_crypto_key.forecasting.id
  }

  private_service_connect_config {
    enable_private_service_connect = true
    project_allowlist              = [var.project]
  }

  predict_request_response_logging_config {
    enabled       = true
    sampling_rate = 0.1

    bigquery_destination {
      output_uri = "bq://${var.project}.${google_bigquery_dataset.forecasts.dataset_id}.requests"
    }
  }
}

# Finds stores whose demand looks alike.
resource "google_vertex_ai_index" "curves" {
  display_name        = "demand-curves"
  region              = var.region
  index_update_method = "BATCH_UPDATE"

  encryption_spec {
    kms_key_name = google_kms_crypto_key.forecasting.id
  }

  metadata {
    contents_delta_uri = "gs://${google_storage_bucket.history.name}/curves"

    config {
      dimensions                  = 128
      approximate_neighbors_count = 50
      distance_measure_type       = "DOT_PRODUCT_DISTANCE"

      algorithm_config {
        tree_ah_config {
          leaf_node_embedding_count = 500
        }
      }
    }
  }
}

resource "google_vertex_ai_index_endpoint" "curves" {
  display_name = "demand-curves"
  region       = var.region

  encryption_spec {
    kms_key_name = google_kms_crypto_key.forecasting.id
  }

  private_service_connect_config {
    enable_private_service_connect = true
    project_allowlist              = [var.project]
  }
}

resource "google_vertex_ai_index_endpoint_deployed_index" "curves" {
  index_endpoint    = google_vertex_ai_index_endpoint.curves.id
  index             = google_vertex_ai_index.curves.id
  deployed_index_id = "demand_curves"

  deployed_index_auth_config {
    auth_provider {
      audiences       = ["demand-curves"]
      allowed_issuers = [google_service_account.forecaster.email]
    }
  }
}
