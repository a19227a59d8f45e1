//! What can be said only when everything is gathered: which provider a name or address tells, the models that the nodes of
//! a graph ask, the tools that a server finds by itself.

use std::sync::Arc;

use catalog::sdk::Role;
use formats::code::{Expr, FunctionId};
use model::{Node, Value};
use rustc_hash::FxHashSet;

use super::super::component::{Component, host};
use super::super::refer::Thing;
use super::super::repo::Place;
use super::Gather;
use super::models::{provider_by_model, provider_of};

/// Libraries that pass a request on to the provider that the model's name begins with.
const ROUTERS: [&str; 5] = ["litellm", "genkit", "vercel", "ai-gateway", "aisuite"];
/// Calls from a node's function to further functions that are followed.
const DEPTH: u32 = 4;

impl<'e, 'r, 's, 'c> Gather<'e, 'r, 's, 'c> {
    /// A node of a graph: an agent, or a function, whose models are asked for by [`Self::settle`].
    pub(super) fn node(&mut self, owner: usize, place: Place, depth: u32) {
        for thing in self.evaluator.refer(place) {
            match thing {
                Thing::Function { file, id } => {
                    let name = self.evaluator.repo.file(file).unit.function(id).name;
                    if let Some(name) = name {
                        let known = self.components[owner].values.get("nodes").and_then(Node::as_list);
                        let mut all: Vec<Node> = known.map(|known| known.to_vec()).unwrap_or_default();
                        if !all.iter().any(|node| node.as_str() == Some(name)) {
                            all.push(Node::from(name).at(self.evaluator.position(place)));
                        }
                        self.components[owner].values.insert("nodes".into(), Value::list(all).into());
                    }
                    self.nodes.push((owner, file, id));
                }
                Thing::Library { made: Some(made), .. } => {
                    let Some(to) = self.by_place.get(&made).copied().filter(|to| *to != owner) else {
                        continue;
                    };
                    match self.components[to].role {
                        Role::Agent => self.components[owner].link("agents", to),
                        Role::Tool => self.components[owner].link("tools", to),
                        Role::Model => self.components[owner].link("model", to),
                        _ => {}
                    }
                }
                // `ToolNode([a, b])`: the tools themselves.
                _ => {}
            }
        }
        let Some(written) = self.evaluator.written(place) else { return };
        let inside: Vec<Place> = match self.evaluator.expr(written) {
            Expr::List(items) => items.iter().take(100).map(|i| Place { expr: *i, ..written }).collect(),
            Expr::Call(call) if self.named(written).is_some_and(|name| name.contains("ToolNode")) => {
                let first = call.args.first().map(|arg| Place { expr: arg.value, ..written });
                if let Some(first) = first {
                    self.give(owner, "tools", first);
                }
                return;
            }
            _ => return,
        };
        if depth < 4 {
            inside.into_iter().for_each(|place| self.node(owner, place, depth + 1));
        }
    }

    /// The last name of what a call calls.
    pub(super) fn named(&self, call: Place) -> Option<&'s str> {
        let callee = self.evaluator.call_of(call)?.callee;
        match self.evaluator.expr(Place { expr: callee, ..call }) {
            Expr::Name(name) | Expr::Member { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The end of gathering.
    pub(super) fn settle(&mut self) {
        self.models_of_nodes();
        self.models_of_kernels();
        for (service, place) in std::mem::take(&mut self.sent) {
            for thing in self.evaluator.refer(place) {
                let Thing::Library { made: Some(made), .. } = thing else { continue };
                let asked = self.asks.iter().find(|(place, _)| *place == made).and_then(|(_, to)| *to);
                if let Some(to) = asked.filter(|to| self.components[*to].role == Role::Model) {
                    self.components[to].link("service", service);
                }
            }
        }
        self.tools_of_servers();
        self.one_model_for_each_name();
        for component in &mut self.components {
            if matches!(component.role, Role::Model | Role::Agent) {
                route(component);
            }
        }
    }

    /// An agent that runs on another's model, as on a kernel's: it uses what that uses.
    fn models_of_kernels(&mut self) {
        for index in 0..self.components.len() {
            let models = self.components[index].links.get("model").cloned().unwrap_or_default();
            for kernel in models {
                if self.components[kernel].role != Role::Agent {
                    continue;
                }
                for key in ["model", "tools"] {
                    let links = self.components[kernel].links.get(key).cloned().unwrap_or_default();
                    links
                        .into_iter()
                        .filter(|to| *to != index)
                        .for_each(|to| self.components[index].link(key, to));
                }
                if let Some(links) = self.components[index].links.get_mut("model") {
                    links.retain(|to| *to != kernel);
                }
            }
        }
    }

    fn models_of_nodes(&mut self) {
        for (owner, file, function) in std::mem::take(&mut self.nodes) {
            let mut seen = FxHashSet::default();
            self.asked_in(owner, file, function, &mut seen, 0);
        }
    }

    fn asked_in(
        &mut self,
        owner: usize,
        file: u32,
        function: FunctionId,
        seen: &mut FxHashSet<(u32, FunctionId)>,
        depth: u32,
    ) {
        if depth > DEPTH || !seen.insert((file, function)) {
            return;
        }
        let of = self.evaluator.repo.file(file);
        let span = of.unit.function(function).span;
        let inside = |place: &Place| {
            // An expression of another file says nothing in this one's tree.
            place.file == file && {
                let here = of.unit.span(place.expr);
                span.start <= here.start && here.end <= span.end
            }
        };
        let asked: Vec<usize> =
            self.asks.iter().filter(|(place, _)| inside(place)).filter_map(|(_, to)| *to).collect();
        for to in asked.into_iter().filter(|to| *to != owner) {
            match self.components[to].role {
                Role::Model => self.components[owner].link("model", to),
                Role::Agent => self.components[owner].link("agents", to),
                _ => {}
            }
        }
        let calls = of.scopes.calls.iter().map(|call| Place { file, expr: *call }).filter(inside);
        let mut called = Vec::new();
        for call in calls {
            let Expr::Call(parts) = self.evaluator.expr(call) else { continue };
            for thing in self.evaluator.refer(Place { expr: parts.callee, ..call }) {
                if let Thing::Function { file, id } = thing {
                    called.push((file, id));
                }
            }
        }
        for (file, id) in called {
            self.asked_in(owner, file, id, seen, depth + 1);
        }
    }

    /// Tools that a server finds by their marks: where an application has one server, they are its own.
    fn tools_of_servers(&mut self) {
        let marked = |component: &Component| {
            component.role == Role::Tool
                && component.values.get("server").and_then(Node::as_bool) == Some(true)
        };
        let tools: Vec<usize> = (0..self.components.len()).filter(|i| marked(&self.components[*i])).collect();
        for tool in tools {
            self.components[tool].values.remove("server");
            let scope = self.components[tool].scope.clone();
            let servers = self.components.iter().enumerate();
            let servers: Vec<usize> = servers
                .filter(|(_, c)| c.role == Role::McpServer && c.scope == scope)
                .map(|(index, _)| index)
                .collect();
            // The same server may be named more than once.
            let names: FxHashSet<String> = servers.iter().map(|to| self.components[*to].address()).collect();
            if let (1, Some(first)) = (names.len(), servers.first()) {
                self.components[*first].link("tools", tool);
            }
        }
    }

    /// A model whose name may be one of several is several models.
    fn one_model_for_each_name(&mut self) {
        for index in 0..self.components.len() {
            let component = &self.components[index];
            let several = component.values.get("name").and_then(Node::as_list).map(|names| names.to_vec());
            let Some(names) = several.filter(|_| component.role == Role::Model) else { continue };
            let mut more = Vec::new();
            for (at, name) in names.into_iter().enumerate() {
                if at == 0 {
                    self.components[index].values.insert("name".into(), name);
                } else {
                    let mut other = self.components[index].clone();
                    other.values.insert("name".into(), name);
                    more.push(self.add(other));
                }
            }
            for component in &mut self.components {
                for links in component.links.values_mut().filter(|links| links.contains(&index)) {
                    links.extend(more.iter().filter(|to| !links.contains(*to)).copied().collect::<Vec<_>>());
                }
            }
        }
    }
}

/// Sets the provider that a name, or an address, tells.
pub(super) fn route(component: &mut Component) {
    if let Some(known) = component.text("provider").and_then(provider_of) {
        said(component, "provider", known);
    }
    let provider = component.text("provider").map(str::to_owned);
    let routed = provider.as_deref().is_none_or(|provider| ROUTERS.contains(&provider));
    if component.role == Role::Model && routed {
        let name = component.text("name").map(str::to_owned).unwrap_or_default();
        let split = name.split_once([':', '/']).and_then(|(before, rest)| Some((provider_of(before)?, rest)));
        if let Some((known, rest)) = split {
            said(component, "name", rest);
            said(component, "provider", known);
        } else if let Some(known) = provider_by_model(&name) {
            said(component, "provider", known);
        }
    }
    let address = component.values.get("endpoint").filter(|node| !node.default).and_then(Node::as_str);
    if component.text("provider") == Some("openai")
        && let Some(known) = address.and_then(|address| provider_at(host(address)))
    {
        said(component, "provider", known);
    }
}

/// Says a text in the place of another, or for the first time.
fn said(component: &mut Component, key: &str, text: &str) {
    let node = component.values.get(key).cloned().unwrap_or_default();
    component.values.insert(Arc::from(key), Node { value: Value::string(text), ..node });
}

/// Who answers at a host, where many speak the protocol of one.
fn provider_at(host: &str) -> Option<&'static str> {
    let name = host.split(':').next().unwrap_or(host);
    let ends = |end: &str| name == end || name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
    const HOSTS: [(&str, &str); 20] = [
        ("openai.azure.com", "azure-openai"),
        ("services.ai.azure.com", "azure-ai-foundry"),
        ("api.anthropic.com", "anthropic"),
        ("generativelanguage.googleapis.com", "google-genai"),
        ("aiplatform.googleapis.com", "vertex"),
        ("api.deepseek.com", "deepseek"),
        ("openrouter.ai", "openrouter"),
        ("api.groq.com", "groq"),
        ("api.together.xyz", "together"),
        ("api.fireworks.ai", "fireworks"),
        ("api.mistral.ai", "mistral"),
        ("api.x.ai", "xai"),
        ("api.perplexity.ai", "perplexity"),
        ("integrate.api.nvidia.com", "nvidia"),
        ("router.huggingface.co", "huggingface"),
        ("models.inference.ai.azure.com", "github-models"),
        ("models.github.ai", "github-models"),
        ("api.cerebras.ai", "cerebras"),
        ("api.sambanova.ai", "sambanova"),
        ("dashscope.aliyuncs.com", "dashscope"),
    ];
    if host.ends_with(":11434") {
        return Some("ollama");
    }
    HOSTS.iter().find(|(end, _)| ends(end)).map(|(_, provider)| *provider)
}
