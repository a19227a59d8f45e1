d = "two.auto.tfvars"
