//! One root template under evaluation: what may be read, how much work may be done, and what was noted.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use catalog::Catalog;
use collect::Tree;
use model::{Coverage, CoverageStatus, Node, Position, Value};

use super::stack::Stack;
use super::template::{Parsed, parse};

/// Steps that one root may take; a step is a value made or looked at, or 64 bytes of text.
const MAX_STEPS: u64 = 10_000_000;
/// Evaluations inside each other: values and what they refer to.
const MAX_DEPTH: u32 = 1_500;
/// Resources of one root, with those of its nested stacks.
const MAX_RESOURCES: usize = 50_000;
/// Nested stacks of one root.
const MAX_STACKS: usize = 1_000;
/// Notes that one root may leave.
const MAX_NOTES: usize = 500;

/// The templates of the tree, by path.
pub(super) type Files = BTreeMap<Arc<str>, Arc<Parsed>>;

pub(super) struct Root<'r> {
    pub(super) tree: &'r Tree,
    pub(super) catalog: &'r Catalog,
    files: &'r Files,
    /// Files outside of the walk: templates above the root, included snippets.
    more: RefCell<HashMap<String, Result<Arc<Parsed>, String>>>,
    /// Every stack: the root's first, nested ones as they are met.
    pub(super) stacks: RefCell<Vec<Rc<Stack>>>,
    notes: RefCell<BTreeSet<Coverage>>,
    steps: Cell<u64>,
    depth: Cell<u32>,
    resources: Cell<usize>,
    pub(super) path: Arc<str>,
}

impl<'r> Root<'r> {
    pub(super) fn new(tree: &'r Tree, catalog: &'r Catalog, files: &'r Files, path: Arc<str>) -> Self {
        Root {
            tree,
            catalog,
            files,
            more: RefCell::default(),
            stacks: RefCell::default(),
            notes: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            resources: Cell::new(0),
            path,
        }
    }

    /// A file of the tree, parsed.
    pub(super) fn load(&self, path: &str) -> Result<Arc<Parsed>, String> {
        if let Some(parsed) = self.files.get(path) {
            return Ok(parsed.clone());
        }
        if let Some(known) = self.more.borrow().get(path) {
            return known.clone();
        }
        let read = || {
            let text = self.tree.read_text(path)?;
            self.spend(text.len() / 16)?;
            let parsed = parse(&Arc::from(path), text).map_err(|problems| {
                problems.into_iter().next().map_or_else(|| "the file is empty".to_owned(), |p| p.1)
            });
            parsed.map(Arc::new)
        };
        let loaded = read();
        self.more.borrow_mut().insert(path.to_owned(), loaded.clone());
        loaded
    }

    /// Counts work; says why when there was too much of it.
    pub(super) fn spend(&self, cost: usize) -> Result<(), String> {
        let steps = self.steps.get().saturating_add(cost as u64);
        if steps > MAX_STEPS {
            let reason = "evaluation of this template takes too many steps, the rest is not known";
            self.note(&self.path, reason);
            return Err("evaluation of this template takes too many steps".into());
        }
        self.steps.set(steps);
        Ok(())
    }

    /// Counts `by` resources: whether there is room for them.
    pub(super) fn grow(&self, by: usize) -> bool {
        let total = self.resources.get().saturating_add(by);
        if total > MAX_RESOURCES {
            let reason = format!("more than {MAX_RESOURCES} resources, the rest is not assessed");
            self.note(&self.path, reason);
            return false;
        }
        self.resources.set(total);
        true
    }

    /// Takes a stack in, if there is room.
    pub(super) fn add(&self, stack: Stack) -> Option<Rc<Stack>> {
        let mut stacks = self.stacks.borrow_mut();
        if stacks.len() >= MAX_STACKS {
            drop(stacks);
            self.note(&self.path, format!("more than {MAX_STACKS} nested stacks, the rest is not assessed"));
            return None;
        }
        let stack = Rc::new(stack);
        stacks.push(stack.clone());
        Some(stack)
    }

    /// Runs `inner` one level deeper, or answers for it.
    pub(super) fn deeper<T>(&self, inner: impl FnOnce() -> T, otherwise: impl FnOnce(Node) -> T) -> T {
        if self.depth.get() >= MAX_DEPTH {
            return otherwise(Value::unknown("references are nested too deeply").into());
        }
        self.depth.set(self.depth.get() + 1);
        let result = inner();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// Leaves a note at a place: something could not be assessed.
    pub(super) fn note(&self, place: &str, reason: impl Into<String>) {
        self.note_as(CoverageStatus::Partial, place, reason);
    }

    pub(super) fn note_at(&self, at: &Position, reason: impl Into<String>) {
        self.note(&at.to_string(), reason);
    }

    pub(super) fn note_as(&self, status: CoverageStatus, place: &str, reason: impl Into<String>) {
        let mut notes = self.notes.borrow_mut();
        if notes.len() < MAX_NOTES {
            notes.insert(Coverage::note(super::SOURCE, place, status, reason));
        } else if notes.len() == MAX_NOTES {
            let reason = format!("more than {MAX_NOTES} notes on this template, the rest is left out");
            notes.insert(Coverage::note(super::SOURCE, &*self.path, CoverageStatus::Partial, reason));
        }
    }

    pub(super) fn take_notes(&self) -> BTreeSet<Coverage> {
        self.notes.take()
    }
}
