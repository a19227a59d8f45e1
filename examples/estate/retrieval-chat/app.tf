resource "azurerm_container_app_environment" "chat" {
  name                       = "cae-retrieval-chat"
  resource_group_name        = azurerm_resource_group.chat.name
  location                   = azurerm_resource_group.chat.location
  infrastructure_subnet_id   = azurerm_subnet.app.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.chat.id
  tags                       = local.tags
}

resource "azurerm_container_app" "chat" {
  name                         = "ca-retrieval-chat"
  resource_group_name          = azurerm_resource_group.chat.name
  container_app_environment_id = azurerm_container_app_environment.chat.id
  revision_mode                = "Single"
  tags                         = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.app.id]
  }

  ingress {
    external_enabled = true
    target_port      = 8080

    traffic_weight {
      latest_revision = true
      percentage      = 100
    }
  }

  template {
    min_replicas = 1
    max_replicas = 4

    container {
      name   = "chat"
      image  = var.chat_image
      cpu    = 0.5
      memory = "1Gi"

      env {
        name  = "FOUNDRY_ENDPOINT"
        value = module.ai_services["chat"].endpoint
      }

      env {
        name  = "CHAT_DEPLOYMENT"
        value = azurerm_cognitive_deployment.chat.name
      }

      env {
        name  = "SEARCH_ENDPOINT"
        value = "https://${azurerm_search_service.manuals.name}.search.windows.net"
      }

      env {
        name  = "AZURE_CLIENT_ID"
        value = azurerm_user_assigned_identity.app.client_id
      }
    }
  }
}
