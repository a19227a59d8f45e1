//! The order of a run, and what a run is asked: settings, exceptions, the cases of checks.
//!
//! Nothing is printed here, and no clock is read: the caller says what day it is.

mod attack;
mod cases;
mod compare;
mod diff;
mod examples;
mod exceptions;
mod explorer;
mod fix;
mod link;
mod ontology;
mod round_trip;
mod run;
mod scripts;
mod settings;
mod techniques;
mod translated;
mod withhold;

pub use attack::{Answer, Question, who_can};
pub use cases::{CaseFailure, CaseReport, run_cases};
pub use compare::{Side, compare};
pub use fix::{FileChange, FixSelection, Plan, Proposal, Verdict, fix};
pub use round_trip::{FixedCase, prove_cases};
pub use run::{Request, RunError, Survey, catalog_files, scan, survey};
pub use settings::Settings;

pub use catalog::Catalog;
pub use examples::run_examples;
pub use exceptions::read as read_exceptions;
pub use iac::terraform::{Given, VariableFile};
pub use paths::Options as PathOptions;
pub use policy::{Exceptions, Selection, reaches};
pub use scan::agents::{Change, lock, verify};
pub use scan::secrets::Options as SecretOptions;
