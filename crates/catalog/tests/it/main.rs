//! Cards that nobody honest writes: each is an error that names its file and line, or is simply true.

mod expressions;
mod hostile;
