//! A synthetic estate of any size, the same in every run: internet → exposed assets → identities → groups → resources.
//!
//! Degrees follow a power law (a few roles and groups own most edges), one node in twenty needs all its premises, fixes
//! are shared by the edges of one role or rule.

use paths::search::{Builder, FixId, Net, NodeId};

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// Small numbers far more often than large ones: density ~ 1/√x.
    fn skewed(&mut self, bound: u32) -> u32 {
        let x = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (((x * x) * f64::from(bound)) as u32).min(bound - 1)
    }
}

/// A step of the estate, before it is in a net.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) cost: u8,
    pub(crate) fix: Option<u32>,
}

/// An estate as lists.
#[derive(Clone)]
pub(crate) struct Estate {
    pub(crate) nodes: u32,
    /// Whether each node needs all its premises.
    pub(crate) all: Vec<bool>,
    pub(crate) steps: Vec<Step>,
    /// What matters: some of the resources.
    pub(crate) targets: Vec<NodeId>,
}

pub(crate) const INTERNET: NodeId = NodeId(0);

/// Costs as the likelihoods of steps give them: 0.95, 0.5, 0.4, 0.3, 0.2, 0.05.
const COSTS: [u8; 8] = [1, 1, 1, 1, 10, 13, 17, 43];

impl Estate {
    /// About so many edges, one node for every eight.
    pub(crate) fn new(edges: usize) -> Self {
        let mut random = Random(edges as u64);
        let nodes = (edges / 8).max(64) as u32;
        // internet | exposed 5 % | identities 40 % | groups 5 % | resources
        let exposed = 1..nodes / 20;
        let identities = exposed.end..exposed.end + nodes * 2 / 5;
        let groups = identities.end..identities.end + nodes / 20;
        let resources = groups.end..nodes;
        let layers = [&exposed, &identities, &groups, &resources];

        let mut all = vec![false; nodes as usize];
        for node in identities.start..nodes {
            all[node as usize] = random.below(100) < 5;
        }
        let mut premises = vec![0u8; nodes as usize];
        let mut steps = Vec::with_capacity(edges);
        for node in exposed.clone().step_by(4) {
            steps.push(Step { from: 0, to: node, cost: COSTS[random.below(8) as usize], fix: Some(node) });
        }
        while steps.len() < edges {
            // Mostly onward, sometimes within a layer or back.
            let (a, b) = match random.below(20) {
                0..4 => (0, 1),
                4..8 => (1, 2),
                8..11 => (1, 3),
                11..15 => (2, 3),
                15..17 => (1, 1),
                17 => (0, 0),
                18 => (3, 1),
                _ => (2, 1),
            };
            let pick = |random: &mut Random, layer: &std::ops::Range<u32>, skewed: bool| {
                let len = layer.end - layer.start;
                layer.start + if skewed { random.skewed(len) } else { random.below(len) }
            };
            let from = pick(&mut random, layers[a], true);
            let to = pick(&mut random, layers[b], b == 2);
            if all[to as usize] {
                if premises[to as usize] == 3 {
                    continue;
                }
                premises[to as usize] += 1;
            }
            let fix = match random.below(20) {
                0 => None,
                // A policy of the role that acts, a policy of what is acted on, a policy that many roles share.
                1..13 => Some(nodes + from * 4 + random.below(4)),
                13..18 => Some(nodes * 5 + to),
                _ => Some(nodes * 6 + random.below(nodes / 16)),
            };
            steps.push(Step { from, to, cost: COSTS[random.below(8) as usize], fix });
        }
        let targets = resources.step_by(100).map(NodeId).collect();
        Estate { nodes, all, steps, targets }
    }

    pub(crate) fn net(&self) -> Net {
        let mut builder = Builder::with_capacity(self.steps.len());
        for all in &self.all {
            if *all {
                builder.all()
            } else {
                builder.any()
            };
        }
        for step in &self.steps {
            let fix = step.fix.map(FixId);
            builder.edge(NodeId(step.from), NodeId(step.to), step.cost, fix.as_slice());
        }
        builder.build().expect("an estate fits into a net")
    }

    /// The same edges where one premise is always enough.
    pub(crate) fn without_all(mut self) -> Self {
        self.all.fill(false);
        self
    }
}
