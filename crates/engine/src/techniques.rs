//! The cases of techniques: `tests.yaml` beside each `technique.yaml`. A case states files, and every step of the technique
//! that they give, no more and no fewer.

use std::sync::Arc;

use catalog::{Catalog, Technique};
use collect::Tree;

use crate::attack;
use crate::cases::{Case, CaseFailure, CaseReport, read};
use crate::link;
use crate::ontology::Cards;
use crate::run::{Request, observe};

pub(crate) fn run_file(catalog: &Catalog, path: &str, text: &str) -> CaseReport {
    let mut report = CaseReport { checks: 1, ..CaseReport::default() };
    let mut fail = |line: u64, message: String| {
        report.failures.push(CaseFailure { place: format!("{path}:{line}"), message });
    };
    let Some(technique) = catalog.techniques.iter().find(|t| tests_of(t) == path) else {
        fail(1, format!("there is no technique beside {path}"));
        return report;
    };
    let cases = match read(text) {
        Ok(cases) => cases,
        Err((line, message)) => {
            fail(line, message);
            return report;
        }
    };
    let empty = |case: &Case| case.steps.as_ref().is_some_and(Vec::is_empty);
    if cases.iter().all(empty) || !cases.iter().any(empty) {
        fail(1, "one case has steps, and one, the hardened twin, has none".into());
    }
    for case in &cases {
        if let Err(message) = run_case(catalog, technique, case) {
            fail(case.name.referenced.line(), format!("{}: {message}", case.name()));
        }
    }
    report.cases = cases.len();
    report
}

fn run_case(catalog: &Catalog, technique: &Technique, case: &Case) -> Result<(), String> {
    let expected = case.steps.as_ref().ok_or("a case of a technique has `steps`")?;
    let request = Request { exceptions: case.exceptions(), ..Request::default() };
    let mut observations = observe(&Tree::of_texts(case.texts()), &request, catalog);
    link::join(&mut observations);
    let graph = graph::build(observations, &Cards(catalog));
    let found = attack::with_facts(&graph, catalog, &[], &request, |facts, _| {
        paths::steps(facts, &technique.card.technique)
    });
    let mut expected: Vec<String> = expected.clone();
    expected.sort();
    if found == expected {
        return Ok(());
    }
    let notes =
        graph.coverage().iter().filter_map(|c| Some(format!("\n      {}: {}", c.path, c.reason.as_deref()?)));
    let notes: String = notes.take(6).collect();
    let list = |steps: &[String]| steps.iter().map(|s| format!("\n      {s}")).collect::<String>();
    Err(format!("expected steps{}\n    got{}{notes}", list(&expected), list(&found)))
}

fn tests_of(technique: &Technique) -> String {
    let file: &Arc<str> = &technique.card.file;
    file.strip_prefix("catalog/").unwrap_or(file).replace("technique.yaml", "tests.yaml")
}

/// Techniques without cases.
pub(crate) fn untested(catalog: &Catalog, files: &[(String, String)], below: &str) -> Vec<CaseFailure> {
    let has = |path: &str| files.iter().any(|(p, _)| p == path);
    let lacking = catalog.techniques.iter().filter(|technique| {
        let tests = tests_of(technique);
        let card = tests.replace("tests.yaml", "technique.yaml");
        tests.starts_with(below) && has(&card) && !has(&tests)
    });
    let failure = |technique: &Technique| CaseFailure {
        place: tests_of(technique),
        message: format!("{} has no tests", technique.card.technique.text),
    };
    lacking.map(failure).collect()
}
