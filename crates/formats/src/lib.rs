//! Pure parsers of untrusted bytes. Each takes bytes or text and returns what it read together with the problems it
//! met; none does IO, none executes what it reads, none panics, and each is bounded in time and memory.
//!
//! Nothing here knows what a resource or an asset is.

pub mod bicep;
pub mod code;
pub mod data;
pub mod dockerfile;
pub mod hcl;
pub mod packages;
pub mod shell;
mod text;

pub use text::{LineIndex, Problem, Span};
