//! Azure deployment templates: one evaluator for ARM JSON and Bicep, and the ARM JSON source.
//!
//! Bicep's own words are read by its front end, which makes the same [`template`]; what a type means stands on cards.

mod access;
mod calls;
mod documents;
mod eval;
pub(crate) mod expression;
mod functions;
pub(crate) mod json;
mod lambda;
mod load;
mod modules;
mod names;
mod observe;
mod operators;
mod resources;
mod root;
mod scope;
pub(crate) mod source;
mod symbols;
pub(crate) mod template;

use std::sync::Arc;

use catalog::Catalog;
use collect::Tree;
use model::Observations;

pub use source::{Arm, wants};

use template::{Library, ParameterFile, Template};

/// One root template and what it is evaluated with.
#[derive(Clone, Copy)]
pub(crate) struct Deployment<'t> {
    /// The source's name in notes: `arm`, `bicep`.
    pub(crate) source: &'static str,
    /// The root's path below the scanned root: the scope of its assets.
    pub(crate) path: &'t Arc<str>,
    pub(crate) template: &'t Arc<Template>,
    pub(crate) given: Option<&'t Arc<ParameterFile>>,
    pub(crate) library: &'t Library,
    /// For files that expressions load.
    pub(crate) tree: &'t Tree,
    pub(crate) catalog: &'t Catalog,
}

/// Evaluates one root: its assets, parts, links and notes; not the comments, which are the front end's.
pub(crate) fn observe(deployment: Deployment<'_>) -> Observations {
    observe::root(deployment, None).seen
}
