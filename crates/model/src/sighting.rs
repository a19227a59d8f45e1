//! Who saw an asset: the same thing may be written in code, planned, recorded in a state and found in an account.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::vocabulary::vocabulary;
use crate::{Confidence, Evidence};

vocabulary! {
    /// How near to what people edit a source stands. Where two sources differ, the earlier one says what is meant.
    Standing, "standing":
    /// Source code that people edit.
    Written = "written",
    /// Generated from source code, and kept.
    Compiled = "compiled",
    /// What a deployment will make.
    Planned = "planned",
    /// What a deployment has made, as it recorded it.
    Recorded = "recorded",
    /// What the provider itself said.
    Live = "live",
}

impl Standing {
    /// Whether it tells of a thing that exists, and not only of one that is meant to.
    pub fn exists(self) -> bool {
        self >= Standing::Recorded
    }
}

/// Why a sighting is taken for the same thing as the one that defines the asset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Match {
    /// A few words: `same id`, `same root and address`.
    pub how: Arc<str>,
    /// That of the weakest step that leads here.
    pub confidence: Confidence,
}

/// One source's view of an asset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    pub standing: Standing,
    /// The source's name: `terraform`.
    pub source: Arc<str>,
    pub scope: Arc<str>,
    /// What the source calls it, inside its scope.
    pub address: Arc<str>,
    pub evidence: Option<Evidence>,
    /// Absent where this sighting defines the asset.
    pub matched: Option<Match>,
}

/// A scope that tells of the same resources as another: a state of a root module, a template compiled from a source.
/// Assets of the same kind and address are then one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mirror {
    pub scope: Arc<str>,
    /// The scope it mirrors; nothing is said where there is none of this name.
    pub of: Arc<str>,
    /// Where addresses differ, one asset of a kind and known name on either side is the same too.
    pub names: bool,
    pub matched: Match,
}
