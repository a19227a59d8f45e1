//! Whole configurations as users write them.

use graph::{On, Permissions as _};

use super::{Aws, ask, ask_in, catalog, files, find, terraform};

#[test]
fn attachments_groups_and_managed_policies() {
    let text = r#"
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_iam_user" "ann" { name = "ann" }
resource "aws_iam_user" "bob" { name = "bob" }
resource "aws_iam_user" "cat" { name = "cat" }
resource "aws_iam_group" "readers" { name = "readers" }
resource "aws_iam_group" "admins" { name = "admins" }
resource "aws_iam_group_membership" "m" {
  name  = "m"
  group = aws_iam_group.readers.name
  users = [aws_iam_user.ann.name]
}
resource "aws_iam_user_group_membership" "m" {
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.admins.name]
}
resource "aws_iam_group_policy" "p" {
  name   = "p"
  group  = aws_iam_group.readers.name
  policy = data.aws_iam_policy_document.read.json
}
resource "aws_iam_group_policy_attachment" "a" {
  group      = aws_iam_group.admins.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
  }
}
resource "aws_iam_policy" "read" {
  name   = "read"
  policy = data.aws_iam_policy_document.read.json
}
resource "aws_iam_role" "one" {
  name               = "one"
  assume_role_policy = jsonencode({ Statement = [] })
}
resource "aws_iam_role_policy_attachment" "one" {
  role       = aws_iam_role.one.name
  policy_arn = aws_iam_policy.read.arn
}
resource "aws_iam_role" "two" {
  name                = "two"
  assume_role_policy  = jsonencode({ Statement = [] })
  managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
}
resource "aws_iam_role" "three" {
  name                = "three"
  assume_role_policy  = jsonencode({ Statement = [] })
  managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
}
resource "aws_iam_role" "four" {
  name                = "four"
  assume_role_policy  = jsonencode({ Statement = [] })
  managed_policy_arns = ["arn:aws:iam::aws:policy/NoSuchPolicyOfOurs"]
}
resource "aws_iam_role" "five" {
  name                = "five"
  assume_role_policy  = jsonencode({ Statement = [] })
}
resource "aws_iam_policy_attachment" "all" {
  name       = "all"
  policy_arn = aws_iam_policy.read.arn
  roles      = [aws_iam_role.five.name]
}
"#;
    let graph = terraform(text);
    assert_eq!(
        ask(&graph, "s3:GetObject", "aws_s3_bucket.b"),
        "ann\nbob\nfive\nfour unknown: managed policy arn:aws:iam::aws:policy/NoSuchPolicyOfOurs is not known: it is not among the policies that are described here\none\ntwo"
    );
    assert_eq!(ask(&graph, "s3:PutObject", "aws_s3_bucket.b").lines().next(), Some("bob"));
    let notes = Aws::derive(&graph, catalog()).notes();
    assert!(notes.iter().any(|n| n.reason.as_deref().is_some_and(|r| r.contains("NoSuchPolicyOfOurs"))));
}

#[test]
fn generated_names_are_told_apart() {
    let text = r#"
resource "aws_s3_bucket" "one" {}
resource "aws_s3_bucket" "two" {}
variable "stage" {}
resource "aws_s3_bucket" "three" { bucket = "${var.stage}-three" }
resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({ Statement = [] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.app.name
  policy = jsonencode({ Statement = [
    { Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.one.arn}/*" },
    { Effect = "Allow", Action = "s3:PutObject", Resource = "arn:aws:s3:::${var.stage}-three/*" },
  ] })
}
"#;
    let graph = terraform(text);
    assert_eq!(ask(&graph, "s3:GetObject", "aws_s3_bucket.one"), "aws_iam_role.app");
    assert_eq!(ask(&graph, "s3:GetObject", "aws_s3_bucket.two"), "");
    assert_eq!(ask(&graph, "s3:PutObject", "aws_s3_bucket.three"), "aws_iam_role.app");
}

#[test]
fn two_configurations_are_kept_apart() {
    let role = |name: &str, resource: &str| {
        format!(
            r#"
resource "aws_iam_role" "r" {{
  name = "{name}"
  assume_role_policy = jsonencode({{ Statement = [] }})
}}
resource "aws_iam_role_policy" "p" {{
  role = aws_iam_role.r.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "s3:*", Resource = "{resource}" }}] }})
}}
"#
        )
    };
    let one = format!("{}\nresource \"aws_s3_bucket\" \"b\" {{ bucket = \"shared\" }}", role("one", "*"));
    let (two, three) = (role("two", "*"), role("three", "arn:aws:s3:::shared/*"));
    let graph = files(&[("one/main.tf", &one), ("two/main.tf", &two), ("three/main.tf", &three)]);
    assert_eq!(
        ask(&graph, "s3:GetObject", "aws_s3_bucket.b"),
        "one\nthree if one and three are deployed to one account"
    );
    let notes = Aws::derive(&graph, catalog()).notes();
    assert!(notes.iter().any(|n| n.reason.as_deref().is_some_and(|r| r.contains("deployed to one account"))));
}

#[test]
fn cloudformation() {
    let text = r#"
Resources:
  Data:
    Type: AWS::S3::Bucket
  Other:
    Type: AWS::S3::Bucket
  App:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root" }, Action: sts:AssumeRole }]
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/AmazonBedrockFullAccess"]
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: read
      Roles: [!Ref App]
      PolicyDocument:
        Statement:
          - { Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Data.Arn}/*" }
          - { Effect: Allow, Action: "sts:AssumeRole", Resource: !GetAtt App.Arn }
  Everything:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Roles: [!Ref Admin]
      PolicyDocument: { Statement: { Effect: Allow, Action: "*", Resource: "*" } }
  Admin:
    Type: AWS::IAM::Role
    Properties:
      RoleName: admin
      AssumeRolePolicyDocument: { Statement: [] }
"#;
    let graph = files(&[("template.yaml", text)]);
    assert_eq!(ask(&graph, "s3:GetObject", "Data"), "App\nadmin");
    assert_eq!(ask(&graph, "s3:GetObject", "Other"), "admin");
    assert_eq!(ask(&graph, "sts:AssumeRole", "App"), "App\nadmin");
    assert_eq!(ask_in(&graph, "bedrock:InvokeModel", On::Any, &[]), "App\nadmin");
}

#[test]
fn permissions_of_functions() {
    let text = r#"
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::111122223333:role/x"
}
resource "aws_lambda_permission" "agent" {
  function_name = aws_lambda_function.f.function_name
  action        = "lambda:InvokeFunction"
  principal     = "bedrock.amazonaws.com"
  source_arn    = "arn:aws:bedrock:eu-west-1:111122223333:agent/A"
}
resource "aws_lambda_permission" "url" {
  function_name          = aws_lambda_function.f.function_name
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*"
  function_url_auth_type = "NONE"
}
"#;
    let graph = terraform(text);
    assert_eq!(
        ask(&graph, "lambda:InvokeFunction", "aws_lambda_function.f"),
        "bedrock.amazonaws.com if aws:SourceArn is arn:aws:bedrock:eu-west-1:111122223333:agent/A"
    );
    assert_eq!(
        ask(&graph, "lambda:InvokeFunctionUrl", "aws_lambda_function.f"),
        "anyone if lambda:FunctionUrlAuthType is NONE"
    );
}

#[test]
fn holders_of_everything_are_one_group() {
    use std::sync::Arc;
    let text = r#"
resource "aws_s3_bucket" "a" { bucket = "a" }
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_iam_user" "ann" { name = "ann" }
resource "aws_iam_user_policy_attachment" "p" {
  user       = aws_iam_user.ann.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
}
"#;
    let graph = terraform(text);
    let aws = Aws::derive(&graph, catalog());
    let actions = [Arc::from("s3:GetObject")];
    let who = |name| {
        let on = On::Asset(find(&graph, name));
        aws.who_can(&graph::Request { actions: &actions, on, context: &[] })
    };
    assert!(Arc::ptr_eq(&who("a")[0], &who("b")[0]));
}
