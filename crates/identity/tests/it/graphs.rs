//! Graphs from the text of configurations, as a run builds them.

use std::sync::Arc;

use catalog::{Catalog, DocPath};
use collect::{Source, Tree};
use graph::{Graph, Ontology};
use iac::terraform::Given;
use model::{Asset, Link, Node, Part};

struct Cards<'c>(&'c Catalog);

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

/// The graph of files by path and text.
pub(crate) fn of_texts(catalog: &Catalog, files: &[(&str, &str)]) -> Graph {
    of_tree(catalog, &Tree::of_texts(files.iter().map(|(path, text)| (*path, *text))))
}

/// The graph of a tree.
pub(crate) fn of_tree(catalog: &Catalog, tree: &Tree) -> Graph {
    let sources = iac::sources(catalog, &Given::default());
    let sources: Vec<&dyn Source> = sources.iter().map(|source| &**source).collect();
    graph::build(collect::run(&sources, tree), &Cards(catalog))
}
