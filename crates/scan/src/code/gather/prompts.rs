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
                    if let Some(content) = self.system_content(written) {
                        self.add_prompt(owner, content);
                    } else if system
                        && let Some(text) =
                            ["text", "Text"].iter().find_map(|key| self.evaluator.property(written, key))
                    {
                        self.add_prompt(owner, text);
                    }
                    return;
                }
                Expr::Call(_) => {
                    if let Some(content) = self.system_content(written) {
                        return self.add_prompt(owner, content);
                    }
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

    /// The content of a message of the system: `{ role: "system", content: … }`, `Message{Role: RoleSystem, Content: …}`.
    fn system_content(&self, written: Place) -> Option<Place> {
        let ask = |names: [&str; 2]| names.iter().find_map(|name| self.evaluator.property(written, name));
        let role = ask(["role", "Role"])?;
        let value = self.evaluator.value(role);
        let says = match (value.as_str(), self.evaluator.expr(role)) {
            (Some(text), _) => is_system(text),
            (None, Expr::Member { name, .. } | Expr::Name(name)) => {
                name.ends_with("System") || name.ends_with("SYSTEM")
            }
            _ => false,
        };
        ask(["content", "Content"]).filter(|_| says)
    }

    /// The text of a template of messages: what the system says, else the first.
    pub(super) fn system_text(&mut self, index: usize, place: Place) -> Place {
        let Some(written) = self.evaluator.written(place) else { return place };
        let Expr::List(items) = self.evaluator.expr(written) else { return place };
        let mut first = None;
        for item in items.iter().take(50) {
            let item = Place { expr: *item, ..written };
            let Some(message) = self.evaluator.written(item) else { continue };
            let (role, text) = match self.evaluator.expr(message) {
                Expr::List(parts) => match &parts[..] {
                    [role, text] => {
                        let role = self.evaluator.value(Place { expr: *role, ..message });
                        (role.as_str().map(str::to_owned), Place { expr: *text, ..message })
                    }
                    _ => continue,
                },
                Expr::Map(_) | Expr::Call(_) if self.system_content(message).is_some() => {
                    let Some(content) = self.system_content(message) else { continue };
                    (Some("system".to_owned()), content)
                }
                Expr::Call(call) if self.named(message).is_some_and(|name| name.starts_with("System")) => {
                    let Some(arg) = call.args.first() else { continue };
                    (Some("system".to_owned()), Place { expr: arg.value, ..message })
                }
                _ => continue,
            };
            if role.as_deref().is_some_and(is_system) {
                self.components[index].values.insert("role".into(), Node::from("system"));
                return text;
            }
            first = first.or(Some((role, text)));
        }
        if let Some((Some(role), _)) = &first {
            let role = if role == "human" { "user" } else { role };
            self.components[index].values.insert("role".into(), Node::from(role));
        }
        first.map_or(place, |(_, text)| text)
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
