provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "ai" {
  name     = "rg-claims-ai"
  location = "swedencentral"
}

resource "azurerm_cognitive_account" "ai" {
  name                          = "fabrikam-claims"
  location                      = azurerm_resource_group.ai.location
  resource_group_name           = azurerm_resource_group.ai.name
  kind                          = "OpenAI"
  sku_name                      = "S0"
  custom_subdomain_name         = "fabrikam-claims"
  local_auth_enabled            = true
  public_network_access_enabled = true

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_cognitive_deployment" "chat" {
  name                 = "chat"
  cognitive_account_id = azurerm_cognitive_account.ai.id

  model {
    format  = "OpenAI"
    name    = "gpt-4.1"
    version = "2025-04-14"
  }

  sku {
    name     = "DataZoneStandard"
    capacity = 200
  }
}

resource "azurerm_user_assigned_identity" "claims" {
  name                = "id-claims"
  location            = azurerm_resource_group.ai.location
  resource_group_name = azurerm_resource_group.ai.name
}

resource "azurerm_role_assignment" "claims" {
  scope                = azurerm_cognitive_account.ai.id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_user_assigned_identity.claims.principal_id
}
