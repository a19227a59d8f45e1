//! Which entries reach which targets.

use super::bits::lanes;
use super::spread::{NoMasks, Spread};
use super::{Bits, Net, NodeId};

/// Entries by targets, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    entries: Vec<NodeId>,
    targets: Vec<NodeId>,
    /// For each entry, the targets that it reaches, by their place in `targets`.
    rows: Vec<Bits>,
}

impl Matrix {
    /// Sorted, each once.
    pub fn entries(&self) -> &[NodeId] {
        &self.entries
    }

    /// Sorted, each once.
    pub fn targets(&self) -> &[NodeId] {
        &self.targets
    }

    /// Whether the entry alone reaches the target.
    pub fn reaches(&self, entry: NodeId, target: NodeId) -> bool {
        let row = self.entries.binary_search(&entry).ok().map(|row| &self.rows[row]);
        let column = self.targets.binary_search(&target).ok();
        row.zip(column).is_some_and(|(row, column)| row.contains(column))
    }

    /// The targets that the entry alone reaches.
    pub fn reached(&self, entry: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let row = self.entries.binary_search(&entry).ok().map(|row| &self.rows[row]);
        row.into_iter().flat_map(|row| row.iter().map(|column| self.targets[column]))
    }
}

impl Net {
    /// What each entry reaches by itself, 64 entries in one walk: O(V + E) for each when their ways run together,
    /// O(64 E) at worst. Takes 20 bytes a node, 256 an *all* node (at most 32 MiB), one bit a pair.
    pub fn matrix(&self, entries: &[NodeId], targets: &[NodeId]) -> Matrix {
        let entries: Vec<_> = self.known(entries).into_iter().map(NodeId).collect();
        let targets: Vec<_> = self.known(targets).into_iter().map(NodeId).collect();
        let mut rows = vec![Bits::new(targets.len()); entries.len()];
        let mut spread = Spread::new(self);
        let width = spread.lanes();
        for (entries, rows) in entries.chunks(width).zip(rows.chunks_mut(width)) {
            spread.run(entries.iter().enumerate().map(|(lane, entry)| (*entry, 1 << lane)), &NoMasks);
            for (column, target) in targets.iter().enumerate() {
                for lane in lanes(spread.words[target.index()]) {
                    rows[lane].insert(column);
                }
            }
        }
        Matrix { entries, targets, rows }
    }
}
