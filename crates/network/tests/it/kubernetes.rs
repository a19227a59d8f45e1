//! Kubernetes.

use crate::routes;

fn yaml(text: &str) -> String {
    routes(&[("k8s/all.yaml", text)])
}

fn deployment(name: &str, space: &str) -> String {
    format!(
        "
---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: {name}, namespace: {space} }}
spec:
  selector: {{ matchLabels: {{ app: {name} }} }}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec:
      containers:
        - name: c
          image: example.com/{name}:1
          ports: [{{ name: http, containerPort: 8080 }}]
"
    )
}

fn service(name: &str, space: &str, kind: &str) -> String {
    format!(
        "
---
apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: {space} }}
spec:
  type: {kind}
  selector: {{ app: {name} }}
  ports: [{{ port: 80, targetPort: http }}]
"
    )
}

#[test]
fn a_load_balancer_publishes_pods() {
    let all = deployment("web", "a") + &service("web", "a", "LoadBalancer");
    assert_eq!(yaml(&all), "internet -> Deployment/a/web, Service/a/web tcp 80 allowed");
}

#[test]
fn services_by_their_type() {
    let both = "Deployment/a/web, Service/a/web";
    for (kind, more, want) in [
        ("ClusterIP", "", String::new()),
        (
            "NodePort",
            "",
            format!(
                "internet -> {both} tcp 30000-32767 conditional if the nodes have public addresses and their firewall lets the port in"
            ),
        ),
        (
            "LoadBalancer",
            "  loadBalancerSourceRanges: [198.51.100.0/24]\n",
            format!("198.51.100.0/24 -> {both} tcp 80 allowed"),
        ),
        ("LoadBalancer", "  loadBalancerSourceRanges: [10.0.0.0/8]\n", String::new()),
    ] {
        assert_eq!(
            yaml(&(deployment("web", "a") + &service("web", "a", kind) + more)),
            want,
            "{kind} {more}"
        );
    }
    let internal = service("web", "a", "LoadBalancer").replace(
        "namespace: a }",
        "namespace: a, annotations: { service.beta.kubernetes.io/azure-load-balancer-internal: \"true\" } }",
    );
    assert_eq!(yaml(&(deployment("web", "a") + &internal)), "");
}

fn policy(name: &str, spec: &str) -> String {
    format!(
        "
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{ name: {name}, namespace: a }}
spec: {spec}
"
    )
}

#[test]
fn policies_isolate_pods() {
    let pods = deployment("web", "a") + &deployment("db", "a") + &deployment("far", "b");
    let (web, db, far) = ("Deployment/a/web", "Deployment/a/db", "Deployment/b/far");
    let all = format!("{db}, {web}, {far} -> {db}, {web}, {far} any port allowed");
    assert_eq!(yaml(&pods), all);
    let lines = |spec: &str| -> Vec<String> {
        let all = yaml(&(pods.clone() + &policy("p", spec)));
        all.lines()
            .filter(|l| l.split(" -> ").nth(1).is_some_and(|to| to.starts_with(db)))
            .map(str::to_owned)
            .collect()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(lines("{ podSelector: { matchLabels: { app: db } }, policyTypes: [Ingress] }"), none);
    assert_eq!(
        lines(
            "{ podSelector: { matchLabels: { app: db } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 5432 }] }] }"
        ),
        [format!("{web} -> {db} tcp 5432 allowed")]
    );
    assert_eq!(
        lines(
            "{ podSelector: { matchLabels: { app: db } }, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: http }] }] }"
        ),
        [format!("{web} -> {db} tcp 8080 allowed")]
    );
    assert_eq!(
        lines(
            "{ podSelector: { matchLabels: { app: db } }, ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: b } } }] }] }"
        ),
        [format!("{far} -> {db} any port allowed")]
    );
    assert_eq!(
        lines(
            "{ podSelector: { matchLabels: { app: db } }, ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchExpressions: [{ key: app, operator: In, values: [far, web] }] } }], ports: [{ port: 1, endPort: 9 }] }] }"
        ),
        [format!("{web}, {far} -> {db} tcp 1-9 allowed")]
    );
}

#[test]
fn policies_for_what_goes_out() {
    let pods = deployment("web", "a") + &deployment("db", "a");
    let closed = policy("p", "{ podSelector: { matchLabels: { app: web } }, policyTypes: [Egress] }");
    assert_eq!(yaml(&(pods.clone() + &closed)), "Deployment/a/db -> Deployment/a/web any port allowed");
    let some = policy(
        "p",
        "{ podSelector: { matchLabels: { app: web } }, policyTypes: [Egress], egress: [{ to: [{ podSelector: { matchLabels: { app: db } } }], ports: [{ port: 5432 }] }] }",
    );
    assert_eq!(
        yaml(&(pods + &some)),
        "Deployment/a/db -> Deployment/a/web any port allowed\nDeployment/a/web -> Deployment/a/db tcp 5432 allowed"
    );
}

#[test]
fn a_policy_before_a_load_balancer() {
    let all = deployment("web", "a") + &service("web", "a", "LoadBalancer");
    let to_service = "internet -> Service/a/web tcp 80 allowed";
    let with = |spec: &str| yaml(&(all.clone() + &policy("p", spec)));
    assert_eq!(with("{ podSelector: {}, ingress: [] }"), to_service);
    assert_eq!(
        with("{ podSelector: {}, ingress: [{ ports: [{ port: 8080 }] }] }"),
        "internet -> Deployment/a/web tcp 80 allowed\n".to_owned() + to_service
    );
    assert_eq!(
        with(
            "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 198.51.100.0/24, except: [198.51.100.0/25] } }] }] }"
        ),
        "198.51.100.128/25 -> Deployment/a/web tcp 80 allowed\n".to_owned() + to_service
    );
}

#[test]
fn ingresses_and_gateways() {
    let pods = deployment("web", "a") + &service("web", "a", "ClusterIP");
    let ingress = |annotations: &str, class: &str| {
        format!(
            "
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{ name: i, namespace: a, annotations: {{ {annotations} }} }}
spec:
  ingressClassName: {class}
  tls: [{{ hosts: [web.example.com] }}]
  rules:
    - host: web.example.com
      http: {{ paths: [{{ path: /, pathType: Prefix, backend: {{ service: {{ name: web, port: {{ number: 80 }} }} }} }}] }}
"
        )
    };
    let both = "internet -> Deployment/a/web, Service/a/web tcp 80, tcp 443";
    assert_eq!(
        yaml(&(pods.clone() + &ingress("", "nginx"))),
        format!("{both} conditional if the ingress controller of class nginx has a public address")
    );
    assert_eq!(yaml(&(pods.clone() + &ingress("", "alb"))), "");
    assert_eq!(
        yaml(&(pods.clone() + &ingress("alb.ingress.kubernetes.io/scheme: internet-facing", "alb"))),
        format!("{both} allowed")
    );
    let gateway = "
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: g, namespace: a }
spec: { gatewayClassName: eg, listeners: [{ name: web, port: 8000, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r, namespace: a }
spec: { parentRefs: [{ name: g }], rules: [{ backendRefs: [{ name: web, port: 80 }] }] }
";
    assert_eq!(
        yaml(&(pods + gateway)),
        "internet -> Deployment/a/web, Service/a/web tcp 8000 conditional if gateway g has a public address"
    );
}

#[test]
fn pods_on_their_node() {
    let on = |more: &str| {
        yaml(&deployment("web", "a").replace("      containers:", &format!("{more}      containers:")))
    };
    let node = "conditional if its node has a public address and the node's firewall lets the port in";
    assert_eq!(on("      hostNetwork: true\n"), format!("internet -> Deployment/a/web tcp 8080 {node}"));
    let port = deployment("web", "a").replace("containerPort: 8080", "containerPort: 8080, hostPort: 9000");
    assert_eq!(yaml(&port), format!("internet -> Deployment/a/web tcp 9000 {node}"));
}

#[test]
fn software_in_containers_is_reached_with_its_pod() {
    let all = (deployment("llm", "a") + &service("llm", "a", "LoadBalancer"))
        .replace("example.com/llm:1", "vllm/vllm-openai:v0.8");
    let found = yaml(&all);
    assert!(found.starts_with("internet -> Deployment/a/llm, Deployment/a/llm/"), "{found}");
}
