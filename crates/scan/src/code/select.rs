//! Which files are parsed: those with a word of a library in them, and those that these import or that import these.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, MatchKind};
use catalog::Catalog;
use catalog::sdk::Role;
use collect::Tree;
use formats::code::{Stop, parse_until};
use model::{Coverage, CoverageStatus};
use rayon::prelude::*;

use super::names::family;
use super::notebook;
use super::repo::{File, parent};
use super::text::{Source, language_of};
use crate::application::Applications;

/// How long parsing a file may take: some fifty times what it takes.
const TIME: Duration = Duration::from_millis(500);
const TIME_PER_KIB: Duration = Duration::from_millis(5);

/// Rounds in which files are added because another one imports them.
const ROUNDS: usize = 3;

/// The words of the libraries, for each family of languages.
struct Words {
    automaton: AhoCorasick,
    /// By pattern: the families it is a word of.
    families: Vec<BTreeSet<Arc<str>>>,
}

impl Words {
    fn of(catalog: &Catalog) -> Option<Words> {
        let mut words: BTreeMap<String, BTreeSet<Arc<str>>> = BTreeMap::new();
        for sdk in &catalog.sdks {
            // What only moves values about is no reason to read a file.
            let tells = |role: Role| super::component::kind(role).is_some() || role == Role::Call;
            if !sdk.names.iter().any(|name| tells(name.role)) {
                continue;
            }
            let modules = sdk.names.iter().filter(|name| tells(name.role)).flat_map(|name| name.modules());
            let own: Vec<String> = match sdk.keywords.is_empty() {
                true => modules
                    .filter(|m| m != "*" && m != "builtins")
                    .map(|m| m.trim_end_matches('*').to_owned())
                    .collect(),
                false => sdk.keywords.iter().map(|word| word.to_string()).collect(),
            };
            for word in own.into_iter().filter(|word| word.len() > 1) {
                words.entry(word).or_default().extend(sdk.languages.iter().cloned());
            }
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(words.keys()).ok()?;
        Some(Words { automaton, families: words.into_values().collect() })
    }

    fn tell(&self, text: &str, family: &str) -> bool {
        self.automaton
            .find_overlapping_iter(text)
            .any(|found| self.families[found.pattern().as_usize()].contains(family))
    }
}

/// A file that may be parsed.
enum Candidate {
    /// Has a word in it.
    Seed(Source),
    Other(Source),
    None,
}

/// The texts to parse, in the order of their paths.
pub(super) fn sources(catalog: &Catalog, tree: &Tree, coverage: &mut Vec<Coverage>) -> Vec<Source> {
    let Some(words) = Words::of(catalog) else { return Vec::new() };
    let paths: Vec<&Arc<str>> = tree.files().iter().filter(|path| language_of(path).is_some()).collect();
    let read: Vec<(Candidate, Option<Coverage>)> =
        paths.par_iter().map(|path| candidate(tree, path, &words)).collect();
    let (mut seeds, mut others) = (Vec::new(), Vec::new());
    for (candidate, note) in read {
        coverage.extend(note);
        match candidate {
            Candidate::Seed(source) => seeds.push(source),
            Candidate::Other(source) => others.push(source),
            Candidate::None => {}
        }
    }
    if seeds.is_empty() {
        return Vec::new();
    }
    // Who names a seed's module, or stands in a seed's package, and whom a chosen file names; then who names a module that
    // only gives on what it imports.
    for round in 0..ROUNDS {
        let named: BTreeSet<&str> = seeds
            .iter()
            .filter(|source| round == 0 || gives_on(&source.path))
            .map(|source| stem(&source.path))
            .filter(|stem| stem.len() > 1)
            .collect();
        let packages: BTreeSet<&str> =
            seeds.iter().filter(|s| round == 0 && shares_names(s)).map(|s| parent(&s.path)).collect();
        let imports = imported_stems(&seeds);
        let (more, rest): (Vec<Source>, Vec<Source>) = others.into_iter().partition(|source| {
            imports.contains(stem(&source.path))
                || shares_names(source) && packages.contains(parent(&source.path))
                || import_lines(&source.text).flat_map(words_of).any(|word| named.contains(word))
        });
        others = rest;
        if more.is_empty() {
            break;
        }
        seeds.extend(more);
    }
    seeds.sort_by(|a, b| a.path.cmp(&b.path));
    seeds
}

fn candidate(tree: &Tree, path: &Arc<str>, words: &Words) -> (Candidate, Option<Coverage>) {
    let Some(language) = language_of(path) else { return (Candidate::None, None) };
    let text = match tree.read(path) {
        Ok(bytes) => bytes,
        Err(reason) => {
            return (
                Candidate::None,
                Some(Coverage::note("code", path.clone(), CoverageStatus::Failed, reason)),
            );
        }
    };
    // A program in another encoding, or no program at all in spite of its name.
    if memchr::memchr(0, &text[..text.len().min(8192)]).is_some() {
        let reason = "not text in spite of its name";
        return (
            Candidate::None,
            Some(Coverage::note("code", path.clone(), CoverageStatus::Skipped, reason)),
        );
    }
    let text = match String::from_utf8(text) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    let tells = words.tell(&text, family(language));
    if path.ends_with(".ipynb") {
        if !tells {
            return (Candidate::None, None);
        }
        return match notebook::code(path.clone(), &text) {
            Ok(source) => (Candidate::Seed(source), None),
            Err(reason) => {
                (Candidate::None, Some(Coverage::note("code", path.clone(), CoverageStatus::Skipped, reason)))
            }
        };
    }
    if tells && is_minified(&text) {
        let reason = "minified, its names tell nothing; not read as code";
        return (
            Candidate::None,
            Some(Coverage::note("code", path.clone(), CoverageStatus::Skipped, reason)),
        );
    }
    let source = Source { path: path.clone(), language, text, lines: None };
    (if tells { Candidate::Seed(source) } else { Candidate::Other(source) }, None)
}

/// Whether a text was written by a tool that saves space: long, and hardly a line end in it.
fn is_minified(text: &str) -> bool {
    const LONG: usize = 64 << 10;
    text.len() > LONG && text.len() / (memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1) > 1_000
}

/// The last part of a module's name: `a/b.py` → `b`, `a/__init__.py` → `a`, `a/index.ts` → `a`.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let is_folder = match stem {
        "__init__" | "index" => true,
        "mod" | "lib" => name.ends_with(".rs"),
        _ => false,
    };
    if is_folder { parent(path).rsplit('/').next().unwrap_or(stem) } else { stem }
}

/// Whether a file is the face of its folder, which gives on what others define.
fn gives_on(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("__init__.") || name.starts_with("index.")
}

/// Whether the files of a folder know each other's names without an import.
fn shares_names(source: &Source) -> bool {
    matches!(family(source.language), "go" | "jvm" | "csharp")
}

fn import_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| {
        let line = line.trim_start();
        ["import ", "from ", "export ", "using ", "use ", "} from "].iter().any(|word| line.starts_with(word))
            || line.contains("require(")
            || line.contains("import(")
    })
}

/// The last parts of what the files import.
fn imported_stems(sources: &[Source]) -> BTreeSet<&str> {
    sources.iter().flat_map(|source| import_lines(&source.text)).flat_map(words_of).collect()
}

fn words_of(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
    words.filter(|word| word.len() > 1)
}

/// Parses every text.
pub(super) fn parse<'s>(sources: &'s [Source], applications: &Applications) -> Vec<File<'s>> {
    let parsed = sources.par_iter().map(|source| {
        let end = Instant::now() + TIME + TIME_PER_KIB * (source.text.len() >> 10) as u32;
        let stop: Stop = Arc::new(move || Instant::now() > end);
        let unit = parse_until(source.language, &source.text, &stop);
        File::new(source, applications.scope_of(&source.path), unit)
    });
    parsed.collect()
}
