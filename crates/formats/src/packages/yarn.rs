//! `yarn.lock`, of Yarn 1 and of the later ones ("berry"), and Bun's `bun.lock`.
//!
//! Both of Yarn's are read line by line: names with a list of settings below each. <https://yarnpkg.com/>,
//! <https://bun.com/docs/install/lockfile>.

use std::collections::HashMap;
use std::sync::Arc;

use super::lines::{Line, lines};
use super::npm::{TABLES, asked, elsewhere, registry, split};
use super::{Contents, Ecosystem, Member, Origin, Package, Scope, entries, integrity, shared};
use crate::data::{Datum, parse_json};

/// One block of the file.
struct Block<'t> {
    keys: Line<'t>,
    version: Option<&'t str>,
    /// `resolved` of Yarn 1, `resolution` of the later.
    resolved: Option<&'t str>,
    integrity: Option<&'t str>,
    needs: Vec<(&'t str, &'t str)>,
}

pub(super) fn lock(source: &str) -> Contents {
    let mut contents = Contents::default();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut in_needs = false;
    for line in lines(source) {
        let trimmed = line.trimmed();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if line.indent() == 0 {
            let needs = Vec::new();
            blocks.push(Block { keys: line, version: None, resolved: None, integrity: None, needs });
            in_needs = false;
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        let (key, value) = pair(trimmed);
        match (line.indent(), key) {
            (2, "version") => block.version = Some(value),
            (2, "resolved" | "resolution") => block.resolved = Some(value),
            (2, "integrity") => block.integrity = Some(value),
            (2, key) => in_needs = matches!(key, "dependencies" | "optionalDependencies"),
            (_, key) if in_needs => block.needs.push((key, value)),
            _ => {}
        }
    }
    let mut answers: HashMap<String, Slot> = HashMap::new();
    let mut slots = Vec::with_capacity(blocks.len());
    let later = blocks.iter().any(|block| block.keys.trimmed() == "__metadata:");
    for block in &blocks {
        let slot = add(block, later, &mut contents);
        for key in descriptors(block.keys.trimmed()) {
            if let Some(slot) = slot {
                answers.insert(key, slot);
            }
        }
        slots.push(slot);
    }
    for (block, slot) in blocks.iter().zip(slots) {
        for (name, range) in &block.needs {
            // Later versions write the protocol in one place and not in the other.
            let keys = [format!("{name}@{range}"), format!("{name}@npm:{range}")];
            let found = keys.iter().find_map(|key| answers.get(key)).copied();
            match (slot, found) {
                (Some(Slot::Package(from)), Some(Slot::Package(to))) => {
                    contents.packages[from as usize].needs.push(to);
                }
                (Some(Slot::Member(from)), Some(Slot::Package(to))) => {
                    contents.members[from as usize].needs.push(((*name).into(), to, Scope::Runtime));
                }
                (Some(Slot::Member(from)), Some(Slot::Member(to))) => {
                    contents.members[from as usize].members.push(to);
                }
                _ => {}
            }
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

/// `key value`, `key: value`, either of them in quotes.
fn pair(text: &str) -> (&str, &str) {
    let end = match text.strip_prefix('"') {
        Some(rest) => rest.find('"').map_or(text.len(), |at| at + 2),
        None => text.find([' ', ':']).unwrap_or(text.len()),
    };
    let (key, value) = text.split_at(end);
    let value = value.trim_start_matches(':').trim();
    (key.trim_matches('"'), value.trim_matches('"'))
}

/// `"a@^1", a@^2:` → the names with the ranges they were asked for in.
fn descriptors(keys: &str) -> impl Iterator<Item = String> {
    let keys = keys.trim_end_matches(':');
    keys.split(", ").map(|key| key.trim().trim_matches('"').to_owned())
}

fn add(block: &Block<'_>, later: bool, contents: &mut Contents) -> Option<Slot> {
    let header = block.keys.trimmed().trim_end_matches(':');
    let first = header.trim_start_matches('"').split(['"', ',']).next().unwrap_or(header);
    let resolved = block.resolved.unwrap_or_default();
    let (name, range) = split(first);
    if name.starts_with("__") {
        return None;
    }
    // Of the later versions `resolution: "name@npm:1.2.3"` says what the block is.
    let (real, place) = match later {
        true => (split(resolved).0, split(resolved).1.unwrap_or_default()),
        false => (range.and_then(|r| r.strip_prefix("npm:")).map_or(name, |other| split(other).0), resolved),
    };
    let span = block.keys.span(block.keys.trimmed());
    if let Some(folder) = place.strip_prefix("workspace:") {
        let folder = Some(if folder == "." { "".into() } else { folder.into() });
        let name = Some(real.into());
        contents.members.push(Member { folder, name, span, ..Member::default() });
        return Some(Slot::Member(contents.members.len() as u32 - 1));
    }
    let local = ["file:", "link:", "portal:"].iter().any(|l| place.starts_with(l));
    if local || range.is_some_and(|r| r.starts_with("file:") || r.starts_with("link:")) {
        return None;
    }
    let mut package = Package::new(Ecosystem::Npm, real, span);
    package.version = block.version.map(Arc::from);
    package.source = match place {
        "" => Origin::Registry(None),
        place if place.starts_with("npm:") || place.starts_with("patch:") => Origin::Registry(None),
        place => source(place, real),
    };
    for hash in block.integrity.into_iter().flat_map(integrity) {
        package.hash(Some(hash));
    }
    package.answers = descriptors(header)
        .filter_map(|key| {
            let range = split(&key).1?;
            Some(range.strip_prefix("npm:").unwrap_or(range).into())
        })
        .collect();
    contents.add(package).map(Slot::Package)
}

/// Of an address with the layout of a registry that registry, else the repository or file.
fn source(place: &str, name: &str) -> Origin {
    // `…/repository.git#commit=abc` of Yarn 2 and later.
    if let Some((url, commit)) = place.split_once("#commit=") {
        return Origin::Git { url: url.into(), revision: Some(commit.into()) };
    }
    match registry(place) {
        Origin::Url(url) => match url.find(&format!("/{name}/-/")) {
            Some(at) => Origin::Registry(Some(url[..at].into())),
            None => Origin::Url(url),
        },
        other => other,
    }
}

/// `bun.lock`: JSON with trailing commas; a package is `[name@version, registry, { dependencies }, integrity]`.
pub(super) fn bun(source: &str) -> Contents {
    let (root, _, problems) = parse_json(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let Some(root) = root else { return contents };
    let mut slots: HashMap<Arc<str>, Slot> = HashMap::new();
    let mut folders: HashMap<Arc<str>, u32> = HashMap::new();
    for (at, workspace) in entries(&root, "workspaces").iter().enumerate() {
        folders.insert(workspace.key.clone(), at as u32);
        contents.members.push(Member {
            folder: Some(workspace.key.clone()),
            name: shared(&workspace.value, "name"),
            version: shared(&workspace.value, "version"),
            span: workspace.key_span,
            ..Member::default()
        });
    }
    for entry in entries(&root, "packages") {
        let parts = entry.value.as_list().unwrap_or_default();
        let Some(resolved) = parts.first().and_then(Datum::as_str) else { continue };
        let (name, version) = split(resolved);
        let version = version.unwrap_or_default();
        if let Some(folder) = version.strip_prefix("workspace:") {
            if let Some(at) = folders.get(folder) {
                slots.insert(entry.key.clone(), Slot::Member(*at));
            }
            continue;
        }
        if ["file:", "link:"].iter().any(|local| version.starts_with(local)) {
            continue;
        }
        let mut package = Package::new(Ecosystem::Npm, name, entry.key_span);
        match elsewhere(version) {
            Some(source) => package.source = source,
            None => package.version = Some(version.into()),
        }
        let texts = parts.iter().skip(1).filter_map(Datum::as_str);
        for hash in texts.flat_map(integrity) {
            package.hash(Some(hash));
        }
        if let Some(at) = contents.add(package) {
            slots.insert(entry.key.clone(), Slot::Package(at));
        }
    }
    for entry in entries(&root, "packages") {
        let Some(Slot::Package(from)) = slots.get(&entry.key).copied() else { continue };
        let about = entry.value.as_list().unwrap_or_default().iter().find(|d| d.as_map().is_some());
        let Some(about) = about else { continue };
        for table in ["dependencies", "optionalDependencies", "peerDependencies"] {
            for needed in entries(about, table) {
                if let Some(Slot::Package(to)) = bun_find(&slots, &entry.key, &needed.key) {
                    contents.packages[from as usize].needs.push(to);
                }
            }
        }
    }
    for (at, workspace) in entries(&root, "workspaces").iter().enumerate() {
        for (table, scope) in TABLES {
            for needed in entries(&workspace.value, table) {
                let above = contents.members[at].name.clone().unwrap_or_default();
                match bun_find(&slots, &above, &needed.key) {
                    Some(Slot::Package(to)) => {
                        contents.members[at].needs.push((needed.key.clone(), to, scope));
                        let wanted = needed.value.as_str().and_then(|wanted| asked(&needed.key, wanted));
                        contents.packages[to as usize].answers.extend(wanted.and_then(|p| p.constraint));
                    }
                    Some(Slot::Member(to)) => contents.members[at].members.push(to),
                    None => {}
                }
            }
        }
    }
    contents.mark_direct();
    contents.spread_scopes();
    contents
}

/// `a/b` is the `b` that `a` alone sees; else the `b` that all see.
fn bun_find(slots: &HashMap<Arc<str>, Slot>, from: &str, name: &str) -> Option<Slot> {
    let mut folder = from;
    loop {
        if let Some(slot) = slots.get(&*format!("{folder}/{name}")) {
            return Some(*slot);
        }
        match folder.rfind('/') {
            Some(at) => folder = &folder[..at],
            None => return slots.get(name).copied(),
        }
    }
}
