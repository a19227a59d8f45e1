//! CloudFormation: templates in YAML and JSON, SAM's and CDK's among them, evaluated from their roots.
//!
//! The document of a resource is its `Properties`; what a resource type means stands on the kinds' cards. Nothing is
//! fetched and no macro is run: what only a deployment could know is unknown.

mod cdk;
mod conditions;
mod document;
mod eval;
mod facts;
mod functions;
mod given;
mod lenient;
mod names;
mod nested;
mod networks;
mod observe;
mod parameters;
mod root;
mod serverless;
mod serverless_policies;
mod stack;
mod template;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use catalog::Catalog;
use collect::{Source, Tree};
use model::{Comment, Coverage, CoverageStatus, Observations};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use given::Given;
use root::Files;
use template::Parsed;

/// The name in coverage.
const SOURCE: &str = "cloudformation";
/// Evaluation recurses; its depth is bounded, and this is room for that depth.
const STACK: usize = 256 << 20;

/// The source: evaluates every template of a tree that no other template nests.
pub struct CloudFormation<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for this source: its text will tell whether it is a template.
pub fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let known =
        [".yaml", ".yml", ".json", ".template", ".cfn", ".cform"].iter().any(|end| lower.ends_with(end));
    known && !["package-lock.json", "package.json", "pnpm-lock.yaml", "tsconfig.json"].contains(&&*lower)
}

/// Whether a file's name alone says that it is a template.
fn is_named_template(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["template", "cloudformation", ".cfn", "cfn-"].iter().any(|word| name.contains(word))
}

/// What a file turned out to be.
enum Found {
    Template(Parsed),
    Given(Given),
    Broken(Vec<Coverage>),
    Other,
}

impl Source for CloudFormation<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        static POOL: OnceLock<Result<ThreadPool, String>> = OnceLock::new();
        let build = || ThreadPoolBuilder::new().stack_size(STACK).build().map_err(|error| error.to_string());
        match POOL.get_or_init(build) {
            Ok(pool) => pool.install(|| self.observe_all(tree)),
            Err(error) => {
                let reason = format!("cannot start threads: {error}");
                let note = Coverage::note(SOURCE, "", CoverageStatus::Failed, reason);
                Observations { coverage: vec![note], ..Observations::default() }
            }
        }
    }
}

impl CloudFormation<'_> {
    fn observe_all(&self, tree: &Tree) -> Observations {
        let wanted: Vec<&Arc<str>> = tree.files().iter().filter(|path| wants(path)).collect();
        let found: Vec<Found> = wanted.par_iter().map(|path| read(tree, path)).collect();
        let (mut files, mut given, mut all) = (Files::new(), Vec::new(), Observations::default());
        for one in found {
            match one {
                Found::Template(parsed) => {
                    declare(&parsed, &mut all);
                    files.insert(parsed.file.path.clone(), Arc::new(parsed));
                }
                Found::Given(values) => given.push(values),
                Found::Broken(notes) => all.coverage.extend(notes),
                Found::Other => {}
            }
        }
        let roots = roots(&files);
        let seen: Vec<Observations> =
            roots.par_iter().map(|path| self.observe_root(tree, &files, path, &given)).collect();
        seen.into_iter().for_each(|observations| all.extend(observations));
        without_repetition(all)
    }

    /// A fault of ours in one root must not take the others with it.
    fn observe_root(&self, tree: &Tree, files: &Files, path: &Arc<str>, given: &[Given]) -> Observations {
        let evaluate = || {
            let (values, note) = files.get(path).map(|parsed| given::of(parsed, given)).unwrap_or_default();
            let mut seen = observe::root(self.catalog, tree, files, path, values);
            seen.coverage.extend(note);
            seen
        };
        catch_unwind(AssertUnwindSafe(evaluate)).unwrap_or_else(|_| {
            let reason = "internal error while this template was evaluated";
            let note = Coverage::note(SOURCE, &**path, CoverageStatus::Failed, reason);
            Observations { coverage: vec![note], ..Observations::default() }
        })
    }
}

fn read(tree: &Tree, path: &Arc<str>) -> Found {
    let text = match tree.read_text(path) {
        Ok(text) => text,
        Err(reason) if is_named_template(path) => {
            return Found::Broken(vec![Coverage::note(SOURCE, &**path, CoverageStatus::Failed, reason)]);
        }
        Err(_) => return Found::Other, // whether it is a template at all nobody can say
    };
    let (template, values) = (template::may_be_template(&text), given::may_be_given(&text));
    if !template && !values {
        return Found::Other;
    }
    let says_so =
        text.lines().any(|line| line.trim_start_matches([' ', '"']).starts_with("AWSTemplateFormatVersion"));
    match template::parse(path, text) {
        Ok(parsed) if template::is_template(&parsed.datum) => Found::Template(parsed),
        Ok(parsed) => given::read(&parsed).map_or(Found::Other, Found::Given),
        Err(problems) if says_so => {
            let note = |(place, message): (String, String)| {
                Coverage::note(SOURCE, place, CoverageStatus::Failed, message)
            };
            Found::Broken(problems.into_iter().take(3).map(note).collect())
        }
        Err(_) => Found::Other,
    }
}

/// What a template's text says besides its resources.
fn declare(parsed: &Parsed, all: &mut Observations) {
    let path = &parsed.file.path;
    all.coverage.push(Coverage::read(SOURCE, path));
    for (place, message) in &parsed.problems {
        all.coverage.push(Coverage::note(SOURCE, place, CoverageStatus::Partial, &**message));
    }
    all.comments.extend(parsed.comments.iter().map(|comment| Comment {
        path: path.clone(),
        line: parsed.file.position(comment.span).line,
        text: comment.text.clone(),
    }));
}

/// Templates that no other nests, and those that only a circle of templates leads to.
fn roots(files: &Files) -> Vec<Arc<str>> {
    let nested = |path: &str| -> Vec<Arc<str>> {
        let Some(parsed) = files.get(path) else { return Vec::new() };
        let exists = |path: &str| files.contains_key(path);
        let local =
            template::nested(&parsed.datum).filter_map(|named| template::nested_file(named, path, &exists));
        local.filter_map(|local| Some(files.get_key_value(&*local)?.0.clone())).collect()
    };
    let inner: BTreeSet<Arc<str>> =
        files.keys().flat_map(|path| nested(path).into_iter().filter(move |inner| inner != path)).collect();
    let mut roots: Vec<Arc<str>> = files.keys().filter(|path| !inner.contains(*path)).cloned().collect();
    let mut reached: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut open = roots.clone();
    loop {
        while let Some(path) = open.pop() {
            if reached.insert(path.clone()) {
                open.extend(nested(&path));
            }
        }
        let Some(next) = files.keys().find(|path| !reached.contains(*path)) else { break };
        roots.push(next.clone());
        open.push(next.clone());
    }
    roots
}

/// One note for each resource type without a card, at its first place.
fn without_repetition(mut all: Observations) -> Observations {
    all.coverage.sort();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    all.coverage.retain(|note| match &note.reason {
        Some(reason) if note.status == CoverageStatus::Skipped && reason.ends_with("\" has no card") => {
            seen.insert(reason.clone())
        }
        _ => true,
    });
    all.coverage.dedup();
    all
}
