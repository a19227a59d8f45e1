//! The attack graph: rules as a net of states, entries and groups, with what every edge of the net means.

use catalog::RiskCard;
use model::{Level, Verdict};
use rustc_hash::FxHashMap;

use crate::risk;
use crate::rules::{Facts, GroupId, Member, Origins, Rule, Rules, Start, State};
use crate::search::{Builder, EdgeId, FixId, Net, NodeId, TooLarge};

/// What an edge of the net means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A level brings another with it.
    Implied,
    /// One of a group: by its place in the group.
    Member(GroupId, u32),
    /// One of several needs of a rule.
    Need(u32),
    /// A rule's conclusion.
    Gain(u32, State),
}

/// The attack graph of one estate.
pub struct AttackGraph<'f> {
    pub(crate) facts: Facts<'f>,
    pub(crate) rules: Rules,
    pub(crate) net: Net,
    pub(crate) entries: Vec<NodeId>,
    nodes: FxHashMap<State, NodeId>,
    /// What each node stands for; none for what only joins the needs of a rule.
    pub(crate) starts: Vec<Option<Start>>,
    /// What each edge means.
    meanings: Vec<Meaning>,
}

impl std::fmt::Debug for AttackGraph<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AttackGraph({} nodes, {} edges)", self.net.nodes(), self.net.edges())
    }
}

impl<'f> AttackGraph<'f> {
    /// Applies every technique to the graph and packs the steps for the search, those left out that a fix in `without`
    /// would break: ids as in [`model::PathFix`].
    pub fn derive(facts: Facts<'f>, without: &[String]) -> Result<AttackGraph<'f>, TooLarge> {
        let rules = Rules::derive(&facts);
        let mut packer = Packer::new(&facts, &rules);
        packer.done = rules.fixes.iter().map(|fix| without.iter().any(|id| **id == *fix.id)).collect();
        packer.groups();
        for (index, rule) in rules.rules.iter().enumerate() {
            packer.rule(index as u32, rule);
        }
        packer.implied();
        let Packer { builder, entries, nodes, starts, meanings, .. } = packer;
        let net = builder.build()?;
        Ok(AttackGraph { facts, rules, net, entries, nodes, starts, meanings })
    }

    pub(crate) fn meaning(&self, edge: EdgeId) -> Meaning {
        self.meanings[edge.0 as usize]
    }

    pub(crate) fn rule(&self, index: u32) -> &Rule {
        &self.rules.rules[index as usize]
    }

    pub(crate) fn member(&self, group: GroupId, index: u32) -> &Member {
        &self.rules.groups[group.0 as usize].members[index as usize]
    }

    /// The node of a state, if any rule speaks of it.
    pub(crate) fn node(&self, state: State) -> Option<NodeId> {
        self.nodes.get(&state).copied()
    }

    /// Steps and what they start from and gain: how large the graph is.
    pub fn size(&self) -> (usize, usize) {
        (self.net.nodes(), self.net.edges())
    }
}

struct Packer<'a, 'f> {
    facts: &'a Facts<'f>,
    rules: &'a Rules,
    risk: &'f RiskCard,
    builder: Builder,
    entries: Vec<NodeId>,
    groups: Vec<NodeId>,
    nodes: FxHashMap<State, NodeId>,
    starts: Vec<Option<Start>>,
    meanings: Vec<Meaning>,
    /// For each fix, whether it is taken as done.
    done: Vec<bool>,
}

impl<'a, 'f> Packer<'a, 'f> {
    fn new(facts: &'a Facts<'f>, rules: &'a Rules) -> Self {
        let mut packer = Packer {
            facts,
            rules,
            risk: &facts.catalog.risk,
            builder: Builder::new(),
            entries: Vec::new(),
            groups: Vec::new(),
            nodes: FxHashMap::default(),
            starts: Vec::new(),
            meanings: Vec::new(),
            done: Vec::new(),
        };
        for entry in 0..facts.catalog.entries.len() {
            let node = packer.any(Some(Start::Entry(entry as u32)));
            packer.entries.push(node);
        }
        for group in 0..rules.groups.len() {
            let node = packer.any(Some(Start::Group(GroupId(group as u32))));
            packer.groups.push(node);
        }
        packer
    }

    fn any(&mut self, start: Option<Start>) -> NodeId {
        self.starts.push(start);
        self.builder.any()
    }

    fn state(&mut self, state: State) -> NodeId {
        if let Some(node) = self.nodes.get(&state) {
            return *node;
        }
        let node = self.any(Some(Start::State(state)));
        self.nodes.insert(state, node);
        node
    }

    fn start(&mut self, start: Start) -> NodeId {
        match start {
            Start::Entry(entry) => self.entries[entry as usize],
            Start::Group(group) => self.groups[group.0 as usize],
            Start::State(state) => self.state(state),
        }
    }

    fn edge(&mut self, from: NodeId, to: NodeId, cost: u8, fixes: &[FixId], meaning: Meaning) {
        if fixes.iter().any(|fix| self.done.get(fix.0 as usize) == Some(&true)) {
            return;
        }
        self.builder.edge(from, to, cost, fixes);
        self.meanings.push(meaning);
    }

    fn groups(&mut self) {
        for (index, group) in self.rules.groups.iter().enumerate() {
            let to = self.groups[index];
            for (place, member) in group.members.iter().enumerate() {
                let from = self.start(member.start);
                let cost = risk::cost(risk::doubt(self.risk, &member.verdict));
                let fixes: Vec<FixId> = member.fix.iter().map(|fix| FixId(*fix)).collect();
                let meaning = Meaning::Member(GroupId(index as u32), place as u32);
                self.edge(from, to, cost, &fixes, meaning);
            }
        }
    }

    fn rule(&mut self, index: u32, rule: &Rule) {
        let from = match &*rule.needs {
            [one] => self.start(*one),
            several => {
                self.starts.push(None);
                let all = self.builder.all();
                for need in several {
                    let need = self.start(*need);
                    self.edge(need, all, 0, &[], Meaning::Need(index));
                }
                all
            }
        };
        let cost = risk::cost(self.likelihood(rule) * risk::doubt(self.risk, &rule.verdict));
        let fixes: Vec<FixId> = rule.fixes.iter().map(|fix| FixId(*fix)).collect();
        for gain in &rule.gains {
            let to = self.state(*gain);
            self.edge(from, to, cost, &fixes, Meaning::Gain(index, *gain));
        }
    }

    fn likelihood(&self, rule: &Rule) -> f64 {
        match rule.origin {
            Origins::Card(card) => {
                let row = &self.facts.catalog.techniques[card as usize].card.likelihood;
                self.risk.p(row).unwrap_or(1.0)
            }
            Origins::Route(_) => 1.0,
        }
    }

    /// What a level brings with it, among the states that anything speaks of.
    fn implied(&mut self) {
        let mut known: Vec<State> = self.nodes.keys().copied().collect();
        known.sort_unstable();
        for state in known {
            for level in state.level.implies() {
                if let Some(to) = self.nodes.get(&State { level: *level, ..state }).copied() {
                    let from = self.nodes[&state];
                    self.edge(from, to, 0, &[], Meaning::Implied);
                }
            }
        }
    }
}

/// Levels, from those that are worth most, for the order of targets.
pub(crate) fn weight(level: Level) -> u8 {
    match level {
        Level::Control => 6,
        Level::Execute => 5,
        Level::Write => 4,
        Level::Read => 3,
        Level::Use => 2,
        Level::Key => 1,
        Level::Reach => 0,
    }
}

/// Whether a verdict leaves no doubt.
pub(crate) fn sure(verdict: &Verdict) -> bool {
    *verdict == Verdict::Allowed
}
