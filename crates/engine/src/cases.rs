//! The cases of checks: `tests.yaml` beside each `check.yaml`, run through the same way as a scan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::{Catalog, Check, node_of_json};
use collect::Tree;
use model::{Asset, AssetId, Evidence, Observations, Outcome, Status};
use policy::Selection;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::run::{Request, conclude, run};

/// The date of a case that does not say one.
const TODAY: &str = "2026-01-01";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    name: Spanned<String>,
    expect: Expect,
    document: Option<serde_json::Value>,
    kind: Option<String>,
    /// Files by their path, for what needs more than one.
    #[serde(default)]
    files: BTreeMap<String, String>,
    terraform: Option<String>,
    github: Option<String>,
    azure_pipelines: Option<String>,
    gitlab: Option<String>,
    address: Option<String>,
    line: Option<u32>,
    because: Option<String>,
    today: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Pass,
    Fail,
    Unknown,
    /// The check does not apply.
    None,
}

impl From<Status> for Expect {
    fn from(status: Status) -> Self {
        match status {
            Status::Pass => Expect::Pass,
            Status::Fail => Expect::Fail,
            Status::Unknown => Expect::Unknown,
        }
    }
}

impl Case {
    /// The files of the case: each dialect's text under the name that its source looks for.
    fn texts(&self) -> Vec<(&str, &str)> {
        let dialects = [
            ("main.tf", &self.terraform),
            (".github/workflows/main.yml", &self.github),
            ("azure-pipelines.yml", &self.azure_pipelines),
            (".gitlab-ci.yml", &self.gitlab),
        ];
        let given = dialects.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        given.chain(self.files.iter().map(|(name, text)| (&**name, &**text))).collect()
    }
}

/// A case that did not go as it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseFailure {
    /// `checks/…/tests.yaml:12`
    pub place: String,
    pub message: String,
}

/// The result of running cases.
#[derive(Clone, Debug, Default)]
pub struct CaseReport {
    pub checks: usize,
    pub cases: usize,
    pub failures: Vec<CaseFailure>,
}

/// Runs the cases in `files` (path below a catalogue folder, text), those whose path begins with `below`.
pub fn run_cases(catalog: &Catalog, files: &[(String, String)], below: &str) -> CaseReport {
    let tests: Vec<_> =
        files.iter().filter(|(path, _)| path.ends_with("tests.yaml") && path.starts_with(below)).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let each: Vec<CaseReport> = std::thread::scope(|scope| {
        let share = tests.len().div_ceil(threads).max(1);
        let run = |some: &[&(String, String)]| {
            some.iter().map(|(p, t)| run_file(catalog, p, t)).collect::<Vec<_>>()
        };
        let running: Vec<_> = tests.chunks(share).map(|some| scope.spawn(move || run(some))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let mut report = CaseReport::default();
    for one in each {
        report.checks += one.checks;
        report.cases += one.cases;
        report.failures.extend(one.failures);
    }
    for check in &catalog.checks {
        let path = check.card.file.strip_prefix("catalog/").unwrap_or(&check.card.file);
        let tests = path.replace("check.yaml", "tests.yaml");
        if tests.starts_with(below)
            && files.iter().any(|(p, _)| p == path)
            && !files.iter().any(|(p, _)| *p == tests)
        {
            let message = format!("{} has no tests", check.card.id.text);
            report.failures.push(CaseFailure { place: tests, message });
        }
    }
    report.failures.sort();
    report
}

fn run_file(catalog: &Catalog, path: &str, text: &str) -> CaseReport {
    let mut report = CaseReport { checks: 1, ..CaseReport::default() };
    let mut fail = |line: u64, message: String| {
        report.failures.push(CaseFailure { place: format!("{path}:{line}"), message });
    };
    let card = path.replace("tests.yaml", "check.yaml");
    let check =
        catalog.checks.iter().find(|c| c.card.file.strip_prefix("catalog/").unwrap_or(&c.card.file) == card);
    let Some(check) = check else {
        fail(1, format!("there is no check at {card}"));
        return report;
    };
    let cases: Vec<Case> = match serde_saphyr::from_str(text) {
        Ok(cases) => cases,
        Err(error) => {
            let line = error.location().map_or(1, |l| l.line());
            fail(line, error.to_string().lines().next().unwrap_or_default().to_owned());
            return report;
        }
    };
    for expected in [Expect::Pass, Expect::Fail, Expect::Unknown] {
        if !cases.iter().any(|c| c.expect == expected) {
            fail(1, format!("no case expects {}", format!("{expected:?}").to_lowercase()));
        }
    }
    let count = cases.len();
    for case in cases {
        let line = case.name.referenced.line();
        if let Err(message) = run_case(catalog, check, &case) {
            fail(line, format!("{}: {message}", case.name.value));
        }
    }
    report.cases = count;
    report
}

fn run_case(catalog: &Catalog, check: &Check, case: &Case) -> Result<(), String> {
    let selection = Selection { only: vec![check.card.id.to_string()], without: Vec::new() };
    let today = case.today.clone().unwrap_or_else(|| TODAY.to_owned());
    let exceptions = policy::Exceptions { declared: Vec::new(), today };
    let request = Request { selection, exceptions, ..Request::default() };
    let texts = case.texts();
    let snapshot = match (&case.document, &texts[..]) {
        (Some(document), []) => {
            let kind = case.kind.as_deref().or(check.card.on.first().map(|k| &**k));
            let kind = kind.ok_or("a case of a check on a class needs a kind")?;
            let card = catalog.kind(kind).ok_or_else(|| format!("unknown kind {kind}"))?;
            let asset = Asset {
                id: AssetId("case".into()),
                kind: kind.into(),
                class: card.card.class,
                name: "case".into(),
                address: "case".into(),
                scope: "case".into(),
                source_type: "document".into(),
                aliases: BTreeSet::new(),
                document: node_of_json(document),
                evidence: vec![Evidence::Pointer { document: "case".into(), pointer: "".into() }],
            };
            conclude(Observations { assets: vec![asset], ..Observations::default() }, &request, catalog)
        }
        (None, [_, ..]) => run(&Tree::of_texts(texts), &request, catalog),
        _ => return Err("a case has either a document or the text of a dialect".into()),
    };
    let mine = |o: &&Outcome| case.address.as_ref().is_none_or(|a| **a == *o.address);
    let found: Vec<&Outcome> = snapshot.outcomes.iter().filter(mine).collect();
    let notes = || {
        let notes = snapshot
            .coverage
            .iter()
            .filter_map(|c| Some(format!("\n      {}: {}", c.path, c.reason.as_deref()?)));
        notes.collect::<String>()
    };
    let outcome = match (&*found, case.expect) {
        ([], Expect::None) => return Ok(()),
        ([], expected) => {
            return Err(
                format!("expected {expected:?}, but the check applied to nothing{}", notes()).to_lowercase()
            );
        }
        ([one], _) => one,
        (many, _) => {
            let addresses: BTreeSet<&Arc<str>> = many.iter().map(|o| &o.address).collect();
            return Err(format!("several assets have this check, name one by `address`: {addresses:?}"));
        }
    };
    if Expect::from(outcome.status) != case.expect {
        let got = format!("{:?}", outcome.status).to_lowercase();
        let expected = format!("{:?}", case.expect).to_lowercase();
        return Err(format!("expected {expected}, got {got}: {}{}", outcome.because, notes()));
    }
    if let Some(line) = case.line {
        let first = outcome.evidence.first().and_then(Evidence::position).map(|p| p.line);
        if first != Some(line) {
            return Err(format!("expected line {line}, got {first:?}"));
        }
    }
    match &case.because {
        Some(text) if !outcome.because.contains(&**text) => {
            Err(format!("expected a sentence with {text:?}, got {:?}", outcome.because))
        }
        _ => Ok(()),
    }
}
