//! A folder of files, read within bounds. Paths are relative to the scanned root, with `/`, and may lead above it
//! (`../modules/network`) but never out of its boundary: the enclosing git checkout, or else the root itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;
use model::{Coverage, CoverageStatus};

/// Bounds of a walk.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Larger files are not read, in bytes.
    pub file: u64,
    /// A walk stops after so many files.
    pub files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { file: 16 << 20, files: 1_000_000 }
    }
}

/// Folders that hold no source of the user's own.
const PASSED_OVER: [&str; 6] = [".git", "node_modules", ".terraform", ".venv", "__pycache__", ".tox"];

#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error("cannot read {path}: {error}")]
    Unreadable { path: String, error: std::io::Error },
    #[error("cannot read revision {revision}: {reason}")]
    Revision { revision: String, reason: String },
    #[error("{0} is neither a folder nor a file")]
    Neither(String),
}

/// The files below one root.
#[derive(Clone, Debug)]
pub struct Tree {
    backing: Backing,
    /// Texts that stand for files of the same path, as if they had been written.
    laid_over: BTreeMap<String, Arc<str>>,
    /// Sorted.
    files: Vec<Arc<str>>,
    /// Those of them that are links, or were not met on the walk.
    links: BTreeSet<Arc<str>>,
    coverage: Vec<Coverage>,
    limits: Limits,
}

#[derive(Clone, Debug)]
enum Backing {
    Disk { root: PathBuf, boundary: PathBuf },
    Memory(BTreeMap<String, String>),
}

impl Tree {
    /// Walks `root`, a folder or one file, keeping the files that `wanted` accepts by their path.
    pub fn open(root: &Path, limits: Limits, wanted: impl Fn(&str) -> bool) -> Result<Tree, TreeError> {
        let shown = root.display().to_string();
        let absolute =
            root.canonicalize().map_err(|error| TreeError::Unreadable { path: shown.clone(), error })?;
        let folder = if absolute.is_dir() {
            absolute.clone()
        } else {
            absolute.parent().unwrap_or(&absolute).to_owned()
        };
        let boundary = folder.ancestors().find(|p| p.join(".git").exists()).unwrap_or(&folder).to_owned();
        let mut tree = Tree {
            backing: Backing::Disk { root: folder.clone(), boundary },
            laid_over: BTreeMap::new(),
            files: Vec::new(),
            links: BTreeSet::new(),
            coverage: Vec::new(),
            limits,
        };
        if absolute.is_file() {
            let name = absolute.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let name: Arc<str> = name.into();
            tree.links.insert(name.clone());
            tree.files.push(name);
        } else if absolute.is_dir() {
            tree.walk(&folder, &wanted);
        } else {
            return Err(TreeError::Neither(shown));
        }
        tree.files.sort();
        tree.coverage.sort();
        Ok(tree)
    }

    /// A tree of texts, for tests and for the cases on cards.
    pub fn of_texts<P: Into<String>, T: Into<String>>(texts: impl IntoIterator<Item = (P, T)>) -> Tree {
        let texts: BTreeMap<String, String> = texts.into_iter().map(|(p, t)| (p.into(), t.into())).collect();
        let files = texts.keys().map(|p| Arc::from(&**p)).collect();
        let (laid_over, links) = (BTreeMap::new(), BTreeSet::new());
        let (coverage, limits) = (Vec::new(), Limits::default());
        Tree { backing: Backing::Memory(texts), laid_over, files, links, coverage, limits }
    }

    /// A tree of nothing but these files below `root`, shown below `shown`; a `*` is any folder or file of its folder. They
    /// are read at once, so that nothing else of `root` can be. What is not there is passed over.
    pub fn of_paths<'p>(
        root: &Path,
        shown: &str,
        paths: impl IntoIterator<Item = &'p str>,
        limits: Limits,
    ) -> Tree {
        let mut texts = BTreeMap::new();
        let mut coverage = Vec::new();
        for path in paths {
            let mut found = vec![String::new()];
            for part in normalise(path).split('/').filter(|part| *part != "..") {
                found = found.iter().flat_map(|before| expanded(root, before, part, limits.files)).collect();
            }
            for path in found {
                let name = format!("{shown}/{path}");
                match read_within(&root.join(&path), limits.file) {
                    Ok(None) => {}
                    Ok(Some(text)) => _ = texts.insert(name, text),
                    Err(reason) => {
                        coverage.push(Coverage::note("files", name, CoverageStatus::Failed, reason));
                    }
                }
            }
        }
        coverage.sort();
        coverage.dedup();
        Tree { coverage, limits, ..Tree::of_texts(texts) }
    }

    /// The same tree, listing these files, with this account of itself.
    pub(crate) fn listing(mut self, files: Vec<Arc<str>>, coverage: Vec<Coverage>, limits: Limits) -> Tree {
        self.files = files;
        self.coverage = coverage;
        self.limits = limits;
        self
    }

    /// The same tree with other texts in some of its files. Nothing is written anywhere.
    #[must_use]
    pub fn with_texts<'t>(&self, texts: impl IntoIterator<Item = (&'t str, Arc<str>)>) -> Tree {
        let mut tree = self.clone();
        tree.laid_over.extend(texts.into_iter().map(|(path, text)| (path.to_owned(), text)));
        tree
    }

    fn walk(&mut self, folder: &Path, wanted: &dyn Fn(&str) -> bool) {
        let walker = WalkBuilder::new(folder)
            .standard_filters(false) // what git ignores may still be deployed: terraform.tfvars
            .follow_links(false)
            .max_depth(Some(64))
            .filter_entry(|entry| !entry.file_name().to_str().is_some_and(|name| PASSED_OVER.contains(&name)))
            .build();
        for entry in walker {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let place = relative_of(&error, folder);
                    self.coverage.push(Coverage::note("files", place, CoverageStatus::Failed, cause(&error)));
                    continue;
                }
            };
            let Ok(relative) = entry.path().strip_prefix(folder) else { continue };
            let Some(path) = relative.to_str().map(|p| p.replace('\\', "/")) else {
                let shown = relative.to_string_lossy().into_owned();
                self.coverage.push(Coverage::note(
                    "files",
                    shown,
                    CoverageStatus::Skipped,
                    "name is not UTF-8",
                ));
                continue;
            };
            let Some(kind) = entry.file_type() else { continue };
            if kind.is_symlink() {
                self.link(path, wanted);
            } else if kind.is_file() && wanted(&path) {
                if self.files.len() >= self.limits.files {
                    let reason = format!("more than {} files; the rest is not read", self.limits.files);
                    self.coverage.push(Coverage::note("files", path, CoverageStatus::Failed, reason));
                    return;
                }
                self.files.push(path.into());
            } else if !kind.is_file() && !kind.is_dir() && wanted(&path) {
                self.coverage.push(Coverage::note(
                    "files",
                    path,
                    CoverageStatus::Skipped,
                    "not a regular file",
                ));
            }
        }
    }

    /// A link to a file inside the boundary is read as that file; any other link is passed over, which ends loops.
    fn link(&mut self, path: String, wanted: &dyn Fn(&str) -> bool) {
        match self.resolve(&path) {
            Ok(target) if target.is_file() => {
                if wanted(&path) {
                    let path: Arc<str> = path.into();
                    self.links.insert(path.clone());
                    self.files.push(path);
                }
            }
            Ok(_) => {
                let reason = "symbolic link to a folder, not followed";
                self.coverage.push(Coverage::note("files", path, CoverageStatus::Skipped, reason));
            }
            Err(reason) => {
                let reason = format!("symbolic link: {reason}");
                self.coverage.push(Coverage::note("files", path, CoverageStatus::Skipped, reason));
            }
        }
    }

    /// The files of the walk, sorted.
    pub fn files(&self) -> &[Arc<str>] {
        &self.files
    }

    /// What the walk passed over or could not read.
    pub fn coverage(&self) -> &[Coverage] {
        &self.coverage
    }

    /// The root on the disk, and the enclosing checkout.
    pub(crate) fn folders(&self) -> Option<(&Path, &Path)> {
        match &self.backing {
            Backing::Disk { root, boundary } => Some((root, boundary)),
            Backing::Memory(_) => None,
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// The place of `path` on the disk, if that is inside the boundary.
    fn resolve(&self, path: &str) -> Result<PathBuf, String> {
        let Backing::Disk { root, boundary } = &self.backing else { return Err("not on a disk".into()) };
        let real = root.join(path).canonicalize().map_err(|error| short(&error))?;
        if real.starts_with(boundary) { Ok(real) } else { Err("leads out of the scanned tree".into()) }
    }

    /// The bytes of a file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if let Some(text) = self.laid_over.get(path) {
            return Ok(text.as_bytes().to_vec());
        }
        match &self.backing {
            Backing::Memory(texts) => {
                texts.get(path).map(|t| t.clone().into_bytes()).ok_or_else(|| "no such file".to_owned())
            }
            Backing::Disk { root, .. } => {
                // What the walk met as a regular file lies inside: its folders are none that a link leads to.
                let walked = || self.files.binary_search_by(|file| (**file).cmp(path)).is_ok();
                let real = match !self.links.contains(path) && walked() {
                    true => root.join(path),
                    false => self.resolve(path)?,
                };
                // Asked before it is opened: opening a pipe waits for its other end. What has become a link meanwhile is not
                // followed.
                let meta = real.symlink_metadata().map_err(|error| short(&error))?;
                if !meta.is_file() {
                    return Err("not a regular file".into());
                }
                let file = fs::File::open(&real).map_err(|error| short(&error))?;
                // The size is a hint; what is read is bounded all the same.
                let mut bytes = Vec::with_capacity(meta.len().min(self.limits.file) as usize);
                file.take(self.limits.file + 1).read_to_end(&mut bytes).map_err(|error| short(&error))?;
                if bytes.len() as u64 > self.limits.file {
                    return Err(format!("larger than {} bytes and not read", self.limits.file));
                }
                Ok(bytes)
            }
        }
    }

    /// The text of a file.
    pub fn read_text(&self, path: &str) -> Result<String, String> {
        String::from_utf8(self.read(path)?).map_err(|error| {
            let line =
                error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
            format!("not UTF-8 (line {})", line + 1)
        })
    }

    /// Whether there is a file at `path`; an error if it would be outside the boundary.
    pub fn is_file(&self, path: &str) -> Result<bool, String> {
        match &self.backing {
            Backing::Memory(texts) => Ok(texts.contains_key(path)),
            Backing::Disk { root, .. } => match self.resolve(path) {
                Ok(real) => Ok(real.is_file()),
                Err(_) if !root.join(path).exists() => Ok(false),
                Err(reason) => Err(reason),
            },
        }
    }

    /// The names of the files directly in `folder`, sorted; empty if there is no such folder.
    pub fn names_in(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = match &self.backing {
            Backing::Memory(texts) => {
                let below = |path: &String| {
                    let name = if folder.is_empty() {
                        path
                    } else {
                        path.strip_prefix(folder)?.strip_prefix('/')?
                    };
                    (!name.contains('/')).then(|| name.to_owned())
                };
                texts.keys().filter_map(below).collect()
            }
            Backing::Disk { .. } => {
                let Ok(entries) =
                    self.resolve(folder).and_then(|real| fs::read_dir(real).map_err(|e| short(&e)))
                else {
                    return Vec::new();
                };
                let files = entries.flatten().filter(|e| e.path().is_file());
                files.filter_map(|e| e.file_name().into_string().ok()).take(self.limits.files).collect()
            }
        };
        names.sort();
        names
    }

    /// The paths of the files anywhere below `folder`, relative to it, sorted. Links are not followed.
    pub fn files_below(&self, folder: &str) -> Vec<String> {
        let mut found: Vec<String> = match &self.backing {
            Backing::Memory(texts) => {
                let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                texts.keys().filter_map(|p| p.strip_prefix(&*prefix)).map(str::to_owned).collect()
            }
            Backing::Disk { .. } => {
                let Ok(real) = self.resolve(folder) else { return Vec::new() };
                let walker = WalkBuilder::new(&real).standard_filters(false).max_depth(Some(32)).build();
                let files = walker.flatten().filter(|e| e.file_type().is_some_and(|t| t.is_file()));
                let below = files
                    .filter_map(|e| Some(e.path().strip_prefix(&real).ok()?.to_str()?.replace('\\', "/")));
                below.take(100_000).collect()
            }
        };
        found.sort();
        found
    }
}

/// The paths that a part of a pattern leads to from a folder below `root`.
fn expanded(root: &Path, before: &str, part: &str, limit: usize) -> Vec<String> {
    let join = |name: &str| if before.is_empty() { name.to_owned() } else { format!("{before}/{name}") };
    let Some((start, end)) = part.split_once('*') else { return vec![join(part)] };
    let Ok(entries) = fs::read_dir(root.join(before)) else { return Vec::new() };
    let names = entries.flatten().take(limit).filter_map(|entry| entry.file_name().into_string().ok());
    let fits = |name: &String| {
        name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
    };
    let mut found: Vec<String> = names.filter(fits).map(|name| join(&name)).collect();
    found.sort();
    found
}

/// The text of a regular file within the limit; none where there is no such file.
fn read_within(path: &Path, limit: u64) -> Result<Option<String>, String> {
    let Ok(meta) = path.metadata() else { return Ok(None) };
    if !meta.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| short(&error))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| short(&error))?;
    if bytes.len() as u64 > limit {
        return Err(format!("larger than {limit} bytes and not read"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| "not UTF-8".to_owned())
}

/// The text of a file that a repository brings along but that is no source: its settings, its cards. Only a regular file
/// is opened, because a pipe or a device has no end, and only so much of it is read.
pub fn read_regular(path: &Path) -> std::io::Result<String> {
    let limit = Limits::default().file;
    let meta = path.metadata()?;
    let refused = |why: String| Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, why));
    if !meta.is_file() {
        return refused("not a regular file".into());
    }
    let mut text = String::new();
    let read = fs::File::open(path)?.take(limit + 1).read_to_string(&mut text)?;
    if read as u64 > limit { refused(format!("larger than {limit} bytes and not read")) } else { Ok(text) }
}

/// Removes `.` and resolves `..` by name: `a/./b/../c` → `a/c`; leading `..` stay.
pub fn normalise(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => _ = parts.pop(),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn relative_of(error: &ignore::Error, folder: &Path) -> String {
    match error {
        ignore::Error::WithPath { path, .. } => {
            path.strip_prefix(folder).unwrap_or(path).display().to_string()
        }
        ignore::Error::WithDepth { err, .. } => relative_of(err, folder),
        ignore::Error::Loop { child, .. } => {
            child.strip_prefix(folder).unwrap_or(child).display().to_string()
        }
        _ => String::new(),
    }
}

fn cause(error: &ignore::Error) -> String {
    error.io_error().map_or_else(|| "cannot be read".to_owned(), short)
}

/// The operating system's words without the error number.
fn short(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_by_name() {
        for (path, want) in
            [("a/./b/../c", "a/c"), ("../x", "../x"), ("a/../../x", "../x"), ("./", ""), ("/etc", "etc")]
        {
            assert_eq!(normalise(path), want, "{path}");
        }
    }

    #[test]
    fn texts_are_laid_over_files_and_leave_them_as_they_are() {
        let tree = Tree::of_texts([("a.tf", "a"), ("b.tf", "b")]);
        let over = tree.with_texts([("a.tf", "c".into())]);
        let read = |tree: &Tree| tree.files().iter().map(|f| tree.read_text(f).unwrap()).collect::<String>();
        assert_eq!((read(&over), read(&tree)), ("cb".into(), "ab".into()));
    }

    #[test]
    fn a_tree_of_paths_has_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".a/mcp.json", "{}");
        write(".a/profiles/p/mcp.json", "1");
        write(".a/profiles/q/other.json", "2");
        write("big.json", "0123456789");
        write("secret.txt", "3");
        let paths = [".a/mcp.json", ".a/profiles/*/mcp.json", ".b/absent.json", "big.json", "../x", ".a"];
        let tree = Tree::of_paths(root.path(), "~", paths, Limits { file: 5, files: 100 });
        let files: Vec<&str> = tree.files().iter().map(|f| &**f).collect();
        assert_eq!(files, ["~/.a/mcp.json", "~/.a/profiles/p/mcp.json"]);
        assert_eq!(tree.read_text("~/.a/profiles/p/mcp.json").as_deref(), Ok("1"));
        assert!(tree.read_text("~/secret.txt").is_err() && tree.names_in("").is_empty());
        let notes: Vec<&str> = tree.coverage().iter().map(|c| &*c.path).collect();
        assert_eq!(notes, ["~/big.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_walk_stays_inside_and_says_what_it_left_out() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.tf"), "x").unwrap();
        let root = tempfile::tempdir().unwrap();
        let at = |p: &str| root.path().join(p);
        fs::create_dir_all(at("a/node_modules")).unwrap();
        fs::write(at("a/main.tf"), "a").unwrap();
        fs::write(at("a/node_modules/x.tf"), "").unwrap();
        fs::write(at("big.tf"), vec![b'#'; 2048]).unwrap();
        fs::write(at("latin.tf"), b"ok\n\xe9").unwrap();
        std::os::unix::fs::symlink(at("a"), at("a/loop")).unwrap();
        std::os::unix::fs::symlink(at("a/main.tf"), at("linked.tf")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.tf"), at("escape.tf")).unwrap();
        let limits = Limits { file: 1024, ..Limits::default() };
        let tree = Tree::open(root.path(), limits, |p| p.ends_with(".tf")).unwrap();
        let files: Vec<&str> = tree.files().iter().map(|f| &**f).collect();
        assert_eq!(files, ["a/main.tf", "big.tf", "latin.tf", "linked.tf"]);
        let notes: Vec<String> = tree
            .coverage()
            .iter()
            .map(|c| format!("{}: {}", c.path, c.reason.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(
            notes,
            [
                "a/loop: symbolic link to a folder, not followed",
                "escape.tf: symbolic link: leads out of the scanned tree"
            ]
        );
        assert_eq!(tree.read_text("linked.tf").as_deref(), Ok("a"));
        assert_eq!(tree.read_text("escape.tf"), Err("leads out of the scanned tree".into()));
        assert_eq!(tree.read_text("../../../etc/passwd"), Err("leads out of the scanned tree".into()));
        assert_eq!(tree.read_text("big.tf"), Err("larger than 1024 bytes and not read".into()));
        assert_eq!(tree.read_text("latin.tf"), Err("not UTF-8 (line 2)".into()));
        assert_eq!(tree.names_in("a"), ["main.tf"]);
    }
}
