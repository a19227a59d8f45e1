//! Dominators of the reached part of a net in which one premise is always enough: the semi-NCA algorithm (Georgiadis,
//! 2005), which is Lengauer and Tarjan's without its second phase.

use super::{Costs, Net, NodeId};

/// The dominator tree under a root above all sources. Numbers are those of a depth-first walk: parents before children.
pub(super) struct Dominators {
    /// The node of each number; the root has none.
    nodes: Vec<u32>,
    /// The number of the immediate dominator.
    idom: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// What is reached, where that is not everything to which steps lead.
pub(super) type Reached<'c> = Option<&'c Costs>;

impl Dominators {
    /// For a net in which no reached node joins premises; see [`Self::apply`].
    pub(super) fn new(net: &Net, sources: &[NodeId], reached: &Reached<'_>) -> Self {
        let sources = net.known(sources);
        let walk = Walk::new(net, &sources, reached);
        let count = walk.nodes.len();
        let mut semi: Vec<u32> = (0..count as u32).collect();
        for source in &sources {
            semi[walk.number[*source as usize] as usize] = 0;
        }
        let links = walk.parent.iter().map(|parent| Link { ancestor: *parent, least: 0 }).collect();
        let mut forest = Forest { links, path: Vec::new() };
        for at in (1..count).rev() {
            let mut least = semi[at].min(walk.parent[at]);
            for from in &net.in_from[net.entries(walk.nodes[at] as usize)] {
                let from = walk.number[*from as usize];
                if from <= at as u32 {
                    least = least.min(from);
                } else if from != NONE {
                    least = least.min(forest.least(from, at as u32 + 1));
                }
            }
            semi[at] = least;
            forest.links[at].least = least;
        }
        let mut idom = walk.parent;
        for at in 1..count {
            let mut up = idom[at];
            while up > semi[at] {
                up = idom[up as usize];
            }
            idom[at] = up;
        }
        Dominators { nodes: walk.nodes, idom }
    }

    /// Whether reach is a matter of single paths: no node that is reached joins premises, sources apart.
    pub(super) fn apply(net: &Net, sources: &[NodeId], costs: &Costs) -> bool {
        let joins = |node: &NodeId| net.is_all(*node) && net.entries(node.index()).len() > 1;
        !costs.reached().any(|node| joins(&node) && !sources.contains(&node))
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
    fn new(net: &Net, sources: &[u32], reached: &Reached<'_>) -> Self {
        let mut walk = Walk { nodes: vec![NONE], number: vec![NONE; net.nodes()], parent: vec![0] };
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
                if reached.is_some_and(|costs| costs.cost(NodeId(to)).is_none()) {
                    continue;
                }
                let at = *at;
                let number = walk.enter(to, at);
                todo.push((number, net.steps(to as usize)));
            }
        }
        walk
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
    links: Vec<Link>,
    path: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Link {
    ancestor: u32,
    /// The least semidominator on the compressed path from the node up to below its ancestor.
    least: u32,
}

impl Forest {
    /// The least semidominator on the path from `at` up to the last node that is linked; `linked` is the first of them.
    fn least(&mut self, at: u32, linked: u32) -> u32 {
        let mut top = self.links[at as usize];
        let mut below = at;
        while top.ancestor >= linked {
            self.path.push(below);
            below = top.ancestor;
            top = self.links[below as usize];
        }
        while let Some(below) = self.path.pop() {
            let link = &mut self.links[below as usize];
            top.least = top.least.min(link.least);
            *link = top;
        }
        top.least
    }
}
