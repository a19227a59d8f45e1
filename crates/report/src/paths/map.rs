//! All shown paths as one graph: entries and assets once each, and between two of them one edge for each way to gain a
//! level. Pictures and graph databases are written from it; nothing here knows how.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Asset, AttackPath, Foothold, Level, PathStep, Severity, Snapshot};

use super::words::Names;

/// A picture of more is no picture. Of the rest the least risky paths are left out.
const MAX_NODES: usize = 160;
const MAX_EDGES: usize = 320;

pub(super) struct Map<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) edges: Vec<Edge<'a>>,
    /// Paths that are not in it, because it would be too large.
    pub(super) left_out: usize,
    /// Paths that are in it.
    pub(super) drawn: usize,
}

pub(super) struct Node<'a> {
    /// The entry's or the asset's id.
    pub(super) id: &'a str,
    pub(super) name: String,
    /// None for an entry.
    pub(super) asset: Option<&'a Asset>,
    pub(super) is_entry: bool,
    /// The target of one of the paths: its title and impact.
    pub(super) target: Option<(&'a str, u8)>,
    /// The worst risk of the paths through it.
    pub(super) risk: Severity,
    /// What an attacker gains of it from itself: levels and how.
    pub(super) inside: Vec<(Level, &'a PathStep)>,
}

pub(super) struct Edge<'a> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) step: &'a PathStep,
    /// The worst risk of the paths over it.
    pub(super) risk: Severity,
    /// Ids of the paths over it.
    pub(super) paths: BTreeSet<&'a str>,
}

impl<'a> Map<'a> {
    /// The riskiest paths, as many as a picture holds.
    pub(super) fn bounded(snapshot: &'a Snapshot) -> Self {
        Map::of(snapshot, MAX_NODES, MAX_EDGES)
    }

    pub(super) fn whole(snapshot: &'a Snapshot) -> Self {
        Map::of(snapshot, usize::MAX, usize::MAX)
    }

    fn of(snapshot: &'a Snapshot, nodes: usize, edges: usize) -> Self {
        let mut map = Map { nodes: Vec::new(), edges: Vec::new(), left_out: 0, drawn: 0 };
        let mut maker = Maker { names: Names::of(snapshot), at: HashMap::new(), between: BTreeMap::new() };
        for path in &snapshot.attack.paths {
            // A path adds at most two nodes and as many edges as its steps have starts.
            let adds = path.steps.iter().map(|step| step.from.len().max(1)).sum::<usize>();
            let fits = map.nodes.len().saturating_add(2 * adds) <= nodes
                && map.edges.len().saturating_add(adds) <= edges;
            if fits || map.drawn == 0 {
                maker.add(&mut map, path);
                map.drawn += 1;
            } else {
                map.left_out += 1;
            }
        }
        map
    }
}

struct Maker<'a> {
    names: Names<'a>,
    at: HashMap<(bool, &'a str), usize>,
    /// Edges by ends, technique and level.
    between: BTreeMap<(usize, usize, &'a str, Level), usize>,
}

impl<'a> Maker<'a> {
    fn add(&mut self, map: &mut Map<'a>, path: &'a AttackPath) {
        for step in &path.steps {
            let to = self.asset(map, &step.to.0, path.risk.level);
            for from in &step.from {
                let from = match from {
                    Foothold::Entry { entry } => self.entry(map, entry, path.risk.level),
                    Foothold::Asset { asset, .. } => self.asset(map, &asset.0, path.risk.level),
                };
                self.edge(map, from, to, step, path);
            }
        }
        let target = self.asset(map, &path.target.asset.0, path.risk.level);
        let node = &mut map.nodes[target];
        if node.target.is_none_or(|(_, impact)| impact < path.risk.impact) {
            node.target = Some((&path.target.title, path.risk.impact));
        }
    }

    fn entry(&mut self, map: &mut Map<'a>, entry: &'a str, risk: Severity) -> usize {
        let name = || crate::text::visible(entry, super::words::NAME).into_owned();
        self.node(map, entry, true, risk, None, name)
    }

    fn asset(&mut self, map: &mut Map<'a>, id: &'a str, risk: Severity) -> usize {
        let key = model::AssetId(id.into());
        let asset = self.names.asset(&key);
        let name = self.names.name(&key).into_owned();
        self.node(map, id, false, risk, asset, || name)
    }

    fn node(
        &mut self,
        map: &mut Map<'a>,
        id: &'a str,
        is_entry: bool,
        risk: Severity,
        asset: Option<&'a Asset>,
        name: impl FnOnce() -> String,
    ) -> usize {
        let at = *self.at.entry((is_entry, id)).or_insert_with(|| {
            let (target, inside) = (None, Vec::new());
            map.nodes.push(Node { id, name: name(), asset, is_entry, target, risk, inside });
            map.nodes.len() - 1
        });
        let node = &mut map.nodes[at];
        node.risk = node.risk.max(risk);
        at
    }

    fn edge(&mut self, map: &mut Map<'a>, from: usize, to: usize, step: &'a PathStep, path: &'a AttackPath) {
        if from == to {
            let inside = &mut map.nodes[to].inside;
            if !inside.iter().any(|(level, s)| *level == step.gain && s.technique == step.technique) {
                inside.push((step.gain, step));
            }
            return;
        }
        let key = (from, to, &*step.technique, step.gain);
        let at = *self.between.entry(key).or_insert_with(|| {
            map.edges.push(Edge { from, to, step, risk: path.risk.level, paths: BTreeSet::new() });
            map.edges.len() - 1
        });
        let edge = &mut map.edges[at];
        edge.risk = edge.risk.max(path.risk.level);
        edge.paths.insert(&path.id);
    }
}
