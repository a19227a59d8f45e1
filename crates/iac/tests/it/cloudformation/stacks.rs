//! Nested stacks, included files, parameter files.

use std::collections::BTreeSet;

use serde_json::json;

use super::{documents, node, notes, observe, trail};

const INNER: &str = "Parameters:\n  Name: { Type: String, Default: unused }\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: { BucketName: !Ref Name }\n  C:\n    Type: AWS::S3::Bucket\nOutputs:\n  Arn: { Value: !GetAtt B.Arn }\n  Other: { Value: !Ref C }\n";

#[test]
fn nested_stacks_take_parameters_and_give_outputs() {
    let outer = "Resources:\n  In:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: nested/in.yaml\n      Parameters: { Name: !Sub 'p-${AWS::Partition}' }\n  U:\n    Type: AWS::S3::Bucket\n    Properties:\n      A: !GetAtt In.Outputs.Arn\n      O: !GetAtt [In, Outputs.Other]\n      Missing: !GetAtt In.Outputs.Nothing\n  Far:\n    Type: AWS::CloudFormation::Stack\n    Properties: { TemplateURL: 'https://x.example/y.yaml' }\n";
    let seen = observe(&[("a/main.yaml", outer), ("a/nested/in.yaml", INNER)]);
    let documents = documents(&seen);
    assert_eq!(
        documents.keys().map(|k| &**k).collect::<Vec<_>>(),
        ["AWS::AccountId", "In.B", "In.C", "U"],
        "the nested template is no root"
    );
    assert_eq!(documents["In.B"], json!({"BucketName": "p-aws"}));
    assert_eq!(
        documents["U"],
        json!({"A": "arn:aws:s3:::p-aws", "O": {"$ref": "In.C.BucketName"}, "Missing": {"$ref": "In.Outputs.Nothing"}})
    );
    assert_eq!(trail(node(&seen, "In.B", "BucketName")), "a/nested/in.yaml:6:31 < a/main.yaml:6:27");
    assert!(!node(&seen, "In.B", "BucketName").assumed);
    let scopes: BTreeSet<&str> = seen.assets.iter().map(|a| &*a.scope).collect();
    assert_eq!(scopes, BTreeSet::from(["a/main.yaml"]));
    assert_eq!(
        notes(&seen),
        [
            "a/main.yaml:13:3: the template https://x.example/y.yaml is not on disk; the resources of the nested stack Far are not assessed"
        ]
    );
}

#[test]
fn stacks_in_a_circle_end() {
    let one = |other: &str| {
        format!(
            "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{ TemplateURL: {other}, Parameters: {{ P: !GetAtt S.Outputs.O }} }}\n  B: {{ Type: 'AWS::S3::Bucket' }}\nOutputs:\n  O: {{ Value: !GetAtt S.Outputs.O }}\n"
        )
    };
    let seen = observe(&[("a.yaml", &one("b.yaml")), ("b.yaml", &one("a.yaml"))]);
    let addresses: Vec<&str> = seen.assets.iter().map(|a| &*a.address).collect();
    assert_eq!(addresses, ["B", "S.B", "AWS::AccountId"]);
    assert!(notes(&seen).iter().any(|n| n.contains("a.yaml nests itself")), "{:?}", notes(&seen));
    let own = observe(&[("a.yaml", &one("a.yaml"))]);
    assert_eq!(own.assets.len(), 2, "a template that nests itself is a root all the same");
}

#[test]
fn included_files_are_taken_in() {
    let text = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      A: 1\n      'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: ./more.yaml } }\n      C: !Transform { Name: Twice, Parameters: {} }\n";
    let seen = observe(&[("t.yaml", text), ("more.yaml", "X: { Ref: B }\nY: 2\n")]);
    assert_eq!(
        documents(&seen)["B"],
        json!({"A": 1, "X": {"$ref": "B.BucketName"}, "Y": 2, "C": {"$unknown": "the macro Twice is not run"}})
    );
    assert_eq!(trail(node(&seen, "B", "Y")), "more.yaml:2:4");
    assert_eq!(notes(&seen), ["t.yaml:7:10: the macro Twice is not run"]);
}

#[test]
fn the_only_parameter_file_is_taken() {
    let template = "Parameters:\n  Name: { Type: String, Default: d }\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: { BucketName: !Ref Name }\n";
    let list = |value: &str| format!("[{{\"ParameterKey\": \"Name\", \"ParameterValue\": \"{value}\"}}]");
    let name = |files: &[(&str, &str)]| {
        let seen = observe(files);
        let node = node(&seen, "B", "BucketName");
        format!("{} {} {}", node.display(), node.assumed, notes(&seen).join("; "))
    };
    let (one, two) = (list("one"), list("two"));
    for (files, want) in [
        (vec![("t.yaml", template)], "d true "),
        (vec![("t.yaml", template), ("params.json", &*one)], "one false "),
        (vec![("t.yaml", template), ("p.json", "{\"Parameters\": {\"Name\": \"map\"}}")], "map false "),
        (vec![("t.yaml", template), ("p.json", "{\"Parameters\": {\"Nobody\": \"map\"}}")], "d true "),
        (
            vec![("t.yaml", template), ("p/a.json", &*one), ("p/b.json", &*two)],
            "d true t.yaml: several parameter files fit this template, none is taken: p/a.json, p/b.json",
        ),
        (vec![("t.yaml", template), ("a.json", &*one), ("t.parameters.json", &*two)], "two false "),
        (
            vec![
                ("t.yaml", template),
                ("d.yaml", "template-file-path: t.yaml\nparameters: { Name: sync }\n"),
            ],
            "sync false ",
        ),
    ] {
        assert_eq!(name(&files), want, "{files:?}");
    }
}

#[test]
fn the_end_of_a_url_leads_to_what_is_on_disk() {
    for (url, from, want) in [
        ("!Sub 'https://${B}.s3.${AWS::Region}.amazonaws.com/nested/in.yaml'", "main.yaml", true),
        ("!Sub 'https://${B}.s3.amazonaws.com/${Prefix}nested/in.yaml'", "a/main.yaml", true),
        ("!Join ['', ['https://', !Ref B, '/nested/in.yaml']]", "nested/main.yaml", true),
        ("https://b.s3.amazonaws.com/elsewhere/in.yaml", "main.yaml", false),
        ("!Sub '${B}/x-in.yaml'", "main.yaml", false),
    ] {
        let outer = format!(
            "Parameters:\n  B: {{ Type: String }}\n  Prefix: {{ Type: String }}\nResources:\n  In:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{ TemplateURL: {url} }}\n"
        );
        let seen = observe(&[(from, &outer), ("nested/in.yaml", INNER)]);
        let nested = seen.assets.iter().any(|a| &*a.address == "In.B");
        assert_eq!(nested, want, "{url}: {:?}", notes(&seen));
        assert_eq!(seen.assets.iter().any(|a| &*a.address == "B"), !want, "a nested template is no root");
    }
}

#[test]
fn known_arns_are_aliases() {
    let text = "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties: { RoleName: agent, Path: /x/ }\n";
    let seen = observe(&[("t.yaml", text)]);
    let role = seen.assets.iter().find(|a| &*a.address == "R").unwrap();
    assert!(role.aliases.contains("arn:aws:iam::${AWS::AccountId}:role/x/agent"), "{:?}", role.aliases);
}
