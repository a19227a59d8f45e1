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
    OPENAI_ENDPOINT       = azurerm_cognitive_account.openai.endpoint
    ANALYST_DEPLOYMENT    = azurerm_cognitive_deployment.analyst.name
    FORECAST_BUCKET       = aws_s3_bucket.training.bucket
    AWS_ACCESS_KEY_ID     = aws_iam_access_key.analyst.id
    AWS_SECRET_ACCESS_KEY = aws_iam_access_key.analyst.secret
  }
}

resource "aws_iam_user" "analyst" {
  name = "azure-analyst"
}

resource "aws_iam_access_key" "analyst" {
  user = aws_iam_user.analyst.name
}

resource "aws_iam_user_policy" "analyst" {
  name = "forecasts"
  user = aws_iam_user.analyst.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:ListBucket"]
      Resource = [aws_s3_bucket.training.arn, "${aws_s3_bucket.training.arn}/*"]
    }]
  })
}

resource "aws_s3_bucket" "training" {
  bucket = "contoso-customer-purchases-training"
}
