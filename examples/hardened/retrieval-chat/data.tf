# The manuals as they were uploaded.
resource "azurerm_storage_account" "manuals" {
  name                            = "northwindmanuals"
  resource_group_name             = azurerm_resource_group.chat.name
  location                        = azurerm_resource_group.chat.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  tags                            = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.key_reader.id]
  }

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.chat.id
    user_assigned_identity_id = azurerm_user_assigned_identity.key_reader.id
  }

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

# Holds the key that encrypts the accounts.
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

resource "azurerm_key_vault_key" "chat" {
  name         = "retrieval-chat"
  key_vault_id = azurerm_key_vault.chat.id
  key_type     = "RSA"
  key_size     = 3072
  key_opts     = ["unwrapKey", "wrapKey"]

  rotation_policy {
    expire_after         = "P2Y"
    notify_before_expiry = "P30D"

    automatic {
      time_before_expiry = "P60D"
    }
  }
}
