//! Cards of products that run agents: which of their files say what, in which words, and which MCP servers do what.
//!
//! How a file is read and what its entries become is `scan`'s.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use crate::card::{Constant, Text};
use crate::raw::{CardError, OneOrMany, Pairs, arcs, constant, constants, text, yaml};

/// One product: a client, an agent framework, or a list of known servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductCard {
    /// The name of the file: `claude-code`.
    pub product: Text,
    pub title: Arc<str>,
    pub pages: Vec<Arc<str>>,
    /// How an entry of a servers map spells our words, in its order of preference; what is not listed is spelled as on
    /// the card `mcp`.
    pub server: Vec<(Arc<str>, Vec<Arc<str>>)>,
    pub files: Vec<AgentFile>,
    pub known: Vec<KnownServer>,
    /// The file the card stands in, for messages.
    pub file: Arc<str>,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileRole {
    /// MCP servers and settings of a client.
    Client,
    /// Text that is put before every conversation, or before those it applies to.
    Instructions,
    /// Text that a person calls by its name.
    Command,
    /// A folder's SKILL.md.
    Skill,
    /// Agents, and the models that they use.
    Definition,
    /// Models that a gateway, an evaluation or a local runner uses.
    Models,
    /// An entry of the MCP registry.
    Registry,
    /// A packed MCP server.
    Bundle,
    /// How a hosting service starts an MCP server.
    Hosting,
    /// What an agent says of itself to others (A2A).
    AgentCard,
}

/// How a file is written, where its name does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFormat {
    Json,
    Yaml,
    Toml,
    /// Text, with YAML between `---` before it.
    Markdown,
    /// Ollama's Modelfile.
    Modelfile,
}

/// Files of one form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentFile {
    /// Ends of paths, by segments: `.cursor/rules/**/*.mdc`.
    pub paths: Vec<Arc<str>>,
    /// Paths below a person's home folder, on any system.
    pub home: Vec<Arc<str>>,
    pub role: FileRole,
    pub format: Option<FileFormat>,
    /// Paths that the file must have, each of them, to be such a file at all; `a|b` where one is enough.
    pub needs: Vec<Arc<str>>,
    /// Paths of the servers: maps by name, or lists.
    pub servers: Vec<Arc<str>>,
    /// Paths of the entries that each define an agent or a model; none: the whole file is one.
    pub each: Vec<Arc<str>>,
    /// Our words, and where an entry has them.
    pub fields: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// Constants of the document.
    pub set: Vec<(Arc<str>, Constant)>,
    pub settings: Vec<Setting>,
}

/// A setting of a client that matters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    pub at: Arc<str>,
    /// The values that mean it; empty for any.
    pub is: Vec<Constant>,
    /// `approval-off`, `sandbox-off`, `all-project-servers`; `allow`, `deny` and `hooks` take the value over.
    pub means: Arc<str>,
}

/// What is known of an MCP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownServer {
    /// `npm:NAME`, `pypi:NAME`, `docker:NAME`, `url:URL`, `command:NAME`, `builtin:NAME`; `*` allowed.
    pub is: Vec<Arc<str>>,
    /// `private-data`, `untrusted-content`, `sends-out`, `executes`, `changes`.
    pub does: Vec<Arc<str>>,
    /// Whether its arguments are the folders that it may reach.
    pub roots: bool,
    /// How a call to it is authenticated where nothing is configured: `oauth`, `none`.
    pub auth: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawProduct {
    product: Spanned<String>,
    title: String,
    #[serde(default)]
    pages: Vec<String>,
    #[serde(default)]
    server: Pairs<OneOrMany<String>>,
    #[serde(default)]
    files: Vec<RawFile>,
    #[serde(default)]
    known: Vec<RawKnown>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFile {
    #[serde(default)]
    paths: OneOrMany<String>,
    #[serde(default)]
    home: OneOrMany<String>,
    role: FileRole,
    format: Option<FileFormat>,
    #[serde(default)]
    needs: OneOrMany<String>,
    #[serde(default)]
    servers: OneOrMany<String>,
    #[serde(default)]
    each: OneOrMany<String>,
    #[serde(default)]
    fields: Pairs<OneOrMany<String>>,
    #[serde(default)]
    set: Pairs<serde_json::Value>,
    #[serde(default)]
    settings: Vec<RawSetting>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSetting {
    at: String,
    #[serde(default)]
    is: Vec<serde_json::Value>,
    means: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawKnown {
    is: OneOrMany<String>,
    #[serde(default)]
    does: Vec<String>,
    #[serde(default)]
    roots: bool,
    auth: Option<String>,
}

fn spellings(pairs: Pairs<OneOrMany<String>>) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
    pairs.0.into_iter().map(|(word, paths)| (Arc::from(word.value), arcs(paths.0))).collect()
}

/// Reads one card.
pub(crate) fn read(file: &str, source: &str) -> Result<ProductCard, CardError> {
    let raw: RawProduct = yaml(file, source)?;
    let product = text(&raw.product);
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".yaml");
    if *product.text != *stem {
        let message = format!("the product of this file is {stem:?}, not {:?}", product.text);
        return Err(CardError { file: file.into(), line: product.line, message });
    }
    if raw.pages.is_empty() {
        let message = "no page of documentation is cited under `pages`".into();
        return Err(CardError { file: file.into(), line: product.line, message });
    }
    let files = raw.files.into_iter().map(|f| AgentFile {
        paths: arcs(f.paths.0),
        home: arcs(f.home.0),
        role: f.role,
        format: f.format,
        needs: arcs(f.needs.0),
        servers: arcs(f.servers.0),
        each: arcs(f.each.0),
        fields: spellings(f.fields),
        set: constants(f.set),
        settings: f
            .settings
            .into_iter()
            .map(|s| Setting {
                at: s.at.into(),
                is: s.is.into_iter().map(constant).collect(),
                means: s.means.into(),
            })
            .collect(),
    });
    let known = raw.known.into_iter().map(|k| KnownServer {
        is: arcs(k.is.0),
        does: arcs(k.does),
        roots: k.roots,
        auth: k.auth.map(Arc::from),
    });
    Ok(ProductCard {
        product,
        title: raw.title.into(),
        pages: arcs(raw.pages),
        server: spellings(raw.server),
        files: files.collect(),
        known: known.collect(),
        file: file.into(),
    })
}
