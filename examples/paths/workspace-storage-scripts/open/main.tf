provider "azurerm" {
  features {}
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "ml" {
  name     = "rg-churn-ml"
  location = "northeurope"
}

resource "azurerm_storage_account" "ml" {
  name                            = "stchurnml"
  location                        = azurerm_resource_group.ml.location
  resource_group_name             = azurerm_resource_group.ml.name
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = false
}

resource "azurerm_key_vault" "ml" {
  name                       = "kv-churn-ml"
  location                   = azurerm_resource_group.ml.location
  resource_group_name        = azurerm_resource_group.ml.name
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
}

resource "azurerm_key_vault_secret" "huggingface" {
  name         = "huggingface-token"
  value        = var.huggingface_token
  key_vault_id = azurerm_key_vault.ml.id
}

variable "huggingface_token" {
  type      = string
  sensitive = true
}

resource "azurerm_application_insights" "ml" {
  name                = "appi-churn-ml"
  location            = azurerm_resource_group.ml.location
  resource_group_name = azurerm_resource_group.ml.name
  application_type    = "web"
}

resource "azurerm_machine_learning_workspace" "churn" {
  name                    = "mlw-churn"
  location                = azurerm_resource_group.ml.location
  resource_group_name     = azurerm_resource_group.ml.name
  application_insights_id = azurerm_application_insights.ml.id
  key_vault_id            = azurerm_key_vault.ml.id
  storage_account_id      = azurerm_storage_account.ml.id

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_user_assigned_identity" "training" {
  name                = "id-churn-training"
  location            = azurerm_resource_group.ml.location
  resource_group_name = azurerm_resource_group.ml.name
}

resource "azurerm_machine_learning_compute_cluster" "cpu" {
  name                          = "cpu"
  location                      = azurerm_resource_group.ml.location
  machine_learning_workspace_id = azurerm_machine_learning_workspace.churn.id
  vm_priority                   = "Dedicated"
  vm_size                       = "STANDARD_D4S_V5"

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.training.id]
  }

  scale_settings {
    min_node_count                       = 0
    max_node_count                       = 4
    scale_down_nodes_after_idle_duration = "PT5M"
  }
}

resource "azurerm_role_assignment" "training" {
  scope                = azurerm_key_vault.ml.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.training.principal_id
}

resource "azuread_user" "engineer" {
  user_principal_name = "jonas.weber@tailspin.example"
  display_name        = "Jonas Weber"
}

# Delivers the monthly exports.
resource "azurerm_role_assignment" "engineer" {
  scope                = azurerm_storage_account.ml.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azuread_user.engineer.object_id
}
