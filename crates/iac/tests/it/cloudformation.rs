//! CloudFormation text in, documents out.

mod bad_input;
mod dialects;
mod language;
mod stacks;

use collect::{Source as _, Tree};
use iac::cloudformation::CloudFormation;
use model::{Node, Observations};
use serde_json::{Value as Json, json};

use super::{catalog, documents, notes};

fn observe(files: &[(&str, &str)]) -> Observations {
    let tree = Tree::of_texts(files.iter().copied());
    CloudFormation { catalog: catalog() }.observe(&tree)
}

/// The document of one resource of `template.yaml`.
#[track_caller]
fn document(text: &str, address: &str) -> Json {
    let seen = observe(&[("template.yaml", text)]);
    documents(&seen).remove(address).unwrap_or_else(|| panic!("no {address}: {:#?}", notes(&seen)))
}

/// Asserts what `expression`, a property of a bucket, evaluates to in a template with `before`, and that nothing is noted.
#[track_caller]
fn value(before: &str, expression: &str, expected: &Json) {
    let text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\n{before}\nResources:\n  Named:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: data\n  Other:\n    Type: AWS::S3::Bucket\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      X: {expression}\n"
    );
    let seen = observe(&[("template.yaml", &text)]);
    let found = documents(&seen)["B"].get("X").cloned().unwrap_or(json!("(absent)"));
    assert_eq!(found, *expected, "{expression}\n{:#?}", notes(&seen));
    assert_eq!(notes(&seen), Vec::<String>::new(), "{expression}");
}

/// The node at a path of an asset's document.
#[track_caller]
fn node<'s>(seen: &'s Observations, address: &str, path: &str) -> &'s Node {
    let asset = seen.assets.iter().find(|a| &*a.address == address);
    let asset = asset.unwrap_or_else(|| panic!("no {address}: {:#?}", notes(seen)));
    asset.document.at_path(path).unwrap_or_else(|| panic!("no {path}: {:?}", asset.document.display()))
}

/// The places of a value: where it is used, and where it came from.
fn trail(node: &Node) -> String {
    let places = node.at.iter().flat_map(|at| at.trail().map(ToString::to_string).collect::<Vec<_>>());
    places.collect::<Vec<_>>().join(" < ")
}
