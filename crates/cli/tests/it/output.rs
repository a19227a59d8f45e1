//! How the result is written, and where.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use super::{DIRECT, Folder, NOTEBOOK, assert_refused, command};

#[test]
fn json_is_a_report_with_places() {
    let report = Folder::notebook().report(&["--check", DIRECT]);
    assert_eq!(report["schema"], "stance.scan/1");
    let outcome = &report["outcomes"][0];
    assert_eq!((&outcome["check"], &outcome["status"]), (&Value::from(DIRECT), &Value::from("fail")));
    let place = &outcome["locations"][0];
    assert_eq!((&place["path"], &place["line"], &place["column"]), (&"main.tf".into(), &7.into(), &3.into()));
}

#[test]
fn sarif_is_sarif() {
    let run = Folder::notebook().scan(&["--format", "sarif", "--check", DIRECT]);
    assert_eq!(run.code, Some(1));
    let sarif: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], DIRECT);
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "main.tf");
    assert_eq!(place["region"]["startLine"], 7);
}

#[test]
fn markdown_names_the_finding() {
    let run = Folder::notebook().scan(&["--format", "markdown", "--check", DIRECT]);
    assert!(
        run.out.contains("\n## ") && run.out.contains(DIRECT) && run.out.contains("main.tf:7"),
        "{}",
        run.out
    );
}

#[test]
fn the_same_scan_writes_the_same_bytes() {
    let folder = Folder::of(&[("main.tf", NOTEBOOK), ("sub/main.tf", NOTEBOOK), ("other/x.tf", "locals {")]);
    for format in ["terminal", "json", "sarif", "markdown"] {
        let arguments = ["--format", format, "--all", "--verbose"];
        assert_eq!(folder.scan(&arguments).out, folder.scan(&arguments).out, "{format}");
    }
}

#[test]
fn the_result_goes_to_a_file() {
    let folder = Folder::notebook();
    let run = folder.scan(&["--format", "json", "--output", "result.json"]);
    assert_eq!((run.code, &*run.out), (Some(1), ""), "{run:?}");
    let report: Value = serde_json::from_str(&folder.read("result.json")).unwrap();
    assert_eq!(report["schema"], "stance.scan/1");
    let run = folder.scan(&["-o", "no/such/folder/result.json"]);
    assert_refused(&run, &["cannot write no/such/folder/result.json"]);
    assert_refused(&folder.scan(&["--output", "."]), &["cannot write ."]);
}

#[test]
fn quiet_shows_the_summary_and_all_the_passes() {
    let folder = Folder::notebook();
    let usual = folder.scan(&[]);
    let quiet = folder.scan(&["--quiet"]);
    assert_eq!(quiet.code, Some(1));
    assert!(
        quiet.out.lines().count() < usual.out.lines().count() && !quiet.out.contains("main.tf:7"),
        "{}",
        quiet.out
    );
    assert!(quiet.out.contains("1 high"), "{}", quiet.out);
    let passed = ["--check", DIRECT, "--var", "access=Disabled"];
    assert!(!folder.scan(&passed).out.contains(DIRECT));
    assert!(folder.scan(&[&passed[..], &["--all"]].concat()).out.contains(DIRECT));
}

#[test]
fn colours_are_for_terminals() {
    let folder = Folder::notebook();
    let coloured = |arguments: &[&str]| folder.scan(arguments).out.contains('\u{1b}');
    assert!(!coloured(&[]), "this is a pipe");
    assert!(!coloured(&["--color", "auto"]));
    assert!(!coloured(&["--color", "never"]));
    assert!(coloured(&["--color", "always"]));
    assert!(!coloured(&["--color", "always", "--format", "json"]), "only the terminal's format has colours");
    folder.scan(&["--output", "result.txt"]);
    assert!(!folder.read("result.txt").contains('\u{1b}'));
    let refused = folder.scan(&["--check", "nope"]);
    assert!(!refused.err.contains('\u{1b}'), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    // Far more than a pipe holds, so that writing goes on after the reader has left.
    let many: String =
        (0..300).map(|i| NOTEBOOK.replace("lab", &format!("n{i}")).replace("variable", "output")).collect();
    let folder = Folder::of(&[("main.tf", &many)]);
    for arguments in
        [&["scan", "."][..], &["scan", ".", "--format", "json"], &["check", "list"], &["completions", "bash"]]
    {
        let mut child =
            command(folder.path(), arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0]).unwrap();
        drop(out);
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(said, "", "{arguments:?}");
        assert!(matches!(done.status.code(), Some(0 | 1)), "{arguments:?}: {:?}", done.status);
    }
}
