//! What names mean in a module instance: variables, locals, module outputs, resources and data sources. Each is
//! evaluated when it is first asked for, and once.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use formats::Span;
use formats::hcl::{Block, ExprKind};
use model::{CoverageStatus, Node, Reference, Value};

use super::access::{carry, pairs, unknown_reason};
use super::eval::{Evaluated, Scope};
use super::instance::{
    Calls, Instance, Key, MAX_INSTANCES, Parent, Repetition, ResourceInstance, Root, once,
};
use super::module::{In, attribute, join, source_text};
use super::types::{self, Type};
use super::variables::expression;
use super::{body, cost, data};

static NO_REPETITION: Repetition = Repetition { each_key: None, each_value: None, count_index: None };

/// Module calls inside each other.
const MAX_MODULE_DEPTH: usize = 32;

impl<'m> Root<'m> {
    pub(crate) fn scope<'s>(
        &'s self,
        instance: &'s Rc<Instance<'m>>,
        file: usize,
        repetition: &'s Repetition,
    ) -> Scope<'s, 'm> {
        Scope { root: self, instance, file, repetition, frame: None, template: None }
    }

    /// `var.NAME`.
    pub(crate) fn variable(&self, instance: &Rc<Instance<'m>>, name: &str) -> Evaluated {
        let key: Arc<str> = name.into();
        let cyclic = || format!("variable {name} refers to itself");
        once(&instance.variables, &key, cyclic, || {
            let Some(declared) = instance.module.variables.get(name) else {
                return Err(format!("variable {name:?} is not declared"));
            };
            let node = self.variable_value(instance, name, declared)?;
            Ok(Node { sensitive: node.sensitive || is_sensitive(&declared.item), ..node })
        })
    }

    fn variable_value(&self, instance: &Rc<Instance<'m>>, name: &str, declared: &In<Block>) -> Evaluated {
        let body = &declared.item.body;
        let scope = self.scope(instance, declared.file_of("default"), &NO_REPETITION);
        let nullable = !attribute(body, "nullable").is_some_and(|e| matches!(e.kind, ExprKind::Bool(false)));
        let passed = match &instance.parent {
            Some(parent) => self.argument(parent, name)?,
            None => self.given.get(name).cloned(),
        };
        let value = match passed {
            Some(value) if !value.is_null() || nullable => value,
            _ => match attribute(body, "default") {
                Some(default) => Node { assumed: instance.parent.is_none(), ..scope.placed(default)? },
                None => {
                    let unknown = Node::unknown(format!("variable {name} has no value"));
                    return Ok(scope.place(unknown, declared.item.header));
                }
            },
        };
        let Some(constraint) = attribute(body, "type") else { return Ok(value) };
        let constraint = Type::parse(constraint).map_err(|(_, message)| message)?;
        let value = match (&constraint, value.as_str(), &value.at) {
            (Type::String | Type::Any, ..) | (_, None, _) | (.., Some(_)) => value,
            // Text without a place is from the command line.
            (_, Some(text), None) => match expression(text) {
                Some(expr) => scope.eval(&expr)?,
                None => value,
            },
        };
        let value =
            types::convert(&value, &constraint).map_err(|message| format!("variable {name}: {message}"))?;
        self.step(cost::made(&value))?;
        Ok(value)
    }

    /// What the call of a module passes for one of its variables.
    fn argument(&self, parent: &Parent, name: &str) -> Result<Option<Node>, String> {
        let caller = self.instance(parent.instance);
        let Some(call) = caller.module.calls.get(&parent.call) else { return Ok(None) };
        let Some(expr) = attribute(&call.item.body, name) else { return Ok(None) };
        let scope = self.scope(&caller, call.file_of(name), &parent.repetition);
        scope.placed(expr).map(Some)
    }

    /// `local.NAME`.
    pub(crate) fn local(&self, instance: &Rc<Instance<'m>>, name: &str) -> Evaluated {
        let key: Arc<str> = name.into();
        once(
            &instance.locals,
            &key,
            || format!("local {name} refers to itself"),
            || {
                let local = instance
                    .module
                    .locals
                    .get(name)
                    .ok_or_else(|| format!("local {name:?} is not declared"))?;
                self.scope(instance, local.file, &NO_REPETITION).placed(&local.item.value)
            },
        )
    }

    // ---- modules ----

    /// `module.NAME`: an object of its outputs, or a list or map of such objects.
    pub(crate) fn module_value(&self, instance: &Rc<Instance<'m>>, name: &str) -> Evaluated {
        let calls = self.calls(instance, name)?;
        let instances = match &*calls {
            Calls::Absent(reason) => {
                let address: Arc<str> = format!("{}module.{name}", instance.prefix).into();
                let from = Reference { address, attribute: "".into(), via: None };
                return Ok(Node { from: Some(Arc::new(from)), ..Value::Unknown(reason.clone()).into() });
            }
            Calls::Instances(instances) => instances,
        };
        self.step(instances.len() * cost::OBJECT)?;
        let mut named = Vec::new();
        for (key, index) in instances {
            named.push((key, self.outputs(*index)?));
        }
        Ok(match &*named {
            [(Key::Only, outputs)] => outputs.clone(),
            [(Key::Any(reason), outputs)] => {
                Node { value: Value::Unknown(reason.clone()), ..outputs.clone() }
            }
            _ => keyed(named),
        })
    }

    /// One output of a module instance. Asking for one must not evaluate the others: two modules may well use outputs
    /// of each other.
    pub(crate) fn output(&self, index: usize, name: &str) -> Evaluated {
        let instance = self.instance(index);
        let key: Arc<str> = name.into();
        let output =
            instance.module.outputs.get(name).ok_or_else(|| format!("the module has no output {name:?}"))?;
        once(
            &instance.outputs,
            &key,
            || format!("output {name} refers to itself"),
            || match attribute(&output.item.body, "value") {
                Some(expr) => {
                    let node = self.scope(&instance, output.file_of("value"), &NO_REPETITION).placed(expr)?;
                    Ok(Node { sensitive: node.sensitive || is_sensitive(&output.item), ..node })
                }
                None => Ok(Node::null()),
            },
        )
    }

    /// All outputs of a module instance.
    fn outputs(&self, index: usize) -> Evaluated {
        let instance = self.instance(index);
        let each = instance.module.outputs.keys().map(|name| {
            // An output that is part of a cycle, or wrong, must not take the others with it.
            let value = self.output(index, name);
            (name.clone(), value.unwrap_or_else(|message| Node::unknown(format!("output {name}: {message}"))))
        });
        Ok(Value::map(each.collect()).into())
    }

    /// The instances of a module call.
    pub(crate) fn calls(&self, instance: &Rc<Instance<'m>>, name: &str) -> Result<Rc<Calls>, String> {
        let key: Arc<str> = name.into();
        let cyclic = || format!("module {name} refers to itself");
        once(&instance.calls, &key, cyclic, || {
            let call =
                instance.module.calls.get(name).ok_or_else(|| format!("module {name:?} is not declared"))?;
            let module_key =
                if instance.key.is_empty() { name.to_owned() } else { format!("{}.{name}", instance.key) };
            let folder =
                self.modules.folder_of(&self.folder, &instance.module.folder, &module_key, &call.item);
            let module = folder.and_then(|folder| self.modules.by_folder.get(&*folder));
            let Some(module) = module else {
                let source = source_text(&call.item).unwrap_or("(an expression)");
                return Ok(Rc::new(Calls::Absent(format!("module {name} ({source}) is not on disk").into())));
            };
            if self.callers(instance).any(|caller| std::ptr::eq(caller.module, module)) {
                return Err("it calls itself".into());
            }
            if self.callers(instance).count() > MAX_MODULE_DEPTH {
                return Err("modules are nested too deeply".into());
            }
            let scope = self.scope(instance, call.file, &NO_REPETITION);
            let expanded = expand(&scope, call)?;
            let parent = self.index_of(instance);
            let made = expanded.into_iter().map(|(key, repetition)| {
                let prefix = format!("{}module.{name}{key}.", instance.prefix);
                let parent = Parent { instance: parent, call: name.into(), repetition };
                (key, self.add_instance(Instance::new(module, prefix, module_key.clone(), Some(parent))))
            });
            Ok(Rc::new(Calls::Instances(made.collect())))
        })
    }

    /// A module instance, the one that called it, and so on up to the root.
    fn callers(&self, instance: &Rc<Instance<'m>>) -> impl Iterator<Item = Rc<Instance<'m>>> {
        let caller = |i: &Rc<Instance<'m>>| i.parent.as_ref().map(|parent| self.instance(parent.instance));
        std::iter::successors(Some(instance.clone()), caller)
    }

    fn index_of(&self, instance: &Rc<Instance<'m>>) -> usize {
        self.instances.borrow().iter().position(|i| Rc::ptr_eq(i, instance)).unwrap_or(0)
    }

    // ---- resources and data sources ----

    /// `TYPE.NAME` or `data.TYPE.NAME` as a value.
    pub(crate) fn resource_value(
        &self,
        instance: &Rc<Instance<'m>>,
        is_data: bool,
        kind: &str,
        name: &str,
    ) -> Evaluated {
        let declared = if is_data { &instance.module.data } else { &instance.module.resources };
        let id = (Arc::from(kind), Arc::from(name));
        if !declared.contains_key(&id) {
            let shown = if is_data { "data source" } else { "resource" };
            return Err(format!("{shown} {kind}.{name} is not declared"));
        }
        let instances = self.resource(instance, is_data, &id.0, &id.1)?;
        self.step(instances.len() / 4)?;
        let named: Vec<_> = instances.iter().map(|i| (&i.key, referred(i))).collect();
        Ok(match &*named {
            [(Key::Only, node)] => node.clone(),
            [(Key::Any(reason), node)] => Node { value: Value::Unknown(reason.clone()), ..node.clone() },
            _ => keyed(named),
        })
    }

    /// The instances of a resource or data source.
    pub(crate) fn resource(
        &self,
        instance: &Rc<Instance<'m>>,
        is_data: bool,
        kind: &Arc<str>,
        name: &Arc<str>,
    ) -> Result<Rc<Vec<ResourceInstance>>, String> {
        let memo_key = (is_data, kind.clone(), name.clone());
        let cyclic = || format!("{kind}.{name} refers to itself");
        once(&instance.resources, &memo_key, cyclic, || {
            let declared = if is_data { &instance.module.data } else { &instance.module.resources };
            let Some(declared) = declared.get(&(kind.clone(), name.clone())) else {
                return Err(format!("{kind}.{name} is not declared"));
            };
            let (file, block) = (declared.file, &declared.item);
            let scope = self.scope(instance, file, &NO_REPETITION);
            let mut made = Vec::new();
            let expanded = expand(&scope, declared)?;
            let wanted = expanded.len();
            for (key, repetition) in expanded {
                // The first is made whatever it costs: it is the resource itself.
                let size = block.body.attributes.len() + cost::OBJECT;
                if let Err(message) = self.step(3 * size)
                    && !made.is_empty()
                {
                    let place = scope.position(block.header).to_string();
                    self.note(
                        &place,
                        format!("{wanted} instances, of which {} are assessed: {message}", made.len()),
                    );
                    break;
                }
                let scope = self.scope(instance, file, &repetition);
                let data = if is_data { "data." } else { "" };
                let address: Arc<str> = format!("{}{data}{kind}.{name}{key}", instance.prefix).into();
                let mut evaluated = body::resource(&scope, declared, &address);
                if is_data {
                    evaluated = data::computed(kind, evaluated);
                }
                made.push(ResourceInstance { key, address, body: evaluated });
            }
            Ok(Rc::new(made))
        })
    }
}

/// The instance as a value: what it does not set is a reference to it.
fn referred(instance: &ResourceInstance) -> Node {
    let from = Reference { address: instance.address.clone(), attribute: "".into(), via: None };
    Node { from: Some(Arc::new(from)), ..instance.body.clone() }
}

/// Instances under their keys: a list for `count`, a map for `for_each`.
fn keyed(named: Vec<(&Key, Node)>) -> Node {
    let names: Option<BTreeMap<Arc<str>, Node>> = named
        .iter()
        .map(|(key, node)| match key {
            Key::Name(name) => Some((name.clone(), node.clone())),
            _ => None,
        })
        .collect();
    match names {
        Some(map) if !map.is_empty() => Value::map(map).into(),
        _ => Value::list(named.into_iter().map(|(_, node)| node).collect()).into(),
    }
}

/// The instances that `count` or `for_each` makes. When that is not known, one stands for all.
fn expand<'m>(scope: &Scope<'_, 'm>, declared: &In<Block>) -> Result<Vec<(Key, Repetition)>, String> {
    let block = &declared.item;
    let place = || scope.position(block.header).to_string();
    let any = |reason: Arc<str>, what: &str, repetition: Repetition| {
        scope.root.note(&place(), format!("{what} is not known, one instance stands for all: {reason}"));
        vec![(Key::Any(reason), repetition)]
    };
    let made = if let Some(count) = attribute(&block.body, "count") {
        let value = scope.in_file(declared.file_of("count")).eval(count)?;
        match types::to_number(&value)?.value {
            Value::Number(n) => {
                let wanted = n.as_i64().and_then(|i| usize::try_from(i).ok());
                let wanted = wanted.ok_or_else(|| format!("count is {n}, not a whole number from 0"))?;
                let numbered = (0..limit(wanted, scope, block)).map(|i| {
                    (
                        Key::Index(i),
                        Repetition { count_index: Some((i as i64).into()), ..Repetition::default() },
                    )
                });
                if wanted == 0 {
                    turned_off(scope, block, &value);
                }
                numbered.collect()
            }
            Value::Null => return Err("count is null".into()),
            _ => {
                let index = Node::unknown("count is not known");
                let reason = unknown_reason(&value);
                any(reason, "count", Repetition { count_index: Some(index), ..Repetition::default() })
            }
        }
    } else if let Some(each) = attribute(&block.body, "for_each") {
        let value = scope.in_file(declared.file_of("for_each")).eval(each)?;
        let is_list = matches!(value.value, Value::List(_));
        match pairs(&value).map_err(|message| format!("for_each: {message}"))? {
            // Keys stand in addresses, which everybody sees.
            Ok(items) if value.sensitive || is_list && items.iter().any(|(_, item)| item.sensitive) => {
                let hidden = || Some(Node { sensitive: true, ..Node::unknown("for_each is sensitive") });
                let repetition =
                    Repetition { each_key: hidden(), each_value: hidden(), ..Repetition::default() };
                any("it is sensitive".into(), "for_each", repetition)
            }
            Ok(items) => {
                if items.is_empty() {
                    turned_off(scope, block, &value);
                }
                let count = limit(items.len(), scope, block);
                let mut made = Vec::new();
                for (key, item) in items.into_iter().take(count) {
                    // The elements of a set are their own keys.
                    let key = if is_list { types::to_string(&item)? } else { key };
                    let Value::String(name) = &key.value else {
                        let reason = key.first_unknown(64).unwrap_or_else(|| "a key is null".into());
                        let repetition = Repetition {
                            each_key: Some(key),
                            each_value: Some(carry(item, [&value])),
                            count_index: None,
                        };
                        made.extend(any(reason, "a key of for_each", repetition));
                        break;
                    };
                    let name = name.clone();
                    let repetition = Repetition {
                        each_key: Some(carry(key, [&value])),
                        each_value: Some(carry(item, [&value])),
                        count_index: None,
                    };
                    made.push((Key::Name(name), repetition));
                }
                made
            }
            Err(reason) => {
                let unknown =
                    |what: &str| Some(Node::unknown(format!("{what}: for_each is not known ({reason})")));
                let repetition = Repetition {
                    each_key: unknown("each.key"),
                    each_value: unknown("each.value"),
                    count_index: None,
                };
                any(reason.clone(), "for_each", repetition)
            }
        }
    } else {
        vec![(Key::Only, Repetition::default())]
    };
    scope.root.grow(made.len())?;
    Ok(made)
}

/// Whether a variable or an output is declared to be sensitive.
fn is_sensitive(block: &Block) -> bool {
    attribute(&block.body, "sensitive").is_some_and(|e| matches!(e.kind, ExprKind::Bool(true)))
}

/// A note on what is not there only because of a variable's default: another value would bring it.
fn turned_off(scope: &Scope<'_, '_>, block: &Block, by: &Node) {
    let is_helper = block.labels.first().is_some_and(|kind| super::inventory::is_helper(kind));
    if by.assumed && &*block.kind != "data" && !is_helper {
        let name = block.labels.join(".");
        let reason = format!("\"{name}\" is turned off by the default of a variable");
        scope.root.note_as(CoverageStatus::Skipped, &scope.position(block.header).to_string(), reason);
    }
}

fn limit(wanted: usize, scope: &Scope<'_, '_>, block: &Block) -> usize {
    if wanted > MAX_INSTANCES {
        let place = scope.position(Span { start: block.header.start, end: block.header.end }).to_string();
        scope.root.note(&place, format!("{wanted} instances, of which {MAX_INSTANCES} are assessed"));
    }
    wanted.min(MAX_INSTANCES)
}

/// The folder of a path below the root module, for messages.
pub(crate) fn shown_folder(folder: &str) -> String {
    if folder.is_empty() { ".".into() } else { join(folder, "") }
}
