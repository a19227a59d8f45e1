//! What lock files and manifests say an application is made of.
//!
//! The grammar of each file is `formats::packages`'; here the files of one application are put together: the lock file
//! gives the version, the manifest says what was asked for. Nothing is resolved against a registry.

mod assets;
mod join;
mod read;

use catalog::Catalog;
use collect::{Source, Tree};
use model::Observations;

use crate::application::{Applications, folder_of_manifest};

pub use assets::APPLICATION;

const SOURCE: &str = "packages";

/// The reader of lock files and manifests.
pub struct Packages<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for it.
pub fn wants(path: &str) -> bool {
    read::format_of(path).is_some() || folder_of_manifest(path).is_some()
}

impl Source for Packages<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        let applications = Applications::of(tree);
        let mut files = read::Files::read(tree);
        let manifests = files.manifests(&applications, tree);
        let joined = join::join(&files, &manifests, &applications);
        let mut seen = assets::assets(&joined, &files, self.catalog);
        seen.coverage = files.coverage;
        seen
    }
}

#[cfg(test)]
mod tests;
