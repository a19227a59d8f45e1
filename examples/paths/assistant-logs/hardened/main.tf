# What employees ask the assistant goes to a workspace of its own, which no other team reads.
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.50"
    }
    azapi = {
      source  = "azure/azapi"
      version = "~> 2.7"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.6"
    }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "assistant" {
  name     = "rg-assistant"
  location = "westeurope"
}

resource "azurerm_resource_group" "operations" {
  name     = "rg-operations"
  location = "westeurope"
}

resource "azurerm_cognitive_account" "assistant" {
  name                          = "ais-northwind-assistant"
  resource_group_name           = azurerm_resource_group.assistant.name
  location                      = azurerm_resource_group.assistant.location
  kind                          = "AIServices"
  sku_name                      = "S0"
  custom_subdomain_name         = "ais-northwind-assistant"
  local_auth_enabled            = false
  public_network_access_enabled = false
}

resource "azurerm_api_management" "gateway" {
  name                = "apim-northwind-assistant"
  resource_group_name = azurerm_resource_group.assistant.name
  location            = azurerm_resource_group.assistant.location
  publisher_name      = "Northwind platform"
  publisher_email     = "platform@northwind.example"
  sku_name            = "StandardV2_1"
}

resource "azurerm_api_management_api" "assistant" {
  name                = "assistant"
  resource_group_name = azurerm_resource_group.assistant.name
  api_management_name = azurerm_api_management.gateway.name
  revision            = "1"
  display_name        = "Assistant"
  path                = "assistant"
  protocols           = ["https"]
  service_url         = azurerm_cognitive_account.assistant.endpoint
}

resource "azapi_resource" "messages" {
  type      = "Microsoft.ApiManagement/service/apis/diagnostics@2024-06-01-preview"
  name      = "azuremonitor"
  parent_id = azurerm_api_management_api.assistant.id

  body = {
    properties = {
      loggerId = "${azurerm_api_management.gateway.id}/loggers/azuremonitor"
      largeLanguageModel = {
        logs      = "enabled"
        requests  = { messages = "all", maxSizeInBytes = 262144 }
        responses = { messages = "all", maxSizeInBytes = 262144 }
      }
    }
  }
}

resource "azurerm_log_analytics_workspace" "operations" {
  name                = "log-northwind-operations"
  resource_group_name = azurerm_resource_group.operations.name
  location            = azurerm_resource_group.operations.location
  sku                 = "PerGB2018"
  retention_in_days   = 90
}

resource "azurerm_log_analytics_workspace" "assistant" {
  name                = "log-northwind-assistant"
  resource_group_name = azurerm_resource_group.assistant.name
  location            = azurerm_resource_group.assistant.location
  sku                 = "PerGB2018"
  retention_in_days   = 30
}

resource "azurerm_monitor_diagnostic_setting" "assistant" {
  name                       = "assistant"
  target_resource_id         = azurerm_api_management.gateway.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.assistant.id

  enabled_log {
    category = "GatewayLlmLogs"
  }
}

resource "azuread_user" "tomas" {
  user_principal_name = "tomas.varga@northwind.example"
  display_name        = "Tomas Varga"
}

resource "azuread_group" "engineers" {
  display_name     = "engineers"
  security_enabled = true
  members          = [azuread_user.tomas.object_id]
}

resource "azurerm_role_assignment" "engineers_logs" {
  scope                = azurerm_resource_group.operations.id
  role_definition_name = "Log Analytics Reader"
  principal_id         = azuread_group.engineers.object_id
}
