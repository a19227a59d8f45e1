//! Compose files: services, as they are after interpolation, merging, `extends` and `include`.
//!
//! What a service gives its container stands in `service`; here is which files make up which project.
//! <https://docs.docker.com/reference/compose-file/>

mod interpolate;
mod merge;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use catalog::Catalog;
use collect::{Source, Tree, normalise};
use formats::data::{Datum, parse_yaml};
use model::{Coverage, CoverageStatus, Node, Observations, Value};

use super::{Entries, Signs};
use crate::file::SourceFile;
use crate::native::{Observer, Resource};
use interpolate::Variables;
pub(crate) use interpolate::dotenv;

/// The name in coverage.
pub(crate) const SOURCE: &str = "compose";
/// Files and services that lead to each other.
const MAX_DEPTH: usize = 24;
/// Files that one project reads, the same one as often as it is used.
const MAX_READS: usize = 2_000;
/// Services of one project.
const MAX_SERVICES: usize = 10_000;

/// The source: every Compose project.
pub struct Compose<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for this source.
pub fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.contains("compose") && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// A service on its way into a project.
#[derive(Clone, Debug)]
struct Service {
    node: Node,
    /// The folder that its paths are relative to.
    folder: String,
}

/// A file's services.
#[derive(Clone, Debug, Default)]
struct Project {
    services: BTreeMap<Arc<str>, Service>,
}

/// Reads the files of one project.
struct Reader<'t> {
    tree: &'t Tree,
    seen: Observations,
    reads: usize,
    /// Services that extend each other: (file, service).
    extending: Vec<(String, String)>,
    /// Files that are included in each other.
    including: Vec<String>,
}

impl Source for Compose<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        crate::kubernetes::on_large_stacks(SOURCE, || self.observe_all(tree))
    }
}

/// The order in which Compose looks for the file of a folder, and the file that it lays over it.
const DEFAULTS: [(&str, &[&str]); 4] = [
    ("compose.yaml", &["compose.override.yaml", "compose.override.yml"]),
    ("compose.yml", &["compose.override.yml", "compose.override.yaml"]),
    ("docker-compose.yml", &["docker-compose.override.yml", "docker-compose.override.yaml"]),
    ("docker-compose.yaml", &["docker-compose.override.yaml", "docker-compose.override.yml"]),
];

impl Compose<'_> {
    fn observe_all(&self, tree: &Tree) -> Observations {
        let mut all = Observations::default();
        let signs = Signs::new(self.catalog);
        let mut reader = Reader::new(tree);
        let mut documents: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        for path in tree.files().iter().filter(|p| wants(p)) {
            if let Some(node) = reader.file(path) {
                documents.insert(path.clone(), node);
            }
        }
        all.extend(std::mem::take(&mut reader.seen));
        for path in roots(&documents) {
            let folder = folder_of(path);
            let beside =
                |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let default = DEFAULTS.iter().find(|(name, _)| documents.contains_key(&*beside(name)));
            let main = default.map(|(name, _)| beside(name));
            let over = default.and_then(|(_, names)| {
                names.iter().map(|n| beside(n)).find(|n| documents.contains_key(&**n))
            });
            if over.as_deref() == Some(&**path) {
                continue; // a part of the main file's project
            }
            let is_main = main.as_deref() == Some(&**path);
            let work = || {
                let mut reader = Reader::new(tree);
                let mut project = reader.project(path);
                if is_main {
                    if let Some(over) = &over {
                        let above = reader.project(over);
                        project.lay_over(above);
                    }
                } else if let Some(main) = &main {
                    project.lay_under(|| reader.project(main));
                }
                self.services(tree, &signs, path, project, &mut reader.seen);
                reader.seen
            };
            let seen = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
                let reason = "internal error while this project was evaluated";
                let note = Coverage::note(SOURCE, path, CoverageStatus::Failed, reason);
                Observations { coverage: vec![note], ..Observations::default() }
            });
            all.extend(seen);
        }
        all.coverage.sort();
        all.coverage.dedup();
        all
    }

    fn services(
        &self,
        tree: &Tree,
        signs: &Signs<'_>,
        path: &Arc<str>,
        project: Project,
        seen: &mut Observations,
    ) {
        let mut observer = Observer::new(SOURCE, path.clone(), self.catalog);
        for (count, (name, service)) in project.services.into_iter().enumerate() {
            if count >= MAX_SERVICES {
                observer.note(
                    path,
                    CoverageStatus::Failed,
                    format!("more than {MAX_SERVICES} services; the rest is not read"),
                );
                break;
            }
            let container = service::container(tree, &name, &service.node, &service.folder);
            let document = service::document(&service.node);
            let (native, aliases) = ("compose/Service".into(), BTreeSet::new());
            observer.resource(Resource { native, address: name.clone(), aliases, document });
            if let Some((kind, document)) = container.software(signs) {
                let inner = format!("{name}/{name}");
                observer.contains(&name, &inner, None);
                let id = observer.id(&inner);
                let asset = super::asset(path, id, inner, kind, document, BTreeSet::new());
                observer.seen.assets.push(asset);
            }
        }
        seen.extend(observer.seen);
    }
}

/// The files that no other includes or extends, and those that only lead to each other.
fn roots(documents: &BTreeMap<Arc<str>, Node>) -> Vec<&Arc<str>> {
    let parts: BTreeMap<&str, Vec<String>> =
        documents.iter().map(|(path, node)| (&**path, used(path, node))).collect();
    let part_of: BTreeSet<&str> = parts.values().flatten().map(|p| &**p).collect();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut roots = Vec::new();
    for first in [true, false] {
        for path in documents.keys() {
            if reached.contains(&**path) || first && part_of.contains(&**path) {
                continue;
            }
            roots.push(path);
            let mut open: Vec<&str> = vec![path];
            while let Some(path) = open.pop() {
                if reached.insert(path) {
                    open.extend(parts.get(path).into_iter().flatten().map(|p| &**p));
                }
            }
        }
    }
    roots
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A file's path below another file's folder.
fn beside(path: &str, file: &str) -> String {
    normalise(&format!("{}/{file}", folder_of(path)))
}

/// The files that a file includes, or whose services it extends.
fn used(path: &str, node: &Node) -> Vec<String> {
    let mut found = Vec::new();
    for entry in includes(node) {
        found.extend(entry.1.into_iter().map(|file| beside(path, &file)));
    }
    for service in node.get("services").and_then(Node::as_map).iter().flat_map(|m| m.values()) {
        let file = service.at_path("extends.file").and_then(Node::as_str);
        found.extend(file.map(|file| beside(path, file)).filter(|file| file != path));
    }
    found
}

/// A service stands where its name does: above it stands its comment.
fn named_at_their_keys(file: &SourceFile, part: &Datum, node: &mut Node) {
    let Value::Map(services) = &mut node.value else { return };
    let services = Arc::make_mut(services);
    for entry in part.as_map().unwrap_or_default() {
        if let Some(service) = services.get_mut(&entry.key) {
            service.at = Some(Arc::new(file.position(entry.key_span)));
        }
    }
}

/// The entries of `include`, and the files of each.
fn includes(node: &Node) -> Vec<(Node, Vec<String>)> {
    let entries = node.get("include").and_then(Node::as_list).map_or(&[][..], |l| &l[..]);
    let files = |entry: &Node| -> Vec<String> {
        let paths = if entry.as_str().is_some() { Some(entry) } else { entry.get("path") };
        match paths.map(|p| &p.value) {
            Some(Value::String(path)) => vec![path.to_string()],
            Some(Value::List(paths)) => paths.iter().filter_map(|p| p.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        }
    };
    entries.iter().map(|entry| (entry.clone(), files(entry))).collect()
}

impl<'t> Reader<'t> {
    fn new(tree: &'t Tree) -> Self {
        let seen = Observations::default();
        Reader { tree, seen, reads: 0, extending: Vec::new(), including: Vec::new() }
    }

    fn note(&mut self, node: Option<&Node>, path: &str, status: CoverageStatus, reason: impl Into<String>) {
        let at = node.and_then(|n| n.at.as_ref());
        let place = at.map_or_else(|| path.to_owned(), |at| at.to_string());
        self.seen.coverage.push(Coverage::note(SOURCE, place, status, reason));
    }

    /// A file's document with its variables put in, if it is a Compose file.
    fn file(&mut self, path: &str) -> Option<Node> {
        self.reads += 1;
        if self.reads > MAX_READS.max(self.tree.files().len()) {
            self.note(
                None,
                path,
                CoverageStatus::Failed,
                "too many files are put together; the rest is not read",
            );
            return None;
        }
        let text = match self.tree.read_text(path) {
            Ok(text) => text,
            Err(error) => {
                self.note(None, path, CoverageStatus::Failed, error);
                return None;
            }
        };
        let file = SourceFile::new(path, text);
        let read = parse_yaml(&file.text);
        if !read.problems.is_empty() && (file.text.contains("{{") || file.text.contains("{%")) {
            let reason = "a template that another program fills in; scan what it renders";
            self.note(None, path, CoverageStatus::Skipped, reason);
            return None;
        }
        for problem in &read.problems {
            let place = file.position(problem.span).to_string();
            let note = Coverage::note(SOURCE, place, CoverageStatus::Partial, problem.message.clone());
            self.seen.coverage.push(note);
        }
        let whole = read.documents.iter().find(|d| d.as_map().is_some())?;
        let holds = ["services", "include"]
            .iter()
            .any(|key| whole.get(key).is_some_and(|d| d.as_map().is_some() || d.as_list().is_some()));
        if !holds || whole.get("apiVersion").is_some() {
            return None;
        }
        self.seen.coverage.push(Coverage::read(SOURCE, path));
        let ours = read.comments.iter().filter(|c| c.text.contains("stance:"));
        self.seen.comments.extend(ours.map(|c| model::Comment {
            path: path.into(),
            line: file.position(c.span).line,
            text: c.text.clone(),
        }));
        let env = beside(path, ".env");
        let beside = self.tree.read_text(&env).unwrap_or_default();
        let variables = Variables::new(dotenv(&beside));
        let mut entries = Entries::new();
        for key in ["services", "include"] {
            if let Some(part) = whole.get(key) {
                let mut node = variables.put_in(&tagged(&file, part));
                named_at_their_keys(&file, part, &mut node);
                entries.insert(key.into(), node);
            }
        }
        Some(Node { at: Some(file.place(whole)), ..Value::map(entries).into() })
    }

    /// The services of a file, with those that it includes and extends.
    fn project(&mut self, path: &str) -> Project {
        let mut project = Project::default();
        let Some(node) = self.file(path) else { return project };
        if self.including.iter().any(|open| open == path) || self.including.len() >= MAX_DEPTH {
            self.note(None, path, CoverageStatus::Failed, "files include each other in a circle");
            return project;
        }
        self.including.push(path.to_owned());
        for (entry, files) in includes(&node) {
            for (index, file) in files.iter().enumerate() {
                let file = beside(path, file);
                if file.contains("://") || self.tree.is_file(&file) != Ok(true) {
                    let reason = format!("{file} is not here and is not read");
                    self.note(Some(&entry), path, CoverageStatus::Skipped, reason);
                    continue;
                }
                let inner = self.project(&file);
                match index {
                    0 => project.services.extend(inner.services),
                    _ => project.lay_over(inner),
                }
            }
        }
        self.including.pop();
        for name in node.get("services").and_then(Node::as_map).iter().flat_map(|m| m.keys()) {
            if let Some(service) = self.service(path, &node, name) {
                project.services.insert(name.clone(), service);
            }
        }
        project
    }

    /// A service, laid over the one it extends.
    fn service(&mut self, path: &str, file: &Node, name: &str) -> Option<Service> {
        let node = file.get("services")?.get(name)?;
        if node.as_map().is_none() {
            if !node.is_null() {
                let reason = format!("service {name} is {}, and is not read", node.value.type_name());
                self.note(Some(node), path, CoverageStatus::Partial, reason);
            }
            return None;
        }
        let node = merge::canonical(node);
        let folder = folder_of(path).to_owned();
        let (base, other) = match node.get("extends") {
            None => return Some(Service { node, folder }),
            Some(extends) => match extends.as_str() {
                Some(base) => (Some(base.to_owned()), None),
                None => {
                    let text = |key: &str| extends.get(key).and_then(Node::as_str).map(str::to_owned);
                    (text("service"), text("file").map(|file| beside(path, &file)))
                }
            },
        };
        let Some(base) = base else { return Some(Service { node, folder }) };
        let key = (path.to_owned(), name.to_owned());
        if self.extending.contains(&key) || self.extending.len() >= MAX_DEPTH {
            let reason = format!("services extend each other in a circle: {name}");
            self.note(Some(&node), path, CoverageStatus::Failed, reason);
            return Some(Service { node, folder });
        }
        self.extending.push(key);
        let found = match other.filter(|other| other != path) {
            Some(other) => self.file(&other).and_then(|file| self.service(&other, &file, &base)),
            None => self.service(path, file, &base),
        };
        self.extending.pop();
        let Some(below) = found else {
            let reason = format!("service {base}, which {name} extends, is not here");
            self.note(Some(&node), path, CoverageStatus::Partial, reason);
            return Some(Service { node, folder });
        };
        // Paths of the other file are relative to its folder; those of a build are what is read.
        let folder = if node.get("build").is_some() { folder } else { below.folder.clone() };
        Some(Service { node: merge::over(&below.node, &node), folder })
    }
}

/// The data as nodes; `!reset` and `!override` are kept as they are merged by.
fn tagged(file: &SourceFile, datum: &Datum) -> Node {
    merge::tagged(datum, &mut |datum| file.node(datum), &|datum| file.place(datum))
}

impl Project {
    fn lay_over(&mut self, above: Project) {
        for (name, service) in above.services {
            match self.services.get_mut(&name) {
                Some(below) => below.node = merge::over(&below.node, &service.node),
                None => _ = self.services.insert(name, service),
            }
        }
    }

    /// A file of which a service names neither image nor build is meant to be laid over the folder's main file.
    fn lay_under(&mut self, main: impl FnOnce() -> Project) {
        let alone = |service: &Service| ["image", "build"].iter().any(|key| service.node.get(key).is_some());
        if self.services.values().all(alone) {
            return;
        }
        let main = main();
        for (name, service) in &mut self.services {
            if let Some(below) = main.services.get(name).filter(|_| !alone(service)) {
                service.node = merge::over(&below.node, &service.node);
                service.folder.clone_from(&below.folder);
            }
        }
    }
}
