//! Files being edited: texts as they will be, and where places of the original have moved to.

use std::collections::BTreeMap;
use std::sync::Arc;

use collect::Tree;
use formats::Span;
use model::{Asset, Evidence, Position};

use super::shape::{Edit, apply};

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    original: Arc<str>,
    pub(crate) text: Arc<str>,
    /// Each list is of the text that the lists before it made.
    made: Vec<Vec<Edit>>,
    /// What edits added, by name: where it stands now.
    marks: BTreeMap<String, u32>,
}

/// The files of a tree, as far as they are opened. A copy shares what it does not change.
#[derive(Clone)]
pub struct Drafts<'t> {
    tree: &'t Tree,
    files: BTreeMap<Arc<str>, Arc<Draft>>,
}

impl<'t> Drafts<'t> {
    pub fn new(tree: &'t Tree) -> Self {
        Drafts { tree, files: BTreeMap::new() }
    }

    /// Reads the files that an asset stands in, for all copies that are made of these drafts.
    pub fn preload(&mut self, asset: &Asset) {
        for place in asset.evidence.iter().filter_map(Evidence::position) {
            // What cannot be read is told where it is needed.
            let _ = self.open(&place.path);
        }
    }

    pub(crate) fn open(&mut self, path: &str) -> Result<&mut Draft, String> {
        if !self.files.contains_key(path) {
            let text: Arc<str> =
                self.tree.read_text(path).map_err(|error| format!("{path}: {error}"))?.into();
            let draft = Draft { original: text.clone(), text, made: Vec::new(), marks: BTreeMap::new() };
            self.files.insert(path.into(), Arc::new(draft));
        }
        match self.files.get_mut(path) {
            Some(draft) => Ok(Arc::make_mut(draft)),
            None => Err(format!("{path} is not open")),
        }
    }

    /// Whether any configuration beside `path` holds `needle`.
    pub(crate) fn beside(&mut self, path: &str, needle: &str) -> bool {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let names = self.tree.names_in(folder);
        let paths =
            names.iter().filter(|n| n.ends_with(".tf")).map(|n| collect::normalise(&format!("{folder}/{n}")));
        paths.collect::<Vec<_>>().iter().any(|p| self.open(p).is_ok_and(|draft| draft.text.contains(needle)))
    }

    /// The files that are no longer what they were: path, text before, text now.
    pub fn changed(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>, &Arc<str>)> {
        let changed = self.files.iter().filter(|(_, draft)| draft.original != draft.text);
        changed.map(|(path, draft)| (path, &draft.original, &draft.text))
    }
}

impl Draft {
    /// Where a place of the original text is now.
    pub(crate) fn offset(&self, position: &Position) -> Option<u32> {
        let mut lines = self.original.split_inclusive('\n');
        let before: usize = lines.by_ref().take(position.line.checked_sub(1)? as usize).map(str::len).sum();
        let line = lines.next().unwrap_or_default();
        let column =
            line.char_indices().nth(position.column.checked_sub(1)? as usize).map_or(line.len(), |(i, _)| i);
        let start = Span::new(before + column, 0).start;
        Some(self.made.iter().fold(start, |at, edits| moved(at, edits)))
    }

    pub(crate) fn make(&mut self, edits: Vec<Edit>) -> Result<(), String> {
        if edits.is_empty() {
            return Ok(());
        }
        let text = apply(&self.text, &edits).ok_or("the changes overlap")?;
        self.text = text.into();
        for at in self.marks.values_mut() {
            *at = moved(*at, &edits);
        }
        self.made.push(edits);
        Ok(())
    }

    /// Adds text at the end of what stands at `at`, remembering the place of the new text `skip` bytes in.
    pub(crate) fn add(&mut self, at: u32, text: String, skip: usize, name: &str) -> Result<(), String> {
        let start = Span { start: at, end: at };
        self.make(vec![Edit { span: start, text }])?;
        self.marks.insert(name.to_owned(), at + Span::new(skip, skip).start);
        Ok(())
    }

    pub(crate) fn mark(&self, name: &str) -> Option<u32> {
        self.marks.get(name).copied()
    }
}

/// Where an offset is after edits; what is inserted at the offset goes before it.
fn moved(at: u32, edits: &[Edit]) -> u32 {
    let before = edits.iter().filter(|edit| edit.span.end <= at && edit.span.start <= at);
    let shift: i64 = before.map(|e| e.text.len() as i64 - i64::from(e.span.end - e.span.start)).sum();
    u32::try_from(i64::from(at) + shift).unwrap_or(0)
}
