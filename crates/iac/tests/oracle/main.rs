//! Terraform itself as the oracle of its functions.
//!
//! `expressions.txt` has one expression in each line; `answers.txt` has, in the same line, what Terraform 1.11 gives
//! for `jsonencode` of it: the JSON text, or the word `error`, or `unknown` when even Terraform does not know.
//! Our own evaluation is compared with the recorded answers always, and the recorded answers with Terraform's own
//! where a `terraform` is on the path. After a change of the expressions, `cargo test -p iac --test oracle -- --ignored`
//! records the answers anew.

mod console;
mod ours;

use iac::terraform::functions::{NAMES, render_json};
use model::Node;

const EXPRESSIONS: &str = include_str!("expressions.txt");
const ANSWERS: &str = include_str!("answers.txt");

/// Functions whose results cannot be compared: of the run, of the machine, of chance, or of the compressor.
const INCOMPARABLE: [&str; 7] =
    ["base64gzip", "bcrypt", "plantimestamp", "rsadecrypt", "timestamp", "uuid", "filebase64sha512"];

fn expressions() -> Vec<&'static str> {
    EXPRESSIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// What `jsonencode` of our value is, in the words of `answers.txt`.
fn answer(value: Result<Node, String>) -> String {
    match value {
        Err(_) => "error".to_owned(),
        Ok(node) => render_json(&node).map_or_else(|_| "unknown".to_owned(), |json| json.to_string()),
    }
}

/// The lines in which two lists of answers differ, for a person.
fn differences(of: &[&str], ours: &[String], theirs: &[String]) -> String {
    assert_eq!(of.len(), theirs.len(), "answers.txt has another number of lines than expressions.txt");
    let rows = of.iter().zip(ours).zip(theirs).filter(|((_, ours), theirs)| ours != theirs);
    rows.map(|((expression, ours), theirs)| format!("{expression}\n  ours:   {ours}\n  theirs: {theirs}\n"))
        .collect()
}

fn recorded() -> Vec<String> {
    ANSWERS.lines().map(str::to_owned).collect()
}

#[test]
fn our_functions_answer_as_terraform_did() {
    let all = expressions();
    assert!(all.len() >= 400, "only {} expressions", all.len());
    let ours: Vec<String> = all.iter().map(|e| answer(ours::evaluate(e))).collect();
    let differences = differences(&all, &ours, &recorded());
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
fn every_function_is_asked_for() {
    let called = |name: &str| expressions().iter().any(|e| e.contains(&format!("{name}(")));
    let missing: Vec<&&str> = NAMES.iter().filter(|n| !INCOMPARABLE.contains(n) && !called(n)).collect();
    assert!(missing.is_empty(), "no expression calls {missing:?}");
}

#[test]
fn terraform_still_answers_the_same() {
    let Some(terraform) = console::Terraform::find() else {
        println!(
            "SKIPPED: there is no terraform on the path, so the recorded answers were not compared with it"
        );
        return;
    };
    let all = expressions();
    let differences = differences(&all, &recorded(), &terraform.answers(&all).unwrap());
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
#[ignore = "writes answers.txt from the terraform on the path"]
fn record() {
    let terraform = console::Terraform::find().expect("a terraform on the path");
    let answers = terraform.answers(&expressions()).unwrap().join("\n") + "\n";
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/answers.txt");
    std::fs::write(file, answers).expect("answers.txt can be written");
}
