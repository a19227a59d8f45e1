//! Which packages are of AI, and what for: the cards of `catalog/packages`, one for each registry.
//!
//! Several cards of one registry add to each other, so that a user's card extends ours.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What an AI package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageRole {
    Sdk,
    Gateway,
    Framework,
    Inference,
    ModelLibrary,
    Training,
    VectorStore,
    Mcp,
    Guardrail,
    Evaluation,
    Observability,
}

impl PackageRole {
    pub fn as_str(self) -> &'static str {
        match self {
            PackageRole::Sdk => "sdk",
            PackageRole::Gateway => "gateway",
            PackageRole::Framework => "framework",
            PackageRole::Inference => "inference",
            PackageRole::ModelLibrary => "model-library",
            PackageRole::Training => "training",
            PackageRole::VectorStore => "vector-store",
            PackageRole::Mcp => "mcp",
            PackageRole::Guardrail => "guardrail",
            PackageRole::Evaluation => "evaluation",
            PackageRole::Observability => "observability",
        }
    }
}

/// The packages of one registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackagesCard {
    /// The registry's type in a purl.
    pub ecosystem: Arc<str>,
    pub pages: Vec<Arc<str>>,
    /// Names, `*` at the end for all that begin so.
    pub names: Vec<(Arc<str>, PackageRole)>,
    pub retired: Vec<(Arc<str>, Retired)>,
    pub file: Arc<str>,
}

/// Its publisher no longer keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// What the publisher names in its stead.
    pub instead: Arc<str>,
    pub page: Arc<str>,
}

/// A card as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPackages {
    packages: String,
    #[serde(default)]
    pages: Vec<String>,
    #[serde(default)]
    roles: BTreeMap<PackageRole, Vec<String>>,
    #[serde(default)]
    retired: BTreeMap<String, Retired>,
}

pub(crate) fn card(raw: RawPackages, file: &str) -> PackagesCard {
    let of = |(role, names): (_, Vec<String>)| names.into_iter().map(move |name| (Arc::from(name), role));
    PackagesCard {
        ecosystem: raw.packages.into(),
        pages: raw.pages.into_iter().map(Arc::from).collect(),
        names: raw.roles.into_iter().flat_map(of).collect(),
        retired: raw.retired.into_iter().map(|(name, retired)| (Arc::from(name), retired)).collect(),
        file: file.into(),
    }
}

/// AI packages by registry and name.
#[derive(Clone, Debug, Default)]
pub struct AiPackages {
    whole: HashMap<(Arc<str>, String), PackageRole>,
    /// Beginnings of names, the longest first.
    beginnings: Vec<(Arc<str>, String, PackageRole)>,
    retired: HashMap<(Arc<str>, String), Retired>,
}

impl AiPackages {
    pub(crate) fn new(cards: &[PackagesCard]) -> Self {
        let mut packages = AiPackages::default();
        for card in cards {
            for (name, role) in &card.names {
                let (ecosystem, name) = (card.ecosystem.clone(), name.to_lowercase());
                match name.strip_suffix('*') {
                    Some(start) => packages.beginnings.push((ecosystem, start.to_owned(), *role)),
                    None => _ = packages.whole.insert((ecosystem, name), *role),
                }
            }
            let retired = card.retired.iter();
            packages.retired.extend(
                retired
                    .map(|(name, retired)| ((card.ecosystem.clone(), name.to_lowercase()), retired.clone())),
            );
        }
        packages.beginnings.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.1.cmp(&b.1)));
        packages
    }

    /// What an AI package is for; `None` for a package that is not of AI.
    pub fn role(&self, ecosystem: &str, name: &str) -> Option<PackageRole> {
        let key = (Arc::from(ecosystem), plain(ecosystem, name));
        if let Some(role) = self.whole.get(&key) {
            return Some(*role);
        }
        let fits = |(of, start, _): &&(Arc<str>, String, PackageRole)| {
            **of == *ecosystem && key.1.starts_with(&**start) && key.1.len() > start.len()
        };
        self.beginnings.iter().find(fits).map(|(.., role)| *role)
    }

    /// Whether its publisher gave it up, and for what.
    pub fn retired(&self, ecosystem: &str, name: &str) -> Option<&Retired> {
        self.retired.get(&(Arc::from(ecosystem), plain(ecosystem, name)))
    }
}

/// The name that cards are written with: of a Go module without its major version.
fn plain(ecosystem: &str, name: &str) -> String {
    let lower = name.to_lowercase();
    if ecosystem != "golang" {
        return lower;
    }
    let major = |version: &str| {
        version.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    match lower.rsplit_once('/') {
        Some((path, version)) if major(version) => path.to_owned(),
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_told_by_registry_and_name() {
        let catalog = crate::Catalog::embedded();
        for (ecosystem, name, want) in [
            ("pypi", "openai", Some("sdk")),
            ("pypi", "requests", None),
            ("pypi", "langchain-openai", Some("sdk")),
            ("pypi", "llama-index-vector-stores-qdrant", Some("vector-store")),
            ("npm", "@ai-sdk/openai", Some("sdk")),
            ("npm", "@ai-sdk/mcp", Some("mcp")),
            ("npm", "ai", Some("framework")),
            ("npm", "aim", None),
            ("golang", "github.com/openai/openai-go/v2", Some("sdk")),
            ("golang", "github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai", Some("sdk")),
            ("maven", "dev.langchain4j:langchain4j-open-ai", Some("framework")),
            ("nuget", "Microsoft.SemanticKernel.Core", Some("framework")),
            ("nuget", "microsoft.semantickernel", Some("framework")),
            ("cargo", "rig-core", Some("framework")),
            ("gem", "openai", Some("sdk")),
        ] {
            let role = catalog.ai_packages().role(ecosystem, name).map(PackageRole::as_str);
            assert_eq!(role, want, "{ecosystem} {name}");
        }
        let retired = catalog.ai_packages().retired("pypi", "google-generativeai").unwrap();
        assert_eq!(&*retired.instead, "google-genai");
    }

    #[test]
    fn a_card_of_a_user_adds_to_ours() {
        let card = "packages: pypi\nroles: { sdk: [acme-llm] }\n".to_owned();
        let (catalog, report) = crate::Catalog::with_files([("packages/pypi.yaml".to_owned(), card)]);
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        let role = |name| catalog.ai_packages().role("pypi", name);
        assert_eq!((role("acme-llm"), role("openai")), (Some(PackageRole::Sdk), Some(PackageRole::Sdk)));
    }
}
