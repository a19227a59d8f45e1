a = "ignored.tfvars"
