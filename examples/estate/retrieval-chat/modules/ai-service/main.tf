# One AI services account, with the settings that every account of the team has.

resource "azurerm_cognitive_account" "this" {
  name                               = var.name
  resource_group_name                = var.resource_group_name
  location                           = var.location
  kind                               = var.kind
  sku_name                           = "S0"
  custom_subdomain_name              = var.name
  project_management_enabled         = var.projects
  public_network_access_enabled      = var.public
  local_auth_enabled                 = var.local_auth
  outbound_network_access_restricted = true
  fqdns                              = var.outbound_names
  tags                               = var.tags

  identity {
    type = "SystemAssigned"
  }

  dynamic "network_acls" {
    for_each = length(var.allowed_ranges) > 0 ? [var.allowed_ranges] : []
    content {
      default_action = "Deny"
      ip_rules       = network_acls.value
    }
  }
}
