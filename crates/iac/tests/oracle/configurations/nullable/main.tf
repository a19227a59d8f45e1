variable "nullable" {
  type    = string
  default = "d"
}
variable "not_nullable" {
  type     = string
  default  = "d"
  nullable = false
}
variable "list" {
  type     = list(string)
  default  = ["d"]
  nullable = false
}
variable "explicit" {
  type     = number
  default  = 7
  nullable = true
}
