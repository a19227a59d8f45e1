//! The cheapest derivations, against all there are.

use std::collections::BTreeSet;

use paths::search::{Builder, NodeId};
use proptest::prelude::*;

use crate::brute;
use crate::cheapest::check;
use crate::plan::{Shape, plans};

const SHAPE: Shape = Shape { nodes: 7, steps: 13, costs: (0, 3), fixes: 0, alls: 3 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn none_that_is_cheaper_is_left_out(plan in plans(SHAPE), target in 0..7u32, k in 1..9usize) {
        let target = target % plan.all.len() as u32;
        let net = plan.net();
        let all = brute::derivations(&plan, target);
        let best = net.k_best(&plan.sources(), NodeId(target), k, u64::MAX);
        prop_assert!(!best.cut_short);
        let costs: Vec<u32> = best.proofs.iter().map(|proof| proof.cost).collect();
        prop_assert_eq!(costs, all.iter().take(k).map(|(cost, _)| *cost).collect::<Vec<_>>());
        let mut seen = BTreeSet::new();
        for proof in &best.proofs {
            check(&plan, &net, proof);
            let steps: BTreeSet<usize> = proof.edges.iter().map(|edge| edge.0 as usize).collect();
            prop_assert!(all.contains(&(proof.cost, steps.clone())) && seen.insert(steps));
        }
        let hurried = net.k_best(&plan.sources(), NodeId(target), k, 40);
        prop_assert!(best.proofs.starts_with(&hurried.proofs));
        prop_assert!(hurried.cut_short || hurried == best);
    }
}

#[test]
fn a_ladder_has_more_derivations_than_anyone_can_list() {
    let mut builder = Builder::new();
    let mut at = builder.any();
    let source = at;
    for _ in 0..200 {
        let next = builder.any();
        builder.edge(at, next, 1, &[]);
        builder.edge(at, next, 2, &[]);
        at = next;
    }
    let net = builder.build().unwrap();
    let best = net.k_best(&[source], at, 4, 10_000_000);
    assert_eq!(best.proofs.iter().map(|proof| proof.cost).collect::<Vec<_>>(), [200, 201, 201, 201]);
    assert!(net.k_best(&[source], at, 1000, 100_000).cut_short);
}
