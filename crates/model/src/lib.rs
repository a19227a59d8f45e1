//! The words of Stance: what an asset, its document, a piece of evidence, an outcome and a snapshot are.
//!
//! Only data and its laws live here. Nothing here reads a file, a clock or the environment, and nothing here
//! knows where an observation came from or what it means.

mod access;
mod asset;
mod comparison;
mod coverage;
mod evidence;
mod number;
mod observation;
mod outcome;
mod path;
mod sighting;
mod snapshot;
mod value;
mod vocabulary;

pub use access::{Grounds, Level, Verdict};
pub use asset::{Asset, AssetId, Relation};
pub use comparison::{Changes, Comparison, Line};
pub use coverage::{Coverage, CoverageStatus};
pub use evidence::{Evidence, Position};
pub use number::Number;
pub use observation::{Comment, Link, Observations, Part};
pub use outcome::{Outcome, Status, Suppression};
pub use path::{
    AttackPath, AttackPaths, Cell, ChokePoint, Factor, FindingRisk, FixSet, Foothold, Matrix, PathFix,
    PathStep, PathTarget, Posture, Risk,
};
pub use sighting::{Match, Mirror, Sighting, Standing};
pub use snapshot::Snapshot;
pub use value::{List, Map, Node, Piece, Reference, Value};
pub use vocabulary::{Class, Confidence, Severity, UnknownWord};
