//! What is reached: the least model of Horn clauses in linear time (Dowling and Gallier, 1984).

use super::closed::{Closed, Everything, Open};
use super::{Bits, Net, NodeId, Removal};

impl Net {
    /// The nodes that are reached from the sources, the sources themselves among them. O(V + E).
    pub fn reach(&self, sources: &[NodeId]) -> Bits {
        reach(self, sources, &Everything)
    }

    /// The nodes that are still reached once something is removed. O(V + E).
    pub fn reach_without(&self, sources: &[NodeId], removal: &Removal<'_>) -> Bits {
        reach(self, sources, &Closed::new(self, removal))
    }
}

pub(super) fn reach(net: &Net, sources: &[NodeId], open: &impl Open) -> Bits {
    let mut reached = Bits::new(net.nodes());
    let mut met = vec![0u32; net.all.count()];
    let mut todo = Vec::new();
    for source in net.known(sources) {
        if open.node(source as usize) && reached.insert(source as usize) {
            todo.push(source);
        }
    }
    while let Some(node) = todo.pop() {
        let steps = net.steps(node as usize);
        for (step, to) in steps.clone().zip(&net.out_to[steps]) {
            let target = *to as usize;
            if reached.contains(target) || !open.step(step) || !open.node(target) {
                continue;
            }
            if net.all.contains(target) {
                let met = &mut met[net.all.number(target)];
                *met += 1;
                if (*met as usize) < net.entries(target).len() {
                    continue;
                }
            }
            reached.insert(target);
            todo.push(*to);
        }
    }
    reached
}
