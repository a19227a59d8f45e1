//! HCL, native and JSON syntax, to one syntax tree with spans. Evaluation is not done here.

mod ast;

pub use ast::*;
