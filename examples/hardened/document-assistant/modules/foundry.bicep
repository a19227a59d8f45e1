// A Foundry account with one project, its model deployments and its connections, reached through a private endpoint.
param name string
param location string
param tags object
param models { name: string, version: string, capacity: int }[]
param searchId string
param searchEndpoint string
param insightsId string
param logsId string
param subnetId string
param callerPrincipalId string
param openAiUserRole string

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
    publicNetworkAccess: 'Disabled'
    disableLocalAuth: true
    restrictOutboundNetworkAccess: true
    allowedFqdnList: ['${name}-search.search.windows.net']
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
        authType: 'AAD'
        metadata: {
          ResourceId: searchId
        }
      }
    }

    resource tracing 'connections' = {
      name: 'tracing'
      properties: {
        category: 'AppInsights'
        target: insightsId
        authType: 'AAD'
        metadata: {
          ResourceId: insightsId
        }
      }
    }
  }

  resource guarded 'raiPolicies' = {
    name: 'guarded'
    properties: {
      basePolicyName: 'Microsoft.DefaultV2'
      mode: 'Blocking'
      contentFilters: [
        {
          name: 'Jailbreak'
          blocking: true
          enabled: true
          source: 'Prompt'
        }
        {
          name: 'Indirect Attack'
          blocking: true
          enabled: true
          source: 'Prompt'
        }
      ]
    }
  }
}

@batchSize(1)
resource deployments 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = [
  for (model, i) in models: {
    parent: account
    name: model.name
    sku: {
      name: 'DataZoneStandard'
      capacity: model.capacity
    }
    properties: {
      model: {
        format: 'OpenAI'
        name: model.name
        version: model.version
      }
      raiPolicyName: account::guarded.name
      versionUpgradeOption: 'OnceCurrentVersionExpired'
    }
  }
]

resource endpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = {
  name: '${name}-foundry'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: 'foundry'
        properties: {
          privateLinkServiceId: account.id
          groupIds: ['account']
        }
      }
    ]
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: account
  properties: {
    workspaceId: logsId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource caller 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, callerPrincipalId, openAiUserRole)
  scope: account
  properties: {
    principalId: callerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', openAiUserRole)
  }
}

output id string = account.id
output endpoint string = account.properties.endpoint
