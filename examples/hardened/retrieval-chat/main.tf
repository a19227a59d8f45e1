# Answers questions of the field staff from the maintenance manuals.

locals {
  tags = {
    application = "retrieval-chat"
    owner       = "field-service"
  }
}

resource "azurerm_resource_group" "chat" {
  name     = "rg-retrieval-chat"
  location = var.location
  tags     = local.tags
}

resource "azurerm_log_analytics_workspace" "chat" {
  name                = "log-retrieval-chat"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  sku                 = "PerGB2018"
  retention_in_days   = 90
  tags                = local.tags
}

resource "azurerm_application_insights" "chat" {
  name                = "appi-retrieval-chat"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  application_type    = "web"
  workspace_id        = azurerm_log_analytics_workspace.chat.id
  tags                = local.tags
}

# Who the web front end is.
resource "azurerm_user_assigned_identity" "app" {
  name                = "id-retrieval-chat-app"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  tags                = local.tags
}

# Who uses the key that encrypts the accounts.
resource "azurerm_user_assigned_identity" "key_reader" {
  name                = "id-retrieval-chat-key"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  tags                = local.tags
}
