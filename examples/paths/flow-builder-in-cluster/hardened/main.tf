provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "flows" {
  name     = "rg-flows"
  location = "westeurope"
}

resource "azurerm_kubernetes_cluster" "flows" {
  name                      = "aks-flows"
  location                  = azurerm_resource_group.flows.location
  resource_group_name       = azurerm_resource_group.flows.name
  dns_prefix                = "flows"
  oidc_issuer_enabled       = true
  workload_identity_enabled = true

  default_node_pool {
    name       = "system"
    vm_size    = "Standard_D4s_v5"
    node_count = 2
  }

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_user_assigned_identity" "langflow" {
  name                = "id-langflow"
  location            = azurerm_resource_group.flows.location
  resource_group_name = azurerm_resource_group.flows.name
}

resource "azurerm_federated_identity_credential" "langflow" {
  name                = "langflow"
  resource_group_name = azurerm_resource_group.flows.name
  parent_id           = azurerm_user_assigned_identity.langflow.id
  issuer              = azurerm_kubernetes_cluster.flows.oidc_issuer_url
  subject             = "system:serviceaccount:flows:langflow"
  audience            = ["api://AzureADTokenExchange"]
}

resource "azurerm_cognitive_account" "openai" {
  name                  = "proseware-flows"
  location              = azurerm_resource_group.flows.location
  resource_group_name   = azurerm_resource_group.flows.name
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "proseware-flows"
  local_auth_enabled    = false
}

resource "azurerm_cognitive_deployment" "chat" {
  name                 = "chat"
  cognitive_account_id = azurerm_cognitive_account.openai.id

  model {
    format = "OpenAI"
    name   = "gpt-4.1"
  }

  sku {
    name     = "GlobalStandard"
    capacity = 500
  }
}

resource "azurerm_role_assignment" "langflow" {
  scope                = azurerm_cognitive_account.openai.id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_user_assigned_identity.langflow.principal_id
}
