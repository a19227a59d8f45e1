# Values for everybody.
a      = "terraform.tfvars"
b      = "terraform.tfvars"
c      = "terraform.tfvars"
d      = "terraform.tfvars"
number = "5"
list   = [1, 2,
  3]
object = {
  a = "7"
}
untyped = { x = [1, "two", true] }
map     = { one = 1 }
heredoc = <<-EOT
  line $${x}
    more
EOT
