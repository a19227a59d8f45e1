//! The bill of materials: one component for each AI thing, package and image of a snapshot, however many layers tell
//! of it, and what depends on what. Which asset becomes which component is decided here, once for all formats.
//!
//! How a bill is written is `cyclonedx`' and `spdx`'. A component holds what was observed: a field that nothing tells
//! is absent, and nothing is looked up. Keys are left out: a bill travels, and even the place of a key is a hint.

mod assemble;
mod diff;
mod facts;
mod links;
mod listing;
mod named;
mod names;
mod sign;
mod thing;
mod verify;
mod workloads;

pub use diff::{Change, Difference, diff, render_diff, render_diff_json};
pub use listing::{Listing, ReadError, read};
pub use sign::{Envelope, SignError, Signer, Verifier};
pub use verify::{Verified, verify};

use std::collections::{BTreeMap, BTreeSet};

use model::Class;

/// The bill of one snapshot, or of one workload in it. Every list is sorted; the same snapshot gives the same bill.
#[derive(Clone, Debug)]
pub struct Bom {
    /// What the bill is of.
    pub root: Root,
    /// By reference.
    pub things: Vec<Thing>,
    pub links: BTreeSet<Link>,
    /// Whether something of what was scanned could not be read or assessed.
    pub incomplete: bool,
    /// Whether all of it is known from things that exist, and not only from code that would make them.
    pub deployed: bool,
}

/// What a bill is of: the scanned folder, or one of the things in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    Folder(String),
    /// The reference of a thing.
    Thing(String),
}

/// What a thing is to a bill of materials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A trained model, or a file that holds one.
    Model,
    /// Data: sets, stores, indexes that live in a process.
    Data,
    /// Parameters of other things: prompts, guardrails.
    Configuration,
    Library,
    /// A program: applications, agents, their tools, clients.
    Application,
    Container,
    /// Where people run programs: notebooks.
    Platform,
    /// What is called over an interface, or started to be called.
    Service,
    /// What makes other things: training jobs, pipelines.
    Process,
}

/// One component or service.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Unique in the bill, and free of file names and lines: it stays when files are renamed.
    pub reference: String,
    pub class: Class,
    pub form: Form,
    pub name: String,
    pub group: Option<String>,
    pub version: Option<String>,
    /// Who makes or runs it.
    pub supplier: Option<String>,
    pub description: Option<String>,
    /// What a model is used for: `chat`, `embedding`.
    pub task: Option<String>,
    pub architecture: Option<String>,
    pub purl: Option<String>,
    /// Where it is got from, or its page.
    pub location: Option<String>,
    /// Needed for building and testing only.
    pub development: bool,
    pub authenticated: Option<bool>,
    /// Whether what calls it leaves its own domain of trust.
    pub crosses_boundary: Option<bool>,
    pub endpoints: BTreeSet<String>,
    /// (algorithm as CycloneDX names it, lower-case hex).
    pub hashes: BTreeSet<(&'static str, String)>,
    /// SPDX licence expressions or names.
    pub licenses: BTreeSet<String>,
    /// (name without prefix, value).
    pub properties: BTreeSet<(&'static str, String)>,
    pub occurrences: BTreeSet<Occurrence>,
    pub technique: Technique,
    /// From 0 to 1, in hundredths: how sure it is that this is the thing it is taken for.
    pub confidence: u8,
}

/// A place where a thing was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    pub path: String,
    pub line: u32,
    pub end_line: u32,
    /// What the place calls it.
    pub symbol: String,
}

/// How a thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Technique {
    SourceCode,
    /// Manifests, lock files, configuration and infrastructure code.
    Manifest,
    /// An answer of the provider.
    Other,
}

/// `from` depends on `to`; `relation` says how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    pub from: String,
    pub relation: String,
    pub to: String,
}

/// The formats of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BomFormat {
    /// CycloneDX 1.7 (ECMA-424) in JSON.
    CycloneDx,
    /// SPDX 3.0.1 in JSON-LD.
    Spdx,
}

/// How a bill is written.
#[derive(Clone, Copy, Debug)]
pub struct BomOptions<'a> {
    /// Say where each component was seen.
    pub evidence: bool,
    pub tool_version: &'a str,
    /// SPDX demands a time of creation (`2026-01-31T12:00:00Z`); CycloneDX does not, and gets none.
    pub created: &'a str,
}

impl Bom {
    /// The whole document, ending in a line break. Its serial number is made from its content.
    pub fn render(&self, format: BomFormat, options: &BomOptions<'_>) -> String {
        let text = match format {
            BomFormat::CycloneDx => crate::cyclonedx::render(self, options),
            BomFormat::Spdx => crate::spdx::render(self, options),
        };
        stamp(&text)
    }

    /// The things that `reference` depends on, with how.
    pub(crate) fn links_of<'a>(&'a self, reference: &'a str) -> impl Iterator<Item = &'a Link> {
        let first = Link { from: reference.to_owned(), relation: String::new(), to: String::new() };
        self.links.range(first..).take_while(move |link| link.from == reference)
    }

    pub fn thing(&self, reference: &str) -> Option<&Thing> {
        let at = self.things.binary_search_by(|thing| thing.reference.as_str().cmp(reference)).ok()?;
        self.things.get(at)
    }

    /// The things that nothing else of the bill depends on: what its root depends on directly. Of things that depend
    /// on each other in a circle the first is taken.
    pub(crate) fn tops(&self) -> BTreeSet<&str> {
        let needed: BTreeSet<&str> =
            self.links.iter().filter(|l| l.from != l.to).map(|l| l.to.as_str()).collect();
        let all = self.things.iter().map(|t| t.reference.as_str());
        let mut tops: BTreeSet<&str> = all.clone().filter(|r| !needed.contains(r)).collect();
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        for top in &tops {
            self.reach(top, &mut reached);
        }
        for reference in all {
            if !reached.contains(reference) {
                tops.insert(reference);
                self.reach(reference, &mut reached);
            }
        }
        tops
    }

    /// Adds `from` and all that it depends on, at any distance.
    pub(crate) fn reach<'a>(&'a self, from: &'a str, reached: &mut BTreeSet<&'a str>) {
        let mut open = vec![from];
        while let Some(reference) = open.pop() {
            if reached.insert(reference) {
                open.extend(self.links_of(reference).map(|link| link.to.as_str()));
            }
        }
    }

    /// How many things there are of each class.
    pub fn census(&self) -> BTreeMap<Class, usize> {
        let mut census = BTreeMap::new();
        for thing in &self.things {
            *census.entry(thing.class).or_default() += 1;
        }
        census
    }
}

/// Stands for the serial number while the content is not known; a version 8 UUID, so that no content has it by chance.
pub(crate) const UNSTAMPED: &str = "5a7a2ce0-b111-8000-8000-0f0a7e41a150";

/// The text with its serial number, which is the UUID (version 5, in the namespace of URLs) of the text without it.
/// CycloneDX wants a serial number for each making of a bill (section `serialNumber`); here the same content has the same
/// number, so that two runs can be compared byte by byte, and a changed copy does not keep its number.
pub(crate) fn stamp(text: &str) -> String {
    let serial = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, text.as_bytes());
    text.replace(UNSTAMPED, &serial.to_string())
}
