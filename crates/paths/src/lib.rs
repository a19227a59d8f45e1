//! Attack paths: techniques applied to the graph, the search, choke points, the smallest set of fixes, risk.

mod rules;

pub use rules::{Facts, steps};
