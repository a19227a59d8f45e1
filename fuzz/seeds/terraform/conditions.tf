variable "u" {}
resource "google_storage_bucket" "b" {
  count = var.u ? 1 : 0
  name  = try(var.u.name, var.u == null ? "n" : coalesce(var.u, "x"))
  labels = merge({ a = 1 }, var.u...)
  x = [for k, v in zipmap(["a"], [1]) : k][*]
}
