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

#[test]
fn priorities_decide() {
    let m = "azurerm_linux_virtual_machine.m";
    let open = || rule("open", 200, "Allow", "\"*\"", "22");
    for (rules, want) in [
        (open() + &rule("deny", 100, "Deny", "\"*\"", "22"), String::new()),
        (open() + &rule("deny", 300, "Deny", "\"*\"", "22"), format!("internet -> {m} tcp 22 allowed")),
        (open() + &rule("deny", 100, "Deny", "\"Internet\"", "*"), String::new()),
        (
            open() + &rule("deny", 100, "Deny", "\"198.51.100.0/24\"", "22"),
            format!("internet -> {m} tcp 22 allowed"),
        ),
        (rule("tag", 100, "Allow", "\"Internet\"", "80-81"), format!("internet -> {m} tcp 80-81 allowed")),
        (rule("any", 100, "Allow", "\"0.0.0.0/0\"", "22"), format!("internet -> {m} tcp 22 allowed")),
        (
            rule("office", 100, "Allow", "\"198.51.100.7\"", "22"),
            format!("198.51.100.7/32 -> {m} tcp 22 allowed"),
        ),
        (rule("inside", 100, "Allow", "\"VirtualNetwork\"", "22"), String::new()),
        (rule("probe", 100, "Allow", "\"AzureLoadBalancer\"", "*"), String::new()),
        (
            "variable \"from\" { type = string }\n".to_owned() + &rule("var", 100, "Allow", "var.from", "22"),
            format!("internet -> {m} tcp 22 unknown: variable from has no value"),
        ),
    ] {
        assert_eq!(with(&[ON_INTERFACE, &rules]), want, "{rules}");
    }
}

#[test]
fn subnet_and_interface_both_decide() {
    let other = r#"
resource "azurerm_network_security_group" "h" {
  name = "h"
  security_rule {
    name = "web"
    priority = 100
    direction = "Inbound"
    access = "Allow"
    protocol = "*"
    source_port_range = "*"
    source_address_prefix = "*"
    destination_address_prefix = "10.0.1.0/24"
    destination_port_ranges = ["22", "443"]
  }
}
resource "azurerm_subnet_network_security_group_association" "h" {
  subnet_id = azurerm_subnet.s.id
  network_security_group_id = azurerm_network_security_group.h.id
}
"#;
    let m = "azurerm_linux_virtual_machine.m";
    let ssh = rule("ssh", 100, "Allow", "\"*\"", "22");
    assert_eq!(with(&[ON_INTERFACE, other, &ssh]), format!("internet -> {m} tcp 22 allowed"));
    assert_eq!(with(&[ON_INTERFACE, other]), "");
    let elsewhere = other.replace("10.0.1.0/24", "10.0.9.0/24");
    assert_eq!(with(&[ON_INTERFACE, &elsewhere, &ssh]), "", "the rule is meant for another subnet");
}

#[test]
fn a_basic_address_is_open() {
    let basic = MACHINE.replace("{ name = \"p\" }", "{\n name = \"p\"\n sku = \"Basic\"\n}");
    assert_eq!(hcl(&basic), "internet -> azurerm_linux_virtual_machine.m any port allowed");
    assert_eq!(hcl(&(basic + ON_SUBNET)), "");
}

#[test]
fn application_security_groups() {
    let groups = r#"
resource "azurerm_application_security_group" "web" { name = "web" }
resource "azurerm_network_security_rule" "r" {
  name = "r"
  network_security_group_name = azurerm_network_security_group.g.name
  priority = 100
  direction = "Inbound"
  access = "Allow"
  protocol = "Tcp"
  source_address_prefix = "Internet"
  destination_application_security_group_ids = [azurerm_application_security_group.web.id]
  destination_port_range = "443"
}
"#;
    let member = r#"
resource "azurerm_network_interface_application_security_group_association" "m" {
  network_interface_id = azurerm_network_interface.n.id
  application_security_group_id = azurerm_application_security_group.web.id
}
"#;
    assert_eq!(
        with(&[ON_INTERFACE, groups, member]),
        "internet -> azurerm_linux_virtual_machine.m tcp 443 allowed"
    );
    assert_eq!(with(&[ON_INTERFACE, groups]), "");
}

#[test]
fn a_load_balancer_hands_on() {
    let balancer = r#"
resource "azurerm_lb" "lb" {
  name = "lb"
  frontend_ip_configuration {
    name = "f"
    public_ip_address_id = azurerm_public_ip.p.id
  }
}
resource "azurerm_lb_backend_address_pool" "pool" {
  name = "pool"
  loadbalancer_id = azurerm_lb.lb.id
}
resource "azurerm_lb_rule" "r" {
  name = "r"
  loadbalancer_id = azurerm_lb.lb.id
  protocol = "Tcp"
  frontend_port = 443
  backend_port = 8443
  frontend_ip_configuration_name = "f"
}
resource "azurerm_network_interface_backend_address_pool_association" "a" {
  network_interface_id = azurerm_network_interface.n.id
  backend_address_pool_id = azurerm_lb_backend_address_pool.pool.id
}
"#;
    let machine = MACHINE.replace("public_ip_address_id = azurerm_public_ip.p.id", "");
    let open = rule("web", 100, "Allow", "\"*\"", "8443");
    let all = machine + balancer + ON_INTERFACE;
    assert_eq!(hcl(&(all.clone() + &open)), "internet -> azurerm_linux_virtual_machine.m tcp 443 allowed");
    assert_eq!(hcl(&all), "");
}

#[test]
fn an_application_gateway() {
    let text = |front: &str| {
        format!(
            "resource \"azurerm_application_gateway\" \"g\" {{\n name = \"g\"\n frontend_ip_configuration {{\n name = \"f\"\n {front}\n }}\n frontend_port {{\n name = \"p\"\n port = 443\n }}\n}}\n"
        )
    };
    assert_eq!(
        hcl(&text("public_ip_address_id = \"/subscriptions/s/p\"")),
        "internet -> azurerm_application_gateway.g tcp 443 allowed"
    );
    assert_eq!(hcl(&text("private_ip_address = \"10.0.0.4\"")), "");
}

#[test]
fn services_by_their_switches() {
    let account = |more: &str| {
        format!(
            "resource \"azurerm_cognitive_account\" \"a\" {{\n name = \"a\"\n kind = \"OpenAI\"\n custom_subdomain_name = \"a\"\n {more}\n}}\n"
        )
    };
    let a = "azurerm_cognitive_account.a";
    for (more, want) in [
        ("", format!("internet -> {a} tcp 443 allowed")),
        ("public_network_access_enabled = false", String::new()),
        ("network_acls { default_action = \"Deny\" }", String::new()),
        (
            "network_acls {\n default_action = \"Deny\"\n ip_rules = [\"198.51.100.0/24\"]\n}",
            format!("198.51.100.0/24 -> {a} tcp 443 allowed"),
        ),
        (
            "public_network_access_enabled = false\n network_acls {\n default_action = \"Deny\"\n ip_rules = [\"198.51.100.0/24\"]\n}",
            String::new(),
        ),
        (
            "public_network_access_enabled = var.public\n}\nvariable \"public\" {\n type = bool",
            format!("internet -> {a} tcp 443 unknown: variable public has no value"),
        ),
    ] {
        assert_eq!(hcl(&account(more)), want, "{more}");
    }
    for (text, want) in [
        (
            "resource \"azurerm_storage_account\" \"s\" { name = \"s\" }",
            "internet -> azurerm_storage_account.s tcp 443 allowed",
        ),
        (
            "resource \"azurerm_storage_account\" \"s\" {\n name = \"s\"\n public_network_access_enabled = false\n}",
            "",
        ),
        (
            "resource \"azurerm_search_service\" \"s\" { name = \"s\" }",
            "internet -> azurerm_search_service.s tcp 443 allowed",
        ),
        (
            "resource \"azurerm_linux_web_app\" \"w\" { name = \"w\" }",
            "internet -> azurerm_linux_web_app.w tcp 443 allowed",
        ),
        (
            "resource \"azurerm_linux_web_app\" \"w\" {\n name = \"w\"\n public_network_access_enabled = false\n}",
            "",
        ),
        (
            "resource \"azurerm_linux_web_app\" \"w\" {\n name = \"w\"\n site_config {\n ip_restriction_default_action = \"Deny\"\n ip_restriction {\n action = \"Allow\"\n ip_address = \"198.51.100.0/24\"\n }\n }\n}",
            "198.51.100.0/24 -> azurerm_linux_web_app.w tcp 443 allowed",
        ),
    ] {
        assert_eq!(hcl(text), want, "{text}");
    }
}

const APP_TO_STORE: &str = r#"
resource "azurerm_virtual_network" "v" {
  name = "v"
  address_space = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "apps" {
  name = "apps"
  virtual_network_name = azurerm_virtual_network.v.name
  address_prefixes = ["10.0.1.0/24"]
}
resource "azurerm_subnet" "ends" {
  name = "ends"
  virtual_network_name = azurerm_virtual_network.v.name
  address_prefixes = ["10.0.2.0/24"]
}
resource "azurerm_linux_web_app" "w" {
  name = "w"
  public_network_access_enabled = false
  virtual_network_subnet_id = azurerm_subnet.apps.id
}
resource "azurerm_storage_account" "s" {
  name = "s"
  public_network_access_enabled = false
}
resource "azurerm_private_endpoint" "e" {
  name = "e"
  subnet_id = azurerm_subnet.ends.id
  private_service_connection {
    name = "c"
    private_connection_resource_id = azurerm_storage_account.s.id
    subresource_names = ["blob"]
    is_manual_connection = false
  }
}
"#;

#[test]
fn a_private_endpoint_is_reached_from_its_network() {
    let reached = "azurerm_linux_web_app.w -> azurerm_storage_account.s tcp 443 allowed";
    assert_eq!(hcl(APP_TO_STORE), reached);
    let guard = r#"
resource "azurerm_network_security_group" "g" {
  name = "g"
  security_rule {
    name = "deny"
    priority = 100
    direction = "Outbound"
    access = "Deny"
    protocol = "*"
    source_address_prefix = "*"
    destination_address_prefix = "10.0.2.0/24"
    destination_port_range = "443"
  }
}
resource "azurerm_subnet_network_security_group_association" "a" {
  subnet_id = azurerm_subnet.apps.id
  network_security_group_id = azurerm_network_security_group.g.id
}
"#;
    assert_eq!(hcl(&(APP_TO_STORE.to_owned() + guard)), "", "the app's own subnet lets nothing out there");
    let far = APP_TO_STORE.replace(
        "resource \"azurerm_subnet\" \"ends\" {\n  name = \"ends\"\n  virtual_network_name = azurerm_virtual_network.v.name",
        "resource \"azurerm_virtual_network\" \"u\" { name = \"u\" }\nresource \"azurerm_subnet\" \"ends\" {\n  name = \"ends\"\n  virtual_network_name = azurerm_virtual_network.u.name",
    );
    assert_eq!(hcl(&far), "");
    let peering = |from: &str, to: &str| {
        format!(
            "resource \"azurerm_virtual_network_peering\" \"{from}\" {{\n name = \"{from}\"\n virtual_network_name = azurerm_virtual_network.{from}.name\n remote_virtual_network_id = azurerm_virtual_network.{to}.id\n}}\n"
        )
    };
    assert_eq!(hcl(&(far.clone() + &peering("u", "v") + &peering("v", "u"))), reached);
    assert_eq!(
        hcl(&(far + &peering("u", "v"))),
        reached.replace("allowed", "unknown: only one side of the peering is in this configuration")
    );
}

#[test]
fn a_service_endpoint_lets_a_subnet_in() {
    let text = APP_TO_STORE.split("resource \"azurerm_storage_account\"").next().unwrap().to_owned()
        + r#"
resource "azurerm_storage_account" "s" {
  name = "s"
  network_rules {
    default_action = "Deny"
    virtual_network_subnet_ids = [azurerm_subnet.apps.id]
  }
}
"#;
    assert_eq!(hcl(&text), "azurerm_linux_web_app.w -> azurerm_storage_account.s tcp 443 allowed");
}

#[test]
fn bicep_with_subnets_inside_their_network() {
    let text = r#"
resource nsg 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'g'
  location: 'westeurope'
  properties: {
    securityRules: [
      {
        name: 'ssh'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourcePortRange: '*'
          sourceAddressPrefix: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '22'
        }
      }
    ]
  }
}
resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'v'
  location: 'westeurope'
  properties: {
    addressSpace: { addressPrefixes: ['10.0.0.0/16'] }
    subnets: [
      {
        name: 's'
        properties: { addressPrefix: '10.0.0.0/24', networkSecurityGroup: { id: nsg.id } }
      }
    ]
  }
}
resource ip 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: 'p'
  location: 'westeurope'
  sku: { name: 'Standard' }
}
resource nic 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: 'n'
  location: 'westeurope'
  properties: {
    ipConfigurations: [
      {
        name: 'i'
        properties: {
          subnet: { id: vnet.properties.subnets[0].id }
          publicIPAddress: { id: ip.id }
        }
      }
    ]
  }
}
resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: 'm'
  location: 'westeurope'
  properties: { networkProfile: { networkInterfaces: [{ id: nic.id }] } }
}
"#;
    let bicep = |text: &str| crate::routes(&[("main.bicep", text)]);
    assert_eq!(bicep(text), "internet -> vm tcp 22 allowed");
    assert_eq!(bicep(&text.replace("access: 'Allow'", "access: 'Deny'")), "");
    assert_eq!(bicep(&text.replace("sourceAddressPrefix: '*'", "sourceAddressPrefix: 'VirtualNetwork'")), "");
}
