//! Amazon VPC.

use crate::hcl;

const NETWORK: &str = r#"
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_subnet" "open" {
  vpc_id = aws_vpc.v.id
  cidr_block = "10.0.1.0/24"
  map_public_ip_on_launch = true
}
resource "aws_subnet" "closed" {
  vpc_id = aws_vpc.v.id
  cidr_block = "10.0.2.0/24"
}
resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_route_table_association" "a" {
  subnet_id = aws_subnet.open.id
  route_table_id = aws_route_table.t.id
}
"#;

fn with(text: &str) -> String {
    hcl(&format!("{NETWORK}{text}"))
}

fn group(name: &str, rule: &str) -> String {
    format!(
        r#"
resource "aws_security_group" "{name}" {{
  vpc_id = aws_vpc.v.id
  {rule}
}}
"#
    )
}

fn ingress(cidr: &str, port: u16) -> String {
    format!("ingress {{\n from_port = {port}\n to_port = {port}\n protocol = \"tcp\"\n cidr_blocks = [{cidr}]\n}}")
}

fn instance(name: &str, subnet: &str, group: &str) -> String {
    format!(
        r#"
resource "aws_instance" "{name}" {{
  subnet_id = aws_subnet.{subnet}.id
  vpc_security_group_ids = [aws_security_group.{group}.id]
}}
"#
    )
}

#[test]
fn an_open_group_in_a_public_subnet() {
    let open = group("s", &ingress("\"0.0.0.0/0\"", 443));
    assert_eq!(with(&(open.clone() + &instance("web", "open", "s"))), "internet -> aws_instance.web tcp 443 allowed");
    assert_eq!(with(&(open + &instance("web", "closed", "s"))), "", "no public address, no route to a gateway");
    let office = group("s", &ingress("\"203.0.113.0/24\"", 22));
    assert_eq!(with(&(office + &instance("web", "open", "s"))), "203.0.113.0/24 -> aws_instance.web tcp 22 allowed");
    let private = group("s", &ingress("\"10.0.0.0/8\"", 22));
    assert_eq!(with(&(private + &instance("web", "open", "s"))), "");
}
