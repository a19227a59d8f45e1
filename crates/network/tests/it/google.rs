//! Google VPC networks and services.

use crate::hcl;

fn machine(name: &str, network: &str, more: &str) -> String {
    format!(
        r#"
resource "google_compute_instance" "{name}" {{
  name = "{name}"
  {more}
  network_interface {{
    network = {network}
    access_config {{}}
  }}
}}
"#
    )
}

#[test]
fn the_default_network_lets_administrators_in() {
    assert_eq!(
        hcl(&machine("m", "\"default\"", "")),
        "internet -> google_compute_instance.m tcp 22 allowed\ninternet -> google_compute_instance.m tcp 3389 allowed"
    );
}
