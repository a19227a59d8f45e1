//! One asset as one component: its form, its fields, and the key under which other sightings of the same thing meet.
//!
//! Fields come from the class and from facts of the document that are the same for every provider; no kind has code here.

use std::collections::BTreeSet;

use model::{Asset, Class, Confidence, Evidence, Node, Standing};
use sha2::{Digest as _, Sha256};

use super::facts::{address, each, flag, given, host, plain, text};
use super::names::{ModelName, operator_at, organisation, package_url, slug};
use super::{Form, Occurrence, Technique, Thing};

/// Facts that are told as they stand: (path in the document, name of the property).
const TOLD: [(&str, &str); 28] = [
    ("AgentStatus", "status"),
    ("approval", "approval"),
    ("arguments.model", "model-argument"),
    ("baseUrl", "base-url"),
    ("collection", "collection"),
    ("deployment", "deployment"),
    ("direct", "direct"),
    ("ecosystem", "ecosystem"),
    ("framework", "framework"),
    ("index", "index"),
    ("kind", "kind-of-resource"),
    ("launcher", "launcher"),
    ("level", "level"),
    ("loader", "loader"),
    ("location", "region"),
    ("origin", "origin"),
    ("package.pinned", "pinned"),
    ("path", "path"),
    ("permissionMode", "permission-mode"),
    ("product", "product"),
    ("region", "region"),
    ("revision", "revision"),
    ("role", "role"),
    ("sku.name", "sku"),
    ("source", "source"),
    ("temperature", "temperature"),
    ("transport", "transport"),
    ("trustRemoteCode", "trusts-remote-code"),
];

/// Lists that are told as their elements, or the names of these.
const LISTED: [(&str, &str); 7] = [
    ("aliases", "alias"),
    ("languages", "language"),
    ("reaches", "reaches"),
    ("toolNames", "tool"),
    ("tools", "tool"),
    ("agents", "agent"),
    ("ActionGroups[].FunctionSchema.Functions", "tool"),
];

/// What an asset is to a bill; `None` where it is no component.
pub(super) fn form(asset: &Asset) -> Option<Form> {
    use Class::*;
    let code = |class: Form| if in_process(asset) { Form::Data } else { class };
    Some(match asset.class {
        AiService | AgentTool if is_setting(&asset.kind) => return None,
        AiService | AiProject | ModelDeployment | McpServer | Registry => Form::Service,
        Model | ModelFile => Form::Model,
        Agent | AgentTool | McpClient | Source | Workload => Form::Application,
        Prompt | Guardrail => Form::Configuration,
        KnowledgeBase | VectorStore | FeatureStore => code(Form::Service),
        Dataset | DataStore => Form::Data,
        Notebook => Form::Platform,
        TrainingJob | Pipeline => Form::Process,
        ContainerImage => Form::Container,
        Package => Form::Library,
        _ => return None,
    })
}

/// Kinds whose resource only sets something of a service: `…model-invocation-logging`, `…data-sharing-setting`.
fn is_setting(kind: &str) -> bool {
    let last = kind.rsplit('.').next().unwrap_or(kind);
    ["logging", "setting", "acl-config", "cache-config"].iter().any(|word| last.ends_with(word))
}

/// Whether a store that code uses is not known to be reached over a network.
fn in_process(asset: &Asset) -> bool {
    asset.kind.starts_with("code.")
        && !["endpoint", "host", "url"].iter().any(|path| given(&asset.document, path))
}

/// The provider's word: what the document says, else the first part of the kind where that is a provider.
pub(super) fn provider(asset: &Asset) -> Option<String> {
    let of_kind = || {
        let first = asset.kind.split('.').next().unwrap_or_default();
        ["aws", "azure", "google"].contains(&first).then(|| first.to_owned())
    };
    text(&asset.document, &["provider"]).or_else(of_kind)
}

/// The thing that an asset is. Its reference is the key of [`key`], or empty where it has none of its own.
pub(super) fn of(asset: &Asset, form: Form) -> Thing {
    let document = &asset.document;
    let provider = provider(asset);
    let version = match asset.class {
        Class::Source | Class::ModelDeployment | Class::AiService => text(document, &["version", "revision"]),
        Class::ContainerImage => None,
        _ => text(document, &["version"]),
    };
    let mut thing = Thing {
        reference: String::new(),
        class: asset.class,
        form,
        name: name(asset),
        group: None,
        version,
        supplier: supplier(asset, form, provider.as_deref()),
        description: text(document, &["description", "Description", "properties.description"]),
        task: text(document, &["purpose", "task"]),
        architecture: text(document, &["architecture"]),
        purl: text(document, &["purl"]),
        location: None,
        development: text(document, &["scope"])
            .is_some_and(|s| s == "dev" || s == "development" || s == "test"),
        authenticated: authenticated(asset).filter(|_| form == Form::Service),
        crosses_boundary: None,
        endpoints: BTreeSet::new(),
        hashes: hashes(document),
        licenses: ["licenses", "license", "licence"].iter().flat_map(|path| texts(document, path)).collect(),
        properties: properties(asset, provider.as_deref()),
        occurrences: occurrences(asset),
        technique: technique(asset),
        confidence: confidence(asset),
    };
    thing.reference = key(asset, &thing).unwrap_or_default();
    match form {
        Form::Service => {
            thing.endpoints = endpoints(asset);
            let remote = |e: &String| host(e).is_some_and(|h| !is_local(&h));
            let local = thing.endpoints.iter().all(|e| !remote(e)) && !thing.endpoints.is_empty();
            let foreign =
                provider.is_some() && matches!(asset.class, Class::AiService | Class::ModelDeployment);
            thing.crosses_boundary = match (local, foreign) {
                (true, _) => Some(false),
                (false, true) => Some(true),
                (false, false) => None,
            };
        }
        Form::Model => {
            if let Some(model) = model(asset) {
                thing.name = model.name;
                thing.supplier = model.publisher.as_deref().map(organisation).or(thing.supplier);
                thing.version = model.version.or(thing.version);
                thing.purl = thing.purl.or(model.purl);
            }
            thing.location =
                text(document, &["url"]).map(|url| address(&url)).filter(|url| url.contains("://"));
        }
        Form::Data => {
            let stated = text(document, &["url", "uri", "contentsDeltaUri"]);
            thing.location = stated.map(|url| address(&url)).filter(|url| url.contains("://"));
        }
        Form::Library => {
            let stated = text(document, &["name"]);
            thing.name = stated.unwrap_or(thing.name);
            if thing.purl.is_none() {
                let ecosystem = text(document, &["ecosystem"]).unwrap_or_default();
                thing.purl = package_url(&ecosystem, &thing.name, thing.version.as_deref());
            }
        }
        _ => {}
    }
    thing
}

/// Who runs a service or makes a model. What an organisation defines with a provider (an agent, a bucket) is its own.
fn supplier(asset: &Asset, form: Form, provider: Option<&str>) -> Option<String> {
    match form {
        Form::Service if asset.kind.starts_with("google.") => Some("Google Cloud".to_owned()),
        Form::Service if asset.kind.starts_with("code.") => {
            operator(provider, service_host(&asset.document).as_deref()).map(organisation)
        }
        Form::Service => provider.map(organisation),
        Form::Model if asset.kind.starts_with("code.") => provider.map(organisation),
        _ => None,
    }
}

fn service_host(document: &Node) -> Option<String> {
    text(document, &["host", "endpoint", "url"]).and_then(|e| host(&e))
}

/// Who runs a service that code calls: by its address where that is one that is known, and whom the SDK is for where no
/// address is given, or one below the provider's. An SDK that is pointed elsewhere tells nothing of who is there.
fn operator<'p>(provider: Option<&'p str>, stated: Option<&str>) -> Option<&'p str> {
    match stated {
        None => provider,
        Some(host) if is_local(host) => None,
        Some(host) => match operator_at(host) {
            Some(known) => Some(known),
            // Providers with a host for each resource or region.
            None => provider.filter(|p| {
                !matches!(
                    *p,
                    "openai" | "anthropic" | "cohere" | "mistral" | "groq" | "together" | "deepseek" | "xai"
                )
            }),
        },
    }
}

/// The model that an asset of class `model` is, where its document names one.
fn model(asset: &Asset) -> Option<ModelName> {
    if asset.class != Class::Model || !asset.kind.starts_with("code.") {
        return None;
    }
    let name = text(&asset.document, &["name"])?;
    let provider = text(&asset.document, &["provider"]);
    let version = text(&asset.document, &["version", "revision"]);
    ModelName::read(provider.as_deref(), &name, version.as_deref())
}

/// What an asset is called. An image, and a server in one, that is built from a file has no name of its own: it is called
/// after the folder that the file stands in.
fn name(asset: &Asset) -> String {
    let folder = asset.scope.rsplit_once('/').map(|(folder, _)| folder);
    match folder.and_then(|folder| folder.rsplit('/').next()) {
        Some(folder) if asset.kind.starts_with("containers.dockerfile.") || asset.name == "image" => {
            folder.to_owned()
        }
        // What has no name is called as its address calls it.
        _ if asset.name.trim().is_empty() => {
            let mut parts = asset.address.rsplit('/').filter(|part| !part.trim().is_empty());
            parts.next().unwrap_or(asset.class.as_str()).to_owned()
        }
        _ => asset.name.clone(),
    }
}

/// The key under which this thing is the same as another sighting of it, free of files and lines. `None` where only the
/// asset itself is the same as itself.
fn key(asset: &Asset, thing: &Thing) -> Option<String> {
    let document = &asset.document;
    let provider = provider(asset).map(|p| slug(&p));
    match asset.class {
        Class::Package => {
            let ecosystem = text(document, &["ecosystem"]).unwrap_or_default();
            let name = text(document, &["name"]).unwrap_or_else(|| asset.name.clone());
            thing.purl.clone().or_else(|| package_url(&ecosystem, &name, thing.version.as_deref()))
        }
        Class::Model => Some(model(asset).filter(|model| !model.is_local())?.key()),
        Class::ModelFile => Some(format!("model-file:sha256/{}", text(document, &["sha256"])?)),
        Class::Prompt => Some(format!("prompt:sha256/{}", text(document, &["sha256"])?.get(..16)?)),
        Class::AiService if asset.kind.starts_with("code.") => {
            let stated = service_host(document);
            let operator = operator(provider.as_deref(), stated.as_deref());
            // At its own address a service is the same whether the address is written or not.
            let place = match stated {
                Some(host) if operator.is_none_or(|operator| operator_at(&host) != Some(operator)) => {
                    Some(host)
                }
                Some(_) => None,
                None => text(document, &["region"]),
            };
            let place = place.map(|place| format!("/{place}")).unwrap_or_default();
            Some(format!("service:{}{place}", operator.or(provider.as_deref())?))
        }
        Class::VectorStore | Class::Dataset if asset.kind.starts_with("code.") => {
            let named = text(document, &["collection", "name", "index"])?;
            // A name without a place is one of this application only, unless a hub gives it.
            let hub = provider.as_deref().is_some_and(|p| p == "huggingface" || p == "kaggle");
            let place = text(document, &["host", "endpoint", "url"]).and_then(|e| host(&e)).filter(|_| !hub);
            let place = place.map(|place| format!("{place}/"));
            (hub || place.is_some()).then(|| {
                format!(
                    "{}:{}/{}{named}",
                    asset.class,
                    provider.unwrap_or_default(),
                    place.unwrap_or_default()
                )
            })
        }
        Class::McpServer if !asset.kind.starts_with("code.") => {
            let package = text(document, &["package.name"]).and_then(|name| {
                let ecosystem = text(document, &["package.ecosystem"])?;
                Some(format!("{}/{name}", slug(&ecosystem)))
            });
            let remote =
                || text(document, &["url"]).map(|url| address(&url)).filter(|url| url.contains("://"));
            Some(format!("mcp-server:{}", package.or_else(remote)?))
        }
        _ => None,
    }
}

/// The reference of a thing without a key: its kind and its name.
pub(super) fn plain_reference(asset: &Asset, thing: &Thing) -> String {
    format!("{}:{}", asset.kind, thing.name)
}

/// Tells things of one kind and name apart: by the folder they are configured in and what they are called there.
pub(super) fn distinction(asset: &Asset) -> String {
    let (above, last) = asset.scope.rsplit_once('/').unwrap_or(("", &asset.scope));
    let ending = last.rsplit_once('.').map(|(_, ending)| ending);
    // `main.bicep` is a file, `v0.15` a folder.
    let is_file = ending.is_some_and(|ending| ending.chars().all(|c| c.is_ascii_alphabetic()));
    let folder = if is_file { above } else { &asset.scope };
    let digest = Sha256::digest(format!("{folder}\u{1f}{}", asset.address));
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Hosts and ids under which others may name this service, in lower case.
pub(super) fn other_names(asset: &Asset) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = endpoints(asset).iter().filter_map(|e| host(e)).collect();
    names.extend(
        asset.aliases.iter().filter(|a| a.contains('.') && !a.starts_with("arn:")).filter_map(|a| host(a)),
    );
    if let Some(subdomain) = text(&asset.document, &["properties.customSubDomainName"]) {
        // <https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains>
        for domain in ["openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"] {
            names.insert(format!("{}.{domain}", subdomain.to_ascii_lowercase()));
        }
    }
    names
}

fn endpoints(asset: &Asset) -> BTreeSet<String> {
    const STATED: [&str; 8] = [
        "endpoint",
        "url",
        "host",
        "baseUrl",
        "properties.endpoint",
        "properties.target",
        "spec.url",
        "serverUrl",
    ];
    let stated = STATED.iter().filter_map(|path| text(&asset.document, &[path]));
    let mut found: BTreeSet<String> = stated.map(|e| address(&e)).filter(|e| host(e).is_some()).collect();
    // A host alone adds nothing to an address of the same host.
    let hosts: Vec<String> = found.iter().filter(|e| e.contains("://")).filter_map(|e| host(e)).collect();
    found.retain(|e| e.contains("://") || host(e).is_none_or(|host| !hosts.contains(&host)));
    let subdomain = text(&asset.document, &["properties.customSubDomainName"]);
    if let Some(subdomain) = subdomain.filter(|_| found.is_empty()) {
        let domain = match text(&asset.document, &["kind"]).as_deref() {
            Some("OpenAI") => "openai.azure.com",
            Some("AIServices") => "services.ai.azure.com",
            _ => "cognitiveservices.azure.com",
        };
        found.insert(format!("https://{subdomain}.{domain}/"));
    }
    found
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host == "::1" || host == "0.0.0.0" || host.starts_with("127.")
}

fn authenticated(asset: &Asset) -> Option<bool> {
    let document = &asset.document;
    let told = flag(document, "authenticated");
    let keyed = ["credentials", "key"].iter().any(|path| given(document, path)).then_some(true);
    told.or(keyed)
}

/// Texts at a path: one, or a list of them.
fn texts(document: &Node, path: &str) -> Vec<String> {
    match document.at_path(path) {
        Some(node) => match node.as_list() {
            Some(items) => items.iter().filter_map(plain).collect(),
            None => plain(node).into_iter().collect(),
        },
        None => Vec::new(),
    }
}

fn properties(asset: &Asset, provider: Option<&str>) -> BTreeSet<(&'static str, String)> {
    let document = &asset.document;
    let mut found = BTreeSet::from([("class", asset.class.to_string()), ("kind", asset.kind.to_string())]);
    found.extend(provider.map(|p| ("provider", p.to_owned())));
    found.extend(TOLD.iter().filter_map(|(path, name)| Some((*name, text(document, &[path])?))));
    for (path, name) in LISTED {
        for list in each(document, path) {
            let items = list.as_list().map(|items| items.as_slice()).unwrap_or_default();
            let named = |item: &Node| plain(item).or_else(|| text(item, &["name", "Name", "kind", "what"]));
            found.extend(items.iter().filter_map(named).map(|item| (name, item)));
        }
    }
    if flag(document, "ai") == Some(true) {
        found.insert(("ai", "true".to_owned()));
    }
    found
}

/// Digests that the document states, as CycloneDX names them, in hexadecimal.
fn hashes(document: &Node) -> BTreeSet<(&'static str, String)> {
    let mut found = BTreeSet::new();
    if let Some(digest) = text(document, &["sha256"]) {
        found.extend(hash("SHA-256", &digest));
    }
    for path in ["integrity", "hash", "checksum", "hashes"] {
        for stated in texts(document, path) {
            found.extend(stated.split_whitespace().filter_map(read_hash));
        }
    }
    for entry in each(document, "hashes[]") {
        if let (Some(algorithm), Some(value)) =
            (text(entry, &["alg", "algorithm"]), text(entry, &["content", "value"]))
        {
            found.extend(read_hash(&format!("{algorithm}:{value}")));
        }
    }
    found
}

/// `sha512-<base64>` (Subresource Integrity), `sha256:<hex>`, `h1:<base64>` (Go's own, which no format has a name for).
fn read_hash(stated: &str) -> Option<(&'static str, String)> {
    let (algorithm, value) = stated.split_once([':', '-'])?;
    let algorithm = match algorithm.to_ascii_lowercase().as_str() {
        "md5" => "MD5",
        "sha1" => "SHA-1",
        "sha256" => "SHA-256",
        "sha384" => "SHA-384",
        "sha512" => "SHA-512",
        _ => return None,
    };
    if let Some(found) = hash(algorithm, value) {
        return Some(found);
    }
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    hash(algorithm, &bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// A digest of the right length for its algorithm.
fn hash(algorithm: &'static str, hex: &str) -> Option<(&'static str, String)> {
    let length = match algorithm {
        "MD5" => 32,
        "SHA-1" => 40,
        "SHA-256" => 64,
        "SHA-384" => 96,
        _ => 128,
    };
    (hex.len() == length && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| (algorithm, hex.to_ascii_lowercase()))
}

fn occurrences(asset: &Asset) -> BTreeSet<Occurrence> {
    let seen = asset.sightings.iter().filter_map(|s| s.evidence.as_ref().map(|e| (e, &s.address)));
    let stated = asset.evidence.iter().map(|e| (e, &asset.address));
    let place = |(evidence, symbol): (&Evidence, &std::sync::Arc<str>)| {
        let position = evidence.position()?;
        Some(Occurrence {
            path: position.path.to_string(),
            line: position.line,
            end_line: position.end_line.max(position.line),
            symbol: symbol.to_string(),
        })
    };
    let mut places: BTreeSet<Occurrence> = stated.chain(seen).filter_map(place).collect();
    let lines: BTreeSet<(String, u32)> = places.iter().map(|o| (o.path.clone(), o.line)).collect();
    if lines.len() < places.len() {
        let mut left = lines;
        places.retain(|o| left.remove(&(o.path.clone(), o.line)));
    }
    places
}

fn technique(asset: &Asset) -> Technique {
    let code =
        asset.kind.starts_with("code.") && asset.class != Class::Package && asset.class != Class::Source;
    let live = asset.sightings.first().is_some_and(|s| s.standing == Standing::Live);
    match (code, live) {
        (_, true) => Technique::Other,
        (true, _) => Technique::SourceCode,
        _ => Technique::Manifest,
    }
}

fn confidence(asset: &Asset) -> u8 {
    let weakest = asset.sightings.iter().filter_map(|s| s.matched.as_ref()).map(|m| m.confidence).min();
    match weakest {
        None | Some(Confidence::High) => 100,
        Some(Confidence::Medium) => 70,
        Some(Confidence::Low) => 40,
    }
}

impl Thing {
    /// Takes in another sighting of the same thing. What the first says stays.
    pub(super) fn merge(&mut self, other: Thing) {
        let fill = |ours: &mut Option<String>, theirs: Option<String>| {
            if ours.is_none() {
                *ours = theirs;
            }
        };
        fill(&mut self.group, other.group);
        fill(&mut self.version, other.version);
        fill(&mut self.supplier, other.supplier);
        fill(&mut self.description, other.description);
        fill(&mut self.task, other.task);
        fill(&mut self.architecture, other.architecture);
        fill(&mut self.purl, other.purl);
        fill(&mut self.location, other.location);
        self.development &= other.development;
        self.authenticated = self.authenticated.or(other.authenticated);
        self.crosses_boundary = self.crosses_boundary.or(other.crosses_boundary);
        self.endpoints.extend(other.endpoints);
        self.hashes.extend(other.hashes);
        self.licenses.extend(other.licenses);
        self.properties.extend(other.properties);
        self.occurrences.extend(other.occurrences);
        self.technique = self.technique.min(other.technique);
        self.confidence = self.confidence.min(other.confidence);
    }
}
