// Prices for special orders: a web app asks a model how a quote is computed.
param location string = resourceGroup().location

resource quotes 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'stnorthwindquotes'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource contracts 'containers' = {
      name: 'customer-contracts'
    }
  }
}

resource models 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: 'oai-northwind-quotes'
  location: location
  kind: 'OpenAI'
  sku: {
    name: 'S0'
  }
  properties: {
    customSubDomainName: 'oai-northwind-quotes'
  }

  resource quotes 'deployments' = {
    name: 'quotes'
    sku: {
      name: 'Standard'
      capacity: 20
    }
    properties: {
      model: {
        format: 'OpenAI'
        name: 'gpt-4.1-mini'
        version: '2025-04-14'
      }
    }
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-quotes'
  location: location
  kind: 'linux'
  sku: {
    name: 'P0v3'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: 'northwind-quotes'
  location: location
  kind: 'app,linux'
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      linuxFxVersion: 'NODE|22-lts'
      appSettings: [
        {
          name: 'QUOTES_ENDPOINT'
          value: models.properties.endpoint
        }
        {
          name: 'QUOTES_API_KEY'
          value: models.listKeys().key1
        }
        {
          name: 'QUOTES_DEPLOYMENT'
          value: models::quotes.name
        }
        {
          name: 'QUOTES_STORAGE'
          value: quotes.properties.primaryEndpoints.blob
        }
        {
          name: 'QUOTES_STORAGE_ACCOUNT'
          value: quotes.name
        }
        {
          name: 'QUOTES_STORAGE_KEY'
          value: quotes.listKeys().keys[0].value
        }
      ]
    }
  }
}
