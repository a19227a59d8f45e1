//! Answers by definition, as slow as they like.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Plan;

/// The least cost of each node: what derivations of at most so many levels can do, until more levels do no better.
pub(crate) fn costs(plan: &Plan) -> Vec<Option<u32>> {
    let mut cost: Vec<Option<u32>> = vec![None; plan.all.len()];
    loop {
        let next: Vec<_> = plan
            .nodes()
            .map(|node| {
                let mut ends =
                    plan.into(node).map(|(_, s)| cost[s.from as usize].map(|c| c + u32::from(s.cost)));
                if plan.sources.contains(&node) {
                    Some(0)
                } else if plan.all[node as usize] {
                    ends.try_fold(None, |most: Option<u32>, end| {
                        end.map(|end| Some(most.unwrap_or(0).max(end)))
                    })
                    .flatten()
                } else {
                    ends.flatten().min()
                }
            })
            .collect();
        if next == cost {
            return cost;
        }
        cost = next;
    }
}

pub(crate) fn reached(plan: &Plan) -> BTreeSet<u32> {
    plan.nodes().zip(costs(plan)).filter(|(_, cost)| cost.is_some()).map(|(node, _)| node).collect()
}

/// The targets that are reached.
pub(crate) fn hit(plan: &Plan, targets: &[u32]) -> BTreeSet<u32> {
    reached(plan).into_iter().filter(|node| targets.contains(node)).collect()
}

/// Without a node: neither given nor derived.
pub(crate) fn without(plan: &Plan, node: u32) -> Plan {
    let mut plan = plan.cut(|_, step| step.from == node || step.to == node);
    plan.sources.retain(|source| *source != node);
    plan
}

/// Every derivation of a target as its cost and its steps: one step for each *any* node that is used, no circle.
pub(crate) fn derivations(plan: &Plan, target: u32) -> BTreeSet<(u32, BTreeSet<usize>)> {
    let mut found = BTreeSet::new();
    choose(plan, target, &mut BTreeMap::new(), vec![target], &mut found);
    found
}

fn choose(
    plan: &Plan,
    target: u32,
    chosen: &mut BTreeMap<u32, Vec<usize>>,
    mut open: Vec<u32>,
    found: &mut BTreeSet<(u32, BTreeSet<usize>)>,
) {
    let Some(node) = open.pop() else {
        let steps: BTreeSet<usize> = chosen.values().flatten().copied().collect();
        // Only these steps: a derivation proves its target, and the cost is what it then comes to.
        let alone = plan.cut(|at, step| !steps.contains(&at) && !plan.all[step.to as usize]);
        if let Some(cost) = costs(&alone)[target as usize] {
            found.insert((cost, steps));
        }
        return;
    };
    if plan.sources.contains(&node) || chosen.contains_key(&node) {
        return choose(plan, target, chosen, open, found);
    }
    let steps: Vec<usize> = plan.into(node).map(|(at, _)| at).collect();
    let ways = if plan.all[node as usize] {
        if steps.is_empty() { vec![] } else { vec![steps] }
    } else {
        steps.into_iter().map(|step| vec![step]).collect()
    };
    for way in ways {
        let mut open = open.clone();
        open.extend(way.iter().map(|step| plan.steps[*step].from));
        chosen.insert(node, way);
        choose(plan, target, chosen, open, found);
        chosen.remove(&node);
    }
}
