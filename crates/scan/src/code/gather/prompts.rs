//! System prompts in what a model or agent is given.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::sdk::Role;
use formats::code::Expr;
use model::Node;

use super::super::component::Component;
use super::super::refer::Thing;
use super::super::repo::Place;
use super::Gather;

impl<'e, 'r, 's, 'c> Gather<'e, 'r, 's, 'c> {
    /// The system prompts in what a model is given.
    pub(super) fn prompt(&mut self, owner: usize, key: &str, place: Place, depth: u32) {
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

    pub(super) fn add_prompt(&mut self, owner: usize, place: Place) {
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
                values,
                ..Component::new(Role::Prompt, &scope, file.position(file.unit.span(place.expr)))
            };
            self.add(component)
        });
        self.prompts.insert((scope, text), index);
        self.components[owner].link("prompt", index);
    }
}

fn is_system(role: &str) -> bool {
    matches!(role, "system" | "developer" | "SYSTEM")
}
