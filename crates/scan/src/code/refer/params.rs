//! What parameters and declared types stand for.

use formats::code::{Expr, FunctionId, Passing};

use super::super::repo::Place;
use super::{Evaluator, Thing, Things, push};

impl<'r, 's, 'c> Evaluator<'r, 's, 'c> {
    /// A parameter: what its type says, its default, and what the program's own calls give.
    pub(super) fn param(&self, file: u32, function: FunctionId, index: u32, found: &mut Things) {
        let of = self.repo.file(file).unit.function(function);
        let Some(param) = of.params.get(index as usize) else { return };
        if param.passing == Passing::Receiver {
            if let Some(class) = of.class {
                push(found, Thing::Object { file, id: class, made: None });
            }
            return;
        }
        for place in self.arguments_for(file, function, index) {
            self.refer(place).into_iter().for_each(|thing| push(found, thing));
        }
        if let Some(default) = param.default {
            self.refer(Place { file, expr: default }).into_iter().for_each(|thing| push(found, thing));
        }
        if found.is_empty()
            && let Some(kind) = param.kind
        {
            self.of_kind(Place { file, expr: kind }, found);
        }
    }

    /// What the program's own calls give for a parameter.
    pub(crate) fn arguments_for(&self, file: u32, function: FunctionId, index: u32) -> Vec<Place> {
        let of = self.repo.file(file).unit.function(function);
        let Some(param) = of.params.get(index as usize) else { return Vec::new() };
        let receivers =
            of.params.iter().take(index as usize).filter(|p| p.passing == Passing::Receiver).count();
        let position = index as usize - receivers;
        let callers = self.callers.get(&(file, function)).map_or(&[][..], |places| places);
        let given = |place: &Place| {
            let call = self.call_of(*place)?;
            let named = call.args.iter().find(|arg| arg.name == Some(param.name));
            let placed = || {
                let mut placed = call.args.iter().filter(|arg| arg.name.is_none()).take(position + 1);
                let arg = placed.nth(position)?;
                (!call.args.iter().take(position + 1).any(|arg| arg.spread)).then_some(arg)
            };
            let arg = named.or_else(placed).filter(|_| param.passing == Passing::Plain)?;
            Some(Place { file: place.file, expr: arg.value })
        };
        callers.iter().take(16).filter_map(given).collect()
    }

    /// An object of a declared type.
    pub(super) fn of_kind(&self, kind: Place, found: &mut Things) {
        // `Optional[T]`, `T | None`, `Annotated[T, …]`: the type inside.
        match self.expr(kind) {
            Expr::Index { of, key } => {
                let outer = match self.expr(Place { expr: *of, ..kind }) {
                    Expr::Name(name) | Expr::Member { name, .. } => *name,
                    _ => "",
                };
                if matches!(
                    outer,
                    "Optional"
                        | "Annotated"
                        | "Union"
                        | "Final"
                        | "ClassVar"
                        | "Type"
                        | "Promise"
                        | "Option"
                        | "Arc"
                        | "Box"
                        | "Rc"
                ) {
                    _ = self.deeper(|| match self.expr(Place { expr: *key, ..kind }) {
                        Expr::List(items) => {
                            if let Some(first) = items.first() {
                                self.of_kind(Place { expr: *first, ..kind }, found);
                            }
                        }
                        _ => self.of_kind(Place { expr: *key, ..kind }, found),
                    });
                    return;
                }
            }
            Expr::Join { left, right, .. } => {
                _ = self.deeper(|| {
                    self.of_kind(Place { expr: *left, ..kind }, found);
                    self.of_kind(Place { expr: *right, ..kind }, found);
                });
                return;
            }
            _ => {}
        }
        for thing in self.refer(kind) {
            match thing {
                Thing::Library { name, file, .. } => {
                    if let Some(name) = self.repo.names(file).call(name, None) {
                        push(found, Thing::Library { name, file, made: None });
                    }
                }
                Thing::Class { file, id } => push(found, Thing::Object { file, id, made: None }),
                _ => {}
            }
        }
    }
}
