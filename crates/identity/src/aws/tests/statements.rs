//! Actions, resources and their wildcards in statements.

use graph::On;

use super::{Estate, ask, ask_in, terraform};

#[test]
fn actions_and_resources() {
    let cases: &[(&str, &str, &str)] = &[
        (r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*""#, "s3:GetObject", "app"),
        (r#""Action": "S3:getobject", "Resource": "arn:aws:s3:::data/*""#, "s3:GetObject", "app"),
        (r#""Action": "s3:Get*", "Resource": "arn:aws:s3:::*""#, "s3:GetObject", "app"),
        (r#""Action": "s3:*Object", "Resource": "*""#, "s3:GetObject", "app"),
        (r#""Action": "s3:Get?bject", "Resource": "*""#, "s3:GetObject", "app"),
        (r#""Action": "s3:PutObject", "Resource": "*""#, "s3:GetObject", ""),
        (
            r#""Action": ["s3:PutObject", "s3:GetObject"], "Resource": ["arn:aws:s3:::x/*", "arn:aws:s3:::data/*"]"#,
            "s3:GetObject",
            "app",
        ),
        (r#""NotAction": "iam:*", "Resource": "*""#, "s3:GetObject", "app"),
        (r#""NotAction": ["iam:*", "s3:Get*"], "Resource": "*""#, "s3:GetObject", ""),
        (r#""Action": "*", "NotResource": "arn:aws:s3:::data/*""#, "s3:GetObject", ""),
        (r#""Action": "*", "NotResource": "arn:aws:s3:::other/*""#, "s3:GetObject", "app"),
        (
            r#""Action": "*", "NotResource": "arn:aws:s3:::data/x*""#,
            "s3:GetObject",
            "app if it is none of arn:aws:s3:::data/x*",
        ),
        (
            r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/public/*""#,
            "s3:GetObject",
            "app if it is one of arn:aws:s3:::data/public/*",
        ),
        (r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::data""#, "s3:GetObject", ""),
        (r#""Action": "s3:*", "Resource": "arn:aws:s3:::data""#, "s3:ListBucket", "app"),
        (r#""Action": "s3:*", "Resource": "arn:aws:s3:::data/*""#, "s3:ListBucket", ""),
        (r#""Action": "s3:*", "Resource": "arn:aws:s3:::dat?/*""#, "s3:GetObject", "app"),
        (r#""Action": "s3:*", "Resource": "arn:aws:s3:::data2/*""#, "s3:GetObject", ""),
        (r#""Action": "s3:*", "Resource": "arn:*:s3:::data/*""#, "s3:GetObject", "app"),
        (r#""Action": "s3:*", "Resource": "arn:aws:s3:*:*:data/*""#, "s3:GetObject", "app"),
        (r#""Action": "s3:*", "Resource": "arn:aws:sqs:::data/*""#, "s3:GetObject", ""),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/bucket}/*""#,
            "s3:GetObject",
            "app if aws:principaltag/bucket is in the name",
        ),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::data/${aws:PrincipalTag/team}/*""#,
            "s3:GetObject",
            "app if it is one of arn:aws:s3:::data/ml/*",
        ),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::data/${aws:username}/*""#,
            "s3:GetObject",
            "app if aws:username is in the name; it is one of arn:aws:s3:::data/*/*",
        ),
    ];
    for (statement, action, expected) in cases {
        let role = format!(r#"{{"Effect": "Allow", {statement}}}"#);
        let graph = Estate { role: &role, ..Estate::default() }.graph();
        assert_eq!(ask(&graph, action, "data"), *expected, "{statement}");
    }
}

#[test]
fn denials_win() {
    let cases: &[(&str, &str)] = &[
        (r#""Action": "*", "Resource": "*""#, ""),
        (r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*""#, ""),
        (r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*""#, "app"),
        (r#""Action": "s3:PutObject", "Resource": "*""#, "app"),
        (r#""NotAction": "s3:PutObject", "Resource": "*""#, ""),
        (r#""NotAction": "s3:Get*", "Resource": "*""#, "app"),
        (r#""Action": "s3:*", "NotResource": "arn:aws:s3:::data/*""#, "app"),
        (r#""Action": "s3:*", "NotResource": "arn:aws:s3:::other/*""#, ""),
        (
            r#""Action": "s3:*", "Resource": "arn:aws:s3:::data/secret/*""#,
            "app if it is none of arn:aws:s3:::data/secret/*",
        ),
    ];
    for (statement, expected) in cases {
        let role = format!(r#"{}, {{"Effect": "Deny", {statement}}}"#, super::ALL);
        let graph = Estate { role: &role, ..Estate::default() }.graph();
        assert_eq!(ask(&graph, "s3:GetObject", "data"), *expected, "{statement}");
    }
    let role = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/public/*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::data/p*"}"#;
    let graph = Estate { role, ..Estate::default() }.graph();
    assert_eq!(ask(&graph, "s3:GetObject", "data"), "", "the part that is allowed is denied");
}

#[test]
fn what_may_be_chosen() {
    let cases: &[(&str, &str)] = &[
        (
            r#"{"Effect": "Allow", "Action": "sagemaker:CreateNotebookInstance", "Resource": "arn:aws:sagemaker:*:*:notebook-instance/x-*"}"#,
            "app",
        ),
        (
            r#"{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}, {"Effect": "Deny", "Action": "sagemaker:*", "Resource": "arn:aws:sagemaker:*:*:notebook-instance/x-*"}"#,
            "app",
        ),
        (
            r#"{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "arn:aws:sagemaker:*:*:notebook-instance/x-1"}, {"Effect": "Deny", "Action": "sagemaker:*", "Resource": "arn:aws:sagemaker:*:*:notebook-instance/x-*"}"#,
            "",
        ),
        (r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#, ""),
    ];
    for (role, expected) in cases {
        let graph = Estate { role, ..Estate::default() }.graph();
        assert_eq!(ask_in(&graph, "sagemaker:CreateNotebookInstance", On::Any, &[]), *expected, "{role}");
    }
    let role = r#"{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "arn:aws:bedrock:*::foundation-model/anthropic.*"}"#;
    let graph = Estate { role, ..Estate::default() }.graph();
    let named = |arn| ask_in(&graph, "bedrock:InvokeModel", On::Named(arn), &[]);
    assert_eq!(named("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3"), "app");
    assert_eq!(named("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova"), "");
    assert_eq!(
        named("arn:aws:bedrock:us-east-1::foundation-model/*"),
        "app if it is one of arn:aws:bedrock:*::foundation-model/anthropic.*"
    );
    assert_eq!(ask_in(&graph, "bedrock:InvokeModel", On::Any, &[]), "app");
}

#[test]
fn what_a_request_says_decides() {
    let role = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}"#;
    let graph = Estate { role, ..Estate::default() }.graph();
    let passed = |to: &[(&str, &str)]| ask_in(&graph, "iam:PassRole", On::Any, to);
    assert_eq!(passed(&[("iam:PassedToService", "sagemaker.amazonaws.com")]), "app");
    assert_eq!(passed(&[("iam:PassedToService", "lambda.amazonaws.com")]), "");
    assert_eq!(passed(&[]), "app if iam:PassedToService is sagemaker.amazonaws.com");
}

#[test]
fn other_kinds_of_resources() {
    let text = r#"
resource "aws_iam_role" "app" {
  name = "app"
  assume_role_policy = jsonencode({ Statement = [] })
  inline_policy {
    name = "p"
    policy = jsonencode({ Statement = [
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????", aws_secretsmanager_secret.made.arn] },
      { Effect = "Allow", Action = "logs:GetLogEvents", Resource = "${aws_cloudwatch_log_group.l.arn}:*" },
      { Effect = "Allow", Action = "sagemaker:InvokeEndpoint", Resource = "arn:aws:sagemaker:*:*:endpoint/scores" },
      { Effect = "Allow", Action = "lambda:InvokeFunction", Resource = aws_lambda_function.f.arn },
      { Effect = "Allow", Action = "bedrock:InvokeAgent", Resource = "arn:aws:bedrock:*:*:agent-alias/*" },
      { Effect = "Allow", Action = "bedrock:UpdateAgent", Resource = var.agent },
    ] })
  }
}
variable "agent" {}
resource "aws_secretsmanager_secret" "db" { name = "db" }
resource "aws_secretsmanager_secret" "made" { name_prefix = "x" }
resource "aws_secretsmanager_secret" "other" { name = "db-admin" }
resource "aws_cloudwatch_log_group" "l" { name = "prompts" }
resource "aws_sagemaker_endpoint" "e" {
  name = "Scores"
  endpoint_config_name = "c"
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role = aws_iam_role.app.arn
}
resource "aws_lambda_function" "g" {
  function_name = "g"
  role = aws_iam_role.app.arn
}
resource "aws_bedrockagent_agent" "a" {
  agent_name = "a"
  agent_resource_role_arn = aws_iam_role.app.arn
  foundation_model = "m"
}
resource "aws_bedrockagent_agent_alias" "live" {
  agent_id = aws_bedrockagent_agent.a.id
  agent_alias_name = "live"
}
"#;
    let graph = terraform(text);
    let cases = [
        ("secretsmanager:GetSecretValue", "aws_secretsmanager_secret.db", "app"),
        ("secretsmanager:GetSecretValue", "aws_secretsmanager_secret.made", "app"),
        ("secretsmanager:GetSecretValue", "aws_secretsmanager_secret.other", ""),
        ("logs:GetLogEvents", "aws_cloudwatch_log_group.l", "app"),
        ("sagemaker:InvokeEndpoint", "aws_sagemaker_endpoint.e", "app"),
        ("lambda:InvokeFunction", "aws_lambda_function.f", "app"),
        ("lambda:InvokeFunction", "aws_lambda_function.g", ""),
        ("bedrock:InvokeAgent", "aws_bedrockagent_agent_alias.live", "app"),
        ("bedrock:InvokeAgent", "aws_bedrockagent_agent.a", ""),
        ("bedrock:UpdateAgent", "aws_bedrockagent_agent.a", "app unknown: variable agent has no value"),
    ];
    for (action, on, expected) in cases {
        assert_eq!(ask(&graph, action, on), expected, "{action} on {on}");
    }
}
