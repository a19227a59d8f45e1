//! Fixes: each open fault's patch as a change of the file it stands in, proven by evaluating the changed files again.
//!
//! Nothing is written to the disk here. A fix whose proof fails is not offered, and says why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::{Catalog, Fix, cel};
use collect::{Limits, Tree};
use iac::edit::{self, Drafts};
use model::{Asset, AssetId, CoverageStatus, Outcome, Severity, Snapshot, Status};
use policy::wanting;

use crate::diff::{Hidden, unified};
use crate::run::{Request, RunError, run};

/// Evaluations of the whole tree that one plan may take.
const MAX_PROOFS: usize = 200;

/// Which fixes are wanted.
#[derive(Clone, Debug, Default)]
pub struct FixSelection {
    /// Ids of checks, or beginnings of ids with a final `*`; empty for all.
    pub checks: Vec<String>,
    /// Only at this address.
    pub address: Option<String>,
    /// Also those that could break a working deployment.
    pub with_unsafe: bool,
}

/// A change that would end one finding.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub check: Arc<str>,
    pub title: Arc<str>,
    pub severity: Severity,
    pub asset: AssetId,
    pub address: Arc<str>,
    /// Unified diff of this change alone; empty where it cannot be written.
    pub diff: String,
    pub verdict: Verdict,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// With the change the finding is gone and nothing new appears.
    Proven,
    /// It could break a working deployment and was not asked for.
    Withheld,
    Refused(String),
}

/// A file as it is and as it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    pub path: Arc<str>,
    pub before: Arc<str>,
    pub after: Arc<str>,
}

/// All proposals, and the files with all proven ones made.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub proposals: Vec<Proposal>,
    pub files: Vec<FileChange>,
}

/// Plans the fixes of a folder.
pub fn fix(request: &Request, catalog: &Catalog, wanted: &FixSelection) -> Result<Plan, RunError> {
    let tree = Tree::open(&request.root, Limits::default(), iac::wants)?;
    Ok(plan(&tree, request, catalog, wanted))
}

/// Puts into every failed outcome the diff of its fix, where that can be written.
pub(crate) fn render(tree: &Tree, catalog: &Catalog, snapshot: &mut Snapshot) {
    let hidden = Hidden::of(&snapshot.assets);
    let mut base = Drafts::new(tree);
    let mut budget = Budget::new(tree);
    let Snapshot { assets, outcomes, .. } = snapshot;
    for outcome in outcomes.iter_mut().filter(|o| o.status == Status::Fail) {
        let Some((asset, fix)) = parts(catalog, assets, outcome) else { continue };
        if !budget.takes(asset) {
            continue;
        }
        base.preload(asset);
        if let Ok(diff) = alone(&base, catalog, asset, fix, &hidden) {
            outcome.patch = vec![diff];
        }
    }
}

/// Bytes of text that the changes of one run may go through: every change reads its file as a whole.
const MAX_TEXT: usize = 16 << 20;

/// How much of that is left.
struct Budget<'t> {
    tree: &'t Tree,
    sizes: BTreeMap<Arc<str>, usize>,
    left: usize,
}

impl<'t> Budget<'t> {
    fn new(tree: &'t Tree) -> Self {
        Budget { tree, sizes: BTreeMap::new(), left: MAX_TEXT }
    }

    /// Whether a change of this asset's file is still within it.
    fn takes(&mut self, asset: &Asset) -> bool {
        let Some(at) = asset.position() else { return true };
        let tree = self.tree;
        let size = *self
            .sizes
            .entry(at.path.clone())
            .or_insert_with(|| tree.read(&at.path).map_or(0, |bytes| bytes.len()));
        let within = size <= self.left;
        self.left -= size.min(self.left);
        within
    }
}

/// The asset of an outcome, and its fix where that is a patch.
fn parts<'a>(catalog: &'a Catalog, assets: &'a [Asset], outcome: &Outcome) -> Option<(&'a Asset, &'a Fix)> {
    let fix = catalog.check(&outcome.check)?.card.fix.as_ref().filter(|fix| !fix.set.is_empty())?;
    let at = assets.binary_search_by(|asset| asset.id.cmp(&outcome.asset)).ok()?;
    Some((&assets[at], fix))
}

fn set(drafts: &mut Drafts<'_>, catalog: &Catalog, asset: &Asset, fix: &Fix) -> Result<(), String> {
    edit::set(drafts, catalog, asset, wanting(catalog, fix, asset).map(|(path, value)| (&**path, value)))
}

/// The diff of one fix.
fn alone(
    base: &Drafts<'_>,
    catalog: &Catalog,
    asset: &Asset,
    fix: &Fix,
    hidden: &Hidden,
) -> Result<String, String> {
    let mut drafts = base.clone();
    set(&mut drafts, catalog, asset, fix)?;
    let diff: String = drafts.changed().map(|(path, old, new)| unified(path, old, new, hidden)).collect();
    if diff.is_empty() { Err("the file says so already".into()) } else { Ok(diff) }
}

/// Plans the fixes of any tree.
pub(crate) fn plan(tree: &Tree, request: &Request, catalog: &Catalog, wanted: &FixSelection) -> Plan {
    // A change is judged by every check, whichever fixes are wanted.
    let before = run(tree, request, catalog);
    let hidden = Hidden::of(&before.assets);
    let chosen = |o: &&Outcome| {
        let named = wanted.checks.is_empty() || wanted.checks.iter().any(|p| cel::glob(p, &o.check));
        named && o.is_open_fault() && wanted.address.as_ref().is_none_or(|a| **a == *o.address)
    };
    let mut base = Drafts::new(tree);
    let mut budget = Budget::new(tree);
    let mut proposals = Vec::new();
    let mut changes: Vec<Option<Change<'_>>> = Vec::new();
    for outcome in before.outcomes.iter().filter(chosen) {
        let Some((asset, fix)) = parts(catalog, &before.assets, outcome) else { continue };
        let diff = if budget.takes(asset) {
            base.preload(asset);
            alone(&base, catalog, asset, fix, &hidden)
        } else {
            Err("there are too many changes in files of this size; apply those that are shown and ask again"
                .to_owned())
        };
        let (diff, verdict) = match diff {
            Ok(diff) if fix.safe || wanted.with_unsafe => (diff, Verdict::Proven),
            Ok(diff) => (diff, Verdict::Withheld),
            Err(reason) => (String::new(), Verdict::Refused(reason)),
        };
        changes.push((verdict == Verdict::Proven).then_some(Change { outcome, asset, fix }));
        proposals.push(Proposal {
            check: outcome.check.clone(),
            title: outcome.title.clone(),
            severity: outcome.severity,
            asset: outcome.asset.clone(),
            address: outcome.address.clone(),
            diff,
            verdict,
        });
    }
    let mut prover = Prover { tree, request, catalog, before: &before, changes: &changes, left: MAX_PROOFS };
    let candidates: Vec<usize> = (0..changes.len()).filter(|i| changes[*i].is_some()).collect();
    let (accepted, refused) = prover.prove(candidates);
    for (index, reason) in refused {
        proposals[index].verdict = Verdict::Refused(reason);
    }
    let files = match prover.drafts(&accepted) {
        Ok(drafts) => drafts
            .changed()
            .map(|(path, before, after)| FileChange {
                path: path.clone(),
                before: before.clone(),
                after: after.clone(),
            })
            .collect(),
        Err(_) => Vec::new(),
    };
    Plan { proposals, files }
}

struct Change<'b> {
    outcome: &'b Outcome,
    asset: &'b Asset,
    fix: &'b Fix,
}

struct Prover<'b> {
    tree: &'b Tree,
    request: &'b Request,
    catalog: &'b Catalog,
    before: &'b Snapshot,
    changes: &'b [Option<Change<'b>>],
    /// Evaluations that may still be made.
    left: usize,
}

/// Why a group of changes does not hold.
enum Trouble {
    /// These findings are still there, each with a reason.
    Still(Vec<(usize, String)>),
    /// Something else is worse than before, or the changes do not go together.
    Worse(String),
}

impl<'b> Prover<'b> {
    /// All together first; where that does not hold, ever smaller groups, each on top of what holds.
    fn prove(&mut self, candidates: Vec<usize>) -> (Vec<usize>, Vec<(usize, String)>) {
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        let mut open = vec![candidates];
        while let Some(group) = open.pop() {
            if group.is_empty() {
                continue;
            }
            let mut together = [&*accepted, &*group].concat();
            together.sort_unstable();
            match self.attempt(&together, &group) {
                Ok(()) => accepted = together,
                Err(Trouble::Still(still)) if still.len() == group.len() => refused.extend(still),
                Err(Trouble::Still(still)) => {
                    let (kept, again): (Vec<usize>, Vec<usize>) =
                        group.into_iter().partition(|i| still.iter().any(|(s, _)| s == i));
                    open.extend([kept, again]);
                }
                Err(Trouble::Worse(reason)) if group.len() == 1 => refused.push((group[0], reason)),
                Err(Trouble::Worse(_)) => {
                    let (first, second) = group.split_at(group.len() / 2);
                    open.extend([second.to_vec(), first.to_vec()]);
                }
            }
        }
        (accepted, refused)
    }

    fn drafts(&self, group: &[usize]) -> Result<Drafts<'b>, String> {
        let mut drafts = Drafts::new(self.tree);
        for change in group.iter().filter_map(|i| self.changes[*i].as_ref()) {
            set(&mut drafts, self.catalog, change.asset, change.fix)?;
        }
        Ok(drafts)
    }

    fn attempt(&mut self, together: &[usize], group: &[usize]) -> Result<(), Trouble> {
        if self.left == 0 {
            let reason = format!("not tried: {MAX_PROOFS} evaluations were not enough for all");
            return Err(Trouble::Still(group.iter().map(|i| (*i, reason.clone())).collect()));
        }
        self.left -= 1;
        let drafts = self.drafts(together).map_err(Trouble::Worse)?;
        let texts: Vec<(&str, Arc<str>)> = drafts.changed().map(|(p, _, new)| (&**p, new.clone())).collect();
        let after = run(&self.tree.with_texts(texts), self.request, self.catalog);
        self.judge(&after, together, group)
    }

    /// The findings are gone, everything that was seen still is, and no outcome is worse.
    fn judge(&self, after: &Snapshot, together: &[usize], group: &[usize]) -> Result<(), Trouble> {
        let there: BTreeSet<&AssetId> = after.assets.iter().map(|a| &a.id).collect();
        if let Some(lost) = self.before.assets.iter().find(|a| !there.contains(&a.id)) {
            return Err(Trouble::Worse(format!("{} could no longer be read", lost.address)));
        }
        let (old, new) = (gaps(self.before), gaps(after));
        let worse = new.iter().find(|(gap, count)| old.get(*gap).is_none_or(|before| before < *count));
        if let Some(((path, reason), _)) = worse {
            return Err(Trouble::Worse(format!("{path} could no longer be read: {reason}")));
        }
        let earlier: BTreeMap<_, Status> =
            self.before.outcomes.iter().map(|o| (o.identity(), o.status)).collect();
        let target = |i: &usize| self.changes[*i].as_ref().map(|c| c.outcome.identity());
        let targets: BTreeMap<_, usize> = together.iter().filter_map(|i| Some((target(i)?, *i))).collect();
        let mut still = Vec::new();
        for outcome in &after.outcomes {
            let was = earlier.get(&outcome.identity());
            let because = || format!("{} on {}: {}", outcome.check, outcome.address, outcome.because);
            match (outcome.status, was, targets.get(&outcome.identity())) {
                (Status::Pass, ..) => {}
                (Status::Fail, _, Some(index)) => {
                    still.push((*index, format!("it would still fail: {}", outcome.because)));
                }
                (Status::Unknown, _, Some(index)) => {
                    still.push((*index, format!("it could then not be decided: {}", outcome.because)));
                }
                (Status::Fail, Some(Status::Fail), None) => {}
                (Status::Fail, _, None) => {
                    return Err(Trouble::Worse(format!("a new finding would appear, {}", because())));
                }
                (Status::Unknown, Some(Status::Fail | Status::Unknown), None) => {}
                (Status::Unknown, _, None) => {
                    return Err(Trouble::Worse(format!("it would leave undecided {}", because())));
                }
            }
        }
        let ours: Vec<(usize, String)> = still.iter().filter(|(i, _)| group.contains(i)).cloned().collect();
        match (still.is_empty(), ours.is_empty()) {
            (true, _) => Ok(()),
            (false, false) => Err(Trouble::Still(ours)),
            // What held before does not hold with these.
            (false, true) => Err(Trouble::Worse("it would undo another fix".into())),
        }
    }
}

/// What could not be read or assessed, by file and reason: places move with the changes.
fn gaps(snapshot: &Snapshot) -> BTreeMap<(&str, &str), usize> {
    let mut gaps = BTreeMap::new();
    for note in &snapshot.coverage {
        if matches!(note.status, CoverageStatus::Failed | CoverageStatus::Partial) {
            let path = note.path.split(':').next().unwrap_or_default();
            *gaps.entry((path, note.reason.as_deref().unwrap_or_default())).or_default() += 1;
        }
    }
    gaps
}
