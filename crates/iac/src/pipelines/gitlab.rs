//! GitLab CI: jobs with what they extend, the defaults, and local includes laid in.
//! <https://docs.gitlab.com/ci/yaml/>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use formats::data::{Data, Datum};
use model::{CoverageStatus, Node, Value};

use super::job::{Job, Step};
use super::{File, Reader};

const SYSTEM: &str = "gitlab";
/// Files that one pipeline includes.
const MAX_FILES: usize = 100;
/// Jobs that extend each other.
const MAX_EXTENDS: usize = 11;

/// Words of the top level that are no jobs.
const KEYWORDS: [&str; 14] = [
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
    "pages_access",
    "types",
    "artifacts",
];

/// A job's mapping, each value with the file it stands in.
type Body = BTreeMap<Arc<str>, Node>;

/// The files that another pipeline includes, as far as they are local.
pub(super) fn includes(file: &File) -> BTreeSet<String> {
    local_includes(file).into_iter().map(|(path, _)| path).collect()
}

fn local_includes(file: &File) -> Vec<(String, String)> {
    let Some(include) = file.root.as_ref().and_then(|root| root.get("include")) else { return Vec::new() };
    let items = include.as_list().unwrap_or(std::slice::from_ref(include));
    let local = items.iter().filter_map(|item| {
        let path = item.get("local").unwrap_or(item);
        let text = path.as_str().filter(|p| !p.contains("://") && !p.contains('*'))?;
        // Paths begin at the repository, in which the file itself lies at its root.
        let folder = file.source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Some((collect::normalise(&format!("{folder}/{}", text.trim_start_matches('/'))), file.place(path)))
    });
    local.collect()
}

pub(super) fn pipeline(reader: &mut Reader<'_, '_>, file: &File) {
    let mut jobs: BTreeMap<Arc<str>, Body> = BTreeMap::new();
    let mut globals = Body::new();
    let mut seen = BTreeSet::from([file.source.path.to_string()]);
    gather(reader, file, &mut jobs, &mut globals, &mut seen);
    let templates: Vec<Arc<str>> = jobs.keys().cloned().collect();
    for name in templates {
        if name.starts_with('.') {
            continue; // hidden: only there to be extended
        }
        let mut body = extended(&jobs, &name, 0);
        let inherited = globals.get("default").and_then(|d| d.as_map().cloned());
        for key in ["image", "before_script", "after_script", "id_tokens", "tags", "services"] {
            if !body.contains_key(key)
                && let Some(value) = inherited.as_ref().and_then(|d| d.get(key)).or_else(|| globals.get(key))
            {
                body.insert(key.into(), value.clone());
            }
        }
        one(reader, file, &name, &body, &globals);
    }
}

fn gather(
    reader: &mut Reader<'_, '_>,
    file: &File,
    jobs: &mut BTreeMap<Arc<str>, Body>,
    globals: &mut Body,
    seen: &mut BTreeSet<String>,
) {
    for (path, place) in local_includes(file) {
        if seen.len() < MAX_FILES
            && seen.insert(path.clone())
            && let Some(included) = reader.file(&path, &place)
        {
            gather(reader, &included, jobs, globals, seen);
        }
    }
    for entry in file.root.as_ref().and_then(Datum::as_map).unwrap_or_default() {
        let value = file.source.node(&entry.value);
        if KEYWORDS.contains(&&*entry.key) {
            globals.insert(entry.key.clone(), value);
        } else if let Data::Map(_) = entry.value.value {
            let body = jobs.entry(entry.key.clone()).or_default();
            let at = Arc::new(file.source.position(entry.key_span));
            body.insert("".into(), Node::null().at(at));
            let entries = value.as_map().into_iter().flat_map(|m| m.iter());
            body.extend(entries.map(|(key, value)| (key.clone(), value.clone())));
        } else if !entry.key.starts_with('.') {
            let reason = format!("job {} is {}, not a mapping", entry.key, entry.value.type_name());
            reader.observer.note(&file.place(&entry.value), CoverageStatus::Partial, reason);
        }
    }
}

/// A job over those that it extends; mappings are merged, lists are not.
fn extended(jobs: &BTreeMap<Arc<str>, Body>, name: &str, depth: usize) -> Body {
    let own = jobs.get(name).cloned().unwrap_or_default();
    let bases: Vec<Arc<str>> = match own.get("extends").map(|n| &n.value) {
        Some(Value::String(base)) => vec![base.clone()],
        Some(Value::List(items)) => items.iter().filter_map(|i| i.as_str().map(Arc::from)).collect(),
        _ => Vec::new(),
    };
    let mut body = Body::new();
    if depth < MAX_EXTENDS {
        for base in bases {
            lay(&mut body, extended(jobs, &base, depth + 1));
        }
    }
    lay(&mut body, own);
    body.remove("extends");
    body
}

fn lay(under: &mut Body, over: Body) {
    for (key, value) in over {
        let merged = match (under.get(&key).and_then(Node::as_map), value.as_map()) {
            (Some(old), Some(new)) => {
                let mut both = (**old).clone();
                both.extend(new.iter().map(|(k, v)| (k.clone(), v.clone())));
                Node { value: Value::map(both), ..value }
            }
            _ => value,
        };
        under.insert(key, merged);
    }
}

fn one(reader: &mut Reader<'_, '_>, file: &File, name: &Arc<str>, body: &Body, globals: &Body) {
    let place = body.get("").and_then(|n| n.at.clone());
    let at = place.unwrap_or_else(|| Arc::new(file.source.position(formats::Span::default())));
    let mut job = Job::new(at.path.clone(), at);
    let given = |key: &str| body.get(key).cloned().unwrap_or_default();
    let inner = |key: &str| match body.get(key) {
        Some(node) => node.get("name").cloned().unwrap_or_else(|| node.clone()),
        None => Node::null(),
    };
    job.set("name", name.clone().into());
    job.set("workflow", file.source.path.clone().into());
    job.set("environment", inner("environment"));
    job.set("container", inner("image"));
    job.set("runner", given("tags"));
    job.set("needs", given("needs"));
    job.set("rules", given("rules"));
    job.set("only", given("only"));
    job.set("idTokens", given("id_tokens"));
    let mut variables =
        globals.get("variables").and_then(|v| v.as_map().map(|m| (**m).clone())).unwrap_or_default();
    variables.extend(body.get("variables").and_then(Node::as_map).into_iter().flat_map(|m| (**m).clone()));
    // A variable may be a mapping with `value` and `description`.
    let plain = |node: Node| node.get("value").cloned().unwrap_or(node);
    job.set("variables", Value::map(variables.into_iter().map(|(k, v)| (k, plain(v))).collect()).into());
    for key in ["before_script", "script", "after_script"] {
        let mut lines = Vec::new();
        flatten(&given(key), 0, &mut lines);
        for line in lines {
            job.step(Step { at: line.at.clone(), script: Some(line), ..Step::default() });
        }
    }
    reader.add(SYSTEM, name.clone(), job);
}

/// The lines of a script, which may be lists inside lists.
fn flatten(node: &Node, depth: usize, lines: &mut Vec<Node>) {
    match &node.value {
        Value::List(items) if depth < 10 => items.iter().for_each(|item| flatten(item, depth + 1, lines)),
        Value::String(_) => lines.push(node.clone()),
        _ => {}
    }
}
