//! Places: assets that stand in the same network behind the same rules; and the routes between them and from the
//! internet, the same for every provider.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graph::{Origin, Route};
use model::{Coverage, CoverageStatus, Grounds, Verdict};

use crate::address::Addresses;
use crate::packets::{Budget, Cell, Label, Layer, Party, through, whole};
use crate::ports::Ports;

/// Work for one place against one kind of sender, and for everything together.
const PLACE_BUDGET: usize = 3_000_000;
const TOTAL_BUDGET: usize = 150_000_000;
/// Pairs of places that are compared.
const MAX_PAIRS: usize = 400_000;
/// Senders that are listed for targets of which rules name some of them.
const MAX_NAMED: usize = 5_000_000;
/// Ranges that one route names as its origins.
const MAX_RANGES: usize = 64;

/// How something can be addressed from outside its network.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Way {
    pub verdict: Verdict,
    pub grounds: Vec<Arc<Grounds>>,
    /// The ports that it leads to; all of them where nothing forwards.
    pub ports: Ports,
    /// The ports to address where something hands connections on to others.
    pub shown: Option<Ports>,
    /// Who can address it: the internet of one family, or what is routed.
    pub from: Addresses,
}

/// Where assets stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// Assets by index, sorted.
    pub members: Vec<usize>,
    /// What rules of others see of them.
    pub party: Party,
    /// The subnets that it stands in, as assets.
    pub subnets: Vec<usize>,
    /// The network, by the number that [`Networks`] gives.
    pub network: Option<usize>,
    pub inbound: Vec<Arc<Layer>>,
    pub outbound: Vec<Arc<Layer>>,
    /// Where they take connections; empty for what only sends.
    pub listens: Ports,
    /// Whether programs run there that an attacker could send from.
    pub sends: bool,
    /// Ways in from the internet; none for what has no public address.
    pub public: Vec<Way>,
    /// Its members are one thing: a workload and the software in it.
    pub single: bool,
    /// What to say of a route to it that no rule decides.
    pub stands: Option<Arc<Grounds>>,
}

/// Networks and which of them are joined.
#[derive(Debug, Default)]
pub(crate) struct Networks {
    names: BTreeMap<Arc<str>, usize>,
    joined: BTreeMap<(usize, usize), (Verdict, Arc<Grounds>)>,
}

impl Networks {
    pub(crate) fn id(&mut self, name: &str) -> usize {
        let next = self.names.len();
        *self.names.entry(name.into()).or_insert(next)
    }

    /// What stands in the one reaches the addresses of the other.
    pub(crate) fn join(&mut self, from: usize, to: usize, verdict: Verdict, grounds: Arc<Grounds>) {
        if from != to {
            self.joined.entry((from, to)).or_insert((verdict, grounds));
        }
    }

    fn between(&self, from: usize, to: usize) -> Option<(Verdict, Option<Arc<Grounds>>)> {
        if from == to {
            return Some((Verdict::Allowed, None));
        }
        self.joined.get(&(from, to)).map(|(v, g)| (v.clone(), Some(g.clone())))
    }
}

type Key = (usize, Ports, Verdict, Vec<Arc<Grounds>>);

/// Routes as they are found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    routes: BTreeMap<Key, BTreeSet<usize>>,
    /// Lists of origins, each once: many routes share one.
    origins: Vec<Arc<[Origin]>>,
    known: BTreeMap<Arc<[Origin]>, usize>,
    pub notes: Vec<Coverage>,
}

impl Found {
    pub(crate) fn add(
        &mut self,
        from: Vec<Origin>,
        to: impl IntoIterator<Item = usize>,
        ports: Ports,
        verdict: Verdict,
        grounds: Vec<Arc<Grounds>>,
    ) {
        if !from.is_empty() {
            let from = self.origins(from);
            self.add_from(from, to, ports, verdict, grounds);
        }
    }

    /// The number of a list of origins.
    fn origins(&mut self, from: Vec<Origin>) -> usize {
        let from: Arc<[Origin]> = from.into();
        let next = self.origins.len();
        let number = *self.known.entry(from.clone()).or_insert(next);
        if number == next {
            self.origins.push(from);
        }
        number
    }

    fn add_from(
        &mut self,
        from: usize,
        to: impl IntoIterator<Item = usize>,
        ports: Ports,
        verdict: Verdict,
        grounds: Vec<Arc<Grounds>>,
    ) {
        let mut seen = BTreeSet::new();
        let grounds: Vec<Arc<Grounds>> = grounds.into_iter().filter(|g| seen.insert(g.clone())).collect();
        if ports.is_empty() || grounds.is_empty() {
            return;
        }
        self.routes.entry((from, ports, verdict, grounds)).or_default().extend(to);
    }

    pub(crate) fn note(&mut self, place: impl AsRef<str>, reason: impl Into<String>) {
        self.notes.push(Coverage::note("network", place, CoverageStatus::Partial, reason));
    }

    pub(crate) fn finish(self) -> (Vec<Route>, Vec<Coverage>) {
        // Of what only differs in its ports, one route. Lists of origins are compared once, not for each route.
        let rank: BTreeMap<usize, usize> =
            self.known.values().enumerate().map(|(rank, number)| (*number, rank)).collect();
        type Joined = BTreeMap<(usize, Vec<usize>, Verdict, Vec<Arc<Grounds>>), (usize, Vec<Ports>)>;
        let mut joined = Joined::new();
        for ((from, ports, verdict, grounds), to) in self.routes {
            let to: Vec<usize> = to.into_iter().collect();
            let key = (rank.get(&from).copied().unwrap_or_default(), to, verdict, grounds);
            joined.entry(key).or_insert_with(|| (from, Vec::new())).1.push(ports);
        }
        let routes = joined.into_iter().filter(|((_, to, ..), _)| !to.is_empty());
        let mut routes: Vec<(usize, Route)> = routes
            .map(|((rank, to, verdict, grounds), (from, ports))| {
                let route = Route {
                    from: self.origins[from].clone(),
                    to: to.into(),
                    ports: Ports::of(ports).to_string().into(),
                    verdict,
                    grounds: grounds.iter().map(|g| (**g).clone()).collect(),
                };
                (rank, route)
            })
            .collect();
        let key = |(rank, r): &(usize, Route)| {
            (*rank, r.to.clone(), r.ports.clone(), r.verdict.clone(), r.grounds.clone())
        };
        routes.sort_by_cached_key(key);
        let routes = routes.into_iter().map(|(_, route)| route).collect();
        let mut notes = self.notes;
        notes.sort();
        notes.dedup();
        (routes, notes)
    }
}

/// Everything that places and networks say.
pub(crate) fn routes(places: &[Place], networks: &Networks, found: &mut Found) {
    let mut total = Budget(TOTAL_BUDGET);
    for place in places.iter().filter(|p| !p.public.is_empty() && !p.listens.is_empty()) {
        from_outside(place, found, &mut total);
    }
    inside(places, networks, found, &mut total);
}

/// A budget of its own, within what is left of the whole.
fn portion<T>(total: &mut Budget, work: impl FnOnce(&mut Budget) -> Option<T>) -> Option<T> {
    let given = PLACE_BUDGET.min(total.0);
    let mut budget = Budget(given);
    let result = work(&mut budget);
    total.0 -= given - budget.0;
    result
}

fn too_much() -> Verdict {
    Verdict::Unknown("there are too many rules to say what they let through".into())
}

/// Everybody on the internet, as rules see them.
pub(crate) fn internet() -> Party {
    let labels = [Label::Text("Internet".into())].into();
    Party { addresses: Addresses::public(), labels, vague: None }
}

/// From the internet and from ranges of it.
fn from_outside(place: &Place, found: &mut Found, total: &mut Budget) {
    let internet = internet();
    let cells = portion(total, |budget| through(&place.inbound, &internet, budget));
    for way in &place.public {
        let Some(cells) = &cells else {
            let grounds = way.grounds.clone();
            let open = place.listens.and(&way.ports);
            found.add(vec![Origin::Internet], place.members.iter().copied(), open, too_much(), grounds);
            continue;
        };
        outside_cells(cells, way, &place.listens, &place.members, found);
    }
}

/// Routes of the cells that somebody on the internet gets through.
pub(crate) fn outside_cells(
    cells: &[Cell],
    way: &Way,
    listens: &Ports,
    members: &[usize],
    found: &mut Found,
) {
    for cell in cells {
        let open = Ports::of_spans([(cell.from, cell.to)]).and(listens).and(&way.ports);
        if open.is_empty() {
            continue;
        }
        let open = way.shown.clone().unwrap_or(open);
        let mut grounds = cell.by.clone();
        grounds.extend(way.grounds.iter().cloned());
        let (admitted, perhaps) = (cell.admitted.and(&way.from), cell.perhaps.and(&way.from));
        let everybody = admitted.is_the_internet();
        if everybody {
            let origins = vec![Origin::Internet];
            found.add(origins, members.iter().copied(), open.clone(), way.verdict.clone(), grounds.clone());
        } else if !admitted.is_empty() {
            let origins = ranges(&admitted);
            found.add(origins, members.iter().copied(), open.clone(), way.verdict.clone(), grounds.clone());
        }
        if !perhaps.is_empty() && !everybody {
            let reason = cell.doubt.clone().unwrap_or_else(|| "a rule is not known".into());
            let origins = match perhaps.is_the_internet() {
                true => vec![Origin::Internet],
                false => ranges(&perhaps),
            };
            let verdict = way.verdict.clone().and(Verdict::Unknown(reason));
            found.add(origins, members.iter().copied(), open, verdict, grounds);
        }
    }
}

fn ranges(addresses: &Addresses) -> Vec<Origin> {
    let (ranges, whole) = addresses.ranges(MAX_RANGES);
    let more = (!whole).then(|| Origin::Range("further ranges".into()));
    ranges.into_iter().map(|r| Origin::Range(r.into())).chain(more).collect()
}

/// Places that every rule sees alike, but for what they are called.
type Alike<'p> = BTreeMap<(usize, &'p Addresses, Option<&'p Arc<str>>, Vec<usize>), Vec<&'p Place>>;

/// From assets to assets, in one network or in joined ones.
fn inside(places: &[Place], networks: &Networks, found: &mut Found, total: &mut Budget) {
    let mut alike: Alike<'_> = BTreeMap::new();
    for place in places.iter().filter(|p| p.sends) {
        let Some(network) = place.network else { continue };
        let closed =
            place.outbound.iter().filter(|l| !l.is_open()).map(|l| Arc::as_ptr(l) as usize).collect();
        let key = (network, &place.party.addresses, place.party.vague.as_ref(), closed);
        alike.entry(key).or_default().push(place);
    }
    // Of each class its members with a label, and everybody in it as one list of origins.
    let classes: Vec<Class<'_>> = alike.into_values().map(|senders| Class::of(senders, found)).collect();
    let mut pairs = 0usize;
    let mut named = 0usize;
    for target in places.iter().filter(|p| !p.listens.is_empty()) {
        let Some(network) = target.network else { continue };
        // Which of the target's rules name a label.
        let mut naming: BTreeMap<&Label, Vec<usize>> = BTreeMap::new();
        for (number, rule) in target.inbound.iter().flat_map(|l| &l.rules).enumerate() {
            for label in &rule.peers.labels {
                naming.entry(label).or_default().push(number);
            }
        }
        for class in &classes {
            let Some(first) = class.senders.first() else { continue };
            let Some((verdict, joint)) = first.network.and_then(|from| networks.between(from, network))
            else {
                continue;
            };
            // Of those alike, only the rules that name them tell them apart.
            let mut rules_of: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
            for (label, rules) in &naming {
                for sender in class.labelled.get(label).into_iter().flatten() {
                    rules_of.entry(*sender).or_default().extend(rules);
                }
            }
            let mut apart: BTreeMap<&BTreeSet<usize>, Vec<&Place>> = BTreeMap::new();
            for (sender, rules) in &rules_of {
                apart.entry(rules).or_default().push(class.senders[*sender]);
            }
            let mut groups: Vec<(Vec<&Place>, Option<usize>)> =
                apart.into_values().map(|g| (g, None)).collect();
            if rules_of.is_empty() {
                groups.push((vec![*first], Some(class.everybody)));
            } else if rules_of.len() < class.senders.len() {
                let rest = class.senders.iter().enumerate().filter(|(n, _)| !rules_of.contains_key(n));
                groups.push((rest.map(|(_, s)| *s).collect(), None));
            }
            for (group, shared) in groups {
                pairs += 1;
                named += if shared.is_some() { 1 } else { group.len() };
                if pairs > MAX_PAIRS || named > MAX_NAMED || total.0 == 0 {
                    let reason = "the estate has too many networks and groups to compare all of them; some routes inside are left out";
                    found.note("", reason);
                    return;
                }
                pair(&group, shared, target, (&verdict, joint.as_ref()), found, total);
            }
        }
    }
}

/// Senders that every rule sees alike, but for what they are called.
struct Class<'p> {
    senders: Vec<&'p Place>,
    labelled: BTreeMap<&'p Label, Vec<usize>>,
    /// The number of the list of all of them.
    everybody: usize,
}

impl<'p> Class<'p> {
    fn of(senders: Vec<&'p Place>, found: &mut Found) -> Self {
        let mut labelled: BTreeMap<&Label, Vec<usize>> = BTreeMap::new();
        for (number, sender) in senders.iter().enumerate() {
            for label in &sender.party.labels {
                labelled.entry(label).or_default().push(number);
            }
        }
        let all: BTreeSet<usize> = senders.iter().flat_map(|s| s.members.iter().copied()).collect();
        let everybody = found.origins(all.into_iter().map(Origin::Asset).collect());
        Class { senders, labelled, everybody }
    }
}

/// From some places that are alike to one.
fn pair(
    senders: &[&Place],
    shared: Option<usize>,
    target: &Place,
    (verdict, joint): (&Verdict, Option<&Arc<Grounds>>),
    found: &mut Found,
    total: &mut Budget,
) {
    let Some(sender) = senders.first() else { return };
    let into = portion(total, |budget| {
        let come = through(&target.inbound, &sender.party, budget)?;
        let closed: Vec<&Arc<Layer>> = sender.outbound.iter().filter(|l| !l.is_open()).collect();
        let go = match closed.is_empty() {
            true => vec![whole(&target.party)],
            false => through(closed, &target.party, budget)?,
        };
        Some((come, go))
    });
    if into.as_ref().is_some_and(|(come, go)| come.is_empty() || go.is_empty()) {
        return;
    }
    // A long list is shared, though it may hold the target; of a short one an asset's way to itself is left out.
    let listed = shared;
    let shared = listed.filter(|s| found.origins[*s].len() > 64);
    let from = match shared {
        Some(shared) => shared,
        None => {
            let mut from: BTreeSet<usize> = match listed {
                Some(number) => found.origins[number]
                    .iter()
                    .filter_map(|o| if let Origin::Asset(i) = o { Some(*i) } else { None })
                    .collect(),
                None => senders.iter().flat_map(|s| s.members.iter().copied()).collect(),
            };
            if target.single || target.members.len() == 1 {
                target.members.iter().for_each(|m| _ = from.remove(m));
            }
            if from.is_empty() {
                return;
            }
            found.origins(from.into_iter().map(Origin::Asset).collect())
        }
    };
    let place = target.stands.iter().chain(joint).cloned().collect::<Vec<_>>();
    let Some((come, go)) = into else {
        found.add_from(from, target.members.iter().copied(), target.listens.clone(), too_much(), place);
        return;
    };
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (come.get(i), go.get(j)) {
        let (low, high) = (x.from.max(y.from), x.to.min(y.to));
        if low <= high {
            let open = Ports::of_spans([(low, high)]).and(&target.listens);
            let both = admitted(x, &sender.party).zip(admitted(y, &target.party));
            if let Some((a, b)) = both
                && !open.is_empty()
            {
                let mut grounds = x.by.clone();
                grounds.extend(y.by.iter().cloned());
                grounds.extend(place.iter().cloned());
                let verdict = verdict.clone().and(a).and(b);
                found.add_from(from, target.members.iter().copied(), open, verdict, grounds);
            }
        }
        if x.to < y.to { i += 1 } else { j += 1 }
    }
}

/// How sure it is that somebody gets through: all of the addresses that it may have do, some, or it is not known.
fn admitted(cell: &Cell, party: &Party) -> Option<Verdict> {
    let certain = [Addresses::four(), Addresses::six()].iter().any(|family| {
        let own = party.addresses.and(family);
        !own.is_empty() && cell.admitted.holds_all(&own)
    });
    if certain {
        return Some(Verdict::Allowed);
    }
    if !cell.admitted.is_empty() {
        let (ranges, _) = cell.admitted.ranges(3);
        let condition = format!("its address is in {}", ranges.join(" or "));
        return Some(match &party.vague {
            Some(reason) => Verdict::Unknown(reason.clone()),
            None => Verdict::Conditional(vec![condition.into()]),
        });
    }
    (!cell.perhaps.is_empty())
        .then(|| Verdict::Unknown(cell.doubt.clone().unwrap_or_else(|| "a rule is not known".into())))
}
