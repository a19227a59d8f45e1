variable "password" {
  default   = "hunter2"
  sensitive = true
}
variable "names" {
  default = ["a", "b"]
}
resource "terraform_data" "base" {
  input = "x"
}
resource "terraform_data" "each" {
  for_each = toset(var.names)
  input = {
    id       = terraform_data.base.id
    key      = each.key
    password = var.password
    list     = [terraform_data.base.id, "y"]
  }
}
resource "terraform_data" "count" {
  count            = 2
  input            = terraform_data.each["a"].id
  triggers_replace = [terraform_data.base.output]
}
resource "terraform_data" "same_key" {
  for_each = terraform_data.each
  input    = terraform_data.each[each.key].id
}
module "m" {
  source   = "./m"
  for_each = toset(["x"])
  in       = terraform_data.base.id
}
resource "terraform_data" "out" {
  input = module.m["x"].out
}
locals {
  base = terraform_data.base.id
}
resource "terraform_data" "local" {
  input = local.base
}
