//! The program as a person or a pipeline runs it: arguments, exit codes, what is printed where.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod bom;
mod catalogue;
mod exceptions;
mod keys;
mod mcp;
mod output;
mod paths;
mod query;
mod selection;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The notebook's own check, of severity high; its other checks are medium and low.
const DIRECT: &str = "aws-sagemaker-notebook-direct-internet";

/// One notebook whose internet access is a variable, and the fault in line 7 column 3.
const NOTEBOOK: &str = r#"variable "access" {
  default = "Enabled"
}

resource "aws_sagemaker_notebook_instance" "lab" {
  name                   = "lab"
  direct_internet_access = var.access
}
"#;

/// A folder to scan.
struct Folder(tempfile::TempDir);

impl Folder {
    /// One with these files.
    fn of(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        files.iter().for_each(|(path, text)| folder.write(path, text));
        folder
    }

    /// One with the notebook.
    fn notebook() -> Folder {
        Folder::of(&[("main.tf", NOTEBOOK)])
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Runs `stance` in the folder.
    fn run(&self, arguments: &[&str]) -> Run {
        stance(self.path(), arguments)
    }

    /// `stance scan .` with further arguments.
    fn scan(&self, arguments: &[&str]) -> Run {
        self.run(&[&["scan", "."], arguments].concat())
    }

    /// The JSON report of a scan.
    fn report(&self, arguments: &[&str]) -> Value {
        let run = self.scan(&[&["--format", "json"], arguments].concat());
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {run:?}"))
    }

    /// The outcome of a check in the JSON report of a scan.
    fn outcome(&self, check: &str, arguments: &[&str]) -> Value {
        let report = self.report(&[&["--all"], arguments].concat());
        let outcomes = report["outcomes"].as_array().unwrap();
        outcomes.iter().find(|o| o["check"] == check).unwrap_or_else(|| panic!("no {check}")).clone()
    }
}

/// What a run ended with.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stance"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env("COLUMNS", "100")
        .stdin(Stdio::null());
    command
}

fn stance(folder: &Path, arguments: &[&str]) -> Run {
    let done = command(folder, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Run { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
}

/// Asserts that a run could not do what it was asked, and said so in these words, on standard error alone.
#[track_caller]
fn assert_refused(run: &Run, words: &[&str]) {
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.out, "", "a refusal prints no result");
    for word in words {
        assert!(run.err.contains(word), "{word:?} is not in {}", run.err);
    }
}

#[test]
fn a_finding_ends_with_1_and_its_absence_with_0() {
    let folder = Folder::notebook();
    let run = folder.scan(&["--check", DIRECT]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("main.tf:7:3") && run.out.contains(DIRECT), "{}", run.out);
    let run = folder.scan(&["--check", DIRECT, "--var", "access=Disabled"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let empty = Folder::of(&[]);
    assert_eq!(empty.scan(&[]).code, Some(0));
}

#[test]
fn what_cannot_run_ends_with_2() {
    let folder = Folder::notebook();
    for (arguments, words) in [
        (&["scan", "nowhere"][..], &["nowhere", "No such file"][..]),
        (&["scan", ".", "--format", "pdf"], &["invalid value 'pdf'", "sarif"]),
        (&["scan", ".", "--fail-on", "worst"], &["invalid value 'worst'", "critical"]),
        (&["scan", ".", "--min-severity", "never"], &["invalid value 'never'"]),
        (&["scan", ".", "--quiet", "--verbose"], &["cannot be used with"]),
        (&["scan", ".", "--var", "access"], &["--var access is not NAME=VALUE"]),
        (&["scan", ".", "--var-file", "no.tfvars"], &["cannot read no.tfvars"]),
        (&["scan", ".", "--exceptions", "no.yaml"], &["cannot read no.yaml"]),
        (&["scan", ".", "--catalog", "nowhere"], &["nowhere"]),
        (&["scan", ".", "--unknown"], &["unexpected argument '--unknown'"]),
        (&["explode"], &["unrecognized subcommand 'explode'"]),
        (&["check", "show", "aws-sagemaker-notebook-direct-internt"], &["did you mean", DIRECT]),
        (&["check", "list", "--provider", "oracle"], &["no checks of provider \"oracle\""]),
        (&["check", "test", "nowhere"], &["cannot read nowhere"]),
        (&["completions", "tcl"], &["invalid value 'tcl'"]),
    ] {
        assert_refused(&folder.run(arguments), words);
    }
}

#[test]
fn one_file_is_scanned_as_its_folder() {
    let folder = Folder::of(&[("sub/main.tf", NOTEBOOK), ("sub/other.tf", "locals {}")]);
    let run = folder.run(&["scan", "sub/main.tf", "--check", DIRECT]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("main.tf:7:3"), "{}", run.out);
    let run = folder.run(&["scan", "sub/other.tf"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn help_shows_examples() {
    let folder = Folder::of(&[]);
    for command in [&["scan", "--help"][..], &["check", "--help"], &["completions", "--help"]] {
        let run = folder.run(command);
        assert_eq!(run.code, Some(0));
        assert!(
            run.out.contains("Example") && run.out.contains(&format!("  stance {}", command[0])),
            "{run:?}"
        );
    }
    let run = folder.run(&["--help"]);
    assert!(run.out.contains("Exit codes: 0") && run.out.contains("2 could not run"), "{run:?}");
    assert_refused(&folder.run(&[]), &["Usage: stance"]);
    let run = folder.run(&["--version"]);
    assert_eq!(run.out.trim(), format!("stance {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_for_every_shell() {
    let folder = Folder::of(&[]);
    for (shell, words) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef stance"),
        ("fish", "complete -c stance"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let run = folder.run(&["completions", shell]);
        assert_eq!((run.code, run.out.contains(words)), (Some(0), true), "{shell}");
    }
}
