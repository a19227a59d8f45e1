//! A case evaluated once more in other dialects: what was observed is written as Bicep, ARM JSON, CloudFormation or
//! manifests, read back by that dialect's own source, and must get the same answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::Catalog;
use collect::Tree;
use graph::Ontology;
use iac::write::{self, Dialect, Resource};
use model::{Asset, AssetId, Link, Node, Observations, Part, Status};

use crate::ontology::Cards;
use crate::run::{Request, run};

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
    let graph = graph::build(observations, &Observed(Cards(catalog)));
    let assets = graph.assets();
    let Some(target) = assets.iter().position(|a| a.id == *asset) else { return result };
    let native = |asset: &Asset| catalog.kind(&asset.kind).and_then(|kind| kind.card.native.clone());
    let natives: Vec<Option<Arc<str>>> = assets.iter().map(native).collect();
    for dialect in Dialect::ALL.into_iter().filter(|d| wanted(*d)) {
        let takes = |i: &usize| natives[*i].as_deref().is_some_and(|native| dialect.takes(native));
        if !takes(&target) {
            continue;
        }
        let chosen: Vec<usize> = (0..assets.len()).filter(takes).collect();
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
        let name = chosen.iter().position(|i| *i == target).and_then(|at| template.names.get(at));
        let snapshot = run(&Tree::of_texts([(dialect.file(), &*template.text)]), request, catalog);
        let named = snapshot.outcomes.iter().find(|o| Some(&*o.address) == name.map(String::as_str));
        let only = || match &snapshot.outcomes[..] {
            [only] => Some(only),
            _ => None,
        };
        match named.or_else(only) {
            Some(outcome) if outcome.status == expected => _ = result.same.insert(dialect.as_str()),
            other => {
                let got = match other {
                    Some(outcome) => format!("{:?}: {}", outcome.status, outcome.because).to_lowercase(),
                    None => "nothing".into(),
                };
                let notes = snapshot.coverage.iter().filter_map(|c| c.reason.as_deref()).take(3);
                let notes: String = notes.map(|n| format!("\n      {n}")).collect();
                result.different.push(format!("written in {}, it gave {got}{notes}", dialect.as_str()));
                if std::env::var_os("SHOW").is_some() {
                    eprintln!("{}", template.text);
                }
            }
        }
    }
    result
}
