//! Predefined roles: which of the permissions that matter each one has. The table is made by `cargo xtask tables google`.
//!
//! Custom roles are assets and are read from their documents, not here.

use std::collections::HashMap;
use std::sync::OnceLock;

static TABLE: &str = include_str!("roles.txt");

/// Roles that only hold what other roles of the table do not say: they are as large as the cloud is.
pub(super) const OWNER: &str = "roles/owner";
pub(super) const EDITOR: &str = "roles/editor";
pub(super) const VIEWER: &str = "roles/viewer";

/// Permissions and roles, by number.
#[derive(Debug)]
pub(super) struct Roles {
    permissions: HashMap<String, u32>,
    /// Runs of permissions, first and last, in order.
    sets: Vec<Vec<(u32, u32)>>,
    roles: HashMap<String, u32>,
}

/// What a role says to a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    Yes,
    No,
    /// There is no such role in the table.
    NoRole,
    /// There is no such permission in the table, so of no role is it known.
    NoPermission,
}

impl Roles {
    pub(super) fn get() -> &'static Roles {
        static ROLES: OnceLock<Roles> = OnceLock::new();
        ROLES.get_or_init(|| Roles::read(TABLE))
    }

    fn read(table: &str) -> Roles {
        let mut roles = Roles { permissions: HashMap::new(), sets: Vec::new(), roles: HashMap::new() };
        let mut part = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
            match (line, part) {
                ("%", _) => part += 1,
                (_, 0) => {
                    for verb in rest.split(' ') {
                        let number = roles.permissions.len() as u32;
                        roles.permissions.insert(format!("{first}.{verb}"), number);
                    }
                }
                (_, 1) => roles.sets.push(runs(line)),
                _ => {
                    for (name, set) in rest.split(' ').filter_map(|entry| entry.split_once('=')) {
                        let name = if first.is_empty() { name.to_owned() } else { format!("{first}.{name}") };
                        roles.roles.insert(format!("roles/{name}"), set.parse().unwrap_or(u32::MAX));
                    }
                }
            }
        }
        roles
    }

    pub(super) fn has(&self, role: &str, permission: &str) -> Has {
        let Some(set) = self.roles.get(role).and_then(|set| self.sets.get(*set as usize)) else {
            return Has::NoRole;
        };
        let Some(number) = self.permissions.get(permission) else { return Has::NoPermission };
        let after = set.partition_point(|(first, _)| first <= number);
        let within = after.checked_sub(1).is_some_and(|at| set[at].1 >= *number);
        if within { Has::Yes } else { Has::No }
    }
}

/// `3 2+4`: the fourth, and then five from the second after it on.
fn runs(line: &str) -> Vec<(u32, u32)> {
    let mut end = 0;
    let run = |text: &str| {
        let (distance, more) = text.split_once('+').unwrap_or((text, "0"));
        let first = end + distance.parse::<u32>().ok()?;
        end = first + more.parse::<u32>().ok()?;
        Some((first, end))
    };
    line.split(' ').filter(|text| !text.is_empty()).filter_map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_what_the_documentation_lists() {
        let roles = Roles::get();
        for (role, permission, want) in [
            ("roles/storage.objectViewer", "storage.objects.get", Has::Yes),
            ("roles/storage.objectViewer", "storage.objects.create", Has::No),
            ("roles/storage.objectCreator", "storage.objects.get", Has::No),
            ("roles/aiplatform.user", "aiplatform.customJobs.create", Has::Yes),
            ("roles/aiplatform.viewer", "aiplatform.customJobs.create", Has::No),
            ("roles/aiplatform.user", "aiplatform.endpoints.predict", Has::Yes),
            ("roles/aiplatform.user", "iam.serviceAccounts.actAs", Has::No),
            ("roles/iam.serviceAccountUser", "iam.serviceAccounts.actAs", Has::Yes),
            ("roles/iam.serviceAccountUser", "iam.serviceAccounts.getAccessToken", Has::No),
            ("roles/iam.serviceAccountTokenCreator", "iam.serviceAccounts.getAccessToken", Has::Yes),
            ("roles/iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken", Has::Yes),
            ("roles/iam.serviceAccountKeyAdmin", "iam.serviceAccountKeys.create", Has::Yes),
            ("roles/secretmanager.secretAccessor", "secretmanager.versions.access", Has::Yes),
            (EDITOR, "aiplatform.customJobs.create", Has::Yes),
            (EDITOR, "iam.serviceAccounts.actAs", Has::Yes),
            (EDITOR, "secretmanager.versions.access", Has::No),
            (EDITOR, "storage.objects.get", Has::No),
            (EDITOR, "resourcemanager.projects.setIamPolicy", Has::No),
            (OWNER, "resourcemanager.projects.setIamPolicy", Has::Yes),
            (OWNER, "secretmanager.versions.access", Has::Yes),
            (VIEWER, "aiplatform.models.list", Has::Yes),
            (VIEWER, "aiplatform.models.upload", Has::No),
            ("roles/aiplatform.reasoningEngineServiceAgent", "storage.objects.get", Has::Yes),
            ("roles/none.such", "storage.objects.get", Has::NoRole),
            (OWNER, "retail.catalogs.get", Has::NoPermission),
        ] {
            assert_eq!(roles.has(role, permission), want, "{role} {permission}");
        }
        assert!(roles.roles.len() > 2000 && roles.permissions.len() > 5000);
        assert!(roles.roles.values().all(|set| (*set as usize) < roles.sets.len()));
    }
}
