//! `Gemfile.lock`. <https://bundler.io/guides/rationale.html>

use std::sync::Arc;

use super::lines::lines;
use super::{Contents, Ecosystem, Origin, Package, hex_hash};

pub(super) fn lock(source: &str) -> Contents {
    let mut contents = Contents::default();
    let mut section = "";
    let (mut remote, mut revision): (Arc<str>, Option<Arc<str>>) = ("".into(), None);
    let mut last: Option<u32> = None;
    let mut wants: Vec<(u32, &str)> = Vec::new();
    let (mut asked, mut hashes): (Vec<&str>, Vec<(&str, &str)>) = (Vec::new(), Vec::new());
    for line in lines(source) {
        let trimmed = line.trimmed();
        if trimmed.is_empty() {
            continue;
        }
        let (name, version) = trimmed.split_once(" (").map_or((trimmed, ""), |(name, rest)| (name, rest));
        let name = name.trim_end_matches('!');
        match (line.indent(), section) {
            (0, _) => {
                section = trimmed;
                (remote, revision, last) = ("".into(), None, None);
            }
            (2, "GIT" | "GEM" | "PATH" | "PLUGIN SOURCE") => {
                if let Some(url) = trimmed.strip_prefix("remote: ") {
                    remote = url.into();
                } else if let Some(commit) = trimmed.strip_prefix("revision: ") {
                    revision = Some(commit.into());
                }
            }
            (4, "GIT" | "GEM" | "PATH" | "PLUGIN SOURCE") => {
                let mut package = Package::new(Ecosystem::Gem, name, line.span(trimmed));
                let version = version.trim_end_matches(')');
                package.version = (!version.is_empty()).then(|| version.into());
                package.source = match section {
                    "GIT" => Origin::Git { url: remote.clone(), revision: revision.clone() },
                    "PATH" => Origin::Path(remote.clone()),
                    _ if remote.trim_end_matches('/').ends_with("://rubygems.org") => Origin::Registry(None),
                    _ => Origin::Registry((!remote.is_empty()).then(|| remote.clone())),
                };
                last = contents.add(package);
            }
            (6, "GIT" | "GEM" | "PATH" | "PLUGIN SOURCE") => wants.extend(last.map(|from| (from, name))),
            (2, "DEPENDENCIES") => asked.push(name),
            (2, "CHECKSUMS") => {
                if let Some((_, hash)) = version.split_once(") ") {
                    hashes.push((name, hash));
                }
            }
            _ => {}
        }
    }
    let index = contents.by_name();
    for (from, name) in wants {
        if let Some(found) = index.get(name) {
            contents.packages[from as usize].needs.extend(found);
        }
    }
    for package in &mut contents.packages {
        package.direct = Some(asked.contains(&&*package.name));
    }
    for (name, hash) in hashes {
        for at in index.get(name).into_iter().flatten() {
            contents.packages[*at as usize].hash(hex_hash(hash));
        }
    }
    contents
}
