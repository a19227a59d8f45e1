//! What best proofs have in common: for each node and edge, how many targets are best reached through it.

use super::cheapest::cost;
use super::{Bits, Costs, EdgeId, Net, NodeId};

/// For each node, how many targets have it in their best proof, their own among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    nodes: Vec<u32>,
    /// How many targets were counted.
    pub counted: usize,
    /// How many of the targets that are reached were not, because the bound on work was met. The counts are then those of
    /// the cheapest targets.
    pub left_out: usize,
}

/// Reading so many nodes is allowed when proofs share premises and every target must be followed apart.
const WORK: usize = 400_000_000;

impl Shares {
    /// How many best proofs pass the node.
    pub fn node(&self, node: NodeId) -> u32 {
        self.nodes.get(node.index()).copied().unwrap_or(0)
    }

    /// How many best proofs use the edge. In the incoming edges of its target.
    pub fn edge(&self, net: &Net, costs: &Costs, edge: EdgeId) -> u32 {
        let Some((step, Some(ends))) = net.step_of(edge).map(|step| (step, net.edge(edge))) else { return 0 };
        let used = net.support(costs, ends.to.index()).any(|entry| net.in_step[entry] as usize == step);
        if used { self.node(ends.to) } else { 0 }
    }

    /// The nodes that most best proofs pass: most first, then by id.
    pub fn top(&self, count: usize) -> Vec<(NodeId, u32)> {
        let mut nodes: Vec<_> =
            (0..).map(NodeId).zip(self.nodes.iter().copied()).filter(|(_, share)| *share > 0).collect();
        let order = |(node, share): &(NodeId, u32)| (std::cmp::Reverse(*share), *node);
        if count < nodes.len() {
            nodes.select_nth_unstable_by_key(count, order);
            nodes.truncate(count);
        }
        nodes.sort_unstable_by_key(order);
        nodes
    }
}

impl Net {
    /// How many targets' best proofs pass each node. O(V + E) when no proof joins premises, for best proofs are then a
    /// forest; else O(V + E) for every 64 targets, and bounded.
    pub fn shares(&self, costs: &Costs, targets: &[NodeId]) -> Shares {
        let mut targets: Vec<u32> =
            self.known(targets).into_iter().filter(|t| costs.cost(NodeId(*t)).is_some()).collect();
        targets.sort_by_key(|target| (cost(costs.rank[*target as usize]), *target));
        let proofs = Proofs::new(self, costs, &targets);
        if proofs.is_forest {
            return Shares { nodes: proofs.sums(self, &targets), counted: targets.len(), left_out: 0 };
        }
        let walk = proofs.entries.len() + self.nodes();
        let counted = targets.len().min((WORK / walk).max(1) * 64);
        let nodes = proofs.distinct(self, &targets[..counted]);
        Shares { nodes, counted, left_out: targets.len() - counted }
    }
}

/// The union of the best proofs of some targets: conclusions before their premises.
pub(super) struct Proofs {
    /// The entries that are used, with their conclusions, by falling rank of these.
    pub(super) entries: Vec<(u32, u32)>,
    /// No conclusion has two premises.
    is_forest: bool,
}

impl Proofs {
    pub(super) fn new(net: &Net, costs: &Costs, targets: &[u32]) -> Self {
        let mut needed = Bits::new(net.nodes());
        for target in targets {
            needed.insert(*target as usize);
        }
        let (mut entries, mut is_forest) = (Vec::new(), true);
        for node in costs.order.iter().rev() {
            if !needed.contains(*node as usize) {
                continue;
            }
            let support = net.support(costs, *node as usize);
            is_forest &= support.len() <= 1;
            for entry in support {
                needed.insert(net.in_from[entry] as usize);
                entries.push((*node, entry as u32));
            }
        }
        Proofs { entries, is_forest }
    }

    fn sums(&self, net: &Net, targets: &[u32]) -> Vec<u32> {
        let mut sums = vec![0; net.nodes()];
        for target in targets {
            sums[*target as usize] += 1;
        }
        for (conclusion, entry) in &self.entries {
            sums[net.in_from[*entry as usize] as usize] += sums[*conclusion as usize];
        }
        sums
    }

    /// Targets as bits, 64 at a time, so that a target which comes by two ways counts once.
    fn distinct(&self, net: &Net, targets: &[u32]) -> Vec<u32> {
        let mut sums = vec![0; net.nodes()];
        let mut words = vec![0u64; net.nodes()];
        for targets in targets.chunks(64) {
            words.fill(0);
            for (lane, target) in targets.iter().enumerate() {
                words[*target as usize] |= 1 << lane;
            }
            for (conclusion, entry) in &self.entries {
                words[net.in_from[*entry as usize] as usize] |= words[*conclusion as usize];
            }
            for (sum, word) in sums.iter_mut().zip(&words) {
                *sum += word.count_ones();
            }
        }
        sums
    }
}
