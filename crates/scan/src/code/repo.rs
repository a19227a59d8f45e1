//! Every file that was parsed, and the way from an import to what it names: a library on the cards, or a file of the tree.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use catalog::Catalog;
use collect::normalise;
use formats::LineIndex;
use formats::code::{ExprId, Import, Language, Unit};
use model::Position;
use rustc_hash::FxHashMap;

use super::names::{Name, Names, family};
use super::scopes::{Bound, Scopes};
use super::settings::Settings;
use super::text::Source;

/// An expression of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: u32,
    pub(crate) expr: ExprId,
}

/// One parsed file.
#[derive(Debug)]
pub(crate) struct File<'s> {
    pub(crate) source: &'s Source,
    /// The folder of its application.
    pub(crate) scope: Arc<str>,
    pub(crate) unit: Unit<'s>,
    pub(crate) scopes: Scopes<'s>,
    lines: OnceLock<LineIndex>,
}

impl<'s> File<'s> {
    pub(crate) fn new(source: &'s Source, scope: Arc<str>, unit: Unit<'s>) -> Self {
        let scopes = Scopes::of(&unit);
        File { source, scope, unit, scopes, lines: OnceLock::new() }
    }

    pub(crate) fn path(&self) -> &Arc<str> {
        &self.source.path
    }

    pub(crate) fn language(&self) -> Language {
        self.unit.language
    }

    /// The place of some bytes of the source.
    pub(crate) fn position(&self, span: formats::Span) -> Position {
        let lines = self.lines.get_or_init(|| LineIndex::new(&self.source.text));
        let at = |offset| lines.line_column(&self.source.text, offset);
        let ((line, column), (end_line, end_column)) = (at(span.start), at(span.end));
        let here = Position { path: self.path().clone(), line, column, end_line, end_column, via: None };
        self.source.placed(here)
    }

    pub(crate) fn position_of(&self, expr: ExprId) -> Arc<Position> {
        Arc::new(self.position(self.unit.span(expr)))
    }
}

/// What an import names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Module {
    /// A library on the cards.
    Library(Name),
    /// A file of the tree.
    File(u32),
    /// A package of the tree that is more than one file, or a library that no card knows.
    Elsewhere,
}

/// The parsed files of a tree.
pub(crate) struct Repo<'s, 'c> {
    pub(crate) files: Vec<File<'s>>,
    names: FxHashMap<&'static str, Names<'c>>,
    /// Python's files by the last part of their module's name, each with the whole of it: `a/b/c`.
    modules: FxHashMap<&'s str, Vec<(&'s str, u32)>>,
    by_path: FxHashMap<&'s str, u32>,
    /// Classes and functions at the top of files of languages whose files of one package share their names.
    shared: FxHashMap<&'s str, Vec<u32>>,
    settings: Settings<'s>,
    /// By file, dots and name: modules that were looked for already.
    resolved: RefCell<FxHashMap<(u32, u32, String), Module>>,
}

impl<'s, 'c> Repo<'s, 'c> {
    pub(crate) fn of(catalog: &'c Catalog, files: Vec<File<'s>>, settings: Settings<'s>) -> Self {
        let mut repo = Repo {
            files: Vec::new(),
            names: FxHashMap::default(),
            modules: FxHashMap::default(),
            by_path: FxHashMap::default(),
            shared: FxHashMap::default(),
            settings,
            resolved: RefCell::default(),
        };
        for (index, file) in files.iter().enumerate() {
            let index = index as u32;
            let path: &'s str = &file.source.path;
            repo.by_path.insert(path, index);
            let family = family(file.language());
            repo.names.entry(family).or_insert_with(|| Names::of(catalog, family));
            if family == "python" {
                let module = path.strip_suffix(".py").or_else(|| path.strip_suffix(".pyi")).unwrap_or(path);
                let module = module.strip_suffix("/__init__").unwrap_or(module);
                let last = module.rsplit('/').next().unwrap_or(module);
                repo.modules.entry(last).or_default().push((module, index));
            }
            if !matches!(family, "python" | "script") {
                let top = file.scopes.scopes[0].names.iter();
                let shared = top.filter(|(_, bindings)| {
                    bindings.iter().any(|b| {
                        matches!(b.bound, Bound::Class(_) | Bound::Function(_) | Bound::Value { .. })
                    })
                });
                for (name, _) in shared {
                    repo.shared.entry(name).or_default().push(index);
                }
            }
        }
        repo.files = files;
        repo
    }

    pub(crate) fn file(&self, index: u32) -> &File<'s> {
        &self.files[index as usize]
    }

    pub(crate) fn names(&self, file: u32) -> &Names<'c> {
        &self.names[family(self.file(file).language())]
    }

    /// What an import's module is, seen from a file.
    pub(crate) fn module(&self, from: u32, import: &Import, whole: &str) -> Module {
        let key = (from, import.up, whole.to_owned());
        if let Some(known) = self.resolved.borrow().get(&key) {
            return *known;
        }
        let found = self.find_module(from, import, whole);
        self.resolved.borrow_mut().insert(key, found);
        found
    }

    fn find_module(&self, from: u32, import: &Import, whole: &str) -> Module {
        let file = self.file(from);
        let found = match family(file.language()) {
            "python" => self.python_module(from, import.up, whole),
            "script" => self.script_module(from, whole),
            _ => None,
        };
        if let Some(found) = found {
            return Module::File(found);
        }
        if import.up > 0 {
            return Module::Elsewhere;
        }
        let family = family(file.language());
        self.names(from).find_module(whole, family).map_or(Module::Elsewhere, Module::Library)
    }

    /// Files of the application come before a library of the same name.
    fn python_module(&self, from: u32, up: u32, module: &str) -> Option<u32> {
        let path = self.file(from).path();
        let slashed = module.replace('.', "/");
        if up > 0 {
            let mut folder = parent(path);
            for _ in 1..up {
                folder = parent(folder);
            }
            let whole = normalise(&format!("{folder}/{slashed}"));
            return self.python_file(&whole);
        }
        let last = slashed.rsplit('/').next()?;
        let candidates = self.modules.get(last)?;
        let ends = |m: &str| m == slashed || m.strip_suffix(&*slashed).is_some_and(|m| m.ends_with('/'));
        // Nearest to the file that imports it.
        let common = |m: &str| m.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
        let fitting = candidates.iter().filter(|(m, index)| *index != from && ends(m));
        let best = fitting.max_by_key(|(m, index)| (common(m), std::cmp::Reverse(*index)))?;
        let root = best.0.strip_suffix(&*slashed).unwrap_or(best.0).trim_end_matches('/');
        // Python finds a module beside the program or below a root of the application; a library of that name comes before
        // a file that stands anywhere else.
        let scope = &*self.file(from).scope;
        let above = root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        let is_root = root == scope
            || root.strip_prefix(scope).is_some_and(|rest| matches!(rest, "/src" | "src" | "/lib" | "/app"));
        let library = self.names(from).find_module(module, "python").is_some();
        (above || is_root || !library).then_some(best.1)
    }

    fn python_file(&self, whole: &str) -> Option<u32> {
        let last = whole.rsplit('/').next()?;
        self.modules.get(last)?.iter().find(|(m, _)| *m == whole).map(|(_, index)| *index)
    }

    fn script_module(&self, from: u32, module: &str) -> Option<u32> {
        let path = self.file(from).path();
        let scope = &self.file(from).scope;
        let whole = match module {
            m if m.starts_with('.') => vec![normalise(&format!("{}/{m}", parent(path)))],
            m => {
                let rest =
                    m.strip_prefix("@/").or_else(|| m.strip_prefix("~/")).or_else(|| m.strip_prefix("#/"))?;
                vec![normalise(&format!("{scope}/src/{rest}")), normalise(&format!("{scope}/{rest}"))]
            }
        };
        whole.iter().find_map(|whole| {
            let plain = whole
                .strip_suffix(".js")
                .or_else(|| whole.strip_suffix(".mjs"))
                .or_else(|| whole.strip_suffix(".jsx"))
                .unwrap_or(whole);
            let endings = ["", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".vue", ".svelte"];
            let indices = ["/index.ts", "/index.tsx", "/index.js", "/index.jsx", "/index.mjs"];
            let exact = self.by_path.get(&**whole).copied();
            exact.or_else(|| {
                endings
                    .iter()
                    .chain(&indices)
                    .find_map(|end| self.by_path.get(&*format!("{plain}{end}")).copied())
            })
        })
    }

    /// The file that gives a name to all files of its package, seen from one of them; `folder` narrows it.
    pub(crate) fn shared(&self, from: u32, name: &str, folder: Option<&str>) -> Option<u32> {
        let here = self.file(from);
        let same = |index: &&u32| {
            let file = self.file(**index);
            **index != from && family(file.language()) == family(here.language()) && file.scope == here.scope
        };
        let in_folder = |index: &u32| match folder {
            Some(folder) => parent(self.file(*index).path()).ends_with(folder),
            None => true,
        };
        let mut fitting = self.shared.get(name)?.iter().filter(same).copied().filter(in_folder);
        let first = fitting.next()?;
        let near = |index: u32| parent(self.file(index).path()) == parent(here.path());
        if near(first) {
            return Some(first);
        }
        let rest: Vec<u32> = fitting.collect();
        rest.iter().copied().find(|i| near(*i)).or_else(|| rest.is_empty().then_some(first))
    }

    pub(crate) fn settings(&self) -> &Settings<'s> {
        &self.settings
    }
}

pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
