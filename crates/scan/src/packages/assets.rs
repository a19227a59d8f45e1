//! Packages and applications as assets with their documents.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::Catalog;
use formats::packages::{Ecosystem, Format, Origin, purl, versionless, without_credentials};
use model::{
    Asset, AssetId, Class, Confidence, Evidence, Match, Node, Observations, Position, Reference, Sighting,
    Standing, Value,
};

use rustc_hash::FxHashMap;

use super::SOURCE;
use super::join::{Application, Draft, Joined, Place};
use super::read::Files;

/// The address of an application in its scope.
pub const APPLICATION: &str = "application";

/// What the id of a thing at an address of a scope is.
fn id(scope: &str, address: &str) -> AssetId {
    AssetId(format!("{}#{address}", if scope.is_empty() { "." } else { scope }).into())
}

/// A name for an application that holds in every scope.
fn everywhere(folder: &str) -> Arc<str> {
    format!("./{folder}#{APPLICATION}").into()
}

pub(super) fn assets(joined: &Joined, files: &Files, catalog: &Catalog) -> Observations {
    let place = |(file, span): Place| Arc::new(files.files[file].position(span));
    let purls: Vec<Arc<str>> = joined.drafts.iter().map(|draft| purl(&draft.package).into()).collect();
    let names: Vec<Node> =
        joined.drafts.iter().zip(&purls).map(|(draft, purl)| naming(&draft.address, purl)).collect();
    let (mut seen, words) = (Observations::default(), Words::default());
    for (draft, purl) in joined.drafts.iter().zip(&purls) {
        seen.assets.push(package(draft, purl, &names, &words, catalog, &place));
    }
    for application in &joined.applications {
        seen.assets.push(described(application, joined, files, &names, &words, &place));
    }
    seen
}

/// Text that names the asset at an address of the same scope.
fn naming(address: &Arc<str>, shown: &Arc<str>) -> Node {
    let from = Reference { address: address.clone(), attribute: "".into(), via: None };
    Node { from: Some(Arc::new(from)), ..Node::from(shown.clone()) }
}

/// Words that stand in thousands of documents, each made once.
#[derive(Default)]
struct Words(RefCell<FxHashMap<&'static str, Arc<str>>>);

impl Words {
    fn get(&self, word: &'static str) -> Arc<str> {
        self.0.borrow_mut().entry(word).or_insert_with(|| word.into()).clone()
    }
}

/// A document under way.
struct Document<'w> {
    words: &'w Words,
    entries: BTreeMap<Arc<str>, Node>,
    at: Arc<Position>,
}

impl<'w> Document<'w> {
    fn new(words: &'w Words, at: Arc<Position>) -> Self {
        Document { words, entries: BTreeMap::new(), at }
    }

    fn word(&mut self, key: &'static str, word: &'static str) {
        let word = self.words.get(word);
        self.put(key, word);
    }

    fn put(&mut self, key: &'static str, value: impl Into<Node>) {
        let at = self.at.clone();
        self.put_at(key, value, at);
    }

    fn put_at(&mut self, key: &'static str, value: impl Into<Node>, at: Arc<Position>) {
        self.entries.insert(self.words.get(key), value.into().at(at));
    }

    fn list(&mut self, key: &'static str, items: impl Iterator<Item = Node>) {
        let at = self.at.clone();
        let items: Vec<Node> =
            items.map(|item| if item.at.is_some() { item } else { item.at(at.clone()) }).collect();
        if !items.is_empty() {
            self.put(key, Value::list(items));
        }
    }

    fn done(self) -> Node {
        Node::from(Value::map(self.entries)).at(self.at)
    }
}

fn package(
    draft: &Draft,
    purl: &Arc<str>,
    names: &[Node],
    words: &Words,
    catalog: &Catalog,
    place: &dyn Fn(Place) -> Arc<Position>,
) -> Asset {
    let package = &draft.package;
    let at = place(draft.places[0]);
    let mut document = Document::new(words, at.clone());
    document.put("name", package.name.clone());
    document.put("purl", purl.clone());
    document.word("ecosystem", package.ecosystem.as_str());
    document.word("scope", package.scope.as_str());
    document.put("locked", draft.locked);
    let constraint = match &draft.asked {
        Some((asked, Some(constraint))) => Some((constraint.clone(), place(*asked))),
        _ => package.constraint.clone().map(|constraint| (constraint, at.clone())),
    };
    match (&package.version, &constraint) {
        (Some(version), _) => document.put("version", version.clone()),
        // A property that no file at hand sets: it is exact perhaps.
        (None, Some((constraint, _))) if constraint.contains("${") || constraint.contains("$(") => {
            document.put("version", Node::unknown(format!("{constraint} is set elsewhere")));
        }
        (None, _) => {}
    }
    if let Some((constraint, at)) = constraint {
        document.put_at("constraint", constraint, at);
    }
    if let Some(direct) = package.direct {
        let asked = draft.asked.as_ref().map_or_else(|| at.clone(), |(asked, _)| place(*asked));
        document.put_at("direct", direct, asked);
    }
    let ecosystem = package.ecosystem.as_str();
    let role = catalog.ai_packages().role(ecosystem, &package.name);
    document.put("ai", role.is_some());
    if let Some(role) = role {
        document.word("role", role.as_str());
    }
    if let Some(retired) = catalog.ai_packages().retired(ecosystem, &package.name) {
        let mut inner = Document::new(words, at.clone());
        inner.put("instead", retired.instead.clone());
        inner.put("page", retired.page.clone());
        document.put("retired", inner.done().value);
    }
    document.list("hashes", package.hashes.iter().map(|hash| Node::from(hash.clone())));
    document.put("source", source(&package.source, &at, words).value);
    document.list("dependsOn", draft.needs.iter().map(|to| names[*to].clone()));
    let mut places: Vec<Place> = Vec::new();
    for stated in draft.places.iter().chain(draft.asked.iter().map(|(asked, _)| asked)) {
        if !places.contains(stated) {
            places.push(*stated);
        }
    }
    let evidence = places.into_iter().map(|stated| Evidence::Source((*place(stated)).clone())).collect();
    let asset = Asset {
        id: id(&draft.scope, &draft.address),
        kind: words.get("code.package"),
        class: Class::Package,
        name: package.name.to_string(),
        address: draft.address.clone(),
        scope: draft.scope.clone(),
        source_type: words.get(ecosystem),
        aliases: BTreeSet::from([purl.clone(), versionless(package.ecosystem, &package.name).into()]),
        document: document.done(),
        evidence,
        sightings: Vec::new(),
    };
    let mut asset = asset.sighted(SOURCE, Standing::Written);
    // From a member of a workspace the package of the common lock file is named as if it were the member's own.
    asset.sightings.extend(draft.seen_from.iter().map(|(scope, stated)| Sighting {
        standing: Standing::Written,
        source: SOURCE.into(),
        scope: scope.clone(),
        address: draft.address.clone(),
        evidence: Some(Evidence::Source((*place(*stated)).clone())),
        matched: Some(Match { how: "locked for the workspace".into(), confidence: Confidence::High }),
    }));
    asset
}

fn source(origin: &Origin, at: &Arc<Position>, words: &Words) -> Node {
    let mut document = Document::new(words, at.clone());
    let (word, url) = match origin {
        Origin::Registry(url) => ("registry", url.as_ref()),
        Origin::Git { url, .. } => ("git", Some(url)),
        Origin::Url(url) => ("url", Some(url)),
        Origin::Path(path) => ("path", Some(path)),
    };
    document.word("type", word);
    if let Some(url) = url {
        document.put("url", &*without_credentials(url));
    }
    if let Origin::Git { revision, .. } = origin {
        if let Some(revision) = revision {
            document.put("revision", revision.clone());
        }
        let is_commit = |r: &Arc<str>| matches!(r.len(), 7..=64) && r.bytes().all(|b| b.is_ascii_hexdigit());
        document.put("commit", revision.as_ref().is_some_and(is_commit));
    }
    document.done()
}

fn described(
    application: &Application,
    joined: &Joined,
    files: &Files,
    names: &[Node],
    words: &Words,
    place: &dyn Fn(Place) -> Arc<Position>,
) -> Asset {
    let first = application.manifests.iter().chain(&application.locks).next();
    let start = first.map_or_else(
        || Arc::new(Position::point(application.folder.clone(), 1, 1)),
        |file| Arc::new(Position::point(files.files[*file].path.clone(), 1, 1)),
    );
    let at = application.name.as_ref().map_or(start, |(_, named)| place(*named));
    let mut document = Document::new(words, at.clone());
    if let Some((name, _)) = &application.name {
        document.put("name", name.clone());
    }
    if let Some((version, stated)) = &application.version {
        document.put_at("version", version.clone(), place(*stated));
    }
    document.put("path", application.folder.clone());
    let all = || application.manifests.iter().chain(&application.locks).map(|file| &files.files[*file]);
    let languages: BTreeSet<&str> = all().map(|file| language(file.format, &file.path)).collect();
    document.list("languages", languages.into_iter().map(Node::from));
    let paths = |list: &[usize]| {
        list.iter().map(|file| Node::from(files.files[*file].path.clone())).collect::<Vec<_>>()
    };
    document.list("manifests", paths(&application.manifests).into_iter());
    document.list("locks", paths(&application.locks).into_iter());
    let extra = application.extra.iter();
    document
        .list("extraIndexes", extra.map(|(url, at)| Node::from(&*without_credentials(url)).at(place(*at))));
    let of_python = || {
        joined
            .drafts
            .iter()
            .filter(|d| d.package.ecosystem == Ecosystem::PyPi && d.scope == application.folder)
    };
    if of_python().next().is_some() {
        document.put("hashed", of_python().all(|draft| !draft.package.hashes.is_empty()));
    }
    let packages = application.packages.iter().map(|to| names[*to].clone());
    let others = application.applications.iter().map(|folder| Node::from(everywhere(folder)));
    document.list("dependsOn", packages.chain(others));
    let folder = application.folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(".");
    let name = application.name.as_ref().map_or_else(|| folder.to_owned(), |(name, _)| name.to_string());
    Asset {
        id: id(&application.folder, APPLICATION),
        kind: "code.application".into(),
        class: Class::Source,
        name,
        address: APPLICATION.into(),
        scope: application.folder.clone(),
        source_type: "application".into(),
        aliases: BTreeSet::from([everywhere(&application.folder)]),
        document: document.done(),
        evidence: vec![Evidence::Source((*at).clone())],
        sightings: Vec::new(),
    }
}

fn language(format: Format, path: &str) -> &'static str {
    match format.ecosystem() {
        Ecosystem::PyPi | Ecosystem::Conda => "python",
        Ecosystem::Npm => "javascript",
        Ecosystem::Cargo => "rust",
        Ecosystem::Go => "go",
        Ecosystem::Maven if path.ends_with(".kts") => "kotlin",
        Ecosystem::Maven => "java",
        Ecosystem::NuGet if path.ends_with(".fsproj") => "fsharp",
        Ecosystem::NuGet if path.ends_with(".vbproj") => "visual-basic",
        Ecosystem::NuGet => "csharp",
        Ecosystem::Gem => "ruby",
    }
}
