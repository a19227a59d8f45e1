//! Names of container images: registry, repository, tag and digest.
//!
//! Which software an image holds is not known here.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Node, Value};

use super::text::{Holes, Word, is_hole};

/// The registry of a name that does not say one.
const DOCKER_HUB: &str = "docker.io";

/// A name, cut up. Pieces that are not known are private characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name<'t> {
    registry: Option<&'t str>,
    /// `library/` is written out for Docker Hub's official images.
    repository: String,
    tag: Option<&'t str>,
    digest: Option<&'t str>,
}

/// <https://github.com/distribution/reference>, without its limits on characters.
pub(crate) fn parse(reference: &str) -> Name<'_> {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match name[last..].find(':') {
        Some(colon) => (&name[..last + colon], Some(&name[last + colon + 1..])),
        None => (name, None),
    };
    let host = |first: &str| {
        first.contains(['.', ':']) || first == "localhost" || first.chars().next_back().is_some_and(is_hole)
    };
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if host(first) => (Some(first), rest),
        _ => (None, name),
    };
    let official = registry.is_none_or(|r| r == DOCKER_HUB) && !path.contains('/') && !path.contains(is_hole);
    let repository = if official && !path.is_empty() { format!("library/{path}") } else { path.to_owned() };
    Name { registry, repository, tag: tag.filter(|t| !t.is_empty()), digest }
}

impl Name<'_> {
    /// Registry and repository, as patterns are compared with it.
    pub(crate) fn full(&self) -> String {
        format!("{}/{}", self.registry.unwrap_or(DOCKER_HUB), self.repository)
    }
}

/// The document of an image's name.
pub(crate) fn document(word: &Word, holes: &Holes) -> Node {
    let name = parse(&word.text);
    let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
    let mut put = |key: &str, text: &str| _ = entries.insert(key.into(), holes.node(text, word));
    put("reference", &word.text);
    put("registry", name.registry.unwrap_or(DOCKER_HUB));
    put("repository", &name.repository);
    // A tag of nothing but a hole may also hold a digest; it is told as the tag.
    name.tag.into_iter().for_each(|tag| put("tag", tag));
    name.digest.into_iter().for_each(|digest| put("digest", digest));
    let whole = word.text.chars().count() == 1 && word.text.chars().all(is_hole);
    if whole {
        return Node { at: word.at.clone(), ..holes.node(&word.text, word) };
    }
    Node { at: word.at.clone(), ..Value::map(entries).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut() {
        for (reference, full, tag, digest) in [
            ("vllm/vllm-openai:v0.6", "docker.io/vllm/vllm-openai", Some("v0.6"), None),
            ("redis", "docker.io/library/redis", None, None),
            ("registry.corp:5000/a/b/c", "registry.corp:5000/a/b/c", None, None),
            ("ghcr.io/x/y:1@sha256:ab", "ghcr.io/x/y", Some("1"), Some("sha256:ab")),
            ("localhost/x", "localhost/x", None, None),
            ("docker.io/redis:7", "docker.io/library/redis", Some("7"), None),
            ("", "docker.io/", None, None),
        ] {
            let name = parse(reference);
            assert_eq!((&*name.full(), name.tag, name.digest), (full, tag, digest), "{reference}");
        }
    }

    #[test]
    fn a_registry_that_is_not_known_leaves_the_rest() {
        let mut holes = Holes::default();
        let hole = holes.unknown("variable REGISTRY has no value");
        let word = Word { text: format!("{hole}/vllm/vllm-openai:{hole}"), ..Word::default() };
        let document = document(&word, &holes);
        assert_eq!(document.get("repository").and_then(Node::as_str), Some("vllm/vllm-openai"));
        assert!(document.get("registry").is_some_and(Node::is_unknown));
        assert!(document.get("tag").is_some_and(Node::is_unknown));
    }
}
