// A Foundry account with one project, its model deployments and the connection to the search index.
param name string
param location string
param tags object
param models { name: string, version: string, capacity: int }[]
param allowPublic bool
param searchId string
param searchEndpoint string
@secure()
param searchKey string

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: '${name}-foundry'
  location: location
  tags: tags
  kind: 'AIServices'
  identity: {
    type: 'SystemAssigned'
  }
  sku: {
    name: 'S0'
  }
  properties: {
    allowProjectManagement: true
    customSubDomainName: '${name}-foundry'
    publicNetworkAccess: allowPublic ? 'Enabled' : 'Disabled'
    disableLocalAuth: false
  }

  resource project 'projects' = {
    name: 'contracts'
    location: location
    identity: {
      type: 'SystemAssigned'
    }
    properties: {
      displayName: 'Contracts'
    }

    resource search 'connections' = {
      name: 'search'
      properties: {
        category: 'CognitiveSearch'
        target: searchEndpoint
        authType: 'ApiKey'
        credentials: {
          key: searchKey
        }
        metadata: {
          ResourceId: searchId
        }
      }
    }
  }
}

@batchSize(1)
resource deployments 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = [
  for (model, i) in models: {
    parent: account
    name: model.name
    sku: {
      name: 'GlobalStandard'
      capacity: model.capacity
    }
    properties: {
      model: {
        format: 'OpenAI'
        name: model.name
        version: model.version
      }
      // stance:allow azure-cognitive-services-model-version-unpinned evaluations run on every new version
      versionUpgradeOption: 'OnceNewDefaultVersionAvailable'
    }
  }
]

output id string = account.id
output endpoint string = account.properties.endpoint
