//! A case evaluated once more in other dialects: what was observed is written as Bicep, ARM JSON, CloudFormation or
//! manifests, read back by that dialect's own source, and must get the same answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::Catalog;
use collect::Tree;
use graph::Ontology;
use iac::write::{self, Dialect, Resource};
use model::{Asset, AssetId, Class, Link, Node, Observations, Part, Status};

use crate::ontology::Cards;
use crate::run::{Request, conclude, observe_one};

/// The dialects that gave the same answer, and what was different in the others.
#[derive(Default)]
pub(crate) struct Elsewhere {
    pub(crate) same: BTreeSet<&'static str>,
    pub(crate) different: Vec<String>,
}

/// The documents as they were observed: parts joined, nothing filled in.
struct Observed<'c>(Cards<'c>);

impl Ontology for Observed<'_> {
    fn complete(&self, _: &mut Asset) {}

    fn aliases(&self, asset: &Asset) -> Vec<Arc<str>> {
        self.0.aliases(asset)
    }

    fn links(&self, _: &Asset) -> Vec<Link> {
        Vec::new()
    }

    fn join(&self, owner: &mut Node, part: &Part) {
        self.0.join(owner, part);
    }
}

/// What was observed, as one template of another dialect.
pub(crate) struct Translation {
    pub(crate) dialect: Dialect,
    pub(crate) text: String,
    /// The address of the asset that was asked for.
    pub(crate) address: String,
    /// Something that was observed cannot be written in the dialect.
    pub(crate) left_out: bool,
}

/// Writes what was observed in every dialect that `wanted` takes and that has the type of `asset`.
pub(crate) fn translations(
    catalog: &Catalog,
    observations: Observations,
    asset: &AssetId,
    wanted: impl Fn(Dialect) -> bool,
) -> Vec<Translation> {
    let graph = graph::build(observations, &Observed(Cards(catalog)));
    let assets = graph.assets();
    let Some(target) = assets.iter().position(|a| a.id == *asset) else { return Vec::new() };
    let native = |asset: &Asset| catalog.kind(&asset.kind).and_then(|kind| kind.card.native.clone());
    let natives: Vec<Option<Arc<str>>> = assets.iter().map(native).collect();
    let translation = |dialect: Dialect| {
        let takes = |i: &usize| {
            let scope = assets[*i].class == Class::Scope && *i != target;
            !scope && natives[*i].as_deref().is_some_and(|native| dialect.takes(native))
        };
        let chosen: Vec<usize> = (0..assets.len()).filter(takes).collect();
        // The scopes of a provider's configuration are those of the deployment.
        let implied = |a: &Asset| a.class == Class::Scope && a.source_type.as_ref() == "provider";
        let left_out = assets.iter().enumerate().any(|(i, a)| !chosen.contains(&i) && !implied(a));
        let resources: Vec<Resource<'_>> = chosen
            .iter()
            .map(|i| Resource {
                native: natives[*i].as_deref().unwrap_or_default(),
                address: &assets[*i].address,
                document: &assets[*i].document,
                scope: catalog.kind(&assets[*i].kind).map_or("scope", |kind| &kind.card.scope),
            })
            .collect();
        let template = write::write(dialect, &resources);
        let at = chosen.iter().position(|i| *i == target)?;
        let address = template.names.get(at)?.clone();
        Some(Translation { dialect, text: template.text, address, left_out })
    };
    Dialect::ALL.into_iter().filter(|d| wanted(*d)).filter_map(translation).collect()
}

/// Asks the request's check about `asset` again, in every dialect that `wanted` takes.
pub(crate) fn elsewhere(
    catalog: &Catalog,
    request: &Request,
    observations: Observations,
    asset: &AssetId,
    expected: Status,
    wanted: impl Fn(Dialect) -> bool,
) -> Elsewhere {
    let mut result = Elsewhere::default();
    for written in translations(catalog, observations, asset, wanted) {
        let dialect = written.dialect.as_str();
        let tree = Tree::of_texts([(written.dialect.file(), &*written.text)]);
        let snapshot = conclude(observe_one(dialect, &tree, catalog), request, catalog);
        let named = snapshot.outcomes.iter().find(|o| *o.address == *written.address);
        let only = || match &snapshot.outcomes[..] {
            [only] => Some(only),
            _ => None,
        };
        match named.or_else(only) {
            Some(outcome) if outcome.status == expected => _ = result.same.insert(dialect),
            // What cannot be written there may be what the answer rests on.
            _ if written.left_out => {}
            other => {
                let got = match other {
                    Some(outcome) => format!("{:?}: {}", outcome.status, outcome.because).to_lowercase(),
                    None => "nothing".into(),
                };
                let notes = snapshot.coverage.iter().filter_map(|c| c.reason.as_deref()).take(3);
                let notes: String = notes.map(|n| format!("\n      {n}")).collect();
                result.different.push(format!("written in {dialect}, it gave {got}{notes}"));
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases;
    use crate::run::catalog_files;
    use std::collections::BTreeMap;

    /// A document without what differs by nature: how its place is named, and which parameter a value is.
    fn bare(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(entries) => {
                let open = ["$unknown", "$ref", "$text"].iter().find(|tag| entries.contains_key(**tag));
                match open {
                    Some(_) => "?".into(),
                    None => {
                        let kept =
                            entries.into_iter().filter(|(k, _)| !["parent", "scope"].contains(&k.as_str()));
                        kept.map(|(k, v)| (k, bare(v))).collect()
                    }
                }
            }
            serde_json::Value::Array(items) => items.into_iter().map(bare).collect(),
            other => other,
        }
    }

    #[test]
    fn one_resource_has_one_document_in_every_dialect() {
        let catalog = Catalog::embedded();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
        let files = catalog_files(&root).unwrap();
        let mut same: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut different = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with("tests.yaml")) {
            let Some(check) = cases::check_of(&catalog, path) else { continue };
            for case in cases::read(text).unwrap().iter().filter(|case| case.fails()) {
                let request = Request::default();
                let observations = cases::observed(&catalog, check, case, &request).unwrap();
                for asset in observations.assets.iter().filter(|a| a.class != Class::Scope) {
                    if same.get(&asset.kind).is_some_and(|seen| *seen > 2) {
                        continue;
                    }
                    let mut documents = BTreeMap::new();
                    for written in translations(&catalog, observations.clone(), &asset.id, |_| true) {
                        let name = written.dialect.as_str();
                        let file = written.dialect.file();
                        let tree = Tree::of_texts([(file, &*written.text)]);
                        let seen = observe_one(name, &tree, &catalog);
                        let found = seen.assets.iter().find(|a| *a.address == *written.address);
                        let document = found.map(|a| bare(serde_json::to_value(&a.document).unwrap()));
                        documents.insert(file, document);
                    }
                    if documents.len() < 2 {
                        continue;
                    }
                    // Of a name in ARM JSON below a parent that is not known, the last part is not known either.
                    let unnamed =
                        documents.values().flatten().any(|d| d.get("name").is_some_and(|n| n == "?"));
                    for document in documents.values_mut().flatten().filter(|_| unnamed) {
                        document.as_object_mut().unwrap().remove("name");
                    }
                    let mut all = documents.values();
                    let first = all.next();
                    match all.all(|other| Some(other) == first) && first.is_some_and(Option::is_some) {
                        true => *same.entry(asset.kind.clone()).or_default() += 1,
                        false => different.push(format!("{path} {}: {documents:#?}", asset.address)),
                    }
                }
            }
        }
        assert!(
            different.is_empty(),
            "{} differ, the first:\n{}",
            different.len(),
            different.iter().take(4).cloned().collect::<Vec<_>>().join("\n")
        );
        println!("{} kinds", same.len());
        assert!(same.len() >= 40, "{same:#?}");
    }
}
