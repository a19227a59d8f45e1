//! Predefined roles of Google Cloud: from the list of every role's permissions to the table that `identity` holds.
//!
//! Many roles share one set of permissions, and a set is mostly runs of neighbours in the list of permissions, so text of
//! runs is small enough without being packed, and a change of it can be read in a diff.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde::Deserialize;

/// Services whose permissions decide what becomes of AI, of data, of keys and of identities. Others are left out.
const SERVICES: &str = "
    aiplatform agentidentity agentregistry automl ces cloudaicompanion cloudtranslate contactcenterinsights
    contentwarehouse datalabeling dialogflow discoveryengine documentai firebaseml firebasevertexai
    geminidataanalytics ml modelarmor notebooks speech tpu vectorsearch visionai
    alloydb analyticshub biglake bigquery bigtable cloudsql datacatalog dataplex datastore datastream file firebase
    pubsub spanner storage storageinsights storagetransfer
    apikeys clientauthconfig cloudkms oauthconfig parametermanager secretmanager
    accesscontextmanager iam iamconnectors iap orgpolicy policysimulator privilegedaccessmanager resourcemanager
    servicemanagement serviceusage workloadidentity
    appengine artifactregistry batch cloudbuild clouddeploy cloudfunctions cloudscheduler cloudtasks composer config
    connectors container dataflow dataform datafusion datapipelines dataproc deploymentmanager developerconnect
    eventarc gkehub integrations logging monitoring observability osconfig run runapps securesourcemanager source
    workflows workstations
    compute.disks compute.firewalls compute.images compute.instanceGroupManagers compute.instanceTemplates
    compute.instances compute.networks compute.oslogin compute.projects compute.snapshots compute.subnetworks";

#[derive(Deserialize)]
struct Published {
    /// Every permission.
    permissions: Vec<String>,
    roles: BTreeMap<String, Role>,
}

#[derive(Deserialize)]
struct Role {
    /// Permissions by their place in the list.
    #[serde(rename = "p")]
    permissions: Vec<usize>,
}

/// Three parts, each ended by a line `%`: permissions by resource, sets as runs of permissions, roles by service.
pub(super) fn table(texts: &[String]) -> Result<String> {
    let text = texts.first().context("the list of roles is wanting")?;
    let published: Published = serde_json::from_str(text).context("not a list of roles")?;
    let wanted: Vec<&str> = SERVICES.split_whitespace().collect();
    let keeps = |name: &str| {
        let below = |of: &str| name.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'));
        wanted.iter().any(|of| below(of))
    };
    let mut by_resource: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in published.permissions.iter().filter(|name| keeps(name)) {
        let (resource, verb) = name.rsplit_once('.').with_context(|| format!("permission {name}"))?;
        by_resource.entry(resource).or_default().push(verb);
    }
    let mut out = String::from(
        "# Predefined roles of Google Cloud and those of their permissions that matter here. Made by `cargo xtask tables google`.\n\
         # Source: the list of roles of the IAM API (roles.list), as collected by github.com/iann0036/iam-dataset (MIT), 2026-11;\n\
         # what a role is for: https://cloud.google.com/iam/docs/roles-permissions\n",
    );
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for (resource, verbs) in &mut by_resource {
        verbs.sort_unstable();
        verbs.dedup();
        for verb in &*verbs {
            let number = numbers.len();
            numbers.insert(format!("{resource}.{verb}"), number);
        }
        writeln!(out, "{resource} {}", verbs.join(" "))?;
    }
    out.push_str("%\n");
    let mut sets: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    let mut roles: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for (name, role) in &published.roles {
        let names = role.permissions.iter().filter_map(|i| published.permissions.get(*i));
        let mut set: Vec<usize> = names.filter_map(|name| numbers.get(name).copied()).collect();
        set.sort_unstable();
        set.dedup();
        let next = sets.len();
        let number = *sets.entry(set.clone()).or_insert_with(|| next);
        if number == next {
            writeln!(out, "{}", runs(&set))?;
        }
        let short = name.strip_prefix("roles/").with_context(|| format!("role {name}"))?;
        let (service, role) = short.split_once('.').unwrap_or(("", short));
        roles.entry(service).or_default().push((role, number));
    }
    out.push_str("%\n");
    for (service, roles) in roles {
        let roles: Vec<String> = roles.iter().map(|(role, set)| format!("{role}={set}")).collect();
        writeln!(out, "{service} {}", roles.join(" "))?;
    }
    Ok(out)
}

/// Sorted numbers as runs: the distance from the end of the last run, and `+` how many follow.
fn runs(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == *number => *end = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let mut before = 0;
    let mut texts = Vec::with_capacity(runs.len());
    for (start, end) in runs {
        let more = end - start;
        texts.push(if more == 0 {
            format!("{}", start - before)
        } else {
            format!("{}+{more}", start - before)
        });
        before = end;
    }
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_with_one_set_share_it_and_other_services_are_left_out() {
        let text = r#"{"permissions": ["storage.objects.get", "storage.objects.list", "retail.catalogs.get", "storage.buckets.get"],
            "roles": {"roles/storage.a": {"p": [0, 1, 2, 3]}, "roles/storage.b": {"p": [0, 1, 3]}, "roles/viewer": {"p": [2]}}}"#;
        let table = table(&[text.to_owned()]).unwrap();
        let lines: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
        let want = [
            "storage.buckets get",
            "storage.objects get list",
            "%",
            "0+2",
            "",
            "%",
            " viewer=1",
            "storage a=0 b=0",
        ];
        assert_eq!(lines, want);
    }

    #[test]
    fn runs_are_counted_from_the_end_of_the_last() {
        assert_eq!(runs(&[0, 2, 3, 4, 9]), "0 2+2 5");
        assert_eq!(runs(&[]), "");
    }
}
