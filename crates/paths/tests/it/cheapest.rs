//! Costs, counts and proofs.

use std::collections::BTreeSet;

use paths::search::{Net, NodeId, Proof, Removal};
use petgraph::graph::{DiGraph, NodeIndex};
use proptest::prelude::*;

use crate::brute;
use crate::plan::{Plan, SMALL, Shape, Step, plans, reorder, shuffled};

fn costs(plan: &Plan) -> Vec<Option<u32>> {
    let costs = plan.net().cheapest(&plan.sources());
    plan.nodes().map(|node| costs.cost(NodeId(node))).collect()
}

/// A proof is checked as a reader would: each step after its premises, nothing without a reason, the cost adds up.
pub(crate) fn check(plan: &Plan, net: &Net, proof: &Proof) {
    let mut cost: Vec<Option<u32>> = vec![None; plan.all.len()];
    for source in &plan.sources {
        cost[*source as usize] = Some(0);
    }
    let mut met = vec![0; plan.all.len()];
    let mut used = BTreeSet::new();
    for id in &proof.edges {
        let edge = net.edge(*id).unwrap();
        let (from, to) = (edge.from.0 as usize, edge.to.0 as usize);
        let before = cost[from].expect("premises come first");
        assert!(
            !plan.all[from]
                || plan.sources.contains(&edge.from.0)
                || met[from] == plan.into(edge.from.0).count()
        );
        assert!(plan.all[to] || cost[to].is_none(), "one step into an any node");
        cost[to] = cost[to].max(Some(before + u32::from(edge.cost)));
        met[to] += 1;
        used.insert(edge.from);
    }
    let to = proof.edges.iter().map(|id| net.edge(*id).unwrap().to);
    assert!(
        to.into_iter().all(|to| to == proof.target || used.contains(&to)),
        "every step serves the target"
    );
    assert_eq!(cost[proof.target.0 as usize], Some(proof.cost));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn costs_are_the_least((plan, order) in shuffled(SMALL)) {
        prop_assert_eq!(costs(&plan), brute::costs(&plan));
        prop_assert_eq!(costs(&reorder(&plan, &order)), brute::costs(&plan));
    }

    #[test]
    fn without_all_nodes_costs_are_those_of_dijkstra(plan in plans(Shape { nodes: 60, steps: 200, costs: (0, 255), fixes: 0, alls: 0 })) {
        let graph = DiGraph::<(), u32>::from_edges(plan.steps.iter().map(|s| (s.from, s.to, u32::from(s.cost))));
        let first = plan.sources[0];
        let alone = Plan { sources: vec![first], ..plan };
        let oracle = if (first as usize) < graph.node_count() {
            petgraph::algo::dijkstra(&graph, NodeIndex::new(first as usize), None, |e| *e.weight())
        } else {
            [(NodeIndex::new(first as usize), 0)].into_iter().collect()
        };
        for (node, cost) in alone.nodes().zip(costs(&alone)) {
            prop_assert_eq!(cost, oracle.get(&NodeIndex::new(node as usize)).copied());
        }
    }

    #[test]
    fn proofs_hold_and_do_not_depend_on_the_order_of_steps((plan, order) in shuffled(SMALL)) {
        let (net, other) = (plan.net(), reorder(&plan, &order));
        let (costs, others) = (net.cheapest(&plan.sources()), other.net().cheapest(&plan.sources()));
        for node in plan.nodes().map(NodeId) {
            let (proof, again) = (net.proof(&costs, node), other.net().proof(&others, node));
            prop_assert_eq!(proof.is_some(), costs.cost(node).is_some());
            let (Some(proof), Some(again)) = (proof, again) else { continue };
            check(&plan, &net, &proof);
            let ends = |plan: &Plan, proof: &Proof| -> BTreeSet<_> {
                proof.edges.iter().map(|e| &plan.steps[e.0 as usize]).map(|s| (s.from, s.to, s.cost)).collect()
            };
            prop_assert_eq!(ends(&plan, &proof), ends(&other, &again));
        }
    }

    #[test]
    fn another_step_makes_nothing_dearer_and_a_removed_one_nothing_cheaper(plan in plans(SMALL), from in 0..9u32, to in 0..9u32, cost in 0..5u8) {
        let never = u32::MAX;
        let before = brute::costs(&plan);
        let mut more = plan.clone();
        let count = plan.all.len() as u32;
        let to = to % count;
        if !plan.all[to as usize] {
            more.steps.push(Step { from: from % count, to, cost, fixes: vec![] });
            let after = costs(&more);
            prop_assert!(before.iter().zip(after).all(|(b, a)| a.unwrap_or(never) <= b.unwrap_or(never)));
        }
        let net = plan.net();
        for edge in (0..plan.steps.len() as u32).map(paths::search::EdgeId) {
            let removal = Removal { edges: &[edge], ..Removal::default() };
            let costs = net.cheapest_without(&plan.sources(), &removal);
            let fewer = brute::costs(&plan.cut(|at, _| at == edge.0 as usize));
            for node in plan.nodes() {
                prop_assert_eq!(costs.cost(NodeId(node)), fewer[node as usize]);
                prop_assert!(fewer[node as usize].unwrap_or(never) >= before[node as usize].unwrap_or(never));
                if let Some(proof) = net.proof(&costs, NodeId(node)) {
                    check(&plan, &net, &proof);
                    prop_assert!(!proof.edges.contains(&edge));
                }
            }
        }
    }

    #[test]
    fn without_all_nodes_derivations_are_the_shortest_paths(plan in plans(Shape { nodes: 6, steps: 12, costs: (1, 2), fixes: 0, alls: 0 })) {
        let net = plan.net();
        let costs = net.cheapest(&plan.sources());
        let counts = net.derivations(&costs);
        for node in plan.nodes() {
            let all = brute::derivations(&plan, node);
            let least = all.first().map(|(cost, _)| *cost);
            prop_assert_eq!(counts[node as usize] as usize, all.iter().filter(|(cost, _)| Some(*cost) == least).count());
        }
    }
}

#[test]
fn counts_saturate_and_multiply_at_all_nodes() {
    let step = |from, to, cost| Step { from, to, cost, fixes: vec![] };
    // Two ways to 1, three to 2, and 3 needs both: six. A chain of 70 doublings after it saturates.
    let mut plan = Plan { all: vec![false, false, false, true], steps: vec![], sources: vec![0] };
    plan.steps.extend([step(0, 1, 1), step(0, 1, 1), step(0, 2, 1), step(0, 2, 1), step(0, 2, 1)]);
    plan.steps.extend([step(1, 3, 0), step(2, 3, 0)]);
    for at in 3..73 {
        plan.all.push(false);
        plan.steps.extend([step(at, at + 1, 1), step(at, at + 1, 1)]);
    }
    let net = plan.net();
    let counts = net.derivations(&net.cheapest(&plan.sources()));
    assert_eq!((counts[1], counts[2], counts[3], counts[4], counts[73]), (2, 3, 6, 12, u64::MAX));
}
