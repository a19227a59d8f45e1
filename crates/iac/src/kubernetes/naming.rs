//! Resources under the names that they go by on their way through kustomizations: which of them a patch is for, and how
//! references follow a name that changes.
//!
//! Which kustomizations there are is `kustomize`'s.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use model::Node;
use regex::{Regex, RegexBuilder};

use super::manifest::{self, Manifest};
use super::references;
use super::selectors::{Selector, labels};

/// Names that one resource had; more are forgotten.
const MAX_NAMES: usize = 40;

/// A resource on its way through a kustomization.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) manifest: Manifest,
    /// What it was called when it came into this kustomization.
    before: Name,
    /// What it was called in those below; a patch may name it by any of them.
    older: Vec<Name>,
}

/// A name and the namespace that is written with it.
type Name = (String, Option<String>);

impl Item {
    pub(crate) fn new(manifest: Manifest) -> Item {
        let before = (manifest.name().unwrap_or_default(), manifest.namespace());
        Item { manifest, before, older: Vec::new() }
    }

    /// The same resource, in the kustomization above.
    pub(crate) fn above(self) -> Item {
        let mut item = Item::new(self.manifest);
        item.older = self.older;
        if self.before != item.before && item.older.len() < MAX_NAMES {
            item.older.push(self.before);
        }
        item
    }

    /// Every name that it goes by, the latest first.
    fn names(&self) -> impl Iterator<Item = &Name> {
        std::iter::once(&self.before).chain(self.older.iter().rev())
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.names().any(|(known, _)| known == name) || self.manifest.name().as_deref() == Some(name)
    }
}

/// Which resources a patch is for.
pub(crate) struct Target {
    group: Option<String>,
    version: Option<String>,
    pub(crate) kind: Option<String>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Option<Selector>,
    annotations: Option<Selector>,
}

/// Names of targets are regular expressions that fit as a whole.
fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{text})$")).size_limit(1 << 20).build().ok()
}

impl Target {
    pub(crate) fn of(target: &Node) -> Option<Target> {
        let text = |key: &str| target.get(key).and_then(Node::as_str).filter(|t| !t.is_empty());
        let regex = |key: &str| match text(key) {
            Some(text) => pattern(text).map(Some),
            None => Some(None),
        };
        let selector = |key: &str| match text(key) {
            Some(text) => Selector::of_text(text).map(Some),
            None => Some(None),
        };
        Some(Target {
            group: text("group").map(str::to_owned),
            version: text("version").map(str::to_owned),
            kind: text("kind").map(str::to_owned),
            name: regex("name")?,
            namespace: regex("namespace")?,
            labels: selector("labelSelector")?,
            annotations: selector("annotationSelector")?,
        })
    }

    /// A patch that says itself what it is for.
    pub(crate) fn named(manifest: &Manifest) -> Target {
        Target {
            group: Some(manifest.group.to_string()),
            version: None,
            kind: Some(manifest.kind.to_string()),
            name: manifest.name().and_then(|name| pattern(&regex::escape(&name))),
            namespace: manifest.namespace().and_then(|name| pattern(&regex::escape(&name))),
            labels: None,
            annotations: None,
        }
    }

    pub(crate) fn fits(&self, item: &Item) -> bool {
        let manifest = &item.manifest;
        let group = match &*manifest.group {
            "core" => "",
            group => group,
        };
        let same = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|w| w == is);
        let selects = |selector: &Option<Selector>, path: &str| {
            let own = || manifest.body.at_path(path).and_then(labels).unwrap_or_default();
            selector.as_ref().is_none_or(|s| s.fits(&own()))
        };
        let now = (manifest.name().unwrap_or_default(), manifest.namespace());
        let names = || item.names().chain(std::iter::once(&now));
        let space = |(_, space): &Name| space.clone().unwrap_or_else(|| "default".to_owned());
        (same(&self.group, group) || same(&self.group, &manifest.group))
            && same(&self.version, &manifest.version)
            && same(&self.kind, &manifest.kind)
            && self.name.as_ref().is_none_or(|n| names().any(|(name, _)| n.is_match(name)))
            && self.namespace.as_ref().is_none_or(|n| names().any(|name| n.is_match(&space(name))))
            && selects(&self.labels, "metadata.labels")
            && selects(&self.annotations, "metadata.annotations")
    }
}

/// References follow the resources that were renamed.
pub(crate) fn follow(items: &mut [Item]) {
    /// By kind and an earlier name: the namespace then, the name now.
    type Renamed = HashMap<(Arc<str>, String), Vec<(Option<String>, Node)>>;
    let (mut renamed, mut older, mut kept) = (Renamed::new(), Renamed::new(), HashSet::new());
    for item in items.iter() {
        let kind = &item.manifest.kind;
        let Some(node) = item.manifest.body.at_path("metadata.name") else { continue };
        let name = item.manifest.name().unwrap_or_default();
        if name == item.before.0 {
            kept.insert((kind.clone(), name));
        } else {
            let key = (kind.clone(), item.before.0.clone());
            renamed.entry(key).or_default().push((item.before.1.clone(), node.clone()));
        }
        for (before, space) in &item.older {
            older.entry((kind.clone(), before.clone())).or_default().push((space.clone(), node.clone()));
        }
    }
    for item in items.iter_mut() {
        if renamed.is_empty() && older.is_empty() {
            break;
        }
        let rewritten = references::rewrite(&item.manifest, &mut |named| {
            let key = (Arc::from(named.kind), named.name.as_str()?.to_owned());
            // What is still called so is meant before what was called so further below.
            let candidates =
                renamed.get(&key).or_else(|| older.get(&key).filter(|_| !kept.contains(&key)))?;
            let was = |space: &Option<String>| space.as_deref() == named.namespace;
            let (_, new) =
                candidates.iter().find(|(before, _)| was(before)).or_else(|| candidates.first())?;
            (new.as_str() != named.name.as_str())
                .then(|| Node { value: new.value.clone(), ..named.name.clone() })
        });
        if let Some(body) = rewritten {
            item.manifest.body = body;
        }
    }
    subjects(items);
}

/// The namespaces of role bindings' accounts follow too.
fn subjects(items: &mut [Item]) {
    let mut accounts: HashMap<String, Vec<(Option<String>, String)>> = HashMap::new();
    for item in items.iter().filter(|item| &*item.manifest.kind == "ServiceAccount") {
        if let (Some(name), Some(space)) = (item.manifest.name(), item.manifest.namespace()) {
            accounts.entry(name).or_default().push((item.before.1.clone(), space));
        }
    }
    for item in items.iter_mut().filter(|item| item.manifest.kind.ends_with("RoleBinding")) {
        let Some(subjects) = item.manifest.body.get("subjects") else { continue };
        let changed = manifest::rewritten(subjects, &mut |_, subject| {
            let text = |key: &str| subject.get(key).and_then(Node::as_str);
            let found = accounts.get(text("name")?).filter(|_| text("kind") == Some("ServiceAccount"))?;
            let same = found.iter().find(|(before, _)| before.as_deref() == text("namespace"));
            let (before, space) = same.or_else(|| found.first().filter(|_| found.len() == 1))?;
            // Only what moves takes its subjects along.
            (before.as_deref() != Some(&**space)).then_some(())?;
            let mut subject = subject.clone();
            catalog::DocPath::parse("namespace").put(&mut subject, (&**space).into());
            Some(subject)
        });
        if let Some(changed) = changed {
            catalog::DocPath::parse("subjects").put(&mut item.manifest.body, changed);
        }
    }
}
