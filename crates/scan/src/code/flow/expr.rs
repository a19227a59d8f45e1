//! What an expression holds of text that is followed.

use std::rc::Rc;

use catalog::sdk::Role;
use formats::code::{Element, Expr, ExprId, Join, Part};

use super::super::refer::Thing;
use super::taint::{Kinds, Sink, Taint};
use super::walk::Walk;
use super::words;

/// Harmless for what takes an address: the host was there before.
const ADDRESS: Kinds = (1 << Sink::Http as u16) | (1 << Sink::Redirect as u16);

impl<'w, 'e, 'r, 's, 'c> Walk<'w, 'e, 'r, 's, 'c> {
    pub(super) fn expr(&mut self, id: ExprId) -> Taint<'s> {
        self.deeper(|this| this.look(id))
    }

    fn look(&mut self, id: ExprId) -> Taint<'s> {
        match self.form(id) {
            Expr::Null | Expr::Bool(_) | Expr::Int(_) | Expr::Float(_) | Expr::Text(_) => Taint::default(),
            Expr::Name(name) => self.name(id, name),
            Expr::Format(parts) => self.format(parts),
            Expr::Member { of, name } => self.member(id, *of, name),
            Expr::Index { of, key } => {
                if let Some(known) = self.env.get(self.of.unit.text(id)) {
                    return known.clone();
                }
                let whole = self.expr(*of);
                self.expr(*key);
                match self.form(*key) {
                    Expr::Text(key) if words::holds_no_text(key) => Taint::default(),
                    Expr::Text(key) => whole.field(key),
                    _ => whole.whole(),
                }
            }
            Expr::Call(call) => self.call(id, call),
            Expr::List(items) => self.all(items),
            Expr::Map(entries) => self.map(entries),
            Expr::Join { join: Join::Add | Join::Percent, left, right } => {
                let (left_taint, right_taint) = (self.expr(*left), self.expr(*right));
                let right_taint = if left_taint.is_clean() && self.is_address(*left) {
                    right_taint.cleaned(ADDRESS)
                } else {
                    right_taint
                };
                left_taint.whole().joined(&right_taint.whole())
            }
            Expr::Join { join: Join::Or | Join::Bar, left, right } => {
                let left = self.expr(*left);
                left.joined(&self.expr(*right))
            }
            Expr::Join { join: Join::And, left, right } => {
                let guards = self.guards(*left);
                self.expr(*left);
                self.under(&guards.then, *right)
            }
            Expr::Join { left, right, .. } => {
                self.expr(*left);
                self.expr(*right);
                Taint::default()
            }
            Expr::Choose { test, then, other } => {
                self.expr(*test);
                let guards = self.guards(*test);
                let then = self.under(&guards.then, *then);
                then.joined(&self.under(&guards.other, *other))
            }
            Expr::Function(function) => {
                self.nested(*function, &[]);
                Taint::default()
            }
            Expr::Class(_) => Taint::default(),
            Expr::Wait(of) => self.expr(*of),
            Expr::Spread(of) => self.expr(*of).whole(),
            Expr::Assign { target, value } => {
                let taint = self.expr(*value);
                self.assign(*target, taint.clone(), false);
                taint
            }
            Expr::Each { target, over, element } => {
                let taint = self.expr(*over).whole();
                let before = self.env.clone();
                self.assign(*target, taint, false);
                let found = self.expr(*element);
                self.env = before;
                found.whole()
            }
            Expr::Element(element) => {
                self.element(element);
                Taint::default()
            }
            Expr::Other(parts) => match self.of.unit.text(id).as_bytes().first() {
                // What an operator makes of text is none.
                Some(b'!' | b'-' | b'+' | b'~') => {
                    self.all(parts);
                    Taint::default()
                }
                _ if self.of.unit.text(id).starts_with("not ")
                    || self.of.unit.text(id).starts_with("typeof ") =>
                {
                    Taint::default()
                }
                _ => self.all(parts),
            },
        }
    }

    /// An expression where some names were checked before.
    fn under(&mut self, checked: &[(&'s str, Kinds)], id: ExprId) -> Taint<'s> {
        if checked.is_empty() {
            return self.expr(id);
        }
        let before = self.env.clone();
        for (name, kinds) in checked {
            let known = self.env.get(name).cloned().unwrap_or_default();
            self.env.insert(name, known.cleaned(*kinds));
        }
        let found = self.expr(id);
        self.env = before;
        found
    }

    fn all(&mut self, items: &'r [ExprId]) -> Taint<'s> {
        let mut whole = Taint::default();
        for item in items {
            let taint = self.expr(*item).whole();
            whole.add(&taint);
        }
        whole
    }

    fn map(&mut self, entries: &'r [(Option<ExprId>, ExprId)]) -> Taint<'s> {
        let mut fields = Vec::new();
        let mut rest = Taint::default();
        for (key, value) in entries {
            let taint = self.expr(*value);
            let key = key.and_then(|key| match self.form(key) {
                Expr::Name(name) => Some(*name),
                Expr::Text(std::borrow::Cow::Borrowed(name)) => Some(*name),
                _ => None,
            });
            match key {
                Some(key) => fields.push((key, taint.marks)),
                None => rest.add(&taint.whole()),
            }
        }
        if rest.is_clean() {
            return Taint::object(fields);
        }
        rest.joined(&Taint::object(fields))
    }

    fn format(&mut self, parts: &'r [Part<'s>]) -> Taint<'s> {
        let mut whole = Taint::default();
        let mut address = false;
        for (index, part) in parts.iter().enumerate() {
            match part {
                Part::Text(text) => address |= is_address_head(text, index == 0),
                Part::Hole(hole) => {
                    let taint = self.expr(*hole).whole();
                    let clean = if address { ADDRESS } else { 0 };
                    // `{base}/{path}`: the address begins with what nobody else chose.
                    address |= index == 0 && taint.is_clean() && !self.is_text_head(*hole);
                    whole.add(&taint.cleaned(clean));
                }
            }
        }
        whole
    }

    fn is_text_head(&self, hole: ExprId) -> bool {
        matches!(self.form(hole), Expr::Text(_))
    }

    /// Whether what an expression begins is an address whose host is decided.
    fn is_address(&self, id: ExprId) -> bool {
        match self.form(id) {
            Expr::Text(text) => is_address_head(text, true),
            Expr::Format(parts) => match parts.first() {
                Some(Part::Text(text)) => is_address_head(text, true),
                Some(Part::Hole(_)) => true,
                None => false,
            },
            Expr::Name(_) | Expr::Member { .. } | Expr::Index { .. } | Expr::Call(_) => true,
            Expr::Join { left, .. } => self.is_address(*left),
            _ => false,
        }
    }

    fn name(&mut self, id: ExprId, name: &'s str) -> Taint<'s> {
        if let Some(known) = self.env.get(name) {
            return known.clone();
        }
        let kept = self.globals.as_ref().and_then(|globals| globals.get(name));
        let is_own = || {
            let scope = self.of.scopes.scope_of(id);
            self.of.scopes.scope(scope).names.contains_key(name)
        };
        kept.filter(|taint| !taint.is_clean() && !is_own()).cloned().unwrap_or_default()
    }

    fn member(&mut self, id: ExprId, of: ExprId, name: &'s str) -> Taint<'s> {
        if let Some(known) = self.env.get(self.of.unit.text(id)) {
            return known.clone();
        }
        let whole = self.expr(of);
        if !whole.is_clean() {
            return if words::holds_no_text(name) { Taint::default() } else { whole.field(name) };
        }
        self.attribute(of, name).unwrap_or_default().joined(&self.outside(id, name))
    }

    /// What objects of a class keep under a name.
    fn attribute(&mut self, of: ExprId, name: &'s str) -> Option<Taint<'s>> {
        let engine = self.engine;
        let attributes = engine.attributes.borrow();
        if attributes.is_empty() || !attributes.keys().any(|(_, _, known)| *known == name) {
            return None;
        }
        if let (Expr::Name("self" | "this" | "cls"), Some(class)) = (self.form(of), self.own_class()) {
            return attributes.get(&(self.file, class, name)).cloned();
        }
        drop(attributes);
        let things = engine.evaluator.refer(self.place(of));
        let attributes = engine.attributes.borrow();
        things.into_iter().find_map(|thing| match thing {
            Thing::Object { file, id, .. } => attributes.get(&(file, id, name)).cloned(),
            _ => None,
        })
    }

    /// `request.args`: what a card says is from outside.
    fn outside(&mut self, id: ExprId, name: &str) -> Taint<'s> {
        let language = super::language(self.engine.evaluator, self.file);
        if !self.engine.outside.get(language).is_some_and(|names| names.contains(name)) {
            return Taint::default();
        }
        let place = self.place(id);
        let signature =
            self.engine.evaluator.refer(place).into_iter().find_map(|thing| {
                self.engine.evaluator.signature(thing).filter(|s| s.role == Role::Untrusted)
            });
        match signature {
            Some(signature) => {
                let what = Rc::from(signature.what.as_deref().unwrap_or("outside"));
                self.text_from_outside(place, self.at(id), what)
            }
            None => Taint::default(),
        }
    }

    /// `<div dangerouslySetInnerHTML={{ __html: text }} />`.
    fn element(&mut self, element: &'r Element<'s>) {
        let mut raw = None;
        let boxed = element.attributes.iter().any(|(name, _)| *name == Some("sandbox"));
        for (name, value) in &element.attributes {
            let taint = match self.form(*value) {
                Expr::Function(function) => self.nested(*function, &[]),
                _ => self.expr(*value),
            };
            match *name {
                Some("dangerouslySetInnerHTML") => {
                    let call = Rc::from("dangerouslySetInnerHTML");
                    self.reach(&taint.field("__html"), Sink::Html, self.place(*value), &call, None);
                }
                Some("srcDoc" | "srcdoc") if !boxed => {
                    self.reach(&taint, Sink::Html, self.place(*value), &Rc::from("srcDoc"), None);
                }
                Some("rehypePlugins") => raw = self.raw_html(*value),
                _ => {}
            }
        }
        for child in &element.children {
            let taint = self.expr(*child);
            if let Some(place) = raw {
                self.reach(&taint, Sink::Html, self.place(place), &Rc::from("rehype-raw"), None);
            }
        }
    }

    /// Whether a list of plug-ins lets HTML through, and none of it makes it harmless.
    fn raw_html(&self, plugins: ExprId) -> Option<ExprId> {
        let place = self.place(plugins);
        let written = self.engine.evaluator.written(place)?;
        let Expr::List(items) = self.engine.evaluator.expr(written) else { return None };
        let roles: Vec<Option<Role>> = items
            .iter()
            .map(|item| {
                let at = super::Place { expr: *item, ..written };
                let first = match self.engine.evaluator.expr(at) {
                    Expr::List(parts) => {
                        parts.first().map_or(at, |first| super::Place { expr: *first, ..at })
                    }
                    _ => at,
                };
                let things = self.engine.evaluator.refer(first);
                things.into_iter().find_map(|thing| self.engine.evaluator.signature(thing)).map(|s| s.role)
            })
            .collect();
        (roles.contains(&Some(Role::Sink)) && !roles.contains(&Some(Role::Clean))).then_some(plugins)
    }

    /// What an assignment to a member of a page does.
    pub(super) fn assigned_member(&mut self, target: ExprId, name: &str, taint: &Taint<'s>) {
        if taint.is_clean() || super::language(self.engine.evaluator, self.file) != "script" {
            return;
        }
        let place = self.place(target);
        match name {
            "innerHTML" | "outerHTML" | "srcdoc" => {
                self.reach(taint, Sink::Html, place, &Rc::from(name), None);
            }
            "href" | "location" => {
                let things = self.engine.evaluator.refer(place);
                let sink = things.into_iter().find_map(|thing| {
                    self.engine
                        .evaluator
                        .signature(thing)
                        .filter(|s| s.role == Role::Sink)?
                        .what
                        .as_deref()
                        .and_then(Sink::of)
                });
                if let Some(sink) = sink {
                    self.reach(taint, sink, place, &Rc::from(self.of.unit.text(target)), None);
                }
            }
            _ => {}
        }
    }
}

/// Whether an address begins with this text so far that what follows is no part of its host.
fn is_address_head(text: &str, first: bool) -> bool {
    match text.split_once("://") {
        Some((_, rest)) => rest.contains(['/', '?', '#']),
        None => first && text.starts_with(['/', '?', '#']) && !text.starts_with("//"),
    }
}
