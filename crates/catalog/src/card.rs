//! Cards as the program holds them: plain data, the same whether compiled in or read from a user's folder.

use std::sync::Arc;

use model::{Class, Confidence, Severity};
use serde::{Deserialize, Serialize};

use crate::packages::PackagesCard;

/// Text on a card and the line it stands on (from 1).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Text {
    pub text: Arc<str>,
    pub line: u32,
}

impl std::ops::Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}

/// A constant on a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    List(Vec<Constant>),
    Map(Vec<(Arc<str>, Constant)>),
}

/// How names that a mapping does not list are spelled in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Case {
    Camel,
    Pascal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindCard {
    pub kind: Text,
    /// The kind whose defaults, facts, relations and attributes hold here too, unless this card states its own.
    pub like: Option<Text>,
    pub class: Class,
    pub native: Option<Arc<str>>,
    pub title: Arc<str>,
    pub pages: Vec<Arc<str>>,
    /// Where the document has its name.
    pub name: Arc<str>,
    /// Where the document of an extension resource names what it hangs on.
    pub scope: Arc<str>,
    /// Where the document has a name that no two things of this kind in all the world can share.
    pub unique: Option<Text>,
    pub aliases: Vec<Text>,
    pub secret: Vec<Text>,
    /// Documented attribute paths beyond those that the mappings and defaults name.
    pub attributes: Vec<Text>,
    pub terraform: Vec<TerraformMapping>,
    /// Resources of the provider's own that are pieces of this kind's document (`AWS::S3::BucketPolicy`).
    pub parts: Vec<TerraformMapping>,
    /// How a container that runs this software is told.
    pub recognise: Option<Recognise>,
    pub defaults: Vec<(Text, Constant)>,
    pub facts: Vec<(Text, Text)>,
    pub relations: Vec<RelationRule>,
    /// The file the card stands in, for messages.
    pub file: Arc<str>,
}

/// Signs of a software in a container, any of which tells it. Globs, case ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recognise {
    /// Image repositories without tag or digest: `vllm/vllm-openai`; a pattern without `/` at its start fits any registry.
    pub images: Vec<Arc<str>>,
    /// Command lines, the words joined by single blanks: `vllm serve*`.
    pub commands: Vec<Arc<str>>,
    /// Names of environment variables that only this software reads.
    pub environment: Vec<Arc<str>>,
}

/// How one resource type becomes this kind's document, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TerraformMapping {
    /// The Terraform type; of a part the provider's own type.
    pub resource: Text,
    /// The attribute that names the owner, when this resource is only a part of it.
    pub part_of: Option<Arc<str>>,
    pub into: Arc<str>,
    pub set: Vec<(Arc<str>, Constant)>,
    pub auto: Option<Case>,
    /// Terraform paths of blocks that stay lists under `auto`.
    pub lists: Vec<Arc<str>>,
    pub attributes: Vec<AttributeRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttributeRule {
    /// Terraform path, `[]` for each element: `network_acls.ip_rules[]`.
    pub from: Text,
    /// Document paths that receive the value.
    pub to: Vec<Arc<str>>,
    pub map: Vec<(Arc<str>, Constant)>,
    pub not: bool,
    pub json: bool,
    pub keys: bool,
    pub list: bool,
    pub prefix: Option<Arc<str>>,
    /// What the Terraform provider sets when the attribute is not written.
    pub default: Option<Constant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelationRule {
    pub relation: Text,
    pub from: Vec<Arc<str>>,
    /// Kinds of the other end; empty for any.
    pub to: Vec<Text>,
    /// Ids (`*` allowed) of what the provider has built in, and no configuration holds.
    pub outside: Vec<Arc<str>>,
    pub reverse: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckCard {
    pub id: Text,
    pub title: Arc<str>,
    /// Kinds it is on; empty when it is on a class.
    pub on: Vec<Text>,
    pub class: Option<Class>,
    pub severity: Severity,
    pub confidence: Confidence,
    pub when: Option<Text>,
    pub fail: Text,
    pub because: Text,
    pub why: Arc<str>,
    pub fix: Option<Fix>,
    pub pages: Vec<Arc<str>>,
    pub maps: Vec<Text>,
    pub same_as: Vec<Arc<str>>,
    pub file: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    pub say: Arc<str>,
    /// Document path to value.
    pub set: Vec<(Text, Constant)>,
    pub safe: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameworkCard {
    pub framework: Text,
    pub title: Arc<str>,
    pub version: Arc<str>,
    pub source: Arc<str>,
    pub controls: Vec<(Arc<str>, Arc<str>)>,
    pub file: Arc<str>,
}

/// Every card, sorted by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cards {
    pub kinds: Vec<KindCard>,
    pub checks: Vec<CheckCard>,
    pub frameworks: Vec<FrameworkCard>,
    pub sdks: Vec<crate::sdk::SdkCard>,
    pub agents: Vec<crate::agents::ProductCard>,
    pub packages: Vec<PackagesCard>,
    pub secrets: Vec<crate::secret::SecretCard>,
    pub techniques: Vec<crate::technique::TechniqueCard>,
    pub entries: Vec<crate::technique::EntryCard>,
    pub targets: Vec<crate::technique::TargetCard>,
    pub risk: Option<crate::technique::RiskCard>,
    pub queries: Vec<crate::query::QueryCard>,
}

impl Cards {
    /// Puts every list into the order of its ids.
    pub(crate) fn sort(&mut self) {
        self.kinds.sort_by(|a, b| a.kind.text.cmp(&b.kind.text));
        self.checks.sort_by(|a, b| a.id.text.cmp(&b.id.text));
        self.frameworks.sort_by(|a, b| a.framework.text.cmp(&b.framework.text));
        self.sdks.sort_by(|a, b| a.sdk.text.cmp(&b.sdk.text));
        self.agents.sort_by(|a, b| a.product.text.cmp(&b.product.text));
        self.secrets.sort_by(|a, b| a.provider.text.cmp(&b.provider.text));
        self.techniques.sort_by(|a, b| a.technique.text.cmp(&b.technique.text));
        self.entries.sort_by(|a, b| a.entry.text.cmp(&b.entry.text));
        self.targets.sort_by(|a, b| a.target.text.cmp(&b.target.text));
        self.queries.sort_by(|a, b| a.query.text.cmp(&b.query.text));
    }
}
