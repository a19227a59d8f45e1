//! What reaches what: addresses and ports through security groups, network access lists, firewalls, routes, load
//! balancers, private endpoints, service endpoints and network policies, and what stands open on the internet by itself.
//!
//! Each provider's module finds the places where assets stand (`place`) and writes the rules around them as `packets`
//! understands them; what follows from both is the same for all providers. Who may do what once there is `identity`'s.

mod address;
mod aws;
mod azure;
mod compose;
mod facts;
mod google;
mod kubernetes;
mod packets;
mod place;
mod ports;
mod read;
mod service;

use catalog::Catalog;
use graph::{Graph, Reachability, Route};
use model::Coverage;

use crate::facts::Facts;
use crate::place::{Found, Networks};

/// The routes of one graph.
#[derive(Debug)]
pub struct Routes {
    routes: Vec<Route>,
    notes: Vec<Coverage>,
}

impl Routes {
    pub fn derive(graph: &Graph, catalog: &Catalog) -> Self {
        let facts = Facts::new(graph, catalog);
        let mut networks = Networks::default();
        let mut found = Found::default();
        service::routes(&facts, &mut found);
        let mut places = aws::places(&facts, &mut networks, &mut found);
        places.extend(azure::places(&facts, &mut networks, &mut found));
        places.extend(google::places(&facts, &mut networks, &mut found));
        places.extend(compose::places(&facts, &mut networks, &mut found));
        places.extend(kubernetes::places(&facts, &mut networks, &mut found));
        place::routes(&places, &networks, &mut found);
        service::inside(&facts, &places, &mut found);
        let (routes, notes) = found.finish();
        Routes { routes, notes }
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
