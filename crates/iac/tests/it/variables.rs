//! Where the value of a variable comes from, and what its type makes of it.

use iac::terraform::{Given, VariableFile};
use serde_json::json;

use super::{check, check_given, check_one, documents, notes, observe};

const USE: &str = "resource \"test_thing\" \"t\" {\n  x = var.v\n}\n";

#[test]
fn the_later_source_wins() {
    let declared = format!("variable \"v\" {{\n  default = \"default\"\n}}\n{USE}");
    let sources = [
        ("terraform.tfvars", "v = \"tfvars\"\n"),
        ("terraform.tfvars.json", "{\"v\": \"tfvars.json\"}"),
        ("a.auto.tfvars", "v = \"a\"\n"),
        ("b.auto.tfvars.json", "{\"v\": \"b\"}"),
    ];
    let expect = |files: &[(&str, &str)], given: &Given, want: &str| {
        let files = [&[("main.tf", &*declared)], files].concat();
        check_given(&files, given, &json!({"test_thing.t": {"x": want}}));
    };
    let nothing = Given::default();
    for (count, want) in ["default", "tfvars", "tfvars.json", "a", "b"].iter().enumerate() {
        expect(&sources[..count], &nothing, want);
    }
    expect(
        &[("other.tfvars", "v = \"other\"\n"), ("sub/terraform.tfvars", "v = \"sub\"\n")],
        &nothing,
        "default",
    );
    let file = |path: &str, text: &str| VariableFile { path: path.into(), text: text.into() };
    let files = vec![file("x.tfvars", "v = \"x\"\n"), file("y.tfvars.json", "{\"v\": \"y\"}")];
    expect(&sources, &Given { files: files.clone(), values: Vec::new() }, "y");
    let values = vec![("v".into(), "first".into()), ("v".into(), "last".into())];
    expect(&sources, &Given { files, values }, "last");
}

#[test]
fn types_convert_and_fill_in() {
    for (constraint, value, expected) in [
        ("string", "1", json!("1")),
        ("number", "\"12\"", json!(12)),
        ("bool", "\"true\"", json!(true)),
        ("list(string)", "[1, true]", json!(["1", "true"])),
        ("set(string)", "[\"b\", \"a\", \"b\"]", json!(["a", "b"])),
        ("map(number)", "{ a = \"1\" }", json!({"a": 1})),
        ("tuple([string, number])", "[1, \"2\"]", json!(["1", 2])),
        ("any", "[1, \"a\"]", json!([1, "a"])),
        ("object({ a = string })", "{ a = 1, b = 2 }", json!({"a": "1"})),
        ("object({ a = string, b = optional(number) })", "{ a = \"x\" }", json!({"a": "x"})),
        (
            "object({ a = optional(string, \"d\"), b = optional(object({ c = optional(bool, true) }), {}) })",
            "{}",
            json!({"a": "d", "b": {"c": true}}),
        ),
        (
            "list(object({ a = optional(number, 7) }))",
            "[{}, { a = 1 }, { a = null }]",
            json!([{"a": 7}, {"a": 1}, {"a": 7}]),
        ),
    ] {
        let before = format!("variable \"v\" {{\n  type    = {constraint}\n  default = {value}\n}}");
        // In a list of two: one object alone would be a block, and is written without its list.
        check_one(&before, "x = [var.v, 0]", &json!({"x": [expected, 0]}));
    }
}

#[test]
fn a_value_of_the_wrong_type_is_unknown() {
    let text = format!("variable \"v\" {{\n  type    = list(number)\n  default = [\"x\"]\n}}\n{USE}");
    let seen = observe(&[("main.tf", &text)], &Given::default());
    assert!(notes(&seen)[0].contains("variable v:"), "{:?}", notes(&seen));
    assert!(documents(&seen)["test_thing.t"]["x"]["$unknown"].is_string());
}

#[test]
fn values_of_the_command_line_are_expressions_unless_text() {
    for (constraint, value, expected) in [
        ("string", "[1]", json!("[1]")),
        ("list(number)", "[1, 2]", json!([1, 2])),
        ("map(string)", "{ a = \"b\" }", json!({"a": "b"})),
        ("number", "5", json!(5)),
        ("bool", "false", json!(false)),
    ] {
        let text = format!(
            "variable \"v\" {{\n  type = {constraint}\n}}\nresource \"test_thing\" \"t\" {{\n  x = [var.v, 0]\n}}\n"
        );
        let given = Given { files: Vec::new(), values: vec![("v".into(), value.into())] };
        check_given(&[("main.tf", &text)], &given, &json!({"test_thing.t": {"x": [expected, 0]}}));
    }
}

#[test]
fn null_takes_the_default_where_the_variable_is_not_nullable() {
    let text = |nullable: &str| {
        format!(
            "variable \"v\" {{\n  default = \"d\"\n  {nullable}\n}}\nresource \"test_thing\" \"t\" {{\n  x = [var.v]\n}}\n"
        )
    };
    let null = [("terraform.tfvars", "v = null\n")];
    for (nullable, expected) in
        [("", json!(null)), ("nullable = true", json!(null)), ("nullable = false", json!("d"))]
    {
        let text = text(nullable);
        check(&[&[("main.tf", &*text)], &null[..]].concat(), &json!({"test_thing.t": {"x": [expected]}}));
    }
}

#[test]
fn a_variable_without_a_value_is_unknown_and_says_so() {
    check_one(
        "variable \"v\" {\n  type = string\n}",
        "x = var.v\ny = [upper(var.v)]",
        &json!({
            "x": {"$unknown": "variable v has no value"},
            "y": [{"$unknown": "variable v has no value"}],
        }),
    );
}

#[test]
fn what_is_sensitive_is_never_shown() {
    let before = "variable \"v\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\nlocals {\n  copy = \"x-${var.v}\"\n}";
    let arguments = "a = var.v\nb = local.copy\nc = upper(var.v)\nd = { k = var.v }\ne = sensitive(\"hunter2\")\nf = [for x in [var.v] : x]\ng = jsonencode({ k = var.v })\nh = var.v == \"\" ? 1 : 2\ni = nonsensitive(\"shown\")\nj = md5(var.v)\nk = split(\"\", var.v)";
    let text = format!("{before}\nresource \"test_thing\" \"t\" {{\n{arguments}\n}}\n");
    let seen = observe(&[("main.tf", &text)], &Given::default());
    let written = serde_json::to_string(&documents(&seen)).unwrap();
    assert!(!written.to_lowercase().contains("hunter2"), "{written}");
    let hidden = json!({"$sensitive": true});
    let document = &documents(&seen)["test_thing.t"];
    for name in ["a", "b", "c", "e", "h", "j"] {
        assert_eq!(document[name], hidden, "{name}");
    }
    assert_eq!((&document["d"]["k"], &document["i"]), (&hidden, &json!("shown")));
    let shown: Vec<String> =
        seen.assets[0].document.as_map().unwrap().values().map(model::Node::display).collect();
    assert!(!shown.join(" ").to_lowercase().contains("hunter2"), "{shown:?}");
}

#[test]
fn errors_do_not_quote_what_is_sensitive() {
    let before = "variable \"v\" {\n  default   = \"hunter2\"\n  sensitive = true\n}";
    for expression in [
        "tonumber(var.v)",
        "var.v + 1",
        "{ a = 1 }[var.v]",
        "{ for k in [var.v, var.v] : k => 1 }",
        "file(var.v)",
        "regex(\"x\", var.v)",
        "var.v ? 1 : 2",
        "[1][var.v]",
        "tobool(var.v)",
        "{ (var.v) = 1 }",
        "{ for k in [\"a\"] : var.v => k }",
        "{ for k in [\"a\"] : var.v => k... }",
        "zipmap([var.v], [1])",
        "keys({ (var.v) = 1 })",
    ] {
        let text = format!("{before}\nresource \"test_thing\" \"t\" {{\n  x = {expression}\n}}\n");
        let seen = observe(&[("main.tf", &text)], &Given::default());
        let said = notes(&seen).join("\n") + &serde_json::to_string(&documents(&seen)).unwrap();
        assert!(!said.contains("hunter2"), "{expression}: {said}");
    }
}

#[test]
fn an_address_has_no_sensitive_key() {
    let before = "variable \"v\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n";
    for each in ["toset([var.v])", "{ (var.v) = 1 }", "toset([\"a\", var.v])"] {
        let text = format!(
            "{before}resource \"test_thing\" \"t\" {{\n  for_each = {each}\n  x = each.key\n  y = each.value\n}}\n"
        );
        let seen = observe(&[("main.tf", &text)], &Given::default());
        let hidden = json!({"$sensitive": true});
        assert_eq!(documents(&seen)["test_thing.t[*]"], json!({"x": hidden, "y": hidden}), "{each}");
        assert!(notes(&seen)[0].contains("it is sensitive"), "{:?}", notes(&seen));
    }
}
