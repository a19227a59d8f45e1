//! Which components an expression names, and tools that are functions or data of the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::sdk::Role;
use formats::code::{Call, ClassId, Expr, ExprId, FunctionId};
use model::{Node, Value};

use super::super::component::{Component, Target};
use super::super::refer::Thing;
use super::super::repo::Place;
use super::super::scopes::Bound;
use super::{Gather, Made, Marked};

impl<'e, 'r, 's, 'c> Gather<'e, 'r, 's, 'c> {
    /// The components, or values, that an expression names.
    pub(super) fn targets(&mut self, owner: usize, key: &str, place: Place, depth: u32) -> Vec<Target> {
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
                Thing::Function { file, id }
                    if self.by_definition.contains_key(&(file, Marked::Function(id))) =>
                {
                    found.push(Target::Component(self.by_definition[&(file, Marked::Function(id))]));
                }
                Thing::Function { file, id } if matches!(key, "tools" | "toolFunction" | "agents") => {
                    found.push(Target::Component(self.function_tool(file, id, key)));
                }
                Thing::Class { file, id } | Thing::Object { file, id, .. } => {
                    if let Some(to) = self.by_definition.get(&(file, Marked::Class(id))) {
                        found.push(Target::Component(*to));
                    } else if key == "tools" {
                        found.extend(self.methods(file, id).into_iter().map(Target::Component));
                    }
                }
                // A function in a graph is a step of it, and no thing of its own unless it is declared one.
                Thing::Function { file, id } if key == "nodes" => {
                    let declared = self.by_definition.get(&(file, Marked::Function(id)));
                    return declared.map(|to| vec![Target::Component(*to)]).unwrap_or_default();
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
            // What only wraps a tool: `new SyncToolSpecification(tool, handler)`.
            Expr::Call(call) if key == "tools" && self.wraps_tool(written, call).is_some() => {
                let inner = self.wraps_tool(written, call);
                return inner.map(|at| self.targets(owner, key, at, depth + 1)).unwrap_or_default();
            }
            Expr::Call(_) if written != place => {
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

    fn wraps_tool(&self, written: Place, call: &Call) -> Option<Place> {
        let things = self.evaluator.refer(Place { expr: call.callee, ..written });
        let mut steps = things.into_iter().filter_map(|thing| self.evaluator.signature(thing));
        let step = steps.find(|signature| signature.role == Role::Step)?;
        self.evaluator.taken(written, step, "tool")
    }

    /// `Helper.class`, `Helper::class.java` as a name: the class's, and what its methods are marked with is the component's.
    pub(super) fn class_name(&mut self, index: usize, place: Place) -> bool {
        let Expr::Member { of, name } = self.evaluator.expr(place) else { return false };
        let of = Place { expr: *of, ..place };
        let of = match (*name, self.evaluator.expr(of)) {
            ("class", _) => of,
            ("java", Expr::Member { of: inner, name: "class" }) => Place { expr: *inner, ..of },
            _ => return false,
        };
        let Some((file, class)) = self.evaluator.refer(of).into_iter().find_map(|thing| match thing {
            Thing::Class { file, id } => Some((file, id)),
            _ => None,
        }) else {
            return false;
        };
        if let Some(name) = self.evaluator.repo.file(file).unit.class(class).name {
            let node = Node::from(name).at(self.evaluator.position(place));
            self.components[index].set("name", node);
        }
        for to in self.marked_methods(file, class) {
            if self.components[to].role == Role::Prompt {
                self.components[index].link("prompt", to);
            }
        }
        true
    }

    /// The tools that are methods of a class: a plug-in.
    pub(super) fn methods(&self, file: u32, class: ClassId) -> Vec<usize> {
        let mut found = self.marked_methods(file, class);
        found.retain(|to| self.components[*to].role == Role::Tool);
        found
    }

    fn marked_methods(&self, file: u32, class: ClassId) -> Vec<usize> {
        let attributes = &self.evaluator.repo.file(file).scopes.attributes[class.0 as usize];
        let mut found: Vec<usize> = attributes
            .values()
            .flatten()
            .filter_map(|binding| match binding.bound {
                Bound::Function(id) => self.by_definition.get(&(file, Marked::Function(id))).copied(),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found
    }

    pub(super) fn key_text(&self, key: Place) -> Option<Arc<str>> {
        match self.evaluator.expr(key) {
            Expr::Name(name) => Some(Arc::from(*name)),
            Expr::Text(text) => Some(Arc::from(&**text)),
            _ => None,
        }
    }

    pub(super) fn plain(&self, place: Place) -> Vec<Target> {
        match self.evaluator.expr(place) {
            Expr::Function(_) => Vec::new(),
            _ => {
                let found = self.evaluator.alternatives(place);
                let constant = match &found[..] {
                    [only] if only.is_unknown() => self.model_constant(place),
                    _ => None,
                };
                constant.map_or(found, |node| vec![node]).into_iter().map(Target::Value).collect()
            }
        }
    }

    /// `{"type": "function", "function": {"name": …}}`, `{"toolSpec": …}`, `{"name": …, "input_schema": …}`.
    pub(super) fn is_declaration(&self, written: Place) -> bool {
        ["type", "toolSpec", "name", "input_schema", "functionDeclarations"].iter().any(|key| {
            self.evaluator
                .property(written, key)
                .is_some_and(|at| !matches!(self.evaluator.expr(at), Expr::Call(_) | Expr::Function(_)))
        })
    }

    /// A tool that is described to the model by data.
    pub(super) fn declared_tool(&mut self, owner: usize, written: Place) -> usize {
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
            package: self.components[owner].package.clone(),
            values,
            ..Component::new(Role::Tool, &file.scope, file.position(file.unit.span(written.expr)))
        };
        let index = self.add(component);
        self.by_place.insert(written, index);
        index
    }

    /// A function of the program that is given to an agent as it is.
    pub(super) fn function_tool(&mut self, file: u32, id: FunctionId, key: &str) -> usize {
        let marked = Marked::Function(id);
        if let Some(known) = self.by_definition.get(&(file, marked)) {
            return *known;
        }
        let of = self.evaluator.repo.file(file);
        let function = of.unit.function(id);
        let role = match key {
            "agents" => Role::Agent,
            "prompt" | "prompts" => Role::Prompt,
            _ => Role::Tool,
        };
        let component = Component {
            called: function.name.map(Arc::from),
            ..Component::new(role, &of.scope, of.position(function.name_span))
        };
        let index = self.add(component);
        self.by_definition.insert((file, marked), index);
        self.describe(index, file, id);
        index
    }

    /// Name, description and input schema of a tool that is a function of the program.
    pub(super) fn describe(&mut self, index: usize, file: u32, id: FunctionId) {
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
    pub(super) fn definition(&mut self, made: &Made<'c>, index: usize) {
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
            let methods = ["_run", "run", "forward", "call", "execute", "_arun", "invoke", "handle"];
            let attributes = &of.scopes.attributes[id.0 as usize];
            let method = methods.iter().find_map(|name| attributes.get(name)?.last());
            let class_name = class.name;
            if let (Role::Tool, Some(Bound::Function(method))) =
                (made.signature.role, method.map(|b| b.bound))
            {
                if let Some(name) = class_name {
                    let at = Arc::new(of.position(class.name_span));
                    self.components[index].set("name", Node::from(name).at(at));
                }
                self.describe(index, made.place.file, method);
            }
            if let Some(name) = class.name {
                self.components[index]
                    .set("name", Node::from(name).at(Arc::new(of.position(class.name_span))));
            }
        }
    }
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
