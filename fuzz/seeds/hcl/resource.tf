resource "azurerm_cognitive_account" "a" {
  name = "x-${var.name}"
  tags = { a = 1, "b" = true, (c) = null }

  identity {
    type = "SystemAssigned"
  }
}
