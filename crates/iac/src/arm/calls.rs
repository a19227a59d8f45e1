//! Functions that need more than values: the template's names, its scopes and resources, unevaluated arguments, files.
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource>

use std::sync::Arc;

use formats::Span;
use model::{Node, Number, Value};

use super::access::{carry, mention};
use super::eval::{Evaluated, Scope};
use super::functions;
use super::operators::{coalesce, logic};
use super::root::{FrameRole, frames};
use super::scope::{self, Place, make_id, pieces, text_of};
use super::symbols::Target;
use super::template::{Expr, ExprKind, Symbol, TargetScope};
use crate::terraform::cost;

impl Scope<'_, '_> {
    pub(crate) fn call(&self, name: &str, arguments: &[Expr], span: Span) -> Evaluated {
        let own = self.root.function(&self.instance, None, name, 0);
        if let Some((library, function)) = own {
            let values = self.values(arguments)?;
            return self.root.call_own(&library, function, &values);
        }
        self.built_in(&name.to_ascii_lowercase(), name, arguments, span)
    }

    pub(crate) fn method(&self, of: &Expr, name: &str, arguments: &[Expr], span: Span) -> Evaluated {
        if let ExprKind::Name(namespace) = &of.kind
            && self.local(namespace).is_none()
        {
            if let Some((library, function)) = self.root.function(&self.instance, Some(namespace), name, 0) {
                let values = self.values(arguments)?;
                return self.root.call_own(&library, function, &values);
            }
            let declared = self.instance.template.index().symbols.contains_key(namespace);
            if !declared && (&**namespace == "az" || &**namespace == "sys") {
                return self.built_in(&name.to_ascii_lowercase(), name, arguments, span);
            }
            if matches!(self.instance.template.index().symbols.get(namespace), Some(Symbol::Import(_))) {
                return Err(format!("{namespace:.80} has no function {name:.80}"));
            }
        }
        let values = self.values(arguments)?;
        match self.target(of)? {
            Some(Target::One(one)) => self.resource_method(&one, name, &values),
            Some(Target::Unclear(reason)) => Ok(Node { sensitive: true, ..Value::Unknown(reason).into() }),
            Some(_) => Err(format!("{name:.80} is a function of one resource")),
            None => Err(format!("there is no function {name:.80}")),
        }
    }

    fn values(&self, arguments: &[Expr]) -> Result<Vec<Node>, String> {
        arguments.iter().map(|argument| self.eval(argument)).collect()
    }

    fn built_in(&self, lower: &str, name: &str, arguments: &[Expr], span: Span) -> Evaluated {
        match (lower, arguments) {
            ("and" | "or", _) => return logic(self, &arguments.iter().collect::<Vec<_>>(), lower == "or"),
            ("coalesce", _) => return coalesce(self, &arguments.iter().collect::<Vec<_>>()),
            ("parameters" | "variables", [one]) => {
                return if lower == "parameters" { self.parameters(one) } else { self.variables(one) };
            }
            ("copyindex", _) => return self.copy_index(arguments),
            ("nameof", [one]) => return name_of(one),
            ("tryget", [of, steps @ ..]) if !steps.is_empty() => return self.try_get(of, steps),
            _ => {}
        }
        if let Some(made) = self.lambda_call(lower, arguments) {
            return made;
        }
        let values = self.values(arguments)?;
        self.root.step(8)?;
        values.iter().try_for_each(|value| self.root.look(value))?;
        if let Some(answer) = self.scope_function(lower, &values) {
            return answer;
        }
        if lower.starts_with("list") && !values.is_empty() {
            return self.list_function(name, &values);
        }
        if let Some(answer) = self.loaded(lower, &values) {
            let loaded = answer?;
            self.root.step(cost::made(&loaded))?;
            return Ok(loaded);
        }
        let result = functions::call(lower, name, &values)?;
        self.root.step(cost::made(&result))?;
        // What a function makes stands where the call stands; what it hands through keeps its own place.
        if result.at.is_none() && matches!(result.value, Value::Json(_) | Value::Map(_)) {
            return Ok(self.place(result, span));
        }
        Ok(result)
    }

    fn parameters(&self, name: &Expr) -> Evaluated {
        let name = self.eval(name)?;
        let Value::String(name) = &name.value else {
            return Err("the name of a parameter is not known".into());
        };
        let argument =
            |f: &&super::root::Frame| f.role == FrameRole::Argument && f.name.eq_ignore_ascii_case(name);
        if let Some(frame) = frames(&self.frames).find(argument) {
            return Ok(frame.value.clone());
        }
        match self.instance.template.index().parameters.get(&name.to_lowercase()) {
            Some(at) => self.root.parameter(&self.instance, *at),
            None => Err(format!("there is no parameter {name:.80}")),
        }
    }

    fn variables(&self, name: &Expr) -> Evaluated {
        let name = self.eval(name)?;
        let Value::String(name) = &name.value else {
            return Err("the name of a variable is not known".into());
        };
        match self.instance.template.index().variables.get(&name.to_lowercase()) {
            Some(at) => self.root.variable(&self.instance, *at),
            None => Err(format!("there is no variable {name:.80}")),
        }
    }

    /// `copyIndex()`, `copyIndex(offset)`, `copyIndex('loop')`, `copyIndex('loop', offset)`.
    fn copy_index(&self, arguments: &[Expr]) -> Evaluated {
        let values = self.values(arguments)?;
        let (name, offset) = match &*values {
            [] => (None, 0),
            [Node { value: Value::Number(Number::Int(offset)), .. }] => (None, *offset),
            [Node { value: Value::String(name), .. }] => (Some(name), 0),
            [
                Node { value: Value::String(name), .. },
                Node { value: Value::Number(Number::Int(offset)), .. },
            ] => (Some(name), *offset),
            _ => return Err("copyIndex takes the name of a loop and a number".into()),
        };
        let of = |role: FrameRole| {
            frames(&self.frames)
                .find(|f| f.role == role && name.is_none_or(|name| f.name.eq_ignore_ascii_case(name)))
        };
        let frame = of(FrameRole::Copy)
            .or_else(|| of(FrameRole::CopyOfValues))
            .ok_or("copyIndex stands outside of its loop")?;
        match &frame.value.value {
            Value::Number(Number::Int(at)) => Ok(at.saturating_add(offset).into()),
            _ => Ok(frame.value.clone()),
        }
    }

    /// `tryGet(value, key, …)`: null where one of the steps finds nothing.
    fn try_get(&self, of: &Expr, steps: &[Expr]) -> Evaluated {
        let mut node = self.eval(of)?;
        for step in steps {
            let step = self.eval(step)?;
            match super::access::element(&node, &step, false) {
                Ok(Some(found)) => node = carry(found, [&node, &step]),
                Ok(None) | Err(_) => return Ok(Node::null()),
            }
        }
        Ok(node)
    }

    // ---- scopes and ids ----

    fn scope_function(&self, lower: &str, values: &[Node]) -> Option<Evaluated> {
        let place = &self.instance.place;
        let scoped = |level: TargetScope, address: &str| -> Place {
            if place.level == level {
                return place.clone();
            }
            Place { address: address.into(), level, ..Place::of_root(level) }
        };
        Some(match (lower, values) {
            ("resourcegroup", []) => Ok(match place.level {
                TargetScope::ResourceGroup => place.node(),
                _ => scoped(TargetScope::ResourceGroup, scope::GROUP).node(),
            }),
            ("resourcegroup", [name]) => self.group_node(place, name),
            ("resourcegroup", [subscription, name]) => {
                let place = Place { subscription: subscription.clone(), ..place.clone() };
                self.group_node(&place, name)
            }
            ("subscription", []) => Ok(place.subscription_place().node()),
            ("subscription", [id]) => {
                let place = Place { subscription: id.clone(), ..place.clone() }.subscription_place();
                let address = format!("subscription('{}')", text_of(&pieces(id))).into();
                Ok(Place { address, ..place }.node())
            }
            ("tenant", _) => Ok(scoped(TargetScope::Tenant, "tenant()").node()),
            ("managementgroup", []) => Ok(scoped(TargetScope::ManagementGroup, "managementGroup()").node()),
            ("managementgroup", [name]) => {
                let address = format!("managementGroup('{}')", text_of(&pieces(name))).into();
                let place = Place::of_root(TargetScope::ManagementGroup);
                Ok(Place { group: name.clone(), address, ..place }.node())
            }
            ("deployment", []) => Ok(self.outside("deployment()")),
            ("deployer", []) => Ok(self.outside("deployer()")),
            ("environment", []) => Ok(functions::environment()),
            ("resourceid", _) => self.resource_id(values),
            ("subscriptionresourceid", _) => self.typed(values, 1).and_then(|(before, native, names)| {
                let place = place.subscription_place();
                let subscription = before.last().cloned().unwrap_or_else(|| place.subscription.clone());
                self.named(native, names, &Place { subscription, ..place })
            }),
            ("tenantresourceid", _) => self.typed(values, 0).and_then(|(_, native, names)| {
                self.named(native, names, &scoped(TargetScope::Tenant, "tenant()"))
            }),
            ("managementgroupresourceid", _) => self.typed(values, 1).and_then(|(before, native, names)| {
                let place = scoped(TargetScope::ManagementGroup, "managementGroup()");
                let group = before.last().cloned().unwrap_or_else(|| place.group.clone());
                self.named(native, names, &Place { group, ..place })
            }),
            ("extensionresourceid", [base, rest @ ..]) => {
                self.typed(rest, 0).and_then(|(_, native, names)| {
                    self.root.named(&self.instance, native, &slashed(names), &pieces(base))
                })
            }
            ("reference", [named, rest @ ..]) => self.reference(named, rest.get(1)),
            ("resourceinfo", [named]) => match self.referred(named) {
                Ok(Some(Target::One(one))) => self.resource_info(&one),
                Ok(_) => Err("there is no such resource".to_owned()),
                Err(message) => Err(message),
            },
            ("references", [_]) => Ok(Node::unknown("known after deployment")),
            ("roledefinitions", [name]) => Ok(functions::role(name)),
            ("externalinput", [kind, ..]) => {
                Ok(self.outside(&format!("externalInput({:.80})", kind.display())))
            }
            ("externalinputs", _) => Ok(self.outside("externalInputs()")),
            ("getsecret", _) => Ok(Node { sensitive: true, ..Node::unknown("a secret of a key vault") }),
            _ => return None,
        })
    }

    /// An object of which nothing is known but what it is.
    fn outside(&self, address: &str) -> Node {
        Node { from: scope::reference(&address.into(), ""), ..Node::unknown("known after deployment") }
    }

    fn group_node(&self, place: &Place, name: &Node) -> Evaluated {
        let group = self.root.group(&self.instance, place, name)?;
        Ok(group.node())
    }

    /// What stands before the type, the type, and the names behind it.
    fn typed<'v>(
        &self,
        values: &'v [Node],
        before: usize,
    ) -> Result<(&'v [Node], &'v str, &'v [Node]), String> {
        let is_type = |node: &Node| {
            node.as_str().is_some_and(|t| t.split_once('/').is_some_and(|(first, _)| first.contains('.')))
        };
        let at = values.iter().take(before + 1).position(is_type);
        let Some(at) = at else {
            return Err("the type of the resource is not known".into());
        };
        Ok((&values[..at], values[at].as_str().unwrap_or_default(), &values[at + 1..]))
    }

    fn named(&self, native: &str, names: &[Node], place: &Place) -> Evaluated {
        if native.eq_ignore_ascii_case(super::modules::NATIVE)
            && let Some(module) = self.root.deployment_of(&self.instance, names)?
        {
            let id: Node = make_id(place.id(), native, names).into();
            return Ok(Node { from: scope::reference(&module.address, "id"), ..id });
        }
        let names = slashed(names);
        let base = match native.to_ascii_lowercase().as_str() {
            "microsoft.resources/resourcegroups" => place.subscription_place().id(),
            _ => place.id(),
        };
        let mut id = self.root.named(&self.instance, native, &names, &base)?;
        id = carry(id, &names);
        if id.from.is_none() {
            names.iter().for_each(|name| mention(&mut id, name));
        }
        Ok(id)
    }

    fn resource_id(&self, values: &[Node]) -> Evaluated {
        let Ok((before, native, names)) = self.typed(values, 2) else {
            let reason = values.iter().find_map(|v| v.first_unknown(64));
            let reason = reason.ok_or("the type of the resource is not known")?;
            return Ok(Value::Unknown(reason).into());
        };
        let mut place = self.instance.place.clone();
        match before {
            [] => {}
            [one] if place.level == TargetScope::ResourceGroup => {
                place = self.root.group(&self.instance, &place, one)?;
            }
            [one] => place = Place { subscription: one.clone(), ..place },
            [subscription, group, ..] => {
                place = Place { subscription: subscription.clone(), ..place };
                place = self.root.group(&self.instance, &place, group)?;
            }
        }
        self.named(native, names, &place)
    }

    /// `reference(name or id, version, 'Full')`: the properties of a resource, as far as they are written.
    fn reference(&self, named: &Node, full: Option<&Node>) -> Evaluated {
        let full = full.and_then(Node::as_str).is_some_and(|f| f.eq_ignore_ascii_case("full"));
        match self.referred(named)? {
            Some(Target::One(one)) if full => self.root.resource_value(&one),
            Some(Target::One(one)) => {
                let value = self.root.resource_member(&one, "properties")?;
                let reference = scope::reference(&self.root.address(&self.root.real(&one)?), "properties");
                Ok(Node { from: reference, at: None, ..value })
            }
            Some(Target::Module(module)) => {
                let properties = self.root.module_properties(&module)?;
                if !full {
                    return Ok(properties);
                }
                let entries = [(Arc::from("properties"), properties)].into_iter().collect();
                Ok(Value::map(entries).into())
            }
            _ => {
                let shown = text_of(&pieces(named));
                let address: Arc<str> = format!("reference({shown:.300})").into();
                let from = scope::reference(&address, "");
                Ok(carry(Node { from, ..Node::unknown("known after deployment") }, [named]))
            }
        }
    }

    /// `listKeys(name or id, version)` and its kin: secrets that are read while the deployment runs.
    fn list_function(&self, name: &str, values: &[Node]) -> Evaluated {
        match self.referred(&values[0])? {
            Some(Target::One(one)) => self.resource_method(&one, name, &values[1..]),
            _ => {
                let shown = text_of(&pieces(&values[0]));
                let from = scope::reference(&format!("reference({shown:.300})").into(), &format!("{name}()"));
                Ok(Node { from, sensitive: true, ..Node::unknown("known after deployment") })
            }
        }
    }
}

/// Names for the segments of a type; old templates write several in one text.
fn slashed(names: &[Node]) -> Vec<Node> {
    match names {
        [one] if one.as_str().is_some_and(|t| t.contains('/')) => {
            let text = one.as_str().unwrap_or_default();
            text.split('/').filter(|t| !t.is_empty()).map(|t| carry(Node::from(t), [one])).collect()
        }
        _ => names.to_vec(),
    }
}

/// `nameof(x.y)` is `y`.
fn name_of(expr: &Expr) -> Evaluated {
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Property { name, .. } | ExprKind::Nested { name, .. } => {
            Ok(name.clone().into())
        }
        ExprKind::Index { index, .. } if index.as_str().is_some() => {
            Ok(index.as_str().unwrap_or_default().into())
        }
        _ => Err("nameof takes a name".into()),
    }
}
