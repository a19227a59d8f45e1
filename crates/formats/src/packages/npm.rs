//! npm's `package.json` and `package-lock.json` in its three versions.
//! <https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>

use std::collections::HashMap;
use std::sync::Arc;

use super::{Contents, Ecosystem, Member, Origin, Package, Scope, entries, integrity, is_true, shared, text};
use crate::data::{Datum, Entry, parse_json};

/// The tables of a manifest.
pub(super) const TABLES: [(&str, Scope); 3] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Dev),
];

pub(super) fn manifest(source: &str) -> Contents {
    let (root, _, problems) = parse_json(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let Some(root) = root else { return contents };
    if let Some(name) = root.get("name") {
        contents.members.push(Member {
            folder: Some("".into()),
            name: shared(&root, "name"),
            version: shared(&root, "version"),
            span: name.span,
            ..Member::default()
        });
    }
    for (table, scope) in TABLES {
        for entry in entries(&root, table) {
            let wanted = entry.value.as_str().unwrap_or_default();
            if let Some(mut package) = asked(&entry.key, wanted) {
                (package.span, package.scope) = (entry.key_span, scope);
                contents.add(package);
            }
        }
    }
    contents
}

/// What a manifest asks for under a name; `None` for a folder of the same repository.
pub(super) fn asked(name: &str, wanted: &str) -> Option<Package> {
    let wanted = wanted.trim();
    if ["workspace:", "link:", "portal:", "file:"].iter().any(|local| wanted.starts_with(local)) {
        return None;
    }
    let (name, range) = match wanted.strip_prefix("npm:") {
        Some(other) => split(other),
        None => (name, Some(wanted)),
    };
    let mut package = Package::new(Ecosystem::Npm, name, crate::Span::default());
    package.direct = Some(true);
    let range = range.unwrap_or_default();
    match elsewhere(range) {
        Some(source) => package.source = source,
        None => {
            package.constraint = (!range.is_empty()).then(|| range.into());
            let bare = range.trim_start_matches(['=', 'v']);
            package.version = is_exact(bare).then(|| bare.into());
        }
    }
    Some(package)
}

/// `1.2.3`, `1.2.3-rc.1+build`.
pub(super) fn is_exact(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or(text);
    let numbers = core.split('.').filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    numbers.count() == 3 && core.split('.').count() == 3 && !text.contains([' ', '|', '*'])
}

/// A place that is no registry: `git+ssh://…`, `github:owner/name#branch`, `owner/name`, `https://…/x.tgz`.
pub(super) fn elsewhere(text: &str) -> Option<Origin> {
    if text.contains("://") || text.starts_with("git@") || text.starts_with("file:") {
        // Hosts that are asked by their own protocol are git repositories too.
        let plain = text.split('#').next().unwrap_or(text);
        if text.starts_with("https://codeload.github.com/") {
            let path = plain.trim_start_matches("https://codeload.github.com/");
            if let Some((repository, commit)) = path.split_once("/tar.gz/") {
                let url = format!("https://github.com/{repository}").into();
                return Some(Origin::Git { url, revision: Some(commit.into()) });
            }
        }
        let is_ssh = plain.starts_with("ssh://");
        return Some(Origin::of_url(&if is_ssh { format!("git+{text}") } else { text.to_owned() }));
    }
    let hosts = [
        ("github:", "https://github.com/"),
        ("gitlab:", "https://gitlab.com/"),
        ("bitbucket:", "https://bitbucket.org/"),
    ];
    let (host, path) = hosts
        .iter()
        .find_map(|(prefix, host)| Some((*host, text.strip_prefix(prefix)?)))
        .or_else(|| Some((hosts[0].1, text)).filter(|(_, path)| is_repository(path)))?;
    let (path, revision) = path.split_once('#').map_or((path, None), |(path, r)| (path, Some(r.into())));
    Some(Origin::Git { url: format!("{host}{path}").into(), revision })
}

/// `owner/name`, which no range of versions looks like.
fn is_repository(text: &str) -> bool {
    let path = text.split('#').next().unwrap_or(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    path.split('/').count() == 2 && path.split('/').all(|p| !p.is_empty() && p.chars().all(plain))
}

/// `@scope/name@1.2` → name and what follows.
pub(super) fn split(text: &str) -> (&str, Option<&str>) {
    let from = usize::from(text.starts_with('@'));
    match text[from..].find('@') {
        Some(at) => (&text[..from + at], Some(&text[from + at + 1..])),
        None => (text, None),
    }
}

/// Public addresses say nothing; others name their registry.
pub(super) fn registry(resolved: &str) -> Origin {
    const PUBLIC: [&str; 3] =
        ["https://registry.npmjs.org/", "https://registry.yarnpkg.com/", "http://registry.npmjs.org/"];
    if PUBLIC.iter().any(|public| resolved.starts_with(public)) {
        return Origin::Registry(None);
    }
    elsewhere(resolved).unwrap_or_default()
}

pub(super) fn lock(source: &str) -> Contents {
    let (root, _, problems) = parse_json(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let Some(root) = root else { return contents };
    let mut tree = Tree::default();
    match root.get("packages").and_then(Datum::as_map) {
        Some(list) => list.iter().for_each(|entry| tree.entry(entry, &mut contents)),
        None => tree.nested(entries(&root, "dependencies"), "", &mut contents),
    }
    tree.resolve(&mut contents);
    if root.get("packages").is_some() {
        contents.mark_direct();
    }
    contents
}

#[derive(Clone, Copy)]
enum Slot {
    Package(u32),
    Member(u32),
}

/// The folders that an installation would have, by their paths.
#[derive(Default)]
struct Tree {
    slots: HashMap<Arc<str>, Slot>,
    /// Folders that stand for others.
    links: Vec<(Arc<str>, Arc<str>)>,
    /// Path, name and why.
    wants: Vec<(Arc<str>, Arc<str>, Scope)>,
}

impl Tree {
    /// An entry of `packages`: its key is a path.
    fn entry(&mut self, entry: &Entry, contents: &mut Contents) {
        let (path, value) = (&entry.key, &entry.value);
        if is_true(value, "link") {
            if let Some(target) = shared(value, "resolved") {
                self.links.push((path.clone(), target));
            }
            return;
        }
        let slot = match path.rfind("node_modules/") {
            Some(at) => {
                let name = text(value, "name").unwrap_or(&path[at + "node_modules/".len()..]);
                let mut package = Package::new(Ecosystem::Npm, name, entry.key_span);
                package.version = shared(value, "version");
                package.scope = scope_of(value);
                about(value, &mut package);
                contents.add(package).map(Slot::Package)
            }
            None => {
                contents.members.push(Member {
                    folder: Some(path.clone()),
                    name: shared(value, "name"),
                    version: shared(value, "version"),
                    span: entry.key_span,
                    ..Member::default()
                });
                Some(Slot::Member(contents.members.len() as u32 - 1))
            }
        };
        let Some(slot) = slot else { return };
        self.slots.insert(path.clone(), slot);
        for (table, scope) in TABLES.into_iter().chain([("peerDependencies", Scope::Runtime)]) {
            let names = entries(value, table).iter().map(|needed| needed.key.clone());
            self.wants.extend(names.map(|name| (path.clone(), name, scope)));
        }
    }

    /// The entries of version 1, each with its own inside. As deep as the text may be nested.
    fn nested(&mut self, list: &[Entry], folder: &str, contents: &mut Contents) {
        for entry in list {
            let path: Arc<str> = match folder {
                "" => format!("node_modules/{}", entry.key).into(),
                _ => format!("{folder}/node_modules/{}", entry.key).into(),
            };
            let version = text(&entry.value, "version").unwrap_or_default();
            let mut package = Package::new(Ecosystem::Npm, &entry.key, entry.key_span);
            if let Some(other) = version.strip_prefix("npm:") {
                let (name, version) = split(other);
                package = Package::new(Ecosystem::Npm, name, entry.key_span);
                package.version = version.map(Arc::from);
            } else if version.starts_with("file:") {
                continue;
            } else if let Some(source) = elsewhere(version) {
                package.source = source;
            } else if !version.is_empty() {
                package.version = Some(version.into());
            }
            package.scope = scope_of(&entry.value);
            package.direct = (!folder.is_empty()).then_some(false);
            if package.source == Origin::default() {
                about(&entry.value, &mut package);
            }
            if let Some(at) = contents.add(package) {
                self.slots.insert(path.clone(), Slot::Package(at));
            }
            for needed in entries(&entry.value, "requires") {
                self.wants.push((path.clone(), needed.key.clone(), Scope::Runtime));
            }
            self.nested(entries(&entry.value, "dependencies"), &path, contents);
        }
    }

    /// Each name is looked for in the folder that asks, then in each above it, as Node.js does.
    fn resolve(mut self, contents: &mut Contents) {
        for (path, target) in &self.links {
            if let Some(slot) = self.slots.get(target).copied() {
                self.slots.insert(path.clone(), slot);
            }
        }
        let mut place = String::new();
        for (from, name, scope) in &self.wants {
            let mut folder = &**from;
            let found = loop {
                place.clear();
                if !folder.is_empty() {
                    place.push_str(folder);
                    place.push('/');
                }
                place.push_str("node_modules/");
                place.push_str(name);
                if let Some(slot) = self.slots.get(&*place) {
                    break Some(*slot);
                }
                if folder.is_empty() {
                    break None;
                }
                folder = folder.rfind('/').map_or("", |at| &folder[..at]);
            };
            match (self.slots.get(from), found) {
                (Some(Slot::Package(from)), Some(Slot::Package(to))) => {
                    contents.packages[*from as usize].needs.push(to);
                }
                (Some(Slot::Member(from)), Some(Slot::Package(to))) => {
                    contents.members[*from as usize].needs.push((name.clone(), to, *scope));
                }
                (Some(Slot::Member(from)), Some(Slot::Member(to))) => {
                    contents.members[*from as usize].members.push(to);
                }
                _ => {}
            }
        }
    }
}

fn scope_of(value: &Datum) -> Scope {
    match (is_true(value, "dev") || is_true(value, "devOptional"), is_true(value, "optional")) {
        (true, _) => Scope::Dev,
        (_, true) => Scope::Optional,
        _ => Scope::Runtime,
    }
}

/// Where it comes from, and its hashes.
fn about(value: &Datum, package: &mut Package) {
    if let Some(resolved) = text(value, "resolved") {
        package.source = registry(resolved);
        // Other registries keep the same path behind their address.
        if let Origin::Url(url) = &package.source
            && let Some(at) = url.find(&format!("/{}/-/", package.name))
        {
            package.source = Origin::Registry(Some(url[..at].into()));
        }
    }
    for hash in text(value, "integrity").into_iter().flat_map(integrity) {
        package.hash(Some(hash));
    }
}
