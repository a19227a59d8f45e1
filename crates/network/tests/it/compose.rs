//! Compose.

use crate::routes;

#[test]
fn ports_of_the_host() {
    let text = "
services:
  llm:
    image: ollama/ollama:0.5
    ports: ['11434:11434']
  db:
    image: postgres:16
    ports: ['127.0.0.1:5432:5432']
    networks: [back]
networks: { back: {} }
";
    assert_eq!(
        routes(&[("compose.yaml", text)]),
        "internet -> llm, llm/llm tcp 11434 conditional if the host is reached from the internet"
    );
}

#[test]
fn networks_are_shared() {
    let text = "
services:
  web: { image: a, networks: [front, back] }
  db: { image: b, networks: [back] }
  lone: { image: c, network_mode: none }
networks: { front: {}, back: {} }
";
    assert_eq!(routes(&[("compose.yaml", text)]), "db, web -> db, web any port allowed");
}

#[test]
fn forms_of_ports() {
    let one =
        |service: &str| routes(&[("compose.yaml", &format!("services:\n  s: {{ image: a, {service} }}\n"))]);
    let open =
        |ports: &str| format!("internet -> s {ports} conditional if the host is reached from the internet");
    for (service, want) in [
        ("ports: ['80']", open("any tcp port")),
        ("ports: ['8000-8010:8000-8010/udp']", open("udp 8000-8010")),
        ("ports: ['0.0.0.0:80:80']", open("tcp 80")),
        ("ports: ['127.0.0.1:80:80']", String::new()),
        ("ports: ['[::1]:80:80']", String::new()),
        ("ports: [{ target: 80, published: '8080' }]", open("tcp 8080")),
        ("ports: [{ target: 80, published: 8080, host_ip: 127.0.0.1 }]", String::new()),
        ("expose: ['80']", String::new()),
        ("network_mode: host", open("any port")),
    ] {
        assert_eq!(one(service), want, "{service}");
    }
}
