# The manuals as they were uploaded.
resource "azurerm_storage_account" "manuals" {
  name                            = "northwindmanuals"
  resource_group_name             = azurerm_resource_group.chat.name
  location                        = azurerm_resource_group.chat.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
  # stance:allow azure-storage-account-shared-key The scanners of the depots upload with a SAS token until they are replaced
  shared_access_key_enabled = true
  tags                      = local.tags

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
    ip_rules       = var.office_ranges
  }
}

resource "azurerm_storage_container" "manuals" {
  name               = "manuals"
  storage_account_id = azurerm_storage_account.manuals.id
}

# Settings of the front end that are not for its environment.
resource "azurerm_key_vault" "chat" {
  name                       = "kv-northwind-chat"
  resource_group_name        = azurerm_resource_group.chat.name
  location                   = azurerm_resource_group.chat.location
  tenant_id                  = var.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  tags                       = local.tags

  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
    ip_rules       = var.office_ranges
  }
}
