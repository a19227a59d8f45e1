//! Effective permissions on Azure.

use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, Holders, Permissions, Request};
use model::Coverage;

#[derive(Debug)]
pub(crate) struct Azure<'g> {
    graph: &'g Graph,
}

impl<'g> Azure<'g> {
    pub(crate) fn derive(graph: &'g Graph, _: &'g Catalog) -> Self {
        Azure { graph }
    }
}

impl Permissions for Azure<'_> {
    fn who_can(&self, _: &Request<'_>) -> Vec<Arc<Holders>> {
        Vec::new()
    }

    fn notes(&self) -> Vec<Coverage> {
        Vec::new()
    }
}
