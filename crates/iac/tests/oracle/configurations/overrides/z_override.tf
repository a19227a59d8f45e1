variable "typed" {
  type = number
}
