//! Modules and nested deployments: their instances, their templates, and what flows back out of them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use model::{Node, Piece, Value};

use super::access::member;
use super::eval::{Evaluated, Scope};
use super::root::{
    Call, Declared, Frames, Instance, MAX_DEPLOYMENTS_DEEP, ModuleOne, Presence, Role, Root, once,
};
use super::scope::{self, Place, pieces, text_of};
use super::template::{Module, ModuleSource, Template};

/// The provider's type of a deployment.
pub(crate) const NATIVE: &str = "Microsoft.Resources/deployments";

impl<'t> Root<'t> {
    /// The instances of a module, each with the template that it deploys.
    pub(crate) fn modules(
        &self,
        instance: &Rc<Instance>,
        number: usize,
    ) -> Result<Rc<Vec<Rc<ModuleOne>>>, String> {
        let module = &instance.template.modules[number];
        let cyclic = || format!("{} depends on itself", shown(module));
        once(&instance.modules, &number, cyclic, || {
            let (meant, frames) = self.meant_in(instance, &None);
            let scope = Scope::new(self, &meant, &frames);
            let mut all = Vec::new();
            for (key, frames) in self.repetitions(&scope, module.repeat.as_ref())? {
                self.grow(1)?;
                let scope = scope.with(frames.clone());
                let presence = self.presence(&scope, module.condition.as_ref());
                let own = match &module.symbol {
                    Some(symbol) => format!("{symbol}{key}"),
                    None => match module.name.as_ref().map(|name| scope.eval(name)) {
                        Some(Ok(name)) if name.as_str().is_some() => name.display(),
                        _ => {
                            let text = &instance.template.file.text;
                            let span =
                                module.name.as_ref().map(|n| n.span.start as usize..n.span.end as usize);
                            let written = span.and_then(|span| text.get(span)).unwrap_or("deployment");
                            format!("{:.200}{key}", written.trim_matches('"'))
                        }
                    },
                };
                let address = self.unique(&format!("{}module.{own}", instance.prefix));
                let child = match &presence {
                    Presence::No { .. } => Err("it is not deployed".into()),
                    _ => self.child(instance, number, &scope, &address, &frames),
                };
                let (instance, module) = (instance.clone(), number);
                let one = Rc::new(ModuleOne { instance, module, key, frames, presence, address, child });
                self.by_address.borrow_mut().insert(one.address.clone(), Declared::Module(one.clone()));
                all.push(one);
            }
            Ok(Rc::new(all))
        })
    }

    fn child(
        &self,
        instance: &Rc<Instance>,
        number: usize,
        scope: &Scope<'_, 't>,
        address: &str,
        frames: &Frames,
    ) -> Result<usize, Arc<str>> {
        let module = &instance.template.modules[number];
        let (template, outer) = match &module.source {
            ModuleSource::Inner(template) => (template.clone(), false),
            ModuleSource::Outer(template) => (template.clone(), true),
            ModuleSource::File(path) => (self.file(path)?, false),
            ModuleSource::Link(link) => {
                let link = scope.eval(link).map_err(|message| Arc::from(format!("its link: {message}")))?;
                (self.linked(instance, &link)?, false)
            }
            ModuleSource::Absent(reason) => return Err(reason.clone()),
        };
        let above = std::iter::successors(Some(instance), |i| i.call().map(|call| &call.instance));
        let mut depth = 0;
        for above in above {
            depth += 1;
            if Arc::ptr_eq(&above.template, &template) {
                return Err("it deploys itself".into());
            }
        }
        if depth > MAX_DEPLOYMENTS_DEEP {
            return Err("deployments are nested too deeply".into());
        }
        let place = self.place_of(scope, instance, module).map_err(Arc::<str>::from)?;
        let call = Call { instance: instance.clone(), module: number, frames: frames.clone() };
        let role = if outer { Role::Outer(call) } else { Role::Called(call) };
        Ok(self.add_instance(Instance::new(template, format!("{address}."), role, place)))
    }

    fn file(&self, path: &Arc<str>) -> Result<Arc<Template>, Arc<str>> {
        match self.run.library.templates.get(path) {
            Some(Ok(template)) => Ok(template.clone()),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err(format!("{path} is not on disk").into()),
        }
    }

    /// The file that a link leads to: the longest end of its path that lies beside this template or the root.
    fn linked(&self, instance: &Rc<Instance>, link: &Node) -> Result<Arc<Template>, Arc<str>> {
        let all = pieces(link);
        let path = all.iter().rev().find_map(|piece| match piece {
            Piece::Text(text) if text.to_ascii_lowercase().contains(".json") => Some(text),
            _ => None,
        });
        let Some(path) = path else {
            return Err(format!("its template is at {:.200}", link.display()).into());
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        let own = &instance.template.file.path;
        let folders = [own, self.run.path].map(|p| p.rsplit_once('/').map_or("", |(folder, _)| folder));
        let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
        for start in 0..parts.len() {
            for folder in folders {
                let candidate = collect::normalise(&format!("{folder}/{}", parts[start..].join("/")));
                if let Some((path, Ok(template))) = self.run.library.templates.get_key_value(&*candidate) {
                    self.linked.borrow_mut().insert(path.clone());
                    return Ok(template.clone());
                }
            }
        }
        Err(format!("its template {path:.200} is not on disk").into())
    }

    /// Where a module is deployed.
    fn place_of(
        &self,
        scope: &Scope<'_, 't>,
        instance: &Rc<Instance>,
        module: &Module,
    ) -> Result<Place, String> {
        if let Some(expr) = &module.scope {
            let node = scope.eval(expr)?;
            let id = self.as_id(instance, &node)?;
            let address = match id.from.as_ref().or(node.from.as_ref()) {
                Some(from) => from.address.clone(),
                None => format!("scope({})", id.display()).into(),
            };
            return Ok(Place::of_id(&id, &address)
                .unwrap_or_else(|| Place { address, ..Place::of_root(instance.template.target_scope) }));
        }
        let mut place = instance.place.clone();
        if let Some(expr) = &module.subscription {
            place = Place { subscription: scope.eval(expr)?, ..place.subscription_place() };
            place = place.subscription_place();
        }
        if let Some(expr) = &module.resource_group {
            let name = scope.eval(expr)?;
            place = self.group(instance, &place, &name)?;
        }
        Ok(place)
    }

    /// The resource group of that name in the subscription of `place`: the declared one, if there is one.
    pub(crate) fn group(&self, instance: &Rc<Instance>, place: &Place, name: &Node) -> Result<Place, String> {
        let group = Place {
            level: super::template::TargetScope::ResourceGroup,
            group: name.clone(),
            ..place.clone()
        };
        let of_names = |place: &Place| text_of(&place.id()).to_lowercase();
        if of_names(&group) == of_names(&instance.place) {
            return Ok(instance.place.clone());
        }
        let id = group.id_node();
        let native = "Microsoft.Resources/resourceGroups";
        let address = match self.declared(instance, native, std::slice::from_ref(name), Some(&id))? {
            Some(one) => self.address(&one),
            None => match &name.from {
                Some(from) if &*from.attribute == "name" && from.address.ends_with(')') => {
                    from.address.clone()
                }
                _ => format!("resourceGroup('{}')", text_of(&pieces(name))).into(),
            },
        };
        Ok(Place { address, ..group })
    }

    // ---- what flows back ----

    /// `module.outputs.name`.
    pub(crate) fn module_output(&self, one: &Rc<ModuleOne>, name: &str) -> Evaluated {
        let from = scope::reference(&one.address, &format!("outputs.{name}"));
        let child = match &one.child {
            Ok(child) => self.instance(*child),
            Err(reason) => {
                let module = &one.instance.template.modules[one.module];
                let unknown = Node::unknown(format!("output of {}: {reason}", shown(module)));
                return Ok(Node { from, ..unknown });
            }
        };
        match child.template.index().outputs.get(&name.to_lowercase()) {
            Some(at) => {
                let value = self.deeper(|| self.output(&child, *at))?;
                // What the output is from says more than the output; only an unknown of no origin is from the output.
                let from = value
                    .from
                    .clone()
                    .or_else(|| from.filter(|_| value.is_unknown() && value.mentions.is_none()));
                Ok(Node { from, ..value })
            }
            None => Err(format!("the module has no output {name:.80}")),
        }
    }

    /// A member of a module: its name, its outputs.
    pub(crate) fn module_member(&self, one: &Rc<ModuleOne>, name: &str) -> Evaluated {
        let whole = self.module_value(one)?;
        Ok(member(&whole, name)?.unwrap_or_default())
    }

    pub(crate) fn module_value(&self, one: &Rc<ModuleOne>) -> Evaluated {
        let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        entries.insert("name".into(), self.module_name(one)?);
        if let Ok(child) = &one.child {
            let child = self.instance(*child);
            let mut outputs = BTreeMap::new();
            for output in &child.template.outputs {
                outputs.insert(output.name.clone(), self.module_output(one, &output.name)?);
            }
            entries.insert("outputs".into(), Value::map(outputs).into());
        }
        Ok(Node { from: scope::reference(&one.address, ""), ..Value::map(entries).into() })
    }

    /// What ARM's `reference()` gives of a deployment: each output as an object with its value.
    pub(crate) fn module_properties(&self, one: &Rc<ModuleOne>) -> Evaluated {
        let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        if let Ok(child) = &one.child {
            let child = self.instance(*child);
            let mut outputs: BTreeMap<Arc<str>, Node> = BTreeMap::new();
            for output in &child.template.outputs {
                let value = self.module_output(one, &output.name)?;
                let kind = Node::from(&*output.of);
                let entry = [(Arc::from("type"), kind), (Arc::from("value"), value)];
                outputs.insert(output.name.clone(), Value::map(entry.into_iter().collect()).into());
            }
            entries.insert("outputs".into(), Value::map(outputs).into());
            return Ok(Value::map(entries).into());
        }
        Ok(Node { from: scope::reference(&one.address, ""), ..Node::unknown("known after deployment") })
    }

    pub(crate) fn module_name(&self, one: &Rc<ModuleOne>) -> Evaluated {
        let module = &one.instance.template.modules[one.module];
        let (meant, frames) = self.meant_in(&one.instance, &one.frames);
        let scope = Scope::new(self, &meant, &frames);
        match (&module.name, &module.symbol) {
            (Some(name), _) => Ok(scope.placed(name)),
            (None, Some(symbol)) => Ok(scope.place(symbol.clone().into(), module.header)),
            (None, None) => Ok(Node::unknown("the deployment has no name")),
        }
    }

    /// The nested deployment of that name.
    pub(crate) fn deployment_of(
        &self,
        instance: &Rc<Instance>,
        names: &[Node],
    ) -> Result<Option<Rc<ModuleOne>>, String> {
        let key = |name: &Node| text_of(&pieces(name)).to_lowercase();
        let Some(name) = names.last().map(key) else { return Ok(None) };
        let around = std::iter::successors(Some(instance), |i| i.call().map(|call| &call.instance));
        for instance in around {
            let index = once(
                &instance.deployments,
                &(),
                || "deployments depend on each other".into(),
                || {
                    let mut index: HashMap<String, Rc<ModuleOne>> = HashMap::new();
                    for number in 0..instance.template.modules.len() {
                        for one in self.modules(instance, number)?.iter() {
                            if matches!(one.presence, Presence::No { .. }) {
                                continue;
                            }
                            index.entry(key(&self.module_name(one)?)).or_insert_with(|| one.clone());
                        }
                    }
                    Ok(Rc::new(index))
                },
            );
            if let Ok(index) = index
                && let Some(found) = index.get(&name)
            {
                return Ok(Some(found.clone()));
            }
        }
        Ok(None)
    }
}

/// How a module is called in a message.
pub(crate) fn shown(module: &Module) -> String {
    module.symbol.as_ref().map_or_else(|| "nested deployment".to_owned(), |symbol| format!("module {symbol}"))
}
