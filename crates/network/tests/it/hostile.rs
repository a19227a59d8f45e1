//! Many rules, many assets, many ranges: an answer in bounded time, or "not known".

use std::fmt::Write as _;

use crate::hcl;

#[test]
fn thousands_of_rules() {
    let mut text = String::from(
        "resource \"aws_instance\" \"web\" { vpc_security_group_ids = [aws_security_group.s.id] }\nresource \"aws_security_group\" \"s\" {\n",
    );
    for n in 0..2_000 {
        _ = write!(
            text,
            "ingress {{\n from_port = {n}\n to_port = {}\n protocol = \"tcp\"\n cidr_blocks = [\"{}.0.0.0/8\"]\n}}\n",
            60_000 - n,
            n % 200
        );
    }
    text.push_str("}\n");
    assert_eq!(
        hcl(&text),
        "internet -> aws_instance.web any port unknown: there are too many rules to say what they let through"
    );
}

#[test]
fn a_rule_with_very_many_ranges() {
    let ranges: Vec<String> = (0..5_000).map(|n| format!("\"52.{}.{}.0/25\"", n / 256, n % 256)).collect();
    let text = format!(
        "resource \"aws_instance\" \"web\" {{ vpc_security_group_ids = [aws_security_group.s.id] }}\nresource \"aws_security_group\" \"s\" {{\n ingress {{\n from_port = 22\n to_port = 22\n protocol = \"tcp\"\n cidr_blocks = [{}]\n }}\n}}\n",
        ranges.join(", ")
    );
    let found = hcl(&text);
    assert!(found.ends_with("further ranges -> aws_instance.web tcp 22 allowed"), "{found}");
}

#[test]
fn many_machines_behind_groups_of_their_own() {
    let mut text = String::from(
        "resource \"aws_vpc\" \"v\" { cidr_block = \"10.0.0.0/8\" }\nresource \"aws_subnet\" \"s\" {\n vpc_id = aws_vpc.v.id\n cidr_block = \"10.0.0.0/16\"\n}\n",
    );
    text.push_str("resource \"aws_security_group\" \"g600\" {\n vpc_id = aws_vpc.v.id\n}\n");
    for n in 0..600 {
        _ = write!(
            text,
            "resource \"aws_security_group\" \"g{n}\" {{\n vpc_id = aws_vpc.v.id\n ingress {{\n from_port = 22\n to_port = 22\n protocol = \"tcp\"\n security_groups = [aws_security_group.g{}.id]\n }}\n egress {{\n from_port = 0\n to_port = 0\n protocol = \"-1\"\n cidr_blocks = [\"0.0.0.0/0\"]\n }}\n}}\nresource \"aws_instance\" \"i{n}\" {{\n subnet_id = aws_subnet.s.id\n vpc_security_group_ids = [aws_security_group.g{n}.id]\n}}\n",
            n + 1
        );
    }
    let found = hcl(&text);
    assert_eq!(found.lines().count(), 599, "nobody is in the last group");
    assert!(found.contains("aws_instance.i1 -> aws_instance.i0 tcp 22 allowed"));
}

#[test]
fn networks_peered_in_a_circle() {
    let mut text = String::new();
    for n in 0..5 {
        let next = (n + 1) % 5;
        _ = write!(
            text,
            "resource \"azurerm_virtual_network\" \"v{n}\" {{ name = \"v{n}\" }}\nresource \"azurerm_virtual_network_peering\" \"a{n}\" {{\n name = \"a{n}\"\n virtual_network_name = azurerm_virtual_network.v{n}.name\n remote_virtual_network_id = azurerm_virtual_network.v{next}.id\n}}\nresource \"azurerm_virtual_network_peering\" \"b{n}\" {{\n name = \"b{n}\"\n virtual_network_name = azurerm_virtual_network.v{next}.name\n remote_virtual_network_id = azurerm_virtual_network.v{n}.id\n}}\nresource \"azurerm_subnet\" \"s{n}\" {{\n name = \"s{n}\"\n virtual_network_name = azurerm_virtual_network.v{n}.name\n address_prefixes = [\"10.{n}.0.0/24\"]\n}}\nresource \"azurerm_network_interface\" \"n{n}\" {{\n name = \"n{n}\"\n ip_configuration {{\n name = \"i\"\n subnet_id = azurerm_subnet.s{n}.id\n }}\n}}\nresource \"azurerm_linux_virtual_machine\" \"m{n}\" {{\n name = \"m{n}\"\n network_interface_ids = [azurerm_network_interface.n{n}.id]\n}}\n"
        );
    }
    let found = hcl(&text);
    // Peering does not lead on: each reaches its two neighbours.
    assert_eq!(found.lines().count(), 10, "{found}");
    assert!(!found.contains("m0 -> azurerm_linux_virtual_machine.m2"), "{found}");
}
