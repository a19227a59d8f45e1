//! The answers compared with a plain reading of the manifests, on small universes, and odd texts that must not break them.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::Kubernetes;
use crate::estate::{catalog, graph, who};
use crate::google::Google;

const SPACES: [&str; 2] = ["lab", "prod"];
const USERS: [&str; 3] = ["ada", "bob", "cem"];

#[derive(Clone, Debug)]
struct Role {
    /// Of a namespace, or of the cluster.
    space: Option<usize>,
    verbs: Vec<&'static str>,
    resources: Vec<&'static str>,
}

#[derive(Clone, Debug)]
struct Binding {
    /// In a namespace, or in all.
    space: Option<usize>,
    role: usize,
    user: usize,
}

fn universe() -> impl Strategy<Value = (Vec<Role>, Vec<Binding>)> {
    let space = || proptest::option::of(0..SPACES.len());
    let verbs = proptest::sample::subsequence(vec!["get", "create", "*"], 1..3);
    let resources = proptest::sample::subsequence(vec!["secrets", "pods", "nodes", "*"], 1..3);
    let role =
        (space(), verbs, resources).prop_map(|(space, verbs, resources)| Role { space, verbs, resources });
    let binding = (space(), 0..3_usize, 0..USERS.len());
    let binding = binding.prop_map(|(space, role, user)| Binding { space, role, user });
    (proptest::collection::vec(role, 3), proptest::collection::vec(binding, 0..6))
}

fn manifests(roles: &[Role], bindings: &[Binding]) -> String {
    let mut text = String::new();
    let meta = |name: &str, number: usize, space: Option<usize>| match space {
        Some(space) => format!("{{name: {name}{number}, namespace: {}}}", SPACES[space]),
        None => format!("{{name: {name}{number}}}"),
    };
    for space in SPACES {
        _ = writeln!(text, "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}}}\n---");
    }
    for (number, role) in roles.iter().enumerate() {
        let kind = if role.space.is_some() { "Role" } else { "ClusterRole" };
        _ = writeln!(
            text,
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {}\nrules: [{{apiGroups: [''], verbs: {:?}, resources: {:?}}}]\n---",
            meta("r", number, role.space),
            role.verbs,
            role.resources
        );
    }
    for (number, binding) in bindings.iter().enumerate() {
        let kind = if binding.space.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
        let role = if roles[binding.role].space.is_some() { "Role" } else { "ClusterRole" };
        _ = writeln!(
            text,
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role}, name: r{}}}\nsubjects: [{{kind: User, name: {}}}]\n---",
            meta("b", number, binding.space),
            binding.role,
            USERS[binding.user]
        );
    }
    text
}

/// Whether a binding gives the right in a namespace, as the documentation has it.
fn gives(binding: &Binding, role: &Role, verb: &str, resource: &str, space: usize) -> bool {
    let here =
        binding.space.is_none_or(|own| own == space) && (binding.space.is_none() || resource != "nodes");
    let has = |list: &[&str], word: &str| list.iter().any(|w| *w == word || *w == "*");
    here && has(&role.verbs, verb) && has(&role.resources, resource)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_as_a_plain_reading((roles, bindings) in universe()) {
        // A role of a namespace can only be bound there; a binding that names another's is one of a role that is not described.
        let apt = |b: &Binding| roles[b.role].space.is_none() || roles[b.role].space == b.space;
        let bindings: Vec<Binding> = bindings.into_iter().filter(apt).collect();
        let graph = graph(&[("app.yaml", &manifests(&roles, &bindings))]);
        let kubernetes = Kubernetes::derive(&graph, catalog());
        for action in ["get secrets", "create pods", "get nodes"] {
            let (verb, resource) = action.split_once(' ').unwrap_or_default();
            for (space, name) in SPACES.iter().enumerate() {
                let may = |user: usize| {
                    bindings.iter().any(|b| b.user == user && gives(b, &roles[b.role], verb, resource, space))
                };
                let plain: Vec<String> =
                    (0..USERS.len()).filter(|u| may(*u)).map(|u| format!("<user {}>", USERS[u])).collect();
                let found = who(&graph, &kubernetes, action, &format!("Namespace/{name}"));
                prop_assert_eq!(found, plain, "{} in {}", action, name);
            }
        }
    }

    #[test]
    fn no_text_breaks_an_answer(text in "[a-zA-Z0-9:/@.*^$\\[\\]{}()' é-]{0,40}", start in proptest::sample::select(vec![
        "", "serviceAccount:", "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/", "principal://",
        "serviceAccount:p.svc.id.goog[", "projectEditor:", "roles/", "resource.name.matches('^", "system:serviceaccount:",
    ])) {
        let odd = serde_json::Value::String(format!("{start}{text}")).to_string();
        let terraform = serde_json::json!({ "resource": {
            "google_storage_bucket": { "b": { "name": "b", "location": "EU" } },
            "google_storage_bucket_iam_member": { "m": { "bucket": "b", "role": format!("{start}{text}").replace("${", ""), "member": format!("{start}{text}").replace("${", ""),
                "condition": { "title": "t", "expression": format!("{start}{text}").replace("${", "") } } },
        } }).to_string();
        let manifest = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: a, namespace: {odd}}}\nroleRef: {{kind: ClusterRole, name: {odd}}}\nsubjects: [{{kind: User, name: {odd}}}, {{kind: ServiceAccount, name: {odd}}}]\n"
        );
        let graph = graph(&[("main.tf.json", &terraform), ("app.yaml", &manifest)]);
        let (google, kubernetes) = (Google::derive(&graph, catalog()), Kubernetes::derive(&graph, catalog()));
        for action in [format!("storage.{text}"), "storage.objects.get".to_owned()] {
            who(&graph, &google, &action, "*");
            who(&graph, &google, &action, &format!("={start}{text}"));
        }
        for action in [format!("get {text}"), text.clone(), "get secrets".to_owned()] {
            who(&graph, &kubernetes, &action, "*");
            who(&graph, &kubernetes, &action, &format!("={start}{text}"));
        }
    }
}
