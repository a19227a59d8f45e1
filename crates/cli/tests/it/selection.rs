//! What is run and what counts: checks, severities, variables, and `stance.toml`.

use super::{DIRECT, Folder, NOTEBOOK, assert_refused};

fn checks_of(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    let report = folder.report(&[&["--all"], arguments].concat());
    let outcomes = report["outcomes"].as_array().unwrap();
    let mut checks: Vec<String> = outcomes.iter().map(|o| o["check"].as_str().unwrap().to_owned()).collect();
    checks.sort();
    checks.dedup();
    checks
}

#[test]
fn the_gate_is_a_severity() {
    let folder = Folder::notebook();
    let only = ["--check", "aws-sagemaker-notebook-direct-internet"];
    for (gate, code) in [("info", 1), ("low", 1), ("medium", 1), ("high", 1), ("critical", 0), ("never", 0)] {
        let run = folder.scan(&[&only[..], &["--fail-on", gate]].concat());
        assert_eq!(run.code, Some(code), "{gate}");
        assert!(run.out.contains(DIRECT), "the gate hides nothing");
    }
    let medium = ["--check", "aws-sagemaker-notebook-root-access", "--fail-on", "high"];
    assert_eq!(folder.scan(&medium).code, Some(0));
}

#[test]
fn min_severity_leaves_out_but_does_not_open_the_gate() {
    let folder = Folder::notebook();
    let run = folder.scan(&["--min-severity", "high"]);
    assert!(
        run.out.contains(DIRECT) && !run.out.contains("aws-sagemaker-notebook-root-access"),
        "{}",
        run.out
    );
    let severities = folder.report(&["--min-severity", "medium"]);
    let severities: Vec<_> =
        severities["outcomes"].as_array().unwrap().iter().map(|o| &o["severity"]).collect();
    assert!(
        !severities.is_empty() && severities.iter().all(|s| *s != "low" && *s != "info"),
        "{severities:?}"
    );
}

#[test]
fn checks_are_selected_by_id_and_pattern() {
    let folder = Folder::notebook();
    let all = checks_of(&folder, &[]);
    assert!(all.len() > 3, "{all:?}");
    assert_eq!(checks_of(&folder, &["--check", DIRECT]), [DIRECT]);
    let two = ["--check", DIRECT, "--check", "*-root-access"];
    assert_eq!(checks_of(&folder, &two), [DIRECT, "aws-sagemaker-notebook-root-access"]);
    let most = checks_of(&folder, &["--exclude", "*-direct-internet"]);
    assert_eq!(most.len(), all.len() - 1);
    let none = checks_of(&folder, &["--check", "aws-sagemaker-*", "--exclude", "aws-sagemaker-*"]);
    assert!(none.is_empty(), "{none:?}");
}

#[test]
fn a_misspelt_check_is_refused_with_a_suggestion() {
    let folder = Folder::notebook();
    for option in ["--check", "--exclude"] {
        let run = folder.scan(&[option, "aws-sagemaker-notebook-direct-internt"]);
        assert_refused(&run, &["no check \"aws-sagemaker-notebook-direct-internt\"", "did you mean", DIRECT]);
    }
    assert_refused(&folder.scan(&["--check", "nothing-*"]), &["no check \"nothing-*\"", "stance check list"]);
}

#[test]
fn variables_come_from_options_and_files() {
    let folder = Folder::notebook();
    let status =
        |arguments: &[&str]| folder.outcome(DIRECT, arguments)["status"].as_str().unwrap().to_owned();
    assert_eq!(status(&[]), "fail");
    assert_eq!(status(&["--var", "access=Disabled"]), "pass");
    folder.write("off.tfvars", "access = \"Disabled\"\n");
    folder.write("on.tfvars.json", "{\"access\": \"Enabled\"}");
    assert_eq!(status(&["--var-file", "off.tfvars"]), "pass");
    assert_eq!(
        status(&["--var-file", "off.tfvars", "--var-file", "on.tfvars.json"]),
        "fail",
        "the later file wins"
    );
    assert_eq!(status(&["--var-file", "on.tfvars.json", "--var", "access=Disabled"]), "pass", "options win");
    folder.write("terraform.tfvars", "access = \"Disabled\"\n");
    assert_eq!(status(&[]), "pass");
    assert_eq!(status(&["--var-file", "on.tfvars.json"]), "fail", "named files win");
}

#[test]
fn a_broken_variable_file_is_a_note_with_its_place() {
    let folder = Folder::notebook();
    folder.write("bad.tfvars", "\naccess = = 1\n");
    let report = folder.report(&["--var-file", "bad.tfvars"]);
    let coverage = report["coverage"].as_array().unwrap();
    let note = coverage.iter().find(|c| c["path"] == "bad.tfvars:2:10").unwrap();
    assert!(note["reason"].as_str().unwrap().contains("an expression is expected"), "{note}");
}

#[test]
fn the_settings_file_speaks_where_no_option_does() {
    let folder = Folder::notebook();
    folder.write("stance.toml", "fail-on = \"critical\"\ncheck = [\"*-direct-internet\"]\n");
    let run = folder.scan(&[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(checks_of(&folder, &[]), [DIRECT]);
    assert_eq!(folder.scan(&["--fail-on", "high"]).code, Some(1), "options win");
    assert_eq!(checks_of(&folder, &["--check", "*-root-access"]), ["aws-sagemaker-notebook-root-access"]);

    folder.write("stance.toml", "exclude = [\"*-direct-internet\"]\nmin-severity = \"medium\"\n");
    assert!(!folder.scan(&["--exclude", "*-root-access"]).out.contains(DIRECT), "excluded by both");

    folder.write("values/off.tfvars", "access = \"Disabled\"\n");
    folder.write("stance.toml", "var-file = [\"values/off.tfvars\"]\n");
    assert_eq!(folder.outcome(DIRECT, &[])["status"], "pass");
    let outside = Folder::of(&[]);
    let path = folder.path().to_str().unwrap();
    let run = outside.run(&["scan", path, "--check", DIRECT]);
    assert_eq!(run.code, Some(0), "its paths are relative to the scanned folder: {run:?}");
}

#[test]
fn a_mistake_in_the_settings_is_named_with_its_line() {
    let folder = Folder::of(&[("main.tf", NOTEBOOK)]);
    for (text, words) in [
        ("\nfail_on = \"high\"\n", &["stance.toml:2:", "unknown field `fail_on`"][..]),
        ("check = \"x\"\n", &["stance.toml:1:", "invalid type"]),
        ("\n\nmin-severity = \"worst\"\n", &["stance.toml:3:", "worst"]),
        ("fail-on = \"worst\"\n", &["worst"]),
        ("fail-on = \n", &["stance.toml:1:"]),
        ("check = [\"nothing\"]\n", &["no check \"nothing\""]),
        ("exceptions = \"none.yaml\"\n", &["none.yaml"]),
        ("catalog = \"none\"\n", &["none"]),
    ] {
        folder.write("stance.toml", text);
        assert_refused(&folder.scan(&[]), words);
    }
}

#[cfg(unix)]
#[test]
fn files_without_end_are_not_waited_for() {
    for name in ["stance.toml", "stance-exceptions.yaml"] {
        let pipe = Folder::notebook();
        let made = std::process::Command::new("mkfifo").arg(pipe.path().join(name)).status().unwrap();
        assert!(made.success());
        assert_refused(&pipe.scan(&[]), &[name, "not a regular file"]);
        let device = Folder::notebook();
        std::os::unix::fs::symlink("/dev/zero", device.path().join(name)).unwrap();
        assert_refused(&device.scan(&[]), &[name, "not a regular file"]);
    }
}
