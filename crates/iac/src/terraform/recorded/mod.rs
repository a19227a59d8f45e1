//! What Terraform and OpenTofu write down themselves: plans and states as JSON. They know what source code alone does
//! not: the provider's ids, computed attributes, the values of variables.
//!
//! Formats: <https://developer.hashicorp.com/terraform/internals/json-format> for plans and shown states; `.tfstate` of
//! version 4 as Terraform writes it. Neither binary plans nor states of a backend are read.

mod configuration;
mod marks;
mod plan;
mod state;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use catalog::Catalog;
use collect::{Source, Tree};
use formats::data::{Datum, parse_json};
use model::{
    Asset, Confidence, Coverage, CoverageStatus, Match, Mirror, Node, Observations, Standing, Value,
};
use rayon::prelude::*;

pub(crate) use marks::is_secret;

use super::inventory::{Dialect, Inventory};
use super::provider;
use crate::file::SourceFile;

pub(crate) const PLAN: &str = "terraform-plan";
pub(crate) const STATE: &str = "terraform-state";
/// Resource instances of one file.
const MAX_INSTANCES: usize = 50_000;

/// The source: plans written with `terraform show -json`.
pub struct TerraformPlan<'c> {
    pub catalog: &'c Catalog,
}

/// The source: states, as they are stored or written with `terraform show -json`.
pub struct TerraformState<'c> {
    pub catalog: &'c Catalog,
}

impl TerraformPlan<'_> {
    /// Whether the walk should keep a file for this source.
    pub fn wants(path: &str) -> bool {
        is_json(path) || path.ends_with(".tfplan")
    }
}

impl TerraformState<'_> {
    /// Whether the walk should keep a file for this source.
    pub fn wants(path: &str) -> bool {
        is_json(path) || path.ends_with(".tfstate")
    }
}

/// JSON that is not a module or a file of variables.
fn is_json(path: &str) -> bool {
    path.ends_with(".json") && !super::wants(path)
}

impl Source for TerraformPlan<'_> {
    fn name(&self) -> &'static str {
        PLAN
    }

    fn observe(&self, tree: &Tree) -> Observations {
        let mut seen = observe(tree, PLAN, Self::wants, &|path, text| {
            let ours =
                has(text, "format_version") && (has(text, "planned_values") || has(text, "resource_changes"));
            ours.then(|| read(PLAN, path, text, &|file, root| plan::observe(file, root, self.catalog)))
        });
        for path in tree.files().iter().filter(|path| path.ends_with(".tfplan")) {
            let reason = "a binary plan is not read; write it as JSON with terraform show -json";
            seen.coverage.push(Coverage::note(PLAN, path, CoverageStatus::Skipped, reason));
        }
        seen
    }
}

impl Source for TerraformState<'_> {
    fn name(&self) -> &'static str {
        STATE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        observe(tree, STATE, Self::wants, &|path, text| {
            let shown = has(text, "format_version") && has(text, "values") && !has(text, "planned_values");
            let stored = path.ends_with(".tfstate");
            let ours = stored || shown && has(text, "terraform_version") && !has(text, "resource_changes");
            ours.then(|| read(STATE, path, text, &|file, root| state::observe(file, root, self.catalog)))
        })
    }
}

/// Whether a text has a key, or a string, of this name.
fn has(text: &str, key: &str) -> bool {
    text.match_indices(key)
        .any(|(at, _)| text[..at].ends_with('"') && text[at + key.len()..].starts_with('"'))
}

type Reader<'r> = dyn Fn(&str, &str) -> Option<Observations> + Sync + 'r;

fn observe(tree: &Tree, source: &'static str, wants: fn(&str) -> bool, reader: &Reader<'_>) -> Observations {
    let files: Vec<&Arc<str>> = tree.files().iter().filter(|p| wants(p) && !p.ends_with(".tfplan")).collect();
    super::on_pool(source, || {
        let each: Vec<Observations> = files.par_iter().map(|path| one(tree, source, path, reader)).collect();
        let mut all = Observations::default();
        each.into_iter().for_each(|seen| all.extend(seen));
        super::without_repetition(all)
    })
}

fn one(tree: &Tree, source: &'static str, path: &str, reader: &Reader<'_>) -> Observations {
    let noted = |status, reason: String| Observations {
        coverage: vec![Coverage::note(source, path, status, reason)],
        ..Observations::default()
    };
    let text = match tree.read_text(path) {
        Ok(text) => text,
        Err(reason) if path.ends_with(".tfstate") => return noted(CoverageStatus::Failed, reason),
        // What cannot be read cannot be told from any other JSON, but for its name.
        Err(reason)
            if path.rsplit('/').next().is_some_and(|name| name.contains("plan")) && source == PLAN =>
        {
            return noted(CoverageStatus::Failed, reason);
        }
        Err(_) => return Observations::default(),
    };
    let seen = catch_unwind(AssertUnwindSafe(|| reader(path, &text)));
    seen.map(Option::unwrap_or_default)
        .unwrap_or_else(|_| noted(CoverageStatus::Failed, "internal error while this file was read".into()))
}

/// What a reader makes of one file.
type Made = Result<Observations, (CoverageStatus, String)>;

fn read(
    source: &'static str,
    path: &str,
    text: &str,
    make: &dyn Fn(&SourceFile, &Datum) -> Made,
) -> Observations {
    let file = SourceFile::new(path, text.to_owned());
    let (datum, _, problems) = parse_json(text);
    let mut seen = Observations::default();
    let failed = datum.is_none();
    for problem in problems {
        let place = file.position(problem.span).to_string();
        let status = if failed { CoverageStatus::Failed } else { CoverageStatus::Partial };
        seen.coverage.push(Coverage::note(source, place, status, problem.message));
    }
    let Some(datum) = datum else { return seen };
    match make(&file, &datum) {
        Ok(made) => {
            seen.extend(made);
            seen.coverage.push(Coverage::read(source, path));
        }
        Err((status, reason)) => seen.coverage.push(Coverage::note(source, path, status, reason)),
    }
    seen
}

/// The observations of one file as a source's own: who saw them, and which root module they tell of.
fn signed(mut seen: Observations, source: &str, standing: Standing, path: &Arc<str>) -> Observations {
    let sign = |mut asset: Asset| {
        // Here the values of variables are those of the deployment, so that a subscription is known by its id.
        if let ("provider", Some(id)) =
            (&*asset.source_type, asset.document.get("subscription_id").and_then(Node::as_str))
        {
            asset.aliases.insert(format!("/subscriptions/{id}").into());
        }
        asset.sighted(source, standing)
    };
    seen.assets = seen.assets.into_iter().map(sign).collect();
    let matched = Match { how: "same root and address".into(), confidence: Confidence::High };
    seen.mirrors.push(Mirror { scope: path.clone(), of: home(path).into(), names: false, matched });
    seen
}

/// The folder whose root module a file tells of: its own; the states of workspaces lie below it.
fn home(path: &str) -> &str {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    match folder.rsplit_once('/').map_or(("", folder), |(above, _)| (above, &folder[above.len() + 1..])) {
        ("terraform.tfstate.d", _) => "",
        (above, _) => above.strip_suffix("/terraform.tfstate.d").unwrap_or(folder),
    }
}

/// What a file knows of its provider configurations.
#[derive(Default)]
struct Providers {
    settings: BTreeMap<String, Node>,
}

impl Providers {
    /// Adds what a data source found out about the scope of a provider configuration.
    fn found(&mut self, configuration: &str, kind: &str, values: &Node) {
        let known = |name: &str| values.get(name).filter(|n| n.as_str().is_some_and(|t| !t.is_empty()));
        let pairs: &[(&str, &str)] = match kind {
            "azurerm_client_config" | "azapi_client_config" => {
                &[("subscription_id", "subscription_id"), ("tenant_id", "tenant_id")]
            }
            "aws_caller_identity" => &[("account_id", "AccountId")],
            "google_client_config" => &[("project", "project"), ("region", "region")],
            _ => return,
        };
        let settings = self
            .settings
            .entry(configuration.to_owned())
            .or_insert_with(|| Value::map(BTreeMap::new()).into());
        settings.at = settings.at.take().or_else(|| values.at.clone());
        if let Value::Map(entries) = &mut settings.value {
            let entries = Arc::make_mut(entries);
            for (from, to) in pairs {
                if let Some(value) = known(from) {
                    entries.entry((*to).into()).or_insert_with(|| value.clone());
                }
            }
        }
    }
}

impl Dialect for Providers {
    fn room(&self, _: &Node) -> Result<(), String> {
        Ok(()) // no larger than the file it was read from
    }

    fn provider(&self, configuration: &str, _: &Arc<str>) -> Option<Node> {
        provider::block_names(configuration).iter().find_map(|name| self.settings.get(name)).cloned()
    }
}

/// The ids that the attributes of a resource give it.
fn ids(body: &Node) -> BTreeSet<Arc<str>> {
    let named = ["id", "arn", "self_link"].into_iter().filter_map(|name| body.get(name));
    let known = named.filter(|node| !node.sensitive).filter_map(|node| match &node.value {
        Value::String(text) if text.len() >= 4 => Some(text.clone()),
        _ => None,
    });
    known.collect()
}

/// Notes that there are more instances than are taken in.
fn too_many(inventory: &mut Inventory<'_>, source: &str, path: &str) {
    let reason = format!("more than {MAX_INSTANCES} resource instances, the rest is not assessed");
    inventory.seen.coverage.push(Coverage::note(source, path, CoverageStatus::Partial, reason));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_lies_in_its_root_or_in_the_folder_of_its_workspace() {
        for (path, want) in [
            ("terraform.tfstate", ""),
            ("infra/prod/terraform.tfstate", "infra/prod"),
            ("infra/terraform.tfstate.d/dev/terraform.tfstate", "infra"),
            ("terraform.tfstate.d/dev/terraform.tfstate", ""),
            ("infra/plans/plan.json", "infra/plans"),
        ] {
            assert_eq!(home(path), want, "{path}");
        }
    }

    #[test]
    fn a_key_is_sought_in_quotes() {
        assert!(has(r#"{"values": 1}"#, "values"));
        assert!(!has(r#"{"planned_values": 1}"#, "values"));
    }
}
