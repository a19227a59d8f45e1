# Who plans and applies this repository, and the models that it holds.
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

data "azurerm_subscription" "models" {}

resource "azurerm_resource_group" "platform" {
  name     = "rg-platform"
  location = "westeurope"
}

resource "azurerm_user_assigned_identity" "terraform" {
  name                = "id-terraform"
  resource_group_name = azurerm_resource_group.platform.name
  location            = azurerm_resource_group.platform.location
}

resource "azurerm_federated_identity_credential" "plan" {
  name                = "plan"
  resource_group_name = azurerm_resource_group.platform.name
  parent_id           = azurerm_user_assigned_identity.terraform.id
  issuer              = "https://token.actions.githubusercontent.com"
  audience            = ["api://AzureADTokenExchange"]
  subject             = "repo:northwind/models:pull_request"
}

resource "azurerm_role_assignment" "terraform_reader" {
  scope                = data.azurerm_subscription.models.id
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.terraform.principal_id
}

resource "azurerm_cognitive_account" "models" {
  name                  = "oai-northwind-prod"
  resource_group_name   = azurerm_resource_group.platform.name
  location              = azurerm_resource_group.platform.location
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "oai-northwind-prod"
  local_auth_enabled    = false
}
