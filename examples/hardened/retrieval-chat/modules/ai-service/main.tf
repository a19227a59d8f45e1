# One AI services account, with the settings that every account of the team has.

resource "azurerm_cognitive_account" "this" {
  name                               = var.name
  resource_group_name                = var.resource_group_name
  location                           = var.location
  kind                               = var.kind
  sku_name                           = "S0"
  custom_subdomain_name              = var.name
  project_management_enabled         = var.projects
  public_network_access_enabled      = false
  local_auth_enabled                 = false
  outbound_network_access_restricted = true
  fqdns                              = var.outbound_names
  tags                               = var.tags

  identity {
    type         = "SystemAssigned, UserAssigned"
    identity_ids = [var.key_reader.id]
  }

  network_acls {
    default_action = "Deny"
  }

  customer_managed_key {
    key_vault_key_id   = var.key_id
    identity_client_id = var.key_reader.client_id
  }

  dynamic "network_injection" {
    for_each = var.agent_subnet_id == null ? [] : [var.agent_subnet_id]
    content {
      scenario  = "agent"
      subnet_id = network_injection.value
    }
  }
}
