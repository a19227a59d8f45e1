//! Choke points: what alone, once removed, leaves targets unreached.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::bits::lanes;
use super::dominators::Dominators;
use super::shares::Proofs;
use super::spread::{Masks, Spread};
use super::{Bits, Costs, FixId, Net, NodeId};

/// Something that cuts targets off when it alone is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choke<T> {
    pub what: T,
    /// How many targets are then no longer reached; a node that is a target itself does not count itself.
    pub cuts: u32,
}

/// Choke points: those that cut most first, then by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chokes<T> {
    pub points: Vec<Choke<T>>,
    pub how: How,
    /// How many candidates were not tried.
    pub untried: usize,
    /// No candidate that was not tried cuts more than so many targets. Zero when all were tried: the list is whole.
    pub untried_cut_at_most: u32,
}

/// How choke points were found. What is in the list is exact in both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By the dominator tree, for all nodes at once: no reached node joins premises.
    Dominators,
    /// By removing candidates, and reaching again for 64 of them at a time. What cuts a target off is in all its proofs,
    /// so the candidates are what the best proofs are made of, the most shared first.
    Removal,
}

impl Net {
    /// The nodes that alone cut targets off. O(E log V) by dominators where one premise is always enough; else by
    /// removal of at most `candidates` nodes, O(E) for every 64 of them.
    pub fn choke_nodes(&self, sources: &[NodeId], targets: &[NodeId], candidates: usize) -> Chokes<NodeId> {
        let by_dominators = |costs: Option<&Costs>| {
            let points = Dominators::new(self, sources, &costs).count(self, targets).into_iter();
            let points = points.map(|(what, cuts)| Choke { what, cuts }).collect();
            Chokes::new(points, How::Dominators, &[])
        };
        if self.all.count() == 0 {
            return by_dominators(None);
        }
        let costs = self.cheapest(sources);
        if Dominators::apply(self, sources, &costs) {
            return by_dominators(Some(&costs));
        }
        let mut found = self.shares(&costs, targets).top(self.nodes());
        let own: Bits = self.bits(targets);
        for (node, share) in &mut found {
            *share -= u32::from(own.contains(node.index()));
        }
        self.by_removal(sources, &costs, targets, found, candidates, |nodes| NodeMasks::new(self, nodes))
    }

    /// The fixes that alone cut targets off, by removal of at most `candidates` fixes. O(E) for every 64 of them.
    pub fn choke_fixes(&self, sources: &[NodeId], targets: &[NodeId], candidates: usize) -> Chokes<FixId> {
        let costs = self.cheapest(sources);
        let shares = self.shares(&costs, targets);
        let mut found = FxHashMap::default();
        for (conclusion, entry) in Proofs::new(self, &costs, &self.known(targets)).entries {
            for fix in self.fixes(self.in_step[entry as usize] as usize) {
                let share: &mut u32 = found.entry(*fix).or_default();
                *share = share.saturating_add(shares.node(NodeId(conclusion))).min(shares.counted as u32);
            }
        }
        self.by_removal(sources, &costs, targets, found.into_iter().collect(), candidates, |fixes| {
            FixMasks::new(self, fixes)
        })
    }

    fn by_removal<T: Copy + Ord, M: Masks>(
        &self,
        sources: &[NodeId],
        costs: &Costs,
        targets: &[NodeId],
        mut found: Vec<(T, u32)>,
        candidates: usize,
        masks: impl Fn(&[T]) -> M,
    ) -> Chokes<T> {
        found.retain(|(_, share)| *share > 0);
        found.sort_unstable_by_key(|(what, share)| (Reverse(*share), *what));
        let untried = found.split_off(candidates.min(found.len()));
        let targets: Vec<_> =
            self.known(targets).into_iter().map(NodeId).filter(|t| costs.cost(*t).is_some()).collect();
        let mut spread = Spread::new(self);
        let mut points = Vec::new();
        for found in found.chunks(spread.lanes()) {
            let candidates: Vec<T> = found.iter().map(|(what, _)| *what).collect();
            let masks = masks(&candidates);
            let full = u64::MAX >> (64 - candidates.len());
            spread.run(sources.iter().map(|source| (*source, full)), &masks);
            let mut cuts = vec![0u32; candidates.len()];
            for target in &targets {
                // A node does not count as cut off by its own removal.
                let lost = full & !spread.words[target.index()] & !masks.node(target.index());
                for lane in lanes(lost) {
                    cuts[lane] += 1;
                }
            }
            points.extend(candidates.into_iter().zip(cuts).map(|(what, cuts)| Choke { what, cuts }));
        }
        points.retain(|point| point.cuts > 0);
        Chokes::new(points, How::Removal, &untried)
    }

    fn bits(&self, nodes: &[NodeId]) -> Bits {
        let mut set = Bits::new(self.nodes());
        nodes.iter().for_each(|node| _ = set.insert(node.index()));
        set
    }
}

impl<T: Copy + Ord> Chokes<T> {
    fn new(mut points: Vec<Choke<T>>, how: How, untried: &[(T, u32)]) -> Self {
        points.sort_unstable_by_key(|point| (Reverse(point.cuts), point.what));
        let untried_cut_at_most = untried.first().map_or(0, |(_, share)| *share);
        Chokes { points, how, untried: untried.len(), untried_cut_at_most }
    }
}

/// One node closed in each lane.
struct NodeMasks {
    any: Bits,
    lanes: FxHashMap<usize, u64>,
}

impl NodeMasks {
    fn new(net: &Net, nodes: &[NodeId]) -> Self {
        let lanes = nodes.iter().enumerate().map(|(lane, node)| (node.index(), 1 << lane)).collect();
        NodeMasks { any: net.bits(nodes), lanes }
    }
}

impl Masks for NodeMasks {
    #[inline]
    fn node(&self, node: usize) -> u64 {
        if self.any.contains(node) { self.lanes.get(&node).copied().unwrap_or(0) } else { 0 }
    }

    #[inline]
    fn step(&self, _: usize) -> u64 {
        0
    }
}

/// One fix applied in each lane.
struct FixMasks<'n> {
    net: &'n Net,
    /// For each set of fixes.
    sets: Vec<u64>,
}

impl<'n> FixMasks<'n> {
    fn new(net: &'n Net, fixes: &[FixId]) -> Self {
        let lanes: FxHashMap<FixId, u64> =
            fixes.iter().enumerate().map(|(lane, fix)| (*fix, 1 << lane)).collect();
        let mask =
            |set| net.sets().get(set).iter().filter_map(|fix| lanes.get(fix)).fold(0, |all, lane| all | lane);
        FixMasks { net, sets: (0..net.sets().len()).map(mask).collect() }
    }
}

impl Masks for FixMasks<'_> {
    #[inline]
    fn node(&self, _: usize) -> u64 {
        0
    }

    #[inline]
    fn step(&self, step: usize) -> u64 {
        self.sets[self.net.set(step)]
    }
}
