//! What is written in code, lock files, agent configurations and text: AI assets, packages and leaked keys, as observations.
//!
//! Infrastructure as code is `iac`'s; the grammar of each language and file format is `formats`'. Nothing here judges,
//! and nothing that is scanned is ever run.

pub mod agents;
pub mod application;
pub mod code;
mod data;
pub mod packages;
pub mod secrets;

use catalog::Catalog;
use collect::Source;

/// Every source over one tree.
pub fn sources<'c>(catalog: &'c Catalog, secrets: &secrets::Options) -> Vec<Box<dyn Source + 'c>> {
    vec![
        // One line for each.
        Box::new(agents::Agents { catalog }),
        Box::new(code::Code { catalog }),
        Box::new(packages::Packages { catalog }),
        Box::new(secrets::Secrets { catalog, options: secrets.clone() }),
    ]
}

/// Whether the walk should keep a file for any of them.
pub fn wants(path: &str) -> bool {
    // One line for each.
    [agents::wants, code::wants, packages::wants, secrets::wants].iter().any(|wants| wants(path))
}
