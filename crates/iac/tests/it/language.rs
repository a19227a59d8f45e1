//! Locals, expressions, templates, repetition and dynamic blocks.

use serde_json::json;

use super::{check, check_one, notes, observe};

#[test]
fn locals_stand_in_any_order() {
    let locals = "locals {\n  c = \"${local.b}c\"\n  a = \"a\"\n}\nlocals {\n  b = \"${local.a}b\"\n}";
    check_one(locals, "x = local.c", &json!({"x": "abc"}));
}

#[test]
fn expressions_have_their_values() {
    let locals = r#"
locals {
  list   = [3, 1, 2]
  things = [{ name = "a", on = true }, { name = "b", on = false }]
  by     = { x = { size = 1 }, y = { size = 2 } }
  none   = null
}"#;
    for (expression, expected) in [
        ("1 + 2 * 3 - 4 / 2", json!(5)),
        ("7 % 4", json!(3)),
        ("-local.list[0]", json!(-3)),
        ("1 == 1.0 && !(2 < 1) || false", json!(true)),
        ("\"1\" == 1", json!(false)),
        ("local.list[1] > 0 ? \"yes\" : \"no\"", json!("yes")),
        ("true ? 1 : \"x\"", json!("1")),
        ("local.things[*].name", json!(["a", "b"])),
        ("local.things.*.name", json!(["a", "b"])),
        ("local.none[*]", json!([])),
        ("local.by[*].x.size", json!([1])),
        ("[for t in local.things : upper(t.name) if t.on]", json!(["A"])),
        ("[for i, t in local.things : \"${i}${t.name}\"]", json!(["0a", "1b"])),
        ("{ for k, v in local.by : k => v.size * 10 }", json!({"x": 10, "y": 20})),
        (
            "{ for t in concat(local.things, local.things) : t.name => t.on... }",
            json!({"a": [true, true], "b": [false, false]}),
        ),
        ("local.by[\"x\"].size", json!(1)),
        ("local.by.y.size", json!(2)),
        ("{ \"a b\" = 1, (\"c\") = 2, d : 3 }", json!({"a b": 1, "c": 2, "d": 3})),
        ("[for k in sort(keys(local.by)) : k]", json!(["x", "y"])),
        ("try(local.by.z.size, 9)", json!(9)),
        ("can(local.by.z)", json!(false)),
        ("coalesce(local.none, \"\", \"x\")", json!("x")),
        ("merge(local.by, { y = 1 }).y", json!(1)),
        ("max(local.list...)", json!(3)),
        ("core::length(local.list)", json!(3)),
        ("jsondecode(jsonencode(local.by)).x.size", json!(1)),
        ("flatten([[1, [2]], 3])", json!([1, 2, 3])),
        ("distinct([\"b\", \"a\", \"b\"])", json!(["b", "a"])),
        ("toset([\"b\", \"a\", \"b\"])", json!(["a", "b"])),
    ] {
        check_one(locals, &format!("x = [{expression}, 0]"), &json!({"x": [expected, 0]}));
    }
}

#[test]
fn what_is_wrong_is_unknown_with_its_place() {
    for (expression, words) in [
        ("[1, 2][2]", "index 2 is outside of a list of 2"),
        ("{ a = 1 }.b", "there is no attribute \"b\""),
        ("local.missing", "local \"missing\" is not declared"),
        ("var.missing", "variable \"missing\" is not declared"),
        ("module.missing.x", "module \"missing\" is not declared"),
        ("test_thing.missing.x", "test_thing.missing is not declared"),
        ("each.key", "each is used without for_each"),
        ("count.index", "count is used without count"),
        ("1 / 0", "division by zero"),
        ("\"x\" + 1", "not the decimal form of a number"),
        ("null ? 1 : 2", "the condition is null"),
        ("\"a${null}\"", "null stands in a template"),
        ("{ for k in [\"a\", \"a\"] : k => 1 }", "two elements of the for expression have the key \"a\""),
        ("nope()", "there is no function nope"),
    ] {
        let text = format!("resource \"test_thing\" \"t\" {{\n  x = {expression}\n  y = 1\n}}\n");
        let seen = observe(&[("main.tf", &text)], &super::Given::default());
        let notes = notes(&seen);
        assert_eq!(notes.len(), 1, "{expression}: {notes:?}");
        assert!(
            notes[0].starts_with("main.tf:2:7: test_thing.t: x") && notes[0].contains(words),
            "{notes:?}"
        );
        let document = &seen.assets[0].document;
        assert!(document.get("x").unwrap().is_unknown(), "{expression}");
        assert!(document.get("y").unwrap().as_str().is_none() && !document.get("y").unwrap().is_unknown());
    }
}

#[test]
fn conditions_that_are_not_known() {
    let variable = "variable \"u\" {}";
    for (expression, expected) in [
        ("var.u ? 1 : 1", json!(1)),
        ("false && var.u", json!(false)),
        ("true || var.u", json!(true)),
        ("var.u ? 1 : 2", json!({"$unknown": "variable u has no value"})),
        ("true && var.u", json!({"$unknown": "variable u has no value"})),
        ("var.u == 1", json!({"$unknown": "variable u has no value"})),
        ("length([var.u, var.u])", json!(2)),
        ("[for x in [1, var.u] : x][0]", json!(1)),
        ("\"a-${var.u}\"", json!({"$text": "a-${? variable u has no value}"})),
    ] {
        check_one(variable, &format!("x = [{expression}]"), &json!({"x": [expected]}));
    }
}

#[test]
fn templates_and_heredocs() {
    let before = r#"locals {
  who = "World"
  n   = ["a", "b"]
}"#;
    for (template, expected) in [
        (r#""Hello, ${local.who}!""#, "Hello, World!"),
        (r#""$${local.who} %%{ if }""#, "${local.who} %{ if }"),
        (r#""%{ if local.who == "World" }yes%{ else }no%{ endif }""#, "yes"),
        (r#""%{ for i, x in local.n }${i}${x};%{ endfor }""#, "0a;1b;"),
        ("<<EOT\n  a\n    ${local.who}\nEOT", "  a\n    World\n"),
        ("<<-EOT\n    a\n      ${local.who}\n    EOT", "a\n  World\n"),
        ("<<EOT\n%{ for x in local.n ~}\n- ${x}\n%{ endfor ~}\nEOT", "- a\n- b\n"),
        (r#"templatestring("<$${x}>", { x = 1 })"#, "<1>"),
    ] {
        check_one(before, &format!("x = {template}\n"), &json!({"x": expected}));
    }
}

#[test]
fn template_files_are_read_from_the_root() {
    let root = "module \"m\" {\n  source = \"./m\"\n}\nresource \"test_thing\" \"t\" {\n  x = templatefile(\"t.tpl\", { name = \"n\", list = [1, 2] })\n  y = file(\"${path.module}/t.txt\")\n}\n";
    let child = "resource \"test_thing\" \"t\" {\n  x = file(\"${path.module}/child.txt\")\n  y = fileexists(\"t.txt\")\n  z = path.module\n}\n";
    check(
        &[
            ("main.tf", root),
            ("t.tpl", "${name}:%{ for x in list }${x * 2},%{ endfor }"),
            ("t.txt", "root"),
            ("m/main.tf", child),
            ("m/child.txt", "child"),
        ],
        &json!({
            "test_thing.t": {"x": "n:2,4,", "y": "root"},
            "module.m.test_thing.t": {"x": "child", "y": true, "z": "m"},
        }),
    );
}

#[test]
fn count_and_for_each_make_instances() {
    check(
        &[(
            "main.tf",
            r#"
resource "test_thing" "c" {
  count = 2
  x     = "c${count.index}"
}
resource "test_thing" "off" {
  count = 0
}
resource "test_thing" "map" {
  for_each = { a = { size = 1 }, "b c" = { size = 2 } }
  x        = each.key
  y        = each.value.size
}
resource "test_thing" "set" {
  for_each = toset(["u", "v"])
  x        = "${each.key}=${each.value}"
}
resource "test_thing" "use" {
  a = test_thing.c[1].x
  b = test_thing.c[*].x
  c = test_thing.map["a"].y
  d = { for k, v in test_thing.map : k => v.y }
  e = [for t in test_thing.set : t.x]
  f = length(test_thing.off)
  g = one(test_thing.off[*].x)
}
"#,
        )],
        &json!({
            "test_thing.c[0]": {"x": "c0"},
            "test_thing.c[1]": {"x": "c1"},
            "test_thing.map[\"a\"]": {"x": "a", "y": 1},
            "test_thing.map[\"b c\"]": {"x": "b c", "y": 2},
            "test_thing.set[\"u\"]": {"x": "u=u"},
            "test_thing.set[\"v\"]": {"x": "v=v"},
            "test_thing.use": {
                "a": "c1", "b": ["c0", "c1"], "c": 1, "d": {"a": 1, "b c": 2}, "e": ["u=u", "v=v"], "f": 0,
            },
        }),
    );
}

#[test]
fn one_instance_stands_for_all_that_are_not_known() {
    let text = "variable \"u\" {}\nresource \"test_thing\" \"a\" {\n  count = var.u\n  x = 1\n}\n\
        resource \"test_thing\" \"b\" {\n  for_each = var.u\n  x = each.key\n  y = 2\n}\n";
    let seen = observe(&[("main.tf", text)], &super::Given::default());
    let documents = super::documents(&seen);
    assert_eq!(documents["test_thing.a[*]"], json!({"x": 1}));
    assert_eq!(documents["test_thing.b[*]"]["y"], json!(2));
    assert!(documents["test_thing.b[*]"]["x"]["$unknown"].is_string(), "{documents:?}");
    assert_eq!(notes(&seen).len(), 2, "{:?}", notes(&seen));
}

#[test]
fn dynamic_blocks_are_expanded() {
    let arguments = r#"
  dynamic "rule" {
    for_each = { b = [1, 2], a = [3] }
    iterator = r
    content {
      name = r.key
      dynamic "port" {
        for_each = r.value
        content {
          number = port.value
          label  = "${r.key}${port.key}"
        }
      }
    }
  }
  rule {
    name = "static"
  }
  dynamic "none" {
    for_each = []
    content {}
  }
  dynamic "tag" {
    for_each = toset(["x", "y"])
    content {
      key   = tag.key
      value = tag.value
    }
  }
"#
    .replace("content {}", "content {\n    }");
    let port = |n: i64, label: &str| json!({"number": n, "label": label});
    check_one(
        "",
        &arguments,
        &json!({
            "rule": [
                {"name": "a", "port": port(3, "a0")},
                {"name": "b", "port": [port(1, "b0"), port(2, "b1")]},
                {"name": "static"},
            ],
            "none": [],
            "tag": [{"key": "x", "value": "x"}, {"key": "y", "value": "y"}],
        }),
    );
    let unknown = "dynamic \"rule\" {\n  for_each = var.u\n  content {\n    a = 1\n  }\n}\nsize = 1";
    check_one(
        "variable \"u\" {}",
        unknown,
        &json!({"rule": {"$unknown": "variable u has no value"}, "size": 1}),
    );
}

#[test]
fn blocks_of_terraform_itself_are_no_part_of_the_document() {
    let arguments = "x = 1\nlifecycle {\n  ignore_changes = all\n}\ndepends_on = [test_thing.u]\nprovisioner \"local-exec\" {\n  command = \"x\"\n}\nconnection {\n  host = \"h\"\n}\nprovider = test.a";
    check_one("", arguments, &json!({"x": 1}));
}
