//! What a bill of materials lists, read from a file in CycloneDX JSON (1.2 to 1.7) or SPDX 3 JSON-LD, ours or another's.
//! The text is untrusted: what is not understood is left out, and nothing in it is resolved or fetched.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::BomFormat;
use super::names::without_version;

/// Why a file is no bill that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("neither CycloneDX JSON (`bomFormat`) nor SPDX 3 JSON-LD (`@context` and `@graph`)")]
    Unknown,
}

/// The components of a bill.
#[derive(Clone, Debug)]
pub struct Listing {
    pub format: BomFormat,
    /// In the order of their keys.
    pub(super) entries: Vec<Entry>,
    pub(super) json: Json,
}

/// One component as a bill tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What is the same for the same component in another bill: the package URL without version, else class, provider
    /// and name.
    pub key: String,
    pub name: String,
    /// The class if it is told, else the component's type.
    pub kind: String,
    pub version: String,
    /// Everything else that can change, by the name of the field.
    pub fields: BTreeMap<String, BTreeSet<String>>,
}

/// Reads a bill.
pub fn read(text: &str) -> Result<Listing, ReadError> {
    let json: Json = serde_json::from_str(text)?;
    let (format, mut entries) = if json["bomFormat"] == "CycloneDX" {
        (BomFormat::CycloneDx, cyclonedx(&json))
    } else if json["@graph"].is_array() && json["@context"].is_string() {
        (BomFormat::Spdx, spdx(&json))
    } else {
        return Err(ReadError::Unknown);
    };
    entries.sort_by(|a, b| (&a.key, &a.version, &a.name).cmp(&(&b.key, &b.version, &b.name)));
    Ok(Listing { format, entries, json })
}

impl Listing {
    /// How many components there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The elements of an array member; none where there is none.
pub(super) fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn word<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_default()
}

/// Every component and service, nested ones too; the root and the tools are none.
pub(super) fn nested(json: &Json) -> Vec<(&Json, bool)> {
    let of = |json| {
        let components = list(json, "components").iter().map(|c| (c, false));
        components.chain(list(json, "services").iter().map(|s| (s, true)))
    };
    let mut open: Vec<(&Json, bool)> = of(json).collect();
    let mut found = Vec::new();
    while let Some((item, service)) = open.pop() {
        open.extend(of(item));
        found.push((item, service));
    }
    found
}

/// Every workflow of every formula.
pub(super) fn workflows(json: &Json) -> impl Iterator<Item = &Json> {
    list(json, "formulation").iter().flat_map(|formula| list(formula, "workflows"))
}

fn cyclonedx(json: &Json) -> Vec<Entry> {
    let things = nested(json)
        .into_iter()
        .map(|(item, service)| (item, if service { "service" } else { word(item, "type") }));
    things
        .chain(workflows(json).map(|workflow| (workflow, "workflow")))
        .map(|(item, kind)| of_cyclonedx(item, kind))
        .collect()
}

fn of_cyclonedx(item: &Json, kind: &str) -> Entry {
    let mut fields = Fields::default();
    for property in list(item, "properties") {
        fields.property(word(property, "name"), word(property, "value"));
    }
    for hash in list(item, "hashes") {
        fields.add("hash", &format!("{}:{}", word(hash, "alg"), word(hash, "content")));
    }
    for license in list(item, "licenses") {
        let named = &license["license"];
        for text in [word(license, "expression"), word(named, "id"), word(named, "name")] {
            fields.add("license", text);
        }
    }
    for endpoint in list(item, "endpoints") {
        fields.add("endpoint", endpoint.as_str().unwrap_or_default());
    }
    if let Some(authenticated) = item["authenticated"].as_bool() {
        fields.add("authenticated", &authenticated.to_string());
    }
    if let Some(crosses) = item["x-trust-boundary"].as_bool() {
        fields.add("crosses-trust-boundary", &crosses.to_string());
    }
    let supplier = [&item["supplier"], &item["provider"]]
        .into_iter()
        .find_map(|s| s["name"].as_str())
        .unwrap_or_default();
    fields.add("supplier", supplier);
    fields.add("description", word(item, "description"));
    let parameters = &item["modelCard"]["modelParameters"];
    fields.add("task", word(parameters, "task"));
    fields.add("architecture", word(parameters, "modelArchitecture"));
    for reference in list(item, "externalReferences") {
        fields.add("location", word(reference, "url"));
    }
    let name = match word(item, "group") {
        "" => word(item, "name").to_owned(),
        group => format!("{group}/{}", word(item, "name")),
    };
    let purl = [word(item, "purl"), fields.one("purl").as_str()]
        .into_iter()
        .find(|p| !p.is_empty())
        .unwrap_or_default()
        .to_owned();
    fields.entry(kind, supplier, name, word(item, "version"), &purl)
}

fn spdx(json: &Json) -> Vec<Entry> {
    let graph = list(json, "@graph");
    let names: BTreeMap<&str, &str> = graph.iter().map(|e| (word(e, "spdxId"), word(e, "name"))).collect();
    let roots: BTreeSet<&str> =
        graph.iter().flat_map(|e| list(e, "rootElement")).filter_map(Json::as_str).collect();
    let mut dependencies: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    let mut licenses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let expressions: BTreeMap<&str, &str> =
        graph.iter().map(|e| (word(e, "spdxId"), word(e, "simplelicensing_licenseExpression"))).collect();
    for edge in graph.iter().filter(|e| word(e, "type").ends_with("Relationship")) {
        let (from, kind) = (word(edge, "from"), word(edge, "relationshipType"));
        for to in list(edge, "to").iter().filter_map(Json::as_str) {
            match kind {
                "hasDeclaredLicense" => licenses.entry(from).or_default().extend(expressions.get(to)),
                "hasConcludedLicense" | "hasEvidence" | "describes" => {}
                _ => {
                    let relation = match word(edge, "description") {
                        "" => kind,
                        relation => relation,
                    };
                    let name = names.get(to).copied().unwrap_or(to);
                    dependencies.entry(from).or_default().push((relation, name));
                }
            }
        }
    }
    let listed = |e: &&Json| {
        let kind = word(e, "type");
        let package = kind.ends_with("Package") || kind == "build_Build";
        package && !roots.contains(word(e, "spdxId"))
    };
    let entry = |item: &Json| {
        let id = word(item, "spdxId");
        let mut fields = Fields::default();
        for extension in list(item, "extension") {
            for property in list(extension, "extension_cdxProperty") {
                fields.property(
                    word(property, "extension_cdxPropName"),
                    word(property, "extension_cdxPropValue"),
                );
            }
        }
        for hash in list(item, "verifiedUsing") {
            fields.add("hash", &format!("{}:{}", word(hash, "algorithm"), word(hash, "hashValue")));
        }
        for license in licenses.get(id).into_iter().flatten() {
            fields.add("license", license);
        }
        for (relation, name) in dependencies.get(id).into_iter().flatten() {
            if !matches!(*relation, "contains" | "part-of" | "depends-on" | "imports") {
                fields.add(relation, name);
            }
        }
        let supplier = names.get(word(item, "suppliedBy")).copied().unwrap_or_default();
        fields.add("supplier", supplier);
        fields.add("description", word(item, "description"));
        fields.add("location", word(item, "software_downloadLocation"));
        fields.add("task", word(item, "ai_informationAboutApplication"));
        let name = match fields.one("group") {
            group if group.is_empty() => word(item, "name").to_owned(),
            group => format!("{group}/{}", word(item, "name")),
        };
        let kind = match word(item, "software_primaryPurpose") {
            "" => word(item, "type"),
            purpose => purpose,
        };
        fields.entry(
            kind,
            supplier,
            name,
            word(item, "software_packageVersion"),
            word(item, "software_packageUrl"),
        )
    };
    graph.iter().filter(listed).map(entry).collect()
}

#[derive(Default)]
struct Fields(BTreeMap<String, BTreeSet<String>>);

impl Fields {
    fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.entry(name.to_owned()).or_default().insert(value.to_owned());
        }
    }

    /// A property of ours loses its prefix; where a thing was seen is nothing that it is.
    fn property(&mut self, name: &str, value: &str) {
        let name = name.strip_prefix("stance:").unwrap_or(name);
        if !name.starts_with("evidence:") {
            self.add(name, value);
        }
    }

    fn one(&self, name: &str) -> String {
        self.0.get(name).and_then(|values| values.first()).cloned().unwrap_or_default()
    }

    fn entry(mut self, kind: &str, supplier: &str, name: String, version: &str, purl: &str) -> Entry {
        let take = |fields: &mut Self, name: &str| fields.0.remove(name).and_then(|v| v.into_iter().next());
        let kind = take(&mut self, "class").unwrap_or_else(|| kind.to_owned());
        // A package URL that carries the version would tell of each change twice.
        self.0.remove("purl");
        self.0.remove("group");
        let supplier = self.0.get("provider").and_then(|p| p.first()).map_or(supplier, String::as_str);
        let key = match purl {
            "" => format!("{kind}|{}|{}", supplier.to_ascii_lowercase(), name.to_ascii_lowercase()),
            purl => without_version(purl).to_owned(),
        };
        Entry { key, name, kind, version: version.to_owned(), fields: self.0 }
    }
}
