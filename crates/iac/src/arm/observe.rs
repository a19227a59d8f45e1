//! One root to observations: its resources, its deployments, and the scopes that they go to.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use model::{CoverageStatus, Node, Observations, Value};

use super::Deployment;
use super::modules::{self, NATIVE};
use super::names::hide_secrets;
use super::resources;
use super::root::{Instance, ModuleOne, One, Presence, Role, Root};
use super::scope::{Place, pieces, same_id, text_of};
use super::template::TargetScope;
use crate::native::{Observer, Resource};
use crate::terraform::cost;
use crate::terraform::mapping::trimmed;

/// What evaluating a root has found.
pub(crate) struct Observed {
    pub(crate) seen: Observations,
    /// Templates that it links to, by path.
    pub(crate) linked: BTreeSet<Arc<str>>,
}

/// Evaluates a root; `origin` is the one that it was generated from.
pub(crate) fn root(run: Deployment<'_>, origin: Option<&Arc<str>>) -> Observed {
    let root = Root::new(run);
    let place = Place::of_root(run.template.target_scope);
    root.add_instance(Instance::new(run.template.clone(), String::new(), Role::Root, place));
    let mut observer = Observer::new(run.source, run.path.clone(), run.catalog);
    if let Some(origin) = origin {
        observer.compiled_from(origin.clone());
    }
    let mut walk = Walk { root: &root, observer, scopes: BTreeSet::new() };
    // Every template is there before any is looked at: a resource may be named from anywhere.
    let mut at = 0;
    while at < root.instances.borrow().len() {
        let instance = root.instance(at);
        walk.modules(&instance);
        at += 1;
    }
    walk.deployment(None, &root.instance(0));
    for at in 0..root.instances.borrow().len() {
        let instance = root.instance(at);
        walk.resources(&instance);
    }
    for at in 0..root.instances.borrow().len() {
        let instance = root.instance(at);
        walk.deployments(&instance);
    }
    let Walk { observer, .. } = walk;
    let mut seen = observer.seen;
    seen.coverage.extend(root.take_notes());
    Observed { seen, linked: root.linked.take() }
}

struct Walk<'r, 't> {
    root: &'r Root<'t>,
    observer: Observer<'t>,
    /// Scopes that have an asset, by address.
    scopes: BTreeSet<Arc<str>>,
}

impl Walk<'_, '_> {
    /// Takes in the modules of a template, and says what is left out.
    fn modules(&mut self, instance: &Rc<Instance>) {
        for (number, module) in instance.template.modules.iter().enumerate() {
            self.root.next_one();
            let place = instance.template.file.position(module.header).to_string();
            let what = modules::shown(module);
            match self.root.modules(instance, number) {
                Ok(all) => {
                    for one in all.iter() {
                        self.presence(&one.presence, &place, &what);
                        if let (Err(reason), Presence::Yes | Presence::Unknown(_)) =
                            (&one.child, &one.presence)
                        {
                            let reason = format!("{what}: {reason}, its resources are not assessed");
                            self.root.note(CoverageStatus::Partial, &place, reason);
                        }
                    }
                }
                Err(message) => {
                    let reason = format!("{what} cannot be evaluated: {message}");
                    self.root.note(CoverageStatus::Partial, &place, reason);
                }
            }
        }
    }

    fn presence(&self, presence: &Presence, place: &str, what: &str) {
        match presence {
            Presence::Yes | Presence::No { assumed: false } => {}
            Presence::Unknown(reason) => {
                let reason = format!("{what} depends on a condition that is not known: {reason}");
                self.root.note(CoverageStatus::Partial, place, reason);
            }
            Presence::No { assumed: true } => {
                let reason = format!("{what} is turned off by the default of a parameter");
                self.root.note(CoverageStatus::Skipped, place, reason);
            }
        }
    }

    fn resources(&mut self, instance: &Rc<Instance>) {
        for number in 0..instance.template.index().all.len() {
            self.root.next_one();
            let resource = instance.template.resource(number);
            let place = instance.template.file.position(resource.header).to_string();
            let what = resources::shown(resource);
            match self.root.resources(instance, number) {
                Ok(all) => {
                    for one in all.iter() {
                        // A resource inside one that is not there says nothing of its own.
                        if resource.condition.is_some() && !resource.existing {
                            self.presence(&one.presence, &place, &what);
                        }
                        if !matches!(one.presence, Presence::No { .. }) && !resource.existing {
                            self.root.next_one();
                            self.resource(one);
                        }
                    }
                }
                Err(message) => {
                    let reason = format!("{what} cannot be evaluated: {message}");
                    self.root.note(CoverageStatus::Partial, &place, reason);
                }
            }
        }
    }

    fn resource(&mut self, one: &Rc<One>) {
        let document = match self.root.document(one) {
            Ok(document) => document,
            Err(message) => {
                let reason = format!("{} cannot be evaluated: {message}", resources::shown(one.resource()));
                self.root.note_at(one, CoverageStatus::Partial, reason);
                return;
            }
        };
        let address = self.root.address(one);
        // What an extension keeps is in no resource group, and has no id of Azure's.
        let outside = one.resource().extension.is_some();
        let id = self.root.id(one).ok().filter(|_| !outside);
        let aliases = id.iter().filter_map(Node::as_str).map(Arc::from).collect();
        let native = one.native.clone();
        let is_scope = native.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups");
        if is_scope {
            self.scopes.insert(address.clone());
        }
        self.observer.resource(Resource { native, address: address.clone(), aliases, document });
        if !outside {
            self.contain(&one.instance.place, &address);
        }
    }

    /// The deployments that the modules of a template make.
    fn deployments(&mut self, instance: &Rc<Instance>) {
        for number in 0..instance.template.modules.len() {
            let Ok(all) = self.root.modules(instance, number) else { continue };
            for one in all.iter().filter(|one| !matches!(one.presence, Presence::No { .. })) {
                if let Ok(child) = &one.child {
                    self.root.next_one();
                    let child = self.root.instance(*child);
                    self.deployment(Some(one), &child);
                }
            }
        }
    }

    /// The deployment itself, with what goes into it and what comes out of it.
    fn deployment(&mut self, module: Option<&Rc<ModuleOne>>, instance: &Rc<Instance>) {
        let mut parameters: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        let file = &instance.template.file;
        let at = |span| Some(Arc::new(file.position(span)));
        if !matches!(instance.role, Role::Outer(_)) {
            for (number, declared) in instance.template.parameters.iter().enumerate() {
                let mut entry = vec![("type", declared_type(&declared.of, declared.secure))];
                match self.root.parameter(instance, number) {
                    Ok(value) => entry.push(("value", value)),
                    Err(message) => {
                        let reason = format!("parameter {} cannot be evaluated: {message}", declared.name);
                        self.root.note(
                            CoverageStatus::Partial,
                            &file.position(declared.span).to_string(),
                            reason,
                        );
                    }
                }
                if let Some(default) = &declared.default {
                    let scope = super::eval::Scope::new(self.root, instance, &None);
                    let mut default = scope.placed(default);
                    hide_secrets(&mut default, declared);
                    // A value that is new every time is no default that anybody can know.
                    if !matches!(&default.value, Value::Unknown(reason) if &**reason == "newGuid()") {
                        entry.push(("defaultValue", default));
                    }
                }
                parameters.insert(declared.name.clone(), object(entry, at(declared.span)));
            }
        }
        let mut outputs: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        for (number, declared) in instance.template.outputs.iter().enumerate() {
            self.root.next_one();
            if let Some(condition) = &declared.condition {
                let (meant, frames) = self.root.meant_in(instance, &None);
                let scope = super::eval::Scope::new(self.root, &meant, &frames);
                if matches!(self.root.presence(&scope, Some(condition)), Presence::No { .. }) {
                    continue;
                }
            }
            let mut entry = vec![("type", declared_type(&declared.of, declared.secure))];
            match self.root.output(instance, number) {
                Ok(value) => entry.push(("value", value)),
                Err(message) => {
                    let reason = format!("output {} cannot be evaluated: {message}", declared.name);
                    self.root.note(
                        CoverageStatus::Partial,
                        &file.position(declared.span).to_string(),
                        reason,
                    );
                }
            }
            outputs.insert(declared.name.clone(), object(entry, at(declared.span)));
        }
        let (address, name, place) = match module {
            Some(one) => {
                let header = one.instance.template.modules[one.module].header;
                let place = one.instance.template.file.position(header);
                (one.address.clone(), self.root.module_name(one).ok(), place)
            }
            None => ("deployment()".into(), None, file.position(formats::Span::new(0, 0))),
        };
        let properties = vec![
            ("parameters", trimmed(&Value::map(parameters).into())),
            ("outputs", trimmed(&Value::map(outputs).into())),
        ];
        let mut entries = vec![("properties", object(properties, None))];
        entries.extend(name.map(|name| ("name", name)));
        let mut document = object(entries, Some(Arc::new(place)));
        if let Err(message) = self.root.step(cost::whole(&document)) {
            document.value = Value::unknown(message);
        }
        let (native, aliases) = (Arc::from(NATIVE), BTreeSet::new());
        self.observer.resource(Resource { native, address: address.clone(), aliases, document });
        self.contain(&instance.place, &address);
    }

    /// Puts what stands at `inner` into its scope, which becomes an asset with the first that is in it.
    fn contain(&mut self, place: &Place, inner: &str) {
        let kind = match place.level {
            TargetScope::ResourceGroup => "azure.resources.resource-group",
            TargetScope::Subscription => "azure.subscription",
            TargetScope::ManagementGroup | TargetScope::Tenant => return,
        };
        if *place.address == *inner {
            return;
        }
        if self.scopes.insert(place.address.clone()) && !self.declared(&place.address) {
            let (native, name) = match place.level {
                TargetScope::Subscription => ("Microsoft.Resources/subscriptions", &place.subscription),
                _ => ("Microsoft.Resources/resourceGroups", &place.group),
            };
            let mut entries = Vec::new();
            if name.as_str().is_some() {
                entries.push(("name", name.clone()));
            } else if let (false, Value::Template(_)) = (name.is_null(), &name.value) {
                entries.push(("name", Node::from(&*text_of(&pieces(name)))));
            }
            let file = &self.root.run.template.file;
            let at = Arc::new(file.position(formats::Span::new(0, 0)));
            let id = place.id_node();
            let aliases = id.as_str().map(|_| Arc::from(same_id(&id))).into_iter().collect();
            let (native, address) = (Arc::from(native), place.address.clone());
            self.observer.resource(Resource {
                native,
                address,
                aliases,
                document: object(entries, Some(at)),
            });
        }
        self.observer.contains(&place.address, inner, Some(kind));
    }

    /// Whether an address is that of a resource which is an asset itself.
    fn declared(&self, address: &Arc<str>) -> bool {
        match self.root.by_address.borrow().get(address) {
            Some(super::root::Declared::Resource(one)) => {
                !one.resource().existing && !matches!(one.presence, Presence::No { .. })
            }
            _ => false,
        }
    }
}

fn object(entries: Vec<(&str, Node)>, at: Option<Arc<model::Position>>) -> Node {
    let entries = entries.into_iter().map(|(name, node)| (Arc::from(name), node)).collect();
    Node { at, ..Value::map(entries).into() }
}

/// A type as the provider writes it.
fn declared_type(of: &str, secure: bool) -> Node {
    match (of, secure) {
        ("string", true) => "SecureString".into(),
        ("object", true) => "SecureObject".into(),
        ("string", false) => "String".into(),
        ("object", false) => "Object".into(),
        ("int", _) => "Int".into(),
        ("bool", _) => "Bool".into(),
        ("array", _) => "Array".into(),
        (other, _) => other.into(),
    }
}
