//! Minimum cuts by Dinic's algorithm (1970), on the lists of the net itself: the arc back along a step is its entry.

use super::{Bits, Net, NodeId};

/// What no cut may contain.
pub(super) const UNCUTTABLE: u64 = u64::MAX;

/// The steps of the cut of least capacity, ascending; none when there is no finite one, or when `work` (edges looked at)
/// runs out. Of all least cuts the one nearest the sources.
pub(super) fn min_cut(
    net: &Net,
    sources: &[NodeId],
    targets: &[NodeId],
    capacity: Vec<u64>,
    work: &mut u64,
) -> Option<Vec<usize>> {
    let mut is_target = Bits::new(net.nodes());
    targets.iter().for_each(|target| _ = is_target.insert(target.index()));
    let flow = vec![0; net.edges()];
    let mut dinic = Dinic { net, is_target, left: capacity, flow, level: vec![], cursor: vec![] };
    while dinic.levels(sources) {
        for source in sources {
            dinic.push_from(source.0, work)?;
        }
        *work = work.saturating_sub((net.nodes() + net.edges()) as u64);
        if *work == 0 {
            return None;
        }
    }
    let inside = |node: u32| dinic.level[node as usize] != FAR;
    let leaves = |node: u32| net.steps(node as usize).filter(|step| !inside(net.out_to[*step]));
    Some((0..net.nodes() as u32).filter(|node| inside(*node)).flat_map(leaves).collect())
}

const FAR: u32 = u32::MAX;

struct Dinic<'n> {
    net: &'n Net,
    is_target: Bits,
    /// What each step can still carry.
    left: Vec<u64>,
    flow: Vec<u64>,
    /// Arcs from the sources.
    level: Vec<u32>,
    /// The next arc of each node that was not tried in this phase.
    cursor: Vec<u32>,
}

/// An arc of the residual graph.
#[derive(Clone, Copy)]
struct Arc {
    from: u32,
    to: u32,
    step: usize,
    back: bool,
}

impl Dinic<'_> {
    /// Numbers nodes by distance; whether a target is reached.
    fn levels(&mut self, sources: &[NodeId]) -> bool {
        self.level = vec![FAR; self.net.nodes()];
        self.cursor = vec![0; self.net.nodes()];
        let mut queue: Vec<u32> = sources.iter().map(|source| source.0).collect();
        queue.iter().for_each(|source| self.level[*source as usize] = 0);
        let (mut at, mut found) = (0, false);
        while let Some(node) = queue.get(at).copied() {
            at += 1;
            if self.is_target.contains(node as usize) {
                found = true;
                continue;
            }
            let mut number = 0;
            while let Some(arc) = self.arc(node, number) {
                number += 1;
                if self.room(arc) > 0 && self.level[arc.to as usize] == FAR {
                    self.level[arc.to as usize] = self.level[node as usize] + 1;
                    queue.push(arc.to);
                }
            }
        }
        found
    }

    /// The arcs of a node by number: along its steps, then back along its entries.
    #[inline]
    fn arc(&self, node: u32, number: u32) -> Option<Arc> {
        let steps = self.net.steps(node as usize);
        let number = number as usize;
        if number < steps.len() {
            let step = steps.start + number;
            return Some(Arc { from: node, to: self.net.out_to[step], step, back: false });
        }
        let entry = self.net.entries(node as usize).nth(number - steps.len())?;
        Some(Arc {
            from: node,
            to: self.net.in_from[entry],
            step: self.net.in_step[entry] as usize,
            back: true,
        })
    }

    #[inline]
    fn room(&self, arc: Arc) -> u64 {
        if arc.back { self.flow[arc.step] } else { self.left[arc.step] }
    }

    /// Pushes what it can from a source to targets along rising levels; none when a path has no limit.
    fn push_from(&mut self, source: u32, work: &mut u64) -> Option<()> {
        let mut path: Vec<Arc> = Vec::new();
        let mut node = source;
        loop {
            if self.is_target.contains(node as usize) {
                *work = work.saturating_sub(path.len() as u64);
                self.push_along(&path)?;
                if *work == 0 {
                    return None;
                }
                path.clear();
                node = source;
                continue;
            }
            let next = self.arc(node, self.cursor[node as usize]);
            match next {
                Some(arc)
                    if self.room(arc) > 0 && self.level[arc.to as usize] == self.level[node as usize] + 1 =>
                {
                    path.push(arc);
                    node = arc.to;
                }
                Some(_) => self.cursor[node as usize] += 1,
                None => {
                    let Some(arc) = path.pop() else { return Some(()) };
                    node = arc.from;
                    self.cursor[node as usize] += 1;
                }
            }
        }
    }

    fn push_along(&mut self, path: &[Arc]) -> Option<()> {
        let most = path.iter().map(|arc| self.room(*arc)).min().filter(|most| *most != UNCUTTABLE)?;
        for arc in path {
            let (from, to) =
                if arc.back { (&mut self.flow, &mut self.left) } else { (&mut self.left, &mut self.flow) };
            if from[arc.step] != UNCUTTABLE {
                from[arc.step] -= most;
            }
            if to[arc.step] != UNCUTTABLE {
                to[arc.step] += most;
            }
        }
        Some(())
    }
}
