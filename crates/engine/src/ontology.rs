//! What the catalogue's kinds tell the graph.

use std::sync::Arc;

use catalog::{Catalog, DocPath};
use graph::Ontology;
use model::{Asset, Link, Node, Part};

pub(crate) struct Cards<'c>(pub(crate) &'c Catalog);

impl Ontology for Cards<'_> {
    fn complete(&self, asset: &mut Asset) {
        if let Some(kind) = self.0.kind(&asset.kind) {
            kind.apply_defaults(&mut asset.document);
            kind.mark_secrets(&mut asset.document);
        }
    }

    fn aliases(&self, asset: &Asset) -> Vec<Arc<str>> {
        self.0.kind(&asset.kind).map(|kind| kind.aliases(&asset.document)).unwrap_or_default()
    }

    fn unique_name(&self, asset: &Asset) -> Option<Arc<str>> {
        self.0.kind(&asset.kind)?.unique_name(&asset.document)
    }

    fn links(&self, asset: &Asset) -> Vec<Link> {
        self.0.kind(&asset.kind).map(|kind| kind.links(asset)).unwrap_or_default()
    }

    fn join(&self, owner: &mut Node, part: &Part) {
        match part.into.strip_suffix("[]") {
            Some(list) => DocPath::parse(list).append(owner, part.body.clone()),
            None => DocPath::parse(&part.into).put(owner, part.body.clone()),
        }
    }
}
