//! Agents that are defined in files, and files that only name models.

use ::model::{Class, Node, Value};
use catalog::{AgentFile, constant_node};
use collect::normalise;
use formats::Span;
use formats::data::{Data, Datum};

use super::model::Named;
use super::paths::{Found, first, select};
use super::poison;
use super::server::{Entries, record};
use super::text::{beginning, digest, tools};
use super::{New, Reader, View, refer};
use crate::application::parent;

/// Agents or models of one file.
const MAX_ENTRIES: usize = 2_000;

/// Puts the constants of a card into a document.
pub(super) fn constants(doc: &mut Entries, spec: &AgentFile) {
    for (name, value) in &spec.set {
        doc.put(name, constant_node(value));
    }
}

impl Reader<'_> {
    pub(super) fn definitions(&mut self, view: View<'_>) -> bool {
        let whole = Datum::new(Data::Null, Span::new(0, 0));
        let data = view.parsed.data.as_ref().unwrap_or(&whole);
        let before = self.seen.assets.len();
        for found in entries(view.spec, data) {
            self.definition(view, &found);
        }
        self.seen.assets.len() > before
    }

    fn definition(&mut self, view: View<'_>, entry: &Found<'_>) {
        let View { file, card, spec, parsed } = view;
        let paths = |word: &str| spec.fields.iter().find(|(w, _)| &**w == word).map(|(_, paths)| &**paths);
        let field = |word: &str| first(entry.datum, paths(word)?);
        let whole_file = spec.each.is_empty();
        // An entry that has none of what makes an agent is something else.
        let telling = match paths("entry") {
            Some(_) => vec!["entry"],
            None => vec!["instructions", "model", "tools", "program", "description"],
        };
        let body = paths("instructions").is_some_and(|p| p.iter().any(|p| &**p == "$body"));
        let tells = body && whole_file || telling.iter().any(|word| field(word).is_some());
        if !tells {
            return;
        }
        let relative = self.relative(&file.path).to_owned();
        let stem = file_stem(&file.path);
        let named = field("name").and_then(Datum::as_str).map(str::to_owned);
        let key = entry.key.as_ref().map(|(key, _)| key.to_string());
        let name = named.or(key).unwrap_or_else(|| stem.to_owned());
        let span =
            entry.key.as_ref().map_or(Span { end: entry.datum.span.start, ..entry.datum.span }, |(_, s)| *s);
        let mut doc = Entries::default();
        constants(&mut doc, spec);
        doc.put("name", &*name);
        doc.put("product", card.product.text.clone());
        doc.put("file", file.path.clone());
        let texts = ["description", "permissionMode", "program", "audience"];
        for word in texts {
            let text = field(word)
                .map(|d| file.node(d))
                .filter(|n| matches!(n.value, Value::String(_) | Value::Template(_)));
            doc.put_some(word, text);
        }
        let mut signs = Vec::new();
        let instructions = match body {
            true => {
                let (from, to) = (parsed.body.start as usize, parsed.body.end as usize);
                let text = file.text.get(from..to).unwrap_or_default().trim();
                for sign in poison::signs(&file.text) {
                    let at = file.at(Span::new(sign.at, sign.at));
                    signs.push(poison::node("text", &sign, Some(at)));
                }
                (!text.is_empty()).then(|| (text.to_owned(), parsed.body))
            }
            false => field("instructions").and_then(|d| Some((text_of(d)?, d.span))),
        };
        if let Some((text, span)) = &instructions {
            doc.put("sha256", &*digest(text.as_bytes()));
            let at = Some(file.at(*span));
            let node = Node { at, ..beginning(text).into() };
            if !body {
                signs.extend(poison::nodes("instructions", &node, &poison::signs(text)));
            }
            doc.put("instructions", node);
        }
        doc.put_list("signs", signs);
        let bypass = field("permissionMode").and_then(Datum::as_str) == Some("bypassPermissions");
        let never = bypass
            || spec.set.iter().any(|(name, value)| {
                &**name == "approval" && matches!(value, catalog::Constant::Text(t) if &**t == "never")
            });
        let mut found = field("tools").map(|d| agent_tools(view, d, never)).unwrap_or_default();
        if found.is_empty() && bypass {
            found.push(tool("*".into(), None, true));
        }
        doc.put_list("tools", found);
        if let Some(model) = field("model").filter(|d| d.as_str().is_some()) {
            let named = Named {
                text: file.node(model),
                provider: provider(view, entry.datum),
                endpoint: field("endpoint").map(|d| file.node(d)),
                span: model.span,
                alias: None,
            };
            let model = self.model(file, &named);
            doc.put("model", model);
        }
        let agents = paths("agents").into_iter().flatten().flat_map(|path| select(entry.datum, path));
        let agents = agents.flat_map(|f| match &f.datum.value {
            Data::List(items) => items.iter().collect(),
            _ => vec![f.datum],
        });
        let product = &card.product.text;
        let agents = agents.filter_map(|d| {
            let text = d.as_str()?;
            let at = Some(file.at(d.span));
            let is_file = text.ends_with(".yaml") || text.ends_with(".yml");
            let address = match is_file {
                true => normalise(&format!("{}/{text}", parent(&file.path))),
                false => format!("agent/{product}/{text}"),
            };
            Some(refer(Node { at, ..text.into() }, &address))
        });
        doc.put_list("agents", agents.collect());
        let address = match self.seen.assets.iter().any(|a| *a.address == *format!("agent/{product}/{name}"))
        {
            false => format!("agent/{product}/{name}"),
            true => format!("agent/{product}/{relative}/{name}"),
        };
        let new = New { kind: "agents.definition", class: Class::Agent, name, address, file, span };
        self.asset(new, doc.node());
        if let Some(asset) = self.seen.assets.last_mut().filter(|_| whole_file) {
            asset.aliases.insert(file.path.clone());
        }
    }

    pub(super) fn models(&mut self, view: View<'_>) -> bool {
        let Some(data) = &view.parsed.data else { return false };
        let View { file, spec, .. } = view;
        let before = self.seen.assets.len();
        for found in entries(spec, data) {
            let field = |word: &str| {
                let paths = &spec.fields.iter().find(|(w, _)| &**w == word)?.1;
                first(found.datum, paths)
            };
            let Some(model) = field("model").filter(|d| d.as_str().is_some()) else { continue };
            let named = Named {
                text: file.node(model),
                provider: provider(view, found.datum),
                endpoint: field("endpoint").map(|d| file.node(d)),
                span: model.span,
                alias: field("name").and_then(Datum::as_str),
            };
            _ = self.model(file, &named);
        }
        self.seen.assets.len() > before
    }
}

/// What each entry of a file is: those at the card's paths, or the whole.
fn entries<'d>(spec: &AgentFile, data: &'d Datum) -> Vec<Found<'d>> {
    if spec.each.is_empty() {
        return vec![Found { key: None, datum: data }];
    }
    let mut found = Vec::new();
    for path in &spec.each {
        for at in select(data, path) {
            found.extend(select(at.datum, "*"));
        }
    }
    found.truncate(MAX_ENTRIES);
    found
}

/// The provider that the entry or the card says.
fn provider(view: View<'_>, entry: &Datum) -> Option<String> {
    let paths = view.spec.fields.iter().find(|(w, _)| &**w == "provider").map(|(_, paths)| paths);
    let said = paths.and_then(|paths| first(entry, paths)).and_then(Datum::as_str).map(str::to_owned);
    said.or_else(|| {
        view.spec.set.iter().find_map(|(name, value)| match value {
            catalog::Constant::Text(text) if &**name == "provider" => Some(text.to_string()),
            _ => None,
        })
    })
}

/// A text, or the texts of a list of them.
fn text_of(datum: &Datum) -> Option<String> {
    match &datum.value {
        Data::Text(text) => Some(text.to_string()),
        Data::List(items) => {
            let texts: Vec<&str> =
                items.iter().filter_map(|i| i.as_str().or_else(|| i.get("text")?.as_str())).collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        }
        _ => None,
    }
}

fn tool(name: Node, kind: Option<&str>, never: bool) -> Node {
    let at = name.at.clone();
    let approval = if never { "never" } else { "asked" };
    let mut entry = vec![("name", name), ("approval", approval.into())];
    entry.extend(kind.map(|k| ("type", Node::from(k))));
    let node = Value::map(entry.into_iter().map(|(k, v)| (k.into(), v)).collect());
    Node { at, ..node.into() }
}

/// Tools by name: texts, a map of switches, or entries with a name, an id or a type of their own.
fn agent_tools(view: View<'_>, datum: &Datum, never: bool) -> Vec<Node> {
    let Some(items) = datum.as_list().filter(|items| items.iter().any(|i| i.as_map().is_some())) else {
        return tools(view.file, datum).into_iter().map(|name| tool(name, None, never)).collect();
    };
    let each = items.iter().take(MAX_ENTRIES).filter_map(|item| {
        if item.as_str().is_some() {
            return Some(tool(view.file.node(item), None, never));
        }
        let text = |key: &str| item.get(key).filter(|d| d.as_str().is_some());
        let name = ["name", "id", "server_label", "serverName", "title", "type", "kind", "file"]
            .iter()
            .find_map(|key| text(key))?;
        let kind = text("type").or_else(|| text("kind")).and_then(Datum::as_str);
        let said = item.get("require_approval").or_else(|| item.get("approvalMode"));
        let said = said.map(|d| d.get("kind").unwrap_or(d)).and_then(Datum::as_str);
        let never = match said {
            Some(said) => said == "never",
            None => never,
        };
        Some(tool(view.file.node(name), kind, never))
    });
    each.collect()
}

/// The name of a file without its endings; of one that is called by its role, the name of its folder.
fn file_stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let roles = [".agent", ".chatmode", ".mcs", ".manifest"];
    let stem = roles.iter().find_map(|role| stem.strip_suffix(role)).unwrap_or(stem);
    match stem {
        "agent" | "root_agent" | "declarativeAgent" => {
            parent(path).rsplit('/').next().filter(|folder| !folder.is_empty()).unwrap_or(stem)
        }
        other => other,
    }
}

/// Kept for the documents of agent cards: a name and what stands beside it.
pub(super) fn skill(id: Node, name: Node, description: Node) -> Node {
    let at = name.at.clone();
    Node { at, ..record([("id", id), ("name", name), ("description", description)]) }
}
