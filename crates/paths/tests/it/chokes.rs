//! Shares and choke points, against removal of one thing after the other.

use std::collections::{BTreeMap, BTreeSet};

use paths::search::{EdgeId, How, NodeId};
use petgraph::graph::{DiGraph, NodeIndex};
use proptest::prelude::*;

use crate::brute;
use crate::plan::{Plan, SMALL, Shape, plans, reorder, shuffled};

const PLAIN: Shape = Shape { nodes: 40, steps: 90, costs: (0, 4), fixes: 0, alls: 0 };

fn ids(nodes: &[u32]) -> Vec<NodeId> {
    nodes.iter().copied().map(NodeId).collect()
}

/// How many targets are lost between two plans, one node left out.
fn lost(before: &Plan, after: &Plan, targets: &[u32], except: Option<u32>) -> u32 {
    let after = brute::hit(after, targets);
    let lost = brute::hit(before, targets).into_iter().filter(|t| !after.contains(t) && Some(*t) != except);
    lost.count() as u32
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn shares_count_the_proofs_that_pass(plan in plans(SMALL), targets in prop::collection::vec(0..9u32, 0..6)) {
        let net = plan.net();
        let costs = net.cheapest(&plan.sources());
        let shares = net.shares(&costs, &ids(&targets));
        let (mut nodes, mut edges): (BTreeMap<NodeId, u32>, BTreeMap<EdgeId, u32>) = Default::default();
        for target in targets.iter().collect::<BTreeSet<_>>() {
            let Some(proof) = net.proof(&costs, NodeId(*target)) else { continue };
            let on = proof.edges.iter().map(|edge| net.edge(*edge).unwrap().from).chain([proof.target]);
            on.collect::<BTreeSet<_>>().into_iter().for_each(|node| *nodes.entry(node).or_default() += 1);
            proof.edges.into_iter().for_each(|edge| *edges.entry(edge).or_default() += 1);
        }
        for node in plan.nodes().map(NodeId) {
            prop_assert_eq!(shares.node(node), nodes.get(&node).copied().unwrap_or(0));
        }
        for edge in (0..plan.steps.len() as u32).map(EdgeId) {
            prop_assert_eq!(shares.edge(&net, &costs, edge), edges.get(&edge).copied().unwrap_or(0));
        }
        let top: Vec<_> = shares.top(2).into_iter().map(|(_, share)| share).collect();
        let mut all: Vec<_> = nodes.into_values().collect();
        all.sort_by_key(|share| std::cmp::Reverse(*share));
        prop_assert_eq!(&top[..], &all[..all.len().min(2)]);
    }

    #[test]
    fn choke_points_are_what_cuts_when_removed((plan, order) in shuffled(SMALL), targets in prop::collection::vec(0..9u32, 1..6)) {
        let net = plan.net();
        let targets: Vec<u32> = targets.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let nodes = net.choke_nodes(&plan.sources(), &ids(&targets), 100);
        let mut expected: Vec<(u32, u32)> =
            plan.nodes().map(|node| (lost(&plan, &brute::without(&plan, node), &targets, Some(node)), node)).collect();
        expected.retain(|(cuts, _)| *cuts > 0);
        expected.sort_by_key(|(cuts, node)| (std::cmp::Reverse(*cuts), *node));
        prop_assert_eq!(nodes.points.iter().map(|p| (p.cuts, p.what.0)).collect::<Vec<_>>(), expected.clone());
        prop_assert_eq!((nodes.untried, nodes.untried_cut_at_most), (0, 0));
        let other = reorder(&plan, &order).net().choke_nodes(&plan.sources(), &ids(&targets), 100);
        prop_assert_eq!(other.points, nodes.points);

        let fixes = net.choke_fixes(&plan.sources(), &ids(&targets), 100);
        let mut expected: Vec<(u32, u32)> = (0..6).map(|fix| (lost(&plan, &plan.fixed(&[fix]), &targets, None), fix)).collect();
        expected.retain(|(cuts, _)| *cuts > 0);
        expected.sort_by_key(|(cuts, fix)| (std::cmp::Reverse(*cuts), *fix));
        prop_assert_eq!(fixes.points.iter().map(|p| (p.cuts, p.what.0)).collect::<Vec<_>>(), expected.clone());

        let few = net.choke_fixes(&plan.sources(), &ids(&targets), 1);
        for (cuts, fix) in expected {
            let listed = few.points.iter().any(|point| (point.cuts, point.what.0) == (cuts, fix));
            prop_assert!(listed || cuts <= few.untried_cut_at_most);
        }
    }

    #[test]
    fn without_all_nodes_choke_points_are_dominators(plan in plans(PLAIN)) {
        let targets: Vec<u32> = plan.nodes().step_by(2).collect();
        // A root above the sources, as petgraph wants a single one.
        let root = plan.all.len() as u32;
        let edges = plan.steps.iter().map(|s| (s.from, s.to)).chain(plan.sources.iter().map(|s| (root, *s)));
        let graph = DiGraph::<(), ()>::from_edges(edges);
        let dominators = petgraph::algo::dominators::simple_fast(&graph, NodeIndex::new(root as usize));
        let mut expected: BTreeMap<u32, u32> = BTreeMap::new();
        for target in targets.iter().filter(|t| (**t as usize) < graph.node_count()) {
            let above = dominators.strict_dominators(NodeIndex::new(*target as usize)).into_iter().flatten();
            for node in above.map(|node| node.index() as u32).filter(|node| *node != root) {
                *expected.entry(node).or_default() += 1;
            }
        }
        let found = plan.net().choke_nodes(&plan.sources(), &ids(&targets), 0);
        prop_assert_eq!(found.how, How::Dominators);
        prop_assert_eq!(found.points.iter().map(|p| (p.what.0, p.cuts)).collect::<BTreeMap<_, _>>(), expected);
    }
}
