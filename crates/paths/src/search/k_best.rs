//! The cheapest derivations of one target, one after the other, by Lawler's partition (1972).
//!
//! A derivation chooses one step for each *any* node that it uses, and has every step of each *all* node. All others
//! than the best one differ from it at a first node, conclusions before premises: for each of its choices there is one
//! problem in which the choices before it are kept and this one is forbidden. These problems are disjoint and leave
//! nothing out, so the result is exact, with *all* nodes as without; on graphs of single premises it is that of Yen.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cheapest::cheapest_within;
use super::closed::Closed;
use super::part::{Look, Part};
use super::{Bits, EdgeId, Net, NodeId, Proof};

/// The cheapest derivations of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KBest {
    /// Cheapest first, then the shortest. No two use the same edges.
    pub proofs: Vec<Proof>,
    /// Whether there may be more among the cheapest that the bound on work hid. What is listed is exact all the same.
    pub cut_short: bool,
}

impl Net {
    /// The `k` cheapest distinct derivations of a target, none of them using an edge into a source. Looks at no more
    /// than about `work` edges: each derivation costs one search of the part of the net between sources and target for
    /// each of its steps that has an alternative.
    pub fn k_best(&self, sources: &[NodeId], target: NodeId, k: usize, work: u64) -> KBest {
        let same = |step| Look { cost: self.out_cost[step], fixes: vec![] };
        let part = Part::new(self, sources, &[target], false, same);
        let mut best = KBest { proofs: Vec::new(), cut_short: false };
        let [inside] = part.targets[..] else { return best };
        let search = Search { part: &part, target: inside };
        let mut work = work;
        let mut heap = BinaryHeap::new();
        heap.extend(search.solve(Problem::default(), &mut work).map(Reverse));
        while best.proofs.len() < k {
            let Some(Reverse(solved)) = heap.pop() else { break };
            let outside = |edge: &EdgeId| self.id(part.steps[edge.0 as usize] as usize);
            let edges = solved.edges.iter().map(outside).collect();
            best.proofs.push(Proof { target, cost: solved.cost, edges });
            if best.proofs.len() == k {
                break;
            }
            for problem in search.split(&solved) {
                if work == 0 {
                    best.cut_short = true;
                    return best;
                }
                heap.extend(search.solve(problem, &mut work).map(Reverse));
            }
        }
        best
    }
}

/// The derivations that use some steps and avoid others.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    /// The only steps into their *any* nodes.
    kept: Vec<u32>,
    forbidden: Vec<u32>,
}

/// A problem with its best derivation. Ordered by cost, then length.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Solved {
    cost: u32,
    steps: usize,
    edges: Vec<EdgeId>,
    problem: Problem,
}

struct Search<'p> {
    part: &'p Part,
    target: NodeId,
}

impl Search<'_> {
    fn solve(&self, problem: Problem, work: &mut u64) -> Option<Solved> {
        let net = &self.part.net;
        *work = work.saturating_sub((net.nodes() + net.edges()) as u64);
        let mut closed = Bits::new(net.edges());
        for step in &problem.forbidden {
            closed.insert(*step as usize);
        }
        for kept in &problem.kept {
            for other in self.others(*kept) {
                closed.insert(other as usize);
            }
        }
        let closed = Closed { nodes: Bits::default(), steps: closed };
        let costs = cheapest_within(net, &self.part.sources, closed, Some(self.target.0));
        let Proof { cost, edges, .. } = net.proof(&costs, self.target)?;
        Some(Solved { cost, steps: edges.len(), edges, problem })
    }

    /// The problems that together hold all other derivations of a solved one.
    fn split(&self, solved: &Solved) -> Vec<Problem> {
        let net = &self.part.net;
        let Problem { mut kept, forbidden } = solved.problem.clone();
        let mut problems = Vec::new();
        for chosen in solved.edges.iter().rev().filter_map(|edge| net.step_of(*edge)) {
            let chosen = chosen as u32;
            if net.all.contains(net.out_to[chosen as usize] as usize) || kept.contains(&chosen) {
                continue;
            }
            if self.others(chosen).any(|other| !forbidden.contains(&other)) {
                let forbidden = forbidden.iter().copied().chain([chosen]).collect();
                problems.push(Problem { kept: kept.clone(), forbidden });
            }
            kept.push(chosen);
        }
        problems
    }

    /// The other steps to where a step leads.
    fn others(&self, step: u32) -> impl Iterator<Item = u32> {
        let net = &self.part.net;
        let entries = net.entries(net.out_to[step as usize] as usize);
        net.in_step[entries].iter().copied().filter(move |other| *other != step)
    }
}
