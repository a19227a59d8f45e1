//! Compose files and Dockerfiles in, documents of services, images and software out.

use collect::{Source as _, Tree};
use iac::containers::compose::Compose;
use iac::containers::dockerfile::Dockerfiles;
use model::Observations;
use serde_json::json;

use super::kubernetes::catalog;
use super::{documents, notes};

fn compose(files: &[(&str, &str)]) -> Observations {
    Compose { catalog: catalog() }.observe(&Tree::of_texts(files.iter().copied()))
}

fn dockerfile(text: &str) -> Observations {
    Dockerfiles { catalog: catalog() }.observe(&Tree::of_texts([("app/Dockerfile", text)]))
}

fn faults(seen: &Observations) -> Vec<String> {
    notes(seen).into_iter().filter(|note| !note.contains("has no card")).collect()
}

const SERVICE: &str = r#"
x-common: &common
  restart: always
  environment: &env
    LOG: debug
services:
  llm:
    <<: *common
    image: acme/server:${TAG:-v1}
    command: --host 0.0.0.0 --api-key ${KEY}
    environment:
      <<: *env
      PASSWORD: ${DB_PASSWORD}
      HOME_OF: ${UNSET}
    env_file: [more.env]
    ports: ["127.0.0.1:8000:80", "9000:90"]
    volumes: ["./data:/data:ro", "models:/models"]
    cap_add: [SYS_ADMIN]
    network_mode: host
    user: "0:0"
    security_opt: [no-new-privileges:true]
    depends_on: { db: { condition: service_started } }
    deploy: { resources: { reservations: { devices: [{ driver: nvidia, count: 2, capabilities: [gpu] }] } } }
  db:
    image: postgres
"#;

#[test]
fn a_service_is_told_in_full() {
    let seen = compose(&[
        ("compose.yaml", SERVICE),
        (".env", "KEY=sk-secret\nDB_PASSWORD=hunter2\n"),
        ("more.env", "ACME_MODE=fast\n"),
    ]);
    assert_eq!(faults(&seen), Vec::<String>::new());
    let server = seen.assets.iter().find(|a| &*a.kind == "test.server").unwrap();
    assert_eq!(&*server.id.0, "compose.yaml#llm/llm");
    let found = serde_json::to_value(&server.document).unwrap();
    let expected = json!({
        "name": "llm", "workload": "Service", "gpu": 2,
        "image": { "reference": "acme/server:v1", "registry": "docker.io", "repository": "acme/server", "tag": "v1" },
        "command": ["--host", "0.0.0.0", "--api-key", { "$sensitive": true }],
        "arguments": { "host": "0.0.0.0", "api-key": { "$sensitive": true } },
        "environment": { "LOG": "debug", "ACME_MODE": "fast", "PASSWORD": { "$sensitive": true }, "HOME_OF": { "$unknown": "environment variable UNSET has no value" } },
        "ports": [{ "container": 80, "published": 8000, "address": "127.0.0.1" }, { "container": 90, "published": 9000 }],
        "mounts": [{ "path": "/data", "type": "bind", "source": "./data", "readOnly": true }, { "path": "/models", "type": "volume", "source": "models" }],
        "resources": { "reservations": { "devices": [{ "driver": "nvidia", "count": 2, "capabilities": ["gpu"] }] } },
        "security": { "runAsUser": 0, "hostNetwork": true, "capabilities": { "add": ["SYS_ADMIN"] }, "allowPrivilegeEscalation": false },
    });
    assert_eq!(found, expected);
    assert!(server.document.at_path("image.tag").unwrap().assumed, "it rests on a default");
    assert_eq!(server.document.at_path("arguments.api-key").unwrap().as_str(), Some("sk-secret"));
    assert_eq!(
        server.document.at_path("ports").unwrap().as_list().unwrap()[1].get("address").unwrap().as_str(),
        Some("0.0.0.0")
    );
    let service = seen.assets.iter().find(|a| &*a.address == "llm").unwrap();
    let text = serde_json::to_string(&service.document).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("sk-secret"), "{text}");
    let named = service.document.at_path("depends_on.db").unwrap().from.as_ref().unwrap();
    assert_eq!(&*named.address, "db");
}

#[test]
fn files_make_up_projects() {
    let seen = compose(&[
        (
            "docker-compose.yml",
            "include: [sub/compose.yaml]\nservices:\n  llm:\n    extends: { file: common/compose.base.yml, service: base }\n    command: [--a]\n",
        ),
        ("docker-compose.override.yml", "services:\n  llm:\n    command: [--b]\n    ports: ['80:80']\n"),
        ("docker-compose.gpu.yml", "services:\n  llm:\n    runtime: nvidia\n"),
        (
            "common/compose.base.yml",
            "services:\n  base:\n    image: acme/server\n    environment: [MODE=x]\n",
        ),
        ("sub/compose.yaml", "services:\n  side:\n    build: .\n"),
        ("sub/Dockerfile", "FROM acme/server:v3\nUSER 7\nENTRYPOINT [\"acme\"]\nCMD [\"serve\"]\n"),
    ]);
    assert_eq!(faults(&seen), Vec::<String>::new());
    let server = |id: &str| {
        let found = seen.assets.iter().find(|a| &*a.id.0 == id).unwrap_or_else(|| panic!("{id} is missing"));
        serde_json::to_value(&found.document).unwrap()
    };
    let main = server("docker-compose.yml#llm/llm");
    assert_eq!((&main["command"], &main["environment"]["MODE"]), (&json!(["--b"]), &json!("x")));
    assert_eq!(server("docker-compose.gpu.yml#llm/llm")["gpu"], json!("all"));
    let side = server("docker-compose.yml#side/side");
    assert_eq!((&side["command"], &side["security"]["runAsUser"]), (&json!(["acme", "serve"]), &json!(7)));
    assert_eq!(side["image"]["tag"], json!("v3"));
    let scopes: std::collections::BTreeSet<&str> = seen.assets.iter().map(|a| &*a.scope).collect();
    assert_eq!(scopes.into_iter().collect::<Vec<_>>(), ["docker-compose.gpu.yml", "docker-compose.yml"]);
}

#[test]
fn what_cannot_be_read_is_noted_and_the_rest_goes_on() {
    for (files, want) in [
        (
            vec![("compose.yaml", "services:\n  a: { extends: b, image: x }\n  b: { extends: a }\n")],
            "compose.yaml:3:3: services extend each other in a circle: b",
        ),
        (
            vec![
                ("compose.yaml", "include: [compose.b.yaml]\nservices: { a: { image: x } }\n"),
                ("compose.b.yaml", "include: [compose.yaml]\nservices: {}\n"),
            ],
            "compose.b.yaml: files include each other in a circle",
        ),
        (
            vec![(
                "compose.yaml",
                "services:\n  a: 5\n  b: { image: x, ports: 7, environment: [1, {}], volumes: {} }\n",
            )],
            "compose.yaml:2:3: service a is number, and is not read",
        ),
        (
            vec![("compose.yaml", "services: { a: { extends: { service: gone } } }\n")],
            "compose.yaml:1:13: service gone, which a extends, is not here",
        ),
        (
            vec![("compose.yaml", "services:\n  a: {{ x }}\n")],
            "compose.yaml: a template that another program fills in; scan what it renders",
        ),
    ] {
        let found = faults(&compose(&files));
        assert!(found.iter().any(|note| note == want), "{want}: {found:?}");
        assert!(!found.iter().any(|n| n.contains("internal")), "{found:?}");
    }
    assert!(compose(&[("compose.yaml", "name: not a project\n")]).assets.is_empty());
}

#[test]
fn a_dockerfile_is_the_image_it_builds() {
    let seen = dockerfile(
        "ARG TAG=v1\nFROM acme/server:${TAG} AS base\nENV ACME_TOKEN=abc MODE=x\nFROM base\nUSER root\nEXPOSE 80/tcp 90\nRUN pip install x\nCMD [\"acme\", \"serve\", \"--host\", \"0.0.0.0\"]\n",
    );
    assert_eq!(faults(&seen), Vec::<String>::new());
    let found = documents(&seen);
    assert_eq!(
        found["image"],
        json!({
            "base": { "reference": "acme/server:v1", "registry": "docker.io", "repository": "acme/server", "tag": "v1" },
            "stages": 2, "user": "root", "environment": { "ACME_TOKEN": { "$sensitive": true }, "MODE": "x" },
            "ports": [{ "container": 80, "protocol": "tcp" }, { "container": 90, "protocol": "tcp" }],
            "run": ["pip install x"], "command": ["acme", "serve", "--host", "0.0.0.0"],
        })
    );
    let server = seen.assets.iter().find(|a| &*a.kind == "test.server").unwrap();
    assert_eq!(&*server.address, "image/server");
    let at = |path: &str| server.document.at_path(path).unwrap();
    assert_eq!(at("arguments.host").as_str(), Some("0.0.0.0"));
    assert_eq!(at("security.runAsUser").display(), "0");
    assert!(
        at("arguments.api-key").is_unknown() && at("environment.ACME_KEY").is_unknown(),
        "said when it is run"
    );
}

#[test]
fn what_is_no_dockerfile_is_passed_over() {
    for (text, want) in [
        ("", "app/Dockerfile: no FROM instruction; not assessed"),
        (
            "{{ x }}\nFROM {{ y }}\n",
            "app/Dockerfile: a template that another program fills in; scan what it renders",
        ),
        ("FROM x\n!!!\n", "app/Dockerfile:2:1: not an instruction"),
    ] {
        assert_eq!(faults(&dockerfile(text)), [want], "{text}");
    }
}
