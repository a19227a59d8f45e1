//! Permissions, routes and the ways that attackers have through them: the rooms that derive, put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::Catalog;
use catalog::cel::glob;
use graph::{Graph, Permissions as _, Reachability as _};
use model::{Asset, AssetId, AttackPaths, Coverage, CoverageStatus, FindingRisk, Foothold, Matrix, Outcome};
use paths::{AttackGraph, Facts};

use crate::link;
use crate::ontology::Cards;
use crate::run::{Request, RunError, observe, open};

/// What the search for attack paths gives.
#[derive(Default)]
pub(crate) struct Searched {
    pub(crate) attack: AttackPaths,
    /// The risk of each outcome.
    pub(crate) risks: Vec<Option<FindingRisk>>,
    pub(crate) notes: Vec<Coverage>,
}

/// Derives permissions and routes, and works with what techniques are applied to.
pub(crate) fn with_facts<T>(
    graph: &Graph,
    catalog: &Catalog,
    outcomes: &[Outcome],
    request: &Request,
    work: impl FnOnce(&Facts<'_>, Vec<Coverage>) -> T,
) -> T {
    let access = identity::Access::derive(graph, catalog);
    let routes = network::Routes::derive(graph, catalog);
    let mut notes = access.notes();
    notes.extend(routes.notes());
    let today = &request.exceptions.today;
    let facts = Facts { graph, catalog, permissions: &access, reachability: &routes, outcomes, today };
    work(&facts, notes)
}

pub(crate) fn search(
    graph: &Graph,
    catalog: &Catalog,
    outcomes: &[Outcome],
    request: &Request,
    options: &paths::Options,
) -> Searched {
    with_facts(graph, catalog, outcomes, request, |facts, mut notes| {
        match AttackGraph::derive(*facts, &options.without) {
            Ok(graph) => {
                let mut attack = graph.find(options);
                let risks = graph.finding_risks(&attack);
                attack.posture = graph.posture(&risks);
                Searched { attack, risks, notes }
            }
            Err(error) => {
                let reason = format!("attack paths were not searched: {error}");
                notes.push(Coverage::note("paths", "", CoverageStatus::Failed, reason));
                Searched { notes, ..Searched::default() }
            }
        }
    })
}

/// A part of the matrix identity × verb × resource. What is not given is any. Names are ids, addresses or names, `*`
/// allowed.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub verb: Option<String>,
    pub identity: Option<String>,
    pub resource: Option<String>,
}

/// The cells, and what is needed to show them.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub matrix: Matrix,
    /// Addresses and names of the assets in it.
    pub assets: BTreeMap<AssetId, (Arc<str>, String)>,
    /// What could not be told.
    pub notes: Vec<Coverage>,
    /// Whether anything has the wanted identity, or the wanted resource.
    pub known: bool,
}

/// Who may do a verb to a resource; what an identity may.
pub fn who_can(request: &Request, catalog: &Catalog, question: &Question) -> Result<Answer, RunError> {
    let verbs = catalog.techniques.iter().filter_map(|t| t.card.verb.as_ref());
    if let Some(wanted) = &question.verb
        && !verbs.clone().any(|verb| **verb == **wanted)
    {
        let mut known: Vec<&str> = verbs.map(|verb| &**verb).collect();
        known.sort_unstable();
        known.dedup();
        let known = known.join(", ");
        return Err(RunError::Settings(format!("no verb is called {wanted:?}; one of {known}")));
    }
    let tree = open(request, catalog)?;
    let mut observations = observe(&tree, request, catalog);
    link::join(&mut observations);
    let graph = graph::build(observations, &Cards(catalog));
    with_facts(&graph, catalog, &[], request, |facts, notes| {
        let attack =
            AttackGraph::derive(*facts, &[]).map_err(|error| RunError::Settings(error.to_string()))?;
        let resource = |asset: usize| named(&graph.assets()[asset], question.resource.as_deref());
        let who = |foothold: &Foothold| match foothold {
            Foothold::Entry { entry } => {
                question.identity.as_deref().is_none_or(|wanted| glob(wanted, entry))
            }
            Foothold::Asset { asset, .. } => graph
                .find(asset)
                .is_some_and(|asset| named(&graph.assets()[asset], question.identity.as_deref())),
        };
        let verb = |verb: &str| question.verb.as_deref().is_none_or(|wanted| wanted == verb);
        let matrix = attack.matrix(&verb, &who, &resource);
        let mut assets = BTreeMap::new();
        for cell in &matrix.cells {
            let who = match &cell.who {
                Foothold::Asset { asset, .. } => Some(asset),
                Foothold::Entry { .. } => None,
            };
            for id in who.into_iter().chain([&cell.resource]) {
                if let Some(asset) = graph.find(id).map(|i| &graph.assets()[i]) {
                    assets.insert(id.clone(), (asset.address.clone(), asset.name.clone()));
                }
            }
        }
        let wanted = question.identity.as_deref().or(question.resource.as_deref());
        let known = graph.assets().iter().any(|asset| named(asset, wanted));
        Ok(Answer { matrix, assets, notes, known })
    })
}

/// Whether an asset has this id, address, name or other name.
fn named(asset: &Asset, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted else { return true };
    let names = [&*asset.id.0, &*asset.address, &*asset.name];
    names.into_iter().chain(asset.aliases.iter().map(|a| &**a)).any(|name| glob(wanted, name))
}
