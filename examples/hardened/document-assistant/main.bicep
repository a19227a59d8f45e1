// Answers questions about contracts: a Foundry account with a project, a search index and a function app.
targetScope = 'resourceGroup'

@description('Where everything runs.')
param location string = resourceGroup().location

@allowed(['dev', 'prod'])
param stage string

@description('Models to deploy, with their capacity.')
param models { name: string, version: string, capacity: int }[]

var prefix = 'contracts-${stage}'
var tags = {
  workload: 'document-assistant'
  stage: stage
}
var roles = {
  openAiUser: '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
  searchIndexDataReader: '1407120a-92aa-4202-b7e9-c0e197c71c8f'
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: prefix
    location: location
    tags: tags
  }
}

module foundry 'modules/foundry.bicep' = {
  name: 'foundry'
  params: {
    name: prefix
    location: location
    tags: tags
    models: models
    searchId: search.id
    searchEndpoint: 'https://${search.name}.search.windows.net'
    insightsId: insights.id
    logsId: logs.id
    subnetId: network.outputs.endpointSubnetId
    callerPrincipalId: app.identity.principalId
    openAiUserRole: roles.openAiUser
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: '${prefix}-logs'
  location: location
  tags: tags
  properties: {
    retentionInDays: 90
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${prefix}-insights'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
  }
}

resource search 'Microsoft.Search/searchServices@2025-05-01' = {
  name: '${prefix}-search'
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  sku: {
    name: 'basic'
  }
  properties: {
    replicaCount: 2
    publicNetworkAccess: 'disabled'
    disableLocalAuth: true
  }
}

resource searchLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: search
  properties: {
    workspaceId: logs.id
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource searchEndpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = {
  name: '${prefix}-search'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: network.outputs.endpointSubnetId
    }
    privateLinkServiceConnections: [
      {
        name: 'search'
        properties: {
          privateLinkServiceId: search.id
          groupIds: ['searchService']
        }
      }
    ]
  }
}

resource documents 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: replace('${prefix}docs', '-', '')
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Disabled'
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
    publicNetworkAccess: 'Disabled'
    virtualNetworkSubnetId: network.outputs.appSubnetId
    siteConfig: {
      appSettings: [
        {
          name: 'AZURE_OPENAI_ENDPOINT'
          value: foundry.outputs.endpoint
        }
        {
          name: 'SEARCH_ENDPOINT'
          value: 'https://${search.name}.search.windows.net'
        }
      ]
    }
  }
}

// The application reads the index and calls the models, and nothing else.
resource searchReader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(search.id, app.id, roles.searchIndexDataReader)
  scope: search
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.searchIndexDataReader
    )
  }
}

output endpoint string = foundry.outputs.endpoint
