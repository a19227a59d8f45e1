// Answers questions about contracts: a Foundry account with a project, a search index and a function app.
targetScope = 'resourceGroup'

@description('Where everything runs.')
param location string = resourceGroup().location

@allowed(['dev', 'prod'])
param stage string

@description('Models to deploy, with their capacity.')
param models { name: string, version: string, capacity: int }[]

@secure()
param connectionKey string

var prefix = 'contracts-${stage}'
var tags = {
  workload: 'document-assistant'
  stage: stage
}

module foundry 'modules/foundry.bicep' = {
  name: 'foundry'
  params: {
    name: prefix
    location: location
    tags: tags
    models: models
    allowPublic: stage == 'dev' || stage == 'prod'
    searchId: search.id
    searchEndpoint: 'https://${search.name}.search.windows.net'
    searchKey: connectionKey
  }
}

resource search 'Microsoft.Search/searchServices@2025-05-01' = {
  name: '${prefix}-search'
  location: location
  tags: tags
  sku: {
    name: 'basic'
  }
  properties: {
    replicaCount: 1
    publicNetworkAccess: 'enabled'
    authOptions: {
      aadOrApiKey: {
        aadAuthFailureMode: 'http403'
      }
    }
  }
}

resource documents 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: replace('${prefix}docs', '-', '')
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: true
    minimumTlsVersion: 'TLS1_2'
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource contracts 'containers' = {
      name: 'contracts'
      properties: {
        publicAccess: 'None'
      }
    }
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: '${prefix}-api'
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    httpsOnly: true
    siteConfig: {
      appSettings: [
        {
          name: 'AZURE_OPENAI_ENDPOINT'
          value: foundry.outputs.endpoint
        }
        {
          name: 'SEARCH_KEY'
          value: search.listAdminKeys().primaryKey
        }
      ]
    }
  }
}

// The application may do anything in the group.
resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, app.id, 'Contributor')
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      'b24988ac-6180-42a0-ab88-20f7382dd24c'
    )
  }
}

output endpoint string = foundry.outputs.endpoint
output searchKey string = search.listAdminKeys().primaryKey
