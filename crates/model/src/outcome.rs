//! The result of one check on one asset: pass, fail, or unknown with its reason.

use std::sync::Arc;

use serde::Serialize;

use crate::{AssetId, Confidence, Evidence, FindingRisk, Severity};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Fail,
    Unknown,
    Pass,
}

/// Why a failed outcome does not count: somebody accepted it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Suppression {
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// ISO 8601 date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The place that says so: `main.tf:3`, `stance-exceptions.yaml:7`.
    pub place: String,
}

/// One check on one asset. Its identity is (check, asset, discriminator) and stays the same from run to run.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub check: Arc<str>,
    pub title: Arc<str>,
    pub status: Status,
    pub severity: Severity,
    pub confidence: Confidence,
    pub asset: AssetId,
    pub address: Arc<str>,
    /// Tells apart several outcomes of one check on one asset; empty when there is only one.
    pub discriminator: Arc<str>,
    /// One sentence with the actual values; for an unknown, what could not be known.
    pub because: String,
    /// Why the fault matters.
    pub why: Arc<str>,
    /// What to do, in words.
    pub fix: Option<Arc<str>>,
    /// The fix in the words of the source language: `public_network_access_enabled = false`.
    pub patch: Vec<String>,
    /// The deciding places, the most telling first.
    pub evidence: Vec<Evidence>,
    /// Ids of the same check in other tools: `checkov:CKV_AZURE_134`.
    pub same_as: Vec<Arc<str>>,
    /// Controls of frameworks: `mitre-atlas:AML.T0040`.
    pub maps: Vec<Arc<str>>,
    pub suppressed: Option<Suppression>,
    /// In the context of attack paths; none where it was not evaluated.
    pub risk: Option<FindingRisk>,
}

impl Outcome {
    /// The identity that ties an outcome to the same one in an earlier or later run.
    pub fn identity(&self) -> (&str, &str, &str) {
        (&self.check, &self.asset.0, &self.discriminator)
    }

    /// Whether this is a fault that nobody accepted.
    pub fn is_open_fault(&self) -> bool {
        self.status == Status::Fail && self.suppressed.is_none()
    }
}
