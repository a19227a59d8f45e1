# The front end calls the model.
resource "azurerm_role_assignment" "app_model" {
  scope                = module.ai_services["chat"].id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
  principal_type       = "ServicePrincipal"
}

# The front end starts the nightly reindexing job.
resource "azurerm_role_assignment" "app_jobs" {
  scope                = azurerm_resource_group.chat.id
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
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
