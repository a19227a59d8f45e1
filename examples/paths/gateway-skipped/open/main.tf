# All teams ask models through the gateway, which checks what goes in and counts the tokens of each.
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.50"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.6"
    }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "models" {
  name     = "rg-models"
  location = "westeurope"
}

resource "azurerm_cognitive_account" "models" {
  name                  = "oai-northwind-models"
  resource_group_name   = azurerm_resource_group.models.name
  location              = azurerm_resource_group.models.location
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "oai-northwind-models"
}

resource "azurerm_cognitive_deployment" "chat" {
  name                 = "chat"
  cognitive_account_id = azurerm_cognitive_account.models.id

  model {
    format  = "OpenAI"
    name    = "gpt-4.1"
    version = "2025-04-14"
  }

  sku {
    name     = "Standard"
    capacity = 100
  }
}

resource "azurerm_api_management" "gateway" {
  name                = "apim-northwind-models"
  resource_group_name = azurerm_resource_group.models.name
  location            = azurerm_resource_group.models.location
  publisher_name      = "Northwind platform"
  publisher_email     = "platform@northwind.example"
  sku_name            = "StandardV2_1"

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_api_management_api" "chat" {
  name                = "chat"
  resource_group_name = azurerm_resource_group.models.name
  api_management_name = azurerm_api_management.gateway.name
  revision            = "1"
  display_name        = "Chat models"
  path                = "chat"
  protocols           = ["https"]
  service_url         = azurerm_cognitive_account.models.endpoint
}

resource "azurerm_api_management_api_policy" "chat" {
  api_name            = azurerm_api_management_api.chat.name
  api_management_name = azurerm_api_management.gateway.name
  resource_group_name = azurerm_resource_group.models.name

  xml_content = <<-XML
    <policies>
      <inbound>
        <base />
        <validate-azure-ad-token tenant-id="northwind.example" />
        <llm-content-safety backend-id="content-safety" shield-prompt="true">
          <categories output-type="EightSeverityLevels">
            <category name="Hate" threshold="4" />
            <category name="Violence" threshold="4" />
          </categories>
        </llm-content-safety>
        <azure-openai-token-limit counter-key="@(context.Subscription.Id)" tokens-per-minute="50000" estimate-prompt-tokens="true" />
        <authentication-managed-identity resource="https://cognitiveservices.azure.com" />
      </inbound>
      <backend><base /></backend>
      <outbound><base /></outbound>
      <on-error><base /></on-error>
    </policies>
  XML
}

resource "azurerm_role_assignment" "gateway" {
  scope                = azurerm_cognitive_account.models.id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_api_management.gateway.identity[0].principal_id
}

resource "azuread_user" "mira" {
  user_principal_name = "mira.holt@northwind.example"
  display_name        = "Mira Holt"
}

resource "azurerm_role_assignment" "data_science" {
  scope                = azurerm_resource_group.models.id
  role_definition_name = "Cognitive Services User"
  principal_id         = azuread_user.mira.object_id
}
