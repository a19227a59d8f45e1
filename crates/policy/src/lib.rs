//! Checks evaluated over the graph: pass, fail or unknown for each (check, asset), with the evidence that decided, and
//! what accepted exceptions do to it.
//!
//! A check judges and never fetches; what it judges by stands on its card.

mod evaluate;
mod exceptions;
mod fix;

pub use evaluate::{Selection, evaluate, reaches};
pub use exceptions::{Exception, Exceptions, apply};
pub use fix::wanting;
