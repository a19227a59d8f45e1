# The sales analyst: people ask in words, the app answers with a figure that it has computed.
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.50"
    }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "analyst" {
  name     = "rg-sales-analyst"
  location = "westeurope"
}

resource "azurerm_cognitive_account" "analyst" {
  name                  = "oai-northwind-analyst"
  resource_group_name   = azurerm_resource_group.analyst.name
  location              = azurerm_resource_group.analyst.location
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "oai-northwind-analyst"
}

resource "azurerm_cognitive_deployment" "analyst" {
  name                 = "analyst"
  cognitive_account_id = azurerm_cognitive_account.analyst.id

  model {
    format  = "OpenAI"
    name    = "gpt-4.1"
    version = "2025-04-14"
  }

  sku {
    name     = "Standard"
    capacity = 30
  }
}

resource "azurerm_storage_account" "sales" {
  name                            = "stnorthwindsales"
  resource_group_name             = azurerm_resource_group.analyst.name
  location                        = azurerm_resource_group.analyst.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  shared_access_key_enabled       = false
  allow_nested_items_to_be_public = false
}

resource "azurerm_storage_container" "orders" {
  name               = "customer-orders"
  storage_account_id = azurerm_storage_account.sales.id
}

resource "azurerm_user_assigned_identity" "analyst" {
  name                = "id-sales-analyst"
  resource_group_name = azurerm_resource_group.analyst.name
  location            = azurerm_resource_group.analyst.location
}

resource "azurerm_role_assignment" "orders" {
  scope                = azurerm_storage_account.sales.id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.analyst.principal_id
}

resource "azurerm_container_app_environment" "analyst" {
  name                = "cae-sales-analyst"
  resource_group_name = azurerm_resource_group.analyst.name
  location            = azurerm_resource_group.analyst.location
}

resource "azurerm_container_app" "analyst" {
  name                         = "ca-sales-analyst"
  resource_group_name          = azurerm_resource_group.analyst.name
  container_app_environment_id = azurerm_container_app_environment.analyst.id
  revision_mode                = "Single"

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.analyst.id]
  }

  secret {
    name  = "openai-key"
    value = azurerm_cognitive_account.analyst.primary_access_key
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
    container {
      name   = "analyst"
      image  = "crnorthwind.azurecr.io/sales-analyst:3.2.0"
      cpu    = 1
      memory = "2Gi"

      env {
        name  = "AZURE_OPENAI_ENDPOINT"
        value = azurerm_cognitive_account.analyst.endpoint
      }

      env {
        name        = "AZURE_OPENAI_API_KEY"
        secret_name = "openai-key"
      }

      env {
        name  = "ANALYST_DEPLOYMENT"
        value = azurerm_cognitive_deployment.analyst.name
      }
    }
  }
}
