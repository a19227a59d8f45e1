//! A bill for each workload: what one program is made of and depends on, at any distance.
//!
//! An application has one (what lies in its scope belongs to it). So has each program that no application accounts for:
//! a workload, an agent, a notebook, a job of its own. Which of two is the whole is decided by what reaches what: an
//! agent that a workload contains or calls is in the workload's bill, and has none of its own.

use std::collections::BTreeSet;

use model::Class;

use super::names::slug;
use super::{Bom, Form, Root, Thing};

impl Bom {
    /// The things that have a bill of their own, by reference.
    pub fn workloads(&self) -> Vec<&Thing> {
        let mut found: Vec<&Thing> = self.things.iter().filter(|t| t.class == Class::Source).collect();
        let mut covered = BTreeSet::new();
        for application in &found {
            self.reach(&application.reference, &mut covered);
        }
        let programs: Vec<&Thing> = self.things.iter().filter(|t| is_program(t)).collect();
        let mut depended_on = BTreeSet::new();
        for program in &programs {
            let mut reached = BTreeSet::new();
            self.reach(&program.reference, &mut reached);
            reached.remove(program.reference.as_str());
            depended_on.extend(reached);
        }
        // First the programs that none other depends on, then of each circle of programs the first.
        let (first, rest): (Vec<&Thing>, Vec<&Thing>) =
            programs.into_iter().partition(|t| !depended_on.contains(t.reference.as_str()));
        for program in first.into_iter().chain(rest) {
            if !covered.contains(program.reference.as_str()) {
                self.reach(&program.reference, &mut covered);
                found.push(program);
            }
        }
        found.sort_by(|a, b| a.reference.cmp(&b.reference));
        found
    }

    /// The bill of one thing: itself as the root, and all that it depends on.
    #[must_use]
    pub fn of_workload(&self, reference: &str) -> Bom {
        let mut reached = BTreeSet::new();
        self.reach(reference, &mut reached);
        let kept = |r: &str| reached.contains(r);
        Bom {
            root: Root::Thing(reference.to_owned()),
            things: self.things.iter().filter(|t| kept(&t.reference)).cloned().collect(),
            links: self.links.iter().filter(|l| kept(&l.from) && kept(&l.to)).cloned().collect(),
            incomplete: self.incomplete,
            deployed: self.deployed,
        }
    }

    /// A file name without ending for each workload, unique among them.
    pub fn workload_files(&self) -> Vec<(String, &Thing)> {
        let mut taken = BTreeSet::new();
        let mut named = Vec::new();
        for thing in self.workloads() {
            let base = match slug(&thing.name) {
                empty if empty.is_empty() => "workload".to_owned(),
                name => name,
            };
            let kind =
                thing.reference.split(':').next().and_then(|kind| kind.rsplit('.').next()).unwrap_or("other");
            let name = match taken.contains(&base) {
                false => base,
                true => format!("{base}-{}", slug(kind)),
            };
            let (first, mut ordinal) = (name.clone(), 2);
            let mut name = name;
            while taken.contains(&name) {
                name = format!("{first}-{ordinal}");
                ordinal += 1;
            }
            taken.insert(name.clone());
            named.push((name, thing));
        }
        named
    }
}

fn is_program(thing: &Thing) -> bool {
    matches!(
        thing.class,
        Class::Workload | Class::Agent | Class::McpServer | Class::McpClient | Class::Notebook
    ) || thing.form == Form::Process
}
