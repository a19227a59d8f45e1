//! Cases from the texts that people write, each with who may.

mod identities;
mod implied;
mod oracle;
mod policies;
mod roles;

use super::Google;
use crate::estate::{catalog, graph, who};

struct Case {
    name: &'static str,
    terraform: &'static str,
    /// Actions, on what, and who.
    asks: &'static [(&'static str, &'static str, &'static [&'static str])],
}

fn run(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let text = format!("{PROVIDER}{}", case.terraform);
        let graph = graph(&[("main.tf", &text)]);
        let google = Google::derive(&graph, catalog());
        for (actions, on, want) in case.asks {
            let found = who(&graph, &google, actions, on);
            if found != *want {
                wrong.push(format!("{}: {actions} on {on}\n  want {want:?}\n  have {found:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

const PROVIDER: &str = r#"
provider "google" {
  project = "northwind"
}
resource "google_service_account" "app" {
  account_id = "app"
}
resource "google_storage_bucket" "data" {
  name                        = "northwind-data"
  location                    = "EU"
  uniform_bucket_level_access = true
}
resource "google_secret_manager_secret" "key" {
  secret_id = "key"
}
"#;
