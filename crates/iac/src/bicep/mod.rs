//! Bicep: files read, lowered to templates, and each root handed to the evaluator that ARM JSON has too.
//!
//! What an expression means is not known here, nor what a resource type means: that stands on the kinds' cards.

mod expr;
mod files;
mod lower;
mod parameters;
mod shapes;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use catalog::Catalog;
use collect::{Source, Tree};
use formats::data::parse_json;
use model::{Coverage, CoverageStatus, Observations};
use rayon::prelude::*;

use crate::arm::source::pool;
use crate::arm::template::{Library, ParameterFile, Template};
use crate::arm::{self, Deployment, json};
use crate::file::SourceFile;
use files::{Files, Parsed, is_bicep, is_parameters};

/// The name in coverage.
const SOURCE: &str = "bicep";
/// Files of parameters with which one root is evaluated.
const MAX_DEPLOYMENTS: usize = 10;

/// The source: evaluates every Bicep file of a tree that no other deploys.
pub struct Bicep<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for this source.
pub fn wants(path: &str) -> bool {
    is_bicep(path) || is_parameters(path) || parameters::is_json(path)
}

/// One template to evaluate, and what with.
struct Root {
    path: Arc<str>,
    /// The scope of its assets.
    scope: Arc<str>,
    given: Option<Arc<ParameterFile>>,
}

impl Source for Bicep<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        match pool() {
            Ok(pool) => pool.install(|| self.observe_all(tree)),
            Err(error) => failed("", format!("cannot start threads: {error}")),
        }
    }
}

fn failed(place: &str, reason: impl Into<String>) -> Observations {
    let note = Coverage::note(SOURCE, place, CoverageStatus::Failed, reason);
    Observations { coverage: vec![note], ..Observations::default() }
}

impl Bicep<'_> {
    fn observe_all(&self, tree: &Tree) -> Observations {
        let files = Files::read(tree);
        let mut all = Observations::default();
        for (path, file) in &files.by_path {
            match file {
                Ok(file) => {
                    all.coverage.extend(file.coverage.iter().cloned());
                    all.comments.extend(file.comments.iter().cloned());
                }
                // What is only named is noted where it is named.
                Err(reason) if tree.files().binary_search(path).is_ok() => {
                    all.coverage.push(Coverage::note(SOURCE, path, CoverageStatus::Failed, &**reason));
                }
                Err(_) => {}
            }
        }
        let templates: Vec<&Parsed> = files.all().filter(|file| is_bicep(file.path())).collect();
        let lowered: Vec<_> =
            templates.into_par_iter().map(|file| (file, lower::lower(file, &files))).collect();
        let mut library = Library::default();
        for (file, lowered) in lowered {
            for (span, message) in lowered.notes {
                let place = file.source.position(span).to_string();
                all.coverage.push(Coverage::note(SOURCE, place, CoverageStatus::Partial, message));
            }
            library.templates.insert(file.path().clone(), Ok(Arc::new(lowered.template)));
        }
        for path in files.json_modules() {
            let template = json_template(tree, &path, &mut all.coverage);
            library.templates.insert(path, template);
        }
        for (path, reason) in files.absent() {
            library.templates.entry(path).or_insert(Err(reason));
        }
        let roots = roots(tree, &files, &mut all.coverage);
        let seen: Vec<Observations> =
            roots.par_iter().map(|root| self.observe_root(tree, &library, root)).collect();
        seen.into_iter().for_each(|observations| all.extend(observations));
        without_repetition(all)
    }

    /// A fault of ours in one root must not take the others with it.
    fn observe_root(&self, tree: &Tree, library: &Library, root: &Root) -> Observations {
        let Some(Ok(template)) = library.templates.get(&root.path) else { return Observations::default() };
        let deployment = Deployment {
            source: SOURCE,
            path: &root.scope,
            template,
            given: root.given.as_ref(),
            library,
            tree,
            catalog: self.catalog,
        };
        let observed = catch_unwind(AssertUnwindSafe(|| arm::observe(deployment)));
        observed.unwrap_or_else(|_| failed(&root.path, "internal error while this template was evaluated"))
    }
}

/// A module that is written in JSON.
fn json_template(tree: &Tree, path: &Arc<str>, notes: &mut Vec<Coverage>) -> Result<Arc<Template>, Arc<str>> {
    let text = tree.read_text(path).map_err(|reason| format!("cannot read {path}: {reason}"))?;
    let (datum, _, problems) = parse_json(&text);
    let file = Arc::new(SourceFile::new(path.clone(), text));
    let (template, told) = match datum {
        Some(datum) if json::target_scope(&datum).is_some() => json::template(&file, &datum),
        _ => return Err(format!("{path} is no template").into()),
    };
    for (span, message) in problems.into_iter().map(|p| (p.span, p.message)).chain(told) {
        let place = file.position(span).to_string();
        notes.push(Coverage::note(SOURCE, place, CoverageStatus::Partial, message));
    }
    Ok(Arc::new(template))
}

/// What is deployed by itself: a template that no other deploys, and any that values are given for.
fn roots(tree: &Tree, files: &Files, notes: &mut Vec<Coverage>) -> Vec<Root> {
    let given = parameters::by_template(tree, files, notes);
    let walked: BTreeSet<&Arc<str>> = tree.files().iter().collect();
    let candidates: Vec<&Parsed> = files
        .all()
        .filter(|file| is_bicep(file.path()) && walked.contains(file.path()) && file.is_template())
        .collect();
    let called: HashSet<String> = files.all().flat_map(Parsed::modules).collect();
    let mut paths: BTreeSet<Arc<str>> = given.keys().cloned().collect();
    paths
        .extend(candidates.iter().map(|file| file.path()).filter(|path| !called.contains(&***path)).cloned());
    // Templates that deploy each other in a circle are reached from no root: each is one.
    let mut reached: HashSet<String> = HashSet::new();
    let mut open: Vec<String> = paths.iter().map(ToString::to_string).collect();
    while let Some(path) = open.pop() {
        if let Some(file) = files.get(&path).filter(|_| !reached.contains(&path)) {
            open.extend(file.modules());
        }
        reached.insert(path);
    }
    paths.extend(
        candidates.iter().map(|file| file.path()).filter(|path| !reached.contains(&***path)).cloned(),
    );
    let mut roots = Vec::new();
    for path in paths {
        let given: &[(Arc<str>, Arc<ParameterFile>)] = given.get(&path).map_or(&[], |given| given);
        match given {
            [] => roots.push(Root { scope: path.clone(), path, given: None }),
            [(_, only)] => roots.push(Root { scope: path.clone(), path, given: Some(only.clone()) }),
            // Each is a deployment of its own, known by its values.
            several => {
                for (scope, file) in several.iter().take(MAX_DEPLOYMENTS) {
                    roots.push(Root { path: path.clone(), scope: scope.clone(), given: Some(file.clone()) });
                }
                for (scope, _) in several.iter().skip(MAX_DEPLOYMENTS) {
                    let reason = format!(
                        "more than {MAX_DEPLOYMENTS} files of values for {path}; this one is not used"
                    );
                    notes.push(Coverage::note(SOURCE, scope, CoverageStatus::Skipped, reason));
                }
            }
        }
    }
    roots
}

/// One note for each resource type without a card, at its first place.
fn without_repetition(mut all: Observations) -> Observations {
    all.comments.sort_by(|a, b| (&a.path, a.line, &a.text).cmp(&(&b.path, b.line, &b.text)));
    all.comments.dedup();
    all.coverage.sort();
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    all.coverage.retain(|note| match &note.reason {
        Some(reason) if note.status == CoverageStatus::Skipped && reason.ends_with("has no card") => {
            seen.insert(reason.clone(), ()).is_none()
        }
        _ => true,
    });
    all.coverage.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each root's path and scope, and how many files of values it has.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree::of_texts(files.iter().copied());
        let roots = roots(&tree, &Files::read(&tree), &mut Vec::new());
        let given = |root: &Root| root.given.iter().map(|file| 1 + file.bases.len()).sum::<usize>();
        roots.iter().map(|root| format!("{} {} {}", root.path, root.scope, given(root))).collect()
    }

    #[test]
    fn what_is_deployed_by_itself_is_a_root() {
        const OUT: &str = "output o int = 1";
        type Case = (&'static [(&'static str, &'static str)], &'static [&'static str]);
        let cases: [Case; 7] = [
            (&[("a.bicep", OUT), ("b/c.bicep", OUT)], &["a.bicep a.bicep 0", "b/c.bicep b/c.bicep 0"]),
            (
                &[("a.bicep", "module m 'b/c.bicep' = {}\nmodule n 'gone.bicep' = {}"), ("b/c.bicep", OUT)],
                &["a.bicep a.bicep 0"],
            ),
            (&[("types.bicep", "@export()\ntype t = int\nvar v = 1")], &[]),
            (
                &[
                    ("a.bicep", "module m 'b.bicep' = {}"),
                    ("b.bicep", "module m 'a.bicep' = {}"),
                    ("c.bicep", OUT),
                ],
                &["a.bicep a.bicep 0", "b.bicep b.bicep 0", "c.bicep c.bicep 0"],
            ),
            (&[("a.bicep", OUT), ("p.bicepparam", "using 'a.bicep'")], &["a.bicep a.bicep 1"]),
            (
                &[
                    ("a.bicep", OUT),
                    ("p.bicepparam", "using 'a.bicep'"),
                    ("q.bicepparam", "using './a.bicep'"),
                ],
                &["a.bicep p.bicepparam 1", "a.bicep q.bicepparam 1"],
            ),
            (
                &[
                    ("a.bicep", "module m 'b.bicep' = {}"),
                    ("b.bicep", OUT),
                    ("b.parameters.json", r#"{"parameters": {"p": {"value": 1}}}"#),
                ],
                &["a.bicep a.bicep 0", "b.bicep b.bicep 1"],
            ),
        ];
        for (files, want) in cases {
            assert_eq!(found(files), want, "{files:?}");
        }
    }
}
