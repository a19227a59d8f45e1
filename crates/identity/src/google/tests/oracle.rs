//! The answers compared with a plain reading of the policies, on small universes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use crate::estate::{catalog, graph, who};
use crate::google::Google;

const USERS: [&str; 3] = ["ada", "bob", "cem"];
const PERMISSIONS: [&str; 3] = ["storage.objects.get", "storage.objects.create", "storage.objects.delete"];
/// Places as Terraform names them, each with the place above it.
const PLACES: [(&str, Option<usize>); 6] = [
    ("organization", None),
    ("folder", Some(0)),
    ("project a", Some(1)),
    ("project b", Some(1)),
    ("bucket a", Some(2)),
    ("bucket b", Some(3)),
];
/// Roles, and which of the permissions each has.
const ROLES: [(&str, &[usize]); 4] = [
    ("roles/storage.objectViewer", &[0]),
    ("roles/storage.objectCreator", &[1]),
    ("roles/storage.objectAdmin", &[0, 1, 2]),
    ("projects/northwind-a/roles/deleter", &[2]),
];

#[derive(Clone, Debug)]
struct Binding {
    place: usize,
    role: usize,
    users: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Deny {
    place: usize,
    /// Everybody, or these.
    users: Option<Vec<usize>>,
    except: Vec<usize>,
    permissions: Vec<usize>,
}

fn bindings() -> impl Strategy<Value = Vec<Binding>> {
    let users = proptest::sample::subsequence(vec![0, 1, 2], 1..3);
    let binding = (0..PLACES.len(), 0..ROLES.len(), users);
    let binding = binding.prop_map(|(place, role, users)| Binding { place, role, users });
    proptest::collection::vec(binding, 0..5)
}

fn denies() -> impl Strategy<Value = Vec<Deny>> {
    let some = || proptest::sample::subsequence(vec![0, 1, 2], 0..3);
    let deny = (0..4_usize, proptest::option::of(some()), some(), some());
    let deny =
        deny.prop_map(|(place, users, except, permissions)| Deny { place, users, except, permissions });
    proptest::collection::vec(deny, 0..3)
}

fn terraform(bindings: &[Binding], denies: &[Deny]) -> String {
    let mut text = String::from(
        r#"
resource "google_folder" "f" {
  display_name = "f"
  parent       = "organizations/1"
}
resource "google_project_iam_custom_role" "deleter" {
  role_id     = "deleter"
  title       = "Deleter"
  project     = "northwind-a"
  permissions = ["storage.objects.delete"]
}
"#,
    );
    for name in ["a", "b"] {
        _ = write!(
            text,
            r#"
resource "google_project" "{name}" {{
  name       = "{name}"
  project_id = "northwind-{name}"
  folder_id  = google_folder.f.name
}}
resource "google_storage_bucket" "{name}" {{
  name                        = "northwind-{name}"
  project                     = google_project.{name}.project_id
  location                    = "EU"
  uniform_bucket_level_access = true
}}
"#
        );
    }
    for (number, Binding { place, role, users }) in bindings.iter().enumerate() {
        let (kind, on) = match place {
            0 => ("google_organization", "org_id = \"1\""),
            1 => ("google_folder", "folder = google_folder.f.name"),
            2 => ("google_project", "project = google_project.a.project_id"),
            3 => ("google_project", "project = \"northwind-b\""),
            4 => ("google_storage_bucket", "bucket = google_storage_bucket.a.name"),
            _ => ("google_storage_bucket", "bucket = \"northwind-b\""),
        };
        let members: Vec<String> =
            users.iter().map(|u| format!("user:{}@northwind.example", USERS[*u])).collect();
        let role = ROLES[*role].0;
        _ = writeln!(
            text,
            "resource \"{kind}_iam_binding\" \"b{number}\" {{\n  {on}\n  role = \"{role}\"\n  members = {members:?}\n}}"
        );
    }
    for (number, deny) in denies.iter().enumerate() {
        let on = [
            "organizations/1",
            "folders/${google_folder.f.folder_id}",
            "projects/northwind-a",
            "projects/${google_project.b.project_id}",
        ];
        let names = |users: &[usize]| -> Vec<String> {
            users
                .iter()
                .map(|u| format!("principal://goog/subject/{}@northwind.example", USERS[*u]))
                .collect()
        };
        let everybody = || vec!["principalSet://goog/public:all".to_owned()];
        let permissions: Vec<String> = deny
            .permissions
            .iter()
            .map(|p| PERMISSIONS[*p].replacen("storage.", "storage.googleapis.com/", 1))
            .collect();
        _ = writeln!(
            text,
            "resource \"google_iam_deny_policy\" \"d{number}\" {{\n  name = \"d{number}\"\n  parent = urlencode(\"cloudresourcemanager.googleapis.com/{}\")\n  rules {{\n    deny_rule {{\n      denied_principals = {:?}\n      exception_principals = {:?}\n      denied_permissions = {permissions:?}\n    }}\n  }}\n}}",
            on[deny.place],
            deny.users.as_deref().map_or_else(everybody, names),
            names(&deny.except),
        );
    }
    text
}

/// The place and all above it.
fn above(place: usize) -> Vec<usize> {
    std::iter::successors(Some(place), |at| PLACES[*at].1).collect()
}

fn plainly(bindings: &[Binding], denies: &[Deny], permission: usize, bucket: usize) -> Vec<String> {
    let places = above(bucket);
    let may = |user: &usize| {
        let denied = denies.iter().any(|deny| {
            places.contains(&deny.place)
                && deny.permissions.contains(&permission)
                && deny.users.as_ref().is_none_or(|users| users.contains(user))
                && !deny.except.contains(user)
        });
        let granted = bindings.iter().any(|binding| {
            places.contains(&binding.place)
                && binding.users.contains(user)
                && ROLES[binding.role].1.contains(&permission)
        });
        granted && !denied
    };
    (0..USERS.len()).filter(may).map(|user| format!("<user:{}@northwind.example>", USERS[user])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_as_a_plain_reading(bindings in bindings(), denies in denies()) {
        let graph = graph(&[("main.tf", &terraform(&bindings, &denies))]);
        let google = Google::derive(&graph, catalog());
        for (number, permission) in PERMISSIONS.iter().enumerate() {
            for (bucket, address) in [(4, "google_storage_bucket.a"), (5, "google_storage_bucket.b")] {
                let found = who(&graph, &google, permission, address);
                prop_assert_eq!(found, plainly(&bindings, &denies, number, bucket), "{} on {}", permission, address);
            }
        }
        // Whoever may on a bucket may on something.
        let anywhere: BTreeSet<String> = who(&graph, &google, PERMISSIONS[0], "*").into_iter().collect();
        let somewhere = (4..6).flat_map(|bucket| plainly(&bindings, &denies, 0, bucket));
        prop_assert!(somewhere.into_iter().all(|user| anywhere.contains(&user)));
    }
}
