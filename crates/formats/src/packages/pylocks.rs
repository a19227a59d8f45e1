//! Python's lock files in TOML: Poetry's, uv's, PDM's and the standard's `pylock.toml`.
//!
//! "pylock.toml specification", <https://packaging.python.org/en/latest/specifications/pylock-toml/>; uv,
//! <https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>; Poetry and PDM as they write them.

use std::collections::HashMap;
use std::sync::Arc;

use super::pyproject::origin;
use super::requirement::requirement;
use super::{
    Contents, Ecosystem, Member, Origin, Package, Scope, entries, hex_hash, is_true, items, normalised,
    shared, text,
};
use crate::data::{Datum, parse_toml};

/// Where packages are taken from if nothing else is said.
const PUBLIC: [&str; 2] = ["https://pypi.org/simple", "https://pypi.python.org/simple"];

fn registry(url: &str) -> Origin {
    let url = url.trim_end_matches('/');
    Origin::Registry((!PUBLIC.contains(&url)).then(|| url.into()))
}

/// A package of a table with `name` and `version`, and what a table of its files says.
fn package(table: &Datum) -> Option<Package> {
    let name = table.get("name")?;
    let mut package = Package::new(Ecosystem::PyPi, name.as_str()?, name.span);
    package.version = shared(table, "version");
    files(items(table, "files"), &mut package);
    Some(package)
}

fn files(list: &[Datum], package: &mut Package) {
    list.iter().filter_map(|file| text(file, "hash")).for_each(|hash| package.hash(hex_hash(hash)));
}

/// Names that packages ask for, until all are known.
#[derive(Default)]
struct Wants(Vec<(u32, Arc<str>, Option<Arc<str>>)>);

impl Wants {
    fn add(&mut self, from: Option<u32>, name: &str, version: Option<Arc<str>>) {
        if let Some(from) = from {
            self.0.push((from, normalised(Ecosystem::PyPi, name).into(), version));
        }
    }

    fn resolve(self, contents: &mut Contents) {
        let index = contents.by_name();
        for (from, name, version) in self.0 {
            let found = index.get(&name).map_or(&[][..], Vec::as_slice);
            let fits = |at: &&u32| version.is_none() || contents.packages[**at as usize].version == version;
            let chosen: Vec<u32> = found.iter().filter(fits).copied().collect();
            let needs = &mut contents.packages[from as usize].needs;
            needs.extend(chosen);
            needs.sort_unstable();
            needs.dedup();
        }
    }
}

pub(super) fn poetry(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let mut wants = Wants::default();
    // Before lock version 2 the hashes stood apart.
    let apart = root.get("metadata").and_then(|metadata| metadata.get("files"));
    let apart: HashMap<&str, &[Datum]> = apart
        .and_then(Datum::as_map)
        .unwrap_or_default()
        .iter()
        .map(|entry| (&*entry.key, entry.value.as_list().unwrap_or_default()))
        .collect();
    for table in items(&root, "package") {
        let Some(mut package) = package(table) else { continue };
        if let Some(list) = text(table, "name").and_then(|name| apart.get(name)) {
            files(list, &mut package);
        }
        let groups: Vec<&str> = items(table, "groups").iter().filter_map(Datum::as_str).collect();
        let dev = match text(table, "category") {
            Some(category) => category == "dev",
            None => !groups.is_empty() && !groups.contains(&"main"),
        };
        package.scope = match (dev, is_true(table, "optional")) {
            (true, _) => Scope::Dev,
            (_, true) => Scope::Optional,
            _ => Scope::Runtime,
        };
        if let Some(from) = table.get("source") {
            let url = shared(from, "url").unwrap_or_default();
            package.source = match text(from, "type") {
                Some("git") => {
                    let revision = shared(from, "resolved_reference").or_else(|| shared(from, "reference"));
                    Origin::Git { url, revision }
                }
                Some("url") => Origin::Url(url),
                Some("directory" | "file") => Origin::Path(url),
                _ => registry(&url),
            };
        }
        let at = contents.add(package);
        for entry in entries(table, "dependencies") {
            wants.add(at, &entry.key, None);
        }
    }
    wants.resolve(&mut contents);
    contents
}

/// Member, name, version and why.
type Asked = (usize, Arc<str>, Option<Arc<str>>, Scope);

pub(super) fn uv(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let mut wants = Wants::default();
    let mut asked: Vec<Asked> = Vec::new();
    for table in items(&root, "package") {
        let Some(mut package) = package(table) else { continue };
        let from = table.get("source");
        let local =
            from.and_then(|from| ["editable", "virtual", "directory"].iter().find_map(|k| shared(from, k)));
        if let Some(folder) = local {
            let member = contents.members.len();
            let (name, version) = (Some(package.name.clone()), package.version.clone());
            let folder = Some(if &*folder == "." { "".into() } else { folder });
            contents.members.push(Member { folder, name, version, span: package.span, ..Member::default() });
            let mut ask = |list: &[Datum], scope| {
                for item in list {
                    let name = text(item, "name").map(|name| normalised(Ecosystem::PyPi, name).into());
                    asked.extend(name.map(|name| (member, name, shared(item, "version"), scope)));
                }
            };
            ask(items(table, "dependencies"), Scope::Runtime);
            for group in entries(table, "optional-dependencies") {
                ask(group.value.as_list().unwrap_or_default(), Scope::Optional);
            }
            for group in entries(table, "dev-dependencies") {
                ask(group.value.as_list().unwrap_or_default(), Scope::Dev);
            }
            continue;
        }
        package.source = from.map(uv_source).unwrap_or_default();
        files(items(table, "wheels"), &mut package);
        files(table.get("sdist").map(std::slice::from_ref).unwrap_or_default(), &mut package);
        let at = contents.add(package);
        let optional = entries(table, "optional-dependencies").iter();
        let optional = optional.flat_map(|group| group.value.as_list().unwrap_or_default());
        for item in items(table, "dependencies").iter().chain(optional) {
            if let Some(name) = text(item, "name") {
                wants.add(at, name, shared(item, "version"));
            }
        }
    }
    wants.resolve(&mut contents);
    let index = contents.by_name();
    let names: HashMap<Arc<str>, u32> = contents
        .members
        .iter()
        .enumerate()
        .filter_map(|(at, m)| Some((m.name.clone()?, at as u32)))
        .collect();
    for (member, name, version, scope) in asked {
        for at in index.get(&name).into_iter().flatten() {
            if version.is_none() || contents.packages[*at as usize].version == version {
                contents.members[member].needs.push((name.clone(), *at, scope));
            }
        }
        if let Some(other) = names.get(&name).filter(|other| **other as usize != member) {
            contents.members[member].members.push(*other);
        }
    }
    if !contents.members.is_empty() {
        contents.mark_direct();
        contents.spread_scopes();
    }
    contents
}

fn uv_source(from: &Datum) -> Origin {
    if let Some(url) = text(from, "registry") {
        return registry(url);
    }
    if let Some(url) = text(from, "git") {
        let (address, commit) = url.split_once('#').map_or((url, None), |(a, c)| (a, Some(c.into())));
        let (address, asked) = address.split_once('?').map_or((address, None), |(a, q)| (a, Some(q)));
        let asked = asked.and_then(|q| q.split_once('=')).map(|(_, revision)| revision.into());
        return Origin::Git { url: address.into(), revision: commit.or(asked) };
    }
    if let Some(url) = shared(from, "url") {
        return Origin::Url(url);
    }
    shared(from, "path").map(Origin::Path).unwrap_or_default()
}

pub(super) fn pdm(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let mut wants = Wants::default();
    for table in items(&root, "package") {
        let Some(mut package) = package(table) else { continue };
        let groups: Vec<&str> = items(table, "groups").iter().filter_map(Datum::as_str).collect();
        if !groups.is_empty() && !groups.contains(&"default") {
            package.scope = if groups.contains(&"dev") { Scope::Dev } else { Scope::Optional };
        }
        package.source = match (shared(table, "git"), shared(table, "url"), shared(table, "path")) {
            (Some(url), ..) => {
                Origin::Git { url, revision: shared(table, "revision").or_else(|| shared(table, "ref")) }
            }
            (_, Some(url), _) => Origin::Url(url),
            (.., Some(path)) => Origin::Path(path),
            _ => Origin::default(),
        };
        // A package is written once more for each set of its extras.
        if is_true(table, "editable") || !items(table, "extras").is_empty() {
            continue;
        }
        let at = contents.add(package);
        for item in items(table, "dependencies").iter().filter_map(Datum::as_str) {
            if let Some(needed) = requirement(item, table.span) {
                wants.add(at, &needed.name, None);
            }
        }
    }
    wants.resolve(&mut contents);
    contents
}

pub(super) fn pylock(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let mut wants = Wants::default();
    for table in items(&root, "packages") {
        let Some(mut package) = package(table) else { continue };
        if let Some(index) = text(table, "index") {
            package.source = registry(index);
        }
        let files =
            [table.get("sdist"), table.get("archive")].into_iter().flatten().chain(items(table, "wheels"));
        for file in files {
            for hash in entries(file, "hashes") {
                let digits = hash.value.as_str().unwrap_or_default();
                package.hash(hex_hash(&format!("{}:{digits}", hash.key)));
            }
        }
        if let Some(vcs) = table.get("vcs") {
            let revision = shared(vcs, "commit-id").or_else(|| shared(vcs, "requested-revision"));
            let url = shared(vcs, "url").or_else(|| shared(vcs, "path")).unwrap_or_default();
            package.source = Origin::Git { url, revision };
        } else if let Some(found) = ["archive", "directory"].iter().find_map(|key| origin(table.get(key)?)) {
            package.source = found;
        }
        let at = contents.add(package);
        for item in items(table, "dependencies") {
            if let Some(name) = text(item, "name") {
                wants.add(at, name, shared(item, "version"));
            }
        }
    }
    wants.resolve(&mut contents);
    contents
}
