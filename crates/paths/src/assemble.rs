//! From proofs of the search to attack paths for people: steps in words, with grounds, fixes and factors.

use std::sync::Arc;

use catalog::cel::Evaluation;
use graph::{Estate, Origin};
use model::{Asset, AttackPath, Factor, Foothold, Grounds, Level, PathFix, PathStep, PathTarget, Verdict};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::attack::{AttackGraph, Meaning, sure};
use crate::bypass::bypassed;
use crate::risk;
use crate::rules::{Origins, Rule, Start, State};
use crate::search::{EdgeId, NodeId, Proof};
use crate::targets::Wanted;

/// Grounds that one step shows at most.
const MAX_GROUNDS: usize = 8;

/// The technique of a step, and its ids in MITRE ATT&CK and ATLAS.
pub(crate) struct Called {
    pub technique: Arc<str>,
    pub title: Arc<str>,
    pub attack: Vec<Arc<str>>,
    pub atlas: Vec<Arc<str>>,
}

impl AttackGraph<'_> {
    /// The path that a proof is.
    pub(crate) fn path(&self, entry: usize, wanted: &Wanted<'_>, proof: &Proof) -> AttackPath {
        let into: FxHashMap<NodeId, EdgeId> =
            proof.edges.iter().filter_map(|edge| Some((self.net.edge(*edge)?.to, *edge))).collect();
        let steps: Vec<PathStep> = proof
            .edges
            .iter()
            .filter_map(|edge| match self.meaning(*edge) {
                Meaning::Gain(rule, gain) => Some(self.step(rule, gain, &into)),
                Meaning::Implied | Meaning::Member(..) | Meaning::Need(_) => None,
            })
            .collect();
        let card = &self.facts.catalog.entries[entry];
        let asset = &self.facts.graph.assets()[wanted.state.asset as usize];
        let (cost, mut factors) = self.factors(entry, proof);
        factors.extend(wanted.factors.iter().cloned());
        let target = PathTarget {
            target: wanted.card.target.text.clone(),
            title: wanted.card.title.clone(),
            asset: asset.id.clone(),
            level: wanted.state.level,
            why: wanted.card.why.clone(),
        };
        let title = format!("{} can {} {}", card.title, does(wanted.state.level), called(asset));
        let mut path = AttackPath {
            id: id(&card.entry, &target, &steps),
            title,
            risk: risk::of(&self.facts.catalog.risk, cost, wanted.impact, factors),
            entry: card.entry.text.clone(),
            target,
            steps,
            bypasses: Vec::new(),
        };
        path.bypasses = bypassed(self.facts.graph, &path);
        path
    }

    fn step(&self, rule: u32, gain: State, into: &FxHashMap<NodeId, EdgeId>) -> PathStep {
        let rule = self.rule(rule);
        let mut verdict = rule.verdict.clone();
        let mut evidence: Vec<Grounds> = Vec::new();
        let mut fixes: Vec<u32> = rule.fixes.clone();
        let mut from = Vec::new();
        for need in &rule.needs {
            let start = self.taken(*need, into, &mut verdict, &mut evidence, &mut fixes);
            from.extend(self.foothold(start));
        }
        from.sort();
        from.dedup();
        evidence.extend(rule.grounds.iter().cloned());
        let mut seen = Vec::new();
        evidence.retain(|g| {
            let new = !seen.contains(g);
            seen.push(g.clone());
            new
        });
        evidence.truncate(MAX_GROUNDS);
        fixes.sort_unstable();
        fixes.dedup();
        let assets = self.facts.graph.assets();
        let to = &assets[gain.asset as usize];
        let fixes = fixes.iter().map(|fix| self.fix(*fix)).collect();
        let says = match rule.origin {
            Origins::Card(index) => {
                self.says(&self.facts.catalog.techniques[index as usize], rule.subject as usize)
            }
            Origins::Route(index) => {
                let route = &self.facts.reachability.routes()[index as usize];
                format!("reaches {} over the network ({})", to.name, route.ports)
            }
        };
        let Called { technique, title, attack, atlas } = self.called(rule);
        PathStep {
            technique,
            title,
            from,
            to: to.id.clone(),
            gain: gain.level,
            says,
            verdict,
            evidence,
            fixes,
            attack,
            atlas,
        }
    }

    /// How people call a step of a rule.
    pub(crate) fn called(&self, rule: &Rule) -> Called {
        match rule.origin {
            Origins::Card(index) => {
                let card = &self.facts.catalog.techniques[index as usize].card;
                Called {
                    technique: card.technique.text.clone(),
                    title: card.title.clone(),
                    attack: card.attack.clone(),
                    atlas: card.atlas.clone(),
                }
            }
            Origins::Route(index) => {
                let route = &self.facts.reachability.routes()[index as usize];
                let inside = route.from.iter().all(|origin| matches!(origin, Origin::Asset(_)));
                let attack = if inside { "T1021" } else { "T1190" };
                Called {
                    technique: "network-route".into(),
                    title: "Reach it over the network".into(),
                    attack: vec![attack.into()],
                    atlas: Vec::new(),
                }
            }
        }
    }

    /// What a need was met from in the proof; on the way what groups add.
    fn taken(
        &self,
        need: Start,
        into: &FxHashMap<NodeId, EdgeId>,
        verdict: &mut Verdict,
        evidence: &mut Vec<Grounds>,
        fixes: &mut Vec<u32>,
    ) -> Start {
        let mut start = need;
        // Groups hold groups one deep.
        for _ in 0..4 {
            let Start::Group(group) = start else { break };
            let Some(edge) = into.get(&self.group_node(group.0)) else { break };
            let Meaning::Member(group, place) = self.meaning(*edge) else { break };
            let member = self.member(group, place);
            *verdict = std::mem::replace(verdict, Verdict::Allowed).and(member.verdict.clone());
            evidence.extend(member.grounds.iter().cloned());
            fixes.extend(member.fix);
            start = member.start;
        }
        start
    }

    fn group_node(&self, group: u32) -> NodeId {
        NodeId(self.entries.len() as u32 + group)
    }

    pub(crate) fn foothold(&self, start: Start) -> Option<Foothold> {
        match start {
            Start::Entry(entry) => {
                let entry = self.facts.catalog.entries[entry as usize].entry.text.clone();
                Some(Foothold::Entry { entry })
            }
            Start::State(state) => {
                let asset = self.facts.graph.assets()[state.asset as usize].id.clone();
                Some(Foothold::Asset { asset, level: state.level })
            }
            Start::Group(_) => None,
        }
    }

    pub(crate) fn fix(&self, index: u32) -> PathFix {
        let fix = &self.rules.fixes[index as usize];
        PathFix { id: fix.id.clone(), say: fix.say.clone(), check: fix.check.clone() }
    }

    fn says(&self, technique: &catalog::Technique, subject: usize) -> String {
        let today = (!self.facts.today.is_empty()).then(|| Arc::from(self.facts.today));
        let estate = Estate { graph: self.facts.graph, catalog: self.facts.catalog, today };
        match technique.plan() {
            Ok(plan) => plan.does.render(&mut Evaluation::new(subject, &estate)),
            Err(message) => message.to_owned(),
        }
    }

    /// What the cost of a proof is made of: the entry, and along the weakest premises the likelihood of each step.
    fn factors(&self, entry: usize, proof: &Proof) -> (u32, Vec<Factor>) {
        let weights = &self.facts.catalog.risk;
        let row = &self.facts.catalog.entries[entry].likelihood;
        let p = weights.p(row).unwrap_or(1.0);
        let mut factors = vec![Factor { name: format!("entry: {}", row.text).into(), value: p }];
        // Premises stand before conclusions, so one pass knows the cost of every node of the proof, and of several
        // premises the dearest, which is the one that counts.
        let mut dearest: FxHashMap<NodeId, (u32, EdgeId)> = FxHashMap::default();
        for edge in &proof.edges {
            let Some(known) = self.net.edge(*edge) else { continue };
            let before = dearest.get(&known.from).map_or(0, |(cost, _)| *cost);
            let cost = before + u32::from(known.cost);
            let best = dearest.entry(known.to).or_insert((cost, *edge));
            if cost > best.0 {
                *best = (cost, *edge);
            }
        }
        let mut chain = Vec::new();
        let mut at = proof.target;
        while let Some((_, edge)) = dearest.get(&at)
            && let Some(known) = self.net.edge(*edge)
            && chain.len() <= proof.edges.len()
        {
            chain.push(*edge);
            at = known.from;
        }
        chain.reverse();
        for edge in chain {
            match self.meaning(edge) {
                Meaning::Gain(rule, gain) => self.step_factors(self.rule(rule), gain, &mut factors),
                Meaning::Member(group, place) => {
                    let verdict = &self.member(group, place).verdict;
                    if !sure(verdict) {
                        let name = format!("permission is {}", verdict.word());
                        factors.push(Factor { name: name.into(), value: risk::doubt(weights, verdict) });
                    }
                }
                Meaning::Implied | Meaning::Need(_) => {}
            }
        }
        (proof.cost + u32::from(risk::cost(p)), factors)
    }

    fn step_factors(&self, rule: &Rule, gain: State, factors: &mut Vec<Factor>) {
        let weights = &self.facts.catalog.risk;
        let name = &self.facts.graph.assets()[gain.asset as usize].name;
        if let Origins::Card(index) = rule.origin {
            let card = &self.facts.catalog.techniques[index as usize].card;
            let p = weights.p(&card.likelihood).unwrap_or(1.0);
            if p < 1.0 {
                let name = format!("{} {name}: {}", gain.level, card.likelihood.text);
                factors.push(Factor { name: name.into(), value: p });
            }
        }
        if !sure(&rule.verdict) {
            let name = format!("{} {name}: step is {}", gain.level, rule.verdict.word());
            factors.push(Factor { name: name.into(), value: risk::doubt(weights, &rule.verdict) });
        }
    }
}

/// An asset in a title: its name, or its address where only a run could tell the name.
fn called(asset: &Asset) -> &str {
    match asset.name.contains("unknown (") || asset.name.is_empty() {
        true => asset.address.rsplit('/').next().unwrap_or(&asset.address),
        false => &asset.name,
    }
}

/// A level as what somebody can do.
fn does(level: Level) -> &'static str {
    match level {
        Level::Reach => "reach",
        Level::Use => "use",
        Level::Execute => "run code in",
        Level::Control => "take over",
        Level::Read => "read",
        Level::Write => "change",
        Level::Key => "open",
    }
}

/// An id made of where the path begins, what it does and where it ends.
fn id(entry: &str, target: &PathTarget, steps: &[PathStep]) -> Arc<str> {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    add(entry);
    add(&target.target);
    add(&target.asset.0);
    add(target.level.as_str());
    for step in steps {
        add(&step.technique);
        add(&step.to.0);
        add(step.gain.as_str());
    }
    let digest = hash.finalize();
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    format!("path-{hex}").into()
}
