//! A key as it leaves the scanner: what kind it is, where it stands, a salted hash and its last four characters.
//!
//! **The hash** tells two keys apart and recognises one again, in the next run and in another report of the same salt. It is
//! SHA-256 over the salt, the form and the value, cut to 64 bits. That says nothing of a key that was drawn by lot: there are
//! too many to try. It could say something of a value that a person chose, to somebody who has the report and tries words. Two
//! things stand against that: the hash of a form whose values people choose (`generic`, passwords of databases) is taken
//! 2^14 times over, which makes each trial that much dearer; and an organisation gives a salt of its own, kept with its
//! other secrets, without which nothing can be tried. The default salt is a constant, so that a report does not depend on
//! the machine, the path or the day it was made on; it is right for keys and only fair for passwords.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use catalog::SecretCategory;
use model::{Asset, AssetId, Evidence, Node, Number, Position, Value};
use sha2::{Digest as _, Sha256};

use super::place::Room;
use super::scanner::Rule;

/// The salt when none is given.
pub const DEFAULT_SALT: &str = "stance/secrets/v1";
/// How often the hash of what people choose is taken.
const ROUNDS: usize = 1 << 14;
/// Of a shorter value, four characters are too much to show.
const SHOWN_FROM: usize = 20;
/// Places of one key that are listed.
const MOST_PLACES: usize = 50;

/// What tells two keys of one form apart inside the scanner.
pub(super) type Digest = [u8; 32];

/// One sighting of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) at: Position,
    pub(super) room: Room,
    pub(super) test: bool,
    pub(super) encoded: bool,
    pub(super) name: Option<String>,
    /// The host that the key opens, where the same file names one.
    pub(super) host: Option<(Arc<str>, Position)>,
}

/// One sighting of a key in an older version of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Past {
    /// Older commits have lower numbers.
    pub(super) order: usize,
    pub(super) commit: Arc<str>,
    pub(super) path: Arc<str>,
    pub(super) line: u32,
    pub(super) in_head: bool,
}

/// A key and everywhere it was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Key {
    pub(super) hash: String,
    pub(super) last4: Option<String>,
    pub(super) places: Vec<Place>,
    pub(super) past: Vec<Past>,
}

/// What tells the key from others, without the value.
pub(super) fn digest(salt: &str, rule: &str, value: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    for part in [salt.as_bytes(), rule.as_bytes(), value] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The hash that is shown.
pub(super) fn hash(category: SecretCategory, digest: Digest) -> String {
    let chosen = matches!(category, SecretCategory::Generic | SecretCategory::DataStore);
    let rounds = if chosen { ROUNDS } else { 0 };
    let last = (0..rounds).fold(digest, |digest, _| Sha256::digest(digest).into());
    last[..8].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The last four characters, where that gives nothing away.
pub(super) fn last4(category: SecretCategory, value: &[u8]) -> Option<String> {
    if value.len() < SHOWN_FROM || category == SecretCategory::PrivateKey {
        return None;
    }
    let last = std::str::from_utf8(value.get(value.len() - 4..)?).ok()?;
    last.bytes().all(|b| b.is_ascii_graphic()).then(|| last.to_owned())
}

fn map(entries: impl IntoIterator<Item = (&'static str, Option<Node>)>) -> Node {
    let given = entries.into_iter().filter_map(|(name, node)| Some((Arc::from(name), node?)));
    Value::map(given.collect::<BTreeMap<Arc<str>, Node>>()).into()
}

fn number(number: u32) -> Node {
    Value::Number(Number::Int(number.into())).into()
}

impl Place {
    fn node(&self) -> Node {
        let at = Arc::new(self.at.clone());
        let here = |node: Node| Some(node.at(at.clone()));
        let hidden = Node { sensitive: true, ..Node::unknown("a key") };
        map([
            ("path", here(Node::from(self.at.path.clone()))),
            ("line", here(number(self.at.line))),
            ("column", here(number(self.at.column))),
            ("where", here(self.room.as_str().into())),
            ("test", here(self.test.into())),
            ("encoded", self.encoded.then(|| Node::from(true).at(at.clone()))),
            ("name", self.name.as_deref().map(|name| Node::from(name).at(at.clone()))),
            // Withholds the place in every excerpt.
            ("value", here(hidden)),
        ])
        .at(at.clone())
    }
}

impl Past {
    fn node(&self) -> Node {
        map([
            ("commit", Some(Node::from(self.commit.clone()))),
            ("path", Some(Node::from(self.path.clone()))),
            ("line", Some(number(self.line))),
            ("inHead", Some(self.in_head.into())),
        ])
    }

    /// A place in a version of a file has no position in the scanned tree: the document is the version, the pointer its line.
    fn evidence(&self) -> Evidence {
        let document = format!("git:{}:{}", self.commit, self.path);
        Evidence::Pointer { document: document.into(), pointer: format!("line {}", self.line).into() }
    }
}

impl Key {
    /// The asset of this key of one form.
    pub(super) fn asset(mut self, rule: &Rule<'_>) -> Asset {
        self.places.sort();
        self.places.dedup();
        self.past.sort();
        self.past.dedup();
        let (card, form) = (rule.card, rule.rule);
        let at = self.places.first().map(|place| Arc::new(place.at.clone()));
        let here = |node: Node| match &at {
            Some(at) => Some(node.at(at.clone())),
            None => Some(node),
        };
        let first_path = match (self.places.first(), self.past.first()) {
            (Some(place), _) => Some(place.at.path.clone()),
            (None, past) => past.map(|past| past.path.clone()),
        };
        let name = self.places.iter().find_map(|place| place.name.clone());
        let host = self.places.iter().find_map(|place| place.host.clone());
        let host = host.map(|(host, at)| Node::from(host).at(Arc::new(at)));
        let service = map([("provider", here(Node::from(card.provider.text.clone()))), ("host", host)]);
        let opens = !matches!(form.category, SecretCategory::Generic | SecretCategory::PrivateKey);
        let list = |nodes: Vec<Node>| {
            let at = nodes.first().and_then(|node| node.at.clone());
            (!nodes.is_empty()).then(|| Node { at, ..Value::list(nodes).into() })
        };
        let count = self.places.len();
        let document = map([
            ("rule", here(Node::from(form.id.text.clone()))),
            ("provider", here(Node::from(card.provider.text.clone()))),
            ("title", here(Node::from(form.title.clone()))),
            ("category", here(form.category.as_str().into())),
            ("severity", here(form.severity.as_str().into())),
            ("confidence", here(form.confidence.as_str().into())),
            ("hash", here(Node::from(&*self.hash))),
            ("last4", self.last4.as_deref().and_then(|last4| here(last4.into()))),
            ("file", first_path.and_then(|path| here(Node::from(path)))),
            ("name", name.and_then(|name| here(Node::from(&*name)))),
            ("service", opens.then_some(service)),
            ("places", list(self.places.iter().take(MOST_PLACES).map(Place::node).collect())),
            ("placesInAll", (count > MOST_PLACES).then(|| number(count as u32))),
            ("history", list(self.past.iter().take(MOST_PLACES).map(Past::node).collect())),
        ]);
        let places = self.places.iter().take(MOST_PLACES).map(|place| Evidence::Source(place.at.clone()));
        let evidence = places.chain(self.past.iter().take(MOST_PLACES).map(Past::evidence)).collect();
        let address: Arc<str> = format!("secret/{}/{}", &*form.id, &self.hash[..8]).into();
        let shown = self.last4.map(|last4| format!(" …{last4}")).unwrap_or_default();
        Asset {
            id: AssetId(format!(".#{address}").into()),
            kind: super::KIND.into(),
            class: model::Class::Key,
            name: format!("{}{shown}", form.title),
            address,
            scope: "".into(),
            source_type: "secret".into(),
            aliases: BTreeSet::new(),
            document: Node { at, ..document },
            evidence,
            sightings: Vec::new(),
        }
    }
}
