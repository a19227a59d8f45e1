//! What members, elements and calls of a thing are.

use catalog::sdk::{Gives, Role};
use formats::code::{Call, ClassId, Expr, ExprId, FunctionId};

use super::super::names::{family, is_builder_name};
use super::super::repo::{Module, Place};
use super::super::scopes::Bound;
use super::{Evaluator, Thing, Things, push};

impl<'r, 's, 'c> Evaluator<'r, 's, 'c> {
    /// `thing.name`.
    pub(super) fn member(&self, thing: Thing, name: &str, found: &mut Things) {
        match thing {
            Thing::Library { name: at, file, made } => {
                let names = self.repo.names(file);
                match names.member(at, name) {
                    Some(next) => push(found, Thing::Library { name: next, file, made }),
                    // Nor is it a method of anything that a card names.
                    None if names.method(name).is_some() => {}
                    None if names.is_fluent(at) || self.is_built(made) => push(found, thing),
                    None => {}
                }
            }
            Thing::Module { file } => {
                _ = self.deeper(|| self.top(file, name, found));
                if found.is_empty() {
                    self.submodule(file, name, found);
                }
            }
            Thing::Package { file, import } => {
                let import = &self.repo.file(file).scopes.imports[import as usize];
                let folder = import.module.rsplit(['/', '.']).next().unwrap_or_default();
                if family(self.repo.file(file).language()) == "python" {
                    let whole = format!("{}.{name}", import.module);
                    if let Module::File(other) = self.repo.module(file, import, &whole) {
                        push(found, Thing::Module { file: other });
                    }
                } else if let Some(other) = self.repo.shared(file, name, Some(folder)) {
                    self.top(other, name, found);
                }
            }
            Thing::Class { file, id } | Thing::Object { file, id, .. } => {
                self.attribute(file, id, name, found);
            }
            Thing::Function { .. } => {}
        }
    }

    /// Whether an object was made by a builder, so that what no card names of it returns it.
    fn is_built(&self, made: Option<Place>) -> bool {
        let callee = made.and_then(|made| Some(Place { expr: self.call_of(made)?.callee, ..made }));
        callee.is_some_and(|callee| match self.expr(callee) {
            Expr::Name(name) | Expr::Member { name, .. } => is_builder_name(name),
            _ => false,
        })
    }

    /// `package.module` of a package that was imported as a whole.
    pub(super) fn submodule(&self, file: u32, name: &str, found: &mut Things) {
        let path = self.repo.file(file).path();
        if !path.ends_with("/__init__.py") {
            return;
        }
        let import = formats::code::Import {
            module: "".into(),
            up: 1,
            name: None,
            local: "_",
            span: formats::Span::default(),
        };
        if let Module::File(other) = self.repo.module(file, &import, name) {
            push(found, Thing::Module { file: other });
        }
    }

    /// An attribute of a class of the program, or of what it inherits.
    pub(crate) fn attribute(&self, file: u32, class: ClassId, name: &str, found: &mut Things) {
        let of = self.repo.file(file);
        if let Some(bindings) = of.scopes.attributes[class.0 as usize].get(name) {
            let told = bindings.iter().any(|binding| !matches!(binding.bound, Bound::Kind(_)));
            if !told {
                self.made_with(file, class, name, found);
            }
            for binding in bindings.iter().rev() {
                match binding.bound {
                    Bound::Kind(_) if told || !found.is_empty() => {}
                    Bound::Function(id) if self.is_property(file, id) => self.given_by(file, id, found),
                    bound => self.bound(file, bound, found),
                }
            }
            if !found.is_empty() {
                return;
            }
        }
        for base in &of.unit.class(class).bases {
            let inherited = self.deeper(|| self.refer(Place { file, expr: *base }));
            for thing in inherited.unwrap_or_default() {
                match thing {
                    Thing::Class { file, id } => _ = self.deeper(|| self.attribute(file, id, name, found)),
                    Thing::Library { name: base, file, .. } => {
                        let names = self.repo.names(file);
                        let method = names.call(base, None).and_then(|object| names.member(object, name));
                        if let Some(name) = method {
                            push(found, Thing::Library { name, file, made: None });
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// What objects of a class are made with under a name: `Bot{client: c}`, `Bot(client=c)`.
    fn made_with(&self, file: u32, class: ClassId, name: &str, found: &mut Things) {
        for made in self.makers.get(&(file, class)).into_iter().flatten().take(8) {
            let args = self.call_of(*made).map(|call| &call.args[..]).unwrap_or_default();
            for arg in args.iter().filter(|arg| arg.name == Some(name)) {
                let given = self.deeper(|| self.refer(Place { expr: arg.value, ..*made }));
                given.unwrap_or_default().into_iter().for_each(|thing| push(found, thing));
            }
        }
    }

    /// Whether a method is read like an attribute: `@property`, `@cached_property`.
    fn is_property(&self, file: u32, function: FunctionId) -> bool {
        let unit = &self.repo.file(file).unit;
        unit.function(function).marks.iter().any(|mark| unit.text(*mark).ends_with("property"))
    }

    /// What a function gives.
    fn given_by(&self, file: u32, function: FunctionId, found: &mut Things) {
        let of = self.repo.file(file);
        for value in of.scopes.returns[function.0 as usize].iter().rev().take(8) {
            self.refer(Place { file, expr: *value }).into_iter().for_each(|thing| push(found, thing));
        }
        if let (true, Some(kind)) = (found.is_empty(), of.unit.function(function).returns) {
            self.of_kind(Place { file, expr: kind }, found);
        }
    }

    /// The function that makes objects of a class.
    pub(crate) fn constructor(&self, file: u32, class: ClassId) -> Option<(u32, FunctionId)> {
        let attributes = &self.repo.file(file).scopes.attributes[class.0 as usize];
        let bindings = attributes.get("__init__").or_else(|| attributes.get("constructor"))?;
        bindings.iter().find_map(|binding| match binding.bound {
            Bound::Function(id) => Some((file, id)),
            _ => None,
        })
    }

    pub(super) fn element(&self, thing: Thing, found: &mut Things) {
        if let Thing::Library { name, file, made } = thing
            && let Some(name) = self.repo.names(file).element(name)
        {
            push(found, Thing::Library { name, file, made });
        }
    }

    /// What a call gives.
    pub(super) fn called(&self, thing: Thing, place: Place, call: &Call<'s>, found: &mut Things) {
        let at = |expr: ExprId| Place { expr, ..place };
        match thing {
            Thing::Library { name, file, made } => {
                let names = self.repo.names(file);
                // A method that no card names, of something that is being built: `member` gave what it is called on.
                if (names.is_fluent(name) || self.is_built(made))
                    && let Expr::Member { of, .. } = self.expr(at(call.callee))
                    && self.refer(at(*of)).contains(&thing)
                {
                    return push(found, thing);
                }
                let name = names.default_export(name).unwrap_or(name);
                let given = names.signature(name).and_then(|signature| signature.gives.as_ref());
                match given {
                    Some(Gives::Receiver) => {
                        if let Expr::Member { of, .. } = self.expr(at(call.callee)) {
                            self.refer(at(*of)).into_iter().for_each(|thing| push(found, thing));
                        }
                        return;
                    }
                    Some(Gives::Argument(index)) => {
                        if let Some(arg) = call.args.get(*index as usize) {
                            self.refer(at(arg.value)).into_iter().for_each(|thing| push(found, thing));
                        }
                        return;
                    }
                    Some(Gives::Text) => return,
                    Some(Gives::Name(path)) => {
                        let language = family(self.repo.file(file).language());
                        if let Some(name) = names.given(name, path, language) {
                            push(found, Thing::Library { name, file, made: Some(place) });
                        }
                        return;
                    }
                    None => {}
                }
                let first = names.asks_first(name).then(|| self.first_text(place, call)).flatten();
                let special = first.as_deref().and_then(|first| names.call_with(name, first));
                if let Some(special) = special
                    && let Some(Gives::Name(path)) = names.signature(special).and_then(|s| s.gives.as_ref())
                    && let Some(name) = names.given(special, path, family(self.repo.file(file).language()))
                {
                    return push(found, Thing::Library { name, file, made: Some(place) });
                }
                // A step that is no thing of its own leads on from what it was made on.
                let signature = names.signature(name);
                let is_step = signature.is_none_or(|signature| signature.role == Role::Step);
                let from = if is_step { made.or(Some(place)) } else { Some(place) };
                match special.or_else(|| names.call(name, None)) {
                    Some(next) => push(found, Thing::Library { name: next, file, made: from }),
                    // A method that no card names returns the object that is being built.
                    None if names.is_fluent(name) || self.is_built(made) => {
                        push(found, Thing::Library { name, file, made });
                    }
                    // A component whose methods no card names is still that component.
                    None if names.signature(name).is_some() => {
                        push(found, Thing::Library { name, file, made: Some(place) });
                    }
                    None => {}
                }
            }
            Thing::Function { file, id } => self.given_by(file, id, found),
            Thing::Class { file, id } => push(found, Thing::Object { file, id, made: Some(place) }),
            Thing::Object { file, id, .. } => {
                let mut method = Vec::new();
                self.attribute(file, id, "__call__", &mut method);
                for thing in method.into_iter().filter(|thing| matches!(thing, Thing::Function { .. })) {
                    _ = self.deeper(|| self.called(thing, place, call, found));
                }
            }
            Thing::Module { .. } | Thing::Package { .. } => {
                // `require("m")` and `import("m")` are names themselves; a module is not called.
            }
        }
    }

    /// `require("m")`, `await import("m")`.
    pub(super) fn required(&self, place: Place, call: &Call<'s>, found: &mut Things) {
        let Some(module) = self.first_text(place, call) else { return };
        let import = formats::code::Import {
            module: module.clone().into(),
            up: 0,
            name: None,
            local: "_",
            span: formats::Span::default(),
        };
        match self.repo.module(place.file, &import, &module) {
            Module::Library(name) => push(found, Thing::Library { name, file: place.file, made: None }),
            Module::File(file) => push(found, Thing::Module { file }),
            Module::Elsewhere => {}
        }
    }

    /// The text of a call's first argument, or of the one named as the first of the AWS SDK is.
    pub(super) fn first_text(&self, place: Place, call: &Call<'s>) -> Option<String> {
        let arg = call
            .args
            .iter()
            .find(|arg| !arg.spread && (arg.name.is_none() || arg.name == Some("service_name")))?;
        self.value(Place { expr: arg.value, ..place }).as_str().map(str::to_owned)
    }

    /// The text of the first argument of the call at a place.
    pub(crate) fn first_text_of(&self, place: Place) -> Option<String> {
        self.first_text(place, self.call_of(place)?)
    }
}
