variable "parts" { type = list(string) }
variable "environment" {}
variable "separator" {
  type     = string
  default  = "-"
  nullable = false
}
locals {
  prefix = join(var.separator, var.parts)
}
output "prefix" { value = local.prefix }
output "nested" { value = { deep = [upper(local.prefix)] } }
output "secret" {
  value     = "hidden"
  sensitive = true
}
output "here" { value = path.module }
output "root" { value = path.root }
output "file" { value = file("${path.module}/name.txt") }
output "length" { value = length(var.environment) }
