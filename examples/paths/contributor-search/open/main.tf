# The price list assistant: a Foundry account and the index over the price lists.
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.50"
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

resource "azurerm_resource_group" "prices" {
  name     = "rg-price-assistant"
  location = "westeurope"
}

resource "azurerm_search_service" "prices" {
  name                = "srch-northwind-prices"
  resource_group_name = azurerm_resource_group.prices.name
  location            = azurerm_resource_group.prices.location
  sku                 = "standard"

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_cognitive_account" "prices" {
  name                       = "ais-northwind-prices"
  resource_group_name        = azurerm_resource_group.prices.name
  location                   = azurerm_resource_group.prices.location
  kind                       = "AIServices"
  sku_name                   = "S0"
  custom_subdomain_name      = "ais-northwind-prices"
  project_management_enabled = true
  local_auth_enabled         = false

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "index_reader" {
  scope                = azurerm_search_service.prices.id
  role_definition_name = "Search Index Data Reader"
  principal_id         = azurerm_cognitive_account.prices.identity[0].principal_id
}

resource "azuread_user" "lena" {
  user_principal_name = "lena.brandt@northwind.example"
  display_name        = "Lena Brandt"
}

resource "azuread_group" "web_team" {
  display_name     = "web-team"
  security_enabled = true
}

resource "azuread_group_member" "lena" {
  group_object_id  = azuread_group.web_team.object_id
  member_object_id = azuread_user.lena.object_id
}

resource "azurerm_role_assignment" "web_team" {
  scope                = azurerm_resource_group.prices.id
  role_definition_name = "Contributor"
  principal_id         = azuread_group.web_team.object_id
}
