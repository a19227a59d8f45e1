//! The sides that must agree: boundaries, control policies, resources' own policies, accounts, keys.

use super::{ALL, Estate, ask};

const GET: &str = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
const PUT: &str = r#"{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}"#;

fn reads(estate: &Estate<'_>) -> String {
    ask(&estate.graph(), "s3:GetObject", "data")
}

#[test]
fn boundaries() {
    let app = |boundary| reads(&Estate { role: GET, boundary, ..Estate::default() });
    assert_eq!(app(ALL), "app");
    assert_eq!(app(PUT), "");
    assert_eq!(app(GET), "app");
    assert_eq!(
        app(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/public/*"}"#),
        "app if it is one of arn:aws:s3:::data/public/*"
    );
    assert_eq!(
        app(
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#
        ),
        ""
    );
    assert_eq!(reads(&Estate { boundary: ALL, ..Estate::default() }), "", "a boundary grants nothing");
}

#[test]
fn a_bucket_that_names_them() {
    let to = |who: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{who}"}}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}}"#
        )
    };
    let role = to("arn:aws:iam::111122223333:role/app");
    let user = to("arn:aws:iam::111122223333:user/ann");
    let session = to("arn:aws:sts::111122223333:assumed-role/app/one");
    let case = |bucket: &str, boundary: &'static str| {
        reads(&Estate { bucket, boundary, user_boundary: boundary, ..Estate::default() })
    };
    assert_eq!(case(&role, ""), "app");
    assert_eq!(case(&user, ""), "ann");
    assert_eq!(case(&role, PUT), "", "a boundary cuts what a role is given by name");
    assert_eq!(case(&session, PUT), "app", "but not what its session is given");
    assert_eq!(case(&user, PUT), "ann", "nor what a user is given");
    let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
    assert_eq!(reads(&Estate { bucket: &role, role: deny, ..Estate::default() }), "");
    assert_eq!(reads(&Estate { bucket: &user, user_boundary: deny, ..Estate::default() }), "");
    assert_eq!(
        reads(&Estate { bucket: &to("arn:aws:iam::999988887777:role/far"), ..Estate::default() }),
        "arn:aws:iam::999988887777:role/far"
    );
}

#[test]
fn principals_of_a_bucket() {
    let statement = |principal: &str, condition: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*", "Condition": {{{condition}}}}}"#
        )
    };
    let cases: &[(&str, &str, &str)] = &[
        (r#""*""#, "", "anyone"),
        (r#"{"AWS": "*"}"#, "", "anyone"),
        (r#"{"AWS": "999988887777"}"#, "", "AWS account 999988887777"),
        (r#"{"AWS": "arn:aws:iam::999988887777:root"}"#, "", "AWS account 999988887777"),
        (r#"{"Service": "cloudtrail.amazonaws.com"}"#, "", "cloudtrail.amazonaws.com"),
        (
            r#"{"Service": "cloudtrail.amazonaws.com"}"#,
            r#""StringEquals": {"aws:SourceArn": "a"}"#,
            "cloudtrail.amazonaws.com if aws:SourceArn is a",
        ),
        (r#"{"CanonicalUser": "79a5"}"#, "", "79a5"),
        (
            r#""*""#,
            r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#,
            "AWS organization o-1 if aws:PrincipalOrgID is o-1\nann if aws:PrincipalOrgID is o-1\napp if aws:PrincipalOrgID is o-1",
        ),
        (
            r#""*""#,
            r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#,
            "anyone if aws:SourceIp is in 10.0.0.0/8",
        ),
        (r#""*""#, r#""Bool": {"aws:SecureTransport": "false"}"#, ""),
        (
            r#""*""#,
            r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}"#,
            "any AWS account if aws:PrincipalArn is like arn:aws:iam::*:role/app\napp",
        ),
    ];
    for (principal, condition, expected) in cases {
        let bucket = statement(principal, condition);
        assert_eq!(
            reads(&Estate { bucket: &bucket, ..Estate::default() }),
            *expected,
            "{principal} {condition}"
        );
    }
    let both = format!(
        "{}, {}",
        statement(r#""*""#, ""),
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}"#
    );
    assert_eq!(
        reads(&Estate { bucket: &both, role: GET, ..Estate::default() }),
        "anyone if aws:SourceVpce is vpce-1\napp if aws:SourceVpce is vpce-1"
    );
    let but = r#"{"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}"#;
    assert_eq!(reads(&Estate { bucket: but, role: GET, user: GET, ..Estate::default() }), "app");
    let one = r#"{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}, "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}"#;
    assert_eq!(reads(&Estate { bucket: one, role: GET, user: GET, ..Estate::default() }), "app");
}

#[test]
fn control_policies() {
    let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
    assert_eq!(
        reads(&Estate { role: GET, scp: deny, ..Estate::default() }),
        "app if the control policy guard, attached to r-root, does not hold for the account"
    );
    assert_eq!(reads(&Estate { role: GET, scp: ALL, ..Estate::default() }), "app");
    let other = r#"{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}"#;
    assert_eq!(reads(&Estate { role: GET, scp: other, ..Estate::default() }), "app");
    let but = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}}"#;
    let told = reads(&Estate { role: GET, user: GET, scp: but, ..Estate::default() });
    assert_eq!(
        told,
        "ann if the control policy guard, attached to r-root, does not hold for the account\napp"
    );
    let rcp = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}"#;
    let told = reads(&Estate { role: GET, rcp, ..Estate::default() });
    assert!(told.starts_with("app if unless aws:PrincipalOrgID is not o-1"), "{told}");
}

#[test]
fn keys() {
    let uses = r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}"#;
    let root = |who: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{who}"}}, "Action": "kms:*", "Resource": "*"}}"#
        )
    };
    let case = |role: &str, key: &str| {
        ask(&Estate { role, key, ..Estate::default() }.graph(), "kms:Decrypt", "aws_kms_key.k")
    };
    assert_eq!(case(uses, &root("arn:aws:iam::111122223333:role/app")), "app");
    assert_eq!(case("", &root("arn:aws:iam::111122223333:role/app")), "app");
    assert_eq!(
        case(uses, &root("arn:aws:iam::111122223333:role/other")),
        "arn:aws:iam::111122223333:role/other",
        "the key's own policy is needed"
    );
    assert_eq!(
        case(uses, &root("arn:aws:iam::111122223333:root")),
        "AWS account 111122223333\napp if the account is 111122223333"
    );
    let own = r#"
data "aws_caller_identity" "me" {}
resource "aws_kms_key" "own" {
  description = "own"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" } }] })
}
resource "aws_kms_key" "plain" { description = "plain" }
"#;
    let graph = Estate { role: uses, more: own, ..Estate::default() }.graph();
    assert_eq!(ask(&graph, "kms:Decrypt", "aws_kms_key.own"), "app", "the account's policies decide");
    assert_eq!(ask(&graph, "kms:Decrypt", "aws_kms_key.plain"), "app", "and so by default");
    let graph = Estate { more: own, ..Estate::default() }.graph();
    assert_eq!(ask(&graph, "kms:Decrypt", "aws_kms_key.own"), "");
    let via = r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}}"#;
    let locked = r#"
resource "aws_kms_key" "lock" { description = "lock" }
resource "aws_s3_bucket" "locked" { bucket = "locked" }
resource "aws_s3_bucket_server_side_encryption_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.lock.arn
    }
  }
}
resource "aws_secretsmanager_secret" "s" {
  name       = "s"
  kms_key_id = aws_kms_key.lock.arn
}
"#;
    let both = format!("{GET}, {via}");
    let graph = Estate { role: &both, user: GET, more: locked, ..Estate::default() }.graph();
    assert_eq!(
        ask(&graph, "s3:GetObject", "locked"),
        "ann if the object is not encrypted with KMS key lock\napp"
    );
    let secret = r#"{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}"#;
    let role = format!("{secret}, {uses}");
    let graph = Estate { role: &role, user: secret, more: locked, ..Estate::default() }.graph();
    assert_eq!(ask(&graph, "secretsmanager:GetSecretValue", "aws_secretsmanager_secret.s"), "app");
}

#[test]
fn brakes_on_public_access() {
    let open =
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*"}"#;
    let buckets = |block: &str| {
        let policy = super::policy_of(open);
        let text =
            format!("resource \"aws_s3_bucket\" \"b\" {{\nbucket = \"b\"\npolicy = {policy}\n}}\n{block}");
        ask(&super::terraform(&text), "s3:GetObject", "aws_s3_bucket.b")
    };
    let block = |field: &str| {
        format!(
            "resource \"aws_s3_bucket_public_access_block\" \"b\" {{\nbucket = aws_s3_bucket.b.id\n{field} = true\n}}\n"
        )
    };
    assert_eq!(buckets(&block("block_public_acls")), "anyone");
    assert_eq!(buckets(&block("restrict_public_buckets")), "");
    assert_eq!(buckets(&block("block_public_policy")), "");
    assert_eq!(
        buckets(""),
        "anyone if the public access block of the bucket, which new buckets have, is off"
    );
}
