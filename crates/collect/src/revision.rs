//! The files of one commit as a tree, read from the repository's own objects: nothing is checked out and git is not run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use gix::objs::TreeRefIter;
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use model::{Coverage, CoverageStatus};

use crate::history::open;
use crate::{Limits, Tree, TreeError};

/// A folder that lies deeper is not entered.
const DEEPEST: usize = 64;

impl Tree {
    /// The files of `folder` as a revision (a branch, a tag, a commit, `HEAD~2`) has them. Files elsewhere in the repository
    /// can be read, as `../modules/network`, and are not listed.
    pub fn of_revision(
        folder: &Path,
        revision: &str,
        limits: Limits,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Tree, TreeError> {
        let unreadable = |error| TreeError::Unreadable { path: folder.display().to_string(), error };
        let absolute = folder.canonicalize().map_err(unreadable)?;
        let wrong = |reason: String| TreeError::Revision { revision: revision.to_owned(), reason };
        let boundary = absolute.ancestors().find(|p| p.join(".git").exists());
        let boundary = boundary.ok_or_else(|| wrong(format!("{} is in no repository", folder.display())))?;
        let repository = open(boundary).map_err(wrong)?;
        let tree = root(&repository, revision).map_err(wrong)?;
        let below = absolute.strip_prefix(boundary).unwrap_or(Path::new(""));
        let below: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let mut reader = Reader {
            repository: &repository,
            below: &below,
            wanted,
            limits,
            texts: BTreeMap::new(),
            coverage: Vec::new(),
        };
        reader.folder(tree, &mut Vec::new());
        let Reader { texts, mut coverage, .. } = reader;
        coverage.sort();
        Ok(Tree::of_memory(texts, coverage, limits))
    }
}

/// The root folder of a revision.
fn root(repository: &Repository, revision: &str) -> Result<ObjectId, String> {
    let found = repository.rev_parse_single(revision).map_err(|_| "no such revision".to_owned())?;
    let object = found.object().map_err(|error| error.to_string())?;
    let tree = object.peel_to_tree().map_err(|_| "is no commit".to_owned())?;
    Ok(tree.id)
}

struct Reader<'r> {
    repository: &'r Repository,
    below: &'r [String],
    wanted: &'r dyn Fn(&str) -> bool,
    limits: Limits,
    texts: BTreeMap<String, String>,
    coverage: Vec<Coverage>,
}

impl Reader<'_> {
    fn note(&mut self, path: &str, status: CoverageStatus, reason: String) {
        self.coverage.push(Coverage::note("files", path, status, reason));
    }

    fn folder(&mut self, id: ObjectId, above: &mut Vec<String>) {
        if above.len() > DEEPEST {
            return self.note(&self.shown(above), CoverageStatus::Skipped, "lies too deep".into());
        }
        let Ok(object) = self.repository.find_object(id) else {
            return self.note(
                &self.shown(above),
                CoverageStatus::Failed,
                "folder is missing or broken".into(),
            );
        };
        for entry in TreeRefIter::from_bytes(&object.data, id.kind()) {
            let Ok(entry) = entry else {
                return self.note(&self.shown(above), CoverageStatus::Failed, "folder is broken".into());
            };
            let Ok(name) = std::str::from_utf8(entry.filename) else { continue };
            above.push(name.to_owned());
            match entry.mode.kind() {
                EntryKind::Tree => self.folder(entry.oid.to_owned(), above),
                EntryKind::Blob | EntryKind::BlobExecutable => self.file(entry.oid.to_owned(), above),
                EntryKind::Link | EntryKind::Commit => {}
            }
            above.pop();
        }
    }

    fn file(&mut self, id: ObjectId, path: &[String]) {
        let shown = self.shown(path);
        if !(self.wanted)(&shown) {
            return;
        }
        if self.texts.len() >= self.limits.files {
            return;
        }
        match self.repository.find_header(id) {
            Ok(header) if header.size() > self.limits.file => {
                let reason = format!("larger than {} bytes and not read", self.limits.file);
                return self.note(&shown, CoverageStatus::Skipped, reason);
            }
            Ok(_) => {}
            Err(_) => return self.note(&shown, CoverageStatus::Failed, "is missing or broken".into()),
        }
        let Ok(object) = self.repository.find_object(id) else {
            return self.note(&shown, CoverageStatus::Failed, "is missing or broken".into());
        };
        match String::from_utf8(object.data.clone()) {
            Ok(text) => _ = self.texts.insert(shown, text),
            Err(_) => self.note(&shown, CoverageStatus::Skipped, "not UTF-8".into()),
        }
    }

    /// The path below the folder that was asked for, with `..` where it lies elsewhere.
    fn shown(&self, path: &[String]) -> String {
        let common = path.iter().zip(self.below).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..", self.below.len() - common);
        up.chain(path[common..].iter().map(|part| &**part)).collect::<Vec<_>>().join("/")
    }
}

impl Tree {
    fn of_memory(texts: BTreeMap<String, String>, coverage: Vec<Coverage>, limits: Limits) -> Tree {
        let tree = Tree::of_texts(texts);
        let files: Vec<Arc<str>> =
            tree.files().iter().filter(|path| !path.starts_with("..")).cloned().collect();
        tree.listing(files, coverage, limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn git(folder: &Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    #[test]
    fn a_revision_is_read_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let full = folder.path().join(path);
            std::fs::create_dir_all(full.parent().unwrap()).unwrap();
            std::fs::write(full, text).unwrap();
        };
        git(folder.path(), &["init", "-q", "-b", "main"]);
        write("infra/main.tf", "# old");
        write("modules/net/main.tf", "# module");
        write("infra/notes.txt", "not wanted");
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "-qm", "one"]);
        write("infra/main.tf", "# new");
        git(folder.path(), &["commit", "-qam", "two"]);
        let wanted = |path: &str| path.ends_with(".tf");
        let read = |revision: &str| {
            Tree::of_revision(&folder.path().join("infra"), revision, Limits::default(), &wanted)
        };
        let old = read("HEAD~1").unwrap();
        assert_eq!(old.files(), ["main.tf".into()]);
        assert_eq!(old.read_text("main.tf").unwrap(), "# old");
        assert_eq!(old.read_text("../modules/net/main.tf").unwrap(), "# module");
        assert_eq!(read("main").unwrap().read_text("main.tf").unwrap(), "# new");
        assert_eq!(
            read("nowhere").unwrap_err().to_string(),
            "cannot read revision nowhere: no such revision"
        );
    }
}
