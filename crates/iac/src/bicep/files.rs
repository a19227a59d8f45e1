//! Bicep files as read from a tree, and which file each of their references leads to. Nothing is evaluated here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use collect::{Tree, normalise};
use formats::bicep::{self, DeclarationKind, Imported};
use formats::{Problem, Span};
use model::{Comment, Coverage, CoverageStatus};
use rayon::prelude::*;

use super::SOURCE;
use crate::file::SourceFile;

/// Files that the roots may reach outside of the walk.
const MAX_REACHED: usize = 5_000;

/// Where a name of another file comes from.
#[derive(Debug)]
pub(crate) struct From {
    /// As written.
    pub(crate) reference: Arc<str>,
    /// What it is called there; nothing for the whole file.
    pub(crate) exported: Option<Arc<str>>,
}

/// One `.bicep` or `.bicepparam` file.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) source: Arc<SourceFile>,
    pub(crate) syntax: bicep::File,
    /// Declared types by name, as indices of declarations.
    pub(crate) types: HashMap<Arc<str>, usize>,
    /// Imported names in the order of the file.
    pub(crate) imports: Vec<(Arc<str>, From)>,
    /// The same by name.
    imported: HashMap<Arc<str>, usize>,
    pub(crate) coverage: Vec<Coverage>,
    pub(crate) comments: Vec<Comment>,
}

pub(crate) fn is_bicep(path: &str) -> bool {
    path.ends_with(".bicep")
}

pub(crate) fn is_parameters(path: &str) -> bool {
    path.ends_with(".bicepparam")
}

impl Parsed {
    fn read(tree: &Tree, path: &str) -> Result<Parsed, Arc<str>> {
        let text = tree.read_text(path).map_err(Arc::from)?;
        let (syntax, problems) = bicep::parse(&text);
        let source = SourceFile::new(path, text);
        let mut coverage = Vec::new();
        let status = match (problems.is_empty(), syntax.declarations.is_empty()) {
            (true, _) => {
                coverage.push(Coverage::read(SOURCE, path));
                CoverageStatus::Read
            }
            (false, true) => CoverageStatus::Failed,
            (false, false) => CoverageStatus::Partial,
        };
        for Problem { span, message } in problems {
            let place = source.position(span).to_string();
            coverage.push(Coverage::note(SOURCE, place, status, message));
        }
        let comment = |comment: &bicep::Comment| Comment {
            path: source.path.clone(),
            line: source.position(comment.span).line,
            text: comment.text.clone(),
        };
        let comments = syntax.comments.iter().filter(|c| c.text.contains("stance:")).map(comment).collect();
        let mut parsed = Parsed {
            source: Arc::new(source),
            syntax,
            types: HashMap::new(),
            imports: Vec::new(),
            imported: HashMap::new(),
            coverage,
            comments,
        };
        parsed.index();
        Ok(parsed)
    }

    fn index(&mut self) {
        for (at, declaration) in self.syntax.declarations.iter().enumerate() {
            match &declaration.kind {
                DeclarationKind::Type { name, .. } => _ = self.types.entry(name.text.clone()).or_insert(at),
                DeclarationKind::Import { what, from } => {
                    let reference: Arc<str> = from.as_str().unwrap_or_default().into();
                    let from = |exported| From { reference: reference.clone(), exported };
                    match what {
                        Imported::All(name) => self.imports.push((name.text.clone(), from(None))),
                        Imported::Symbols(symbols) => {
                            self.imports.extend(symbols.iter().map(|(name, alias)| {
                                let own = alias.as_ref().unwrap_or(name);
                                (own.text.clone(), from(Some(name.text.clone())))
                            }));
                        }
                    }
                }
                _ => {}
            }
        }
        for (at, (name, _)) in self.imports.iter().enumerate() {
            self.imported.entry(name.clone()).or_insert(at);
        }
    }

    pub(crate) fn path(&self) -> &Arc<str> {
        &self.source.path
    }

    pub(crate) fn import(&self, name: &str) -> Option<&From> {
        self.imported.get(name).and_then(|at| self.imports.get(*at)).map(|(_, from)| from)
    }

    /// The path that a reference leads to below the scanned root; nothing if it leads to a registry.
    pub(crate) fn target(&self, reference: &str) -> Option<String> {
        let is_local = !reference.is_empty() && !reference.contains(':') && !reference.starts_with('/');
        let folder = self.source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        is_local.then(|| normalise(&format!("{folder}/{reference}")))
    }

    /// The files that this one deploys.
    pub(crate) fn modules(&self) -> impl Iterator<Item = String> + '_ {
        self.syntax.declarations.iter().filter_map(|declaration| match &declaration.kind {
            DeclarationKind::Module(module) => self.target(module.path.as_str()?),
            _ => None,
        })
    }

    /// In a file of parameters: the template that they are for.
    pub(crate) fn using(&self) -> Option<(&str, Span)> {
        self.syntax.declarations.iter().find_map(|declaration| match &declaration.kind {
            DeclarationKind::Using { path: Some(path), .. } => Some((path.as_str()?, path.span)),
            _ => None,
        })
    }

    /// In a file of parameters: the file whose values come behind its own.
    pub(crate) fn extends(&self) -> Option<(&str, Span)> {
        self.syntax.declarations.iter().find_map(|declaration| match &declaration.kind {
            DeclarationKind::Extends(path) => Some((path.as_str()?, path.span)),
            _ => None,
        })
    }

    /// Every file that this one names.
    fn references(&self) -> Vec<String> {
        let mut found: BTreeSet<String> = self.modules().collect();
        found.extend(self.imports.iter().filter_map(|(_, from)| self.target(&from.reference)));
        let parameters = self.using().into_iter().chain(self.extends());
        found.extend(parameters.filter_map(|(reference, _)| self.target(reference)));
        found.into_iter().collect()
    }

    /// Whether it deploys or gives back anything: a file of types, variables and functions does not.
    pub(crate) fn is_template(&self) -> bool {
        self.syntax.declarations.iter().any(|declaration| {
            let kind = &declaration.kind;
            matches!(
                kind,
                DeclarationKind::Resource(_) | DeclarationKind::Module(_) | DeclarationKind::Output { .. }
            )
        })
    }
}

/// Every file that was read or named, by its path below the scanned root; or why it cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) by_path: BTreeMap<Arc<str>, Result<Parsed, Arc<str>>>,
}

impl Files {
    /// Reads the files of the walk, and those that they lead to.
    pub(crate) fn read(tree: &Tree) -> Files {
        let walked: Vec<&Arc<str>> =
            tree.files().iter().filter(|path| is_bicep(path) || is_parameters(path)).collect();
        let read: Vec<_> =
            walked.into_par_iter().map(|path| (path.clone(), Parsed::read(tree, path))).collect();
        let mut files = Files { by_path: read.into_iter().collect() };
        let mut wanted: Vec<String> = files
            .by_path
            .values()
            .filter_map(|file| file.as_ref().ok())
            .flat_map(Parsed::references)
            .collect();
        let mut budget = MAX_REACHED;
        while let Some(path) = wanted.pop().filter(|_| budget > 0) {
            if files.by_path.contains_key(&*path) || !(is_bicep(&path) || is_parameters(&path)) {
                continue;
            }
            budget -= 1;
            let file = Parsed::read(tree, &path);
            wanted.extend(file.as_ref().map(Parsed::references).unwrap_or_default());
            files.by_path.insert(path.into(), file);
        }
        files
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Parsed> {
        self.by_path.get(path)?.as_ref().ok()
    }

    /// Files that are named but cannot be had, and why: by path, or as they are named where that is no path.
    pub(crate) fn absent(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let unread = self.by_path.iter().filter_map(|(path, file)| {
            let reason = file.as_ref().err()?;
            Some((path.clone(), Arc::from(format!("cannot read {path}: {reason}"))))
        });
        let imported = self.all().flat_map(|file| file.imports.iter().map(move |(_, from)| (file, from)));
        let elsewhere =
            imported.filter(|(file, from)| file.target(&from.reference).is_none()).map(|(_, from)| {
                (from.reference.clone(), Arc::from(format!("{} is not on disk", from.reference)))
            });
        unread.chain(elsewhere).collect()
    }

    /// The modules that are JSON templates.
    pub(crate) fn json_modules(&self) -> BTreeSet<Arc<str>> {
        let named = self.all().flat_map(Parsed::modules).filter(|path| path.ends_with(".json"));
        named.take(MAX_REACHED).map(Arc::from).collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Parsed> {
        self.by_path.values().filter_map(|file| file.as_ref().ok())
    }
}
