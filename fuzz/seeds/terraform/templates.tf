locals {
  t = templatefile("t.tpl", { x = 1 })
  h = <<-EOT
    %{ for x in [1, 2] ~}
    ${x}
    %{ endfor ~}
  EOT
  j = jsonencode({ a = [null, true, local.h] })
}
resource "aws_ssm_parameter" "p" {
  value = "${local.t}${local.j}"
}
