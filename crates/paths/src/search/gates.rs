//! Sets of fixes as cuts. A fix for all that leaves one node, or enters one, is a gate that these steps pass in common:
//! closing the gate is cutting one arc. So fixes of roles, policies and rules are a matter of minimum cuts.

use rustc_hash::FxHashMap;

use super::build::Builder;
use super::flow::{UNCUTTABLE, min_cut};
use super::{FixId, Net, NodeId};

/// Labels that leave no target reached.
pub(super) struct GateCut {
    /// Ascending.
    pub(super) labels: Vec<u32>,
    /// No other labels weigh less than this.
    pub(super) bound: u64,
}

/// Labels whose steps are enough to cut; none when `work` runs out. The fixes of `net` are labels that index `weights`.
///
/// The bound is tight where each label is one gate, each step passes all of its gates and no node joins premises. A label
/// that needs several gates is first counted in full for each, which is enough to cut, and then in equal parts, which is
/// no more than it weighs.
pub(super) fn cut(
    net: &Net,
    sources: &[NodeId],
    targets: &[NodeId],
    weights: &[u64],
    work: &mut u64,
) -> Option<GateCut> {
    let mut gates = Gates::new(net, weights);
    for node in 0..net.nodes() {
        for step in net.steps(node) {
            gates.add(node as u32, net.out_to[step], net.fixes(step));
        }
    }
    let Gates { builder, arcs, left_aside, .. } = gates;
    let flow = builder.pack();
    let mut label_of = vec![None; flow.edges()];
    let mut parts = vec![0u64; weights.len()];
    for (edge, label) in flow.by_edge().zip(arcs) {
        label_of[edge] = label;
        label.into_iter().for_each(|label| parts[label as usize] += 1);
    }
    let limits =
        |weigh: &dyn Fn(u32) -> u64| label_of.iter().map(|label| label.map_or(UNCUTTABLE, weigh)).collect();
    let steps = min_cut(&flow, sources, targets, limits(&|label| weights[label as usize]), work)?;
    let mut labels: Vec<u32> = steps.into_iter().filter_map(|step| label_of[step]).collect();
    labels.sort_unstable();
    labels.dedup();

    let joins = |node: usize| net.all.contains(node) && net.entries(node).len() > 1;
    let mut bound = 0;
    if !left_aside && !(0..net.nodes()).any(joins) {
        let part = |label: u32| weights[label as usize] / parts[label as usize];
        if parts.iter().all(|parts| *parts <= 1) {
            bound = labels.iter().map(|label| part(*label)).sum();
        } else if let Some(steps) = min_cut(&flow, sources, targets, limits(&part), work) {
            bound = steps.into_iter().filter_map(|step| label_of[step]).map(part).sum();
        }
    }
    Some(GateCut { labels, bound })
}

/// Where the steps of a label are.
#[derive(Clone, Copy)]
struct Place {
    steps: u32,
    from: u32,
    to: u32,
    one_source: bool,
    one_target: bool,
}

struct Gates<'w> {
    places: FxHashMap<u32, Place>,
    weights: &'w [u64],
    builder: Builder,
    /// The label that cuts each arc.
    arcs: Vec<Option<u32>>,
    /// The far side of gates behind a source, the near side of gates before a target.
    behind: FxHashMap<(u32, u32), u32>,
    before: FxHashMap<u32, u32>,
    /// Some step has labels for which it passes no gate.
    left_aside: bool,
}

impl<'w> Gates<'w> {
    fn new(net: &Net, weights: &'w [u64]) -> Self {
        let mut places: FxHashMap<u32, Place> = FxHashMap::default();
        for node in 0..net.nodes() as u32 {
            for step in net.steps(node as usize) {
                let to = net.out_to[step];
                for FixId(label) in net.fixes(step) {
                    let first = Place { steps: 0, from: node, to, one_source: true, one_target: true };
                    let place = places.entry(*label).or_insert(first);
                    place.steps += 1;
                    place.one_source &= place.from == node;
                    place.one_target &= place.to == to;
                }
            }
        }
        let mut builder = Builder::with_capacity(net.edges());
        (0..net.nodes()).for_each(|_| _ = builder.any());
        let (behind, before) = (FxHashMap::default(), FxHashMap::default());
        Gates { places, weights, builder, arcs: Vec::new(), behind, before, left_aside: false }
    }

    /// Adds a step by way of its gates.
    fn add(&mut self, from: u32, to: u32, labels: &[FixId]) {
        let (mut near, mut far) = (from, to);
        let mut own: Option<u32> = None;
        for FixId(label) in labels {
            let place = self.places[label];
            if place.steps == 1 {
                // Gates of this step alone stand in a row: the lightest is as good as all.
                own = own
                    .filter(|own| self.weights[*own as usize] <= self.weights[*label as usize])
                    .or(Some(*label));
            } else if place.one_source && near == from {
                near = self.gate_behind(from, *label);
            } else if place.one_target && !place.one_source && far == to {
                far = self.gate_before(to, *label);
            } else if near == from {
                near = self.gate_behind(from, *label);
            } else {
                self.left_aside = true;
            }
        }
        self.arc(near, far, own);
    }

    fn gate_behind(&mut self, node: u32, label: u32) -> u32 {
        if let Some(gate) = self.behind.get(&(node, label)) {
            return *gate;
        }
        let gate = self.builder.any().0;
        self.behind.insert((node, label), gate);
        self.arc(node, gate, Some(label));
        gate
    }

    fn gate_before(&mut self, node: u32, label: u32) -> u32 {
        if let Some(gate) = self.before.get(&label) {
            return *gate;
        }
        let gate = self.builder.any().0;
        self.before.insert(label, gate);
        self.arc(gate, node, Some(label));
        gate
    }

    fn arc(&mut self, from: u32, to: u32, label: Option<u32>) {
        self.builder.edge(NodeId(from), NodeId(to), 0, &[]);
        self.arcs.push(label);
    }
}
