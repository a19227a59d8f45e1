variable "checked" {
  type    = number
  default = 5
  validation {
    condition     = var.checked > 1
    error_message = "Too small."
  }
}
variable "secret" {
  type      = string
  default   = "not a real one"
  sensitive = true
}
variable "secrets" {
  type      = map(string)
  default   = { a = "x" }
  sensitive = true
}
locals {
  uses   = "x-${var.secret}"
  keys   = keys(var.secrets)
  shown  = nonsensitive(var.secret)
  length = length(var.secret)
  object = { hidden = var.secret, shown = 1 }
}
