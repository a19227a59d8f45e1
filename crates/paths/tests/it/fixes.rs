//! Smallest sets of fixes, against all sets of fixes, and against maximum flow where that answers the same question.

use std::collections::BTreeSet;

use paths::search::{Builder, FixId, NodeId, Removal};
use petgraph::graph::{DiGraph, NodeIndex};
use proptest::prelude::*;

use crate::brute;
use crate::plan::{SMALL, Shape, plans, reorder, shuffled};

const DENSE: Shape = Shape { nodes: 8, steps: 30, costs: (0, 0), fixes: 8, alls: 2 };

fn ids(nodes: &[u32]) -> Vec<NodeId> {
    nodes.iter().copied().map(NodeId).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_lighter_set_does_as_much(
        (plan, order) in prop_oneof![shuffled(SMALL), shuffled(DENSE)],
        targets in prop::collection::btree_set(0..8u32, 1..5),
        weights in prop::collection::vec(prop::option::weighted(0.8, 0..5u16), 8),
        little in 0..2000u64,
    ) {
        let targets: Vec<u32> = targets.into_iter().collect();
        let net = plan.net();
        let weight = |fix: FixId| weights[fix.0 as usize];
        let found = net.smallest_fixes(&plan.sources(), &ids(&targets), weight, u64::MAX);

        let can: Vec<u32> = (0..8).filter(|fix| weights[*fix as usize].is_some()).collect();
        let uncut = brute::hit(&plan.fixed(&can), &targets);
        let weigh = |fixes: &[u32]| -> u64 { fixes.iter().filter_map(|fix| weights[*fix as usize]).map(u64::from).sum() };
        let subsets = (0..1u32 << can.len()).map(|mask| -> Vec<u32> {
            can.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1).map(|(_, fix)| *fix).collect()
        });
        let enough = |fixes: &[u32]| brute::hit(&plan.fixed(fixes), &targets) == uncut;
        let least = subsets.filter(|fixes| enough(fixes)).map(|fixes| (weigh(&fixes), fixes.len())).min().unwrap();

        let chosen: Vec<u32> = found.fixes.iter().map(|fix| fix.0).collect();
        prop_assert!(enough(&chosen));
        prop_assert_eq!((found.weight, chosen.len(), found.proven, found.at_least), (least.0, least.1, true, least.0));
        prop_assert_eq!(found.uncut.iter().map(|proof| proof.target.0).collect::<BTreeSet<_>>(), uncut.clone());
        for proof in &found.uncut {
            let fixable = |edge| net.edge(edge).unwrap().fixes.iter().any(|fix| weight(*fix).is_some());
            prop_assert!(!proof.edges.iter().any(|edge| fixable(*edge)));
        }

        let other = reorder(&plan, &order).net().smallest_fixes(&plan.sources(), &ids(&targets), weight, u64::MAX);
        prop_assert_eq!(&other.fixes, &found.fixes);

        let hurried = net.smallest_fixes(&plan.sources(), &ids(&targets), weight, little);
        let chosen: Vec<u32> = hurried.fixes.iter().map(|fix| fix.0).collect();
        prop_assert!(enough(&chosen) && hurried.at_least <= least.0 && least.0 <= hurried.weight);
        prop_assert!(!hurried.proven || hurried.weight == least.0);
    }

    #[test]
    fn where_each_step_has_its_own_fix_the_answer_is_a_minimum_cut(
        plan in plans(Shape { nodes: 16, steps: 50, costs: (0, 9), fixes: 0, alls: 0 }),
        target in 0..16u32,
    ) {
        // Weights are the costs, one at least.
        let mut plan = plan;
        plan.sources.truncate(1);
        plan.steps.iter_mut().zip(0..).for_each(|(step, at)| step.fixes = vec![at]);
        let (source, target) = (plan.sources[0], target % plan.all.len() as u32);
        prop_assume!(source != target);
        let weight = |fix: FixId| Some(u16::from(plan.steps[fix.0 as usize].cost).max(1));
        let found = plan.net().smallest_fixes(&[NodeId(source)], &[NodeId(target)], weight, u64::MAX);
        let mut graph = DiGraph::<(), u64>::new();
        plan.nodes().for_each(|_| _ = graph.add_node(()));
        for step in &plan.steps {
            graph.add_edge(NodeIndex::new(step.from as usize), NodeIndex::new(step.to as usize), u64::from(step.cost.max(1)));
        }
        let (flow, _) = petgraph::algo::dinics(&graph, NodeIndex::new(source as usize), NodeIndex::new(target as usize));
        prop_assert_eq!((found.weight, found.proven), (flow, true));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn fixes_of_all_that_leaves_or_enters_a_node_are_cuts(
        plan in plans(Shape { nodes: 5, steps: 14, costs: (0, 3), fixes: 0, alls: 0 }),
        weights in prop::collection::vec(1..4u16, 10),
        target in 0..5u32,
    ) {
        // A step has the policy of its source, of its target, of both or none: by its cost.
        let mut plan = plan;
        for step in &mut plan.steps {
            let both = [step.from, 5 + step.to];
            step.fixes = both[usize::from(step.cost / 2)..usize::from(1 + step.cost).min(2)].to_vec();
        }
        let target = target % plan.all.len() as u32;
        let found = plan.net().smallest_fixes(&plan.sources(), &[NodeId(target)], |fix| Some(weights[fix.0 as usize]), u64::MAX);
        let uncut = brute::hit(&plan.fixed(&(0..10).collect::<Vec<_>>()), &[target]);
        let subsets = (0..1u32 << 10).map(|mask| (0..10).filter(|fix| mask >> fix & 1 == 1).collect::<Vec<u32>>());
        let enough = |fixes: &Vec<u32>| brute::hit(&plan.fixed(fixes), &[target]) == uncut;
        let weigh = |fixes: &[u32]| -> u64 { fixes.iter().map(|fix| u64::from(weights[*fix as usize])).sum() };
        let mut light: Vec<_> = subsets.filter(|fixes| weigh(fixes) <= found.weight).collect();
        light.sort_by_key(|fixes| weigh(fixes));
        let least = light.iter().find(|fixes| enough(fixes)).map(|fixes| weigh(fixes));
        prop_assert_eq!((Some(found.weight), found.proven), (least, true));
    }
}

#[test]
fn one_rule_behind_many_steps_is_one_fix() {
    // internet → 50 hosts, one rule each; every host → role by the same trust; role → 9 buckets.
    let mut builder = Builder::new();
    let (internet, role) = (builder.any(), builder.any());
    for host in 2..52 {
        builder.edge(internet, NodeId(host), 1, &[FixId(host)]);
        builder.edge(NodeId(host), role, 1, &[FixId(1000)]);
    }
    let buckets: Vec<_> = (52..61).map(NodeId).collect();
    for bucket in &buckets {
        builder.edge(role, *bucket, 1, &[FixId(2000 + bucket.0), FixId(3000)]);
    }
    let net = builder.build().unwrap();
    let fixes = |fix: u32, weight: u16| move |other: FixId| Some(if other.0 == fix { weight } else { 1 });
    let found = net.smallest_fixes(&[internet], &buckets, fixes(3000, 2), 1_000_000);
    assert_eq!((&found.fixes[..], found.weight, found.proven), (&[FixId(1000)][..], 1, true));
    let found = net.smallest_fixes(&[internet], &buckets, fixes(1000, 20), 1_000_000);
    assert_eq!((&found.fixes[..], found.weight, found.proven), (&[FixId(3000)][..], 1, true));
    let removal = Removal { fixes: &found.fixes, ..Removal::default() };
    assert!(
        buckets.iter().all(|bucket| !net.reach_without(&[internet], &removal).contains(bucket.0 as usize))
    );
    // Neither can be changed: nine bucket policies are fewer than fifty rules.
    let weight = |fix: FixId| (fix.0 != 1000 && fix.0 != 3000).then_some(1);
    assert_eq!(net.smallest_fixes(&[internet], &buckets, weight, 1_000_000).weight, 9);
    // Nothing can: every bucket is told apart, with the path that stays.
    let found = net.smallest_fixes(&[internet], &buckets, |_| None, 1_000_000);
    assert_eq!(
        (found.fixes.len(), found.uncut.len(), found.uncut[0].edges.len(), found.proven),
        (0, 9, 3, true)
    );
}
