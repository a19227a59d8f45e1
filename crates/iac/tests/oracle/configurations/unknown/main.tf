variable "missing" {
  type = string
}
variable "missing_list" {
  type = list(string)
}
variable "missing_number" {
  type = number
}
variable "missing_map" {
  type = map(string)
}
variable "missing_bool" {
  type = bool
}
locals {
  text  = "a-${var.missing}"
  known = { here = 1, there = var.missing }
}
