//! Calls that add to what they are made on: nodes of a graph, tools of a server; and whether a tool asks before it acts.

use std::sync::Arc;

use catalog::sdk::{From, Role};
use formats::code::{Expr, FunctionId};
use model::Node;

use super::super::component::{Component, Target};
use super::super::refer::Thing;
use super::super::repo::Place;
use super::{Gather, Made, Marked};

impl<'e, 'r, 's, 'c> Gather<'e, 'r, 's, 'c> {
    /// Adds to what the method was called on.
    pub(super) fn part(&mut self, made: &Made<'c>) {
        let receiver = match made.thing {
            Thing::Library { made: Some(receiver), .. } => self.by_place.get(&receiver).copied(),
            _ => None,
        };
        // `AddTool(server, …)`: what is added to is an argument.
        let named = self.places(made, "of").into_iter().flat_map(|at| self.evaluator.refer(at));
        let named = named.into_iter().find_map(|thing| match thing {
            Thing::Library { made: Some(place), .. } => self.by_place.get(&place).copied(),
            _ => None,
        });
        let Some(owner) = named.or(receiver) else { return };
        let decorated = match made.marked {
            Some(Marked::Function(id)) => Some(id),
            _ => None,
        };
        let takes: Vec<Arc<str>> = made.signature.takes.iter().map(|(key, _)| key.clone()).collect();
        let inline = takes
            .iter()
            .any(|key| matches!(&**key, "toolName" | "toolDescription" | "toolSchema" | "toolFunction"))
            && (decorated.is_some()
                || !takes.iter().any(|key| &**key == "tools")
                || ["toolDescription", "toolFunction"].iter().any(|key| !self.places(made, key).is_empty()));
        if inline {
            let file = self.evaluator.repo.file(made.place.file);
            let component = Component {
                package: self.components[owner].package.clone(),
                ..Component::new(Role::Tool, &file.scope, file.position(file.unit.span(made.place.expr)))
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
                    if !(node.is_null() || node.is_unknown() && key == "toolSchema") {
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
            if matches!(&*key, "of" | "toolName" | "toolDescription" | "toolSchema" | "toolFunction") {
                continue;
            }
            if &*key == "toolList" {
                self.listed_tools(owner, made, decorated);
                continue;
            }
            if let (Some(id), true) = (decorated, places.iter().any(|take| take.from == From::Decorated)) {
                if &*key == "toolCall" {
                    self.dispatchers.push((owner, made.place.file, id));
                }
                if matches!(&*key, "resources" | "toolCall") {
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

    /// `builder.AddAzureOpenAIChatCompletion(…)`: a method of anything makes something for what it is called on.
    pub(super) fn attach(&mut self, made: &Made<'c>, index: usize) {
        if &*made.signature.module.text != "*" {
            return;
        }
        let Some(call) = self.evaluator.call_of(made.place) else { return };
        let Expr::Member { of, .. } = self.evaluator.expr(Place { expr: call.callee, ..made.place }) else {
            return;
        };
        let key = match self.components[index].role {
            Role::Model => "model",
            Role::Tool => "tools",
            Role::VectorStore => "knowledge",
            _ => return,
        };
        for thing in self.evaluator.refer(Place { expr: *of, ..made.place }) {
            if let Thing::Library { made: Some(place), .. } = thing
                && let Some(to) = self.by_place.get(&place).copied().filter(|to| *to != index)
                && self.components[to].role == Role::Agent
            {
                self.components[to].link(key, index);
            }
        }
    }

    /// The tools that a function lists: it returns them, or an object with them under `tools`.
    pub(super) fn listed_tools(&mut self, owner: usize, made: &Made<'c>, decorated: Option<FunctionId>) {
        let given = self.places(made, "toolList").into_iter().flat_map(|at| self.evaluator.refer(at));
        let given = given.into_iter().find_map(|thing| match thing {
            Thing::Function { file, id } => Some((file, id)),
            _ => None,
        });
        let Some((file, id)) = decorated.map(|id| (made.place.file, id)).or(given) else { return };
        let returns = self.evaluator.repo.file(file).scopes.returns[id.0 as usize].clone();
        for expr in returns {
            let whole = Place { file, expr };
            let list = self.evaluator.property(whole, "tools").or_else(|| {
                let written = self.evaluator.written(whole)?;
                matches!(self.evaluator.expr(written), Expr::List(_)).then_some(written)
            });
            let Some(list) = list else { continue };
            for target in self.targets(owner, "tools", list, 0) {
                if let Target::Component(to) = target {
                    self.components[owner].link("tools", to);
                }
            }
        }
    }

    /// Whether a person is asked before a tool acts: an interrupt or approval flag in its function.
    pub(super) fn approval(&mut self, index: usize) {
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
