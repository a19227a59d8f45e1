//! `go.mod`: since Go 1.17 it lists every module of the build, at the version that is used.
//! <https://go.dev/ref/mod#go-mod-file>

use std::collections::HashMap;
use std::sync::Arc;

use super::lines::lines;
use super::{Contents, Ecosystem, Member, Origin, Package};
use crate::Span;

/// Old path and version to new.
type Replacements = HashMap<(String, Option<String>), (String, Option<String>)>;

pub(super) fn module(source: &str) -> Contents {
    let mut contents = Contents::default();
    let mut replacements = Replacements::new();
    let mut block: Option<&str> = None;
    for line in lines(source) {
        let (code, comment) =
            line.text.split_once("//").map_or((line.text, ""), |(code, c)| (code, c.trim()));
        let code = code.trim();
        let (verb, rest) = match block {
            Some(_) if code == ")" => {
                block = None;
                continue;
            }
            Some(verb) => (verb, code),
            None => code.split_once([' ', '\t']).unwrap_or((code, "")),
        };
        let rest = rest.trim();
        if block.is_none() && rest == "(" {
            block = Some(verb);
            continue;
        }
        let words: Vec<&str> =
            rest.split_ascii_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        let span = line.span(rest);
        match (verb, &words[..]) {
            (_, []) => {}
            ("module", [path, ..]) => {
                let (folder, name) = (Some("".into()), Some((*path).into()));
                contents.members.push(Member { folder, name, span, ..Member::default() });
            }
            ("require", [path, version]) => {
                contents.add(required(
                    path,
                    version,
                    comment.split(';').any(|c| c.trim() == "indirect"),
                    span,
                ));
            }
            ("require", _) => contents.complain(span, "a requirement is a path and a version"),
            ("replace", _) => {
                let arrow = words.iter().position(|word| *word == "=>");
                let Some((old, new)) = arrow.map(|at| (&words[..at], &words[at + 1..])) else { continue };
                let owned = |part: &[&str]| {
                    Some(((*part.first()?).to_owned(), part.get(1).map(|version| (*version).to_owned())))
                };
                if let (Some(old), Some(new)) = (owned(old), owned(new)) {
                    replacements.insert(old, new);
                }
            }
            _ => {}
        }
    }
    for package in &mut contents.packages {
        replace(package, &replacements);
    }
    contents
}

fn required(path: &str, version: &str, indirect: bool, span: Span) -> Package {
    let mut package = Package::new(Ecosystem::Go, path, span);
    package.version = Some(version.into());
    package.direct = Some(!indirect);
    package
}

/// What is compiled in its stead, for this version or for all.
fn replace(package: &mut Package, replacements: &Replacements) {
    let version = package.version.as_deref().map(str::to_owned);
    let key = |version| (package.name.to_string(), version);
    let new = replacements.get(&key(version)).or_else(|| replacements.get(&key(None)));
    let Some((path, version)) = new else { return };
    if path.starts_with('.') || path.starts_with('/') {
        package.source = Origin::Path(path.as_str().into());
        return;
    }
    package.name = path.as_str().into();
    package.version = version.as_deref().map(Arc::from);
}
