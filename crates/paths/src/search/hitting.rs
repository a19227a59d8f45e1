//! Minimum-weight hitting sets: the fewest labels that meet each of some sets, by reductions, splitting into independent
//! parts, and branch and bound with the bound of dual ascent.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

/// Labels that meet every set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hitting {
    /// Ascending.
    pub(super) labels: Vec<u32>,
    /// No labels that meet every set weigh less. The weight of `labels` itself unless the work ran out.
    pub(super) bound: u64,
}

/// Finds labels of least weight; labels index `weights`, which are positive. Takes what it does from `work`: when that
/// runs out, the best that is known is returned with what is proven of it.
pub(super) fn smallest(sets: &[Vec<u32>], weights: &[u64], work: &mut u64) -> Hitting {
    let mut found = Hitting::default();
    let (sets, forced) = reduce(sets.to_vec(), weights, work);
    found.bound = forced.iter().map(|label| weights[*label as usize]).sum();
    found.labels = forced;
    for sets in components(sets) {
        let (labels, bound) = Search::new(sets, weights, work).run(work);
        found.labels.extend(labels);
        found.bound += bound;
    }
    found.labels.sort_unstable();
    found
}

/// What labels that meet every set weigh at least, in linear time: each set in turn raises its price until it uses up one
/// of its labels.
pub(super) fn lower_bound(sets: &[Vec<u32>], weights: &[u64]) -> u64 {
    let mut rest = weights.to_vec();
    let mut bound = 0u64;
    for set in sets {
        let price = set.iter().map(|label| rest[*label as usize]).min().unwrap_or(0);
        set.iter().for_each(|label| rest[*label as usize] -= price);
        bound = bound.saturating_add(price);
    }
    bound
}

/// Makes sets smaller and fewer without changing the least weight; returns also the labels that must be taken.
fn reduce(mut sets: Vec<Vec<u32>>, weights: &[u64], work: &mut u64) -> (Vec<Vec<u32>>, Vec<u32>) {
    let mut forced = Vec::new();
    loop {
        sets.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        sets.dedup();
        while let Some(single) = sets.first().filter(|set| set.len() == 1).map(|set| set[0]) {
            forced.push(single);
            sets.retain(|set| !set.contains(&single));
        }
        let total: usize = sets.iter().map(Vec::len).sum();
        *work = work.saturating_sub((total + sets.len() * sets.len()) as u64);
        if *work == 0 {
            return (sets, forced);
        }
        drop_supersets(&mut sets);
        if !drop_dominated(&mut sets, weights) {
            return (sets, forced);
        }
    }
}

/// A set is met whenever a part of it is. Sets come by length.
fn drop_supersets(sets: &mut Vec<Vec<u32>>) {
    let mut kept: Vec<Vec<u32>> = Vec::new();
    for set in std::mem::take(sets) {
        let within = |small: &Vec<u32>| small.iter().all(|label| set.binary_search(label).is_ok());
        if !kept.iter().any(within) {
            kept.push(set);
        }
    }
    *sets = kept;
}

/// A label is useless when another meets all its sets and weighs no more. Whether one was.
fn drop_dominated(sets: &mut [Vec<u32>], weights: &[u64]) -> bool {
    let places = places(sets);
    let mut useless: Vec<u32> = Vec::new();
    let mut labels: Vec<u32> = places.keys().copied().collect();
    labels.sort_unstable();
    for label in labels {
        let own = &places[&label];
        let better = |other: &u32| {
            let rank = |label: u32| (weights[label as usize], label);
            let covers = |at: &u32| places[other].binary_search(at).is_ok();
            *other != label
                && useless.binary_search(other).is_err()
                && weights[*other as usize] <= weights[label as usize]
                && own.iter().all(covers)
                && (places[other].len() > own.len() || rank(*other) < rank(label))
        };
        if sets[own[0] as usize].iter().any(better) {
            useless.push(label);
        }
    }
    for set in sets.iter_mut() {
        set.retain(|label| useless.binary_search(label).is_err());
    }
    !useless.is_empty()
}

/// For each label, the sets that have it, ascending.
fn places(sets: &[Vec<u32>]) -> FxHashMap<u32, Vec<u32>> {
    let mut places: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (at, set) in sets.iter().enumerate() {
        for label in set {
            places.entry(*label).or_default().push(at as u32);
        }
    }
    places
}

/// Sets in groups that have no label in common.
fn components(sets: Vec<Vec<u32>>) -> Vec<Vec<Vec<u32>>> {
    let places = places(&sets);
    let mut group = vec![usize::MAX; sets.len()];
    let mut groups = 0;
    for first in 0..sets.len() {
        if group[first] != usize::MAX {
            continue;
        }
        group[first] = groups;
        let mut todo = vec![first];
        while let Some(at) = todo.pop() {
            for other in sets[at].iter().flat_map(|label| &places[label]).map(|at| *at as usize) {
                if group[other] == usize::MAX {
                    group[other] = groups;
                    todo.push(other);
                }
            }
        }
        groups += 1;
    }
    let mut split = vec![Vec::new(); groups];
    sets.into_iter().zip(group).for_each(|(set, group)| split[group].push(set));
    split
}

/// Branch and bound over sets that hang together. Labels are numbered anew.
struct Search {
    names: Vec<u32>,
    weights: Vec<u64>,
    sets: Vec<Vec<u32>>,
    places: Vec<Vec<u32>>,
    /// How many chosen labels each set has.
    hits: Vec<u32>,
    /// Labels that were tried already, further up.
    banned: Vec<bool>,
    chosen: Vec<u32>,
    weight: u64,
    best: Vec<u32>,
    best_weight: u64,
}

/// A set that must be met, and its labels in the order in which they are tried.
struct Branch {
    labels: Vec<u32>,
    next: usize,
}

impl Search {
    fn new(mut sets: Vec<Vec<u32>>, all_weights: &[u64], work: &mut u64) -> Self {
        let mut names: Vec<u32> = sets.iter().flatten().copied().collect();
        names.sort_unstable();
        names.dedup();
        let number: FxHashMap<u32, u32> = names.iter().copied().zip(0..).collect();
        let mut places = vec![Vec::new(); names.len()];
        for (at, set) in sets.iter_mut().enumerate() {
            for label in set {
                *label = number[label];
                places[*label as usize].push(at as u32);
            }
        }
        let weights: Vec<u64> = names.iter().map(|name| all_weights[*name as usize]).collect();
        let (hits, banned) = (vec![0; sets.len()], vec![false; names.len()]);
        let mut search = Search {
            names,
            weights,
            sets,
            places,
            hits,
            banned,
            chosen: vec![],
            weight: 0,
            best: vec![],
            best_weight: u64::MAX,
        };
        search.greedy(work);
        search
    }

    /// The best labels and the proven bound.
    fn run(mut self, work: &mut u64) -> (Vec<u32>, u64) {
        let root = self.bound().unwrap_or(u64::MAX);
        let cost = 1 + self.sets.iter().map(|set| set.len() as u64 + 1).sum::<u64>();
        let mut branches = Vec::new();
        self.descend(&mut branches);
        while let Some(branch) = branches.last_mut() {
            *work = work.saturating_sub(cost);
            if *work == 0 {
                break;
            }
            if branch.next > 0 {
                let tried = branch.labels[branch.next - 1];
                self.leave(tried);
                self.banned[tried as usize] = true;
            }
            if let Some(label) = branch.labels.get(branch.next).copied() {
                branch.next += 1;
                self.take(label);
                self.descend(&mut branches);
            } else {
                branch.labels.iter().for_each(|label| self.banned[*label as usize] = false);
                branches.pop();
            }
        }
        let bound = if branches.is_empty() { self.best_weight } else { root.min(self.best_weight) };
        (self.best.iter().map(|label| self.names[*label as usize]).collect(), bound)
    }

    /// Opens the next branch, unless everything is met or nothing better can follow.
    fn descend(&mut self, branches: &mut Vec<Branch>) {
        let better = |bound: u64| self.weight.saturating_add(bound) < self.best_weight;
        if !self.bound().is_some_and(better) {
            return;
        }
        let open = |label: &&u32| !self.banned[**label as usize];
        let unmet = (0..self.sets.len()).filter(|set| self.hits[*set] == 0);
        let Some(set) = unmet.min_by_key(|set| (self.sets[*set].iter().filter(open).count(), *set)) else {
            self.best_weight = self.weight;
            self.best = self.chosen.clone();
            return;
        };
        let mut labels: Vec<u32> = self.sets[set].iter().filter(open).copied().collect();
        labels.sort_by_key(|label| (Reverse(self.worth(*label)), *label));
        branches.push(Branch { labels, next: 0 });
    }

    /// A lower bound on what must still be taken, as `lower_bound`; none when some set can no longer be met.
    fn bound(&self) -> Option<u64> {
        let mut rest = self.weights.clone();
        let mut bound = 0u64;
        for set in (0..self.sets.len()).filter(|set| self.hits[*set] == 0) {
            let open = || self.sets[set].iter().filter(|label| !self.banned[**label as usize]);
            let price = open().map(|label| rest[*label as usize]).min()?;
            open().for_each(|label| rest[*label as usize] -= price);
            bound = bound.saturating_add(price);
        }
        Some(bound)
    }

    fn take(&mut self, label: u32) {
        self.chosen.push(label);
        self.weight += self.weights[label as usize];
        self.places[label as usize].iter().for_each(|set| self.hits[*set as usize] += 1);
    }

    fn leave(&mut self, label: u32) {
        self.chosen.pop();
        self.weight -= self.weights[label as usize];
        self.places[label as usize].iter().for_each(|set| self.hits[*set as usize] -= 1);
    }

    /// Unmet sets for each unit of weight, in fixed point.
    fn worth(&self, label: u32) -> u128 {
        let unmet = self.places[label as usize].iter().filter(|set| self.hits[**set as usize] == 0).count();
        ((unmet as u128) << 64) / u128::from(self.weights[label as usize].max(1))
    }

    /// A first solution: what meets most for its weight (the lightest of each set when the work runs out), then without
    /// what turned out to be needless.
    fn greedy(&mut self, work: &mut u64) {
        while *work > 0 && self.hits.contains(&0) {
            *work = work.saturating_sub((self.names.len() + self.sets.len()) as u64);
            let labels = 0..self.names.len() as u32;
            let Some(best) = labels.max_by_key(|label| (self.worth(*label), Reverse(*label))) else { break };
            self.take(best);
        }
        for set in 0..self.sets.len() {
            if self.hits[set] == 0 {
                let lightest =
                    self.sets[set].iter().copied().min_by_key(|label| self.weights[*label as usize]);
                lightest.into_iter().for_each(|label| self.take(label));
            }
        }
        let chosen = std::mem::take(&mut self.chosen);
        self.best_weight = self.weight;
        self.best = chosen.clone();
        let needless = |search: &Self, label: u32| {
            search.places[label as usize].iter().all(|set| search.hits[*set as usize] > 1)
        };
        for label in &chosen {
            if needless(self, *label) {
                self.places[*label as usize].iter().for_each(|set| self.hits[*set as usize] -= 1);
                self.best.retain(|kept| kept != label);
                self.best_weight -= self.weights[*label as usize];
            }
        }
        self.hits.fill(0);
        self.weight = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weigh(labels: &[u32], weights: &[u64]) -> u64 {
        labels.iter().map(|label| weights[*label as usize]).sum()
    }

    fn meets(labels: &[u32], sets: &[Vec<u32>]) -> bool {
        sets.iter().all(|set| set.iter().any(|label| labels.contains(label)))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn nothing_lighter_meets_every_set(
            sets in prop::collection::vec(prop::collection::btree_set(0..9u32, 1..=4), 0..12),
            weights in prop::collection::vec(1..6u64, 9),
            little in 0..60u64,
        ) {
            let sets: Vec<Vec<u32>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
            let subset = |mask: u32| (0..9).filter(|label| mask >> label & 1 == 1).collect::<Vec<u32>>();
            let least = (0..1 << 9).map(subset).filter(|labels| meets(labels, &sets)).map(|l| weigh(&l, &weights)).min();
            let found = smallest(&sets, &weights, &mut u64::MAX.clone());
            prop_assert!(meets(&found.labels, &sets));
            prop_assert_eq!((Some(weigh(&found.labels, &weights)), Some(found.bound)), (least, least));

            let hurried = smallest(&sets, &weights, &mut little.clone());
            prop_assert!(meets(&hurried.labels, &sets) && Some(hurried.bound) <= least);
        }
    }

    #[test]
    fn a_circle_of_pairs_needs_half_rounded_up() {
        let sets: Vec<Vec<u32>> = (0..31).map(|at| vec![at, (at + 1) % 31]).collect();
        assert_eq!(smallest(&sets, &[1; 31], &mut u64::MAX.clone()).bound, 16);
    }
}
