//! Effective permissions in Kubernetes.

use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, Holders, Permissions, Request};
use model::Coverage;

#[derive(Debug)]
pub(crate) struct Kubernetes<'g> {
    graph: &'g Graph,
}

impl<'g> Kubernetes<'g> {
    pub(crate) fn derive(graph: &'g Graph, _: &'g Catalog) -> Self {
        Kubernetes { graph }
    }
}

impl Permissions for Kubernetes<'_> {
    fn who_can(&self, _: &Request<'_>) -> Vec<Arc<Holders>> {
        Vec::new()
    }

    fn notes(&self) -> Vec<Coverage> {
        Vec::new()
    }
}
