//! Every version of every file that a repository's history keeps: each content once, with the oldest commit that has it.
//!
//! Objects are read from the repository's own files; git is never run, no hook, filter or setting of the repository takes
//! effect, and nothing outside of it is read. Submodules are repositories of their own and are not followed. What the
//! versions mean is not known here.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::objs::tree::EntryKind;
use gix::objs::{CommitRefIter, FindExt as _, TreeRefIter};
use gix::odb::pack::Find as _;
use gix::{ObjectId, Repository, ThreadSafeRepository};
use model::{Coverage, CoverageStatus};
use rayon::prelude::*;

use crate::Tree;

const NAME: &str = "history";
/// A tree that lies deeper is not entered.
const DEEPEST: usize = 64;
/// More commits or contents than any repository has; the rest is left out, with a note.
const MOST: usize = 5_000_000;
/// Contents that one thread reads in a row: their deltas are near each other in a pack.
const IN_A_ROW: usize = 512;
/// No single allocation for an object is larger, in bytes.
const ALLOCATION: &str = "gitoxide.objects.allocLimit=268435456";

/// One content of a file, where it was first seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Below the root of the tree.
    pub path: Arc<str>,
    /// The oldest commit that has it, in hexadecimal.
    pub commit: Arc<str>,
    /// The place of that commit among all, from the oldest.
    pub order: usize,
    /// Whether the commit that is checked out has the content too.
    pub in_head: bool,
}

impl Tree {
    /// Reads every content of a file that any branch, tag, remote branch or stash reaches, as far as it lies below the root
    /// and `wanted` takes its path. `read` sees each once, in any order, on any thread; what it returns comes back with the
    /// version, oldest first.
    pub fn history<T: Send>(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        read: &(dyn Fn(&str, &[u8]) -> Option<T> + Sync),
    ) -> (Vec<(Version, T)>, Vec<Coverage>) {
        let mut notes = Vec::new();
        let versions = match self.folders() {
            Some((root, boundary)) => open(boundary).and_then(|repository| {
                let below = root.strip_prefix(boundary).unwrap_or(Path::new("")).to_string_lossy();
                versions(&repository, &below.replace('\\', "/"), self.limits().file, wanted, read, &mut notes)
            }),
            None => Err("there is no repository".into()),
        };
        let versions = versions.unwrap_or_else(|reason| {
            notes.push(Coverage::note(
                NAME,
                "",
                CoverageStatus::Failed,
                format!("history is not read: {reason}"),
            ));
            Vec::new()
        });
        (versions, notes)
    }
}

/// Opens the repository whose checkout is `boundary`, if all of it lies there.
pub(crate) fn open(boundary: &Path) -> Result<Repository, String> {
    if !boundary.join(".git").exists() {
        return Err("there is no repository".into());
    }
    let options = gix::open::Options::isolated().config_overrides([ALLOCATION]);
    let opened = ThreadSafeRepository::open_opts(boundary, options).map_err(|error| words(&error))?;
    let repository = opened.to_thread_local();
    let common = repository.common_dir().canonicalize().map_err(|error| error.to_string())?;
    // A second work tree of a repository elsewhere: that repository knows of it, or somebody made it up.
    let known = || {
        let back = std::fs::read_to_string(repository.git_dir().join("gitdir")).unwrap_or_default();
        Path::new(back.trim()).canonicalize().is_ok_and(|back| back == boundary.join(".git"))
    };
    if !common.starts_with(boundary) && !known() {
        return Err("the repository lies outside of the scanned tree".into());
    }
    if common.join("objects/info/alternates").exists() {
        return Err("the repository keeps objects in another one (objects/info/alternates)".into());
    }
    Ok(repository)
}

/// A content that is to be read.
struct Content {
    id: ObjectId,
    path: Arc<str>,
    /// The number of its oldest commit.
    commit: usize,
    /// Where it lies: number of the pack and place in it; loose objects last.
    place: (u32, u64),
}

fn versions<T: Send>(
    repository: &Repository,
    below: &str,
    largest: u64,
    wanted: &dyn Fn(&str) -> bool,
    read: &(dyn Fn(&str, &[u8]) -> Option<T> + Sync),
    notes: &mut Vec<Coverage>,
) -> Result<Vec<(Version, T)>, String> {
    let mut note = |status, reason: String| notes.push(Coverage::note(NAME, "", status, reason));
    if repository.is_shallow().unwrap_or(false) {
        note(CoverageStatus::Partial, "shallow clone: older commits are not here".into());
    }
    let mut walk =
        Walk { repository, below, wanted, trees: HashSet::new(), contents: HashSet::new(), missing: 0 };
    let commits = walk.commits()?;
    let mut found: Vec<Content> = Vec::new();
    for (number, (_, _, tree)) in commits.iter().enumerate() {
        walk.tree(*tree, number, &mut found);
    }
    let head = walk.contents_of_head();
    if walk.missing > 0 {
        let reason = format!("{} commits or folders of the history are missing or broken", walk.missing);
        note(CoverageStatus::Partial, reason);
    }
    if found.len() >= MOST || commits.len() >= MOST {
        note(CoverageStatus::Partial, format!("more than {MOST} commits or contents; the rest is not read"));
    }
    place(repository, &mut found);
    let shared = repository.clone().into_sync();
    let (broken, large) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let read_one = |repository: &Repository, content: &Content| {
        match repository.find_header(content.id) {
            Ok(header) if header.size() > largest => {
                large.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            _ => {}
        }
        let Ok(object) = repository.find_object(content.id) else {
            broken.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let commit = &commits[content.commit];
        let version = Version {
            path: content.path.clone(),
            commit: commit.1.to_hex().to_string().into(),
            order: content.commit,
            in_head: head.contains(&content.id),
        };
        read(&content.path, &object.data).map(|result| (version, result))
    };
    let rows = found.par_chunks(IN_A_ROW).map_init(
        || shared.to_thread_local(),
        |repository, row| row.iter().filter_map(|content| read_one(repository, content)).collect::<Vec<_>>(),
    );
    let mut read: Vec<(Version, T)> = rows.flatten_iter().collect();
    read.sort_by(|(a, _), (b, _)| (a.order, &a.path).cmp(&(b.order, &b.path)));
    let (broken, large) = (broken.into_inner(), large.into_inner());
    if broken > 0 {
        note(CoverageStatus::Failed, format!("{broken} versions of files are missing or broken"));
    }
    if large > 0 {
        note(
            CoverageStatus::Skipped,
            format!("{large} versions of files are larger than {largest} bytes and not read"),
        );
    }
    Ok(read)
}

/// Puts contents into the order in which they lie in the packs.
fn place(repository: &Repository, contents: &mut [Content]) {
    let mut objects = repository.objects.clone().into_inner();
    // The number of a pack stands for it as long as it stays open.
    objects.prevent_pack_unload();
    let mut buffer = Vec::new();
    for content in contents.iter_mut() {
        let location = objects.location_by_oid(&content.id, &mut buffer).ok().flatten();
        content.place = location.map_or((u32::MAX, 0), |at| (at.pack_id, at.pack_offset));
    }
    contents.sort_by_key(|content| (content.place, content.id));
}

/// The walk over commits and their folders.
struct Walk<'r> {
    repository: &'r Repository,
    /// The folder whose files are wanted, below the repository's root.
    below: &'r str,
    wanted: &'r dyn Fn(&str) -> bool,
    trees: HashSet<ObjectId>,
    contents: HashSet<ObjectId>,
    missing: usize,
}

impl Walk<'_> {
    /// Every commit that a reference reaches: its time, itself and its tree, oldest first.
    fn commits(&mut self) -> Result<Vec<(i64, ObjectId, ObjectId)>, String> {
        let mut open: Vec<ObjectId> = Vec::new();
        let references = self.repository.references().map_err(|error| words(&error))?;
        let all = references.all().map_err(|error| words(&error))?;
        for reference in all {
            let Ok(mut reference) = reference else {
                self.missing += 1;
                continue;
            };
            // What was put aside before is only in the log.
            if reference.name().as_bstr() == "refs/stash"
                && let Ok(Some(log)) = reference.log_iter().all()
            {
                open.extend(log.filter_map(Result::ok).map(|line| line.new_oid()).take(MOST));
            }
            match reference.peel_to_id() {
                Ok(id) => open.push(id.detach()),
                Err(_) => self.missing += 1,
            }
        }
        open.extend(self.repository.head_id().ok().map(gix::Id::detach));
        let mut seen: HashSet<ObjectId> = open.iter().copied().collect();
        let mut commits = Vec::new();
        let mut buffer = Vec::new();
        while let Some(id) = open.pop() {
            let Ok(commit) = self.repository.objects.find_commit_iter(&id, &mut buffer) else {
                // A tag may name any object; what is no commit has no history.
                self.missing += usize::from(!self.repository.has_object(id));
                continue;
            };
            let Some((tree, time, parents)) = parts(commit) else {
                self.missing += 1;
                continue;
            };
            commits.push((time, id, tree));
            if commits.len() >= MOST {
                break;
            }
            open.extend(parents.into_iter().filter(|parent| seen.insert(*parent)));
        }
        // The parents of the oldest commits of a shallow clone are meant to be missing.
        if self.repository.is_shallow().unwrap_or(false) {
            self.missing = 0;
        }
        commits.sort();
        Ok(commits)
    }

    /// Takes in the files of a tree that were not seen before.
    fn tree(&mut self, root: ObjectId, commit: usize, found: &mut Vec<Content>) {
        let mut open = vec![(root, String::new(), 0)];
        let mut buffer = Vec::new();
        while let Some((id, folder, depth)) = open.pop() {
            if depth > DEEPEST || found.len() >= MOST || !self.trees.insert(id) {
                continue;
            }
            let Ok(entries) = self.repository.objects.find_tree_iter(&id, &mut buffer) else {
                self.missing += 1;
                continue;
            };
            self.entries(entries, &folder, depth, &mut open, |walk, id, path| {
                let Some(path) = walk.inside(&path) else { return };
                if !walk.contents.contains(&id) && (walk.wanted)(path) {
                    walk.contents.insert(id);
                    found.push(Content { id, path: path.into(), commit, place: (0, 0) });
                }
            });
        }
    }

    /// The contents of every file of the commit that is checked out.
    fn contents_of_head(&mut self) -> HashSet<ObjectId> {
        let mut ids = HashSet::new();
        let Ok(root) = self.repository.head_tree_id() else { return ids };
        let mut open = vec![(root.detach(), String::new(), 0)];
        let mut buffer = Vec::new();
        let mut left = MOST;
        while let Some((id, folder, depth)) = open.pop() {
            let Ok(entries) = self.repository.objects.find_tree_iter(&id, &mut buffer) else { continue };
            if depth > DEEPEST || left == 0 {
                continue;
            }
            left -= 1;
            self.entries(entries, &folder, depth, &mut open, |_, id, _| _ = ids.insert(id));
        }
        ids
    }

    /// Sorts the entries of a folder into folders to open and files.
    fn entries(
        &mut self,
        entries: TreeRefIter<'_>,
        folder: &str,
        depth: usize,
        open: &mut Vec<(ObjectId, String, usize)>,
        mut file: impl FnMut(&mut Self, ObjectId, String),
    ) {
        for entry in entries {
            let Ok(entry) = entry else {
                self.missing += 1;
                return;
            };
            let Ok(name) = std::str::from_utf8(entry.filename) else { continue };
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            match entry.mode.kind() {
                EntryKind::Tree if self.leads_inside(&path) => {
                    open.push((entry.oid.to_owned(), path, depth + 1));
                }
                EntryKind::Blob | EntryKind::BlobExecutable => file(self, entry.oid.to_owned(), path),
                EntryKind::Tree | EntryKind::Link | EntryKind::Commit => {}
            }
        }
    }

    /// Whether a folder is the wanted one, or lies above or below it.
    fn leads_inside(&self, folder: &str) -> bool {
        let under = |outer: &str, inner: &str| {
            outer.is_empty()
                || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        under(self.below, folder) || under(folder, self.below)
    }

    /// The path below the wanted folder.
    fn inside<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.below.is_empty() { Some(path) } else { path.strip_prefix(self.below)?.strip_prefix('/') }
    }
}

/// Tree, time and parents of a commit.
fn parts(mut commit: CommitRefIter<'_>) -> Option<(ObjectId, i64, Vec<ObjectId>)> {
    let tree = commit.tree_id().ok()?;
    let time = commit.committer().ok().and_then(|who| who.time().ok()).map_or(0, |time| time.seconds);
    Some((tree, time, commit.parent_ids().collect()))
}

/// What an error says, without what it is made of.
fn words(error: &dyn std::fmt::Display) -> String {
    error.to_string().lines().next().unwrap_or("not a repository that can be read").to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gix::objs::{Kind, Write as _};

    use super::*;
    use crate::Limits;

    /// A repository whose objects are written one by one.
    struct Written {
        folder: tempfile::TempDir,
        repository: Repository,
    }

    impl Written {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let repository = gix::init(folder.path()).unwrap();
            Written { folder, repository }
        }

        fn object(&self, kind: Kind, bytes: &[u8]) -> ObjectId {
            self.repository.objects.write_buf(kind, bytes).unwrap()
        }

        /// A commit at a time with files, of which `a/b` is in a folder.
        fn commit(&self, time: u32, parents: &[ObjectId], files: &[(&str, &str)]) -> ObjectId {
            let mut root = Vec::new();
            let entry = |tree: &mut Vec<u8>, mode: &str, name: &str, id: ObjectId| {
                tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
                tree.extend_from_slice(id.as_slice());
            };
            for (path, text) in files {
                let blob = self.object(Kind::Blob, text.as_bytes());
                match path.split_once('/') {
                    Some((folder, name)) => {
                        let mut inner = Vec::new();
                        entry(&mut inner, "100644", name, blob);
                        entry(&mut root, "40000", folder, self.object(Kind::Tree, &inner));
                    }
                    None => entry(&mut root, "100644", path, blob),
                }
            }
            let tree = self.object(Kind::Tree, &root);
            let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
            let who = format!("A <a@example.org> {time} +0000");
            let text = format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nm\n");
            self.object(Kind::Commit, text.as_bytes())
        }

        fn point(&self, reference: &str, id: ObjectId) {
            let path = self.repository.git_dir().join(reference);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{id}\n")).unwrap();
        }

        /// `text in path of commit`, with `*` where the commit that is checked out has it too; then the notes.
        fn seen(&self, below: &str, limits: Limits) -> Vec<String> {
            let root = self.folder.path().join(below);
            fs::create_dir_all(&root).unwrap();
            let tree = Tree::open(&root, limits, |_| true).unwrap();
            let read = |_: &str, bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
            let (versions, notes) = tree.history(&|path| !path.ends_with(".png"), &read);
            let shown = versions.iter().map(|(version, text)| {
                let head = if version.in_head { "*" } else { "" };
                format!("{text}{head} in {} of {}", version.path, version.order)
            });
            shown.chain(notes.into_iter().filter_map(|note| note.reason)).collect()
        }
    }

    #[test]
    fn each_content_is_read_once_with_its_oldest_commit() {
        let written = Written::new();
        let first = written.commit(100, &[], &[("a.py", "one"), ("lib/b.py", "two"), ("x.png", "no")]);
        let second = written.commit(200, &[first], &[("c.py", "one"), ("lib/b.py", "three")]);
        let aside = written.commit(150, &[first], &[("a.py", "aside")]);
        let tagged = written.commit(50, &[], &[("old.py", "tagged")]);
        fs::write(written.repository.git_dir().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        written.point("refs/heads/main", second);
        written.point("refs/stash", aside);
        let tag = format!("object {tagged}\ntype commit\ntag v\ntagger A <a@example.org> 1 +0000\n\nm\n");
        written.point("refs/tags/v", written.object(Kind::Tag, tag.as_bytes()));
        assert_eq!(
            written.seen("", Limits::default()),
            [
                "tagged in old.py of 0",
                "one* in a.py of 1",
                "two in lib/b.py of 1",
                "aside in a.py of 2",
                "three* in lib/b.py of 3"
            ]
        );
        assert_eq!(written.seen("lib", Limits::default()), ["two in b.py of 1", "three* in b.py of 3"]);
        let small = Limits { file: 4, ..Limits::default() };
        assert_eq!(
            written.seen("lib", small),
            ["two in b.py of 1", "1 versions of files are larger than 4 bytes and not read"]
        );
    }

    #[test]
    fn what_is_missing_is_noted() {
        let written = Written::new();
        let lost = ObjectId::from_hex(b"0123456789012345678901234567890123456789").unwrap();
        let head = written.commit(100, &[lost], &[("a.py", "one")]);
        written.point("refs/heads/main", head);
        let missing = "1 commits or folders of the history are missing or broken";
        assert_eq!(written.seen("", Limits::default()), ["one* in a.py of 0", missing]);
        fs::write(written.repository.git_dir().join("shallow"), format!("{head}\n")).unwrap();
        let shallow = "shallow clone: older commits are not here";
        assert_eq!(written.seen("", Limits::default()), ["one* in a.py of 0", shallow]);
        let alternates = written.repository.git_dir().join("objects/info");
        fs::create_dir_all(&alternates).unwrap();
        fs::write(alternates.join("alternates"), "/somewhere\n").unwrap();
        let elsewhere =
            "history is not read: the repository keeps objects in another one (objects/info/alternates)";
        assert_eq!(written.seen("", Limits::default()), [elsewhere]);
        fs::write(written.repository.git_dir().join("HEAD"), [0xff; 40]).unwrap();
        assert_eq!(written.seen("", Limits::default()).len(), 1);
    }

    #[test]
    fn a_repository_elsewhere_is_not_read() {
        let written = Written::new();
        let head = written.commit(100, &[], &[("a.py", "one")]);
        written.point("refs/heads/main", head);
        let other = tempfile::tempdir().unwrap();
        let link = format!("gitdir: {}\n", written.repository.git_dir().canonicalize().unwrap().display());
        fs::write(other.path().join(".git"), link).unwrap();
        let tree = Tree::open(other.path(), Limits::default(), |_| true).unwrap();
        let (versions, notes) = tree.history(&|_| true, &|_, _| Some(()));
        assert!(versions.is_empty());
        let reason = notes[0].reason.as_deref().unwrap();
        assert!(reason.contains("outside of the scanned tree"), "{reason}");
        let none = tempfile::tempdir().unwrap();
        let tree = Tree::open(none.path(), Limits::default(), |_| true).unwrap();
        let (_, notes) = tree.history(&|_| true, &|_, _| Some(()));
        assert_eq!(notes[0].reason.as_deref(), Some("history is not read: there is no repository"));
    }
}
