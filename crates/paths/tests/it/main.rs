//! The search against independent oracles: petgraph and Datalog where they can answer, brute force where they cannot.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

mod brute;
mod cheapest;
mod chokes;
mod estate;
mod estates;
mod fixes;
mod k_best;
mod matrix;
mod plan;
mod reach;
