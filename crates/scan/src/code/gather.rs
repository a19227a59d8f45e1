//! From the calls of a program to components: each call whose name a card knows makes one, adds to one, or asks a model.

use std::collections::BTreeMap;
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
const LINKS: [&str; 19] = [
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
    by_definition: FxHashMap<(u32, Marked), usize>,
    marked: FxHashMap<Place, Marked>,
    /// Calls that ask a model: the call, the model's component, and what it is asked through.
    pub(crate) asks: Vec<(Place, Option<usize>)>,
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
            marked: FxHashMap::default(),
            asks: Vec::new(),
            prompts: FxHashMap::default(),
        };
        let made = gather.made();
        let (components, others): (Vec<Made>, Vec<Made>) =
            made.into_iter().partition(|made| super::component::kind(made.signature.role).is_some());
        // First all of them, so that each can name any other.
        let indices: Vec<usize> = components.iter().map(|made| gather.begin(made)).collect();
        for (made, index) in components.iter().zip(indices) {
            gather.fill(made, index);
        }
        for made in &others {
            match made.signature.role {
                Role::Part => gather.part(made),
                Role::Call => gather.call(made),
                _ => {}
            }
        }
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
                for base in &class.bases {
                    if let Some(one) = self.known(at(*base), at(*base), Some(marked)) {
                        made.push(one);
                    }
                }
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
            let names = self.evaluator.repo.names(file);
            // `client("bedrock-runtime")`: what is called alike makes different things.
            let first = names.asks_first(callee).then(|| self.evaluator.first_text_of(place)).flatten();
            let special = first.and_then(|first| names.call_with(callee, &first));
            let name = special.filter(|name| names.signature(*name).is_some()).unwrap_or(callee);
            let signature = names.signature(name)?;
            let acts = super::component::kind(signature.role).is_some()
                || matches!(signature.role, Role::Part | Role::Call);
            let holds = signature.when.iter().all(|(take, want)| {
                let given = self.evaluator.take(place, take).map(|at| self.evaluator.value(at));
                given.is_some_and(|given| given.display() == catalog::constant_node(want).display())
            });
            (acts && holds).then(|| Made { place, marked, signature, card: names.card(name), thing })
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
            role: made.signature.role,
            place: made.place,
            scope: file.scope.clone(),
            package,
            called: self.called(made),
            values: BTreeMap::new(),
            links: BTreeMap::new(),
            seen: vec![file.position(span)],
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

    fn fill(&mut self, made: &Made<'c>, index: usize) {
        for (key, constant) in &made.signature.set {
            let node = catalog::constant_node(constant).at(self.evaluator.position(made.place));
            self.components[index].set(key, node);
        }
        let takes: Vec<Arc<str>> = made.signature.takes.iter().map(|(key, _)| key.clone()).collect();
        for key in takes {
            for place in self.places(made, &key) {
                self.give(index, &key, place);
            }
        }
        self.definition(made, index);
        self.environment(made, index);
        self.inherit(made, index);
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

    /// Takes the value at a place under a key: other components where the key names such, a value otherwise.
    fn give(&mut self, index: usize, key: &str, place: Place) {
        if matches!(key, "prompt" | "prompts" | "instructions" | "system") {
            self.prompt(index, key, place, 0);
            if key == "prompt" || key == "prompts" {
                return;
            }
        }
        if !LINKS.contains(&key) {
            let mut found = self.evaluator.alternatives(place);
            let node = match found.len() {
                1 => found.remove(0),
                _ => Node { value: Value::list(found), ..Node::default() }.at(self.evaluator.position(place)),
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

    /// The components, or values, that an expression names.
    fn targets(&mut self, owner: usize, key: &str, place: Place, depth: u32) -> Vec<Target> {
        if depth > 6 {
            return Vec::new();
        }
        let at = |expr: ExprId| Place { expr, ..place };
        if let Some(index) = self.by_place.get(&place) {
            return vec![Target::Component(*index)];
        }
        let things = self.evaluator.refer(place);
        let mut found = Vec::new();
        for thing in &things {
            match *thing {
                Thing::Library { made: Some(made), .. } => {
                    if let Some(to) = self.by_place.get(&made).filter(|to| **to != owner) {
                        found.push(Target::Component(*to));
                    }
                }
                Thing::Library { made: None, .. } if key == "tools" || key == "servers" => {
                    if let Some(made) = self.known(place, place, None) {
                        let to = self.begin(&made);
                        self.fill(&made, to);
                        found.push(Target::Component(to));
                    }
                }
                Thing::Function { file, id } if matches!(key, "tools" | "toolFunction" | "agents") => {
                    found.push(Target::Component(self.function_tool(file, id, key)));
                }
                Thing::Class { file, id } | Thing::Object { file, id, .. } => {
                    if let Some(to) = self.by_definition.get(&(file, Marked::Class(id))) {
                        found.push(Target::Component(*to));
                    }
                }
                _ => {}
            }
        }
        if !found.is_empty() {
            return found;
        }
        let Some(written) = self.evaluator.written(place) else { return self.plain(place) };
        let inside: Vec<(Option<Arc<str>>, Place)> = match self.evaluator.expr(written) {
            Expr::List(items) => {
                items.iter().take(100).map(|item| (None, Place { expr: *item, ..written })).collect()
            }
            Expr::Map(entries) if key == "tools" && !self.is_declaration(written) => entries
                .iter()
                .take(100)
                .map(|(name, value)| {
                    let name = name.and_then(|name| self.key_text(Place { expr: name, ..written }));
                    (name, Place { expr: *value, ..written })
                })
                .collect(),
            Expr::Map(_) if key == "tools" => {
                return vec![Target::Component(self.declared_tool(owner, written))];
            }
            Expr::Call(call) if written != place => {
                _ = call;
                return self.targets(owner, key, written, depth + 1);
            }
            // `[*a, *b]`, `a + b`.
            _ => {
                return match self.evaluator.expr(place) {
                    Expr::Join { left, right, .. } => {
                        let mut all = self.targets(owner, key, at(*left), depth + 1);
                        all.extend(self.targets(owner, key, at(*right), depth + 1));
                        all
                    }
                    _ => self.plain(place),
                };
            }
        };
        let mut found = Vec::new();
        for (name, inner) in inside {
            for target in self.targets(owner, key, inner, depth + 1) {
                if let (Target::Component(to), Some(name)) = (&target, &name) {
                    self.components[*to].called.get_or_insert_with(|| name.clone());
                }
                found.push(target);
            }
        }
        found
    }

    fn key_text(&self, key: Place) -> Option<Arc<str>> {
        match self.evaluator.expr(key) {
            Expr::Name(name) => Some(Arc::from(*name)),
            Expr::Text(text) => Some(Arc::from(&**text)),
            _ => None,
        }
    }

    fn plain(&self, place: Place) -> Vec<Target> {
        match self.evaluator.expr(place) {
            Expr::Function(_) => Vec::new(),
            _ => self.evaluator.alternatives(place).into_iter().map(Target::Value).collect(),
        }
    }

    /// `{"type": "function", "function": {"name": …}}`, `{"toolSpec": …}`, `{"name": …, "input_schema": …}`.
    fn is_declaration(&self, written: Place) -> bool {
        ["type", "toolSpec", "name", "input_schema", "functionDeclarations"].iter().any(|key| {
            self.evaluator
                .property(written, key)
                .is_some_and(|at| !matches!(self.evaluator.expr(at), Expr::Call(_) | Expr::Function(_)))
        })
    }

    /// A tool that is described to the model by data.
    fn declared_tool(&mut self, owner: usize, written: Place) -> usize {
        if let Some(known) = self.by_place.get(&written) {
            return *known;
        }
        let ask = |at: Place, key: &str| self.evaluator.property(at, key);
        let inner = ask(written, "function").or_else(|| ask(written, "toolSpec")).unwrap_or(written);
        let mut values = BTreeMap::new();
        for (key, names) in [
            ("name", &["name", "type"][..]),
            ("description", &["description"]),
            ("inputSchema", &["parameters", "input_schema", "inputSchema"]),
            ("server", &["server_url", "server_label"]),
            ("approval", &["require_approval"]),
        ] {
            if let Some(at) = names.iter().find_map(|name| ask(inner, name)) {
                values.insert(Arc::from(key), self.evaluator.value(at));
            }
        }
        let file = self.evaluator.repo.file(written.file);
        let component = Component {
            role: Role::Tool,
            place: written,
            scope: file.scope.clone(),
            package: self.components[owner].package.clone(),
            called: None,
            values,
            links: BTreeMap::new(),
            seen: vec![file.position(file.unit.span(written.expr))],
        };
        let index = self.add(component);
        self.by_place.insert(written, index);
        index
    }

    /// A function of the program that is given to an agent as it is.
    fn function_tool(&mut self, file: u32, id: FunctionId, key: &str) -> usize {
        let marked = Marked::Function(id);
        if let Some(known) = self.by_definition.get(&(file, marked)) {
            return *known;
        }
        let of = self.evaluator.repo.file(file);
        let function = of.unit.function(id);
        let expr = function.marks.first().copied().unwrap_or(ExprId(0));
        let role = match key {
            "agents" => Role::Agent,
            "prompt" | "prompts" => Role::Prompt,
            _ => Role::Tool,
        };
        let component = Component {
            role,
            place: Place { file, expr },
            scope: of.scope.clone(),
            package: None,
            called: function.name.map(Arc::from),
            values: BTreeMap::new(),
            links: BTreeMap::new(),
            seen: vec![of.position(function.name_span)],
        };
        let index = self.add(component);
        self.by_definition.insert((file, marked), index);
        self.describe(index, file, id);
        index
    }

    /// Name, description and input schema of a tool that is a function of the program.
    fn describe(&mut self, index: usize, file: u32, id: FunctionId) {
        let of = self.evaluator.repo.file(file);
        let function = of.unit.function(id);
        let at = |span| Arc::new(of.position(span));
        if let Some(name) = function.name {
            self.components[index].set("name", Node::from(name).at(at(function.name_span)));
        }
        if let Some((text, span)) = &function.documentation {
            self.components[index].set("description", Node::from(text.trim()).at(at(*span)));
        }
        let mut properties = BTreeMap::new();
        let mut required = Vec::new();
        for param in &function.params {
            if param.passing != formats::code::Passing::Plain || param.name.is_empty() {
                continue;
            }
            let kind = param.kind.map_or("any", |kind| of.unit.text(kind));
            let schema = BTreeMap::from([(Arc::from("type"), Node::from(json_type(kind)))]);
            properties.insert(Arc::from(param.name), Node::from(Value::map(schema)).at(at(param.span)));
            if param.default.is_none() {
                required.push(Node::from(param.name));
            }
        }
        let schema = BTreeMap::from([
            (Arc::from("type"), Node::from("object")),
            (Arc::from("properties"), Node::from(Value::map(properties))),
            (Arc::from("required"), Node::from(Value::list(required))),
        ]);
        self.components[index].set("inputSchema", Node::from(Value::map(schema)).at(at(function.name_span)));
        let definition = Node::from(function.name.unwrap_or("(anonymous)")).at(at(function.name_span));
        self.components[index].values.insert("function".into(), definition);
    }

    /// What a decorated function or an inheriting class says of the component by itself.
    fn definition(&mut self, made: &Made<'c>, index: usize) {
        let tool_function = || {
            let at = self.places(made, "function").first().copied()?;
            self.evaluator.refer(at).into_iter().find_map(|thing| match thing {
                Thing::Function { file, id } => Some((file, id)),
                _ => None,
            })
        };
        let function = match made.marked {
            Some(Marked::Function(id)) => Some((made.place.file, id)),
            _ => tool_function(),
        };
        if let (Role::Tool | Role::Agent, Some((file, id))) = (made.signature.role, function) {
            self.describe(index, file, id);
            self.by_definition.entry((file, Marked::Function(id))).or_insert(index);
        }
        if let Some(Marked::Class(id)) = made.marked {
            let of = self.evaluator.repo.file(made.place.file);
            let class = of.unit.class(id);
            if let Some((text, span)) = &class.documentation {
                let node = Node::from(text.trim()).at(Arc::new(of.position(*span)));
                self.components[index].set("description", node);
            }
            if let Some(name) = class.name {
                self.components[index]
                    .set("name", Node::from(name).at(Arc::new(of.position(class.name_span))));
            }
        }
    }

    /// What the library reads from the environment by itself.
    fn environment(&mut self, made: &Made<'c>, index: usize) {
        for (key, variables) in &made.signature.environment {
            if self.components[index].values.contains_key(key) || made.marked.is_some() {
                continue;
            }
            let mut found = variables.iter().map(|name| self.evaluator.variable(made.place, name, None));
            let Some(first) = found.next() else { continue };
            let node = if first.is_unknown() {
                found.find(|node| !node.is_unknown()).unwrap_or(first)
            } else {
                first
            };
            // Where nothing is given the default holds, unless the variable is known.
            let has_default = made.signature.defaults.iter().any(|(name, _)| name == key);
            if !(node.is_unknown() && has_default) {
                self.components[index].set(key, node);
            }
        }
    }

    /// A component that hangs on the receiver: `client.beta.assistants.create(…)` runs on the client.
    fn inherit(&mut self, made: &Made<'c>, index: usize) {
        let Thing::Library { made: Some(receiver), .. } = made.thing else { return };
        let Some(to) = self.by_place.get(&receiver).copied().filter(|to| *to != index) else { return };
        match self.components[to].role {
            Role::Service => self.components[index].link("service", to),
            Role::Model => self.components[index].link("model", to),
            _ => {}
        }
        if let Some(provider) = self.components[to].values.get("provider").cloned()
            && !self.components[index].values.contains_key("provider")
        {
            self.components[index].set("provider", provider);
        }
    }

    /// A name of a model where a component is expected.
    fn named_model(&mut self, owner: usize, node: Node, place: Place) -> Option<usize> {
        let scope = self.components[owner].scope.clone();
        let mut provider = self.components[owner]
            .values
            .get("modelProvider")
            .or_else(|| self.components[owner].values.get("provider"))
            .cloned();
        let mut name = node.clone();
        if let Some(text) = node.as_str() {
            if text.is_empty() {
                return None;
            }
            if let Some((before, rest)) = text.split_once([':', '/'])
                && let Some(known) = provider_of(before)
            {
                let is_hub = provider
                    .as_ref()
                    .and_then(Node::as_str)
                    .is_some_and(|p| p == "huggingface" || p == "openrouter" || p == "together");
                if !is_hub {
                    provider = Some(Node { value: Value::string(known), ..node.clone() });
                    name = Node { value: Value::string(rest), ..node.clone() };
                }
            }
        }
        if provider.is_none()
            && let Some(known) = name.as_str().and_then(provider_by_model)
        {
            provider = Some(Node { value: Value::string(known), ..node.clone() });
        }
        let file = self.evaluator.repo.file(place.file);
        let mut values = BTreeMap::from([(Arc::from("name"), name)]);
        values.extend(provider.map(|provider| (Arc::from("provider"), provider)));
        let component = Component {
            role: Role::Model,
            place,
            scope,
            package: self.components[owner].package.clone(),
            called: None,
            values,
            links: BTreeMap::new(),
            seen: vec![file.position(file.unit.span(place.expr))],
        };
        Some(self.add(component))
    }

    /// The system prompts in what a model is given.
    fn prompt(&mut self, owner: usize, key: &str, place: Place, depth: u32) {
        if depth > 6 {
            return;
        }
        let system = matches!(key, "instructions" | "system");
        let written = self.evaluator.written(place);
        if let Some(written) = written {
            match self.evaluator.expr(written) {
                Expr::List(items) => {
                    let texts: Vec<Place> =
                        items.iter().take(50).map(|item| Place { expr: *item, ..written }).collect();
                    // `("system", "…")`.
                    if let [role, text] = texts[..]
                        && self.evaluator.value(role).as_str().is_some_and(is_system)
                    {
                        return self.add_prompt(owner, text);
                    }
                    return texts.into_iter().for_each(|inner| self.prompt(owner, key, inner, depth + 1));
                }
                Expr::Map(_) => {
                    let role = self.evaluator.property(written, "role").map(|at| self.evaluator.value(at));
                    if role.as_ref().and_then(Node::as_str).is_some_and(is_system)
                        && let Some(content) = self.evaluator.property(written, "content")
                    {
                        self.add_prompt(owner, content);
                    } else if system && let Some(text) = self.evaluator.property(written, "text") {
                        self.add_prompt(owner, text);
                    }
                    return;
                }
                Expr::Call(_) => {
                    let made = self.by_place.get(&written).copied();
                    if let Some(to) = made.filter(|to| self.components[*to].role == Role::Prompt) {
                        self.components[owner].link("prompt", to);
                        return;
                    }
                }
                _ => {}
            }
        }
        for thing in self.evaluator.refer(place) {
            if let Thing::Library { made: Some(made), .. } = thing
                && let Some(to) =
                    self.by_place.get(&made).copied().filter(|to| self.components[*to].role == Role::Prompt)
            {
                self.components[owner].link("prompt", to);
                return;
            }
        }
        if system {
            self.add_prompt(owner, place);
        }
    }

    fn add_prompt(&mut self, owner: usize, place: Place) {
        let node = self.evaluator.value(place);
        if node.is_unknown() || node.is_null() || node.as_map().is_some() || node.as_list().is_some() {
            return;
        }
        let scope = self.components[owner].scope.clone();
        let text = node.brief();
        let known = self.prompts.get(&(scope.clone(), text.clone())).copied();
        let index = known.unwrap_or_else(|| {
            let file = self.evaluator.repo.file(place.file);
            let values =
                BTreeMap::from([(Arc::from("role"), Node::from("system")), (Arc::from("text"), node)]);
            let component = Component {
                role: Role::Prompt,
                place,
                scope: scope.clone(),
                package: None,
                called: None,
                values,
                links: BTreeMap::new(),
                seen: vec![file.position(file.unit.span(place.expr))],
            };
            self.add(component)
        });
        self.prompts.insert((scope, text), index);
        self.components[owner].link("prompt", index);
    }

    /// Adds to what the method was called on.
    fn part(&mut self, made: &Made<'c>) {
        let Thing::Library { made: Some(receiver), .. } = made.thing else { return };
        let Some(owner) = self.by_place.get(&receiver).copied() else { return };
        let decorated = match made.marked {
            Some(Marked::Function(id)) => Some(id),
            _ => None,
        };
        let takes: Vec<Arc<str>> = made.signature.takes.iter().map(|(key, _)| key.clone()).collect();
        let inline = takes.iter().any(|key| key.starts_with("tool") && &**key != "tools");
        if inline {
            let file = self.evaluator.repo.file(made.place.file);
            let component = Component {
                role: Role::Tool,
                place: made.place,
                scope: file.scope.clone(),
                package: self.components[owner].package.clone(),
                called: None,
                values: BTreeMap::new(),
                links: BTreeMap::new(),
                seen: vec![file.position(file.unit.span(made.place.expr))],
            };
            let tool = self.add(component);
            for (key, name) in [
                ("toolName", "name"),
                ("toolDescription", "description"),
                ("toolSchema", "inputSchema"),
                ("toolAnnotations", "annotations"),
            ] {
                for place in self.places(made, key) {
                    let node = self.evaluator.value(place);
                    if !node.is_null() && !(node.is_unknown() && key == "toolSchema") {
                        self.components[tool].set(name, node);
                    }
                }
            }
            let function =
                self.places(made, "toolFunction").into_iter().flat_map(|at| self.evaluator.refer(at));
            let function = function.into_iter().find_map(|thing| match thing {
                Thing::Function { file, id } => Some((file, id)),
                _ => None,
            });
            if let Some((file, id)) = decorated.map(|id| (made.place.file, id)).or(function) {
                self.describe(tool, file, id);
                self.by_definition.entry((file, Marked::Function(id))).or_insert(tool);
            }
            self.components[owner].link("tools", tool);
            return;
        }
        for key in takes {
            let Some((_, places)) = made.signature.takes.iter().find(|(name, _)| *name == key) else {
                continue;
            };
            if let (Some(id), true) = (decorated, places.iter().any(|take| take.from == From::Decorated)) {
                if &*key == "resources" {
                    continue;
                }
                let to = self.function_tool(made.place.file, id, &key);
                self.components[owner].link(&key, to);
                continue;
            }
            for place in self.places(made, &key) {
                self.give(owner, &key, place);
            }
        }
    }

    /// Asks a model.
    fn call(&mut self, made: &Made<'c>) {
        let receiver = match made.thing {
            Thing::Library { made: Some(receiver), .. } => self.by_place.get(&receiver).copied(),
            _ => None,
        };
        let is_asked =
            receiver.is_some_and(|to| matches!(self.components[to].role, Role::Model | Role::Agent));
        let takes_model = made.signature.takes.iter().any(|(key, _)| &**key == "model");
        if let (Some(to), true) = (receiver, is_asked) {
            self.asks.push((made.place, Some(to)));
            for key in ["prompt", "instructions", "tools", "guardrail"] {
                for place in self.places(made, key) {
                    self.give(to, key, place);
                }
            }
            if !takes_model {
                return;
            }
        }
        let file = self.evaluator.repo.file(made.place.file);
        let mut component = Component {
            role: Role::Model,
            place: made.place,
            scope: file.scope.clone(),
            package: made.card.and_then(|card| self.catalog.sdks[card].packages.first().cloned()),
            called: None,
            values: BTreeMap::new(),
            links: BTreeMap::new(),
            seen: vec![file.position(file.unit.span(made.place.expr))],
        };
        if let Some(to) = receiver.filter(|to| self.components[*to].role == Role::Service) {
            component.link("service", to);
            if let Some(provider) = self.components[to].values.get("provider") {
                component.set("provider", provider.clone());
            }
        }
        let index = self.add(component);
        for (key, constant) in &made.signature.set {
            let node = catalog::constant_node(constant).at(self.evaluator.position(made.place));
            self.components[index].set(key, node);
        }
        for (key, _) in &made.signature.takes {
            for place in self.places(made, key) {
                match &**key {
                    "model" => self.model_of_call(index, place),
                    key => self.give(index, key, place),
                }
            }
        }
        self.environment(made, index);
        for (key, constant) in &made.signature.defaults {
            if !self.components[index].values.contains_key(key) {
                self.components[index].set(key, Node { default: true, ..catalog::constant_node(constant) });
            }
        }
        // The deployment of an Azure client stands for the model where the call names none.
        if !self.components[index].values.contains_key("name")
            && let Some(deployment) =
                receiver.and_then(|to| self.components[to].values.get("deployment").cloned())
        {
            self.components[index].set("name", deployment);
        }
        self.asks.push((made.place, Some(index)));
    }

    /// The model that a call names: one that was made before, or a text.
    fn model_of_call(&mut self, index: usize, place: Place) {
        for target in self.targets(index, "model", place, 0) {
            match target {
                Target::Component(to) => {
                    let other = self.components[to].clone();
                    for key in ["provider", "name", "endpoint", "service"] {
                        if let Some(node) = other.values.get(key) {
                            self.components[index].set(key, node.clone());
                        }
                    }
                    if let Some(service) = other.links.get("service").and_then(|links| links.first()) {
                        self.components[index].link("service", *service);
                    }
                }
                Target::Value(node) => {
                    let known = self.components[index].values.remove("name");
                    let node = match known {
                        Some(known) if !known.is_unknown() => {
                            let mut all = known.as_list().map_or_else(|| vec![known.clone()], |l| l.to_vec());
                            all.push(node);
                            Node::from(Value::list(all)).at(self.evaluator.position(place))
                        }
                        _ => node,
                    };
                    self.components[index].set("name", node);
                }
            }
        }
    }

    /// Whether a person is asked before a tool acts: an interrupt or approval flag in its function.
    fn approval(&mut self, index: usize) {
        let marked = self.by_definition.iter().find(|(_, to)| **to == index).map(|(key, _)| *key);
        let Some((file, Marked::Function(id))) = marked else { return };
        let of = self.evaluator.repo.file(file);
        let span = of.unit.function(id).span;
        let inside = of.scopes.calls.iter().filter(|call| {
            let here = of.unit.span(**call);
            span.start <= here.start && here.end <= span.end
        });
        for call in inside {
            let Expr::Call(parts) = of.unit.expr(*call) else { continue };
            let things = self.evaluator.refer(Place { file, expr: parts.callee });
            let asks = things.iter().any(|thing| {
                self.evaluator.signature(*thing).is_some_and(|s| s.what.as_deref() == Some("approval"))
            });
            if asks {
                let node = Node::from(true).at(self.evaluator.position(Place { file, expr: *call }));
                self.components[index].set("approval", node);
            }
        }
    }
}

fn is_system(role: &str) -> bool {
    matches!(role, "system" | "developer" | "SYSTEM")
}

fn json_type(kind: &str) -> &'static str {
    match kind.trim_start_matches("Optional[").trim_end_matches(['?', ']']) {
        "str" | "string" | "String" => "string",
        "int" | "long" | "Integer" | "i64" | "u32" => "integer",
        "float" | "number" | "double" | "f64" => "number",
        "bool" | "boolean" | "Boolean" => "boolean",
        kind if kind.starts_with("list") || kind.starts_with("List") || kind.ends_with("[]") => "array",
        kind if kind.starts_with("dict") || kind.starts_with("Dict") || kind.starts_with("Record") => {
            "object"
        }
        _ => "any",
    }
}

/// The provider that a prefix of a model's name stands for: `azure/gpt-4o`, `anthropic:claude-…`.
fn provider_of(prefix: &str) -> Option<&'static str> {
    Some(match prefix.to_ascii_lowercase().replace('_', "-").as_str() {
        "openai" | "openai-responses" | "openai-chat" => "openai",
        "azure" | "azure-openai" | "azureopenai" => "azure-openai",
        "azure-ai" => "azure-ai",
        "anthropic" => "anthropic",
        "bedrock" | "bedrock-converse" | "aws" | "amazon-bedrock" => "bedrock",
        "vertex" | "vertex-ai" | "google-vertexai" | "google-vertex" => "vertex",
        "gemini" | "google" | "google-genai" | "google-gla" | "googleai" => "google-genai",
        "mistral" | "mistralai" => "mistral",
        "cohere" => "cohere",
        "groq" => "groq",
        "ollama" | "ollama-chat" => "ollama",
        "huggingface" => "huggingface",
        "together" | "together-ai" | "togetherai" => "together",
        "fireworks" | "fireworks-ai" => "fireworks",
        "deepseek" => "deepseek",
        "xai" | "grok" => "xai",
        "openrouter" => "openrouter",
        "perplexity" => "perplexity",
        "nvidia" | "nvidia-nim" => "nvidia",
        "watsonx" => "watsonx",
        "sagemaker" => "sagemaker",
        "vllm" | "hosted-vllm" => "vllm",
        "lm-studio" => "lm-studio",
        _ => return None,
    })
}

/// The provider that a model's name tells by itself, where the library serves many.
fn provider_by_model(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if starts(&[
        "gpt-",
        "o1",
        "o3",
        "o4",
        "text-embedding-3",
        "text-embedding-ada",
        "chatgpt",
        "dall-e",
        "whisper-",
    ]) {
        Some("openai")
    } else if starts(&["claude"]) {
        Some("anthropic")
    } else if starts(&["gemini"]) {
        Some("google-genai")
    } else {
        None
    }
}
