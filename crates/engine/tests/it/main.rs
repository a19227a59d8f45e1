//! Runs as a user starts them: a folder in, a report out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod bad_input;
mod estate;
mod fixes;
mod paths;
mod programs;
mod queries;
mod records;
mod scenarios;
