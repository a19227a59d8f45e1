//! The text of scanned files for excerpts, each file read once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

/// Longer files give no excerpts, in bytes.
const MAX_FILE: u64 = 16 << 20;

pub(crate) struct Files {
    root: PathBuf,
    read: RefCell<HashMap<String, Vec<String>>>,
}

impl Files {
    /// Excerpts of the files below `root`, a folder or one file.
    pub(crate) fn new(root: &std::path::Path) -> Self {
        let folder = if root.is_file() { root.parent().unwrap_or(root) } else { root };
        Files { root: folder.to_owned(), read: RefCell::default() }
    }
}

impl report::Sources for Files {
    fn line(&self, path: &str, line: u32) -> Option<String> {
        let mut read = self.read.borrow_mut();
        let lines = read.entry(path.to_owned()).or_insert_with(|| {
            // Below a home folder, places are shown from `~` on.
            let full = self.root.join(path.strip_prefix("~/").unwrap_or(path));
            let small = full.metadata().is_ok_and(|m| m.is_file() && m.len() <= MAX_FILE);
            let text = if small { std::fs::read_to_string(full).unwrap_or_default() } else { String::new() };
            text.lines().map(str::to_owned).collect()
        });
        lines.get(line.checked_sub(1)? as usize).cloned()
    }
}
