//! What source code and notebooks say of AI: services, models, prompts, agents, tools, and what they name of each other.
//!
//! The grammar of each language is `formats::code`'s, the meaning of library names is on the cards of `catalog/code`. A file is
//! parsed only when it has a word of a library in it, or imports or is imported by such a file.

mod assets;
mod component;
mod flow;
mod gather;
mod names;
mod notebook;
mod refer;
mod repo;
mod scopes;
mod select;
mod servers;
mod settings;
mod text;
mod value;

use catalog::Catalog;
use collect::{Source as Reads, Tree};
use model::{Coverage, CoverageStatus, Observations};

use crate::application::Applications;
use gather::Gather;
use refer::Evaluator;
use repo::{File, Repo};
use settings::Settings;

/// The reader of source code.
pub struct Code<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for it.
pub fn wants(path: &str) -> bool {
    text::language_of(path).is_some() || settings::is_environment_file(path)
}

impl Reads for Code<'_> {
    fn name(&self) -> &'static str {
        "code"
    }

    fn observe(&self, tree: &Tree) -> Observations {
        let mut seen = Observations::default();
        let sources = select::sources(self.catalog, tree, &mut seen.coverage);
        if sources.is_empty() {
            return seen;
        }
        let applications = Applications::of(tree);
        let files: Vec<File> = select::parse(&sources, &applications);
        for file in &files {
            if let Some(problem) = file.unit.problems.first() {
                let at = file.position(problem.span);
                let place = format!("{}:{}:{}", at.path, at.line, at.column);
                let more = file.unit.problems.len() - 1;
                let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
                let reason = format!("{}{more}; the rest is read", problem.message);
                seen.coverage.push(Coverage::note("code", place, CoverageStatus::Partial, reason));
            }
        }
        let settings = Settings::of(tree, |path| applications.scope_of(path));
        let repo = Repo::of(self.catalog, files, settings);
        let evaluator = Evaluator::new(&repo);
        let mut gather = Gather::of(&evaluator, self.catalog);
        let flows = flow::find(&mut gather, self.catalog);
        flow::observe(flows, &gather, &assets::addresses(&gather.components), &mut seen);
        assets::observe(gather, &mut seen);
        if evaluator.is_exhausted() {
            let reason =
                "so much of the code leads on to other code that not every name was followed to its end";
            seen.coverage.push(Coverage::note("code", "", CoverageStatus::Partial, reason));
        }
        seen
    }
}
