//! What is reached, against Datalog.

use std::collections::BTreeSet;

use datafrog::{Iteration, Relation, RelationLeaper};
use paths::search::{Bits, Builder, FixId, NodeId, Removal};
use proptest::prelude::*;

use crate::plan::{Plan, SMALL, plans, reorder, shuffled};

fn set(bits: &Bits) -> BTreeSet<u32> {
    bits.iter().map(|node| node as u32).collect()
}

/// `reached(x) :- any(x), edge(y, x), reached(y)`; an *all* node counts its premises up, one rule for each.
fn datalog(plan: &Plan) -> BTreeSet<u32> {
    let any: Relation<(u32, u32)> =
        plan.steps.iter().filter(|s| !plan.all[s.to as usize]).map(|s| (s.from, s.to)).collect();
    let alls = plan.nodes().filter(|node| plan.all[*node as usize]);
    let premises: Vec<(u32, u32, u32)> = alls
        .flat_map(|node| plan.into(node).enumerate().map(move |(n, (_, step))| (node, n as u32, step.from)))
        .collect();
    // premise n of a node, by the node with n premises met; and how many complete it
    let wanted: Relation<((u32, u32), u32)> =
        premises.iter().map(|(node, n, from)| ((*node, *n), *from)).collect();
    let complete: Relation<((u32, u32), ())> = plan
        .nodes()
        .map(|node| ((node, plan.into(node).count() as u32), ()))
        .filter(|((_, n), ())| *n > 0)
        .collect();

    let mut iteration = Iteration::new();
    let reached = iteration.variable::<(u32, ())>("reached");
    let met = iteration.variable::<((u32, u32), ())>("met");
    let waits = iteration.variable::<(u32, (u32, u32))>("waits");
    reached.extend(plan.sources.iter().map(|node| (*node, ())));
    met.extend(premises.iter().map(|(node, ..)| ((*node, 0), ())));
    while iteration.changed() {
        reached.from_leapjoin(&reached, any.extend_with(|(from, ())| *from), |_, to| (*to, ()));
        waits.from_leapjoin(&met, wanted.extend_with(|(at, ())| *at), |(at, ()), from| (*from, *at));
        met.from_join(&waits, &reached, |_, (node, n), ()| ((*node, n + 1), ()));
        reached.from_leapjoin(&met, complete.extend_with(|(at, ())| *at), |((node, _), ()), ()| (*node, ()));
    }
    reached.complete().iter().map(|(node, ())| *node).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn reach_is_the_least_model((plan, order) in shuffled(SMALL), gone in prop::collection::vec(0..6u32, 0..3), node in 0..9u32) {
        prop_assert_eq!(set(&plan.net().reach(&plan.sources())), datalog(&plan));
        prop_assert_eq!(set(&reorder(&plan, &order).net().reach(&plan.sources())), datalog(&plan));

        let fixes: Vec<_> = gone.iter().copied().map(FixId).collect();
        let removal = Removal { fixes: &fixes, ..Removal::default() };
        let fixed = datalog(&plan.fixed(&gone));
        prop_assert_eq!(set(&plan.net().reach_without(&plan.sources(), &removal)), fixed);

        let removal = Removal { fixes: &fixes, nodes: &[NodeId(node)], ..Removal::default() };
        let mut without = plan.fixed(&gone).cut(|_, step| step.from == node || step.to == node);
        without.sources.retain(|source| *source != node);
        let fixed = datalog(&without);
        prop_assert_eq!(set(&plan.net().reach_without(&plan.sources(), &removal)), fixed);
    }

    #[test]
    fn a_net_gives_back_what_it_was_given(plan in plans(SMALL)) {
        let net = plan.net();
        for (at, step) in plan.steps.iter().enumerate() {
            let edge = net.edge(paths::search::EdgeId(at as u32)).unwrap();
            prop_assert_eq!((edge.from.0, edge.to.0, edge.cost), (step.from, step.to, step.cost));
            prop_assert_eq!(edge.fixes.iter().map(|f| f.0).collect::<Vec<_>>(), step.fixes.clone());
            prop_assert!(net.outgoing(edge.from).any(|e| e.0 as usize == at));
            prop_assert!(net.incoming(edge.to).any(|e| e.0 as usize == at));
        }
        prop_assert_eq!(net.edge(paths::search::EdgeId(plan.steps.len() as u32)), None);
    }
}

#[test]
fn hostile_shapes_end() {
    let count = 100_000;
    let mut star = Builder::new();
    let (source, hub, gate) = (star.any(), star.any(), star.all());
    star.edge(source, hub, 0, &[]);
    for leaf in 0..count {
        star.edge(hub, NodeId(3 + leaf), 0, &[]);
        star.edge(NodeId(3 + leaf), gate, 0, &[]);
        star.edge(NodeId(3 + leaf), hub, 0, &[]);
    }
    let net = star.build().unwrap();
    assert_eq!(net.reach(&[source, NodeId(u32::MAX)]).count(), count as usize + 3);
    assert_eq!(net.proof(&net.cheapest(&[source]), gate).unwrap().edges.len(), 2 * count as usize + 1);

    let mut circle = Builder::new();
    let (a, b, empty) = (circle.all(), circle.all(), circle.all());
    circle.edge(a, b, 0, &[]);
    circle.edge(b, a, 0, &[]);
    circle.edge(a, a, 0, &[]);
    let net = circle.build().unwrap();
    assert!(net.reach(&[]).is_empty());
    assert_eq!(set(&net.reach(&[a])), [a.0, b.0].into());
    assert_eq!(net.cheapest(&[a]).cost(empty), None);
}
