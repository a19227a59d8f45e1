locals {
  a = { for k, v in var.m : # why
    k => v...
    if v != null }
  b = [for x in y : x.z[*].w if x]
}
