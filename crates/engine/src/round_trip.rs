//! Every patch on a card, proven on the failing cases of its own check: the case's text is fixed, evaluated again, and
//! must then pass.

use std::collections::BTreeSet;

use catalog::Catalog;
use collect::Tree;

use crate::cases::{self, Case};
use crate::fix::{FixSelection, Verdict, plan};
use crate::run::Request;

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
        let failing = cases.iter().filter(|case| case.fails() && !case.texts().is_empty());
        failing.map(|case| fixed(catalog, &check.card.id, case)).collect()
    });
    let mut all: Vec<FixedCase> = each.into_iter().flatten().collect();
    all.sort();
    all
}

fn fixed(catalog: &Catalog, check: &str, case: &Case) -> FixedCase {
    let tree = Tree::of_texts(case.texts());
    let exceptions = case.exceptions();
    let request = Request { exceptions, ..Request::default() };
    let wanted =
        FixSelection { checks: vec![check.to_owned()], address: case.address.clone(), with_unsafe: true };
    let plan = plan(&tree, &request, catalog, &wanted);
    let refused = plan.proposals.iter().find_map(|p| match &p.verdict {
        Verdict::Refused(reason) => Some(reason.clone()),
        _ => None,
    });
    let result = match (refused, &plan.proposals[..]) {
        (Some(reason), _) => Err(reason),
        (None, []) => Err("no finding to fix".into()),
        (None, proposals) => Ok(proposals.iter().map(|p| &*p.diff).collect()),
    };
    FixedCase { check: check.to_owned(), case: case.name().to_owned(), dialects: case.dialects(), result }
}
