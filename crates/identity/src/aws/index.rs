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
            any: BTreeSet::new(),
            forms,
            by_key: HashMap::new(),
            lengths: BTreeSet::new(),
            below: BTreeSet::new(),
            rest: Vec::new(),
        };
        for policy in 0..policies.len() {
            let Some(having) = world.having.get(&policy) else { continue };
            for number in index.relevant[policy].clone() {
                let statement = &policies[policy].statements[number as usize];
                if statement.allow {
                    index.any.extend(having);
                }
                index.place(statement, (policy as u32, number), having);
            }
        }
        for key in index.by_key.keys() {
            index.lengths.insert(key.len());
            index.below.insert(key.clone());
        }
        index
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
            if statement.allow {
                touched.allowed.extend(having);
            } else {
                touched.denied.extend(having);
            }
        }
        touched.by_itself = world.denies_by_itself(thing, &self.ask(&[]));
        touched
    }
}

/// Whether a clause hangs on what the action is done to.
fn is_of_thing(clause: &Clause) -> bool {
    clause.key.contains("resourcetag/") || clause.key.starts_with("aws:resource")
}
