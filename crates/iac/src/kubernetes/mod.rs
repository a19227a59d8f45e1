//! Kubernetes manifests and kustomizations, as the cluster would get them.
//!
//! What a kind means stands on its card; containers whose software is recognised become the documents of `containers`.
//! Helm charts are programs: they are not run, and say how they can be rendered.

mod charts;
mod kustomize;
mod manifest;
mod naming;
mod observe;
mod patch;
mod pods;
mod references;
mod secrets;
mod selectors;
mod transform;
mod workload;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use catalog::Catalog;
use collect::{Source, Tree};
use model::{Coverage, CoverageStatus, Observations};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::containers::Signs;
use kustomize::{Build, Kustomization, Kustomizations, folder_of, is_kustomization};
use manifest::{Manifest, Read};

/// The name in coverage.
pub(crate) const SOURCE: &str = "kubernetes";
/// Manifests are walked by recursion; their depth is bounded, and this is room for that depth.
const STACK: usize = 32 << 20;

/// The source: every kustomization that no other uses, and every folder of plain manifests.
pub struct Kubernetes<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for this source.
pub fn wants(path: &str) -> bool {
    is_data(path) || is_kustomization(path)
}

fn is_data(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))
}

/// Runs work on threads whose stacks are large enough for deep documents.
pub(crate) fn on_large_stacks(
    source: &'static str,
    work: impl FnOnce() -> Observations + Send,
) -> Observations {
    static POOL: OnceLock<Result<ThreadPool, String>> = OnceLock::new();
    let build = || ThreadPoolBuilder::new().stack_size(STACK).build().map_err(|error| error.to_string());
    match POOL.get_or_init(build) {
        Ok(pool) => pool.install(work),
        Err(error) => {
            let reason = format!("cannot start threads: {error}");
            let note = Coverage::note(source, "", CoverageStatus::Failed, reason);
            Observations { coverage: vec![note], ..Observations::default() }
        }
    }
}

impl Source for Kubernetes<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        on_large_stacks(SOURCE, || self.observe_all(tree))
    }
}

/// What is evaluated on its own.
enum Root {
    /// The kustomization of a folder.
    Kustomization(String),
    /// Files whose resources are applied as they are; the scope's name.
    Plain(Arc<str>, Vec<Arc<str>>),
}

impl Kubernetes<'_> {
    fn observe_all(&self, tree: &Tree) -> Observations {
        let charts = charts::find(tree);
        let mut all = charts::observe(self.catalog, tree, &charts);
        let wanted: Vec<&Arc<str>> = tree.files().iter().filter(|p| wants(p) && !charts.holds(p)).collect();
        let read: Vec<(Arc<str>, Read)> = wanted
            .par_iter()
            .filter_map(|path| {
                // Other files of these names are not ours: what cannot be read is theirs to say.
                let text = tree.read_text(path).ok()?;
                let named = is_kustomization(path);
                let guarded = catch_unwind(AssertUnwindSafe(|| manifest::read(path, text, named)));
                Some(((*path).clone(), guarded.unwrap_or_else(|_| broken(path))))
            })
            .collect();
        let mut files: HashMap<Arc<str>, Read> = read.into_iter().collect();
        let mut kustomizations = Kustomizations::new();
        for path in wanted {
            let Some(read) = files.get_mut(path) else { continue };
            all.comments.append(&mut read.comments);
            all.coverage.append(&mut read.notes);
            if let Some(node) = read.document.take() {
                let kustomization = Kustomization { path: path.clone(), node };
                kustomizations.insert(folder_of(path).to_owned(), kustomization);
            }
        }
        let signs = Signs::new(self.catalog);
        let roots = roots(&kustomizations, &files, &mut all);
        let seen: Vec<Observations> = roots
            .par_iter()
            .map(|root| {
                let work = || self.observe_root(tree, &kustomizations, &files, &signs, root);
                catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
                    let place = match root {
                        Root::Kustomization(folder) => folder,
                        Root::Plain(scope, _) => &**scope,
                    };
                    let reason = "internal error while these resources were evaluated";
                    let note = Coverage::note(SOURCE, place, CoverageStatus::Failed, reason);
                    Observations { coverage: vec![note], ..Observations::default() }
                })
            })
            .collect();
        seen.into_iter().for_each(|observations| all.extend(observations));
        all.comments.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        all.comments.dedup();
        crate::terraform::without_repetition(all)
    }

    fn observe_root(
        &self,
        tree: &Tree,
        kustomizations: &Kustomizations,
        files: &HashMap<Arc<str>, Read>,
        signs: &Signs<'_>,
        root: &Root,
    ) -> Observations {
        match root {
            Root::Kustomization(folder) => {
                let mut build = Build::new(tree, kustomizations, files);
                let manifests = build.root(folder);
                let mut seen = build.seen;
                seen.extend(observe::scope(self.catalog, signs, &shown(folder), manifests));
                seen
            }
            Root::Plain(scope, paths) => {
                let manifests: Vec<Manifest> = paths
                    .iter()
                    .filter_map(|p| files.get(p))
                    .flat_map(|f| f.manifests.iter().cloned())
                    .collect();
                observe::scope(self.catalog, signs, scope, manifests)
            }
        }
    }
}

fn shown(folder: &str) -> Arc<str> {
    if folder.is_empty() { ".".into() } else { folder.into() }
}

fn broken(path: &str) -> Read {
    let reason = "internal error while this file was read";
    Read { notes: vec![Coverage::note(SOURCE, path, CoverageStatus::Failed, reason)], ..Read::default() }
}

/// Kustomizations that no other uses, and the files that belong to none.
fn roots(
    kustomizations: &Kustomizations,
    files: &HashMap<Arc<str>, Read>,
    all: &mut Observations,
) -> Vec<Root> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut belongs: BTreeSet<String> = BTreeSet::new();
    for (folder, kustomization) in kustomizations {
        used.extend(kustomization.parts().into_iter().filter(|part| part != folder));
        belongs.extend(kustomization.files());
        belongs.insert(kustomization.path.to_string());
    }
    let mut roots: Vec<Root> = Vec::new();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut start = |folder: &str, reached: &mut BTreeSet<String>| {
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            if let Some(kustomization) = kustomizations.get(&folder)
                && reached.insert(folder)
            {
                open.extend(kustomization.parts());
            }
        }
        roots.push(Root::Kustomization(folder.to_owned()));
    };
    for (folder, kustomization) in kustomizations {
        if kustomization.is_component() && !used.contains(folder) {
            let reason = "a component that no kustomization uses";
            all.coverage.push(Coverage::note(SOURCE, &kustomization.path, CoverageStatus::Skipped, reason));
            reached.insert(folder.clone());
        } else if !used.contains(folder) {
            start(folder, &mut reached);
        }
    }
    // Those that only use each other in a circle.
    for folder in kustomizations.keys() {
        if !reached.contains(folder) {
            start(folder, &mut reached);
        }
    }
    let mut plain: BTreeMap<&str, Vec<&Arc<str>>> = BTreeMap::new();
    for (path, read) in files {
        if !read.manifests.is_empty() && !belongs.contains(&**path) {
            plain.entry(folder_of(path)).or_default().push(path);
        }
    }
    for (folder, mut paths) in plain {
        paths.sort();
        // Files that declare the same thing are alternatives: the later one is a scope of its own.
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut together: Vec<Arc<str>> = Vec::new();
        for path in paths {
            let Some(read) = files.get(path) else { continue };
            let own: BTreeSet<String> = read
                .manifests
                .iter()
                .filter(|m| !m.is_fragment())
                .map(|m| format!("{}/{}", m.group, m.address()))
                .collect();
            // Beside a kustomization that does not use it, a file stands for itself too.
            if own.is_disjoint(&taken) && !kustomizations.contains_key(folder) {
                taken.extend(own);
                together.push(path.clone());
            } else {
                roots.push(Root::Plain(path.clone(), vec![path.clone()]));
            }
        }
        if !together.is_empty() {
            roots.push(Root::Plain(shown(folder), together));
        }
    }
    roots
}
