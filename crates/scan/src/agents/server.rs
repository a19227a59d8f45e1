//! From what a configuration or a program says of an MCP server to its document (kind `agents.mcp-server`).
//!
//! Where it was said is not known here: files are `client`'s, programs are `code`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::{Catalog, KnownServer};
use formats::shell;
use model::{Node, Value};

use super::credential::{Address, address, is_credential, is_local, is_secret_name};
use super::launch::{Launch, launch, program};
use super::paths::like;
use super::poison;

/// Arguments, variables and the like of one server that are looked at.
const MAX_PARTS: usize = 1_000;

/// A server as somebody declares it. Values that are not given are absent, never invented.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    pub name: String,
    /// `client`, `registry`, `bundle`, `hosting`, `code`.
    pub origin: &'static str,
    pub product: Option<Arc<str>>,
    pub file: Option<Arc<str>>,
    pub command: Option<Node>,
    pub args: Vec<Node>,
    pub url: Option<Node>,
    /// As written: `stdio`, `streamable-http`, `local` …
    pub transport: Option<String>,
    pub env: Vec<(Arc<str>, Node)>,
    pub headers: Vec<(Arc<str>, Node)>,
    /// Tools that are called without asking; `*` for all.
    pub approved: Vec<Node>,
    /// Names of the tools that the client takes.
    pub tool_names: Vec<Node>,
    pub disabled: Option<Node>,
    pub description: Option<Node>,
    /// Whether it says how calls are authenticated, in another way than by a header.
    pub authenticated: Option<bool>,
    /// `{ name, description, inputSchema, annotations }` each.
    pub tools: Vec<Node>,
}

/// What the cards know of servers.
pub struct KnownServers<'c>(Vec<&'c KnownServer>);

impl<'c> KnownServers<'c> {
    pub fn of(catalog: &'c Catalog) -> Self {
        KnownServers(catalog.agents.iter().flat_map(|card| &card.known).collect())
    }

    fn find(&self, keys: &[String]) -> Option<&'c KnownServer> {
        let fits = |known: &&&KnownServer| known.is.iter().any(|is| keys.iter().any(|key| like(is, key)));
        self.0.iter().find(fits).copied()
    }
}

/// A document under construction.
#[derive(Default)]
pub(super) struct Entries(BTreeMap<Arc<str>, Node>);

impl Entries {
    pub(super) fn put(&mut self, name: &str, value: impl Into<Node>) {
        self.0.insert(name.into(), value.into());
    }

    pub(super) fn put_some(&mut self, name: &str, value: Option<impl Into<Node>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// A list, unless it is empty.
    pub(super) fn put_list(&mut self, name: &str, items: Vec<Node>) {
        if !items.is_empty() {
            self.put(name, Value::list(items));
        }
    }

    pub(super) fn node(self) -> Node {
        Value::map(self.0).into()
    }
}

/// Several names and values as one node.
pub(super) fn record<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Value::map(entries.into_iter().map(|(k, v)| (Arc::from(k), v)).collect()).into()
}

/// The document of a server.
pub fn document(declared: &Declared, known: &KnownServers<'_>) -> Node {
    let mut doc = Entries::default();
    doc.put("name", &*declared.name);
    doc.put("origin", declared.origin);
    doc.put_some("product", declared.product.clone());
    doc.put_some("file", declared.file.clone());
    doc.put_some("description", declared.description.clone());
    doc.put_some("disabled", declared.disabled.clone());
    doc.put_list("approved", declared.approved.clone());
    doc.put_list("toolNames", declared.tool_names.clone());

    let words = words(declared);
    let launch = launch(&words);
    let mut credentials = Vec::new();
    let mut env = declared.env.clone();
    env.extend(launch.environment.iter().map(|(name, value)| (Arc::from(&**name), value.clone())));
    env.truncate(MAX_PARTS);
    doc.put_list("env", named("env", &env, &mut credentials));
    doc.put_list("headers", named("header", &declared.headers, &mut credentials));
    if let Some(command) = &declared.command {
        doc.put("command", command.clone());
        let args = arguments(words.get(1..).unwrap_or_default(), &mut credentials);
        doc.put_list("args", args);
        if !launch.launcher.is_empty() {
            doc.put("launcher", &*launch.launcher);
        }
    }
    let url = match &declared.url {
        Some(url) => Some(url.clone()),
        None => launch.bridge.as_deref().map(|url| {
            let written = words.iter().find(|w| w.as_str() == Some(url)).and_then(|w| w.at.clone());
            Node { at: written, ..url.into() }
        }),
    };
    let found = remote(url.as_ref(), &mut credentials, &mut doc);
    let transport = transport(declared, found.as_ref());
    doc.put_some("transport", transport);
    // What a bridge starts is only the way to the server, but it is a package all the same.
    if let Some(package) = &launch.package {
        let place = words.iter().find(|w| w.as_str().is_some_and(|w| w.contains(&*package.name)));
        let at = place.and_then(|w| w.at.clone());
        let here = |node: Node| Node { at: at.clone(), ..node };
        let mut entries = Entries::default();
        entries.put("ecosystem", here(package.ecosystem.into()));
        entries.put("name", here((&*package.name).into()));
        entries.put_some("version", package.version.as_deref().map(|v| here(v.into())));
        entries.put("pinned", here(package.pinned.into()));
        doc.put("package", Node { at, ..entries.node() });
    }
    doc.put_some("entry", launch.entry.as_deref());
    let what = known.find(&keys(&launch, declared, found.as_ref()));
    match what {
        Some(known) if !known.does.is_empty() => {
            doc.put("does", Value::list(known.does.iter().map(|d| d.clone().into()).collect()));
        }
        _ => doc.put("does", Node::unknown(format!("no card tells what {} does", declared.name))),
    }
    doc.put_list("roots", roots(&launch, what));
    container(&launch, &mut doc);
    if matches!(transport, Some("http" | "sse" | "websocket")) {
        let by_header =
            !declared.headers.is_empty() && declared.headers.iter().any(|(name, _)| is_secret_name(name));
        let by_url = credentials.iter().any(|c| c.get("where").and_then(Node::as_str) == Some("url"));
        let in_words = credentials.iter().any(|c| c.get("where").and_then(Node::as_str) == Some("argument"))
            || words.iter().any(|w| w.brief().to_ascii_lowercase().contains("authorization"));
        let by_sign_in = what.and_then(|k| k.auth.as_deref()) == Some("oauth");
        let plain = found.as_ref().is_some_and(|a| a.scheme == "http" && !is_local(&a.host));
        let at = url.as_ref().and_then(|u| u.at.clone());
        let authenticated = match declared.authenticated {
            _ if by_header || by_url || in_words || by_sign_in => Node::from(true),
            Some(said) => said.into(),
            // Signing in by OAuth needs encryption, so that it cannot be what happens here.
            None if plain => false.into(),
            None => {
                Node::unknown("whether the server asks the client to sign in is not in the configuration")
            }
        };
        doc.put("authenticated", Node { at, ..authenticated });
    }
    doc.put_list("credentials", credentials);
    doc.put_list("tools", declared.tools.clone());
    doc.put_list("signs", signs(declared));
    doc.node()
}

/// The words of the command line. A command that is a whole line is taken apart.
fn words(declared: &Declared) -> Vec<Node> {
    let Some(command) = &declared.command else { return Vec::new() };
    let line = command.as_str().filter(|c| declared.args.is_empty() && c.contains(' '));
    let is_path = |line: &str| line.starts_with(['/', '\\']) && !line.contains(" -");
    if let Some(line) = line.filter(|line| !is_path(line))
        && let Some(first) = shell::commands(line).into_iter().next()
    {
        let word = |w: &shell::Word| Node { at: command.at.clone(), ..super::file::holes(&w.text()).into() };
        return first.words.iter().take(MAX_PARTS).map(word).collect();
    }
    std::iter::once(command).chain(&declared.args).take(MAX_PARTS).cloned().collect()
}

/// Variables or headers by name: whether the value is written out, and whether it is a secret. The value is never shown.
fn named(place: &str, values: &[(Arc<str>, Node)], credentials: &mut Vec<Node>) -> Vec<Node> {
    let each = values.iter().take(MAX_PARTS).map(|(name, value)| {
        let literal = value.as_str().filter(|v| !v.is_empty());
        let is_secret = literal.map_or_else(|| is_secret_name(name), |v| is_credential(name, v));
        let url_secret = literal.and_then(address).and_then(|a| a.secret).is_some();
        let hidden = Node { sensitive: true, ..value.clone() };
        if is_secret || url_secret {
            let literal = literal.is_some();
            credentials.push(credential(name, place, literal, &hidden));
        }
        let known = record([
            ("name", Node { at: value.at.clone(), ..name.clone().into() }),
            ("literal", literal.is_some().into()),
            ("secret", (is_secret || url_secret).into()),
            ("value", hidden),
        ]);
        Node { at: value.at.clone(), ..known }
    });
    each.collect()
}

fn credential(name: &str, place: &str, literal: bool, hidden: &Node) -> Node {
    let at = hidden.at.clone();
    let entry = record([
        ("name", Node { at: at.clone(), ..name.into() }),
        ("where", place.into()),
        ("literal", Node { at: at.clone(), ..literal.into() }),
        ("value", hidden.clone()),
    ]);
    Node { at, ..entry }
}

/// The arguments, those that are credentials hidden.
fn arguments(words: &[Node], credentials: &mut Vec<Node>) -> Vec<Node> {
    let mut before: Option<String> = None;
    let mut shown = Vec::new();
    for word in words {
        let text = word.as_str().unwrap_or_default();
        let option = before.take();
        let (name, value) = match (option.as_deref(), text.split_once(['=', ':'])) {
            (Some("--header" | "-H"), Some((name, value))) => (name.to_owned(), value.trim()),
            (Some(option), _) if !text.starts_with('-') => (option.to_owned(), text),
            (_, Some((name, value))) if !value.starts_with("//") => (name.to_owned(), value),
            _ => (String::new(), text),
        };
        let name = name.trim_start_matches('-').to_owned();
        let in_url = address(value).and_then(|a| a.secret);
        let literal = !value.is_empty() && (in_url.is_some() || is_credential(&name, value));
        let hidden = Node { sensitive: literal, ..word.clone() };
        if literal {
            let name =
                in_url.unwrap_or_else(|| if name.is_empty() { "argument".into() } else { name.clone() });
            credentials.push(credential(&name, "argument", true, &hidden));
        } else if word.as_str().is_none() && option.as_deref().is_some_and(is_secret_name) {
            credentials.push(credential(&name, "argument", false, word));
        }
        shown.push(hidden);
        if text.starts_with('-') && !text.contains('=') {
            before = Some(text.to_owned());
        }
    }
    shown
}

/// Puts the address of a remote server down, without what is secret in it.
fn remote(url: Option<&Node>, credentials: &mut Vec<Node>, doc: &mut Entries) -> Option<Address> {
    let url = url?;
    let text = url.as_str();
    let Some(found) = text.and_then(address) else {
        doc.put("url", url.clone());
        return None;
    };
    let place = |node: Node| Node { at: url.at.clone(), ..node };
    if let Some(secret) = &found.secret {
        credentials.push(credential(secret, "url", true, &Node { sensitive: true, ..url.clone() }));
    }
    doc.put("url", place(found.shown.as_str().into()));
    doc.put("host", place(found.host.as_str().into()));
    doc.put("local", place(is_local(&found.host).into()));
    Some(found)
}

fn transport(declared: &Declared, url: Option<&Address>) -> Option<&'static str> {
    let said = declared.transport.as_deref().map(|t| t.to_ascii_lowercase().replace(['-', '_'], ""));
    match said.as_deref() {
        Some("sse") => Some("sse"),
        Some("http" | "streamablehttp" | "remote" | "https" | "shttp") => Some("http"),
        Some("ws" | "websocket") => Some("websocket"),
        Some("builtin" | "platform" | "frontend" | "inlinepython" | "bundled") => Some("builtin"),
        _ if url.is_some_and(|a| a.path.trim_end_matches('/').ends_with("/sse")) => Some("sse"),
        _ if url.is_some_and(|a| a.scheme.starts_with("ws")) => Some("websocket"),
        _ if url.is_some() || declared.url.is_some() => Some("http"),
        _ if declared.command.is_some() => Some("stdio"),
        Some("stdio" | "local") => Some("stdio"),
        _ => None,
    }
}

/// What a server may be known by.
fn keys(launch: &Launch, declared: &Declared, url: Option<&Address>) -> Vec<String> {
    let mut keys = Vec::new();
    if let Some(found) = url {
        keys.push(format!("url:{}", found.shown));
    } else if let Some(package) = &launch.package {
        keys.push(format!("{}:{}", package.ecosystem, package.name));
    } else if let Some(entry) = &launch.entry {
        keys.push(format!("command:{}", program(entry)));
        keys.push(format!("entry:{entry}"));
    } else if !launch.launcher.is_empty() {
        keys.push(format!("command:{}", launch.launcher));
    }
    if declared.command.is_none() && url.is_none() {
        keys.push(format!("builtin:{}", declared.name));
    }
    keys
}

/// Folders that the server is given: its arguments, where a card says so, and what is mounted into its container.
fn roots(launch: &Launch, known: Option<&KnownServer>) -> Vec<Node> {
    let mut roots: Vec<Node> = Vec::new();
    if known.is_some_and(|k| k.roots) && launch.container.is_none() {
        let is_folder = |w: &&Node| !w.brief().starts_with('-');
        roots.extend(launch.arguments.iter().filter(is_folder).cloned());
    }
    let mounts = launch.container.iter().flat_map(|c| &c.mounts);
    roots.extend(mounts.filter(|m| !is_socket(&m.source)).map(|m| Node::from(&*m.source)));
    roots
}

fn is_socket(path: &str) -> bool {
    path.ends_with("docker.sock") || path.ends_with("podman.sock") || path.ends_with("containerd.sock")
}

fn container(launch: &Launch, doc: &mut Entries) {
    let Some(given) = &launch.container else { return };
    let mut entries = Entries::default();
    entries.put("privileged", given.privileged);
    entries.put("hostNetwork", given.host_network);
    entries.put("socket", given.mounts.iter().any(|m| is_socket(&m.source)));
    entries.put_list("capabilities", given.capabilities.iter().map(|c| Node::from(&**c)).collect());
    let mount = |m: &super::launch::Mount| {
        record([
            ("source", (&*m.source).into()),
            ("target", (&*m.target).into()),
            ("readOnly", m.read_only.into()),
        ])
    };
    entries.put_list("mounts", given.mounts.iter().map(mount).collect());
    doc.put("container", entries.node());
}

/// What in its texts speaks to the model.
fn signs(declared: &Declared) -> Vec<Node> {
    let mut found = Vec::new();
    if let Some(text) = declared.description.as_ref().and_then(|d| Some((d.as_str()?, d))) {
        found.extend(poison::nodes("description", text.1, &poison::signs(text.0)));
    }
    found.extend(poison::tool_signs(&declared.tools));
    found
}
