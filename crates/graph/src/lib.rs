//! Observations merged into one immutable graph: several sightings of one thing made one asset, parts joined to their
//! owners, links resolved to relations, and the adjacency that everything derived reads.
//!
//! What a kind means is not known here; the [`Ontology`] tells, for each asset, its defaults, aliases and links.

mod access;
mod adjacency;
mod build;
mod estate;
mod identity;
mod ids;
mod merge;
pub mod query;
mod resolve;

pub use access::{Holder, Holders, On, Origin, Permissions, Principal, Reachability, Request, Route};
pub use adjacency::{Edge, Ends};
pub use build::{Graph, Ontology, build};
pub use estate::Estate;
