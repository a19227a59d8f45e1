//! Bicep files in, documents out: what the front end and the evaluator make of them together.

use std::collections::BTreeMap;

use collect::{Source as _, Tree};
use iac::bicep::Bicep;
use model::{Asset, Observations};
use serde_json::{Value as Json, json};

use super::{catalog, notes};

fn observe(files: &[(&str, &str)]) -> Observations {
    Bicep { catalog: catalog() }.observe(&Tree::of_texts(files.iter().copied()))
}

/// The documents of the resources of the tests by address, without what the evaluator says of where they are.
fn documents(seen: &Observations) -> BTreeMap<String, Json> {
    let own = seen.assets.iter().filter(|asset| asset.source_type.starts_with("Test."));
    let document = |asset: &Asset| {
        let mut document = serde_json::to_value(&asset.document).unwrap();
        document.as_object_mut().unwrap().remove("parent");
        (asset.address.to_string(), document)
    };
    own.map(document).collect()
}

/// What was noted, but for types that have no card: those of these tests have none.
fn noted(seen: &Observations) -> Vec<String> {
    notes(seen).into_iter().filter(|note| !note.ends_with("has no card")).collect()
}

/// Asserts every document, by address, and that nothing is noted.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &Json) {
    let seen = observe(files);
    let found: serde_json::Map<String, Json> = documents(&seen).into_iter().collect();
    assert_eq!(Json::Object(found), *expected, "\nnotes: {:#?}", notes(&seen));
    assert_eq!(noted(&seen), Vec::<String>::new());
}

/// Asserts the `properties` of the one resource, which are written as `text`, behind the declarations `before`.
#[track_caller]
fn properties(before: &str, text: &str, expected: &Json) {
    let file =
        format!("{before}\nresource r 'Test.X/ys@2024-01-01' = {{\n  name: 'n'\n  properties: {text}\n}}\n");
    check(&[("main.bicep", &file)], &json!({ "r": { "name": "n", "properties": expected } }));
}

#[test]
fn values_of_every_kind() {
    properties(
        "",
        r"{
    text: 'it\'s ${1 + 2} \u{e9}'
    lines: '''
a
 'b' ${c}
'''
    filled: $'''x${2 * 3}'''
    number: -4
    flags: [true, !true, null]
    nested: { 'a-b': { c: [1, 2][^1] } }
    'k${1}': 'computed'
  }",
        &json!({
            "text": "it's 3 é", "lines": "a\n 'b' ${c}\n", "filled": "x6", "number": -4,
            "flags": [true, false, null], "nested": {"a-b": {"c": 2}}, "k1": "computed",
        }),
    );
}

#[test]
fn names_lead_to_variables_functions_and_parameters() {
    properties(
        "
param base string = 'p'
var list = [for (x, i) in ['a', 'b']: '${x}${i}']
var more = { one: 1, ...{ two: 2 } }
func join(a string, b string) string => '${a}-${b}'
",
        "{
    name: join(base, 'x')
    list: map(list, item => toUpper(item))
    spread: union(more, { three: length([0, ...list]) })
    chosen: empty(list) ? 'none' : first(list)
    safe: more.?four ?? 'absent'
    chain: more.?four.five[0].six ?? 'absent'
    any: any(base)
  }",
        &json!({
            "name": "p-x", "list": ["A0", "B1"], "spread": {"one": 1, "two": 2, "three": 3},
            "chosen": "a0", "safe": "absent", "chain": "absent", "any": "p",
        }),
    );
}

#[test]
fn loops_conditions_and_nested_resources() {
    check(
        &[(
            "main.bicep",
            "
param on bool = true
resource a 'Test.X/ys@2024-01-01' = [for (name, i) in ['x', 'y']: {
  name: name
  properties: { index: i }
}]
resource b 'Test.X/ys@2024-01-01' = if (on) {
  name: 'b'
  resource c 'zs' = {
    name: 'c'
    properties: { from: a[1].properties.index }
  }
}
resource d 'Test.X/ys/zs@2024-01-01' = {
  parent: b
  name: 'd'
}
resource e 'Test.X/ys@2024-01-01' existing = {
  name: 'e'
}
",
        )],
        &json!({
            "a[0]": {"name": "x", "properties": {"index": 0}},
            "a[1]": {"name": "y", "properties": {"index": 1}},
            "b": {"name": "b"},
            "b::c": {"name": "c", "properties": {"from": 1}},
            "d": {"name": "d"},
        }),
    );
}

#[test]
fn values_go_through_modules_and_imports() {
    check(
        &[
            (
                "infra/main.bicep",
                "
import { prefix as p } from 'shared.bicep'
import * as shared from 'shared.bicep'
module ai 'modules/ai.bicep' = {
  name: 'ai'
  params: { name: '${p}-${shared.suffix}' }
}
module old 'modules/old.json' = {
  name: 'old'
  params: { name: 'j' }
}
resource r 'Test.X/ys@2024-01-01' = {
  name: ai.outputs.made
}
",
            ),
            (
                "infra/modules/old.json",
                r##"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "name": { "type": "string" } },
  "resources": [{ "type": "Test.X/ys", "apiVersion": "2024-01-01", "name": "[parameters('name')]" }]
}"##,
            ),
            (
                "infra/modules/ai.bicep",
                "
param name string
param size int = 3
resource t 'Test.X/ys@2024-01-01' = {
  name: name
  properties: { size: size }
}
output made string = 'of-${name}'
",
            ),
            ("infra/shared.bicep", "@export()\nvar prefix = 'a'\n@export()\nvar suffix = 'b'\n"),
        ],
        &json!({
            "r": {"name": "of-a-b"},
            "module.ai.t": {"name": "a-b", "properties": {"size": 3}},
            "module.old.Test.X/ys/j": {"name": "j"},
        }),
    );
}

#[test]
fn each_file_of_values_is_a_deployment() {
    let files = [
        (
            "main.bicep",
            "param size int = 1\nresource r 'Test.X/ys@2024-01-01' = {\n  name: 'n'\n  properties: { size: size }\n}\n",
        ),
        ("dev.bicepparam", "using 'main.bicep'\nvar one = 1\nparam size = one + 1\n"),
        ("prod.bicepparam", "using 'main.bicep'\nextends 'base.bicepparam'\n"),
        ("base.bicepparam", "using none\nparam size = 9\n"),
    ];
    let seen = observe(&files);
    let own = seen.assets.iter().filter(|asset| asset.source_type.starts_with("Test."));
    let sizes: BTreeMap<String, String> = own
        .map(|asset| (asset.scope.to_string(), asset.document.at_path("properties.size").unwrap().display()))
        .collect();
    let want = [("dev.bicepparam", "2"), ("prod.bicepparam", "9")];
    assert_eq!(sizes, want.map(|(scope, size)| (scope.to_owned(), size.to_owned())).into());
}

#[test]
fn files_are_loaded_beside_the_file_that_names_them() {
    check(
        &[
            ("infra/main.bicep", "module m 'sub/m.bicep' = { name: 'm' }\n"),
            (
                "infra/sub/m.bicep",
                "
var settings = loadJsonContent('../settings.json')
resource r 'Test.X/ys@2024-01-01' = {
  name: settings.name
  properties: { text: loadTextContent('text.txt'), yaml: loadYamlContent('y.yaml').a }
}
",
            ),
            ("infra/settings.json", r#"{"name": "n"}"#),
            ("infra/sub/text.txt", "hello"),
            ("infra/sub/y.yaml", "a: [1]"),
        ],
        &json!({ "module.m.r": {"name": "n", "properties": {"text": "hello", "yaml": [1]}} }),
    );
}

#[test]
fn what_cannot_be_read_is_noted_and_the_rest_is_observed() {
    let seen = observe(&[
        (
            "main.bicep",
            "
module far 'br/public:avm/x:1.0' = { name: 'far' }
module gone 'gone.bicep' = { name: 'gone' }
module self 'main.bicep' = { name: 'self' }
resource broken 'Test.X/ys@2024-01-01' = {
  name: 'b'
  properties: {
    size: *
    kept: 1
  }
}
var x =
resource r 'Test.X/ys@2024-01-01' = {
  name: 'n' // stance:allow some-check because
}
",
        ),
        ("broken.bicep", "nothing to see"),
    ]);
    let found = documents(&seen);
    assert_eq!(found["r"], json!({"name": "n"}));
    assert_eq!(found["broken"]["properties"]["kept"], json!(1));
    assert!(found["broken"]["properties"]["size"]["$unknown"].is_string());
    let noted = noted(&seen).join("\n");
    for want in [
        "main.bicep:8:11: expected an expression, found `*`",
        "main.bicep:12:8: expected an expression, the line ends",
        "broken.bicep:1:1: expected a declaration",
        "main.bicep:2:1: module far: module br/public:avm/x:1.0 is not on disk, its resources are not assessed",
        "main.bicep:3:1: module gone: cannot read gone.bicep: no such file, its resources are not assessed",
        "main.bicep:4:1: ",
    ] {
        assert!(noted.contains(want), "{want}\n{noted}");
    }
    assert_eq!(seen.comments.len(), 1);
    assert_eq!((seen.comments[0].line, &*seen.comments[0].path), (14, "main.bicep"));
}

#[test]
fn what_exists_is_the_resource_that_another_module_declares() {
    let network = "
param name string
resource net 'Test.X/networks@2024-01-01' = {
  name: name
  properties: { subnets: [{ name: 's' }] }
}
output name string = net.name
";
    let user = "
param network string
param subscriptionId string
param group string
resource net 'Test.X/networks@2024-01-01' existing = {
  name: network
  scope: resourceGroup(subscriptionId, group)
}
resource subnet 'Test.X/networks/subnets@2024-01-01' existing = {
  parent: net
  name: 's'
}
resource r 'Test.X/ys@2024-01-01' = {
  name: 'r'
  properties: { network: net.id, subnet: subnet.id, other: resourceId('Test.X/networks/subnets', network, 's') }
}
";
    let main = "
module network 'network.bicep' = { name: 'network', params: { name: 'n' } }
module user 'user.bicep' = {
  name: 'user'
  params: {
    network: network.outputs.name
    subscriptionId: subscription().subscriptionId
    group: resourceGroup().name
  }
}
";
    let seen = observe(&[("main.bicep", main), ("network.bicep", network), ("user.bicep", user)]);
    let r = seen.assets.iter().find(|asset| &*asset.address == "module.user.r").unwrap();
    for path in ["properties.network", "properties.subnet", "properties.other"] {
        let references = r.document.at_path(path).unwrap().references(10);
        let named: Vec<String> = references.iter().map(ToString::to_string).collect();
        assert!(named.contains(&"module.network.net.id".to_owned()), "{path} {named:?}");
    }
    assert_eq!(noted(&seen), Vec::<String>::new());
}

#[test]
fn parents_in_a_circle_end() {
    let circle = "
resource a 'Test.X/ys/zs@2024-01-01' existing = {
  name: 'a'
  parent: b
}
resource b 'Test.X/ys/zs@2024-01-01' existing = {
  name: 'b'
  parent: a
}
resource c 'Test.X/ys@2024-01-01' existing = {
  name: 'c'
  parent: c
}
resource r 'Test.X/ys@2024-01-01' = {
  name: 'r'
  properties: { a: a.id, c: c.id }
}
";
    let seen = observe(&[("main.bicep", circle)]);
    assert!(documents(&seen).contains_key("r"));
}

#[test]
fn secrets_are_never_shown() {
    let seen = observe(&[(
        "main.bicep",
        "
@secure()
param key string = 'hunter2'
type account = {
  user: string
  @secure()
  password: string
}
param accounts account[] = [{ user: 'u', password: 'hunter2' }]
resource r 'Test.X/ys@2024-01-01' = {
  name: 'n'
  properties: { key: key, text: 'k=${key}', all: accounts, one: accounts[0].password }
}
",
    )]);
    let all: Vec<_> = seen.assets.iter().map(|asset| &asset.document).collect();
    let shown = serde_json::to_string(&all).unwrap();
    assert!(!shown.contains("hunter2") && shown.contains("$sensitive"), "{shown}");
}
