//! Azure virtual networks and services.

use crate::hcl;

const MACHINE: &str = r#"
resource "azurerm_virtual_network" "v" {
  name = "v"
  address_space = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "s" {
  name = "s"
  virtual_network_name = azurerm_virtual_network.v.name
  address_prefixes = ["10.0.1.0/24"]
}
resource "azurerm_public_ip" "p" { name = "p" }
resource "azurerm_network_interface" "n" {
  name = "n"
  ip_configuration {
    name = "i"
    subnet_id = azurerm_subnet.s.id
    public_ip_address_id = azurerm_public_ip.p.id
  }
}
resource "azurerm_linux_virtual_machine" "m" {
  name = "m"
  network_interface_ids = [azurerm_network_interface.n.id]
}
resource "azurerm_network_security_group" "g" {
  name = "g"
}
"#;

const ON_INTERFACE: &str = r#"
resource "azurerm_network_interface_security_group_association" "a" {
  network_interface_id = azurerm_network_interface.n.id
  network_security_group_id = azurerm_network_security_group.g.id
}
"#;

const ON_SUBNET: &str = r#"
resource "azurerm_subnet_network_security_group_association" "b" {
  subnet_id = azurerm_subnet.s.id
  network_security_group_id = azurerm_network_security_group.g.id
}
"#;

fn rule(name: &str, priority: u32, access: &str, source: &str, port: &str) -> String {
    format!(
        r#"
resource "azurerm_network_security_rule" "{name}" {{
  name = "{name}"
  network_security_group_name = azurerm_network_security_group.g.name
  priority = {priority}
  direction = "Inbound"
  access = "{access}"
  protocol = "Tcp"
  source_port_range = "*"
  source_address_prefix = {source}
  destination_address_prefix = "*"
  destination_port_range = "{port}"
}}
"#
    )
}

fn with(parts: &[&str]) -> String {
    hcl(&(MACHINE.to_owned() + &parts.concat()))
}

#[test]
fn a_standard_address_needs_a_rule() {
    let open = rule("ssh", 100, "Allow", "\"*\"", "22");
    let m = "azurerm_linux_virtual_machine.m";
    assert_eq!(with(&[]), "", "a standard address without a group is closed");
    assert_eq!(with(&[ON_INTERFACE]), "", "no rule lets anybody in");
    assert_eq!(with(&[&open]), "", "the group stands nowhere");
    assert_eq!(with(&[ON_INTERFACE, &open]), format!("internet -> {m} tcp 22 allowed"));
    assert_eq!(with(&[ON_SUBNET, &open]), format!("internet -> {m} tcp 22 allowed"));
}
