locals {
  name  = "world"
  items = ["a", "b"]
  plain = <<EOT
hello
  world
EOT
  empty = <<EOT
EOT
  interpolated = <<EOT
hello ${local.name}!
$${not} %%{this}
"quoted" \n stays
EOT
  indented = <<-EOT
    one
      two
    three
  EOT
  indented_unevenly = <<-EOT
      one
    two

        three
    EOT
  indented_interpolation = <<-EOT
    ${local.name}
      ${local.name}
    end
  EOT
  indented_blank = <<-EOT

    one

  EOT
  tabs = <<-EOT
	one
		two
	EOT
  directive = <<-EOT
    %{if local.name == "world"}
    yes
    %{else}
    no
    %{endif}
  EOT
  directive_stripped = <<-EOT
    %{if local.name == "world" ~}
    yes
    %{else ~}
    no
    %{endif ~}
  EOT
  loop = <<EOT
%{for item in local.items}
- ${item}
%{endfor}
EOT
  loop_stripped = <<-EOT
    list:
    %{for i, item in local.items ~}
    - ${i}: ${item}
    %{endfor ~}
    end
  EOT
  loop_left_stripped = <<EOT
%{~ for item in local.items }
* ${item}
%{~ endfor }
EOT
  nested = <<-EOT
    %{for item in local.items ~}
    %{if item != "a" ~}
    ${item}
    %{endif ~}
    %{endfor ~}
  EOT
  multi_line_value = <<-EOT
    start
      ${indent(2, "x\ny")}
    stop
  EOT
  stripped_both = <<-EOT
    a
    ${~ local.name ~}
    b
  EOT
  object = { text = <<EOT
in an object
EOT
    after = 1
  }
  list = [<<EOT
first
EOT
    , "second"
  ]
  call = upper(<<-EOT
    shout
  EOT
  )
  chomped = chomp(<<EOT
no newline
EOT
  )
  json = jsondecode(<<EOT
{"a": [1, "${local.name}"], "b": null}
EOT
  )
  yaml = yamldecode(<<-EOT
    a: 1
    b:
      - x
      - ${local.name}
  EOT
  )
  terminator_like = <<EOT
EOTX
EOT x
xEOT
  EOT
  unicode = <<EOT
héllo – ${upper("é")}
EOT
  backslashes = <<EOT
C:\path\${local.name} \\ \" \u0041
EOT
  dollar = <<EOT
$ $$ $${} %{if true}$%{endif} % %%
EOT
  only_interpolation = <<EOT
${local.items[0]}
EOT
  policy = <<POLICY
{
  "Version": "2012-10-17",
  "Statement": [%{for i, item in local.items}%{if i > 0}, %{endif}"${item}"%{endfor}]
}
POLICY
}
