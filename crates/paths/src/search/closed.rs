//! What is taken out of a net for a question, without building another net.

use super::bits::Bits;
use super::{EdgeId, FixId, Net, NodeId};

/// What to take out: the edges that carry one of the fixes, nodes with all their edges, single edges.
#[derive(Clone, Copy, Debug, Default)]
pub struct Removal<'r> {
    pub fixes: &'r [FixId],
    pub nodes: &'r [NodeId],
    pub edges: &'r [EdgeId],
}

/// Which nodes and steps may be used. Chosen at compile time, so that a whole net pays nothing for the question.
pub(super) trait Open {
    fn node(&self, node: usize) -> bool;
    fn step(&self, step: usize) -> bool;
}

/// Nothing is taken out.
pub(super) struct Everything;

impl Open for Everything {
    #[inline]
    fn node(&self, _: usize) -> bool {
        true
    }

    #[inline]
    fn step(&self, _: usize) -> bool {
        true
    }
}

/// The nodes and steps that are taken out.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed {
    pub(super) nodes: Bits,
    pub(super) steps: Bits,
}

impl Open for Closed {
    #[inline]
    fn node(&self, node: usize) -> bool {
        !self.nodes.contains(node)
    }

    #[inline]
    fn step(&self, step: usize) -> bool {
        !self.steps.contains(step)
    }
}

impl Closed {
    /// In O(E) when there are fixes, else in the size of what is removed.
    pub(super) fn new(net: &Net, removal: &Removal<'_>) -> Self {
        let mut closed = Closed { nodes: Bits::new(net.nodes()), steps: Bits::new(net.edges()) };
        for node in net.known(removal.nodes) {
            closed.nodes.insert(node as usize);
        }
        for step in removal.edges.iter().filter_map(|edge| net.step_of(*edge)) {
            closed.steps.insert(step);
        }
        if !removal.fixes.is_empty() {
            closed.close_fixes(net, removal.fixes);
        }
        closed
    }

    fn close_fixes(&mut self, net: &Net, fixes: &[FixId]) {
        let mut fixes = fixes.to_vec();
        fixes.sort_unstable();
        let mut sets = Bits::new(net.sets().len());
        for set in 1..net.sets().len() {
            if net.sets().get(set).iter().any(|fix| fixes.binary_search(fix).is_ok()) {
                sets.insert(set);
            }
        }
        for step in (0..net.edges()).filter(|step| sets.contains(net.set(*step))) {
            self.steps.insert(step);
        }
    }
}
