//! The files that packages are read from, each read once, and which application each speaks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use collect::{Tree, normalise};
use formats::packages::{Contents, Format, Pom, Role, read_pom, resolve_pom};
use formats::{LineIndex, Problem, Span};
use model::{Coverage, CoverageStatus, Position};
use rayon::prelude::*;

use crate::application::{Applications, is_requirements, parent};

use super::SOURCE;

/// Requirements files that one application takes in.
const MAX_INCLUDED: usize = 200;
/// Parents of one Maven project.
const MAX_PARENTS: usize = 16;

/// One file, read.
pub(super) struct File {
    pub(super) path: Arc<str>,
    pub(super) format: Format,
    pub(super) contents: Contents,
    text: String,
    lines: LineIndex,
}

impl File {
    fn new(path: &Arc<str>, format: Format, text: String) -> (File, Option<Pom>) {
        let lines = LineIndex::new(&text);
        // A project of Maven's is resolved once its parents are read too.
        let pom = (format == Format::Pom).then(|| read_pom(&text));
        let contents = if pom.is_some() { Contents::default() } else { format.read(&text) };
        (File { path: path.clone(), format, contents, text, lines }, pom)
    }

    pub(super) fn position(&self, span: Span) -> Position {
        let (line, column) = self.lines.line_column(&self.text, span.start);
        let (end_line, end_column) = self.lines.line_column(&self.text, span.end);
        Position { path: self.path.clone(), line, column, end_line, end_column, via: None }
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &str {
        parent(&self.path)
    }
}

/// Every file, by its path.
#[derive(Default)]
pub(super) struct Files {
    pub(super) files: Vec<File>,
    by_path: BTreeMap<Arc<str>, usize>,
    pub(super) coverage: Vec<Coverage>,
}

/// The format of a file that packages are read from.
pub(super) fn format_of(path: &str) -> Option<Format> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_list = || {
        let listed = path.ends_with(".txt") || path.ends_with(".in");
        listed && (is_requirements(name) || parent(path).rsplit('/').next() == Some("requirements"))
    };
    Format::of(path).or_else(|| is_list().then_some(Format::Requirements))
}

impl Files {
    pub(super) fn read(tree: &Tree) -> Files {
        let mut found = Files::default();
        let wanted: Vec<(&Arc<str>, Format)> =
            tree.files().iter().filter_map(|path| Some((path, format_of(path)?))).collect();
        let read: Vec<_> = wanted
            .par_iter()
            .map(|(path, format)| (*path, tree.read_text(path).map(|text| File::new(path, *format, text))))
            .collect();
        let mut poms: BTreeMap<Arc<str>, (usize, Pom)> = BTreeMap::new();
        for (path, file) in read {
            match file {
                Ok((file, pom)) => {
                    let at = found.push(file);
                    poms.extend(pom.map(|pom| (path.clone(), (at, pom))));
                }
                Err(reason) => {
                    found.coverage.push(Coverage::note(SOURCE, path, CoverageStatus::Failed, reason));
                }
            }
        }
        for (path, (at, _)) in &poms {
            found.files[*at].contents = resolve_pom(&chain(path, &poms));
        }
        for path in tree.files().iter().filter(|path| path.ends_with("bun.lockb")) {
            let reason = "binary lock file, not read; `bun install --save-text-lockfile` writes it as text";
            found.coverage.push(Coverage::note(SOURCE, path, CoverageStatus::Skipped, reason));
        }
        for file in &found.files {
            found.coverage.push(Coverage::read(SOURCE, &file.path));
            for Problem { span, message } in &file.contents.problems {
                let place = file.position(*span).to_string();
                found.coverage.push(Coverage::note(SOURCE, place, CoverageStatus::Partial, message.as_str()));
            }
        }
        found
    }

    fn push(&mut self, file: File) -> usize {
        self.by_path.insert(file.path.clone(), self.files.len());
        self.files.push(file);
        self.files.len() - 1
    }

    /// The file at a path; one that only another file names is read now.
    fn named(&mut self, path: &str, tree: &Tree) -> Result<usize, String> {
        if let Some(at) = self.by_path.get(path) {
            return Ok(*at);
        }
        let text = tree.read_text(path)?;
        let (file, _) = File::new(&path.into(), Format::Requirements, text);
        self.coverage.push(Coverage::read(SOURCE, path));
        Ok(self.push(file))
    }

    /// The manifests of each application, those that requirements files take in among them, and whether only their versions
    /// are meant. Every file once for an application, so that a circle ends.
    pub(super) fn manifests(&mut self, applications: &Applications, tree: &Tree) -> Vec<Manifests> {
        let mut all = Vec::new();
        for (folder, paths) in applications.all() {
            let mut manifests = Manifests { folder: folder.clone(), ..Manifests::default() };
            let own: Vec<usize> = paths.iter().filter_map(|path| self.by_path.get(path).copied()).collect();
            let (locks, lists): (Vec<usize>, Vec<usize>) =
                own.into_iter().partition(|at| self.files[*at].format.role() == Role::Lock);
            manifests.locks = locks;
            let mut seen: BTreeSet<usize> = lists.iter().copied().collect();
            let mut open: Vec<(usize, bool)> = lists.into_iter().rev().map(|at| (at, false)).collect();
            while let Some((at, only_versions)) = open.pop() {
                manifests.files.push((at, only_versions));
                for include in self.files[at].contents.includes.clone() {
                    let path = normalise(&format!("{}/{}", self.files[at].folder(), include.path));
                    let place = self.files[at].position(include.span).to_string();
                    let named = match seen.len() > MAX_INCLUDED {
                        true => Err(format!("more than {MAX_INCLUDED} files are taken in")),
                        false => self.named(&path, tree),
                    };
                    match named {
                        Ok(next) if seen.insert(next) => {
                            open.push((next, only_versions || include.constraints));
                        }
                        Ok(_) => {}
                        Err(reason) => {
                            let reason = format!("{} is not read: {reason}", include.path);
                            let note = Coverage::note(SOURCE, place, CoverageStatus::Partial, reason);
                            self.coverage.push(note);
                        }
                    }
                }
            }
            all.push(manifests);
        }
        all
    }
}

/// The files of one application, by their places.
#[derive(Default)]
pub(super) struct Manifests {
    pub(super) folder: Arc<str>,
    /// And whether only versions are taken from it.
    pub(super) files: Vec<(usize, bool)>,
    pub(super) locks: Vec<usize>,
}

/// A project and those above it, as far as they are in the tree.
fn chain<'p>(path: &str, poms: &'p BTreeMap<Arc<str>, (usize, Pom)>) -> Vec<&'p Pom> {
    let mut chain: Vec<&Pom> = Vec::new();
    let mut place = path.to_owned();
    while let Some((_, pom)) = poms.get(&*place) {
        chain.push(pom);
        let Some(parent_pom) = &pom.parent else { break };
        if chain.len() > MAX_PARENTS {
            break;
        }
        let named = pom.parent_path.as_deref().map(|relative| {
            let path = normalise(&format!("{}/{relative}", parent(&place)));
            if path.ends_with(".xml") { path } else { normalise(&format!("{path}/pom.xml")) }
        });
        // What lies there is the parent only if it is called so.
        let fits =
            |path: &String| poms.get(&**path).is_some_and(|(_, p)| p.own.artifact == parent_pom.artifact);
        match named.filter(fits) {
            Some(next) if next != place => place = next,
            _ => break,
        }
    }
    chain
}
