//! Keys and other secrets in text of any kind, by the formats on the cards of `catalog/secrets`.
//!
//! A key's value stays in here. What leaves is its form, its places, a salted hash and its last four characters
//! (see [`key`] for what the hash says). No key is ever tried out.

mod context;
mod encoded;
mod key;
mod place;
mod placeholder;
mod prefilter;
mod scanner;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::Catalog;
use collect::{Source, Tree};
use model::{Coverage, CoverageStatus, Observations, Position};
use rayon::prelude::*;

pub use key::DEFAULT_SALT;
pub use place::wants;
pub use scanner::Scanner;

use key::{Digest, Key, Past, Place};
use place::{Lines, Room, is_test, is_text};
use scanner::Found;

const NAME: &str = "secrets";
const KIND: &str = "secrets.key";
/// A zero byte in so many first bytes means that a file is no text.
const HEAD: usize = 8 << 10;

/// The scanner of keys.
pub struct Secrets<'c> {
    pub catalog: &'c Catalog,
    pub options: Options,
}

/// What a run asks of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the hashes are salted with: [`DEFAULT_SALT`], or an organisation's own.
    pub salt: Arc<str>,
    /// Whether the history of the repository is read too.
    pub history: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { salt: DEFAULT_SALT.into(), history: false }
    }
}

/// What one key of one file is by: the form, and what tells it from others of that form.
type Which = (usize, Digest);

/// What was seen in one file.
#[derive(Default)]
struct Sighted {
    keys: Vec<(Which, Option<String>, Place)>,
    note: Option<Coverage>,
}

impl Source for Secrets<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn observe(&self, tree: &Tree) -> Observations {
        let scanner = Scanner::new(self.catalog);
        let wanted: Vec<&Arc<str>> = tree.files().iter().filter(|path| wants(path)).collect();
        let files: Vec<Sighted> =
            wanted.par_iter().map(|path| self.file(&scanner, path, tree.read(path))).collect();
        let mut seen = Observations::default();
        let mut keys: BTreeMap<Which, Key> = BTreeMap::new();
        for file in files {
            seen.coverage.extend(file.note);
            for (which, last4, place) in file.keys {
                let key = keys.entry(which).or_default();
                key.last4 = last4;
                key.places.push(place);
            }
        }
        if self.options.history {
            self.past(&scanner, tree, &mut keys, &mut seen.coverage);
        }
        let assets = keys.into_par_iter().map(|((rule, digest), mut key)| {
            let rule = &scanner.rules[rule];
            key.hash = key::hash(rule.rule.category, digest);
            key.asset(rule)
        });
        seen.assets = assets.collect();
        seen
    }
}

impl Secrets<'_> {
    fn file(&self, scanner: &Scanner<'_>, path: &Arc<str>, read: Result<Vec<u8>, String>) -> Sighted {
        let note = |status, reason: &str| Sighted {
            keys: Vec::new(),
            note: Some(Coverage::note(NAME, path, status, reason)),
        };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(reason) => return note(CoverageStatus::Skipped, &reason),
        };
        let Some(text) = text(&bytes) else {
            return match is_text(path) {
                true => note(CoverageStatus::Skipped, "not text: it has a zero byte"),
                false => Sighted::default(),
            };
        };
        let mut lines = Lines::new(&text);
        let found = scanner.scan(path, &text).into_iter().map(|found| {
            let rule = &scanner.rules[found.rule];
            let place = Place {
                at: lines.span(path, &found.span),
                room: Room::of(path, &text, found.span.start),
                test: is_test(path),
                encoded: text[found.span.clone()] != *found.value,
                host: host(&rule.card.hosts, &text, path, found.span.start),
                name: found.name.clone(),
            };
            let last4 = key::last4(rule.rule.category, &found.value);
            (self.which(scanner, &found), last4, place)
        });
        Sighted { keys: found.collect(), note: None }
    }

    fn which(&self, scanner: &Scanner<'_>, found: &Found) -> Which {
        let rule = scanner.rules[found.rule].rule;
        (found.rule, key::digest(&self.options.salt, &rule.id, &found.value))
    }

    /// What older versions of files hold.
    fn past(
        &self,
        scanner: &Scanner<'_>,
        tree: &Tree,
        keys: &mut BTreeMap<Which, Key>,
        coverage: &mut Vec<Coverage>,
    ) {
        let look = |path: &str, bytes: &[u8]| {
            let text = text(bytes)?;
            let mut lines = Lines::new(&text);
            let path: Arc<str> = path.into();
            let found = scanner.scan(&path, &text).into_iter().map(|found| {
                let category = scanner.rules[found.rule].rule.category;
                let line = lines.span(&path, &found.span).line;
                (self.which(scanner, &found), key::last4(category, &found.value), line)
            });
            let found: Vec<_> = found.collect();
            (!found.is_empty()).then_some(found)
        };
        let (versions, notes) = tree.history(&wants, &look);
        coverage.extend(notes);
        for (version, found) in versions {
            for (which, last4, line) in found {
                let key = keys.entry(which).or_default();
                key.last4 = last4;
                key.past.push(Past {
                    order: version.order,
                    commit: version.commit.clone(),
                    path: version.path.clone(),
                    line,
                    in_head: version.in_head,
                });
            }
        }
    }
}

/// The text of a file: nothing if it is no text. UTF-16 with a mark at its beginning is text too.
fn text(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => {
            let head = &bytes[..bytes.len().min(HEAD)];
            return memchr::memchr(0, head).is_none().then_some(Cow::Borrowed(bytes));
        }
    };
    let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    Some(Cow::Owned(String::from_utf16_lossy(&units).into_bytes()))
}

/// The host of a service that the file names nearest to a key.
fn host(hosts: &[Arc<str>], text: &[u8], path: &Arc<str>, at: usize) -> Option<(Arc<str>, Position)> {
    let in_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'-' | b'.');
    let spans = hosts.iter().flat_map(|host| {
        let tail = host.strip_prefix('*').unwrap_or(host);
        memchr::memmem::find_iter(text, tail.as_bytes()).filter_map(move |found| {
            let end = found + tail.len();
            let before = text[..found].iter().rev().take(63).take_while(in_name).count();
            let alone = text.get(end).is_none_or(|b| !in_name(&b));
            let fits = if tail.len() < host.len() { before > 0 } else { before == 0 };
            (alone && fits).then_some(found - before..end)
        })
    });
    let nearest = spans.take(1000).min_by_key(|span| span.start.abs_diff(at))?;
    let name = std::str::from_utf8(&text[nearest.clone()]).ok()?.to_ascii_lowercase();
    Some((name.into(), Lines::new(text).span(path, &nearest)))
}
