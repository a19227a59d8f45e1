//! Models: those that calls name, those that are named by text, and what they inherit from their service.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::sdk::Role;
use model::{Node, Value};

use super::super::component::{Component, Target};
use super::super::refer::Thing;
use super::super::repo::Place;
use super::{Gather, Made};

impl<'e, 'r, 's, 'c> Gather<'e, 'r, 's, 'c> {
    /// What the library reads from the environment by itself.
    pub(super) fn environment(&mut self, made: &Made<'c>, index: usize) {
        for (key, variables) in &made.signature.environment {
            if self.components[index].values.contains_key(key) || made.marked.is_some() {
                continue;
            }
            let mut found = variables.iter().map(|name| self.evaluator.variable(made.place, name, None));
            let Some(first) = found.next() else { continue };
            let node = if first.is_unknown() {
                found.find(|node| !node.is_unknown()).unwrap_or(first)
            } else {
                first
            };
            let read =
                node.from.as_ref().and_then(|from| from.address.strip_prefix("environment/").map(Arc::from));
            if let Some(read) = read {
                self.components[index].reads.insert(key.clone(), read);
            }
            // What is not known to be set is not a value: the default holds, or there is none.
            if !node.is_unknown() {
                self.components[index].set(key, node);
            }
        }
    }

    /// A component that hangs on the receiver: `client.beta.assistants.create(…)` runs on the client.
    pub(super) fn inherit(&mut self, made: &Made<'c>, index: usize) {
        let Thing::Library { made: Some(receiver), .. } = made.thing else { return };
        let Some(to) = self.by_place.get(&receiver).copied().filter(|to| *to != index) else { return };
        match self.components[to].role {
            Role::Service => self.components[index].link("service", to),
            Role::Model => self.components[index].link("model", to),
            _ => {}
        }
        if let Some(provider) = self.components[to].values.get("provider").cloned()
            && !self.components[index].values.contains_key("provider")
        {
            self.components[index].set("provider", provider);
        }
    }

    /// The provider of the client that the same module of the card has, where nothing else says one.
    pub(super) fn provider_of_card(&mut self, made: &Made<'c>, index: usize) {
        if self.components[index].values.contains_key("provider")
            || self.components[index].role != Role::Model
        {
            return;
        }
        let Some(card) = made.card else { return };
        let modules = made.signature.modules();
        let provider = self.catalog.sdks[card].names.iter().find_map(|signature| {
            let is_client = signature.role == Role::Service;
            let shares = is_client && signature.modules().iter().any(|module| modules.contains(module));
            signature.set.iter().find(|(key, _)| shares && &**key == "provider").map(|(_, constant)| constant)
        });
        if let Some(provider) = provider {
            let node = catalog::constant_node(provider).at(self.evaluator.position(made.place));
            self.components[index].set("provider", node);
        }
    }

    /// A name of a model where a component is expected.
    pub(super) fn named_model(&mut self, owner: usize, node: Node, place: Place) -> Option<usize> {
        let scope = self.components[owner].scope.clone();
        let mut provider = self.components[owner]
            .values
            .get("modelProvider")
            .or_else(|| self.components[owner].values.get("provider"))
            .cloned();
        let mut name = node.clone();
        if let Some(text) = node.as_str() {
            if text.is_empty() {
                return None;
            }
            if let Some((before, rest)) = text.split_once([':', '/'])
                && let Some(known) = provider_of(before)
            {
                let is_hub = provider
                    .as_ref()
                    .and_then(Node::as_str)
                    .is_some_and(|p| p == "huggingface" || p == "openrouter" || p == "together");
                if !is_hub {
                    provider = Some(Node { value: Value::string(known), ..node.clone() });
                    name = Node { value: Value::string(rest), ..node.clone() };
                }
            }
        }
        if provider.is_none()
            && let Some(known) = name.as_str().and_then(provider_by_model)
        {
            provider = Some(Node { value: Value::string(known), ..node });
        }
        let file = self.evaluator.repo.file(place.file);
        let mut values = BTreeMap::from([(Arc::from("name"), name)]);
        values.extend(provider.map(|provider| (Arc::from("provider"), provider)));
        let component = Component {
            package: self.components[owner].package.clone(),
            values,
            links: self.components[owner]
                .links
                .get("service")
                .map(|to| BTreeMap::from([(Arc::from("service"), to.clone())]))
                .unwrap_or_default(),
            ..Component::new(Role::Model, &scope, file.position(file.unit.span(place.expr)))
        };
        Some(self.add(component))
    }

    /// Asks a model.
    pub(super) fn call(&mut self, made: &Made<'c>) {
        let receiver = match made.thing {
            Thing::Library { made: Some(receiver), .. } => self.by_place.get(&receiver).copied(),
            _ => None,
        };
        let is_asked =
            receiver.is_some_and(|to| matches!(self.components[to].role, Role::Model | Role::Agent));
        // A client that is bound to a model asks that one.
        let service = receiver.filter(|to| self.components[*to].role == Role::Service);
        let bound = service.and_then(|to| Some(*self.components[to].links.get("model")?.first()?));
        if let (Some(to), Some(service), true) = (bound, service, self.places(made, "model").is_empty()) {
            self.components[to].link("service", service);
            if let Some((_, purpose)) = made.signature.set.iter().find(|(key, _)| &**key == "purpose") {
                self.components[to].set("purpose", catalog::constant_node(purpose));
            }
            for (key, _) in made.signature.takes.iter().filter(|(key, _)| &**key != "model") {
                for place in self.places(made, key) {
                    self.give(to, key, place);
                }
            }
            self.asks.push((made.place, Some(to)));
            return;
        }
        let takes_model = made.signature.takes.iter().any(|(key, _)| &**key == "model");
        if let (Some(to), true) = (receiver, is_asked) {
            self.asks.push((made.place, Some(to)));
            for key in ["prompt", "instructions", "tools", "guardrail"] {
                for place in self.places(made, key) {
                    self.give(to, key, place);
                }
            }
            if !takes_model || self.places(made, "model").is_empty() {
                return;
            }
        }
        let file = self.evaluator.repo.file(made.place.file);
        let mut component = Component {
            package: made.card.and_then(|card| self.catalog.sdks[card].packages.first().cloned()),
            ..Component::new(Role::Model, &file.scope, file.position(file.unit.span(made.place.expr)))
        };
        if let Some(to) = receiver.filter(|to| self.components[*to].role == Role::Service) {
            component.link("service", to);
            if let Some(provider) = self.components[to].values.get("provider") {
                component.set("provider", provider.clone());
            }
        }
        let index = self.add(component);
        for (key, constant) in &made.signature.set {
            let node = catalog::constant_node(constant).at(self.evaluator.position(made.place));
            self.components[index].set(key, node);
        }
        for (key, _) in &made.signature.takes {
            for place in self.places(made, key) {
                match &**key {
                    "model" => self.model_of_call(index, place),
                    key => self.give(index, key, place),
                }
            }
        }
        self.environment(made, index);
        self.provider_of_card(made, index);
        for (key, constant) in &made.signature.defaults {
            if !self.components[index].values.contains_key(key) {
                self.components[index].set(key, Node { default: true, ..catalog::constant_node(constant) });
            }
        }
        // The deployment of an Azure client stands for the model where the call names none.
        if !self.components[index].values.contains_key("name")
            && let Some(deployment) =
                receiver.and_then(|to| self.components[to].values.get("deployment").cloned())
        {
            self.components[index].set("name", deployment);
        }
        self.asks.push((made.place, Some(index)));
    }

    /// The model that a call names: one that was made before, or a text.
    pub(super) fn model_of_call(&mut self, index: usize, place: Place) {
        for target in self.targets(index, "model", place, 0) {
            match target {
                Target::Component(to) => {
                    let other = self.components[to].clone();
                    for key in ["provider", "name", "endpoint", "service"] {
                        if let Some(node) = other.values.get(key) {
                            self.components[index].set(key, node.clone());
                        }
                    }
                    if let Some(service) = other.links.get("service").and_then(|links| links.first()) {
                        self.components[index].link("service", *service);
                    }
                }
                Target::Value(node) => {
                    let known = self.components[index].values.remove("name");
                    let node = match known {
                        Some(known) if !known.is_unknown() => {
                            let mut all = known.as_list().map_or_else(|| vec![known.clone()], |l| l.to_vec());
                            all.push(node);
                            Node::from(Value::list(all)).at(self.evaluator.position(place))
                        }
                        _ => node,
                    };
                    self.components[index].set("name", node);
                }
            }
        }
    }
}

/// The provider that a prefix of a model's name stands for: `azure/gpt-4o`, `anthropic:claude-…`.
pub(super) fn provider_of(prefix: &str) -> Option<&'static str> {
    Some(match prefix.to_ascii_lowercase().replace('_', "-").as_str() {
        "openai" | "openai-responses" | "openai-chat" => "openai",
        "azure" | "azure-openai" | "azureopenai" => "azure-openai",
        "azure-ai" => "azure-ai",
        "anthropic" => "anthropic",
        "bedrock" | "bedrock-converse" | "aws" | "amazon-bedrock" => "bedrock",
        "vertex" | "vertex-ai" | "google-vertexai" | "google-vertex" => "vertex",
        "gemini" | "google" | "google-genai" | "google-gla" | "googleai" => "google-genai",
        "mistral" | "mistralai" => "mistral",
        "cohere" => "cohere",
        "groq" => "groq",
        "ollama" | "ollama-chat" => "ollama",
        "huggingface" => "huggingface",
        "together" | "together-ai" | "togetherai" => "together",
        "fireworks" | "fireworks-ai" => "fireworks",
        "deepseek" => "deepseek",
        "xai" | "grok" => "xai",
        "openrouter" => "openrouter",
        "perplexity" => "perplexity",
        "nvidia" | "nvidia-nim" => "nvidia",
        "watsonx" => "watsonx",
        "sagemaker" => "sagemaker",
        "vllm" | "hosted-vllm" => "vllm",
        "lm-studio" => "lm-studio",
        _ => return None,
    })
}

/// The provider that a model's name tells by itself, where the library serves many.
pub(super) fn provider_by_model(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if starts(&[
        "gpt-",
        "o1",
        "o3",
        "o4",
        "text-embedding-3",
        "text-embedding-ada",
        "chatgpt",
        "dall-e",
        "whisper-",
    ]) {
        Some("openai")
    } else if starts(&["claude"]) {
        Some("anthropic")
    } else if starts(&["gemini"]) {
        Some("google-genai")
    } else {
        None
    }
}
