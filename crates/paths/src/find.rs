//! The search over an attack graph: the best way from each entry to each target, after whatever is taken out.

use model::{AttackPath, AttackPaths};

use crate::attack::{AttackGraph, weight};
use crate::search::{FixId, NodeId, Proof, Removal};
use crate::targets::{Wanted, wanted};

/// What is asked of the search.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Fixes, by id, that are taken as done.
    pub without: Vec<String>,
    /// Ways to one target from one entry; one unless more are asked for.
    pub ways: usize,
    /// The AI verb matrix is wanted too.
    pub permissions: bool,
}

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
        let removed = self.fixes_named(&options.without);
        let found = self.found(&removed);
        let permissions = match options.permissions {
            true => self.matrix(&|_| true, &|_| true, &|_| true).cells,
            false => Vec::new(),
        };
        let paths = found.into_iter().map(|f| f.path).collect();
        AttackPaths { paths, permissions, ..AttackPaths::default() }
    }

    /// The fixes of those ids.
    pub(crate) fn fixes_named(&self, ids: &[String]) -> Vec<FixId> {
        let fixes = self.rules.fixes.iter().enumerate();
        fixes.filter(|(_, fix)| ids.iter().any(|id| **id == *fix.id)).map(|(i, _)| FixId(i as u32)).collect()
    }

    /// The best path for each entry and target. What the open internet reaches by itself is told as the internet's:
    /// another entry is named only where it is needed.
    pub(crate) fn found(&self, removed: &[FixId]) -> Vec<Found<'f>> {
        let targets = wanted(&self.facts);
        let removal = Removal { fixes: removed, ..Removal::default() };
        let mut found = Vec::new();
        for entry in 0..self.entries.len() {
            let sources = self.sources(entry);
            let costs = self.net.cheapest_without(&sources, &removal);
            for wanted in &targets {
                let Some(node) = self.node(wanted.state) else { continue };
                let Some(proof) = self.net.proof(&costs, node) else { continue };
                if proof.edges.is_empty() || !self.begins_at(&proof, entry) {
                    continue;
                }
                let path = self.path(entry, wanted, &costs, &proof);
                found.push(Found { entry, wanted: wanted.clone(), proof, path });
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
        found
    }

    /// Where somebody stands who comes in at an entry: everybody is on the internet, and anybody may open an account.
    pub(crate) fn sources(&self, entry: usize) -> Vec<NodeId> {
        let mut sources = vec![self.entries[entry]];
        let everybody = |id: &str| id == "internet" || id == "account" || id == "content";
        let cards = self.facts.catalog.entries.iter().enumerate();
        let open = cards.filter(|(_, card)| everybody(&card.entry)).map(|(i, _)| self.entries[i]);
        sources.extend(open.filter(|node| *node != self.entries[entry]));
        sources
    }

    fn begins_at(&self, proof: &Proof, entry: usize) -> bool {
        let node = self.entries[entry];
        proof.edges.iter().any(|edge| self.net.edge(*edge).is_some_and(|edge| edge.from == node))
    }
}
