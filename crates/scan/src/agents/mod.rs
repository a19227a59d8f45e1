//! Agents, MCP clients and servers, instructions and skills that are configured in files.
//!
//! Which file of which product says what in which words stands on the cards in `catalog/agents`; what it means for an
//! asset is for the checks. Agents and servers in program code are `code`'s.

mod client;
mod credential;
mod definition;
mod descriptor;
mod file;
mod launch;
mod lock;
mod model;
mod paths;
mod poison;
mod server;
mod text;
mod toml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::model::{
    Asset, AssetId, Class, Comment, Coverage, CoverageStatus, Evidence, Node, Observations, Reference, Value,
};
use catalog::{AgentFile, Catalog, FileFormat, FileRole, ProductCard};
use collect::{Source, Tree};
use formats::Span;
use rayon::prelude::*;

use self::file::{Parsed, TextFile};
use self::paths::{Patterns, has};
use crate::application::Applications;

pub use self::launch::{Container, Launch, Mount, Package, launch};
pub use self::lock::{Change, lock, tool_digest, verify};
pub use self::poison::{Sign, SignKind, nodes as sign_nodes, shadows, signs, tool_signs};
pub use self::server::{Declared, KnownServers, document as server_document};

/// The reader of agent configurations.
pub struct Agents<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for it. The cards decide once the catalogue is there; this only leaves out what
/// no card can name.
pub fn wants(path: &str) -> bool {
    const ENDINGS: [&str; 12] = [
        "json",
        "jsonc",
        "toml",
        "yaml",
        "yml",
        "md",
        "mdc",
        "prompty",
        "modelfile",
        "Modelfile",
        "code-workspace",
        "txt",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        None => name == "Modelfile",
        Some(("", hidden)) => !hidden.is_empty(),
        Some((stem, "txt")) => stem.starts_with("llms"),
        Some((stem, ending)) => ENDINGS.contains(&ending) || stem == "Modelfile" || name.starts_with('.'),
    }
}

/// Below a person's home folder: the files that are configurations of known clients, as (path, with `*`).
pub fn home_files(catalog: &Catalog) -> BTreeSet<Arc<str>> {
    catalog.agents.iter().flat_map(|card| &card.files).flat_map(|file| file.home.iter().cloned()).collect()
}

impl Source for Agents<'_> {
    fn name(&self) -> &'static str {
        "agents"
    }

    fn observe(&self, tree: &Tree) -> Observations {
        let patterns = Patterns::of(self.catalog);
        let applications = Applications::of(tree);
        let known = KnownServers::of(self.catalog);
        let seen = tree.files().par_iter().map(|path| {
            let matching = patterns.matching(path);
            if matching.is_empty() {
                return Observations::default();
            }
            let scope = applications.scope_of(path);
            let reader =
                Reader { catalog: self.catalog, known: &known, tree, scope, seen: Observations::default() };
            reader.file(path, &matching)
        });
        let each: Vec<Observations> = seen.collect();
        let mut all = Observations::default();
        each.into_iter().for_each(|one| all.extend(one));
        client::compare(&mut all.assets);
        client::beside(&mut all.assets);
        all
    }
}

/// Reads one file.
struct Reader<'r> {
    catalog: &'r Catalog,
    known: &'r KnownServers<'r>,
    tree: &'r Tree,
    /// The application that the file belongs to.
    scope: Arc<str>,
    seen: Observations,
}

/// A file as one card speaks of it.
#[derive(Clone, Copy)]
struct View<'v> {
    file: &'v TextFile,
    card: &'v ProductCard,
    spec: &'v AgentFile,
    parsed: &'v Parsed,
}

impl Reader<'_> {
    fn file(mut self, path: &str, matching: &[(&ProductCard, &AgentFile)]) -> Observations {
        let text = match self.tree.read_text(path) {
            Ok(text) => text,
            Err(reason) => {
                self.seen.coverage.push(Coverage::note("agents", path, CoverageStatus::Failed, reason));
                return self.seen;
            }
        };
        let file = TextFile::new(path, text);
        let mut read: BTreeMap<FileRole, ()> = BTreeMap::new();
        for (card, spec) in matching {
            if read.contains_key(&spec.role) {
                continue; // a card that knows the file better has spoken
            }
            let parsed = file.parse(spec.format.unwrap_or_else(|| format_of(path)));
            if let Some(problem) = parsed.problems.first().filter(|_| spec.role == FileRole::Client) {
                let place = file.position(problem.span).to_string();
                self.seen.coverage.push(Coverage::note(
                    "agents",
                    place,
                    if parsed.data.is_some() { CoverageStatus::Partial } else { CoverageStatus::Failed },
                    problem.message.clone(),
                ));
            }
            let meets = parsed.data.as_ref().map_or(spec.needs.is_empty(), |data| has(data, &spec.needs));
            if !meets {
                continue;
            }
            if self.role(View { file: &file, card, spec, parsed: &parsed }) {
                read.insert(spec.role, ());
            }
        }
        if !read.is_empty() {
            self.seen.coverage.push(Coverage::read("agents", path));
            self.seen.comments = accepted(&file);
        }
        self.seen
    }

    /// Reads what the file is for; whether there was anything of it.
    fn role(&mut self, view: View<'_>) -> bool {
        match view.spec.role {
            FileRole::Client => self.client(view),
            FileRole::Instructions | FileRole::Command | FileRole::Skill => self.text(view),
            FileRole::Definition => self.definitions(view),
            FileRole::Models => self.models(view),
            FileRole::Registry => self.registry(view),
            FileRole::Bundle => self.bundle(view),
            FileRole::Hosting => self.hosting(view),
            FileRole::AgentCard => self.agent_card(view),
        }
    }

    /// The path of a file below its application.
    fn relative<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&*self.scope).map_or(path, |rest| rest.trim_start_matches('/'))
    }

    fn id(&self, address: &str) -> AssetId {
        let scope = if self.scope.is_empty() { "." } else { &*self.scope };
        AssetId(format!("{scope}#{address}").into())
    }

    /// Adds an asset; one of the same address is kept as it is.
    fn asset(&mut self, new: New<'_>, document: Node) {
        let New { kind, class, name, address, file, span } = new;
        let id = self.id(&address);
        if self.seen.assets.iter().any(|asset| asset.id == id) {
            return;
        }
        self.seen.assets.push(Asset {
            id,
            kind: kind.into(),
            class,
            name,
            address: address.into(),
            scope: self.scope.clone(),
            source_type: kind.into(),
            aliases: BTreeSet::new(),
            document: Node { at: Some(file.at(span)), ..document },
            evidence: vec![Evidence::Source(file.position(span))],
            sightings: Vec::new(),
        });
    }
}

/// What an asset is, beside its document.
struct New<'n> {
    kind: &'static str,
    class: Class,
    name: String,
    address: String,
    file: &'n TextFile,
    /// Where it is declared.
    span: Span,
}

/// Comments that accept a fault, however the file marks its comments.
fn accepted(file: &TextFile) -> Vec<Comment> {
    let mark = "stance:allow";
    let lines = file.text.lines().enumerate().filter_map(|(index, line)| {
        let at = line.find(mark)?;
        let is_comment = line[..at].trim_end().ends_with(['#', '/', '*', '-', ';']);
        let text = line[at..].trim_end().trim_end_matches("-->").trim_end_matches("*/").trim_end().to_owned();
        let line = u32::try_from(index + 1).ok().filter(|_| is_comment)?;
        Some(Comment { path: file.path.clone(), line, text })
    });
    lines.take(10_000).collect()
}

/// A value that names another asset of the same application.
fn refer(shown: impl Into<Node>, address: &str) -> Node {
    let reference = Reference { address: address.into(), attribute: "".into(), via: None };
    Node { from: Some(Arc::new(reference)), ..shown.into() }
}

/// A list of texts as nodes.
fn strings<'s>(items: impl IntoIterator<Item = &'s str>) -> Vec<Node> {
    items.into_iter().map(|s| Value::string(s).into()).collect()
}

fn format_of(path: &str) -> FileFormat {
    match path.rsplit('.').next().unwrap_or_default() {
        "json" | "jsonc" | "code-workspace" => FileFormat::Json,
        "yaml" | "yml" => FileFormat::Yaml,
        "toml" => FileFormat::Toml,
        _ => FileFormat::Markdown,
    }
}

#[cfg(test)]
mod tests;
