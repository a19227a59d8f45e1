resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each = {
    chat    = module.ai_services["chat"].id
    manuals = azurerm_search_service.manuals.id
  }

  name                       = "to-log-analytics"
  target_resource_id         = each.value
  log_analytics_workspace_id = azurerm_log_analytics_workspace.chat.id

  enabled_log {
    category_group = "allLogs"
  }

  enabled_metric {
    category = "AllMetrics"
  }
}
