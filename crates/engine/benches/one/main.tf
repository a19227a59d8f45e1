# One small file: what a start costs.
resource "azurerm_cognitive_account" "this" {
  name                = "ai"
  location            = "westeurope"
  resource_group_name = "rg"
  kind                = "OpenAI"
  sku_name            = "S0"
}
