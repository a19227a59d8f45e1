//! Whether a bill holds together: references are unique and lead somewhere, what must be said is said, and a bill of ours
//! has the serial number of its content.
//!
//! The full schemas of the formats are not repeated here; tests hold what is written against them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::listing::{Listing, list, nested, word, workflows};
use super::{BomFormat, UNSTAMPED};

/// No more problems are told of one file.
const MAX_PROBLEMS: usize = 100;

/// What there is to say of a bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// None: the bill holds together.
    pub problems: Vec<String>,
    /// Whether the serial number is that of the content; absent in a bill of another maker.
    pub unchanged: Option<bool>,
}

/// Checks a bill against itself; `text` is what it was read from.
pub fn verify(listing: &Listing, text: &str) -> Verified {
    let mut problems = match listing.format {
        BomFormat::CycloneDx => cyclonedx(&listing.json),
        BomFormat::Spdx => spdx(&listing.json),
    };
    let unchanged = serial(&listing.json, listing.format).map(|serial| {
        let unstamped = text.replace(&serial, UNSTAMPED);
        super::stamp(&unstamped) == text
    });
    if unchanged == Some(false) {
        problems.push(
            "the serial number is not that of the content: the file was changed after it was made".into(),
        );
    }
    problems.truncate(MAX_PROBLEMS);
    Verified { problems, unchanged }
}

/// The UUID in the serial number of a bill that Stance made.
fn serial(json: &Json, format: BomFormat) -> Option<String> {
    let uuid = match format {
        BomFormat::CycloneDx => {
            let tools = list(&json["metadata"]["tools"], "components");
            tools.iter().find(|tool| tool["bom-ref"] == "tool:stance")?;
            word(json, "serialNumber").strip_prefix("urn:uuid:")?
        }
        BomFormat::Spdx => {
            let document = list(json, "@graph").iter().find(|e| e["type"] == "SpdxDocument")?;
            word(document, "spdxId").strip_prefix("https://spdx.org/spdxdocs/stance-")?
        }
    };
    let fits = uuid.len() == 36 && uuid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    fits.then(|| uuid.to_owned())
}

fn cyclonedx(json: &Json) -> Vec<String> {
    let mut problems = Vec::new();
    let version = word(json, "specVersion");
    if !["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"].contains(&version) {
        problems.push(format!("specVersion {version:?} is not one of 1.2 to 1.7"));
    }
    let mut references = BTreeSet::new();
    let root = &json["metadata"]["component"];
    let things = nested(json).into_iter().map(|(item, _)| item);
    let tools = list(&json["metadata"]["tools"], "components").iter();
    let named = root.is_object().then_some(root).into_iter().chain(tools).chain(things);
    for item in named.chain(workflows(json)) {
        if word(item, "name").is_empty() && word(item, "uid").is_empty() {
            problems.push(format!("the component {:?} has no name", word(item, "bom-ref")));
        }
        let reference = word(item, "bom-ref");
        if !reference.is_empty() && !references.insert(reference) {
            problems.push(format!("two things have the bom-ref {reference:?}"));
        }
    }
    let mut resolve = |reference: &Json, place: &str| {
        let reference = reference.as_str().unwrap_or_default();
        // A BOM-Link leads into another bill.
        if !references.contains(reference) && !reference.starts_with("urn:cdx:") {
            problems.push(format!("{place} refers to {reference:?}, which is not in the bill"));
        }
    };
    let mut depending = BTreeSet::new();
    let mut twice = Vec::new();
    for dependency in list(json, "dependencies") {
        resolve(&dependency["ref"], "dependencies");
        if !depending.insert(word(dependency, "ref")) {
            twice.push(format!("the dependencies of {:?} are told twice", word(dependency, "ref")));
        }
        for key in ["dependsOn", "provides"] {
            list(dependency, key).iter().for_each(|to| resolve(to, word(dependency, "ref")));
        }
    }
    for composition in list(json, "compositions") {
        list(composition, "assemblies").iter().for_each(|reference| resolve(reference, "compositions"));
    }
    for (item, _) in nested(json) {
        for dataset in list(&item["modelCard"]["modelParameters"], "datasets") {
            if dataset["ref"].is_string() {
                resolve(&dataset["ref"], word(item, "bom-ref"));
            }
        }
    }
    for workflow in workflows(json) {
        for end in list(workflow, "inputs").iter().chain(list(workflow, "outputs")) {
            if end["resource"]["ref"].is_string() {
                resolve(&end["resource"]["ref"], word(workflow, "bom-ref"));
            }
        }
    }
    problems.extend(twice);
    problems
}

fn spdx(json: &Json) -> Vec<String> {
    let mut problems = Vec::new();
    let graph = list(json, "@graph");
    let mut ids = BTreeSet::new();
    for element in graph {
        for id in [word(element, "spdxId"), word(element, "@id")].into_iter().filter(|id| !id.is_empty()) {
            if !ids.insert(id) {
                problems.push(format!("two elements have the spdxId {id:?}"));
            }
        }
    }
    // Elements of another document are named in an import, individuals by their term.
    let imported: BTreeSet<&str> =
        graph.iter().flat_map(|e| list(e, "import")).map(|map| word(map, "externalSpdxId")).collect();
    let known = |id: &str| {
        ids.contains(id)
            || imported.contains(id)
            || id.starts_with("https://spdx.org/licenses/")
            || !id.contains(':')
            || id.starts_with("https://spdx.org/rdf/")
    };
    if !graph.iter().any(|e| e["type"] == "SpdxDocument") {
        problems.push("there is no SpdxDocument".into());
    }
    for element in graph {
        let place = match word(element, "spdxId") {
            "" => word(element, "type"),
            id => id,
        };
        const ONE: [&str; 5] =
            ["creationInfo", "from", "suppliedBy", "software_snippetFromFile", "dataLicense"];
        const MANY: [&str; 5] = ["to", "element", "rootElement", "createdBy", "createdUsing"];
        let one = ONE.iter().map(|key| &element[*key]).filter(|value| value.is_string());
        let many = MANY.iter().flat_map(|key| list(element, key)).filter(|value| value.is_string());
        for id in one.chain(many).filter_map(Json::as_str).filter(|id| !known(id)) {
            problems.push(format!("{place} refers to {id:?}, which is not in the bill"));
        }
    }
    problems
}
