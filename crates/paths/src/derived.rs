//! Every step and every target as plain data, for whoever asks the graph: nothing is searched here, and groups are taken
//! apart only as far as there is room.

use std::sync::Arc;

use model::{Evidence, Grounds, Level, Position, Verdict};
use rustc_hash::FxHashMap;

use crate::attack::AttackGraph;
use crate::rules::{Origins, Rule, Start, State};
use crate::targets::wanted;

/// Groups inside each other; they hold groups one deep.
const MAX_DEPTH: usize = 4;
/// Members of a group that are named where a need is told as text.
const MAX_NAMED: usize = 3;

/// Where a step starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stand {
    /// The id of an entry's card.
    Entry(Arc<str>),
    /// An asset by index, and what must be had of it.
    Asset(usize, Level),
}

/// One step: who has `from` (and `needs_too`) gains `gain` on `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct DerivedStep {
    pub from: Stand,
    /// An asset by index.
    pub to: usize,
    pub gain: Level,
    /// A technique's card, or `network-route`.
    pub technique: Arc<str>,
    pub title: Arc<str>,
    pub verdict: Verdict,
    /// A row of `likelihood` in the weights; `certain` for routes.
    pub likelihood: Arc<str>,
    /// The reason that decides, if one was written down.
    pub because: Option<Arc<str>>,
    /// Where that was written.
    pub at: Option<Position>,
    /// What else the step needs; empty if nothing.
    pub needs_too: Arc<str>,
    /// MITRE ATT&CK and ATLAS ids.
    pub attack: Vec<Arc<str>>,
    pub atlas: Vec<Arc<str>>,
}

/// Steps, and how many there was no room for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DerivedSteps {
    pub steps: Vec<DerivedStep>,
    pub left_out: usize,
}

/// Something that an attacker wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedTarget {
    /// An asset by index.
    pub asset: usize,
    /// A target's card.
    pub target: Arc<str>,
    pub level: Level,
    /// 1 to 10.
    pub impact: u8,
}

/// One who meets a need.
struct Holder<'a> {
    start: Start,
    verdict: Verdict,
    grounds: Option<&'a Grounds>,
}

impl AttackGraph<'_> {
    /// The steps, at most `most`. Rules that many meet come last, so that they do not crowd out the others.
    pub fn steps(&self, most: usize) -> DerivedSteps {
        let mut order: Vec<(usize, usize)> =
            self.rules.rules.iter().enumerate().map(|(i, rule)| (self.size_of(rule), i)).collect();
        order.sort_unstable();
        let (mut room, mut left_out) = (most, 0);
        let mut kept = Vec::new();
        for (size, index) in order {
            if size <= room {
                room -= size;
                kept.push(index);
            } else {
                left_out += size;
            }
        }
        kept.sort_unstable();
        let mut steps = Vec::new();
        for index in kept {
            self.steps_of(&self.rules.rules[index], &mut steps);
        }
        DerivedSteps { steps: surest(steps), left_out }
    }

    /// Every target, whether anybody gets there or not.
    pub fn targets(&self) -> Vec<DerivedTarget> {
        let target = |w: crate::targets::Wanted<'_>| DerivedTarget {
            asset: w.state.asset as usize,
            target: w.card.target.text.clone(),
            level: w.state.level,
            impact: w.impact,
        };
        wanted(&self.facts).into_iter().map(target).collect()
    }

    /// How many steps a rule can give.
    fn size_of(&self, rule: &Rule) -> usize {
        let starts = rule.needs.iter().map(|need| self.count(*need, MAX_DEPTH));
        starts.fold(0, usize::saturating_add).saturating_mul(rule.gains.len())
    }

    fn count(&self, start: Start, depth: usize) -> usize {
        match start {
            Start::Entry(_) | Start::State(_) => 1,
            Start::Group(_) if depth == 0 => 0,
            Start::Group(group) => {
                let members = &self.rules.groups[group.0 as usize].members;
                members.iter().map(|m| self.count(m.start, depth - 1)).fold(0, usize::saturating_add)
            }
        }
    }

    fn steps_of(&self, rule: &Rule, steps: &mut Vec<DerivedStep>) {
        let holders: Vec<Vec<Holder<'_>>> = rule.needs.iter().map(|need| self.holders(*need)).collect();
        let called = self.called(rule);
        let likelihood = match rule.origin {
            Origins::Card(card) => self.facts.catalog.techniques[card as usize].card.likelihood.text.clone(),
            Origins::Route(_) => "certain".into(),
        };
        for (place, holders_here) in holders.iter().enumerate() {
            let others = || holders.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, h)| h);
            let needs_too: Vec<String> = others().map(|other| self.told(other)).collect();
            let needs_too: Arc<str> = needs_too.join("; ").into();
            for gain in &rule.gains {
                let away = |holder: &Holder<'_>| asset_of(holder.start) != Some(gain.asset);
                let elsewhere = others().any(|other| other.iter().any(away));
                for holder in holders_here {
                    // That the asset itself must be reached stands in `needs_too` of the step of whoever comes from elsewhere.
                    let at_home = !away(holder);
                    if (at_home && elsewhere) || holder.start == Start::State(*gain) {
                        continue;
                    }
                    let Some(from) = self.stand(holder.start) else { continue };
                    let grounds = holder.grounds.or_else(|| rule.grounds.first());
                    steps.push(DerivedStep {
                        from,
                        to: gain.asset as usize,
                        gain: gain.level,
                        technique: called.technique.clone(),
                        title: called.title.clone(),
                        verdict: rule.verdict.clone().and(holder.verdict.clone()),
                        likelihood: likelihood.clone(),
                        because: grounds.map(|g| g.says.clone()),
                        at: self.place(grounds, rule.subject as usize),
                        needs_too: needs_too.clone(),
                        attack: called.attack.clone(),
                        atlas: called.atlas.clone(),
                    });
                }
            }
        }
    }

    fn place(&self, grounds: Option<&Grounds>, subject: usize) -> Option<Position> {
        let own = || self.facts.graph.assets()[subject].position();
        let at = grounds.and_then(|g| Evidence::position(&g.evidence)).or_else(own)?;
        Some(Position::point(at.path.clone(), at.line, at.column))
    }

    /// Whoever meets a need, groups taken apart.
    fn holders(&self, need: Start) -> Vec<Holder<'_>> {
        let mut found = Vec::new();
        let mut open = vec![(need, Verdict::Allowed, None, MAX_DEPTH)];
        while let Some((start, verdict, grounds, depth)) = open.pop() {
            let Start::Group(group) = start else {
                found.push(Holder { start, verdict, grounds });
                continue;
            };
            if depth == 0 {
                continue;
            }
            for member in self.rules.groups[group.0 as usize].members.iter().rev() {
                let verdict = verdict.clone().and(member.verdict.clone());
                open.push((member.start, verdict, grounds.or_else(|| member.grounds.first()), depth - 1));
            }
        }
        found
    }

    fn stand(&self, start: Start) -> Option<Stand> {
        match start {
            Start::Entry(entry) => {
                Some(Stand::Entry(self.facts.catalog.entries[entry as usize].entry.text.clone()))
            }
            Start::State(State { asset, level }) => Some(Stand::Asset(asset as usize, level)),
            Start::Group(_) => None,
        }
    }

    /// A need as text: `control of app`, `control of app or 11 others`.
    fn told(&self, holders: &[Holder<'_>]) -> String {
        let names = holders.iter().filter_map(|holder| match self.stand(holder.start)? {
            Stand::Entry(entry) => Some(entry.to_string()),
            Stand::Asset(asset, level) => {
                Some(format!("{level} of {}", self.facts.graph.assets()[asset].name))
            }
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.dedup();
        let more = names.len().saturating_sub(MAX_NAMED);
        names.truncate(MAX_NAMED);
        match more {
            0 => names.join(" or "),
            1 => format!("{} or 1 other", names.join(" or ")),
            more => format!("{} or {more} others", names.join(" or ")),
        }
    }
}

fn asset_of(start: Start) -> Option<u32> {
    match start {
        Start::State(state) => Some(state.asset),
        Start::Entry(_) | Start::Group(_) => None,
    }
}

/// Of steps that are the same but for how sure they are, the surest; in the order they came.
fn surest(steps: Vec<DerivedStep>) -> Vec<DerivedStep> {
    let mut places: FxHashMap<(Stand, usize, Level, Arc<str>), usize> = FxHashMap::default();
    let mut kept: Vec<DerivedStep> = Vec::new();
    for step in steps {
        let key = (step.from.clone(), step.to, step.gain, step.technique.clone());
        match places.get(&key) {
            None => {
                places.insert(key, kept.len());
                kept.push(step);
            }
            Some(place) => {
                let before = &mut kept[*place];
                if step.verdict != before.verdict
                    && before.verdict.clone().or(step.verdict.clone()) == step.verdict
                {
                    *before = step;
                }
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: usize, verdict: Verdict, needs_too: &str) -> DerivedStep {
        DerivedStep {
            from: Stand::Asset(from, Level::Control),
            to: 9,
            gain: Level::Read,
            technique: "read".into(),
            title: "Read".into(),
            verdict,
            likelihood: "certain".into(),
            because: None,
            at: None,
            needs_too: needs_too.into(),
            attack: Vec::new(),
            atlas: Vec::new(),
        }
    }

    #[test]
    fn of_the_same_steps_the_surest_is_kept_where_the_first_stood() {
        let unknown = || Verdict::Unknown("why".into());
        let when = || Verdict::Conditional(vec!["mfa".into()]);
        let kept = surest(vec![
            step(1, unknown(), ""),
            step(2, when(), ""),
            step(1, when(), ""),
            step(2, unknown(), ""),
        ]);
        let verdicts: Vec<_> = kept.iter().map(|s| (s.from.clone(), s.verdict.clone())).collect();
        let stand = |asset| Stand::Asset(asset, Level::Control);
        assert_eq!(verdicts, [(stand(1), when()), (stand(2), when())]);
    }
}
