//! The identity of what a document only names: models, container images, packages. The same name written in several
//! ways (a Bedrock id, an ARN, a deployment's model) is one thing.

/// A model as its publisher names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ModelName {
    pub publisher: Option<String>,
    pub name: String,
    pub version: Option<String>,
    pub purl: Option<String>,
}

/// Publishers whose models Amazon Bedrock offers, as its model ids begin.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>
const BEDROCK: [&str; 17] = [
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "luma",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "nvidia",
    "openai",
    "qwen",
    "stability",
    "twelvelabs",
    "writer",
];

/// What precedes the id in that of a cross-region inference profile.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>
const REGIONS: [&str; 8] = ["us.", "eu.", "apac.", "global.", "us-gov.", "jp.", "au.", "ca."];

/// Prefixes by which routers (LiteLLM and SDKs built on it) choose a provider.
/// <https://docs.litellm.ai/docs/providers>
const ROUTERS: [&str; 12] = [
    "azure",
    "bedrock",
    "fireworks_ai",
    "gemini",
    "groq",
    "litellm",
    "ollama",
    "openrouter",
    "replicate",
    "together_ai",
    "vertex_ai",
    "xai",
];

/// Words of sources that give models by their id on the Hugging Face hub.
const HUB: [&str; 8] = [
    "huggingface",
    "hugging-face",
    "huggingface-hub",
    "transformers",
    "sentence-transformers",
    "diffusers",
    "vllm",
    "peft",
];

impl ModelName {
    /// `provider` is who gives access to the model, as far as that is known; `None` for a server of one's own, which
    /// loads from the Hugging Face hub or a folder.
    pub(super) fn read(provider: Option<&str>, id: &str, version: Option<&str>) -> Option<ModelName> {
        let id = id.trim();
        let version = version.map(str::to_owned);
        if id.is_empty() || id.chars().any(|c| c.is_whitespace() || c.is_control()) || id.len() > 300 {
            return None;
        }
        let plain = |publisher: Option<&str>, name: &str, version: Option<String>| {
            let publisher = publisher.map(str::to_owned);
            Some(ModelName { publisher, name: name.to_owned(), version, purl: None })
        };
        if let Some(rest) = id.strip_prefix("arn:") {
            // Only a foundation model's ARN names a model; others name a resource, which is an asset of its own.
            let named =
                rest.split_once("foundation-model/").or_else(|| rest.split_once("inference-profile/"))?.1;
            return bedrock(named, version);
        }
        if let Some((_, rest)) = id.split_once("publishers/") {
            let (publisher, name) = rest.split_once("/models/")?;
            let (name, tagged) = tagged(name, '@');
            return plain(Some(publisher), name, version.or(tagged));
        }
        if let Some((_, rest)) = id.split_once("azureml://registries/") {
            let (registry, rest) = rest.split_once("/models/")?;
            let (name, tagged) =
                rest.split_once("/versions/").map_or((rest, None), |(n, v)| (n, Some(v.to_owned())));
            return plain(Some(registry.trim_start_matches("azureml-")), name, version.or(tagged));
        }
        let parsed = bedrock(id, version.clone());
        if parsed.is_some()
            && provider.is_none_or(|p| p.contains("bedrock") || p == "aws" || p == "amazon" || p == "litellm")
        {
            return parsed;
        }
        // A router's own prefix says where the model is got, not who makes it.
        if let Some((first, rest)) = id.split_once('/')
            && ROUTERS.contains(&first)
        {
            return ModelName::read(Some(first), rest, version.as_deref());
        }
        let local = id.starts_with(['.', '/', '~']) || id.contains("://") || id.contains('\\');
        if !local && provider.is_none_or(|p| HUB.contains(&p)) && id.split('/').count() == 2 {
            let (publisher, name) = id.split_once('/')?;
            let at =
                version.as_deref().map(|v| format!("@{}", encoded(&v.to_lowercase()))).unwrap_or_default();
            let purl = Some(format!("pkg:huggingface/{}/{}{at}", encoded(publisher), encoded(name)));
            return Some(ModelName { publisher: Some(publisher.into()), name: name.into(), version, purl });
        }
        if !local && let Some((publisher, name)) = id.split_once('/') {
            return plain(Some(publisher), name, version);
        }
        if provider.is_some_and(|p| p == "ollama") {
            let (name, tagged) = tagged(id, ':');
            return plain(None, name, version.or(tagged));
        }
        plain(publisher(provider, id), id, version)
    }

    /// Whether the name is a path, which means another model on each machine.
    pub(super) fn is_local(&self) -> bool {
        self.name.starts_with(['.', '/', '~'])
    }

    /// What is the same for two mentions of the same model.
    pub(super) fn key(&self) -> String {
        let publisher = self.publisher.as_deref().map(|p| format!("{}/", slug(p))).unwrap_or_default();
        let version = self.version.as_deref().map(|v| format!("@{v}")).unwrap_or_default();
        format!("model:{publisher}{}{version}", self.name)
    }
}

fn tagged(name: &str, mark: char) -> (&str, Option<String>) {
    name.split_once(mark).map_or((name, None), |(name, tag)| (name, Some(tag.to_owned())))
}

/// `[region.]publisher.name[-vN[:M]]`.
fn bedrock(id: &str, version: Option<String>) -> Option<ModelName> {
    let id = REGIONS.iter().find_map(|r| id.strip_prefix(r)).unwrap_or(id);
    let (publisher, rest) = id.split_once('.')?;
    if !BEDROCK.contains(&publisher) || rest.is_empty() {
        return None;
    }
    let (name, own) = match rest.rfind("-v") {
        Some(at)
            if rest[at + 2..].starts_with(|c: char| c.is_ascii_digit())
                && rest[at + 2..].chars().all(|c| c.is_ascii_digit() || c == ':') =>
        {
            (&rest[..at], Some(rest[at + 1..].to_owned()))
        }
        _ => (rest, None),
    };
    let publisher = Some(publisher.to_owned());
    Some(ModelName { publisher, name: name.to_owned(), version: version.or(own), purl: None })
}

/// Who makes the models that a provider gives access to, where that is one, or where the name tells.
fn publisher(provider: Option<&str>, name: &str) -> Option<&'static str> {
    const FAMILIES: [(&str, &str); 16] = [
        ("gpt-", "openai"),
        ("chatgpt-", "openai"),
        ("o1", "openai"),
        ("o3", "openai"),
        ("o4-", "openai"),
        ("text-embedding-3-", "openai"),
        ("text-embedding-ada-", "openai"),
        ("dall-e-", "openai"),
        ("whisper-", "openai"),
        ("tts-1", "openai"),
        ("claude-", "anthropic"),
        ("gemini-", "google"),
        ("mistral-", "mistral"),
        ("command-", "cohere"),
        ("grok-", "xai"),
        ("deepseek-", "deepseek"),
    ];
    const SOLE: [&str; 8] =
        ["openai", "anthropic", "google", "mistral", "cohere", "xai", "deepseek", "voyage"];
    let provider = provider?.to_ascii_lowercase();
    let sole = SOLE.iter().find(|sole| **sole == provider).copied();
    let gateway = ["azure", "vertex", "google", "litellm", "github"].iter().any(|p| provider.starts_with(p));
    let family =
        || FAMILIES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, publisher)| *publisher);
    sole.or_else(|| family().filter(|_| gateway))
}

/// A container image's name, in the parts that a package URL wants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ImageName {
    pub group: Option<String>,
    pub name: String,
    /// The digest where there is one, else the tag as written.
    pub version: Option<String>,
    pub purl: String,
}

impl ImageName {
    /// `[registry/][namespace/]name[:tag][@digest]`.
    pub(super) fn read(reference: &str) -> Option<ImageName> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "./:@_-".contains(c);
        if reference.is_empty()
            || reference.len() > 400
            || !reference.chars().all(fits)
            || reference == "scratch"
        {
            return None;
        }
        let (reference, digest) = reference.split_once('@').map_or((reference, None), |(r, d)| (r, Some(d)));
        let (registry, path) = match reference.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
            _ => ("docker.io", reference),
        };
        let (path, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
        let (group, name) = path.rsplit_once('/').map_or((None, path), |(group, name)| (Some(group), name));
        if name.is_empty() {
            return None;
        }
        let version = digest.or(tag);
        let at = version.map(|v| format!("@{}", encoded(v))).unwrap_or_default();
        let namespace = group.map(|g| format!("{g}/")).unwrap_or_default();
        let at_registry =
            if registry == "docker.io" { String::new() } else { format!("?repository_url={registry}") };
        let purl = format!("pkg:docker/{namespace}{name}{at}{at_registry}");
        let group = match registry {
            "docker.io" => group.map(str::to_owned),
            registry => {
                Some(group.map_or_else(|| registry.to_owned(), |group| format!("{registry}/{group}")))
            }
        };
        Some(ImageName { group, name: name.to_owned(), version: version.map(str::to_owned), purl })
    }
}

/// The package URL of a package in an ecosystem, as far as its type is known.
pub(super) fn package_url(ecosystem: &str, name: &str, version: Option<&str>) -> Option<String> {
    let kind = match ecosystem.to_ascii_lowercase().as_str() {
        "npm" => "npm",
        "pypi" => "pypi",
        "cargo" | "crates.io" => "cargo",
        "go" | "golang" => "golang",
        "nuget" => "nuget",
        "maven" => "maven",
        "gem" | "rubygems" => "gem",
        _ => return None,
    };
    let name =
        if kind == "pypi" { name.to_ascii_lowercase().replace(['_', '.'], "-") } else { name.to_owned() };
    let name = name.split('/').map(encoded).collect::<Vec<_>>().join("/");
    let at = version.map(|v| format!("@{}", encoded(v))).unwrap_or_default();
    Some(format!("pkg:{kind}/{name}{at}"))
}

/// A package URL without version, qualifiers and subpath.
pub(super) fn without_version(purl: &str) -> &str {
    let bare = purl.split(['?', '#']).next().unwrap_or(purl);
    // The `@` of an npm scope is written `%40`.
    bare.rsplit_once('@').map_or(bare, |(name, _)| name)
}

/// Percent-encoding as package URLs have it.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Lower-case letters, digits, dots and dashes; what else there is becomes one dash.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() || c == '.' || c == '_' => out.push(c),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.truncate(out.trim_end_matches(['-', '.']).len());
    out
}

/// The provider whose one public address this is, from the API reference of each.
pub(super) fn operator_at(host: &str) -> Option<&'static str> {
    const HOSTS: [(&str, &str); 14] = [
        ("api.anthropic.com", "anthropic"),
        ("api.cohere.com", "cohere"),
        ("api.deepseek.com", "deepseek"),
        ("api.fireworks.ai", "fireworks"),
        ("api.groq.com", "groq"),
        ("api.mistral.ai", "mistral"),
        ("api.openai.com", "openai"),
        ("api.perplexity.ai", "perplexity"),
        ("api.replicate.com", "replicate"),
        ("api.together.xyz", "together"),
        ("api.voyageai.com", "voyage"),
        ("api.x.ai", "xai"),
        ("generativelanguage.googleapis.com", "google"),
        ("openrouter.ai", "openrouter"),
    ];
    HOSTS.iter().find(|(known, _)| *known == host).map(|(_, provider)| *provider)
}

/// The name of a provider or publisher for people.
pub(super) fn organisation(word: &str) -> String {
    const NAMES: [(&str, &str); 38] = [
        ("ai21", "AI21 Labs"),
        ("amazon", "Amazon"),
        ("anthropic", "Anthropic"),
        ("aws", "Amazon Web Services"),
        ("azure", "Microsoft Azure"),
        ("azure-ai-inference", "Microsoft Azure"),
        ("azure-openai", "Microsoft Azure"),
        ("bedrock", "Amazon Web Services"),
        ("chroma", "Chroma"),
        ("cohere", "Cohere"),
        ("deepseek", "DeepSeek"),
        ("fireworks", "Fireworks AI"),
        ("google", "Google"),
        ("google-genai", "Google"),
        ("groq", "Groq"),
        ("huggingface", "Hugging Face"),
        ("langchain", "LangChain"),
        ("litellm", "LiteLLM"),
        ("meta", "Meta"),
        ("microsoft", "Microsoft"),
        ("mistral", "Mistral AI"),
        ("mistralai", "Mistral AI"),
        ("nvidia", "NVIDIA"),
        ("ollama", "Ollama"),
        ("openai", "OpenAI"),
        ("openrouter", "OpenRouter"),
        ("perplexity", "Perplexity"),
        ("pinecone", "Pinecone"),
        ("qdrant", "Qdrant"),
        ("qwen", "Qwen"),
        ("replicate", "Replicate"),
        ("sagemaker", "Amazon Web Services"),
        ("stability", "Stability AI"),
        ("together", "Together AI"),
        ("vertex", "Google Cloud"),
        ("voyage", "Voyage AI"),
        ("weaviate", "Weaviate"),
        ("xai", "xAI"),
    ];
    let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    known.map_or_else(|| word.to_owned(), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_model_written_in_several_ways_is_one() {
        for (provider, id, version, want) in [
            (
                Some("aws"),
                "anthropic.claude-3-haiku-20240307-v1:0",
                None,
                "model:anthropic/claude-3-haiku-20240307@v1:0",
            ),
            (
                Some("bedrock"),
                "eu.anthropic.claude-3-haiku-20240307-v1:0",
                None,
                "model:anthropic/claude-3-haiku-20240307@v1:0",
            ),
            (
                None,
                "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0",
                None,
                "model:amazon/titan-embed-text@v2:0",
            ),
            (Some("azure"), "gpt-4.1", Some("2025-04-14"), "model:openai/gpt-4.1@2025-04-14"),
            (Some("openai"), "gpt-4.1", None, "model:openai/gpt-4.1"),
            (None, "litellm/openrouter/openai/gpt-5-mini", None, "model:openai/gpt-5-mini"),
            (Some("azure-openai"), "chat", None, "model:chat"),
            (None, "example-org/support-8b", None, "model:example-org/support-8b"),
            (Some("openrouter"), "meta-llama/llama-3-70b", None, "model:meta-llama/llama-3-70b"),
            (
                Some("vertex"),
                "publishers/google/models/gemini-2.5-pro@001",
                None,
                "model:google/gemini-2.5-pro@001",
            ),
            (Some("ollama"), "llama3.2:3b", None, "model:llama3.2@3b"),
            (None, "/models/own", None, "model:/models/own"),
        ] {
            let read = ModelName::read(provider, id, version).map(|m| m.key());
            assert_eq!(read.as_deref(), Some(want), "{id}");
        }
        assert_eq!(
            ModelName::read(None, "arn:aws:sagemaker:eu:1:model/own", None),
            None,
            "a resource, not a name"
        );
    }

    #[test]
    fn only_a_model_of_the_hub_has_its_package_url() {
        let purl = |provider, id, version| ModelName::read(provider, id, version).and_then(|m| m.purl);
        assert_eq!(purl(None, "Org/Name", Some("A1")).as_deref(), Some("pkg:huggingface/Org/Name@a1"));
        assert_eq!(purl(Some("openrouter"), "org/name", None), None);
        assert_eq!(purl(None, "./models/name", None), None);
    }

    #[test]
    fn images_are_read_into_the_parts_of_a_package_url() {
        for (reference, want) in [
            ("qdrant/qdrant:v1.15.5", "pkg:docker/qdrant/qdrant@v1.15.5"),
            (
                "ghcr.io/open-webui/open-webui:v0.6.30",
                "pkg:docker/open-webui/open-webui@v0.6.30?repository_url=ghcr.io",
            ),
            ("localhost:5000/chat@sha256:ab", "pkg:docker/chat@sha256:ab?repository_url=localhost:5000"),
            ("python", "pkg:docker/python"),
        ] {
            assert_eq!(ImageName::read(reference).unwrap().purl, want);
        }
        for bad in ["", "scratch", "${IMAGE}", "a b"] {
            assert_eq!(ImageName::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn packages_have_their_urls() {
        let url = |e, n, v| package_url(e, n, v).unwrap();
        assert_eq!(url("npm", "@scope/server", Some("1.2.3")), "pkg:npm/%40scope/server@1.2.3");
        assert_eq!(url("PyPI", "Lang_Chain", None), "pkg:pypi/lang-chain");
        assert_eq!(package_url("git", "x", None), None);
        assert_eq!(without_version("pkg:npm/%40scope/server@1.2.3?a=b"), "pkg:npm/%40scope/server");
    }
}
