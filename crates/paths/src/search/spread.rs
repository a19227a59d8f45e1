//! Up to 64 questions of reach in one walk: each bit of a word is a reach of its own, exact also at *all* nodes.
//!
//! A node hands on each of its bits once, so the work is at most 64 times that of one reach, and about that of one or
//! two when the bits travel together.

use std::collections::VecDeque;

use super::bits::lanes;
use super::{Net, NodeId};

/// For each node, the questions that reach it.
pub(super) struct Spread<'n> {
    net: &'n Net,
    pub(super) words: Vec<u64>,
    /// The bits that a node has and did not hand on yet. Not zero while it waits.
    fresh: Vec<u64>,
    waiting: VecDeque<u32>,
    /// For each *all* node and lane, how many premises are met.
    met: Vec<u32>,
    lanes: usize,
}

/// Counters of premises take at most so many bytes; nets with more *all* nodes get fewer lanes.
const COUNTER_BYTES: usize = 1 << 25;

/// What is closed, for each lane apart.
pub(super) trait Masks {
    fn node(&self, node: usize) -> u64;
    fn step(&self, step: usize) -> u64;
}

/// Nothing is closed.
pub(super) struct NoMasks;

impl Masks for NoMasks {
    #[inline]
    fn node(&self, _: usize) -> u64 {
        0
    }

    #[inline]
    fn step(&self, _: usize) -> u64 {
        0
    }
}

impl<'n> Spread<'n> {
    pub(super) fn new(net: &'n Net) -> Self {
        let lanes = (COUNTER_BYTES / 4 / net.all.count().max(1)).clamp(1, 64);
        Spread {
            net,
            words: vec![0; net.nodes()],
            fresh: vec![0; net.nodes()],
            waiting: VecDeque::new(),
            met: vec![0; net.all.count() * lanes],
            lanes,
        }
    }

    /// How many questions fit into one walk: 64 unless there are more than 131,072 *all* nodes.
    pub(super) fn lanes(&self) -> usize {
        self.lanes
    }

    /// Forgets the walk before, starts each source with its lanes, and hands on until nothing is new.
    pub(super) fn run(&mut self, sources: impl IntoIterator<Item = (NodeId, u64)>, masks: &impl Masks) {
        self.words.fill(0);
        self.met.fill(0);
        let net = self.net;
        for (source, lanes) in sources {
            let node = source.index();
            if node < net.nodes() {
                self.add(node, lanes & !masks.node(node));
            }
        }
        while let Some(node) = self.waiting.pop_front() {
            let new = std::mem::take(&mut self.fresh[node as usize]);
            for step in net.steps(node as usize) {
                let to = net.out_to[step] as usize;
                let open = new & !self.words[to];
                if open == 0 {
                    continue;
                }
                let open = open & !masks.step(step) & !masks.node(to);
                let ready = if net.all.contains(to) { self.met(to, open) } else { open };
                self.add(to, ready);
            }
        }
    }

    fn add(&mut self, node: usize, lanes: u64) {
        let new = lanes & !self.words[node];
        if new == 0 {
            return;
        }
        self.words[node] |= new;
        if self.fresh[node] == 0 {
            self.waiting.push_back(node as u32);
        }
        self.fresh[node] |= new;
    }

    /// One more premise is met in these lanes; returns those in which it was the last.
    fn met(&mut self, node: usize, open: u64) -> u64 {
        let wanted = self.net.entries(node).len() as u32;
        let first = self.net.all.number(node) * self.lanes;
        let mut ready = 0;
        for lane in lanes(open) {
            let met = &mut self.met[first + lane];
            *met += 1;
            if *met == wanted {
                ready |= 1 << lane;
            }
        }
        ready
    }
}
