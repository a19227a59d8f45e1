variable "environment" {
  default = "prod"
}
locals {
  third     = 5
  prefix    = upper("app")
  base      = { a = 1, b = 2 }
  more      = { b = 3, c = [local.third] }
  sizes     = { small = 1, large = 10 }
  cycle_too = try(local.third, 0)
  users     = [{ name = "x", role = "admin" }, { name = "y", role = "user" }, { name = "z", role = "user" }]
  teams     = { red = ["r1", "r2"], blue = [] , green = ["g1"] }
  # A name like a keyword, and comments everywhere.
  for-each  = [for i in range(3) : i /* index */ * 2] // doubled
  multi = {
    one = 1
    "two" : 2, (local.prefix) = 3
    three = [
      1,
      2, # the last
    ]
  }
  long = (
    local.third > 3
    && local.second > 5
  ) ? "big" : "small"
  sum = [
    for x in [
      1,
      2,
    ] :
    x
    if x > 1
  ]
  called = max(
    1,
    local.third,
  )
}
