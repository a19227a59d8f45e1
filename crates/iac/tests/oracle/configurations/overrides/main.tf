locals {
  kept    = "main"
  changed = "main"
}
variable "v" {
  type    = string
  default = "main"
}
variable "typed" {
  type    = string
  default = 1
}
