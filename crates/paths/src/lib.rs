//! Attack paths: techniques applied to the graph, the search, choke points, the smallest set of fixes, risk.
//!
//! [`AttackGraph::derive`] turns technique cards into rules ("who has all of this gains that"), asking the permissions
//! and the routes of the graph, and packs them into a net; [`AttackGraph::find`] searches it. Nothing here reads a file,
//! a clock or the network.

mod assemble;
mod assess;
mod attack;
mod bypass;
mod derived;
mod find;
mod risk;
mod rules;
pub mod search;
mod targets;
mod verbs;

pub use attack::AttackGraph;
pub use derived::{DerivedStep, DerivedSteps, DerivedTarget, Stand};
pub use find::Options;
pub use rules::{Facts, steps};
