//! In which places a thing lies: what it is, what contains it, and the scopes that hold its id.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use model::{Asset, Node};

use super::grants::Place;
use super::reader::{Reader, is_resource};
use super::scope::{Arm, Cover, begins};
use super::vault::{Mode, VAULT, mode};

const MANAGEMENT_GROUP: &str = "azure.management.management-group";
const SUBSCRIPTION: &str = "azure.subscription";

/// What is asked about.
#[derive(Debug)]
pub(super) struct Thing {
    pub(super) asset: Option<usize>,
    arm: Option<Arm>,
    /// The asset and everything that contains it.
    pub(super) above: BTreeSet<usize>,
    /// Addresses of data sources that hold it: by configuration.
    held_by: Vec<(Arc<str>, Arc<str>)>,
    configs: BTreeSet<Arc<str>>,
    is_resource: bool,
}

/// The places of each asset, found once.
#[derive(Debug, Default)]
pub(super) struct Places {
    known: Mutex<HashMap<usize, Covering>>,
    /// Places that are no assets, each of which is compared.
    others: Vec<usize>,
}

type Covering = Arc<[(usize, Cover)]>;

impl Thing {
    pub(super) fn asset(reader: &Reader<'_>, index: usize) -> Thing {
        let graph = reader.graph;
        let mut above = BTreeSet::from([index]);
        let mut open = vec![index];
        while let Some(at) = open.pop() {
            let edges = graph.incoming(at).iter().filter(|e| &*e.relation == "contains");
            // A management group says in which other it is.
            let groups = graph.assets().get(at).is_some_and(|a| &*a.kind == MANAGEMENT_GROUP);
            let outer = graph.outgoing(at).iter().filter(|e| groups && &*e.relation == "member-of");
            for holder in edges.map(|e| e.from as usize).chain(outer.map(|e| e.to as usize)) {
                if above.insert(holder) {
                    open.push(holder);
                }
            }
        }
        let mut held_by = Vec::new();
        let mut configs = BTreeSet::new();
        for (i, asset) in above.iter().filter_map(|i| Some((*i, graph.assets().get(*i)?))) {
            if i == index {
                configs.extend(configs_of(asset));
            }
            let references = asset.document.get("parent").map(|p| p.references(4)).unwrap_or_default();
            for step in references.iter().flat_map(|r| r.chain()) {
                held_by.push((asset.scope.clone(), step.address.clone()));
            }
        }
        let kind = graph.assets().get(index).map_or("", |a| &*a.kind);
        Thing {
            asset: Some(index),
            arm: reader.arms.get(index).cloned().flatten(),
            above,
            held_by,
            configs,
            is_resource: is_resource(kind),
        }
    }

    pub(super) fn named(reader: &Reader<'_>, id: &str) -> Thing {
        let lower = id.to_lowercase();
        let has_id = |(_, asset): &(usize, &Asset)| {
            *asset.id.0 == *id
                || asset.aliases.iter().any(|a| a.starts_with('/') && a.to_lowercase() == lower)
        };
        if let Some((index, _)) = reader.graph.assets().iter().enumerate().find(has_id) {
            return Thing::asset(reader, index);
        }
        Thing {
            asset: None,
            arm: Arm::of_text(id),
            above: BTreeSet::new(),
            held_by: Vec::new(),
            configs: BTreeSet::new(),
            is_resource: true,
        }
    }

    /// The system that decides on the data of the vault that it is or is in.
    pub(super) fn vault(&self, reader: &Reader<'_>) -> Option<Mode> {
        let vault = self.above.iter().copied().find(|i| &*reader.graph.assets()[*i].kind == VAULT)?;
        Some(mode(&reader.graph.assets()[vault]))
    }
}

fn configs_of(asset: &Asset) -> impl Iterator<Item = Arc<str>> + '_ {
    asset.sightings.iter().map(|s| s.scope.clone()).chain([asset.scope.clone()])
}

impl Places {
    pub(super) fn of(reader: &Reader<'_>) -> Self {
        let alone = |(_, place): &(usize, &Place)| match place {
            Place::Asset(index) => {
                let kind = &*reader.graph.assets()[*index].kind;
                kind == SUBSCRIPTION || kind == MANAGEMENT_GROUP
            }
            _ => true,
        };
        let others = reader.grants.places.iter().enumerate().filter(alone).map(|(i, _)| i).collect();
        Places { known: Mutex::default(), others }
    }

    /// The places that a thing lies in, by number.
    pub(super) fn covering(&self, reader: &Reader<'_>, thing: &Thing) -> Covering {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = thing.asset.and_then(|i| known.get(&i)) {
            return found.clone();
        }
        let grants = &reader.grants;
        let mut found: Vec<(usize, Cover)> = Vec::new();
        let own = thing.above.iter().filter_map(|i| grants.place(&Place::Asset(*i)));
        found.extend(own.map(|place| (place, Cover::Yes)));
        let here: BTreeSet<usize> = found.iter().map(|(place, _)| *place).collect();
        let compared: Vec<usize> = match thing.asset {
            Some(_) => self.others.clone(),
            None => (0..grants.places.len()).collect(),
        };
        for place in compared.into_iter().filter(|place| !here.contains(place)) {
            let cover = covers(reader, &grants.places[place], thing);
            if cover != Cover::No {
                found.push((place, cover));
            }
        }
        let found: Covering = found.into();
        if let Some(index) = thing.asset {
            known.insert(index, found.clone());
        }
        found
    }
}

fn covers(reader: &Reader<'_>, place: &Place, thing: &Thing) -> Cover {
    let below = |name: &str| match thing.is_resource {
        true => Cover::If(format!("its subscription is below management group {name}").into()),
        false => Cover::No,
    };
    match place {
        Place::Everywhere => Cover::Yes,
        Place::Tenant(config) if thing.configs.contains(config) => Cover::Yes,
        Place::Tenant(_) => Cover::If("both configurations are of one Entra tenant".into()),
        // Whether other configurations go below it, nothing says; a note tells of it.
        Place::ManagementGroup(name, config) if thing.configs.contains(config) => below(name),
        Place::ManagementGroup(..) => Cover::No,
        Place::Address(config, address) => {
            let held = thing.held_by.iter().any(|(c, a)| c == config && a == address);
            if held { Cover::Yes } else { Cover::No }
        }
        Place::Unknown(config, why) if thing.is_resource && thing.configs.contains(config) => {
            Cover::Unknown(why.clone())
        }
        Place::Unknown(..) => Cover::No,
        Place::Below(index, types) => match (&thing.arm, thing.above.contains(index)) {
            (Some(its), true) => {
                let depth = reader.arms[*index].as_ref().map_or(0, |arm| arm.types.len());
                begins(its.types.get(depth..).unwrap_or_default(), types, true)
            }
            _ => Cover::No,
        },
        Place::Id(arm, config) => match &thing.arm {
            Some(its) if thing.is_resource => arm.covers(its, thing.configs.contains(config)),
            _ => Cover::No,
        },
        Place::Asset(index) => {
            let asset = &reader.graph.assets()[*index];
            let same = || configs_of(asset).any(|c| thing.configs.contains(&c));
            if &*asset.kind == MANAGEMENT_GROUP {
                // Which subscriptions are below it may be said elsewhere, unless another one is known to hold it.
                let placed = thing.above.iter().any(|i| &*reader.graph.assets()[*i].kind == MANAGEMENT_GROUP);
                return if placed || !same() { Cover::No } else { below(&asset.name) };
            }
            // A subscription holds what is deployed to it, though nothing may state the relation.
            if &*asset.kind == SUBSCRIPTION
                && thing.above.iter().any(|i| &*reader.graph.assets()[*i].kind == SUBSCRIPTION)
            {
                return Cover::No;
            }
            match (&reader.arms[*index], &thing.arm) {
                (Some(arm), Some(its)) if thing.is_resource => arm.covers(its, same()),
                _ => Cover::No,
            }
        }
    }
}

/// What is known of an asset for conditions: names of containers and the like, by attribute in lower case.
pub(super) fn attribute(reader: &Reader<'_>, thing: Option<&Thing>, name: &str) -> Option<Arc<str>> {
    let asset = &reader.graph.assets()[thing?.asset?];
    let known =
        |text: &str| !text.contains("${") && !text.starts_with("unknown (") && *asset.address != *text;
    match (name, &*asset.kind) {
        ("microsoft.storage/storageaccounts/blobservices/containers:name", "azure.storage.container")
        | ("microsoft.storage/storageaccounts:name", "azure.storage.account")
            if known(&asset.name) =>
        {
            Some(asset.name.as_str().into())
        }
        ("microsoft.storage/storageaccounts:ishnsenabled", "azure.storage.account") => {
            let on = asset.document.at_path("properties.isHnsEnabled").and_then(Node::as_bool)?;
            Some(if on { "true".into() } else { "false".into() })
        }
        _ => None,
    }
}
