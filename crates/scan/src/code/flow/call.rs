//! Calls: of the program's own functions by what is known of them, of libraries by their cards, of everything else by its name.

use std::rc::Rc;

use catalog::sdk::{Gives, Role};
use formats::code::{Arg, Call, Expr, ExprId, FunctionId, Passing};

use super::super::component::short;
use super::super::refer::Thing;
use super::super::repo::Place;
use super::super::scopes::Bound;
use super::taint::{At, Hit, Mark, Origin, START, Says, Sink, Taint};
use super::walk::{Walk, positions};
use super::{Kind, Source, Unit, words};

/// A call with what its parts hold.
pub(super) struct Given<'r, 's> {
    pub(super) id: ExprId,
    pub(super) call: &'r Call<'s>,
    pub(super) receiver: Taint<'s>,
    pub(super) args: Vec<Taint<'s>>,
    /// What functions that are given as arguments return.
    callbacks: Taint<'s>,
}

impl Given<'_, '_> {
    pub(super) fn is_clean(&self) -> bool {
        self.receiver.is_clean() && self.args.iter().all(Taint::is_clean)
    }
}

/// What an argument is given for.
enum Slot<'r, 's> {
    Placed(usize, Taint<'s>, ExprId),
    Named(&'r str, Taint<'s>, ExprId),
    Spread(Taint<'s>, ExprId),
}

impl<'w, 'e, 'r, 's, 'c> Walk<'w, 'e, 'r, 's, 'c> {
    pub(super) fn call(&mut self, id: ExprId, call: &'r Call<'s>) -> Taint<'s> {
        let receiver = match self.form(call.callee) {
            Expr::Member { of, .. } => self.expr(*of),
            Expr::Name(_) => Taint::default(),
            Expr::Function(function) => return self.nested(*function, &[]),
            _ => self.expr(call.callee),
        };
        let mut args = Vec::with_capacity(call.args.len());
        let mut callbacks = Taint::default();
        for arg in &call.args {
            args.push(match self.form(arg.value) {
                Expr::Function(function) => {
                    let given = self.for_callback(call, &receiver);
                    callbacks.add(&self.nested(*function, &given));
                    Taint::default()
                }
                _ => self.expr(arg.value),
            });
        }
        let given = Given { id, call, receiver, args, callbacks };
        self.of_call(given)
    }

    /// What the parameters of a function hold that is given to a method of a text.
    fn for_callback(&self, call: &Call<'s>, receiver: &Taint<'s>) -> Vec<(usize, Taint<'s>)> {
        let method = match self.form(call.callee) {
            Expr::Member { name, .. } => *name,
            _ => return Vec::new(),
        };
        if receiver.is_clean() || method == "catch" {
            return Vec::new();
        }
        let whole = receiver.clone().whole();
        match method {
            "reduce" | "reduceRight" => vec![(0, whole.clone()), (1, whole)],
            _ => vec![(0, whole)],
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "what is given to a call is used up by it")]
    fn of_call(&mut self, given: Given<'r, 's>) -> Taint<'s> {
        let place = self.place(given.id);
        let callee = self.place(given.call.callee);
        let evaluator = self.engine.evaluator;
        let things = evaluator.refer(callee);
        if let Some((component, is_text)) = self.engine.asks.get(&place).copied() {
            return self.asked(&given, place, component, is_text);
        }
        let method = match self.form(given.call.callee) {
            Expr::Member { name, .. } | Expr::Name(name) => *name,
            _ => "",
        };
        if let Some(state) = self.setters.get(method).copied() {
            return self.set_state(state, &given);
        }
        let mut found = Taint::default();
        let mut known = false;
        for thing in &things {
            match *thing {
                Thing::Library { .. } => {
                    if let Some(taint) = self.library(*thing, &given) {
                        known = true;
                        found.add(&taint);
                    }
                }
                Thing::Function { file, id } => {
                    known = true;
                    if words::says_it_cleans(method) && method != "validate" {
                        continue;
                    }
                    found.add(&self.apply(file, id, &given));
                }
                Thing::Class { file, id } => {
                    known = true;
                    if let Some((file, constructor)) = evaluator.constructor(file, id) {
                        self.apply(file, constructor, &given);
                    }
                    found.add(&self.of_fields(&given));
                }
                _ => {}
            }
        }
        if known {
            return found;
        }
        self.of_unknown(&given, method)
    }

    /// A call that asks a model.
    fn asked(
        &mut self,
        given: &Given<'r, 's>,
        place: Place,
        component: Option<usize>,
        is_text: bool,
    ) -> Taint<'s> {
        let name: Rc<str> = self.shown(given.call.callee);
        for (arg, taint) in given.call.args.iter().zip(&given.args) {
            if !taint.is_clean() {
                self.reach(taint, Sink::Prompt, self.place(arg.value), &name, component);
            }
        }
        if !given.receiver.is_clean() && component.is_some() {
            self.reach(&given.receiver, Sink::Prompt, place, &name, component);
        }
        if !is_text {
            return Taint::default();
        }
        let at = self.at(given.id);
        let source = self.engine.source(place, || Source {
            kind: Kind::Output,
            what: "model".into(),
            at,
            component,
            call: name.clone(),
            function: self.function.clone(),
        });
        let trail = self.engine.step(START, at, Says::Asked(name));
        Taint::of(Mark { origin: Origin::Source(source), clean: 0, trail })
    }

    /// `setValue(text)` of a React component; also with a function of what was there.
    fn set_state(&mut self, state: &'s str, given: &Given<'r, 's>) -> Taint<'s> {
        let mut taint = given.callbacks.clone();
        given.args.iter().for_each(|arg| taint.add(arg));
        if !taint.is_clean() {
            let at = self.at(given.id);
            for mark in &mut taint.marks {
                mark.trail = self.engine.trails.borrow_mut().kept(mark.trail, at, state);
            }
            self.env.entry(state).or_default().add(&taint.whole());
        }
        Taint::default()
    }

    /// What a card says of the call; nothing where it says nothing of what happens to text.
    fn library(&mut self, thing: Thing, given: &Given<'r, 's>) -> Option<Taint<'s>> {
        if let Some(sink) = self.sink(thing, given) {
            return Some(sink);
        }
        let signature = self.engine.evaluator.signature(thing)?;
        let arguments = || {
            let mut all = Taint::default();
            given.args.iter().for_each(|arg| all.add(&arg.clone().whole()));
            all
        };
        match signature.role {
            Role::Clean => {
                let mut all = arguments();
                all.add(&given.receiver);
                let Thing::Library { name, file, .. } = thing else { return None };
                let names = self.engine.evaluator.repo.names(file);
                let cleans = names.signatures(name).filter(|s| s.role == Role::Clean);
                let kinds = cleans.map(|clean| match clean.what.as_deref() {
                    None | Some("all") => super::taint::ALL,
                    Some(what) => Sink::of(what).map_or(0, Sink::bit),
                });
                Some(all.cleaned(kinds.fold(0, |all, one| all | one)))
            }
            Role::Untrusted => {
                if signature.takes.iter().any(|(key, _)| &**key == "from") {
                    return Some(Taint::default());
                }
                let what = Rc::from(signature.what.as_deref().unwrap_or("outside"));
                Some(self.text_from_outside(self.place(given.id), self.at(given.id), what))
            }
            Role::Prompt => Some(arguments().joined(&given.receiver)),
            Role::Step => match &signature.gives {
                Some(Gives::Argument(index)) => {
                    Some(given.args.get(*index as usize).cloned().unwrap_or_default())
                }
                Some(Gives::Receiver) => Some(given.receiver.clone()),
                _ => None,
            },
            // What is made of parts that are known is no text.
            Role::Sink => None,
            Role::Environment | Role::Settings => Some(Taint::default()),
            _ if given.receiver.is_clean() => Some(given.callbacks.clone()),
            _ => None,
        }
    }

    /// An object with the arguments as its fields.
    fn of_fields(&self, given: &Given<'r, 's>) -> Taint<'s> {
        let named: Vec<(&'s str, Vec<Mark>)> = given
            .call
            .args
            .iter()
            .zip(&given.args)
            .filter_map(|(arg, taint)| Some((arg.name?, taint.marks.clone())))
            .collect();
        if named.len() == given.args.len() {
            return Taint::object(named);
        }
        let mut whole = Taint::default();
        given.args.iter().for_each(|arg| whole.add(&arg.clone().whole()));
        whole
    }

    /// Of a function that nothing is known of: by its module, or its name.
    fn of_unknown(&mut self, given: &Given<'r, 's>, method: &'s str) -> Taint<'s> {
        let mut arguments = Taint::default();
        given.args.iter().for_each(|arg| arguments.add(&arg.clone().whole()));
        if words::runs_another(method) {
            arguments.add(&self.indirectly(given, method));
        }
        if words::gives_no_text(method) && !self.is_of_text(given.call.callee) {
            return Taint::default();
        }
        match self.form(given.call.callee) {
            Expr::Member { of, .. } => {
                if words::says_it_cleans(method) {
                    return Taint::default();
                }
                let of = *of;
                if !given.receiver.is_clean() {
                    let mut found = match method {
                        "then" | "map" | "flatMap" if given.call.args.len() == 1 => {
                            self.mapped(given).unwrap_or_else(|| given.receiver.clone())
                        }
                        _ => given.receiver.clone().whole(),
                    };
                    found.add(&given.callbacks);
                    match method {
                        "get" | "pop" => {
                            if let Some(Expr::Text(key)) =
                                given.call.args.first().map(|arg| self.form(arg.value))
                            {
                                if words::holds_no_text(key) {
                                    return Taint::default();
                                }
                                return given.receiver.field(key);
                            }
                        }
                        _ if words::takes_in(method) => self.grow(of, &arguments),
                        "replace" | "format" | "join" => found.add(&arguments),
                        _ => {}
                    }
                    return self.encoded(given, method, found);
                }
                if arguments.is_clean() {
                    return given.callbacks.clone();
                }
                if words::takes_in(method) {
                    self.grow(of, &arguments);
                    return Taint::default();
                }
                let text = matches!(self.form(of), Expr::Text(_) | Expr::Format(_))
                    || matches!(
                        method,
                        "format"
                            | "join"
                            | "replace"
                            | "concat"
                            | "format_map"
                            | "substitute"
                            | "safe_substitute"
                    );
                let plain = matches!(self.form(of), Expr::Name(name) if words::is_plain_object(name));
                if text || plain || words::says_it_hands_on(method) || self.is_of_text(given.call.callee) {
                    return self.encoded(given, method, arguments.joined(&given.callbacks));
                }
                given.callbacks.clone()
            }
            Expr::Name(name) => {
                if words::says_it_cleans(method) {
                    return Taint::default();
                }
                let imported =
                    !self.engine.evaluator.bindings(self.place(given.call.callee), name).is_empty();
                let plain = !imported && words::hands_on(name);
                if plain || words::says_it_hands_on(name) || self.is_of_text(given.call.callee) {
                    return self.encoded(given, method, arguments.joined(&given.callbacks));
                }
                // A class of a library that nothing is known of, with text in its fields.
                given.callbacks.clone()
            }
            _ => given.callbacks.clone(),
        }
    }

    /// JSON in a page is no markup.
    fn encoded(&self, given: &Given<'r, 's>, method: &str, taint: Taint<'s>) -> Taint<'s> {
        let object = match self.form(given.call.callee) {
            Expr::Member { of, .. } => self.of.unit.text(*of),
            _ => "",
        };
        match (object, method) {
            ("json" | "orjson" | "ujson", "dumps") | ("JSON", "stringify") => taint.cleaned(Sink::Html.bit()),
            _ => taint,
        }
    }

    /// `.then(handle)`, `.map(handle)` of a function of the program.
    fn mapped(&mut self, given: &Given<'r, 's>) -> Option<Taint<'s>> {
        let arg = given.call.args.first()?;
        if matches!(self.form(arg.value), Expr::Function(_)) {
            return Some(given.callbacks.clone());
        }
        let things = self.engine.evaluator.refer(self.place(arg.value));
        let (file, id) = things.into_iter().find_map(|thing| match thing {
            Thing::Function { file, id } => Some((file, id)),
            _ => None,
        })?;
        Some(self.applied(file, id, vec![Slot::Placed(0, given.receiver.clone(), arg.value)]))
    }

    /// `to_thread(function, text)`, `Thread(target=function, args=(text,))`.
    fn indirectly(&mut self, given: &Given<'r, 's>, method: &str) -> Taint<'s> {
        let args = &given.call.args;
        let is_function =
            |arg: &Arg| arg.name.is_none() || matches!(arg.name, Some("target" | "func" | "fn"));
        let function =
            args.iter().enumerate().filter(|(_, arg)| is_function(arg)).find_map(|(index, arg)| {
                let things = self.engine.evaluator.refer(self.place(arg.value));
                let thing = things
                    .into_iter()
                    .find(|t| matches!(t, Thing::Function { .. } | Thing::Library { .. }))?;
                Some((index, thing))
            });
        let Some((index, thing)) = function else { return Taint::default() };
        let rest: Vec<(&Arg<'s>, &Taint<'s>)> = args.iter().zip(&given.args).skip(index + 1).collect();
        match thing {
            Thing::Function { file, id } => {
                let mut slots = Vec::new();
                for (position, (arg, taint)) in rest.into_iter().enumerate() {
                    slots.push(match arg.name {
                        Some("args" | "kwargs") => Slot::Spread(taint.clone(), arg.value),
                        Some(name) => Slot::Named(name, taint.clone(), arg.value),
                        None => Slot::Placed(position, taint.clone(), arg.value),
                    });
                }
                self.applied(file, id, slots)
            }
            _ if method == "create_task" => Taint::default(),
            _ => {
                self.sink_of_another(thing, &rest, given);
                Taint::default()
            }
        }
    }

    /// Whether what is called is imported from a module of text.
    fn is_of_text(&self, callee: ExprId) -> bool {
        let mut at = callee;
        let mut names: Vec<&str> = Vec::new();
        for _ in 0..8 {
            match self.form(at) {
                Expr::Member { of, name } => {
                    names.push(name);
                    at = *of;
                }
                Expr::Name(name) => {
                    let bindings = self.engine.evaluator.bindings(self.place(at), name);
                    let import = bindings.iter().find_map(|binding| match binding.bound {
                        Bound::Import(index) => Some(&self.of.scopes.imports[index as usize]),
                        _ => None,
                    });
                    let Some(import) = import else { return false };
                    if words::is_of_text(&import.module) {
                        return true;
                    }
                    // `os.path.join`, `from os import path`.
                    let whole = names.last().map(|last| format!("{}.{last}", import.module));
                    let inner = import.name.map(|name| format!("{}.{name}", import.module));
                    return whole.is_some_and(|m| words::is_of_text(&m))
                        || inner.is_some_and(|m| words::is_of_text(&m));
                }
                _ => return false,
            }
        }
        false
    }

    /// How the program writes what it calls.
    pub(super) fn shown(&self, callee: ExprId) -> Rc<str> {
        let text = self.of.unit.text(callee);
        // Of a chain that is built step by step its end.
        let text = match text.rfind(')') {
            Some(at) if text.len() > 60 => text.get(at + 1..).unwrap_or(text).trim_start_matches('.').trim(),
            _ => text,
        };
        Rc::from(short(text))
    }

    /// A function of the program with what it is given.
    fn apply(&mut self, file: u32, id: FunctionId, given: &Given<'r, 's>) -> Taint<'s> {
        if given.args.iter().all(Taint::is_clean) && !self.engine.holds.contains(&(file, id)) {
            return Taint::default();
        }
        let mut placed = 0;
        let mut slots = Vec::new();
        for (arg, taint) in given.call.args.iter().zip(&given.args) {
            let taint = taint.clone();
            slots.push(match arg.name {
                Some(name) => Slot::Named(name, taint, arg.value),
                None if arg.spread => Slot::Spread(taint, arg.value),
                None => {
                    placed += 1;
                    Slot::Placed(placed - 1, taint, arg.value)
                }
            });
        }
        self.applied(file, id, slots)
    }

    #[expect(clippy::needless_pass_by_value, reason = "what is given to a call is used up by it")]
    fn applied(&mut self, file: u32, id: FunctionId, slots: Vec<Slot<'_, 's>>) -> Taint<'s> {
        let engine = self.engine;
        let Some(summary) = engine.summary(Unit::Function(file, id)) else { return Taint::default() };
        let function = engine.evaluator.repo.file(file).unit.function(id);
        let name = function.name.unwrap_or("a function");
        let positions = positions(function);
        let given = |index: u32| -> Vec<(Taint<'s>, ExprId)> {
            let Some(param) = function.params.get(index as usize) else { return Vec::new() };
            let position = positions[index as usize];
            let fits = |slot: &Slot<'_, 's>| match slot {
                Slot::Named(name, taint, at) => {
                    (*name == param.name || param.passing == Passing::Named).then(|| (taint.clone(), *at))
                }
                Slot::Placed(at, taint, expr) => {
                    let rest = param.passing == Passing::Rest && *at >= position;
                    (rest || (param.passing == Passing::Plain && *at == position))
                        .then(|| (taint.clone(), *expr))
                }
                Slot::Spread(taint, expr) => Some((taint.clone(), *expr)),
            };
            slots.iter().filter_map(fits).filter(|(taint, _)| !taint.is_clean()).collect()
        };
        // The way of a text through the function, from where it is given.
        let through = |from: &Mark, at: ExprId, mark: &Mark| -> Mark {
            let _ = at;
            let trail = engine.trails.borrow_mut().join(from.trail, mark.trail);
            Mark { origin: from.origin, clean: from.clean | mark.clean, trail }
        };
        for hit in &summary.hits {
            let Origin::Param(index) = hit.mark.origin else { continue };
            for (taint, at) in given(index) {
                for mark in taint.marks.iter().filter(|mark| mark.clean & hit.sink.bit() == 0) {
                    self.take(Hit { mark: through(mark, at, &hit.mark), ..hit.clone() });
                }
            }
        }
        for (attribute, mark) in &summary.writes {
            let Origin::Param(index) = mark.origin else { continue };
            for (taint, at) in given(index) {
                for from in &taint.marks {
                    if let Origin::Source(_) = from.origin {
                        engine.keep(*attribute, through(from, at, mark));
                    }
                }
            }
        }
        let mut found = Taint::default();
        let returned = |mark: Mark| {
            let at = At { file, span: function.name_span };
            Mark { trail: engine.step(mark.trail, at, Says::Returned(name)), ..mark }
        };
        for mark in &summary.returns.marks {
            match mark.origin {
                Origin::Source(_) => found.add(&Taint::of(returned(*mark))),
                Origin::Param(index) => {
                    for (taint, at) in given(index) {
                        for from in &taint.marks {
                            found.add(&Taint::of(returned(through(from, at, mark))));
                        }
                    }
                }
            }
        }
        found
    }
}
