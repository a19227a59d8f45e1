variable "server" {
  type = object({
    name     = string
    size     = optional(string, "small")
    port     = optional(number, "8080")
    tags     = optional(map(string), {})
    enabled  = optional(bool)
    disk     = optional(object({ gb = optional(number, 10), kind = optional(string) }), {})
    replicas = optional(list(object({ zone = string, weight = optional(number, 1) })), [])
  })
  default = {
    name = "a"
  }
}
variable "full" {
  type = object({
    name     = string
    size     = optional(string, "small")
    disk     = optional(object({ gb = optional(number, 10), kind = optional(string) }), {})
    replicas = optional(list(object({ zone = string, weight = optional(number, 1) })), [])
  })
  default = {
    name     = "b"
    size     = null
    disk     = { kind = "ssd" }
    replicas = [{ zone = "x" }, { zone = "y", weight = 5 }]
  }
}
variable "servers" {
  type    = map(object({ cpu = optional(number, 2), label = optional(string) }))
  default = { one = {}, two = { cpu = 4, label = "l" }, three = { cpu = null } }
}
variable "no_default_for_disk" {
  type    = object({ disk = optional(object({ gb = optional(number, 10) })) })
  default = {}
}
variable "list" {
  type    = list(object({ a = optional(string, "x"), b = optional(list(string), ["y"]) }))
  default = [{}, { a = "z" }, { b = [] }, { b = null }]
}
variable "default_object" {
  type    = object({ o = optional(object({ a = optional(number, 1), b = optional(number, 2) }), { a = 5 }) })
  default = {}
}
variable "tuple" {
  type    = tuple([object({ a = optional(number, 1) }), string])
  default = [{}, "s"]
}
variable "set" {
  type    = set(object({ a = optional(number, 1) }))
  default = [{}, { a = 1 }, { a = 2 }]
}
