//! Where a list, mapping or object was written, behind the names it goes by.

use catalog::sdk::Gives;
use formats::code::{ClassId, Expr, ExprId};

use super::super::repo::{Module, Place};
use super::super::scopes::{Bound, Taken};
use super::{Evaluator, Thing};

impl<'r, 's, 'c> Evaluator<'r, 's, 'c> {
    /// The value of an entry of a written mapping or list: `of[key]`.
    pub(crate) fn entry(&self, of: Place, key: Place) -> Option<Place> {
        match self.expr(key) {
            Expr::Text(key) => self.property(of, key),
            Expr::Int(index) => self.item(of, u32::try_from(*index).ok()?),
            _ => None,
        }
    }

    /// The value written under a key, or given under a name where the object was made.
    pub(crate) fn property(&self, of: Place, key: &str) -> Option<Place> {
        let written = self.written(of)?;
        match self.expr(written) {
            Expr::Map(entries) => {
                let fits = |entry: &&(Option<ExprId>, ExprId)| {
                    entry.0.is_some_and(|name| match self.expr(Place { expr: name, ..written }) {
                        Expr::Text(text) => text == key,
                        Expr::Name(name) => *name == key,
                        _ => false,
                    })
                };
                if let Some((_, value)) = entries.iter().rev().find(fits) {
                    return Some(Place { expr: *value, ..written });
                }
                let spread = entries.iter().rev().filter(|entry| entry.0.is_none());
                let mut inside = spread.map(|(_, value)| Place { expr: *value, ..written });
                inside.find_map(|inner| self.deeper(|| self.property(inner, key)).flatten())
            }
            Expr::Call(call) => {
                let named = call.args.iter().find(|arg| arg.name == Some(key));
                let placed = || {
                    let index: usize = key.parse().ok()?;
                    call.args.iter().filter(|arg| arg.name.is_none()).nth(index)
                };
                let arg = named.or_else(placed).map(|arg| Place { expr: arg.value, ..written });
                // Where the card of a step says that it takes it.
                let told = || {
                    let things = self.refer(Place { expr: call.callee, ..written });
                    let step = things.into_iter().filter_map(|thing| self.signature(thing));
                    let mut takes = step.filter_map(|s| s.takes.iter().find(|(name, _)| &**name == key));
                    let (_, takes) = takes.next()?;
                    takes.iter().find_map(|take| self.deeper(|| self.take(written, take)).flatten())
                };
                arg.or_else(|| self.setter(written, key)).or_else(told)
            }
            // `request -> request.modelId("…")`: what the function sets on its parameter.
            Expr::Function(id) => {
                let of = self.repo.file(written.file);
                let span = of.unit.function(*id).span;
                let inside = of.scopes.calls.iter().filter(|call| {
                    let here = of.unit.span(**call);
                    span.start <= here.start && here.end <= span.end
                });
                inside.into_iter().find_map(|call| {
                    let Expr::Call(parts) = of.unit.expr(*call) else { return None };
                    let Expr::Member { name, .. } = of.unit.expr(parts.callee) else { return None };
                    let first = parts.args.first().filter(|_| *name == key)?;
                    Some(Place { expr: first.value, ..written })
                })
            }
            Expr::List(items) => {
                let item = items.get(key.parse::<usize>().ok()?)?;
                Some(Place { expr: *item, ..written })
            }
            _ => None,
        }
    }

    pub(super) fn item(&self, of: Place, index: u32) -> Option<Place> {
        let written = self.written(of)?;
        match self.expr(written) {
            Expr::List(items) => items.get(index as usize).map(|item| Place { expr: *item, ..written }),
            _ => None,
        }
    }

    /// The expression that wrote a list, mapping or object, behind the names it goes by.
    pub(crate) fn written(&self, place: Place) -> Option<Place> {
        match self.expr(place) {
            Expr::List(_) | Expr::Map(_) | Expr::Text(_) | Expr::Format(_) => return Some(place),
            _ => {}
        }
        if let Some(known) = self.writings.borrow().get(&place) {
            return *known;
        }
        self.writings.borrow_mut().insert(place, None);
        let found = self.find_written(place);
        self.writings.borrow_mut().insert(place, found);
        found
    }

    fn find_written(&self, place: Place) -> Option<Place> {
        let inner = |expr: ExprId| self.deeper(|| self.written(Place { expr, ..place })).flatten();
        match self.expr(place) {
            // A call that gives its argument back: `json.dumps({…})`.
            Expr::Call(call) => {
                let given =
                    self.refer(Place { expr: call.callee, ..place }).into_iter().find_map(|thing| match self
                        .signature(thing)?
                        .gives
                    {
                        Some(Gives::Argument(index)) => call.args.get(index as usize),
                        _ => None,
                    });
                given.and_then(|arg| inner(arg.value)).or(Some(place))
            }
            Expr::List(_) | Expr::Map(_) | Expr::Text(_) | Expr::Format(_) | Expr::Function(_) => Some(place),
            Expr::Wait(of) | Expr::Assign { value: of, .. } => inner(*of),
            Expr::Name(name) => {
                self.bindings(place, name).into_iter().find_map(|binding| match binding.bound {
                    Bound::Value { value, taken: Taken::Whole } => inner(value),
                    // `config, err := Load()`.
                    Bound::Value { value, taken: Taken::Index(0) }
                        if self.call_of(Place { expr: value, ..place }).is_some() =>
                    {
                        inner(value)
                    }
                    Bound::Import(_) | Bound::Param(..) => {
                        self.deeper(|| self.written_elsewhere(place.file, binding.bound)).flatten()
                    }
                    _ => None,
                })
            }
            Expr::Member { of, name } => {
                let of = Place { expr: *of, ..place };
                if let (Expr::Name("self" | "this" | "cls"), Some(class)) =
                    (self.expr(of), self.class_around(of))
                {
                    return self.written_attribute(place.file, class, name);
                }
                self.refer(of).into_iter().find_map(|thing| match thing {
                    Thing::Class { file, id } | Thing::Object { file, id, .. } => {
                        self.written_attribute(file, id, name)
                    }
                    Thing::Module { file } => self.written_top(file, name),
                    _ => None,
                })
            }
            Expr::Index { of, key } => {
                let entry = self.entry(Place { expr: *of, ..place }, Place { expr: *key, ..place })?;
                self.deeper(|| self.written(entry)).flatten()
            }
            _ => None,
        }
    }

    pub(super) fn written_attribute(&self, file: u32, class: ClassId, name: &str) -> Option<Place> {
        let bindings = self.repo.file(file).scopes.attributes[class.0 as usize].get(name)?;
        bindings.iter().rev().find_map(|binding| match binding.bound {
            Bound::Value { value, taken: Taken::Whole } => {
                self.deeper(|| self.written(Place { file, expr: value })).flatten()
            }
            _ => None,
        })
    }

    pub(crate) fn written_top(&self, file: u32, name: &str) -> Option<Place> {
        self.repo.file(file).scopes.top(name).into_iter().find_map(|binding| match binding.bound {
            Bound::Value { value, taken: Taken::Whole } => {
                self.deeper(|| self.written(Place { file, expr: value })).flatten()
            }
            bound @ Bound::Import(_) => self.deeper(|| self.written_elsewhere(file, bound)).flatten(),
            _ => None,
        })
    }

    pub(super) fn written_elsewhere(&self, file: u32, bound: Bound<'s>) -> Option<Place> {
        match bound {
            Bound::Import(index) => {
                let import = &self.repo.file(file).scopes.imports[index as usize];
                match self.repo.module(file, import, &import.module) {
                    Module::File(other) => self.written_top(other, import.name?),
                    _ => None,
                }
            }
            Bound::Param(function, index) => {
                let given = self.arguments_for(file, function, index);
                let default =
                    self.repo.file(file).unit.function(function).params.get(index as usize)?.default;
                let places = given.into_iter().chain(default.map(|expr| Place { file, expr }));
                places.into_iter().find_map(|place| self.deeper(|| self.written(place)).flatten())
            }
            _ => None,
        }
    }
}
