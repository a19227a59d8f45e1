//! One root under evaluation: its budget, its notes, and what is already known of each template that it deploys.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use model::{Coverage, CoverageStatus, Node, Value};

use super::Deployment;
use super::scope::Place;
use super::template::{Loop, Over, ParameterFile, Resource, Template};
use crate::terraform::cost;

/// Steps that one root may take (see [`crate::terraform::cost`]).
const MAX_STEPS: u64 = 10_000_000;
/// Steps that one resource may take, with all that it is the first to ask for.
const MAX_STEPS_OF_ONE: u64 = 2_500_000;
/// Nodes that are looked at in a step.
const LOOKS: usize = 4;
/// Evaluations inside each other: expressions and what they refer to.
const MAX_DEPTH: u32 = 1_500;
/// Instances of one loop of resources. Azure takes no more than 800.
pub(crate) const MAX_INSTANCES: usize = 2_000;
/// Resources and deployments of one root.
const MAX_TOTAL: usize = 50_000;
/// Deployments inside each other. Azure takes far fewer.
pub(crate) const MAX_DEPLOYMENTS_DEEP: usize = 32;
/// Parts of one named value, and levels of it.
const MAX_VALUE: usize = 1_000_000;
const MAX_VALUE_DEPTH: usize = 256;
/// Notes that one root may leave.
const MAX_NOTES: usize = 500;

/// What stands in a memo.
#[derive(Debug)]
pub(crate) enum Slot<T> {
    /// Being evaluated: meeting it again is a cycle.
    Busy,
    Done(T),
}

/// Errors are kept like values, so that nothing is evaluated twice.
pub(crate) type Memo<K, V> = RefCell<HashMap<K, Slot<Result<V, String>>>>;

/// The memo of one value.
pub(crate) type Single<V> = RefCell<Option<Slot<Result<V, String>>>>;

/// Resources by their names.
pub(crate) type ByName = HashMap<String, Vec<Rc<One>>>;

/// Names of loops, lambdas and functions, innermost first.
pub(crate) type Frames = Option<Rc<Frame>>;

#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) name: Arc<str>,
    pub(crate) value: Node,
    pub(crate) role: FrameRole,
    pub(crate) outer: Frames,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameRole {
    Local,
    /// The number of a `copy` loop of resources, which only `copyIndex` reads.
    Copy,
    /// The number of a `copy` loop of values, which is mostly asked for by its name.
    CopyOfValues,
    /// The argument of an ARM template's own function, which `parameters` reads.
    Argument,
}

/// `inner` around `outer`.
pub(crate) fn framed(name: &Arc<str>, value: Node, role: FrameRole, outer: &Frames) -> Frames {
    Some(Rc::new(Frame { name: name.clone(), value, role, outer: outer.clone() }))
}

/// The frames from the inside.
pub(crate) fn frames(innermost: &Frames) -> impl Iterator<Item = &Frame> {
    std::iter::successors(innermost.as_deref(), |frame| frame.outer.as_deref())
}

/// Why a template is evaluated here.
#[derive(Debug)]
pub(crate) enum Role {
    /// It is the root.
    Root,
    /// A module: its parameters come from the call.
    Called(Call),
    /// A nested template whose expressions are meant in the template around it.
    Outer(Call),
    /// Only its variables and functions are asked for.
    Library,
}

/// Where a module was called.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) instance: Rc<Instance>,
    /// In the list of the template's modules.
    pub(crate) module: usize,
    pub(crate) frames: Frames,
}

/// One template that is deployed, with what is known of its names.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) template: Arc<Template>,
    /// `module.ai.` or empty for the root.
    pub(crate) prefix: String,
    pub(crate) role: Role,
    /// Where its resources go.
    pub(crate) place: Place,
    pub(crate) parameters: Memo<usize, Node>,
    pub(crate) variables: Memo<usize, Node>,
    pub(crate) outputs: Memo<usize, Node>,
    /// By the number of the declaration among all, nested ones too.
    pub(crate) resources: Memo<usize, Rc<Vec<Rc<One>>>>,
    pub(crate) modules: Memo<usize, Rc<Vec<Rc<ModuleOne>>>>,
    /// Declared resources of a type (in lower case), by their names.
    pub(crate) by_name: Memo<String, Rc<ByName>>,
    /// Deployments by their names.
    pub(crate) deployments: Memo<(), Rc<HashMap<String, Rc<ModuleOne>>>>,
}

/// How an instance of a loop is told apart in addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Only,
    Index(usize),
    /// Stands for all instances, because it is not known how many there are.
    Any,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Only => Ok(()),
            Key::Index(i) => write!(f, "[{i}]"),
            Key::Any => f.write_str("[*]"),
        }
    }
}

/// Whether something is deployed.
#[derive(Clone, Debug)]
pub(crate) enum Presence {
    Yes,
    /// Nobody can say, and why.
    Unknown(Arc<str>),
    No {
        /// Only because of a parameter's default.
        assumed: bool,
    },
}

/// One instance of a declared resource.
#[derive(Debug)]
pub(crate) struct One {
    pub(crate) instance: Rc<Instance>,
    /// The number of its declaration.
    pub(crate) declared: usize,
    pub(crate) key: Key,
    /// The resource that it is written inside of.
    pub(crate) around: Option<Rc<One>>,
    pub(crate) frames: Frames,
    pub(crate) presence: Presence,
    /// The type, its extension's own where it is written behind what it hangs on.
    pub(crate) native: Arc<str>,
    pub(crate) names: Single<Rc<Vec<Node>>>,
    pub(crate) address: OnceCell<Arc<str>>,
    pub(crate) document: Single<Node>,
}

/// One instance of a module.
#[derive(Debug)]
pub(crate) struct ModuleOne {
    pub(crate) instance: Rc<Instance>,
    pub(crate) module: usize,
    pub(crate) key: Key,
    pub(crate) frames: Frames,
    pub(crate) presence: Presence,
    pub(crate) address: Arc<str>,
    /// The deployed template: its number in the root, or why there is none.
    pub(crate) child: Result<usize, Arc<str>>,
}

/// What an address stands for.
#[derive(Clone, Debug)]
pub(crate) enum Declared {
    Resource(Rc<One>),
    Module(Rc<ModuleOne>),
}

/// One root under evaluation.
pub(crate) struct Root<'t> {
    pub(crate) run: Deployment<'t>,
    pub(crate) instances: RefCell<Vec<Rc<Instance>>>,
    /// Templates of which only names are used, by path.
    pub(crate) libraries: Memo<Arc<str>, Rc<Instance>>,
    pub(crate) given: RefCell<Vec<(Arc<ParameterFile>, Rc<Instance>)>>,
    pub(crate) by_address: RefCell<HashMap<Arc<str>, Declared>>,
    /// How often an address would have been given again.
    pub(crate) repeated: RefCell<HashMap<String, usize>>,
    /// Linked templates by the text that names them, so that roots know what is not one.
    pub(crate) linked: RefCell<BTreeSet<Arc<str>>>,
    notes: RefCell<Vec<Coverage>>,
    noted: RefCell<BTreeSet<(String, String)>>,
    steps: Cell<u64>,
    /// Where `steps` must end for now.
    limit: Cell<u64>,
    depth: Cell<u32>,
    total: Cell<usize>,
}

/// A resource holds the instance that it stands in, and the instance what was made of its resources: the circles are
/// opened here, or nothing of a root would ever be given back.
impl Drop for Root<'_> {
    fn drop(&mut self) {
        fn clear<K, V>(memo: &RefCell<HashMap<K, V>>) {
            let held = memo.try_borrow_mut().map(|mut memo| std::mem::take(&mut *memo));
            drop(held);
        }
        let mut all = std::mem::take(self.instances.get_mut());
        all.extend(self.given.get_mut().drain(..).map(|(_, instance)| instance));
        let libraries = std::mem::take(self.libraries.get_mut());
        all.extend(libraries.into_values().filter_map(|slot| match slot {
            Slot::Done(Ok(instance)) => Some(instance),
            _ => None,
        }));
        for instance in all {
            clear(&instance.resources);
            clear(&instance.modules);
            clear(&instance.by_name);
            clear(&instance.deployments);
        }
    }
}

impl<'t> Root<'t> {
    pub(crate) fn new(run: Deployment<'t>) -> Self {
        Root {
            run,
            instances: RefCell::default(),
            libraries: Memo::default(),
            given: RefCell::default(),
            by_address: RefCell::default(),
            repeated: RefCell::default(),
            linked: RefCell::default(),
            notes: RefCell::default(),
            noted: RefCell::default(),
            steps: Cell::new(0),
            limit: Cell::new(MAX_STEPS_OF_ONE),
            depth: Cell::new(0),
            total: Cell::new(0),
        }
    }

    pub(crate) fn instance(&self, index: usize) -> Rc<Instance> {
        self.instances.borrow()[index].clone()
    }

    pub(crate) fn add_instance(&self, instance: Instance) -> usize {
        let mut instances = self.instances.borrow_mut();
        instances.push(Rc::new(instance));
        instances.len() - 1
    }

    /// Counts steps of work; says why when there was too much of it.
    pub(crate) fn step(&self, cost: usize) -> Result<(), String> {
        let steps = self.steps.get().saturating_add(cost as u64);
        if steps > MAX_STEPS {
            return Err("evaluation of this template takes too many steps".into());
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

    /// Refuses what is nested so deeply, by values that hold each other, that it could not even be dropped.
    pub(crate) fn settled(&self, node: &Node) -> Result<(), String> {
        let size = cost::within(node, MAX_VALUE, MAX_VALUE_DEPTH);
        self.step(size.ok_or("the value is too large or nested too deeply")? / LOOKS)
    }

    /// From here on steps are counted for another resource.
    pub(crate) fn next_one(&self) {
        self.limit.set(self.steps.get() + MAX_STEPS_OF_ONE);
    }

    /// Counts resources and deployments.
    pub(crate) fn grow(&self, by: usize) -> Result<(), String> {
        let total = self.total.get() + by;
        if total > MAX_TOTAL {
            return Err(format!("more than {MAX_TOTAL} resources and deployments in this template"));
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

    /// Leaves a note at a place, once.
    pub(crate) fn note(&self, status: CoverageStatus, place: &str, reason: impl Into<String>) {
        let reason = reason.into();
        if !self.noted.borrow_mut().insert((place.to_owned(), reason.clone())) {
            return;
        }
        let mut notes = self.notes.borrow_mut();
        let source = self.run.source;
        if notes.len() < MAX_NOTES {
            notes.push(Coverage::note(source, place, status, reason));
        } else if notes.len() == MAX_NOTES {
            let reason = format!("more than {MAX_NOTES} notes on this template, the rest is left out");
            notes.push(Coverage::note(source, &**self.run.path, CoverageStatus::Partial, reason));
        }
    }

    pub(crate) fn take_notes(&self) -> Vec<Coverage> {
        self.notes.take()
    }
}

impl Instance {
    pub(crate) fn new(template: Arc<Template>, prefix: String, role: Role, place: Place) -> Self {
        Instance {
            template,
            prefix,
            role,
            place,
            parameters: Memo::default(),
            variables: Memo::default(),
            outputs: Memo::default(),
            resources: Memo::default(),
            modules: Memo::default(),
            by_name: Memo::default(),
            deployments: Memo::default(),
        }
    }

    /// Where the module stands that this is, if it is one.
    pub(crate) fn call(&self) -> Option<&Call> {
        match &self.role {
            Role::Called(call) | Role::Outer(call) => Some(call),
            Role::Root | Role::Library => None,
        }
    }
}

impl One {
    pub(crate) fn resource(&self) -> &Resource {
        self.instance.template.resource(self.declared)
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

/// The same for a single value.
pub(crate) fn once_only<V: Clone>(
    slot: &Single<V>,
    cyclic: impl FnOnce() -> String,
    evaluate: impl FnOnce() -> Result<V, String>,
) -> Result<V, String> {
    match &*slot.borrow() {
        Some(Slot::Done(result)) => return result.clone(),
        Some(Slot::Busy) => return Err(cyclic()),
        None => {}
    }
    *slot.borrow_mut() = Some(Slot::Busy);
    let result = evaluate();
    *slot.borrow_mut() = Some(Slot::Done(result.clone()));
    result
}

/// A value that could not be evaluated.
pub(crate) fn error_node(message: &str) -> Node {
    Value::unknown(format!("cannot be evaluated: {message}")).into()
}

impl Loop {
    /// The frames of one instance.
    pub(crate) fn frames(&self, item: Node, index: Node, role: FrameRole, outer: &Frames) -> Frames {
        let mut inner = outer.clone();
        if matches!(self.over, Over::Count(_)) || self.name.is_some() {
            let name = self.name.clone().unwrap_or_else(|| "".into());
            inner = framed(&name, index.clone(), role, &inner);
        }
        if let Some(name) = &self.item {
            inner = framed(name, item, FrameRole::Local, &inner);
        }
        if let Some(name) = &self.index {
            inner = framed(name, index, FrameRole::Local, &inner);
        }
        inner
    }
}
