//! Manifests and kustomizations in, documents and links out.

use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use iac::kubernetes::Kubernetes;
use model::{Node, Observations};
use serde_json::{Value as Json, json};

use super::{documents, notes};

/// A software that containers are recognised by, and what its checks would ask.
const SERVER: &str = r#"
kind: test.server
class: model-deployment
title: A server
attributes: [arguments, environment]
pages: [https://example.com/server]
recognise:
  images: [acme/server]
  commands: ["acme serve*"]
facts:
  keyed: has(doc.environment.ACME_KEY) || otherwise(doc.arguments["api-key"], "") != ""
"#;

pub(super) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let (catalog, report) =
            Catalog::with_files([("kinds/test/server.yaml".to_owned(), SERVER.to_owned())]);
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        catalog
    })
}

fn observe(files: &[(&str, &str)]) -> Observations {
    Kubernetes { catalog: catalog() }.observe(&Tree::of_texts(files.iter().copied()))
}

/// `from relation to` of what the source states.
fn links(seen: &Observations) -> Vec<String> {
    let end = |id: &str| id.split_once('#').map_or(id, |(_, address)| address).to_owned();
    let named =
        |node: &Node| node.from.as_ref().map_or_else(|| node.display(), |from| from.address.to_string());
    let mut all: Vec<String> = seen
        .links
        .iter()
        .map(|link| match link.reverse {
            false => format!("{} {} {}", end(&link.from.0), link.relation, named(&link.target)),
            true => format!("{} {} {}", named(&link.target), link.relation, end(&link.from.0)),
        })
        .collect();
    all.sort();
    all
}

/// Notes but for those on kinds without a card.
fn faults(seen: &Observations) -> Vec<String> {
    notes(seen).into_iter().filter(|note| !note.contains("has no card")).collect()
}

const SERVING: &str = r#"
apiVersion: v1
kind: ServiceAccount
metadata: { name: runner, namespace: ai }
automountServiceAccountToken: false
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: ai }
data: { MODEL: llama, OTHER: x }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: llm, namespace: ai }
spec:
  template:
    metadata: { labels: { app: llm } }
    spec:
      serviceAccountName: runner
      hostNetwork: true
      securityContext: { runAsUser: 1000, fsGroup: 5 }
      volumes:
        - { name: cache, hostPath: { path: /data } }
        - { name: claim, persistentVolumeClaim: { claimName: weights } }
      containers:
        - name: server
          image: registry.corp/mirror/acme/server:v1
          args: ["--model", "$(MODEL)", "--port=$(PORT)", "--api-key", "$(KEY)"]
          env:
            - { name: PORT, value: "8000" }
            - { name: KEY, valueFrom: { secretKeyRef: { name: keys, key: api } } }
            - { name: DB_PASSWORD, value: hunter2 }
          envFrom: [{ configMapRef: { name: settings } }]
          ports: [{ name: http, containerPort: 8000, hostPort: 80 }]
          resources: { limits: { nvidia.com/gpu: "2" } }
          securityContext: { runAsUser: 0, capabilities: { add: [SYS_ADMIN] } }
          volumeMounts:
            - { name: cache, mountPath: /cache, readOnly: true }
            - { name: claim, mountPath: /models }
        - name: proxy
          image: envoy
---
apiVersion: v1
kind: Service
metadata: { name: llm, namespace: ai }
spec: { selector: { app: llm }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: ai }
spec: { podSelector: {} }
"#;

#[test]
fn a_container_is_told_in_full() {
    let seen = observe(&[("k8s/all.yaml", SERVING)]);
    assert_eq!(faults(&seen), Vec::<String>::new());
    let server = seen.assets.iter().find(|a| &*a.kind == "test.server").unwrap();
    assert_eq!(&*server.address, "Deployment/ai/llm/server");
    let found = serde_json::to_value(&server.document).unwrap();
    let expected = json!({
        "name": "server", "namespace": "ai", "workload": "Deployment", "gpu": 2,
        "image": { "reference": "registry.corp/mirror/acme/server:v1", "registry": "registry.corp", "repository": "mirror/acme/server", "tag": "v1" },
        "command": ["--model", "llama", "--port=8000", "--api-key", { "$sensitive": true }],
        "arguments": { "model": "llama", "port": "8000", "api-key": { "$sensitive": true } },
        "environment": { "MODEL": "llama", "OTHER": "x", "PORT": "8000", "KEY": { "$sensitive": true }, "DB_PASSWORD": { "$sensitive": true } },
        "ports": [{ "container": 8000, "published": 80, "name": "http" }],
        "mounts": [
            { "path": "/cache", "readOnly": true, "type": "hostPath", "source": "/data" },
            { "path": "/models", "type": "persistentVolumeClaim", "source": "weights" }
        ],
        "resources": { "limits": { "nvidia.com/gpu": "2" } },
        "security": { "runAsUser": 0, "capabilities": { "add": ["SYS_ADMIN"] }, "hostNetwork": true },
        "serviceAccount": "runner", "tokenMounted": false,
    });
    assert_eq!(found, expected);
    let at = |path: &str| server.document.at_path(path).unwrap();
    let reference = |path: &str| at(path).from.as_ref().unwrap().to_string();
    assert_eq!(reference("environment.KEY"), "Secret/ai/keys.data.api");
    assert_eq!(reference("arguments.api-key"), "Secret/ai/keys.data.api");
    assert_eq!(reference("serviceAccount"), "ServiceAccount/ai/runner.metadata.name");
    assert!(at("environment.KEY").is_unknown());
    assert_eq!(at("environment.MODEL").at.as_ref().unwrap().trail().count(), 2, "by way of the config map");
}

#[test]
fn selectors_and_namespaces_become_links() {
    let seen = observe(&[("k8s/all.yaml", SERVING)]);
    let found = links(&seen);
    for link in [
        "Service/ai/llm routes-to Deployment/ai/llm",
        "Service/ai/llm routes-to Deployment/ai/llm/server",
        "NetworkPolicy/ai/closed protects Deployment/ai/llm",
        "NetworkPolicy/ai/closed protects Deployment/ai/llm/server",
        "Namespace/ai contains Deployment/ai/llm",
        "Deployment/ai/llm contains Deployment/ai/llm/server",
    ] {
        assert!(found.contains(&link.to_owned()), "{link} is missing: {found:#?}");
    }
    let namespace = seen.assets.iter().find(|a| &*a.address == "Namespace/ai").unwrap();
    assert!(namespace.document.at_path("metadata.labels").unwrap().is_unknown(), "it is declared elsewhere");
}

#[test]
fn names_in_documents_are_references() {
    let seen = observe(&[("k8s/all.yaml", SERVING)]);
    let deployment = seen.assets.iter().find(|a| &*a.address == "Deployment/ai/llm").unwrap();
    let mut found: Vec<String> =
        deployment.document.references(1_000).iter().map(|r| r.to_string()).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "ConfigMap/ai/settings.metadata.name",
            "PersistentVolumeClaim/ai/weights",
            "Secret/ai/keys",
            "ServiceAccount/ai/runner.metadata.name"
        ]
    );
    let text = serde_json::to_string(&deployment.document).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("apiVersion"), "{text}");
}

#[test]
fn variables_that_may_be_set_elsewhere_are_not_absent() {
    let pod = |more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: acme/server, {more}}}]}}\n"
        )
    };
    for (more, section, open) in [
        ("envFrom: [{secretRef: {name: elsewhere}}]", "environment.ACME_KEY", true),
        ("env: []", "environment.ACME_KEY", false),
        ("command: [sh, -c, 'acme serve $FLAGS']", "arguments.api-key", true),
        ("command: [sh, /start.sh]", "arguments.api-key", true),
        ("args: [--port, '1']", "arguments.api-key", false),
    ] {
        let seen = observe(&[("p.yaml", &pod(more))]);
        let server = seen.assets.iter().find(|a| &*a.kind == "test.server").unwrap();
        assert_eq!(server.document.at_path(section).is_some_and(Node::is_unknown), open, "{more}");
    }
}

#[test]
fn an_overlay_is_seen_with_its_base_patched() {
    let seen = observe(&[
        (
            "base/kustomization.yaml",
            "resources: [app.yaml]\nnamePrefix: b-\nconfigMapGenerator: [{name: conf, literals: [MODEL=llama]}]\n",
        ),
        (
            "base/app.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: llm}\nspec: {replicas: 1, template: {spec: {containers: [{name: s, image: 'acme/server:v1', envFrom: [{configMapRef: {name: conf}}]}, {name: t, image: x}]}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: llm}\nspec: {selector: {app: llm}, ports: [{port: 80}]}\n",
        ),
        (
            "prod/kustomization.yaml",
            "resources: [../base, 'https://example.com/x.yaml']\nnamespace: prod\nnameSuffix: -x\ncommonLabels: {app: llm}\nimages: [{name: acme/server, newName: mirror.corp/acme/server, newTag: v2}]\nreplicas: [{name: b-llm, count: 3}]\ncomponents: [../debug]\npatches:\n- path: patch.yaml\n- target: {kind: Service, name: '.*llm'}\n  patch: |-\n    - op: add\n      path: /spec/type\n      value: LoadBalancer\n",
        ),
        (
            "prod/patch.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b-llm}\nspec: {template: {spec: {hostNetwork: true, containers: [{name: t, $patch: delete}, {name: s, args: [--debug]}]}}}\n",
        ),
        (
            "debug/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatchesJson6902: [{target: {kind: Deployment, name: b-llm}, patch: '[{\"op\": \"add\", \"path\": \"/spec/paused\", \"value\": true}]'}]\n",
        ),
    ]);
    assert_eq!(
        faults(&seen),
        ["prod/kustomization.yaml:1:22: https://example.com/x.yaml is on another host and is not read"]
    );
    let found = documents(&seen);
    let deployment = &found["Deployment/prod/b-llm-x"];
    assert_eq!(
        *deployment,
        json!({
            "metadata": { "name": "b-llm-x", "namespace": "prod", "labels": { "app": "llm" } },
            "spec": {
                "paused": true, "replicas": 3, "selector": { "matchLabels": { "app": "llm" } },
                "template": {
                    "metadata": { "labels": { "app": "llm" } },
                    "spec": {
                        "hostNetwork": true,
                        "containers": [{ "name": "s", "image": "mirror.corp/acme/server:v2", "args": ["--debug"], "envFrom": [{ "configMapRef": { "name": "b-conf-x" } }] }]
                    }
                }
            }
        })
    );
    assert_eq!(found["Service/prod/b-llm-x"]["spec"]["type"], json!("LoadBalancer"));
    assert_eq!(found["Deployment/prod/b-llm-x/s"]["environment"], json!({ "MODEL": "llama" }));
    assert!(links(&seen).contains(&"Service/prod/b-llm-x routes-to Deployment/prod/b-llm-x/s".to_owned()));
    assert!(seen.assets.iter().all(|a| &*a.scope == "prod"), "the base is seen through the overlay alone");
    let image = seen.assets.iter().find(|a| &*a.address == "Deployment/prod/b-llm-x").unwrap();
    let image = &image.document.at_path("spec.template.spec.containers").unwrap().as_list().unwrap()[0];
    let trail: Vec<String> =
        image.get("image").unwrap().at.as_ref().unwrap().trail().map(|p| p.path.to_string()).collect();
    assert_eq!(trail, ["base/app.yaml", "prod/kustomization.yaml"]);
}

#[test]
fn patches_and_references_know_older_names() {
    let seen = observe(&[
        ("base/kustomization.yaml", "resources: [app.yaml]\nnamePrefix: one-\n"),
        (
            "base/app.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: x}]}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa, namespace: n}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: view}\nsubjects: [{kind: ServiceAccount, name: sa, namespace: n}]\n",
        ),
        ("middle/kustomization.yaml", "resources: [../base]\nnamePrefix: two-\n"),
        ("top/kustomization.yaml", "resources: [../middle]\nnamespace: t\npatches: [{path: p.yaml}]\n"),
        ("top/p.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {serviceAccountName: sa}\n"),
    ]);
    assert_eq!(faults(&seen), Vec::<String>::new());
    let found = documents(&seen);
    assert_eq!(found["Pod/t/two-one-p"]["spec"]["serviceAccountName"], json!("two-one-sa"));
    let subject = json!([{ "kind": "ServiceAccount", "name": "two-one-sa", "namespace": "t" }]);
    assert_eq!(found["ClusterRoleBinding/two-one-b"]["subjects"], subject);
}

#[test]
fn what_cannot_be_read_is_noted_and_the_rest_goes_on() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: x}]}\n";
    for (files, want) in [
        (
            vec![
                ("a/kustomization.yaml", "resources: [../b]\n"),
                ("b/kustomization.yaml", "resources: [../a]\n"),
            ],
            vec!["a/kustomization.yaml: kustomizations use each other in a circle"],
        ),
        (
            vec![("k/kustomization.yaml", "resources: [gone.yaml, 5]\npatches: 7\nimages: [x]\n")],
            vec!["k/kustomization.yaml:1:13: gone.yaml does not exist"],
        ),
        (
            vec![("c/Chart.yaml", "name: c\n"), ("c/templates/a.yaml", "apiVersion: {{ x }}\nkind: Pod\n")],
            vec![
                "c/Chart.yaml: a Helm chart is not run; to have it assessed, scan what `helm template c > rendered.yaml` writes",
            ],
        ),
        (
            vec![(
                "p.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: p}\nspec: {template: 5}\n",
            )],
            vec!["p.yaml:1:1: a piece of a resource that nothing here lays over another"],
        ),
        (
            vec![("p.yaml", "apiVersion: v1\nkind: List\nitems: 3\n")],
            vec!["p.yaml:1:1: items of a list are a number, and cannot be read"],
        ),
        (
            vec![
                ("values.yaml", "image: {repository: x}\n"),
                ("package.json", "{\"kind\": 1, \"apiVersion\": 2}"),
            ],
            vec![],
        ),
    ] {
        let mut files = files;
        files.push(("good/pod.yaml", pod));
        let seen = observe(&files);
        assert_eq!(faults(&seen), want);
        assert!(seen.assets.iter().any(|a| &*a.address == "Pod/default/p"), "{files:?}");
    }
}

#[test]
fn alternatives_in_one_folder_are_scopes_of_their_own() {
    let pod = |image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: {image}}}]}}\n"
        )
    };
    let seen = observe(&[
        ("s/cpu.yaml", &pod("acme/server:cpu")),
        ("s/gpu.yaml", &pod("acme/server:gpu")),
        ("s/twice.yaml", &format!("{}---\n{}", pod("a"), pod("b")).replace("name: p", "name: q")),
    ]);
    let mut ids: Vec<&str> =
        seen.assets.iter().filter(|a| &*a.kind == "test.server").map(|a| &*a.id.0).collect();
    ids.sort();
    assert_eq!(ids, ["s#Pod/default/p/c", "s/gpu.yaml#Pod/default/p/c"]);
    assert_eq!(faults(&seen), ["s/twice.yaml:6:1: Pod/default/q is declared twice; the later one counts"]);
}

#[test]
fn a_chart_names_its_software_in_its_values() {
    let seen = observe(&[
        ("c/Chart.yaml", "name: c\n"),
        (
            "c/values.yaml",
            "llm: {image: {registry: mirror.corp, repository: acme/server, tag: v1}}\nother: {image: {repository: redis}}\n",
        ),
    ]);
    let server = seen.assets.iter().find(|a| &*a.kind == "test.server").unwrap();
    assert_eq!((&*server.id.0, &*server.name), ("c#values/llm", "llm"));
    let tag = server.document.at_path("image.tag").unwrap();
    assert_eq!((tag.as_str(), tag.assumed), (Some("v1"), true));
    assert!(server.document.at_path("environment.ACME_KEY").unwrap().is_unknown(), "templates decide it");
}

#[test]
fn large_and_hostile_input_ends() {
    // Selectors that match everything, and many documents.
    let mut text = String::new();
    for i in 0..3_000 {
        text += &format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{i}, labels: {{a: b}}}}\nspec: {{containers: [{{name: c, image: x}}]}}\n---\n"
        );
        text += &format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: n{i}}}\nspec: {{podSelector: {{}}}}\n---\n"
        );
    }
    let seen = observe(&[("all.yaml", &text)]);
    assert!(seen.links.len() < 250_000);
    assert!(faults(&seen).iter().any(|n| n.contains("links; the rest is left out")), "{:?}", faults(&seen));
    // Aliases of aliases.
    let mut bomb =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let before = format!("*a{}", i - 1);
        bomb += &format!("a{i}: &a{i} [{}]\n", [&*before; 10].join(", "));
    }
    assert!(!faults(&observe(&[("bomb.yaml", &bomb)])).is_empty());
    // Overlays that use two of the next, each under another name: 2^30 resources.
    let mut files = vec![
        ("z/kustomization.yaml".to_owned(), "resources: [p.yaml]\n".to_owned()),
        (
            "z/p.yaml".to_owned(),
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: x}]}\n"
                .to_owned(),
        ),
    ];
    for i in 0..30 {
        let next = |side: &str| if i == 29 { "../z".to_owned() } else { format!("../{}{side}", i + 1) };
        for side in ["l", "r"] {
            files.push((
                format!("{i}{side}/kustomization.yaml"),
                format!("namePrefix: {side}-\nresources: [{}, {}]\n", next("l"), next("r")),
            ));
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (&**p, &**t)).collect();
    assert!(faults(&observe(&files)).iter().any(|n| n.contains("too large to evaluate")));
}

#[test]
fn wrong_types_are_no_obstacle() {
    let seeds: [Json; 6] =
        [json!(null), json!(5), json!("x"), json!([1, "a", {}]), json!({"a": {"b": []}}), json!(true)];
    for path in [
        "/metadata/labels",
        "/metadata/namespace",
        "/spec",
        "/spec/template/spec",
        "/spec/template/spec/containers",
        "/spec/template/spec/containers/0/env",
        "/spec/template/spec/containers/0/envFrom",
        "/spec/template/spec/containers/0/image",
        "/spec/template/spec/containers/0/args",
        "/spec/template/spec/containers/0/ports",
        "/spec/template/spec/containers/0/resources",
        "/spec/template/spec/containers/0/volumeMounts",
        "/spec/template/spec/volumes",
        "/spec/selector",
    ] {
        for seed in &seeds {
            let mut manifest = json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "d", "labels": {}, "namespace": "n" },
                "spec": { "selector": {}, "template": { "spec": { "volumes": [], "containers": [{
                    "name": "c", "image": "acme/server", "env": [], "envFrom": [], "args": [], "ports": [], "resources": {}, "volumeMounts": []
                }] } } }
            });
            *manifest.pointer_mut(path).unwrap() = seed.clone();
            let text = serde_json::to_string(&manifest).unwrap();
            let service = text.replace("apps/v1", "v1").replace("Deployment", "Service");
            let seen = observe(&[("a.json", &text), ("b.json", &service)]);
            assert!(
                !faults(&seen).iter().any(|n| n.contains("internal")),
                "{path} {seed}: {:?}",
                faults(&seen)
            );
        }
    }
}
