//! From the calls of a program to components: each call whose name a card knows makes one, adds to one, or asks a model.

mod constants;
mod models;
mod parts;
mod prompts;
mod settle;
mod targets;

use std::sync::Arc;

use catalog::Catalog;
use catalog::sdk::{From, Role, Signature};
use formats::code::{ClassId, Expr, ExprId, FunctionId};
use model::{Node, Value};
use rustc_hash::FxHashMap;

use super::component::{Component, Target};
use super::refer::{Evaluator, Thing};
use super::repo::Place;
use super::scopes::{Bound, Taken};

/// Keys whose values are other components.
const LINKS: [&str; 20] = [
    "agent",
    "agents",
    "dataset",
    "documents",
    "embedding",
    "guardrail",
    "guardrails",
    "knowledge",
    "memory",
    "model",
    "nodes",
    "prompt",
    "prompts",
    "resources",
    "server",
    "servers",
    "service",
    "store",
    "tools",
    "toolFunction",
];

/// What a decorator stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Marked {
    Function(FunctionId),
    Class(ClassId),
}

/// Finds every component of a repository.
pub(crate) struct Gather<'e, 'r, 's, 'c> {
    pub(crate) evaluator: &'e Evaluator<'r, 's, 'c>,
    pub(crate) catalog: &'c Catalog,
    pub(crate) components: Vec<Component>,
    /// By the call that makes it.
    pub(crate) by_place: FxHashMap<Place, usize>,
    /// Tools and agents that are functions or classes of the program.
    pub(crate) by_definition: FxHashMap<(u32, Marked), usize>,
    /// Functions that run the tool of a server that a client names: the server's component, and the function.
    pub(crate) dispatchers: Vec<(usize, u32, FunctionId)>,
    marked: FxHashMap<Place, Marked>,
    /// Calls that ask a model: the call, the model's component, and what it is asked through.
    pub(crate) asks: Vec<(Place, Option<usize>)>,
    /// Requests that are made first and sent afterwards, with the component they are sent through.
    sent: Vec<(usize, Place)>,
    /// Functions that are nodes of a graph, with the graph's component.
    nodes: Vec<(usize, u32, FunctionId)>,
    /// Prompts by their text.
    prompts: FxHashMap<(Arc<str>, String), usize>,
}

/// Something to take the values of.
struct Made<'c> {
    place: Place,
    marked: Option<Marked>,
    signature: &'c Signature,
    card: Option<usize>,
    /// The receiver's component, for parts and calls.
    thing: Thing,
}

impl<'e, 'r, 's, 'c> Gather<'e, 'r, 's, 'c> {
    pub(crate) fn of(evaluator: &'e Evaluator<'r, 's, 'c>, catalog: &'c Catalog) -> Self {
        let mut gather = Gather {
            evaluator,
            catalog,
            components: Vec::new(),
            by_place: FxHashMap::default(),
            by_definition: FxHashMap::default(),
            dispatchers: Vec::new(),
            marked: FxHashMap::default(),
            asks: Vec::new(),
            nodes: Vec::new(),
            sent: Vec::new(),
            prompts: FxHashMap::default(),
        };
        let made = gather.made();
        let (components, others): (Vec<Made>, Vec<Made>) =
            made.into_iter().partition(|made| super::component::kind(made.signature.role).is_some());
        // First all of them, so that each can name any other.
        let indices: Vec<usize> = components.iter().map(|made| gather.begin(made)).collect();
        // What hangs on another knows its provider by it, in a chain of calls over several steps.
        for (made, index) in components.iter().zip(&indices) {
            gather.constants(made, *index);
        }
        for _ in 0..2 {
            for (made, index) in components.iter().zip(&indices) {
                gather.inherit(made, *index);
            }
        }
        for (made, index) in components.iter().zip(indices) {
            gather.fill(made, index);
            if made.signature.role == Role::Service {
                settle::route(&mut gather.components[index]);
            }
        }
        for made in &others {
            match made.signature.role {
                Role::Part => gather.part(made),
                Role::Call => gather.call(made),
                _ => {}
            }
        }
        gather.settle();
        gather
    }

    /// Every call, decorator and base class that a card knows.
    fn made(&mut self) -> Vec<Made<'c>> {
        let repo = self.evaluator.repo;
        let mut made = Vec::new();
        for (file, each) in repo.files.iter().enumerate() {
            let file = file as u32;
            let at = |expr: ExprId| Place { file, expr };
            for (index, function) in each.unit.functions.iter().enumerate() {
                let marked = Marked::Function(FunctionId(index as u32));
                function.marks.iter().for_each(|mark| _ = self.marked.insert(at(*mark), marked));
            }
            for (index, class) in each.unit.classes.iter().enumerate() {
                let marked = Marked::Class(ClassId(index as u32));
                class.marks.iter().for_each(|mark| _ = self.marked.insert(at(*mark), marked));
                // A class of one's own that inherits is a tool or an agent; of anything else it is only a definition.
                let known =
                    class.bases.iter().filter_map(|base| self.known(at(*base), at(*base), Some(marked)));
                made.extend(known.filter(|made| matches!(made.signature.role, Role::Tool | Role::Agent)));
            }
            for call in &each.scopes.calls {
                let Expr::Call(parts) = each.unit.expr(*call) else { continue };
                let marked = self.marked.get(&at(*call)).copied();
                if let Some(one) = self.known(at(parts.callee), at(*call), marked) {
                    made.push(one);
                }
            }
            // Decorators without arguments.
            let bare = |mark: &&ExprId| !matches!(each.unit.expr(**mark), Expr::Call(_));
            for (index, function) in each.unit.functions.iter().enumerate() {
                let marked = Marked::Function(FunctionId(index as u32));
                for mark in function.marks.iter().filter(bare) {
                    made.extend(self.known(at(*mark), at(*mark), Some(marked)));
                }
            }
            for (index, class) in each.unit.classes.iter().enumerate() {
                let marked = Marked::Class(ClassId(index as u32));
                for mark in class.marks.iter().filter(bare) {
                    made.extend(self.known(at(*mark), at(*mark), Some(marked)));
                }
            }
        }
        made
    }

    fn known(&self, name: Place, place: Place, marked: Option<Marked>) -> Option<Made<'c>> {
        self.evaluator.refer(name).into_iter().find_map(|thing| {
            let Thing::Library { name: callee, file, .. } = thing else { return None };
            // A setter of something that is built gives what it was called on, and makes nothing itself.
            if let Expr::Member { of, .. } = self.evaluator.expr(name)
                && self.evaluator.refer(Place { expr: *of, ..name }).contains(&thing)
            {
                return None;
            }
            let names = self.evaluator.repo.names(file);
            let callee = names.default_export(callee).unwrap_or(callee);
            // `client("bedrock-runtime")`: what is called alike makes different things.
            let first = names.asks_first(callee).then(|| self.evaluator.first_text_of(place)).flatten();
            let special = first.and_then(|first| names.call_with(callee, &first));
            let name = special.filter(|name| names.signature(*name).is_some()).unwrap_or(callee);
            let acts = |signature: &&Signature| {
                super::component::kind(signature.role).is_some()
                    || matches!(signature.role, Role::Part | Role::Call)
            };
            // What a call gives may be said where nothing is said of what is called: `createOpenAI()()`.
            let name = match names.signatures(name).next() {
                None => names.call(name, None).unwrap_or(name),
                Some(_) => name,
            };
            let mut meant = names.signatures(name).filter(acts);
            let signature = meant.find(|signature| self.evaluator.holds(place, signature))?;
            Some(Made { place, marked, signature, card: names.card(name), thing })
        })
    }

    fn begin(&mut self, made: &Made<'c>) -> usize {
        let file = self.evaluator.repo.file(made.place.file);
        let package = made.card.and_then(|card| self.catalog.sdks[card].packages.first().cloned());
        let span = match made.marked {
            Some(Marked::Function(id)) => file.unit.function(id).name_span,
            Some(Marked::Class(id)) => file.unit.class(id).name_span,
            None => file.unit.span(made.place.expr),
        };
        let component = Component {
            package,
            called: self.called(made),
            ..Component::new(made.signature.role, &file.scope, file.position(span))
        };
        let index = self.add(component);
        self.by_place.insert(made.place, index);
        if let Some(marked) = made.marked {
            self.by_definition.entry((made.place.file, marked)).or_insert(index);
        }
        index
    }

    fn add(&mut self, component: Component) -> usize {
        self.components.push(component);
        self.components.len() - 1
    }

    /// What the program calls it: the definition below a decorator, or the name it is assigned to.
    fn called(&self, made: &Made) -> Option<Arc<str>> {
        let file = self.evaluator.repo.file(made.place.file);
        match made.marked {
            Some(Marked::Function(id)) => return file.unit.function(id).name.map(Arc::from),
            Some(Marked::Class(id)) => return file.unit.class(id).name.map(Arc::from),
            None => {}
        }
        let scope = file.scopes.scope(file.scopes.scope_of(made.place.expr));
        let is_it = |value: ExprId| {
            value == made.place.expr
                || matches!(file.unit.expr(value), Expr::Wait(of) if *of == made.place.expr)
        };
        let bound = |bindings: &Vec<super::scopes::Binding>| {
            bindings
                .iter()
                .any(|b| matches!(b.bound, Bound::Value { value, taken: Taken::Whole } if is_it(value)))
        };
        let mut names: Vec<&str> =
            scope.names.iter().filter(|(_, bindings)| bound(bindings)).map(|(name, _)| *name).collect();
        if names.is_empty() {
            let attributes = file.scopes.attributes.iter().flat_map(|attributes| attributes.iter());
            names = attributes.filter(|(_, bindings)| bound(bindings)).map(|(name, _)| *name).collect();
        }
        names.sort_unstable();
        names.first().map(|name| Arc::from(*name))
    }

    /// What the card says of everything of its name.
    fn constants(&mut self, made: &Made<'c>, index: usize) {
        for (key, constant) in &made.signature.set {
            let node = catalog::constant_node(constant).at(self.evaluator.position(made.place));
            self.components[index].set(key, node);
        }
    }

    fn fill(&mut self, made: &Made<'c>, index: usize) {
        self.constants(made, index);
        self.inherit(made, index);
        self.attach(made, index);
        let takes: Vec<Arc<str>> = made.signature.takes.iter().map(|(key, _)| key.clone()).collect();
        for key in takes {
            for place in self.places(made, &key) {
                self.give(index, &key, place);
            }
        }
        self.definition(made, index);
        self.environment(made, index);
        self.provider_of_card(made, index);
        for (key, constant) in &made.signature.defaults {
            let node = Node { default: true, ..catalog::constant_node(constant) };
            if !self.components[index].values.contains_key(key) {
                self.components[index].set(key, node);
            }
        }
        if made.signature.role == Role::Tool || made.signature.role == Role::Agent {
            self.approval(index);
        }
    }

    /// Where the values of a key stand.
    fn places(&self, made: &Made<'c>, key: &str) -> Vec<Place> {
        let Some((_, takes)) = made.signature.takes.iter().find(|(name, _)| &**name == key) else {
            return Vec::new();
        };
        for take in takes {
            match (&take.from, made.marked) {
                (From::Decorated, _) => continue,
                // A class of the program that inherits: its attributes are the arguments.
                (From::Named(name), Some(Marked::Class(class))) => {
                    let attributes =
                        &self.evaluator.repo.file(made.place.file).scopes.attributes[class.0 as usize];
                    let bound = attributes.get(&**name).and_then(|bindings| bindings.last());
                    if let Some(Bound::Value { value, .. }) = bound.map(|b| b.bound) {
                        return vec![Place { expr: value, ..made.place }];
                    }
                }
                (From::Every | From::After(_), None) => {
                    let Some(call) = self.evaluator.call_of(made.place) else { continue };
                    let skipped = if let From::After(index) = take.from { index as usize } else { 0 };
                    let all = call.args.iter().filter(|arg| arg.name.is_none()).skip(skipped);
                    return all.map(|arg| Place { expr: arg.value, ..made.place }).collect();
                }
                _ => {}
            }
            if let Some(place) = self.evaluator.take(made.place, take) {
                return vec![place];
            }
        }
        Vec::new()
    }

    /// The constant that the card of an object has under a key.
    fn told_by_kind(&self, key: &str, place: Place) -> Option<Node> {
        self.evaluator.refer(place).into_iter().find_map(|thing| {
            let Thing::Library { made: Some(made), .. } = thing else { return None };
            let callee = self.evaluator.call_of(made)?.callee;
            self.evaluator.refer(Place { expr: callee, ..made }).into_iter().find_map(|thing| {
                let signature = self.evaluator.signature(thing)?;
                let (_, constant) = signature.set.iter().find(|(name, _)| &**name == key)?;
                Some(catalog::constant_node(constant).at(self.evaluator.position(place)))
            })
        })
    }

    /// Takes the value at a place under a key: other components where the key names such, a value otherwise.
    fn give(&mut self, index: usize, key: &str, place: Place) {
        if matches!(key, "prompt" | "prompts" | "instructions" | "system") {
            self.prompt(index, key, place, 0);
            if key == "prompt" || key == "prompts" {
                return;
            }
        }
        if key == "name" && self.class_name(index, place) {
            return;
        }
        if key == "asked" {
            return self.sent.push((index, place));
        }
        if key == "nodes" {
            return self.node(index, place, 0);
        }
        let place = match key {
            "text" if self.components[index].role == Role::Prompt => self.system_text(index, place),
            _ => place,
        };
        if !LINKS.contains(&key) {
            let mut found = self.evaluator.alternatives(place);
            // An object of the library may say it by what it is: the transport of a server.
            if let [only] = &found[..]
                && only.is_unknown()
                && let Some(told) = self.told_by_kind(key, place)
            {
                found = vec![told];
            }
            let node = match found.len() {
                1 => found.remove(0),
                _ => Node { value: Value::list(found), ..Node::default() }.at(self.evaluator.position(place)),
            };
            // Instructions that are a prompt of their own are linked already.
            let is_linked = key == "instructions" && node.is_unknown();
            let is_identity = |name: &str| name.ends_with("Credential") && !name.ends_with("KeyCredential");
            if key == "key" && node.is_unknown() && self.named(place).is_some_and(is_identity) {
                return;
            }
            if is_linked && self.components[index].links.contains_key("prompt") {
                return;
            }
            let node = match key {
                "region" if node.is_unknown() => self.region(place).unwrap_or(node),
                "name" if node.is_unknown() && self.components[index].role == Role::Model => {
                    self.model_constant(place).unwrap_or(node)
                }
                _ => node,
            };
            if !node.is_null() && node.as_str() != Some("") {
                self.components[index].set(key, node);
            }
            return;
        }
        for target in self.targets(index, key, place, 0) {
            match target {
                Target::Component(to) if to != index => self.components[index].link(key, to),
                Target::Component(_) => {}
                Target::Value(node) if key == "model" && (!node.is_unknown() || node.from.is_some()) => {
                    if let Some(to) = self.named_model(index, node, place) {
                        self.components[index].link(key, to);
                    }
                }
                Target::Value(node) if !node.is_null() => {
                    let known = self.components[index].values.get(key).cloned();
                    let mut all: Vec<Node> =
                        known.and_then(|n| n.as_list().map(|l| l.to_vec())).unwrap_or_default();
                    all.push(node);
                    let list = Node::from(Value::list(all)).at(self.evaluator.position(place));
                    self.components[index].values.insert(key.into(), list);
                }
                Target::Value(_) => {}
            }
        }
    }
}
