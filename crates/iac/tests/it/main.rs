//! Terraform text in, documents out: the evaluator as a whole, through the source.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod accounts;
mod arm;
mod bicep;
mod cloudformation;
mod containers;
mod dialects;
mod kubernetes;
mod language;
mod modules;
mod pipelines;
mod places;
mod plan;
mod policies;
mod state;
mod tampered;
mod variables;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use iac::terraform::{Given, Terraform};
use model::{Node, Observations};
use serde_json::Value as Json;

/// A kind whose document is the resource as it is written.
const THING: &str = "
kind: test.thing
class: data-store
title: A thing
pages: [https://example.com/thing]
terraform:
  test_thing: { auto: camel }
";

/// Terraform's own resource, which needs no provider: what Terraform really writes can be read in tests.
const DATA: &str = "
kind: test.data
class: data-store
title: A thing of Terraform's own
pages: [https://example.com/data]
aliases: ['{id}']
terraform:
  terraform_data: { auto: camel }
";

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let (catalog, report) = Catalog::with_files([
            ("kinds/test/thing.yaml".to_owned(), THING.to_owned()),
            ("kinds/test/data.yaml".to_owned(), DATA.to_owned()),
        ]);
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        catalog
    })
}

fn observe(files: &[(&str, &str)], given: &Given) -> Observations {
    let tree = Tree::of_texts(files.iter().copied());
    Terraform { catalog: catalog(), given: given.clone() }.observe(&tree)
}

/// Every asset's document, by address.
fn documents(seen: &Observations) -> BTreeMap<String, Json> {
    let json = |node: &Node| serde_json::to_value(node).unwrap();
    seen.assets.iter().map(|a| (a.address.to_string(), json(&a.document))).collect()
}

/// `place: reason` of what was not simply read.
fn notes(seen: &Observations) -> Vec<String> {
    seen.coverage.iter().filter_map(|c| Some(format!("{}: {}", c.path, c.reason.as_deref()?))).collect()
}

/// Asserts the documents of `test_thing`s, by address, and that nothing is noted.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &Json) {
    check_given(files, &Given::default(), expected);
}

#[track_caller]
fn check_given(files: &[(&str, &str)], given: &Given, expected: &Json) {
    let seen = observe(files, given);
    let found: serde_json::Map<String, Json> = documents(&seen).into_iter().collect();
    assert_eq!(Json::Object(found), *expected, "\nnotes: {:#?}", notes(&seen));
    assert_eq!(notes(&seen), Vec::<String>::new());
}

/// Asserts the attributes of one `test_thing.t` with these arguments, after `before`.
#[track_caller]
fn check_one(before: &str, arguments: &str, expected: &Json) {
    let text = format!("{before}\nresource \"test_thing\" \"t\" {{\n{arguments}\n}}\n");
    check(&[("main.tf", &text)], &serde_json::json!({ "test_thing.t": expected }));
}
