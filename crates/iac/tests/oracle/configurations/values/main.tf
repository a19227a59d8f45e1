variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { default = "default" }
variable "d" { default = "default" }
variable "e" { default = "default" }
variable "f" { default = "default" }
variable "number" {
  type = number
}
variable "list" {
  type = list(string)
}
variable "object" {
  type = object({ a = number, b = optional(string, "x") })
}
variable "untyped" {}
variable "map" {
  type    = map(string)
  default = { kept = "no" }
}
variable "heredoc" {
  type = string
}
