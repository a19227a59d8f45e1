//! The values of names and members.

use catalog::sdk::Role;
use formats::code::{Expr, ExprId, Passing};
use model::Node;

use super::super::refer::{Evaluator, Thing};
use super::super::repo::Place;
use super::super::scopes::{Bound, Taken};
use super::place_of;

impl<'s> Evaluator<'_, 's, '_> {
    pub(super) fn name(&self, place: Place, name: &str) -> Node {
        let bindings = self.bindings(place, name);
        if bindings.is_empty() {
            return self.constant_elsewhere(place).unwrap_or_else(|| self.unknown(place));
        }
        if bindings.iter().any(|binding| binding.adds) {
            return self.unknown(place);
        }
        let mut found = Vec::new();
        for binding in &bindings {
            found.push(self.bound_value(place, binding.bound));
        }
        self.one_of(place, found)
    }

    /// A name that a star import or a file of the same package gives.
    pub(super) fn constant_elsewhere(&self, place: Place) -> Option<Node> {
        let Expr::Name(name) = self.expr(place) else { return None };
        let other = self.repo.shared(place.file, name, None)?;
        let written = self.written_top(other, name)?;
        Some(self.passed(place, self.value(written)))
    }

    pub(super) fn bound_value(&self, place: Place, bound: Bound<'s>) -> Node {
        let file = place.file;
        match bound {
            Bound::Value { value, taken } => {
                let whole = Place { file, expr: value };
                match taken {
                    Taken::Whole | Taken::Entered => self.value(whole),
                    Taken::Key(key) => match self.property(whole, key) {
                        Some(inner) => self.value(inner),
                        None => self.key_value(place, whole, key),
                    },
                    Taken::Index(index) => {
                        let node = self.value(whole);
                        let item = node.as_list().and_then(|items| items.get(index as usize));
                        item.cloned().unwrap_or_else(|| self.unknown(place))
                    }
                    Taken::Element => self.unknown(place),
                }
            }
            Bound::Param(function, index) => {
                let Some(param) = self.repo.file(file).unit.function(function).params.get(index as usize)
                else {
                    return self.unknown(place);
                };
                if param.passing != Passing::Plain || param.pattern.is_some() {
                    return self.unknown(place);
                }
                let given: Vec<Node> = self
                    .arguments_for(file, function, index)
                    .into_iter()
                    .map(|inner| self.value(inner))
                    .collect();
                let default = param.default.map(|expr| self.value(Place { file, expr }));
                match (given.is_empty(), default) {
                    (true, Some(default)) => Node { assumed: true, ..default },
                    (true, None) => self.unknown(place),
                    (false, default) => {
                        let all = given.into_iter().chain(default).filter(|node| !node.is_null());
                        self.one_of(place, all.collect())
                    }
                }
            }
            Bound::Import(index) => {
                if let Some(node) = self.imported_data(place, index) {
                    return node;
                }
                let written = self.written_import(place, bound);
                written.map_or_else(|| self.unknown(place), |written| self.value(written))
            }
            Bound::Kind(_) | Bound::Function(_) | Bound::Class(_) => self.unknown(place),
        }
    }

    /// `import config from "./config.json"`.
    fn imported_data(&self, place: Place, index: u32) -> Option<Node> {
        let file = self.repo.file(place.file);
        let import = &file.scopes.imports[index as usize];
        let path = import.module.strip_prefix("./").unwrap_or(&import.module);
        if !path.ends_with(".json") {
            return None;
        }
        let whole = self.settings().file(file.path(), &file.scope, path)?;
        match import.name {
            None | Some("default") => Some(self.passed(place, whole)),
            Some(name) => Some(self.passed(place, whole.get(name)?.clone())),
        }
    }

    /// `const { KEY } = process.env`.
    pub(super) fn key_value(&self, place: Place, whole: Place, key: &str) -> Node {
        let reads = self.refer(whole).into_iter().any(|thing| {
            let Thing::Library { name, file, .. } = thing else { return false };
            let names = self.repo.names(file);
            let all = [Some(name), names.member(name, key), names.element(name)];
            let mut signatures = all.into_iter().flatten().filter_map(|name| names.signature(name));
            signatures.any(|signature| signature.role == Role::Environment)
        });
        if reads {
            return self.variable(place, key, None);
        }
        let given = self.refer(whole).into_iter().find_map(|thing| match thing {
            Thing::Module { file } => self.first_top(file, key).or_else(|| self.exported(file, key)),
            _ => None,
        });
        if let Some(given) = given {
            return self.passed(place, self.value(given));
        }
        let node = self.value(whole);
        node.get(key).cloned().unwrap_or_else(|| self.unknown(place))
    }

    pub(super) fn written_import(&self, place: Place, bound: Bound<'s>) -> Option<Place> {
        let Bound::Import(index) = bound else { return None };
        let import = &self.repo.file(place.file).scopes.imports[index as usize];
        match self.repo.module(place.file, import, &import.module) {
            super::super::repo::Module::File(other) => {
                let name = import.name?;
                let given_on = |name: &str| self.given_on(other, name);
                let exports = &self.repo.file(other).scopes.exports;
                let exported = exports.iter().find(|e| e.name == name).and_then(|e| e.value);
                exported
                    .map(|expr| Place { file: other, expr })
                    .or_else(|| self.first_top(other, name))
                    .or_else(|| given_on(name))
            }
            super::super::repo::Module::Elsewhere => {
                let name = import.name?;
                let other = self.repo.shared(place.file, name, None)?;
                self.first_top(other, name)
            }
            _ => None,
        }
    }

    /// The expression behind a name that a module gives on from another: `export * from "./names"`, `from .names import *`.
    fn given_on(&self, file: u32, name: &str) -> Option<Place> {
        let of = self.repo.file(file);
        let exports =
            of.scopes.exports.iter().filter(|export| matches!(export.name, "*") || export.name == name);
        let from = exports.filter_map(|export| {
            let (module, inner) = export.from.as_ref()?;
            let span = export.span;
            let import =
                formats::code::Import { module: module.clone(), up: 0, name: None, local: "_", span };
            Some((self.repo.module(file, &import, module), if export.name == "*" { name } else { inner }))
        });
        let stars = of.scopes.imports.iter().filter(|import| import.local == "*" && import.name.is_some());
        let stars = stars.map(|import| (self.repo.module(file, import, &import.module), name));
        from.chain(stars).find_map(|(module, name)| match module {
            super::super::repo::Module::File(other) => {
                let inner = || self.first_top(other, name).or_else(|| self.given_on(other, name));
                self.deeper(inner).flatten()
            }
            _ => None,
        })
    }

    /// What `module.exports = { name: … }` gives under a name.
    pub(super) fn exported(&self, file: u32, name: &str) -> Option<Place> {
        let exports = self.repo.file(file).scopes.exports.iter();
        let whole = exports.filter(|export| matches!(export.name, "default" | "*")).filter_map(|e| e.value);
        whole.map(|expr| Place { file, expr }).find_map(|whole| self.property(whole, name))
    }

    /// The expression that a name of a module was bound to last.
    pub(super) fn first_top(&self, file: u32, name: &str) -> Option<Place> {
        self.repo.file(file).scopes.top(name).into_iter().find_map(|binding| match binding.bound {
            Bound::Value { value, taken: Taken::Whole } => Some(Place { file, expr: value }),
            bound @ Bound::Import(_) => {
                let place = Place { file, expr: ExprId(0) };
                self.deeper(|| self.written_import(place, bound)).flatten()
            }
            _ => None,
        })
    }

    pub(super) fn member_value(&self, place: Place, of: Place, name: &str) -> Node {
        if let (Expr::Name("this"), Some(class)) = (self.expr(of), self.class_around(of))
            && let Some(node) = self.attribute_value(place, place.file, class, name)
        {
            return node;
        }
        // `process.env.NAME`.
        for thing in self.refer(of) {
            match thing {
                Thing::Library { name: at, file, .. } => {
                    let names = self.repo.names(file);
                    let member = names.member(at, name).and_then(|member| names.signature(member));
                    if member.or_else(|| names.signature(at)).is_some_and(|s| s.role == Role::Environment) {
                        return self.variable(place, name, None);
                    }
                }
                Thing::Class { file, id } | Thing::Object { file, id, .. } => {
                    if let Some(node) = self.attribute_value(place, file, id, name) {
                        return node;
                    }
                }
                Thing::Module { file } => {
                    if let Some(found) = self.first_top(file, name).or_else(|| self.exported(file, name)) {
                        return self.passed(place, self.value(found));
                    }
                }
                _ => {}
            }
        }
        if let Some(inner) = self.property(of, name) {
            return self.passed(place, self.value(inner));
        }
        let whole = self.value(of);
        if let Some(inner) = whole.get(name) {
            return self.passed(place, inner.clone());
        }
        // The value of a member of an enumeration.
        if name == "value" && whole.as_str().is_some() {
            return self.passed(place, whole);
        }
        let file = self.repo.file(place.file);
        let put = file.scopes.put.get(&(file.unit.text(of.expr), name)).map_or(&[][..], |put| put);
        let found: Vec<Node> = put.iter().map(|binding| self.bound_value(place, binding.bound)).collect();
        if found.is_empty() { self.unknown(place) } else { self.one_of(place, found) }
    }

    /// An attribute of a class of the program: of settings also what the environment says.
    pub(super) fn attribute_value(
        &self,
        place: Place,
        file: u32,
        class: formats::code::ClassId,
        name: &str,
    ) -> Option<Node> {
        let of = self.repo.file(file);
        let bindings = of.scopes.attributes[class.0 as usize].get(name);
        let settings = of.unit.class(class).bases.iter().any(|base| {
            self.refer(Place { file, expr: *base })
                .iter()
                .any(|thing| self.signature(*thing).is_some_and(|s| s.role == Role::SettingsClass))
        });
        let found: Vec<Node> = bindings
            .into_iter()
            .flatten()
            .filter(|binding| matches!(binding.bound, Bound::Value { .. } | Bound::Param(..)))
            .map(|binding| {
                self.bound_value(Place { file, expr: place_of(binding.bound, place) }, binding.bound)
            })
            .collect();
        if settings {
            let default = found.into_iter().next_back().filter(|node| !node.is_unknown());
            return Some(self.variable(place, &name.to_uppercase(), default));
        }
        (!found.is_empty()).then(|| self.one_of(place, found))
    }
}
