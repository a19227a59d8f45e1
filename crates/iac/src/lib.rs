//! Infrastructure as code, evaluated to the provider's documents with a position for every attribute.
//!
//! Each dialect is a source of its own and yields assets, parts and links; none judges what it finds.

pub mod arm;
pub mod bicep;
pub mod cloudformation;
pub mod containers;
pub mod edit;
mod file;
pub mod kubernetes;
mod native;
pub mod pipelines;
pub mod terraform;
pub mod write;

use catalog::Catalog;
use collect::Source;

/// Every dialect, as sources over one tree.
pub fn sources<'c>(catalog: &'c Catalog, given: &terraform::Given) -> Vec<Box<dyn Source + 'c>> {
    vec![
        // One line for each.
        Box::new(arm::Arm { catalog }),
        Box::new(bicep::Bicep { catalog }),
        Box::new(containers::compose::Compose { catalog }),
        Box::new(containers::dockerfile::Dockerfiles { catalog }),
        Box::new(kubernetes::Kubernetes { catalog }),
        Box::new(cloudformation::CloudFormation { catalog }),
        Box::new(terraform::Terraform { catalog, given: given.clone() }),
        Box::new(pipelines::Pipelines { catalog }),
        Box::new(terraform::TerraformPlan { catalog }),
        Box::new(terraform::TerraformState { catalog }),
    ]
}

/// Whether the walk should keep a file for any of them.
pub fn wants(path: &str) -> bool {
    // One line for each.
    [
        arm::wants,
        bicep::wants,
        terraform::wants,
        terraform::TerraformPlan::wants,
        terraform::TerraformState::wants,
        pipelines::wants,
        containers::compose::wants,
        containers::dockerfile::wants,
        kubernetes::wants,
        cloudformation::wants,
    ]
    .iter()
    .any(|wants| wants(path))
}
