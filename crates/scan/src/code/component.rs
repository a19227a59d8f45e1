//! What was found in code, before it is an asset: its role, its values, and which other things they name.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::sdk::Role;
use model::{Class, Node, Piece, Position, Value};
use sha2::{Digest as _, Sha256};

use super::value::same;

/// Where a value leads.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Another component, by its index.
    Component(usize),
    Value(Node),
}

/// One thing that code makes or uses.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub(crate) role: Role,
    /// The folder of its application.
    pub(crate) scope: Arc<str>,
    /// The package it comes from: `pkg:pypi/openai`.
    pub(crate) package: Option<Arc<str>>,
    /// What it is called where nothing in it says its name: the variable or function.
    pub(crate) called: Option<Arc<str>>,
    pub(crate) values: BTreeMap<Arc<str>, Node>,
    /// The components that a key names, in their order.
    pub(crate) links: BTreeMap<Arc<str>, Vec<usize>>,
    /// By key: the environment variable that the library itself reads it from.
    pub(crate) reads: BTreeMap<Arc<str>, Arc<str>>,
    pub(crate) seen: Vec<Position>,
}

impl Component {
    /// Something of a role at a place, of which nothing is known yet.
    pub(crate) fn new(role: Role, scope: &Arc<str>, seen: Position) -> Self {
        Component {
            role,
            scope: scope.clone(),
            package: None,
            called: None,
            values: BTreeMap::new(),
            links: BTreeMap::new(),
            reads: BTreeMap::new(),
            seen: vec![seen],
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key).and_then(Node::as_str)
    }

    /// Puts a value in, unless there is one that is known.
    pub(crate) fn set(&mut self, key: &str, node: Node) {
        match self.values.get_mut(key) {
            Some(known) if !known.is_unknown() && !known.default => {}
            Some(known) => *known = node,
            None => _ = self.values.insert(key.into(), node),
        }
    }

    pub(crate) fn link(&mut self, key: &str, to: usize) {
        let links = self.links.entry(key.into()).or_default();
        if !links.contains(&to) {
            links.push(to);
        }
    }

    /// The address in its application: what it is, not where it stands, so that moved code stays the same thing.
    pub(crate) fn address(&self) -> String {
        let word = word(self.role);
        let provider = self.text("provider").unwrap_or("unknown");
        let named = |key: &str| self.text(key).map(short);
        match self.role {
            Role::Service => {
                let at = self.values.get("endpoint").filter(|n| !n.default).map(host_or_variable);
                let read = || {
                    let given = self.values.contains_key("endpoint");
                    let placed = given || self.reads.contains_key("region");
                    self.reads.get("endpoint").filter(|_| !placed).map(|name| format!("${name}"))
                };
                let at = at.or_else(|| named("region")).or_else(|| named("project")).or_else(read);
                at.map_or_else(|| format!("{word}/{provider}"), |at| format!("{word}/{provider}/{at}"))
            }
            Role::Model => {
                let name = self.values.get("name").map(name_or_variable).unwrap_or_else(|| "?".into());
                format!("{word}/{provider}/{name}")
            }
            Role::Prompt => {
                format!("{word}/{}", digest(&self.values.get("text").map(Node::brief).unwrap_or_default()))
            }
            Role::VectorStore | Role::Dataset | Role::KnowledgeBase | Role::Guardrail | Role::TrainingJob => {
                let told = |key: &&str| {
                    let shown = if *key == "endpoint" { host_or_variable } else { name_or_variable };
                    self.values.get(*key).map(shown).filter(|name| name != "?")
                };
                let name = ["name", "source", "path", "endpoint"].iter().find_map(told);
                let name = name.or_else(|| self.called.as_deref().map(short)).unwrap_or_else(|| "?".into());
                format!("{word}/{provider}/{name}")
            }
            _ => {
                let name =
                    named("name").or_else(|| self.called.as_deref().map(short)).unwrap_or_else(|| "?".into());
                format!("{word}/{name}")
            }
        }
    }

    /// The name for a person.
    pub(crate) fn name(&self) -> String {
        let shown =
            |key: &str| self.values.get(key).filter(|n| !n.is_null() && !n.is_unknown()).map(Node::brief);
        let called = || self.called.as_deref().map(str::to_owned);
        match self.role {
            Role::Service => {
                let at = self
                    .values
                    .get("endpoint")
                    .filter(|n| !n.default && !n.is_unknown())
                    .map(host_or_variable);
                let provider = self.text("provider").unwrap_or("AI service").to_owned();
                at.or_else(|| shown("region").map(|region| format!("{provider} in {region}")))
                    .unwrap_or(provider)
            }
            Role::Prompt => shown("text").map(|text| short(&text)).unwrap_or_else(|| "prompt".into()),
            _ => shown("name")
                .or_else(called)
                .or_else(|| shown("source"))
                .or_else(|| shown("provider"))
                .unwrap_or_else(|| "?".into()),
        }
    }

    /// Takes in another sighting of the same thing.
    pub(crate) fn take_in(&mut self, other: Component) {
        for (key, node) in other.values {
            match self.values.get_mut(&key) {
                None => _ = self.values.insert(key, node),
                Some(known) => merge(known, node),
            }
        }
        for (key, links) in other.links {
            links.into_iter().for_each(|to| self.link(&key, to));
        }
        self.package = self.package.take().or(other.package);
        self.reads.extend(other.reads);
        self.seen.extend(other.seen);
        self.seen.sort();
        self.seen.dedup();
    }
}

/// Two values of one key: what is known counts, and where both are and differ, all of them.
fn merge(known: &mut Node, other: Node) {
    if same(known, &other) || other.is_unknown() || other.is_null() || other.default {
        return;
    }
    if known.is_unknown() || known.is_null() || known.default {
        *known = other;
        return;
    }
    if let (Value::Map(_), Value::Map(theirs)) = (&known.value, &other.value) {
        let theirs = theirs.clone();
        if let Value::Map(ours) = &mut known.value {
            let ours = Arc::make_mut(ours);
            for (key, node) in theirs.iter() {
                ours.entry(key.clone()).or_insert_with(|| node.clone());
            }
        }
        return;
    }
    let mut all: Vec<Node> = match &known.value {
        Value::List(items) => items.to_vec(),
        _ => vec![known.clone()],
    };
    let more = match &other.value {
        Value::List(items) => items.to_vec(),
        _ => vec![other],
    };
    for node in more {
        if all.len() < 16 && !all.iter().any(|each| same(each, &node)) {
            all.push(node);
        }
    }
    all.sort_by_key(Node::display);
    known.value = Value::list(all);
}

/// The first part of an address.
pub(crate) fn word(role: Role) -> &'static str {
    match role {
        Role::Service => "service",
        Role::Model => "model",
        Role::Prompt => "prompt",
        Role::Agent => "agent",
        Role::Tool => "tool",
        Role::McpServer => "mcp-server",
        Role::McpClient => "mcp-client",
        Role::VectorStore => "vector-store",
        Role::KnowledgeBase => "knowledge-base",
        Role::Dataset => "dataset",
        Role::Guardrail => "guardrail",
        Role::TrainingJob => "training-job",
        _ => "call",
    }
}

/// The kind's card and class of what has a role.
pub(crate) fn kind(role: Role) -> Option<(&'static str, Class)> {
    Some(match role {
        Role::Service => ("code.ai-service", Class::AiService),
        Role::Model => ("code.model", Class::Model),
        Role::Prompt => ("code.prompt", Class::Prompt),
        Role::Agent => ("code.agent", Class::Agent),
        Role::Tool => ("code.tool", Class::AgentTool),
        Role::McpServer => ("code.mcp-server", Class::McpServer),
        Role::McpClient => ("code.mcp-client", Class::McpClient),
        Role::VectorStore => ("code.vector-store", Class::VectorStore),
        Role::KnowledgeBase => ("code.knowledge-base", Class::KnowledgeBase),
        Role::Dataset => ("code.dataset", Class::Dataset),
        Role::Guardrail => ("code.guardrail", Class::Guardrail),
        Role::TrainingJob => ("code.training-job", Class::TrainingJob),
        _ => return None,
    })
}

/// The first 12 hexadecimal digits of a text's SHA-256.
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// A text in one line of at most 60 characters.
pub(crate) fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// `https://foo.openai.azure.com/openai/` → `foo.openai.azure.com`; a variable that is not known is `$NAME`.
pub(crate) fn host_or_variable(node: &Node) -> String {
    match node.as_str() {
        Some(text) => host(text).to_owned(),
        None => name_or_variable(node),
    }
}

/// The host of a URL.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    rest.rsplit_once('@').map_or(rest, |(_, host)| host)
}

fn name_or_variable(node: &Node) -> String {
    if let Some(text) = node.as_str() {
        return short(text);
    }
    let variable = node.from.as_ref().and_then(|from| from.address.strip_prefix("environment/"));
    match (variable, &node.value) {
        (Some(name), _) => format!("${name}"),
        // What begins with a variable is told by it.
        (None, Value::Template(pieces)) => match pieces.first() {
            Some(Piece::Hole { from: Some(from), .. }) if from.address.starts_with("environment/") => {
                format!("${}", from.address.trim_start_matches("environment/"))
            }
            _ => short(&node.brief()),
        },
        (None, Value::List(_)) => short(&node.brief()),
        _ => "?".into(),
    }
}
