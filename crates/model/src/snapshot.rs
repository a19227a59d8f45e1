//! The immutable result of one run.

use crate::{Asset, AttackPaths, Coverage, Outcome, Relation};

/// Everything a run concluded, each list in its own stable order. Reports derive from this and nothing else.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// By id.
    pub assets: Vec<Asset>,
    /// By (from, relation, to).
    pub relations: Vec<Relation>,
    /// By (asset, severity downwards, check, discriminator).
    pub outcomes: Vec<Outcome>,
    /// By (source, path).
    pub coverage: Vec<Coverage>,
    pub attack: AttackPaths,
}
