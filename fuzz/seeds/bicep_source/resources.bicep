targetScope = 'resourceGroup'

@description('Where everything lives')
@allowed(['westeurope', 'swedencentral'])
param location string = resourceGroup().location

@secure()
param key string?

var name = 'ai-${uniqueString(resourceGroup().id)}' // stance:allow nothing

#disable-next-line BCP081
resource account 'Microsoft.CognitiveServices/accounts@2025-04-01-preview' = {
  name: name
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: union({ customSubDomainName: name, disableLocalAuth: true }, key == null ? {} : { apiKey: key! })

  resource models 'deployments' = [for (model, i) in ['gpt-4o', 'o3']: if (i < 5) {
    name: model
    sku: { name: 'GlobalStandard', capacity: i + 1 }
  }]
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: 'v'
  scope: resourceGroup('other')
}

output endpoint string = account.properties.endpoint
output first string = account::models[0].?name ?? ''
