//! What reaches what: addresses and ports through security groups, network access lists, firewalls, routes, load
//! balancers, private endpoints, service endpoints and network policies, and what stands open on the internet by itself.

use catalog::Catalog;
use graph::{Graph, Reachability, Route};
use model::Coverage;

/// The routes of one graph.
#[derive(Debug)]
pub struct Routes {
    routes: Vec<Route>,
    notes: Vec<Coverage>,
}

impl Routes {
    pub fn derive(_: &Graph, _: &Catalog) -> Self {
        Routes { routes: Vec::new(), notes: Vec::new() }
    }
}

impl Reachability for Routes {
    fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn notes(&self) -> Vec<Coverage> {
        self.notes.clone()
    }
}
