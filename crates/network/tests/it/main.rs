//! Snippets of configuration, read as a run reads them, and every route that they open.

mod aws;
mod azure;
mod compose;
mod google;
mod hostile;
mod kubernetes;

use std::fmt::Write as _;
use std::sync::Arc;

use catalog::{Catalog, DocPath};
use collect::{Source, Tree};
use graph::{Graph, Ontology, Origin, Reachability as _};
use model::{Asset, Link, Node, Part};
use network::Routes;

struct Cards<'c>(&'c Catalog);

impl Ontology for Cards<'_> {
    fn complete(&self, asset: &mut Asset) {
        if let Some(kind) = self.0.kind(&asset.kind) {
            kind.apply_defaults(&mut asset.document);
        }
    }

    fn aliases(&self, asset: &Asset) -> Vec<Arc<str>> {
        self.0.kind(&asset.kind).map(|kind| kind.aliases(&asset.document)).unwrap_or_default()
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

fn catalog() -> &'static Catalog {
    static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(Catalog::embedded);
    &CATALOG
}

/// The graph of some files.
fn graph(files: &[(&str, &str)]) -> Graph {
    let tree = Tree::of_texts(files.iter().copied());
    let given = iac::terraform::Given::default();
    let sources = iac::sources(catalog(), &given);
    let sources: Vec<&dyn Source> = sources.iter().map(|s| &**s).collect();
    graph::build(collect::run(&sources, &tree), &Cards(catalog()))
}

/// Every route, one on a line: `internet -> aws_instance.web tcp 443 allowed`.
fn routes(files: &[(&str, &str)]) -> String {
    let graph = graph(files);
    let derived = Routes::derive(&graph, catalog());
    let mut lines: Vec<String> = derived.routes().iter().map(|route| line(&graph, route)).collect();
    lines.sort();
    lines.dedup();
    lines.join("\n")
}

fn line(graph: &Graph, route: &graph::Route) -> String {
    let assets = graph.assets();
    let origin = |o: &Origin| match o {
        Origin::Internet => "internet".to_owned(),
        Origin::Range(range) => range.to_string(),
        Origin::Asset(index) => assets[*index].address.to_string(),
    };
    let from: Vec<String> = route.from.iter().map(origin).collect();
    let to: Vec<&str> = route.to.iter().map(|i| &*assets[*i].address).collect();
    let mut line =
        format!("{} -> {} {} {}", from.join(", "), to.join(", "), route.ports, route.verdict.word());
    match &route.verdict {
        model::Verdict::Allowed => {}
        model::Verdict::Conditional(all) => _ = write!(line, " if {}", all.join(" and ")),
        model::Verdict::Unknown(why) => _ = write!(line, ": {why}"),
    }
    assert!(!route.grounds.is_empty(), "a route without grounds: {line}");
    line
}

fn hcl(text: &str) -> String {
    routes(&[("main.tf", text)])
}
