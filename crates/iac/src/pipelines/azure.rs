//! Azure Pipelines: stages, jobs and deployment jobs, with local templates in their place.
//! <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use formats::data::{Data, Datum};
use model::{CoverageStatus, Node, Value};

use super::expression::resolve_all;
use super::job::{Job, Step, join};
use super::{File, Reader};

const SYSTEM: &str = "azure";
/// Templates inside each other.
const MAX_TEMPLATES: usize = 16;

/// What a template's expressions may look up, and what jobs take from around them.
#[derive(Clone, Default)]
struct Around {
    parameters: BTreeMap<Arc<str>, Node>,
    variables: BTreeMap<Arc<str>, Node>,
    triggers: Node,
    pool: Node,
    stage: Option<Arc<str>>,
    depth: usize,
}

impl Around {
    fn look_up(&self, name: &str) -> Option<Node> {
        let name = name.trim();
        if let Some(parameter) = name.strip_prefix("parameters.") {
            return self.parameters.get(parameter).cloned();
        }
        self.variables.get(name.strip_prefix("variables.")?).cloned()
    }

    fn node(&self, file: &File, datum: &Datum) -> Node {
        resolve_all(&file.source.node(datum), &|name| self.look_up(name))
    }
}

/// The templates that a pipeline names, as far as they are local.
pub(super) fn templates(file: &File) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Datum> = file.root.iter().collect();
    while let Some(datum) = open.pop() {
        match &datum.value {
            Data::List(items) => open.extend(items.iter()),
            Data::Map(entries) => {
                found.extend(datum.get("template").and_then(|t| local(file, t)));
                open.extend(entries.iter().map(|e| &e.value));
            }
            _ => {}
        }
    }
    found
}

/// The path of a template in the same repository.
fn local(file: &File, template: &Datum) -> Option<String> {
    let text = template.as_str().filter(|t| !t.contains("${{"))?;
    // `path@self` is this repository, `path@other` another.
    let path = match text.split_once('@') {
        Some((path, "self")) => path,
        Some(_) => return None,
        None => text,
    };
    if let Some(path) = path.strip_prefix('/') {
        return Some(path.to_owned());
    }
    let folder = file.source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(collect::normalise(&format!("{folder}/{path}")))
}

pub(super) fn pipeline(reader: &mut Reader<'_, '_>, file: &File) {
    let Some(root) = &file.root else { return };
    let mut around = Around::default();
    parameters(file, root, None, &mut around);
    let mut triggers: Vec<Node> = Vec::new();
    for (key, event) in [("trigger", "push"), ("pr", "pull_request"), ("schedules", "schedule")] {
        let off = |d: &&Datum| d.as_str() == Some("none");
        if let Some(trigger) = root.get(key).filter(|t| !off(t)) {
            let node = file.source.node(trigger);
            let branches =
                node.at_path("branches.include").or_else(|| node.get("branches")).unwrap_or(&node).clone();
            let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
            entries.insert("event".into(), Node { at: node.at.clone(), ..event.into() });
            if matches!(branches.value, Value::List(_)) {
                entries.insert("branches".into(), branches);
            }
            triggers.push(Node { at: node.at, ..Value::map(entries).into() });
        }
    }
    around.triggers = Value::list(triggers).into();
    body(reader, file, root, around);
}

/// Takes in the parameters of a file: what the call gives, else the defaults.
fn parameters(file: &File, root: &Datum, given: Option<&Node>, around: &mut Around) {
    let Some(declared) = root.get("parameters") else { return };
    let mut take = |name: &str, default: Option<&Datum>| {
        let passed = given.and_then(|g| g.get(name)).cloned();
        let value = passed.or_else(|| default.map(|d| Node { assumed: true, ..file.source.node(d) }));
        around.parameters.insert(
            name.into(),
            value.unwrap_or_else(|| Node::unknown(format!("parameter {name} has no value"))),
        );
    };
    match &declared.value {
        Data::List(items) => {
            for item in items.iter() {
                if let Some(name) = item.get("name").and_then(Datum::as_str) {
                    take(name, item.get("default"));
                }
            }
        }
        Data::Map(entries) => entries.iter().for_each(|e| take(&e.key, Some(&e.value))),
        _ => {}
    }
}

/// A pipeline, a stage or a template: whatever of stages, jobs and steps it has.
fn body(reader: &mut Reader<'_, '_>, file: &File, owner: &Datum, mut around: Around) {
    if around.depth > MAX_TEMPLATES {
        reader.observer.note(&file.place(owner), CoverageStatus::Partial, "templates are nested too deeply");
        return;
    }
    variables(reader, file, owner, &mut around);
    if let Some(pool) = owner.get("pool") {
        around.pool = around.node(file, pool);
    }
    if let Some(extended) = owner.get("extends") {
        template(reader, file, extended, &around);
    }
    for key in ["stages", "jobs"] {
        for item in items(owner.get(key)) {
            if item.get("template").is_some() {
                template(reader, file, item, &around);
            } else if key == "stages" {
                let stage = item.get("stage").and_then(Datum::as_str).map(Arc::from);
                body(reader, file, item, Around { stage, ..around.clone() });
            } else {
                job(reader, file, item, &around);
            }
        }
    }
    if owner.get("steps").is_some() {
        job(reader, file, owner, &around);
    }
}

/// The items of a list, with those under `${{ if … }}` and `${{ each … }}` keys in their place.
fn items(list: Option<&Datum>) -> Vec<&Datum> {
    let mut found = Vec::new();
    let mut open: Vec<&Datum> = list.and_then(Datum::as_list).unwrap_or_default().iter().rev().collect();
    while let Some(item) = open.pop() {
        match item.as_map() {
            Some([entry]) if entry.key.starts_with("${{") => {
                open.extend(entry.value.as_list().unwrap_or_default().iter().rev());
            }
            _ => found.push(item),
        }
    }
    found
}

fn variables(reader: &mut Reader<'_, '_>, file: &File, owner: &Datum, around: &mut Around) {
    let Some(block) = owner.get("variables") else { return };
    if let Some(entries) = block.as_map() {
        for entry in entries {
            let value = around.node(file, &entry.value);
            around.variables.insert(entry.key.clone(), value);
        }
        return;
    }
    for item in items(Some(block)) {
        if let (Some(name), Some(value)) = (item.get("name").and_then(Datum::as_str), item.get("value")) {
            let value = around.node(file, value);
            around.variables.insert(name.into(), value);
        } else if let Some(path) = item.get("template").and_then(|t| local(file, t)) {
            let place = file.place(item);
            if around.depth < MAX_TEMPLATES
                && let Some(included) = reader.file(&path, &place)
                && let Some(root) = included.root.as_ref()
            {
                around.depth += 1;
                variables(reader, &included, root, around);
                around.depth -= 1;
            }
        }
    }
}

fn template(reader: &mut Reader<'_, '_>, file: &File, call: &Datum, around: &Around) {
    let Some(named) = call.get("template") else { return };
    let place = file.place(named);
    let Some(path) = local(file, named) else {
        let shown = named.as_str().unwrap_or("template");
        reader.observer.note(&place, CoverageStatus::Partial, format!("{shown} is not in this repository"));
        return;
    };
    if around.depth >= MAX_TEMPLATES {
        reader.observer.note(&place, CoverageStatus::Partial, "templates are nested too deeply");
        return;
    }
    let Some(included) = reader.file(&path, &place) else { return };
    let Some(root) = included.root.as_ref() else { return };
    let given = call.get("parameters").map(|p| around.node(file, p));
    let mut inside = Around { depth: around.depth + 1, parameters: BTreeMap::new(), ..around.clone() };
    parameters(&included, root, given.as_ref(), &mut inside);
    body(reader, &included, root, inside);
}

fn job(reader: &mut Reader<'_, '_>, file: &File, owner: &Datum, around: &Around) {
    let mut around = around.clone();
    variables(reader, file, owner, &mut around);
    let named = owner.entry("deployment").or_else(|| owner.entry("job"));
    let at = named.map_or_else(|| file.source.place(owner), |e| Arc::new(file.source.position(e.key_span)));
    let mut job = Job::new(file.source.path.clone(), at);
    let node = |key: &str| owner.get(key).map(|d| around.node(file, d)).unwrap_or_default();
    let name = named.and_then(|e| e.value.as_str()).filter(|n| !n.contains("${{"));
    let name: Arc<str> = name.unwrap_or("job").into();
    let address = match &around.stage {
        Some(stage) => format!("{stage}.{name}"),
        None => name.to_string(),
    };
    job.set("name", owner.get("displayName").map_or_else(|| name.into(), |d| around.node(file, d)));
    job.set("workflow", file.source.path.clone().into());
    job.set("triggers", around.triggers.clone());
    job.set("condition", node("condition"));
    job.set(
        "container",
        owner.get("container").map(|c| around.node(file, c.get("image").unwrap_or(c))).unwrap_or_default(),
    );
    let environment = owner.get("environment").map(|e| around.node(file, e.get("name").unwrap_or(e)));
    job.set("environment", environment.unwrap_or_default());
    let pool = owner.get("pool").map_or_else(|| around.pool.clone(), |p| around.node(file, p));
    let labels = ["vmImage", "name"].iter().find_map(|key| pool.get(key)).cloned().unwrap_or(pool);
    if !labels.is_null() {
        job.set("runner", Node { at: labels.at.clone(), ..Value::list(vec![labels]).into() });
    }
    job.set("variables", Value::map(around.variables.clone()).into());
    let mut lists: Vec<&Datum> = owner.get("steps").into_iter().collect();
    // Deployment jobs: strategy.<how>.<when>.steps
    for how in owner.get("strategy").and_then(Datum::as_map).unwrap_or_default() {
        for when in how.value.as_map().unwrap_or_default() {
            lists.extend(when.value.get("steps"));
        }
    }
    for list in lists {
        steps(reader, file, list, &around, &mut job);
    }
    let address = unique(reader, address);
    reader.add(SYSTEM, address, job);
}

/// Jobs without a name, and jobs that several templates bring, are told apart by a number.
fn unique(reader: &Reader<'_, '_>, address: String) -> String {
    let taken = |address: &str| reader.observer.seen.assets.iter().any(|a| &*a.address == address);
    if !taken(&address) {
        return address;
    }
    let numbered = (2..).map(|n| format!("{address}[{n}]")).find(|a| !taken(a));
    numbered.unwrap_or(address)
}

fn steps(reader: &mut Reader<'_, '_>, file: &File, list: &Datum, around: &Around, job: &mut Job) {
    for item in items(Some(list)) {
        if let Some(named) = item.get("template") {
            let place = file.place(named);
            let Some(path) = local(file, named).filter(|_| around.depth < MAX_TEMPLATES) else {
                let shown = named.as_str().unwrap_or("template");
                reader.observer.note(&place, CoverageStatus::Partial, format!("{shown} is not read"));
                continue;
            };
            let Some(included) = reader.file(&path, &place) else { continue };
            let Some(root) = included.root.as_ref() else { continue };
            let given = item.get("parameters").map(|p| around.node(file, p));
            let mut inside =
                Around { depth: around.depth + 1, parameters: BTreeMap::new(), ..around.clone() };
            parameters(&included, root, given.as_ref(), &mut inside);
            if let Some(inner) = root.get("steps") {
                steps(reader, &included, inner, &inside, job);
            }
            continue;
        }
        one_step(file, item, around, job);
    }
}

/// Inputs of tasks that hold a script.
const SCRIPTS: [&str; 4] = ["script", "inlineScript", "Inline", "inline"];

fn one_step(file: &File, item: &Datum, around: &Around, job: &mut Job) {
    let node = |key: &str| item.get(key).map(|d| around.node(file, d));
    let mut step = Step { at: Some(file.source.place(item)), ..Step::default() };
    for (key, name) in [
        ("displayName", "name"),
        ("condition", "condition"),
        ("env", "variables"),
        ("task", "uses"),
        ("inputs", "with"),
    ] {
        if let Some(value) = node(key) {
            step.entries.insert(name.into(), value);
        }
    }
    let task = item.get("task").and_then(Datum::as_str).unwrap_or_default();
    if let Some((name, version)) = task.split_once('@') {
        let at = item.get("task").map(|t| file.source.place(t));
        step.entries.insert("action".into(), Node { at: at.clone(), ..(&*name.to_ascii_lowercase()).into() });
        step.entries.insert("ref".into(), Node { at, ..version.into() });
    }
    let inputs = item.get("inputs");
    let inline = || SCRIPTS.iter().find_map(|key| inputs.and_then(|i| i.get(key)));
    let script =
        ["script", "bash", "pwsh", "powershell"].iter().find_map(|key| item.get(key)).or_else(inline);
    step.script = script.map(|s| file.source.node(s));
    let folder = item.get("workingDirectory").or_else(|| inputs.and_then(|i| i.get("workingDirectory")));
    step.working_folder = folder.and_then(Datum::as_str).map(repository_path);
    let at = step.at.clone();
    job.step(step);
    deployment(task, inputs, at, job);
}

/// Variables that stand for the checkout.
fn repository_path(path: &str) -> String {
    let roots = ["$(System.DefaultWorkingDirectory)", "$(Build.SourcesDirectory)", "$(Pipeline.Workspace)"];
    let rest = roots.iter().find_map(|root| path.strip_prefix(root)).unwrap_or(path);
    join("", rest.trim_start_matches('/'))
}

/// Tasks that deploy without a script.
fn deployment(task: &str, inputs: Option<&Datum>, at: Option<Arc<model::Position>>, job: &mut Job) {
    let input = |key: &str| inputs.and_then(|i| i.get(key)).and_then(Datum::as_str).map(repository_path);
    let name = task.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let (tool, path) = match &*name {
        "azureresourcemanagertemplatedeployment" | "azureresourcegroupdeployment" => {
            ("azure", input("csmFile"))
        }
        "bicepdeploy" => ("azure", input("templateFile")),
        "terraformtaskv4" | "terraformtask" | "terraform" => {
            let applies = inputs.and_then(|i| i.get("command")).and_then(Datum::as_str) == Some("apply");
            if !applies {
                return;
            }
            ("terraform", input("workingDirectory"))
        }
        "kubernetesmanifest" => ("kubernetes", input("manifests")),
        "helmdeploy" => ("helm", input("chartPath")),
        "awscloudformation" | "cloudformationcreateorupdatestack" => {
            ("cloudformation", input("templateFile"))
        }
        _ => return,
    };
    job.deploy(tool, &path.unwrap_or_default(), at);
}
