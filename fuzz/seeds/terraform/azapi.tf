resource "azapi_resource" "a" {
  type = "Microsoft.CognitiveServices/accounts@2024-10-01"
  name = "a"
  body = jsonencode({ properties = { publicNetworkAccess = "Enabled" } })
}
resource "azapi_update_resource" "u" {
  type        = "Microsoft.CognitiveServices/accounts@2024-10-01"
  resource_id = azapi_resource.a.id
  body        = { properties = { disableLocalAuth = true } }
}
