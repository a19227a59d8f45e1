variable "buckets" {
  type    = list(string)
  default = ["logs", "data"]
}
variable "account" {
  type    = string
  default = "123456789012"
}
variable "rules" {
  type = list(object({
    port  = number
    cidrs = optional(list(string), ["0.0.0.0/0"])
    from  = optional(number)
  }))
  default = [{ port = 22 }, { port = 443, cidrs = ["10.0.0.0/8"], from = 400 }]
}
locals {
  arns   = [for name in var.buckets : "arn:aws:s3:::${name}"]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for arn in local.arns : { Effect = "Allow", Action = "s3:*", Resource = [arn, "${arn}/*"] }],
      length(var.buckets) > 1 ? [{ Effect = "Deny", Action = ["s3:DeleteBucket"], Resource = ["*"] }] : [],
    )
  })
  roles = { for pair in setproduct(["reader", "writer"], var.buckets) : join("-", pair) => {
    role   = "roles/storage.${pair[0] == "reader" ? "objectViewer" : "objectAdmin"}"
    bucket = pair[1]
  } }
  flat = merge([for i, rule in var.rules : { for cidr in rule.cidrs : "${i}-${cidr}" => {
    from = coalesce(rule.from, rule.port)
    to   = rule.port
    open = cidr == "0.0.0.0/0"
  } }]...)
  open    = [for key, rule in local.flat : key if rule.open]
  by_port = { for rule in var.rules : tostring(rule.port) => rule.cidrs... }
  tags    = merge({ Name = "x" }, var.account != "" ? { Account = var.account } : {}, null)
  first   = element(concat(var.buckets, [""]), 0)
  zones   = { for i, zone in ["a", "b", "c"] : zone => cidrsubnet("10.0.0.0/16", 4, i) }
  matrix  = [for x in range(2) : [for y in range(3) : x * 3 + y]]
  lookup  = lookup({ dev = 1, prod = 3 }, "prod", 0)
  regions = distinct(compact(["eu", "", "us", "eu", null]))
  encoded = base64encode(local.policy)
}
