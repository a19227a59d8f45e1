//! Effective permissions on AWS.

use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, Holders, Permissions, Request};
use model::Coverage;

#[derive(Debug)]
pub(crate) struct Aws<'g> {
    graph: &'g Graph,
}

impl<'g> Aws<'g> {
    pub(crate) fn derive(graph: &'g Graph, _: &'g Catalog) -> Self {
        Aws { graph }
    }
}

impl Permissions for Aws<'_> {
    fn who_can(&self, _: &Request<'_>) -> Vec<Arc<Holders>> {
        Vec::new()
    }

    fn notes(&self) -> Vec<Coverage> {
        Vec::new()
    }
}
