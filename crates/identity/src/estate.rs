//! Graphs for tests, from the texts that people have: read and built as a scan does it.

use std::sync::{Arc, OnceLock};

use catalog::{Catalog, DocPath};
use collect::{Source, Tree};
use graph::{Graph, Holder, On, Ontology, Permissions, Principal, Request};
use model::{Asset, Link, Node, Part, Verdict};

struct Cards(&'static Catalog);

impl Ontology for Cards {
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

pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::embedded)
}

/// The graph of some files.
pub(crate) fn graph(files: &[(&str, &str)]) -> Graph {
    let tree = Tree::of_texts(files.iter().map(|(path, text)| (*path, *text)));
    graph_of(&tree)
}

pub(crate) fn graph_of(tree: &Tree) -> Graph {
    let sources = iac::sources(catalog(), &Default::default());
    let sources: Vec<&dyn Source> = sources.iter().map(|source| &**source).collect();
    graph::build(collect::run(&sources, tree), &Cards(catalog()))
}

/// The asset at an address: `google_storage_bucket.data`, `Namespace/prod`.
pub(crate) fn asset(graph: &Graph, address: &str) -> usize {
    let found = graph.assets().iter().position(|a| &*a.address == address || a.aliases.contains(address));
    let all: Vec<&str> = graph.assets().iter().map(|a| &*a.address).collect();
    assert!(found.is_some(), "no {address} among {all:?}");
    found.unwrap_or_default()
}

/// Who may do any of `actions` (with `|` between them) on an address, `*` for anything and `=` before an id: one line each.
pub(crate) fn who(graph: &Graph, permissions: &dyn Permissions, actions: &str, on: &str) -> Vec<String> {
    let actions: Vec<Arc<str>> = actions.split('|').map(Arc::from).collect();
    let on = match (on, on.strip_prefix('=')) {
        ("*", _) => On::Any,
        (_, Some(name)) => On::Named(name),
        _ => On::Asset(asset(graph, on)),
    };
    let groups = permissions.who_can(&Request { actions: &actions, on, context: &[] });
    let mut all: Vec<&Holder> = groups.iter().flat_map(|group| &group.0).collect();
    // A principal may be in several groups; the surest verdict counts.
    let rank = |v: &Verdict| match v {
        Verdict::Allowed => 0,
        Verdict::Conditional(_) => 1,
        Verdict::Unknown(_) => 2,
    };
    all.sort_by(|a, b| {
        (&a.principal, rank(&a.verdict), &a.verdict).cmp(&(&b.principal, rank(&b.verdict), &b.verdict))
    });
    all.dedup_by(|a, b| a.principal == b.principal);
    assert!(all.iter().all(|holder| !holder.grounds.is_empty()), "every holder has grounds");
    let mut lines: Vec<String> = all.into_iter().map(|holder| line(graph, holder)).collect();
    lines.sort();
    lines
}

fn line(graph: &Graph, holder: &Holder) -> String {
    let principal = match &holder.principal {
        Principal::Asset(asset) => graph.assets()[*asset].address.to_string(),
        Principal::Anyone => "anyone".into(),
        Principal::AnyAccount(kind) => kind.to_string(),
        Principal::Outside(text) => format!("<{text}>"),
    };
    match &holder.verdict {
        Verdict::Allowed => principal,
        Verdict::Conditional(all) => format!("{principal} if {}", all.join(" and ")),
        Verdict::Unknown(why) => format!("{principal}? {why}"),
    }
}
