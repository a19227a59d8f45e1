variable "text" {
  type    = string
  default = 5
}
variable "number" {
  type    = number
  default = "1.50"
}
variable "truth" {
  type    = bool
  default = "true"
}
variable "strings" {
  type    = list(string)
  default = [1, true, "a"]
}
variable "numbers" {
  type    = set(number)
  default = ["3", 1, 2, 1]
}
variable "map_of_text" {
  type    = map(string)
  default = { a = 1, b = true }
}
variable "map_any" {
  type    = map(any)
  default = { a = 1, b = "x" }
}
variable "list_any" {
  type    = list(any)
  default = [1, "x"]
}
variable "tuple" {
  type    = tuple([string, number, list(bool)])
  default = [1, "2", ["true"]]
}
variable "object" {
  type = object({
    name  = string
    ports = set(number)
    tags  = map(string)
  })
  default = {
    name  = 1
    ports = [80, "80", 443]
    tags  = { a = 1 }
    extra = "dropped"
  }
}
variable "anything" {
  type    = any
  default = { a = [1, "x", null] }
}
variable "untyped" {
  default = [1, "a"]
}
variable "nested" {
  type    = map(list(object({ n = number })))
  default = { x = [{ n = "1", more = true }], y = [] }
}
variable "none" {
  type    = string
  default = null
}
variable "missing" {
  type = string
}
variable "missing_object" {
  type = object({ a = string })
}
variable "sets" {
  type    = object({ names = set(string), by = map(set(string)) })
  default = { names = ["b", "a"], by = { x = ["d", "c"] } }
}
