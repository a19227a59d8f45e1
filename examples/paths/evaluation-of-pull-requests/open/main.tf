# The models of the help desk, and the identity that evaluates prompts on them.
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

resource "azurerm_resource_group" "desk" {
  name     = "rg-help-desk"
  location = "swedencentral"
}

resource "azurerm_cognitive_account" "desk" {
  name                  = "oai-northwind-desk"
  resource_group_name   = azurerm_resource_group.desk.name
  location              = azurerm_resource_group.desk.location
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "oai-northwind-desk"
  local_auth_enabled    = false
}

resource "azurerm_cognitive_deployment" "answers" {
  name                 = "answers"
  cognitive_account_id = azurerm_cognitive_account.desk.id

  model {
    format  = "OpenAI"
    name    = "gpt-4.1"
    version = "2025-04-14"
  }

  sku {
    name     = "Standard"
    capacity = 40
  }
}

resource "azurerm_user_assigned_identity" "evaluation" {
  name                = "id-evaluation"
  resource_group_name = azurerm_resource_group.desk.name
  location            = azurerm_resource_group.desk.location
}

resource "azurerm_federated_identity_credential" "evaluation" {
  name                = "evaluation"
  resource_group_name = azurerm_resource_group.desk.name
  parent_id           = azurerm_user_assigned_identity.evaluation.id
  issuer              = "https://token.actions.githubusercontent.com"
  audience            = ["api://AzureADTokenExchange"]
  subject             = "repo:northwind/help-desk:ref:refs/heads/main"
}

resource "azurerm_role_assignment" "evaluation" {
  scope                = azurerm_resource_group.desk.id
  role_definition_name = "Cognitive Services Contributor"
  principal_id         = azurerm_user_assigned_identity.evaluation.principal_id
}
