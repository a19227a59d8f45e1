//! Cards of `catalog/secrets`: what the keys of a provider look like. Shapes and their way from YAML; the laws that they
//! keep and the examples that they carry are `example`'s, finding them in text is the scanner's.

use std::sync::Arc;

use model::{Confidence, Severity};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use crate::card::Text;
use crate::raw::{OneOrMany, arcs, text, texts};

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretCategory {
    /// A model, agent or tool service, or one that watches over them.
    AiService,
    /// A cloud account, or resources in it.
    Cloud,
    /// A database or vector store.
    DataStore,
    /// Source code, packages or pipelines.
    Repository,
    /// A service of another sort.
    Service,
    /// The private half of a pair.
    PrivateKey,
    /// A value that only its name and its disorder give away.
    Generic,
    /// No secret by itself, but half of one.
    Identifier,
}

/// The keys of one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretCard {
    pub provider: Text,
    pub title: Arc<str>,
    /// Hosts of the service that its keys open; `*.` stands for the name of a customer's own.
    pub hosts: Vec<Arc<str>>,
    pub pages: Vec<Arc<str>>,
    pub rules: Vec<SecretRule>,
    pub file: Arc<str>,
}

/// One form of key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretRule {
    pub id: Text,
    pub title: Arc<str>,
    pub category: SecretCategory,
    pub severity: Severity,
    pub confidence: Confidence,
    /// Over bytes; its first group, if it has one, is the key. The key stands alone: no letter, digit or `_` touches it.
    pub regex: Text,
    /// Without one of these in a file the form is not looked for; case does not matter.
    pub keywords: Vec<Text>,
    /// How far behind a keyword the form may end, in bytes.
    pub reach: u32,
    /// Least Shannon entropy of the key, in bits for each byte.
    pub entropy: f32,
    /// The key has letters and digits.
    pub mixed: bool,
    /// What must hold around the key: one of these, if there are any.
    pub context: Vec<SecretContext>,
    /// SHA-256 of keys that documentation and emulators give to everybody.
    pub published: Vec<Text>,
    /// The file that the examples are.
    pub example_path: Arc<str>,
    /// Texts with this key, and texts without, with generators (`{alnum:20}`) in the place of what would be one.
    pub found: Vec<Text>,
    pub not_found: Vec<Text>,
}

/// Everything that is said here holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SecretContext {
    /// The value is given to a name that this matches; case does not matter.
    pub name: Option<Text>,
    /// One of these words stands near the key.
    pub near: Vec<Arc<str>>,
    /// How near, in bytes.
    pub within: u32,
    /// One of these words stands in the file.
    pub file: Vec<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawSecrets {
    provider: Spanned<String>,
    title: String,
    #[serde(default)]
    hosts: Vec<String>,
    pages: Vec<String>,
    category: SecretCategory,
    rules: Vec<RawSecret>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSecret {
    id: Spanned<String>,
    title: String,
    category: Option<SecretCategory>,
    #[serde(default = "high")]
    severity: Severity,
    confidence: Option<Confidence>,
    regex: Spanned<String>,
    keywords: Vec<Spanned<String>>,
    #[serde(default = "usual_reach")]
    reach: u32,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    mixed: bool,
    #[serde(default)]
    context: OneOrMany<RawContext>,
    #[serde(default)]
    published: Vec<Spanned<String>>,
    examples: RawExamples,
}

fn usual_reach() -> u32 {
    400
}

fn high() -> Severity {
    Severity::High
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawContext {
    name: Option<Spanned<String>>,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default = "eighty")]
    within: u32,
    #[serde(default)]
    file: Vec<String>,
}

fn eighty() -> u32 {
    80
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawExamples {
    r#in: Option<String>,
    found: Vec<Spanned<String>>,
    not_found: Vec<Spanned<String>>,
}

pub(crate) fn secrets(raw: RawSecrets, file: &str) -> SecretCard {
    let category = raw.category;
    SecretCard {
        provider: text(&raw.provider),
        title: raw.title.into(),
        hosts: arcs(raw.hosts),
        pages: arcs(raw.pages),
        rules: raw.rules.into_iter().map(|rule| secret(rule, category)).collect(),
        file: file.into(),
    }
}

fn secret(raw: RawSecret, category: SecretCategory) -> SecretRule {
    // A form that means a key only in its surroundings is a likely one.
    let usual = if raw.context.0.is_empty() { Confidence::High } else { Confidence::Medium };
    SecretRule {
        id: text(&raw.id),
        title: raw.title.into(),
        category: raw.category.unwrap_or(category),
        severity: raw.severity,
        confidence: raw.confidence.unwrap_or(usual),
        regex: text(&raw.regex),
        keywords: texts(&raw.keywords),
        reach: raw.reach,
        entropy: raw.entropy,
        mixed: raw.mixed,
        context: raw.context.0.into_iter().map(context).collect(),
        published: texts(&raw.published),
        example_path: raw.examples.r#in.as_deref().unwrap_or("example.txt").into(),
        found: texts(&raw.examples.found),
        not_found: texts(&raw.examples.not_found),
    }
}

fn context(raw: RawContext) -> SecretContext {
    let (name, within) = (raw.name.as_ref().map(text), raw.within);
    SecretContext { name, near: arcs(raw.near), within, file: arcs(raw.file) }
}
