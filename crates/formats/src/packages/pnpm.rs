//! `pnpm-lock.yaml`, versions 5 to 9.
//! <https://github.com/pnpm/spec/blob/master/lockfile/9.0.md> and its neighbours for the older ones.

use std::collections::HashMap;
use std::sync::Arc;

use super::block;
use super::npm::{TABLES, split};
use super::{Contents, Ecosystem, Member, Origin, Package, Scope, entries, integrity, is_true, shared, text};
use crate::data::{Data, Datum, Entry, parse_yaml};

pub(super) fn lock(source: &str) -> Contents {
    let (documents, problems) = match block::parse(source) {
        Some(root) => (vec![root], Vec::new()),
        None => {
            let read = parse_yaml(source);
            (read.documents, read.problems)
        }
    };
    let mut contents = Contents { problems, ..Contents::default() };
    // pnpm 11 writes a document for its own configuration before that of the packages.
    for root in &documents {
        Reader { old: version(root) < 6, keys: HashMap::new() }.document(root, &mut contents);
    }
    contents.mark_direct();
    contents.spread_scopes();
    contents
}

fn version(root: &Datum) -> i64 {
    match root.get("lockfileVersion").map(|v| &v.value) {
        Some(Data::Int(version)) => *version,
        Some(Data::Float(version)) => *version as i64,
        Some(Data::Text(text)) => text.split('.').next().and_then(|v| v.parse().ok()).unwrap_or(9),
        _ => 9,
    }
}

struct Reader {
    /// Before version 6: `/name/version_peers` instead of `name@version(peers)`.
    old: bool,
    /// `name@version`, without peers, to the place of the package.
    keys: HashMap<String, u32>,
}

impl Reader {
    fn document(&mut self, root: &Datum, contents: &mut Contents) {
        for entry in entries(root, "packages") {
            self.package(entry, contents);
        }
        // From version 9 what a package needs stands apart.
        for entry in entries(root, "packages").iter().chain(entries(root, "snapshots")) {
            let Some(from) = self.keys.get(&self.key(&entry.key)).copied() else { continue };
            for table in ["dependencies", "optionalDependencies"] {
                for needed in entries(&entry.value, table) {
                    if let Some(to) = needed.value.as_str().and_then(|v| self.find(&needed.key, v)) {
                        let needs = &mut contents.packages[from as usize].needs;
                        if !needs.contains(&to) {
                            needs.push(to);
                        }
                    }
                }
            }
        }
        let importers = root.get("importers").and_then(Datum::as_map);
        match importers {
            Some(list) => {
                let first = contents.members.len();
                let folders: HashMap<String, u32> = list
                    .iter()
                    .enumerate()
                    .map(|(at, entry)| (joined("", &entry.key), (first + at) as u32))
                    .collect();
                for entry in list {
                    self.importer(&entry.key, entry.key_span, &entry.value, &folders, contents);
                }
            }
            None if root.get("packages").is_some() || root.get("dependencies").is_some() => {
                self.importer(".", root.span, root, &HashMap::new(), contents);
            }
            None => {}
        }
    }

    /// `name@version` of a key or of an aliased version, without what its peers are.
    fn key(&self, text: &str) -> String {
        let bare = text.strip_prefix('/').unwrap_or(text);
        let bare = bare.split('(').next().unwrap_or(bare);
        if !self.old {
            return bare.to_owned();
        }
        match bare.rsplit_once('/') {
            Some((name, version)) if !name.contains('.') || name.starts_with('@') => {
                format!("{name}@{}", version.split('_').next().unwrap_or(version))
            }
            Some((name, version))
                if version.starts_with(|c: char| c.is_ascii_digit()) && text.starts_with('/') =>
            {
                format!("{name}@{}", version.split('_').next().unwrap_or(version))
            }
            _ => bare.to_owned(),
        }
    }

    /// The package of a name and the version it was resolved to.
    fn find(&self, name: &str, version: &str) -> Option<u32> {
        let bare = version.split('(').next().unwrap_or(version);
        let bare =
            if self.old && !bare.starts_with('/') { bare.split('_').next().unwrap_or(bare) } else { bare };
        let at = self.keys.get(&format!("{name}@{bare}"));
        at.or_else(|| self.keys.get(&self.key(version))).copied()
    }

    fn package(&mut self, entry: &Entry, contents: &mut Contents) {
        let key = self.key(&entry.key);
        if self.keys.contains_key(&key) {
            return;
        }
        let value = &entry.value;
        let (name, version) = split(&key);
        let name = text(value, "name").unwrap_or(name);
        let mut package = Package::new(Ecosystem::Npm, name, entry.key_span);
        let resolution = value.get("resolution");
        package.source = resolution.map(source).unwrap_or_default();
        let version = version.filter(|v| !v.contains(['/', ':'])).map(Arc::from);
        package.version = shared(value, "version").or(version);
        package.scope = match (is_true(value, "dev"), is_true(value, "optional")) {
            (true, _) => Scope::Dev,
            (_, true) => Scope::Optional,
            _ => Scope::Runtime,
        };
        for hash in resolution.and_then(|r| text(r, "integrity")).into_iter().flat_map(integrity) {
            package.hash(Some(hash));
        }
        if matches!(package.source, Origin::Path(_)) {
            return;
        }
        if let Some(at) = contents.add(package) {
            self.keys.insert(key, at);
        }
    }

    fn importer(
        &self,
        folder: &str,
        span: crate::Span,
        value: &Datum,
        folders: &HashMap<String, u32>,
        contents: &mut Contents,
    ) {
        let here = joined("", folder);
        let mut member = Member { folder: Some(here.as_str().into()), span, ..Member::default() };
        for (table, scope) in TABLES {
            for entry in entries(value, table) {
                let version =
                    entry.value.as_str().or_else(|| text(&entry.value, "version")).unwrap_or_default();
                if let Some(path) = version.strip_prefix("link:") {
                    member.members.extend(folders.get(&joined(&here, path)));
                    continue;
                }
                let Some(at) = self.find(&entry.key, version) else { continue };
                member.needs.push((entry.key.clone(), at, scope));
                let wanted = shared(&entry.value, "specifier")
                    .or_else(|| value.get("specifiers").and_then(|all| shared(all, &entry.key)));
                contents.packages[at as usize].answers.extend(wanted);
            }
        }
        contents.members.push(member);
    }
}

fn source(resolution: &Datum) -> Origin {
    if text(resolution, "type") == Some("directory") {
        return Origin::Path(shared(resolution, "directory").unwrap_or_default());
    }
    if let Some(url) = shared(resolution, "repo") {
        return Origin::Git { url, revision: shared(resolution, "commit") };
    }
    match text(resolution, "tarball") {
        Some(path) if path.starts_with("file:") => Origin::Path(path[5..].into()),
        Some(url) => super::npm::registry(url),
        None => Origin::Registry(None),
    }
}

/// A folder named from another: `../shared` seen from `apps/web` is `apps/shared`.
fn joined(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
