//! The examples on the cards of keys: each is made into a text with something like a key in it, and scanned.

use catalog::{Catalog, Text, expand};
use scan::secrets::Scanner;

use crate::cases::{CaseFailure, CaseReport};

/// Runs the examples of the cards in `files` (path below a catalogue folder, text), those whose path begins with `below`.
pub fn run_examples(catalog: &Catalog, files: &[(String, String)], below: &str) -> CaseReport {
    let scanner = Scanner::new(catalog);
    let mut report = CaseReport::default();
    for (card, rule) in catalog.secret_rules() {
        let path = card.file.strip_prefix("catalog/").unwrap_or(&card.file);
        if !path.starts_with(below) || !files.iter().any(|(file, _)| file == path) {
            continue;
        }
        report.checks += 1;
        let mut run = |example: &Text, expected: bool| {
            report.cases += 1;
            let text = expand(example, &rule.id);
            let found = scanner.forms(&rule.example_path, text.as_bytes());
            if found.contains(&&*rule.id.text) != expected {
                let not = if expected { "not found" } else { "found" };
                let others = match &*found {
                    [] => String::new(),
                    others => format!(" (found: {})", others.join(", ")),
                };
                report.failures.push(CaseFailure {
                    place: format!("{path}:{}", example.line),
                    message: format!("{} is {not} in `{}`{others}", &*rule.id, &**example),
                });
            }
        };
        rule.found.iter().for_each(|example| run(example, true));
        rule.not_found.iter().for_each(|example| run(example, false));
    }
    report
}
