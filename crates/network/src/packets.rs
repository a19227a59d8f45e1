//! What rules let through, exactly: for every port the addresses that are admitted, those that may be, and the rules
//! that decide. Knows nothing of any provider; their modules write their rules in this form.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::Grounds;

use crate::address::Addresses;
use crate::ports::Ports;

/// What a rule names besides addresses, and what somebody who sends or takes is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Label {
    /// A security group, an application security group, a service account, a pod.
    Asset(usize),
    /// A network tag, a service tag, an id of something that is not in the configuration.
    Text(Arc<str>),
}

/// One who sends or takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Party {
    /// Every address that it may have.
    pub addresses: Addresses,
    pub labels: BTreeSet<Label>,
    /// Why the addresses are only those that are possible.
    pub vague: Option<Arc<str>>,
}

/// The other side of a rule: the source of what comes in, the destination of what goes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peers {
    pub addresses: Addresses,
    pub labels: BTreeSet<Label>,
    /// Why it may be more than these.
    pub unknown: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub action: Action,
    pub peers: Peers,
    pub ports: Ports,
    /// Why it may not hold at all, or not for all of these ports.
    pub doubt: Option<Arc<str>>,
    pub grounds: Arc<Grounds>,
}

/// Rules of one place, the first that matches decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub rules: Vec<Rule>,
    pub otherwise: Action,
    /// What is to be said where no rule decides.
    pub silence: Option<Arc<Grounds>>,
}

/// What gets through to some ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub from: u32,
    pub to: u32,
    pub admitted: Addresses,
    /// Not known; apart from those admitted.
    pub perhaps: Addresses,
    pub by: Vec<Arc<Grounds>>,
    pub doubt: Option<Arc<str>>,
}

/// Rules that one answer names.
const MAX_NAMED: usize = 3;

/// Work that is left: hostile rules end in "not known", not in a long night.
#[derive(Debug)]
pub(crate) struct Budget(pub usize);

impl Budget {
    pub(crate) fn spend(&mut self, work: usize) -> Option<()> {
        self.0 = self.0.checked_sub(work + 1)?;
        Some(())
    }
}

impl Peers {
    pub(crate) fn anybody() -> Self {
        Peers { addresses: Addresses::all(), ..Peers::default() }
    }
}

impl Layer {
    /// Whether it lets everything through to everybody.
    pub(crate) fn is_open(&self) -> bool {
        let sure = |r: &Rule| r.doubt.is_none() && r.peers.unknown.is_none();
        let first = self.rules.iter().take_while(|r| r.action == Action::Allow);
        let mut open = first.filter(|r| sure(r) && r.peers.addresses.holds_all(&Addresses::four()));
        open.any(|r| r.ports == Ports::all()) || self.rules.is_empty() && self.otherwise == Action::Allow
    }

    /// What of `party` gets through, port by port in order; `None` where that takes too much work.
    pub(crate) fn admits(&self, party: &Party, budget: &mut Budget) -> Option<Vec<Cell>> {
        let all = Ports::all();
        let mut cuts: Vec<u32> = all.spans().iter().flat_map(|(from, to)| [*from, to + 1]).collect();
        for rule in &self.rules {
            budget.spend(rule.ports.spans().len())?;
            cuts.extend(rule.ports.spans().iter().flat_map(|(from, to)| [*from, to + 1]));
        }
        cuts.sort_unstable();
        cuts.dedup();
        // The rules of each segment, in their order.
        let mut active: Vec<Vec<u32>> = vec![Vec::new(); cuts.len().saturating_sub(1)];
        for (index, rule) in self.rules.iter().enumerate() {
            for (from, to) in rule.ports.spans() {
                let first = cuts.partition_point(|c| c < from);
                let last = cuts.partition_point(|c| c <= to);
                budget.spend(last - first)?;
                for segment in &mut active[first..last] {
                    segment.push(index as u32);
                }
            }
        }
        let mut cells: Vec<Cell> = Vec::new();
        let mut before: Option<Vec<u32>> = None;
        for (segment, rules) in cuts.windows(2).zip(active) {
            let (from, to) = (segment[0], segment[1] - 1);
            match (&before, cells.last_mut()) {
                // The same rules decide the same.
                (Some(same), Some(last)) if *same == rules && last.to + 1 == from => last.to = to,
                (Some(same), _) if *same == rules => {}
                _ => {
                    let cell = self.decide(&rules, party, budget)?;
                    if !cell.admitted.is_empty() || !cell.perhaps.is_empty() {
                        cells.push(Cell { from, to, ..cell });
                    }
                    before = Some(rules);
                }
            }
        }
        Some(cells)
    }

    fn decide(&self, rules: &[u32], party: &Party, budget: &mut Budget) -> Option<Cell> {
        let none = Addresses::default;
        let mut left = party.addresses.clone();
        let (mut admitted, mut perhaps) = (Vec::new(), none());
        let (mut maybe_allow, mut maybe_deny) = (none(), none());
        let mut by: Vec<Arc<Grounds>> = Vec::new();
        let mut doubt: Option<Arc<str>> = None;
        let last = Rule {
            action: self.otherwise,
            peers: Peers::anybody(),
            ports: Ports::default(),
            doubt: None,
            grounds: self.silence.clone().unwrap_or_else(nothing),
        };
        for (position, rule) in rules.iter().map(|i| &self.rules[*i as usize]).chain([&last]).enumerate() {
            if left.is_empty() {
                break;
            }
            let named = rule.peers.labels.iter().any(|l| party.labels.contains(l));
            let work = left.size() + if named { 0 } else { rule.peers.addresses.size() };
            budget.spend(work + perhaps.size())?;
            let matched = if named { left.clone() } else { left.and(&rule.peers.addresses) };
            let mut unsure = none();
            if let Some(reason) = &rule.doubt {
                unsure = if rule.peers.unknown.is_some() { left.clone() } else { matched };
                if !unsure.is_empty() {
                    doubt.get_or_insert_with(|| reason.clone());
                }
            } else {
                if !matched.is_empty() {
                    left = left.without(&matched);
                    match rule.action {
                        Action::Allow => {
                            perhaps = perhaps.or(&matched.and(&maybe_deny));
                            let sure = matched.without(&maybe_deny);
                            let told = position < rules.len() || self.silence.is_some();
                            if told && by.len() < MAX_NAMED {
                                by.push(rule.grounds.clone());
                            }
                            admitted.push(sure);
                        }
                        Action::Deny => perhaps = perhaps.or(&matched.and(&maybe_allow)),
                    }
                }
                if let Some(reason) = &rule.peers.unknown
                    && !left.is_empty()
                {
                    doubt.get_or_insert_with(|| reason.clone());
                    unsure = left.clone();
                }
            }
            if !unsure.is_empty() {
                if rule.action == Action::Allow && by.len() < MAX_NAMED {
                    by.push(rule.grounds.clone());
                }
                let maybe = if rule.action == Action::Allow { &mut maybe_allow } else { &mut maybe_deny };
                *maybe = maybe.or(&unsure);
            }
        }
        let admitted = Addresses::of(admitted);
        let perhaps = perhaps.without(&admitted);
        if perhaps.is_empty() {
            doubt = None;
        }
        Some(Cell { from: 0, to: 0, admitted, perhaps, by, doubt })
    }
}

fn nothing() -> Arc<Grounds> {
    let evidence = model::Evidence::Pointer { document: "".into(), pointer: "".into() };
    Arc::new(Grounds { says: "".into(), evidence })
}

/// What gets through both.
pub(crate) fn meet(a: &[Cell], b: &[Cell], budget: &mut Budget) -> Option<Vec<Cell>> {
    let (mut i, mut j) = (0, 0);
    let mut both: Vec<Cell> = Vec::new();
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let (from, to) = (x.from.max(y.from), x.to.min(y.to));
        if from <= to {
            budget.spend(x.admitted.size() + y.admitted.size() + x.perhaps.size() + y.perhaps.size())?;
            let admitted = x.admitted.and(&y.admitted);
            let perhaps = x.admitted.or(&x.perhaps).and(&y.admitted.or(&y.perhaps)).without(&admitted);
            if !admitted.is_empty() || !perhaps.is_empty() {
                let mut by = x.by.clone();
                by.extend(y.by.iter().filter(|g| !x.by.contains(g)).cloned());
                let doubt =
                    if perhaps.is_empty() { None } else { x.doubt.clone().or_else(|| y.doubt.clone()) };
                both.push(Cell { from, to, admitted, perhaps, by, doubt });
            }
        }
        if x.to < y.to { i += 1 } else { j += 1 }
    }
    Some(both)
}

/// What gets through all of them.
pub(crate) fn through<'l>(
    layers: impl IntoIterator<Item = &'l Arc<Layer>>,
    party: &Party,
    budget: &mut Budget,
) -> Option<Vec<Cell>> {
    let mut cells = vec![whole(party)];
    for layer in layers {
        cells = meet(&cells, &layer.admits(party, budget)?, budget)?;
    }
    Some(cells)
}

/// Everything of somebody, on every port.
pub(crate) fn whole(party: &Party) -> Cell {
    let (from, to) = Ports::all().spans().first().copied().unwrap_or_default();
    Cell {
        from,
        to,
        admitted: party.addresses.clone(),
        perhaps: Addresses::default(),
        by: Vec::new(),
        doubt: None,
    }
}

#[cfg(test)]
mod tests {
    use model::{Evidence, Position};
    use proptest::prelude::*;

    use super::*;
    use crate::ports::Protocol;

    fn rule(action: Action, cidrs: &[&str], ports: &str, unknown: bool, doubt: bool, line: u32) -> Rule {
        Rule {
            action,
            peers: Peers {
                addresses: Addresses::of(cidrs.iter().map(|c| Addresses::parse(c).unwrap())),
                labels: BTreeSet::new(),
                unknown: unknown.then(|| "variable".into()),
            },
            ports: Ports::parse(Protocol::Tcp, ports).unwrap(),
            doubt: doubt.then(|| "doubt".into()),
            grounds: Arc::new(Grounds {
                says: format!("rule {line}").into(),
                evidence: Evidence::Source(Position::point("f".into(), line, 1)),
            }),
        }
    }

    fn layer(rules: Vec<Rule>) -> Layer {
        Layer { rules, otherwise: Action::Deny, silence: None }
    }

    fn internet() -> Party {
        Party { addresses: Addresses::public(), ..Party::default() }
    }

    /// Ports as text with who is admitted: `internet`, `some` or `perhaps`.
    fn said(cells: &[Cell]) -> String {
        let who = |c: &Cell| match (c.admitted.is_the_internet(), c.admitted.is_empty()) {
            (true, _) => "internet",
            (_, false) => "some",
            _ => "perhaps",
        };
        let line = |c: &Cell| format!("{} {}", Ports::of_spans([(c.from, c.to)]), who(c));
        cells.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn earlier_rules_win() {
        use Action::{Allow, Deny};
        let all = "0.0.0.0/0";
        for (rules, want) in [
            (vec![], ""),
            (vec![rule(Allow, &[all], "443", false, false, 1)], "tcp 443 internet"),
            (
                vec![rule(Deny, &[all], "443", false, false, 1), rule(Allow, &[all], "*", false, false, 2)],
                "tcp 0-442 internet; tcp 444-65535 internet",
            ),
            (vec![rule(Allow, &["203.0.113.0/24"], "22", false, false, 1)], "tcp 22 some"),
            (vec![rule(Allow, &["10.0.0.0/8"], "22", false, false, 1)], ""),
            (
                vec![
                    rule(Deny, &["203.0.113.0/24"], "22", false, false, 1),
                    rule(Allow, &[all], "22", false, false, 2),
                ],
                "tcp 22 internet",
            ),
            (vec![rule(Allow, &[], "22", true, false, 1)], "tcp 22 perhaps"),
            (
                vec![rule(Deny, &[], "22", true, false, 1), rule(Allow, &[all], "22", false, false, 2)],
                "tcp 22 perhaps",
            ),
            (
                vec![rule(Allow, &[all], "22", false, false, 1), rule(Deny, &[], "22", true, false, 2)],
                "tcp 22 internet",
            ),
            (vec![rule(Allow, &[all], "22", false, true, 1)], "tcp 22 perhaps"),
        ] {
            let cells = layer(rules.clone()).admits(&internet(), &mut Budget(100_000)).unwrap();
            assert_eq!(said(&cells), want, "{rules:?}");
        }
    }

    #[test]
    fn hostile_rules_are_given_up() {
        let many: Vec<Rule> = (0..3000)
            .map(|n| rule(Action::Allow, &["10.0.0.0/8"], &format!("{n}-{}", 60_000 - n), false, false, n))
            .collect();
        assert_eq!(layer(many).admits(&internet(), &mut Budget(1_000_000)), None);
        let apart: Vec<Rule> = (0..10_000)
            .map(|n| rule(Action::Allow, &["0.0.0.0/0"], &(n * 2).to_string(), false, false, n))
            .collect();
        let cells = layer(apart).admits(&internet(), &mut Budget(1_000_000));
        assert_eq!(cells.map(|c| c.len()), Some(10_000));
    }

    /// What the first matching rule says of one packet: yes, no or not known.
    fn oracle(rules: &[Rule], otherwise: Action, address: &str, port: u32) -> Option<bool> {
        let mut answers = BTreeSet::new();
        for r in rules {
            if !r.ports.spans().iter().any(|(a, b)| *a <= port && port <= *b) {
                continue;
            }
            let listed = r.peers.addresses.has(address);
            let allow = r.action == Action::Allow;
            if listed && r.doubt.is_none() {
                answers.insert(allow);
                return (answers.len() == 1).then_some(allow);
            }
            if listed || r.peers.unknown.is_some() {
                answers.insert(allow);
            }
        }
        answers.insert(otherwise == Action::Allow);
        (answers.len() == 1).then(|| answers.contains(&true))
    }

    const CIDRS: &[&str] =
        &["0.0.0.0/0", "8.0.0.0/8", "8.8.0.0/16", "10.0.0.0/8", "8.8.8.8/32", "2600::/12", "128.0.0.0/1"];
    const PACKETS: &[&str] = &["8.8.8.8", "8.8.1.1", "8.1.1.1", "9.9.9.9", "200.1.1.1", "2600::1", "2a00::1"];

    fn any_rule() -> impl Strategy<Value = Rule> {
        let action = prop_oneof![Just(Action::Allow), Just(Action::Deny)];
        let cidrs = prop::collection::vec(prop::sample::select(CIDRS), 0..3);
        (action, cidrs, 0u32..40, 0u32..20, 0u8..6, 0u8..6).prop_map(
            |(action, cidrs, from, length, unknown, doubt)| {
                rule(action, &cidrs, &format!("{from}-{}", from + length), unknown == 0, doubt == 0, from)
            },
        )
    }

    proptest! {
        #[test]
        fn cells_agree_with_single_packets(
            rules in prop::collection::vec(any_rule(), 0..8),
            more in prop::collection::vec(any_rule(), 0..8),
            open in any::<bool>(),
        ) {
            let otherwise = if open { Action::Allow } else { Action::Deny };
            let layers = [
                Arc::new(Layer { rules: rules.clone(), otherwise, silence: None }),
                Arc::new(layer(more.clone())),
            ];
            let cells = through(&layers, &internet(), &mut Budget(1_000_000)).unwrap();
            for address in PACKETS {
                for port in 0..64 {
                    let (a, b) = (oracle(&rules, otherwise, address, port), oracle(&more, Action::Deny, address, port));
                    let want = match (a, b) {
                        (Some(false), _) | (_, Some(false)) => Some(false),
                        (Some(true), Some(true)) => Some(true),
                        _ => None,
                    };
                    let cell = cells.iter().find(|c| c.from <= port && port <= c.to);
                    let found = match cell {
                        Some(c) if c.admitted.has(address) => Some(true),
                        Some(c) if c.perhaps.has(address) => None,
                        _ => Some(false),
                    };
                    prop_assert_eq!(found, want, "{} {}", address, port);
                }
            }
            prop_assert!(cells.windows(2).all(|w| w[0].to < w[1].from));
        }
    }
}
