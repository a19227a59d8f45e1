//! The steps of a cheapest derivation.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::cheapest::{NEVER, after};
use super::closed::Open;
use super::{Costs, EdgeId, Net, NodeId};

/// How a target is derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub target: NodeId,
    /// In tenths of a halving of likelihood.
    pub cost: u32,
    /// Premises before conclusions, each step once: one step into each *any* node, every step into each *all* node, none
    /// into sources. Never a cycle. Empty when the target is a source.
    pub edges: Vec<EdgeId>,
}

impl Net {
    /// The cheapest derivation of a target; none when it is not reached. Of equally cheap steps into a node that of the
    /// lowest source is taken, of parallel ones the lowest edge. In the incoming edges of the nodes of the proof.
    pub fn proof(&self, costs: &Costs, target: NodeId) -> Option<Proof> {
        let cost = costs.cost(target)?;
        let mut seen = FxHashSet::from_iter([target.0]);
        let mut nodes = vec![target.0];
        let mut at = 0;
        while let Some(node) = nodes.get(at).copied() {
            at += 1;
            for entry in self.support(costs, node as usize) {
                let from = self.in_from[entry];
                if seen.insert(from) {
                    nodes.push(from);
                }
            }
        }
        // A conclusion outranks its premises.
        nodes.sort_unstable_by_key(|node| (costs.rank[*node as usize], *node));
        let entries = nodes.iter().flat_map(|node| self.support(costs, *node as usize));
        let edges = entries.map(|entry| self.id(self.in_step[entry] as usize)).collect();
        Some(Proof { target, cost, edges })
    }

    /// The entries by which a node is derived most cheaply: none for a source and for what is not reached.
    pub(super) fn support(&self, costs: &Costs, node: usize) -> Range<usize> {
        let mut entries = self.entries(node);
        let rank = costs.rank.get(node).copied().unwrap_or(NEVER);
        if rank == 0 || rank == NEVER {
            return 0..0;
        }
        if self.all.contains(node) {
            return entries;
        }
        let best = entries.find(|entry| {
            let from = costs.rank[self.in_from[*entry] as usize];
            from < rank
                && after(from, self.in_cost[*entry]) == rank
                && costs.closed.step(self.in_step[*entry] as usize)
        });
        best.map_or(0..0, |entry| entry..entry + 1)
    }
}
