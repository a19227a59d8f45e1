//! Attack paths as a snapshot holds them: from an entry to what matters, step by step, each step with its grounds.

use std::sync::Arc;

use serde::Serialize;

use crate::{AssetId, Grounds, Level, Severity, Verdict};

/// One input of a risk, so that the whole can be recomputed by hand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Factor {
    /// `step 2: permission, conditional`, `impact of training-data`.
    pub name: Arc<str>,
    /// A probability for what bears on likelihood, points for what bears on impact.
    pub value: f64,
}

/// Risk as a band of likelihood and an impact, never as a percentage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Risk {
    pub level: Severity,
    /// A band of the weights: `likely`, `possible`, `unlikely`, `rare`.
    pub likelihood: Arc<str>,
    /// 1 to 10.
    pub impact: u8,
    /// Orders paths of one level: likelihood times impact, 0 to 10.
    pub order: f64,
    pub factors: Vec<Factor>,
}

/// What would break a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PathFix {
    /// Stable from run to run, and what `--without` takes: `CHECK@ASSET`, `TECHNIQUE@ASSET` or the place of a statement.
    pub id: Arc<str>,
    pub say: Arc<str>,
    /// The check whose finding is this same fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Arc<str>>,
}

/// Where a path begins or what a step starts from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged, rename_all = "kebab-case")]
pub enum Foothold {
    Entry { entry: Arc<str> },
    Asset { asset: AssetId, level: Level },
}

/// One step: what the attacker does, from where, and what that gains.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathStep {
    /// A technique's card, or `network-route`.
    pub technique: Arc<str>,
    pub title: Arc<str>,
    /// What is needed: more than one where all are needed together.
    pub from: Vec<Foothold>,
    pub to: AssetId,
    pub gain: Level,
    /// The step as a sentence.
    pub says: String,
    #[serde(flatten)]
    pub verdict: Verdict,
    pub evidence: Vec<Grounds>,
    pub fixes: Vec<PathFix>,
    /// MITRE ATT&CK and ATLAS ids.
    pub attack: Vec<Arc<str>>,
    pub atlas: Vec<Arc<str>>,
}

/// The best way from one entry to one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttackPath {
    /// Made from what the path is, so the same path has it in every run.
    pub id: Arc<str>,
    pub title: String,
    pub risk: Risk,
    pub entry: Arc<str>,
    pub target: PathTarget,
    /// In an order in which an attacker could take them.
    pub steps: Vec<PathStep>,
    /// Guardrails' callers and gateways in front of the target that the path leaves aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bypasses: Vec<AssetId>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathTarget {
    /// A target's card.
    pub target: Arc<str>,
    pub title: Arc<str>,
    pub asset: AssetId,
    pub level: Level,
    pub why: Arc<str>,
}

/// What stands between many entries and many targets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChokePoint {
    pub asset: AssetId,
    pub level: Level,
    /// Paths that pass it.
    pub paths: usize,
    /// Targets that nothing reaches without it.
    pub only_way: usize,
}

/// The smallest set of fixes that breaks every path that can be broken.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FixSet {
    pub fixes: Vec<PathFix>,
    /// Paths that each fix is on, in the order of `fixes`.
    pub cuts: Vec<usize>,
    /// Whether no smaller set exists, or only that none was found within the bounds.
    pub proven: bool,
    /// Ids of paths that no known fix breaks.
    pub open: Vec<Arc<str>>,
}

/// Everything that is known of attack paths.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AttackPaths {
    /// The riskiest first.
    pub paths: Vec<AttackPath>,
    pub choke_points: Vec<ChokePoint>,
    pub smallest_fix: FixSet,
    /// 0 (worst) to 100, with what it is made of.
    pub posture: Option<Posture>,
    /// The AI verb matrix, where it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Cell>,
}

/// A score of a scope: the mean of its assets' scores and the worst of them, half and half.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Posture {
    pub score: u8,
    pub worst: u8,
    pub mean: u8,
    /// Assets that count: AI assets and what serves them.
    pub assets: usize,
    /// By scope (a configuration's folder).
    pub scopes: Vec<(Arc<str>, u8)>,
}

/// The risk of a finding in its context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FindingRisk {
    pub level: Severity,
    /// Ids of the paths that its fix would break, the riskiest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Arc<str>>,
    pub because: Arc<str>,
}

/// One cell: somebody may do something to a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub who: Foothold,
    pub verb: Arc<str>,
    pub resource: AssetId,
    pub technique: Arc<str>,
    #[serde(flatten)]
    pub verdict: Verdict,
    pub grounds: Vec<Grounds>,
    /// What else is needed: a route, a key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Foothold>,
}

/// The part of the matrix that was asked for, and whether it is all of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Matrix {
    /// By (resource, verb, who).
    pub cells: Vec<Cell>,
    /// More cells were found than are given.
    pub cut: bool,
}
