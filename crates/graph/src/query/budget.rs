//! What a query may cost. There is no clock here: work is counted in nodes, relationships and values looked at, so that a
//! query ends in the same way everywhere.

use std::cell::Cell;

use super::error::Exceeded;

/// What an answer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows of the answer.
    pub rows: usize,
    /// Nodes, relationships and values looked at.
    pub steps: u64,
    /// Bytes held at once for sorting, grouping and the answer, estimated.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { rows: 10_000, steps: 20_000_000, memory: 256 << 20 }
    }
}

/// What is left of the limits while a query runs.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    steps: Cell<u64>,
    held: Cell<usize>,
}

/// Bytes that one element of a value takes, estimated.
const ELEMENT: usize = 40;

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Budget { limits, steps: Cell::new(0), held: Cell::new(0) }
    }

    /// Counts `steps` nodes, relationships or values that are looked at.
    pub(super) fn look(&self, steps: usize) -> Result<(), Exceeded> {
        let total = self.steps.get().saturating_add(steps as u64);
        self.steps.set(total);
        if total > self.limits.steps { Err(Exceeded::Steps(self.limits.steps)) } else { Ok(()) }
    }

    /// Counts values that are kept.
    pub(super) fn hold(&self, elements: usize) -> Result<(), Exceeded> {
        let held = self.held.get().saturating_add(elements.saturating_mul(ELEMENT));
        self.held.set(held);
        if held > self.limits.memory { Err(Exceeded::Memory(self.limits.memory)) } else { Ok(()) }
    }

    /// Values that were kept and are not any more.
    pub(super) fn release(&self, elements: usize) {
        self.held.set(self.held.get().saturating_sub(elements.saturating_mul(ELEMENT)));
    }

    /// Counts rows of the answer.
    pub(super) fn rows(&self, rows: usize) -> Result<(), Exceeded> {
        if rows > self.limits.rows { Err(Exceeded::Rows(self.limits.rows)) } else { Ok(()) }
    }
}
