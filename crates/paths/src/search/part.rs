//! The part of a net that matters for some targets: what is reached and leads to one of them.

use super::build::Builder;
use super::{Bits, FixId, Net, NodeId};

/// A smaller net in which exactly the same derivations of the targets exist.
pub(super) struct Part {
    pub(super) net: Net,
    pub(super) sources: Vec<NodeId>,
    pub(super) targets: Vec<NodeId>,
    /// The step of the whole net behind each edge of the part.
    pub(super) steps: Vec<u32>,
}

/// How a step of the whole net appears in the part.
pub(super) struct Look {
    pub(super) cost: u8,
    pub(super) fixes: Vec<FixId>,
}

impl Part {
    /// Nodes keep their order, and steps theirs or, with `merge`, that of (source, target, fixes): then parallel steps
    /// with the same fixes become one.
    pub(super) fn new(
        net: &Net,
        sources: &[NodeId],
        targets: &[NodeId],
        merge: bool,
        look: impl Fn(usize) -> Look,
    ) -> Self {
        let reached = net.reach(sources);
        let sources = net.known(sources);
        let needed = needed(net, &reached, &sources, targets);
        let mut number = vec![u32::MAX; net.nodes()];
        let mut builder = Builder::new();
        for node in needed.iter() {
            number[node] = if net.all.contains(node) { builder.all() } else { builder.any() }.0;
        }
        let mut steps = Vec::new();
        for node in needed.iter() {
            let inner = |step: &usize| {
                let to = net.out_to[*step];
                needed.contains(to as usize) && sources.binary_search(&to).is_err()
            };
            let mut looks: Vec<_> = net
                .steps(node)
                .filter(inner)
                .map(|step| (number[net.out_to[step] as usize], look(step), step))
                .collect();
            if merge {
                let key = |(to, look, step): &(u32, Look, usize)| (*to, look.fixes.clone(), *step);
                looks.sort_by_cached_key(key);
                looks.dedup_by(|(a, one, _), (b, other, _)| a == b && one.fixes == other.fixes);
            }
            for (to, look, step) in looks {
                builder.edge(NodeId(number[node]), NodeId(to), look.cost, &look.fixes);
                steps.push(step as u32);
            }
        }
        let inside = |nodes: &[u32]| -> Vec<NodeId> {
            nodes
                .iter()
                .map(|node| NodeId(number[*node as usize]))
                .filter(|node| node.0 != u32::MAX)
                .collect()
        };
        let targets = inside(&net.known(targets));
        Part { net: builder.pack(), sources: inside(&sources), targets, steps }
    }
}

/// What is reached and leads to a target. Nothing leads to a source, which is given.
fn needed(net: &Net, reached: &Bits, sources: &[u32], targets: &[NodeId]) -> Bits {
    let mut needed = Bits::new(net.nodes());
    let mut todo: Vec<u32> = net.known(targets);
    todo.retain(|target| reached.contains(*target as usize) && needed.insert(*target as usize));
    while let Some(node) = todo.pop() {
        if sources.binary_search(&node).is_ok() {
            continue;
        }
        for from in &net.in_from[net.entries(node as usize)] {
            if reached.contains(*from as usize) && needed.insert(*from as usize) {
                todo.push(*from);
            }
        }
    }
    needed
}
