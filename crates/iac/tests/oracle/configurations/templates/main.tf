variable "ports" {
  type    = set(number)
  default = [443, 80]
}
locals {
  rendered = templatefile("${path.module}/files/config.tftpl", {
    name  = "app"
    ports = [80, 443]
    tags  = { b = 2, a = 1 }
    debug = false
    extra = null
  })
  user_data = templatefile("files/user_data.sh", { name = "web", packages = ["nginx", "curl"] })
  list      = jsondecode(templatefile("files/list.json", { items = ["x", "y"] }))
  single    = templatefile("files/single.tftpl", { value = 5 })
  set       = templatefile("files/config.tftpl", { name = "s", ports = var.ports, tags = {}, debug = true, extra = "e" })
  template  = "hello $${name}: %%{for x in list}$${x};%%{endfor}"
  string    = templatestring(local.template, { name = "you", list = [1, 2] })
  files     = fileset(path.module, "files/*")
  raw       = file("${path.module}/files/user_data.sh")
  decoded   = yamldecode(file("files/data.yaml"))
  hash      = sha256(file("files/data.yaml"))
  exists    = fileexists("files/data.yaml")
  missing   = fileexists("files/nothing.yaml")
}
