using 'main.bicep'

param stage = 'prod'
param models = [
  {
    name: 'gpt-5.1'
    version: '2025-11-13'
    capacity: 50
  }
  {
    name: 'text-embedding-3-large'
    version: '1'
    capacity: 100
  }
]
