//! Templates that are wrong, hostile or vast.

use std::fmt::Write as _;

use serde_json::json;

use super::{document, documents, notes, observe};

#[test]
fn wrong_types_are_noted_and_the_rest_goes_on() {
    for (property, note) in [
        ("!Ref [a]", "Ref is given a list"),
        ("!Ref Nobody", "Nobody is not declared in this template"),
        ("!GetAtt B", "Fn::GetAtt names no attribute of B"),
        ("!GetAtt Nobody.Arn", "Nobody is not declared in this template"),
        ("!Sub [1, 2, 3]", "Fn::Sub has a text and a mapping"),
        ("!Sub { a: 1 }", "the text of Fn::Sub is a map"),
        ("!Join [',']", "Fn::Join is given 1 arguments"),
        ("!Join [',', text]", "Fn::Join is given a string"),
        ("!Join [',', [{ a: 1 }]]", "a map stands where text is needed"),
        ("!Split ['', a]", "the delimiter of Fn::Split is empty"),
        ("!Select [7, [a]]", "Fn::Select takes element 7 of a list of 1"),
        ("!Select [-1, [a]]", "-1 is no index of a list"),
        ("!FindInMap [No, a, b]", "there is no mapping No"),
        ("!FindInMap [M, a, b]", "the mapping M has nothing for a and b"),
        ("!If [No, a, b]", "there is no condition No"),
        ("!If [C]", "Fn::If is given 1 arguments"),
        ("!Cidr [x, 1, 1]", "Fn::Cidr cannot divide the block like this"),
        ("!Nonsense x", "!Nonsense is no function of templates"),
        ("{ 'Fn::Nonsense': x }", "Fn::Nonsense is no function of templates"),
    ] {
        let text = format!(
            "Mappings:\n  M: {{ x: {{ y: z }} }}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      X: {property}\n      Y: 1\n"
        );
        let seen = observe(&[("t.yaml", &text)]);
        assert_eq!(documents(&seen)["B"]["Y"], json!(1));
        let notes = notes(&seen);
        assert!(
            notes.iter().any(|n| n.starts_with("t.yaml:7:") && n.ends_with(note)),
            "{property}: {notes:?}"
        );
    }
    let text = "AWSTemplateFormatVersion: x\nParameters: [1]\nMappings: 3\nConditions: text\nOutputs: []\nTransform: { a: 1 }\nGlobals: 1\nResources:\n  A: 1\n  B: { Type: 7 }\n  C: { Type: 'AWS::S3::Bucket', Properties: [1], Condition: [x] }\n  D: { Type: 'AWS::S3::Bucket', Properties: null }\n  E: { Type: 'AWS::CloudFormation::Stack' }\n  F: { Type: 'AWS::Serverless::Function', Properties: { Policies: [1, { a: 1, b: 2 }], Events: [1], FunctionUrlConfig: 1, VpcConfig: 2 } }\n";
    let seen = observe(&[("t.yaml", text)]);
    assert!(documents(&seen).contains_key("D") && documents(&seen).contains_key("F"));
    assert!(notes(&seen).len() > 6, "{:#?}", notes(&seen));
}

#[test]
fn circles_end() {
    let text = "
Conditions:
  A: !Not [!Condition B]
  B: !Not [!Condition A]
Resources:
  X: { Type: 'AWS::S3::Bucket', Condition: A, Properties: { BucketName: !Ref Y } }
  Y: { Type: 'AWS::S3::Bucket', Properties: { BucketName: !Sub '${X}-${X.Arn}' } }
";
    let x = document(text, "X");
    assert_eq!(x["BucketName"]["$text"].as_str().map(|t| t.contains("${")), Some(true), "{x}");
}

#[test]
fn what_doubles_itself_is_bounded() {
    // Names that are made of each other, twice each.
    let mut text =
        "Resources:\n  N0: { Type: 'AWS::S3::Bucket', Properties: { BucketName: xxxxxxxx } }\n".to_owned();
    for i in 1..60 {
        let before = i - 1;
        _ = writeln!(
            text,
            "  N{i}: {{ Type: 'AWS::S3::Bucket', Properties: {{ BucketName: !Sub '${{N{before}}}${{N{before}}}' }} }}"
        );
    }
    assert_eq!(observe(&[("t.yaml", &text)]).assets.len(), 61);
    // A YAML bomb.
    let mut text =
        "Resources:\n  B: { Type: 'AWS::S3::Bucket', Properties: { X: *a30 } }\nMetadata:\n".to_owned();
    let mut bomb = "  a0: &a0 [x, x]\n".to_owned();
    for i in 1..=30 {
        _ = writeln!(bomb, "  a{i}: &a{i} [*a{0}, *a{0}]", i - 1);
    }
    text = format!("Metadata:\n{bomb}{}", text.replace("Metadata:\n", ""));
    observe(&[("t.yaml", &text)]);
    // Stacks that nest the next twice.
    let files: Vec<(String, String)> = (0..40)
        .map(|i| {
            let next = i + 1;
            let one = |name: &str| format!("  {name}: {{ Type: 'AWS::CloudFormation::Stack', Properties: {{ TemplateURL: s{next}.yaml }} }}\n");
            (format!("s{i}.yaml"), format!("Resources:\n{}{}", one("A"), one("B")))
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (&**p, &**t)).collect();
    let seen = observe(&files);
    assert!(
        notes(&seen).iter().any(|n| n.contains("more than 1000 nested stacks") || n.contains("too deeply"))
    );
}

#[test]
fn loops_without_end_stop() {
    let items = (0..1000).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    let text = format!(
        "Transform: AWS::LanguageExtensions\nResources:\n  'Fn::ForEach::A':\n    - X\n    - [{items}]\n    - 'Fn::ForEach::B':\n        - Y\n        - [{items}]\n        - 'B${{X}}x${{Y}}': {{ Type: 'AWS::S3::Bucket' }}\n"
    );
    let seen = observe(&[("t.yaml", &text)]);
    assert_eq!(seen.assets.len(), 50_001);
    assert!(notes(&seen).iter().any(|n| n.contains("more than 50000")), "{:?}", notes(&seen));
    let text = "Transform: AWS::LanguageExtensions\nParameters:\n  P: { Type: CommaDelimitedList }\nResources:\n  'Fn::ForEach::A':\n    - X\n    - !Ref P\n    - 'B${X}': { Type: 'AWS::S3::Bucket', Properties: { BucketName: !Ref X } }\n  U: { Type: 'AWS::S3::Bucket', Properties: { A: !Ref Nobody } }\n";
    let seen = observe(&[("t.yaml", text)]);
    assert!(documents(&seen).contains_key("B*"), "{:?}", documents(&seen));
}

#[test]
fn chains_of_references_are_followed_so_far() {
    let mut text =
        "Resources:\n  N0: { Type: 'AWS::S3::Bucket', Properties: { BucketName: x } }\n".to_owned();
    for i in (1..5_000).rev() {
        _ = writeln!(
            text,
            "  N{i}: {{ Type: 'AWS::S3::Bucket', Properties: {{ BucketName: !Ref N{} }} }}",
            i - 1
        );
    }
    let seen = observe(&[("t.yaml", &text)]);
    assert_eq!(seen.assets.len(), 5_001);
}
