//! Pipelines that build and deploy: GitHub Actions, Azure Pipelines and GitLab CI, every job as one document.
//!
//! The three have one form, so that a check on a job is written once:
//! `system`, `name`, `workflow`, `triggers[] {event, branches, types}`, `permissions {scope: level}`, `environment`, `runner[]`, `container`,
//! `variables {NAME: value}`, `steps[] {name, uses, action, ref, run, commands[][], with, variables, expressions[], condition}`,
//! `secrets[]`, `deploys[] {tool, path}`, `needs[]`, `calls`. What a step means is on the cards.

mod azure;
mod expression;
mod github;
mod gitlab;
mod job;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::Catalog;
use collect::{Source, Tree};
use formats::data::{Datum, parse_yaml};
use model::{Comment, Coverage, CoverageStatus, Observations};

use crate::file::SourceFile;
use crate::native::Observer;
use job::Job;

/// The name in coverage.
const SOURCE: &str = "pipelines";
/// Jobs of one file.
const MAX_JOBS: usize = 2_000;
/// Files that one pipeline takes in, each as often as it does so.
const MAX_FILES: usize = 500;

/// The source: every pipeline of a tree.
pub struct Pipelines<'c> {
    pub catalog: &'c Catalog,
}

/// The system that a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    GitHub,
    Azure,
    GitLab,
}

fn system(path: &str) -> Option<System> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"))?;
    if folder == ".github/workflows" || folder.ends_with("/.github/workflows") {
        return Some(System::GitHub);
    }
    if stem == ".gitlab-ci" {
        return Some(System::GitLab);
    }
    let azure = stem.starts_with("azure-pipeline")
        || stem.ends_with("azure-pipelines")
        || stem == "azuredeploy-pipeline";
    let in_folder = [".azdo", ".azure-pipelines", ".azuredevops", "azure-pipelines"]
        .iter()
        .any(|f| folder.split('/').any(|part| part == *f));
    (azure || in_folder).then_some(System::Azure)
}

/// Whether the walk should keep a file for this source.
pub fn wants(path: &str) -> bool {
    system(path).is_some()
}

impl Source for Pipelines<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        let mut all = Observations::default();
        let mut roots = Vec::new();
        for path in tree.files() {
            let Some(system) = system(path) else { continue };
            match File::read(tree, path) {
                Ok(file) => roots.push((system, file)),
                Err(reason) => {
                    all.coverage.push(Coverage::note(SOURCE, path, CoverageStatus::Failed, reason));
                }
            }
        }
        let leads_to = |(system, file): &(System, File)| match system {
            System::Azure => azure::templates(file),
            System::GitLab => gitlab::includes(file),
            System::GitHub => BTreeSet::new(),
        };
        let edges: BTreeMap<&str, BTreeSet<String>> =
            roots.iter().map(|root| (&*root.1.source.path, leads_to(root))).collect();
        let included: BTreeSet<&str> = edges.values().flatten().map(String::as_str).collect();
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        // First the pipelines that no other takes in, then those that only take in each other.
        for free in [true, false] {
            for (system, file) in &roots {
                let path = &*file.source.path;
                if included.contains(path) == free || reached.contains(path) {
                    continue;
                }
                let mut open = vec![path];
                while let Some(path) = open.pop() {
                    if reached.insert(path) {
                        open.extend(edges.get(path).into_iter().flatten().map(String::as_str));
                    }
                }
                all.extend(self.pipeline(tree, *system, file));
            }
        }
        all
    }
}

impl Pipelines<'_> {
    fn pipeline(&self, tree: &Tree, system: System, file: &File) -> Observations {
        let mut reader = Reader {
            tree,
            observer: Observer::new(SOURCE, file.source.path.clone(), self.catalog),
            jobs: 0,
            files: 0,
        };
        reader.account(file);
        match system {
            System::GitHub => github::workflow(&mut reader, file),
            System::Azure => azure::pipeline(&mut reader, file),
            System::GitLab => gitlab::pipeline(&mut reader, file),
        }
        reader.observer.seen
    }
}

/// A pipeline file, parsed.
struct File {
    source: SourceFile,
    root: Option<Datum>,
    comments: Vec<formats::data::Comment>,
    problems: Vec<formats::Problem>,
}

impl File {
    fn read(tree: &Tree, path: &str) -> Result<File, String> {
        let text = tree.read_text(path)?;
        let read = parse_yaml(&text);
        Ok(File {
            source: SourceFile::new(path, text),
            root: read.documents.into_iter().next(),
            comments: read.comments,
            problems: read.problems,
        })
    }

    fn place(&self, datum: &Datum) -> String {
        self.source.place(datum).to_string()
    }
}

/// What the jobs of one pipeline are collected with.
struct Reader<'t, 'c> {
    tree: &'t Tree,
    observer: Observer<'c>,
    jobs: usize,
    files: usize,
}

impl Reader<'_, '_> {
    /// What was read of a file, and what was not.
    fn account(&mut self, file: &File) {
        let path = &file.source.path;
        self.observer.seen.coverage.push(Coverage::read(SOURCE, path));
        for problem in &file.problems {
            let place = file.source.position(problem.span).to_string();
            self.observer.note(&place, CoverageStatus::Partial, problem.message.clone());
        }
        for comment in &file.comments {
            let at = file.source.position(comment.span);
            let comment = Comment { path: path.clone(), line: at.line, text: comment.text.clone() };
            self.observer.seen.comments.push(comment);
        }
    }

    fn add(&mut self, system: &str, address: impl Into<Arc<str>>, mut job: Job) {
        self.jobs += 1;
        if self.jobs == MAX_JOBS + 1 {
            let reason = format!("more than {MAX_JOBS} jobs: the rest is not assessed");
            self.observer.note(&job.path, CoverageStatus::Partial, reason);
        }
        if self.jobs <= MAX_JOBS {
            job.set("system", system.into());
            job.observe(&mut self.observer, address.into());
        }
    }

    /// Another file of the same pipeline; a file that cannot be read is noted where it is named.
    fn file(&mut self, path: &str, place: &str) -> Option<File> {
        self.files += 1;
        if self.files > MAX_FILES {
            if self.files == MAX_FILES + 1 {
                let reason = format!("more than {MAX_FILES} files are taken in: the rest is not read");
                self.observer.note(place, CoverageStatus::Partial, reason);
            }
            return None;
        }
        match File::read(self.tree, &collect::normalise(path)) {
            Ok(file) => {
                self.account(&file);
                Some(file)
            }
            Err(reason) => {
                self.observer.note(place, CoverageStatus::Partial, format!("{path} is not read: {reason}"));
                None
            }
        }
    }
}
