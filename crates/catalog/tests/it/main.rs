//! Cards that nobody honest writes: each is an error that names its file and line, or is simply true.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod expressions;
mod hostile;
