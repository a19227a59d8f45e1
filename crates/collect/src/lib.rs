//! The source contract and its runner, and the one way to files: a [`Tree`] that cannot be left.
//!
//! Sources observe, they never judge. What a file means is not known here.

mod history;
mod revision;
mod tree;

pub use history::Version;
use model::{Asset, Coverage, CoverageStatus, Observations, Standing};
pub use tree::{Limits, Tree, TreeError, normalise, read_regular};

/// A source of observations.
pub trait Source: Sync {
    /// The name that its coverage carries: `terraform`.
    fn name(&self) -> &'static str;
    /// Reads what it understands of `tree`. What it could not read is coverage, not an error.
    fn observe(&self, tree: &Tree) -> Observations;
}

/// Runs the sources side by side and puts their observations together, in the order of the sources.
pub fn run(sources: &[&dyn Source], tree: &Tree) -> Observations {
    // Plain threads: a source that waits for its own pool must not be given another source's work meanwhile.
    let seen: Vec<Observations> = std::thread::scope(|scope| {
        let running: Vec<_> =
            sources.iter().map(|source| (source, scope.spawn(|| source.observe(tree)))).collect();
        let finished = running
            .into_iter()
            .map(|(source, thread)| thread.join().unwrap_or_else(|_| broken(source.name())));
        finished.collect()
    });
    let mut all = Observations { coverage: tree.coverage().to_vec(), ..Observations::default() };
    for (source, observations) in sources.iter().zip(seen) {
        all.extend(signed(observations, source.name()));
    }
    all
}

/// Puts the source's name to the assets that do not say who saw them.
fn signed(mut seen: Observations, source: &str) -> Observations {
    let sign = |asset: Asset| match asset.sightings.is_empty() {
        true => asset.sighted(source, Standing::Written),
        false => asset,
    };
    seen.assets = seen.assets.into_iter().map(sign).collect();
    seen
}

/// What stands for a source that ended by a fault of its own.
fn broken(source: &str) -> Observations {
    let note = Coverage::note(source, "", CoverageStatus::Failed, "internal error, this source saw nothing");
    Observations { coverage: vec![note], ..Observations::default() }
}
