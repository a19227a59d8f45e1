//! Resources that a dialect states in the provider's own words (ARM, CloudFormation, Kubernetes) become assets and parts.
//!
//! How a dialect is read and evaluated is not known here. A type without a card is kept as a plain asset, with a note.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::{Catalog, DocPath, Kind, TerraformMapping};
use model::{
    Asset, AssetId, Class, Confidence, Coverage, CoverageStatus, Evidence, Link, Match, Mirror, Node,
    Observations, Part, Reference, Standing, Value,
};

use crate::terraform::mapping;

/// How a note on a resource type without a card begins.
const NO_CARD: &str = "resource type \"";

/// A resource in its provider's words.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The provider's type, without version: `Microsoft.Search/searchServices`, `AWS::S3::Bucket`.
    pub(crate) native: Arc<str>,
    /// Unique below its root: the symbolic name or logical id, behind the modules it stands in.
    pub(crate) address: Arc<str>,
    /// Other names: ids that are known for certain.
    pub(crate) aliases: BTreeSet<Arc<str>>,
    /// The provider's document; it stands where the resource is declared.
    pub(crate) document: Node,
}

/// Collects what one root of a dialect declares.
pub(crate) struct Observer<'c> {
    source: &'static str,
    /// The root: addresses are unique and references are resolved inside it.
    scope: Arc<str>,
    standing: Standing,
    pub(crate) catalog: &'c Catalog,
    pub(crate) seen: Observations,
    /// Types without a card that were noted already.
    noted: BTreeSet<Arc<str>>,
}

impl<'c> Observer<'c> {
    pub(crate) fn new(source: &'static str, scope: impl Into<Arc<str>>, catalog: &'c Catalog) -> Self {
        let (scope, seen, noted) = (scope.into(), Observations::default(), BTreeSet::new());
        Observer { source, scope, standing: Standing::Written, catalog, seen, noted }
    }

    /// Says that this root was generated from the one at `origin`: what is of one type and address, or name, is the same.
    pub(crate) fn compiled_from(&mut self, origin: impl Into<Arc<str>>) {
        self.standing = Standing::Compiled;
        let matched = Match { how: "compiled from it".into(), confidence: Confidence::High };
        let (scope, of) = (self.scope.clone(), origin.into());
        self.seen.mirrors.push(Mirror { scope, of, names: true, matched });
    }

    /// The id of the asset at an address of this root.
    pub(crate) fn id(&self, address: &str) -> AssetId {
        let scope = if self.scope.is_empty() { "." } else { &*self.scope };
        AssetId(format!("{scope}#{address}").into())
    }

    /// Something that could not be assessed; `place` is `path:line:column` or a path.
    pub(crate) fn note(&mut self, place: &str, status: CoverageStatus, reason: impl Into<String>) {
        self.seen.coverage.push(Coverage::note(self.source, place, status, reason));
    }

    /// Takes a resource in: an asset of its kind, a piece of others, or a plain asset.
    pub(crate) fn resource(&mut self, mut resource: Resource) {
        if resource.native.starts_with("Microsoft.") {
            resource.document = as_azure_reads(self.catalog.native(&resource.native), resource.document, 0);
        }
        let at = resource.document.at.as_deref();
        let place = at.map_or_else(|| self.scope.to_string(), ToString::to_string);
        let evidence = match at {
            Some(at) => Evidence::Source(at.clone()),
            None => Evidence::Pointer { document: self.scope.clone(), pointer: resource.address.clone() },
        };
        let catalog = self.catalog;
        let parts: Vec<_> = catalog.parts(&resource.native).collect();
        let is_part = !parts.is_empty();
        let owners = |part: &TerraformMapping| {
            let named = part.part_of.as_deref().map(DocPath::parse);
            let owner = named.and_then(|path| path.find(&resource.document).first().map(|n| (*n).clone()));
            match owner.map(|owner| (owner.value.clone(), owner)) {
                Some((Value::List(each), _)) => each.to_vec(),
                Some((_, owner)) if !owner.is_null() => vec![owner],
                _ => Vec::new(),
            }
        };
        // Of several kinds that it may be a piece of, it is one of those that it names.
        let names_one = parts.iter().any(|(_, part)| !owners(part).is_empty());
        for (kind, part) in parts {
            let mut owners = owners(part);
            if !names_one {
                owners.push(Node::null());
            }
            for owner in owners {
                self.seen.parts.push(Part {
                    kind: kind.card.kind.text.clone(),
                    scope: self.scope.clone(),
                    address: resource.address.clone(),
                    owner,
                    into: part.into.clone(),
                    body: mapping::document(kind, part, &resource.document),
                    evidence: evidence.clone(),
                });
            }
        }
        let card = catalog.native(&resource.native).map(|kind| &kind.card);
        if card.is_none() && is_part {
            return;
        }
        if card.is_none() && self.noted.insert(resource.native.clone()) {
            let reason = format!("{NO_CARD}{}\" has no card", resource.native);
            self.note(&place, CoverageStatus::Skipped, reason);
        }
        let name = DocPath::parse(card.map_or("name", |card| &card.name));
        let name = name.find(&resource.document).first().filter(|n| !n.is_null()).map(|n| (*n).clone());
        // Text composed alike elsewhere in the root names it too.
        let composed = name.iter().filter(|name| !name.sensitive && !name.is_unknown());
        resource.aliases.extend(composed.map(|name| Arc::from(name.display())));
        let name = name.map(|name| name.brief());
        let asset = Asset {
            id: self.id(&resource.address),
            kind: card.map_or_else(|| resource.native.clone(), |card| card.kind.text.clone()),
            class: card.map_or(Class::Other, |card| card.class),
            name: name.unwrap_or_else(|| resource.address.to_string()),
            address: resource.address,
            scope: self.scope.clone(),
            source_type: resource.native,
            aliases: resource.aliases,
            document: resource.document,
            evidence: vec![evidence],
            sightings: Vec::new(),
        };
        self.seen.assets.push(asset.sighted(self.source, self.standing));
    }

    /// States that the asset at `outer` contains the one at `inner`, both addresses of this root.
    pub(crate) fn contains(&mut self, outer: &Arc<str>, inner: &str, outer_kind: Option<&str>) {
        let from = Reference { address: outer.clone(), attribute: "".into(), via: None };
        self.seen.links.push(Link {
            from: self.id(inner),
            relation: "contains".into(),
            kinds: outer_kind.into_iter().map(Arc::from).collect(),
            target: Node { from: Some(Arc::new(from)), ..Node::unknown("the scope of the deployment") },
            reverse: true,
        });
    }
}

/// Nested deeper than any real document.
const MAX_DEPTH: usize = 48;
/// Maps whose keys are the user's own.
const OWN_NAMES: [&str; 5] = ["tags", "userAssignedIdentities", "metadata", "parameters", "outputs"];

/// A document as Azure reads it: the names of properties in the card's spelling, since case does not matter there, and
/// without those that are null, which are the same as not written.
pub(crate) fn as_azure_reads(kind: Option<&Kind>, node: Node, depth: usize) -> Node {
    let value = match &node.value {
        Value::Map(entries) if depth < MAX_DEPTH => {
            let written = entries.iter().filter(|(_, child)| !child.is_null());
            let spelled = written.map(|(name, child)| {
                let known = kind.and_then(|kind| kind.spelling(name));
                let name =
                    known.filter(|known| known.eq_ignore_ascii_case(name)).unwrap_or_else(|| name.clone());
                let own = OWN_NAMES.contains(&&*name);
                let child = if own { child.clone() } else { as_azure_reads(kind, child.clone(), depth + 1) };
                (name, child)
            });
            Value::map(spelled.collect())
        }
        Value::List(items) if depth < MAX_DEPTH => {
            Value::list(items.iter().map(|item| as_azure_reads(kind, item.clone(), depth + 1)).collect())
        }
        _ => return node,
    };
    Node { value, ..node }
}
