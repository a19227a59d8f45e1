a = <<-EOT
    one ${x}

      two %{ if y ~}
    three
    %{ endif ~}
    EOT
b = <<E
E
