//! From the name of a model, as configuration files write it, to its provider and to an asset of its own.

use ::model::{Class, Node};
use formats::Span;

use super::credential::address;
use super::file::TextFile;
use super::server::Entries;
use super::{New, Reader, refer};

/// How gateways and evaluation tools write providers before a model, and what we call them.
const PROVIDERS: [(&str, &str); 48] = [
    ("ai21", "ai21"),
    ("amazon-bedrock", "bedrock"),
    ("anthropic", "anthropic"),
    ("azure", "azure-openai"),
    ("azure-openai", "azure-openai"),
    ("azure_ai", "azure-ai-inference"),
    ("azure_openai", "azure-openai"),
    ("azureopenai", "azure-openai"),
    ("bedrock", "bedrock"),
    ("cerebras", "cerebras"),
    ("cloudflare", "cloudflare"),
    ("cohere", "cohere"),
    ("cohere_chat", "cohere"),
    ("databricks", "databricks"),
    ("deepseek", "deepseek"),
    ("fireworks", "fireworks"),
    ("fireworks_ai", "fireworks"),
    ("gemini", "google-genai"),
    ("github", "github-models"),
    ("github-copilot", "github-copilot"),
    ("google", "google-genai"),
    ("googleai", "google-genai"),
    ("google-vertex", "vertex"),
    ("groq", "groq"),
    ("hosted_vllm", "vllm"),
    ("huggingface", "huggingface"),
    ("lm_studio", "lm-studio"),
    ("lmstudio", "lm-studio"),
    ("mistral", "mistral"),
    ("moonshot", "moonshot"),
    ("nvidia_nim", "nvidia-nim"),
    ("ollama", "ollama"),
    ("ollama_chat", "ollama"),
    ("openai", "openai"),
    ("openrouter", "openrouter"),
    ("perplexity", "perplexity"),
    ("replicate", "replicate"),
    ("sagemaker", "sagemaker"),
    ("snowflake", "snowflake"),
    ("together", "together"),
    ("together_ai", "together"),
    ("togetherai", "together"),
    ("vertex", "vertex"),
    ("vertex_ai", "vertex"),
    ("vllm", "vllm"),
    ("voyage", "voyage"),
    ("watsonx", "watsonx"),
    ("xai", "xai"),
];

/// How the names of models begin whose maker is also who serves them, unless something else is said.
const FAMILIES: [(&str, &str); 18] = [
    ("gpt-", "openai"),
    ("chatgpt-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("text-embedding-", "openai"),
    ("dall-e", "openai"),
    ("whisper-", "openai"),
    ("claude", "anthropic"),
    ("sonnet", "anthropic"),
    ("opus", "anthropic"),
    ("haiku", "anthropic"),
    ("gemini-", "google-genai"),
    ("command-r", "cohere"),
    ("mistral-", "mistral"),
    ("codestral", "mistral"),
    ("deepseek-", "deepseek"),
    ("grok-", "xai"),
];

/// The provider and name in `azure/gpt-4o`, `openai:chat:gpt-4o`, `gpt-4o`.
pub(super) fn provider_of(text: &str) -> (Option<&'static str>, &str) {
    if let Some((first, rest)) = text.split_once(['/', ':']) {
        let named = PROVIDERS.iter().find(|(word, _)| word.eq_ignore_ascii_case(first)).map(|(_, p)| *p);
        if let Some(provider) = named {
            let kinds = [
                "chat:",
                "responses:",
                "completion:",
                "completions:",
                "embedding:",
                "embeddings:",
                "messages:",
                "messages/",
                "assistant:",
                "image:",
                "realtime:",
                "converse/",
                "chat/",
            ];
            let name = kinds.iter().find_map(|k| rest.strip_prefix(k)).unwrap_or(rest);
            return (Some(provider), name);
        }
    }
    let starts = |start: &str| text.get(..start.len()).is_some_and(|t| t.eq_ignore_ascii_case(start));
    let family = FAMILIES.iter().find(|(start, _)| starts(start)).map(|(_, p)| *p);
    (family, text)
}

/// What a file says of a model.
#[derive(Default)]
pub(super) struct Named<'m> {
    pub(super) text: Node,
    pub(super) provider: Option<String>,
    pub(super) endpoint: Option<Node>,
    /// Where it is declared.
    pub(super) span: Span,
    /// The name that others call it by.
    pub(super) alias: Option<&'m str>,
}

impl Reader<'_> {
    /// Adds the model, and the service that serves it where its address is known; gives back a value that names it.
    pub(super) fn model(&mut self, file: &TextFile, named: &Named<'_>) -> Node {
        let Some(text) = named.text.as_str().map(str::trim).filter(|t| is_model(t)) else {
            return named.text.clone();
        };
        let said = named.provider.as_deref().and_then(|said| {
            let word = said.to_ascii_lowercase();
            PROVIDERS.iter().find(|(w, _)| *w == word).map(|(_, p)| *p)
        });
        let (guessed, name) = provider_of(text);
        let provider = said.or(guessed);
        // A provider in front of the name is not part of it, but a path of a hub is.
        let name = if guessed.is_some() || said.is_none() { name } else { text };
        let local = provider == Some("ollama") && (name.starts_with(['.', '/']) || name.ends_with(".gguf"));
        let mut doc = Entries::default();
        doc.put_some("provider", provider);
        let at = |node: Node| Node { at: named.text.at.clone(), ..node };
        doc.put("name", at(name.into()));
        if provider == Some("ollama") && !local {
            doc.put_some("version", name.split_once(':').map(|(_, tag)| at(tag.into())));
            doc.put_some("source", name.starts_with("hf.co/").then(|| at(name.into())));
        } else if local {
            doc.put("source", at(name.into()));
        }
        doc.put_some("alias", named.alias);
        let address = match provider {
            Some(provider) => format!("model/{provider}/{name}"),
            None => format!("model/{name}"),
        };
        let (span, class) = (named.span, Class::Model);
        let new =
            New { kind: "code.model", class, name: name.to_owned(), address: address.clone(), file, span };
        doc.put_some("service", self.service(file, provider, name, named));
        self.asset(new, doc.node());
        refer(at(text.into()), &address)
    }

    fn service(
        &mut self,
        file: &TextFile,
        provider: Option<&str>,
        name: &str,
        named: &Named<'_>,
    ) -> Option<Node> {
        let endpoint = named.endpoint.as_ref()?;
        let found = endpoint.as_str().and_then(address)?;
        let azure =
            found.host.ends_with(".openai.azure.com") || found.host.ends_with(".cognitiveservices.azure.com");
        let provider = if azure { Some("azure-openai") } else { provider };
        let mut doc = Entries::default();
        let at = |node: Node| Node { at: endpoint.at.clone(), ..node };
        doc.put_some("provider", provider);
        doc.put("endpoint", at(found.shown.as_str().into()));
        doc.put("host", at(found.host.as_str().into()));
        if provider == Some("azure-openai") {
            doc.put("deployment", Node { at: named.text.at.clone(), ..name.into() });
        }
        let address = format!("service/{}/{}", provider.unwrap_or("unknown"), found.host);
        let (kind, class, span) = ("code.ai-service", Class::AiService, named.span);
        let service = refer(at(found.host.as_str().into()), &address);
        self.asset(New { kind, class, name: found.host, address, file, span }, doc.node());
        Some(service)
    }
}

/// Whether a text can be the name of a model at all.
fn is_model(text: &str) -> bool {
    let other =
        ["file:", "python:", "exec:", "http:", "https:", "package:", "golang:", "webhook:", "mcp:", "@"];
    let none = ["inherit", "default", "auto", "echo", "null", "none"];
    !text.is_empty()
        && text.len() <= 200
        && !text.contains(char::is_whitespace)
        && !none.contains(&text)
        && !other.iter().any(|o| text.starts_with(o))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_stand_before_names_or_are_known_by_them() {
        for (text, want) in [
            ("azure/gpt-4o", (Some("azure-openai"), "gpt-4o")),
            ("openai:chat:gpt-4o", (Some("openai"), "gpt-4o")),
            ("anthropic:messages:claude-sonnet-4-5", (Some("anthropic"), "claude-sonnet-4-5")),
            ("claude-sonnet-4-5", (Some("anthropic"), "claude-sonnet-4-5")),
            ("meta-llama/Llama-3-8B", (None, "meta-llama/Llama-3-8B")),
            ("llama3:8b", (None, "llama3:8b")),
            ("", (None, "")),
        ] {
            assert_eq!(provider_of(text), want, "{text}");
        }
    }
}
