//! Terraform and OpenTofu: modules read, evaluated from their roots, and mapped to documents.
//!
//! What a resource type means stands on the kinds' cards; here is only the language.

pub(crate) mod access;
mod body;
pub(crate) mod cost;
mod data;
mod eval;
mod files;
pub mod functions;
mod instance;
mod inventory;
pub(crate) mod mapping;
mod module;
mod names;
mod observe;
mod operators;
mod provider;
mod recorded;
mod sets;
mod template;
pub mod types;
mod variables;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use catalog::Catalog;
use collect::{Source, Tree};
use model::{Coverage, CoverageStatus, Node, Observations};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use instance::{Instance, Repetition, Root};
use module::{Module, Modules, installed, is_configuration};
pub use recorded::{TerraformPlan, TerraformState};
pub use variables::{Given, VariableFile};

/// The name in coverage.
pub(crate) const SOURCE: &str = "terraform";
/// Evaluation recurses; its depth is bounded, and this is room for that depth.
const STACK: usize = 256 << 20;
/// Folders that the roots may reach outside of the walk.
const MAX_REACHED: usize = 5_000;

/// The source: evaluates every root module of a tree.
pub struct Terraform<'c> {
    pub catalog: &'c Catalog,
    /// Values of root variables from the command line.
    pub given: Given,
}

/// The value of one expression in the root module of `tree`, as `terraform console` gives it.
pub fn evaluate(text: &str, tree: &Tree) -> Result<Node, String> {
    let (expr, problems) = formats::hcl::parse_expression(text);
    let Some(expr) = expr.filter(|_| problems.is_empty()) else {
        return Err(problems.into_iter().next().map_or_else(|| "empty expression".into(), |p| p.message));
    };
    let names: Vec<String> = tree.names_in("").into_iter().filter(|n| is_configuration(n)).collect();
    let mut module = Module::read(tree, "", &names);
    let file = module.add_text("console", text);
    let mut modules = Modules::default();
    modules.by_folder.insert("".into(), module);
    reach(tree, &mut modules, &["".into()]);
    let automatic = variables::automatic(tree.files());
    let own = automatic.get("").map_or(&[][..], |v| v);
    let (given, _) = variables::given(tree, own, &Given::default());
    let Some(module) = modules.by_folder.get("") else { return Err("no root module".into()) };
    let root = Root::new(&modules, tree, "".into(), given);
    root.add_instance(Instance::new(module, String::new(), String::new(), None));
    let (instance, repetition) = (root.instance(0), Repetition::default());
    root.scope(&instance, file, &repetition).eval(&expr)
}

/// Whether the walk should keep a file for this source.
pub fn wants(path: &str) -> bool {
    is_configuration(path) || variables::is_variables(path)
}

impl Source for Terraform<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        on_pool(SOURCE, || self.observe_all(tree))
    }
}

/// Runs on threads with room for deep recursion.
fn on_pool(source: &str, run: impl FnOnce() -> Observations + Send) -> Observations {
    static POOL: OnceLock<Result<ThreadPool, String>> = OnceLock::new();
    let build = || ThreadPoolBuilder::new().stack_size(STACK).build().map_err(|error| error.to_string());
    match POOL.get_or_init(build) {
        Ok(pool) => pool.install(run),
        Err(error) => {
            let note =
                Coverage::note(source, "", CoverageStatus::Failed, format!("cannot start threads: {error}"));
            Observations { coverage: vec![note], ..Observations::default() }
        }
    }
}

impl Terraform<'_> {
    fn observe_all(&self, tree: &Tree) -> Observations {
        let mut folders: BTreeMap<Arc<str>, Vec<String>> = BTreeMap::new();
        for path in tree.files().iter().filter(|p| is_configuration(p)) {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            folders.entry(folder.into()).or_default().push(name.to_owned());
        }
        let in_walk: BTreeSet<Arc<str>> = folders.keys().cloned().collect();
        let mut modules = Modules { values: variables::automatic(tree.files()), ..Modules::default() };
        let read: Vec<Module> =
            folders.par_iter().map(|(folder, names)| Module::read(tree, folder, names)).collect();
        modules.by_folder = read.into_iter().map(|m| (m.folder.clone(), m)).collect();
        let called: BTreeSet<Arc<str>> =
            modules.by_folder.values().flat_map(|m| m.local_sources()).map(Arc::from).collect();
        let mut roots: Vec<Arc<str>> = in_walk.iter().filter(|f| !called.contains(*f)).cloned().collect();
        reach(tree, &mut modules, &roots);
        roots.extend(unreached(&modules, &roots, &in_walk));
        let mut all = Observations::default();
        for module in modules.by_folder.values() {
            all.coverage.extend(module.coverage.iter().cloned());
            all.comments.extend(module.comments.iter().cloned());
        }
        let seen: Vec<Observations> =
            roots.par_iter().map(|root| self.observe_root(tree, &modules, root)).collect();
        seen.into_iter().for_each(|observations| all.extend(observations));
        all.comments.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        all.comments.dedup();
        without_repetition(all)
    }

    /// A fault of ours in one root must not take the others with it.
    fn observe_root(&self, tree: &Tree, modules: &Modules, root: &Arc<str>) -> Observations {
        let observed = catch_unwind(AssertUnwindSafe(|| observe::root(self, tree, modules, root)));
        observed.unwrap_or_else(|_| {
            let place = names::shown_folder(root);
            let reason = "internal error while this root module was evaluated";
            let note = Coverage::note(SOURCE, place, CoverageStatus::Failed, reason);
            Observations { coverage: vec![note], ..Observations::default() }
        })
    }
}

/// Reads the modules that are called but were not walked: above the scanned root, or under `.terraform/modules`.
fn reach(tree: &Tree, modules: &mut Modules, roots: &[Arc<str>]) {
    for root in roots {
        let found = installed(tree, root);
        if !found.is_empty() {
            modules.installed.insert(root.clone(), found);
        }
    }
    let mut wanted: Vec<String> = modules.by_folder.values().flat_map(Module::local_sources).collect();
    wanted.extend(modules.installed.values().flat_map(|i| i.values().cloned()));
    wanted.sort();
    let mut budget = MAX_REACHED;
    while let Some(folder) = wanted.pop() {
        if budget == 0 {
            break;
        }
        if modules.by_folder.contains_key(&*folder) {
            continue;
        }
        budget -= 1;
        let names: Vec<String> = tree.names_in(&folder).into_iter().filter(|n| is_configuration(n)).collect();
        if names.is_empty() {
            continue; // the call will say that the module is not on disk
        }
        let module = Module::read(tree, &folder, &names);
        wanted.extend(module.local_sources());
        modules.by_folder.insert(module.folder.clone(), module);
    }
}

/// Folders that no root leads to, because they call each other: each is then a root of its own.
fn unreached(modules: &Modules, roots: &[Arc<str>], in_walk: &BTreeSet<Arc<str>>) -> Vec<Arc<str>> {
    let mut reached: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut open: Vec<Arc<str>> = roots.to_vec();
    while let Some(folder) = open.pop() {
        if reached.insert(folder.clone())
            && let Some(module) = modules.by_folder.get(&folder)
        {
            open.extend(module.local_sources().map(Arc::from));
        }
    }
    in_walk.iter().filter(|f| !reached.contains(*f)).cloned().collect()
}

/// One note for each resource type without a card, at its first place.
pub(crate) fn without_repetition(mut all: Observations) -> Observations {
    let mut first: HashMap<String, usize> = HashMap::new();
    all.coverage.sort();
    let mut kept: Vec<Coverage> = Vec::new();
    for note in all.coverage {
        let reason = note.reason.clone().unwrap_or_default();
        if note.status == CoverageStatus::Skipped && reason.starts_with(inventory::NO_CARD) {
            if first.contains_key(&reason) {
                continue;
            }
            first.insert(reason, kept.len());
        }
        kept.push(note);
    }
    kept.dedup();
    all.coverage = kept;
    all
}
