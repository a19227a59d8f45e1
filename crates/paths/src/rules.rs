//! Technique cards applied to a graph: each gives rules, "who has all of this gains that". Conditions are evaluated,
//! permissions and routes are asked for; nothing is searched here.

mod groups;
mod holders;
mod instance;
mod shown;

use std::sync::Arc;

use catalog::{Catalog, Technique};
use graph::{Graph, Origin, Permissions, Reachability};
use model::{Evidence, Grounds, Level, Outcome, Verdict};
use rustc_hash::FxHashMap;

pub(crate) use groups::{Group, GroupId, Member};
pub use shown::steps;

/// What an attacker can have: a level on an asset, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct State {
    pub asset: u32,
    pub level: Level,
}

/// What a rule starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Start {
    /// An entry, by its place among the catalogue's.
    Entry(u32),
    State(State),
    /// Any one of a group.
    Group(GroupId),
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Origins {
    /// A technique's card, by its place among the catalogue's.
    Card(u32),
    /// A route of the network, by its place among the routes.
    Route(u32),
}

/// Who has all of `needs` gains each of `gains`.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub origin: Origins,
    /// The asset that the card was applied to.
    pub subject: u32,
    pub needs: Vec<Start>,
    pub gains: Vec<State>,
    pub verdict: Verdict,
    pub grounds: Arc<[Grounds]>,
    /// Places among [`Rules::fixes`].
    pub fixes: Vec<u32>,
}

/// Something that breaks rules or takes members out of groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    pub id: Arc<str>,
    pub say: Arc<str>,
    pub check: Option<Arc<str>>,
    /// The asset that it is done to, where there is one.
    pub on: Option<u32>,
}

/// What rules are made from.
#[derive(Clone, Copy)]
pub struct Facts<'f> {
    pub graph: &'f Graph,
    pub catalog: &'f Catalog,
    pub permissions: &'f dyn Permissions,
    pub reachability: &'f dyn Reachability,
    /// Outcomes of checks; what a finding's fix breaks is named after the finding.
    pub outcomes: &'f [Outcome],
    /// ISO 8601 date of the run, empty if not known.
    pub today: &'f str,
}

/// Every rule of a graph.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub rules: Vec<Rule>,
    pub groups: Vec<Group>,
    pub fixes: Vec<Fix>,
    /// Ends that could not be followed: why, and of which technique.
    pub open: Vec<(Arc<str>, Arc<str>)>,
    by_fix: FxHashMap<Arc<str>, u32>,
}

impl Rules {
    pub(crate) fn derive(facts: &Facts<'_>) -> Rules {
        let mut rules = Rules::default();
        routes(facts, &mut rules);
        let mut maker = instance::Maker::new(facts, &mut rules);
        for (index, technique) in facts.catalog.techniques.iter().enumerate() {
            apply(facts, &mut maker, index, technique);
        }
        rules.open.sort();
        rules.open.dedup();
        rules
    }

    pub(crate) fn fix(&mut self, fix: Fix) -> u32 {
        let next = self.fixes.len() as u32;
        let at = *self.by_fix.entry(fix.id.clone()).or_insert(next);
        if at == next {
            self.fixes.push(fix);
        }
        at
    }
}

fn apply(facts: &Facts<'_>, maker: &mut instance::Maker<'_, '_>, index: usize, technique: &Technique) {
    for (subject, asset) in facts.graph.assets().iter().enumerate() {
        if technique.is_on(&asset.kind, asset.class) {
            maker.instance(index, technique, subject);
        }
    }
}

/// Routes need no card: whoever stands where one begins reaches where it ends.
fn routes(facts: &Facts<'_>, rules: &mut Rules) {
    let entry = |name: &str| facts.catalog.entries.iter().position(|e| &*e.entry.text == name);
    for (index, route) in facts.reachability.routes().iter().enumerate() {
        let starts = route.from.iter().filter_map(|origin| match origin {
            Origin::Internet => entry("internet").map(|e| Start::Entry(e as u32)),
            // Addresses that somebody wrote into a rule are those of people who belong there.
            Origin::Range(_) => entry("employee").map(|e| Start::Entry(e as u32)),
            Origin::Asset(asset) => Some(Start::State(State { asset: *asset as u32, level: Level::Execute })),
        });
        let starts: Vec<Start> = starts.collect();
        let gains: Vec<State> =
            route.to.iter().map(|to| State { asset: *to as u32, level: Level::Reach }).collect();
        let Some(subject) = gains.first().map(|state| state.asset) else { continue };
        if starts.is_empty() {
            continue;
        }
        let fixes = fix_of_grounds(&route.grounds, "close").map(|fix| rules.fix(fix)).into_iter().collect();
        let members = starts.into_iter().map(Member::sure).collect();
        let start = rules.group(members);
        rules.rules.push(Rule {
            origin: Origins::Route(index as u32),
            subject,
            needs: vec![start],
            gains,
            verdict: route.verdict.clone(),
            grounds: route.grounds.clone(),
            fixes,
        });
    }
}

/// The fix that takes away what a permission or a route rests on: the statement itself.
pub(crate) fn fix_of_grounds(grounds: &[Grounds], what: &str) -> Option<Fix> {
    let first = grounds.first()?;
    let place = match &first.evidence {
        Evidence::Source(at) => at.to_string(),
        Evidence::Pointer { document, pointer } => format!("{document}#{pointer}"),
        Evidence::Call { call, pointer } => format!("{call}#{pointer}"),
        Evidence::Default { .. } => return None,
    };
    let say = format!("{what}: {} ({place})", first.says);
    Some(Fix { id: place.into(), say: say.into(), check: None, on: None })
}
