//! Dominators of the reached part of a net in which one premise is always enough: the semi-NCA algorithm (Georgiadis,
//! 2005), which is Lengauer and Tarjan's without its second phase.

use super::{Net, NodeId};

/// The dominator tree under a root above all sources. Numbers are those of a depth-first walk: parents before children.
pub(super) struct Dominators {
    /// The node of each number; the root has none.
    nodes: Vec<u32>,
    /// The number of the immediate dominator.
    idom: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Dominators {
    /// None when a node that is reached joins premises, for then reach is not a matter of single paths.
    pub(super) fn new(net: &Net, sources: &[NodeId]) -> Option<Self> {
        let sources = net.known(sources);
        let walk = Walk::new(net, &sources)?;
        let count = walk.nodes.len();
        let mut semi: Vec<u32> = (0..count as u32).collect();
        let mut forest = Forest { ancestor: walk.parent.clone(), label: semi.clone(), path: Vec::new() };
        for source in &sources {
            semi[walk.number[*source as usize] as usize] = 0;
        }
        for at in (1..count).rev() {
            let mut least = semi[at].min(walk.parent[at]);
            for entry in net.entries(walk.nodes[at] as usize) {
                let from = walk.number[net.in_from[entry] as usize];
                if from != NONE {
                    least = least.min(forest.least(from, at as u32 + 1, &semi));
                }
            }
            semi[at] = least;
        }
        let mut idom = walk.parent;
        for at in 1..count {
            let mut up = idom[at];
            while up > semi[at] {
                up = idom[up as usize];
            }
            idom[at] = up;
        }
        Some(Dominators { nodes: walk.nodes, idom })
    }

    /// For each node that dominates another target, how many it does.
    pub(super) fn count(&self, net: &Net, targets: &[NodeId]) -> Vec<(NodeId, u32)> {
        let mut below = vec![0u32; self.nodes.len()];
        let mut own = super::Bits::new(net.nodes());
        for target in targets {
            own.insert(target.index());
        }
        for at in (1..self.nodes.len()).rev() {
            let itself = u32::from(own.contains(self.nodes[at] as usize));
            below[self.idom[at] as usize] += below[at] + itself;
        }
        let nodes = self.nodes.iter().map(|node| NodeId(*node));
        nodes.zip(below).skip(1).filter(|(_, below)| *below > 0).collect()
    }
}

/// A depth-first walk from a root above the sources.
struct Walk {
    nodes: Vec<u32>,
    number: Vec<u32>,
    parent: Vec<u32>,
}

impl Walk {
    fn new(net: &Net, sources: &[u32]) -> Option<Self> {
        let mut walk = Walk { nodes: vec![NONE], number: vec![NONE; net.nodes()], parent: vec![0] };
        let reached = (net.all.count() > 0).then(|| {
            let sources: Vec<_> = sources.iter().copied().map(NodeId).collect();
            net.reach(&sources)
        });
        let mut todo = Vec::new();
        for source in sources {
            if walk.number[*source as usize] != NONE {
                continue;
            }
            todo.push((walk.enter(*source, 0), net.steps(*source as usize)));
            while let Some((at, steps)) = todo.last_mut() {
                let Some(step) = steps.next() else {
                    todo.pop();
                    continue;
                };
                let to = net.out_to[step];
                if walk.number[to as usize] != NONE {
                    continue;
                }
                if net.all.contains(to as usize) && sources.binary_search(&to).is_err() {
                    if reached.as_ref().is_some_and(|reached| !reached.contains(to as usize)) {
                        continue;
                    }
                    if net.entries(to as usize).len() > 1 {
                        return None;
                    }
                }
                let at = *at;
                let number = walk.enter(to, at);
                todo.push((number, net.steps(to as usize)));
            }
        }
        Some(walk)
    }

    fn enter(&mut self, node: u32, parent: u32) -> u32 {
        let number = self.nodes.len() as u32;
        self.number[node as usize] = number;
        self.nodes.push(node);
        self.parent.push(parent);
        number
    }
}

/// The part of the depth-first tree that is linked already, with its paths compressed.
struct Forest {
    ancestor: Vec<u32>,
    /// On the compressed path from a node upward, the node whose semidominator is least.
    label: Vec<u32>,
    path: Vec<u32>,
}

impl Forest {
    /// The least semidominator on the path from `at` up to the last node that is linked, which `linked` is the first of.
    fn least(&mut self, at: u32, linked: u32, semi: &[u32]) -> u32 {
        if at < linked {
            return at;
        }
        let mut top = at;
        while self.ancestor[top as usize] >= linked {
            self.path.push(top);
            top = self.ancestor[top as usize];
        }
        while let Some(below) = self.path.pop() {
            let (above, own) = (self.label[top as usize], self.label[below as usize]);
            if semi[above as usize] < semi[own as usize] {
                self.label[below as usize] = above;
            }
            self.ancestor[below as usize] = self.ancestor[top as usize];
            top = below;
        }
        semi[self.label[at as usize] as usize]
    }
}
