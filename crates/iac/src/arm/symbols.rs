//! Resources and modules by their symbolic names: `account`, `account[0].id`, `account::deployment.name`,
//! `module.outputs.x`.

use std::rc::Rc;
use std::sync::Arc;

use model::{Node, Number, Value};

use super::access::unknown_reason;
use super::eval::{Evaluated, Scope};
use super::root::{Instance, Key, ModuleOne, One};
use super::scope;
use super::template::{Expr, ExprKind, Symbol};

/// What a symbolic expression names.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    One(Rc<One>),
    Module(Rc<ModuleOne>),
    /// All instances of a loop.
    Resources(Rc<Vec<Rc<One>>>),
    Modules(Rc<Vec<Rc<ModuleOne>>>),
    /// One of a loop's instances, and why it is not known which.
    Unclear(Arc<str>),
}

impl Scope<'_, '_> {
    /// What an expression names, if it is the name of something declared.
    pub(crate) fn target(&self, expr: &Expr) -> Result<Option<Target>, String> {
        match &expr.kind {
            ExprKind::Name(name) if self.local(name).is_none() => self.named_target(name),
            ExprKind::Index { of, index, from_end: false, .. } => {
                let Some(of) = self.target(of)? else { return Ok(None) };
                let index = self.eval(index)?;
                match of {
                    Target::Resources(all) => Ok(Some(match pick(&all, &index, |one| &one.key)? {
                        Some(one) => Target::One(one),
                        None => Target::Unclear(unknown_reason(&index)),
                    })),
                    Target::Modules(all) => Ok(Some(match pick(&all, &index, |one| &one.key)? {
                        Some(one) => Target::Module(one),
                        None => Target::Unclear(unknown_reason(&index)),
                    })),
                    unclear @ Target::Unclear(_) => Ok(Some(unclear)),
                    Target::One(_) | Target::Module(_) => Ok(None),
                }
            }
            ExprKind::Nested { of, name } => match self.target(of)? {
                Some(Target::One(around)) => self.nested(&around, name),
                _ => Ok(None),
            },
            ExprKind::Conditional(condition, then, otherwise) => {
                let is_symbolic = |e: &Expr| {
                    matches!(e.kind, ExprKind::Name(_) | ExprKind::Index { .. } | ExprKind::Nested { .. })
                };
                if !is_symbolic(then) || !is_symbolic(otherwise) {
                    return Ok(None);
                }
                match super::operators::to_bool(&self.eval(condition)?)? {
                    Ok(chosen) => self.target(if chosen { then } else { otherwise }),
                    Err(_) => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn named_target(&self, name: &str) -> Result<Option<Target>, String> {
        let mut within = self.within.clone();
        while let Some(one) = within {
            if let Some(found) = self.nested(&one, name)? {
                return Ok(Some(found));
            }
            within = one.around.clone();
        }
        match self.instance.template.index().symbols.get(name) {
            Some(Symbol::Resource(number)) => {
                let all = self.root.resources(&self.instance, *number)?;
                let looped = self.instance.template.resource(*number).repeat.is_some();
                Ok(Some(match all.first() {
                    Some(one) if !looped => Target::One(one.clone()),
                    _ => Target::Resources(all),
                }))
            }
            Some(Symbol::Module(number)) => {
                let all = self.root.modules(&self.instance, *number)?;
                let looped = self.instance.template.modules[*number].repeat.is_some();
                Ok(Some(match all.first() {
                    Some(one) if !looped => Target::Module(one.clone()),
                    _ => Target::Modules(all),
                }))
            }
            _ => Ok(None),
        }
    }

    /// The resource of that name inside another.
    fn nested(&self, around: &Rc<One>, name: &str) -> Result<Option<Target>, String> {
        let template = &around.instance.template;
        for number in &template.index().all[around.declared].children {
            let resource = template.resource(*number);
            if resource.symbol.as_deref() != Some(name) {
                continue;
            }
            let all = self.root.resources(&around.instance, *number)?;
            let inside = |one: &&Rc<One>| one.around.as_ref().is_some_and(|a| Rc::ptr_eq(a, around));
            let mut own = all.iter().filter(inside).cloned();
            return Ok(match (resource.repeat.is_some(), own.next()) {
                (false, Some(one)) => Some(Target::One(one)),
                (true, first) => Some(Target::Resources(Rc::new(first.into_iter().chain(own).collect()))),
                (false, None) => None,
            });
        }
        Ok(None)
    }

    /// `of.name` where `of` is something declared.
    pub(crate) fn symbolic(&self, of: &Expr, name: &str) -> Result<Option<Node>, String> {
        // `module.outputs.x` evaluates that output only.
        if let ExprKind::Property { of: module, name: outputs, .. } = &of.kind
            && &**outputs == "outputs"
        {
            match self.target(module)? {
                Some(Target::Module(module)) => return self.root.module_output(&module, name).map(Some),
                Some(Target::Unclear(reason)) => return Ok(Some(Value::Unknown(reason).into())),
                _ => {}
            }
        }
        if !matches!(
            of.kind,
            ExprKind::Name(_) | ExprKind::Index { .. } | ExprKind::Nested { .. } | ExprKind::Conditional(..)
        ) {
            return Ok(None);
        }
        match self.target(of)? {
            Some(Target::One(one)) => self.root.resource_member(&one, name).map(Some),
            Some(Target::Module(module)) => self.root.module_member(&module, name).map(Some),
            Some(Target::Unclear(reason)) => Ok(Some(Value::Unknown(reason).into())),
            Some(Target::Resources(_) | Target::Modules(_)) => {
                Err(format!("property {name:.80?} is read of a loop's instances without an index"))
            }
            None => Ok(None),
        }
    }

    /// The value of something declared as a whole.
    pub(crate) fn target_value(&self, target: &Target) -> Evaluated {
        match target {
            Target::Unclear(reason) => Ok(Value::Unknown(reason.clone()).into()),
            Target::One(one) => self.root.resource_value(one),
            Target::Module(module) => self.root.module_value(module),
            Target::Resources(all) => {
                let all = all.iter().map(|one| self.root.resource_value(one)).collect::<Result<_, _>>()?;
                Ok(Value::list(all).into())
            }
            Target::Modules(all) => {
                let all = all.iter().map(|one| self.root.module_value(one)).collect::<Result<_, _>>()?;
                Ok(Value::list(all).into())
            }
        }
    }

    /// `resourceInfo('symbol')`: what is known of a resource before it is deployed.
    pub(crate) fn resource_info(&self, one: &Rc<One>) -> Evaluated {
        let names = ["id", "name", "type", "apiVersion"];
        let entry = |name: &&str| Ok((Arc::from(*name), self.root.resource_member(one, name)?));
        Ok(Value::map(names.iter().map(entry).collect::<Result<_, String>>()?).into())
    }

    /// `of.name(…)` where `of` is a resource.
    pub(crate) fn resource_method(&self, one: &Rc<One>, name: &str, arguments: &[Node]) -> Evaluated {
        let real = self.root.real(one)?;
        let shown: Vec<String> =
            arguments.iter().filter(|a| !a.sensitive).take(1).map(Node::display).collect();
        let shown = if name == "getSecret" { shown.concat() } else { String::new() };
        let attribute = format!("{name}({shown:.80})");
        let from = scope::reference(&self.root.address(&real), &attribute);
        Ok(Node { from, sensitive: true, ..Node::unknown("known after deployment") })
    }

    /// The declared resource or module that a `reference()` or `list…()` of ARM JSON names, by symbol, name or id.
    pub(crate) fn referred(&self, named: &Node) -> Result<Option<Target>, String> {
        if let Some(from) = named.from.as_ref().filter(|from| &*from.attribute == "id") {
            match self.root.by_address.borrow().get(&from.address) {
                Some(super::root::Declared::Resource(one)) => return Ok(Some(Target::One(one.clone()))),
                Some(super::root::Declared::Module(one)) => return Ok(Some(Target::Module(one.clone()))),
                None => {}
            }
        }
        if let Some(text) = named.as_str()
            && let Some(found) = self.named_target(text)?
        {
            return Ok(Some(found));
        }
        if let Some((native, names)) = scope::taken_apart(named) {
            if native.eq_ignore_ascii_case(super::modules::NATIVE) {
                return Ok(self.root.deployment_of(&self.instance, &names)?.map(Target::Module));
            }
            let whole = named.as_str().is_none_or(|t| t.starts_with('/')).then_some(named);
            return Ok(self.root.declared(&self.instance, &native, &names, whole)?.map(Target::One));
        }
        // A bare name, which must be of one resource of this template.
        self.root.by_bare_name(&self.instance, named)
    }
}

/// The instance at an index: of a loop whose instances are not known, the one that stands for them. Nothing where the
/// index is not known.
fn pick<T>(all: &[Rc<T>], index: &Node, key: fn(&T) -> &Key) -> Result<Option<Rc<T>>, String> {
    if let [only] = all
        && *key(only) == Key::Any
    {
        return Ok(Some(only.clone()));
    }
    match &index.value {
        Value::Number(Number::Int(at)) => {
            let found = usize::try_from(*at).ok().and_then(|at| all.get(at));
            found
                .cloned()
                .map(Some)
                .ok_or_else(|| format!("index {at} is outside of a loop of {}", all.len()))
        }
        Value::Unknown(_) | Value::Template(_) => Ok(None),
        other => Err(format!("a loop's instances are indexed with a {}", other.type_name())),
    }
}

impl super::root::Root<'_> {
    fn by_bare_name(&self, instance: &Rc<Instance>, named: &Node) -> Result<Option<Target>, String> {
        let name = scope::text_of(&scope::pieces(named)).to_lowercase();
        let last = name.rsplit('/').next().unwrap_or_default().to_owned();
        let mut found: Vec<Rc<One>> = Vec::new();
        for number in 0..instance.template.index().all.len() {
            self.step(1)?;
            let Ok(all) = self.resources(instance, number) else { continue };
            for one in all.iter() {
                self.step(1)?;
                let Ok(names) = self.names(one) else { continue };
                let own: Vec<String> =
                    names.iter().map(|n| scope::text_of(&scope::pieces(n)).to_lowercase()).collect();
                if own.join("/") == name {
                    found.push(one.clone());
                }
            }
        }
        if let [one] = &*found {
            return Ok(Some(Target::One(one.clone())));
        }
        let names = [Node::from(Arc::<str>::from(last))];
        if found.is_empty() {
            return Ok(self.deployment_of(instance, &names)?.map(Target::Module));
        }
        Ok(found.first().cloned().map(Target::One))
    }
}
