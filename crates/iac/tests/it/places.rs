//! Where a value stands: the attribute first, then the places it came from.

use iac::terraform::Given;
use model::{Node, Observations};

use super::observe;

fn trail(seen: &Observations, address: &str, path: &str) -> Vec<String> {
    let asset = seen.assets.iter().find(|a| &*a.address == address).unwrap_or_else(|| panic!("no {address}"));
    let node: &Node = path.split('.').fold(&asset.document, |node, step| match step.parse::<usize>() {
        Ok(index) => &node.as_list().unwrap()[index],
        Err(_) => node.get(step).unwrap_or_else(|| panic!("no {path}")),
    });
    node.at.as_ref().map(|at| at.trail().map(ToString::to_string).collect()).unwrap_or_default()
}

#[test]
fn a_value_has_the_place_of_its_attribute_first() {
    let text = r#"locals {
  flag = "on"
  obj  = { a = 1 }
}
variable "v" {
  default = "d"
}
resource "test_thing" "t" {
  plain = 1
  local = local.flag
  var   = var.v
  list  = ["a", local.flag]
  map   = { k = local.flag }
  deep  = local.obj
  text  = "x-${local.flag}"
  block {
    inner = var.v
  }
  dynamic "made" {
    for_each = [local.flag]
    content {
      value = made.value
    }
  }
}
"#;
    let seen = observe(&[("main.tf", text)], &Given::default());
    for (path, expected) in [
        ("plain", &["main.tf:9:3"][..]),
        ("local", &["main.tf:10:3", "main.tf:2:10"]),
        ("var", &["main.tf:11:3", "main.tf:6:13"]),
        ("list", &["main.tf:12:3"]),
        ("list.0", &["main.tf:12:12"]),
        ("list.1", &["main.tf:12:17", "main.tf:2:10"]),
        ("map.k", &["main.tf:13:17", "main.tf:2:10"]),
        ("deep", &["main.tf:14:3", "main.tf:3:10"]),
        ("deep.a", &["main.tf:3:16"]),
        ("text", &["main.tf:15:3"]),
        ("block", &["main.tf:16:3"]),
        ("block.inner", &["main.tf:17:5", "main.tf:6:13"]),
        ("made", &["main.tf:19:3"]),
    ] {
        assert_eq!(trail(&seen, "test_thing.t", path), expected, "{path}");
    }
    let made = trail(&seen, "test_thing.t", "made.value");
    assert_eq!((&*made[0], &*made[made.len() - 1]), ("main.tf:22:7", "main.tf:2:10"), "{made:?}");
}

#[test]
fn a_trail_leads_through_modules_to_the_values_file() {
    let seen = observe(
        &[
            ("main.tf", "variable \"open\" {}\nmodule \"m\" {\n  source = \"./m\"\n  open   = var.open\n}\n"),
            (
                "m/main.tf",
                "variable \"open\" {}\nmodule \"n\" {\n  source = \"../n\"\n  value  = var.open\n}\n",
            ),
            ("n/main.tf", "variable \"value\" {}\n\nresource \"test_thing\" \"t\" {\n  x = var.value\n}\n"),
            ("terraform.tfvars", "\nopen = true\n"),
        ],
        &Given::default(),
    );
    assert_eq!(
        trail(&seen, "module.m.module.n.test_thing.t", "x"),
        ["n/main.tf:4:3", "m/main.tf:4:12", "main.tf:4:12", "terraform.tfvars:2:8"]
    );
    let place = seen.assets[0].position().unwrap();
    assert_eq!(
        (place.to_string().as_str(), place.end_line),
        ("n/main.tf:3:1", 3),
        "an asset is its block's header"
    );
}

#[test]
fn an_overridden_attribute_stands_in_the_overriding_file() {
    let seen = observe(
        &[
            ("main.tf", "resource \"test_thing\" \"t\" {\n  a = 1\n  b = 1\n  block {\n    c = 1\n  }\n}\n"),
            (
                "override.tf",
                "\n\n\n\n\nresource \"test_thing\" \"t\" {\n  b = 2\n  block {\n    c = 2\n  }\n}\n",
            ),
        ],
        &Given::default(),
    );
    assert_eq!(trail(&seen, "test_thing.t", "a"), ["main.tf:2:3"]);
    assert_eq!(trail(&seen, "test_thing.t", "b"), ["override.tf:7:3"]);
    assert_eq!(trail(&seen, "test_thing.t", "block.c"), ["override.tf:9:5"]);
}

#[test]
fn json_has_places_too() {
    let text = "{\n  \"resource\": {\n    \"test_thing\": {\n      \"t\": {\n        \"x\": \"${local.l}\",\n        \"y\": 1\n      }\n    }\n  },\n  \"locals\": {\"l\": 5}\n}\n";
    let seen = observe(&[("main.tf.json", text)], &Given::default());
    assert_eq!(trail(&seen, "test_thing.t", "y"), ["main.tf.json:6:9"]);
    assert_eq!(trail(&seen, "test_thing.t", "x")[0], "main.tf.json:5:9");
}
