//! Module instances of one root under evaluation: what is already known of each variable, local, resource and call.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use collect::Tree;
use model::{Coverage, CoverageStatus, Node, Value};

use super::cost;
use super::module::{Module, Modules};
use super::names::shown_folder;

/// Steps that one root module may take (see [`super::cost`]).
const MAX_STEPS: u64 = 10_000_000;
/// Steps that one resource or module call may take, with all that it is the first to ask for: one that takes too many
/// leaves enough for the others.
const MAX_STEPS_OF_ONE: u64 = 2_500_000;
/// Nodes that are looked at in a step.
const LOOKS: usize = 4;
/// Evaluations inside each other: expressions and what they refer to.
const MAX_DEPTH: u32 = 1_500;
/// Instances of one `count` or `for_each`.
pub(crate) const MAX_INSTANCES: usize = 2_000;
/// Instances of resources and modules in one root.
const MAX_TOTAL: usize = 50_000;
/// Notes that one root may leave.
const MAX_NOTES: usize = 500;

/// What stands in a memo.
#[derive(Debug)]
pub(crate) enum Slot<T> {
    /// Being evaluated: meeting it again is a cycle.
    Busy,
    Done(T),
}

/// `each` or `count` of the instance that is being evaluated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repetition {
    pub(crate) each_key: Option<Node>,
    pub(crate) each_value: Option<Node>,
    pub(crate) count_index: Option<Node>,
}

/// How an instance is told apart in addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Only,
    Index(usize),
    Name(Arc<str>),
    /// Stands for all instances, because it is not known which there are.
    Any(Arc<str>),
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Only => Ok(()),
            Key::Index(i) => write!(f, "[{i}]"),
            Key::Name(name) => write!(f, "[{name:?}]"),
            Key::Any(_) => f.write_str("[*]"),
        }
    }
}

/// One instance of a resource or data source.
#[derive(Clone, Debug)]
pub(crate) struct ResourceInstance {
    pub(crate) key: Key,
    /// Below the root: `module.m.aws_s3_bucket.b["x"]`.
    pub(crate) address: Arc<str>,
    /// Attributes, and blocks as lists.
    pub(crate) body: Node,
}

/// One module instance.
#[derive(Debug)]
pub(crate) struct Instance<'m> {
    pub(crate) module: &'m Module,
    /// `module.a["x"].` or empty for the root.
    pub(crate) prefix: String,
    /// The key in `.terraform/modules/modules.json`: `a.b`.
    pub(crate) key: String,
    pub(crate) parent: Option<Parent>,
    pub(crate) variables: Memo<Arc<str>, Node>,
    pub(crate) locals: Memo<Arc<str>, Node>,
    pub(crate) resources: Memo<ResourceKey, Rc<Vec<ResourceInstance>>>,
    pub(crate) calls: Memo<Arc<str>, Rc<Calls>>,
    pub(crate) outputs: Memo<Arc<str>, Node>,
}

/// Whether it is a data source, its type, its name.
pub(crate) type ResourceKey = (bool, Arc<str>, Arc<str>);

/// Errors are kept like values, so that nothing is evaluated twice.
pub(crate) type Memo<K, V> = RefCell<HashMap<K, Slot<Result<V, String>>>>;

/// Where a module instance was called.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    pub(crate) instance: usize,
    pub(crate) call: Arc<str>,
    pub(crate) repetition: Repetition,
}

/// The instances of one module call.
#[derive(Debug)]
pub(crate) enum Calls {
    Instances(Vec<(Key, usize)>),
    /// The module's files are not there, and why.
    Absent(Arc<str>),
}

/// One root module under evaluation.
pub(crate) struct Root<'m> {
    pub(crate) modules: &'m Modules,
    pub(crate) tree: &'m Tree,
    pub(crate) folder: Arc<str>,
    /// Values of root variables from files and options, by name.
    pub(crate) given: BTreeMap<Arc<str>, Node>,
    pub(crate) instances: RefCell<Vec<Rc<Instance<'m>>>>,
    pub(crate) notes: RefCell<Vec<Coverage>>,
    steps: Cell<u64>,
    /// Where `steps` must end for now.
    limit: Cell<u64>,
    depth: Cell<u32>,
    total: Cell<usize>,
}

impl<'m> Root<'m> {
    pub(crate) fn new(
        modules: &'m Modules,
        tree: &'m Tree,
        folder: Arc<str>,
        given: BTreeMap<Arc<str>, Node>,
    ) -> Self {
        Root {
            modules,
            tree,
            folder,
            given,
            instances: RefCell::default(),
            notes: RefCell::default(),
            steps: Cell::new(0),
            limit: Cell::new(MAX_STEPS_OF_ONE),
            depth: Cell::new(0),
            total: Cell::new(0),
        }
    }

    pub(crate) fn instance(&self, index: usize) -> Rc<Instance<'m>> {
        self.instances.borrow()[index].clone()
    }

    pub(crate) fn add_instance(&self, instance: Instance<'m>) -> usize {
        let mut instances = self.instances.borrow_mut();
        instances.push(Rc::new(instance));
        instances.len() - 1
    }

    /// Counts one step of work; says why when there was too much of it.
    pub(crate) fn step(&self, cost: usize) -> Result<(), String> {
        // What is refused is not done, so it is not counted either.
        let steps = self.steps.get().saturating_add(cost as u64);
        if steps > MAX_STEPS {
            return Err("evaluation of this root module takes too many steps".into());
        }
        if steps > self.limit.get() {
            return Err("evaluation takes too many steps".into());
        }
        self.steps.set(steps);
        Ok(())
    }

    /// Counts a look at all of `node`, which is quicker than making it.
    pub(crate) fn look(&self, node: &Node) -> Result<(), String> {
        let left = MAX_STEPS.min(self.limit.get()).saturating_sub(self.steps.get());
        let limit = usize::try_from(left).unwrap_or(usize::MAX).saturating_mul(LOOKS);
        let looked = self.step(cost::at_most(node, limit.saturating_add(LOOKS)) / LOOKS);
        if looked.is_err() {
            // Looking in vain is work too: many such looks must come to an end.
            self.steps.set(self.steps.get() + left / 16);
        }
        looked
    }

    /// From here on steps are counted for another resource or module call.
    pub(crate) fn next_one(&self) {
        self.limit.set(self.steps.get() + MAX_STEPS_OF_ONE);
    }

    /// Counts instances of resources and modules.
    pub(crate) fn grow(&self, by: usize) -> Result<(), String> {
        let total = self.total.get() + by;
        if total > MAX_TOTAL {
            return Err(format!("more than {MAX_TOTAL} instances in this root module"));
        }
        self.total.set(total);
        Ok(())
    }

    /// Runs `inner` one level deeper.
    pub(crate) fn deeper<T>(&self, inner: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        if self.depth.get() >= MAX_DEPTH {
            return Err("references are nested too deeply".into());
        }
        self.depth.set(self.depth.get() + 1);
        let result = inner();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// Leaves a note at a place.
    pub(crate) fn note(&self, place: &str, reason: impl Into<String>) {
        self.note_as(CoverageStatus::Partial, place, reason);
    }

    pub(crate) fn note_as(&self, status: CoverageStatus, place: &str, reason: impl Into<String>) {
        let mut notes = self.notes.borrow_mut();
        if notes.len() < MAX_NOTES {
            notes.push(Coverage::note(super::SOURCE, place, status, reason));
        } else if notes.len() == MAX_NOTES {
            let place = shown_folder(&self.folder);
            let reason = format!("more than {MAX_NOTES} notes on this root module, the rest is left out");
            notes.push(Coverage::note(super::SOURCE, place, CoverageStatus::Partial, reason));
        }
    }
}

impl<'m> Instance<'m> {
    pub(crate) fn new(module: &'m Module, prefix: String, key: String, parent: Option<Parent>) -> Self {
        Instance {
            module,
            prefix,
            key,
            parent,
            variables: Memo::default(),
            locals: Memo::default(),
            resources: Memo::default(),
            calls: Memo::default(),
            outputs: Memo::default(),
        }
    }
}

/// Evaluates once: a name met again while it is being evaluated is a cycle, which `cyclic` puts into words.
pub(crate) fn once<K: Eq + std::hash::Hash + Clone, V: Clone>(
    memo: &Memo<K, V>,
    key: &K,
    cyclic: impl FnOnce() -> String,
    evaluate: impl FnOnce() -> Result<V, String>,
) -> Result<V, String> {
    match memo.borrow().get(key) {
        Some(Slot::Done(result)) => return result.clone(),
        Some(Slot::Busy) => return Err(cyclic()),
        None => {}
    }
    memo.borrow_mut().insert(key.clone(), Slot::Busy);
    let result = evaluate();
    memo.borrow_mut().insert(key.clone(), Slot::Done(result.clone()));
    result
}

/// A value that is not known, as something that was asked of `from` is not.
pub(crate) fn error_node(message: &str) -> Node {
    Value::unknown(format!("cannot be evaluated: {message}")).into()
}
