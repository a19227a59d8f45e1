module "names" {
  source      = "./modules/naming"
  parts       = ["app", var.environment]
  environment = var.environment
}
module "network" {
  source   = "./modules/network"
  for_each = { a = "10.0.0.0/16", b = "10.1.0.0/16" }
  name     = "${module.names.prefix}-${each.key}"
  cidr     = each.value
  settings = { public = each.key == "a" }
}
module "counted" {
  source = "./modules/network"
  count  = 2
  name   = "n${count.index}"
  cidr   = cidrsubnet("10.2.0.0/15", 1, count.index)
}
module "none" {
  source = "./modules/network"
  count  = 0
  name   = "none"
  cidr   = "10.9.0.0/16"
}
variable "environment" {
  default = "dev"
}
locals {
  subnets = { for key, network in module.network : key => network.subnets }
  first   = one(module.none[*].name)
  chain   = module.names.nested.deep[0]
}
