//! Assets and the relations between them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Class, Evidence, Node, Position, Sighting, Standing};

/// The provider's own id where it is known, else the place of definition: `infra/prod#azurerm_search_service.s`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetId(pub Arc<str>);

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One thing that exists, or would exist once the configuration is applied.
#[derive(Clone, Debug)]
pub struct Asset {
    pub id: AssetId,
    /// The id of a kind's card: `azure.cognitive-services.account`.
    pub kind: Arc<str>,
    pub class: Class,
    pub name: String,
    /// The address in the language it was written in: `module.ai.azurerm_cognitive_account.main`.
    pub address: Arc<str>,
    /// The configuration it belongs to (a root module's folder); references are resolved inside it.
    pub scope: Arc<str>,
    /// The source resource type: `azurerm_cognitive_account`.
    pub source_type: Arc<str>,
    /// Other names of the same thing.
    pub aliases: BTreeSet<Arc<str>>,
    /// The provider's own document.
    pub document: Node,
    /// Where it was seen, the defining place first.
    pub evidence: Vec<Evidence>,
    /// Who saw it, the sighting that defines it first; a source may leave its own to the runner.
    pub sightings: Vec<Sighting>,
}

impl Asset {
    /// This asset as a source saw it.
    #[must_use]
    pub fn sighted(mut self, source: &str, standing: Standing) -> Self {
        self.sightings = vec![Sighting {
            standing,
            source: source.into(),
            scope: self.scope.clone(),
            address: self.address.clone(),
            evidence: self.evidence.first().cloned(),
            matched: None,
        }];
        self
    }

    /// The defining place, if it has one.
    pub fn position(&self) -> Option<&Position> {
        self.evidence.iter().find_map(Evidence::position)
    }
}

/// One relation of the graph. `to` is an asset's id, or the text that named a thing that was not seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Relation {
    pub from: AssetId,
    pub relation: Arc<str>,
    pub to: AssetId,
    /// Whether `to` is an asset of the same snapshot.
    pub resolved: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}
