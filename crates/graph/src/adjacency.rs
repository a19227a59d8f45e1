//! Compressed adjacency: edges sorted once, found by offset.

use std::sync::Arc;

/// One resolved relation; assets by index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub from: u32,
    pub relation: Arc<str>,
    pub to: u32,
}

/// The other ends of an asset's relation, and why there may be more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    pub assets: Vec<usize>,
    pub open: Option<Arc<str>>,
}

/// Edges in both directions, each direction with the offsets of every asset's slice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adjacency {
    outgoing: Vec<Edge>,
    out_offsets: Vec<u32>,
    incoming: Vec<Edge>,
    in_offsets: Vec<u32>,
}

impl Adjacency {
    pub(crate) fn new(assets: usize, mut edges: Vec<Edge>) -> Self {
        edges.sort();
        edges.dedup();
        let mut incoming = edges.clone();
        incoming.sort_by(|a, b| (a.to, &a.relation, a.from).cmp(&(b.to, &b.relation, b.from)));
        Adjacency {
            out_offsets: offsets(assets, edges.iter().map(|e| e.from)),
            in_offsets: offsets(assets, incoming.iter().map(|e| e.to)),
            outgoing: edges,
            incoming,
        }
    }

    pub(crate) fn outgoing(&self, asset: usize) -> &[Edge] {
        slice(&self.outgoing, &self.out_offsets, asset)
    }

    pub(crate) fn incoming(&self, asset: usize) -> &[Edge] {
        slice(&self.incoming, &self.in_offsets, asset)
    }

    pub(crate) fn edges(&self) -> &[Edge] {
        &self.outgoing
    }
}

fn offsets(assets: usize, keys: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut offsets = vec![0; assets + 1];
    for key in keys {
        offsets[key as usize + 1] += 1;
    }
    for i in 1..offsets.len() {
        offsets[i] += offsets[i - 1];
    }
    offsets
}

fn slice<'e>(edges: &'e [Edge], offsets: &[u32], asset: usize) -> &'e [Edge] {
    match (offsets.get(asset), offsets.get(asset + 1)) {
        (Some(from), Some(to)) => &edges[*from as usize..*to as usize],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_found_from_both_ends() {
        let edge = |from, relation: &str, to| Edge { from, relation: relation.into(), to };
        let adjacency =
            Adjacency::new(4, vec![edge(2, "b", 0), edge(0, "a", 1), edge(0, "a", 1), edge(0, "a", 3)]);
        assert_eq!(adjacency.edges().len(), 3);
        assert_eq!(adjacency.outgoing(0).iter().map(|e| e.to).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(adjacency.incoming(0).iter().map(|e| e.from).collect::<Vec<_>>(), [2]);
        assert!(adjacency.outgoing(3).is_empty() && adjacency.outgoing(99).is_empty());
    }
}
