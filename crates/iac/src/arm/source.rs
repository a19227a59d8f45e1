//! The ARM JSON source: which files are templates, which are roots, and which parameters they are deployed with.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use catalog::Catalog;
use collect::{Source, Tree};
use formats::data::{Datum, parse_json};
use model::{Comment, Coverage, CoverageStatus, Observations};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::observe::{self, Observed};
use super::template::{ParameterFile, Template};
use super::{Deployment, json};
use crate::file::SourceFile;

/// The name in coverage.
const SOURCE: &str = "arm";
/// Evaluation recurses; its depth is bounded, and this is room for that depth.
const STACK: usize = 256 << 20;
/// Problems of one file that are told.
const MAX_PROBLEMS: usize = 50;

/// The source: evaluates every ARM JSON template of a tree that no other one deploys.
pub struct Arm<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for this source.
pub fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    (name.ends_with(".json") || name.ends_with(".jsonc")) && name != "package-lock.json"
}

/// The threads that templates are evaluated on.
pub(crate) fn pool() -> Result<&'static ThreadPool, &'static str> {
    static POOL: OnceLock<Result<ThreadPool, String>> = OnceLock::new();
    let build = || ThreadPoolBuilder::new().stack_size(STACK).build().map_err(|error| error.to_string());
    POOL.get_or_init(build).as_ref().map_err(|error| &**error)
}

/// One JSON file that is of use here.
enum File {
    Template { template: Arc<Template>, compiled: bool },
    Parameters(Arc<ParameterFile>),
}

struct Read {
    path: Arc<str>,
    file: Option<File>,
    comments: Vec<Comment>,
    coverage: Vec<Coverage>,
}

impl Source for Arm<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        match pool() {
            Ok(pool) => pool.install(|| self.observe_all(tree)),
            Err(error) => {
                let reason = format!("cannot start threads: {error}");
                let note = Coverage::note(SOURCE, "", CoverageStatus::Failed, reason);
                Observations { coverage: vec![note], ..Observations::default() }
            }
        }
    }
}

/// The Bicep file beside a template that Bicep's compiler wrote, from which it is evidently made.
fn origin(tree: &Tree, path: &str) -> Option<Arc<str>> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let beside = [stem, "main"].into_iter().map(|stem| collect::normalise(&format!("{folder}/{stem}.bicep")));
    beside.into_iter().find(|path| tree.is_file(path) == Ok(true)).map(Arc::from)
}

/// Reads one file, if a look at its bytes says that it may be of use.
fn read(tree: &Tree, path: &Arc<str>) -> Read {
    let mut read = Read { path: path.clone(), file: None, comments: Vec::new(), coverage: Vec::new() };
    let note = |place: &str, status, reason: String| Coverage::note(SOURCE, place, status, reason);
    // What cannot be read is nothing that says it is a template.
    let Ok(bytes) = tree.read(path) else { return read };
    let text = String::from_utf8_lossy(&bytes);
    let says = |word: &str| text.contains(word);
    let may_be = says("eploymentTemplate.json") || says("eploymentParameters.json");
    if !(may_be || path.ends_with(".parameters.json") && says("\"value\"")) {
        return read;
    }
    let (datum, comments, problems) = parse_json(&text);
    let file = Arc::new(SourceFile::new(path.clone(), text.into_owned()));
    let Some(datum) = datum else {
        let said = ["deploymentTemplate.json#", "$schema"].iter().all(|word| file.text.contains(word));
        if let (true, Some(problem)) = (said, problems.first()) {
            let place = file.position(problem.span).to_string();
            read.coverage.push(note(&place, CoverageStatus::Failed, problem.message.clone()));
        }
        return read;
    };
    let Some(found) = of_datum(&file, &datum) else { return read };
    read.coverage.push(Coverage::read(SOURCE, path));
    let told = problems.iter().map(|p| (p.span, p.message.clone())).chain(found.1);
    for (span, message) in told.take(MAX_PROBLEMS) {
        read.coverage.push(note(&file.position(span).to_string(), CoverageStatus::Partial, message));
    }
    read.comments = comments
        .into_iter()
        .map(|c| Comment { path: path.clone(), line: file.position(c.span).line, text: c.text })
        .collect();
    read.file = Some(found.0);
    read
}

fn of_datum(file: &Arc<SourceFile>, datum: &Datum) -> Option<(File, Vec<(formats::Span, String)>)> {
    if json::target_scope(datum).is_some() {
        let (template, problems) = json::template(file, datum);
        let compiled = json::is_compiled(datum);
        return Some((File::Template { template: Arc::new(template), compiled }, problems));
    }
    let parameters = json::parameter_file(file, datum)?;
    Some((File::Parameters(Arc::new(parameters)), Vec::new()))
}

impl Arm<'_> {
    fn observe_all(&self, tree: &Tree) -> Observations {
        let paths: Vec<&Arc<str>> = tree.files().iter().filter(|path| wants(path)).collect();
        let read: Vec<Read> = paths.par_iter().map(|path| read(tree, path)).collect();
        let mut all = Observations::default();
        let mut templates: BTreeMap<Arc<str>, Arc<Template>> = BTreeMap::new();
        let mut origins: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        let mut parameters: BTreeMap<Arc<str>, Arc<ParameterFile>> = BTreeMap::new();
        for read in read {
            all.comments.extend(read.comments);
            all.coverage.extend(read.coverage);
            match read.file {
                Some(File::Template { template, compiled }) => {
                    if let Some(origin) = origin(tree, &read.path).filter(|_| compiled) {
                        origins.insert(read.path.clone(), origin);
                    }
                    templates.insert(read.path, template);
                }
                Some(File::Parameters(file)) => _ = parameters.insert(read.path, file),
                None => {}
            }
        }
        let library =
            json::library(templates.iter().map(|(path, template)| (path.clone(), template.clone())));
        let roots: Vec<(&Arc<str>, &Arc<Template>)> = templates.iter().collect();
        let observed: Vec<Observed> = roots
            .par_iter()
            .map(|(path, template)| {
                let given = given(path, &parameters, &templates);
                let run = Deployment {
                    source: SOURCE,
                    path,
                    template,
                    given,
                    library: &library,
                    tree,
                    catalog: self.catalog,
                };
                observe_root(run, origins.get(*path))
            })
            .collect();
        let links = roots.iter().zip(&observed).map(|((path, _), one)| ((*path).clone(), &one.linked));
        let kept = kept(&links.collect());
        for ((path, _), one) in roots.iter().zip(observed) {
            if kept.contains(*path) {
                all.extend(one.seen);
            }
        }
        all
    }
}

/// A fault of ours in one root must not take the others with it.
fn observe_root(run: Deployment<'_>, origin: Option<&Arc<str>>) -> Observed {
    catch_unwind(AssertUnwindSafe(|| observe::root(run, origin))).unwrap_or_else(|_| {
        let reason = "internal error while this template was evaluated";
        let note = Coverage::note(SOURCE, run.path, CoverageStatus::Failed, reason);
        let seen = Observations { coverage: vec![note], ..Observations::default() };
        Observed { seen, linked: BTreeSet::new() }
    })
}

/// The templates that are roots: those that no other one links to; of a circle, the first.
fn kept(links: &BTreeMap<Arc<str>, &BTreeSet<Arc<str>>>) -> BTreeSet<Arc<str>> {
    let linked: BTreeSet<&Arc<str>> =
        links.iter().flat_map(|(from, to)| to.iter().filter(move |to| *to != from)).collect();
    let mut kept: BTreeSet<Arc<str>> = links.keys().filter(|path| !linked.contains(path)).cloned().collect();
    let mut reached = BTreeSet::new();
    let mut open: Vec<Arc<str>> = kept.iter().cloned().collect();
    let mut rest = links.keys();
    loop {
        while let Some(path) = open.pop() {
            if reached.insert(path.clone()) {
                open.extend(links.get(&path).into_iter().flat_map(|to| to.iter().cloned()));
            }
        }
        match rest.find(|path| !reached.contains(*path)) {
            Some(path) => {
                kept.insert(path.clone());
                open.push(path.clone());
            }
            None => return kept,
        }
    }
}

/// The file of parameters that goes with a template: its namesake, or the only one beside the only template.
fn given<'p>(
    path: &str,
    parameters: &'p BTreeMap<Arc<str>, Arc<ParameterFile>>,
    templates: &BTreeMap<Arc<str>, Arc<Template>>,
) -> Option<&'p Arc<ParameterFile>> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let at = |name: &str| parameters.get(&*collect::normalise(&format!("{folder}/{name}")));
    for ending in ["parameters", "params", "param"] {
        let namesake =
            at(&format!("{stem}.{ending}.json")).or_else(|| at(&format!("parameters/{stem}.{ending}.json")));
        if namesake.is_some() {
            return namesake;
        }
    }
    let beside = |other: &str| other.rsplit_once('/').map_or("", |(folder, _)| folder) == folder;
    if templates.keys().filter(|other| beside(other)).count() != 1 {
        return None;
    }
    let mut all = parameters.iter().filter(|(other, _)| beside(other));
    match (all.next(), all.next()) {
        (Some((_, only)), None) => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_what_nothing_links_to() {
        let set = |paths: &[&str]| paths.iter().map(|p| Arc::from(*p)).collect::<BTreeSet<Arc<str>>>();
        let (a, b, c, d, e) = (set(&["b"]), set(&[]), set(&["d"]), set(&["c"]), set(&["e"]));
        let links = [("a", &a), ("b", &b), ("c", &c), ("d", &d), ("e", &e)];
        let links = links.into_iter().map(|(path, to)| (Arc::from(path), to)).collect();
        assert_eq!(kept(&links), set(&["a", "c", "e"]), "c and d link to each other, e to itself");
    }
}
