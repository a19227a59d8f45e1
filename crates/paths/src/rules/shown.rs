//! Rules as text, one line for each step: what the cases of technique cards compare.

use std::collections::BTreeSet;

use model::Verdict;

use super::{Facts, Member, Origins, Rule, Rules, Start, State};

/// Lines that one rule gives at most.
const MAX_LINES: usize = 400;

/// The steps of one technique (`network-route` for those of the network), sorted:
/// `control aws_iam_user.dev -> control aws_iam_role.admin (conditional)`; `A + B -> C` where both are needed.
pub fn steps(facts: &Facts<'_>, technique: &str) -> Vec<String> {
    let rules = Rules::derive(facts);
    let mut lines = BTreeSet::new();
    for rule in rules.rules.iter().filter(|rule| name(facts, rule) == technique) {
        let mut ways = vec![(Vec::new(), rule.verdict.clone())];
        for need in &rule.needs {
            let mut longer = Vec::new();
            for (texts, verdict) in &ways {
                for (start, more) in starts(&rules, *need) {
                    let mut texts: Vec<String> = texts.clone();
                    texts.push(start_text(facts, start));
                    longer.push((texts, verdict.clone().and(more)));
                    if longer.len() > MAX_LINES {
                        break;
                    }
                }
            }
            ways = longer;
        }
        for (mut texts, verdict) in ways {
            texts.sort();
            texts.dedup();
            let how = match verdict {
                Verdict::Allowed => String::new(),
                other => format!(" ({})", other.word()),
            };
            for gain in &rule.gains {
                if texts != [state_text(facts, *gain)] {
                    lines.insert(format!("{} -> {}{how}", texts.join(" + "), state_text(facts, *gain)));
                }
            }
        }
    }
    lines.into_iter().collect()
}

fn name<'f>(facts: &Facts<'f>, rule: &Rule) -> &'f str {
    match rule.origin {
        Origins::Card(index) => &facts.catalog.techniques[index as usize].card.technique.text,
        Origins::Route(_) => "network-route",
    }
}

/// The places that a need can be met from, groups taken apart. Groups hold groups one deep.
fn starts(rules: &Rules, need: Start) -> Vec<(Start, Verdict)> {
    let Start::Group(group) = need else { return vec![(need, Verdict::Allowed)] };
    let mut open: Vec<(Member, Verdict)> =
        rules.groups[group.0 as usize].members.iter().map(|m| (m.clone(), Verdict::Allowed)).collect();
    let mut found = Vec::new();
    while let Some((member, before)) = open.pop() {
        let verdict = before.and(member.verdict);
        match member.start {
            Start::Group(inner) => {
                let inner = rules.groups[inner.0 as usize].members.iter();
                open.extend(inner.map(|m| (m.clone(), verdict.clone())));
            }
            start => found.push((start, verdict)),
        }
    }
    found.truncate(MAX_LINES);
    found
}

fn start_text(facts: &Facts<'_>, start: Start) -> String {
    match start {
        Start::Entry(entry) => facts.catalog.entries[entry as usize].entry.to_string(),
        Start::State(state) => state_text(facts, state),
        Start::Group(_) => "any of a group".to_owned(),
    }
}

fn state_text(facts: &Facts<'_>, state: State) -> String {
    format!("{} {}", state.level, facts.graph.assets()[state.asset as usize].address)
}
