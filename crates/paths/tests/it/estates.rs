//! The same answers at a size at which nothing can be enumerated: an estate of many thousand edges.

use paths::search::{FixId, How, NodeId, Removal};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::estate::{Estate, INTERNET, Random};

const EDGES: usize = 20_000;

#[test]
fn costs_on_a_plain_estate_are_those_of_dijkstra() {
    let estate = Estate::new(EDGES).without_all();
    let graph =
        DiGraph::<(), u32>::from_edges(estate.steps.iter().map(|s| (s.from, s.to, u32::from(s.cost))));
    let oracle = petgraph::algo::dijkstra(&graph, NodeIndex::new(0), None, |edge| *edge.weight());
    let (net, mut reached) = (estate.net(), 0);
    let (costs, bits) = (net.cheapest(&[INTERNET]), net.reach(&[INTERNET]));
    for node in 0..estate.nodes {
        let expected = oracle.get(&NodeIndex::new(node as usize)).copied();
        assert_eq!((costs.cost(NodeId(node)), bits.contains(node as usize)), (expected, expected.is_some()));
        reached += usize::from(expected.is_some());
    }
    assert!(reached > estate.nodes as usize / 2 && costs.reached().count() == reached);
}

#[test]
fn choke_points_are_the_same_by_dominators_and_by_removal() {
    // A part of the edges and many targets, so that there is something to cut.
    let mut estate = Estate::new(EDGES / 4);
    estate.targets = (1..estate.nodes).step_by(3).map(NodeId).collect();
    let mut random = Random(7);
    estate.steps.retain(|_| random.below(3) == 0);
    for (estate, how) in [(estate.clone(), How::Removal), (estate.without_all(), How::Dominators)] {
        let net = estate.net();
        let chokes = net.choke_nodes(&[INTERNET], &estate.targets, 10_000);
        assert!((chokes.how, chokes.untried) == (how, 0) && chokes.points.len() > 20);
        let hit = |removal: &Removal<'_>, except: NodeId| {
            let reached = net.reach_without(&[INTERNET], removal);
            estate.targets.iter().filter(|t| **t != except && reached.contains(t.0 as usize)).count() as u32
        };
        for node in (0..estate.nodes).map(NodeId) {
            let cuts =
                hit(&Removal::default(), node) - hit(&Removal { nodes: &[node], ..Removal::default() }, node);
            let listed = chokes.points.iter().find(|point| point.what == node).map_or(0, |point| point.cuts);
            assert_eq!(listed, cuts, "{node:?}");
        }
    }
}

#[test]
fn a_hurried_answer_still_leaves_no_target_reached() {
    let estate = Estate::new(EDGES);
    let net = estate.net();
    for work in [0, 1_000_000, 20_000_000] {
        let found =
            net.smallest_fixes(&[INTERNET], &estate.targets, |fix: FixId| Some((fix.0 % 3) as u16 + 1), work);
        let reached = net.reach_without(&[INTERNET], &Removal { fixes: &found.fixes, ..Removal::default() });
        let left = estate.targets.iter().filter(|target| reached.contains(target.0 as usize));
        assert_eq!(left.count(), found.uncut.len());
        assert!(found.at_least <= found.weight && (!found.proven || found.at_least == found.weight));
    }
}
