//! The configuration inside a plan: what expressions refer to, as full addresses, and the settings of providers.
//!
//! An expression is told by the names in it alone. Names of variables and outputs are followed through module calls;
//! a `local` cannot be seen through.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use formats::data::{Data, Datum};
use model::{Node, Reference, Value};

use super::Providers;
use crate::file::SourceFile;

/// Module calls and variables that one name is followed through.
const MAX_DEPTH: usize = 48;
/// Names that one expression is followed to.
const MAX_NAMES: usize = 500;
/// References that one expression has.
const MAX_REFERENCES: usize = 64;

/// A module of the configuration as one instance of it.
pub(super) struct Module<'p> {
    /// `module.m["x"].`, empty for the root.
    prefix: String,
    datum: Option<&'p Datum>,
    /// Resources by `type.name` and `data.type.name`.
    resources: HashMap<&'p str, &'p Datum>,
    /// Who calls it, and the call.
    caller: Option<(Rc<Module<'p>>, &'p Datum)>,
}

impl<'p> Module<'p> {
    fn new(prefix: String, datum: Option<&'p Datum>, caller: Option<(Rc<Module<'p>>, &'p Datum)>) -> Self {
        let listed = datum.and_then(|d| d.get("resources")).and_then(Datum::as_list).into_iter().flatten();
        let resources = listed.filter_map(|r| Some((r.get("address")?.as_str()?, r))).collect();
        Module { prefix, datum, resources, caller }
    }
}

pub(super) struct Configuration<'p> {
    file: &'p SourceFile,
    plan: &'p Datum,
    root: Rc<Module<'p>>,
    /// By prefix.
    modules: RefCell<HashMap<String, Rc<Module<'p>>>>,
    /// Every instance of the plan.
    addresses: BTreeSet<&'p str>,
}

impl<'p> Configuration<'p> {
    pub(super) fn new(file: &'p SourceFile, plan: &'p Datum, addresses: BTreeSet<&'p str>) -> Self {
        let root = plan.get("configuration").and_then(|c| c.get("root_module"));
        let root = Rc::new(Module::new(String::new(), root, None));
        Configuration { file, plan, root, modules: RefCell::default(), addresses }
    }

    /// The module instance of an address such as `module.a["x"].module.b`.
    pub(super) fn module(&self, address: &str) -> Rc<Module<'p>> {
        if address.is_empty() {
            return self.root.clone();
        }
        if let Some(known) = self.modules.borrow().get(address) {
            return known.clone();
        }
        let mut module = self.root.clone();
        for (name, key) in calls(address) {
            module = self.child(&module, name, key);
        }
        self.modules.borrow_mut().insert(address.to_owned(), module.clone());
        module
    }

    fn child(&self, module: &Rc<Module<'p>>, name: &str, key: &str) -> Rc<Module<'p>> {
        let call = module.datum.and_then(|d| d.get("module_calls")).and_then(|calls| calls.get(name));
        let prefix = format!("{}module.{name}{key}.", module.prefix);
        let caller = call.map(|call| (module.clone(), call));
        Rc::new(Module::new(prefix, call.and_then(|c| c.get("module")), caller))
    }

    /// What is written of a resource: `type.name`, or `data.type.name`.
    pub(super) fn resource(&self, module: &Module<'p>, name: &str) -> Option<&'p Datum> {
        module.resources.get(name).copied()
    }

    /// What an expression in `module` refers to, in the order of the text. `key` is that of the instance it stands in.
    pub(super) fn references(
        &self,
        module: &Rc<Module<'p>>,
        key: &str,
        expression: &Datum,
    ) -> Vec<Arc<Reference>> {
        let mut found = Vec::new();
        let follow = Follow { configuration: self, left: Cell::new(MAX_NAMES) };
        follow.expression(module, key, expression, 0, &mut found);
        found
    }

    /// The provider configuration that a resource uses: `azurerm`, `azurerm.west`.
    pub(super) fn provider(&self, resource: Option<&Datum>, kind: &str) -> String {
        let entry = resource
            .and_then(|r| r.get("provider_config_key"))
            .and_then(Datum::as_str)
            .and_then(|key| self.plan.get("configuration")?.get("provider_config")?.get(key));
        entry.and_then(name_of).unwrap_or_else(|| kind.split('_').next().unwrap_or(kind).to_owned())
    }

    /// The settings of the root's provider configurations.
    pub(super) fn providers(&self) -> Providers {
        let mut providers = Providers::default();
        let all = self.plan.get("configuration").and_then(|c| c.get("provider_config"));
        for entry in all.and_then(Datum::as_map).into_iter().flatten() {
            let in_root = entry.value.get("module_address").is_none();
            if let (true, Some(name)) = (in_root, name_of(&entry.value)) {
                let settings = match entry.value.get("expressions") {
                    Some(expressions) => self.settings(expressions, 0),
                    None => continue, // not written: the place of its first resource says more
                };
                providers.settings.insert(name, settings.at(self.file.place(&entry.value)));
            }
        }
        providers
    }

    fn settings(&self, expressions: &Datum, depth: usize) -> Node {
        let mut settings = BTreeMap::new();
        for entry in expressions.as_map().into_iter().flatten().filter(|_| depth < 8) {
            let node = match &entry.value.value {
                Data::List(blocks) => {
                    Value::list(blocks.iter().map(|block| self.settings(block, depth + 1)).collect()).into()
                }
                _ => self.setting(&entry.value),
            };
            settings.insert(entry.key.clone(), Node { at: Some(self.file.place(&entry.value)), ..node });
        }
        Value::map(settings).into()
    }

    fn setting(&self, expression: &Datum) -> Node {
        if let Some(constant) = expression.get("constant_value") {
            return self.file.node(constant);
        }
        let named = expression.get("references").and_then(Datum::as_list).unwrap_or_default();
        if let [only] = named
            && let Some(name) = only.as_str().and_then(|text| text.strip_prefix("var."))
            && let Some(value) =
                self.plan.get("variables").and_then(|v| v.get(name)).and_then(|v| v.get("value"))
        {
            let declared = self.root.datum.and_then(|d| d.get("variables")).and_then(|v| v.get(name));
            let sensitive =
                declared.and_then(|d| d.get("sensitive")).is_some_and(|s| s.value == Data::Bool(true));
            return Node { sensitive, ..self.file.node(value) };
        }
        let from = self.references(&self.root, "", expression).into_iter().next();
        Node { from, ..Node::unknown("the plan does not tell its value") }
    }
}

/// `azurerm.west` of an entry of `provider_config`.
fn name_of(entry: &Datum) -> Option<String> {
    let text = |key: &str| entry.get(key).and_then(Datum::as_str);
    let name = text("full_name").and_then(|full| full.rsplit('/').next()).or_else(|| text("name"))?;
    Some(match text("alias") {
        Some(alias) => format!("{name}.{alias}"),
        None => name.to_owned(),
    })
}

/// Follows names to resources.
struct Follow<'f, 'p> {
    configuration: &'f Configuration<'p>,
    left: Cell<usize>,
}

impl<'p> Follow<'_, 'p> {
    fn expression(
        &self,
        module: &Rc<Module<'p>>,
        key: &str,
        expression: &Datum,
        depth: usize,
        found: &mut Vec<Arc<Reference>>,
    ) {
        let names = expression.get("references").and_then(Datum::as_list).unwrap_or_default();
        let mut before = "";
        for name in names.iter().filter_map(Datum::as_str) {
            // After a name come the names that lead to it: `a.b.id`, `a.b`.
            let leads = before.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '[']));
            if leads {
                continue;
            }
            before = name;
            if depth > MAX_DEPTH || self.left.get() == 0 || found.len() >= MAX_REFERENCES {
                return;
            }
            self.left.set(self.left.get() - 1);
            self.name(module, key, name, depth, found);
        }
    }

    fn name(
        &self,
        module: &Rc<Module<'p>>,
        key: &str,
        name: &str,
        depth: usize,
        found: &mut Vec<Arc<Reference>>,
    ) {
        let steps = steps(name);
        match &*steps {
            ["var", variable, ..] => {
                if let Some((caller, call)) = &module.caller
                    && let Some(argument) = call.get("expressions").and_then(|e| e.get(variable))
                {
                    let key = calls(module.prefix.trim_end_matches('.')).last().map_or("", |(_, key)| key);
                    self.expression(caller, key, argument, depth + 1, found);
                }
            }
            ["module", call, rest @ ..] => {
                let (instance, rest) = match rest {
                    [instance, rest @ ..] if instance.starts_with('[') => (*instance, rest),
                    _ => ("", rest),
                };
                let Some(output) = rest.first() else { return };
                let child = self.configuration.child(module, call, instance);
                let outputs = child.datum.and_then(|d| d.get("outputs"));
                let value = outputs.and_then(|o| o.get(output)).and_then(|o| o.get("expression"));
                if let Some(value) = value {
                    self.expression(&child, "", value, depth + 1, found);
                }
            }
            ["local" | "each" | "count" | "path" | "terraform" | "self" | "ephemeral", ..] => {}
            ["data", kind, name, rest @ ..] => {
                found.push(self.resource(module, key, &format!("data.{kind}.{name}"), rest));
            }
            [kind, name, rest @ ..] => {
                found.push(self.resource(module, key, &format!("{kind}.{name}"), rest));
            }
            _ => {}
        }
    }

    fn resource(&self, module: &Module<'p>, key: &str, name: &str, rest: &[&str]) -> Arc<Reference> {
        let mut address = format!("{}{name}", module.prefix);
        let mut attribute = rest;
        if let [instance, after @ ..] = rest
            && instance.starts_with('[')
        {
            address.push_str(instance);
            attribute = after;
        } else if !self.configuration.addresses.contains(&*address) {
            // `x[each.key]` is told as `x`: most often it is the instance of the same key.
            let same = format!("{address}{key}");
            if self.configuration.addresses.contains(&*same) {
                address = same;
            }
        }
        let mut path = String::new();
        for step in attribute {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        Arc::new(Reference { address: address.into(), attribute: path.into(), via: None })
    }
}

/// `a.b["x.y"].c` as `a`, `b`, `["x.y"]`, `c`.
pub(super) fn steps(name: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    let (mut start, mut in_brackets, mut in_quotes, mut escaped) = (0, false, false, false);
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_quotes => escaped = true,
            b'"' if in_brackets => in_quotes = !in_quotes,
            _ if in_quotes => {}
            b'[' if !in_brackets => {
                steps.push(&name[start..at]);
                (start, in_brackets) = (at, true);
            }
            b']' if in_brackets => {
                steps.push(&name[start..=at]);
                (start, in_brackets) = (at + 1, false);
            }
            b'.' if !in_brackets => {
                steps.push(&name[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    steps.push(&name[start..]);
    steps.retain(|step| !step.is_empty());
    steps
}

/// The module calls that an address goes through, each with the key of its instance.
fn calls(address: &str) -> Vec<(&str, &str)> {
    let steps = steps(address);
    let mut calls = Vec::new();
    let mut rest = &*steps;
    while let ["module", name, after @ ..] = rest {
        let (key, after) = match after {
            [key, after @ ..] if key.starts_with('[') => (*key, after),
            _ => ("", after),
        };
        calls.push((*name, key));
        rest = after;
    }
    calls
}

/// The key at the end of an instance's address: `["x"]`, `[0]`, or nothing.
pub(super) fn key_of(address: &str) -> &str {
    steps(address).last().copied().filter(|step| step.starts_with('[')).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (name, want) in [
            ("a.b.id", vec!["a", "b", "id"]),
            (r#"a.b["x.y[\"]"].c[0].d"#, vec!["a", "b", r#"["x.y[\"]"]"#, "c", "[0]", "d"]),
            ("", vec![]),
            ("a[", vec!["a", "["]),
        ] {
            assert_eq!(steps(name), want, "{name}");
        }
        assert_eq!(calls(r#"module.a["x"].module.b.aws_x.y"#), [("a", r#"["x"]"#), ("b", "")]);
        assert_eq!((key_of("a.b[0]"), key_of("a.b")), ("[0]", ""));
    }
}
