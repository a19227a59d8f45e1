//! The bill of a snapshot: things for assets, one for each key; what documents name besides; the links between them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{Asset, AssetId, Class, CoverageStatus, Snapshot};

use super::facts::{each, plain, text, under};
use super::names::{ImageName, ModelName, package_url};
use super::{Bom, Form, Link, Root, Thing, links, named, thing};

/// Where documents name a model that is no asset: (path of its name, or of a map of `name` and `version`, relation).
const MODELS: [(&str, &str); 22] = [
    ("BaseModelIdentifier", "derived-from"),
    ("FoundationModel", "uses-model"),
    ("KnowledgeBaseConfiguration.VectorKnowledgeBaseConfiguration.EmbeddingModelArn", "uses-model"),
    ("Model.BedrockModelConfig.ModelId", "uses-model"),
    ("ModelId", "uses-model"),
    ("ModelSource.CopyFrom", "uses-model"),
    ("Variants[].ModelId", "uses-model"),
    (
        "VectorIngestionConfiguration.ParsingConfiguration.BedrockFoundationModelConfiguration.ModelArn",
        "uses-model",
    ),
    ("arguments.hf-repo", "uses-model"),
    ("arguments.model", "uses-model"),
    ("arguments.model-id", "uses-model"),
    ("arguments.model-path", "uses-model"),
    ("environment.MODEL_ID", "uses-model"),
    ("generativeSettings.llmModelSettings.model", "uses-model"),
    ("huggingFaceModelId", "uses-model"),
    ("llmModelSettings.model", "uses-model"),
    ("model", "uses-model"),
    ("modelSettings.model", "uses-model"),
    ("properties.model", "uses-model"),
    ("properties.modelSettings.modelId", "uses-model"),
    ("publisherModelName", "uses-model"),
    ("vectorSchema[].denseVector.vertexEmbeddingConfig.modelId", "uses-model"),
];

impl Bom {
    /// The bill of everything in a snapshot; `name` is what the scanned folder is called.
    pub fn of(snapshot: &Snapshot, name: &str) -> Bom {
        let mut assets: Vec<(&Asset, Form)> =
            snapshot.assets.iter().filter_map(|asset| Some((asset, thing::form(asset)?))).collect();
        assets.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        let edges = edges(snapshot);
        let surrounding = surrounding(&assets, &edges);
        assets.retain(|(asset, _)| !is_surrounding(asset.class) || surrounding.contains(&asset.id));

        let mut bill = Bill::default();
        bill.add(&assets);
        let with_model: HashSet<&AssetId> =
            edges.iter().filter(|edge| edge.relation == "uses-model").map(|edge| edge.from).collect();
        for (asset, _) in &assets {
            bill.add_named(asset, with_model.contains(&asset.id));
        }
        bill.link(&assets, &edges);
        Bom {
            root: Root::Folder(name.to_owned()),
            things: bill.things.into_values().collect(),
            links: bill.links,
            incomplete: snapshot.coverage.iter().any(|c| c.status != CoverageStatus::Read),
            deployed: deployed(&assets),
        }
    }
}

fn deployed(assets: &[(&Asset, Form)]) -> bool {
    let exists =
        |asset: &Asset| !asset.sightings.is_empty() && asset.sightings.iter().all(|s| s.standing.exists());
    !assets.is_empty() && assets.iter().all(|(asset, _)| exists(asset))
}

/// Classes whose assets are listed only beside an AI asset that depends on them, or that they run.
fn is_surrounding(class: Class) -> bool {
    matches!(class, Class::Workload | Class::DataStore)
}

/// A dependency between two assets.
struct Edge<'a> {
    from: &'a AssetId,
    relation: &'a str,
    to: &'a AssetId,
}

/// Every dependency between assets of the snapshot, with those through a connection told for what it leads to.
fn edges(snapshot: &Snapshot) -> Vec<Edge<'_>> {
    let classes: HashMap<&AssetId, Class> = snapshot.assets.iter().map(|a| (&a.id, a.class)).collect();
    let mut into: HashMap<&AssetId, Vec<&AssetId>> = HashMap::new();
    for relation in snapshot.relations.iter().filter(|r| r.resolved) {
        if classes.get(&relation.to).is_some_and(|class| links::through(*class)) {
            into.entry(&relation.to).or_default().push(&relation.from);
        }
    }
    let mut found = Vec::new();
    for relation in snapshot.relations.iter().filter(|r| r.resolved) {
        let (Some(&from), Some(&to)) = (classes.get(&relation.from), classes.get(&relation.to)) else {
            continue;
        };
        if links::through(from) {
            for owner in into.get(&relation.from).into_iter().flatten() {
                found.push(Edge { from: owner, relation: &relation.relation, to: &relation.to });
            }
        } else if !links::through(to)
            && let Some(dependency) = links::dependency(&relation.relation, from)
        {
            let (from, to) = match dependency.reverse {
                true => (&relation.to, &relation.from),
                false => (&relation.from, &relation.to),
            };
            found.push(Edge { from, relation: dependency.relation, to });
        }
    }
    found
}

/// Of the surrounding assets, those with a dependency on or of an AI asset.
fn surrounding(assets: &[(&Asset, Form)], edges: &[Edge<'_>]) -> BTreeSet<AssetId> {
    let ai: BTreeSet<&AssetId> =
        assets.iter().filter(|(a, _)| a.class.is_ai()).map(|(asset, _)| &asset.id).collect();
    let mut found = BTreeSet::new();
    for edge in edges {
        for (end, other) in [(edge.from, edge.to), (edge.to, edge.from)] {
            if ai.contains(other) {
                found.insert(end.clone());
            }
        }
    }
    found
}

#[derive(Default)]
struct Bill<'a> {
    /// By reference.
    things: BTreeMap<String, Thing>,
    references: HashMap<&'a AssetId, String>,
    links: BTreeSet<Link>,
}

impl<'a> Bill<'a> {
    /// A thing for each asset, in the order of their ids; assets with the same key are one.
    fn add(&mut self, assets: &[(&'a Asset, Form)]) {
        let things: Vec<(&Asset, Thing)> =
            assets.iter().map(|(asset, form)| (*asset, thing::of(asset, *form))).collect();
        let mut homonyms: BTreeMap<String, usize> = BTreeMap::new();
        for (asset, thing) in things.iter().filter(|(_, t)| t.reference.is_empty()) {
            *homonyms.entry(thing::plain_reference(asset, thing)).or_default() += 1;
        }
        let hosts = hosts(assets);
        // Things with a key of their own first: a service that code calls may then be told to be one of the others.
        for (asset, mut thing) in things {
            if thing.reference.is_empty() {
                let mut reference = thing::plain_reference(asset, &thing);
                if homonyms.get(&reference).is_some_and(|count| *count > 1) {
                    reference = format!("{reference}~{}", thing::distinction(asset));
                }
                let (base, mut ordinal) = (reference.clone(), 2);
                while self.things.contains_key(&reference) {
                    reference = format!("{base}~{ordinal}");
                    ordinal += 1;
                }
                thing.reference = reference;
            }
            self.put(&asset.id, thing);
        }
        self.join(&hosts);
    }

    fn put(&mut self, id: &'a AssetId, thing: Thing) {
        self.references.insert(id, thing.reference.clone());
        self.take(thing);
    }

    fn take(&mut self, thing: Thing) {
        match self.things.get_mut(&thing.reference) {
            Some(known) => known.merge(thing),
            None => _ = self.things.insert(thing.reference.clone(), thing),
        }
    }

    /// A service that code reaches at the host of a resource is that resource.
    fn join(&mut self, hosts: &HashMap<String, &'a AssetId>) {
        let called: Vec<(String, String)> = self
            .things
            .values()
            .filter(|t| t.reference.starts_with("service:"))
            .filter_map(|t| Some((t.reference.clone(), t.reference.rsplit_once('/')?.1.to_owned())))
            .collect();
        for (reference, host) in called {
            let Some(resource) = hosts.get(&host).and_then(|id| self.references.get(id)).cloned() else {
                continue;
            };
            let Some(thing) = self.things.remove(&reference) else { continue };
            if let Some(known) = self.things.get_mut(&resource) {
                known.merge(thing);
            }
            for joined in self.references.values_mut().filter(|r| **r == reference) {
                joined.clone_from(&resource);
            }
        }
    }

    /// Models, images and packages that an asset's document names without their being assets.
    fn add_named(&mut self, asset: &'a Asset, has_model: bool) {
        let Some(reference) = self.references.get(&asset.id).cloned() else { return };
        let Some(seen_by) = self.things.get(&reference).cloned() else { return };
        if !has_model {
            for (model, relation) in models(asset) {
                self.take(named::model(&model, &seen_by));
                self.depend(&reference, relation, &model.key());
            }
        }
        for (image, relation) in images(asset) {
            self.take(named::image(&image, &seen_by));
            self.depend(&reference, relation, &image.purl);
        }
        if let Some((purl, name, version)) = started_package(asset) {
            self.take(named::package(&purl, &name, version.as_deref(), &seen_by));
            self.depend(&reference, "runs-package", &purl);
        }
    }

    fn depend(&mut self, from: &str, relation: &str, to: &str) {
        if from != to {
            let (from, relation, to) = (from.to_owned(), relation.to_owned(), to.to_owned());
            self.links.insert(Link { from, relation, to });
        }
    }

    /// The dependencies between things, and those of an application on what lies in its scope.
    fn link(&mut self, assets: &[(&'a Asset, Form)], edges: &[Edge<'_>]) {
        for edge in edges {
            let ends = (self.references.get(edge.from).cloned(), self.references.get(edge.to).cloned());
            if let (Some(from), Some(to)) = ends {
                self.depend(&from, edge.relation, &to);
            }
        }
        let applications = assets.iter().filter(|(asset, _)| asset.class == Class::Source);
        let by_scope: BTreeMap<&str, &AssetId> = applications.map(|(a, _)| (&*a.scope, &a.id)).collect();
        let known: BTreeSet<(String, String)> =
            self.links.iter().map(|link| (link.from.clone(), link.to.clone())).collect();
        for (asset, _) in assets.iter().filter(|(asset, _)| asset.class != Class::Source) {
            let application = by_scope.get(&*asset.scope).and_then(|id| self.references.get(id)).cloned();
            let own = self.references.get(&asset.id).cloned();
            if let (Some(application), Some(own)) = (application, own)
                && !known.contains(&(application.clone(), own.clone()))
            {
                self.depend(&application, "contains", &own);
            }
        }
    }
}

/// The hosts of services that are resources; one that two claim is nobody's.
fn hosts<'a>(assets: &[(&'a Asset, Form)]) -> HashMap<String, &'a AssetId> {
    let mut found: HashMap<String, Option<&AssetId>> = HashMap::new();
    for (asset, _) in assets.iter().filter(|(a, f)| *f == Form::Service && !a.kind.starts_with("code.")) {
        for host in thing::other_names(asset) {
            let claimed = found.entry(host).or_insert(Some(&asset.id));
            if *claimed != Some(&asset.id) {
                *claimed = None;
            }
        }
    }
    found.into_iter().filter_map(|(host, id)| Some((host, id?))).collect()
}

fn models(asset: &Asset) -> BTreeSet<(ModelName, &'static str)> {
    // A model is not named by itself, nor a package by its fields.
    if matches!(asset.class, Class::Package | Class::Source | Class::DataStore) {
        return BTreeSet::new();
    }
    let provider = thing::provider(asset);
    let mut found = BTreeSet::new();
    for (path, relation) in MODELS {
        for node in each(&asset.document, path).into_iter().filter(|node| node.from.is_none()) {
            let name = plain(node).or_else(|| text(node, &["name", "id"]));
            let version = text(node, &["version"]);
            let read = name.and_then(|name| ModelName::read(provider.as_deref(), &name, version.as_deref()));
            found.extend(
                read.filter(|model| !model.is_local() && model.name != "inherit")
                    .map(|model| (model, relation)),
            );
        }
    }
    found
}

/// Images that an asset runs in, or is built from.
fn images(asset: &Asset) -> BTreeSet<(ImageName, &'static str)> {
    let keys: &[&str] = match asset.class {
        Class::ContainerImage => &["base"],
        Class::Workload | Class::ModelDeployment | Class::TrainingJob | Class::Notebook => {
            &["image", "Image", "imageUri"]
        }
        class if class.is_ai() => &["image"],
        _ => return BTreeSet::new(),
    };
    let relation = if asset.class == Class::ContainerImage { "built-from" } else { "runs-image" };
    let named = under(&asset.document, keys).into_iter();
    let references = named.filter_map(|node| plain(node).or_else(|| text(node, &["reference"])));
    references.filter_map(|r| Some((ImageName::read(&r)?, relation))).collect()
}

/// The package that a server is started from: (package URL, name, version).
fn started_package(asset: &Asset) -> Option<(String, String, Option<String>)> {
    if asset.class != Class::McpServer {
        return None;
    }
    let document = &asset.document;
    let (name, ecosystem) = (text(document, &["package.name"])?, text(document, &["package.ecosystem"])?);
    let pinned = super::facts::flag(document, "package.pinned") != Some(false);
    let version = text(document, &["package.version"])
        .filter(|v| pinned && v.starts_with(|c: char| c.is_ascii_digit()));
    if ecosystem.eq_ignore_ascii_case("docker") {
        return None;
    }
    Some((package_url(&ecosystem, &name, version.as_deref())?, name, version))
}
