//! Cases from the manifests that people write, each with who may.

use super::Kubernetes;
use crate::estate::{catalog, graph, who};

struct Case {
    name: &'static str,
    manifests: &'static str,
    /// Actions, on what, and who.
    asks: &'static [(&'static str, &'static str, &'static [&'static str])],
}

fn run(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let text = format!("{ESTATE}---\n{}", case.manifests);
        let graph = graph(&[("app.yaml", &text)]);
        let kubernetes = Kubernetes::derive(&graph, catalog());
        for (actions, on, want) in case.asks {
            let found = who(&graph, &kubernetes, actions, on);
            if found != *want {
                wrong.push(format!("{}: {actions} on {on}\n  want {want:?}\n  have {found:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Two namespaces, an account, a secret in each, and a deployment that names no account.
const ESTATE: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: prod}
---
apiVersion: v1
kind: Namespace
metadata: {name: lab}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: prod}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: prod}
---
apiVersion: v1
kind: Secret
metadata: {name: other, namespace: prod}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: lab}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: lab}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";

#[test]
fn bindings_hold_in_their_namespace_or_everywhere() {
    run(&[
        Case {
            name: "a role in one namespace",
            manifests: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: prod}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: prod}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: app, namespace: prod}]
",
            asks: &[
                ("get secrets", "Secret/prod/key", &["ServiceAccount/prod/app"]),
                ("get secrets", "Secret/lab/key", &[]),
                ("get secrets", "Namespace/prod", &["ServiceAccount/prod/app"]),
                ("get secrets", "*", &["ServiceAccount/prod/app"]),
                ("get secrets", "=prod/key", &["ServiceAccount/prod/app"]),
                ("get secrets", "=lab", &[]),
                ("update secrets|list secrets", "Namespace/prod", &["ServiceAccount/prod/app"]),
                ("delete secrets", "*", &[]),
                ("get configmaps", "*", &[]),
            ],
        },
        Case {
            name: "a cluster's role bound in one namespace, and in all",
            manifests: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: runner}
rules:
- {apiGroups: [''], resources: [pods, nodes], verbs: [create, get]}
- {nonResourceURLs: [/metrics], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: here, namespace: prod}
roleRef: {kind: ClusterRole, name: runner}
subjects: [{kind: ServiceAccount, name: app}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: everywhere}
roleRef: {kind: ClusterRole, name: runner}
subjects: [{kind: Group, name: ops}]
",
            asks: &[
                ("create pods", "Namespace/prod", &["<group ops>", "ServiceAccount/prod/app"]),
                ("create pods", "Namespace/lab", &["<group ops>"]),
                ("get nodes", "*", &["<group ops>"]),
                ("get /metrics", "*", &["<group ops>"]),
            ],
        },
        Case {
            name: "roles that are built in",
            manifests: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: root}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: ada}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: admins, namespace: prod}
roleRef: {kind: ClusterRole, name: admin}
subjects: [{kind: User, name: bob}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editors, namespace: prod}
roleRef: {kind: ClusterRole, name: edit}
subjects: [{kind: User, name: cem}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: viewers, namespace: prod}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: User, name: dan}]
",
            asks: &[
                ("create inferenceservices.serving.kserve.io", "Namespace/prod", &["<user ada>"]),
                ("get secrets", "Secret/prod/key", &["<user ada>", "<user bob>", "<user cem>"]),
                ("get pods", "Namespace/prod", &["<user ada>", "<user bob>", "<user cem>", "<user dan>"]),
                ("create pods/exec", "Namespace/prod", &["<user ada>", "<user bob>", "<user cem>"]),
                (
                    "create serviceaccounts/token",
                    "ServiceAccount/prod/app",
                    &["<user ada>", "<user bob>", "<user cem>"],
                ),
                (
                    "create rolebindings.rbac.authorization.k8s.io",
                    "Namespace/prod",
                    &["<user ada>", "<user bob>"],
                ),
                ("bind clusterroles.rbac.authorization.k8s.io", "Namespace/prod", &["<user ada>"]),
                ("escalate roles.rbac.authorization.k8s.io", "*", &["<user ada>"]),
                (
                    "impersonate serviceaccounts",
                    "ServiceAccount/prod/app",
                    &["<user ada>", "<user bob>", "<user cem>"],
                ),
            ],
        },
        Case {
            name: "names",
            manifests: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: one, namespace: prod}
rules:
- {apiGroups: [''], resources: [secrets], resourceNames: [key], verbs: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: one, namespace: prod}
roleRef: {kind: Role, name: one}
subjects: [{kind: ServiceAccount, name: app, namespace: prod}]
",
            asks: &[
                ("get secrets", "Secret/prod/key", &["ServiceAccount/prod/app"]),
                ("get secrets", "Secret/prod/other", &[]),
                (
                    "get secrets",
                    "Namespace/prod",
                    &["ServiceAccount/prod/app if it is one of the secrets named key"],
                ),
                ("get secrets", "*", &["ServiceAccount/prod/app if it is one of the secrets named key"]),
                ("create secrets", "Namespace/prod", &[]),
                ("get secrets", "=namespaces/prod/secrets/key", &["ServiceAccount/prod/app"]),
            ],
        },
        Case {
            name: "roles that are added to others by their labels",
            manifests: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: models-edit, labels: {rbac.authorization.k8s.io/aggregate-to-edit: 'true', team: ml}}
rules: [{apiGroups: [serving.kserve.io], resources: ['*'], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all-of-ml}
aggregationRule: {clusterRoleSelectors: [{matchExpressions: [{key: team, operator: In, values: [ml, data]}]}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: prod}
roleRef: {kind: ClusterRole, name: admin}
subjects: [{kind: User, name: ada}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: prod}
roleRef: {kind: ClusterRole, name: all-of-ml}
subjects: [{kind: User, name: bob}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: c, namespace: prod}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: User, name: cem}]
",
            asks: &[
                (
                    "create inferenceservices.serving.kserve.io",
                    "Namespace/prod",
                    &["<user ada>", "<user bob>"],
                ),
                ("create pods", "Namespace/prod", &["<user ada>"]),
            ],
        },
    ]);
}

#[test]
fn subjects_are_accounts_people_and_groups_of_the_cluster() {
    run(&[
        Case {
            name: "groups that the cluster makes",
            manifests: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: prod}
roleRef: {kind: ClusterRole, name: a}
subjects: [{kind: Group, name: 'system:authenticated'}, {kind: User, name: 'system:anonymous'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: lab}
roleRef: {kind: ClusterRole, name: a}
subjects: [{kind: Group, name: 'system:serviceaccounts:prod'}, {kind: Group, name: 'system:unauthenticated'}]
",
            asks: &[
                ("get secrets", "Secret/prod/key", &["anybody signed in to the cluster", "anyone"]),
                (
                    "get secrets",
                    "Secret/lab/key",
                    &["<every service account of namespace prod>", "ServiceAccount/prod/app", "anyone"],
                ),
            ],
        },
        Case {
            name: "an account that no manifest describes, and what runs as it",
            manifests: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: ServiceAccount, name: default, namespace: lab}
- {kind: ServiceAccount, name: default, namespace: prod}
- {kind: User, name: 'system:serviceaccount:prod:app'}
",
            asks: &[(
                "create pods",
                "*",
                &[
                    "<service account lab/default>",
                    "<service account prod/default>",
                    "Deployment/lab/web",
                    "ServiceAccount/prod/app",
                ],
            )],
        },
        Case {
            name: "the account that workloads run as when they name none",
            manifests: "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: lab}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: quiet, namespace: lab}
spec:
  selector: {matchLabels: {app: quiet}}
  template:
    metadata: {labels: {app: quiet}}
    spec: {automountServiceAccountToken: false, containers: [{name: web, image: nginx}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: lab}
roleRef: {kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: default}]
",
            asks: &[("create pods", "Namespace/lab", &["Deployment/lab/web", "ServiceAccount/lab/default"])],
        },
        Case {
            name: "a role that is not described",
            manifests: "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: prod}
roleRef: {kind: ClusterRole, name: from-elsewhere}
subjects: [{kind: User, name: ada}]
",
            asks: &[
                (
                    "get secrets",
                    "Secret/prod/key",
                    &["<user ada>? ClusterRole from-elsewhere is not described here"],
                ),
                ("get secrets", "Secret/lab/key", &[]),
            ],
        },
    ]);
}

#[test]
fn what_could_not_be_understood_is_noted() {
    let text = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: prod}
roleRef: {kind: Role, name: gone}
subjects: [{kind: User, name: ada}]
";
    let graph = graph(&[("app.yaml", text)]);
    let kubernetes = Kubernetes::derive(&graph, catalog());
    let notes: Vec<_> = graph::Permissions::notes(&kubernetes).into_iter().filter_map(|n| n.reason).collect();
    assert_eq!(notes, ["what RoleBinding a gives is not known: Role gone is not described here"]);
}

#[test]
fn terraform_says_the_same() {
    let text = r#"
resource "kubernetes_service_account" "app" {
  metadata {
    name      = "app"
    namespace = "prod"
  }
}
resource "kubernetes_role" "reader" {
  metadata {
    name      = "reader"
    namespace = "prod"
  }
  rule {
    api_groups = [""]
    resources  = ["secrets"]
    verbs      = ["get"]
  }
}
resource "kubernetes_role_binding" "reader" {
  metadata {
    name      = "reader"
    namespace = "prod"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role.reader.metadata[0].name
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account.app.metadata[0].name
    namespace = "prod"
  }
}
resource "kubernetes_cluster_role_binding" "all" {
  metadata {
    name = "all"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "view"
  }
  subject {
    kind = "Group"
    name = "system:authenticated"
  }
}
"#;
    let graph = graph(&[("main.tf", text)]);
    let kubernetes = Kubernetes::derive(&graph, catalog());
    let ask = |actions: &str, on: &str| who(&graph, &kubernetes, actions, on);
    assert_eq!(ask("get secrets", "*"), ["kubernetes_service_account.app"]);
    assert_eq!(ask("get secrets", "=prod"), ["kubernetes_service_account.app"]);
    assert_eq!(ask("get configmaps", "=lab"), ["anybody signed in to the cluster"]);
}

#[test]
fn resources_share_the_group_of_their_namespace() {
    use graph::{On, Permissions, Request};
    let text = format!(
        "{ESTATE}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: a, namespace: prod}}\n\
         roleRef: {{kind: ClusterRole, name: edit}}\nsubjects: [{{kind: User, name: ada}}]\n"
    );
    let graph = graph(&[("app.yaml", &text)]);
    let kubernetes = Kubernetes::derive(&graph, catalog());
    let actions = [std::sync::Arc::from("get secrets")];
    let of = |address: &str| {
        let on = On::Asset(crate::estate::asset(&graph, address));
        kubernetes.who_can(&Request { actions: &actions, on, context: &[] })
    };
    let (key, other) = (of("Secret/prod/key"), of("Secret/prod/other"));
    assert!(key.len() == 1 && std::sync::Arc::ptr_eq(&key[0], &other[0]));
}
