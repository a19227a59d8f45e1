//! Resources: their instances, names and ids, and which declared resource a type and names stand for.

use std::rc::Rc;
use std::sync::Arc;

use model::{CoverageStatus, Node, Piece, Value};

use super::access::{carry, member, mention};
use super::eval::{Evaluated, Scope};
use super::operators::to_bool;
use super::root::{
    ByName, Declared, FrameRole, Frames, Instance, Key, MAX_INSTANCES, One, Presence, Root, once, once_only,
};
use super::scope::{self, make_id, pieces, same_id, taken_apart, text_of};
use super::symbols::Target;
use super::template::{Expr, Loop, Over, Resource, own_type};

impl<'t> Root<'t> {
    /// The instances of the resource of that number.
    pub(crate) fn resources(
        &self,
        instance: &Rc<Instance>,
        number: usize,
    ) -> Result<Rc<Vec<Rc<One>>>, String> {
        let resource = instance.template.resource(number);
        let cyclic = || format!("{} depends on itself", shown(resource));
        once(&instance.resources, &number, cyclic, || {
            let around = match instance.template.index().all[number].around {
                Some(outer) => self.resources(instance, outer)?.iter().cloned().map(Some).collect(),
                None => vec![None],
            };
            let mut all: Vec<Rc<One>> = Vec::new();
            for around in around {
                let (meant, outer) = match &around {
                    Some(one) => self.meant_in(instance, &one.frames),
                    None => self.meant_in(instance, &None),
                };
                let scope = Scope { within: around.clone(), ..Scope::new(self, &meant, &outer) };
                let before = around.as_ref().map_or(Presence::Yes, |one| one.presence.clone());
                for (key, frames) in self.repetitions(&scope, resource.repeat.as_ref())? {
                    let presence = match before {
                        Presence::No { .. } => before.clone(),
                        _ => both(
                            &before,
                            self.presence(&scope.with(frames.clone()), resource.condition.as_ref()),
                        ),
                    };
                    all.push(Rc::new(One {
                        instance: instance.clone(),
                        declared: number,
                        key,
                        around: around.clone(),
                        frames,
                        presence,
                        native: own_type(&resource.native),
                        names: Default::default(),
                        address: Default::default(),
                        document: Default::default(),
                    }));
                }
            }
            self.grow(all.len())?;
            Ok(Rc::new(all))
        })
    }

    /// The keys and frames of a loop's instances.
    pub(crate) fn repetitions(
        &self,
        scope: &Scope<'_, 't>,
        repeat: Option<&Loop>,
    ) -> Result<Vec<(Key, Frames)>, String> {
        let Some(repeat) = repeat else { return Ok(vec![(Key::Only, scope.frames.clone())]) };
        let (mut items, _) = match scope.items(repeat)? {
            Ok(items) => items,
            Err(unknown) => {
                let index = Node::unknown("which instance of the loop it is");
                let item = match repeat.over {
                    Over::Items(_) => unknown,
                    Over::Count(_) => index.clone(),
                };
                return Ok(vec![(Key::Any, repeat.frames(item, index, FrameRole::Copy, &scope.frames))]);
            }
        };
        if items.len() > MAX_INSTANCES {
            let reason = format!("more than {MAX_INSTANCES} instances of a loop, the rest is not assessed");
            scope.note(repeat.over.expr().span, reason);
            items.truncate(MAX_INSTANCES);
        }
        let frames = items.into_iter().enumerate().map(|(i, item)| {
            (Key::Index(i), repeat.frames(item, (i as i64).into(), FrameRole::Copy, &scope.frames))
        });
        Ok(frames.collect())
    }

    pub(crate) fn presence(&self, scope: &Scope<'_, 't>, condition: Option<&Expr>) -> Presence {
        let Some(condition) = condition else { return Presence::Yes };
        let answer = scope.eval(condition).and_then(|node| Ok((to_bool(&node)?, node.assumed)));
        match answer {
            Ok((Ok(true), _)) => Presence::Yes,
            Ok((Ok(false), assumed)) => Presence::No { assumed },
            Ok((Err(reason), _)) => Presence::Unknown(reason),
            Err(message) => {
                scope.note(condition.span, message.clone());
                Presence::Unknown(format!("cannot be evaluated: {message}").into())
            }
        }
    }

    /// Where the expressions of a resource are evaluated.
    pub(crate) fn scope_of(&self, one: &Rc<One>) -> Scope<'_, 't> {
        let (meant, frames) = self.meant_in(&one.instance, &one.frames);
        Scope { within: Some(one.clone()), ..Scope::new(self, &meant, &frames) }
    }

    /// The names of a resource, its parents' first, as far as they are told apart.
    pub(crate) fn names(&self, one: &Rc<One>) -> Result<Rc<Vec<Node>>, String> {
        let cyclic = || format!("the name of {} depends on itself", shown(one.resource()));
        once_only(&one.names, cyclic, || {
            let resource = one.resource();
            let scope = self.scope_of(one);
            let own = match &resource.name {
                Some(name) => scope.place(scope.eval(name)?, name.span),
                None => scope.place(Node::unknown("the resource has no name"), resource.header),
            };
            let mut own = split(&own);
            let wanted = one.native.matches('/').count();
            if own.len() >= wanted || resource.native != one.native {
                return Ok(Rc::new(own));
            }
            let mut names = match self.parent(one)? {
                Some(parent) => self.names(&parent)?.to_vec(),
                None => Vec::new(),
            };
            names.append(&mut own);
            Ok(Rc::new(names))
        })
    }

    /// The resource that this one is declared under: the one around it, or its `parent`.
    fn parent(&self, one: &Rc<One>) -> Result<Option<Rc<One>>, String> {
        if let Some(around) = &one.around {
            return Ok((one.resource().native == one.native).then(|| around.clone()));
        }
        let Some(parent) = &one.resource().parent else { return Ok(None) };
        match self.scope_of(one).target(parent)? {
            Some(Target::One(parent)) => Ok(Some(parent)),
            _ => Ok(None),
        }
    }

    /// What the resource hangs on, as its `scope` or its old way of writing says.
    pub(crate) fn hangs_on(&self, one: &Rc<One>) -> Result<Option<Node>, String> {
        let resource = one.resource();
        let scope = self.scope_of(one);
        if let Some(expr) = &resource.scope {
            let node = scope.eval(expr)?;
            return Ok(Some(scope.place(self.as_id(&one.instance, &node)?, expr.span)));
        }
        if let Some((before, _)) = resource.native.split_once("/providers/") {
            if let Some(around) = &one.around {
                return self.id(around).map(Some);
            }
            let names = self.names(one)?;
            let count = before.matches('/').count().min(names.len());
            let at = names.first().and_then(|n| n.at.clone());
            let found = self.named(&one.instance, before, &names[..count], &one.instance.place.id())?;
            return Ok(Some(Node { at, ..found }));
        }
        if one.around.is_some() && resource.native == one.native {
            return Ok(None);
        }
        match &one.around {
            // An extension inside what it hangs on.
            Some(around) => self.id(around).map(Some),
            None => Ok(None),
        }
    }

    /// The id that a value stands for: of a scope or a resource its `id`, of text the declared resource it names.
    pub(crate) fn as_id(&self, instance: &Rc<Instance>, node: &Node) -> Evaluated {
        if matches!(node.value, Value::Map(_)) {
            return Ok(member(node, "id")?.unwrap_or_else(|| node.clone()));
        }
        if node.from.is_some() {
            return Ok(node.clone());
        }
        let Some((native, names)) = taken_apart(node) else { return Ok(node.clone()) };
        let relative =
            !pieces(node).first().is_some_and(|p| matches!(p, Piece::Text(t) if t.starts_with('/')));
        match self.declared(instance, &native, &names, (!relative).then_some(node))? {
            Some(one) => self.id(&one),
            None if relative => Ok(make_id(instance.place.id(), &native, &names).into()),
            None => Ok(node.clone()),
        }
    }

    /// The resource's id, with the resource as what it is from.
    pub(crate) fn id(&self, one: &Rc<One>) -> Evaluated {
        self.deeper(|| {
            let value = self.id_value(one)?;
            // A role that exists already is mostly built in: its id says more than its name here.
            let role = one.native.eq_ignore_ascii_case("Microsoft.Authorization/roleDefinitions");
            if role && one.resource().existing {
                return Ok(value.into());
            }
            let mut id = Node { from: scope::reference(&self.address(one), "id"), ..value.into() };
            // What exists may be written inside the document of a resource that is declared: a subnet of a network.
            let mut around = if one.resource().existing { self.parent(one)? } else { None };
            let mut segments = one.native.matches('/').count();
            // A parent has a shorter type, or else what is written leads in a circle.
            while let Some(parent) = around.filter(|parent| parent.native.matches('/').count() < segments) {
                segments = parent.native.matches('/').count();
                let real = self.real(&parent)?;
                if !real.resource().existing {
                    let owner = scope::reference(&self.address(&real), "id");
                    mention(&mut id, &Node { from: owner, ..Node::null() });
                    break;
                }
                around = self.parent(&parent)?;
            }
            Ok(id)
        })
    }

    fn id_value(&self, one: &Rc<One>) -> Result<Value, String> {
        let names = self.names(one)?;
        if let Some(on) = self.hangs_on(one)? {
            let skip = names.len().saturating_sub(one.native.matches('/').count());
            let base = if same_id(&on).is_empty() { Vec::new() } else { pieces(&on) };
            return Ok(make_id(base, &one.native, &names[skip..]));
        }
        if let (Some(parent), Some(name)) = (self.parent(one)?, names.last())
            && parent.native.matches('/').count() + 1 == one.native.matches('/').count()
        {
            let mut id = pieces(&self.id(&parent)?);
            let part = one.native.rsplit('/').next().unwrap_or_default();
            id.push(Piece::Text(format!("/{part}/").into()));
            id.extend(pieces(name));
            return Ok(Value::text(id));
        }
        let place = &one.instance.place;
        let base = if one.native.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
            place.subscription_place().id()
        } else {
            place.id()
        };
        Ok(make_id(base, &one.native, &names))
    }

    /// The address below the root: by symbol, or by type and names.
    pub(crate) fn address(&self, one: &Rc<One>) -> Arc<str> {
        if let Some(address) = one.address.get() {
            return address.clone();
        }
        let resource = one.resource();
        let own = match (&resource.symbol, &one.around) {
            (Some(symbol), Some(around)) if around.resource().symbol.is_some() => {
                format!("{}::{symbol}{}", self.address(around), one.key)
            }
            (Some(symbol), _) => format!("{}{symbol}{}", one.instance.prefix, one.key),
            (None, _) => format!("{}{}", one.instance.prefix, self.path_of(one)),
        };
        let address = self.unique(&own);
        let address = one.address.get_or_init(|| address).clone();
        self.by_address.borrow_mut().insert(address.clone(), Declared::Resource(one.clone()));
        address
    }

    /// An address that no other has.
    pub(crate) fn unique(&self, address: &str) -> Arc<str> {
        let taken = self.by_address.borrow();
        let mut candidate: Arc<str> = address.into();
        let mut repeated = self.repeated.borrow_mut();
        while taken.contains_key(&candidate) {
            let count = repeated.entry(address.to_owned()).or_insert(1);
            *count += 1;
            candidate = format!("{address}#{count}").into();
        }
        candidate
    }

    /// `Microsoft.A/b/NAME/c/NAME`; a name that is not known is shown as it is written.
    fn path_of(&self, one: &Rc<One>) -> String {
        let known = |names: &[Node]| names.iter().all(|n| n.as_str().is_some());
        match self.names(one) {
            Ok(names) if known(&names) && names.len() == one.native.matches('/').count() => {
                let id = text_of(&pieces(&make_id(Vec::new(), &one.native, &names).into()));
                // Scopes have ids without their types.
                id.strip_prefix("/providers/")
                    .map_or_else(|| format!("Microsoft.Resources{id}"), str::to_owned)
            }
            _ => {
                let written = one.resource().name.as_ref().map_or("", |name| {
                    let (start, end) = (name.span.start as usize, name.span.end as usize);
                    one.instance.template.file.text.get(start..end).unwrap_or_default().trim_matches('"')
                });
                let around = one.around.as_ref().map(|around| format!("{}/", self.path_of(around)));
                let native = match &around {
                    Some(_) => one.native.rsplit('/').next().unwrap_or_default(),
                    None => &*one.native,
                };
                format!("{}{native}/{:.200}{}", around.unwrap_or_default(), written, one.key)
            }
        }
    }

    // ---- which resource is meant ----

    /// The id of what has this type and these names in the scope `base`: of the declared resource, if there is one.
    pub(crate) fn named(
        &self,
        instance: &Rc<Instance>,
        native: &str,
        names: &[Node],
        base: &[Piece],
    ) -> Evaluated {
        let mut id: Node = make_id(base.to_vec(), native, names).into();
        if let Some(one) = self.declared(instance, native, names, Some(&id))? {
            return Ok(Node { from: scope::reference(&self.address(&one), "id"), ..id });
        }
        // It may be written inside the document of a resource that is declared: a subnet of a network.
        for count in (1..names.len()).rev() {
            let segments: Vec<&str> = native.splitn(count + 2, '/').take(count + 1).collect();
            let (owner, names) = (segments.join("/"), &names[..count]);
            let named: Node = make_id(base.to_vec(), &owner, names).into();
            if let Some(one) = self.declared(instance, &owner, names, Some(&named))? {
                let owner = scope::reference(&self.address(&one), "id");
                mention(&mut id, &Node { from: owner, ..Node::null() });
                break;
            }
        }
        Ok(id)
    }

    /// The declared resource of that type and those names, in this template first; if `id` is given, only the one that
    /// has it.
    pub(crate) fn declared(
        &self,
        instance: &Rc<Instance>,
        native: &str,
        names: &[Node],
        id: Option<&Node>,
    ) -> Result<Option<Rc<One>>, String> {
        let native = native.to_lowercase();
        let name = key_of(names);
        let id = id.map(same_id);
        let own = instance.clone();
        let count = self.instances.borrow().len();
        let others = (0..count).map(|at| self.instance(at)).filter(|other| !Rc::ptr_eq(other, instance));
        for instance in std::iter::once(own).chain(others) {
            let instance = &instance;
            self.step(1)?;
            if !instance.template.index().by_type.contains_key(&native) {
                continue;
            }
            let Ok(index) = self.by_name(instance, &native) else { continue };
            let mut found: Vec<&Rc<One>> = index.get(&name).map(|f| f.iter().collect()).unwrap_or_default();
            // Of several that exclude each other, the one that is there.
            found.sort_by_key(|one| match one.presence {
                Presence::Yes => 0,
                Presence::Unknown(_) => 1,
                Presence::No { .. } => 2,
            });
            for one in found {
                let same = match &id {
                    Some(id) => self.id(one).is_ok_and(|own| same_id(&own) == *id),
                    None => true,
                };
                if same {
                    return Ok(Some(one.clone()));
                }
            }
        }
        Ok(None)
    }

    /// The resources of one type that a template declares, by their names.
    fn by_name(&self, instance: &Rc<Instance>, native: &str) -> Result<Rc<ByName>, String> {
        once(
            &instance.by_name,
            &native.to_owned(),
            || "names depend on each other".into(),
            || {
                let mut index = ByName::new();
                for number in instance.template.index().by_type.get(native).into_iter().flatten() {
                    let Ok(all) = self.resources(instance, *number) else { continue };
                    for one in all.iter() {
                        self.step(1)?;
                        let Ok(names) = self.names(one) else { continue };
                        let skip = names.len().saturating_sub(one.native.matches('/').count());
                        index.entry(key_of(&names[skip..])).or_default().push(one.clone());
                    }
                }
                Ok(Rc::new(index))
            },
        )
    }

    /// What an `existing` resource is: the one that this root declares, if it does; else itself.
    pub(crate) fn real(&self, one: &Rc<One>) -> Result<Rc<One>, String> {
        if !one.resource().existing {
            return Ok(one.clone());
        }
        let (names, id) = (self.names(one)?, self.id_value(one)?.into());
        Ok(self.declared(&one.instance, &one.native, &names, Some(&id))?.unwrap_or_else(|| one.clone()))
    }

    /// A note where a declaration stands.
    pub(crate) fn note_at(&self, one: &One, status: CoverageStatus, reason: String) {
        let place = one.instance.template.file.position(one.resource().header).to_string();
        self.note(status, &place, reason);
    }
}

/// How a resource is called in a message.
pub(crate) fn shown(resource: &Resource) -> String {
    resource
        .symbol
        .as_ref()
        .map_or_else(|| format!("a resource of type {}", resource.native), ToString::to_string)
}

/// A name at its slashes. Text that may hold slashes of its own (a value that is not known) stays whole.
fn split(name: &Node) -> Vec<Node> {
    let has_slash = match &name.value {
        Value::String(text) => text.contains('/'),
        Value::Template(pieces) => pieces.iter().any(|p| matches!(p, Piece::Text(t) if t.contains('/'))),
        _ => false,
    };
    if !has_slash {
        return vec![name.clone()];
    }
    let parts = scope::split(&pieces(name));
    let part = |pieces: Vec<Piece>| {
        let from = match &*pieces {
            [Piece::Hole { from, .. }] => from.clone(),
            _ => None,
        };
        let node: Node = Value::text(pieces).into();
        carry(Node { at: name.at.clone(), from, ..node }, [name])
    };
    parts.into_iter().map(part).collect()
}

fn key_of(names: &[Node]) -> String {
    let names: Vec<String> = names.iter().map(|n| text_of(&pieces(n))).collect();
    names.join("/").to_lowercase()
}

fn both(a: &Presence, b: Presence) -> Presence {
    match (a, b) {
        (_, no @ Presence::No { .. }) => no,
        (Presence::Unknown(reason), _) => Presence::Unknown(reason.clone()),
        (_, other) => other,
    }
}
