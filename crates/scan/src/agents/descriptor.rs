//! What a server or an agent says of itself to others: entries of the MCP registry, bundles, hosting, A2A agent cards.

use ::model::{Class, Node, Value};
use formats::Span;
use formats::data::{Data, Datum};

use super::definition::skill;
use super::paths::{first, select};
use super::poison;
use super::server::{Declared, Entries, document, record};
use super::{New, Reader, View};

/// Tools, skills and packages of one file.
const MAX_ENTRIES: usize = 5_000;

fn text<'d>(data: &'d Datum, paths: &[&str]) -> Option<&'d Datum> {
    let paths: Vec<std::sync::Arc<str>> = paths.iter().map(|p| (*p).into()).collect();
    first(data, &paths).filter(|d| d.as_str().is_some())
}

/// The document with one more entry.
fn with(document: Node, name: &str, value: Node) -> Node {
    let Value::Map(entries) = &document.value else { return document };
    let mut entries = (**entries).clone();
    entries.insert(name.into(), value);
    Node { value: Value::map(entries), ..document }
}

impl Reader<'_> {
    fn described(&mut self, view: View<'_>, name: &Datum, declared: &Declared, package: Option<Node>) {
        let shown = name.as_str().unwrap_or_default().to_owned();
        let mut doc = document(declared, self.known);
        if let Some(package) = package {
            doc = with(doc, "package", package);
        }
        let address = format!("mcp-server/{}/{shown}", declared.origin);
        let new = New {
            kind: "agents.mcp-server",
            class: Class::McpServer,
            name: shown,
            address,
            file: view.file,
            span: name.span,
        };
        self.asset(new, doc);
    }

    fn draft(&self, view: View<'_>, data: &Datum, name: &Datum, origin: &'static str) -> Declared {
        Declared {
            name: name.as_str().unwrap_or_default().to_owned(),
            origin,
            file: Some(view.file.path.clone()),
            description: text(data, &["description", "long_description"]).map(|d| view.file.node(d)),
            ..Declared::default()
        }
    }

    pub(super) fn registry(&mut self, view: View<'_>) -> bool {
        let Some(data) = &view.parsed.data else { return false };
        let Some(name) = text(data, &["name"]) else { return false };
        let file = view.file;
        let packages = data.get("packages").and_then(Datum::as_list).unwrap_or_default();
        let remotes = data.get("remotes").and_then(Datum::as_list).unwrap_or_default();
        // Other files are called server.json too.
        let ours =
            packages.iter().any(|p| text(p, &["registryType", "registry_type", "registry_name"]).is_some())
                || remotes.iter().any(|r| text(r, &["url"]).is_some());
        if !ours {
            return false;
        }
        let mut declared = self.draft(view, data, name, "registry");
        if let Some(remote) = remotes.first() {
            declared.url = text(remote, &["url"]).map(|d| file.node(d));
            declared.transport =
                text(remote, &["type", "transport_type"]).and_then(Datum::as_str).map(str::to_owned);
            declared.headers = variables(view, remote.get("headers"));
        }
        let package = packages.first().map(|package| {
            let transport = text(package, &["transport.type"]).and_then(Datum::as_str);
            declared.transport = declared.transport.take().or(transport.map(str::to_owned));
            declared.env = variables(view, package.get("environmentVariables"));
            let mut entries = Entries::default();
            let kind =
                text(package, &["registryType", "registry_type", "registry_name"]).and_then(Datum::as_str);
            let ecosystem = match kind {
                Some("oci") => Some("docker"),
                other => other,
            };
            entries.put_some("ecosystem", ecosystem);
            let identifier = text(package, &["identifier", "name"]);
            entries.put_some("name", identifier.map(|d| file.node(d)));
            let version = text(package, &["version"]).or_else(|| text(data, &["version"]));
            entries.put_some("version", version.map(|d| file.node(d)));
            let moving = version
                .and_then(Datum::as_str)
                .is_none_or(|v| v == "latest" || v.starts_with(['^', '~', '>', '*']));
            entries.put("pinned", !moving);
            Node { at: Some(file.at(package.span)), ..entries.node() }
        });
        self.described(view, name, &declared, package);
        true
    }

    pub(super) fn bundle(&mut self, view: View<'_>) -> bool {
        let Some(data) = &view.parsed.data else { return false };
        let Some(name) = text(data, &["name"]) else { return false };
        let file = view.file;
        let mut declared = self.draft(view, data, name, "bundle");
        let config = |key: &str| data.get("server")?.get("mcp_config")?.get(key);
        declared.command = config("command").filter(|d| d.as_str().is_some()).map(|d| file.node(d));
        let args = config("args").and_then(Datum::as_list).unwrap_or_default();
        declared.args = args.iter().map(|d| file.node(d)).collect();
        let env = config("env").and_then(Datum::as_map).unwrap_or_default();
        declared.env = env.iter().map(|e| (e.key.clone(), file.node(&e.value))).collect();
        declared.transport = Some("stdio".into());
        declared.tools = tools(view, data.get("tools"));
        self.described(view, name, &declared, None);
        true
    }

    pub(super) fn hosting(&mut self, view: View<'_>) -> bool {
        let Some(data) = &view.parsed.data else { return false };
        let folder = crate::application::parent(&view.file.path);
        let named = if folder.is_empty() { "server" } else { folder.rsplit('/').next().unwrap_or(folder) };
        let mut declared = Declared { name: named.to_owned(), origin: "hosting", ..Declared::default() };
        declared.file = Some(view.file.path.clone());
        declared.transport = text(data, &["startCommand.type"]).and_then(Datum::as_str).map(str::to_owned);
        let new = New {
            kind: "agents.mcp-server",
            class: Class::McpServer,
            name: named.to_owned(),
            address: format!("mcp-server/hosting/{}", self.relative(&view.file.path)),
            file: view.file,
            span: Span::new(0, 0),
        };
        let document = document(&declared, self.known);
        self.asset(new, document);
        true
    }

    pub(super) fn agent_card(&mut self, view: View<'_>) -> bool {
        let Some(data) = &view.parsed.data else { return false };
        let Some(name) = text(data, &["name"]) else { return false };
        let file = view.file;
        let skills = data.get("skills").and_then(Datum::as_list).unwrap_or_default();
        if data.get("skills").is_none_or(|d| d.as_list().is_none()) {
            return false;
        }
        let node = |d: Option<&Datum>| d.map(|d| file.node(d)).unwrap_or_default();
        let mut doc = Entries::default();
        let mut signs = Vec::new();
        doc.put("name", file.node(name));
        doc.put("file", file.path.clone());
        for (word, paths) in [
            ("description", ["description"].as_slice()),
            ("url", &["url", "supportedInterfaces.*.url"]),
            ("version", &["version"]),
            ("protocolVersion", &["protocolVersion", "supportedInterfaces.*.protocolVersion"]),
        ] {
            doc.put_some(word, text(data, paths).map(|d| file.node(d)));
        }
        let mut interfaces = Vec::new();
        for list in ["supportedInterfaces", "additionalInterfaces"] {
            for found in select(data, &format!("{list}.*")).iter().take(MAX_ENTRIES) {
                let protocol = text(found.datum, &["protocolBinding", "transport"]);
                let entry = record([("url", node(found.datum.get("url"))), ("protocol", node(protocol))]);
                interfaces.push(entry);
            }
        }
        doc.put_list("interfaces", interfaces);
        doc.put("schemes", Value::list(schemes(view, data)));
        let required = ["security.*", "securityRequirements.*", "securityRequirements.*.schemes"];
        let mut names: Vec<Node> = Vec::new();
        for path in required {
            for found in select(data, path) {
                let keys = found.datum.as_map().unwrap_or_default().iter().filter(|e| &*e.key != "schemes");
                names.extend(keys.map(|e| file.text_at(&e.key, e.key_span)));
            }
        }
        doc.put_list("required", names);
        let described = text(data, &["description"]).map(|d| file.node(d));
        for node in described.iter() {
            signs.extend(poison::nodes(
                "description",
                node,
                &poison::signs(node.as_str().unwrap_or_default()),
            ));
        }
        let skills = skills.iter().take(MAX_ENTRIES).map(|s| {
            let description = node(s.get("description"));
            let name = node(s.get("name"));
            let found = poison::signs(description.as_str().unwrap_or_default());
            signs.extend(poison::nodes(&format!("skill {}", name.brief()), &description, &found));
            skill(node(s.get("id")), name, description)
        });
        let skills: Vec<Node> = skills.collect();
        doc.put_list("skills", skills);
        doc.put("signed", !select(data, "signatures.*").is_empty());
        doc.put_list("signs", signs);
        let shown = name.as_str().unwrap_or_default().to_owned();
        let new = New {
            kind: "agents.agent-card",
            class: Class::Api,
            address: format!("agent-card/{shown}"),
            name: shown,
            file,
            span: name.span,
        };
        self.asset(new, doc.node());
        true
    }
}

/// How callers of an agent say who they are: as OpenAPI writes it, as version 1 nests it, and as the first drafts did.
fn schemes(view: View<'_>, data: &Datum) -> Vec<Node> {
    let file = view.file;
    let mut schemes = Vec::new();
    let declared = data.get("securitySchemes").and_then(Datum::as_map).unwrap_or_default();
    for entry in declared.iter().take(MAX_ENTRIES) {
        let nested =
            entry.value.as_map().and_then(|m| m.first()).filter(|e| e.key.ends_with("SecurityScheme"));
        let kind = match (entry.value.get("type"), nested) {
            (Some(kind), _) => file.node(kind),
            (None, Some(nested)) => {
                file.text_at(nested.key.trim_end_matches("SecurityScheme"), nested.key_span)
            }
            (None, None) => Node::unknown("the scheme does not say its type"),
        };
        let at = Some(file.at(entry.key_span));
        schemes.push(Node {
            at,
            ..record([("name", file.text_at(&entry.key, entry.key_span)), ("type", kind)])
        });
    }
    for found in select(data, "authentication.schemes.*") {
        if found.datum.as_str().is_some_and(|s| !s.eq_ignore_ascii_case("none")) {
            let kind = file.node(found.datum);
            schemes.push(record([("name", kind.clone()), ("type", kind)]));
        }
    }
    schemes
}

/// `[{ name, value?, isSecret }]`: without a value it is asked of whoever installs the server.
fn variables(view: View<'_>, list: Option<&Datum>) -> Vec<(std::sync::Arc<str>, Node)> {
    let items = list.and_then(Datum::as_list).unwrap_or_default();
    let pair = |item: &Datum| {
        let name = item.get("name")?.as_str()?;
        let value = item.get("value").map(|d| view.file.node(d));
        let asked = || Node::unknown("the value is asked of whoever installs the server");
        Some((name.into(), value.unwrap_or_else(asked)))
    };
    items.iter().take(MAX_ENTRIES).filter_map(pair).collect()
}

/// Tools as a bundle lists them.
fn tools(view: View<'_>, list: Option<&Datum>) -> Vec<Node> {
    let items = list.and_then(Datum::as_list).unwrap_or_default();
    let named =
        items.iter().filter(|item| item.get("name").is_some_and(|n| matches!(n.value, Data::Text(_))));
    named.take(MAX_ENTRIES).map(|item| view.file.node(item)).collect()
}
