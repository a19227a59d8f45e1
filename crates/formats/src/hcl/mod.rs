//! HCL, native and JSON syntax, to one syntax tree with spans. Evaluation is not done here.
//!
//! Parsing never fails as a whole: each function returns what could be read and the [`Problem`]s met. Text over
//! [`MAX_TEXT`] is refused, nesting is bounded, and every function takes time linear in the text.

mod ast;
mod json;
mod lex;
mod lower;
mod native;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod show;
mod template;

pub use ast::*;
pub use json::{parse_json, parse_json_variables};

pub use native::{parse, parse_expression, parse_template};

use crate::{Problem, Span};

/// The longest text that is parsed, in bytes.
pub const MAX_TEXT: usize = 16 << 20;
/// After so many problems the rest of a file is not read.
pub const MAX_PROBLEMS: usize = 100;

fn too_long(text: &str) -> Option<Problem> {
    let message = || format!("the text is longer than {} MiB and is not read", MAX_TEXT >> 20);
    (text.len() > MAX_TEXT).then(|| Problem { span: Span::default(), message: message() })
}
