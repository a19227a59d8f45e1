//! Small programs in every language, and what is in them, labelled by hand.
//!
//! A file of `tests/corpus/<language>` is a list of cases: `files` by their paths, `expect` and `not`. The labels are whole:
//! what is found and not expected is as wrong as what is missing. A label is
//! - `<kind without code.> <address> <key>=<value>…` of a component; only the values that matter are labelled. A prompt's
//!   address is its text, a `?` before a value stands for what is not known, with the words that are shown of it;
//! - `<address> -<relation>-> <address>`.
//!
//! `not` says what the case is about when nothing, or nothing like it, must be found: the beginning of an address.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use catalog::Catalog;
use collect::{Source as _, Tree};
use formats::data::Datum;
use model::{Asset, Node, Observations, Value};
use scan::code::Code;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: BTreeMap<String, String>,
    expect: Vec<String>,
    not: Vec<String>,
}

pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::embedded)
}

/// Every case of the corpus.
pub(crate) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut found = Vec::new();
    let mut folders: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let shown = path.iter().rev().take(2).map(|part| part.to_str().unwrap()).collect::<Vec<_>>();
            let shown = format!("{}/{}", shown[1], shown[0]);
            let read = formats::data::parse_yaml(&text);
            assert!(read.problems.is_empty(), "{shown}: {:?}", read.problems);
            for case in read.documents[0].as_list().unwrap() {
                found.push(one(case, &shown));
            }
        }
    }
    found
}

fn one(case: &Datum, file: &str) -> Case {
    let texts = |key: &str| -> Vec<String> {
        let Some(labels) = case.get(key) else { return Vec::new() };
        let items = labels.as_list().unwrap_or(std::slice::from_ref(labels));
        items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    let name = format!("{file}: {}", case.get("case").and_then(Datum::as_str).unwrap());
    let files = case.get("files").and_then(Datum::as_map).unwrap_or_else(|| panic!("{name}: no files"));
    let files = files.iter().map(|f| (f.key.to_string(), f.value.as_str().unwrap().to_owned())).collect();
    Case { name, files, expect: texts("expect"), not: texts("not") }
}

pub(crate) fn observe(files: &BTreeMap<String, String>) -> Observations {
    let mut seen = Code { catalog: catalog() }.observe(&Tree::of_texts(files.clone()));
    // Flows have tests of their own.
    seen.assets.retain(|asset| &*asset.kind != "code.output-flow");
    seen
}

/// A component as a label, with every value that its document holds.
pub(crate) fn labels(seen: &Observations) -> BTreeMap<String, Vec<String>> {
    let mut labels = BTreeMap::new();
    for asset in &seen.assets {
        let mut values = Vec::new();
        if let Some(document) = asset.document.as_map() {
            document.iter().for_each(|(key, node)| leaves(key, node, &mut values));
        }
        let kind = asset.kind.strip_prefix("code.").unwrap_or(&asset.kind);
        labels.insert(format!("{kind} {}", address(asset)), values);
    }
    labels
}

/// `key=value` for each value of a document; lists are one value.
fn leaves(key: &str, node: &Node, found: &mut Vec<String>) {
    match &node.value {
        Value::Map(entries) if !matches!(key, "inputSchema" | "headers") => {
            entries.iter().for_each(|(inner, node)| leaves(&format!("{key}.{inner}"), node, found));
        }
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            found.push(format!("{key}={}", items.join(",")));
        }
        _ => found.push(format!("{key}={}", text(node))),
    }
}

fn text(node: &Node) -> String {
    let shown = match &node.value {
        Value::Unknown(reason) => format!("?{}", reason.trim_start_matches("not known before it runs: ")),
        _ => node.brief(),
    };
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn address(asset: &Asset) -> String {
    let short = |text: &str| {
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(50).collect::<String>()
    };
    match &*asset.kind {
        "code.prompt" => format!("prompt/{}", short(&asset.document.get("text").unwrap().brief())),
        _ => asset.address.to_string(),
    }
}

/// The relations between components, as the cards of their kinds read them from the documents.
pub(crate) fn relations(seen: &Observations) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let named = |scope: &str, target: &Node| {
        let to = target.from.as_ref()?;
        seen.assets.iter().find(|asset| &*asset.scope == scope && asset.address == to.address)
    };
    for asset in &seen.assets {
        let Some(kind) = catalog().kind(&asset.kind) else { continue };
        for link in kind.links(asset) {
            if let Some(to) = named(&asset.scope, &link.target)
                && link.kinds.contains(&to.kind)
            {
                found.insert(format!("{} -{}-> {}", address(asset), link.relation, address(to)));
            }
        }
    }
    found
}

/// What is wrong with a case, and the labels as they are found.
fn wrong(case: &Case) -> Vec<String> {
    let seen = observe(&case.files);
    let (components, relations) = (labels(&seen), relations(&seen));
    let mut problems = Vec::new();
    let mut expected = BTreeSet::new();
    for label in &case.expect {
        if is_relation(label) {
            if !relations.contains(label) {
                problems.push(format!("missing: {label}"));
            }
            expected.insert(label.clone());
            continue;
        }
        // The address may have spaces in it, so the longest component that the label begins with.
        let fits = |name: &&String| {
            label.strip_prefix(&***name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let Some(component) = components.keys().filter(fits).max_by_key(|name| name.len()) else {
            problems.push(format!("missing: {label}"));
            continue;
        };
        expected.insert(component.clone());
        for want in values(&label[component.len()..]) {
            let (key, value) = want.split_once('=').unwrap_or((&want, ""));
            let holds = components[component].iter().any(|known| {
                let (k, v) = known.split_once('=').unwrap_or((known, ""));
                k == key
                    && (v == value || value.starts_with('?') && v.starts_with('?') && v.contains(&value[1..]))
            });
            if !holds {
                problems.push(format!("{component}: not {want}"));
            }
        }
    }
    let found = components.keys().chain(&relations);
    problems.extend(
        found.filter(|label| !expected.contains(*label)).map(|label| format!("not expected: {label}")),
    );
    for not in &case.not {
        let like = |label: &&String| label.split(' ').any(|part| part.starts_with(&**not));
        problems.extend(components.keys().filter(like).map(|label| format!("must not be: {label}")));
    }
    if !problems.is_empty() {
        problems.push("found:".to_owned());
        problems.extend(components.iter().map(|(name, values)| format!("  - {name} {}", values.join(" "))));
        problems.extend(relations.iter().map(|relation| format!("  - {relation}")));
    }
    problems
}

fn is_relation(label: &str) -> bool {
    label.split(' ').any(|word| word.len() > 3 && word.starts_with('-') && word.ends_with("->"))
}

/// `a=b "c=d e"`: the values of a label.
fn values(text: &str) -> Vec<String> {
    let (mut found, mut open, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => found.push(std::mem::take(&mut open)),
            c => open.push(c),
        }
    }
    found.push(open);
    found.retain(|value| !value.is_empty());
    found
}

#[test]
fn what_is_found_is_what_is_labelled() {
    let cases = cases();
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| (case, wrong(case)))
        .filter(|(_, wrong)| !wrong.is_empty())
        .map(|(case, wrong)| format!("== {}\n{}", case.name, wrong.join("\n")))
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
