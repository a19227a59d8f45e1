//! The user's own cards, and the commands about checks.

use std::path::Path;

use super::{DIRECT, Folder, NOTEBOOK, assert_refused, stance};

const CHECK: &str = r#"id: own-notebook-name
title: Notebook has no owner in its name
on: aws.sagemaker.notebook-instance
severity: critical
fail: '!doc.NotebookInstanceName.startsWith("team-")'
because: "the notebook is called {doc.NotebookInstanceName}"
why: Nobody knows whom to ask.
fix:
  say: Begin the name with the team.
pages: [https://example.com/names]
maps: [mcsb:NS-2]
"#;

const CASES: &str = r#"- name: without
  expect: fail
  document: { NotebookInstanceName: lab }
  because: called lab
- name: with
  expect: pass
  document: { NotebookInstanceName: team-lab }
- name: not known
  expect: unknown
  document: { NotebookInstanceName: { $unknown: later } }
"#;

const PLACE: &str = "own/checks/aws/sagemaker/name/check.yaml";

fn folder(check: &str) -> Folder {
    let cases = "own/checks/aws/sagemaker/name/tests.yaml";
    Folder::of(&[("infra/main.tf", NOTEBOOK), (PLACE, check), (cases, CASES)])
}

#[test]
fn an_own_check_is_run_beside_the_built_in_ones() {
    let folder = folder(CHECK);
    let run = folder.run(&["scan", "infra", "--catalog", "own"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.out.contains("own-notebook-name") && run.out.contains("the notebook is called lab"),
        "{}",
        run.out
    );
    assert!(run.out.contains(DIRECT) && run.err.is_empty(), "{run:?}");
    let run = folder.run(&["scan", "infra", "--catalog", "own", "--check", "own-*"]);
    assert!(!run.out.contains(DIRECT));
    let run = folder.run(&["check", "show", "own-notebook-name", "--catalog", "own"]);
    assert!(run.out.contains("Nobody knows whom to ask") && run.out.contains("critical"), "{run:?}");
}

#[test]
fn mistakes_on_a_card_are_named_with_place_and_suggestion() {
    for (find, put, words) in [
        (
            "NotebookInstanceName.starts",
            "notebookInstanceName.starts",
            &["check.yaml:5:", "did you mean", "NotebookInstanceName"][..],
        ),
        (
            "startsWith(\"team-\")",
            "startWith(\"team-\")",
            &["check.yaml:5:", "unknown function \"startWith\"", "startsWith"],
        ),
        (
            "doc.NotebookInstanceName}",
            "document.NotebookInstanceName}",
            &["check.yaml:6:", "unknown name \"document\""],
        ),
        (
            "aws.sagemaker.notebook-instance",
            "aws.sagemaker.notebook-instances",
            &["check.yaml:", "unknown kind", "did you mean"],
        ),
        ("severity: critical", "severity: catastrophic", &["check.yaml:4:", "catastrophic"]),
        ("severity:", "severety:", &["check.yaml:4:", "severety"]),
        ("mcsb:NS-2", "mcsb:NS-222", &["check.yaml:11:", "NS-222"]),
        ("'!doc", "'!!(doc", &["check.yaml:5:"]),
        ("why: Nobody", "why: [Nobody", &["check.yaml:"]),
    ] {
        let folder = folder(&CHECK.replace(find, put));
        let run = folder.run(&["scan", "infra", "--catalog", "own"]);
        assert_refused(&run, words);
        assert_refused(&run, &["the catalogue in own has mistakes"]);
    }
}

#[test]
fn a_card_that_replaces_a_built_in_one_is_noticed() {
    let folder = folder(&CHECK.replace("id: own-notebook-name", &format!("id: {DIRECT}")));
    let run = folder.run(&["scan", "infra", "--catalog", "own", "--check", DIRECT]);
    assert!(run.err.contains(&format!("notice: {DIRECT} replaces a card")), "{run:?}");
    assert!(run.out.contains("Notebook has no owner in its name"), "{}", run.out);
}

#[test]
fn cases_are_run() {
    let folder = folder(CHECK);
    let run = folder.run(&["check", "test", "own"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("1 checks, 3 cases, 0 of them in several dialects: 0 failed"), "{}", run.out);
    folder.write(PLACE, &CHECK.replace("team-", "group-"));
    let run = folder.run(&["check", "test", "own"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("tests.yaml:5: with: expected pass, got fail"), "{}", run.out);
    let run = folder.run(&["check", "test", "own/checks/aws/sagemaker/name"]);
    assert_eq!(run.code, Some(1), "one folder inside: {run:?}");
    assert_refused(&folder.run(&["check", "test", "infra"]), &["no cases in infra"]);
}

#[test]
fn checks_are_listed_and_shown() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = stance(here, &["check", "list"]);
    let aws = stance(here, &["check", "list", "--provider", "aws"]);
    assert!(list.out.contains("azure-") && aws.out.lines().count() < list.out.lines().count());
    let lines = aws.out.lines().take_while(|l| !l.is_empty());
    assert!(lines.clone().count() > 10 && lines.clone().all(|l| l.starts_with("aws-")), "{}", aws.out);
    let show = stance(here, &["check", "show", DIRECT]);
    for words in ["severity    high", "Why it matters", "Fails when", "Maps to", "Sources\n  https://"] {
        assert!(show.out.contains(words), "{words}: {}", show.out);
    }
}
