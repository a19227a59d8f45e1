//! Any text as a template, with a nested template, a snippet to include and a parameter file beside it: no panic, not even
//! one that is caught (the fuzzer's hook ends at it all the same), and every value can be shown.
#![no_main]

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use iac::cloudformation::CloudFormation;
use libfuzzer_sys::fuzz_target;

const NESTED: &str = "Parameters:\n  P: { Type: CommaDelimitedList }\nResources:\n  B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: !Select [0, !Ref P] } }\nOutputs:\n  O: { Value: !GetAtt B.Arn }\n";
const GIVEN: &str = "[{\"ParameterKey\": \"P\", \"ParameterValue\": \"a,b\"}]";

fuzz_target!(|text: &str| {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let catalog = CATALOG.get_or_init(Catalog::embedded);
    // Most texts are no template; this makes them one.
    let inside = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Fuzz:\n    Type: AWS::S3::Bucket\n    Properties:\n      X: {text}\n"
    );
    let tree = Tree::of_texts([
        ("a.yaml", text),
        ("b.template", &*inside),
        ("nested.yaml", NESTED),
        ("snippet.yaml", text),
        ("params.json", GIVEN),
        ("cdk.out/manifest.json", text),
        ("cdk.out/a.template.json", text),
    ]);
    let seen = CloudFormation { catalog }.observe(&tree);
    for asset in &seen.assets {
        let _ = asset.document.display();
        let _ = asset.document.references(1_000);
    }
});
