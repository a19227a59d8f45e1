locals {
  changed = "override"
}
variable "v" {
  default = "override"
}
