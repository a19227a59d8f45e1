//! Configurations of MCP clients: the servers in them, and the settings that decide what runs without asking.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::model::{Asset, Class, Node, Value};
use catalog::{Constant, Setting};
use formats::Span;
use formats::data::{Data, Datum};

use super::paths::{Found, first, select};
use super::poison;
use super::server::{Declared, Entries, document, record};
use super::{New, Reader, View, refer};

/// Servers of one file.
const MAX_SERVERS: usize = 2_000;
/// Hooks inside each other, and of one file.
const MAX_DEPTH: usize = 12;
const MAX_HOOKS: usize = 500;

impl Reader<'_> {
    pub(super) fn client(&mut self, view: View<'_>) -> bool {
        let Some(data) = &view.parsed.data else { return false };
        let mut servers = Vec::new();
        for path in &view.spec.servers {
            for found in select(data, path) {
                servers.extend(self.entries(view, &found));
            }
        }
        servers.truncate(MAX_SERVERS);
        let relative = self.relative(&view.file.path).to_owned();
        let product = &view.card.product;
        let mut doc = Entries::default();
        let settings = settings(view, data, &mut doc);
        if servers.is_empty() && !settings {
            // A file without either is a configuration only where nothing else is called so.
            let generic = view.spec.servers.len() > 1 && view.spec.settings.is_empty();
            if generic || data.as_map().is_none() || view.spec.servers.is_empty() {
                return false;
            }
            if !view.spec.servers.iter().any(|path| !path.is_empty() && !select(data, path).is_empty()) {
                return false;
            }
        }
        let mut names = Vec::new();
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        for (declared, span) in servers {
            let mut address =
                format!("mcp-server/{product}/{relative}/{}", declared.name, product = product.text);
            let count = taken.entry(address.clone()).or_default();
            *count += 1;
            if *count > 1 {
                address = format!("{address}#{count}");
            }
            let shown = Node { at: Some(view.file.at(span)), ..(&*declared.name).into() };
            names.push(refer(shown, &address));
            let new = New {
                kind: "agents.mcp-server",
                class: Class::McpServer,
                name: declared.name.clone(),
                address,
                file: view.file,
                span,
            };
            self.asset(new, document(&declared, self.known));
        }
        doc.put("product", product.text.clone());
        doc.put("title", view.card.title.clone());
        doc.put("file", view.file.path.clone());
        doc.put("name", format!("{} ({})", view.card.title, view.file.path).as_str());
        doc.put("level", if view.file.path.starts_with("~/") { "user" } else { "project" });
        doc.put_list("servers", names);
        let new = New {
            kind: "agents.client",
            class: Class::McpClient,
            name: format!("{} ({})", view.card.title, view.file.path),
            address: format!("client/{}/{relative}", product.text),
            file: view.file,
            span: Span::new(0, 0),
        };
        self.asset(new, doc.node());
        true
    }

    /// The servers of a map by name, or of a list.
    fn entries(&self, view: View<'_>, found: &Found<'_>) -> Vec<(Declared, Span)> {
        let mut servers = Vec::new();
        match &found.datum.value {
            Data::Map(entries) => {
                for entry in entries.iter() {
                    servers.extend(
                        self.declared(view, Some(&entry.key), &entry.value).map(|d| (d, entry.key_span)),
                    );
                }
            }
            Data::List(items) => {
                for item in items.iter() {
                    servers.extend(self.declared(view, None, item).map(|d| (d, item.span)));
                }
            }
            _ => {}
        }
        servers
    }

    /// What an entry says, in our words; `None` where it is no server.
    fn declared(&self, view: View<'_>, key: Option<&str>, entry: &Datum) -> Option<Declared> {
        if let (Data::Text(_), None) = (&entry.value, key) {
            // A list of addresses, or of command lines.
            let text = view.file.node(entry);
            let is_url = text.as_str().is_some_and(|t| t.contains("://"));
            let mut declared = Declared { origin: "client", ..Declared::default() };
            declared.name = text.brief();
            if is_url {
                declared.url = Some(text);
            } else {
                declared.command = Some(text);
            }
            return Some(self.at_home(view, declared));
        }
        entry.as_map()?;
        let common = self.catalog.agents.iter().find(|card| &*card.product.text == "mcp");
        let spelled = |word: &str| {
            let own = view.card.server.iter().find(|(w, _)| &**w == word);
            let paths = own.or_else(|| common?.server.iter().find(|(w, _)| &**w == word))?;
            first(entry, &paths.1)
        };
        let node = |word: &str| spelled(word).map(|d| view.file.node(d));
        let mut declared = Declared { origin: "client", ..Declared::default() };
        // An array is the whole command line.
        if let Some(node) = node("command") {
            match &node.value {
                Value::List(words) => {
                    declared.command = words.first().cloned();
                    declared.args.extend(words.iter().skip(1).cloned());
                }
                Value::String(_) | Value::Template(_) => declared.command = Some(node),
                _ => {}
            }
        }
        if let Some(args) = node("args") {
            match &args.value {
                Value::List(items) => declared.args.extend(items.iter().cloned().map(as_text)),
                Value::String(_) | Value::Template(_) => declared.args.push(args),
                _ => {}
            }
        }
        declared.url = node("url").filter(|n| matches!(n.value, Value::String(_) | Value::Template(_)));
        declared.transport = spelled("transport").and_then(Datum::as_str).map(str::to_owned);
        let builtin =
            matches!(declared.transport.as_deref(), Some("builtin" | "platform" | "frontend" | "bundled"));
        if declared.command.is_none() && declared.url.is_none() && !builtin {
            return None;
        }
        let named = spelled("name").and_then(Datum::as_str);
        declared.name = key.or(named).map(str::to_owned).unwrap_or_else(|| {
            declared.command.as_ref().or(declared.url.as_ref()).map(Node::brief).unwrap_or_default()
        });
        declared.env = pairs(node("env"));
        declared.headers = pairs(node("headers"));
        for (name, variable) in pairs(node("header-variables")) {
            let value = Value::unknown(format!("variable {} is set elsewhere", variable.brief()));
            declared.headers.push((name, Node { at: variable.at.clone(), ..value.into() }));
        }
        if let Some(variable) = node("token-variable") {
            let value = Value::unknown(format!("variable {} is set elsewhere", variable.brief()));
            declared.headers.push(("Authorization".into(), Node { at: variable.at, ..value.into() }));
        }
        declared.approved = match node("approve") {
            Some(node) => match &node.value {
                Value::List(items) => items.to_vec(),
                Value::Bool(true) => vec![Node { at: node.at, .."*".into() }],
                Value::String(_) => vec![node],
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        if let Some(trust) = node("trust").filter(|n| n.as_bool() == Some(true)) {
            declared.approved.push(Node { at: trust.at, .."*".into() });
        }
        declared.tool_names = node("tools").and_then(|n| n.as_list().map(|l| l.to_vec())).unwrap_or_default();
        declared.disabled = node("disabled").or_else(|| {
            let enabled = node("enabled")?;
            let disabled = !enabled.as_bool()?;
            Some(Node { at: enabled.at, ..disabled.into() })
        });
        declared.description = node("description").filter(|n| n.as_str().is_some());
        declared.authenticated = spelled("auth").and_then(|d| match &d.value {
            Data::Bool(b) => Some(*b),
            Data::Null => None,
            Data::Text(text) => Some(!matches!(&**text, "none" | "")),
            _ => Some(true),
        });
        Some(self.at_home(view, declared))
    }

    fn at_home(&self, view: View<'_>, declared: Declared) -> Declared {
        Declared {
            product: Some(view.card.product.text.clone()),
            file: Some(view.file.path.clone()),
            ..declared
        }
    }
}

/// A number or a boolean among arguments is the text of it.
fn as_text(node: Node) -> Node {
    match &node.value {
        Value::Number(_) | Value::Bool(_) => Node { at: node.at.clone(), ..node.display().as_str().into() },
        _ => node,
    }
}

/// Names and values of a map, or of a list of `NAME=VALUE` or `{ name, value }`.
fn pairs(node: Option<Node>) -> Vec<(Arc<str>, Node)> {
    let Some(node) = node else { return Vec::new() };
    match &node.value {
        Value::Map(entries) => entries.iter().map(|(k, v)| (k.clone(), as_text(v.clone()))).collect(),
        Value::List(items) => {
            let pair = |item: &Node| match item.as_str() {
                Some(text) => {
                    let (name, value) = text.split_once('=')?;
                    Some((Arc::from(name), Node { at: item.at.clone(), ..value.into() }))
                }
                None => {
                    let name = item.get("name").or_else(|| item.get("key"))?.as_str()?;
                    let value = item.get("value").cloned();
                    Some((
                        Arc::from(name),
                        value.unwrap_or_else(|| Node::unknown("the value is asked of the user")),
                    ))
                }
            };
            items.iter().filter_map(pair).collect()
        }
        _ => Vec::new(),
    }
}

/// Puts the settings that matter into the document; whether there is any.
fn settings(view: View<'_>, data: &Datum, doc: &mut Entries) -> bool {
    let mut weakened = Vec::new();
    let mut lists: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for setting in &view.spec.settings {
        for found in select(data, &setting.at) {
            let node = view.file.node(found.datum);
            match &*setting.means {
                "allow" | "deny" => lists.entry(&*setting.means).or_default().extend(names(&node)),
                "hooks" => {
                    let event = match setting.at.rsplit('.').next() {
                        Some("hooks") | None => "",
                        Some(name) => name,
                    };
                    let hooks = lists.entry("hooks").or_default();
                    collect_hooks(&node, event, 0, hooks);
                }
                means if is_one_of(setting, found.datum) => {
                    let shown = match &found.key {
                        Some((key, _)) if setting.at.ends_with('*') => {
                            format!("{}{key}", setting.at.trim_end_matches('*'))
                        }
                        _ => setting.at.to_string(),
                    };
                    let at = node.at.clone();
                    let entry = record([
                        ("setting", shown.as_str().into()),
                        ("value", node),
                        ("means", Node { at: at.clone(), ..means.into() }),
                    ]);
                    weakened.push(Node { at, ..entry });
                }
                _ => {}
            }
        }
    }
    let any = !weakened.is_empty() || !lists.is_empty();
    doc.put_list("settings", weakened);
    for (name, items) in lists {
        doc.put_list(name, items);
    }
    any
}

fn is_one_of(setting: &Setting, datum: &Datum) -> bool {
    let same = |constant: &Constant| match (constant, &datum.value) {
        (Constant::Bool(a), Data::Bool(b)) => a == b,
        (Constant::Text(a), Data::Text(b)) => a.eq_ignore_ascii_case(b),
        (Constant::Int(a), Data::Int(b)) => a == b,
        _ => false,
    };
    setting.is.is_empty() || setting.is.iter().any(same)
}

/// The texts of a list, or the keys of a map that are set.
fn names(node: &Node) -> Vec<Node> {
    match &node.value {
        Value::List(items) => items.iter().filter(|n| n.as_str().is_some()).cloned().collect(),
        Value::Map(entries) => {
            let set = entries.iter().filter(|(_, v)| v.as_bool() != Some(false));
            set.map(|(k, v)| Node { at: v.at.clone(), ..k.clone().into() }).collect()
        }
        Value::String(_) => vec![node.clone()],
        _ => Vec::new(),
    }
}

/// Commands of hooks: every `command` (or `bash`, `powershell`) below, and a text by itself.
fn collect_hooks(node: &Node, event: &str, depth: usize, found: &mut Vec<Node>) {
    if depth > MAX_DEPTH || found.len() > MAX_HOOKS {
        return;
    }
    match &node.value {
        Value::String(_) | Value::Template(_) => {
            let text = node.brief();
            let signs = poison::nodes("command", node, &poison::signs(&text));
            let mut hook = Entries::default();
            hook.put("event", event);
            hook.put("command", node.clone());
            hook.put_list("signs", signs);
            found.push(Node { at: node.at.clone(), ..hook.node() });
        }
        Value::List(items) if depth == 0 && items.iter().all(|n| n.as_str().is_some()) => {
            let line: Vec<String> = items.iter().map(Node::brief).collect();
            let whole = Node { at: node.at.clone(), ..line.join(" ").as_str().into() };
            collect_hooks(&whole, event, depth + 1, found);
        }
        Value::List(items) => items.iter().for_each(|item| {
            if item.as_map().is_some() {
                collect_hooks(item, event, depth + 1, found);
            }
        }),
        Value::Map(entries) => {
            for (key, child) in entries.iter() {
                match &child.value {
                    Value::String(_) | Value::Template(_)
                        if matches!(&**key, "command" | "bash" | "powershell") =>
                    {
                        collect_hooks(child, event, depth + 1, found);
                    }
                    Value::Map(_) | Value::List(_) => {
                        let event = if event.is_empty() { key } else { event };
                        collect_hooks(child, event, depth + 1, found);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Tells each server which others of the same name in the same application run something else.
pub(super) fn compare(assets: &mut [Asset]) {
    let mut by_name: BTreeMap<(Arc<str>, String), Vec<usize>> = BTreeMap::new();
    for (index, asset) in assets.iter().enumerate() {
        let of_client = asset.document.get("origin").and_then(Node::as_str) == Some("client");
        if &*asset.kind == "agents.mcp-server" && of_client {
            by_name.entry((asset.scope.clone(), asset.name.to_lowercase())).or_default().push(index);
        }
    }
    for same in by_name.values().filter(|same| same.len() > 1) {
        let runs: Vec<(usize, String)> = same.iter().map(|i| (*i, identity(&assets[*i].document))).collect();
        for (index, own) in &runs {
            let others = runs.iter().filter(|(other, what)| other != index && what != own);
            let others: Vec<Node> = others
                .take(20)
                .map(|(other, what)| {
                    let document = &assets[*other].document;
                    let file = document.get("file").cloned().unwrap_or_default();
                    let entry = record([("file", file), ("runs", what.as_str().into())]);
                    Node { at: document.at.clone(), ..entry }
                })
                .collect();
            if let (false, Value::Map(entries)) = (others.is_empty(), &mut assets[*index].document.value) {
                Arc::make_mut(entries).insert("differs".into(), Value::list(others).into());
            }
        }
    }
}

/// Names to each file of a client the others of the same client for the same folder: servers stand in one, and what runs
/// without asking in another.
pub(super) fn beside(assets: &mut [Asset]) {
    let mut together: BTreeMap<(Arc<str>, String, String), Vec<usize>> = BTreeMap::new();
    for (index, asset) in assets.iter().enumerate().filter(|(_, a)| &*a.kind == "agents.client") {
        let text = |key: &str| asset.document.get(key).and_then(Node::as_str).unwrap_or_default();
        let key = (asset.scope.clone(), text("product").to_owned(), folder(text("file")).to_owned());
        together.entry(key).or_default().push(index);
    }
    for same in together.values().filter(|same| same.len() > 1) {
        for index in same {
            let others = same.iter().filter(|other| *other != index).take(20);
            let others = others.map(|other| refer(&*assets[*other].name, &assets[*other].address));
            let others: Vec<Node> = others.collect();
            if let Value::Map(entries) = &mut assets[*index].document.value {
                Arc::make_mut(entries).insert("beside".into(), Value::list(others).into());
            }
        }
    }
}

/// The folder that a configuration is for: `a` for `a/.claude/settings.json` and for `a/.mcp.json`.
fn folder(file: &str) -> &str {
    let hidden =
        file.match_indices('.').find(|(at, _)| *at == 0 || file.as_bytes().get(at - 1) == Some(&b'/'));
    let end = hidden.map(|(at, _)| at).or_else(|| file.rfind('/')).unwrap_or_default();
    file[..end].trim_end_matches('/')
}

/// What a server runs or calls, without version.
fn identity(document: &Node) -> String {
    let text = |path: &str| document.at_path(path).map(Node::brief);
    text("url")
        .or_else(|| Some(format!("{}:{}", text("package.ecosystem")?, text("package.name")?)))
        .or_else(|| text("entry"))
        .or_else(|| text("command"))
        .unwrap_or_default()
}
