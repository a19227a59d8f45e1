//! Who may do what: effective permissions on AWS, Azure, Google Cloud and Kubernetes, from the documents in the graph.
//!
//! Each provider is a folder of its own; [`Access`] asks the one whose form an action has. What nobody can tell is
//! unknown, with its reason, and never "no".

mod aws;
mod azure;
#[cfg(test)]
mod estate;
mod gather;
mod google;
mod kubernetes;

use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, Holders, Permissions, Request};
use model::Coverage;

/// The effective permissions of one graph.
#[derive(Debug)]
pub struct Access<'g> {
    aws: aws::Aws<'g>,
    azure: azure::Azure<'g>,
    google: google::Google<'g>,
    kubernetes: kubernetes::Kubernetes<'g>,
}

impl<'g> Access<'g> {
    pub fn derive(graph: &'g Graph, catalog: &'g Catalog) -> Self {
        Access {
            aws: aws::Aws::derive(graph, catalog),
            azure: azure::Azure::derive(graph, catalog),
            google: google::Google::derive(graph, catalog),
            kubernetes: kubernetes::Kubernetes::derive(graph, catalog),
        }
    }

    fn provider(&self, action: &str) -> &dyn Permissions {
        if action.contains(' ') {
            &self.kubernetes
        } else if action.contains('/') {
            &self.azure
        } else if action.contains(':') {
            &self.aws
        } else {
            &self.google
        }
    }
}

impl Permissions for Access<'_> {
    /// The actions of one request are of one provider.
    fn who_can(&self, request: &Request<'_>) -> Vec<Arc<Holders>> {
        request.actions.first().map(|action| self.provider(action).who_can(request)).unwrap_or_default()
    }

    fn notes(&self) -> Vec<Coverage> {
        let providers: [&dyn Permissions; 4] = [&self.aws, &self.azure, &self.google, &self.kubernetes];
        let mut notes: Vec<Coverage> = providers.iter().flat_map(|p| p.notes()).collect();
        notes.sort();
        notes.dedup();
        notes
    }
}
