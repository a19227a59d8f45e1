//! The packed net: compressed adjacency in both directions, about 26 bytes an edge and 8 a node.
//!
//! Inside, a step is its position in the outgoing lists, which are sorted by source and then by edge; the incoming lists
//! are sorted by target, then by source, then by edge. Ties are broken in that order, so they do not depend on the
//! order in which edges were given, parallel edges apart.

use std::ops::Range;

use super::bits::Numbered;
use super::build::Draft;
use super::{Bits, EdgeId, FixId, NodeId};

/// An immutable net. Made by [`Builder`](super::Builder).
#[derive(Clone, Debug)]
pub struct Net {
    pub(super) all: Numbered,
    out_start: Vec<u32>,
    pub(super) out_to: Vec<u32>,
    pub(super) out_cost: Vec<u8>,
    out_edge: Vec<u32>,
    /// The set of fixes of each step. Empty when no edge has a fix.
    out_fixes: Vec<u32>,
    in_start: Vec<u32>,
    pub(super) in_from: Vec<u32>,
    pub(super) in_cost: Vec<u8>,
    /// The step of each incoming edge.
    pub(super) in_step: Vec<u32>,
    /// The step of each edge.
    step_of: Vec<u32>,
    sets: FixSets,
}

/// One edge, as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge<'n> {
    pub from: NodeId,
    pub to: NodeId,
    pub cost: u8,
    /// Sorted, each once.
    pub fixes: &'n [FixId],
}

/// Sets of fixes, each stored once. Set zero is empty.
#[derive(Clone, Debug)]
pub(super) struct FixSets {
    start: Vec<u32>,
    fixes: Vec<FixId>,
}

impl Default for FixSets {
    fn default() -> Self {
        FixSets { start: vec![0, 0], fixes: Vec::new() }
    }
}

impl FixSets {
    pub(super) fn push(&mut self, fixes: &[FixId]) -> u32 {
        self.fixes.extend_from_slice(fixes);
        self.start.push(self.fixes.len() as u32);
        (self.start.len() - 2) as u32
    }

    pub(super) fn get(&self, set: usize) -> &[FixId] {
        &self.fixes[self.start[set] as usize..self.start[set + 1] as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.start.len() - 1
    }
}

impl Net {
    pub(super) fn pack(nodes: usize, all: Bits, drafts: Vec<Draft>, sets: FixSets) -> Self {
        let count = drafts.len();
        let out_start = starts(nodes, drafts.iter().map(|edge| edge.from));
        let mut next = out_start.clone();
        let mut step_of = vec![0; count];
        let (mut out_to, mut out_cost, mut out_edge) = (vec![0; count], vec![0; count], vec![0; count]);
        let mut out_fixes = vec![0; if sets.len() > 1 { count } else { 0 }];
        for (id, edge) in drafts.iter().enumerate() {
            let step = take(&mut next, edge.from);
            step_of[id] = step as u32;
            (out_to[step], out_cost[step], out_edge[step]) = (edge.to, edge.cost, id as u32);
            if let Some(fixes) = out_fixes.get_mut(step) {
                *fixes = edge.fixes;
            }
        }
        drop(drafts);

        let in_start = starts(nodes, out_to.iter().copied());
        next.copy_from_slice(&in_start);
        let (mut in_from, mut in_cost, mut in_step) = (vec![0; count], vec![0; count], vec![0; count]);
        for from in 0..nodes {
            for step in out_start[from] as usize..out_start[from + 1] as usize {
                let at = take(&mut next, out_to[step]);
                (in_from[at], in_cost[at], in_step[at]) = (from as u32, out_cost[step], step as u32);
            }
        }
        let all = Numbered::new(all);
        Net {
            all,
            out_start,
            out_to,
            out_cost,
            out_edge,
            out_fixes,
            in_start,
            in_from,
            in_cost,
            in_step,
            step_of,
            sets,
        }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.out_start.len() - 1
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.out_to.len()
    }

    /// Whether the node needs every incoming edge.
    pub fn is_all(&self, node: NodeId) -> bool {
        self.all.contains(node.index())
    }

    /// An edge by its id; none for an id of another net.
    pub fn edge(&self, edge: EdgeId) -> Option<Edge<'_>> {
        let step = *self.step_of.get(edge.0 as usize)? as usize;
        let from = self.out_start.partition_point(|start| *start as usize <= step) - 1;
        Some(Edge {
            from: NodeId(from as u32),
            to: NodeId(self.out_to[step]),
            cost: self.out_cost[step],
            fixes: self.fixes(step),
        })
    }

    /// The edges that leave a node, by id.
    pub fn outgoing(&self, node: NodeId) -> impl Iterator<Item = EdgeId> + '_ {
        self.steps(node.index()).map(|step| self.id(step))
    }

    /// The edges that enter a node, by source and then by id.
    pub fn incoming(&self, node: NodeId) -> impl Iterator<Item = EdgeId> + '_ {
        self.entries(node.index()).map(|entry| self.id(self.in_step[entry] as usize))
    }

    /// The steps that leave a node.
    #[inline]
    pub(super) fn steps(&self, node: usize) -> Range<usize> {
        range(&self.out_start, node)
    }

    /// The positions in the incoming lists of the edges that enter a node.
    #[inline]
    pub(super) fn entries(&self, node: usize) -> Range<usize> {
        range(&self.in_start, node)
    }

    #[inline]
    pub(super) fn id(&self, step: usize) -> EdgeId {
        EdgeId(self.out_edge[step])
    }

    pub(super) fn step_of(&self, edge: EdgeId) -> Option<usize> {
        self.step_of.get(edge.0 as usize).map(|step| *step as usize)
    }

    /// The step of each edge, by id.
    pub(super) fn by_edge(&self) -> impl Iterator<Item = usize> + '_ {
        self.step_of.iter().map(|step| *step as usize)
    }

    /// The number of the set of fixes of a step.
    #[inline]
    pub(super) fn set(&self, step: usize) -> usize {
        self.out_fixes.get(step).map_or(0, |set| *set as usize)
    }

    pub(super) fn fixes(&self, step: usize) -> &[FixId] {
        self.sets.get(self.set(step))
    }

    pub(super) fn sets(&self) -> &FixSets {
        &self.sets
    }

    /// The given nodes that exist, each once, ascending.
    pub(super) fn known(&self, nodes: &[NodeId]) -> Vec<u32> {
        let mut known: Vec<u32> =
            nodes.iter().map(|n| n.0).filter(|n| (*n as usize) < self.nodes()).collect();
        known.sort_unstable();
        known.dedup();
        known
    }
}

/// Where each node's list begins, and where the last one ends.
fn starts(nodes: usize, owners: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; nodes + 1];
    for owner in owners {
        starts[owner as usize + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    starts
}

fn take(next: &mut [u32], owner: u32) -> usize {
    let place = next[owner as usize];
    next[owner as usize] += 1;
    place as usize
}

fn range(starts: &[u32], node: usize) -> Range<usize> {
    match starts.get(node..node + 2) {
        Some(ends) => ends[0] as usize..ends[1] as usize,
        None => 0..0,
    }
}
