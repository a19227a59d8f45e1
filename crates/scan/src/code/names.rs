//! The names of every library on the cards, as one tree for each language: a name in a program is walked step by step.
//!
//! What a program's own names stand for is found out elsewhere (`refer`); here only libraries are known.

use std::sync::Arc;

use catalog::Catalog;
use catalog::sdk::{Segment, Signature};
use formats::code::Language;
use rustc_hash::FxHashMap;

/// A place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name(u32);

#[derive(Debug, Default)]
struct Entry {
    names: FxHashMap<Arc<str>, Name>,
    /// `*`: any name.
    any: Option<Name>,
    /// Names that begin so.
    globs: Vec<(Arc<str>, Name)>,
    called: Option<Name>,
    called_with: FxHashMap<Arc<str>, Name>,
    element: Option<Name>,
    /// What stands under a condition before what holds always.
    signatures: Vec<u32>,
    /// Part of a module's name, below which a path may go on through modules that no card names.
    module: bool,
    /// An object whose methods return itself.
    fluent: bool,
    /// The module that it stands in.
    root: Option<Name>,
}

/// The names of one language's libraries.
#[derive(Debug)]
pub(crate) struct Names<'c> {
    entries: Vec<Entry>,
    signatures: Vec<(&'c Signature, usize)>,
}

/// The folder of cards that speaks of a language.
pub(crate) fn family(language: Language) -> &'static str {
    match language {
        Language::Python => "python",
        Language::JavaScript | Language::TypeScript | Language::Tsx => "script",
        Language::Go => "go",
        Language::Java | Language::Kotlin => "jvm",
        Language::CSharp => "csharp",
        Language::Rust => "rust",
    }
}

const ROOT: Name = Name(0);

impl<'c> Names<'c> {
    /// The names of a family's cards; a path that cannot be read was refused when the card was loaded.
    pub(crate) fn of(catalog: &'c Catalog, family: &str) -> Self {
        let mut names = Names { entries: vec![Entry::default()], signatures: Vec::new() };
        let dotted = matches!(family, "python" | "jvm" | "csharp" | "rust");
        for (card, sdk) in catalog.sdks.iter().enumerate() {
            if !sdk.languages.iter().any(|language| &**language == family) {
                continue;
            }
            for signature in &sdk.names {
                names.signatures.push((signature, card));
                let index = names.signatures.len() as u32 - 1;
                for module in signature.modules() {
                    let root = names.module(&module, dotted);
                    for mut path in signature.paths().unwrap_or_default() {
                        // `createAzure()()` names the call itself, which is looked up by what is called.
                        if path.ends_with(&[Segment::Call, Segment::Call]) {
                            path.pop();
                        }
                        let at = path.iter().fold(root, |at, segment| names.step_or_add(at, segment, root));
                        names.entries[at.0 as usize].signatures.push(index);
                    }
                }
            }
        }
        let signatures = &names.signatures;
        for entry in &mut names.entries {
            entry.signatures.sort_by_key(|index| signatures[*index as usize].0.when.is_empty());
        }
        names
    }

    fn add(&mut self, entry: Entry) -> Name {
        self.entries.push(entry);
        Name(self.entries.len() as u32 - 1)
    }

    fn module(&mut self, module: &str, dotted: bool) -> Name {
        let parts: Vec<&str> =
            if dotted && module != "*" { module.split('.').collect() } else { vec![module] };
        let mut at = ROOT;
        for part in parts {
            let known = match part.strip_suffix('*').filter(|_| part.len() > 1) {
                Some(prefix) => {
                    self.entry(at).globs.iter().find(|(p, _)| &**p == prefix).map(|(_, name)| *name)
                }
                None => self.entry(at).names.get(part).copied(),
            };
            at = known.unwrap_or_else(|| {
                let next = self.add(Entry { module: true, ..Entry::default() });
                self.entries[next.0 as usize].root = Some(next);
                let entry = &mut self.entries[at.0 as usize];
                match part.strip_suffix('*').filter(|_| part.len() > 1) {
                    Some(prefix) => entry.globs.push((prefix.into(), next)),
                    None => _ = entry.names.insert(part.into(), next),
                }
                next
            });
        }
        at
    }

    fn step_or_add(&mut self, at: Name, segment: &Segment, root: Name) -> Name {
        let entry = self.entry(at);
        let known = match segment {
            Segment::Name(name) if &**name == "*" => entry.any,
            Segment::Name(name) => entry.names.get(name).copied(),
            Segment::Call => entry.called,
            Segment::CallWith(text) => entry.called_with.get(text).copied(),
            Segment::Element => entry.element,
        };
        if let Some(known) = known {
            return known;
        }
        let fluent = matches!(segment, Segment::Call) && self.is_builder(at);
        let next = self.add(Entry { root: Some(root), fluent, ..Entry::default() });
        // A lower-case name right below a module may be a module itself, whose other names no card lists.
        let submodule = self.entry(at).module
            && matches!(segment, Segment::Name(name) if name.starts_with(|c: char| c.is_ascii_lowercase()));
        self.entries[next.0 as usize].module = submodule;
        let builder = matches!(segment, Segment::Name(name) if is_builder_name(name));
        let entry = &mut self.entries[at.0 as usize];
        match segment {
            Segment::Name(name) if &**name == "*" => entry.any = Some(next),
            Segment::Name(name) => _ = entry.names.insert(name.clone(), next),
            Segment::Call => entry.called = Some(next),
            Segment::CallWith(text) => _ = entry.called_with.insert(text.clone(), next),
            Segment::Element => entry.element = Some(next),
        }
        if builder {
            self.entries[next.0 as usize].fluent = true;
        }
        next
    }

    fn is_builder(&self, at: Name) -> bool {
        self.entry(at).fluent
    }

    fn entry(&self, at: Name) -> &Entry {
        &self.entries[at.0 as usize]
    }

    /// The module of that name, or the longest part of its name that is known: `a/b/c` → `a`.
    pub(crate) fn find_module(&self, module: &str, family: &str) -> Option<Name> {
        match family {
            "script" | "go" => {
                let mut module = module;
                loop {
                    if let Some(found) = self.child(ROOT, module) {
                        return Some(found);
                    }
                    module = module.rsplit_once('/')?.0;
                }
            }
            _ => {
                let mut at = ROOT;
                for part in module.split('.') {
                    match self.child(at, part) {
                        Some(next) => at = next,
                        None if at != ROOT && self.entry(at).module => {}
                        None => return None,
                    }
                }
                (at != ROOT).then_some(at)
            }
        }
    }

    fn child(&self, at: Name, name: &str) -> Option<Name> {
        let entry = self.entry(at);
        let globbed = || {
            let fits = entry.globs.iter().filter(|(prefix, _)| name.starts_with(&**prefix));
            fits.max_by_key(|(prefix, _)| prefix.len()).map(|(_, name)| *name)
        };
        entry.names.get(name).copied().or_else(globbed)
    }

    /// `at.name`.
    pub(crate) fn member(&self, at: Name, name: &str) -> Option<Name> {
        let entry = self.entry(at);
        if let Some(found) = self.child(at, name).or(entry.any) {
            return Some(found);
        }
        // A module that a card names some names of holds the library's others too; what a card says something of, or what
        // is called, is no module.
        let is_module = entry.module && entry.signatures.is_empty() && entry.called.is_none();
        if let Some(root) = entry.root.filter(|root| is_module && *root != at)
            && let Some(found) = self.child(root, name)
        {
            return Some(found);
        }
        // A module between, which no card names: `langchain.chat_models.openai.ChatOpenAI`.
        let is_module = is_module && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        is_module.then_some(at)
    }

    /// `at(first, …)`.
    pub(crate) fn call(&self, at: Name, first: Option<&str>) -> Option<Name> {
        let entry = self.entry(at);
        first.and_then(|first| entry.called_with.get(first).copied()).or(entry.called)
    }

    /// Whether the first argument of a call decides what it gives.
    pub(crate) fn asks_first(&self, at: Name) -> bool {
        !self.entry(at).called_with.is_empty()
    }

    pub(crate) fn element(&self, at: Name) -> Option<Name> {
        self.entry(at).element
    }

    /// An object that is built step by step: a method that no card names returns it.
    pub(crate) fn is_fluent(&self, at: Name) -> bool {
        self.entry(at).fluent
    }

    /// What is called when a module itself is.
    pub(crate) fn default_export(&self, at: Name) -> Option<Name> {
        let entry = self.entry(at);
        if entry.module { entry.names.get("default").copied() } else { None }
    }

    /// What a call with that first argument gives, where a card tells it apart.
    pub(crate) fn call_with(&self, at: Name, first: &str) -> Option<Name> {
        self.entry(at).called_with.get(first).copied()
    }

    /// What needs no import.
    pub(crate) fn builtin(&self, name: &str) -> Option<Name> {
        let module = self.child(ROOT, "builtins")?;
        self.entry(module).names.get(name).copied()
    }

    /// A method of anything.
    pub(crate) fn method(&self, name: &str) -> Option<Name> {
        let module = self.entry(ROOT).names.get("*").copied()?;
        self.entry(module).names.get(name).copied()
    }

    /// What a name means in general: what holds under no condition, else the first.
    pub(crate) fn signature(&self, at: Name) -> Option<&'c Signature> {
        let all = || self.signatures(at);
        all().find(|signature| signature.when.is_empty()).or_else(|| all().next())
    }

    /// All that a name may mean, what stands under a condition first.
    pub(crate) fn signatures(&self, at: Name) -> impl Iterator<Item = &'c Signature> {
        self.entry(at).signatures.iter().map(|index| self.signatures[*index as usize].0)
    }

    /// The card that a name stands on, as an index into the catalogue's.
    pub(crate) fn card(&self, at: Name) -> Option<usize> {
        self.entry(at).signatures.first().map(|index| self.signatures[*index as usize].1)
    }

    /// The name that a card's `gives` speaks of, seen from `at`: `A()` of the same module, or `module:A()`.
    pub(crate) fn given(&self, at: Name, path: &str, family: &str) -> Option<Name> {
        let (root, path) = match path.split_once(':') {
            Some((module, path)) => (self.find_module(module, family)?, path),
            None => (self.entry(at).root?, path),
        };
        let segments = catalog::sdk::segments(path).ok()?;
        segments.iter().try_fold(root, |at, segment| match segment {
            Segment::Name(name) => self.child(at, name).or(self.entry(at).any),
            Segment::Call => self.entry(at).called,
            Segment::CallWith(text) => self.entry(at).called_with.get(text).copied(),
            Segment::Element => self.entry(at).element,
        })
    }
}

/// Whether a name makes what builds something step by step.
pub(crate) fn is_builder_name(name: &str) -> bool {
    name == "builder"
        || name == "newBuilder"
        || name.ends_with("Builder")
        || name.starts_with("CreateBuilder")
}
