# The chat's Foundry account, and the account that reads scanned manuals.
module "ai_services" {
  source   = "./modules/ai-service"
  for_each = var.ai_services

  name                = "ais-northwind-${each.key}"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  kind                = each.value.kind
  projects            = each.value.projects
  public              = each.value.public
  local_auth          = each.value.local_auth
  allowed_ranges      = each.value.allowed_ranges
  tags                = local.tags
}

locals {
  harm_filters = {
    for pair in setproduct(["Hate", "Sexual", "Violence", "Selfharm"], ["Prompt", "Completion"]) :
    "${pair[0]}-${pair[1]}" => { category = pair[0], source = pair[1] }
  }
}

resource "azurerm_cognitive_account_rai_policy" "chat" {
  name                 = "manuals"
  cognitive_account_id = module.ai_services["chat"].id
  base_policy_name     = "Microsoft.DefaultV2"

  dynamic "content_filter" {
    for_each = local.harm_filters
    content {
      name               = content_filter.value.category
      source             = content_filter.value.source
      filter_enabled     = true
      block_enabled      = true
      severity_threshold = "Medium"
    }
  }

  content_filter {
    name               = "Jailbreak"
    source             = "Prompt"
    filter_enabled     = true
    block_enabled      = false
    severity_threshold = "Medium"
  }

  content_filter {
    name               = "Indirect Attack"
    source             = "Prompt"
    filter_enabled     = true
    block_enabled      = true
    severity_threshold = "Medium"
  }
}

resource "azurerm_cognitive_deployment" "chat" {
  name                   = "chat"
  cognitive_account_id   = module.ai_services["chat"].id
  rai_policy_name        = azurerm_cognitive_account_rai_policy.chat.name
  version_upgrade_option = "OnceCurrentVersionExpired"

  model {
    format  = "OpenAI"
    name    = "gpt-4.1"
    version = "2025-04-14"
  }

  sku {
    name     = "GlobalStandard"
    capacity = 50
  }
}

resource "azurerm_cognitive_deployment" "embeddings" {
  name                   = "embeddings"
  cognitive_account_id   = module.ai_services["chat"].id
  version_upgrade_option = "NoAutoUpgrade"

  model {
    format  = "OpenAI"
    name    = "text-embedding-3-large"
    version = "1"
  }

  sku {
    name     = "Standard"
    capacity = 120
  }
}

# Holds the index over the manuals.
resource "azurerm_search_service" "manuals" {
  name                = "srch-northwind-manuals"
  resource_group_name = azurerm_resource_group.chat.name
  location            = azurerm_resource_group.chat.location
  sku                 = "standard"
  replica_count       = 1
  semantic_search_sku = "standard"
  tags                = local.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "azapi_resource" "project" {
  type      = "Microsoft.CognitiveServices/accounts/projects@2025-06-01"
  name      = "manuals"
  parent_id = module.ai_services["chat"].id
  location  = azurerm_resource_group.chat.location
  tags      = local.tags

  identity {
    type = "SystemAssigned"
  }

  body = {
    properties = {
      displayName = "Manuals"
      description = "Agents that answer from the maintenance manuals"
    }
  }
}

# How the project's agents reach the index.
resource "azapi_resource" "search_connection" {
  type      = "Microsoft.CognitiveServices/accounts/projects/connections@2025-06-01"
  name      = "manuals-index"
  parent_id = azapi_resource.project.id

  body = {
    properties = {
      category = "CognitiveSearch"
      target   = "https://${azurerm_search_service.manuals.name}.search.windows.net"
      authType = "ApiKey"
      credentials = {
        key = azurerm_search_service.manuals.primary_key
      }
      metadata = {
        ApiType    = "Azure"
        ResourceId = azurerm_search_service.manuals.id
      }
    }
  }
}

# How the project's agents reach the original files.
resource "azapi_resource" "files_connection" {
  type      = "Microsoft.CognitiveServices/accounts/projects/connections@2025-06-01"
  name      = "manuals-files"
  parent_id = azapi_resource.project.id

  body = {
    properties = {
      category = "AzureStorageAccount"
      target   = azurerm_storage_account.manuals.primary_blob_endpoint
      authType = "AAD"
      metadata = {
        ApiType    = "Azure"
        ResourceId = azurerm_storage_account.manuals.id
      }
    }
  }
}
