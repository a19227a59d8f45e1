//! One function or module, statement by statement: which names hold which text after each.

use std::rc::Rc;

use formats::code::{Assigning, ClassId, Expr, ExprId, FunctionId, Language, Passing, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::repo::{File, Place};
use super::taint::{ALL, At, Hit, Mark, Origin, START, Says, Sink, Taint};
use super::{Engine, Kind, Source, Summary, Unit, qualified};

/// Names with text in them; a name that is there with nothing was checked, or overwritten.
pub(super) type Env<'s> = FxHashMap<&'s str, Taint<'s>>;

/// Expressions that are looked at for one function, however they nest.
const FUEL: u32 = 100_000;
/// Expressions, statements and functions inside one another.
const NESTED: u32 = 300;

pub(super) struct Walk<'w, 'e, 'r, 's, 'c> {
    pub(super) engine: &'w Engine<'e, 'r, 's, 'c>,
    pub(super) file: u32,
    pub(super) of: &'r File<'s>,
    pub(super) env: Env<'s>,
    pub(super) returns: Taint<'s>,
    pub(super) hits: Vec<Hit>,
    pub(super) writes: Vec<(super::Attribute<'s>, Mark)>,
    /// `const [value, setValue] = useState()`: what each setter sets.
    pub(super) setters: FxHashMap<&'s str, &'s str>,
    pub(super) function: Rc<str>,
    pub(super) module: bool,
    /// What the top of the file keeps.
    pub(super) globals: Option<Rc<Env<'s>>>,
    class: Option<ClassId>,
    fuel: u32,
}

impl<'w, 'e, 'r, 's, 'c> Walk<'w, 'e, 'r, 's, 'c> {
    pub(super) fn run(engine: &'w Engine<'e, 'r, 's, 'c>, unit: Unit) -> Summary<'s> {
        let (Unit::Module(file) | Unit::Function(file, _)) = unit;
        let of = engine.evaluator.repo.file(file);
        let mut walk = Walk {
            engine,
            file,
            of,
            env: Env::default(),
            returns: Taint::default(),
            hits: Vec::new(),
            writes: Vec::new(),
            setters: FxHashMap::default(),
            function: "(module)".into(),
            module: matches!(unit, Unit::Module(_)),
            globals: engine.globals.borrow().get(&file).filter(|_| !matches!(unit, Unit::Module(_))).cloned(),
            class: None,
            fuel: FUEL,
        };
        match unit {
            Unit::Module(file) => {
                walk.block(&of.unit.body);
                let globals = Rc::new(std::mem::take(&mut walk.env));
                engine.globals.borrow_mut().insert(file, globals);
            }
            Unit::Function(_, id) => {
                walk.function = qualified(engine.evaluator, file, id);
                walk.class = of.unit.function(id).class;
                walk.params(id);
                let given = walk.env.clone();
                let body = &of.unit.function(id).body;
                walk.block(body);
                // A closure may have set what stands before it.
                if of.scopes.function_scopes.len() > 1
                    && walk.closures(id)
                    && walk.env.values().any(|t| !t.is_clean())
                {
                    for (name, taint) in given {
                        walk.env.entry(name).or_default().add(&taint);
                    }
                    walk.block(body);
                }
            }
        }
        walk.returns = std::mem::take(&mut walk.returns).whole();
        Summary { hits: walk.hits, returns: walk.returns, writes: walk.writes }
    }

    /// Whether functions are written inside a function.
    fn closures(&self, id: FunctionId) -> bool {
        let scope = self.of.scopes.function_scopes[id.0 as usize];
        !matches!(self.of.language(), Language::Python)
            && self.of.scopes.function_scopes.iter().any(|s| self.of.scopes.scope(*s).parent == Some(scope))
    }

    fn params(&mut self, id: FunctionId) {
        let function = self.of.unit.function(id);
        let handler = self.engine.handlers.get(&(self.file, id)).cloned();
        for (index, param) in super::plain_params(function) {
            if param.kind.is_some_and(|kind| super::words::holds_no_free_text(self.of.unit.text(kind))) {
                continue;
            }
            let at = At { file: self.file, span: param.span };
            let name = function.name.unwrap_or("a function");
            let trail = self.engine.step(START, at, Says::Passed(name, param.name));
            let mut taint = Taint::of(Mark { origin: Origin::Param(index as u32), clean: 0, trail });
            if let Some(what) = &handler {
                let place = Place { file: self.file, expr: ExprId(u32::MAX - param.span.start) };
                taint.add(&self.text_from_outside(place, at, what.clone()));
            }
            match param.pattern {
                Some(pattern) => self.assign(pattern, taint, false),
                None => _ = self.env.insert(param.name, taint),
            }
        }
    }

    /// Text that came from outside.
    pub(super) fn text_from_outside(&self, place: Place, at: At, what: Rc<str>) -> Taint<'s> {
        let source = self.engine.source(place, || Source {
            kind: Kind::Outside,
            what: what.clone(),
            at,
            component: None,
            call: what.clone(),
            function: self.function.clone(),
        });
        let trail = self.engine.step(START, at, Says::Outside(what));
        Taint::of(Mark { origin: Origin::Source(source), clean: 0, trail })
    }

    /// One step deeper; nothing where it is too deep or has taken too long.
    pub(super) fn deeper<T: Default>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.engine.depth.get();
        if depth >= NESTED || self.fuel == 0 {
            return T::default();
        }
        self.fuel -= 1;
        self.engine.depth.set(depth + 1);
        let found = work(self);
        self.engine.depth.set(depth);
        found
    }

    pub(super) fn place(&self, expr: ExprId) -> Place {
        Place { file: self.file, expr }
    }

    pub(super) fn at(&self, expr: ExprId) -> At {
        At { file: self.file, span: self.of.unit.span(expr) }
    }

    pub(super) fn form(&self, expr: ExprId) -> &'r Expr<'s> {
        self.of.unit.expr(expr)
    }

    pub(super) fn block(&mut self, body: &'r [Stmt<'s>]) {
        for stmt in body {
            self.deeper(|this| this.statement(stmt));
        }
    }

    fn statement(&mut self, stmt: &'r Stmt<'s>) {
        match stmt {
            Stmt::Expr(e) => _ = self.expr(*e),
            Stmt::Return(value) => {
                if let Some(value) = value {
                    let taint = self.expr(*value);
                    self.returns.add(&taint);
                }
            }
            Stmt::Yield(e) => {
                let taint = self.expr(*e);
                self.returns.add(&taint);
            }
            Stmt::Assign { target, value, assigning, .. } => {
                let Some(value) = value else { return };
                self.note_setter(*target, *value);
                let taint = self.expr(*value);
                self.assign(*target, taint, *assigning == Assigning::Add);
            }
            Stmt::Export(export) => {
                if let Some(value) = export.value {
                    self.expr(value);
                }
            }
            Stmt::Function(id) => {
                if !self.module && self.class_of(*id).is_none() {
                    self.nested(*id, &[]);
                }
            }
            Stmt::Class(_) | Stmt::Import(_) => {}
            Stmt::If { test, then, other } => self.branch(*test, then, other),
            Stmt::Loop { target, over, body } => {
                let over = over.map(|over| (over, self.expr(over)));
                for _ in 0..2 {
                    let before = self.env.clone();
                    if let (Some(target), Some((_, taint))) = (target, &over) {
                        self.assign(*target, taint.clone().whole(), false);
                    }
                    self.block(body);
                    let more = self.env.iter().any(|(name, taint)| taint.exceeds(before.get(name)));
                    self.join(before);
                    if !more {
                        break;
                    }
                }
            }
            Stmt::With { items, body } => {
                for (value, target) in items {
                    let taint = self.expr(*value);
                    if let Some(target) = target {
                        self.assign(*target, taint, false);
                    }
                }
                self.block(body);
            }
            Stmt::Try { body, handlers, finally } => {
                let before = self.env.clone();
                self.block(body);
                let after = self.env.clone();
                for handler in handlers {
                    self.join(before.clone());
                    self.block(handler);
                    let ends = self.ends(handler, None);
                    let handled = std::mem::replace(&mut self.env, after.clone());
                    if !ends {
                        self.join(handled);
                    }
                }
                self.block(finally);
            }
        }
    }

    fn branch(&mut self, test: ExprId, then: &'r [Stmt<'s>], other: &'r [Stmt<'s>]) {
        self.expr(test);
        let guards = self.guards(test);
        let before = self.env.clone();
        self.check(&guards.then);
        self.block(then);
        let after = std::mem::replace(&mut self.env, before);
        self.check(&guards.other);
        self.block(other);
        match (self.ends(then, Some(test)), !other.is_empty() && self.ends(other, None)) {
            (true, _) => {}
            (false, true) => self.env = after,
            (false, false) => self.join(after),
        }
    }

    /// What was checked is harmless from here on, for these kinds of places.
    fn check(&mut self, checked: &[(&'s str, super::taint::Kinds)]) {
        for (name, kinds) in checked {
            let known = self.env.get(name).cloned();
            if *kinds == ALL {
                self.env.insert(name, Taint::default());
            } else if let Some(taint) = known {
                self.env.insert(name, taint.cleaned(*kinds));
            }
        }
    }

    /// Either of two ways was taken.
    fn join(&mut self, other: Env<'s>) {
        // What was checked on one way only is not checked.
        let missing: Vec<&'s str> = self
            .env
            .iter()
            .filter(|(n, t)| t.is_clean() && !other.contains_key(*n))
            .map(|(n, _)| *n)
            .collect();
        for name in missing {
            self.env.remove(name);
        }
        for (name, taint) in other {
            match self.env.get_mut(name) {
                Some(known) => known.add(&taint),
                None if !taint.is_clean() => _ = self.env.insert(name, taint),
                None => {}
            }
        }
    }

    /// Whether what follows a block does not follow when the block has run.
    fn ends(&self, body: &[Stmt<'s>], test: Option<ExprId>) -> bool {
        let source = self.of.unit.source;
        let goes_on = |rest: &str| {
            let word = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
            ["continue", "break", "return", "raise", "throw"].iter().any(|w| word.starts_with(w))
        };
        match body.last() {
            None => test.is_some_and(|test| {
                goes_on(source.get(self.of.unit.span(test).end as usize..).unwrap_or_default())
            }),
            Some(Stmt::Return(_)) => true,
            Some(Stmt::Expr(e)) => {
                let span = self.of.unit.span(*e);
                let before = source.get(..span.start as usize).unwrap_or_default().trim_end();
                let after = source.get(span.end as usize..).unwrap_or_default();
                let next = after.trim_start_matches([' ', '\t', ';', '\r', '\n', ')']);
                let exits = match self.form(*e) {
                    Expr::Call(call) => matches!(
                        self.of.unit.text(call.callee),
                        "sys.exit"
                            | "exit"
                            | "quit"
                            | "abort"
                            | "process.exit"
                            | "os._exit"
                            | "panic"
                            | "notFound"
                    ),
                    _ => false,
                };
                exits
                    || ["raise", "throw"].iter().any(|word| before.ends_with(word))
                    || next.starts_with("continue")
                    || next.starts_with("break")
            }
            Some(Stmt::If { then, other, .. }) => {
                !other.is_empty() && self.ends(then, None) && self.ends(other, None)
            }
            _ => false,
        }
    }

    /// `const [value, setValue] = useState(…)`.
    fn note_setter(&mut self, target: ExprId, value: ExprId) {
        if let (Expr::List(items), Expr::Call(call)) = (self.form(target), self.form(value))
            && let [state, setter] = items[..]
            && self.of.unit.text(call.callee).ends_with("useState")
            && let (Expr::Name(state), Expr::Name(setter)) = (self.form(state), self.form(setter))
        {
            self.setters.insert(setter, state);
        }
    }

    pub(super) fn assign(&mut self, target: ExprId, taint: Taint<'s>, adds: bool) {
        match self.form(target) {
            Expr::Name(name) => self.set(name, target, taint, adds),
            Expr::Member { of, name } => {
                self.assigned_member(target, name, &taint);
                if let Expr::Name(receiver) = self.form(*of) {
                    self.attribute_set(receiver, name, &taint);
                }
                let text = self.of.unit.text(target);
                if !taint.is_clean() || self.env.contains_key(text) {
                    self.set(text, target, taint, adds);
                }
            }
            Expr::Index { of, .. } if !taint.is_clean() => self.grow(*of, &taint),
            Expr::List(items) => {
                for item in items.iter() {
                    self.assign(*item, taint.clone().whole(), adds);
                }
            }
            Expr::Map(entries) => {
                for (key, item) in entries.iter() {
                    let name = key.and_then(|key| match self.form(key) {
                        Expr::Name(name) => Some(*name),
                        Expr::Text(std::borrow::Cow::Borrowed(name)) => Some(*name),
                        _ => None,
                    });
                    let part = match name {
                        Some(name) if super::words::holds_no_text(name) => Taint::default(),
                        Some(name) => taint.field(name),
                        None => taint.clone().whole(),
                    };
                    self.assign(*item, part, adds);
                }
            }
            Expr::Spread(inner) => self.assign(*inner, taint.whole(), adds),
            Expr::Assign { target, value } => {
                let default = self.expr(*value);
                self.assign(*target, taint.joined(&default), adds);
            }
            _ => {}
        }
    }

    fn set(&mut self, name: &'s str, target: ExprId, mut taint: Taint<'s>, adds: bool) {
        let at = self.at(target);
        for mark in &mut taint.marks {
            mark.trail = self.engine.trails.borrow_mut().kept(mark.trail, at, name);
        }
        if adds {
            self.env.entry(name).or_default().add(&taint);
        } else if taint.is_clean() {
            // It hides what the file's top keeps under that name.
            if self.env.contains_key(name) || self.globals.is_some() {
                self.env.insert(name, taint);
            }
        } else {
            self.env.insert(name, taint);
        }
    }

    /// Something was put into what an expression names.
    pub(super) fn grow(&mut self, into: ExprId, taint: &Taint<'s>) {
        let name = match self.form(into) {
            Expr::Name(name) => *name,
            Expr::Member { of, name } => {
                if let Expr::Name(receiver) = self.form(*of) {
                    self.attribute_set(receiver, name, taint);
                }
                self.of.unit.text(into)
            }
            Expr::Index { of, .. } => return self.grow(*of, taint),
            _ => return,
        };
        let at = self.at(into);
        let mut taint = taint.clone().whole();
        for mark in &mut taint.marks {
            mark.trail = self.engine.trails.borrow_mut().kept(mark.trail, at, name);
        }
        self.env.entry(name).or_default().add(&taint);
    }

    /// `self.name = …`.
    fn attribute_set(&mut self, receiver: &str, name: &'s str, taint: &Taint<'s>) {
        if taint.is_clean() || !matches!(receiver, "self" | "this" | "cls") {
            return;
        }
        let Some(class) = self.class else { return };
        let attribute = (self.file, class, name);
        for mark in &taint.marks {
            match mark.origin {
                Origin::Source(_) => self.engine.keep(attribute, *mark),
                Origin::Param(_) if self.writes.len() < 64 => self.writes.push((attribute, *mark)),
                Origin::Param(_) => {}
            }
        }
    }

    fn class_of(&self, id: FunctionId) -> Option<ClassId> {
        self.of.unit.function(id).class
    }

    /// A function inside this one: it sees its names. What it returns, where `given` says what some parameters hold.
    pub(super) fn nested(&mut self, id: FunctionId, given: &[(usize, Taint<'s>)]) -> Taint<'s> {
        if self.module && given.is_empty() && self.env.values().all(Taint::is_clean) {
            return Taint::default();
        }
        let function = self.of.unit.function(id);
        let outer = self.env.clone();
        let returns = std::mem::take(&mut self.returns);
        let (module, class) = (std::mem::take(&mut self.module), self.class);
        self.class = function.class.or(class);
        let mut own: FxHashSet<&'s str> = FxHashSet::default();
        let handler = self.engine.handlers.get(&(self.file, id)).cloned();
        for (position, (_, param)) in super::plain_params(function).enumerate() {
            let mut taint = given
                .iter()
                .find(|(index, _)| *index == position)
                .map(|(_, t)| t.clone())
                .unwrap_or_default();
            if let Some(what) = &handler {
                let at = At { file: self.file, span: param.span };
                let place = Place { file: self.file, expr: ExprId(u32::MAX - param.span.start) };
                taint.add(&self.text_from_outside(place, at, what.clone()));
            }
            own.insert(param.name);
            match param.pattern {
                Some(pattern) => self.assign(pattern, taint, false),
                None => _ = self.env.insert(param.name, taint),
            }
        }
        self.block(&function.body);
        let found = std::mem::replace(&mut self.returns, returns).whole();
        (self.module, self.class) = (module, class);
        let inner = std::mem::replace(&mut self.env, outer);
        if self.of.language() != Language::Python {
            declared(&function.body, &mut |target| {
                if let Expr::Name(name) = self.of.unit.expr(target) {
                    own.insert(name);
                }
            });
            for (name, taint) in inner {
                if !own.contains(name) && !taint.is_clean() {
                    self.env.entry(name).or_default().add(&taint);
                }
            }
        }
        found
    }

    /// Takes down that a text reaches a place.
    pub(super) fn reach(
        &mut self,
        taint: &Taint<'s>,
        sink: Sink,
        place: Place,
        call: &Rc<str>,
        asked: Option<usize>,
    ) {
        for mark in &taint.marks {
            if mark.clean & sink.bit() != 0 {
                continue;
            }
            let at = At {
                file: place.file,
                span: self.engine.evaluator.repo.file(place.file).unit.span(place.expr),
            };
            let trail = self.engine.step(mark.trail, at, Says::Reaches(sink, call.clone()));
            let hit = Hit {
                mark: Mark { trail, ..*mark },
                sink,
                place,
                call: call.clone(),
                function: self.function.clone(),
                asked,
            };
            self.take(hit);
        }
    }

    pub(super) fn take(&mut self, hit: Hit) {
        match hit.mark.origin {
            Origin::Source(_) => self.engine.hit(hit),
            Origin::Param(_) => {
                let same =
                    |h: &Hit| (h.mark.origin, h.sink, h.place) == (hit.mark.origin, hit.sink, hit.place);
                if self.hits.len() < 64 && !self.hits.iter().any(same) {
                    self.hits.push(hit);
                }
            }
        }
    }

    /// The class whose object `self` is here.
    pub(super) fn own_class(&self) -> Option<ClassId> {
        self.class
    }
}

/// The names that a body declares itself.
fn declared(body: &[Stmt<'_>], with: &mut impl FnMut(ExprId)) {
    for stmt in body {
        match stmt {
            Stmt::Assign { target, assigning: Assigning::Declare, .. } => with(*target),
            Stmt::If { then, other, .. } => {
                declared(then, with);
                declared(other, with);
            }
            Stmt::Loop { body, .. } | Stmt::With { body, .. } => declared(body, with),
            Stmt::Try { body, handlers, finally } => {
                declared(body, with);
                handlers.iter().for_each(|handler| declared(handler, with));
                declared(finally, with);
            }
            _ => {}
        }
    }
}

/// The index among the arguments of each parameter.
pub(super) fn positions(function: &formats::code::Function<'_>) -> Vec<usize> {
    let receivers =
        |index: usize| function.params.iter().take(index).filter(|p| p.passing == Passing::Receiver).count();
    (0..function.params.len()).map(|index| index - receivers(index)).collect()
}
