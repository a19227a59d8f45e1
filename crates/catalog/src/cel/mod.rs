//! CEL over the value lattice. The `cel` crate reads the syntax; evaluation is ours, because an expression here must
//! read documents without copying them, answer *unknown* with a reason, and tell which attributes decided it.
//!
//! What graph an expression looks at is not known here: see [`World`].

mod compare;
mod eval;
mod functions;
mod reading;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod value;

pub use eval::{Evaluation, Read, World, evaluate};
pub use functions::{glob, statements};
pub use syntax::{Expr, Names, Operator, Program, Quantifier};
pub use template::Template;
pub use value::{ListValue, Undecided, Val};
