//! Accepted faults: the exceptions file and `stance:allow`.

use super::{DIRECT, Folder, NOTEBOOK, assert_refused};

const HOLDS: &str = "- check: aws-sagemaker-notebook-direct-internet
  asset: aws_sagemaker_notebook_instance.lab
  owner: data-science
  reason: a class room without data
  expires: 9999-12-31
";

fn gate(folder: &Folder, arguments: &[&str]) -> Option<i32> {
    folder.scan(&[&["--check", DIRECT], arguments].concat()).code
}

#[test]
fn an_exception_closes_the_finding_and_says_why() {
    let folder = Folder::notebook();
    assert_eq!(gate(&folder, &[]), Some(1));
    folder.write("accepted.yaml", HOLDS);
    assert_eq!(gate(&folder, &["--exceptions", "accepted.yaml"]), Some(0));
    folder.write("stance-exceptions.yaml", HOLDS);
    assert_eq!(gate(&folder, &[]), Some(0), "the file of that name is read by itself");
    let outcome = folder.outcome(DIRECT, &[]);
    assert_eq!(outcome["status"], "fail", "it hides nothing");
    assert_eq!(outcome["suppressed"]["owner"], "data-science");
    assert_eq!(outcome["suppressed"]["reason"], "a class room without data");
    assert!(
        outcome["suppressed"]["place"].as_str().unwrap().ends_with("stance-exceptions.yaml:1"),
        "{outcome}"
    );
}

#[test]
fn an_expired_exception_fires_again() {
    let folder = Folder::notebook();
    folder.write("stance-exceptions.yaml", &HOLDS.replace("9999-12-31", "2001-01-01"));
    assert_eq!(gate(&folder, &[]), Some(1));
    for (find, put) in
        [("notebook-direct-internet", "notebook-root-access"), ("instance.lab", "instance.other")]
    {
        folder.write("stance-exceptions.yaml", &HOLDS.replace(find, put));
        assert_eq!(gate(&folder, &[]), Some(1), "{put}");
    }
    folder.write("stance-exceptions.yaml", &HOLDS.replace("aws_sagemaker_notebook_instance.lab", "main.tf*"));
    assert_eq!(gate(&folder, &[]), Some(0));
}

#[test]
fn a_mistake_in_the_exceptions_is_named_with_its_line() {
    let folder = Folder::notebook();
    for (text, words) in [
        (HOLDS.replace("  owner: data-science\n", ""), &["stance-exceptions.yaml:", "owner"][..]),
        (HOLDS.replace("data-science", "''"), &["stance-exceptions.yaml:1:", "needs its owner"]),
        (
            HOLDS.replace("a class room without data", "' '"),
            &["stance-exceptions.yaml:1:", "needs its reason"],
        ),
        (
            HOLDS.replace("9999-12-31", "tomorrow"),
            &["stance-exceptions.yaml:1:", "\"tomorrow\" is not a date"],
        ),
        (HOLDS.replace("reason:", "raeson:"), &["stance-exceptions.yaml:4:", "raeson"]),
        ("check: x".to_owned(), &["stance-exceptions.yaml:1:"]),
        ("- [".to_owned(), &["stance-exceptions.yaml:1:"]),
    ] {
        folder.write("stance-exceptions.yaml", &text);
        assert_refused(&folder.scan(&[]), words);
    }
}

#[test]
fn a_comment_allows_with_a_reason() {
    let allow = format!("stance:allow {DIRECT}");
    let line = "  direct_internet_access = var.access";
    let first = "resource \"aws_sagemaker_notebook_instance\"";
    for (case, find, put, code) in [
        ("same line", line, format!("{line} # {allow} class room"), 0),
        ("line above", line, format!("  # {allow} class room\n{line}"), 0),
        ("two slashes", line, format!("  // {allow} class room\n{line}"), 0),
        ("above the resource", first, format!("# {allow} class room\n{first}"), 0),
        ("pattern", line, format!("{line} # stance:allow aws-* class room"), 0),
        ("without reason", line, format!("{line} # {allow}"), 1),
        ("other check", line, format!("{line} # stance:allow aws-sagemaker-notebook-root-access x"), 1),
        ("two lines above", line, format!("  # {allow} class room\n\n{line}"), 1),
        ("in a text", line, format!("{line}\n  tags = {{ a = \"# {allow} class room\" }}"), 1),
    ] {
        let folder = Folder::of(&[("main.tf", &NOTEBOOK.replacen(find, &put, 1))]);
        assert_eq!(gate(&folder, &[]), Some(code), "{case}");
    }
}
