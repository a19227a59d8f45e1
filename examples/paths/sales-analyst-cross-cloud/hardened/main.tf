provider "azurerm" {
  features {}
}

provider "aws" {
  region = "eu-central-1"
}

resource "azurerm_resource_group" "analyst" {
  name     = "rg-analyst-prod"
  location = "westeurope"
}

resource "azurerm_service_plan" "analyst" {
  name                = "plan-analyst"
  location            = azurerm_resource_group.analyst.location
  resource_group_name = azurerm_resource_group.analyst.name
  os_type             = "Linux"
  sku_name            = "P1v3"
}

resource "azurerm_cognitive_account" "openai" {
  name                  = "contoso-analyst"
  location              = azurerm_resource_group.analyst.location
  resource_group_name   = azurerm_resource_group.analyst.name
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "contoso-analyst"
  local_auth_enabled    = false
}

resource "azurerm_cognitive_deployment" "analyst" {
  name                 = "analyst"
  cognitive_account_id = azurerm_cognitive_account.openai.id

  model {
    format = "OpenAI"
    name   = "gpt-4.1"
  }

  sku {
    name = "DataZoneStandard"
  }
}

resource "azurerm_role_assignment" "analyst" {
  scope                = azurerm_cognitive_account.openai.id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_linux_web_app.analyst.identity[0].principal_id
}

resource "azurerm_linux_web_app" "analyst" {
  name                = "contoso-sales-analyst"
  location            = azurerm_resource_group.analyst.location
  resource_group_name = azurerm_resource_group.analyst.name
  service_plan_id     = azurerm_service_plan.analyst.id
  https_only          = true

  identity {
    type = "SystemAssigned"
  }

  site_config {
    application_stack {
      python_version = "3.12"
    }
  }

  # The forecasts are still trained on AWS.
  app_settings = {
    OPENAI_ENDPOINT    = azurerm_cognitive_account.openai.endpoint
    ANALYST_DEPLOYMENT = azurerm_cognitive_deployment.analyst.name
    FORECAST_BUCKET    = aws_s3_bucket.training.bucket
    AWS_ROLE_ARN       = aws_iam_role.analyst.arn
  }
}

# The web app's identity gets short-lived credentials by its token.
resource "aws_iam_openid_connect_provider" "entra" {
  url            = "https://sts.windows.net/7f1c0e0a-0000-4000-8000-000000000001/"
  client_id_list = ["api://aws-forecasts"]
}

resource "aws_iam_role" "analyst" {
  name = "azure-analyst"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.entra.arn }
      Condition = { StringEquals = {
        "sts.windows.net/7f1c0e0a-0000-4000-8000-000000000001/:aud" = "api://aws-forecasts"
        "sts.windows.net/7f1c0e0a-0000-4000-8000-000000000001/:sub" = "3b0de5a4-0000-4000-8000-000000000002"
      } }
    }]
  })
}

resource "aws_iam_role_policy" "analyst" {
  name = "forecasts"
  role = aws_iam_role.analyst.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${aws_s3_bucket.training.arn}/forecasts/*"
    }]
  })
}

resource "aws_s3_bucket" "training" {
  bucket = "contoso-customer-purchases-training"
}
