//! The text files of a checkout, in memory, by their path from its root with forward slashes.
//!
//! Everything that reads the disk is here; the laws see only text.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// Folders that a plain walk leaves out, since without git nobody says what is ignored.
const NOT_OURS: [&str; 5] = [".git", "target", "node_modules", ".terraform", "__pycache__"];

#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) files: BTreeMap<String, String>,
}

impl Tree {
    /// Files that git tracks or would track; all files where git cannot say.
    pub(crate) fn read(root: &Path) -> Result<Tree> {
        let mut paths = Vec::new();
        match tracked(root) {
            Some(tracked) => paths = tracked,
            None => walk(root, "", &mut paths)?,
        }
        let mut files = BTreeMap::new();
        for path in paths {
            let bytes = match std::fs::read(root.join(&path)) {
                Ok(bytes) => bytes,
                // Tracked, but deleted or a link to nowhere or to a folder.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
                    continue;
                }
                Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
            };
            if let Ok(text) = String::from_utf8(bytes)
                && !text.contains('\0')
            {
                files.insert(path, text);
            }
        }
        Ok(Tree { files })
    }

    /// The files whose path begins and ends so.
    pub(crate) fn matching(&self, start: &str, end: &str) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter().filter(move |(path, _)| path.starts_with(start) && path.ends_with(end));
        files.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        Tree { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }
}

fn tracked(root: &Path) -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    let listed = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    // A copy of the sources that lies ignored inside another checkout: git answers, but knows nothing.
    (!paths.is_empty()).then_some(paths)
}

fn walk(root: &Path, folder: &str, paths: &mut Vec<String>) -> Result<()> {
    let entries = std::fs::read_dir(root.join(folder)).with_context(|| format!("cannot list {folder:?}"))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {folder:?}"))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type().with_context(|| format!("cannot look at {path}"))?;
        if kind.is_file() {
            paths.push(path);
        } else if kind.is_dir() && !NOT_OURS.contains(&name.as_str()) {
            walk(root, &path, paths)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_git_is_walked_and_only_text_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("a/b")).unwrap();
        std::fs::create_dir_all(at("target/debug")).unwrap();
        std::fs::write(at("a/b/text.md"), "text").unwrap();
        std::fs::write(at("a/bytes"), [b'a', 0, b'b']).unwrap();
        std::fs::write(at("target/debug/out.rs"), "built").unwrap();
        let mut paths = Vec::new();
        walk(folder.path(), "", &mut paths).unwrap();
        paths.sort();
        assert_eq!(paths, ["a/b/text.md", "a/bytes"]);
        let tree = Tree::read(folder.path()).unwrap();
        assert_eq!(tree.files.keys().collect::<Vec<_>>(), ["a/b/text.md"]);
    }
}
