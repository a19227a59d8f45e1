//! Where model output goes: from what a model wrote, or chose as the arguments of a tool, to the places where text that nobody
//! checked does harm (OWASP LLM05), through assignments, calls, attributes and files; what makes it harmless on the way is known.
//!
//! Also which prompts are built from text from outside, and what the functions of tools can do. Which names are sources and
//! sinks is on the cards. Loops are walked until nothing new is seen, functions once for all their callers (`Summary`); nothing
//! is known here of numbers or of which branch runs.

mod call;
mod expr;
mod guard;
mod observe;
mod sink;
mod taint;
#[cfg(test)]
mod tests;
mod tools;
mod walk;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use catalog::Catalog;
use catalog::sdk::{From, Role, Segment};
use formats::code::{ClassId, ExprId, FunctionId, Passing};
use model::Node;
use rustc_hash::{FxHashMap, FxHashSet};

use super::gather::{Gather, Marked};
use super::names::family;
use super::refer::{Evaluator, Thing};
use super::repo::Place;
use super::scopes::{ScopeId, ScopeKind};
use taint::{At, Hit, Mark, Origin, START, Says, Sink, Taint, Trails};
use walk::Walk;

pub(super) use observe::{Flow, observe};

/// Functions that call one another, as far as a text is followed.
const DEPTH: u32 = 16;
/// How often the attributes of objects are looked at again.
const ROUNDS: usize = 3;

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// What a model wrote.
    Output,
    /// What a model chose as an argument of a tool.
    Argument,
    /// What came from outside.
    Outside,
}

#[derive(Clone, Debug)]
struct Source {
    kind: Kind,
    /// `web-page`, of text from outside.
    what: Rc<str>,
    at: At,
    /// The model, agent or tool.
    component: Option<usize>,
    call: Rc<str>,
    function: Rc<str>,
}

/// What is walked as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Unit {
    Module(u32),
    Function(u32, FunctionId),
}

/// What a function does with what it is given.
#[derive(Debug, Default)]
struct Summary<'s> {
    /// Of its parameters.
    hits: Vec<Hit>,
    returns: Taint<'s>,
    /// Attributes of its own class that it sets from its parameters.
    writes: Vec<(Attribute<'s>, Mark)>,
}

type Attribute<'s> = (u32, ClassId, &'s str);

struct Engine<'e, 'r, 's, 'c> {
    evaluator: &'e Evaluator<'r, 's, 'c>,
    /// Calls that ask a model: the component, and whether what they return is text.
    asks: FxHashMap<Place, (Option<usize>, bool)>,
    sources: RefCell<Vec<Source>>,
    by_place: RefCell<FxHashMap<Place, u32>>,
    /// Parameters of functions that are handed text from outside.
    handlers: FxHashMap<(u32, FunctionId), Rc<str>>,
    /// Functions that ask a model, or call such.
    holds: FxHashSet<(u32, FunctionId)>,
    /// Names of members that may be text from outside, by family.
    outside: FxHashMap<&'static str, FxHashSet<Arc<str>>>,
    trails: RefCell<Trails<'s>>,
    summaries: RefCell<FxHashMap<Unit, Rc<Summary<'s>>>>,
    running: RefCell<Vec<Unit>>,
    attributes: RefCell<FxHashMap<Attribute<'s>, Taint<'s>>>,
    grew: Cell<bool>,
    globals: RefCell<FxHashMap<u32, Rc<FxHashMap<&'s str, Taint<'s>>>>>,
    hits: RefCell<Vec<Hit>>,
    depth: Cell<u32>,
}

/// Finds the flows, and writes on the components what is known of text from outside and of what tools reach.
pub(super) fn find(gather: &mut Gather, catalog: &Catalog) -> Vec<Flow> {
    let tools = tools::functions(gather);
    if gather.asks.is_empty() && tools.is_empty() {
        return Vec::new();
    }
    let engine = Engine::new(gather, catalog);
    let roots = engine.roots();
    for _ in 0..ROUNDS {
        engine.grew.set(false);
        let attributed: Vec<Unit> = engine.readers();
        for unit in roots.iter().chain(&attributed) {
            engine.summary(*unit);
        }
        engine.of_tools(gather, &tools);
        if !engine.grew.get() {
            break;
        }
        engine.summaries.borrow_mut().clear();
    }
    let facts = engine.facts(gather, &tools);
    let flows = engine.flows(gather);
    for (index, key, node) in facts {
        gather.components[index].values.insert(key.into(), node);
    }
    flows
}

impl<'e, 'r, 's, 'c> Engine<'e, 'r, 's, 'c> {
    fn new(gather: &Gather<'e, 'r, 's, 'c>, catalog: &Catalog) -> Self {
        let evaluator = gather.evaluator;
        let asks = gather.asks.iter().map(|(place, component)| {
            let purpose = component.and_then(|index| gather.components[index].text("purpose"));
            (*place, (*component, purpose.is_none_or(gives_text)))
        });
        let asks: FxHashMap<Place, (Option<usize>, bool)> = asks.collect();
        let mut engine = Engine {
            evaluator,
            asks,
            sources: RefCell::default(),
            by_place: RefCell::default(),
            handlers: FxHashMap::default(),
            holds: FxHashSet::default(),
            outside: outside_names(catalog),
            trails: RefCell::default(),
            summaries: RefCell::default(),
            running: RefCell::default(),
            attributes: RefCell::default(),
            grew: Cell::new(false),
            globals: RefCell::default(),
            hits: RefCell::default(),
            depth: Cell::new(0),
        };
        engine.holds = engine.holders();
        engine.handlers = engine.handlers();
        engine
    }

    /// The functions around a place, the innermost first.
    fn around(&self, place: Place) -> Vec<FunctionId> {
        let scopes = &self.evaluator.repo.file(place.file).scopes;
        let mut found = Vec::new();
        let mut next: Option<ScopeId> = Some(scopes.scope_of(place.expr));
        while let Some(id) = next {
            let scope = scopes.scope(id);
            if let ScopeKind::Function(function) = scope.kind {
                found.push(function);
            }
            next = scope.parent;
        }
        found
    }

    /// What is walked for a place: the outermost function around it.
    fn unit(&self, place: Place) -> Unit {
        let outermost = self.around(place).last().copied();
        outermost.map_or(Unit::Module(place.file), |id| Unit::Function(place.file, id))
    }

    fn holders(&self) -> FxHashSet<(u32, FunctionId)> {
        let mut holds = FxHashSet::default();
        let mut next: Vec<(u32, FunctionId)> = Vec::new();
        let mut take = |engine: &Self, place: Place, next: &mut Vec<(u32, FunctionId)>| {
            for id in engine.around(place) {
                if holds.insert((place.file, id)) {
                    next.push((place.file, id));
                }
            }
        };
        let mut places: Vec<Place> = self.asks.keys().copied().collect();
        places.sort();
        for place in places {
            take(self, place, &mut next);
        }
        while let Some(function) = next.pop() {
            for place in self.evaluator.callers.get(&function).map_or(&[][..], |places| places) {
                take(self, *place, &mut next);
            }
        }
        holds
    }

    /// Where the walk begins: everything that asks a model or calls what does.
    fn roots(&self) -> Vec<Unit> {
        let mut roots: BTreeSet<Unit> = self.asks.keys().map(|place| self.unit(*place)).collect();
        for function in &self.holds {
            for place in self.evaluator.callers.get(function).map_or(&[][..], |places| places) {
                roots.insert(self.unit(*place));
            }
        }
        // What the top of a file keeps, its functions see.
        let modules: Vec<u32> = roots
            .iter()
            .filter_map(|u| if let Unit::Module(file) = u { Some(*file) } else { None })
            .collect();
        for file in modules {
            let of = self.evaluator.repo.file(file);
            for (index, scope) in of.scopes.function_scopes.iter().enumerate() {
                let parent = of.scopes.scope(*scope).parent.map(|id| of.scopes.scope(id).kind);
                if matches!(parent, Some(ScopeKind::Module | ScopeKind::Class(_))) {
                    roots.insert(Unit::Function(file, FunctionId(index as u32)));
                }
            }
        }
        roots.into_iter().collect()
    }

    /// The methods of classes whose objects keep text in an attribute.
    fn readers(&self) -> Vec<Unit> {
        let classes: BTreeSet<(u32, ClassId)> =
            self.attributes.borrow().keys().map(|(file, class, _)| (*file, *class)).collect();
        let methods = classes.into_iter().flat_map(|(file, class)| {
            let functions = &self.evaluator.repo.file(file).unit.functions;
            let of_it = functions.iter().enumerate().filter(move |(_, f)| f.class == Some(class));
            of_it.map(move |(index, _)| Unit::Function(file, FunctionId(index as u32)))
        });
        methods.collect()
    }

    /// Functions of the program that a web framework, a bot or the like hands text from outside.
    fn handlers(&self) -> FxHashMap<(u32, FunctionId), Rc<str>> {
        let mut handlers = FxHashMap::default();
        let files: BTreeSet<u32> = self.holds.iter().map(|(file, _)| *file).collect();
        let repo = self.evaluator.repo;
        let outside = |place: Place| {
            self.evaluator
                .refer(place)
                .into_iter()
                .find_map(|thing| self.evaluator.signature(thing).filter(|s| s.role == Role::Untrusted))
        };
        for file in files {
            let of = repo.file(file);
            for (index, function) in of.unit.functions.iter().enumerate() {
                let id = FunctionId(index as u32);
                for mark in &function.marks {
                    let callee = match of.unit.expr(*mark) {
                        formats::code::Expr::Call(call) => call.callee,
                        _ => *mark,
                    };
                    if let Some(signature) = outside(Place { file, expr: callee }) {
                        handlers.insert((file, id), Rc::from(signature.what.as_deref().unwrap_or("request")));
                    }
                }
            }
            for call in &of.scopes.calls {
                let formats::code::Expr::Call(parts) = of.unit.expr(*call) else { continue };
                let given = parts.args.iter().filter(|arg| {
                    matches!(
                        of.unit.expr(arg.value),
                        formats::code::Expr::Function(_) | formats::code::Expr::Name(_)
                    )
                });
                let given: Vec<ExprId> = given.map(|arg| arg.value).collect();
                if given.is_empty() {
                    continue;
                }
                let Some(signature) = outside(Place { file, expr: parts.callee }) else { continue };
                let registers = signature
                    .takes
                    .iter()
                    .any(|(key, takes)| &**key == "from" && takes.iter().any(|t| t.from != From::Decorated));
                if !registers {
                    continue;
                }
                for thing in given.into_iter().flat_map(|expr| self.evaluator.refer(Place { file, expr })) {
                    if let Thing::Function { file, id } = thing {
                        let what = Rc::from(signature.what.as_deref().unwrap_or("request"));
                        handlers.insert((file, id), what);
                    }
                }
            }
        }
        handlers
    }

    /// What a function does; walked once. `None` where the way is too long, or leads back to itself.
    fn summary(&self, unit: Unit) -> Option<Rc<Summary<'s>>> {
        if let Some(known) = self.summaries.borrow().get(&unit) {
            return Some(known.clone());
        }
        if self.running.borrow().contains(&unit) || self.running.borrow().len() as u32 >= DEPTH {
            return None;
        }
        self.running.borrow_mut().push(unit);
        let summary = Rc::new(Walk::run(self, unit));
        self.running.borrow_mut().pop();
        self.summaries.borrow_mut().insert(unit, summary.clone());
        Some(summary)
    }

    /// The index of a source, made when it is first seen.
    fn source(&self, place: Place, make: impl FnOnce() -> Source) -> u32 {
        if let Some(known) = self.by_place.borrow().get(&place) {
            return *known;
        }
        self.sources.borrow_mut().push(make());
        let index = self.sources.borrow().len() as u32 - 1;
        self.by_place.borrow_mut().insert(place, index);
        index
    }

    fn step(&self, before: taint::Trail, at: At, says: Says<'s>) -> taint::Trail {
        self.trails.borrow_mut().add(before, at, says)
    }

    /// Takes down a text of a source that reaches a sink.
    fn hit(&self, hit: Hit) {
        let mut hits = self.hits.borrow_mut();
        let same = |known: &Hit| {
            (known.mark.origin, known.sink, known.place) == (hit.mark.origin, hit.sink, hit.place)
        };
        if !hits.iter().any(same) && hits.len() < 10_000 {
            hits.push(hit);
        }
    }

    /// What parameters of tools reach, which a model fills in.
    fn of_tools(&self, gather: &Gather, tools: &[tools::Tool]) {
        for tool in tools {
            let Some(summary) = self.summary(Unit::Function(tool.file, tool.function)) else { continue };
            let of = self.evaluator.repo.file(tool.file);
            let function = of.unit.function(tool.function);
            let name: Rc<str> = Rc::from(gather.components[tool.component].name());
            let schema = gather.components[tool.component].values.get("inputSchema");
            let chosen = |index: u32| -> Option<(u32, Mark)> {
                let param = function.params.get(index as usize)?;
                if !tools::is_chosen(of, function, index, schema) {
                    return None;
                }
                let at = At { file: tool.file, span: param.span };
                let place = Place { file: tool.file, expr: ExprId(u32::MAX - param.span.start) };
                let source = self.source(place, || Source {
                    kind: Kind::Argument,
                    what: if tool.served { "mcp-client".into() } else { "model".into() },
                    at,
                    component: Some(tool.component),
                    call: name.clone(),
                    function: qualified(self.evaluator, tool.file, tool.function),
                });
                let shown = if param.name.is_empty() { "the arguments" } else { param.name };
                let trail = self.step(START, at, Says::Argument(name.clone(), shown));
                Some((source, Mark { origin: Origin::Source(source), clean: 0, trail }))
            };
            for hit in &summary.hits {
                let Origin::Param(index) = hit.mark.origin else { continue };
                let Some((_, mark)) = chosen(index) else { continue };
                if hit.sink == Sink::Prompt {
                    continue;
                }
                // The first step of the callee's way is the parameter itself, which is said already.
                let trail = self.trails.borrow_mut().join(mark.trail, hit.mark.trail);
                self.hit(Hit { mark: Mark { clean: hit.mark.clean, trail, ..mark }, ..hit.clone() });
            }
            for (attribute, mark) in &summary.writes {
                let Origin::Param(index) = mark.origin else { continue };
                if let Some((_, from)) = chosen(index) {
                    self.keep(*attribute, Mark { clean: mark.clean, ..from });
                }
            }
        }
    }

    /// An attribute of the objects of a class holds a text.
    fn keep(&self, attribute: Attribute<'s>, mark: Mark) {
        let mut attributes = self.attributes.borrow_mut();
        let known = attributes.entry(attribute).or_default();
        let one = Taint::of(mark);
        if one.exceeds(Some(known)) {
            known.add(&one);
            self.grew.set(true);
        }
    }

    /// What is known of components: prompts from outside, what tools reach.
    fn facts(&self, gather: &Gather, tools: &[tools::Tool]) -> Vec<(usize, &'static str, Node)> {
        let mut facts = self.of_prompts(gather);
        facts.extend(self.reaches(tools));
        facts
    }

    fn of_prompts(&self, gather: &Gather) -> Vec<(usize, &'static str, Node)> {
        let mut outside: BTreeMap<usize, BTreeMap<(String, String), Node>> = BTreeMap::new();
        for hit in self.hits.borrow().iter().filter(|hit| hit.sink == Sink::Prompt) {
            let (Some(component), Origin::Source(source)) = (hit.asked, hit.mark.origin) else { continue };
            let source = &self.sources.borrow()[source as usize];
            if source.kind != Kind::Outside {
                continue;
            }
            let at = self.evaluator.repo.file(source.at.file).position(source.at.span);
            let document = BTreeMap::from([(Arc::from("what"), Node::from(&*source.what))]);
            let node = Node::from(model::Value::map(document)).at(Arc::new(at.clone()));
            let key = (at.to_string(), source.what.to_string());
            let with_holes = |index: &usize| {
                let text = gather.components[*index].values.get("text");
                text.is_some_and(|text| matches!(text.value, model::Value::Template(_)))
            };
            let prompts = gather.components[component].links.get("prompt").into_iter().flatten();
            for index in prompts.copied().filter(with_holes).chain([component]) {
                outside.entry(index).or_default().insert(key.clone(), node.clone());
            }
        }
        let lists = outside.into_iter().map(|(index, nodes)| {
            let list = nodes.into_values().take(16).collect();
            (index, "untrusted", Node::from(model::Value::list(list)))
        });
        lists.collect()
    }
}

/// Whether what a call for a purpose returns is text that a model wrote.
fn gives_text(purpose: &str) -> bool {
    ![
        "embedding",
        "image",
        "rerank",
        "moderation",
        "speech",
        "audio",
        "video",
        "classification",
        "tts",
        "transcription",
    ]
    .iter()
    .any(|other| purpose.starts_with(other))
}

/// The last names of what cards say is from outside.
fn outside_names(catalog: &Catalog) -> FxHashMap<&'static str, FxHashSet<Arc<str>>> {
    let mut outside: FxHashMap<&'static str, FxHashSet<Arc<str>>> = FxHashMap::default();
    for sdk in &catalog.sdks {
        for signature in sdk.names.iter().filter(|s| s.role == Role::Untrusted) {
            for path in signature.paths().unwrap_or_default() {
                let Some(Segment::Name(name)) = path.last() else { continue };
                for language in &sdk.languages {
                    let families = ["python", "script", "go", "jvm", "csharp", "rust"];
                    if let Some(family) = families.into_iter().find(|f| *f == &**language) {
                        outside.entry(family).or_default().insert(name.clone());
                    }
                }
            }
        }
    }
    outside
}

/// `Class.method`, for a person and for the address of a flow.
fn qualified(evaluator: &Evaluator, file: u32, id: FunctionId) -> Rc<str> {
    let of = evaluator.repo.file(file);
    let function = of.unit.function(id);
    let name = function.name.unwrap_or("(anonymous)");
    let class = function.class.and_then(|class| of.unit.class(class).name);
    class.map_or_else(|| Rc::from(name), |class| Rc::from(format!("{class}.{name}")))
}

/// The methods of a tool that is a class.
const METHODS: [&str; 9] =
    ["_run", "_arun", "run", "forward", "_call", "execute", "invoke", "call", "__call__"];

/// The indices of parameters that arguments fill.
fn plain_params<'f, 's>(
    function: &'f formats::code::Function<'s>,
) -> impl Iterator<Item = (usize, &'f formats::code::Param<'s>)> {
    function.params.iter().enumerate().filter(|(_, param)| param.passing != Passing::Receiver)
}

fn language(evaluator: &Evaluator, file: u32) -> &'static str {
    family(evaluator.repo.file(file).language())
}

fn marked_function(marked: Marked) -> Option<FunctionId> {
    if let Marked::Function(id) = marked { Some(id) } else { None }
}
