//! GitHub Actions: a workflow's jobs, with the steps of local composite actions in their place.
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>

use std::collections::BTreeMap;
use std::sync::Arc;

use formats::data::{Data, Datum, Entry};
use model::{CoverageStatus, Node, Value};

use super::expression::resolve_all;
use super::job::{Job, Step, join};
use super::{File, Reader};

const SYSTEM: &str = "github";
/// Composite actions inside each other.
const MAX_ACTIONS: usize = 8;

/// Variables that are known where something runs, the innermost last.
type Variables = BTreeMap<Arc<str>, Node>;

pub(super) fn workflow(reader: &mut Reader<'_, '_>, file: &File) {
    let Some(root) = &file.root else { return };
    let Some(jobs) = root.get("jobs").and_then(Datum::as_map) else {
        reader.observer.note(&file.place(root), CoverageStatus::Partial, "a workflow without jobs");
        return;
    };
    let mut variables = Variables::new();
    define(&mut variables, file, root.get("env"));
    let name = root.get("name").map(|name| file.source.node(name));
    let triggers = root.get("on").map(|on| triggers(file, on));
    for entry in jobs {
        let mut job = Job::new(file.source.path.clone(), Arc::new(file.source.position(entry.key_span)));
        job.set("workflow", name.clone().unwrap_or_else(|| file.source.path.clone().into()));
        job.set("triggers", triggers.clone().unwrap_or_default());
        one(reader, file, root, entry, &variables, &mut job);
        reader.add(SYSTEM, &*entry.key, job);
    }
}

fn one(
    reader: &mut Reader<'_, '_>,
    file: &File,
    root: &Datum,
    entry: &Entry,
    variables: &Variables,
    job: &mut Job,
) {
    let node = |datum: &Datum| file.source.node(datum);
    let Some(_) = entry.value.as_map() else {
        let reason = format!("job {} is {}, not a mapping", entry.key, entry.value.type_name());
        reader.observer.note(&file.place(&entry.value), CoverageStatus::Partial, reason);
        return;
    };
    let given = |key: &str| entry.value.get(key);
    let mut variables = variables.clone();
    define(&mut variables, file, given("env"));
    let known = |name: &str| look_up(&variables, name);
    let resolved = |datum: Option<&Datum>| datum.map(|d| resolve_all(&node(d), &known)).unwrap_or_default();
    job.set("name", given("name").map_or_else(|| entry.key.clone().into(), &node));
    job.set(
        "permissions",
        given("permissions").or(root.get("permissions")).map(|p| permissions(&node(p))).unwrap_or_default(),
    );
    job.set("runner", runner(&resolved(given("runs-on"))));
    job.set("container", resolved(given("container").and_then(|c| c.get("image").or(Some(c)))));
    job.set("environment", resolved(given("environment").and_then(|e| e.get("name").or(Some(e)))));
    job.set("condition", given("if").map(&node).unwrap_or_default());
    job.set("needs", given("needs").map(|n| listed(node(n))).unwrap_or_default());
    job.set("variables", resolved_map(&variables, &known));
    job.set("calls", given("uses").map(&node).unwrap_or_default());
    job.set("with", resolved(given("with")));
    if given("uses").is_some() {
        // `secrets: inherit` hands all of them on.
        job.set("secretsGiven", resolved(given("secrets")));
    }
    let folder = default_folder(&entry.value).or_else(|| default_folder(root)).unwrap_or_default().to_owned();
    steps(reader, file, given("steps"), &variables, &folder, 0, job);
}

/// `defaults.run.working-directory` of a workflow or job.
fn default_folder(owner: &Datum) -> Option<&str> {
    owner.get("defaults")?.get("run")?.get("working-directory")?.as_str()
}

fn steps(
    reader: &mut Reader<'_, '_>,
    file: &File,
    steps: Option<&Datum>,
    variables: &Variables,
    folder: &str,
    depth: usize,
    job: &mut Job,
) {
    let Some(steps) = steps else { return };
    let Some(items) = steps.as_list() else {
        let reason = format!("steps are {}, not a list", steps.type_name());
        reader.observer.note(&file.place(steps), CoverageStatus::Partial, reason);
        return;
    };
    for item in items {
        let mut variables = variables.clone();
        define(&mut variables, file, item.get("env"));
        let known = |name: &str| look_up(&variables, name);
        let node = |key: &str| item.get(key).map(|d| file.source.node(d));
        let mut step = Step { at: Some(file.source.place(item)), ..Step::default() };
        let mut set = |key: &str, value: Option<Node>| {
            if let Some(value) = value {
                step.entries.insert(key.into(), value);
            }
        };
        set("name", node("name").or_else(|| node("id")));
        set("condition", node("if"));
        set("with", node("with").map(|with| resolve_all(&with, &known)));
        set("variables", node("env").map(|env| resolve_all(&env, &known)));
        set("uses", node("uses"));
        if let Some(uses) = node("uses") {
            let (action, reference) = action(&uses);
            set("action", Some(action));
            set("ref", reference);
        }
        step.script = node("run");
        let own = item.get("working-directory").and_then(Datum::as_str);
        step.working_folder = Some(own.map_or_else(|| folder.to_owned(), |own| join("", own)));
        job.step(step);
        let local = item.get("uses").filter(|uses| uses.as_str().is_some_and(|u| u.starts_with("./")));
        if let Some(uses) = local {
            composite(reader, file, uses, item, &variables, depth, job);
        }
    }
}

/// The steps of a composite action that lies in the same tree.
fn composite(
    reader: &mut Reader<'_, '_>,
    file: &File,
    uses: &Datum,
    call: &Datum,
    variables: &Variables,
    depth: usize,
    job: &mut Job,
) {
    let Some(path) = uses.as_str() else { return };
    let place = file.place(uses);
    if depth >= MAX_ACTIONS {
        reader.observer.note(&place, CoverageStatus::Partial, format!("{path} is nested too deeply"));
        return;
    }
    // Paths of actions begin at the repository, above the folder of the workflows.
    let root = file.source.path.split(".github/").next().unwrap_or_default();
    let folder = collect::normalise(&format!("{root}/{path}"));
    let found = ["action.yml", "action.yaml"].map(|name| format!("{folder}/{name}"));
    let Some(found) = found.iter().find(|path| reader.tree.is_file(path) == Ok(true)) else {
        reader.observer.note(
            &place,
            CoverageStatus::Partial,
            format!("the action {path} is not in the tree"),
        );
        return;
    };
    let Some(action) = reader.file(found, &place) else { return };
    let Some(runs) = action.root.as_ref().and_then(|root| root.get("runs")) else { return };
    // Inputs are known by what the call gives them.
    let mut variables = variables.clone();
    let defaults = action.root.as_ref().and_then(|root| root.get("inputs")).and_then(Datum::as_map);
    for input in defaults.unwrap_or_default() {
        let given = call.get("with").and_then(|with| with.get(&input.key)).map(|d| file.source.node(d));
        let default = || input.value.get("default").map(|d| Node { assumed: true, ..action.source.node(d) });
        if let Some(value) = given.or_else(default) {
            let known = |name: &str| look_up(&variables, name);
            let value = resolve_all(&value, &known);
            variables.insert(format!("inputs.{}", input.key).into(), value);
        }
    }
    steps(reader, &action, runs.get("steps"), &variables, "", depth + 1, job);
}

/// Adds a block of variables; each may use those before it.
fn define(variables: &mut Variables, file: &File, block: Option<&Datum>) {
    for entry in block.and_then(Datum::as_map).unwrap_or_default() {
        let value = resolve_all(&file.source.node(&entry.value), &|name| look_up(variables, name));
        variables.insert(entry.key.clone(), value);
    }
}

fn look_up(variables: &Variables, name: &str) -> Option<Node> {
    let name = name.strip_prefix("env.").or_else(|| name.starts_with("inputs.").then_some(name))?;
    variables.get(name).cloned()
}

fn resolved_map(variables: &Variables, known: &dyn Fn(&str) -> Option<Node>) -> Node {
    let own = variables.iter().filter(|(name, _)| !name.starts_with("inputs."));
    Value::map(own.map(|(name, value)| (name.clone(), resolve_all(value, known))).collect()).into()
}

/// `owner/name/path@ref` in its two parts.
fn action(uses: &Node) -> (Node, Option<Node>) {
    let here = |text: &str| Node { at: uses.at.clone(), ..text.into() };
    match uses.as_str().and_then(|text| text.split_once('@')) {
        Some((action, reference)) => (here(&action.to_ascii_lowercase()), Some(here(reference))),
        None => (uses.clone(), None),
    }
}

/// `read-all` and `write-all` stand for every scope.
fn permissions(node: &Node) -> Node {
    let level = match node.as_str() {
        Some("read-all") => "read",
        Some("write-all") => "write",
        _ => return node.clone(),
    };
    let all = BTreeMap::from([(Arc::from("*"), Node { at: node.at.clone(), ..level.into() })]);
    Node { at: node.at.clone(), ..Value::map(all).into() }
}

/// The labels that a runner is picked by.
fn runner(node: &Node) -> Node {
    let labels = node.get("labels").or_else(|| node.get("group")).unwrap_or(node);
    listed(labels.clone())
}

fn listed(node: Node) -> Node {
    match node.value {
        Value::Null | Value::List(_) | Value::Unknown(_) => node,
        _ => Node { at: node.at.clone(), ..Value::list(vec![node]).into() },
    }
}

/// The events of `on`, which is a word, a list of words or a mapping.
fn triggers(file: &File, on: &Datum) -> Node {
    let event = |name: Node, filters: Option<&Datum>| {
        let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        let at = name.at.clone();
        entries.insert("event".into(), name);
        for key in ["branches", "tags", "types", "paths", "workflows"] {
            if let Some(filter) = filters.and_then(|f| f.get(key)) {
                entries.insert(key.into(), listed(file.source.node(filter)));
            }
        }
        Node { at, ..Value::map(entries).into() }
    };
    let items = match &on.value {
        Data::Text(_) => vec![event(file.source.node(on), None)],
        Data::List(items) => items.iter().map(|item| event(file.source.node(item), None)).collect(),
        Data::Map(entries) => {
            let named = |e: &Entry| {
                let at = Arc::new(file.source.position(e.key_span));
                event(Node::from(e.key.clone()).at(at), Some(&e.value))
            };
            entries.iter().map(named).collect()
        }
        _ => Vec::new(),
    };
    Node { at: Some(file.source.place(on)), ..Value::list(items).into() }
}
