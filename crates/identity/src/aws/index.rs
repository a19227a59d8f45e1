//! The statements about one action, found by what the ARN of a resource begins with.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::World;
use super::condition::Clause;
use super::evaluate::{Ask, Thing};
use super::pattern::{Meets, Pattern, Token};
use super::policy::Statement;

/// By policy and statement.
type Entry = (u32, u32);

#[derive(Debug)]
pub(super) struct Index {
    /// For each policy: its statements about the action.
    relevant: Vec<Vec<u32>>,
    /// Principals who have a statement that allows it on everything of the kind.
    pub(super) everywhere: BTreeSet<usize>,
    /// Of those the ones for whom it hangs on the thing after all: by their boundary.
    pub(super) varied: BTreeSet<usize>,
    /// Denials of the organisation that are about certain things.
    controls: Vec<Entry>,
    /// Principals who have any statement that allows it.
    pub(super) any: BTreeSet<usize>,
    /// The ARNs of a thing of the kind that no statement names.
    pub(super) forms: Vec<Pattern>,
    /// Statements about certain resources, by what those begin with.
    by_key: HashMap<Vec<Token>, Vec<Entry>>,
    lengths: BTreeSet<usize>,
    /// The keys in order.
    below: BTreeSet<Vec<Token>>,
    /// Those that have to be asked for every resource.
    rest: Vec<Entry>,
}

/// Who is concerned by a statement about a certain thing.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) allowed: BTreeSet<usize>,
    pub(super) denied: BTreeSet<usize>,
    /// Those of the allowed whose statement names this thing, and not just everything of its kind.
    pub(super) named: BTreeSet<usize>,
    /// The thing's own policy denies something, to whomever: what holds everywhere does not hold here.
    pub(super) by_itself: bool,
}

impl Index {
    pub(super) fn new(world: &World<'_>, action: &str, kind: &str) -> Index {
        let action = Pattern::literal(action);
        let policies = &world.shelf.policies;
        let about = |statement: &&Statement| statement.has_action(&action);
        let relevant: Vec<Vec<u32>> = policies
            .iter()
            .map(|p| {
                (0..p.statements.len()).filter(|i| about(&&p.statements[*i])).map(|i| i as u32).collect()
            })
            .collect();
        let text: String = action.known().unwrap_or_default();
        let forms = world.names.form(kind).map_or_else(
            || vec![Pattern::new(vec![super::pattern::symbol(usize::MAX)])],
            |arns| super::parts_of(kind, &text, &arns),
        );
        let mut index = Index {
            relevant,
            everywhere: BTreeSet::new(),
            varied: BTreeSet::new(),
            controls: Vec::new(),
            any: BTreeSet::new(),
            forms,
            by_key: HashMap::new(),
            lengths: BTreeSet::new(),
            below: BTreeSet::new(),
            rest: Vec::new(),
        };
        for (policy, read) in policies.iter().enumerate() {
            let Some(having) = world.having.get(&policy) else { continue };
            for number in index.relevant[policy].clone() {
                let statement = &read.statements[number as usize];
                if statement.allow {
                    index.any.extend(having);
                }
                index.place(statement, (policy as u32, number), having);
            }
        }
        index.varied = index.everywhere.iter().copied().filter(|i| index.is_bound(world, *i)).collect();
        for control in &world.controls {
            for number in &index.relevant[control.policy] {
                let statement = &policies[control.policy].statements[*number as usize];
                if !statement.allow && !index.is_same_for_all(statement) {
                    index.controls.push((control.policy as u32, *number));
                }
            }
        }
        for key in index.by_key.keys() {
            index.lengths.insert(key.len());
            index.below.insert(key.clone());
        }
        index
    }

    /// Whether a statement says the same of every thing of the kind.
    fn is_same_for_all(&self, statement: &Statement) -> bool {
        let everywhere =
            |p: &Pattern| self.forms.iter().all(|form| !p.variables && p.meets(form) == Meets::Covers);
        let none = statement.resources.is_empty() || statement.resources.iter().any(everywhere);
        statement.broken.is_some()
            || none && !statement.not_resources && !statement.conditions.iter().any(is_of_thing)
    }

    fn is_bound(&self, world: &World<'_>, actor: usize) -> bool {
        let Some(boundary) = world.actors[actor].boundary else { return false };
        let statements = &world.shelf.policies[boundary].statements;
        self.relevant[boundary].iter().any(|number| !self.is_same_for_all(&statements[*number as usize]))
    }

    fn place(&mut self, statement: &Statement, entry: Entry, having: &[usize]) {
        if statement.broken.is_some() {
            if statement.allow {
                self.everywhere.extend(having);
            }
            return;
        }
        if statement.not_resources || statement.conditions.iter().any(is_of_thing) {
            self.rest.push(entry);
            return;
        }
        let everywhere =
            |p: &Pattern| self.forms.iter().all(|form| !p.variables && p.meets(form) == Meets::Covers);
        if statement.resources.iter().any(everywhere) {
            if statement.allow {
                self.everywhere.extend(having);
            }
            return;
        }
        for pattern in &statement.resources {
            match pattern.key() {
                Some(key) => self.by_key.entry(key).or_default().push(entry),
                None => self.rest.push(entry),
            }
        }
    }

    pub(super) fn ask<'a>(&'a self, request: &'a [(Arc<str>, Arc<str>)]) -> Ask<'a> {
        Ask { request, relevant: &self.relevant }
    }

    /// Whom statements about this very thing concern.
    pub(super) fn touched(&self, world: &World<'_>, thing: &Thing) -> Touched {
        let mut touched = Touched::default();
        let mut entries: BTreeSet<Entry> = self.rest.iter().copied().collect();
        for part in &thing.parts {
            match part.key() {
                Some(key) if !part.has_holes() => {
                    for length in self.lengths.range(..=key.len()) {
                        entries.extend(self.by_key.get(&key[..*length]).into_iter().flatten());
                    }
                    // What is asked for may be wider than what a statement names: objects of a bucket.
                    if part.tokens.last() == Some(&super::pattern::STAR) {
                        let below = self.below.range(key.clone()..).take_while(|k| k.starts_with(&key));
                        entries.extend(below.filter_map(|k| self.by_key.get(k)).flatten());
                    }
                }
                _ => entries.extend(self.by_key.values().flatten()),
            }
        }
        for (policy, number) in entries {
            let statement = &world.shelf.policies[policy as usize].statements[number as usize];
            let meets = |pattern: &Pattern| {
                pattern.variables || thing.parts.iter().any(|part| pattern.meets(part) != Meets::No)
            };
            if !statement.not_resources && !statement.resources.iter().any(meets) {
                continue;
            }
            let having = world.having.get(&(policy as usize)).into_iter().flatten();
            if !statement.allow {
                touched.denied.extend(having);
                continue;
            }
            let by_name = |pattern: &Pattern| {
                let sure = |part: &Pattern| matches!(pattern.meets(part), Meets::Covers | Meets::Some);
                thing.parts.iter().any(sure) && self.forms.iter().all(|form| pattern.meets(form) == Meets::No)
            };
            if !statement.not_resources && statement.resources.iter().any(by_name) {
                touched.named.extend(having.clone());
            }
            touched.allowed.extend(having);
        }
        let named = |(policy, number): &Entry| {
            let statement = &world.shelf.policies[*policy as usize].statements[*number as usize];
            let meets =
                |p: &Pattern| p.variables || thing.parts.iter().any(|part| p.meets(part) != Meets::No);
            statement.not_resources || statement.resources.iter().any(meets)
        };
        touched.by_itself = self.controls.iter().any(named) || world.denies_by_itself(thing, &self.ask(&[]));
        touched
    }
}

/// Whether a clause hangs on what the action is done to.
fn is_of_thing(clause: &Clause) -> bool {
    clause.key.contains("resourcetag/")
        || clause.key.starts_with("aws:resource")
        || clause.values().any(|value| value.variables)
}
