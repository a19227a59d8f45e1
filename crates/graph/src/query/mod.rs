mod ast;
mod error;
mod grammar;
mod lexer;
mod table;
mod value;
pub use error::{Exceeded, Mistake, QueryError};
pub use table::{Builder, Properties, PropertyGraph, Reading, Table};
pub use value::{List, Map, Path, Value};
