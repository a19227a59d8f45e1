//! Source code as one small tree: every language is lowered to the same few forms of expression and statement.
//!
//! The tree keeps what names, values and the way of data hang on, and drops the rest: types that name nothing, operators that
//! compute, control flow beyond which statements may run. What a form has no place for is [`Expr::Other`] with its parts,
//! so that nothing that was written is lost. Which names mean what is not known here.

mod csharp;
mod declare;
mod go;
mod java;
mod kotlin;
mod literal;
mod python;
mod rust;
mod script;
#[cfg(test)]
mod show;
mod syntax;
mod tree;

pub use script::{markup_of, scripts_of};
pub use tree::{
    Arg, Assigning, Call, Class, ClassId, Element, Export, Expr, ExprId, Function, FunctionId, Import, Join,
    Language, Param, Part, Passing, Stmt, Unit,
};

/// Nested deeper than any real source; what is below becomes an empty [`Expr::Other`], with a problem.
pub const MAX_DEPTH: u32 = 200;

/// Says when to give up: the grammars of some languages can be led to take time that grows faster than the text, and a crate
/// that reads no clock cannot tell.
pub type Stop = std::sync::Arc<dyn Fn() -> bool>;

/// Lowers a source text. Parsing never fails: what could not be read is a problem of the unit.
pub fn parse(language: Language, source: &str) -> Unit<'_> {
    parse_until(language, source, &(std::sync::Arc::new(|| false) as Stop))
}

/// As [`parse`], given up when `stop` says so.
pub fn parse_until<'s>(language: Language, source: &'s str, stop: &Stop) -> Unit<'s> {
    match language {
        Language::Python => python::parse(source),
        Language::JavaScript | Language::TypeScript | Language::Tsx => script::parse(language, source),
        Language::Go => go::parse(source, stop),
        Language::Java => java::parse(source, stop),
        Language::CSharp => csharp::parse(source, stop),
        Language::Kotlin => kotlin::parse(source, stop),
        Language::Rust => rust::parse(source, stop),
    }
}
