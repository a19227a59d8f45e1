//! Building the graph: sort, join parts, merge what is the same, fill defaults, resolve links.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use model::{
    Asset, AssetId, Class, Comment, Coverage, CoverageStatus, Evidence, Link, Node, Observations, Part,
    Position, Relation, Standing,
};

use crate::adjacency::{Adjacency, Edge, Ends};
use crate::resolve::{Names, Target};
use crate::{identity, merge};

/// What kinds mean, as far as the graph needs it.
pub trait Ontology {
    /// Called once an asset's document is whole: defaults, secrets.
    fn complete(&self, asset: &mut Asset);
    /// Its other ids.
    fn aliases(&self, asset: &Asset) -> Vec<Arc<str>>;
    /// The relations that its document states.
    fn links(&self, asset: &Asset) -> Vec<Link>;
    /// Puts a part's body into its owner's document.
    fn join(&self, owner: &mut Node, part: &Part);
    /// Its name, if that is wholly known and no other thing in all the world can have it.
    fn unique_name(&self, _: &Asset) -> Option<Arc<str>> {
        None
    }
}

/// An end of a relation that could not be resolved.
#[derive(Clone, Debug)]
struct OpenEnd {
    relation: Arc<str>,
    /// The kinds that it may have; empty for any.
    kinds: Vec<Arc<str>>,
    /// The relation comes in from the end.
    incoming: bool,
    text: String,
    reason: Arc<str>,
}

/// Assets and relations of one run, immutable.
#[derive(Debug, Default)]
pub struct Graph {
    assets: Vec<Asset>,
    adjacency: Adjacency,
    /// For each asset: its relations whose other end was not resolved.
    unresolved: HashMap<usize, Vec<OpenEnd>>,
    /// For each scope: ends that are not known, and that any asset of their kinds may turn out to be.
    anybody: HashMap<Arc<str>, Vec<OpenEnd>>,
    /// Where a relation between two assets is stated.
    stated_at: HashMap<(u32, u32), Arc<Position>>,
    ai: Vec<bool>,
    comments: Vec<Comment>,
    coverage: Vec<Coverage>,
    index: HashMap<AssetId, usize>,
    names: Names,
}

/// Merges observations into a graph.
pub fn build(observations: Observations, ontology: &dyn Ontology) -> Graph {
    let Observations { assets, parts, links, mirrors, mut comments, mut coverage } = observations;
    comments.sort_by(|a, b| (&a.path, a.line, &a.text).cmp(&(&b.path, b.line, &b.text)));
    comments.dedup();
    let mut assets = in_order(assets);
    let unique: Vec<Option<Arc<str>>> = assets.iter().map(|a| ontology.unique_name(a)).collect();
    // Before aliases are made of names: only an id that a source saw says that two things are one.
    let same = identity::same(&assets, &mirrors, &unique);
    coverage.extend(same.notes.iter().cloned());
    for asset in &mut assets {
        let name: Arc<str> = Arc::from(&*asset.name);
        if !name.is_empty() {
            asset.aliases.insert(name);
        }
        asset.aliases.extend(ontology.aliases(asset));
    }
    // Each source's parts first go to its own assets, so that what is merged is whole.
    join_parts(&mut assets, parts, ontology, &mut coverage, &same.group);
    let origins: Vec<(AssetId, Arc<str>)> = assets.iter().map(|a| (a.id.clone(), a.scope.clone())).collect();
    let (mut assets, became) = merge::merge(assets, &same);
    for asset in &mut assets {
        if asset.sightings.len() > 1 {
            asset.aliases.extend(ontology.aliases(asset));
        }
        ontology.complete(asset);
    }
    let names = Names::new(&assets);
    let mut graph = Graph {
        index: origins.iter().zip(&became).map(|((id, _), i)| (id.clone(), *i)).collect(),
        comments,
        ..Graph::default()
    };
    let scopes: HashMap<AssetId, Arc<str>> = origins.into_iter().collect();
    let mut edges = Vec::new();
    let stated: Vec<Link> = assets.iter().flat_map(|a| ontology.links(a)).chain(links).collect();
    for link in stated {
        let Some(from) = graph.index.get(&link.from).copied() else { continue };
        let own = &assets[from].id;
        let fits = |asset: &Asset| asset.id != *own && kind_fits(&asset.kind, &link.kinds);
        let scope = scopes.get(&link.from).unwrap_or(&assets[from].scope).clone();
        let (text, reason, anybody) = match names.find(&scope, &link.target, &assets, &fits) {
            Target::Asset(to) => {
                let (from, to) = if link.reverse { (to, from) } else { (from, to) };
                let (from, to) = (from as u32, to as u32);
                if let Some(at) = &link.target.at {
                    graph.stated_at.entry((from, to)).or_insert_with(|| at.clone());
                }
                edges.push(Edge { from, relation: link.relation, to });
                continue;
            }
            Target::Elsewhere(text) => {
                let reason: Arc<str> = format!("{} is not in this configuration", named(&text)).into();
                (text, reason, false)
            }
            Target::Unknown { text, reason } => (text, reason, true),
        };
        let Link { relation, kinds, reverse, .. } = link;
        let end = OpenEnd { relation, kinds, incoming: reverse, text, reason };
        if anybody {
            graph.anybody.entry(scope).or_default().push(end.clone());
        }
        graph.unresolved.entry(from).or_default().push(end);
    }
    graph.adjacency = Adjacency::new(assets.len(), edges);
    graph.ai = ai_related(&assets, &graph.adjacency);
    graph.assets = assets;
    graph.names = names;
    coverage.sort();
    coverage.dedup();
    graph.coverage = coverage;
    graph
}

/// An id in words for a person: of Azure's what stands behind the provider, and `…` for what is not known.
fn named(id: &str) -> String {
    let mut rest = id.rsplit("/providers/").next().unwrap_or(id);
    let mut shown = String::new();
    while let Some((before, hole)) = rest.split_once("${? ") {
        shown.push_str(before);
        shown.push('…');
        // A reason may hold braces of its own; the last one ends it where nothing else follows.
        rest = hole.split_once('}').map_or("", |(_, after)| after);
    }
    shown + rest
}

/// Whether `kind` is one of `kinds`; empty accepts all, a final dot all kinds below.
fn kind_fits(kind: &str, kinds: &[Arc<str>]) -> bool {
    kinds.is_empty() || kinds.iter().any(|k| &**k == kind || k.ends_with('.') && kind.starts_with(&**k))
}

/// Whether an end that may have any of `kinds` may be one of the wanted kind.
fn kinds_overlap(kinds: &[Arc<str>], wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted else { return true };
    let below = |a: &str, b: &str| a == b || a.ends_with('.') && b.starts_with(a);
    kinds.is_empty() || kinds.iter().any(|k| below(k, wanted) || below(wanted, k))
}

/// Each id once, in order, with the sighting that defines it.
fn in_order(mut assets: Vec<Asset>) -> Vec<Asset> {
    let key = |a: &Asset| (a.id.clone(), a.kind.clone(), a.evidence.clone(), a.name.clone());
    assets.sort_by_cached_key(key);
    assets.dedup_by(|a, b| a.id == b.id);
    let sighted = |asset: Asset| match asset.sightings.is_empty() {
        true => asset.sighted("", Standing::Written),
        false => asset,
    };
    assets.into_iter().map(sighted).collect()
}

fn join_parts(
    assets: &mut [Asset],
    mut parts: Vec<Part>,
    ontology: &dyn Ontology,
    coverage: &mut Vec<Coverage>,
    groups: &[usize],
) {
    let key = |part: &Part| {
        (
            part.scope.clone(),
            part.address.clone(),
            part.evidence.clone(),
            part.kind.clone(),
            part.into.clone(),
        )
    };
    parts.sort_by_cached_key(key);
    let names = Names::grouped(assets, groups);
    for part in parts {
        let fits = |asset: &Asset| asset.kind == part.kind;
        match names.find(&part.scope, &part.owner, assets, &fits) {
            Target::Asset(owner) => {
                ontology.join(&mut assets[owner].document, &part);
                assets[owner].evidence.push(part.evidence);
                // Who names the piece names the whole: a container below a blob service is the account's.
                assets[owner].aliases.insert(part.address);
            }
            Target::Elsewhere(text) | Target::Unknown { text, .. } => {
                let place =
                    part.evidence.position().map_or_else(|| part.scope.to_string(), ToString::to_string);
                let reason = format!(
                    "{} is part of a resource (kind {}) that is not in this configuration",
                    part.address, part.kind
                );
                coverage.push(Coverage::note(
                    "graph",
                    place,
                    CoverageStatus::Partial,
                    format!("{reason}: {text}"),
                ));
            }
        }
    }
}

/// AI assets and what serves them: the other end of any relation with one (but for the scopes that merely hold it),
/// what a connection of theirs leads to, what holds those, and what they run as.
fn ai_related(assets: &[Asset], adjacency: &Adjacency) -> Vec<bool> {
    let mut ai: Vec<bool> = assets.iter().map(|a| a.class.is_ai()).collect();
    let counts = |e: &&Edge| {
        let (from, to) = (&assets[e.from as usize], &assets[e.to as usize]);
        from.class != Class::Scope && to.class != Class::Scope
    };
    let edges = || adjacency.edges().iter().filter(counts);
    let core = ai.clone();
    for edge in edges() {
        ai[edge.to as usize] |= core[edge.from as usize];
        ai[edge.from as usize] |= core[edge.to as usize];
    }
    // A connection only leads on: what it leads to serves the asset that holds it.
    let connected: Vec<bool> =
        ai.iter().zip(assets).map(|(ai, a)| *ai && a.class == Class::Connection).collect();
    for edge in edges().filter(|e| connected[e.from as usize]) {
        ai[edge.to as usize] = true;
    }
    let related = ai.clone();
    for edge in edges() {
        match &*edge.relation {
            "contains" => ai[edge.from as usize] |= related[edge.to as usize],
            "runs-as" => ai[edge.to as usize] |= related[edge.from as usize],
            _ => {}
        }
    }
    ai
}

impl Graph {
    /// Every asset, by id.
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    pub fn find(&self, id: &AssetId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The asset that a value in the document of `from` names, among those of the kinds (a final dot takes all kinds
    /// below, an empty list any): by reference, id or name.
    pub fn named(&self, from: usize, value: &Node, kinds: &[Arc<str>]) -> Option<usize> {
        let asset = self.assets.get(from)?;
        let fits = |other: &Asset| kind_fits(&other.kind, kinds);
        let scopes: BTreeSet<&Arc<str>> = asset.sightings.iter().map(|s| &s.scope).collect();
        scopes.into_iter().chain([&asset.scope]).find_map(|scope| {
            match self.names.find(scope, value, &self.assets, &fits) {
                Target::Asset(found) => Some(found),
                Target::Elsewhere(_) | Target::Unknown { .. } => None,
            }
        })
    }

    /// Every resolved relation, by (from, relation, to).
    pub fn edges(&self) -> &[Edge] {
        self.adjacency.edges()
    }

    /// Resolved relations that leave an asset.
    pub fn outgoing(&self, asset: usize) -> &[Edge] {
        self.adjacency.outgoing(asset)
    }

    /// Resolved relations that come into an asset.
    pub fn incoming(&self, asset: usize) -> &[Edge] {
        self.adjacency.incoming(asset)
    }

    /// Comments of the sources.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    pub fn coverage(&self) -> &[Coverage] {
        &self.coverage
    }

    /// Whether an asset is an AI asset or serves one.
    pub fn is_ai(&self, asset: usize) -> bool {
        self.ai.get(asset).copied().unwrap_or(false)
    }

    /// The other ends of a relation. `kind` narrows them (a final dot takes all kinds below).
    pub fn ends(&self, asset: usize, relation: &str, kind: Option<&str>, incoming: bool) -> Ends {
        let wanted: Vec<Arc<str>> = kind.map(Arc::from).into_iter().collect();
        let edges = if incoming { self.adjacency.incoming(asset) } else { self.adjacency.outgoing(asset) };
        let other = |e: &Edge| if incoming { e.from } else { e.to } as usize;
        let found = edges.iter().filter(|e| &*e.relation == relation).map(other);
        let assets = found.filter(|i| kind_fits(&self.assets[*i].kind, &wanted)).collect();
        let open = self.open(asset, relation, kind, incoming);
        Ends { assets, open }
    }

    /// Why there may be more ends than those found: the asset names one that was not resolved, or another asset names
    /// one that is not known and may be this.
    fn open(&self, index: usize, relation: &str, kind: Option<&str>, incoming: bool) -> Option<Arc<str>> {
        let own = self.unresolved.get(&index).into_iter().flatten();
        let mine = own
            .filter(|e| e.incoming == incoming && kinds_overlap(&e.kinds, kind))
            .find(|e| &*e.relation == relation);
        let asset = &self.assets[index];
        let named = || {
            let scopes: BTreeSet<&Arc<str>> = asset.sightings.iter().map(|s| &s.scope).collect();
            let ends = scopes.into_iter().filter_map(|scope| self.anybody.get(scope)).flatten();
            let mut ends = ends.filter(|e| e.incoming != incoming && kind_fits(&asset.kind, &e.kinds));
            ends.find(|e| &*e.relation == relation)
        };
        mine.or_else(named).map(|end| end.reason.clone())
    }

    /// Where the configuration states a relation between two assets, whichever way it runs.
    pub fn stated_at(&self, a: usize, b: usize) -> Option<&Position> {
        let (a, b) = (a as u32, b as u32);
        self.stated_at.get(&(a, b)).or_else(|| self.stated_at.get(&(b, a))).map(|at| &**at)
    }

    /// Every relation, resolved or not, in its stable order.
    pub fn relations(&self) -> Vec<Relation> {
        let resolved = self.adjacency.edges().iter().map(|edge| {
            let from = &self.assets[edge.from as usize];
            Relation {
                from: from.id.clone(),
                relation: edge.relation.clone(),
                to: self.assets[edge.to as usize].id.clone(),
                resolved: true,
                evidence: match self.stated_at(edge.from as usize, edge.to as usize) {
                    Some(at) => vec![Evidence::Source(at.clone())],
                    None => evidence(from),
                },
            }
        });
        let unresolved = self.unresolved.iter().flat_map(|(from, ends)| {
            let from = &self.assets[*from];
            // A relation that comes in from an unknown end has no beginning to show.
            ends.iter().filter(|end| !end.incoming).map(|end| Relation {
                from: from.id.clone(),
                relation: end.relation.clone(),
                to: AssetId(Arc::from(&*end.text)),
                resolved: false,
                evidence: evidence(from),
            })
        });
        let all: BTreeSet<Relation> = resolved.chain(unresolved).collect();
        all.into_iter().collect()
    }

    /// Takes the graph apart into what a snapshot keeps.
    pub fn into_parts(self) -> (Vec<Asset>, Vec<Relation>, Vec<Coverage>) {
        let relations = self.relations();
        (self.assets, relations, self.coverage)
    }
}

fn evidence(asset: &Asset) -> Vec<Evidence> {
    asset.evidence.first().cloned().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Reference;

    struct Links(Vec<Link>);
    impl Ontology for Links {
        fn complete(&self, _: &mut Asset) {}
        fn aliases(&self, _: &Asset) -> Vec<Arc<str>> {
            Vec::new()
        }
        fn links(&self, asset: &Asset) -> Vec<Link> {
            self.0.iter().filter(|l| l.from == asset.id).cloned().collect()
        }
        fn join(&self, owner: &mut Node, part: &Part) {
            *owner = part.body.clone();
        }
    }

    fn asset(scope: &str, address: &str, kind: &str, class: Class, name: &str) -> Asset {
        Asset {
            id: AssetId(format!("{scope}#{address}").into()),
            kind: kind.into(),
            class,
            name: name.into(),
            address: address.into(),
            scope: scope.into(),
            source_type: "t".into(),
            aliases: BTreeSet::new(),
            document: Node::null(),
            evidence: Vec::new(),
            sightings: Vec::new(),
        }
    }

    fn refers(address: &str) -> Node {
        let reference = Reference { address: address.into(), attribute: "id".into(), via: None };
        Node { from: Some(Arc::new(reference)), ..Node::unknown("known after apply") }
    }

    fn link(from: &Asset, relation: &str, kind: &str, target: Node) -> Link {
        let kinds = vec![Arc::from(kind)];
        Link { from: from.id.clone(), relation: relation.into(), kinds, target, reverse: false }
    }

    #[test]
    fn links_resolve_by_reference_name_and_not_at_all() {
        let agent = asset("a", "agent.x", "aws.bedrock.agent", Class::Agent, "x");
        let role = asset("a", "role.r", "aws.iam.role", Class::Identity, "r");
        let twin = asset("b", "role.r", "aws.iam.role", Class::Identity, "r");
        let bucket = asset("a", "bucket.b", "aws.s3.bucket", Class::DataStore, "data");
        let links = vec![
            link(&agent, "runs-as", "aws.iam.role", refers("role.r")),
            link(&agent, "reads-from", "aws.s3.bucket", "DATA".into()),
            link(&agent, "encrypted-with", "aws.kms.key", refers("data.aws_kms_key.k")),
            link(&agent, "uses-guardrail", "aws.s3.bucket", Node::unknown("variable g has no value")),
        ];
        let observations =
            Observations { assets: vec![agent, role, twin, bucket], ..Observations::default() };
        let graph = build(observations, &Links(links));
        let index = |id: &str| graph.find(&AssetId(id.into())).unwrap();
        let (agent, role, bucket) = (index("a#agent.x"), index("a#role.r"), index("a#bucket.b"));
        assert_eq!(graph.ends(agent, "runs-as", None, false), Ends { assets: vec![role], open: None });
        assert_eq!(graph.ends(role, "runs-as", Some("aws.bedrock."), true).assets, [agent]);
        assert_eq!(graph.ends(agent, "reads-from", None, false).assets, [bucket]);
        let key = graph.ends(agent, "encrypted-with", None, false);
        assert_eq!(key.open.as_deref(), Some("${data.aws_kms_key.k.id} is not in this configuration"));
        assert!(graph.ends(bucket, "uses-guardrail", None, true).open.is_some(), "it may be this one");
        assert!(graph.ends(role, "uses-guardrail", None, true).open.is_none(), "wrong kind");
        assert!(graph.is_ai(role) && graph.is_ai(bucket) && !graph.is_ai(index("b#role.r")));
        assert_eq!(graph.relations().iter().filter(|r| !r.resolved).count(), 2);
    }

    #[test]
    fn parts_join_their_owner_or_leave_a_note() {
        let bucket = asset("a", "bucket.b", "aws.s3.bucket", Class::DataStore, "data");
        let part = |owner: Node, body: &str| Part {
            kind: "aws.s3.bucket".into(),
            scope: "a".into(),
            address: "block.p".into(),
            owner,
            into: "".into(),
            body: body.into(),
            evidence: Evidence::Pointer { document: "d".into(), pointer: body.into() },
        };
        let parts = vec![part(refers("bucket.b"), "joined"), part("other".into(), "lost")];
        let observations = Observations { assets: vec![bucket], parts, ..Observations::default() };
        let graph = build(observations, &Links(Vec::new()));
        assert_eq!(graph.assets()[0].document.as_str(), Some("joined"));
        assert_eq!(graph.assets()[0].evidence.len(), 1);
        assert_eq!(graph.coverage().len(), 1);
    }
}
