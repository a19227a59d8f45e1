c = "one.auto.tfvars"
d = "one.auto.tfvars"
