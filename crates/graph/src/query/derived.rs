//! What others derived of assets, as a part of the graph that queries are asked of: steps of attacks, permissions, paths.
//! Here are its shape and its words; what is derived, and how, is told elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::Catalog;
use model::Level;

use super::Properties;

/// Labels of nodes that are derived, and of assets that an attacker wants.
pub const ENTRY: &str = "Entry";
pub const ATTACK_PATH: &str = "AttackPath";
pub const TARGET: &str = "Target";
pub(super) const LABELS: [&str; 3] = [ENTRY, ATTACK_PATH, TARGET];

/// From a path to the entry where it begins.
pub const BEGINS_AT: &str = "BEGINS_AT";
/// From a path to the asset that it leads to.
pub const ENDS_AT: &str = "ENDS_AT";
/// From a path to an asset of which a step gains something.
pub const PASSES: &str = "PASSES";
/// From a finding to a path that its fix breaks.
pub const ON_PATH: &str = "ON_PATH";

/// Names of properties.
pub(super) const PROPERTIES: [&str; 27] = [
    "attack",
    "atlas",
    "because",
    "brings",
    "bypasses",
    "conditions",
    "entry",
    "file",
    "id",
    "impact",
    "level",
    "level_from",
    "likelihood",
    "line",
    "name",
    "needs_too",
    "on_paths",
    "risk",
    "says",
    "step",
    "steps",
    "target",
    "technique",
    "title",
    "verdict",
    "wanted_as",
    "wanted_levels",
];

/// An end of a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// An asset by index.
    Asset(usize),
    /// One of [`Derived::nodes`].
    Made(usize),
    /// The finding that an outcome is, by the place of the outcome.
    Outcome(usize),
}

#[derive(Clone, Debug)]
pub struct Made {
    pub label: &'static str,
    pub properties: Properties,
}

#[derive(Clone, Debug)]
pub struct Relationship {
    pub from: End,
    /// In upper snake case: `CAN_READ`.
    pub kind: Arc<str>,
    pub to: End,
    pub properties: Properties,
}

/// More nodes, more labels and more relationships.
#[derive(Clone, Debug, Default)]
pub struct Derived {
    pub nodes: Vec<Made>,
    /// Assets that are targets, with what else is known of them then.
    pub targets: BTreeMap<usize, Properties>,
    pub relationships: Vec<Relationship>,
}

/// The type of a step that gains a level: `CAN_READ`.
pub fn type_of_level(level: Level) -> &'static str {
    match level {
        Level::Reach => "CAN_REACH",
        Level::Use => "CAN_USE",
        Level::Execute => "CAN_EXECUTE",
        Level::Control => "CAN_CONTROL",
        Level::Read => "CAN_READ",
        Level::Write => "CAN_WRITE",
        Level::Key => "HAS_KEY_OF",
    }
}

/// The type of a permission: `read-data` is `MAY_READ_DATA`.
pub fn type_of_verb(verb: &str) -> String {
    format!("MAY_{}", verb.to_ascii_uppercase().replace('-', "_"))
}

/// Every type that a derived relationship can have.
pub(super) fn types(catalog: &Catalog) -> Vec<String> {
    let levels = Level::ALL.iter().map(|level| type_of_level(*level).to_owned());
    let verbs = catalog.techniques.iter().filter_map(|t| Some(type_of_verb(&t.card.verb.as_ref()?.text)));
    let ours = [BEGINS_AT, ENDS_AT, PASSES, ON_PATH].map(str::to_owned);
    let mut types: Vec<String> = levels.chain(verbs).chain(ours).collect();
    types.sort();
    types.dedup();
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_and_levels_are_types() {
        assert_eq!(type_of_verb("invoke-model"), "MAY_INVOKE_MODEL");
        let types = types(&Catalog::embedded());
        for word in ["CAN_REACH", "HAS_KEY_OF", "MAY_INVOKE_MODEL", "MAY_READ_DATA", "ENDS_AT"] {
            assert!(types.iter().any(|t| t == word), "{word}");
        }
    }
}
