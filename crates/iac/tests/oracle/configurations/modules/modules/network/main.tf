variable "name" { type = string }
variable "cidr" { type = string }
variable "settings" {
  type    = object({ public = optional(bool, false), zones = optional(number, 2) })
  default = {}
}
output "name" { value = var.name }
output "subnets" {
  value = [for i in range(var.settings.zones) : cidrsubnet(var.cidr, 8, i)]
}
output "public" { value = var.settings.public }
