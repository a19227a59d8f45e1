//! Which observations are of one thing. Two are the same where they bear the same id of the provider's, where a source
//! says that one scope mirrors another, and, with less confidence, where a name that is unique in all the world is the
//! same. What fits two candidates fits neither.
//!
//! Nothing here depends on the order of the observations: assets are sorted, and every step goes through its keys in
//! order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::{Asset, Confidence, Coverage, CoverageStatus, Match, Mirror, Standing};

use crate::ids::{Id, ids};

/// A root is recognised by its addresses alone only if so many are the same.
const MIN_SHARED: usize = 3;

/// A step from one asset to another.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) a: usize,
    pub(crate) b: usize,
    pub(crate) matched: Match,
}

/// What was found to be the same.
#[derive(Debug, Default)]
pub(crate) struct Same {
    /// For each asset, the first asset of its group.
    pub(crate) group: Vec<usize>,
    /// The steps that join the groups, those of most confidence first, and none in a circle.
    pub(crate) steps: Vec<Step>,
    pub(crate) notes: Vec<Coverage>,
}

/// Groups `assets`, which are sorted by id. `unique` is, for each, its name where that is unique in all the world.
pub(crate) fn same(assets: &[Asset], mirrors: &[Mirror], unique: &[Option<Arc<str>>]) -> Same {
    let mut groups = Groups::new(assets);
    groups.by_id();
    let scopes = Scopes::new(assets);
    let mut notes = Vec::new();
    let mut stated: Vec<&Mirror> =
        mirrors.iter().filter(|m| m.scope != m.of && scopes.has(&m.scope) && scopes.has(&m.of)).collect();
    stated.sort_by(|a, b| (b.matched.confidence, a).cmp(&(a.matched.confidence, b)));
    stated.dedup();
    let accepted = groups.unmistakable(&scopes, &stated, &stated);
    let refused: BTreeSet<&str> =
        stated.iter().filter(|m| !accepted.contains(m)).map(|m| &*m.scope).collect();
    for scope in &refused {
        let reason =
            "one of several records of a root module: which deployment its code is meant for is not known";
        notes.push(Coverage::note("graph", scope, CoverageStatus::Partial, reason));
    }
    for mirror in &accepted {
        groups.by_mirror(&scopes, mirror);
    }
    let placed = |scope: &str| {
        let mut of = accepted.iter().filter(|m| &*m.scope == scope).map(|m| &*m.of);
        refused.contains(scope) || of.any(|of| scopes.of(scope).any(|(a, _)| scopes.at(of, a).is_some()))
    };
    let found = groups.by_addresses(&scopes, &placed);
    let found: Vec<&Mirror> = found.iter().collect();
    let rivals: Vec<&Mirror> = accepted.iter().chain(&found).copied().collect();
    for mirror in groups.unmistakable(&scopes, &found, &rivals) {
        groups.by_mirror(&scopes, mirror);
    }
    groups.by_name(unique);
    let group = (0..assets.len()).map(|i| groups.root(i)).collect();
    Same { group, steps: groups.steps, notes }
}

/// The assets of each scope, by address.
struct Scopes<'a> {
    by_address: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
}

impl<'a> Scopes<'a> {
    fn new(assets: &'a [Asset]) -> Self {
        let mut by_address: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for (index, asset) in assets.iter().enumerate() {
            by_address.entry(&*asset.scope).or_default().insert(&*asset.address, index);
        }
        Scopes { by_address }
    }

    fn has(&self, scope: &str) -> bool {
        self.by_address.contains_key(scope)
    }

    fn of(&self, scope: &str) -> impl Iterator<Item = (&'a str, usize)> + '_ {
        self.by_address.get(scope).into_iter().flatten().map(|(address, index)| (*address, *index))
    }

    /// The standing of what a scope says, that nearest to what people edit.
    fn standing(&self, scope: &str, assets: &[Asset]) -> Option<Standing> {
        self.of(scope).map(|(_, index)| standing(&assets[index])).min()
    }

    fn at(&self, scope: &str, address: &str) -> Option<usize> {
        self.by_address.get(scope)?.get(address).copied()
    }
}

struct Groups<'a> {
    assets: &'a [Asset],
    parent: Vec<usize>,
    /// Of each group's first: the ids of all.
    ids: Vec<BTreeSet<Id>>,
    steps: Vec<Step>,
}

impl<'a> Groups<'a> {
    fn new(assets: &'a [Asset]) -> Self {
        let ids = assets.iter().map(ids).collect();
        Groups { assets, parent: (0..assets.len()).collect(), ids, steps: Vec::new() }
    }

    fn root(&mut self, mut index: usize) -> usize {
        while self.parent[index] != index {
            self.parent[index] = self.parent[self.parent[index]];
            index = self.parent[index];
        }
        index
    }

    /// Whether the ids of two assets say that they are two things.
    fn conflict(&self, a: usize, b: usize) -> bool {
        let families: BTreeSet<&str> = self.ids[a].iter().map(Id::family).collect();
        families.into_iter().any(|family| {
            let of =
                |i: usize| self.ids[i].iter().filter(|id| id.family() == family).collect::<BTreeSet<_>>();
            let (a, b) = (of(a), of(b));
            !b.is_empty() && a.is_disjoint(&b)
        })
    }

    fn may_join(&mut self, a: usize, b: usize) -> bool {
        let (first, second) = (self.root(a), self.root(b));
        self.assets[a].kind.eq_ignore_ascii_case(&self.assets[b].kind) && !self.conflict(first, second)
    }

    fn join(&mut self, a: usize, b: usize, matched: &Match) {
        let (first, second) = (self.root(a), self.root(b));
        if first == second || !self.may_join(a, b) {
            return;
        }
        let (first, second) = (first.min(second), first.max(second));
        self.parent[second] = first;
        let ids = std::mem::take(&mut self.ids[second]);
        self.ids[first].extend(ids);
        self.steps.push(Step { a, b, matched: matched.clone() });
    }

    /// The same id of the provider's is the same thing.
    fn by_id(&mut self) {
        let mut owners: BTreeMap<(String, Id), Vec<usize>> = BTreeMap::new();
        for (index, asset) in self.assets.iter().enumerate() {
            for id in &self.ids[index] {
                owners.entry((asset.kind.to_ascii_lowercase(), id.clone())).or_default().push(index);
            }
        }
        let matched = Match { how: "same id".into(), confidence: Confidence::High };
        for owners in owners.values() {
            owners.iter().skip(1).for_each(|other| self.join(owners[0], *other, &matched));
        }
    }

    /// The mirrors that no rival contradicts. Two plans, or two states, of one root module are of two deployments, unless
    /// their ids say that they are of one.
    fn unmistakable<'m>(
        &mut self,
        scopes: &Scopes<'_>,
        mirrors: &[&'m Mirror],
        rivals: &[&Mirror],
    ) -> Vec<&'m Mirror> {
        let mut by_scope: BTreeMap<&str, Vec<&Mirror>> = BTreeMap::new();
        for rival in rivals {
            by_scope.entry(&*rival.of).or_default().push(rival);
        }
        let mut kept = Vec::new();
        for mirror in mirrors {
            let mut others =
                by_scope.get(&*mirror.of).into_iter().flatten().filter(|r| r.scope != mirror.scope);
            if others.all(|other| self.agree(scopes, &mirror.scope, &other.scope)) {
                kept.push(*mirror);
            }
        }
        kept
    }

    /// Whether two scopes may tell of one deployment: nowhere different ids at one address, and where both are of one
    /// standing, somewhere the same.
    fn agree(&mut self, scopes: &Scopes<'_>, a: &str, b: &str) -> bool {
        let mut shared = false;
        for (address, left) in scopes.of(a) {
            let Some(right) = scopes.at(b, address) else { continue };
            let (x, y) = (self.root(left), self.root(right));
            shared |= x == y;
            if x != y && self.conflict(x, y) {
                return false;
            }
        }
        shared || scopes.standing(a, self.assets) != scopes.standing(b, self.assets)
    }

    fn by_mirror(&mut self, scopes: &Scopes<'_>, mirror: &Mirror) {
        for (address, index) in scopes.of(&mirror.scope) {
            if let Some(other) = scopes.at(&mirror.of, address) {
                self.join(other, index, &mirror.matched);
            }
        }
        if !mirror.names {
            return;
        }
        let found: [HashMap<(&str, &str), Vec<usize>>; 2] = [&mirror.scope, &mirror.of].map(|scope| {
            let mut named: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
            for (_, index) in scopes.of(scope) {
                let asset = &self.assets[index];
                if is_known_name(asset) {
                    named.entry((&asset.kind, &asset.name)).or_default().push(index);
                }
            }
            named
        });
        for (_, index) in scopes.of(&mirror.scope) {
            let asset = &self.assets[index];
            let key = (&*asset.kind, &*asset.name);
            if let (Some([one]), Some([other])) =
                (found[0].get(&key).map(|v| &**v), found[1].get(&key).map(|v| &**v))
            {
                self.join(*other, *one, &mirror.matched);
            }
        }
    }

    /// Records that lie elsewhere, and that share the addresses of just one root.
    fn by_addresses(&self, scopes: &Scopes<'_>, placed: &dyn Fn(&str) -> bool) -> Vec<Mirror> {
        let is_address = |address: &str| !address.starts_with("provider.");
        let standings: Vec<(&str, Standing)> =
            scopes.by_address.keys().filter_map(|s| Some((*s, scopes.standing(s, self.assets)?))).collect();
        let of = |wanted: &[Standing]| -> Vec<(&str, Standing)> {
            standings.iter().filter(|(_, s)| wanted.contains(s)).copied().collect()
        };
        let roots = of(&[Standing::Written]);
        // Which roots have an address: few do, so that not every record is held against every root.
        let mut having: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, (root, _)) in roots.iter().enumerate() {
            for (address, _) in scopes.of(root).filter(|(a, _)| is_address(a)) {
                having.entry(address).or_default().push(index);
            }
        }
        let mut found: BTreeMap<(&str, Standing), Vec<&str>> = BTreeMap::new();
        for (record, standing) in of(&[Standing::Planned, Standing::Recorded]) {
            if placed(record) {
                continue;
            }
            let mut own = 0;
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for (address, index) in scopes.of(record).filter(|(a, _)| is_address(a)) {
                own += 1;
                for root in having.get(address).into_iter().flatten() {
                    let other = scopes.at(roots[*root].0, address);
                    let fits = other.is_some_and(|o| self.assets[o].kind == self.assets[index].kind);
                    *shared.entry(*root).or_default() += usize::from(fits);
                }
            }
            let mut best: Vec<(usize, usize)> =
                shared.into_iter().map(|(root, count)| (count, root)).collect();
            best.sort_by(|a, b| b.cmp(a));
            let Some((count, root)) = best.first().copied() else { continue };
            let next = best.get(1).map_or(0, |(count, _)| *count);
            let all = scopes.of(roots[root].0).filter(|(a, _)| is_address(a)).count();
            // Most of what both have, and far more than any other root.
            if count >= MIN_SHARED && 2 * count > own.max(all) && 2 * next < count {
                found.entry((roots[root].0, standing)).or_default().push(record);
            }
        }
        let matched = Match { how: "same addresses as this root".into(), confidence: Confidence::Medium };
        let unmistakable = found.into_iter().filter_map(|((of, _), records)| match *records {
            [record] => Some((of, record)),
            _ => None,
        });
        let mirror = |(of, record): (&str, &str)| Mirror {
            scope: record.into(),
            of: of.into(),
            names: false,
            matched: matched.clone(),
        };
        unmistakable.map(mirror).collect()
    }

    /// A name that is unique in all the world, on one thing that is meant to be and one that is there.
    fn by_name(&mut self, unique: &[Option<Arc<str>>]) {
        let mut named: BTreeMap<(&str, String), BTreeSet<usize>> = BTreeMap::new();
        let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
        for index in 0..self.assets.len() {
            let group = self.root(index);
            members.entry(group).or_default().push(index);
            if let Some(name) = unique.get(index).cloned().flatten() {
                let key = (&*self.assets[index].kind, name.to_lowercase());
                named.entry(key).or_default().insert(group);
            }
        }
        let exists = |group: usize, assets: &[Asset]| {
            let mut all = members.get(&group).into_iter().flatten().map(|i| standing(&assets[*i]).exists());
            (all.clone().all(|e| e), all.any(|e| !e))
        };
        let matched =
            Match { how: "same name, which only one thing can have".into(), confidence: Confidence::Medium };
        for groups in named.values() {
            let [a, b] = *groups.iter().copied().collect::<Vec<_>>() else { continue };
            let (meant, there) = match (exists(a, self.assets), exists(b, self.assets)) {
                ((true, _), (_, true)) => (b, a),
                ((_, true), (true, _)) => (a, b),
                _ => continue,
            };
            self.join(meant, there, &matched);
        }
    }
}

/// How near to what people edit an asset was seen.
pub(crate) fn standing(asset: &Asset) -> Standing {
    asset.sightings.first().map_or(Standing::Written, |s| s.standing)
}

/// Whether the name is what the thing is really called.
pub(crate) fn is_known_name(asset: &Asset) -> bool {
    let name = &asset.name;
    !name.is_empty()
        && **name != *asset.address
        && !name.contains("${")
        && !name.starts_with("unknown (")
        && name != "(sensitive)"
}
