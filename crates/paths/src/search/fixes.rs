//! The smallest set of fixes after which no target is reached, by implicit hitting sets (Moreno-Centeno and Karp, 2013).
//!
//! Every proof of a target must lose an edge, so the fixes on its edges are a set of which one must be applied. Proofs
//! are not enumerated: the least fixes that meet the sets found so far are applied, and a proof that survives gives the
//! next set. When none survives, those fixes are enough, and being least for some of the sets they are least for all.
//! Where the question is one of a minimum cut, which is easy, it is answered by one; else a cut gives the first solution.

use rustc_hash::FxHashSet;

use super::cheapest::cheapest_within;
use super::closed::Closed;
use super::hitting::{self, Hitting};
use super::part::{Look, Part};
use super::reach::reach;
use super::{Bits, FixId, Net, NodeId, Proof, gates};

/// What to fix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixes {
    /// After these, no target is reached but those of `uncut`. Ascending. Of equally light sets one of the smallest.
    pub fixes: Vec<FixId>,
    /// The sum of their weights.
    pub weight: u64,
    /// No set that does as much weighs less. Less than `weight` only when the bound on work was met.
    pub at_least: u64,
    /// Whether `fixes` is proven to be least. When not, `weight` − `at_least` is what may be left to gain.
    pub proven: bool,
    /// For each target that no fix can cut off, the cheapest proof that all fixes leave.
    pub uncut: Vec<Proof>,
}

/// Weights of fixes are compared first, then their number.
const UNIT: u64 = 1 << 24;

impl Net {
    /// The lightest set of fixes after which the targets are not reached. `weight` says what a fix takes to apply, in the
    /// caller's unit, or none where it cannot be applied. NP-hard: exact unless more than about `work` edges and labels
    /// would have to be looked at, and then the best that was found with a lower bound.
    pub fn smallest_fixes(
        &self,
        sources: &[NodeId],
        targets: &[NodeId],
        weight: impl Fn(FixId) -> Option<u16>,
        work: u64,
    ) -> Fixes {
        let mut changeable = Closed { nodes: Bits::default(), steps: Bits::new(self.edges()) };
        for step in
            (0..self.edges()).filter(|step| self.fixes(*step).iter().any(|fix| weight(*fix).is_some()))
        {
            changeable.steps.insert(step);
        }
        let left = cheapest_within(self, sources, changeable, None);
        let targets: Vec<_> = self.known(targets).into_iter().map(NodeId).collect();
        let uncut: Vec<_> = targets.iter().filter_map(|target| self.proof(&left, *target)).collect();
        let cuttable: Vec<_> = targets.into_iter().filter(|target| left.cost(*target).is_none()).collect();
        drop(left);

        let problem = Problem::new(self, sources, &cuttable, &weight);
        let mut work = work;
        let answer = problem.solve(&mut work);
        let fixes: Vec<FixId> = answer.labels.iter().map(|label| problem.names[*label as usize]).collect();
        let found = problem.weigh(&answer.labels);
        Fixes {
            fixes,
            weight: found / UNIT,
            at_least: answer.bound / UNIT,
            proven: answer.bound == found,
            uncut,
        }
    }
}

/// The part of the net between sources and targets, its fixes numbered from zero as labels.
struct Problem {
    part: Part,
    names: Vec<FixId>,
    weights: Vec<u64>,
}

impl Problem {
    fn new(
        net: &Net,
        sources: &[NodeId],
        targets: &[NodeId],
        weight: &impl Fn(FixId) -> Option<u16>,
    ) -> Self {
        let all: FxHashSet<FixId> =
            (0..net.sets().len()).flat_map(|set| net.sets().get(set)).copied().collect();
        let mut names: Vec<FixId> = all.into_iter().filter(|fix| weight(*fix).is_some()).collect();
        names.sort_unstable();
        let weights = names.iter().map(|fix| u64::from(weight(*fix).unwrap_or(0)) * UNIT + 1).collect();
        let label = |fix: &FixId| names.binary_search(fix).ok().map(|at| FixId(at as u32));
        // The cheapest proofs are then those with few labels, which make small sets.
        let part = Part::new(net, sources, targets, true, |step| {
            let fixes: Vec<_> = net.fixes(step).iter().filter_map(label).collect();
            Look { cost: fixes.len().min(255) as u8, fixes }
        });
        Problem { part, names, weights }
    }

    fn solve(&self, work: &mut u64) -> Hitting {
        let cut = gates::cut(&self.part.net, &self.part.sources, &self.part.targets, &self.weights, work);
        let Some(cut) = cut else {
            return self.hit((0..self.names.len() as u32).collect(), 0, work);
        };
        if self.weigh(&cut.labels) == cut.bound {
            return Hitting { labels: cut.labels, bound: cut.bound };
        }
        let enough = self.without_needless(cut.labels, work);
        self.hit(enough, cut.bound, work)
    }

    /// By implicit hitting sets, from labels that are enough and a bound that is known.
    fn hit(&self, mut best: Vec<u32>, mut at_least: u64, work: &mut u64) -> Hitting {
        let mut sets: Vec<Vec<u32>> = Vec::new();
        loop {
            let least = hitting::smallest(&sets, &self.weights, work);
            at_least = at_least.max(least.bound);
            if self.weigh(&best) <= at_least {
                return Hitting { bound: at_least, labels: best };
            }
            let known = sets.len();
            let enough = self.survivors(&least.labels, &mut sets, work);
            if sets.len() == known && *work > 0 {
                let labels = if self.weigh(&least.labels) <= self.weigh(&best) { least.labels } else { best };
                return Hitting { bound: at_least, labels };
            }
            if self.weigh(&enough) < 2 * self.weigh(&best) {
                let lighter = self.without_needless(enough, work);
                if self.weigh(&lighter) < self.weigh(&best) {
                    best = lighter;
                }
            }
            if *work == 0 {
                let bound = at_least.max(hitting::lower_bound(&sets, &self.weights));
                return Hitting { bound, labels: best };
            }
        }
    }

    fn weigh(&self, labels: &[u32]) -> u64 {
        labels.iter().map(|label| self.weights[*label as usize]).sum()
    }

    /// Adds the labels of proofs that survive the chosen ones, no label in two of them; returns labels that leave none,
    /// all that there are when the work runs out.
    fn survivors(&self, chosen: &[u32], sets: &mut Vec<Vec<u32>>, work: &mut u64) -> Vec<u32> {
        let Part { net, sources, targets, .. } = &self.part;
        let mut applied = Bits::new(self.names.len());
        chosen.iter().for_each(|label| _ = applied.insert(*label as usize));
        loop {
            if *work == 0 {
                return (0..self.names.len() as u32).collect();
            }
            *work = work.saturating_sub((net.nodes() + net.edges()) as u64);
            let costs = cheapest_within(net, sources, self.closed(&applied), None);
            let mut hit: Vec<_> =
                targets.iter().filter_map(|target| Some((costs.cost(*target)?, *target))).collect();
            if hit.is_empty() {
                return applied.iter().map(|label| label as u32).collect();
            }
            hit.sort_unstable();
            for proof in hit.iter().filter_map(|(_, target)| net.proof(&costs, *target)) {
                let edges = proof.edges.iter().filter_map(|edge| net.edge(*edge));
                let mut labels: Vec<u32> = edges.flat_map(|edge| edge.fixes).map(|label| label.0).collect();
                labels.sort_unstable();
                labels.dedup();
                if labels.iter().all(|label| !applied.contains(*label as usize)) {
                    labels.iter().for_each(|label| _ = applied.insert(*label as usize));
                    sets.push(labels);
                }
            }
        }
    }

    /// Takes back, the heaviest first, what is not needed to leave no target reached. Leaves half of the work.
    fn without_needless(&self, labels: Vec<u32>, work: &mut u64) -> Vec<u32> {
        const CHECKS: usize = 256;
        let Part { net, sources, targets, .. } = &self.part;
        let mut applied = Bits::new(self.names.len());
        labels.iter().for_each(|label| _ = applied.insert(*label as usize));
        let mut order = labels;
        order.sort_by_key(|label| (std::cmp::Reverse(self.weights[*label as usize]), *label));
        let keep = *work / 2;
        for label in order.into_iter().take(CHECKS) {
            if *work <= keep {
                break;
            }
            *work = work.saturating_sub((net.nodes() + net.edges()) as u64);
            applied.remove(label as usize);
            let reached = reach(net, sources, &self.closed(&applied));
            if targets.iter().any(|target| reached.contains(target.index())) {
                applied.insert(label as usize);
            }
        }
        applied.iter().map(|label| label as u32).collect()
    }

    fn closed(&self, applied: &Bits) -> Closed {
        let net = &self.part.net;
        let mut sets = Bits::new(net.sets().len());
        for set in 1..net.sets().len() {
            if net.sets().get(set).iter().any(|label| applied.contains(label.0 as usize)) {
                sets.insert(set);
            }
        }
        let mut steps = Bits::new(net.edges());
        (0..net.edges()).filter(|step| sets.contains(net.set(*step))).for_each(|step| _ = steps.insert(step));
        Closed { nodes: Bits::default(), steps }
    }
}
