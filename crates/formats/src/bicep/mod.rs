//! Bicep, both `.bicep` and `.bicepparam` files, to one syntax tree with spans. Evaluation is not done here.
//!
//! Parsing never fails as a whole: what could be read is returned with the [`Problem`]s met. What the compiler accepts
//! is read without a problem; some of what it refuses (a newline after a comma) is read too. Text over [`MAX_TEXT`] is
//! refused, nesting is bounded, and everything takes time linear in the text.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/file>

mod ast;
mod containers;
mod declarations;
mod expressions;
mod lex;
mod parser;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod show;
mod strings;
mod types;

pub use ast::*;

use crate::{Problem, Span};
use parser::Parser;

/// The longest text that is parsed, in bytes.
pub const MAX_TEXT: usize = 16 << 20;
/// After so many problems the rest of a file is not read.
pub const MAX_PROBLEMS: usize = 100;
/// Brackets, conditions and lambdas inside each other.
pub const MAX_DEPTH: usize = 64;

/// Reads a `.bicep` or a `.bicepparam` file.
pub fn parse(text: &str) -> (File, Vec<Problem>) {
    if let Some(problem) = too_long(text) {
        return (File::default(), vec![problem]);
    }
    let mut parser = Parser::new(text);
    let declarations = parser.file();
    let (comments, problems) = parser.finish();
    (File { declarations, comments }, problems)
}

/// Reads one expression that is the whole text.
pub fn parse_expression(text: &str) -> (Option<Expr>, Vec<Problem>) {
    if let Some(problem) = too_long(text) {
        return (None, vec![problem]);
    }
    let mut parser = Parser::new(text);
    let expr = parser.whole_expression();
    let (_, problems) = parser.finish();
    (expr.filter(|_| problems.is_empty()), problems)
}

fn too_long(text: &str) -> Option<Problem> {
    let message = || format!("the text is longer than {} MiB and is not read", MAX_TEXT >> 20);
    (text.len() > MAX_TEXT).then(|| Problem { span: Span::default(), message: message() })
}
