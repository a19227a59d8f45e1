//! One technique on one asset: its condition decided, its needs and gains evaluated to states, groups and routes.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::cel::{Evaluation, Program, Read, Undecided, Val};
use catalog::{Need, Plan, Technique};
use graph::{Estate, Holders, On, Principal, Request};
use model::{Evidence, Grounds, Level, Status, Verdict};

use super::groups::Member;
use super::holders::{HolderGroups, deputies};
use super::{Facts, Fix, Origins, Rule, Rules, Start, State};

/// Places that one rule names at most.
const MAX_GROUNDS: usize = 6;

/// Makes rules, sharing groups among them.
pub(super) struct Maker<'f, 'r> {
    facts: &'r Facts<'f>,
    rules: &'r mut Rules,
    groups: HolderGroups,
    estate: Estate<'f>,
    /// Open findings: check and asset's id.
    failing: BTreeMap<(&'f str, &'f str), ()>,
}

/// What an expression gave: assets by index, and why there may be more.
struct Found {
    assets: Vec<usize>,
    open: Option<Arc<str>>,
}

impl<'f, 'r> Maker<'f, 'r> {
    pub(super) fn new(facts: &'r Facts<'f>, rules: &'r mut Rules) -> Self {
        let failing = facts.outcomes.iter().filter(|o| o.status == Status::Fail);
        let today = (!facts.today.is_empty()).then(|| Arc::from(facts.today));
        Maker {
            facts,
            rules,
            groups: HolderGroups::default(),
            estate: Estate { graph: facts.graph, catalog: facts.catalog, today },
            failing: failing.map(|o| ((&*o.check, &*o.asset.0), ())).collect(),
        }
    }

    pub(super) fn instance(&mut self, index: usize, technique: &Technique, subject: usize) {
        let Ok(plan) = technique.plan() else { return };
        let mut grounds = Vec::new();
        let Some(mut verdict) = self.condition(plan, subject, &mut grounds) else { return };
        let mut needs = Vec::new();
        let mut permissions = Vec::new();
        for ((need, of), through) in technique.card.needs.iter().zip(&plan.needs).zip(&plan.through) {
            match need {
                Need::Entry(entry) => {
                    let at = self.facts.catalog.entries.iter().position(|e| e.entry.text == entry.text);
                    let Some(at) = at else { return };
                    needs.push(Start::Entry(at as u32));
                }
                Need::Level(level, _) => {
                    let Some(program) = of else { return };
                    let found = self.assets(technique, program, subject, &mut grounds);
                    let members = found.assets.iter().map(|asset| {
                        Member::sure(Start::State(State { asset: *asset as u32, level: *level }))
                    });
                    let members: Vec<Member> = members.collect();
                    if members.is_empty() {
                        return;
                    }
                    needs.push(self.rules.group(members));
                }
                Need::May(may) => {
                    let found =
                        of.as_ref().map(|of| self.assets(technique, of, subject, &mut grounds).assets);
                    if found.as_ref().is_some_and(Vec::is_empty) {
                        return;
                    }
                    let actions: Vec<Arc<str>> = may.actions.iter().map(|a| a.text.clone()).collect();
                    let ask = |on| {
                        let request = Request { actions: &actions, on, context: &may.with };
                        self.facts.permissions.who_can(&request)
                    };
                    let holders: Vec<Arc<Holders>> = match &found {
                        Some(assets) => assets.iter().flat_map(|asset| ask(On::Asset(*asset))).collect(),
                        None => ask(On::Any),
                    };
                    if let Some(program) = through {
                        let workloads = self.assets(technique, program, subject, &mut grounds).assets;
                        let members = deputies(&holders, &workloads, self.facts.graph, self.rules);
                        if members.is_empty() {
                            return;
                        }
                        needs.push(self.rules.group(members));
                        continue;
                    }
                    match &may.by {
                        Some(outsider) => match trusted(&holders, outsider) {
                            Some((theirs, why)) => {
                                verdict = verdict.and(theirs);
                                grounds.extend(why);
                            }
                            None => return,
                        },
                        None => permissions.push(holders),
                    }
                }
            }
        }
        if !permissions.is_empty() {
            let (graph, catalog) = (self.facts.graph, self.facts.catalog);
            let Some(start) = self.groups.all_of(permissions, graph, catalog, self.rules) else { return };
            needs.push(start);
        }
        needs.sort();
        needs.dedup();
        let mut gains = Vec::new();
        for ((level, _), program) in technique.card.gains.iter().zip(&plan.gains) {
            let found = self.assets(technique, program, subject, &mut grounds);
            gains.extend(found.assets.iter().map(|asset| State { asset: *asset as u32, level: *level }));
        }
        gains.retain(|gain| !needs.contains(&Start::State(*gain)));
        gains.sort();
        gains.dedup();
        if gains.is_empty() || needs.is_empty() {
            return;
        }
        if grounds.is_empty() {
            grounds.extend(self.own_place(subject));
        }
        let mut seen = Vec::new();
        grounds.retain(|g| {
            let new = !seen.contains(&g.evidence);
            seen.push(g.evidence.clone());
            new
        });
        grounds.truncate(MAX_GROUNDS);
        let fixes = self.fixes(technique, plan, subject);
        self.rules.rules.push(Rule {
            origin: Origins::Card(index as u32),
            subject: subject as u32,
            needs,
            gains,
            verdict,
            grounds: grounds.into(),
            fixes,
        });
    }

    /// Whether the technique works here at all, and how sure that is.
    fn condition(&self, plan: &Plan, subject: usize, grounds: &mut Vec<Grounds>) -> Option<Verdict> {
        let Some(program) = &plan.when else { return Some(Verdict::Allowed) };
        let mut evaluation = Evaluation::new(subject, &self.estate);
        let verdict = match evaluation.decide(&program.expr) {
            Ok(false) => return None,
            Ok(true) => Verdict::Allowed,
            Err(undecided) => Verdict::Unknown(undecided.reason().into()),
        };
        let reads = std::mem::take(&mut evaluation.reads);
        grounds.extend(self.places(subject, &reads));
        Some(verdict)
    }

    /// The assets that an expression gives.
    fn assets(
        &mut self,
        technique: &Technique,
        program: &Program,
        subject: usize,
        grounds: &mut Vec<Grounds>,
    ) -> Found {
        let mut evaluation = Evaluation::new(subject, &self.estate);
        let value = evaluation.eval(&program.expr);
        let reads = std::mem::take(&mut evaluation.reads);
        let found = match value {
            Ok(value) => found(&value),
            Err(Undecided::Missing(_)) => Found { assets: Vec::new(), open: None },
            Err(undecided) => Found { assets: Vec::new(), open: Some(undecided.reason().into()) },
        };
        if let Some(open) = &found.open {
            self.rules.open.push((technique.card.technique.text.clone(), open.clone()));
        }
        grounds.extend(self.places(subject, &reads));
        for asset in &found.assets {
            if let Some(at) = self.facts.graph.stated_at(subject, *asset) {
                let says = format!(
                    "{} names {}",
                    self.facts.graph.assets()[subject].address,
                    self.facts.graph.assets()[*asset].address
                );
                grounds.push(Grounds { says: says.into(), evidence: Evidence::Source(at.clone()) });
            }
        }
        found
    }

    /// Where the values stand that an evaluation read.
    fn places(&self, subject: usize, reads: &[Read<'_>]) -> Vec<Grounds> {
        let asset = &self.facts.graph.assets()[subject];
        let mut found = Vec::new();
        for read in reads {
            let node = match read {
                Read::Node(node) => node,
                Read::Made(node) => &**node,
                Read::Asset(_) => continue,
            };
            let Some(at) = node.at.as_deref().filter(|_| !node.default) else { continue };
            if matches!(node.value, model::Value::List(_) | model::Value::Map(_) | model::Value::Json(_)) {
                continue;
            }
            let says = format!("{}: {}", asset.address, node.brief());
            found.push(Grounds { says: says.into(), evidence: Evidence::Source(at.clone()) });
        }
        found
    }

    fn own_place(&self, subject: usize) -> Option<Grounds> {
        let asset = &self.facts.graph.assets()[subject];
        let evidence = asset.evidence.first()?.clone();
        Some(Grounds { says: asset.address.clone(), evidence })
    }

    /// What breaks the step: the findings that are this same fault, else what the card says.
    fn fixes(&mut self, technique: &Technique, plan: &Plan, subject: usize) -> Vec<u32> {
        let Some(card) = &technique.card.fix else { return Vec::new() };
        let asset = &self.facts.graph.assets()[subject];
        let mut evaluation = Evaluation::new(subject, &self.estate);
        let say: Arc<str> = match &plan.fix {
            Some(template) => template.render(&mut evaluation).into(),
            None => card.say.text.clone(),
        };
        let on = Some(subject as u32);
        let mut made = Vec::new();
        for check in &card.checks {
            if self.failing.contains_key(&(&*check.text, &*asset.id.0)) {
                let id = format!("{}@{}", check.text, asset.id).into();
                let advice = self.facts.catalog.check(check).and_then(|c| c.card.fix.as_ref());
                let say = advice.map_or_else(|| say.clone(), |fix| fix.say.clone());
                made.push(self.rules.fix(Fix { id, say, check: Some(check.text.clone()), on }));
            }
        }
        if made.is_empty() {
            let id = format!("{}@{}", technique.card.technique.text, asset.id).into();
            made.push(self.rules.fix(Fix { id, say, check: None, on }));
        }
        made
    }
}

fn found(value: &Val<'_>) -> Found {
    match value {
        Val::Asset(asset) => Found { assets: vec![*asset], open: None },
        Val::List(list) => {
            let mut all = Found { assets: Vec::new(), open: list.open.clone() };
            for item in &list.items {
                let inner = found(item);
                all.assets.extend(inner.assets);
                all.open = all.open.or(inner.open);
            }
            all.assets.sort_unstable();
            all.assets.dedup();
            all
        }
        _ => Found { assets: Vec::new(), open: None },
    }
}

/// Whether an outsider (a service) is among the holders.
fn trusted(holders: &[Arc<Holders>], outsider: &str) -> Option<(Verdict, Vec<Grounds>)> {
    let all = holders.iter().flat_map(|group| &group.0);
    let fits = all.filter(|holder| match &holder.principal {
        Principal::Outside(name) => &**name == outsider,
        Principal::Anyone | Principal::AnyAccount(_) => true,
        Principal::Asset(_) => false,
    });
    fits.map(|holder| (holder.verdict.clone(), holder.grounds.to_vec()))
        .reduce(|a, b| if a.0.clone().or(b.0.clone()) == a.0 { a } else { b })
}

/// Levels are what rules speak of; kept here so that a new one is noticed.
const _: () = assert!(Level::ALL.len() == 7);
