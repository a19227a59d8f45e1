//! Effective permissions on Google Cloud.

mod condition;
mod roles;

use std::sync::Arc;

use catalog::Catalog;
use graph::{Graph, Holders, Permissions, Request};
use model::Coverage;

#[derive(Debug)]
pub(crate) struct Google<'g> {
    graph: &'g Graph,
}

impl<'g> Google<'g> {
    pub(crate) fn derive(graph: &'g Graph, _: &'g Catalog) -> Self {
        Google { graph }
    }
}

impl Permissions for Google<'_> {
    fn who_can(&self, _: &Request<'_>) -> Vec<Arc<Holders>> {
        Vec::new()
    }

    fn notes(&self) -> Vec<Coverage> {
        Vec::new()
    }
}
