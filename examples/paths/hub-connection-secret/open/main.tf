# The hub in which agents for the service desk are built.
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

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "desk" {
  name     = "rg-service-desk"
  location = "swedencentral"
}

resource "azurerm_storage_account" "hub" {
  name                            = "stservicedeskhub"
  resource_group_name             = azurerm_resource_group.desk.name
  location                        = azurerm_resource_group.desk.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  shared_access_key_enabled       = false
  allow_nested_items_to_be_public = false
}

resource "azurerm_key_vault" "hub" {
  name                       = "kv-service-desk-hub"
  resource_group_name        = azurerm_resource_group.desk.name
  location                   = azurerm_resource_group.desk.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
}

resource "azurerm_ai_foundry" "desk" {
  name                = "hub-service-desk"
  resource_group_name = azurerm_resource_group.desk.name
  location            = azurerm_resource_group.desk.location
  storage_account_id  = azurerm_storage_account.hub.id
  key_vault_id        = azurerm_key_vault.hub.id

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_storage_account" "tickets" {
  name                            = "stservicedesktickets"
  resource_group_name             = azurerm_resource_group.desk.name
  location                        = azurerm_resource_group.desk.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = false
}

resource "azurerm_storage_container" "tickets" {
  name               = "customer-tickets"
  storage_account_id = azurerm_storage_account.tickets.id
}

resource "azapi_resource" "tickets_connection" {
  type      = "Microsoft.MachineLearningServices/workspaces/connections@2025-06-01"
  name      = "tickets"
  parent_id = azurerm_ai_foundry.desk.id

  body = {
    properties = {
      category      = "AzureBlob"
      target        = azurerm_storage_account.tickets.primary_blob_endpoint
      authType      = "AccountKey"
      isSharedToAll = true
      credentials = {
        key = azurerm_storage_account.tickets.primary_access_key
      }
      metadata = {
        AccountName   = azurerm_storage_account.tickets.name
        ContainerName = azurerm_storage_container.tickets.name
        ResourceId    = azurerm_storage_account.tickets.id
      }
    }
  }
}

resource "azuread_user" "omar" {
  user_principal_name = "omar.haddad@northwind.example"
  display_name        = "Omar Haddad"
}

resource "azurerm_role_assignment" "agent_author" {
  scope                = azurerm_ai_foundry.desk.id
  role_definition_name = "Azure AI Developer"
  principal_id         = azuread_user.omar.object_id
}
