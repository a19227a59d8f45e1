//! How a net is made: nodes and edges are added one by one, then packed.

use rustc_hash::FxHashMap;

use super::net::{FixSets, Net};
use super::{Bits, EdgeId, FixId, NodeId};

/// More than a net can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// Costs of whole paths are 32 bits: 2^24 nodes times the largest cost of an edge.
    #[error("a net holds at most 16777216 nodes, not {0}")]
    Nodes(usize),
    #[error("a net holds at most 4294967294 edges, not {0}")]
    Edges(usize),
}

const MAX_NODES: usize = 1 << 24;
const MAX_EDGES: usize = u32::MAX as usize - 1;

/// An edge before it is packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) cost: u8,
    /// A number of the interned sets of fixes; zero is the empty set.
    pub(super) fixes: u32,
}

/// Collects nodes and edges. An edge may name a node that was not made: it and those before it become *any* nodes.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    nodes: usize,
    all: Vec<u32>,
    edges: Vec<Draft>,
    sets: FixSets,
    /// The sets of one fix, which most are, and the others.
    single: FxHashMap<FixId, u32>,
    several: FxHashMap<Box<[FixId]>, u32>,
    scratch: Vec<FixId>,
}

impl Builder {
    pub fn new() -> Self {
        Self::default()
    }

    /// With room for so many edges.
    pub fn with_capacity(edges: usize) -> Self {
        Builder { edges: Vec::with_capacity(edges), ..Self::default() }
    }

    /// A node that is reached when the source of one incoming edge is.
    pub fn any(&mut self) -> NodeId {
        self.nodes += 1;
        NodeId((self.nodes - 1) as u32)
    }

    /// A node that is reached when the source of every incoming edge is, and there is one.
    pub fn all(&mut self) -> NodeId {
        let node = self.any();
        self.all.push(node.0);
        node
    }

    /// A step that costs `cost` = round(−10·log2 of its likelihood) and that any one of `fixes` removes.
    pub fn edge(&mut self, from: NodeId, to: NodeId, cost: u8, fixes: &[FixId]) -> EdgeId {
        let id = EdgeId(self.edges.len() as u32);
        self.nodes = self.nodes.max(from.index() + 1).max(to.index() + 1);
        let fixes = self.intern(fixes);
        self.edges.push(Draft { from: from.0, to: to.0, cost, fixes });
        id
    }

    /// Steps without fixes, as `(from, to, cost)`.
    pub fn edges(&mut self, list: impl IntoIterator<Item = (u32, u32, u8)>) {
        for (from, to, cost) in list {
            self.edge(NodeId(from), NodeId(to), cost, &[]);
        }
    }

    /// Packs the net in O(V + E).
    pub fn build(self) -> Result<Net, TooLarge> {
        if self.nodes > MAX_NODES {
            return Err(TooLarge::Nodes(self.nodes));
        }
        if self.edges.len() > MAX_EDGES {
            return Err(TooLarge::Edges(self.edges.len()));
        }
        Ok(self.pack())
    }

    /// For nets that are parts of one that was not too large.
    pub(super) fn pack(self) -> Net {
        let mut all = Bits::new(self.nodes);
        for node in &self.all {
            all.insert(*node as usize);
        }
        Net::pack(self.nodes, all, self.edges, self.sets)
    }

    fn intern(&mut self, fixes: &[FixId]) -> u32 {
        match fixes {
            [] => return 0,
            [fix] => return *self.single.entry(*fix).or_insert_with(|| self.sets.push(fixes)),
            _ => {}
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(fixes);
        self.scratch.sort_unstable();
        self.scratch.dedup();
        if let Some(known) = self.several.get(self.scratch.as_slice()) {
            return *known;
        }
        let number = self.sets.push(&self.scratch);
        self.several.insert(self.scratch.as_slice().into(), number);
        number
    }
}
