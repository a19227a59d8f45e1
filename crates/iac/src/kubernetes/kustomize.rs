//! Kustomizations: bases, components and generators put together, patched and transformed in kustomize's own order.
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>
//!
//! What lies on another host is never fetched: it is noted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use collect::{Tree, normalise};
use model::{Coverage, CoverageStatus, Node, Observations, Position, Value};

use super::SOURCE;
use super::manifest::{self, Manifest, Read};
use super::naming::{Item, Target, follow};
use super::patch::{self, Merged};
use super::transform::{self, Image, Reach};
use crate::containers::text::hide;

/// Kustomizations inside each other.
const MAX_DEPTH: usize = 40;
/// Kustomizations that one root evaluates, the same one as often as it is used.
const MAX_BUILDS: usize = 2_000;
/// Resources of one root.
const MAX_RESOURCES: usize = 50_000;
/// Resources looked at by patches and transformations of one root.
const MAX_STEPS: usize = 2_000_000;
/// Text of generated config maps, in bytes.
const MAX_GENERATED: usize = 64 << 10;

/// Whether a file is a kustomization by its name.
pub(crate) fn is_kustomization(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("kustomization.yaml" | "kustomization.yml" | "Kustomization"))
}

/// A kustomization's file.
#[derive(Debug)]
pub(crate) struct Kustomization {
    pub(crate) path: Arc<str>,
    pub(crate) node: Node,
}

/// All of them, by folder.
pub(crate) type Kustomizations = BTreeMap<String, Kustomization>;

/// The folder that a path lies in.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether an entry names something on another host.
fn is_remote(entry: &str) -> bool {
    let first = entry.split('/').next().unwrap_or_default();
    let host = first.contains('.') && !first.starts_with('.') && entry.contains('/') && !first.contains(".y");
    entry.contains("://")
        || entry.starts_with("git@")
        || entry.contains("?ref=")
        || host && entry.contains("//")
        || first == "github.com"
}

impl Kustomization {
    fn folder(&self) -> &str {
        folder_of(&self.path)
    }

    pub(crate) fn is_component(&self) -> bool {
        self.node.get("kind").and_then(Node::as_str) == Some("Component")
    }

    fn list(&self, key: &str) -> impl Iterator<Item = &Node> {
        self.node.get(key).and_then(Node::as_list).map_or(&[][..], |list| &list[..]).iter()
    }

    fn local(&self, entry: &str) -> Option<String> {
        (!is_remote(entry)).then(|| normalise(&format!("{}/{entry}", self.folder())))
    }

    /// The files and folders that it puts together, itself left out.
    pub(crate) fn parts(&self) -> Vec<String> {
        let keys = ["resources", "bases", "components"];
        let named = keys.iter().flat_map(|key| self.list(key)).filter_map(Node::as_str);
        named.filter_map(|entry| self.local(entry)).collect()
    }

    /// Every file that it reads.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        let mut found: BTreeSet<String> = self.parts().into_iter().collect();
        let texts = ["patchesStrategicMerge", "crds", "configurations", "transformers", "generators"];
        let mut entries: Vec<&str> =
            texts.iter().flat_map(|k| self.list(k)).filter_map(Node::as_str).collect();
        for key in ["patches", "patchesJson6902", "replacements"] {
            entries.extend(self.list(key).filter_map(|e| e.get("path")?.as_str()));
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            for generator in self.list(key) {
                for (key, value) in generator.as_map().iter().flat_map(|m| m.iter()) {
                    let list = value.as_list().map_or(std::slice::from_ref(value), |l| &l[..]);
                    let texts = list.iter().filter_map(Node::as_str);
                    match &**key {
                        "env" | "envs" => entries.extend(texts),
                        "files" => {
                            entries.extend(texts.map(|t| t.split_once('=').map_or(t, |(_, file)| file)));
                        }
                        _ => {}
                    }
                }
            }
        }
        let local = entries.into_iter().filter(|e| !e.contains('\n')).filter_map(|e| self.local(e));
        found.extend(local);
        found
    }
}

/// Evaluates one root.
pub(crate) struct Build<'b> {
    pub(crate) tree: &'b Tree,
    pub(crate) all: &'b Kustomizations,
    /// What was read of the files of the walk.
    pub(crate) files: &'b HashMap<Arc<str>, Read>,
    pub(crate) seen: Observations,
    /// Folders that are being built.
    open: Vec<String>,
    builds: usize,
    steps: usize,
    stopped: bool,
}

impl<'b> Build<'b> {
    pub(crate) fn new(tree: &'b Tree, all: &'b Kustomizations, files: &'b HashMap<Arc<str>, Read>) -> Self {
        let (seen, open) = (Observations::default(), Vec::new());
        Build { tree, all, files, seen, open, builds: 0, steps: 0, stopped: false }
    }

    /// The resources of the kustomization in a folder.
    pub(crate) fn root(&mut self, folder: &str) -> Vec<Manifest> {
        let items = self.build(folder, Vec::new());
        items.into_iter().map(|item| item.manifest).collect()
    }

    fn note(
        &mut self,
        at: Option<&Arc<Position>>,
        path: &str,
        status: CoverageStatus,
        reason: impl Into<String>,
    ) {
        let place = at.map_or_else(|| path.to_owned(), ToString::to_string);
        self.seen.coverage.push(Coverage::note(SOURCE, place, status, reason));
    }

    /// Whether there is no room for `more` steps; said once.
    fn step(&mut self, more: usize, path: &str) -> bool {
        self.steps = self.steps.saturating_add(more);
        if self.steps > MAX_STEPS || self.builds > MAX_BUILDS {
            if !std::mem::replace(&mut self.stopped, true) {
                self.note(None, path, CoverageStatus::Failed, "too large to evaluate; the rest is not read");
            }
            return true;
        }
        false
    }

    fn build(&mut self, folder: &str, mut items: Vec<Item>) -> Vec<Item> {
        let all = self.all;
        let Some(kustomization) = all.get(folder) else { return items };
        let path = kustomization.path.clone();
        if self.open.iter().any(|open| open == folder) || self.open.len() >= MAX_DEPTH {
            self.note(None, &path, CoverageStatus::Failed, "kustomizations use each other in a circle");
            return items;
        }
        self.builds += 1;
        if self.step(1, &path) {
            return items;
        }
        self.open.push(folder.to_owned());
        for key in ["resources", "bases"] {
            for entry in kustomization.list(key) {
                self.resources(kustomization, entry, &mut items);
            }
        }
        self.generate(kustomization, &mut items);
        for entry in kustomization.list("components") {
            let Some(text) = entry.as_str() else { continue };
            match kustomization.local(text).filter(|folder| all.contains_key(&**folder)) {
                Some(component) => items = self.build(&component, items),
                None => self.absent(kustomization, entry, text),
            }
        }
        self.transform(kustomization, &mut items);
        self.open.pop();
        items
    }

    fn absent(&mut self, kustomization: &Kustomization, entry: &Node, text: &str) {
        let (status, reason) = match is_remote(text) {
            true => (CoverageStatus::Skipped, format!("{text} is on another host and is not read")),
            false => (CoverageStatus::Failed, format!("{text} does not exist")),
        };
        self.note(entry.at.as_ref(), &kustomization.path, status, reason);
    }

    fn resources(&mut self, kustomization: &Kustomization, entry: &Node, items: &mut Vec<Item>) {
        let Some(text) = entry.as_str() else { return };
        let Some(path) = kustomization.local(text) else { return self.absent(kustomization, entry, text) };
        if self.all.contains_key(&path) {
            let inner = self.build(&path, Vec::new());
            let inner = inner.into_iter().map(Item::above).collect();
            return self.take(kustomization, entry, inner, items);
        }
        let found: Option<Vec<Item>> = match self.files.get(&*path) {
            Some(read) => Some(read.manifests.iter().cloned().map(Item::new).collect()),
            None => self.tree.read_text(&path).ok().map(|text| {
                let read = manifest::read(&path, text, false);
                self.seen.coverage.extend(read.notes);
                self.seen.comments.extend(read.comments);
                read.manifests.into_iter().map(Item::new).collect()
            }),
        };
        match found {
            Some(found) => self.take(kustomization, entry, found, items),
            None => self.absent(kustomization, entry, text),
        }
    }

    fn take(&mut self, kustomization: &Kustomization, entry: &Node, new: Vec<Item>, items: &mut Vec<Item>) {
        if self.step(new.len() + 1, &kustomization.path) {
            return;
        }
        let mut known: BTreeSet<(Arc<str>, String)> =
            items.iter().map(|i| (i.manifest.group.clone(), i.manifest.address())).collect();
        for item in new {
            let address = item.manifest.address();
            if items.len() >= MAX_RESOURCES {
                self.step(MAX_STEPS, &kustomization.path);
                return;
            }
            if known.insert((item.manifest.group.clone(), address.clone())) {
                items.push(item);
            } else {
                let reason = format!("{address} is already in this kustomization");
                self.note(entry.at.as_ref(), &kustomization.path, CoverageStatus::Partial, reason);
            }
        }
    }

    fn generate(&mut self, kustomization: &Kustomization, items: &mut Vec<Item>) {
        for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for generator in kustomization.list(key) {
                let text = |key: &str| generator.get(key).and_then(Node::as_str);
                let Some(name) = text("name") else { continue };
                let mut metadata: BTreeMap<Arc<str>, Node> = BTreeMap::new();
                for key in ["name", "namespace"] {
                    generator.get(key).cloned().into_iter().for_each(|n| _ = metadata.insert(key.into(), n));
                }
                let data = self.generated(kustomization, generator, kind == "Secret");
                let behavior = text("behavior").unwrap_or("create");
                let old = items.iter_mut().find(|i| &*i.manifest.kind == kind && i.is_called(name));
                match old {
                    Some(old) if behavior != "create" => {
                        let mut all = match old.manifest.body.get("data").map(|n| &n.value) {
                            Some(Value::Map(entries)) if behavior == "merge" => (**entries).clone(),
                            _ => BTreeMap::new(),
                        };
                        all.extend(data);
                        let data = Node { at: generator.at.clone(), ..Value::map(all).into() };
                        if let Value::Map(entries) = &mut old.manifest.body.value {
                            Arc::make_mut(entries).insert("data".into(), data);
                        }
                    }
                    _ => {
                        let at = |value: Value| Node { at: generator.at.clone(), ..value.into() };
                        let mut body = BTreeMap::from([
                            (Arc::from("metadata"), at(Value::map(metadata))),
                            (Arc::from("data"), at(Value::map(data))),
                        ]);
                        if kind == "Secret" {
                            let given = generator.get("type").cloned();
                            body.insert("type".into(), given.unwrap_or_else(|| at(Value::string("Opaque"))));
                        }
                        let manifest = Manifest {
                            group: "core".into(),
                            version: "v1".into(),
                            kind: kind.into(),
                            body: at(Value::map(body)),
                        };
                        items.push(Item::new(manifest));
                    }
                }
            }
        }
    }

    fn generated(
        &self,
        kustomization: &Kustomization,
        generator: &Node,
        secret: bool,
    ) -> BTreeMap<Arc<str>, Node> {
        let mut data = BTreeMap::new();
        let list = |key: &str| {
            let value = generator.get(key);
            let items = value.map(|v| v.as_list().map_or(std::slice::from_ref(v), |l| &l[..]));
            items.unwrap_or_default().iter().filter(|n| n.as_str().is_some())
        };
        let mut put = |key: &str, value: Node, entry: &Node| {
            let value = hide(key, Node { at: entry.at.clone(), ..value });
            data.insert(Arc::from(key), Node { sensitive: secret || value.sensitive, ..value });
        };
        let read = |file: &str| -> Node {
            let text = kustomization.local(file).and_then(|path| self.tree.read_text(&path).ok());
            match text.filter(|text| text.len() <= MAX_GENERATED) {
                Some(text) => Node::from(&*text),
                None => Node::unknown(format!("{file} is not read")),
            }
        };
        for entry in list("literals") {
            if let Some((key, value)) = entry.as_str().and_then(|t| t.split_once('=')) {
                put(key, value.trim_matches(['"', '\'']).into(), entry);
            }
        }
        for entry in list("files") {
            let text = entry.as_str().unwrap_or_default();
            let (key, file) = text.split_once('=').unwrap_or((text.rsplit('/').next().unwrap_or(text), text));
            put(key, read(file), entry);
        }
        for entry in list("envs").chain(list("env")) {
            let text = read(entry.as_str().unwrap_or_default());
            for (key, value) in crate::containers::compose::dotenv(text.as_str().unwrap_or_default()) {
                put(&key, (&*value).into(), entry);
            }
        }
        data
    }

    fn transform(&mut self, kustomization: &Kustomization, items: &mut Vec<Item>) {
        let path = &kustomization.path;
        let node = &kustomization.node;
        for key in [
            "vars",
            "replacements",
            "helmCharts",
            "helmChartInflationGenerator",
            "generators",
            "transformers",
            "configurations",
        ] {
            if let Some(part) =
                node.get(key).filter(|n| n.as_list().is_none_or(|l| !l.is_empty()) && !n.is_null())
            {
                let reason = format!("{key} of a kustomization are not evaluated");
                self.note(part.at.as_ref(), path, CoverageStatus::Partial, reason);
            }
        }
        for entry in kustomization.list("patchesStrategicMerge") {
            self.patch(kustomization, entry, None, items);
        }
        for entry in kustomization.list("patches") {
            self.patch(kustomization, entry, entry.get("target"), items);
        }
        if let Some(namespace) = node.get("namespace").filter(|n| n.as_str().is_some_and(|t| !t.is_empty())) {
            items.iter_mut().for_each(|item| transform::namespace(&mut item.manifest, namespace));
        }
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
        let (prefix, suffix) = (text("namePrefix"), text("nameSuffix"));
        if !prefix.is_empty() || !suffix.is_empty() {
            items.iter_mut().for_each(|i| transform::prefix_and_suffix(&mut i.manifest, prefix, suffix));
        }
        let pairs = |node: Option<&Node>| match node.map(|n| &n.value) {
            Some(Value::Map(pairs)) => (**pairs).clone(),
            _ => BTreeMap::new(),
        };
        let common = (pairs(node.get("commonLabels")), Reach { selectors: true, templates: true });
        let flag = |entry: &Node, key: &str| entry.get(key).and_then(Node::as_bool).unwrap_or(false);
        let more = kustomization.list("labels").map(|entry| {
            let reach = Reach {
                selectors: flag(entry, "includeSelectors"),
                templates: flag(entry, "includeTemplates"),
            };
            (pairs(entry.get("pairs")), reach)
        });
        for (pairs, reach) in std::iter::once(common).chain(more).filter(|(pairs, _)| !pairs.is_empty()) {
            if self.step(items.len() * pairs.len(), path) {
                return;
            }
            items.iter_mut().for_each(|item| transform::labels(&mut item.manifest, &pairs, reach));
        }
        for entry in kustomization.list("patchesJson6902") {
            self.patch(kustomization, entry, entry.get("target"), items);
        }
        for entry in kustomization.list("replicas") {
            let name = entry.get("name").and_then(Node::as_str);
            if let (Some(name), Some(count)) = (name, entry.get("count")) {
                for item in items.iter_mut().filter(|item| item.is_called(name)) {
                    transform::replicas(&mut item.manifest, count);
                }
            }
        }
        let images: Vec<Image> = kustomization.list("images").filter_map(image).collect();
        if !images.is_empty() && !self.step(items.len() * images.len(), path) {
            for item in items.iter_mut() {
                if let Some(body) = transform::images(&item.manifest.body, &images) {
                    item.manifest.body = body;
                }
            }
        }
        follow(items);
    }

    fn patch(
        &mut self,
        kustomization: &Kustomization,
        entry: &Node,
        target: Option<&Node>,
        items: &mut Vec<Item>,
    ) {
        let path = kustomization.path.clone();
        // A file, or the patch itself.
        let (text, file) = match entry.as_str() {
            Some(text) if text.contains('\n') => (Some(entry), None),
            Some(file) => (None, Some(file)),
            None => (entry.get("patch"), entry.get("path").and_then(Node::as_str)),
        };
        let documents: Vec<Node> = match (text, file) {
            (Some(text), _) => inline(text),
            (None, Some(file)) => {
                let read = kustomization.local(file).map(|path| (self.tree.read_text(&path), path));
                match read {
                    Some((Ok(text), path)) => documents(&path, text),
                    _ => return self.absent(kustomization, entry, file),
                }
            }
            _ => return,
        };
        for document in &documents {
            if self.step(items.len() + 1, &path) {
                return;
            }
            let select = match target.filter(|t| t.as_map().is_some()) {
                Some(target) => Target::of(target),
                None => Manifest::of(document).map(|m| Target::named(&m)),
            };
            let Some(select) = select else {
                let reason = "a patch does not say what it is for";
                self.note(document.at.as_ref().or(entry.at.as_ref()), &path, CoverageStatus::Partial, reason);
                continue;
            };
            let mut found = false;
            let mut problem = None;
            items.retain_mut(|item| {
                if !select.fits(item) {
                    return true;
                }
                found = true;
                if document.as_list().is_some() {
                    match patch::operations(&item.manifest.body, document) {
                        Ok(body) => item.manifest.body = body,
                        Err(error) => problem = Some(error),
                    }
                    return true;
                }
                let patch = Manifest::of(document).map_or_else(|| document.clone(), |m| m.body);
                let custom = item.manifest.group.contains('.') && !item.manifest.group.ends_with(".k8s.io");
                let metadata = item.manifest.body.get("metadata").cloned();
                match patch::strategic(&item.manifest.body, &patch, !custom) {
                    Merged::Deleted => return false,
                    Merged::Body(body) => item.manifest.body = body,
                }
                // A patch does not rename what it is laid over.
                for key in ["name", "namespace"] {
                    let old = metadata.as_ref().and_then(|m| m.get(key)).cloned();
                    if let Some(old) = old {
                        catalog::DocPath::parse(&format!("metadata.{key}")).put(&mut item.manifest.body, old);
                    }
                }
                true
            });
            if let Some(problem) = problem {
                self.note(
                    document.at.as_ref().or(entry.at.as_ref()),
                    &path,
                    CoverageStatus::Partial,
                    problem,
                );
            }
            if !found && select.kind.as_deref() != Some("CustomResourceDefinition") {
                let reason = "a patch is for a resource that is not in this kustomization";
                self.note(document.at.as_ref().or(entry.at.as_ref()), &path, CoverageStatus::Partial, reason);
            }
        }
    }
}

fn image(entry: &Node) -> Option<Image> {
    let text =
        |key: &str| entry.get(key).filter(|n| !n.is_null()).map(Node::display).filter(|t| !t.is_empty());
    Some(Image {
        name: text("name")?,
        new_name: text("newName"),
        new_tag: text("newTag"),
        digest: text("digest"),
        node: entry.clone(),
    })
}

/// The documents of a patch file, whatever they are.
fn documents(path: &str, text: String) -> Vec<Node> {
    let file = crate::file::SourceFile::new(path, text);
    if path.ends_with(".json") {
        let (document, ..) = formats::data::parse_json(&file.text);
        return document.iter().map(|d| file.node(d)).collect();
    }
    formats::data::parse_yaml(&file.text).documents.iter().map(|d| file.node(d)).collect()
}

/// The documents of a patch that stands as text in the kustomization; every value stands where the text does.
fn inline(text: &Node) -> Vec<Node> {
    fn place(node: &mut Node, at: Option<&Arc<Position>>) {
        node.at = at.cloned();
        match &mut node.value {
            Value::List(items) => Arc::make_mut(items).iter_mut().for_each(|n| place(n, at)),
            Value::Map(entries) => Arc::make_mut(entries).values_mut().for_each(|n| place(n, at)),
            _ => {}
        }
    }
    let mut found = documents("", text.as_str().unwrap_or_default().to_owned());
    found.iter_mut().for_each(|node| place(node, text.at.as_ref()));
    found
}
