//! Modules: inputs, outputs, repetition, and where their files are.

use iac::terraform::Given;
use serde_json::json;

use super::{check, documents, notes, observe};

#[test]
fn values_go_through_nested_modules() {
    check(
        &[
            (
                "main.tf",
                r#"
module "outer" {
  source = "./outer"
  name   = "n"
}
resource "test_thing" "root" {
  x = module.outer.name
  y = module.outer.all["b"]
}
"#,
            ),
            (
                "outer/main.tf",
                r#"
variable "name" {}
module "inner" {
  source   = "../inner"
  for_each = toset(["a", "b"])
  name     = "${var.name}-${each.key}"
}
output "name" { value = module.inner["a"].name }
output "all" { value = { for k, m in module.inner : k => m.name } }
"#,
            ),
            (
                "inner/main.tf",
                r#"
variable "name" { type = string }
variable "size" { default = 3 }
resource "test_thing" "t" {
  x    = var.name
  size = var.size
}
output "name" { value = test_thing.t.x }
"#,
            ),
        ],
        &json!({
            "test_thing.root": {"x": "n-a", "y": "n-b"},
            "module.outer.module.inner[\"a\"].test_thing.t": {"x": "n-a", "size": 3},
            "module.outer.module.inner[\"b\"].test_thing.t": {"x": "n-b", "size": 3},
        }),
    );
}

#[test]
fn counted_modules_and_modules_that_use_each_other() {
    check(
        &[
            (
                "main.tf",
                r#"
module "a" {
  source = "./m"
  count  = 2
  x      = "a${count.index}"
}
module "b" {
  source = "./m"
  x      = module.a[1].given
  y      = module.c.made
}
module "c" {
  source = "./m"
  x      = module.b.given
}
resource "test_thing" "root" {
  all = module.a[*].given
}
"#,
            ),
            (
                "m/main.tf",
                r#"
variable "x" {}
variable "y" { default = "" }
resource "test_thing" "t" {
  x = var.x
  y = var.y
}
output "given" { value = var.x }
output "made" { value = "made" }
"#,
            ),
        ],
        &json!({
            "module.a[0].test_thing.t": {"x": "a0", "y": ""},
            "module.a[1].test_thing.t": {"x": "a1", "y": ""},
            "module.b.test_thing.t": {"x": "a1", "y": "made"},
            "module.c.test_thing.t": {"x": "a1", "y": ""},
            "test_thing.root": {"all": ["a0", "a1"]},
        }),
    );
}

#[test]
fn a_called_folder_is_no_root_of_its_own() {
    let child = "resource \"test_thing\" \"t\" {\n  x = 1\n}\n";
    let seen = observe(
        &[
            ("envs/prod/main.tf", "module \"m\" {\n  source = \"../../m\"\n}\n"),
            ("m/main.tf", child),
            ("alone/main.tf", child),
        ],
        &Given::default(),
    );
    let ids: Vec<&str> = seen.assets.iter().map(|a| &*a.id.0).collect();
    assert_eq!(ids, ["alone#test_thing.t", "envs/prod#module.m.test_thing.t"]);
}

#[test]
fn installed_modules_are_found_by_their_keys() {
    let index = r#"{"Modules": [
      {"Key": "", "Source": "", "Dir": "."},
      {"Key": "net", "Source": "example.com/net/test", "Dir": ".terraform/modules/net"},
      {"Key": "net.sub", "Source": "./sub", "Dir": ".terraform/modules/net/modules/sub"},
      {"Key": "net.far", "Source": "example.com/far/test", "Dir": ".terraform/modules/net.far"}]}"#;
    let files = [
        (
            "main.tf",
            "module \"net\" {\n  source  = \"example.com/net/test\"\n  version = \"1.0.0\"\n}\nmodule \"gone\" {\n  source = \"example.com/gone/test\"\n}\nresource \"test_thing\" \"r\" {\n  x = module.gone.id\n}\n",
        ),
        (".terraform/modules/modules.json", index),
        (
            ".terraform/modules/net/main.tf",
            "module \"sub\" {\n  source = \"./modules/sub\"\n}\nmodule \"far\" {\n  source = \"example.com/far/test\"\n}\n",
        ),
        (".terraform/modules/net/modules/sub/main.tf", "resource \"test_thing\" \"s\" {\n  x = 1\n}\n"),
        (".terraform/modules/net.far/main.tf", "resource \"test_thing\" \"f\" {\n  x = 2\n}\n"),
    ];
    // A walk passes over `.terraform`; only what a call leads to is read from there.
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let tree = collect::Tree::open(folder.path(), collect::Limits::default(), iac::terraform::wants).unwrap();
    let source = iac::terraform::Terraform { catalog: super::catalog(), given: Given::default() };
    let seen = collect::Source::observe(&source, &tree);
    assert_eq!(
        serde_json::to_value(documents(&seen)).unwrap(),
        json!({
            "module.net.module.sub.test_thing.s": {"x": 1},
            "module.net.module.far.test_thing.f": {"x": 2},
            "test_thing.r": {"x": {"$ref": "module.gone.id"}},
        })
    );
    assert_eq!(
        notes(&seen),
        ["main.tf:5:1: module gone (example.com/gone/test) is not on disk, its resources are not assessed"]
    );
}

#[test]
fn modules_above_the_scanned_folder_are_read_inside_the_checkout() {
    let checkout = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = checkout.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("live/prod/main.tf", "module \"m\" {\n  source = \"../../modules/m\"\n}\n");
    write("modules/m/main.tf", "resource \"test_thing\" \"t\" {\n  x = file(\"${path.module}/a.txt\")\n}\n");
    write("modules/m/a.txt", "text");
    let source = iac::terraform::Terraform { catalog: super::catalog(), given: Given::default() };
    let scan = || {
        let root = checkout.path().join("live/prod");
        let tree = collect::Tree::open(&root, collect::Limits::default(), iac::terraform::wants).unwrap();
        collect::Source::observe(&source, &tree)
    };
    let outside = scan();
    assert!(documents(&outside).is_empty());
    assert!(notes(&outside)[0].contains("not on disk"), "{:?}", notes(&outside));
    std::fs::create_dir(checkout.path().join(".git")).unwrap();
    let inside = scan();
    assert_eq!(documents(&inside)["module.m.test_thing.t"], json!({"x": "text"}), "{:?}", notes(&inside));
    let place = inside.assets[0].position().unwrap();
    assert_eq!((&*place.path, place.line), ("../../modules/m/main.tf", 1));
}
