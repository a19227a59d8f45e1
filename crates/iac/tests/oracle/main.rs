//! Terraform itself as the oracle of its language and its functions.
//!
//! A case is a folder with `expressions.txt`, one expression in each line, and `answers.txt` with, line by line, what
//! Terraform 1.11 gives for `jsonencode` of it: the JSON text, or one of the words `error`, `sensitive` and `unknown`.
//! Whatever else is in the folder is the root module in which the expressions are asked: none for `functions` and
//! `language`, a small one in each folder of `configurations`.
//!
//! Our own evaluation is compared with the recorded answers always, and the recorded answers with Terraform's own
//! where a `terraform` is on the path. After a change of a case, `STANCE_RECORD=1 cargo test -p iac --test oracle`
//! writes the answers anew.
//!
//! What is deliberately not asked, because our values answer otherwise:
//! - Numbers are whole ones of 64 bits, or doubles that are computed with as decimals; Terraform's have 512 binary
//!   digits (`1.1 * 1.1` shows the last of them), a negative zero, and infinity for `1 / 0`, which is an error here.
//! - A list, a tuple and a set are one kind of value, and so are a map and an object. So `["a"] == tolist(["a"])` is
//!   true, a set can be indexed, and a conditional whose branches have no common type is the branch that was chosen.
//!   That elements of a set are their own keys is known where it is written: of calls, locals and variables, not of
//!   the variable of a `for`.
//! - `&&`, `||`, and conditionals of equal branches are decided without what is not known, has failed or is null on
//!   the side that does not matter: Terraform does so from 1.12 on for `&&` and `||`. `can` of what is not known is
//!   true.
//! - What is not known has no type, so that its attributes are not known either; nor are bounds of its length.
//! - An output that is declared to be sensitive is so for whoever reads it; the console shows it.
//! - What Terraform refuses before it evaluates is evaluated, or fails where `try` sees it: names that are not
//!   declared, words of the language as keys, `.0.1`, and templates for `templatestring` that are written out.
//! - `list.*.a.0` reads as `list.*.a[0]`, the first of the results.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod case;
mod console;

use iac::terraform::functions::NAMES;

use case::{Case, cases};
use console::Terraform;

/// Functions whose results cannot be compared: of the run, of the machine, of chance, or of the compressor.
const INCOMPARABLE: [&str; 7] =
    ["base64gzip", "bcrypt", "plantimestamp", "rsadecrypt", "timestamp", "uuid", "filebase64sha512"];

/// The lines in which two lists of answers differ, for a person.
fn differences(case: &Case, ours: &[String], theirs: &[String]) -> String {
    let all = case.expressions();
    assert_eq!(all.len(), theirs.len(), "{}: as many answers as expressions", case.name());
    let rows = all.iter().zip(ours).zip(theirs).filter(|((_, ours), theirs)| ours != theirs);
    rows.map(|((expression, ours), theirs)| {
        format!("{}: {expression}\n  ours:   {ours}\n  theirs: {theirs}\n", case.name())
    })
    .collect()
}

#[test]
fn we_answer_as_terraform_did() {
    let cases = cases();
    let asked: usize = cases.iter().map(|case| case.expressions().len()).sum();
    assert!(asked >= 2_000, "only {asked} expressions");
    for case in &cases {
        let failed = case.recorded().iter().filter(|answer| *answer == "error").count();
        assert!(2 * failed < case.expressions().len(), "{}: is the module itself wrong?", case.name());
    }
    let differences: String =
        cases.iter().map(|case| differences(case, &case.our_answers(), &case.recorded())).collect();
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
fn every_function_is_asked_for() {
    let cases = cases();
    let called = |name: &str| {
        let call = format!("{name}(");
        cases.iter().any(|case| case.expressions().iter().any(|e| e.contains(&call)))
    };
    let missing: Vec<&&str> = NAMES.iter().filter(|n| !INCOMPARABLE.contains(n) && !called(n)).collect();
    assert!(missing.is_empty(), "no expression calls {missing:?}");
}

#[test]
fn terraform_still_answers_the_same() {
    if !Terraform::is_there() {
        println!(
            "SKIPPED: there is no terraform on the path, so the recorded answers were not compared with it"
        );
        return;
    }
    let record = std::env::var_os("STANCE_RECORD").is_some();
    let mut all = String::new();
    for case in cases() {
        let terraform = Terraform::inside(&case).unwrap();
        let expressions = case.expressions();
        let mut answers = terraform.answers(&expressions).unwrap();
        if record {
            case.record(&answers);
            continue;
        }
        // A console that the machine cut short says nothing, which reads as an error: ask again, alone.
        let recorded = case.recorded();
        for (i, expression) in expressions
            .iter()
            .enumerate()
            .filter(|(i, _)| recorded.get(*i) != answers.get(*i))
            .collect::<Vec<_>>()
        {
            for _ in 0..2 {
                if recorded.get(i) != answers.get(i) {
                    answers[i] = terraform.answers(&[expression]).unwrap().concat();
                }
            }
        }
        all += &differences(&case, &recorded, &answers);
    }
    assert!(all.is_empty(), "\n{all}");
}
