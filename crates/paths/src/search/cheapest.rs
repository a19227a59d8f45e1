//! The cheapest derivation of every node: Knuth's generalisation of Dijkstra's algorithm (1977) to AND/OR graphs, on
//! Dial's bucket queue (1969).
//!
//! An *any* node costs the least of (source + edge) over its incoming edges; an *all* node the most, for its premises
//! are together as likely as the weakest of them. Both grow with each premise, which is all that Knuth's algorithm asks.
//!
//! Steps of no cost could make circles of equal cost. A node's *rank* therefore also counts the steps of no cost since
//! its cost last rose. Ranks grow strictly along every step, so whatever follows them is free of cycles, and they are
//! defined by the net alone, not by the order in which it is walked.

use super::closed::{Closed, Everything, Open};
use super::{Bits, Net, NodeId, Removal};

/// The cost of every node from some sources, with what was removed for the question. Belongs to the net that made it.
#[derive(Clone, Debug)]
pub struct Costs {
    /// Cost in the upper half, steps of no cost since it last rose in the lower: zero for sources alone.
    pub(super) rank: Vec<u64>,
    /// The nodes that are reached, by rank.
    pub(super) order: Vec<u32>,
    pub(super) closed: Closed,
}

/// The rank of a node that is not reached.
pub(super) const NEVER: u64 = u64::MAX;

impl Costs {
    /// The cost of the cheapest derivation, in tenths of a halving of likelihood; none when the node is not reached.
    pub fn cost(&self, node: NodeId) -> Option<u32> {
        let rank = *self.rank.get(node.index())?;
        (rank != NEVER).then_some(cost(rank))
    }

    /// The nodes that are reached, cheapest first.
    pub fn reached(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.order.iter().map(|node| NodeId(*node))
    }
}

impl Net {
    /// The cost of every node. O(V + E + the largest cost).
    pub fn cheapest(&self, sources: &[NodeId]) -> Costs {
        let (rank, order) = knuth(self, sources, &Everything, None);
        Costs { rank, order, closed: Closed::default() }
    }

    /// The cost of every node once something is removed.
    pub fn cheapest_without(&self, sources: &[NodeId], removal: &Removal<'_>) -> Costs {
        cheapest_within(self, sources, Closed::new(self, removal), None)
    }

    /// How many cheapest derivations each node has, up to `u64::MAX`; zero where it is not reached. O(V + E).
    ///
    /// Counted are those in which every part is itself as cheap as can be and every step goes up in rank: with positive
    /// costs all there are, each parallel edge a derivation of its own. Shared parts count once for each use.
    pub fn derivations(&self, costs: &Costs) -> Vec<u64> {
        let mut count = vec![0u64; self.nodes()];
        for node in costs.order.iter().map(|node| *node as usize) {
            let rank = costs.rank[node];
            let premises = self.entries(node).map(|entry| {
                let from = self.in_from[entry] as usize;
                let tight = costs.rank[from] < rank
                    && cost(costs.rank[from]) + u32::from(self.in_cost[entry]) == cost(rank)
                    && costs.closed.step(self.in_step[entry] as usize);
                (count[from], tight)
            });
            count[node] = if rank == 0 {
                1
            } else if self.all.contains(node) {
                premises.fold(1, |product, (ways, _)| product.saturating_mul(ways))
            } else {
                premises.filter(|(_, tight)| *tight).fold(0, |sum, (ways, _)| sum.saturating_add(ways))
            };
        }
        count
    }
}

/// The cheapest derivations that avoid what is closed. With `until` only nodes of lower rank than it are sure.
pub(super) fn cheapest_within(net: &Net, sources: &[NodeId], closed: Closed, until: Option<u32>) -> Costs {
    let (rank, order) = knuth(net, sources, &closed, until);
    Costs { rank, order, closed }
}

pub(super) fn cost(rank: u64) -> u32 {
    (rank >> 32) as u32
}

/// The rank at the end of a step.
#[inline]
pub(super) fn after(rank: u64, cost: u8) -> u64 {
    if cost == 0 { rank + 1 } else { ((rank >> 32) + u64::from(cost)) << 32 }
}

/// What is known of an *all* node: how many premises are settled, and the highest rank at the end of their steps.
#[derive(Clone, Copy, Default)]
struct Met {
    rank: u64,
    premises: u32,
}

fn knuth(net: &Net, sources: &[NodeId], open: &impl Open, until: Option<u32>) -> (Vec<u64>, Vec<u32>) {
    let mut rank = vec![NEVER; net.nodes()];
    let mut met = vec![Met::default(); net.all.count()];
    let mut settled = Bits::new(net.nodes());
    let mut order = Vec::new();
    let mut queue = Buckets::new();
    for source in net.known(sources).into_iter().filter(|source| open.node(*source as usize)) {
        rank[source as usize] = 0;
        queue.current.push(source);
    }
    // Within a bucket, first in is first out: nodes come by rank, since steps of no cost append.
    while let Some(node) = queue.next() {
        if !settled.insert(node as usize) {
            continue;
        }
        order.push(node);
        if until == Some(node) {
            break;
        }
        let from = rank[node as usize];
        for step in net.steps(node as usize) {
            let to = net.out_to[step] as usize;
            let mut end = after(from, net.out_cost[step]);
            if end >= rank[to] || !open.step(step) || !open.node(to) {
                continue;
            }
            if net.all.contains(to) {
                let met = &mut met[net.all.number(to)];
                met.premises += 1;
                met.rank = met.rank.max(end);
                if (met.premises as usize) < net.entries(to).len() {
                    continue;
                }
                end = met.rank;
            }
            rank[to] = end;
            queue.push(to as u32, cost(end));
        }
    }
    (rank, order)
}

/// Nodes by cost. All that wait are at most 255 dearer than the current one, so 256 buckets in a ring are enough.
struct Buckets {
    ring: Vec<Vec<u32>>,
    current: Vec<u32>,
    cost: u32,
    /// The next of `current`.
    next: usize,
    waiting: usize,
}

impl Buckets {
    fn new() -> Self {
        Buckets { ring: vec![Vec::new(); 256], current: Vec::new(), cost: 0, next: 0, waiting: 0 }
    }

    #[inline]
    fn push(&mut self, node: u32, cost: u32) {
        if cost == self.cost {
            self.current.push(node);
        } else {
            self.ring[cost as usize % 256].push(node);
            self.waiting += 1;
        }
    }

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while self.next == self.current.len() {
            if self.waiting == 0 {
                return None;
            }
            self.current.clear();
            self.next = 0;
            self.cost += 1;
            std::mem::swap(&mut self.current, &mut self.ring[self.cost as usize % 256]);
            self.waiting -= self.current.len();
        }
        self.next += 1;
        Some(self.current[self.next - 1])
    }
}
