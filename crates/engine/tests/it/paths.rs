//! The laws of attack paths, on real configurations: risk is monotone, order does not matter, evidence is everywhere, and
//! a fix that is taken as done takes its steps away.

use std::collections::BTreeMap;
use std::fs;

use engine::{Catalog, PathOptions, Request};
use model::{AttackPaths, Severity, Snapshot};

/// A web server with a role, and a bucket that a model is trained on.
const BASE: &str = r#"
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.s.id
  route_table_id = aws_route_table.t.id
}
resource "aws_iam_role" "web" {
  name               = "web"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_instance_profile" "web" {
  name = "web"
  role = aws_iam_role.web.name
}
resource "aws_s3_bucket" "data" {
  bucket = "acme-customer-training"
}
resource "aws_iam_role" "train" {
  name               = "train"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "bedrock.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_bedrock_custom_model" "m" {
  custom_model_name     = "m"
  job_name              = "m"
  base_model_identifier = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-text-express-v1"
  role_arn              = aws_iam_role.train.arn
  output_data_config { s3_uri = "s3://elsewhere/out" }
  training_data_config { s3_uri = "s3://${aws_s3_bucket.data.id}/train.jsonl" }
}
"#;

/// What each switch adds: from outside to the bucket they all help, in any order.
const SWITCHES: [(&str, &str); 5] = [
    ("public", r#"map_public_ip = true"#),
    (
        "open",
        r#"
resource "aws_security_group" "sg" {
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"#,
    ),
    (
        "read",
        r#"
resource "aws_iam_role_policy" "read" {
  role   = aws_iam_role.web.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.data.arn}/*" }] })
}
"#,
    ),
    (
        "write",
        r#"
resource "aws_iam_role_policy" "write" {
  role   = aws_iam_role.web.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.data.arn}/*" }] })
}
"#,
    ),
    (
        "everybody",
        r#"
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.data.id
  block_public_policy     = false
  restrict_public_buckets = false
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.data.arn}/*" }] })
}
"#,
    ),
];

fn text(switches: usize) -> String {
    let on = |i: usize| switches & (1 << i) != 0;
    let group = if on(1) { "[aws_security_group.sg.id]" } else { "[]" };
    let mut text = format!(
        "{BASE}\nresource \"aws_instance\" \"web\" {{\n  ami = \"ami-1\"\n  instance_type = \"t3.micro\"\n  subnet_id = aws_subnet.s.id\n  \
         associate_public_ip_address = {}\n  vpc_security_group_ids = {group}\n  iam_instance_profile = aws_iam_instance_profile.web.name\n}}\n",
        on(0)
    );
    for (i, (_, more)) in SWITCHES.iter().enumerate().skip(1) {
        if on(i) {
            text.push_str(more);
        }
    }
    text
}

fn scan_text(text: &str, options: PathOptions) -> Snapshot {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), text).unwrap();
    let request = Request { root: folder.path().to_owned(), paths: Some(options), ..Request::default() };
    engine::scan(&request, &Catalog::embedded()).unwrap()
}

/// The worst order of risk for each target.
fn worst(attack: &AttackPaths) -> BTreeMap<(String, String), (Severity, f64)> {
    let mut worst = BTreeMap::new();
    for path in &attack.paths {
        let key = (path.target.asset.to_string(), path.target.level.to_string());
        let risk = (path.risk.level, path.risk.order);
        let best = worst.entry(key).or_insert(risk);
        if risk.1 > best.1 {
            *best = risk;
        }
    }
    worst
}

#[test]
fn what_is_added_never_lowers_a_risk() {
    let all = 1 << SWITCHES.len();
    let risks: Vec<_> =
        (0..all).map(|switches| worst(&scan_text(&text(switches), PathOptions::default()).attack)).collect();
    for (switches, less) in risks.iter().enumerate() {
        for (i, (name, _)) in SWITCHES.iter().enumerate() {
            let more = &risks[switches | (1 << i)];
            for (target, risk) in less {
                let grown = more.get(target).copied().unwrap_or((Severity::Info, 0.0));
                assert!(
                    grown.1 >= risk.1 && grown.0 >= risk.0,
                    "{name} lowers {target:?}: {risk:?} to {grown:?}"
                );
            }
        }
    }
    assert!(risks[all - 1].len() > risks[0].len(), "with everything open there are more targets");
}

#[test]
fn the_order_of_the_text_does_not_matter() {
    let straight = text(31);
    let blocks: Vec<&str> = straight.split("\nresource ").filter(|block| !block.trim().is_empty()).collect();
    let turned: String = blocks.iter().rev().map(|block| format!("\nresource {block}\n")).collect();
    let shape = |text: &str| {
        let attack = scan_text(text, PathOptions::default()).attack;
        let paths = attack.paths.iter().map(|p| (p.id.clone(), p.risk.clone(), p.title.clone()));
        (paths.collect::<Vec<_>>(), attack.smallest_fix.cuts)
    };
    assert_eq!(shape(&straight), shape(&turned));
    assert!(!shape(&straight).0.is_empty());
}

#[test]
fn every_step_stands_on_evidence_and_its_fix_takes_it_away() {
    let snapshot = scan_text(&text(31), PathOptions::default());
    let paths = &snapshot.attack.paths;
    assert!(
        paths.iter().flat_map(|p| &p.steps).all(|step| !step.evidence.is_empty() && !step.from.is_empty())
    );
    assert!(paths.iter().all(|path| !path.risk.factors.is_empty()));
    let fixes = &snapshot.attack.smallest_fix;
    assert!(fixes.proven && !fixes.fixes.is_empty(), "{fixes:?}");
    let without = fixes.fixes.iter().map(|fix| fix.id.to_string()).collect();
    let fixed = scan_text(&text(31), PathOptions { without, ..PathOptions::default() });
    let left: Vec<_> = fixed.attack.paths.iter().filter(|p| p.risk.level >= Severity::Medium).collect();
    let open: Vec<_> = left.iter().filter(|p| !fixes.open.contains(&p.id)).map(|p| &p.title).collect();
    assert!(open.is_empty(), "{open:?}");
}
