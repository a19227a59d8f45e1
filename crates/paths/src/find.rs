//! The search over an attack graph: the best way from each entry to each target, what stands between them, and the
//! smallest set of fixes.

use std::collections::BTreeSet;

use catalog::cel::glob;
use model::{AttackPath, AttackPaths, ChokePoint, FixSet, Severity};

use crate::attack::{AttackGraph, weight};
use crate::rules::{Start, State};
use crate::search::{FixId, NodeId, Proof};
use crate::targets::{Wanted, wanted};

/// What is asked of the search.
#[derive(Clone, Debug)]
pub struct Options {
    /// Fixes, by id, that are taken as done.
    pub without: Vec<String>,
    /// Ways to one target from one entry.
    pub ways: usize,
    /// The AI verb matrix is wanted too.
    pub permissions: bool,
    /// Assets (address or id, `*` allowed) that must stay as they are: no fix is done to them.
    pub keep: Vec<String>,
    /// Paths of at least this risk are to be broken by the smallest set of fixes.
    pub break_from: Severity,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            without: Vec::new(),
            ways: 1,
            permissions: false,
            keep: Vec::new(),
            break_from: Severity::Medium,
        }
    }
}

/// Work that one search for alternatives, or for the smallest set of fixes, may take, in edges looked at.
const WORK: u64 = 50_000_000;
/// Choke points that are told.
const MAX_CHOKES: usize = 20;
/// Choke points that are tried by taking them out, where premises are joined.
const CANDIDATES: usize = 4096;

/// One target reached from one entry.
pub(crate) struct Found<'f> {
    pub entry: usize,
    pub wanted: Wanted<'f>,
    pub proof: Proof,
    pub path: AttackPath,
}

impl<'f> AttackGraph<'f> {
    /// Paths, choke points and the smallest set of fixes, the riskiest path first.
    pub fn find(&self, options: &Options) -> AttackPaths {
        let found = self.found(options.ways.max(1));
        let permissions = match options.permissions {
            true => self.matrix(&|_| true, &|_| true, &|_| true).cells,
            false => Vec::new(),
        };
        AttackPaths {
            choke_points: self.choke_points(&found),
            smallest_fix: self.smallest_fix(&found, options),
            paths: found.into_iter().map(|f| f.path).collect(),
            posture: None,
            permissions,
        }
    }

    /// The best paths for each entry and target. What the open internet reaches by itself is told as the internet's:
    /// another entry is named only where it is needed.
    fn found(&self, ways: usize) -> Vec<Found<'f>> {
        let targets = wanted(&self.facts);
        let mut found = Vec::new();
        for entry in 0..self.entries.len() {
            let sources = self.sources(entry);
            let costs = self.net.cheapest(&sources);
            for wanted in &targets {
                let Some(node) = self.node(wanted.state) else { continue };
                let Some(best) = self.net.proof(&costs, node) else { continue };
                let proofs = match ways {
                    1 => vec![best],
                    more => self.net.k_best(&sources, node, more, WORK).proofs,
                };
                for proof in proofs {
                    if proof.edges.is_empty() || !self.begins_at(&proof, entry) {
                        continue;
                    }
                    let path = self.path(entry, wanted, &proof);
                    found.push(Found { entry, wanted: wanted.clone(), proof, path });
                }
            }
        }
        found.sort_by(|a, b| {
            let (x, y) = (&a.path.risk, &b.path.risk);
            let by_worth = || weight(b.wanted.state.level).cmp(&weight(a.wanted.state.level));
            (y.level.cmp(&x.level))
                .then_with(|| y.order.total_cmp(&x.order))
                .then_with(by_worth)
                .then_with(|| a.path.steps.len().cmp(&b.path.steps.len()))
                .then_with(|| a.path.id.cmp(&b.path.id))
        });
        found.dedup_by(|a, b| a.path.id == b.path.id);
        found
    }

    /// Where somebody stands who comes in at an entry. Everybody is on the internet, anybody there may open an account, and
    /// write what others read: each of these has what those before it have, and every other entry has all three.
    fn sources(&self, entry: usize) -> Vec<NodeId> {
        const OPEN: [&str; 3] = ["internet", "account", "content"];
        let cards = &self.facts.catalog.entries;
        let own = OPEN.iter().position(|id| **id == *cards[entry].entry.text).unwrap_or(OPEN.len());
        let before = &OPEN[..own];
        let open = (0..cards.len()).filter(|other| before.contains(&&*cards[*other].entry.text));
        open.chain([entry]).map(|entry| self.entries[entry]).collect()
    }

    fn begins_at(&self, proof: &Proof, entry: usize) -> bool {
        let node = self.entries[entry];
        proof.edges.iter().any(|edge| self.net.edge(*edge).is_some_and(|edge| edge.from == node))
    }

    /// States that many paths pass, and those that nothing passes by.
    fn choke_points(&self, found: &[Found<'_>]) -> Vec<ChokePoint> {
        let targets: Vec<NodeId> = found.iter().map(|f| f.proof.target).collect();
        let chokes = self.net.choke_nodes(&self.entries, &targets, CANDIDATES);
        let passing = |node: NodeId| {
            let passes = |f: &&Found<'_>| {
                f.proof.target != node
                    && f.proof.edges.iter().any(|e| self.net.edge(*e).is_some_and(|e| e.to == node))
            };
            found.iter().filter(passes).count()
        };
        let assets = self.facts.graph.assets();
        let points = chokes.points.iter().filter_map(|choke| {
            let Some(Some(Start::State(State { asset, level }))) = self.starts.get(choke.what.0 as usize)
            else {
                return None;
            };
            let paths = passing(choke.what);
            let only_way = choke.cuts as usize;
            let asset = assets[*asset as usize].id.clone();
            (paths > 1).then_some(ChokePoint { asset, level: *level, paths, only_way })
        });
        let mut points: Vec<ChokePoint> = points.collect();
        points.sort_by(|a, b| {
            (b.only_way, b.paths).cmp(&(a.only_way, a.paths)).then_with(|| a.asset.cmp(&b.asset))
        });
        points.dedup_by(|a, b| a.asset == b.asset);
        points.truncate(MAX_CHOKES);
        points
    }

    /// The smallest set of fixes after which none of the risky paths is left, nor another way to where they led.
    fn smallest_fix(&self, found: &[Found<'_>], options: &Options) -> FixSet {
        let risky: Vec<&Found<'_>> =
            found.iter().filter(|f| f.path.risk.level >= options.break_from).collect();
        let entries: BTreeSet<usize> = risky.iter().map(|f| f.entry).collect();
        let mut sources: Vec<NodeId> = entries.into_iter().flat_map(|entry| self.sources(entry)).collect();
        sources.sort_unstable();
        sources.dedup();
        let targets: Vec<NodeId> = risky.iter().map(|f| f.proof.target).collect();
        let kept: Vec<bool> = self.rules.fixes.iter().map(|fix| self.is_kept(fix.on, options)).collect();
        let weight = |fix: FixId| (!kept[fix.0 as usize]).then_some(1);
        let answer = self.net.smallest_fixes(&sources, &targets, weight, WORK);
        let on = |fix: &FixId, f: &Found<'_>| {
            f.proof.edges.iter().any(|e| self.net.edge(*e).is_some_and(|e| e.fixes.contains(fix)))
        };
        let cuts = answer.fixes.iter().map(|fix| risky.iter().filter(|f| on(fix, f)).count()).collect();
        let uncut: BTreeSet<NodeId> = answer.uncut.iter().map(|proof| proof.target).collect();
        let open = risky.iter().filter(|f| uncut.contains(&f.proof.target)).map(|f| f.path.id.clone());
        FixSet {
            fixes: answer.fixes.iter().map(|fix| self.fix(fix.0)).collect(),
            cuts,
            proven: answer.proven,
            open: open.collect(),
        }
    }

    fn is_kept(&self, on: Option<u32>, options: &Options) -> bool {
        let Some(asset) = on.map(|on| &self.facts.graph.assets()[on as usize]) else { return false };
        options.keep.iter().any(|pattern| glob(pattern, &asset.address) || glob(pattern, &asset.id.0))
    }
}
