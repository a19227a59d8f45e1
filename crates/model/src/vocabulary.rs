//! The closed vocabularies: severity, confidence, class.

use serde::{Deserialize, Serialize};

/// A word that is not in its vocabulary.
#[derive(Debug, thiserror::Error)]
#[error("unknown {what} {word:?}; one of {known}")]
pub struct UnknownWord {
    pub(crate) what: &'static str,
    pub(crate) word: String,
    pub(crate) known: String,
}

macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident, $what:literal: $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every word, in its order.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.as_str()) }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;
            fn from_str(word: &str) -> Result<Self, $crate::UnknownWord> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word).ok_or_else(|| $crate::UnknownWord {
                    what: $what,
                    word: word.to_owned(),
                    known: Self::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// How bad the fault is where it stands, before any context. Ordered from least to most.
    Severity, "severity":
    Info = "info",
    Low = "low",
    Medium = "medium",
    High = "high",
    Critical = "critical",
}

vocabulary! {
    /// How sure the conclusion is. Ordered from least to most.
    Confidence, "confidence":
    /// Rests on a heuristic.
    Low = "low",
    /// Rests on an overridable default, or on the absence of something that may exist elsewhere.
    Medium = "medium",
    /// Follows from what is written.
    High = "high",
}

vocabulary! {
    /// What an asset is for, across providers.
    Class, "class":
    AiService = "ai-service",
    AiProject = "ai-project",
    Model = "model",
    ModelDeployment = "model-deployment",
    Agent = "agent",
    AgentTool = "agent-tool",
    McpServer = "mcp-server",
    McpClient = "mcp-client",
    Prompt = "prompt",
    Guardrail = "guardrail",
    KnowledgeBase = "knowledge-base",
    VectorStore = "vector-store",
    Dataset = "dataset",
    FeatureStore = "feature-store",
    DataStore = "data-store",
    Notebook = "notebook",
    TrainingJob = "training-job",
    Pipeline = "pipeline",
    Registry = "registry",
    ModelFile = "model-file",
    Connection = "connection",
    Compute = "compute",
    Workload = "workload",
    ContainerImage = "container-image",
    Package = "package",
    Source = "source",
    Repository = "repository",
    Api = "api",
    Network = "network",
    NetworkRule = "network-rule",
    PrivateEndpoint = "private-endpoint",
    Internet = "internet",
    Identity = "identity",
    Group = "group",
    Role = "role",
    PermissionGrant = "permission-grant",
    Key = "key",
    SecretStore = "secret-store",
    EncryptionKey = "encryption-key",
    LogSink = "log-sink",
    CiPipeline = "ci-pipeline",
    /// A way that data takes through a program.
    DataFlow = "data-flow",
    Scope = "scope",
    /// A resource of a type that no card describes.
    Other = "other",
}

impl Class {
    /// Whether things of this class are AI assets in themselves, and not only what surrounds them.
    pub fn is_ai(self) -> bool {
        use Class::*;
        matches!(
            self,
            AiService
                | AiProject
                | Model
                | ModelDeployment
                | Agent
                | AgentTool
                | McpServer
                | McpClient
                | Prompt
                | Guardrail
                | KnowledgeBase
                | VectorStore
                | Dataset
                | FeatureStore
                | Notebook
                | TrainingJob
                | Pipeline
                | Registry
                | ModelFile
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for class in Class::ALL {
            assert_eq!(class.as_str().parse::<Class>().unwrap(), *class);
        }
        assert!(Severity::Critical > Severity::High && Confidence::High > Confidence::Medium);
        let wrong = "hgih".parse::<Severity>().unwrap_err().to_string();
        assert_eq!(wrong, r#"unknown severity "hgih"; one of info, low, medium, high, critical"#);
    }
}
