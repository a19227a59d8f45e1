//! Attack paths for people and programs: one format in each file.

mod json;
mod terminal;

pub use json::json;
pub use terminal::terminal;
