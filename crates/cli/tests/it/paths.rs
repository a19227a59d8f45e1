//! `stance paths`, `who-can` and `diff` from the command line.

use crate::{Folder, NOTEBOOK};

/// A bucket of training data that anybody may read.
const OPEN: &str = r#"
resource "aws_s3_bucket" "training" {
  bucket = "training-data"
}
resource "aws_s3_bucket_public_access_block" "training" {
  bucket                  = aws_s3_bucket.training.id
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}
resource "aws_s3_bucket_policy" "training" {
  bucket = aws_s3_bucket.training.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.training.arn}/*" }]
  })
}
resource "aws_sagemaker_model" "m" {
  name               = "m"
  execution_role_arn = "arn:aws:iam::123456789012:role/m"
  primary_container {
    image          = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/m@sha256:0"
    model_data_url = "s3://training-data/model.tar.gz"
  }
}
"#;

fn open() -> Folder {
    Folder::of(&[("main.tf", OPEN)])
}

/// The id of the first path.
fn first(folder: &Folder) -> String {
    let run = folder.run(&["paths", ".", "--format", "json"]);
    let paths: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    paths["paths"][0]["id"].as_str().expect("the bucket is open").to_owned()
}

#[test]
fn paths_are_listed_told_and_explained() {
    let folder = open();
    let id = first(&folder);
    let all = folder.run(&["paths", "."]);
    assert_eq!(all.code, Some(1), "{all:?}");
    assert!(all.out.contains(&id) && all.out.contains("Smallest set of fixes"), "{all:?}");
    let one = folder.run(&["paths", ".", &id]);
    assert!(one.out.contains("  1. ") && one.out.contains("--> main.tf:"), "{one:?}");
    let step = folder.run(&["paths", ".", "--explain", &format!("{id}.1")]);
    assert!(step.out.starts_with("step 1 of ") && step.out.contains(&id), "{step:?}");
    assert!(step.out.contains("likelihood  "), "{step:?}");
}

#[test]
fn what_is_not_there_is_an_error() {
    let folder = open();
    let id = first(&folder);
    for (arguments, says) in [
        (&["paths", ".", "path-x"][..], "no path is called \"path-x\""),
        (&["paths", ".", "--explain", "path-x.1"], "no path is called \"path-x\""),
        (&["paths", ".", "--explain", "path-x"], "names no step"),
        (&["paths", ".", "--explain", &format!("{id}.9")], "and no step 9"),
        (&["paths", ".", "--entry", "moon"], "no entry is called \"moon\"; one of "),
        (&["paths", ".", "--verify", "main.tf"], "no JSON of attack paths"),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.err.contains(says), "{run:?}");
    }
}

#[test]
fn saved_paths_are_verified() {
    let folder = open();
    folder.run(&["paths", ".", "--format", "json", "--output", "paths.json"]);
    let run = folder.run(&["paths", ".", "--verify", "paths.json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("0 changed, 0 gone"), "{run:?}");
    folder.write("main.tf", NOTEBOOK);
    let run = folder.run(&["paths", ".", "--verify", "paths.json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains(": 0 there, 0 changed") && run.out.contains("step 1 is gone"), "{run:?}");
}

#[test]
fn every_format_is_written() {
    let folder = open();
    for (format, begins) in [
        ("json", "{\n  \"paths\""),
        ("sarif", "{\n  \"$schema\""),
        ("svg", "<svg xmlns"),
        ("mermaid", "flowchart LR\n"),
        ("dot", "digraph "),
        ("opengraph", "{\n"),
    ] {
        let run = folder.run(&["paths", ".", "--format", format]);
        assert_eq!(run.code, Some(1), "{format}: {run:?}");
        assert!(run.out.starts_with(begins), "{format}: {run:?}");
    }
}

#[test]
fn a_scan_begins_with_attack_paths() {
    let folder = open();
    let id = first(&folder);
    let terminal = folder.scan(&[]).out;
    assert!(terminal.starts_with("Attack paths\n") && terminal.contains(&id), "{terminal}");
    let markdown = folder.scan(&["--format", "markdown"]).out;
    let (paths, findings) = (markdown.find("### Attack paths"), markdown.find("### Findings"));
    assert!(paths.is_some() && paths < findings, "{markdown}");
    let sarif = folder.scan(&["--format", "sarif"]).out;
    assert!(sarif.contains("\"ruleId\": \"attack-path-") && sarif.contains(&id), "{sarif}");
}

#[test]
fn who_can_names_the_statement() {
    let run = open().run(&["who-can", "read-data", "aws_s3_bucket.training"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let header = run.out.lines().next();
    assert!(header.is_some_and(|line| line.starts_with("aws_s3_bucket.training")), "{run:?}");
    assert!(run.out.contains("internet") && run.out.contains("--> main.tf:"), "{run:?}");
}

#[test]
fn a_change_that_opens_a_path_fails() {
    let folder = Folder::of(&[("before/main.tf", NOTEBOOK), ("after/main.tf", OPEN)]);
    let run = folder.run(&["diff", "before", "after", "--format", "markdown"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.starts_with("## This change opens"), "{run:?}");
    assert_eq!(folder.run(&["diff", "after", "before"]).code, Some(0));
    // A saved scan is the state that was scanned, with what was accepted there.
    folder.write(
        "after/stance-exceptions.yaml",
        "- { check: aws-s3-bucket-no-versioning, asset: aws_s3_bucket.training, reason: tried out, owner: ml }\n",
    );
    folder.run(&["scan", "after", "--format", "json", "--fail-on", "never", "--output", "saved.json"]);
    let same = folder.run(&["diff", "saved.json", "after"]);
    assert_eq!(same.code, Some(0), "{same:?}");
    assert_eq!(same.out.matches("no difference").count(), 4, "{}", same.out);
}
