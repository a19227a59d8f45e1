//! Lock files and manifests of package managers: which packages an application is made of, each with its place.
//!
//! Every reader takes text and gives what it could read, with the problems it met; none fails. Which file stands
//! beside which, and which packages are of AI, is not known here. Nothing is resolved against a registry: a version
//! that a file does not state is absent.

mod block;
mod cargo;
mod conda;
mod format;
mod gems;
mod go;
mod gradle;
mod lines;
mod maven;
mod npm;
mod nuget;
mod pipfile;
mod pnpm;
mod purl;
mod pylocks;
mod pyproject;
mod requirement;
mod requirements;
mod xml;
mod yarn;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;

use crate::data::{Data, Datum};
use crate::{Problem, Span};

pub use format::{Format, Role};
pub use maven::{Coordinates, Pom, read_pom, resolve_pom};
pub use purl::{normalised, purl, versionless};

/// Packages that one file may name.
const MAX_PACKAGES: usize = 200_000;
/// Problems that one file reports.
const MAX_PROBLEMS: usize = 50;
/// Hashes of one package that are kept: one for each of its files.
const MAX_HASHES: usize = 64;

/// The registry that a package's name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ecosystem {
    PyPi,
    Npm,
    Cargo,
    Go,
    Maven,
    NuGet,
    Gem,
    Conda,
}

impl Ecosystem {
    pub const ALL: [Ecosystem; 8] = {
        use Ecosystem::*;
        [PyPi, Npm, Cargo, Go, Maven, NuGet, Gem, Conda]
    };

    /// The type in a purl.
    pub fn as_str(self) -> &'static str {
        match self {
            Ecosystem::PyPi => "pypi",
            Ecosystem::Npm => "npm",
            Ecosystem::Cargo => "cargo",
            Ecosystem::Go => "golang",
            Ecosystem::Maven => "maven",
            Ecosystem::NuGet => "nuget",
            Ecosystem::Gem => "gem",
            Ecosystem::Conda => "conda",
        }
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a package is needed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    #[default]
    Runtime,
    /// Only where somebody asks for it: an extra, an optional dependency.
    Optional,
    /// To build, test or develop.
    Dev,
}

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Runtime => "runtime",
            Scope::Optional => "optional",
            Scope::Dev => "dev",
        }
    }
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A registry: the ecosystem's public one where no address is given.
    Registry(Option<Arc<str>>),
    /// A repository, at a branch, tag or commit.
    Git { url: Arc<str>, revision: Option<Arc<str>> },
    /// A file at an address.
    Url(Arc<str>),
    /// A folder or file of the same machine.
    Path(Arc<str>),
}

impl Default for Origin {
    fn default() -> Self {
        Origin::Registry(None)
    }
}

impl Origin {
    /// An address that may be `git+https://host/repository.git@revision#fragment`, an archive or a file.
    pub(crate) fn of_url(text: &str) -> Origin {
        let text = text.trim();
        let (bare, fragment) = text.split_once('#').map_or((text, None), |(bare, f)| (bare, Some(f)));
        if let Some(path) = bare.strip_prefix("file:") {
            return Origin::Path(path.trim_start_matches("//").into());
        }
        if let Some(git) = bare.strip_prefix("git+") {
            let scheme = git.find("://").map_or(0, |at| at + 3);
            let path = git[scheme..].find('/').map_or(git.len(), |at| scheme + at);
            let (url, at) = match git[path..].rfind('@') {
                Some(at) => (&git[..path + at], Some(&git[path + at + 1..])),
                None => (git, None),
            };
            let named = fragment.filter(|f| !f.contains('='));
            return Origin::Git { url: url.into(), revision: at.or(named).map(Arc::from) };
        }
        let is_git = bare.starts_with("git://") || bare.starts_with("git@") || bare.ends_with(".git");
        if is_git {
            let revision = fragment.filter(|f| !f.contains('=')).map(Arc::from);
            return Origin::Git { url: bare.into(), revision };
        }
        Origin::Url(bare.into())
    }
}

/// An address without the user and password that may stand in it.
pub fn without_credentials(url: &str) -> String {
    let Some(scheme) = url.find("://").map(|at| at + 3) else { return url.to_owned() };
    let end = url[scheme..].find(['/', '?', '#']).map_or(url.len(), |at| scheme + at);
    match url[scheme..end].rfind('@') {
        Some(at) => format!("{}{}", &url[..scheme], &url[scheme + at + 1..]),
        None => url.to_owned(),
    }
}

/// One package.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    pub ecosystem: Ecosystem,
    /// As its registry compares names. Of Maven `group:artifact`.
    pub name: Arc<str>,
    /// The exact version, where the file states one.
    pub version: Option<Arc<str>>,
    /// What versions a person allowed: `^1.2`, `>=1,<2`.
    pub constraint: Option<Arc<str>>,
    /// Whether the application asks for it itself; `None` where the file does not say.
    pub direct: Option<bool>,
    pub scope: Scope,
    /// `sha256:…`, in hexadecimal digits, one for each file of the package.
    pub hashes: Vec<Arc<str>>,
    pub source: Origin,
    /// The packages that it needs itself, by their place in the list.
    pub needs: Vec<u32>,
    /// The constraints that a lock file resolved to this version.
    pub answers: Vec<Arc<str>>,
    /// The entry of a file of versions for several applications that says the rest.
    pub central: Option<Arc<str>>,
    pub span: Span,
}

impl Package {
    pub(crate) fn new(ecosystem: Ecosystem, name: &str, span: Span) -> Package {
        Package {
            ecosystem,
            name: normalised(ecosystem, name).into(),
            version: None,
            constraint: None,
            direct: None,
            scope: Scope::Runtime,
            hashes: Vec::new(),
            source: Origin::default(),
            needs: Vec::new(),
            answers: Vec::new(),
            central: None,
            span,
        }
    }

    fn hash(&mut self, hash: Option<String>) {
        if let Some(hash) = hash
            && self.hashes.len() < MAX_HASHES
        {
            self.hashes.push(hash.into());
        }
    }
}

/// An application that a file speaks of: its own, or a member of the workspace that it locks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    /// Its folder, below that of the file; `None` where the file does not say.
    pub folder: Option<Arc<str>>,
    pub name: Option<Arc<str>>,
    pub version: Option<Arc<str>>,
    pub span: Span,
    /// What it asks for: the name it asks with, and the place in the list of packages.
    pub needs: Vec<(Arc<str>, u32, Scope)>,
    /// Other members that it asks for, by their place in the list of members.
    pub members: Vec<u32>,
}

/// Another file that a requirements file takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    pub path: Arc<str>,
    /// Only versions are taken from it (`-c`).
    pub constraints: bool,
    pub span: Span,
}

/// A registry that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    pub url: Arc<str>,
    /// Asked beside the others, and the highest version of any of them wins.
    pub extra: bool,
    pub span: Span,
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    pub members: Vec<Member>,
    pub packages: Vec<Package>,
    /// Versions kept for other files, by the name they are asked for with.
    pub central: Vec<(Arc<str>, Package)>,
    pub includes: Vec<Include>,
    pub registries: Vec<Registry>,
    pub problems: Vec<Problem>,
}

impl Contents {
    fn complain(&mut self, span: Span, message: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { span, message: message.into() });
        }
    }

    /// Adds a package: its place in the list. What is too much is left out with a problem.
    fn add(&mut self, package: Package) -> Option<u32> {
        if package.name.is_empty() {
            return None;
        }
        if self.packages.len() >= MAX_PACKAGES {
            if self.packages.len() == MAX_PACKAGES
                && self.problems.iter().all(|p| !p.message.contains("more than"))
            {
                let message = format!("there are more than {MAX_PACKAGES} packages: the rest is not read");
                self.complain(package.span, message);
            }
            return None;
        }
        self.packages.push(package);
        u32::try_from(self.packages.len() - 1).ok()
    }

    /// The places of packages by name.
    fn by_name(&self) -> HashMap<Arc<str>, Vec<u32>> {
        let mut index: HashMap<Arc<str>, Vec<u32>> = HashMap::with_capacity(self.packages.len());
        for (at, package) in self.packages.iter().enumerate() {
            index.entry(package.name.clone()).or_default().push(at as u32);
        }
        index
    }

    /// Marks what nobody asks for directly as such, once every member's needs are known.
    fn mark_direct(&mut self) {
        self.packages.iter_mut().for_each(|p| p.direct = Some(false));
        for (_, at, _) in self.members.iter().flat_map(|m| &m.needs) {
            if let Some(package) = self.packages.get_mut(*at as usize) {
                package.direct = Some(true);
            }
        }
    }

    /// Gives each package the widest scope that anything which asks for it has, for lock files that do not say.
    fn spread_scopes(&mut self) {
        let mut scopes: Vec<Option<Scope>> = vec![None; self.packages.len()];
        let needs = self.members.iter().flat_map(|m| &m.needs);
        let mut open: Vec<(u32, Scope)> = needs.map(|(_, at, scope)| (*at, *scope)).collect();
        while let Some((at, scope)) = open.pop() {
            let Some(known) = scopes.get_mut(at as usize) else { continue };
            if known.is_some_and(|known| known <= scope) {
                continue;
            }
            *known = Some(scope);
            open.extend(self.packages[at as usize].needs.iter().map(|next| (*next, scope)));
        }
        for (package, scope) in self.packages.iter_mut().zip(scopes) {
            package.scope = scope.unwrap_or(package.scope);
        }
    }
}

/// The text of an entry.
fn text<'d>(datum: &'d Datum, key: &str) -> Option<&'d str> {
    datum.get(key).and_then(Datum::as_str)
}

/// The text of an entry, shared.
fn shared(datum: &Datum, key: &str) -> Option<Arc<str>> {
    match &datum.get(key)?.value {
        Data::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// Whether an entry is `true`.
fn is_true(datum: &Datum, key: &str) -> bool {
    matches!(datum.get(key).map(|d| &d.value), Some(Data::Bool(true)))
}

/// The elements of an entry.
fn items<'d>(datum: &'d Datum, key: &str) -> &'d [Datum] {
    datum.get(key).and_then(Datum::as_list).unwrap_or_default()
}

/// The entries of an entry.
fn entries<'d>(datum: &'d Datum, key: &str) -> &'d [crate::data::Entry] {
    datum.get(key).and_then(Datum::as_map).unwrap_or_default()
}

/// `sha256:…` or `sha256=…` with hexadecimal digits, as Python's tools write it.
fn hex_hash(text: &str) -> Option<String> {
    let (algorithm, digits) = text.trim().split_once([':', '='])?;
    let known = ["sha256", "sha384", "sha512", "sha1", "md5"].contains(&algorithm);
    let hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    (known && hex).then(|| format!("{algorithm}:{}", digits.to_ascii_lowercase()))
}

/// A hash in base64 (<https://www.w3.org/TR/SRI/>, as npm writes it) in hexadecimal digits.
fn base64_hash(algorithm: &str, text: &str) -> Option<String> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?;
    let known = ["sha256", "sha384", "sha512", "sha1", "md5"].contains(&algorithm) && !bytes.is_empty();
    known.then(|| {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
        let mut hash = String::with_capacity(algorithm.len() + 1 + 2 * bytes.len());
        hash.push_str(algorithm);
        hash.push(':');
        hash.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
        hash
    })
}

/// `sha512-BASE64 sha1-BASE64`.
fn integrity(text: &str) -> impl Iterator<Item = String> {
    text.split_ascii_whitespace().filter_map(|one| {
        let (algorithm, digest) = one.split_once('-')?;
        base64_hash(algorithm, digest.split('?').next().unwrap_or(digest))
    })
}

#[cfg(test)]
mod any_text;
#[cfg(test)]
mod tests;
