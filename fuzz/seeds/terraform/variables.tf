variable "v" {
  type    = object({ a = optional(string, "x"), b = list(number) })
  default = { b = [1, "2"] }
}
locals {
  l = [for i, x in var.v.b : i + x if x > 0]
}
resource "aws_s3_bucket" "b" {
  for_each = toset(["u", "v"])
  bucket   = "${each.key}-${local.l[0]}"
}
