//! Parameters, variables, outputs and imports: evaluated when they are first asked for.

use std::rc::Rc;
use std::sync::Arc;

use model::{Node, Value};

use super::access::{carry, member};
use super::eval::{Evaluated, Scope};
use super::root::{Call, FrameRole, Instance, Role, Root, framed, once};
use super::scope::Place;
use super::template::{Entry, Expr, ExprKind, Function, Over, Parameter, ParameterFile, Symbol, TargetScope};

/// Files that a file of parameters extends, one behind the other.
const MAX_BASES: usize = 16;
/// Nodes that are looked at for secrets a type declares.
const MAX_SECRETS: usize = 10_000;

impl<'t> Root<'t> {
    pub(crate) fn parameter(&self, instance: &Rc<Instance>, at: usize) -> Evaluated {
        let declared = &instance.template.parameters[at];
        let cyclic = || format!("parameter {} depends on itself", declared.name);
        once(&instance.parameters, &at, cyclic, || {
            let given = match &instance.role {
                Role::Root => self.given(&declared.name)?,
                Role::Called(call) => self.argument(call, &declared.name)?,
                Role::Outer(_) | Role::Library => None,
            };
            let mut node = match (given, &declared.default) {
                // Null is not a value for a parameter that has a default.
                (Some(given), Some(_)) if given.is_null() && !declared.nullable => None,
                (given, _) => given,
            }
            .map_or_else(|| self.default_of(instance, at), Ok)?;
            hide_secrets(&mut node, declared);
            self.settled(&node)?;
            Ok(node)
        })
    }

    fn default_of(&self, instance: &Rc<Instance>, at: usize) -> Evaluated {
        let declared = &instance.template.parameters[at];
        let scope = Scope::new(self, instance, &None);
        let Some(default) = &declared.default else {
            if declared.nullable {
                return Ok(scope.place(Node::null(), declared.span));
            }
            let unknown = Node::unknown(format!("parameter {} has no value", declared.name));
            return Ok(scope.place(unknown, declared.span));
        };
        let node = scope.placed(default);
        Ok(Node { assumed: node.assumed || matches!(instance.role, Role::Root), ..node })
    }

    /// What the file of parameters says, if there is one and it does.
    fn given(&self, name: &str) -> Result<Option<Node>, String> {
        let mut files: Vec<&Arc<ParameterFile>> = self.run.given.into_iter().collect();
        let mut at = 0;
        while let Some(file) = files.get(at).copied().filter(|_| at < MAX_BASES) {
            if let Some(given) = file.values.iter().find(|g| g.name.eq_ignore_ascii_case(name)) {
                let known =
                    self.given.borrow().iter().find(|(f, _)| Arc::ptr_eq(f, file)).map(|(_, i)| i.clone());
                let instance = known.unwrap_or_else(|| {
                    let place = Place::of_root(TargetScope::ResourceGroup);
                    let new = Instance::new(file.template.clone(), String::new(), Role::Library, place);
                    let new = Rc::new(new);
                    self.given.borrow_mut().push((file.clone(), new.clone()));
                    new
                });
                return Ok(Some(Scope::new(self, &instance, &None).placed(&given.value)));
            }
            files.splice(at + 1..at + 1, file.bases.iter());
            at += 1;
        }
        Ok(None)
    }

    /// What the call of a module says of a parameter.
    fn argument(&self, call: &Call, name: &str) -> Result<Option<Node>, String> {
        let module = &call.instance.template.modules[call.module];
        let Some(arguments) = &module.arguments else { return Ok(None) };
        let (instance, frames) = self.meant_in(&call.instance, &call.frames);
        let scope = Scope::new(self, &instance, &frames);
        if let ExprKind::Object(entries) = &arguments.kind {
            let mut spread = false;
            let mut found: Option<&Expr> = None;
            for entry in entries {
                match entry {
                    Entry::Pair { key, value }
                        if key.as_str().is_some_and(|k| k.eq_ignore_ascii_case(name)) =>
                    {
                        found = Some(value);
                    }
                    Entry::Pair { key, .. } => spread |= key.as_str().is_none(),
                    Entry::Spread(_) => spread = true,
                }
            }
            if !spread {
                return Ok(found.map(|value| scope.placed(value)));
            }
        }
        let all = scope.placed(arguments);
        match &all.value {
            Value::Unknown(reason) => Ok(Some(carry(Value::Unknown(reason.clone()).into(), [&all]))),
            Value::Map(map) if !map.keys().any(|k| k.eq_ignore_ascii_case(name)) => Ok(None),
            _ => member(&all, name),
        }
    }

    pub(crate) fn variable(&self, instance: &Rc<Instance>, at: usize) -> Evaluated {
        let declared = &instance.template.variables[at];
        let cyclic = || format!("variable {} depends on itself", declared.name);
        once(&instance.variables, &at, cyclic, || {
            let scope = Scope::new(self, instance, &None);
            let node = scope.eval(&declared.value)?;
            self.settled(&node)?;
            Ok(scope.place(node, declared.value.span))
        })
    }

    pub(crate) fn output(&self, instance: &Rc<Instance>, at: usize) -> Evaluated {
        let declared = &instance.template.outputs[at];
        let cyclic = || format!("output {} depends on itself", declared.name);
        once(&instance.outputs, &at, cyclic, || {
            let (names, frames) = self.meant_in(instance, &None);
            let scope = Scope::new(self, &names, &frames);
            let node = scope.placed(&declared.value);
            self.settled(&node)?;
            Ok(Node { sensitive: node.sensitive || declared.secure, ..node })
        })
    }

    /// The template whose names the expressions of an instance mean, and the loops around them.
    pub(crate) fn meant_in(
        &self,
        instance: &Rc<Instance>,
        frames: &super::root::Frames,
    ) -> (Rc<Instance>, super::root::Frames) {
        let (mut instance, mut frames) = (instance.clone(), frames.clone());
        while let Role::Outer(call) = &instance.role {
            if frames.is_none() {
                frames.clone_from(&call.frames);
            }
            let around = call.instance.clone();
            instance = around;
        }
        (instance, frames)
    }

    // ---- imports and functions ----

    /// A template of which only names are used.
    pub(crate) fn library(&self, path: &Arc<str>) -> Result<Rc<Instance>, String> {
        once(
            &self.libraries,
            path,
            || format!("{path} imports itself"),
            || {
                let template = match self.run.library.templates.get(path) {
                    Some(Ok(template)) => template.clone(),
                    Some(Err(reason)) => return Err(reason.to_string()),
                    None => return Err(format!("{path} is not on disk")),
                };
                let place = Place::of_root(template.target_scope);
                Ok(Rc::new(Instance::new(template, String::new(), Role::Library, place)))
            },
        )
    }

    /// A name that is imported by itself.
    pub(crate) fn imported(&self, instance: &Rc<Instance>, at: usize) -> Evaluated {
        let import = &instance.template.imports[at];
        let Some(exported) = &import.exported else {
            return Err(format!("{} is an import and no value", import.name));
        };
        self.exported(&self.library(&import.path)?, exported)
    }

    pub(crate) fn exported(&self, library: &Rc<Instance>, name: &str) -> Evaluated {
        self.deeper(|| match library.template.index().symbols.get(name) {
            Some(Symbol::Variable(at)) => self.variable(library, *at),
            Some(Symbol::Import(at)) => self.imported(library, *at),
            _ => Err(format!("{name:.80} is not exported by {}", library.template.file.path)),
        })
    }

    /// A function of the template's own, or one that it imports, and the template it stands in.
    pub(crate) fn function(
        &self,
        instance: &Rc<Instance>,
        namespace: Option<&str>,
        name: &str,
        depth: usize,
    ) -> Option<(Rc<Instance>, usize)> {
        let template = &instance.template;
        let own = template.functions.iter().position(|f| {
            let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
            same(&f.name, name)
                && f.namespace.as_deref().map(str::to_lowercase) == namespace.map(str::to_lowercase)
        });
        if let Some(own) = own {
            return Some((instance.clone(), own));
        }
        if depth > 8 {
            return None;
        }
        let sought = namespace.unwrap_or(name);
        let Some(Symbol::Import(at)) = template.index().symbols.get(sought) else { return None };
        let import = &template.imports[*at];
        let library = self.library(&import.path).ok()?;
        match (&import.exported, namespace) {
            (Some(exported), None) => self.function(&library, None, exported, depth + 1),
            (None, Some(_)) => self.function(&library, None, name, depth + 1),
            _ => None,
        }
    }

    /// Calls a template's own function.
    pub(crate) fn call_own(&self, instance: &Rc<Instance>, function: usize, arguments: &[Node]) -> Evaluated {
        let function: &Function = &instance.template.functions[function];
        let role = if function.namespace.is_some() { FrameRole::Argument } else { FrameRole::Local };
        let mut frames = None;
        for (at, name) in function.parameters.iter().enumerate() {
            let value = arguments.get(at).cloned().unwrap_or_default();
            frames = framed(name, value, role, &frames);
        }
        Scope::new(self, instance, &frames).eval(&function.body)
    }
}

/// Hides what a parameter's type declares secret, in its value or its default.
pub(crate) fn hide_secrets(node: &mut Node, declared: &Parameter) {
    node.sensitive |= declared.secure;
    for path in &declared.secure_paths {
        let steps: Vec<&str> = path.split('.').collect();
        hide(node, &steps, &mut { MAX_SECRETS });
    }
}

/// Marks what a type declares secure.
fn hide(node: &mut Node, steps: &[&str], left: &mut usize) {
    if *left == 0 {
        node.sensitive = true;
        return;
    }
    *left -= 1;
    let [first, rest @ ..] = steps else {
        node.sensitive = true;
        return;
    };
    match &mut node.value {
        Value::List(items) => Arc::make_mut(items).iter_mut().for_each(|item| {
            hide(item, if *first == "*" { rest } else { steps }, left);
        }),
        Value::Map(entries) => {
            let all = *first == "*";
            for (_, entry) in
                Arc::make_mut(entries).iter_mut().filter(|(k, _)| all || k.eq_ignore_ascii_case(first))
            {
                hide(entry, rest, left);
            }
        }
        Value::Unknown(_) => node.sensitive = true,
        _ => {}
    }
}

impl Over {
    /// What the loop goes over.
    pub(crate) fn expr(&self) -> &Expr {
        match self {
            Over::Items(expr) | Over::Count(expr) => expr,
        }
    }
}
