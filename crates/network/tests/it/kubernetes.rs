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
