//! Policy documents that data sources compute.

use iac::terraform::Given;
use serde_json::{Value as Json, json};

use super::{documents, notes, observe};

/// The document that `data.DATA` computes, as a resource that uses it sees it.
fn policy(text: &str, attribute: &str) -> Json {
    let text = format!("{text}\nresource \"test_thing\" \"t\" {{\n  policy = [{attribute}]\n}}\n");
    let seen = observe(&[("main.tf", &text)], &Given::default());
    assert_eq!(notes(&seen), Vec::<String>::new());
    documents(&seen)["test_thing.t"]["policy"][0].clone()
}

#[test]
fn a_condition_on_a_claim_of_an_unknown_issuer() {
    let text = r#"
resource "test_thing" "cluster" {
  name = "main"
}
data "aws_iam_policy_document" "p" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    condition {
      test     = "StringEquals"
      variable = "${replace(test_thing.cluster.issuer, "https://", "")}:sub"
      values   = ["system:serviceaccount:chat:web"]
    }
  }
}
"#;
    let policy = policy(text, "data.aws_iam_policy_document.p.json");
    let keys = policy["Statement"][0]["Condition"]["StringEquals"].as_object().unwrap();
    let (key, value) = keys.iter().next().unwrap();
    assert!(key.ends_with(":sub"), "{key}");
    assert_eq!(value, "system:serviceaccount:chat:web");
}

#[test]
fn aws_statements_with_principals_and_conditions() {
    let text = r#"
variable "who" { default = ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"] }
data "aws_iam_policy_document" "p" {
  policy_id = "id"
  statement {
    sid       = "One"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::b/*", "arn:aws:s3:::b"]
    principals {
      type        = "AWS"
      identifiers = var.who
    }
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = ["111122223333"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = ["eu-west-1", "eu-west-2"]
    }
  }
  statement {
    effect        = "Deny"
    not_actions   = ["s3:*", "kms:*"]
    not_resources = ["*"]
    not_principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
"#;
    let expected = json!({
        "Version": "2012-10-17",
        "Id": "id",
        "Statement": [
            {
                "Sid": "One", "Effect": "Allow", "Action": "s3:GetObject",
                "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"],
                "Principal": {
                    "AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"],
                    "Service": "sagemaker.amazonaws.com",
                },
                "Condition": {"StringEquals": {
                    "aws:SourceAccount": "111122223333",
                    "aws:RequestedRegion": ["eu-west-1", "eu-west-2"],
                }},
            },
            {"Effect": "Deny", "NotAction": ["s3:*", "kms:*"], "NotResource": "*", "NotPrincipal": "*"},
        ],
    });
    assert_eq!(policy(text, "data.aws_iam_policy_document.p.json"), expected);
    assert_eq!(policy(text, "data.aws_iam_policy_document.p.minified_json"), expected);
    assert_eq!(
        policy(text, "jsondecode(data.aws_iam_policy_document.p.json).Statement[0].Sid"),
        json!("One")
    );
}

#[test]
fn aws_documents_are_made_of_documents() {
    let text = r#"
data "aws_iam_policy_document" "base" {
  statement {
    sid     = "Keep"
    actions = ["a:Keep"]
  }
  statement {
    sid     = "Replace"
    actions = ["a:Old"]
  }
}
data "aws_iam_policy_document" "over" {
  statement {
    sid     = "Replace"
    effect  = "Deny"
    actions = ["a:New"]
  }
  statement {
    actions = ["a:Added"]
  }
}
data "aws_iam_policy_document" "p" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json, jsonencode({ Statement = { Sid = "Text", Effect = "Allow", Action = "a:Text" } })]
  override_policy_documents = [data.aws_iam_policy_document.over.json]
  statement {
    sid     = "Own"
    actions = ["a:Own"]
  }
}
"#;
    let policy = policy(text, "data.aws_iam_policy_document.p.json");
    let statements: Vec<_> = policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (&s["Sid"], &s["Effect"], &s["Action"]))
        .collect();
    let allow = json!("Allow");
    assert_eq!(
        statements,
        [
            (&json!("Keep"), &allow, &json!("a:Keep")),
            (&json!("Replace"), &json!("Deny"), &json!("a:New")),
            (&json!("Text"), &allow, &json!("a:Text")),
            (&json!("Own"), &allow, &json!("a:Own")),
            (&Json::Null, &allow, &json!("a:Added")),
        ]
    );
}

#[test]
fn an_aws_document_with_an_unknown_part_keeps_the_rest() {
    let text = r#"
variable "u" {}
resource "aws_s3_bucket" "b" { bucket = "b" }
data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.b.arn}/*", var.u]
  }
}
data "aws_iam_policy_document" "from" {
  source_policy_documents = [var.u]
}
"#;
    let known = policy(text, "data.aws_iam_policy_document.p.json");
    assert_eq!(known["Statement"][0]["Action"], json!("s3:*"));
    assert_eq!(known["Statement"][0]["Resource"][0], json!({"$text": "${aws_s3_bucket.b.arn}/*"}));
    assert_eq!(known["Statement"][0]["Resource"][1], json!({"$unknown": "variable u has no value"}));
    let from = policy(text, "data.aws_iam_policy_document.from.json");
    assert!(from["$unknown"].is_string() || from["$ref"].is_string(), "{from}");
}

#[test]
fn google_bindings() {
    let text = r#"
data "google_iam_policy" "p" {
  binding {
    role    = "roles/viewer"
    members = ["allUsers"]
  }
  binding {
    role    = "roles/editor"
    members = ["user:a@example.com", "group:b@example.com"]
    condition {
      title      = "t"
      expression = "true"
    }
  }
}
"#;
    assert_eq!(
        policy(text, "data.google_iam_policy.p.policy_data"),
        json!({"bindings": [
            {"role": "roles/viewer", "members": ["allUsers"]},
            {"role": "roles/editor", "members": ["user:a@example.com", "group:b@example.com"],
             "condition": {"title": "t", "expression": "true"}},
        ]})
    );
}

#[test]
fn other_data_sources_are_references() {
    let text = "data \"aws_kms_key\" \"k\" {\n  key_id = \"alias/x\"\n}";
    assert_eq!(policy(text, "data.aws_kms_key.k.key_id"), json!("alias/x"));
    assert_eq!(policy(text, "data.aws_kms_key.k.arn"), json!({"$ref": "data.aws_kms_key.k.arn"}));
}
