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
    format!(
        "ingress {{\n from_port = {port}\n to_port = {port}\n protocol = \"tcp\"\n cidr_blocks = [{cidr}]\n}}"
    )
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
    assert_eq!(
        with(&(open.clone() + &instance("web", "open", "s"))),
        "internet -> aws_instance.web tcp 443 allowed"
    );
    assert_eq!(
        with(&(open + &instance("web", "closed", "s"))),
        "",
        "no public address, no route to a gateway"
    );
    let office = group("s", &ingress("\"203.0.113.0/24\"", 22));
    assert_eq!(
        with(&(office + &instance("web", "open", "s"))),
        "203.0.113.0/24 -> aws_instance.web tcp 22 allowed"
    );
    let private = group("s", &ingress("\"10.0.0.0/8\"", 22));
    assert_eq!(with(&(private + &instance("web", "open", "s"))), "");
}

#[test]
fn rules_of_groups() {
    let web = "aws_instance.web";
    let one = |rule: &str| with(&(group("s", rule) + &instance("web", "open", "s")));
    for (rule, want) in [
        (ingress("\"0.0.0.0/1\", \"128.0.0.0/1\"", 80), format!("internet -> {web} tcp 80 allowed")),
        (
            ingress("\"203.0.113.0/25\", \"203.0.113.128/25\"", 22),
            format!("203.0.113.0/24 -> {web} tcp 22 allowed"),
        ),
        (
            "ingress {\n from_port = 0\n to_port = 0\n protocol = \"-1\"\n cidr_blocks = [\"0.0.0.0/0\"]\n}".into(),
            format!("internet -> {web} any port allowed"),
        ),
        (
            "ingress {\n from_port = 8\n to_port = 0\n protocol = \"icmp\"\n cidr_blocks = [\"0.0.0.0/0\"]\n}".into(),
            String::new(),
        ),
        (
            "ingress {\n from_port = 8000\n to_port = 8100\n protocol = \"udp\"\n cidr_blocks = [\"0.0.0.0/0\"]\n}".into(),
            format!("internet -> {web} udp 8000-8100 allowed"),
        ),
        // The instance has no address of version 6.
        (
            "ingress {\n from_port = 22\n to_port = 22\n protocol = \"tcp\"\n ipv6_cidr_blocks = [\"::/0\"]\n}".into(),
            String::new(),
        ),
        (
            "ingress {\n from_port = 22\n to_port = 22\n protocol = \"tcp\"\n prefix_list_ids = [\"pl-1\"]\n}".into(),
            format!("internet -> {web} tcp 22 unknown: what prefix list pl-1 holds is not known"),
        ),
        ("egress {\n from_port = 0\n to_port = 0\n protocol = \"-1\"\n cidr_blocks = [\"0.0.0.0/0\"]\n}".into(), String::new()),
    ] {
        assert_eq!(one(&rule), want, "{rule}");
    }
    let variable = "variable \"from\" { type = string }\n".to_owned() + &group("s", &ingress("var.from", 22));
    assert_eq!(
        with(&(variable + &instance("web", "open", "s"))),
        format!("internet -> {web} tcp 22 unknown: variable from has no value")
    );
}

#[test]
fn rules_apart_from_their_group() {
    let empty = group("s", "") + &instance("web", "open", "s");
    let ingress = r#"
resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id = aws_security_group.s.id
  cidr_ipv4 = "0.0.0.0/0"
  from_port = 22
  to_port = 22
  ip_protocol = "tcp"
}
"#;
    let older = r#"
resource "aws_security_group_rule" "r" {
  type = "ingress"
  security_group_id = aws_security_group.s.id
  cidr_blocks = ["0.0.0.0/0"]
  from_port = 22
  to_port = 22
  protocol = "tcp"
}
"#;
    assert_eq!(with(&empty), "");
    assert_eq!(with(&(empty.clone() + ingress)), "internet -> aws_instance.web tcp 22 allowed");
    assert_eq!(with(&(empty.clone() + older)), "internet -> aws_instance.web tcp 22 allowed");
    assert_eq!(with(&(empty + &older.replace("\"ingress\"", "\"egress\""))), "");
}

#[test]
fn a_network_list_closes_what_groups_open() {
    let open = group("s", &ingress("\"0.0.0.0/0\"", 22)) + &instance("web", "open", "s");
    let list = |rules: &str| {
        format!(
            "resource \"aws_network_acl\" \"n\" {{\n vpc_id = aws_vpc.v.id\n subnet_ids = [aws_subnet.open.id]\n{rules}\n}}\n"
        )
    };
    let rule = |number: u32, action: &str, cidr: &str, port: &str| {
        format!(
            "ingress {{\n rule_no = {number}\n action = \"{action}\"\n protocol = \"tcp\"\n cidr_block = \"{cidr}\"\n {port}\n}}\n"
        )
    };
    let all = "from_port = 0\n to_port = 65535";
    let ssh = "from_port = 22\n to_port = 22";
    for (rules, want) in [
        (String::new(), ""),
        (rule(100, "allow", "0.0.0.0/0", all), "internet -> aws_instance.web tcp 22 allowed"),
        (rule(100, "allow", "0.0.0.0/0", all) + &rule(90, "deny", "0.0.0.0/0", ssh), ""),
        (
            rule(100, "allow", "0.0.0.0/0", all) + &rule(110, "deny", "0.0.0.0/0", ssh),
            "internet -> aws_instance.web tcp 22 allowed",
        ),
        (rule(100, "allow", "198.51.100.0/24", all), "198.51.100.0/24 -> aws_instance.web tcp 22 allowed"),
    ] {
        assert_eq!(with(&(open.clone() + &list(&rules))), want, "{rules}");
    }
    let apart = list("")
        + r#"
resource "aws_network_acl_rule" "r" {
  network_acl_id = aws_network_acl.n.id
  rule_number = 100
  egress = false
  protocol = "6"
  rule_action = "allow"
  cidr_block = "0.0.0.0/0"
  from_port = 22
  to_port = 22
}
"#;
    assert_eq!(with(&(open + &apart)), "internet -> aws_instance.web tcp 22 allowed");
}

#[test]
fn addresses_and_gateways() {
    let open = group("s", &ingress("\"0.0.0.0/0\"", 22));
    let machine = |more: &str| {
        format!(
            "resource \"aws_instance\" \"web\" {{\n subnet_id = aws_subnet.open.id\n vpc_security_group_ids = [aws_security_group.s.id]\n {more}\n}}\n"
        )
    };
    assert_eq!(with(&(open.clone() + &machine("associate_public_ip_address = false"))), "");
    let elastic = "resource \"aws_eip\" \"e\" { instance = aws_instance.web.id }\n";
    let closed = machine("associate_public_ip_address = false") + elastic;
    assert_eq!(with(&(open.clone() + &closed)), "internet -> aws_instance.web tcp 22 allowed");
    let variable = "variable \"public\" { type = bool }\n".to_owned()
        + &machine("associate_public_ip_address = var.public");
    assert_eq!(
        with(&(open.clone() + &variable)),
        "internet -> aws_instance.web tcp 22 unknown: variable public has no value"
    );
    // A public address in a subnet without a route to the gateway leads nowhere.
    let inner = machine("associate_public_ip_address = true").replace("aws_subnet.open", "aws_subnet.closed");
    assert_eq!(with(&(open.clone() + &inner)), "");
    let elsewhere = "variable \"subnet\" { type = string }\n".to_owned()
        + &machine("associate_public_ip_address = true").replace("aws_subnet.open.id", "var.subnet");
    assert_eq!(
        with(&(open + &elsewhere)),
        "internet -> aws_instance.web tcp 22 unknown: whether its subnet … has a route to an internet gateway is not known"
    );
}

#[test]
fn the_default_network() {
    let group = "resource \"aws_security_group\" \"s\" {\n ingress {\n from_port = 22\n to_port = 22\n protocol = \"tcp\"\n cidr_blocks = [\"0.0.0.0/0\"]\n }\n}\n";
    let machine =
        "resource \"aws_instance\" \"web\" { vpc_security_group_ids = [aws_security_group.s.id] }\n";
    assert_eq!(hcl(&(group.to_owned() + machine)), "internet -> aws_instance.web tcp 22 allowed");
    assert_eq!(
        hcl("resource \"aws_instance\" \"web\" { ami = \"a\" }\n"),
        "",
        "the default group lets in only itself"
    );
}

#[test]
fn load_balancers() {
    let front = group("front", &ingress("\"0.0.0.0/0\"", 443));
    let back = group(
        "back",
        "ingress {\n from_port = 8080\n to_port = 8080\n protocol = \"tcp\"\n security_groups = [aws_security_group.front.id]\n}",
    );
    let balancer = |internal: bool| {
        format!(
            r#"
resource "aws_lb" "lb" {{
  internal = {internal}
  subnets = [aws_subnet.open.id]
  security_groups = [aws_security_group.front.id]
}}
resource "aws_lb_listener" "l" {{
  load_balancer_arn = aws_lb.lb.arn
  port = 443
  default_action {{
    type = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }}
}}
resource "aws_lb_target_group" "t" {{ port = 8080 }}
resource "aws_lb_target_group_attachment" "a" {{
  target_group_arn = aws_lb_target_group.t.arn
  target_id = aws_instance.web.id
}}
"#
        )
    };
    let inside = instance("web", "closed", "back");
    let all = front.clone() + &back + &inside;
    assert_eq!(
        with(&(all.clone() + &balancer(false))),
        "internet -> aws_instance.web tcp 443 allowed\ninternet -> aws_lb.lb tcp 443 allowed"
    );
    assert_eq!(with(&(all + &balancer(true))), "");
    let closed = group("back", "");
    assert_eq!(
        with(&(front + &closed + &inside + &balancer(false))),
        "internet -> aws_lb.lb tcp 443 allowed",
        "the target lets the load balancer in nowhere"
    );
}

#[test]
fn groups_that_name_each_other() {
    let app = group(
        "app",
        "egress {\n from_port = 0\n to_port = 0\n protocol = \"-1\"\n cidr_blocks = [\"0.0.0.0/0\"]\n}",
    );
    let db = group(
        "db",
        "ingress {\n from_port = 5432\n to_port = 5432\n protocol = \"tcp\"\n security_groups = [aws_security_group.app.id]\n}",
    );
    let all = app + &db + &instance("app", "open", "app") + &instance("db", "closed", "db");
    assert_eq!(with(&all), "aws_instance.app -> aws_instance.db tcp 5432 allowed");
    let mute = all.replace("protocol = \"-1\"", "protocol = \"udp\"");
    assert_eq!(with(&mute), "", "nothing goes out by TCP");
}

#[test]
fn a_group_for_part_of_a_subnet() {
    let app = group(
        "app",
        "egress {\n from_port = 0\n to_port = 0\n protocol = \"-1\"\n cidr_blocks = [\"0.0.0.0/0\"]\n}",
    );
    let db = group("db", &ingress("\"10.0.1.0/28\"", 5432));
    let all = app + &db + &instance("app", "open", "app") + &instance("db", "closed", "db");
    assert_eq!(
        with(&all),
        "aws_instance.app -> aws_instance.db tcp 5432 conditional if its address is in 10.0.1.0/28"
    );
    assert_eq!(
        with(&all.replace("10.0.1.0/28", "10.0.1.0/24")),
        "aws_instance.app -> aws_instance.db tcp 5432 allowed"
    );
    assert_eq!(with(&all.replace("10.0.1.0/28", "10.9.0.0/16")), "");
}

#[test]
fn peered_networks_need_routes_on_both_sides() {
    let text = r#"
resource "aws_vpc" "w" { cidr_block = "10.1.0.0/16" }
resource "aws_subnet" "w" {
  vpc_id = aws_vpc.w.id
  cidr_block = "10.1.1.0/24"
}
resource "aws_vpc_peering_connection" "p" {
  vpc_id = aws_vpc.v.id
  peer_vpc_id = aws_vpc.w.id
}
resource "aws_route" "there" {
  route_table_id = aws_route_table.t.id
  destination_cidr_block = "10.1.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.p.id
}
resource "aws_route_table" "w" { vpc_id = aws_vpc.w.id }
resource "aws_security_group" "db" {
  vpc_id = aws_vpc.w.id
  ingress {
    from_port = 5432
    to_port = 5432
    protocol = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
}
resource "aws_instance" "db" {
  subnet_id = aws_subnet.w.id
  vpc_security_group_ids = [aws_security_group.db.id]
}
"#;
    let back = r#"
resource "aws_route" "back" {
  route_table_id = aws_route_table.w.id
  destination_cidr_block = "10.0.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.p.id
}
"#;
    let app = group(
        "app",
        "egress {\n from_port = 0\n to_port = 0\n protocol = \"-1\"\n cidr_blocks = [\"0.0.0.0/0\"]\n}",
    ) + &instance("app", "closed", "app");
    assert_eq!(with(&(app.clone() + text + back)), "aws_instance.app -> aws_instance.db tcp 5432 allowed");
    assert_eq!(
        with(&(app.clone() + text)),
        "aws_instance.app -> aws_instance.db tcp 5432 unknown: only one side of p has a route through it here"
            .replace(" of p ", " of aws_vpc_peering_connection.p ")
    );
    assert_eq!(
        with(&(app + &text.replace("resource \"aws_route\" \"there\"", "resource \"aws_ignored\" \"x\""))),
        ""
    );
}

#[test]
fn services_with_public_endpoints() {
    for (text, want) in [
        (
            "resource \"aws_s3_bucket\" \"b\" { bucket = \"b\" }",
            "internet -> aws_s3_bucket.b tcp 443 allowed",
        ),
        (
            "resource \"aws_lambda_function_url\" \"u\" { function_name = \"f\" }",
            "internet -> aws_lambda_function_url.u tcp 443 allowed",
        ),
        (
            "resource \"aws_sagemaker_endpoint\" \"e\" { name = \"e\" }",
            "internet -> aws_sagemaker_endpoint.e tcp 443 allowed",
        ),
        (
            "resource \"aws_opensearch_domain\" \"d\" { domain_name = \"d\" }",
            "internet -> aws_opensearch_domain.d tcp 443 allowed",
        ),
        (
            "resource \"aws_opensearch_domain\" \"d\" {\n domain_name = \"d\"\n vpc_options { subnet_ids = [\"subnet-1\"] }\n}",
            "",
        ),
        (
            "resource \"aws_api_gateway_rest_api\" \"a\" { name = \"a\" }",
            "internet -> aws_api_gateway_rest_api.a tcp 443 allowed",
        ),
        (
            "resource \"aws_api_gateway_rest_api\" \"a\" {\n name = \"a\"\n endpoint_configuration { types = [\"PRIVATE\"] }\n}",
            "",
        ),
    ] {
        assert_eq!(hcl(text), want, "{text}");
    }
}

#[test]
fn a_stack_of_cloudformation() {
    let text = r#"
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Net: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: 10.0.0.0/16 } }
  Gate: { Type: "AWS::EC2::InternetGateway" }
  Sub:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref Net, CidrBlock: 10.0.0.0/24, MapPublicIpOnLaunch: true }
  Table: { Type: "AWS::EC2::RouteTable", Properties: { VpcId: !Ref Net } }
  Out:
    Type: AWS::EC2::Route
    Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gate }
  Join:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { RouteTableId: !Ref Table, SubnetId: !Ref Sub }
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      VpcId: !Ref Net
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 8888, ToPort: 8888, CidrIp: 0.0.0.0/0 }
  Web:
    Type: AWS::EC2::Instance
    Properties: { SubnetId: !Ref Sub, SecurityGroupIds: [!Ref Group] }
"#;
    let stack = |text: &str| crate::routes(&[("stack.yaml", text)]);
    assert_eq!(stack(text), "internet -> Web tcp 8888 allowed");
    assert_eq!(stack(&text.replace("GatewayId: !Ref Gate", "NatGatewayId: nat-1")), "");
    assert_eq!(stack(&text.replace("CidrIp: 0.0.0.0/0", "CidrIp: 10.0.0.0/8")), "");
}
