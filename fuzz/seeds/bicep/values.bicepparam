using './main.bicep'
extends 'base.bicepparam'

param location = 'westeurope'
param key = readEnvironmentVariable('KEY', '')
param tags = {
  owner: az.getSecret('s', 'g', 'v', 'n')
}
var x = 1
