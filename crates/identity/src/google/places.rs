//! Where bindings hang: the hierarchy of organisations, folders and projects, and the resources in them.
//!
//! A configuration seldom says which project it is for, or what that project stands below. What may be the same place is
//! treated as the same under an assumption, which is said with every answer that rests on it.
//! <https://cloud.google.com/iam/docs/resource-hierarchy-access-control>

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use graph::Graph;
use model::{Asset, Node, Value};

const PROJECT: &str = "google.project";
const FOLDER: &str = "google.folder";
/// Places above one another; more is no honest hierarchy (folders nest ten deep).
const MAX_HEIGHT: usize = 16;

/// Something that a binding hangs on, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Place {
    /// A project, folder or organisation: an index into the containers.
    Container(usize),
    /// An asset.
    Resource(usize),
    /// All that is of one family in a project.
    Family(usize, Family),
}

/// Resources that give something to whoever has a basic role on their project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Family {
    Buckets,
    Datasets,
}

impl Family {
    /// The page that says so.
    pub(super) fn page(self) -> &'static str {
        match self {
            Family::Buckets => {
                "https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles-modifiable"
            }
            Family::Datasets => "https://cloud.google.com/bigquery/docs/access-control-basic-roles",
        }
    }

    pub(super) fn service(self) -> &'static str {
        match self {
            Family::Buckets => "storage.",
            Family::Datasets => "bigquery.",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Level {
    Project,
    Folder,
    Organization,
}

impl Level {
    pub(super) fn word(self) -> &'static str {
        match self {
            Level::Project => "project",
            Level::Folder => "folder",
            Level::Organization => "organization",
        }
    }

    /// `p` of `projects/p`, and of `cloudresourcemanager.googleapis.com/projects/p`.
    fn id(self, text: &str) -> &str {
        let (_, id) = text.rsplit_once(&format!("{}s/", self.word())).unwrap_or(("", text));
        id
    }
}

/// A project, a folder or an organisation.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) level: Level,
    /// `project northwind`, for sentences.
    pub(super) name: Arc<str>,
    /// Which it is, is not known: in its configuration it may be any other.
    vague: bool,
    /// The configurations that speak of it.
    scopes: BTreeSet<Arc<str>>,
    parent: Option<usize>,
}

/// A place above a resource, and what must be so for it to be above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Above {
    pub(super) place: Place,
    pub(super) assumption: Option<Arc<str>>,
}

/// Every place of a graph.
#[derive(Debug)]
pub(super) struct Places<'g> {
    graph: &'g Graph,
    pub(super) containers: Vec<Container>,
    by_asset: HashMap<usize, usize>,
    by_id: HashMap<(Level, Arc<str>), usize>,
    by_text: HashMap<(Level, Arc<str>, Arc<str>), usize>,
    /// The project of each resource.
    projects: HashMap<usize, usize>,
    pub(super) families: HashMap<usize, Family>,
}

impl<'g> Places<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let (by_asset, by_id, by_text) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (containers, projects) = (Vec::new(), HashMap::new());
        let families = HashMap::new();
        let mut places = Places { graph, containers, by_asset, by_id, by_text, projects, families };
        let of = |kind: &'static str| {
            graph.assets().iter().enumerate().filter(move |(_, a)| &*a.kind == kind).map(|(i, _)| i)
        };
        for asset in of(FOLDER).chain(of(PROJECT)) {
            places.own(asset);
        }
        for asset in of(FOLDER).chain(of(PROJECT)) {
            places.parent_of(asset);
        }
        for (asset, resource) in graph.assets().iter().enumerate() {
            if resource.kind.starts_with("google.") && !places.by_asset.contains_key(&asset) {
                let given = resource.document.get("project").filter(|p| !p.is_null());
                let project = match given {
                    Some(project) => Some(places.named(Level::Project, asset, project)),
                    None => places.provider(asset),
                };
                if let Some(project) = project {
                    places.projects.insert(asset, project);
                }
            }
        }
        places
    }

    /// The container that an asset is.
    fn own(&mut self, asset: usize) -> usize {
        let thing = &self.graph.assets()[asset];
        let level = if &*thing.kind == FOLDER { Level::Folder } else { Level::Project };
        let known = |key: &str| thing.document.get(key).and_then(Node::as_str).map(Arc::<str>::from);
        // A provider configuration names the project that it works in, and a project has the project it was made from.
        let implied = thing.address.starts_with("provider.");
        let ids = match implied {
            true => [known("project"), None],
            false => [known("projectId"), known("projectNumber")],
        };
        let found = ids.iter().flatten().find_map(|id| self.by_id.get(&(level, id.clone())).copied());
        let index = found.unwrap_or_else(|| {
            let name = match (&ids[0], level) {
                (Some(id), _) => format!("project {id}"),
                (None, Level::Folder) => format!("folder {}", thing.name),
                (None, _) if implied => format!("the project of {}", shown(&thing.scope)),
                (None, _) => format!("project {}", thing.name),
            };
            self.add(level, name.into(), ids[0].is_none() && implied)
        });
        for id in ids.into_iter().flatten() {
            self.by_id.insert((level, id), index);
        }
        self.containers[index].scopes.extend(thing.sightings.iter().map(|s| s.scope.clone()));
        self.by_asset.insert(asset, index);
        index
    }

    fn add(&mut self, level: Level, name: Arc<str>, vague: bool) -> usize {
        self.containers.push(Container { level, name, vague, scopes: BTreeSet::new(), parent: None });
        self.containers.len() - 1
    }

    fn parent_of(&mut self, asset: usize) {
        let document = &self.graph.assets()[asset].document;
        let given = |key: &str| document.get(key).filter(|n| !n.is_null()).cloned();
        let parent = match (given("folder"), given("organization"), given("parent")) {
            (Some(folder), ..) => Some((Level::Folder, folder)),
            (_, Some(organization), _) => Some((Level::Organization, organization)),
            (.., Some(parent)) if parent.display().contains("organizations/") => {
                Some((Level::Organization, parent))
            }
            (.., Some(parent)) => Some((Level::Folder, parent)),
            _ => None,
        };
        let Some((level, parent)) = parent else { return };
        let parent = self.named(level, asset, &parent);
        let own = self.by_asset[&asset];
        if own != parent {
            self.containers[own].parent = Some(parent);
        }
    }

    /// The container that a value in the document of `from` names.
    pub(super) fn named(&mut self, level: Level, from: usize, value: &Node) -> usize {
        let scope = self.graph.assets()[from].scope.clone();
        let kind = match level {
            Level::Project => Some(PROJECT),
            Level::Folder => Some(FOLDER),
            Level::Organization => None,
        };
        let asset = kind.and_then(|kind| self.graph.named(from, value, &[kind.into()]));
        if let Some(container) = asset.and_then(|asset| self.by_asset.get(&asset).copied()) {
            return container;
        }
        // The project of another resource: `google_cloud_run_v2_service.api.project`.
        let others = value.from.iter().filter(|r| level == Level::Project && &*r.attribute == "project");
        if let Some(provider) = others
            .filter_map(|_| self.graph.named(from, value, &["google.".into()]))
            .find_map(|other| self.project(other).or_else(|| self.provider(other)))
        {
            return provider;
        }
        let text: Arc<str> = match &value.value {
            Value::String(text) => level.id(text).into(),
            // One configuration is for one project, whichever that is.
            _ if level == Level::Project && value.references(8).is_empty() => match self.provider(from) {
                Some(provider) => return provider,
                None => "".into(),
            },
            _ => value.display().into(),
        };
        let found = match &value.value {
            Value::String(_) => self.by_id.get(&(level, text.clone())),
            _ => self.by_text.get(&(level, scope.clone(), text.clone())),
        };
        let index = match found {
            Some(index) => *index,
            None => {
                let known = value.as_str().is_some();
                let name = match (known, &*text) {
                    (_, "") => format!("the {} of {}", level.word(), shown(&scope)),
                    _ => format!("{} {text}", level.word()),
                };
                let index = self.add(level, name.into(), !known);
                match known {
                    true => _ = self.by_id.insert((level, text), index),
                    false => _ = self.by_text.insert((level, scope.clone(), text), index),
                }
                index
            }
        };
        self.containers[index].scopes.insert(scope);
        index
    }

    /// The container of a project whose id or number is written somewhere.
    pub(super) fn known(&self, level: Level, id: &str) -> Option<usize> {
        self.by_id.get(&(level, level.id(id).into())).copied()
    }

    /// The project that the asset's configuration works in.
    fn provider(&self, asset: usize) -> Option<usize> {
        let holders = self.graph.ends(asset, "contains", Some(PROJECT), true).assets;
        let scope = &self.graph.assets()[asset].scope;
        let own = |place: &usize| self.graph.assets()[*place].scope == *scope;
        let found = holders.iter().find(|p| own(p)).or(holders.first()).copied();
        let found = found.or_else(|| {
            let provides = |p: &usize| &*self.graph.assets()[*p].address == "provider.google";
            self.by_asset.keys().copied().filter(|p| own(p) && provides(p)).min()
        });
        found.and_then(|project| self.by_asset.get(&project).copied())
    }

    /// The project that an asset is in.
    pub(super) fn project(&self, asset: usize) -> Option<usize> {
        self.by_asset.get(&asset).or_else(|| self.projects.get(&asset)).copied()
    }

    /// The asset itself and every place above it, the nearest first.
    pub(super) fn of(&self, asset: usize) -> Vec<Above> {
        let mut above = Vec::new();
        let mut family = None;
        let mut at = vec![asset];
        let mut seen = BTreeSet::new();
        while let Some(next) = at.pop() {
            if self.by_asset.contains_key(&next) || !seen.insert(next) || seen.len() > MAX_HEIGHT {
                continue;
            }
            above.push(Above { place: Place::Resource(next), assumption: None });
            family = family.or(self.families.get(&next).copied());
            at.extend(self.graph.ends(next, "contains", Some("google."), true).assets);
        }
        for higher in self.project(asset).map(|project| self.above(project)).into_iter().flatten() {
            if let (Place::Container(container), Some(family)) = (higher.place, family)
                && self.containers[container].level == Level::Project
            {
                let place = Place::Family(container, family);
                above.push(Above { place, assumption: higher.assumption.clone() });
            }
            above.push(higher);
        }
        above
    }

    /// A container and every place above it.
    pub(super) fn above(&self, container: usize) -> Vec<Above> {
        let mut found: Vec<Above> = Vec::new();
        let mut at = Some(container);
        let mut top = container;
        while let Some(next) = at.filter(|_| found.len() < MAX_HEIGHT) {
            found.push(Above { place: Place::Container(next), assumption: None });
            top = next;
            at = self.containers[next].parent;
        }
        let own = &self.containers[container];
        if own.level == Level::Project {
            for (index, other) in self.near(container) {
                if other.level == Level::Project && (own.vague || other.vague) {
                    let assumption = match own.vague {
                        true => format!("{} is {}", own.name, other.name),
                        false => format!("{} is {}", other.name, own.name),
                    };
                    let assumption = Some(assumption.into());
                    found.push(Above { place: Place::Container(index), assumption });
                }
            }
        }
        let highest = &self.containers[top];
        if highest.level != Level::Organization {
            for (index, other) in self.near(top) {
                let stands = |above: &Above| above.place == Place::Container(index);
                if other.level > Level::Project && !found.iter().any(stands) && !self.is_below(index, top) {
                    let assumption = Some(format!("{} is in {}", highest.name, other.name).into());
                    found.push(Above { place: Place::Container(index), assumption });
                }
            }
        }
        found
    }

    /// Other containers that a configuration which speaks of this one speaks of.
    fn near(&self, container: usize) -> impl Iterator<Item = (usize, &Container)> {
        let own = &self.containers[container].scopes;
        let all = self.containers.iter().enumerate();
        all.filter(move |(i, other)| *i != container && !other.scopes.is_disjoint(own))
    }

    fn is_below(&self, container: usize, other: usize) -> bool {
        std::iter::successors(Some(container), |c| self.containers[*c].parent)
            .take(MAX_HEIGHT)
            .any(|c| c == other)
    }

    /// `project northwind`, `bucket history`: for sentences.
    pub(super) fn title(&self, place: Place) -> String {
        match place {
            Place::Container(index) => self.containers[index].name.to_string(),
            Place::Resource(asset) => title(&self.graph.assets()[asset]),
            Place::Family(project, Family::Buckets) => {
                format!("the buckets of {}", self.containers[project].name)
            }
            Place::Family(project, Family::Datasets) => {
                format!("the datasets of {}", self.containers[project].name)
            }
        }
    }
}

/// `bucket history`: the last word of the kind, and the name.
pub(super) fn title(asset: &Asset) -> String {
    let kind = asset.kind.rsplit('.').next().unwrap_or_default().replace('-', " ");
    format!("{kind} {}", asset.name)
}

fn shown(scope: &str) -> &str {
    if scope.is_empty() { "this configuration" } else { scope }
}
