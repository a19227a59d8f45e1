# The front end calls the model.
resource "azurerm_role_assignment" "app_model" {
  scope                = module.ai_services["chat"].id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
  principal_type       = "ServicePrincipal"
}

# The front end searches the index.
resource "azurerm_role_assignment" "app_index" {
  scope                = azurerm_search_service.manuals.id
  role_definition_name = "Search Index Data Reader"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
  principal_type       = "ServicePrincipal"
}

# The project's agents search the index and read the files.
resource "azurerm_role_assignment" "project" {
  for_each = {
    "Search Index Data Reader" = azurerm_search_service.manuals.id
    "Storage Blob Data Reader" = azurerm_storage_account.manuals.id
  }

  scope                = each.value
  role_definition_name = each.key
  principal_id         = azapi_resource.project.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

# The accounts are encrypted with the key.
resource "azurerm_role_assignment" "key" {
  for_each = {
    accounts = azurerm_user_assigned_identity.key_reader.principal_id
    index    = azurerm_search_service.manuals.identity[0].principal_id
  }

  scope                = azurerm_key_vault.chat.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}

# The indexer reads the manuals.
resource "azurerm_role_assignment" "search_files" {
  scope                = azurerm_storage_account.manuals.id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_search_service.manuals.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

# The indexer computes embeddings.
resource "azurerm_role_assignment" "search_model" {
  scope                = module.ai_services["chat"].id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_search_service.manuals.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}
