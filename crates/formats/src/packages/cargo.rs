//! `Cargo.toml` and `Cargo.lock`.
//! <https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html>

use std::collections::HashMap;
use std::sync::Arc;

use super::pyproject::origin;
use super::{
    Contents, Ecosystem, Member, Origin, Package, Scope, entries, hex_hash, is_true, items, shared, text,
};
use crate::data::{Datum, Entry, parse_toml};

const PUBLIC: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"];

pub(super) fn manifest(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    if let Some(package) = root.get("package")
        && let Some(name) = package.get("name")
    {
        contents.members.push(Member {
            folder: Some("".into()),
            name: shared(package, "name"),
            version: shared(package, "version"),
            span: name.span,
            ..Member::default()
        });
    }
    tables(&root, &mut contents);
    for target in entries(&root, "target") {
        tables(&target.value, &mut contents);
    }
    if let Some(workspace) = root.get("workspace") {
        for entry in entries(workspace, "dependencies") {
            if let Some(package) = dependency(entry, Scope::Runtime) {
                contents.central.push((entry.key.clone(), package));
            }
        }
    }
    contents
}

fn tables(table: &Datum, contents: &mut Contents) {
    let kinds = [
        ("dependencies", Scope::Runtime),
        ("dev-dependencies", Scope::Dev),
        ("build-dependencies", Scope::Dev),
    ];
    for (section, scope) in kinds {
        for entry in entries(table, section) {
            if let Some(package) = dependency(entry, scope) {
                contents.add(package);
            }
        }
    }
}

/// `None` for a crate of the same workspace.
fn dependency(entry: &Entry, scope: Scope) -> Option<Package> {
    let value = &entry.value;
    let name = text(value, "package").unwrap_or(&entry.key);
    let mut package = Package::new(Ecosystem::Cargo, name, entry.key_span);
    (package.direct, package.scope) = (Some(true), scope);
    if is_true(value, "optional") && scope == Scope::Runtime {
        package.scope = Scope::Optional;
    }
    if is_true(value, "workspace") {
        package.central = Some(entry.key.clone());
        return Some(package);
    }
    let version = value.as_str().or_else(|| text(value, "version"));
    package.constraint = version.map(Arc::from);
    // A bare version allows every later one that is compatible.
    let exact = version.and_then(|v| v.trim().strip_prefix('=')).map(str::trim);
    package.version = exact.filter(|v| v.split('.').count() == 3 && !v.contains([',', '*'])).map(Arc::from);
    match origin(value) {
        Some(Origin::Path(_)) => return None,
        Some(origin) => package.source = origin,
        None => {}
    }
    Some(package)
}

pub(super) fn lock(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let mut names: HashMap<Arc<str>, Vec<(Arc<str>, Slot)>> = HashMap::new();
    let mut wants: Vec<(Slot, Arc<str>)> = Vec::new();
    for table in items(&root, "package") {
        let Some(at) = table.get("name").map(|name| name.span) else { continue };
        let (Some(shown), version) = (shared(table, "name"), shared(table, "version")) else { continue };
        let slot = match text(table, "source") {
            // A crate of the workspace has no source.
            None => {
                let (name, version) = (Some(shown.clone()), version.clone());
                contents.members.push(Member { name, version, span: at, ..Member::default() });
                Slot::Member(contents.members.len() as u32 - 1)
            }
            Some(source) => {
                let mut package = Package::new(Ecosystem::Cargo, &shown, at);
                package.version = version.clone();
                package.source = source_of(source);
                let checksum = text(table, "checksum");
                checksum.into_iter().for_each(|c| package.hash(hex_hash(&format!("sha256:{c}"))));
                match contents.add(package) {
                    Some(at) => Slot::Package(at),
                    None => continue,
                }
            }
        };
        names.entry(shown).or_default().push((version.unwrap_or_default(), slot));
        let needed = items(table, "dependencies").iter().filter_map(|d| match &d.value {
            crate::data::Data::Text(text) => Some(text.clone()),
            _ => None,
        });
        wants.extend(needed.map(|needed| (slot, needed)));
    }
    for (from, needed) in wants {
        // `name`, `name version` or `name version (source)`: as much as it takes to be unmistakable.
        let mut words = needed.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next());
        let candidates = names.get(name).map_or(&[][..], Vec::as_slice);
        let to = candidates.iter().find(|(v, _)| version.is_none_or(|version| **v == *version));
        match (from, to.map(|(_, to)| *to)) {
            (Slot::Package(from), Some(Slot::Package(to))) => contents.packages[from as usize].needs.push(to),
            (Slot::Member(from), Some(Slot::Package(to))) => {
                contents.members[from as usize].needs.push((name.into(), to, Scope::Runtime));
            }
            (Slot::Member(from), Some(Slot::Member(to))) => contents.members[from as usize].members.push(to),
            _ => {}
        }
    }
    if !contents.members.is_empty() {
        contents.mark_direct();
    }
    contents
}

#[derive(Clone, Copy)]
enum Slot {
    Package(u32),
    Member(u32),
}

fn source_of(text: &str) -> Origin {
    let bare = text.split('#').next().unwrap_or(text);
    if text.starts_with("git+") {
        let commit = text.split_once('#').map(|(_, commit)| commit.into());
        let (url, asked) = bare.split_once('?').map_or((bare, None), |(url, query)| (url, Some(query)));
        let asked = asked.and_then(|q| q.split_once('=')).map(|(_, revision)| revision.into());
        return Origin::Git { url: url.trim_start_matches("git+").into(), revision: commit.or(asked) };
    }
    if PUBLIC.contains(&bare) {
        return Origin::Registry(None);
    }
    let url = bare.strip_prefix("registry+").or_else(|| bare.strip_prefix("sparse+")).unwrap_or(bare);
    Origin::Registry(Some(url.into()))
}
