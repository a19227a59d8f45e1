//! Reads every system of rights of Azure from the graph into grants.

use std::collections::HashMap;
use std::sync::Arc;

use catalog::Catalog;
use graph::Graph;
use model::{Asset, Coverage, CoverageStatus};

use super::grants::Grants;
use super::principals::{GROUP, People, evidence};
use super::scope::{Arm, Part};

#[derive(Debug)]
pub(super) struct Reader<'g> {
    pub(super) graph: &'g Graph,
    pub(super) catalog: &'g Catalog,
    pub(super) people: People<'g>,
    /// The id of each asset, as far as it is known.
    pub(super) arms: Vec<Option<Arm>>,
    /// Assets by the last type and name of their ids.
    pub(super) by_end: HashMap<(Arc<str>, Part), Vec<usize>>,
    pub(super) grants: Grants,
    pub(super) notes: Vec<Coverage>,
}

impl<'g> Reader<'g> {
    pub(super) fn read(graph: &'g Graph, catalog: &'g Catalog) -> Self {
        let arm = |(index, asset): (usize, &Asset)| match is_resource(&asset.kind) {
            true => Arm::of_asset(graph, catalog, index),
            false => None,
        };
        let arms: Vec<Option<Arm>> = graph.assets().iter().enumerate().map(arm).collect();
        let mut by_end: HashMap<(Arc<str>, Part), Vec<usize>> = HashMap::new();
        for (index, arm) in arms.iter().enumerate().filter_map(|(i, arm)| Some((i, arm.as_ref()?))) {
            by_end.entry(arm.end()).or_default().push(index);
        }
        let mut reader = Reader {
            graph,
            catalog,
            people: People::new(graph, catalog),
            arms,
            by_end,
            grants: Grants::default(),
            notes: Vec::new(),
        };
        reader.role_assignments();
        reader.denials();
        reader.stacks();
        reader.vaults();
        reader.cosmos();
        reader.directory();
        reader.federation();
        reader.groups();
        reader
    }

    /// Says what could not be understood, at its place.
    pub(super) fn note(&mut self, asset: &Asset, reason: impl Into<String>) {
        let at = evidence(asset).position().map_or_else(|| asset.id.to_string(), ToString::to_string);
        self.notes.push(Coverage::note("identity", at, CoverageStatus::Partial, reason));
    }

    fn groups(&mut self) {
        for (index, asset) in self.graph.assets().iter().enumerate().filter(|(_, a)| &*a.kind == GROUP) {
            if let Some(why) = self.people.open_group(index) {
                self.note(asset, why);
            }
        }
    }

    /// A grant of a whole role to one whom a value names.
    pub(super) fn simple(
        &self,
        who: &super::principals::Who,
        what: impl Into<Arc<str>>,
        role: super::roles::Role,
        place: impl Into<Arc<str>>,
        evidence: model::Evidence,
    ) -> super::grants::Grant {
        super::grants::Grant {
            members: self.people.members(who),
            who: who.label.clone(),
            role: Arc::new(role),
            what: what.into(),
            place: place.into(),
            needs: None,
            condition: None,
            evidence,
        }
    }
}

/// Whether assets of a kind are resources of Azure Resource Manager that lie in a scope. Assignments hang on theirs.
pub(super) fn is_resource(kind: &str) -> bool {
    let apart = ["azure.entra.", "azure.authorization."];
    kind.starts_with("azure.") && !apart.iter().any(|a| kind.starts_with(a))
}
