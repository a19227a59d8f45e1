//! Which arguments of a call do harm: what a card says of them, and what commands, queries, pages and addresses are like.

use std::rc::Rc;

use catalog::sdk::{From, Role, Signature, Take};
use formats::code::{Arg, Expr, ExprId};

use super::super::refer::Thing;
use super::super::repo::Place;
use super::call::Given;
use super::taint::{Sink, Taint};
use super::walk::Walk;
use super::words;

impl<'w, 'e, 'r, 's, 'c> Walk<'w, 'e, 'r, 's, 'c> {
    /// Takes down what reaches a sink; what the call returns, where it is one.
    pub(super) fn sink(&mut self, thing: Thing, given: &Given<'r, 's>) -> Option<Taint<'s>> {
        let signature = self.sink_signature(thing, given)?;
        let sink = signature.what.as_deref().and_then(Sink::of);
        let Some(sink) = sink.filter(|_| !given.is_clean()) else { return Some(Taint::default()) };
        if sink == Sink::Sql && &*signature.module.text == "*" && !self.is_database(given.call.callee) {
            return None;
        }
        if sink == Sink::Html && self.is_no_page(given) {
            return Some(Taint::default());
        }
        let call = self.shown(given.call.callee);
        let mut found: Vec<(Place, Taint<'s>, Sink)> = Vec::new();
        let takes =
            signature.takes.iter().find(|(key, _)| &**key == "data").map_or(&[][..], |(_, takes)| takes);
        for take in takes {
            // A property of an argument says more than the whole of it.
            let narrower = found
                .iter()
                .any(|(place, ..)| self.whole_of(take, given).is_some_and(|w| self.holds(w, *place)));
            let closer = takes.iter().any(|other| {
                other.from == take.from
                    && take.inside.is_empty()
                    && !other.inside.is_empty()
                    && self.engine.evaluator.take(self.place(given.id), other).is_some()
            });
            if narrower || closer {
                continue;
            }
            for (place, taint) in self.taken(take, given) {
                if sink == Sink::Command {
                    found.extend(self.command(place, taint, given));
                } else if !taint.is_clean() {
                    found.push((place, taint, sink));
                }
            }
        }
        if sink == Sink::Command && found.is_empty() {
            found.extend(self.interpreted(given));
        }
        for (place, taint, sink) in found {
            self.reach(&taint, sink, place, &call, None);
        }
        Some(Taint::default())
    }

    /// The signature of a sink that holds for a call.
    fn sink_signature(&self, thing: Thing, given: &Given<'r, 's>) -> Option<&'c Signature> {
        let evaluator = self.engine.evaluator;
        let Thing::Library { name, file, .. } = thing else { return None };
        // What a call gave goes by the name of what was called, where no card says more: it is not called again.
        let before = match self.form(given.call.callee) {
            Expr::Call(_) => return None,
            Expr::Member { of, .. } => evaluator.refer(self.place(*of)),
            _ => Vec::new(),
        };
        if before.iter().any(|known| matches!(known, Thing::Library { name: known, .. } if *known == name)) {
            return None;
        }
        let holds = |signature: &&Signature| {
            signature.when.iter().all(|(take, want)| {
                let at = evaluator.take(self.place(given.id), take);
                at.is_some_and(|at| evaluator.value(at).display() == catalog::constant_node(want).display())
            })
        };
        let mut all = evaluator.repo.names(file).signatures(name).filter(|s| s.role == Role::Sink);
        all.find(holds)
    }

    fn whole_of(&self, take: &Take, given: &Given<'r, 's>) -> Option<Place> {
        let whole = Take { from: take.from.clone(), inside: Vec::new() };
        self.engine.evaluator.take(self.place(given.id), &whole).filter(|_| take.inside.is_empty())
    }

    fn holds(&self, whole: Place, part: Place) -> bool {
        let (whole, part) = (self.of.unit.span(whole.expr), self.of.unit.span(part.expr));
        whole != part && whole.start <= part.start && part.end <= whole.end
    }

    /// The arguments that a card names, with what they hold.
    fn taken(&mut self, take: &Take, given: &Given<'r, 's>) -> Vec<(Place, Taint<'s>)> {
        let call = given.call;
        let every = |skipped: usize| -> Vec<(Place, Taint<'s>)> {
            let all = call.args.iter().zip(&given.args).skip(skipped);
            all.map(|(arg, taint)| (self.place(arg.value), taint.clone())).collect()
        };
        match &take.from {
            From::Every => return every(0),
            From::After(index) => return every(*index as usize),
            From::Receiver if take.inside.is_empty() => {
                return match self.form(call.callee) {
                    Expr::Member { of, .. } => vec![(self.place(*of), given.receiver.clone())],
                    _ => Vec::new(),
                };
            }
            _ => {}
        }
        let direct = |expr: ExprId| {
            call.args.iter().position(|arg| arg.value == expr).map(|index| given.args[index].clone())
        };
        let evaluator = self.engine.evaluator;
        // Words of a command are found again by `command`.
        let inside = match take.inside.first() {
            Some(word) if word.bytes().all(|b| b.is_ascii_digit()) => &[][..],
            _ => &take.inside[..],
        };
        let whole = Take { from: take.from.clone(), inside: Vec::new() };
        let Some(whole) = evaluator.take(self.place(given.id), &whole) else { return Vec::new() };
        if inside.is_empty() {
            let spread = call.args.iter().any(|arg| arg.spread && arg.value == whole.expr);
            let taint = direct(whole.expr).unwrap_or_else(|| {
                if whole.file == self.file { self.expr(whole.expr) } else { Taint::default() }
            });
            return if spread { Vec::new() } else { vec![(whole, taint)] };
        }
        let written = inside.iter().try_fold(whole, |at, key| evaluator.property(at, key));
        match (written, direct(whole.expr)) {
            (Some(at), Some(taint)) if at.file == self.file => {
                // Written here, or before under a name.
                let part = if self.holds(whole, at) {
                    self.expr(at.expr)
                } else {
                    inside.iter().fold(taint, |t, key| t.field(key))
                };
                vec![(at, part)]
            }
            (None, Some(taint))
                if !matches!(self.form(whole.expr), Expr::Text(_) | Expr::Format(_) | Expr::Name(_))
                    || !taint.is_clean() =>
            {
                vec![(whole, inside.iter().fold(taint, |t, key| t.field(key)))]
            }
            _ => Vec::new(),
        }
    }

    /// Of a command in words: its program, or what a shell or interpreter is given to run.
    fn command(
        &mut self,
        place: Place,
        taint: Taint<'s>,
        given: &Given<'r, 's>,
    ) -> Option<(Place, Taint<'s>, Sink)> {
        if taint.is_clean() {
            return None;
        }
        let evaluator = self.engine.evaluator;
        let written = evaluator.written(place).filter(|at| at.file == self.file);
        let Some((at, Expr::List(items))) = written.map(|at| (at, evaluator.expr(at))) else {
            return Some((place, taint, Sink::Command));
        };
        let first = *items.first()?;
        let program = self.expr(first);
        if !program.is_clean() {
            return Some((Place { expr: first, ..at }, program, Sink::Command));
        }
        let sink = evaluator.value(Place { expr: first, ..at }).as_str().and_then(words::interpreter);
        let shell = given
            .call
            .args
            .iter()
            .any(|arg| arg.name == Some("shell") && self.of.unit.text(arg.value) == "True");
        let Some(sink) = sink.or_else(|| shell.then_some(Sink::Command)) else {
            // What was added to the words later is not among them.
            return None;
        };
        // A file that is run is not what the model wrote.
        let runs = items.iter().any(|item| {
            matches!(self.form(*item), Expr::Text(text) if matches!(&**text, "-c" | "-e" | "-lc" | "/c" | "/C" | "-Command" | "--eval" | "-p" | "eval" | "-ic" | "-r"))
        });
        let rest = items.iter().skip(1).find_map(|item| {
            let taint = self.expr(*item);
            (!taint.is_clean()).then_some((*item, taint))
        })?;
        (runs || shell).then_some((Place { expr: rest.0, ..at }, rest.1, sink))
    }

    /// `spawn("bash", ["-c", text])`, `exec("python", "-c", text)`.
    fn interpreted(&mut self, given: &Given<'r, 's>) -> Option<(Place, Taint<'s>, Sink)> {
        let first = given.call.args.first()?;
        let program = self.engine.evaluator.value(self.place(first.value));
        let through_shell = || {
            let options = given.call.args.last()?;
            let shell = self.engine.evaluator.property(self.place(options.value), "shell")?;
            (self.engine.evaluator.value(shell).as_bool() == Some(true)).then_some(Sink::Command)
        };
        let sink = program.as_str().and_then(words::interpreter).or_else(through_shell)?;
        let rest = given.call.args.iter().zip(&given.args).skip(1);
        let found =
            rest.filter(|(arg, taint)| !taint.is_clean() && arg.name.is_none()).find_map(|(arg, taint)| {
                let text = self.of.unit.text(arg.value);
                let whole = given.call.args.iter().any(|arg| self.of.unit.text(arg.value).contains("-c"));
                (whole
                    || text.contains("-e")
                    || text.contains("/c")
                    || text.contains("/C")
                    || text.contains("-Command")
                    || program.as_str().and_then(words::interpreter).is_none())
                .then(|| (self.place(arg.value), taint.clone().whole()))
            });
        found.map(|(place, taint)| (place, taint, sink))
    }

    /// A sink that another function calls with the arguments after it.
    pub(super) fn sink_of_another(
        &mut self,
        thing: Thing,
        rest: &[(&Arg<'s>, &Taint<'s>)],
        given: &Given<'r, 's>,
    ) {
        let Some(signature) = self.sink_signature(thing, given) else { return };
        let Some(sink) = signature.what.as_deref().and_then(Sink::of) else { return };
        let takes =
            signature.takes.iter().find(|(key, _)| &**key == "data").map_or(&[][..], |(_, takes)| takes);
        let call: Rc<str> = self.shown(given.call.callee);
        for take in takes {
            let From::Place(index) = take.from else { continue };
            if let Some((arg, taint)) = rest.get(index as usize) {
                let place = self.place(arg.value);
                let found = match sink {
                    Sink::Command => self.command(place, (*taint).clone(), given),
                    _ => Some((place, (*taint).clone(), sink)),
                };
                if let Some((place, taint, sink)) = found {
                    self.reach(&taint, sink, place, &call, None);
                }
            }
        }
    }

    /// Whether a method that is only called `execute` is a database's.
    fn is_database(&self, callee: ExprId) -> bool {
        match self.form(callee) {
            Expr::Member { of, .. } => match self.form(*of) {
                Expr::Call(call) => {
                    let text = self.of.unit.text(call.callee);
                    words::is_database(text)
                }
                _ => words::is_database(self.of.unit.text(*of)),
            },
            _ => false,
        }
    }

    /// Whether an answer says that it is no page.
    fn is_no_page(&self, given: &Given<'r, 's>) -> bool {
        given.call.args.iter().any(|arg| {
            let named = matches!(arg.name, Some("mimetype" | "content_type" | "media_type" | "contentType"));
            let text = self.of.unit.text(arg.value);
            named && !text.contains("html")
                || (arg.name == Some("headers")
                    && text.to_ascii_lowercase().contains("content-type")
                    && !text.contains("html"))
        })
    }
}
