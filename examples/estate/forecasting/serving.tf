# The forecasting model answers here.
resource "google_vertex_ai_endpoint" "demand" {
  name         = "demand-forecast"
  display_name = "demand-forecast"
  location     = var.region
  region       = var.region
}

# Finds stores whose demand looks alike.
resource "google_vertex_ai_index" "curves" {
  display_name        = "demand-curves"
  region              = var.region
  index_update_method = "BATCH_UPDATE"

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
  display_name            = "demand-curves"
  region                  = var.region
  public_endpoint_enabled = true
}

resource "google_vertex_ai_index_endpoint_deployed_index" "curves" {
  index_endpoint    = google_vertex_ai_index_endpoint.curves.id
  index             = google_vertex_ai_index.curves.id
  deployed_index_id = "demand_curves"
}
