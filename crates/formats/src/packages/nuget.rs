//! NuGet: references in project files, central versions, `packages.config`, its lock file, and Paket's.
//! <https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files>

use std::collections::HashMap;
use std::sync::Arc;

use super::lines::lines;
use super::xml::{Element, parse};
use super::{Contents, Ecosystem, Member, Origin, Package, Scope, base64_hash, entries, shared, text};
use crate::data::parse_json;

pub(super) fn project(source: &str) -> Contents {
    let (root, problems) = parse(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let properties = properties(&root);
    let name = ["PackageId", "AssemblyName"].iter().find_map(|key| properties.get(*key));
    if let Some(name) = name {
        let (folder, name) = (Some("".into()), Some(name.as_str().into()));
        contents.members.push(Member { folder, name, span: root.span, ..Member::default() });
    }
    for reference in groups(&root).flat_map(|group| group.all("PackageReference")) {
        let Some(name) = reference.attribute("Include").or_else(|| reference.attribute("Update")) else {
            continue;
        };
        let mut package = Package::new(Ecosystem::NuGet, name.trim(), reference.span);
        package.direct = Some(true);
        let of = |key: &str| reference.attribute(key).or_else(|| reference.text_of(key));
        if of("PrivateAssets").is_some_and(|assets| assets.eq_ignore_ascii_case("all")) {
            package.scope = Scope::Dev;
        }
        match of("VersionOverride").or_else(|| of("Version")) {
            Some(version) => ranged(&interpolate(version, &properties), &mut package),
            None => package.central = Some(name.trim().to_ascii_lowercase().into()),
        }
        contents.add(package);
    }
    contents
}

fn groups(root: &Element) -> impl Iterator<Item = &Element> {
    // Groups may stand under conditions.
    let under = root.all("Choose").flat_map(|choose| &choose.children).flat_map(|when| when.all("ItemGroup"));
    root.all("ItemGroup").chain(under)
}

fn properties(root: &Element) -> HashMap<String, String> {
    let all = root.all("PropertyGroup").flat_map(|group| &group.children);
    all.filter(|p| p.children.is_empty()).map(|p| (p.name.clone(), p.text.clone())).collect()
}

/// `$(Name)` where the same file says what it is.
fn interpolate(text: &str, properties: &HashMap<String, String>) -> String {
    let known = |text: &str| properties.get(text.strip_prefix("$(")?.strip_suffix(')')?).cloned();
    known(text.trim()).unwrap_or_else(|| text.trim().to_owned())
}

/// A version that is given alone is the lowest, and the one that is taken.
fn ranged(version: &str, package: &mut Package) {
    let exact = version.strip_prefix('[').and_then(|v| v.strip_suffix(']')).filter(|v| !v.contains(','));
    let bare = exact.unwrap_or(version).trim();
    let known = !bare.is_empty() && !bare.contains(['*', '[', '(', ',', '$']);
    package.version = known.then(|| bare.into());
    package.constraint = (!version.is_empty()).then(|| version.into());
}

pub(super) fn central(source: &str) -> Contents {
    let (root, problems) = parse(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let properties = properties(&root);
    for group in groups(&root) {
        for element in group.all("PackageVersion") {
            let (Some(name), Some(version)) = (element.attribute("Include"), element.attribute("Version"))
            else {
                continue;
            };
            let mut package = Package::new(Ecosystem::NuGet, name.trim(), element.span);
            ranged(&interpolate(version, &properties), &mut package);
            contents.central.push((name.trim().to_ascii_lowercase().into(), package));
        }
    }
    contents
}

pub(super) fn config(source: &str) -> Contents {
    let (root, problems) = parse(source);
    let mut contents = Contents { problems, ..Contents::default() };
    for element in root.all("package") {
        let Some(name) = element.attribute("id") else { continue };
        let mut package = Package::new(Ecosystem::NuGet, name, element.span);
        package.version = element.attribute("version").map(Arc::from);
        if element.attribute("developmentDependency") == Some("true") {
            package.scope = Scope::Dev;
        }
        contents.add(package);
    }
    contents
}

pub(super) fn lock(source: &str) -> Contents {
    let (root, _, problems) = parse_json(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let Some(root) = root else { return contents };
    let mut places: HashMap<(String, Option<Arc<str>>), u32> = HashMap::new();
    for framework in entries(&root, "dependencies") {
        let list = framework.value.as_map().unwrap_or_default();
        let mut here: HashMap<String, u32> = HashMap::new();
        for entry in list.iter().filter(|entry| text(&entry.value, "type") != Some("Project")) {
            let lower = entry.key.to_ascii_lowercase();
            let version = shared(&entry.value, "resolved");
            let key = (lower.clone(), version.clone());
            let at = places.get(&key).copied().or_else(|| {
                let mut package = Package::new(Ecosystem::NuGet, &entry.key, entry.key_span);
                package.version = version;
                let hash = text(&entry.value, "contentHash").and_then(|hash| base64_hash("sha512", hash));
                package.hash(hash);
                let at = contents.add(package)?;
                places.insert(key, at);
                Some(at)
            });
            let Some(at) = at else { continue };
            let direct = text(&entry.value, "type") == Some("Direct");
            let package = &mut contents.packages[at as usize];
            package.direct = Some(direct || package.direct == Some(true));
            here.insert(lower, at);
        }
        for entry in list {
            let Some(from) = here.get(&entry.key.to_ascii_lowercase()) else { continue };
            for needed in entries(&entry.value, "dependencies") {
                if let Some(to) = here.get(&needed.key.to_ascii_lowercase()) {
                    let needs = &mut contents.packages[*from as usize].needs;
                    if !needs.contains(to) {
                        needs.push(*to);
                    }
                }
            }
        }
    }
    contents
}

/// <https://fsprojects.github.io/Paket/lock-file.html>
pub(super) fn paket(source: &str) -> Contents {
    let mut contents = Contents::default();
    let (mut section, mut remote): (&str, Arc<str>) = ("", "".into());
    let mut last: Option<u32> = None;
    let mut wants: Vec<(u32, String)> = Vec::new();
    for line in lines(source) {
        let trimmed = line.trimmed();
        let (name, rest) = trimmed.split_once(" (").map_or((trimmed, ""), |(name, rest)| (name, rest));
        match line.indent() {
            _ if trimmed.is_empty() => {}
            0 => section = trimmed.split(':').next().unwrap_or(trimmed),
            2 => remote = trimmed.strip_prefix("remote: ").map_or_else(|| remote.clone(), Arc::from),
            4 if section == "NUGET" => {
                let version = rest.split(')').next().unwrap_or_default();
                let mut package = Package::new(Ecosystem::NuGet, name, line.span(trimmed));
                package.version = (!version.is_empty()).then(|| version.into());
                let public = remote.contains("nuget.org/") || remote.is_empty();
                package.source = Origin::Registry((!public).then(|| remote.clone()));
                last = contents.add(package);
            }
            6 if section == "NUGET" => wants.extend(last.map(|from| (from, name.to_ascii_lowercase()))),
            _ => last = None,
        }
    }
    let index: HashMap<String, u32> = contents
        .packages
        .iter()
        .enumerate()
        .map(|(at, p)| (p.name.to_ascii_lowercase(), at as u32))
        .collect();
    for (from, name) in wants {
        if let Some(to) = index.get(&name) {
            contents.packages[from as usize].needs.push(*to);
        }
    }
    contents
}
