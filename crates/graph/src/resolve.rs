//! From a value that names a thing to the asset it names.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Asset, Node, Piece, Reference, Value};

/// Parts of a value that are looked at for references; more name nothing.
const MAX_NODES: usize = 64;

/// What a value turned out to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Asset(usize),
    /// Something definite that is not among the assets: its text.
    Elsewhere(String),
    /// Not known, and why.
    Unknown {
        text: String,
        reason: Arc<str>,
    },
}

/// Looks assets up by (scope, address) and by (alias).
#[derive(Debug, Default)]
pub(crate) struct Names {
    by_address: HashMap<(Arc<str>, Arc<str>), usize>,
    by_alias: HashMap<String, Vec<usize>>,
    /// For each asset the first of those that are the same thing.
    groups: Vec<usize>,
}

impl Names {
    /// Of assets that are one thing each.
    pub(crate) fn new(assets: &[Asset]) -> Self {
        Self::of(assets, (0..assets.len()).collect())
    }

    /// Of assets that are not merged yet.
    pub(crate) fn grouped(assets: &[Asset], groups: &[usize]) -> Self {
        Self::of(assets, groups.to_vec())
    }

    fn of(assets: &[Asset], groups: Vec<usize>) -> Self {
        let mut names = Names { groups, ..Names::default() };
        for (index, asset) in assets.iter().enumerate() {
            for sighting in &asset.sightings {
                names.by_address.insert((sighting.scope.clone(), sighting.address.clone()), index);
            }
        }
        for (index, asset) in assets.iter().enumerate() {
            for alias in asset.aliases.iter() {
                // A data source that only looks an asset up is another address of it.
                for sighting in &asset.sightings {
                    names.by_address.entry((sighting.scope.clone(), alias.clone())).or_insert(index);
                }
                names.by_alias.entry(alias.to_lowercase()).or_default().push(index);
            }
        }
        names
    }

    /// The asset that `target` names, seen from `scope`, among those that `fits` accepts.
    pub(crate) fn find(
        &self,
        scope: &Arc<str>,
        target: &Node,
        assets: &[Asset],
        fits: &dyn Fn(&Asset) -> bool,
    ) -> Target {
        let references = target.references(MAX_NODES);
        for reference in &references {
            for step in reference.chain() {
                if let Some(index) = self.by_reference(scope, step)
                    && fits(&assets[index])
                {
                    return Target::Asset(index);
                }
            }
        }
        match &target.value {
            Value::String(text) => {
                let found = names_in(text).find_map(|name| self.by_text(scope, name, assets, fits));
                found.map_or_else(|| Target::Elsewhere(text.to_string()), Target::Asset)
            }
            // Two texts of one configuration that are composed alike name the same thing, whatever is in their holes.
            Value::Template(_) if let Some(index) = self.here(scope, &target.display(), assets, fits) => {
                Target::Asset(index)
            }
            Value::Template(pieces) if references.is_empty() => {
                Target::Unknown { text: target.display(), reason: hole(pieces) }
            }
            Value::Unknown(reason) if references.is_empty() => {
                Target::Unknown { text: target.display(), reason: reason.clone() }
            }
            _ => Target::Elsewhere(target.display()),
        }
    }

    fn by_reference(&self, scope: &Arc<str>, reference: &Reference) -> Option<usize> {
        self.by_address.get(&(scope.clone(), reference.address.clone())).copied()
    }

    /// By id or name in the same configuration.
    fn here(
        &self,
        scope: &Arc<str>,
        text: &str,
        assets: &[Asset],
        fits: &dyn Fn(&Asset) -> bool,
    ) -> Option<usize> {
        names_in(text).find_map(|name| {
            let candidates = self.by_alias.get(&name.to_lowercase())?;
            candidates.iter().copied().find(|i| assets[*i].scope == *scope && fits(&assets[*i]))
        })
    }

    /// By id or name: in the same configuration first, elsewhere only when the name is unmistakable.
    fn by_text(
        &self,
        scope: &Arc<str>,
        text: &str,
        assets: &[Asset],
        fits: &dyn Fn(&Asset) -> bool,
    ) -> Option<usize> {
        let candidates = self.by_alias.get(&text.to_lowercase())?;
        let fitting = || candidates.iter().copied().filter(|i| fits(&assets[*i]));
        if let Some(here) = fitting().find(|i| assets[*i].sightings.iter().any(|s| s.scope == *scope)) {
            return Some(here);
        }
        // A bare name says little outside its configuration; an id says what it is.
        let is_host = text.matches('.').count() > 1 && !text.contains(char::is_whitespace);
        let is_id = is_host || text.contains(['/', '#']) || text.starts_with("arn:");
        let mut all = fitting();
        let first = all.next().filter(|_| is_id)?;
        all.all(|other| self.groups[other] == self.groups[first]).then_some(first)
    }
}

/// The text, and for a place in a bucket (`gs://bucket/path`, `arn:aws:s3:::bucket/*`) what leads up to it.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let start = match text.find("://") {
        Some(scheme) => Some(scheme + 3),
        None => text.starts_with("arn:aws:s3:::").then_some(13),
    };
    fn cut(name: &str, start: usize) -> Option<&str> {
        let slash = name.rfind('/')?;
        (slash > start).then(|| &name[..slash])
    }
    std::iter::successors(Some(text), move |name| cut(name, start?)).take(8)
}

fn hole(pieces: &[Piece]) -> Arc<str> {
    let reason = pieces.iter().find_map(|p| match p {
        Piece::Hole { reason, .. } => Some(reason.clone()),
        Piece::Text(_) => None,
    });
    reason.unwrap_or_else(|| "text is only partly known".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_bucket_names_the_bucket() {
        let names = |text| names_in(text).collect::<Vec<_>>();
        assert_eq!(names("gs://b/a/c"), ["gs://b/a/c", "gs://b/a", "gs://b"]);
        assert_eq!(names("arn:aws:s3:::b/*"), ["arn:aws:s3:::b/*", "arn:aws:s3:::b"]);
        assert_eq!(names("/subscriptions/s/x"), ["/subscriptions/s/x"]);
    }
}
