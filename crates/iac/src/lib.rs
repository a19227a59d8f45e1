//! Infrastructure as code, evaluated to the provider's documents with a position for every attribute.
//!
//! Each dialect is a source of its own and yields assets, parts and links; none judges what it finds.

pub mod edit;
mod file;
mod native;
pub mod terraform;
