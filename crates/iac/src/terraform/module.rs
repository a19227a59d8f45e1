//! A module as written: the files of one folder read into variables, locals, resources, data, outputs and calls.
//! Nothing is evaluated here.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use collect::{Tree, normalise};
use formats::hcl::{self, Attribute, Block, Body, Expr, ExprKind};
use formats::{Problem, Span};
use model::{Comment, Coverage, CoverageStatus, Position};

use crate::file::SourceFile;

/// Something with the file it stands in.
#[derive(Debug)]
pub(crate) struct In<T> {
    pub(crate) file: usize,
    pub(crate) item: T,
    /// Attributes and kinds of blocks that an override file has set, with that file.
    overridden: Vec<(Arc<str>, usize)>,
}

impl<T> In<T> {
    fn new(file: usize, item: T) -> Self {
        In { file, item, overridden: Vec::new() }
    }

    /// The file in which an attribute or a kind of block stands.
    pub(crate) fn file_of(&self, name: &str) -> usize {
        let overridden = self.overridden.iter().rev().find(|(of, _)| **of == *name);
        overridden.map_or(self.file, |(_, file)| *file)
    }
}

/// What one folder declares.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) folder: Arc<str>,
    pub(crate) files: Vec<SourceFile>,
    pub(crate) variables: BTreeMap<Arc<str>, In<Block>>,
    pub(crate) locals: BTreeMap<Arc<str>, In<Attribute>>,
    /// By (type, name).
    pub(crate) resources: BTreeMap<(Arc<str>, Arc<str>), In<Block>>,
    pub(crate) data: BTreeMap<(Arc<str>, Arc<str>), In<Block>>,
    pub(crate) outputs: BTreeMap<Arc<str>, In<Block>>,
    pub(crate) calls: BTreeMap<Arc<str>, In<Block>>,
    /// By local name and alias (`aws`, `aws.west`).
    pub(crate) providers: BTreeMap<Arc<str>, In<Block>>,
    pub(crate) coverage: Vec<Coverage>,
    pub(crate) comments: Vec<Comment>,
}

/// Whether a file of that name is Terraform configuration.
pub(crate) fn is_configuration(path: &str) -> bool {
    path.ends_with(".tf")
        || path.ends_with(".tf.json")
        || path.ends_with(".tofu")
        || path.ends_with(".tofu.json")
}

impl Module {
    /// Reads the configuration files of `folder`.
    pub(crate) fn read(tree: &Tree, folder: &str, names: &[String]) -> Module {
        let mut module = Module { folder: folder.into(), ..Module::default() };
        // Override files come last and replace what they name.
        let is_override = |name: &str| {
            let stem = name.split('.').next().unwrap_or_default();
            stem == "override" || stem.ends_with("_override")
        };
        let (overrides, plain): (Vec<_>, Vec<_>) = names.iter().partition(|name| is_override(name));
        for (name, overriding) in plain.iter().map(|n| (n, false)).chain(overrides.iter().map(|n| (n, true)))
        {
            let path = join(folder, name);
            match tree.read_text(&path) {
                Ok(text) => module.add(&path, text, overriding),
                Err(reason) => {
                    module.coverage.push(Coverage::note(super::SOURCE, path, CoverageStatus::Failed, reason));
                }
            }
        }
        module
    }

    /// A module of one file of values, for their positions.
    pub(crate) fn of_values(path: &str, text: &str) -> Module {
        let mut module = Module::default();
        module.add_text(path, text);
        module
    }

    /// A text that declares nothing but may be pointed at; the result is its file's index.
    pub(crate) fn add_text(&mut self, path: &str, text: &str) -> usize {
        let file = SourceFile::new(path, text.to_owned());
        self.files.push(file);
        self.files.len() - 1
    }

    fn add(&mut self, path: &str, text: String, overriding: bool) {
        let (file, problems) =
            if path.ends_with(".json") { hcl::parse_json(&text) } else { hcl::parse(&text) };
        let source = SourceFile::new(path, text);
        let status = match (problems.is_empty(), file.body.blocks.is_empty()) {
            (true, _) => CoverageStatus::Read,
            (false, true) => CoverageStatus::Failed,
            (false, false) => CoverageStatus::Partial,
        };
        if problems.is_empty() {
            self.coverage.push(Coverage::read(super::SOURCE, path));
        }
        for Problem { span, message } in problems {
            let place = source.position(span).to_string();
            self.coverage.push(Coverage::note(super::SOURCE, place, status, message));
        }
        for comment in file.comments.iter().filter(|c| c.text.contains("stance:")) {
            let line = source.position(comment.span).line;
            self.comments.push(Comment { path: source.path.clone(), line, text: comment.text.clone() });
        }
        let index = self.files.len();
        self.files.push(source);
        for block in file.body.blocks {
            self.declare(block, index, overriding);
        }
    }

    fn declare(&mut self, block: Block, file: usize, overriding: bool) {
        let (header, kind) = (block.header, block.kind.clone());
        let label = |i: usize| block.labels.get(i).cloned();
        let two = block.labels.len() == 2;
        let taken = match (&*kind, label(0), label(1)) {
            ("variable", Some(name), None) => insert(&mut self.variables, name, file, block, overriding),
            ("output", Some(name), None) => insert(&mut self.outputs, name, file, block, overriding),
            ("module", Some(name), None) => insert(&mut self.calls, name, file, block, overriding),
            ("resource", Some(kind), Some(name)) if two => {
                insert(&mut self.resources, (kind, name), file, block, overriding)
            }
            ("data", Some(kind), Some(name)) if two => {
                insert(&mut self.data, (kind, name), file, block, overriding)
            }
            ("provider", Some(name), None) => {
                let alias = block.body.attributes.iter().find(|a| &*a.name == "alias");
                let key = match alias.map(|a| &a.value.kind) {
                    Some(ExprKind::String(alias)) => format!("{name}.{alias}").into(),
                    _ => name,
                };
                insert(&mut self.providers, key, file, block, overriding)
            }
            ("locals", None, None) => {
                let mut taken = true;
                for attribute in block.body.attributes {
                    match self.locals.entry(attribute.name.clone()) {
                        Entry::Occupied(_) if !overriding => taken = false,
                        Entry::Occupied(mut base) => _ = base.insert(In::new(file, attribute)),
                        Entry::Vacant(free) => _ = free.insert(In::new(file, attribute)),
                    }
                }
                taken
            }
            ("variable" | "output" | "module" | "resource" | "data" | "provider" | "locals", ..) => {
                return self.note(file, header, format!("a {kind} block with these labels is not read"));
            }
            _ => true,
        };
        // A second declaration of one name is Terraform's error to report; the first stands.
        if !taken {
            self.note(file, header, format!("this {kind} is declared twice, the first is assessed"));
        }
    }

    fn note(&mut self, file: usize, span: Span, message: String) {
        let place = self.position(file, span).to_string();
        self.coverage.push(Coverage::note(super::SOURCE, place, CoverageStatus::Partial, message));
    }

    pub(crate) fn position(&self, file: usize, span: Span) -> Arc<Position> {
        Arc::new(self.files[file].position(span))
    }

    /// The local modules that this one calls: the folder of each call whose source is a path.
    pub(crate) fn local_sources(&self) -> impl Iterator<Item = String> + '_ {
        self.calls.values().filter_map(|call| local_source(&self.folder, &call.item))
    }
}

/// Whether `block` was taken: as the first of its name, or laid over it.
fn insert<K: Ord>(
    into: &mut BTreeMap<K, In<Block>>,
    key: K,
    file: usize,
    block: Block,
    overriding: bool,
) -> bool {
    match into.entry(key) {
        Entry::Occupied(mut base) if overriding => lay_over(base.get_mut(), block.body, file),
        Entry::Occupied(_) => return false,
        Entry::Vacant(free) => _ = free.insert(In::new(file, block)),
    }
    true
}

/// Terraform's merging of override files: attributes by name, nested blocks by type.
fn lay_over(base: &mut In<Block>, theirs: Body, file: usize) {
    // In JSON a block may be written as an attribute.
    let mut names: Vec<Arc<str>> = theirs.attributes.iter().map(|a| a.name.clone()).collect();
    names.extend(theirs.blocks.iter().map(made_kind));
    let body = &mut base.item.body;
    body.attributes.retain(|a| !names.contains(&a.name));
    body.blocks.retain(|b| !names.contains(&made_kind(b)));
    body.attributes.extend(theirs.attributes);
    body.blocks.extend(theirs.blocks);
    base.overridden.extend(names.into_iter().map(|name| (name, file)));
}

/// The kind of the blocks that a block stands for: its own, or what a `dynamic` block makes.
pub(crate) fn made_kind(block: &Block) -> Arc<str> {
    match (&*block.kind, block.labels.first()) {
        ("dynamic", Some(kind)) => kind.clone(),
        _ => block.kind.clone(),
    }
}

/// The source of a module call, if it is written as a literal text.
pub(crate) fn source_text(call: &Block) -> Option<&str> {
    let source = call.body.attributes.iter().find(|a| &*a.name == "source")?;
    match &source.value.kind {
        ExprKind::String(text) => Some(text),
        _ => None,
    }
}

fn local_source(folder: &str, call: &Block) -> Option<String> {
    let source = source_text(call)?;
    (source.starts_with("./") || source.starts_with("../") || source == "." || source == "..")
        .then(|| normalise(&join(folder, source)))
}

/// Every module that the roots reach, by folder.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    pub(crate) by_folder: HashMap<Arc<str>, Module>,
    /// For each root folder: its installed modules by key (`network`, `network.subnet`), from `.terraform/modules`.
    pub(crate) installed: HashMap<Arc<str>, HashMap<String, String>>,
    /// For each folder: its files of values that Terraform reads by itself, in its order.
    pub(crate) values: HashMap<Arc<str>, Vec<Arc<str>>>,
}

impl Modules {
    /// The folder that a call leads to: a local path, or what `terraform init` has installed for `key`.
    pub(crate) fn folder_of(&self, root: &str, folder: &str, key: &str, call: &Block) -> Option<String> {
        local_source(folder, call).or_else(|| self.installed.get(root)?.get(key).cloned())
    }
}

/// What `terraform init` has installed below `root`: module key to folder.
pub(crate) fn installed(tree: &Tree, root: &str) -> HashMap<String, String> {
    let path = join(root, ".terraform/modules/modules.json");
    let Ok(text) = tree.read_text(&path) else { return HashMap::new() };
    let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else { return HashMap::new() };
    let modules = json.get("Modules").and_then(|m| m.as_array()).into_iter().flatten();
    let entries = modules.filter_map(|m| {
        let key = m.get("Key")?.as_str()?;
        let folder = m.get("Dir")?.as_str()?;
        (!key.is_empty()).then(|| (key.to_owned(), normalise(&join(root, folder))))
    });
    entries.collect()
}

pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The attribute of that name in a body.
pub(crate) fn attribute<'b>(body: &'b Body, name: &str) -> Option<&'b Expr> {
    body.attributes.iter().find(|a| &*a.name == name).map(|a| &a.value)
}
