using 'main.bicep'

param stage = 'prod'
param models = [
  {
    name: 'gpt-4.1'
    version: '2025-04-14'
    capacity: 50
  }
  {
    name: 'text-embedding-3-large'
    version: '1'
    capacity: 100
  }
]
param connectionKey = readEnvironmentVariable('SEARCH_KEY')
