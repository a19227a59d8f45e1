//! What an expression stands for, if it is no mere data: a name of a library, an object a library made, a function,
//! class or object of the program, a module.
//!
//! Flow counts only where it is plain: the last assignment before a use, all of them where branches or calls come between.
//! Several answers are kept, the likeliest first. Constants are `value`'s.

mod members;
mod params;
mod written;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use formats::code::{Call, ClassId, Expr, ExprId, FunctionId, Join};
use rustc_hash::FxHashMap;

use super::names::{Name, family};
use super::repo::{Module, Place, Repo};
use super::scopes::{Binding, Bound, Taken};

/// Answers that are kept for one expression.
const MOST: usize = 4;
/// Steps from one name to the next that are followed.
const DEPTH: u32 = 40;
/// Steps that are taken for a whole tree; some hundred times what large repositories need.
const STEPS: u64 = 50_000_000;

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

/// What was answered before.
#[derive(Clone, Debug)]
enum Known {
    /// Nobody asked.
    Open,
    Nothing,
    Found(Rc<Things>),
}

/// Answers questions about a repository, and remembers the answers.
pub(crate) struct Evaluator<'r, 's, 'c> {
    pub(crate) repo: &'r Repo<'s, 'c>,
    /// By file and expression.
    known: Vec<RefCell<Vec<Known>>>,
    /// By file and name: what a module gives.
    tops: RefCell<FxHashMap<(u32, String), Things>>,
    /// Where expressions were written.
    writings: RefCell<FxHashMap<Place, Option<Place>>>,
    /// Steps that were taken for all questions together.
    steps: Cell<u64>,
    depth: RefCell<u32>,
    /// The calls of each function of the program, once they are known.
    pub(crate) callers: FxHashMap<(u32, FunctionId), Vec<Place>>,
    pub(crate) values: RefCell<FxHashMap<Place, model::Node>>,
    /// The calls that make objects of each class.
    pub(crate) makers: FxHashMap<(u32, ClassId), Vec<Place>>,
    /// From what a method is called on to the call.
    pub(crate) received: FxHashMap<Place, Place>,
}

impl<'r, 's, 'c> Evaluator<'r, 's, 'c> {
    pub(crate) fn new(repo: &'r Repo<'s, 'c>) -> Self {
        let mut evaluator = Evaluator {
            repo,
            known: repo
                .files
                .iter()
                .map(|file| RefCell::new(vec![Known::Open; file.unit.len() as usize]))
                .collect(),
            tops: RefCell::default(),
            writings: RefCell::default(),
            steps: Cell::new(0),
            depth: RefCell::new(0),
            callers: FxHashMap::default(),
            values: RefCell::default(),
            received: FxHashMap::default(),
            makers: FxHashMap::default(),
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
                if let Expr::Member { of, .. } = each.unit.expr(parts.callee) {
                    self.received.insert(Place { file, expr: *of }, Place { file, expr: *call });
                }
                for thing in self.refer(Place { file, expr: parts.callee }) {
                    let function = match thing {
                        Thing::Function { file, id } => Some((file, id)),
                        Thing::Class { file: of, id } => {
                            let makers = self.makers.entry((of, id)).or_default();
                            if makers.len() < 16 {
                                makers.push(Place { file, expr: *call });
                            }
                            self.constructor(of, id)
                        }
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
        self.known.iter().for_each(|file| file.borrow_mut().fill(Known::Open));
        self.tops.borrow_mut().clear();
        self.writings.borrow_mut().clear();
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

    /// Whether there were so many questions that the later ones have no answer.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.steps.get() > STEPS
    }

    /// Guards one step of a question; `None` when the way is too long already.
    pub(crate) fn deeper<T>(&self, ask: impl FnOnce() -> T) -> Option<T> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if *self.depth.borrow() >= DEPTH || steps > STEPS {
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
        match self.known(place) {
            Known::Open => {}
            Known::Nothing => return Vec::new(),
            Known::Found(found) => return found.to_vec(),
        }
        // A question that leads back to itself finds nothing on the way.
        self.remember(place, Known::Nothing);
        let Some(found) = self.deeper(|| self.ask(place)) else {
            self.remember(place, Known::Open);
            return Vec::new();
        };
        if !found.is_empty() {
            self.remember(place, Known::Found(Rc::new(found.clone())));
        }
        found
    }

    fn known(&self, place: Place) -> Known {
        self.known[place.file as usize].borrow()[place.expr.0 as usize].clone()
    }

    fn remember(&self, place: Place, known: Known) {
        self.known[place.file as usize].borrow_mut()[place.expr.0 as usize] = known;
    }

    fn ask(&self, place: Place) -> Things {
        let at = |expr: ExprId| Place { expr, ..place };
        let mut found = Vec::new();
        match self.expr(place) {
            Expr::Name(name) => {
                let bindings = self.bindings(place, name);
                let told = bindings.iter().any(|binding| !matches!(binding.bound, Bound::Kind(_)));
                for binding in bindings.iter().filter(|b| !told || !matches!(b.bound, Bound::Kind(_))) {
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
                if found.is_empty() {
                    let on = self.repo.file(place.file).unit.text(*of);
                    let put = self.repo.file(place.file).scopes.put.get(&(on, *name));
                    for binding in put.into_iter().flatten().rev() {
                        self.bound(place.file, binding.bound, &mut found);
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
                if let Expr::Name("require" | "import") = self.expr(at(call.callee)) {
                    self.required(place, call, &mut found);
                }
                if found.is_empty() {
                    for thing in self.refer(at(call.callee)) {
                        self.called(thing, place, call, &mut found);
                    }
                }
                // `client.unwrap()`: the value inside.
                if found.is_empty()
                    && let Expr::Member { of, name } = self.expr(at(call.callee))
                    && matches!(*name, "unwrap" | "expect" | "clone" | "as_ref" | "context" | "with_context")
                    && family(self.repo.file(place.file).language()) == "rust"
                {
                    return self.refer(at(*of));
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

    pub(crate) fn class_around(&self, place: Place) -> Option<ClassId> {
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
        let family = family(of.language());
        // A package of Go goes by a name that its path only resembles.
        if family == "go" {
            let resembles = |import: &formats::code::Import| {
                let last = import.module.rsplit('/').find(|part| !is_version(part)).unwrap_or_default();
                let bare = last.trim_start_matches("go-").trim_end_matches("-go").trim_end_matches("-sdk");
                import.local == last && last != name && bare.replace('-', "") == name
            };
            if let Some(index) = of.scopes.imports.iter().position(resembles) {
                return self.imported(file, index as u32, found);
            }
        }
        if !matches!(family, "python" | "script")
            && let Some(other) = self.repo.shared(file, name, None)
        {
            return self.top(other, name, found);
        }
        if family == "go" {
            // The name of a package is a part of the last part of its path: `github.com/openai/openai-go` is `openai`.
            let is_package = |import: &formats::code::Import| {
                import.name.is_none() && import.local.split(['-', '.']).any(|part| part == name)
            };
            if let Some(index) = of.scopes.imports.iter().position(is_package) {
                return self.imported(file, index as u32, found);
            }
        }
        if family == "csharp" {
            // Namespaces that a project of today uses without saying so.
            const IMPLICIT: [&str; 6] = [
                "System",
                "System.IO",
                "System.Net.Http",
                "Microsoft.AspNetCore.Builder",
                "Microsoft.Extensions.Configuration",
                "Microsoft.Extensions.Hosting",
            ];
            let names = self.repo.names(file);
            for module in IMPLICIT.iter().filter_map(|module| names.find_module(module, family)) {
                if let Some(name) = names.member(module, name).filter(|name| *name != module) {
                    return push(found, Thing::Library { name, file, made: None });
                }
            }
        }
        if let Some(name) = self.repo.names(file).builtin(name) {
            push(found, Thing::Library { name, file, made: None });
        }
    }

    /// A name of a module of the tree.
    fn top(&self, file: u32, name: &str, found: &mut Things) {
        let key = (file, name.to_owned());
        if let Some(known) = self.tops.borrow().get(&key) {
            known.iter().for_each(|thing| push(found, *thing));
            return;
        }
        // Modules that give each other's names on lead back here.
        self.tops.borrow_mut().insert(key.clone(), Things::new());
        let mut here = Things::new();
        self.find_top(file, name, &mut here);
        here.iter().for_each(|thing| push(found, *thing));
        self.tops.borrow_mut().insert(key, here);
    }

    fn find_top(&self, file: u32, name: &str, found: &mut Things) {
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
                            self.refer(place).into_iter().for_each(|thing| push(found, thing));
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

/// `v2`.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}
