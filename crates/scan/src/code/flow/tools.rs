//! Tools that are functions of the program: which of their parameters a model fills in, and what they can do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::sdk::Role;
use formats::code::{Expr, ExprId, Function, FunctionId, Passing};
use model::{Node, Value};

use super::super::gather::{Gather, Marked};
use super::super::refer::Thing;
use super::super::repo::{File, Place};
use super::taint::Sink;
use super::{Engine, METHODS, marked_function, words};

/// A function that a model calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tool {
    pub(super) component: usize,
    pub(super) file: u32,
    pub(super) function: FunctionId,
    /// Through an MCP server: whose model it is, its client decides.
    pub(super) served: bool,
}

/// Functions that one tool is followed through.
const MOST: usize = 200;

pub(super) fn functions(gather: &Gather) -> Vec<Tool> {
    let repo = gather.evaluator.repo;
    let servers = gather.components.iter().filter(|c| c.role == Role::McpServer);
    let served: BTreeSet<usize> =
        servers.flat_map(|c| c.links.get("tools").into_iter().flatten().copied()).collect();
    let agents = gather.components.iter().filter(|c| matches!(c.role, Role::Agent | Role::Model));
    let used: BTreeSet<usize> =
        agents.flat_map(|c| c.links.get("tools").into_iter().flatten().copied()).collect();
    let mut tools: BTreeSet<Tool> = BTreeSet::new();
    for ((file, marked), component) in &gather.by_definition {
        if gather.components[*component].role != Role::Tool {
            continue;
        }
        let served = served.contains(component) && !used.contains(component);
        let of = repo.file(*file);
        match (marked_function(*marked), marked) {
            (Some(function), _) => {
                tools.insert(Tool { component: *component, file: *file, function, served });
            }
            (None, Marked::Class(class)) => {
                let methods = of.unit.functions.iter().enumerate().filter(|(_, f)| {
                    f.class == Some(*class) && f.name.is_some_and(|name| METHODS.contains(&name))
                });
                tools.extend(methods.map(|(index, _)| Tool {
                    component: *component,
                    file: *file,
                    function: FunctionId(index as u32),
                    served,
                }));
            }
            _ => {}
        }
    }
    for (component, file, function) in &gather.dispatchers {
        tools.insert(Tool { component: *component, file: *file, function: *function, served: true });
    }
    tools.into_iter().collect()
}

/// Whether a model chooses what a parameter is, and may choose any text.
pub(super) fn is_chosen(of: &File, function: &Function, index: u32, schema: Option<&Node>) -> bool {
    let Some(param) = function.params.get(index as usize) else { return false };
    if param.passing == Passing::Receiver {
        return false;
    }
    let kind = param.kind.map_or("", |kind| of.unit.text(kind));
    if words::is_given_by_framework(param.name, kind) || words::holds_no_free_text(kind) {
        return false;
    }
    // In JavaScript the first argument holds all that the model chose.
    if !matches!(of.language(), formats::code::Language::Python)
        && param.pattern.is_none()
        && index > 0
        && matches!(super::family(of.language()), "script")
    {
        return false;
    }
    let property = schema.and_then(|schema| schema.get("properties")?.get(param.name));
    let kind = property.and_then(|property| property.get("type")?.as_str());
    let listed = property.is_some_and(|property| property.get("enum").is_some());
    !listed && !matches!(kind, Some("integer" | "number" | "boolean"))
}

impl<'e, 'r, 's, 'c> Engine<'e, 'r, 's, 'c> {
    /// What each tool reaches, and what it brings in from outside.
    pub(super) fn reaches(&self, tools: &[Tool]) -> Vec<(usize, &'static str, Node)> {
        let mut found: BTreeMap<(usize, &'static str), BTreeMap<String, Node>> = BTreeMap::new();
        for tool in tools {
            let mut seen = BTreeSet::new();
            let mut next = vec![(tool.file, tool.function)];
            while let Some((file, function)) = next.pop() {
                if seen.len() < MOST && seen.insert((file, function)) {
                    self.reach_of(tool.component, file, function, &mut next, &mut found);
                }
            }
        }
        let lists = found.into_iter().map(|((component, key), nodes)| {
            (component, key, Node::from(Value::list(nodes.into_values().collect())))
        });
        lists.collect()
    }

    fn reach_of(
        &self,
        component: usize,
        file: u32,
        id: FunctionId,
        next: &mut Vec<(u32, FunctionId)>,
        found: &mut BTreeMap<(usize, &'static str), BTreeMap<String, Node>>,
    ) {
        let of = self.evaluator.repo.file(file);
        let span = of.unit.function(id).span;
        let inside = |expr: &ExprId| {
            let here = of.unit.span(*expr);
            span.start <= here.start && here.end <= span.end
        };
        let outside_names = self.outside.get(super::family(of.language()));
        for call in of.scopes.calls.iter().copied().filter(inside) {
            let Expr::Call(parts) = of.unit.expr(call) else { continue };
            let at = self.evaluator.position(Place { file, expr: call });
            for thing in self.evaluator.refer(Place { file, expr: parts.callee }) {
                match thing {
                    Thing::Function { file, id } => next.push((file, id)),
                    Thing::Class { file, id } => next.extend(self.evaluator.constructor(file, id)),
                    Thing::Library { .. } => {
                        let Some(signature) = self.evaluator.signature(thing) else { continue };
                        let what = signature.what.as_deref().unwrap_or("outside");
                        match signature.role {
                            Role::Sink => {
                                let sink = Sink::of(what);
                                let method = &*signature.module.text == "*";
                                let receiver = match of.unit.expr(parts.callee) {
                                    Expr::Member { of: receiver, .. } => of.unit.text(*receiver),
                                    _ => "",
                                };
                                if method && sink == Some(Sink::Sql) && !words::is_database(receiver) {
                                    continue;
                                }
                                let word = match sink {
                                    Some(Sink::Deserialise | Sink::Template) => "code",
                                    Some(Sink::Html | Sink::Redirect | Sink::Prompt) | None => continue,
                                    Some(sink) => sink.word(),
                                };
                                let node = Node::from(word).at(at.clone());
                                found
                                    .entry((component, "reaches"))
                                    .or_default()
                                    .entry(word.into())
                                    .or_insert(node);
                            }
                            Role::Untrusted if !signature.takes.iter().any(|(key, _)| &**key == "from") => {
                                let node = Node::from(what).at(at.clone());
                                found
                                    .entry((component, "untrusted"))
                                    .or_default()
                                    .entry(what.into())
                                    .or_insert(node);
                            }
                            _ => {}
                        }
                    }
                    _ => {}
                }
            }
        }
        let Some(names) = outside_names else { return };
        for expr in (0..of.unit.len()).map(ExprId).filter(inside) {
            let Expr::Member { name, .. } = of.unit.expr(expr) else { continue };
            if !names.contains(*name) {
                continue;
            }
            let place = Place { file, expr };
            for thing in self.evaluator.refer(place) {
                let signature = self.evaluator.signature(thing).filter(|s| s.role == Role::Untrusted);
                let Some(what) = signature.and_then(|s| s.what.clone()) else { continue };
                let node = Node::from(Arc::clone(&what)).at(self.evaluator.position(place));
                found.entry((component, "untrusted")).or_default().entry(what.to_string()).or_insert(node);
            }
        }
    }
}
