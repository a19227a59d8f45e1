resource "azurerm_cognitive_account" "a" {
  name = "a"
  dynamic "network_acls" {
    for_each = [{ d = "Deny" }]
    iterator = n
    content {
      default_action = n.value.d
      ip_rules       = ["10.0.0.0/8"]
    }
  }
}
