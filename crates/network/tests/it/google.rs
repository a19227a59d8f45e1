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

fn firewall(name: &str, body: &str) -> String {
    format!(
        "resource \"google_compute_firewall\" \"{name}\" {{\n name = \"{name}\"\n network = google_compute_network.n.name\n {body}\n}}\n"
    )
}

const NETWORK: &str = "resource \"google_compute_network\" \"n\" { name = \"n\" }\n";

#[test]
fn firewall_rules() {
    let m = "google_compute_instance.m";
    let allow =
        |ports: &str, more: &str| format!("allow {{\n protocol = \"tcp\"\n ports = [{ports}]\n }}\n {more}");
    let all = "source_ranges = [\"0.0.0.0/0\"]";
    for (rules, tags, want) in [
        (String::new(), "", String::new()),
        (
            firewall("a", &allow("\"80\", \"8000-8080\"", all)),
            "",
            format!("internet -> {m} tcp 80, tcp 8000-8080 allowed"),
        ),
        (
            firewall("a", &allow("\"22\"", "source_ranges = [\"35.235.240.0/20\"]")),
            "",
            format!("35.235.240.0/20 -> {m} tcp 22 allowed"),
        ),
        (firewall("a", &allow("\"22\"", "source_ranges = [\"10.0.0.0/8\"]")), "", String::new()),
        (firewall("a", &allow("\"80\"", &format!("{all}\n target_tags = [\"web\"]"))), "", String::new()),
        (
            firewall("a", &allow("\"80\"", &format!("{all}\n target_tags = [\"web\"]"))),
            "tags = [\"web\"]",
            format!("internet -> {m} tcp 80 allowed"),
        ),
        (
            firewall("a", &allow("\"80\"", all))
                + &firewall("d", &format!("deny {{ protocol = \"all\" }}\n {all}")),
            "",
            String::new(),
        ),
        (
            firewall("a", &allow("\"80\"", &format!("{all}\n priority = 900")))
                + &firewall("d", &format!("deny {{ protocol = \"all\" }}\n {all}")),
            "",
            format!("internet -> {m} tcp 80 allowed"),
        ),
        (firewall("a", &allow("\"80\"", &format!("{all}\n disabled = true"))), "", String::new()),
        (firewall("a", &format!("allow {{ protocol = \"icmp\" }}\n {all}")), "", String::new()),
        (firewall("a", &allow("\"80\"", "source_tags = [\"web\"]")), "", String::new()),
        (firewall("a", &allow("\"80\"", "direction = \"EGRESS\"")), "", String::new()),
        (
            "variable \"from\" { type = list(string) }\n".to_owned()
                + &firewall("a", &allow("\"80\"", "source_ranges = var.from")),
            "",
            format!("internet -> {m} tcp 80 unknown: variable from has no value"),
        ),
    ] {
        let text = NETWORK.to_owned() + &rules + &machine("m", "google_compute_network.n.name", tags);
        assert_eq!(hcl(&text), want, "{rules}");
    }
}

#[test]
fn target_service_accounts() {
    let account = "resource \"google_service_account\" \"s\" { account_id = \"s\" }\n";
    let rule = firewall(
        "a",
        "allow {\n protocol = \"tcp\"\n ports = [\"80\"]\n }\n source_ranges = [\"0.0.0.0/0\"]\n target_service_accounts = [google_service_account.s.email]",
    );
    let with = |own: &str| {
        hcl(&(NETWORK.to_owned() + account + &rule + &machine("m", "google_compute_network.n.name", own)))
    };
    let own =
        "service_account {\n email = google_service_account.s.email\n scopes = [\"cloud-platform\"]\n }";
    assert_eq!(with(own), "internet -> google_compute_instance.m tcp 80 allowed");
    assert_eq!(with(""), "");
}

#[test]
fn tags_inside() {
    let rule = firewall(
        "a",
        "allow {\n protocol = \"tcp\"\n ports = [\"5432\"]\n }\n source_tags = [\"app\"]\n target_tags = [\"db\"]",
    );
    let plain = |name: &str, tag: &str| {
        machine(name, "google_compute_network.n.name", &format!("tags = [\"{tag}\"]"))
            .replace("access_config {}", "")
    };
    let all = NETWORK.to_owned() + &rule + &plain("app", "app") + &plain("db", "db");
    assert_eq!(hcl(&all), "google_compute_instance.app -> google_compute_instance.db tcp 5432 allowed");
    let out = firewall(
        "e",
        "direction = \"EGRESS\"\n deny { protocol = \"all\" }\n destination_ranges = [\"0.0.0.0/0\"]\n target_tags = [\"app\"]",
    );
    assert_eq!(hcl(&(all + &out)), "", "nothing goes out");
}

#[test]
fn no_public_address() {
    let text = machine("m", "\"default\"", "").replace("access_config {}", "");
    assert_eq!(hcl(&text), "");
    let workbench = |switch: &str| {
        format!(
            "resource \"google_workbench_instance\" \"w\" {{\n name = \"w\"\n location = \"us-central1-a\"\n gce_setup {{\n {switch}\n }}\n}}\n"
        )
    };
    let proxy = "internet -> google_workbench_instance.w tcp 443 allowed";
    assert_eq!(hcl(&workbench("disable_public_ip = true")), proxy, "Jupyter's proxy is public all the same");
    let open = hcl(&workbench("disable_public_ip = false"));
    assert!(open.contains("internet -> google_workbench_instance.w tcp 22 allowed"), "{open}");
}

#[test]
fn services_by_their_switches() {
    for (text, want) in [
        (
            "resource \"google_cloud_run_v2_service\" \"r\" { name = \"r\" }",
            "internet -> google_cloud_run_v2_service.r tcp 443 allowed",
        ),
        (
            "resource \"google_cloud_run_v2_service\" \"r\" {\n name = \"r\"\n ingress = \"INGRESS_TRAFFIC_INTERNAL_ONLY\"\n}",
            "",
        ),
        (
            "resource \"google_storage_bucket\" \"b\" { name = \"b\" }",
            "internet -> google_storage_bucket.b tcp 443 allowed",
        ),
        (
            "resource \"google_vertex_ai_endpoint\" \"e\" { name = \"e\" }",
            "internet -> google_vertex_ai_endpoint.e tcp 443 allowed",
        ),
        (
            "resource \"google_vertex_ai_endpoint\" \"e\" {\n name = \"e\"\n network = \"projects/1/global/networks/n\"\n}",
            "",
        ),
        ("resource \"google_vertex_ai_index_endpoint\" \"e\" { display_name = \"e\" }", ""),
        (
            "resource \"google_compute_global_forwarding_rule\" \"f\" {\n name = \"f\"\n target = \"x\"\n port_range = \"443\"\n}",
            "internet -> google_compute_global_forwarding_rule.f tcp 443 allowed",
        ),
        (
            "resource \"google_compute_forwarding_rule\" \"f\" {\n name = \"f\"\n load_balancing_scheme = \"INTERNAL\"\n ports = [\"80\"]\n}",
            "",
        ),
    ] {
        assert_eq!(hcl(text), want, "{text}");
    }
}
