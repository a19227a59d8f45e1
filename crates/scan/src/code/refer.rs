//! What an expression stands for, if it is no mere data: a name of a library, an object a library made, a function,
//! class or object of the program, a module.
//!
//! Flow counts only where it is plain: the last assignment before a use, all of them where branches or calls come between.
//! Several answers are kept, the likeliest first. Constants are `value`'s.

use std::cell::RefCell;

use catalog::sdk::Gives;
use formats::code::{Call, ClassId, Expr, ExprId, FunctionId, Join, Passing};
use rustc_hash::FxHashMap;

use super::names::{Name, family};
use super::repo::{Module, Place, Repo};
use super::scopes::{Binding, Bound, Taken};

/// Answers that are kept for one expression.
const MOST: usize = 4;
/// Steps from one name to the next that are followed.
const DEPTH: u32 = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Thing {
    /// A name of a library, or what it gave: `made` is the call that made the object.
    Library {
        name: Name,
        file: u32,
        made: Option<Place>,
    },
    Function {
        file: u32,
        id: FunctionId,
    },
    Class {
        file: u32,
        id: ClassId,
    },
    /// An object of a class of the program.
    Object {
        file: u32,
        id: ClassId,
        made: Option<Place>,
    },
    Module {
        file: u32,
    },
    /// A package of the tree or a library that no card knows, as an import of a file named it.
    Package {
        file: u32,
        import: u32,
    },
}

pub(crate) type Things = Vec<Thing>;

/// Answers questions about a repository, and remembers the answers.
pub(crate) struct Evaluator<'r, 's, 'c> {
    pub(crate) repo: &'r Repo<'s, 'c>,
    known: RefCell<FxHashMap<Place, Things>>,
    depth: RefCell<u32>,
    /// The calls of each function of the program, once they are known.
    pub(crate) callers: FxHashMap<(u32, FunctionId), Vec<Place>>,
    pub(crate) values: RefCell<FxHashMap<Place, model::Node>>,
}

impl<'r, 's, 'c> Evaluator<'r, 's, 'c> {
    pub(crate) fn new(repo: &'r Repo<'s, 'c>) -> Self {
        let mut evaluator = Evaluator {
            repo,
            known: RefCell::default(),
            depth: RefCell::new(0),
            callers: FxHashMap::default(),
            values: RefCell::default(),
        };
        evaluator.find_callers();
        evaluator
    }

    /// Who calls which function. What hangs on a parameter is not known yet, so it is asked again afterwards.
    fn find_callers(&mut self) {
        let mut callers: FxHashMap<(u32, FunctionId), Vec<Place>> = FxHashMap::default();
        for (file, each) in self.repo.files.iter().enumerate() {
            let file = file as u32;
            for call in &each.scopes.calls {
                let Expr::Call(parts) = each.unit.expr(*call) else { continue };
                for thing in self.refer(Place { file, expr: parts.callee }) {
                    let function = match thing {
                        Thing::Function { file, id } => Some((file, id)),
                        Thing::Class { file, id } => self.constructor(file, id),
                        _ => None,
                    };
                    if let Some(function) = function {
                        let places = callers.entry(function).or_default();
                        if places.len() < 64 {
                            places.push(Place { file, expr: *call });
                        }
                    }
                }
            }
        }
        self.callers = callers;
        self.known.borrow_mut().clear();
    }

    pub(crate) fn expr(&self, place: Place) -> &'r Expr<'s> {
        self.repo.file(place.file).unit.expr(place.expr)
    }

    pub(crate) fn call_of(&self, place: Place) -> Option<&'r Call<'s>> {
        match self.expr(place) {
            Expr::Call(call) => Some(call),
            Expr::Wait(of) => self.call_of(Place { expr: *of, ..place }),
            _ => None,
        }
    }

    /// Guards one step of a question; `None` when the way is too long already.
    pub(crate) fn deeper<T>(&self, ask: impl FnOnce() -> T) -> Option<T> {
        if *self.depth.borrow() >= DEPTH {
            return None;
        }
        *self.depth.borrow_mut() += 1;
        let answer = ask();
        *self.depth.borrow_mut() -= 1;
        Some(answer)
    }

    /// What an expression stands for.
    pub(crate) fn refer(&self, place: Place) -> Things {
        match self.expr(place) {
            // Data stands for nothing.
            Expr::Null | Expr::Bool(_) | Expr::Int(_) | Expr::Float(_) | Expr::Text(_) | Expr::Format(_) => {
                return Vec::new();
            }
            _ => {}
        }
        if let Some(known) = self.known.borrow().get(&place) {
            return known.clone();
        }
        // A question that leads back to itself finds nothing on the way.
        self.known.borrow_mut().insert(place, Vec::new());
        let found = self.deeper(|| self.ask(place));
        match found {
            Some(found) => {
                self.known.borrow_mut().insert(place, found.clone());
                found
            }
            None => {
                self.known.borrow_mut().remove(&place);
                Vec::new()
            }
        }
    }

    fn ask(&self, place: Place) -> Things {
        let at = |expr: ExprId| Place { expr, ..place };
        let mut found = Vec::new();
        match self.expr(place) {
            Expr::Name(name) => {
                let bindings = self.bindings(place, name);
                for binding in &bindings {
                    self.bound(place.file, binding.bound, &mut found);
                    if found.len() >= MOST {
                        break;
                    }
                }
                if bindings.is_empty() {
                    self.unbound(place.file, name, &mut found);
                }
            }
            Expr::Member { of, name } => {
                if let (Expr::Name("self" | "this" | "cls"), Some(class)) =
                    (self.expr(at(*of)), self.class_around(at(*of)))
                {
                    self.attribute(place.file, class, name, &mut found);
                }
                if found.is_empty() {
                    for thing in self.refer(at(*of)) {
                        self.member(thing, name, &mut found);
                    }
                }
                if found.is_empty()
                    && let Some(name) = self.repo.names(place.file).method(name)
                {
                    push(&mut found, Thing::Library { name, file: place.file, made: None });
                }
            }
            Expr::Index { of, key } => {
                if let Some(inner) = self.entry(at(*of), at(*key)) {
                    return self.refer(inner);
                }
                for thing in self.refer(at(*of)) {
                    self.element(thing, &mut found);
                }
            }
            Expr::Call(call) => {
                for thing in self.refer(at(call.callee)) {
                    self.called(thing, place, call, &mut found);
                }
            }
            Expr::Wait(of) | Expr::Spread(of) => return self.refer(at(*of)),
            Expr::Choose { then, other, .. } => {
                found = self.refer(at(*then));
                self.refer(at(*other)).into_iter().for_each(|thing| push(&mut found, thing));
            }
            Expr::Join { join: Join::Or, left, right } => {
                found = self.refer(at(*left));
                self.refer(at(*right)).into_iter().for_each(|thing| push(&mut found, thing));
            }
            // A pipe of a prompt, a model and a parser acts as the model.
            Expr::Join { join: Join::Bar, left, right } => {
                let mut all = self.refer(at(*left));
                all.extend(self.refer(at(*right)));
                let asks = |thing: &Thing| {
                    self.signature(*thing).is_some_and(|s| {
                        matches!(s.role, catalog::sdk::Role::Model | catalog::sdk::Role::Agent)
                    })
                };
                all.sort_by_key(|thing| !asks(thing));
                all.into_iter().for_each(|thing| push(&mut found, thing));
            }
            Expr::Assign { value, .. } => return self.refer(at(*value)),
            Expr::Function(id) => push(&mut found, Thing::Function { file: place.file, id: *id }),
            Expr::Class(id) => push(&mut found, Thing::Class { file: place.file, id: *id }),
            _ => {}
        }
        found
    }

    /// The bindings of a name as a place sees them.
    pub(crate) fn bindings(&self, place: Place, name: &str) -> Vec<Binding<'s>> {
        let file = self.repo.file(place.file);
        let at = file.unit.span(place.expr).start;
        file.scopes.find(file.language(), file.scopes.scope_of(place.expr), name, at)
    }

    fn class_around(&self, place: Place) -> Option<ClassId> {
        let file = self.repo.file(place.file);
        file.scopes.class_of(&file.unit, file.scopes.scope_of(place.expr))
    }

    fn unbound(&self, file: u32, name: &str, found: &mut Things) {
        let of = self.repo.file(file);
        // A star import, or a namespace of C#, gives names that are not listed.
        for (index, import) in of.scopes.imports.iter().enumerate().filter(|(_, import)| import.local == "*")
        {
            match self.repo.module(file, import, &import.module) {
                Module::Library(module) => {
                    let names = self.repo.names(file);
                    if let Some(name) = names.member(module, name).filter(|name| *name != module) {
                        return push(found, Thing::Library { name, file, made: None });
                    }
                }
                Module::File(other) => {
                    self.top(other, name, found);
                    if !found.is_empty() {
                        return;
                    }
                }
                Module::Elsewhere => _ = index,
            }
        }
        if !matches!(family(of.language()), "python" | "script")
            && let Some(other) = self.repo.shared(file, name, None)
        {
            return self.top(other, name, found);
        }
        if let Some(name) = self.repo.names(file).builtin(name) {
            push(found, Thing::Library { name, file, made: None });
        }
    }

    /// A name of a module of the tree.
    fn top(&self, file: u32, name: &str, found: &mut Things) {
        let of = self.repo.file(file);
        for export in of.scopes.exports.iter().filter(|export| export.name == name || export.name == "*") {
            match (&export.value, &export.from) {
                (Some(value), _) => {
                    self.refer(Place { file, expr: *value }).into_iter().for_each(|thing| push(found, thing));
                }
                (None, Some((module, inner))) => {
                    let import = formats::code::Import {
                        module: module.clone(),
                        up: 0,
                        name: None,
                        local: "_",
                        span: export.span,
                    };
                    let inner = if export.name == "*" { name } else { inner };
                    self.of_module(self.repo.module(file, &import, module), file, inner, found);
                }
                (None, None) => {}
            }
            if !found.is_empty() {
                return;
            }
        }
        for binding in of.scopes.top(name) {
            self.bound(file, binding.bound, found);
        }
        if found.is_empty() {
            let stars = of.scopes.imports.iter().filter(|import| import.local == "*");
            for import in stars {
                self.of_module(self.repo.module(file, import, &import.module), file, name, found);
            }
        }
    }

    fn of_module(&self, module: Module, file: u32, name: &str, found: &mut Things) {
        match module {
            Module::Library(module) => {
                if let Some(name) = self.repo.names(file).member(module, name) {
                    push(found, Thing::Library { name, file, made: None });
                }
            }
            Module::File(other) => _ = self.deeper(|| self.top(other, name, found)),
            Module::Elsewhere => {}
        }
    }

    /// What a binding stands for.
    pub(crate) fn bound(&self, file: u32, bound: Bound<'s>, found: &mut Things) {
        match bound {
            Bound::Value { value, taken } => {
                let place = Place { file, expr: value };
                match taken {
                    Taken::Whole | Taken::Entered => {
                        self.refer(place).into_iter().for_each(|thing| push(found, thing));
                    }
                    Taken::Key(key) => {
                        let things = self.refer(place);
                        if things.is_empty()
                            && let Some(inner) = self.property(place, key)
                        {
                            self.refer(inner).into_iter().for_each(|thing| push(found, thing));
                        }
                        for thing in things {
                            self.member(thing, key, found);
                        }
                    }
                    Taken::Index(index) => match self.item(place, index) {
                        Some(inner) => self.refer(inner).into_iter().for_each(|thing| push(found, thing)),
                        // `client, err := New()`: the first of several results is the result.
                        None if index == 0 => {
                            self.refer(place).into_iter().for_each(|thing| push(found, thing))
                        }
                        None => {}
                    },
                    Taken::Element => match self.expr(place) {
                        Expr::List(items) => {
                            for item in items.iter().take(MOST) {
                                let inner = Place { file, expr: *item };
                                self.refer(inner).into_iter().for_each(|thing| push(found, thing));
                            }
                        }
                        _ => {
                            for thing in self.refer(place) {
                                self.element(thing, found);
                            }
                        }
                    },
                }
            }
            Bound::Kind(kind) => self.of_kind(Place { file, expr: kind }, found),
            Bound::Function(id) => push(found, Thing::Function { file, id }),
            Bound::Class(id) => push(found, Thing::Class { file, id }),
            Bound::Import(index) => self.imported(file, index, found),
            Bound::Param(function, index) => self.param(file, function, index, found),
        }
    }

    fn imported(&self, file: u32, index: u32, found: &mut Things) {
        let import = &self.repo.file(file).scopes.imports[index as usize];
        let python = family(self.repo.file(file).language()) == "python";
        let Some(name) = import.name else {
            let before = found.len();
            match self.repo.module(file, import, &import.module) {
                Module::Library(name) => push(found, Thing::Library { name, file, made: None }),
                Module::File(other) => push(found, Thing::Module { file: other }),
                Module::Elsewhere => {}
            }
            if found.len() == before {
                push(found, Thing::Package { file, import: index });
            }
            return;
        };
        if python {
            // `from package import module`.
            let whole =
                if import.module.is_empty() { name.to_owned() } else { format!("{}.{name}", import.module) };
            if let Module::File(other) = self.repo.module(file, import, &whole) {
                return push(found, Thing::Module { file: other });
            }
        }
        match self.repo.module(file, import, &import.module) {
            Module::Elsewhere => {
                let language = family(self.repo.file(file).language());
                if !matches!(language, "python" | "script") {
                    if let Some(other) = self.repo.shared(file, name, None) {
                        self.top(other, name, found);
                    }
                    // `use a::b`, `import a.b`: the name itself may be the module of a card.
                    let whole = format!("{}.{name}", import.module);
                    if let Some(name) = self.repo.names(file).find_module(&whole, language) {
                        push(found, Thing::Library { name, file, made: None });
                    }
                }
            }
            module => self.of_module(module, file, name, found),
        }
    }

    /// A parameter: what its type says, its default, and what the program's own calls give.
    fn param(&self, file: u32, function: FunctionId, index: u32, found: &mut Things) {
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
    fn of_kind(&self, kind: Place, found: &mut Things) {
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

    /// `thing.name`.
    fn member(&self, thing: Thing, name: &str, found: &mut Things) {
        match thing {
            Thing::Library { name: at, file, made } => {
                let names = self.repo.names(file);
                match names.member(at, name) {
                    Some(next) => push(found, Thing::Library { name: next, file, made }),
                    None if names.is_fluent(at) => push(found, thing),
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
                self.attribute(file, id, name, found)
            }
            Thing::Function { .. } => {}
        }
    }

    /// `package.module` of a package that was imported as a whole.
    fn submodule(&self, file: u32, name: &str, found: &mut Things) {
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
            for binding in bindings.iter().rev() {
                self.bound(file, binding.bound, found);
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

    /// The function that makes objects of a class.
    pub(crate) fn constructor(&self, file: u32, class: ClassId) -> Option<(u32, FunctionId)> {
        let attributes = &self.repo.file(file).scopes.attributes[class.0 as usize];
        let bindings = attributes.get("__init__").or_else(|| attributes.get("constructor"))?;
        bindings.iter().find_map(|binding| match binding.bound {
            Bound::Function(id) => Some((file, id)),
            _ => None,
        })
    }

    fn element(&self, thing: Thing, found: &mut Things) {
        if let Thing::Library { name, file, made } = thing
            && let Some(name) = self.repo.names(file).element(name)
        {
            push(found, Thing::Library { name, file, made });
        }
    }

    /// What a call gives.
    fn called(&self, thing: Thing, place: Place, call: &Call<'s>, found: &mut Things) {
        let at = |expr: ExprId| Place { expr, ..place };
        match thing {
            Thing::Library { name, file, made } => {
                let names = self.repo.names(file);
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
                match special.or_else(|| names.call(name, None)) {
                    Some(next) => push(found, Thing::Library { name: next, file, made: Some(place) }),
                    // A method that no card names returns the object that is being built.
                    None if names.is_fluent(name) => push(found, Thing::Library { name, file, made }),
                    // A component whose methods no card names is still that component.
                    None if names.signature(name).is_some() => {
                        push(found, Thing::Library { name, file, made: Some(place) });
                    }
                    None => {}
                }
            }
            Thing::Function { file, id } => {
                let of = self.repo.file(file);
                for value in of.scopes.returns[id.0 as usize].iter().rev().take(8) {
                    self.refer(Place { file, expr: *value }).into_iter().for_each(|thing| push(found, thing));
                }
                if let (true, Some(kind)) = (found.is_empty(), of.unit.function(id).returns) {
                    self.of_kind(Place { file, expr: kind }, found);
                }
            }
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
        if found.is_empty()
            && let Expr::Name("require" | "import") = self.expr(at(call.callee))
        {
            self.required(place, call, found);
        }
    }

    /// `require("m")`, `await import("m")`.
    fn required(&self, place: Place, call: &Call<'s>, found: &mut Things) {
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
    fn first_text(&self, place: Place, call: &Call<'s>) -> Option<String> {
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
                let arg = call.args.iter().find(|arg| arg.name == Some(key))?;
                Some(Place { expr: arg.value, ..written })
            }
            _ => None,
        }
    }

    fn item(&self, of: Place, index: u32) -> Option<Place> {
        let written = self.written(of)?;
        match self.expr(written) {
            Expr::List(items) => items.get(index as usize).map(|item| Place { expr: *item, ..written }),
            _ => None,
        }
    }

    /// The expression that wrote a list, mapping or object, behind the names it goes by.
    pub(crate) fn written(&self, place: Place) -> Option<Place> {
        let inner = |expr: ExprId| self.deeper(|| self.written(Place { expr, ..place })).flatten();
        match self.expr(place) {
            Expr::List(_) | Expr::Map(_) | Expr::Call(_) | Expr::Text(_) | Expr::Format(_) => Some(place),
            Expr::Wait(of) | Expr::Assign { value: of, .. } => inner(*of),
            Expr::Name(name) => {
                self.bindings(place, name).into_iter().find_map(|binding| match binding.bound {
                    Bound::Value { value, taken: Taken::Whole } => inner(value),
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

    fn written_attribute(&self, file: u32, class: ClassId, name: &str) -> Option<Place> {
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

    fn written_elsewhere(&self, file: u32, bound: Bound<'s>) -> Option<Place> {
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

    /// The signature of a name of a library.
    pub(crate) fn signature(&self, thing: Thing) -> Option<&'c catalog::sdk::Signature> {
        match thing {
            Thing::Library { name, file, .. } => self.repo.names(file).signature(name),
            _ => None,
        }
    }
}

pub(crate) fn push(found: &mut Things, thing: Thing) {
    if found.len() < MOST && !found.contains(&thing) {
        found.push(thing);
    }
}
