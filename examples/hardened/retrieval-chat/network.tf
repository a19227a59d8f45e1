resource "azurerm_virtual_network" "chat" {
  name                = "vnet-retrieval-chat"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  address_space       = ["10.20.0.0/16"]
  tags                = local.tags
}

resource "azurerm_subnet" "app" {
  name                 = "app"
  resource_group_name  = azurerm_resource_group.chat.name
  virtual_network_name = azurerm_virtual_network.chat.name
  address_prefixes     = ["10.20.0.0/23"]
}

# Where the project's agents run.
resource "azurerm_subnet" "agents" {
  name                 = "agents"
  resource_group_name  = azurerm_resource_group.chat.name
  virtual_network_name = azurerm_virtual_network.chat.name
  address_prefixes     = ["10.20.3.0/24"]

  delegation {
    name = "agents"

    service_delegation {
      name    = "Microsoft.App/environments"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  name                              = "endpoints"
  resource_group_name               = azurerm_resource_group.chat.name
  virtual_network_name              = azurerm_virtual_network.chat.name
  address_prefixes                  = ["10.20.2.0/27"]
  private_endpoint_network_policies = "Enabled"
}

resource "azurerm_network_security_group" "endpoints" {
  name                = "nsg-endpoints"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  tags                = local.tags

  security_rule {
    name                       = "app-to-endpoints"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    source_address_prefix      = "10.20.0.0/23"
    destination_port_range     = "443"
    destination_address_prefix = "10.20.2.0/27"
  }
}

resource "azurerm_subnet_network_security_group_association" "endpoints" {
  subnet_id                 = azurerm_subnet.endpoints.id
  network_security_group_id = azurerm_network_security_group.endpoints.id
}

locals {
  private_services = {
    chat = {
      id   = module.ai_services["chat"].id
      part = "account"
      zone = "privatelink.cognitiveservices.azure.com"
    }
    documents = {
      id   = module.ai_services["documents"].id
      part = "account"
      zone = "privatelink.cognitiveservices.azure.com"
    }
    index = {
      id   = azurerm_search_service.manuals.id
      part = "searchService"
      zone = "privatelink.search.windows.net"
    }
    files = {
      id   = azurerm_storage_account.manuals.id
      part = "blob"
      zone = "privatelink.blob.core.windows.net"
    }
  }
}

resource "azurerm_private_dns_zone" "this" {
  for_each = toset([for service in local.private_services : service.zone])

  name                = each.value
  resource_group_name = azurerm_resource_group.chat.name
  tags                = local.tags
}

resource "azurerm_private_endpoint" "this" {
  for_each = local.private_services

  name                = "pe-${each.key}"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  subnet_id           = azurerm_subnet.endpoints.id
  tags                = local.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.id
    subresource_names              = [each.value.part]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = each.key
    private_dns_zone_ids = [azurerm_private_dns_zone.this[each.value.zone].id]
  }
}
