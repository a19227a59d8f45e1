//! Effective permissions on Google Cloud.
//!
//! Allow policies are unions along the hierarchy, deny policies are checked before them, and both are read once, when the
//! permissions of a graph are derived; a question walks the places above what it is about. Whoever may do something on
//! a project is one group, shared by all that is in the project.
//! <https://cloud.google.com/iam/docs/policy-types>

mod bindings;
mod boundary;
mod condition;
mod deny;
mod federation;
mod implied;
mod members;
mod places;
mod resource;
mod roles;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use catalog::Catalog;
use graph::{Graph, Holders, On, Permissions, Request};
use model::{Coverage, CoverageStatus, Evidence, Grounds, Verdict};

use self::bindings::{Binding, Reader, Role};
use self::boundary::Boundary;
use self::condition::Truth;
use self::deny::Deny;
use self::members::Who;
use self::places::{Above, Place, Places};
use self::resource::Subject;
use crate::gather::Gathered;

/// A group is the same for all questions that have this in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    place: Place,
    assumption: Option<Arc<str>>,
    actions: Vec<Arc<str>>,
    /// What the conditions of the place's bindings say to the resource asked about.
    conditions: Vec<Truth>,
    limits: Limits,
}

/// What may stand in the way of a right on a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Limits {
    /// The deny rules above it that may hold.
    denies: Vec<(usize, Truth)>,
    /// The boundaries that do not reach it.
    outside: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Google<'g> {
    graph: &'g Graph,
    places: Places<'g>,
    by_place: HashMap<Place, Vec<Binding>>,
    denies: Vec<Deny>,
    boundaries: Vec<Boundary>,
    notes: Vec<Coverage>,
    groups: Mutex<HashMap<Key, Option<Arc<Holders>>>>,
}

impl<'g> Google<'g> {
    pub(crate) fn derive(graph: &'g Graph, _: &'g Catalog) -> Self {
        let mut places = Places::new(graph);
        let denies = deny::read(graph, &mut places);
        let boundaries = boundary::read(graph, &mut places);
        let mut reader = Reader::new(graph, &mut places);
        reader.read();
        implied::add(&mut reader);
        reader.spread_basic();
        let (bindings, mut notes) = (reader.bindings, reader.notes);
        let mut by_place: HashMap<Place, Vec<Binding>> = HashMap::new();
        for binding in bindings.into_iter().filter(|binding| !binding.who.is_empty()) {
            if let Role::Unknown { name, reason } = &binding.role {
                let place = match &binding.evidence {
                    Evidence::Source(at) => at.to_string(),
                    _ => places.title(binding.place),
                };
                let reason = format!("role {name} on {}: {reason}", places.title(binding.place));
                notes.push(Coverage::note("identity", place, CoverageStatus::Partial, reason));
            }
            by_place.entry(binding.place).or_default().push(binding);
        }
        notes.sort();
        notes.dedup();
        Google { graph, places, by_place, denies, boundaries, notes, groups: Mutex::default() }
    }

    /// Those who may on one place that is asked about, or is above it.
    fn group(
        &self,
        above: &Above,
        actions: &[Arc<str>],
        subject: &Subject,
        limits: &Limits,
    ) -> Option<Arc<Holders>> {
        let bindings = self.by_place.get(&above.place)?;
        let conditions = bindings.iter().filter_map(|b| b.condition.as_ref());
        let key = Key {
            place: above.place,
            assumption: above.assumption.clone(),
            actions: actions.to_vec(),
            conditions: conditions.map(|c| c.holds(subject)).collect(),
            limits: limits.clone(),
        };
        if let Ok(groups) = self.groups.lock()
            && let Some(known) = groups.get(&key)
        {
            return known.clone();
        }
        let found = self.gather(bindings, &key);
        if let Ok(mut groups) = self.groups.lock() {
            groups.insert(key, found.clone());
        }
        found
    }

    fn gather(&self, bindings: &[Binding], key: &Key) -> Option<Arc<Holders>> {
        let mut gathered = Gathered::default();
        let mut conditions = key.conditions.iter();
        for binding in bindings {
            let condition = match &binding.condition {
                None => Verdict::Allowed,
                Some(condition) => match conditions.next() {
                    Some(Truth::Yes) => Verdict::Allowed,
                    Some(Truth::No) => continue,
                    _ => Verdict::Conditional(vec![condition.brief().into()]),
                },
            };
            let assumed = key.assumption.iter().cloned().collect::<Vec<_>>();
            let assumed = if assumed.is_empty() { Verdict::Allowed } else { Verdict::Conditional(assumed) };
            let given = condition.and(assumed);
            for action in &key.actions {
                let Some(has) = binding.role.has(action) else { continue };
                for who in &binding.who {
                    let Some((denied, mut why)) = self.stopped(who, action, &key.limits) else { continue };
                    let verdict = given.clone().and(has.clone()).and(who.verdict.clone()).and(denied);
                    let role = binding.role.name();
                    let place = self.places.title(binding.place);
                    let name = who.name(self.graph);
                    let says = match has {
                        Verdict::Unknown(_) => {
                            format!("{name} has {role} on {place}, which may have {action}")
                        }
                        _ => format!("{name} has {role} on {place}, which has {action}"),
                    };
                    let mut grounds = vec![Grounds { says: says.into(), evidence: binding.evidence.clone() }];
                    grounds.extend(who.grounds.iter().cloned());
                    // What somebody wrote tells more than what the provider does by itself.
                    if matches!(binding.evidence, Evidence::Default { .. }) {
                        grounds.rotate_left(1);
                    }
                    grounds.append(&mut why);
                    gathered.add(who.principal.clone(), verdict, grounds);
                }
            }
        }
        gathered.holders()
    }

    /// What deny rules and boundaries leave; nothing if a rule denies it for certain.
    fn stopped(&self, who: &Who, action: &str, limits: &Limits) -> Option<(Verdict, Vec<Grounds>)> {
        let (mut conditions, mut grounds) = (Vec::new(), Vec::new());
        for (index, holds) in &limits.denies {
            let deny = &self.denies[*index];
            match deny.denies(who, action, &self.places).and(*holds) {
                Truth::No => {}
                Truth::Yes => return None,
                Truth::Depends => {
                    let condition = deny.condition.as_ref();
                    let unless = condition.map(|c| format!(" where {}", c.brief())).unwrap_or_default();
                    conditions.push(format!("deny policy {} does not deny it{unless}", deny.name).into());
                    let says = format!("deny policy {} may deny {action}", deny.name).into();
                    grounds.push(Grounds { says, evidence: deny.evidence.clone() });
                }
            }
        }
        let bound = |index: &usize| self.boundaries[*index].binds(who, &self.places) != Truth::No;
        let reached =
            (0..self.boundaries.len()).filter(|index| !limits.outside.contains(index)).any(|i| bound(&i));
        for index in limits.outside.iter().filter(|index| !reached && bound(index)) {
            let boundary = &self.boundaries[*index];
            conditions.push(format!("principal access boundary {} does not stop it", boundary.name).into());
            let says =
                format!("principal access boundary {} reaches other resources only", boundary.name).into();
            grounds.push(Grounds { says, evidence: boundary.evidence.clone() });
        }
        let verdict = if conditions.is_empty() { Verdict::Allowed } else { Verdict::Conditional(conditions) };
        Some((verdict, grounds))
    }

    /// What may stand in the way below these places.
    fn limits(&self, places: &[Above], subject: &Subject) -> Limits {
        let mut denies = Vec::new();
        for (index, deny) in self.denies.iter().enumerate() {
            let Some(at) = places.iter().find(|above| above.place == deny.place) else { continue };
            let here = if at.assumption.is_some() { Truth::Depends } else { Truth::Yes };
            let holds = deny.condition.as_ref().map_or(Truth::Yes, |c| c.holds(subject));
            match here.and(holds) {
                Truth::No => {}
                truth => denies.push((index, truth)),
            }
        }
        let outside = |index: &usize| !self.boundaries[*index].lets(places);
        Limits { denies, outside: (0..self.boundaries.len()).filter(outside).collect() }
    }

    fn on(&self, places: &[Above], actions: &[Arc<str>], subject: &Subject) -> Vec<Arc<Holders>> {
        let limits = self.limits(places, subject);
        places.iter().filter_map(|above| self.group(above, actions, subject, &limits)).collect()
    }

    fn on_asset(&self, asset: usize, actions: &[Arc<str>]) -> Vec<Arc<Holders>> {
        let subject = resource::subject(self.graph, asset, actions);
        self.on(&self.places.of(asset), actions, &subject)
    }

    /// On anything there is: every place that has bindings, each with what is denied there.
    fn anywhere(&self, actions: &[Arc<str>]) -> Vec<Arc<Holders>> {
        let places: BTreeSet<Place> = self.by_place.keys().copied().collect();
        let mut found = Vec::new();
        for place in places {
            let (above, subject) = match place {
                Place::Container(container) => (self.places.above(container), Subject::default()),
                Place::Family(project, family) => {
                    if !actions.iter().any(|action| action.starts_with(family.service())) {
                        continue;
                    }
                    (self.places.above(project), Subject::default())
                }
                Place::Resource(asset) => {
                    let apt = |action: &Arc<str>| resource::applies(self.graph, asset, action);
                    if !actions.iter().any(apt) {
                        continue;
                    }
                    (self.places.of(asset), resource::subject(self.graph, asset, actions))
                }
            };
            let limits = self.limits(&above, &subject);
            found.extend(self.group(&Above { place, assumption: None }, actions, &subject, &limits));
        }
        found
    }

    fn on_named(&self, name: &str, actions: &[Arc<str>]) -> Vec<Arc<Holders>> {
        let path =
            name.strip_prefix("//").and_then(|rest| rest.split_once('/')).map_or(name, |(_, path)| path);
        let is = |asset: &model::Asset| {
            &*asset.id.0 == name || asset.aliases.contains(name) || asset.aliases.contains(path)
        };
        let assets = self.graph.assets();
        let found = assets.iter().position(|asset| asset.kind.starts_with("google.") && is(asset));
        if let Some(asset) = found {
            return self.on_asset(asset, actions);
        }
        let container = [places::Level::Project, places::Level::Folder, places::Level::Organization]
            .into_iter()
            .find_map(|level| {
                let (_, rest) = path.split_once(&format!("{}s/", level.word()))?;
                self.places.known(level, rest.split('/').next().unwrap_or(rest))
            });
        let subject = Subject::named(path);
        match container {
            Some(container) => self.on(&self.places.above(container), actions, &subject),
            // A name that says nothing of its project may be in any.
            None if !["projects/", "folders/", "organizations/"].iter().any(|level| path.contains(level)) => {
                let containers = self.by_place.keys().filter(|place| matches!(place, Place::Container(_)));
                let places: BTreeSet<Place> = containers.copied().collect();
                let in_it = |place: &Place| format!("{name} is in {}", self.places.title(*place)).into();
                let above =
                    places.iter().map(|place| Above { place: *place, assumption: Some(in_it(place)) });
                self.on(&above.collect::<Vec<_>>(), actions, &subject)
            }
            None => Vec::new(),
        }
    }
}

impl Permissions for Google<'_> {
    fn who_can(&self, request: &Request<'_>) -> Vec<Arc<Holders>> {
        match request.on {
            On::Asset(asset) => self.on_asset(asset, request.actions),
            On::Any => self.anywhere(request.actions),
            On::Named(name) => self.on_named(name, request.actions),
        }
    }

    fn notes(&self) -> Vec<Coverage> {
        self.notes.clone()
    }
}
