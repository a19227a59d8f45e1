//! The cases of checks: `tests.yaml` beside each `check.yaml`, run through the same way as a scan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::{Catalog, Check, node_of_json};
use collect::Tree;
use iac::write::Dialect;
use model::{Asset, AssetId, Evidence, Observations, Outcome, Status};
use policy::Selection;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::run::{Request, conclude, observe};
use crate::techniques;
use crate::translated::{Elsewhere, elsewhere};

/// The date of a case that does not say one.
const TODAY: &str = "2026-01-01";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Case {
    pub(crate) name: Spanned<String>,
    /// Of a check.
    expect: Option<Expect>,
    /// Of a technique: its steps, one line each.
    pub(crate) steps: Option<Vec<String>>,
    document: Option<serde_json::Value>,
    kind: Option<String>,
    /// Files by their path, for what needs more than one.
    #[serde(default)]
    files: BTreeMap<String, String>,
    terraform: Option<String>,
    github: Option<String>,
    azure_pipelines: Option<String>,
    gitlab: Option<String>,
    kubernetes: Option<String>,
    compose: Option<String>,
    dockerfile: Option<String>,
    cloudformation: Option<String>,
    bicep: Option<String>,
    arm: Option<String>,
    pub(crate) address: Option<String>,
    line: Option<u32>,
    because: Option<String>,
    today: Option<String>,
    /// The dialects that the case holds in, where it does not hold in all that its resources can be written in.
    dialects: Option<Vec<String>>,
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
    pub(crate) fn texts(&self) -> Vec<(&str, &str)> {
        let dialects = [
            ("main.tf", &self.terraform),
            ("template.yaml", &self.cloudformation),
            ("main.bicep", &self.bicep),
            ("azuredeploy.json", &self.arm),
            (".github/workflows/main.yml", &self.github),
            ("azure-pipelines.yml", &self.azure_pipelines),
            (".gitlab-ci.yml", &self.gitlab),
            ("manifests.yaml", &self.kubernetes),
            ("compose.yaml", &self.compose),
            ("Dockerfile", &self.dockerfile),
        ];
        let given = dialects.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        given.chain(self.files.iter().map(|(name, text)| (&**name, &**text))).collect()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name.value
    }

    pub(crate) fn fails(&self) -> bool {
        self.expect == Some(Expect::Fail)
    }

    /// Nothing is accepted in a case; it has a date of its own.
    pub(crate) fn exceptions(&self) -> policy::Exceptions {
        let today = self.today.clone().unwrap_or_else(|| TODAY.to_owned());
        policy::Exceptions { declared: Vec::new(), today }
    }

    /// The dialects of its files, by their names.
    pub(crate) fn dialects(&self) -> BTreeSet<&'static str> {
        let texts = self.texts();
        texts.iter().map(|(path, text)| dialect(path, text)).collect()
    }
}

/// The dialect of a file of a case.
fn dialect(path: &str, text: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "tf" => "terraform",
        "bicep" => "bicep",
        _ if path.contains("compose") => "compose",
        _ if text.contains("schema.management.azure.com") => "arm",
        _ if text.contains("AWS::") => "cloudformation",
        "json" if path.ends_with(".tf.json") => "terraform",
        "yaml" | "yml" if text.contains("apiVersion:") => "kubernetes",
        _ => "other", // of a folder of several
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
    /// Cases that hold in at least two dialects.
    pub in_several: usize,
    /// The dialects that cases were written in, or translated into.
    pub dialects: BTreeSet<&'static str>,
    pub failures: Vec<CaseFailure>,
}

/// Runs the cases in `files` (path below a catalogue folder, text), those whose path begins with `below`.
pub fn run_cases(catalog: &Catalog, files: &[(String, String)], below: &str) -> CaseReport {
    let tests: Vec<_> =
        files.iter().filter(|(path, _)| path.ends_with("tests.yaml") && path.starts_with(below)).collect();
    let each = in_parallel(&tests, |(path, text)| run_file(catalog, path, text));
    let mut report = CaseReport::default();
    for one in each {
        report.checks += one.checks;
        report.cases += one.cases;
        report.in_several += one.in_several;
        report.dialects.extend(one.dialects);
        report.failures.extend(one.failures);
    }
    report.failures.extend(techniques::untested(catalog, files, below));
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

/// Does the work on each file, on every core.
pub(crate) fn in_parallel<T: Send + Default>(
    tests: &[&(String, String)],
    work: impl Fn(&(String, String)) -> T + Sync,
) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let take = || {
            let mut done = Vec::new();
            while let Some(test) = tests.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                done.push(work(test));
            }
            done
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

/// The check that a `tests.yaml` belongs to.
pub(crate) fn check_of<'c>(catalog: &'c Catalog, path: &str) -> Option<&'c Check> {
    let card = path.replace("tests.yaml", "check.yaml");
    catalog.checks.iter().find(|c| c.card.file.strip_prefix("catalog/").unwrap_or(&c.card.file) == card)
}

/// The cases of a `tests.yaml`, or the line and the reason that it cannot be read.
pub(crate) fn read(text: &str) -> Result<Vec<Case>, (u64, String)> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |l| l.line());
        (line, error.to_string().lines().next().unwrap_or_default().to_owned())
    })
}

fn run_file(catalog: &Catalog, path: &str, text: &str) -> CaseReport {
    if path.starts_with("techniques/") {
        return techniques::run_file(catalog, path, text);
    }
    let mut report = CaseReport { checks: 1, ..CaseReport::default() };
    let mut fail = |line: u64, message: String| {
        report.failures.push(CaseFailure { place: format!("{path}:{line}"), message });
    };
    let check = check_of(catalog, path);
    let Some(check) = check else {
        fail(1, format!("there is no check beside {path}"));
        return report;
    };
    let cases = match read(text) {
        Ok(cases) => cases,
        Err((line, message)) => {
            fail(line, message);
            return report;
        }
    };
    for expected in [Expect::Pass, Expect::Fail, Expect::Unknown] {
        if !cases.iter().any(|c| c.expect == Some(expected)) {
            fail(1, format!("no case expects {}", format!("{expected:?}").to_lowercase()));
        }
    }
    let count = cases.len();
    for case in cases {
        let line = case.name.referenced.line();
        match run_case(catalog, check, &case) {
            Ok(elsewhere) => {
                let mut dialects = case.dialects();
                dialects.extend(&elsewhere.same);
                report.in_several += usize::from(dialects.len() > 1);
                report.dialects.extend(dialects);
                for message in elsewhere.different {
                    fail(line, format!("{}: {message}", case.name.value));
                }
            }
            Err(message) => fail(line, format!("{}: {message}", case.name.value)),
        }
    }
    report.cases = count;
    report
}

/// What a case states: its document as an asset, or what the sources see in its files.
pub(crate) fn observed(
    catalog: &Catalog,
    check: &Check,
    case: &Case,
    request: &Request,
) -> Result<Observations, String> {
    let texts = case.texts();
    let observations = match (&case.document, &texts[..]) {
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
                sightings: Vec::new(),
            };
            Observations { assets: vec![asset], ..Observations::default() }
        }
        (None, [_, ..]) => observe(&Tree::of_texts(texts), request, catalog),
        _ => return Err("a case has either a document or the text of a dialect".into()),
    };
    Ok(observations)
}

fn run_case(catalog: &Catalog, check: &Check, case: &Case) -> Result<Elsewhere, String> {
    let selection = Selection { only: vec![check.card.id.to_string()], without: Vec::new() };
    let request = Request { selection, exceptions: case.exceptions(), ..Request::default() };
    let observations = observed(catalog, check, case, &request)?;
    let snapshot = conclude(observations.clone(), &request, catalog);
    let mine = |o: &&Outcome| case.address.as_ref().is_none_or(|a| **a == *o.address);
    let found: Vec<&Outcome> = snapshot.outcomes.iter().filter(mine).collect();
    let notes = || {
        let notes = snapshot
            .coverage
            .iter()
            .filter_map(|c| Some(format!("\n      {}: {}", c.path, c.reason.as_deref()?)));
        notes.collect::<String>()
    };
    let expect = case.expect.ok_or("a case of a check says what it expects")?;
    let outcome = match (&*found, expect) {
        ([], Expect::None) => return Ok(Elsewhere::default()),
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
    if Expect::from(outcome.status) != expect {
        let got = format!("{:?}", outcome.status).to_lowercase();
        let expected = format!("{expect:?}").to_lowercase();
        return Err(format!("expected {expected}, got {got}: {}{}", outcome.because, notes()));
    }
    if let Some(line) = case.line {
        let first = outcome.evidence.first().and_then(Evidence::position).map(|p| p.line);
        if first != Some(line) {
            return Err(format!("expected line {line}, got {first:?}"));
        }
    }
    if let Some(text) = &case.because
        && !outcome.because.contains(&**text)
    {
        return Err(format!("expected a sentence with {text:?}, got {:?}", outcome.because));
    }
    let own = case.dialects();
    let wanted = |dialect: Dialect| {
        let allowed = case.dialects.as_ref().is_none_or(|list| list.iter().any(|d| d == dialect.as_str()));
        allowed && !own.contains(dialect.as_str())
    };
    Ok(elsewhere(catalog, &request, observations, &outcome.asset, outcome.status, wanted))
}
