//! From holders of permissions to groups: who may all of what a technique needs, as places an attacker can stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, Holder, Holders, Principal};
use model::{Class, Grounds, Level, Verdict};
use rustc_hash::FxHashMap;

use super::groups::Member;
use super::{Fix, Rules, Start, State, fix_of_grounds};

/// Groups of holders that were made, by the addresses of the holders they were made of: one list for each permission.
#[derive(Default)]
pub(super) struct HolderGroups {
    made: FxHashMap<Vec<Vec<usize>>, Option<Start>>,
    /// Keeps every answer alive, so that an address means one thing for as long as `made` lives.
    kept: Vec<Arc<Holders>>,
}

impl HolderGroups {
    /// Those who are in each of `permissions`; `None` if nobody is.
    pub(super) fn all_of(
        &mut self,
        permissions: Vec<Vec<Arc<Holders>>>,
        graph: &Graph,
        catalog: &Catalog,
        rules: &mut Rules,
    ) -> Option<Start> {
        let address = |group: &Arc<Holders>| Arc::as_ptr(group) as usize;
        let key: Vec<Vec<usize>> = permissions.iter().map(|p| p.iter().map(address).collect()).collect();
        if let Some(made) = self.made.get(&key) {
            return *made;
        }
        let made = match &*permissions {
            // One permission by several groups: a group of groups, each shared with every other asset that has it.
            [only] if only.len() > 1 => {
                let parts = only
                    .iter()
                    .filter_map(|group| self.all_of(vec![vec![group.clone()]], graph, catalog, rules));
                let members: Vec<Member> = parts.map(Member::sure).collect();
                (!members.is_empty()).then(|| rules.group(members))
            }
            _ => {
                let members = joined(&permissions, graph, catalog, rules);
                (!members.is_empty()).then(|| rules.group(members))
            }
        };
        self.kept.extend(permissions.into_iter().flatten());
        self.made.insert(key, made);
        made
    }
}

/// Those who are in each of the permissions, with the verdicts and the grounds of all.
fn joined(
    permissions: &[Vec<Arc<Holders>>],
    graph: &Graph,
    catalog: &Catalog,
    rules: &mut Rules,
) -> Vec<Member> {
    let mut together: Option<BTreeMap<&Principal, (Verdict, Vec<Grounds>)>> = None;
    for permission in permissions {
        let mut mine: BTreeMap<&Principal, &Holder> = BTreeMap::new();
        for holder in permission.iter().flat_map(|group| &group.0) {
            let best = mine.entry(&holder.principal).or_insert(holder);
            // The surer of two answers about one principal counts.
            if best.verdict != holder.verdict
                && best.verdict.clone().or(holder.verdict.clone()) == holder.verdict
            {
                *best = holder;
            }
        }
        together = Some(match together {
            None => mine.into_iter().map(|(p, h)| (p, (h.verdict.clone(), h.grounds.to_vec()))).collect(),
            Some(before) => before
                .into_iter()
                .filter_map(|(principal, (verdict, mut grounds))| {
                    let holder = mine.get(principal)?;
                    grounds.extend(holder.grounds.iter().cloned());
                    Some((principal, (verdict.and(holder.verdict.clone()), grounds)))
                })
                .collect(),
        });
    }
    let together = together.unwrap_or_default();
    let members = together.into_iter().filter_map(|(principal, (verdict, grounds))| {
        let start = stands_as(principal, graph, catalog)?;
        let fix = fix_of_grounds(&grounds, "take away or narrow")
            .map(|fix| rules.fix(Fix { on: asset_of(principal), ..fix }));
        Some(Member { start, verdict, grounds: grounds.into(), fix })
    });
    members.collect()
}

/// Workloads whose own identity is among the holders, each to be used by the attacker.
pub(super) fn deputies(
    holders: &[Arc<Holders>],
    workloads: &[usize],
    graph: &Graph,
    rules: &mut Rules,
) -> Vec<Member> {
    let mut members = Vec::new();
    for workload in workloads {
        // A virtual machine runs as a profile, which runs as a role.
        let mut acts_as = vec![*workload];
        for _ in 0..2 {
            let next = acts_as.iter().flat_map(|at| graph.ends(*at, "runs-as", None, false).assets);
            let next: Vec<usize> = next.filter(|at| !acts_as.contains(at)).collect();
            acts_as.extend(next);
        }
        let all = holders.iter().flat_map(|group| &group.0);
        for holder in all {
            let Principal::Asset(who) = &holder.principal else { continue };
            if !acts_as.contains(who) {
                continue;
            }
            let fix = fix_of_grounds(&holder.grounds, "take away or narrow")
                .map(|fix| rules.fix(Fix { on: Some(*who as u32), ..fix }));
            let start = Start::State(State { asset: *workload as u32, level: Level::Use });
            let (verdict, grounds) = (holder.verdict.clone(), holder.grounds.clone());
            members.push(Member { start, verdict, grounds, fix });
        }
    }
    members
}

fn asset_of(principal: &Principal) -> Option<u32> {
    match principal {
        Principal::Asset(asset) => Some(*asset as u32),
        _ => None,
    }
}

/// Where an attacker stands who acts as a principal. Nobody stands as somebody definite outside the estate.
fn stands_as(principal: &Principal, graph: &Graph, catalog: &Catalog) -> Option<Start> {
    let entry = |name: &str| catalog.entries.iter().position(|e| &*e.entry.text == name);
    match principal {
        Principal::Asset(asset) => {
            let class = graph.assets().get(*asset)?.class;
            Some(Start::State(State { asset: *asset as u32, level: acting(class) }))
        }
        Principal::Anyone => entry("internet").map(|e| Start::Entry(e as u32)),
        Principal::AnyAccount(_) => entry("account").map(|e| Start::Entry(e as u32)),
        Principal::Outside(_) => None,
    }
}

/// The level at which somebody acts as an asset's identity: an identity is controlled, what has one of its own is
/// executed in, a pipeline's job is controlled by whoever writes it.
pub(super) fn acting(class: Class) -> Level {
    match class {
        Class::Identity | Class::Group => Level::Control,
        _ => Level::Execute,
    }
}
