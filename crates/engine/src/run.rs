//! The order of a run. Read from top to bottom, [`scan`] is the way of the data.

use std::path::{Path, PathBuf};

use catalog::Catalog;
use collect::{Limits, Source, Tree, TreeError};

use graph::Graph;
use graph::query::derived::Derived;
use iac::terraform::Given;
use model::{Coverage, FindingRisk, Observations, Outcome, Snapshot};
use policy::{Exceptions, Selection};

use crate::attack::{self, Searched};
use crate::ontology::Cards;
use crate::{explorer, fix, link, withhold};

/// What a run is asked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub root: PathBuf,
    /// The root is a person's home folder: of it the configurations of known AI clients are read, and nothing else.
    pub home: bool,
    pub selection: Selection,
    /// Values of Terraform variables.
    pub given: Given,
    pub exceptions: Exceptions,
    /// How keys are looked for.
    pub secrets: scan::secrets::Options,
    /// How attack paths are searched; none where only the outcomes of checks are wanted.
    pub paths: Option<paths::Options>,
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error("cannot read {path}: {error}")]
    Unreadable { path: String, error: std::io::Error },
    #[error("{0}")]
    Settings(String),
}

/// Scans a folder.
pub fn scan(request: &Request, catalog: &Catalog) -> Result<Snapshot, RunError> {
    let tree = open(request, catalog)?;
    let mut snapshot = run(&tree, request, catalog);
    fix::render(&tree, catalog, &mut snapshot);
    Ok(snapshot)
}

/// What a run found, as the graph that it was found in: what questions are asked of.
#[derive(Debug)]
pub struct Survey {
    pub graph: Graph,
    /// With their risk.
    pub outcomes: Vec<Outcome>,
    /// Steps of attacks, permissions and paths.
    pub derived: Derived,
    /// What could not be told of permissions, routes and steps.
    pub notes: Vec<Coverage>,
}

/// Scans a folder and keeps the graph.
pub fn survey(request: &Request, catalog: &Catalog) -> Result<Survey, RunError> {
    let (graph, mut outcomes) = judge(observe(&open(request, catalog)?, request, catalog), request, catalog);
    let (derived, risks, notes) = explorer::explore(&graph, catalog, &outcomes, request);
    assess(&mut outcomes, risks);
    Ok(Survey { graph, outcomes, derived, notes })
}

fn assess(outcomes: &mut [Outcome], risks: Vec<Option<FindingRisk>>) {
    for (outcome, risk) in outcomes.iter_mut().zip(risks) {
        outcome.risk = risk;
    }
}

/// The files that are asked for.
pub(crate) fn open(request: &Request, catalog: &Catalog) -> Result<Tree, TreeError> {
    let wants = |path: &str| iac::wants(path) || scan::wants(path);
    match request.home {
        true => {
            let files = scan::agents::home_files(catalog);
            Ok(Tree::of_paths(&request.root, "~", files.iter().map(|f| &**f), Limits::default()))
        }
        false => Tree::open(&request.root, Limits::default(), wants),
    }
}

/// The run itself, over any tree.
pub(crate) fn run(tree: &Tree, request: &Request, catalog: &Catalog) -> Snapshot {
    conclude(observe(tree, request, catalog), request, catalog)
}

/// Every source, of infrastructure and of code.
fn sources<'c>(
    catalog: &'c Catalog,
    given: &Given,
    secrets: &scan::secrets::Options,
) -> Vec<Box<dyn Source + 'c>> {
    let mut sources = iac::sources(catalog, given);
    sources.extend(scan::sources(catalog, secrets));
    sources
}

/// What the sources see.
pub(crate) fn observe(tree: &Tree, request: &Request, catalog: &Catalog) -> Observations {
    let sources = sources(catalog, &request.given, &request.secrets);
    let sources: Vec<&dyn Source> = sources.iter().map(|source| &**source).collect();
    withhold::keys(collect::run(&sources, tree))
}

/// What one source sees, by its name.
pub(crate) fn observe_one(name: &str, tree: &Tree, catalog: &Catalog) -> Observations {
    let sources = sources(catalog, &Given::default(), &scan::secrets::Options::default());
    let source = sources.iter().find(|source| source.name() == name);
    source.map(|source| source.observe(tree)).unwrap_or_default()
}

/// Everything after the sources: graph, evaluation, attack paths, snapshot.
pub(crate) fn conclude(observations: Observations, request: &Request, catalog: &Catalog) -> Snapshot {
    let (graph, mut outcomes) = judge(observations, request, catalog);
    let searched =
        request.paths.as_ref().map(|options| attack::search(&graph, catalog, &outcomes, request, options));
    let Searched { attack, risks, notes } = searched.unwrap_or_default();
    assess(&mut outcomes, risks);
    let (assets, relations, mut coverage) = graph.into_parts();
    coverage.extend(notes);
    coverage.sort();
    coverage.dedup();
    Snapshot { assets, relations, outcomes, coverage, attack }
}

/// The graph, and the outcomes of checks on it.
fn judge(mut observations: Observations, request: &Request, catalog: &Catalog) -> (Graph, Vec<Outcome>) {
    link::join(&mut observations);
    let graph = graph::build(observations, &Cards(catalog));
    let mut outcomes = policy::evaluate(&graph, catalog, &request.selection, &request.exceptions.today);
    policy::apply(&mut outcomes, graph.assets(), graph.comments(), &request.exceptions);
    (graph, outcomes)
}

/// The files of a user's catalogue folder, as (path below it, text), for [`Catalog::with_files`].
pub fn catalog_files(folder: &Path) -> Result<Vec<(String, String)>, RunError> {
    let wanted = |path: &str| path.ends_with(".yaml");
    let tree = Tree::open(folder, Limits::default(), wanted)?;
    let read = tree.files().iter().map(|path| {
        let full = folder.join(&**path);
        let text = collect::read_regular(&full);
        text.map(|text| (path.to_string(), text))
            .map_err(|error| RunError::Unreadable { path: full.display().to_string(), error })
    });
    read.collect()
}
