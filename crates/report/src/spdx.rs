//! SPDX 3.0.1 in JSON-LD, with the profiles Core, Software, SimpleLicensing, Extension, AI and Dataset.
//!
//! - Models and agents are AI packages, data sets and stores dataset packages, jobs and pipelines builds, all else software
//!   packages; SPDX 3.0 has no class for a service.
//! - The profiles AI and Dataset ask for one declared and one concluded licence of each such package: where none is known,
//!   that is said (`NoAssertionLicense`). What else they would like to have (time of release, place of download, supplier,
//!   version) is absent where it is not known: absence is SPDX's word for that, and nothing is invented.
//! - What is particular to Stance goes into CycloneDX properties, for which SPDX has an extension.
//! - Every element's id begins with a namespace made from the content of the document (see `bom::stamp`).

use std::collections::{BTreeMap, BTreeSet};

use model::Class;

use crate::bom::{Bom, BomOptions, Form, Root, Thing, UNSTAMPED};
use crate::json;

mod shape;
use shape::*;

const CONTEXT: &str = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
const CREATION: &str = "_:creation";
const NO_LICENSE: &str = "expandedlicensing_NoAssertionLicense";
const PREFIX: &str = "stance:";

pub(crate) fn render(bom: &Bom, options: &BomOptions<'_>) -> String {
    let mut graph =
        Graph { namespace: format!("https://spdx.org/spdxdocs/stance-{UNSTAMPED}"), elements: Vec::new() };
    let root = match &bom.root {
        Root::Folder(name) => {
            let id = graph.id("scanned-folder");
            graph.elements.push(Element {
                software_primary_purpose: Some("application"),
                ..Element::new("software_Package", id.clone(), name)
            });
            id
        }
        Root::Thing(reference) => graph.id(reference),
    };
    suppliers(bom, &mut graph);
    for thing in &bom.things {
        let element = package(thing, &graph);
        graph.elements.push(element);
    }
    relationships(bom, &root, &mut graph);
    licenses(bom, &mut graph);
    if options.evidence {
        evidence(bom, &mut graph);
    }
    json::pretty(&document(bom, root, graph, options))
}

struct Graph<'a> {
    namespace: String,
    elements: Vec<Element<'a>>,
}

impl<'a> Graph<'a> {
    /// The id of the element for a reference, unique as the reference is.
    fn id(&self, reference: &str) -> String {
        let mut id = format!("{}#", self.namespace);
        for byte in reference.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' | b'/' | b'@' => {
                    id.push(char::from(byte));
                }
                _ => id.push_str(&format!("%{byte:02X}")),
            }
        }
        id
    }

    fn relate(&mut self, from: String, kind: &'static str, relation: Option<&'a str>, to: Vec<String>) {
        let part = |id: &str| id.rsplit('#').next().unwrap_or_default().to_owned();
        let ends: Vec<String> = to.iter().map(|id| part(id)).collect();
        let name = format!("relationship/{}/{}/{}", part(&from), relation.unwrap_or(kind), ends.join("+"));
        // The parts are encoded already; a long name is shortened to its digest by `unique`.
        let id = format!("{}#{}", self.namespace, unique(&name));
        self.elements.push(Element {
            from: Some(from),
            relationship_type: Some(kind),
            description: relation,
            to,
            ..Element::unnamed("Relationship", id)
        });
    }
}

/// A long name as its digest.
fn unique(name: &str) -> String {
    if name.len() <= 200 {
        return name.to_owned();
    }
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(name);
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("relationship/{hex}")
}

fn document<'a>(bom: &'a Bom, root: String, graph: Graph<'a>, options: &BomOptions<'a>) -> Document<'a> {
    let of_form = |form: fn(&Thing) -> &'static str, kind: &str| bom.things.iter().any(|t| form(t) == kind);
    let mut profiles = vec!["core", "extension", "simpleLicensing", "software"];
    if of_form(class, "ai_AIPackage") {
        profiles.push("ai");
    }
    if of_form(class, "dataset_DatasetPackage") {
        profiles.push("dataset");
    }
    profiles.sort_unstable();
    let (agent, tool) = (graph.id("agent:stance"), graph.id("tool:stance"));
    let (document, bill) = (graph.namespace.clone(), graph.id("bill-of-materials"));
    let comment = "What the scanned material does not say is absent: no value is inferred or looked up. The time of creation is that of the \
                   build where one was given (SOURCE_DATE_EPOCH), else 1970-01-01T00:00:00Z, so that the same input gives the same bytes.";
    let creation = Creation {
        kind: "CreationInfo",
        id: CREATION,
        spec_version: "3.0.1",
        created: options.created,
        created_by: [agent.clone()],
        created_using: [tool.clone()],
        comment,
    };
    let name = match &bom.root {
        Root::Folder(name) => name.as_str(),
        Root::Thing(reference) => bom.thing(reference).map_or(reference.as_str(), |thing| &thing.name),
    };
    let elements: Vec<String> = graph.elements.iter().map(|e| e.spdx_id.clone()).collect();
    let mut all = vec![
        Element {
            profile_conformance: profiles.clone(),
            root_element: vec![bill.clone()],
            element: vec![agent.clone(), tool.clone(), bill.clone()],
            data_license: Some("https://spdx.org/licenses/CC0-1.0"),
            ..Element::new("SpdxDocument", document, name)
        },
        Element {
            profile_conformance: profiles,
            root_element: vec![root],
            element: elements,
            software_sbom_type: vec![if bom.deployed { "deployed" } else { "source" }],
            ..Element::new("software_Sbom", bill, name)
        },
        Element::new("SoftwareAgent", agent, "Stance"),
        Element { description: Some(options.tool_version), ..Element::new("Tool", tool, "Stance") },
    ];
    all.extend(graph.elements);
    Document {
        context: CONTEXT,
        graph: std::iter::once(Entry::Creation(creation))
            .chain(all.into_iter().map(|e| Entry::Element(Box::new(e))))
            .collect(),
    }
}

/// The class of the element for a thing.
fn class(thing: &Thing) -> &'static str {
    match (thing.form, thing.class) {
        (Form::Model, _) | (_, Class::Agent) => "ai_AIPackage",
        (Form::Data, _) => "dataset_DatasetPackage",
        (Form::Process, _) => "build_Build",
        _ => "software_Package",
    }
}

fn purpose(thing: &Thing) -> &'static str {
    match thing.form {
        Form::Model => "model",
        Form::Data => "data",
        Form::Configuration => "configuration",
        Form::Library => "library",
        Form::Application if thing.class == Class::AgentTool => "module",
        Form::Application | Form::Process => "application",
        Form::Container => "container",
        Form::Platform | Form::Service => "platform",
    }
}

fn package<'a>(thing: &'a Thing, graph: &Graph<'_>) -> Element<'a> {
    let class = class(thing);
    let id = graph.id(&thing.reference);
    let properties = properties(thing);
    if class == "build_Build" {
        return Element {
            build_type: Some(format!("urn:stance:{}", thing.class)),
            description: thing.description.as_deref(),
            extension: vec![properties],
            ..Element::new(class, id, &thing.name)
        };
    }
    let model = thing.form == Form::Model;
    Element {
        description: thing.description.as_deref(),
        verified_using: thing.hashes.iter().filter_map(|(algorithm, value)| hash(algorithm, value)).collect(),
        external_identifier: thing.purl.iter().map(|purl| Identifier::purl(purl)).collect(),
        supplied_by: thing.supplier.as_deref().map(|name| graph.id(&supplier(name))),
        software_primary_purpose: Some(purpose(thing)),
        software_package_version: thing.version.as_deref(),
        software_package_url: thing.purl.as_deref(),
        software_download_location: thing.location.as_deref(),
        ai_type_of_model: thing
            .architecture
            .iter()
            .filter(|_| class == "ai_AIPackage")
            .map(String::as_str)
            .collect(),
        ai_information_about_application: thing.task.as_deref().filter(|_| model),
        dataset_dataset_type: if class == "dataset_DatasetPackage" {
            vec!["noAssertion"]
        } else {
            Vec::new()
        },
        extension: vec![properties],
        ..Element::new(class, id, &thing.name)
    }
}

fn hash<'a>(algorithm: &str, value: &'a str) -> Option<Hash<'a>> {
    let algorithm = match algorithm {
        "MD5" => "md5",
        "SHA-1" => "sha1",
        "SHA-256" => "sha256",
        "SHA-384" => "sha384",
        "SHA-512" => "sha512",
        _ => return None,
    };
    Some(Hash { kind: "Hash", algorithm, hash_value: value })
}

/// The properties of a thing, and what of it SPDX has no field for.
fn properties(thing: &Thing) -> Extension {
    let mut entries: Vec<(String, String)> =
        thing.properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    entries.extend(thing.endpoints.iter().map(|e| ("endpoint".to_owned(), e.clone())));
    entries.extend(thing.group.iter().map(|g| ("group".to_owned(), g.clone())));
    entries.extend(thing.authenticated.map(|a| ("authenticated".to_owned(), a.to_string())));
    entries.extend(thing.crosses_boundary.map(|c| ("crosses-trust-boundary".to_owned(), c.to_string())));
    if thing.form != Form::Model {
        entries.extend(thing.task.iter().map(|t| ("task".to_owned(), t.clone())));
    }
    let entry = |(name, value): (String, String)| ExtensionEntry {
        kind: "extension_CdxPropertyEntry",
        name: format!("{PREFIX}{name}"),
        value,
    };
    Extension {
        kind: "extension_CdxPropertiesExtension",
        properties: entries.into_iter().map(entry).collect(),
    }
}

fn supplier(name: &str) -> String {
    format!("organization:{name}")
}

fn suppliers<'a>(bom: &'a Bom, graph: &mut Graph<'a>) {
    let names: BTreeSet<&str> = bom.things.iter().filter_map(|t| t.supplier.as_deref()).collect();
    for name in names {
        let id = graph.id(&supplier(name));
        graph.elements.push(Element::new("Organization", id, name));
    }
}

/// SPDX's word for a dependency; the relation itself is the relationship's description.
fn relationship(relation: &str, to: Option<&Thing>) -> &'static str {
    match relation {
        "contains" => "contains",
        "trained-on" | "fine-tuned-on" => "trainedOn",
        "tested-on" => "testedOn",
        "derived-from" | "built-from" => "descendantOf",
        "has-tool" | "uses-tool" => "usesTool",
        "has-prompt" | "uses-guardrail" | "protected-by" => "hasPrerequisite",
        "reads-from" | "grounded-by" if to.is_some_and(|t| t.form == Form::Data) => "hasDataFile",
        _ => "dependsOn",
    }
}

fn relationships<'a>(bom: &'a Bom, root: &str, graph: &mut Graph<'a>) {
    if let Root::Folder(_) = bom.root {
        let tops: Vec<String> = bom.tops().iter().map(|reference| graph.id(reference)).collect();
        if !tops.is_empty() {
            graph.relate(root.to_owned(), "contains", None, tops);
        }
    }
    let mut grouped: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for link in &bom.links {
        grouped.entry((&link.from, &link.relation)).or_default().push(&link.to);
    }
    for ((from, relation), to) in grouped {
        let mut kinds: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for to in to {
            kinds.entry(relationship(relation, bom.thing(to))).or_default().push(graph.id(to));
        }
        for (kind, to) in kinds {
            let from = graph.id(from);
            graph.relate(from, kind, Some(relation), to);
        }
    }
}

/// One declared and one concluded licence for each AI package and dataset package, and the declared licence of others where it is known.
fn licenses<'a>(bom: &'a Bom, graph: &mut Graph<'a>) {
    let expressions: BTreeSet<String> = bom.things.iter().filter_map(expression).collect();
    for expression in &expressions {
        let id = graph.id(&format!("license:{expression}"));
        graph.elements.push(Element {
            simplelicensing_license_expression: Some(expression.clone()),
            ..Element::unnamed("simplelicensing_LicenseExpression", id)
        });
    }
    for thing in &bom.things {
        let declared = expression(thing).map(|e| graph.id(&format!("license:{e}")));
        let strict = matches!(class(thing), "ai_AIPackage" | "dataset_DatasetPackage");
        if strict || declared.is_some() {
            let declared = declared.unwrap_or_else(|| NO_LICENSE.to_owned());
            graph.relate(graph.id(&thing.reference), "hasDeclaredLicense", None, vec![declared]);
        }
        if strict {
            graph.relate(
                graph.id(&thing.reference),
                "hasConcludedLicense",
                None,
                vec![NO_LICENSE.to_owned()],
            );
        }
    }
}

fn expression(thing: &Thing) -> Option<String> {
    let all: Vec<&str> = thing.licenses.iter().map(String::as_str).collect();
    match all.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        many => Some(many.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" AND ")),
    }
}

/// The files that things were seen in, the lines, and which line tells of what.
fn evidence<'a>(bom: &'a Bom, graph: &mut Graph<'a>) {
    let places: BTreeSet<(&str, u32, u32)> = bom
        .things
        .iter()
        .flat_map(|t| &t.occurrences)
        .map(|o| (o.path.as_str(), o.line, o.end_line))
        .collect();
    let files: BTreeSet<&str> = places.iter().map(|(path, _, _)| *path).collect();
    for path in files {
        let id = graph.id(&format!("file:{path}"));
        graph.elements.push(Element {
            software_primary_purpose: Some("source"),
            ..Element::new("software_File", id, path)
        });
    }
    for (path, line, end) in places {
        let id = graph.id(&place(path, line, end));
        graph.elements.push(Element {
            software_snippet_from_file: Some(graph.id(&format!("file:{path}"))),
            software_line_range: Some(Range {
                kind: "PositiveIntegerRange",
                begin: line.max(1),
                end: end.max(1),
            }),
            ..Element::unnamed("software_Snippet", id)
        });
    }
    for thing in bom.things.iter().filter(|t| !t.occurrences.is_empty()) {
        let seen: BTreeSet<String> =
            thing.occurrences.iter().map(|o| graph.id(&place(&o.path, o.line, o.end_line))).collect();
        graph.relate(graph.id(&thing.reference), "hasEvidence", None, seen.into_iter().collect());
    }
}

fn place(path: &str, line: u32, end: u32) -> String {
    format!("snippet:{path}:{line}-{end}")
}
