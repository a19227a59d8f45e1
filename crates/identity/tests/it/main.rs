//! Permissions of whole configurations, from their text to the answer.

mod azure;
mod graphs;
