//! Groups of holders: for each place and question one group, made once and shared by everything in the place.
//!
//! Only where something about the asset itself decides (a condition, a deny assignment, the switch of a vault) is a
//! group made for it alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use graph::{Holder, Holders, Principal};
use model::{Grounds, Verdict};

use super::condition::{Facts, Holds};
use super::grants::{Denial, Grant, OWNERSHIP, Place};
use super::places::{Thing, attribute};
use super::reader::Reader;
use super::roles::{Action, Plane, Says};
use super::scope::Cover;
use super::vault::{self, Mode, VAULT};

/// Reasons that one holder shows for each way it has.
const MAX_GROUNDS: usize = 6;
/// Questions whose groups are kept.
const MAX_KEPT: usize = 2_000;

/// Of one question: by place, how sure it is that the thing lies there, and the switch of its vault.
type Kept = HashMap<(usize, Cover, Option<Mode>), Option<Arc<Holders>>>;

/// Groups that were made.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// By the actions that are asked for.
    kept: Mutex<HashMap<Vec<Arc<str>>, Kept>>,
}

/// One question at one place.
struct Question<'q> {
    actions: &'q [Action],
    thing: Option<&'q Thing>,
    mode: Option<Mode>,
    context: &'q [(Arc<str>, Arc<str>)],
}

impl Shelf {
    /// The groups of the places that a thing lies in, each with how sure it is that it does.
    pub(super) fn groups(
        &self,
        reader: &Reader<'_>,
        actions: &[Action],
        thing: Option<&Thing>,
        places: impl Iterator<Item = (usize, Cover)>,
        context: &[(Arc<str>, Arc<str>)],
    ) -> Vec<Arc<Holders>> {
        let in_vault = actions.iter().any(Action::in_vault);
        let mode = thing.filter(|_| in_vault).and_then(|t| t.vault(reader));
        let names: Vec<Arc<str>> = actions.iter().map(|a| a.lower.clone()).collect();
        let denials: Vec<&Denial> = thing.map(|t| denials(reader, t)).unwrap_or_default();
        let mut question = Question { actions, thing, mode, context };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() > MAX_KEPT {
            kept.clear();
        }
        let kept = kept.entry(names).or_default();
        let mut groups = Vec::new();
        for (place, cover) in places {
            let grants = &reader.grants.at[place];
            if thing.is_none() && in_vault {
                question.mode = mode_at(reader, place);
            }
            let shared = denials.is_empty() && !grants.iter().any(|grant| depends(grant, actions));
            let group = if shared {
                let key = (place, cover.clone(), question.mode);
                kept.entry(key).or_insert_with(|| group(reader, grants, &question, &cover, &[])).clone()
            } else {
                group(reader, grants, &question, &cover, &denials)
            };
            groups.extend(group);
        }
        groups
    }
}

/// The switch of the vault that a place is.
fn mode_at(reader: &Reader<'_>, place: usize) -> Option<Mode> {
    match reader.grants.places[place] {
        Place::Asset(index) => {
            Some(&reader.graph.assets()[index]).filter(|a| &*a.kind == VAULT).map(vault::mode)
        }
        _ => None,
    }
}

/// Whether a condition decides on one of the actions.
fn depends(grant: &Grant, actions: &[Action]) -> bool {
    grant.condition.is_some()
        || actions.iter().any(|action| {
            grant.role.says(&action.lower, action.plane).iter().any(|says| matches!(says, Says::Yes(Some(_))))
        })
}

/// Deny assignments that may bear on a thing.
fn denials<'r>(reader: &'r Reader<'_>, thing: &Thing) -> Vec<&'r Denial> {
    let bears = |denial: &&Denial| match denial.children {
        true => thing.above.contains(&denial.place),
        false => thing.asset == Some(denial.place),
    };
    reader.grants.denials.iter().filter(bears).collect()
}

fn group(
    reader: &Reader<'_>,
    grants: &[Grant],
    question: &Question<'_>,
    cover: &Cover,
    denials: &[&Denial],
) -> Option<Arc<Holders>> {
    let mut found: BTreeMap<&Principal, Vec<(Verdict, Vec<Grounds>)>> = BTreeMap::new();
    for grant in grants {
        for action in question.actions {
            let Some((verdict, why)) = grant_verdict(reader, grant, action, question) else { continue };
            let Some(verdict) = cover.verdict(verdict) else { continue };
            for member in grant.members.iter() {
                let mut verdict = verdict.clone().and(member.verdict.clone());
                match denied(denials, &member.principal, action) {
                    Denied::Yes => continue,
                    Denied::If(condition) => verdict = verdict.and(Verdict::Conditional(vec![condition])),
                    Denied::No => {}
                }
                let mut grounds = vec![why.clone()];
                grounds.extend(member.through.iter().cloned());
                found.entry(&member.principal).or_default().push((verdict, grounds));
            }
        }
    }
    let holders = found.into_iter().map(|(principal, mut ways)| {
        ways.sort_by_key(|(verdict, _)| rank(verdict));
        let verdict = ways.iter().map(|(v, _)| v.clone()).reduce(Verdict::or).unwrap_or(Verdict::Allowed);
        let mut grounds: Vec<Grounds> = Vec::new();
        for reason in ways.into_iter().flat_map(|(_, grounds)| grounds) {
            if grounds.len() < MAX_GROUNDS && !grounds.contains(&reason) {
                grounds.push(reason);
            }
        }
        Holder { principal: principal.clone(), verdict, grounds: grounds.into() }
    });
    let holders: Vec<Holder> = holders.collect();
    (!holders.is_empty()).then(|| Arc::new(Holders(holders)))
}

fn rank(verdict: &Verdict) -> (u8, usize) {
    match verdict {
        Verdict::Allowed => (0, 0),
        Verdict::Conditional(all) => (1, all.len()),
        Verdict::Unknown(_) => (2, 0),
    }
}

/// What a grant gives of an action, and the sentence that says so.
fn grant_verdict(
    reader: &Reader<'_>,
    grant: &Grant,
    action: &Action,
    question: &Question<'_>,
) -> Option<(Verdict, Grounds)> {
    let mut best: Option<Verdict> = None;
    // Data of a vault is given by roles or by policies, as its switch says.
    let planes: &[Plane] = if action.in_vault() { &[Plane::Data, Plane::Policy] } else { &[action.plane] };
    for plane in planes {
        let switch = switch(*plane, action, question.mode);
        for says in grant.role.says(&action.lower, *plane) {
            let verdict = match says {
                Says::No => continue,
                Says::Unknown(why) => Some(Verdict::Unknown(why)),
                Says::Yes(condition) => conditions(reader, grant, condition, action, question),
            };
            let verdict = verdict.and_then(|verdict| switch.verdict(verdict));
            best = match (best, verdict) {
                (Some(a), Some(b)) => Some(a.or(b)),
                (a, b) => a.or(b),
            };
        }
    }
    let mut verdict = best?;
    if let Some(needs) = &grant.needs {
        verdict = verdict.and(Verdict::Conditional(vec![needs.clone()]));
    }
    let Grant { who, what, place, .. } = grant;
    let says = match action.plane {
        Plane::SignIn => format!("{what} lets {who} sign in as {place}"),
        _ if grant.role.unknown.is_some() => {
            format!("{who} has {what} on {place}; what it allows is not known")
        }
        _ if &**what == OWNERSHIP => format!("{who} owns {place}, which allows {}", action.text),
        _ => format!("{who} has {what} on {place}, which allows {}", action.text),
    };
    Some((verdict, Grounds { says: says.into(), evidence: grant.evidence.clone() }))
}

/// Whether the switch of a vault lets a system decide.
fn switch(plane: Plane, action: &Action, mode: Option<Mode>) -> Cover {
    let open = |text: &str| Cover::If(text.into());
    match (action.in_vault(), plane, mode) {
        (false, ..) | (_, _, None) => Cover::Yes,
        (_, Plane::Policy, Some(Mode::Policies)) | (_, Plane::Data, Some(Mode::Roles)) => Cover::Yes,
        (_, Plane::Policy, Some(Mode::Either)) => {
            open("the vault uses access policies, which its enableRbacAuthorization does not say")
        }
        (_, Plane::Data, Some(Mode::Either)) => {
            open("the vault uses Azure roles for its data, which its enableRbacAuthorization does not say")
        }
        _ => Cover::No,
    }
}

fn conditions(
    reader: &Reader<'_>,
    grant: &Grant,
    of_role: Option<&Arc<super::condition::Condition>>,
    action: &Action,
    question: &Question<'_>,
) -> Option<Verdict> {
    let attribute = |name: &str| {
        let told = question.context.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        told.map(|(_, value)| value.clone()).or_else(|| attribute(reader, question.thing, name))
    };
    let facts = Facts { action: &action.lower, attribute: &attribute };
    let mut verdict = Verdict::Allowed;
    for condition in grant.condition.iter().chain(of_role) {
        match condition.holds(&facts) {
            Holds::Yes => {}
            Holds::No => return None,
            Holds::If(what) => verdict = verdict.and(Verdict::Conditional(vec![what])),
        }
    }
    Some(verdict)
}

enum Denied {
    Yes,
    No,
    If(Arc<str>),
}

/// A deny assignment comes before every role assignment.
fn denied(denials: &[&Denial], principal: &Principal, action: &Action) -> Denied {
    let mut verdict = Denied::No;
    for denial in denials {
        let bars = denial.role.says(&action.lower, action.plane);
        if bars.is_empty() || denial.except.contains(principal) {
            continue;
        }
        let named = denial.everybody || denial.of.contains(principal);
        let sure = bars.iter().any(|says| matches!(says, Says::Yes(..))) && !denial.open;
        if named && sure {
            return Denied::Yes;
        }
        if named || denial.open {
            verdict = Denied::If(format!("deny assignment {} is not of it", denial.name).into());
        }
    }
    verdict
}
