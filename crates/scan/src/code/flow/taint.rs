//! What is known of text on its way: where it came from, for which places it was made harmless, and its steps so far.

use std::rc::Rc;

use formats::Span;
use model::{Node, Value};

use super::super::repo::Place;

/// Kinds of places as bits: those that a text is harmless for.
pub(super) type Kinds = u16;
pub(super) const ALL: Kinds = Kinds::MAX;

/// A kind of place where text that nobody checked does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Sink {
    Code,
    Command,
    Sql,
    Html,
    Deserialise,
    Template,
    File,
    Http,
    Redirect,
    Email,
    /// What a model is asked: no harm by itself, but worth knowing.
    Prompt,
}

impl Sink {
    /// By the word of a card's `what`.
    pub(super) fn of(what: &str) -> Option<Sink> {
        Some(match what {
            "code" | "import" => Sink::Code,
            "command" => Sink::Command,
            "sql" => Sink::Sql,
            "html" => Sink::Html,
            "deserialise" => Sink::Deserialise,
            "template" => Sink::Template,
            "file" => Sink::File,
            "http" => Sink::Http,
            "redirect" => Sink::Redirect,
            "email" => Sink::Email,
            _ => return None,
        })
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Sink::Code => "code",
            Sink::Command => "command",
            Sink::Sql => "sql",
            Sink::Html => "html",
            Sink::Deserialise => "deserialise",
            Sink::Template => "template",
            Sink::File => "file",
            Sink::Http => "http",
            Sink::Redirect => "redirect",
            Sink::Email => "email",
            Sink::Prompt => "prompt",
        }
    }

    pub(super) fn bit(self) -> Kinds {
        1 << self as u16
    }
}

/// Where text came from, seen from inside one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Origin {
    Source(u32),
    /// A parameter of the function: whoever calls it decides.
    Param(u32),
}

/// One origin of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) origin: Origin,
    pub(super) clean: Kinds,
    /// The last step of the way here.
    pub(super) trail: Trail,
}

/// The most origins of one text that are told apart.
const MOST: usize = 6;

/// The origins of a value, and of its fields where it was written field by field.
#[derive(Clone, Debug, Default)]
pub(super) struct Taint<'s> {
    pub(super) marks: Vec<Mark>,
    fields: Option<Rc<Fields<'s>>>,
}

type Fields<'s> = Vec<(&'s str, Vec<Mark>)>;

impl<'s> Taint<'s> {
    pub(super) fn of(mark: Mark) -> Self {
        Taint { marks: vec![mark], fields: None }
    }

    /// An object that was written field by field.
    pub(super) fn object(fields: Fields<'s>) -> Self {
        let mut whole = Taint::default();
        fields.iter().for_each(|(_, marks)| whole.add_marks(marks));
        if !whole.is_clean() {
            whole.fields = Some(Rc::new(fields));
        }
        whole
    }

    pub(super) fn is_clean(&self) -> bool {
        self.marks.is_empty()
    }

    pub(super) fn add_marks(&mut self, marks: &[Mark]) {
        for mark in marks {
            match self.marks.iter().position(|known| known.origin == mark.origin) {
                Some(known) => self.marks[known].clean &= mark.clean,
                None if self.marks.len() < MOST => self.marks.push(*mark),
                None => {}
            }
        }
    }

    pub(super) fn add(&mut self, other: &Taint<'s>) {
        if other.is_clean() {
            return;
        }
        if self.is_clean() {
            *self = other.clone();
            return;
        }
        self.add_marks(&other.marks);
        self.fields = None;
    }

    #[must_use]
    pub(super) fn joined(mut self, other: &Taint<'s>) -> Self {
        self.add(other);
        self
    }

    /// Harmless for some kinds of places from now on; of what is harmless for all of them nothing is left.
    #[must_use]
    pub(super) fn cleaned(mut self, kinds: Kinds) -> Self {
        if kinds == ALL {
            return Taint::default();
        }
        self.marks.iter_mut().for_each(|mark| mark.clean |= kinds);
        self.fields = None;
        self
    }

    /// The part under a name; the whole where it is not known field by field.
    pub(super) fn field(&self, name: &str) -> Taint<'s> {
        match &self.fields {
            None => Taint { marks: self.marks.clone(), fields: None },
            Some(fields) => {
                let known = fields.iter().rev().find(|(field, _)| *field == name);
                Taint { marks: known.map(|(_, marks)| marks.clone()).unwrap_or_default(), fields: None }
            }
        }
    }

    /// The same without what is known of its fields.
    #[must_use]
    pub(super) fn whole(mut self) -> Self {
        self.fields = None;
        self
    }

    /// Whether it has an origin that the other has not.
    pub(super) fn exceeds(&self, other: Option<&Taint<'s>>) -> bool {
        let known = |mark: &Mark| other.is_some_and(|o| o.marks.iter().any(|m| m.origin == mark.origin));
        !self.marks.iter().all(known)
    }
}

/// A step in [`Trails`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trail(u32);

pub(super) const START: Trail = Trail(u32::MAX);

/// The place of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) file: u32,
    pub(super) span: Span,
}

/// What happens at a step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Says<'s> {
    Asked(Rc<str>),
    Argument(Rc<str>, &'s str),
    Outside(Rc<str>),
    Kept(&'s str),
    Passed(&'s str, &'s str),
    Returned(&'s str),
    Reaches(Sink, Rc<str>),
}

impl Says<'_> {
    pub(super) fn node(&self) -> Node {
        let text = match self {
            Says::Asked(call) => format!("{call} returns what a model wrote"),
            Says::Argument(tool, name) => format!("a model chooses {name} of the tool {tool}"),
            Says::Outside(what) => format!("text from outside ({what})"),
            Says::Kept(name) => format!("kept in {name}"),
            Says::Passed(function, "") => format!("passed to {function}"),
            Says::Passed(function, name) => format!("passed to {function} as {name}"),
            Says::Returned(function) => format!("returned by {function}"),
            Says::Reaches(sink, call) => match sink {
                Sink::Code => format!("run as code by {call}"),
                Sink::Command => format!("run as a command by {call}"),
                Sink::Sql => format!("run as a query by {call}"),
                Sink::Html => format!("put into a page by {call}"),
                Sink::Deserialise => format!("loaded as an object by {call}"),
                Sink::Template => format!("read as a template by {call}"),
                Sink::File => format!("used as the name of a file by {call}"),
                Sink::Http => format!("used as the address that {call} asks"),
                Sink::Redirect => format!("used as the address that {call} sends the browser to"),
                Sink::Email => format!("sent by {call}"),
                Sink::Prompt => format!("part of what {call} asks"),
            },
        };
        Node::from(Value::string(text))
    }
}

#[derive(Debug)]
struct Step<'s> {
    before: Trail,
    at: At,
    says: Says<'s>,
}

/// The steps of every text; each names the one before it.
#[derive(Debug, Default)]
pub(super) struct Trails<'s>(Vec<Step<'s>>);

/// The longest way that is told.
const LONGEST: usize = 24;

impl<'s> Trails<'s> {
    pub(super) fn add(&mut self, before: Trail, at: At, says: Says<'s>) -> Trail {
        self.0.push(Step { before, at, says });
        Trail(self.0.len() as u32 - 1)
    }

    /// Like [`Self::add`], where the step before says the same nothing is added.
    pub(super) fn kept(&mut self, before: Trail, at: At, name: &'s str) -> Trail {
        match self.0.get(before.0 as usize) {
            Some(Step { says: Says::Kept(known), .. }) if *known == name => before,
            _ => self.add(before, at, Says::Kept(name)),
        }
    }

    /// A way that goes on with another one.
    pub(super) fn join(&mut self, first: Trail, then: Trail) -> Trail {
        let known = self.walk(first).count();
        let steps: Vec<(At, Says<'s>)> = self.walk(then).map(|(at, says)| (at, says.clone())).collect();
        let room = LONGEST.saturating_sub(known).max(4);
        let skipped = steps.len().saturating_sub(room);
        steps.into_iter().rev().skip(skipped).fold(first, |before, (at, says)| self.add(before, at, says))
    }

    /// The steps, the last first.
    fn walk(&self, last: Trail) -> impl Iterator<Item = (At, &Says<'s>)> {
        let mut next = last;
        let steps = std::iter::from_fn(move || {
            let step = self.0.get(next.0 as usize)?;
            next = step.before;
            Some((step.at, &step.says))
        });
        steps.take(64)
    }

    /// How often a text was handed from one function to another on its way.
    pub(super) fn hands(&self, last: Trail) -> usize {
        self.walk(last).filter(|(_, says)| matches!(says, Says::Passed(..))).count()
    }

    /// The steps in their order.
    pub(super) fn steps(&self, last: Trail) -> Vec<(At, Says<'s>)> {
        let mut steps: Vec<(At, Says<'s>)> = self.walk(last).map(|(at, says)| (at, says.clone())).collect();
        steps.reverse();
        steps
    }
}

/// A text that reaches a place where it does harm.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) mark: Mark,
    pub(super) sink: Sink,
    pub(super) place: Place,
    /// How the program names what it reaches.
    pub(super) call: Rc<str>,
    /// The function that it happens in.
    pub(super) function: Rc<str>,
    /// The model that is asked, of a prompt.
    pub(super) asked: Option<usize>,
}
