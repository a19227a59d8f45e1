//! The source contract and its runner, and the one way to files: a [`Tree`] that cannot be left.
//!
//! Sources observe, they never judge. What a file means is not known here.

mod tree;

use model::Observations;
use rayon::prelude::*;

pub use tree::{Limits, Tree, TreeError, normalise};

/// A source of observations.
pub trait Source: Sync {
    /// The name that its coverage carries: `terraform`.
    fn name(&self) -> &'static str;
    /// Reads what it understands of `tree`. What it could not read is coverage, not an error.
    fn observe(&self, tree: &Tree) -> Observations;
}

/// Runs the sources side by side and puts their observations together, in the order of the sources.
pub fn run(sources: &[&dyn Source], tree: &Tree) -> Observations {
    let seen: Vec<Observations> = sources.par_iter().map(|source| source.observe(tree)).collect();
    let mut all = Observations { coverage: tree.coverage().to_vec(), ..Observations::default() };
    seen.into_iter().for_each(|observations| all.extend(observations));
    all
}
