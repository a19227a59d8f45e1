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

  # The jump host of the operations team.
  security_rule {
    name                       = "ssh-jump-host"
    priority                   = 110
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    source_address_prefix      = "Internet"
    destination_port_range     = "22"
    destination_address_prefix = "10.20.2.30"
  }
}

resource "azurerm_subnet_network_security_group_association" "endpoints" {
  subnet_id                 = azurerm_subnet.endpoints.id
  network_security_group_id = azurerm_network_security_group.endpoints.id
}

resource "azurerm_private_dns_zone" "cognitive" {
  name                = "privatelink.cognitiveservices.azure.com"
  resource_group_name = azurerm_resource_group.chat.name
  tags                = local.tags
}

resource "azurerm_private_endpoint" "chat" {
  name                = "pe-chat"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  subnet_id           = azurerm_subnet.endpoints.id
  tags                = local.tags

  private_service_connection {
    name                           = "chat"
    private_connection_resource_id = module.ai_services["chat"].id
    subresource_names              = ["account"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "cognitive"
    private_dns_zone_ids = [azurerm_private_dns_zone.cognitive.id]
  }
}
