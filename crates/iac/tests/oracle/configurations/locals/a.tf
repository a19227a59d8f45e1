locals {
  first  = local.second + 1
  name   = "${local.prefix}-${var.environment}"
  both   = merge(local.base, local.more)
  cycle  = local.cycle_too
  broken = local.base.nothing
  fine   = try(local.base.nothing, "fallback")
  each   = { for name, size in local.sizes : name => "${name}:${size}" }
  groups = { for user in local.users : user.role => user.name... }
  pairs  = flatten([for team, members in local.teams : [for member in members : { team = team, member = member }]])
  by_key = { for pair in local.pairs : "${pair.team}/${pair.member}" => pair }
}
locals {
  second   = local.third * 2
  is_prod  = var.environment == "prod"
  replicas = local.is_prod ? 3 : 1
  port     = local.is_prod ? 443 : "any"
  names    = toset(["b", "a"])
  all      = setunion(local.names, ["c"])
}
