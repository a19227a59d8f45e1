//! Every patch on a card, proven on the failing cases of its own check: the case's text is fixed, evaluated again, and
//! must then pass.

use std::collections::BTreeSet;

use catalog::{Catalog, Check};
use collect::Tree;
use iac::write::Dialect;
use model::{Outcome, Status};

use crate::cases::{self, Case};
use crate::fix::{FixSelection, Verdict, plan};
use crate::run::{Request, conclude};
use crate::translated::translations;

const NOTHING: &str = "no finding to fix";

/// What became of the patch of a check on one of its failing cases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FixedCase {
    pub check: String,
    pub case: String,
    /// The dialects that the case is written in: `terraform`.
    pub dialects: BTreeSet<&'static str>,
    /// The diff, or why there is none.
    pub result: Result<String, String>,
}

/// Fixes the failing cases in `files` (path below a catalogue folder, text) that are written in a dialect.
pub fn prove_cases(catalog: &Catalog, files: &[(String, String)]) -> Vec<FixedCase> {
    let tests: Vec<_> = files.iter().filter(|(path, _)| path.ends_with("tests.yaml")).collect();
    let each = cases::in_parallel(&tests, |(path, text)| {
        let Some(check) = cases::check_of(catalog, path) else { return Vec::new() };
        if check.card.fix.as_ref().is_none_or(|fix| fix.set.is_empty()) {
            return Vec::new();
        }
        let Ok(cases) = cases::read(text) else { return Vec::new() };
        let failing = cases.iter().filter(|case| case.fails());
        failing.flat_map(|case| fixed(catalog, check, case)).collect()
    });
    let mut all: Vec<FixedCase> = each.into_iter().flatten().collect();
    all.sort();
    all
}

/// The case as it is written, and what it states in every other dialect.
fn fixed(catalog: &Catalog, check: &Check, case: &Case) -> Vec<FixedCase> {
    let id = &*check.card.id.text;
    let request = Request { exceptions: case.exceptions(), ..Request::default() };
    let Ok(observations) = cases::observed(catalog, check, case, &request) else { return Vec::new() };
    let result = |dialects: BTreeSet<&'static str>, tree: &Tree, address: Option<String>| {
        let wanted = FixSelection { checks: vec![id.to_owned()], address, with_unsafe: true };
        let plan = plan(tree, &request, catalog, &wanted);
        let refused = plan.proposals.iter().find_map(|p| match &p.verdict {
            Verdict::Refused(reason) => Some(reason.clone()),
            _ => None,
        });
        let result = match (refused, &plan.proposals[..]) {
            (Some(reason), _) => Err(reason),
            (None, []) => Err(NOTHING.into()),
            (None, proposals) => Ok(proposals.iter().map(|p| &*p.diff).collect()),
        };
        FixedCase { check: id.to_owned(), case: case.name().to_owned(), dialects, result }
    };
    let mut all = Vec::new();
    let own = case.dialects();
    if !case.texts().is_empty() {
        all.push(result(own.clone(), &Tree::of_texts(case.texts()), case.address.clone()));
    }
    let snapshot = conclude(observations.clone(), &request, catalog);
    let mine = |o: &&Outcome| {
        *o.check == *id && o.status == Status::Fail && case.address.as_ref().is_none_or(|a| **a == *o.address)
    };
    let Some(outcome) = snapshot.outcomes.iter().find(mine) else { return all };
    let wanted = |dialect: Dialect| !own.contains(dialect.as_str());
    for written in translations(catalog, observations, &outcome.asset, wanted) {
        let tree = Tree::of_texts([(written.dialect.file(), &*written.text)]);
        let fixed = result([written.dialect.as_str()].into(), &tree, Some(written.address));
        // Where the finding does not exist in the dialect there is nothing to fix.
        if fixed.result.as_ref().err().is_none_or(|reason| reason != NOTHING) {
            all.push(fixed);
        }
    }
    all
}
