//! Random nets, written down so that oracles can read them too.

use paths::search::{Builder, FixId, Net, NodeId};
use proptest::prelude::*;

/// A step of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) cost: u8,
    pub(crate) fixes: Vec<u32>,
}

/// A net before it is packed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Whether each node needs all its premises.
    pub(crate) all: Vec<bool>,
    pub(crate) steps: Vec<Step>,
    pub(crate) sources: Vec<u32>,
}

impl Plan {
    pub(crate) fn net(&self) -> Net {
        let mut builder = Builder::new();
        for all in &self.all {
            if *all {
                builder.all()
            } else {
                builder.any()
            };
        }
        for step in &self.steps {
            let fixes: Vec<_> = step.fixes.iter().copied().map(FixId).collect();
            builder.edge(NodeId(step.from), NodeId(step.to), step.cost, &fixes);
        }
        builder.build().unwrap()
    }

    pub(crate) fn sources(&self) -> Vec<NodeId> {
        self.sources.iter().copied().map(NodeId).collect()
    }

    pub(crate) fn nodes(&self) -> std::ops::Range<u32> {
        0..self.all.len() as u32
    }

    /// The steps into a node, by index.
    pub(crate) fn into(&self, node: u32) -> impl Iterator<Item = (usize, &Step)> {
        self.steps.iter().enumerate().filter(move |(_, step)| step.to == node)
    }

    /// Without these steps: what needs one of them all is never reached again.
    pub(crate) fn cut(&self, gone: impl Fn(usize, &Step) -> bool) -> Plan {
        let mut plan = self.clone();
        let nowhere = plan.all.len() as u32;
        plan.all.push(false);
        for (at, step) in self.steps.iter().enumerate() {
            if gone(at, step) {
                plan.steps[at].from = nowhere;
            }
        }
        plan
    }

    /// Without the steps that one of these fixes removes.
    pub(crate) fn fixed(&self, fixes: &[u32]) -> Plan {
        self.cut(|_, step| step.fixes.iter().any(|fix| fixes.contains(fix)))
    }
}

/// The shape of random nets.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) nodes: u32,
    pub(crate) steps: usize,
    pub(crate) costs: (u8, u8),
    pub(crate) fixes: u32,
    /// How often in ten a node is an *all* node.
    pub(crate) alls: u32,
}

pub(crate) const SMALL: Shape = Shape { nodes: 9, steps: 24, costs: (0, 4), fixes: 6, alls: 3 };

/// Nets of up to that size: self loops, parallel steps, circles and empty *all* nodes come by themselves.
pub(crate) fn plans(shape: Shape) -> impl Strategy<Value = Plan> {
    (1..=shape.nodes).prop_flat_map(move |nodes| {
        let fixes =
            prop::collection::btree_set(0..shape.fixes.max(1), 0..=if shape.fixes == 0 { 0 } else { 2 });
        let step = (0..nodes, 0..nodes, shape.costs.0..=shape.costs.1, fixes)
            .prop_map(|(from, to, cost, fixes)| Step { from, to, cost, fixes: fixes.into_iter().collect() });
        let alls = prop::collection::vec((0..10u32).prop_map(move |n| n < shape.alls), nodes as usize);
        let sources = prop::collection::vec(0..nodes, 1..=2);
        (alls, prop::collection::vec(step, 0..=shape.steps), sources).prop_map(|(all, steps, sources)| Plan {
            all,
            steps,
            sources,
        })
    })
}

/// A plan and a shuffle of its steps.
pub(crate) fn shuffled(shape: Shape) -> impl Strategy<Value = (Plan, Vec<usize>)> {
    plans(shape).prop_flat_map(|plan| {
        let order = Just((0..plan.steps.len()).collect::<Vec<_>>()).prop_shuffle();
        (Just(plan), order)
    })
}

pub(crate) fn reorder(plan: &Plan, order: &[usize]) -> Plan {
    Plan { steps: order.iter().map(|at| plan.steps[*at].clone()).collect(), ..plan.clone() }
}
