//! Roles that every cluster has and no configuration holds, as far as they matter.
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings>

use super::rules::{Rule, Words};

const READ: &[&str] = &["get", "list", "watch"];
const CHANGE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];

/// API groups, resources and verbs of each rule.
type Rows = &'static [(&'static [&'static str], &'static [&'static str], &'static [&'static str])];

const VIEW: Rows = &[
    (
        &[""],
        &[
            "bindings",
            "configmaps",
            "endpoints",
            "events",
            "limitranges",
            "namespaces",
            "namespaces/status",
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
            "pods",
            "pods/log",
            "pods/status",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "replicationcontrollers/status",
            "resourcequotas",
            "resourcequotas/status",
            "serviceaccounts",
            "services",
            "services/status",
        ],
        READ,
    ),
    (
        &["apps"],
        &[
            "controllerrevisions",
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
        READ,
    ),
    (&["batch"], &["cronjobs", "cronjobs/status", "jobs", "jobs/status"], READ),
    (&["autoscaling"], &["horizontalpodautoscalers", "horizontalpodautoscalers/status"], READ),
    (&["networking.k8s.io"], &["ingresses", "ingresses/status", "networkpolicies"], READ),
    (&["policy"], &["poddisruptionbudgets", "poddisruptionbudgets/status"], READ),
    (&["discovery.k8s.io"], &["endpointslices"], READ),
];

const EDIT: Rows = &[
    (
        &[""],
        &["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"],
        READ,
    ),
    (&[""], &["serviceaccounts"], &["impersonate"]),
    (
        &[""],
        &[
            "configmaps",
            "events",
            "persistentvolumeclaims",
            "pods",
            "pods/attach",
            "pods/exec",
            "pods/portforward",
            "pods/proxy",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "secrets",
            "serviceaccounts",
            "services",
            "services/proxy",
        ],
        CHANGE,
    ),
    (&[""], &["pods/eviction", "serviceaccounts/token"], &["create"]),
    (
        &["apps"],
        &[
            "daemonsets",
            "deployments",
            "deployments/rollback",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "statefulsets/scale",
        ],
        CHANGE,
    ),
    (&["batch"], &["cronjobs", "jobs"], CHANGE),
    (&["autoscaling"], &["horizontalpodautoscalers"], CHANGE),
    (&["networking.k8s.io"], &["ingresses", "networkpolicies"], CHANGE),
    (&["policy"], &["poddisruptionbudgets"], CHANGE),
    (
        &["coordination.k8s.io"],
        &["leases"],
        &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    ),
];

const ADMIN: Rows = &[
    (&["authorization.k8s.io"], &["localsubjectaccessreviews"], &["create"]),
    (
        &["rbac.authorization.k8s.io"],
        &["rolebindings", "roles"],
        &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    ),
];

/// The rules of a role that is built in, and the labels by which other roles are added to it.
pub(super) fn rules(name: &str) -> Option<(Vec<Rule>, &'static [&'static str])> {
    const TO_VIEW: &str = "rbac.authorization.k8s.io/aggregate-to-view";
    const TO_EDIT: &str = "rbac.authorization.k8s.io/aggregate-to-edit";
    const TO_ADMIN: &str = "rbac.authorization.k8s.io/aggregate-to-admin";
    let of = |rows: &[Rows]| rows.iter().flat_map(|rows| rows.iter()).map(rule).collect::<Vec<Rule>>();
    let reviews: Rows = &[
        (&["authentication.k8s.io"], &["tokenreviews"], &["create"]),
        (&["authorization.k8s.io"], &["subjectaccessreviews"], &["create"]),
    ];
    let selves: Rows = &[
        (&["authorization.k8s.io"], &["selfsubjectaccessreviews", "selfsubjectrulesreviews"], &["create"]),
        (&["authentication.k8s.io"], &["selfsubjectreviews"], &["create"]),
    ];
    let node: Rows = &[
        (
            &[""],
            &[
                "pods",
                "services",
                "nodes",
                "secrets",
                "configmaps",
                "persistentvolumes",
                "persistentvolumeclaims",
            ],
            READ,
        ),
        (&[""], &["pods", "nodes"], &["create", "delete", "patch", "update"]),
        (&[""], &["serviceaccounts/token", "pods/eviction"], &["create"]),
    ];
    let puller: Rows = &[(&["", "image.openshift.io"], &["imagestreams/layers"], &["get"])];
    Some(match name {
        "cluster-admin" => {
            let all = || Words::of(&["*"]);
            let resources = Rule { verbs: all(), groups: all(), resources: all(), ..Rule::default() };
            let urls = Rule { verbs: all(), urls: all(), ..Rule::default() };
            (vec![resources, urls], &[])
        }
        "admin" => (of(&[VIEW, EDIT, ADMIN]), &[TO_ADMIN, TO_EDIT, TO_VIEW]),
        "edit" => (of(&[VIEW, EDIT]), &[TO_EDIT, TO_VIEW]),
        "view" => (of(&[VIEW]), &[TO_VIEW]),
        "system:auth-delegator" => (of(&[reviews]), &[]),
        "system:basic-user" => (of(&[selves]), &[]),
        "system:node" => (of(&[node]), &[]),
        "system:image-puller" => (of(&[puller]), &[]),
        "system:discovery" | "system:public-info-viewer" => {
            let urls = Words::of(&[
                "/api",
                "/api/*",
                "/apis",
                "/apis/*",
                "/healthz",
                "/livez",
                "/openapi",
                "/openapi/*",
                "/readyz",
                "/version",
                "/version/",
            ]);
            (vec![Rule { verbs: Words::of(&["get"]), urls, ..Rule::default() }], &[])
        }
        "system:monitoring" => {
            let urls = Words::of(&[
                "/healthz",
                "/healthz/*",
                "/livez",
                "/livez/*",
                "/metrics",
                "/metrics/slis",
                "/readyz",
                "/readyz/*",
            ]);
            (vec![Rule { verbs: Words::of(&["get"]), urls, ..Rule::default() }], &[])
        }
        _ => return None,
    })
}

fn rule((groups, resources, verbs): &(&[&str], &[&str], &[&str])) -> Rule {
    Rule {
        verbs: Words::of(verbs),
        groups: Words::of(groups),
        resources: Words::of(resources),
        ..Rule::default()
    }
}
