//! The sources as a whole, over a labelled corpus of programs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod corpus;
mod moved;
