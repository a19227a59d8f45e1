//! Who becomes a role.

use super::{Estate, ask, files, terraform};

fn becomes(trust: &str) -> String {
    ask(&Estate { trust, ..Estate::default() }.graph(), "sts:AssumeRole", "app")
}

#[test]
fn services_accounts_and_roles() {
    let to = |principal: &str| {
        format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}"#)
    };
    assert_eq!(
        becomes(&to(r#"{"Service": ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]}"#)),
        "lambda.amazonaws.com\nsagemaker.amazonaws.com"
    );
    assert_eq!(becomes(&to(r#"{"AWS": "arn:aws:iam::111122223333:user/ann"}"#)), "ann");
    assert_eq!(becomes(&to(r#"{"AWS": "999988887777"}"#)), "AWS account 999988887777");
    assert_eq!(becomes(&to(r#""*""#)), "any AWS account");
    let external = r#"{"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}"#;
    assert_eq!(becomes(external), "AWS account 999988887777 if sts:ExternalId is x");
    let denied = format!(
        r#"{}, {{"Effect": "Deny", "Principal": {{"AWS": "arn:aws:iam::1:user/ann"}}, "Action": "sts:AssumeRole"}}"#,
        to(r#"{"AWS": "arn:aws:iam::1:user/ann"}"#)
    );
    assert_eq!(becomes(&denied), "");
    assert_eq!(
        ask(&Estate { user: super::ALL, ..Estate::default() }.graph(), "sts:AssumeRole", "app"),
        "lambda.amazonaws.com",
        "the role's own policy is needed"
    );
}

#[test]
fn an_account_decides_itself() {
    let text = r#"
data "aws_caller_identity" "me" {}
resource "aws_iam_role" "target" {
  name = "target"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" } }] })
}
resource "aws_iam_user" "ann" { name = "ann" }
resource "aws_iam_user" "bob" { name = "bob" }
resource "aws_iam_user_policy" "p" {
  name = "p"
  user = aws_iam_user.ann.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.target.arn }] })
}
"#;
    assert_eq!(ask(&terraform(text), "sts:AssumeRole", "aws_iam_role.target"), "ann");
}

fn github(condition: &str) -> String {
    becomes(&format!(
        r#"{{"Effect": "Allow", "Principal": {{"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}"#
    ))
}

#[test]
fn repositories_of_github() {
    let aud = r#""StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}"#;
    let sub = |operator: &str, sub: &str| {
        github(&format!(r#"{{{aud}, "{operator}": {{"token.actions.githubusercontent.com:sub": "{sub}"}}}}"#))
    };
    assert_eq!(github(&format!("{{{aud}}}")), "any GitHub repository");
    assert_eq!(sub("StringLike", "*"), "any GitHub repository");
    assert_eq!(sub("StringLike", "repo:*"), "any GitHub repository");
    assert_eq!(sub("StringLike", "repo:octo/app:*"), "GitHub repository octo/app");
    assert_eq!(sub("StringLike", "repo:octo/*"), "GitHub repositories octo/*");
    assert_eq!(
        sub("ForAnyValue:StringEquals", "repo:octo/app:ref:refs/heads/main"),
        "GitHub repository octo/app if the token's subject is repo:octo/app:ref:refs/heads/main"
    );
}

#[test]
fn jobs_of_this_repository() {
    let trust = |sub: &str| {
        format!(
            r#"
resource "aws_iam_openid_connect_provider" "github" {{
  url = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}}
data "aws_iam_policy_document" "t" {{
  statement {{
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {{
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }}
    condition {{
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["{sub}"]
    }}
  }}
}}
resource "aws_iam_role" "deploy" {{
  name = "deploy"
  assume_role_policy = data.aws_iam_policy_document.t.json
}}
"#
        )
    };
    let workflow = "
on:
  push:
    branches: [main]
permissions:
  id-token: write
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::111122223333:role/deploy
  test:
    runs-on: ubuntu-latest
    permissions: { contents: read }
    steps: [{ run: make }]
";
    let told = |sub: &str| {
        let text = trust(sub);
        let graph = files(&[("main.tf", &text), (".github/workflows/ship.yml", workflow)]);
        ask(&graph, "sts:AssumeRole", "aws_iam_role.deploy")
    };
    let key = "token.actions.githubusercontent.com:sub";
    assert_eq!(
        told("repo:octo/app:*"),
        format!("GitHub repository octo/app\nship if {key} is like repo:octo/app:*")
    );
    assert!(
        told("repo:octo/app:ref:refs/heads/main")
            .contains(&format!("ship if {key} is repo:octo/app:ref:refs/heads/main"))
    );
    assert!(!told("repo:octo/app:environment:prod").contains("ship"), "it has no environment");
    assert!(!told("repo:octo/app:ref:refs/heads/dev").contains("ship"), "it runs for another branch");
    assert_eq!(told("repo:*"), format!("any GitHub repository\nship"));
}

#[test]
fn service_accounts_of_a_cluster() {
    let text = r#"
variable "issuer" { default = "oidc.eks.eu-west-1.amazonaws.com/id/ABC" }
resource "aws_iam_role" "pod" {
  name = "pod"
  assume_role_policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity"
    Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/${var.issuer}" }
    Condition = { StringEquals = { "${var.issuer}:sub" = "system:serviceaccount:ml:trainer", "${var.issuer}:aud" = "sts.amazonaws.com" } }
  }] })
}
resource "aws_iam_role" "associated" {
  name = "associated"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["sts:AssumeRole", "sts:TagSession"], Principal = { Service = "pods.eks.amazonaws.com" } }] })
}
resource "aws_eks_pod_identity_association" "a" {
  cluster_name = "c"
  namespace = "ml"
  service_account = "trainer"
  role_arn = aws_iam_role.associated.arn
}
"#;
    let account = |annotation: &str| {
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: trainer\n  namespace: ml\n  annotations: {{ {annotation} }}\n"
        )
    };
    let told = |annotation: &str, role: &str| {
        let account = account(annotation);
        ask(&files(&[("main.tf", text), ("k8s/sa.yaml", &account)]), "sts:AssumeRole", role)
    };
    let note = "eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/pod";
    assert_eq!(told(note, "aws_iam_role.pod"), "trainer");
    assert!(
        told("", "aws_iam_role.pod")
            .starts_with("trainer if the service account is in the cluster of oidc.eks")
    );
    assert_eq!(told("", "aws_iam_role.associated"), "pods.eks.amazonaws.com\ntrainer");
    assert_eq!(
        ask(&terraform(text), "sts:AssumeRole", "aws_iam_role.pod"),
        "service account ml:trainer of the cluster of oidc.eks.eu-west-1.amazonaws.com/id/abc"
    );
}

#[test]
fn other_providers() {
    let to = |provider: &str, action: &str, condition: &str| {
        becomes(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "{action}", "Condition": {condition}}}"#
        ))
    };
    assert_eq!(
        to(
            "arn:aws:iam::1:saml-provider/adfs",
            "sts:AssumeRoleWithSAML",
            r#"{"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}"#
        ),
        "whoever SAML provider arn:aws:iam::1:saml-provider/adfs signs in if SAML:aud is https://signin.aws.amazon.com/saml"
    );
    let pool = r#"{"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"}, "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}}"#;
    assert_eq!(
        to("cognito-identity.amazonaws.com", "sts:AssumeRoleWithWebIdentity", pool),
        "anyone if cognito-identity.amazonaws.com:aud is eu-west-1:1"
    );
    let gitlab = r#"{"StringLike": {"gitlab.com:sub": "project_path:group/app:*"}}"#;
    assert_eq!(
        to("arn:aws:iam::1:oidc-provider/gitlab.com", "sts:AssumeRoleWithWebIdentity", gitlab),
        "project_path:group/app:* of gitlab.com"
    );
}
