//! One job as a document, whatever system runs it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use formats::shell;
use model::{Node, Position, Reference, Value};

use super::expression;
use crate::native::{Observer, Resource};

/// What a job is called on cards.
const NATIVE: &str = "pipeline/Job";
/// Steps of one job.
const MAX_STEPS: usize = 2_000;
/// Words of all commands of one step.
const MAX_WORDS: usize = 20_000;

/// A program that brings a configuration to where it runs.
struct Tool {
    name: &'static str,
    /// The first words of its command; `*` stands for any one word.
    words: &'static [&'static str],
    /// Options that name the file or folder; without one it is the working folder, if `folder` says so.
    options: &'static [&'static str],
    folder: bool,
}

const fn tool(
    name: &'static str,
    words: &'static [&'static str],
    options: &'static [&'static str],
    folder: bool,
) -> Tool {
    Tool { name, words, options, folder }
}

/// The commands that deploy, from each program's own reference.
const TOOLS: [Tool; 17] = [
    tool("terraform", &["terraform", "apply"], &["-chdir"], true),
    tool("terraform", &["tofu", "apply"], &["-chdir"], true),
    tool("terraform", &["terragrunt", "apply"], &["--working-dir", "--terragrunt-working-dir"], true),
    tool("azure", &["az", "deployment", "*", "create"], &["--template-file", "-f"], false),
    tool("azure", &["az", "stack", "*", "create"], &["--template-file", "-f"], false),
    tool("azd", &["azd", "up"], &["--cwd", "-C"], true),
    tool("azd", &["azd", "provision"], &["--cwd", "-C"], true),
    tool("azd", &["azd", "deploy"], &["--cwd", "-C"], true),
    tool("cloudformation", &["aws", "cloudformation", "deploy"], &["--template-file"], false),
    tool("cloudformation", &["aws", "cloudformation", "*"], &["--template-body"], false),
    tool("sam", &["sam", "deploy"], &["--template-file", "-t", "--template"], true),
    tool("cdk", &["cdk", "deploy"], &["--app", "-a"], true),
    tool("cdk", &["npx", "cdk", "deploy"], &["--app", "-a"], true),
    tool("kubernetes", &["kubectl", "apply"], &["-f", "--filename", "-k", "--kustomize"], false),
    tool("helm", &["helm", "upgrade"], &[], false),
    tool("helm", &["helm", "install"], &[], false),
    tool("pulumi", &["pulumi", "up"], &["--cwd", "-C"], true),
];

/// A job that is being put together.
#[derive(Clone, Default)]
pub(super) struct Job {
    /// The file that it stands in, for messages.
    pub(super) path: Arc<str>,
    pub(super) at: Option<Arc<Position>>,
    entries: BTreeMap<Arc<str>, Node>,
    steps: Vec<Node>,
    deploys: Vec<Node>,
    secrets: BTreeSet<Arc<str>>,
}

/// One step in the words of its system.
#[derive(Default)]
pub(super) struct Step {
    pub(super) at: Option<Arc<Position>>,
    pub(super) entries: BTreeMap<Arc<str>, Node>,
    /// The script, as written: expressions in it are not looked up.
    pub(super) script: Option<Node>,
    pub(super) working_folder: Option<String>,
}

impl Job {
    pub(super) fn new(path: Arc<str>, at: Arc<Position>) -> Self {
        Job { path, at: Some(at), ..Job::default() }
    }

    /// Sets an attribute; null is not one.
    pub(super) fn set(&mut self, key: &str, value: Node) {
        if !value.is_null() {
            self.collect_secrets(&value);
            self.entries.insert(key.into(), value);
        }
    }

    fn collect_secrets(&mut self, value: &Node) {
        for reference in value.references(10_000) {
            if &*reference.address == "secrets" {
                self.secrets.insert(reference.attribute.clone());
            }
        }
    }

    pub(super) fn step(&mut self, mut step: Step) {
        if self.steps.len() >= MAX_STEPS {
            return;
        }
        if let Some(script) = &step.script
            && let Some(text) = script.as_str()
        {
            let text: Arc<str> = Arc::from(text);
            let found: Vec<&str> =
                expression::split(&text, "${{", "}}").into_iter().filter_map(Result::err).collect();
            let contexts: BTreeSet<String> = found.iter().flat_map(|e| expression::contexts(e)).collect();
            for name in contexts.iter().filter_map(|c| c.strip_prefix("secrets.")) {
                self.secrets.insert(name.into());
            }
            let here = |value: Node| Node { at: script.at.clone(), ..value };
            let texts = |items: Vec<String>| {
                here(Value::list(items.iter().map(|i| here((&**i).into())).collect()).into())
            };
            let mut left = MAX_WORDS;
            let mut commands = Vec::new();
            for command in shell::commands(&text) {
                if left < command.words.len() {
                    break;
                }
                left -= command.words.len();
                commands.push(command.words.iter().map(shell::Word::text).collect::<Vec<_>>());
            }
            self.deployments(&commands, step.working_folder.as_deref(), &script.at);
            step.entries.insert(
                "commands".into(),
                here(Value::list(commands.into_iter().map(texts).collect()).into()),
            );
            if !contexts.is_empty() {
                step.entries.insert("expressions".into(), texts(contexts.into_iter().collect()));
            }
            step.entries.insert("run".into(), script.clone());
        }
        for value in step.entries.values() {
            for reference in value.references(10_000) {
                if &*reference.address == "secrets" {
                    self.secrets.insert(reference.attribute.clone());
                }
            }
        }
        let value: Node = Value::map(step.entries).into();
        self.steps.push(Node { at: step.at, ..value });
    }

    fn deployments(&mut self, commands: &[Vec<String>], folder: Option<&str>, at: &Option<Arc<Position>>) {
        let mut folder = folder.unwrap_or_default().to_owned();
        for words in commands {
            if let [program, target, ..] = &words[..]
                && program == "cd"
            {
                folder = join(&folder, target);
            }
            let words: Vec<&str> =
                words.iter().map(|w| &**w).skip_while(|w| *w == "sudo" || is_assignment(w)).collect();
            let Some(tool) = TOOLS.iter().find(|tool| fits(tool, &words)) else { continue };
            self.deploy(tool.name, &target(tool, &words, &folder), at.clone());
        }
    }

    /// States that the job deploys what lies at `path`; empty where that is not said.
    pub(super) fn deploy(&mut self, tool: &str, path: &str, at: Option<Arc<Position>>) {
        let mut entries: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        entries.insert("tool".into(), Node { at: at.clone(), ..tool.into() });
        if !path.is_empty() {
            let path = match path.contains("${") || path.contains("$(") {
                true => Node::unknown(format!("{path} is known to the run only")),
                false => path.into(),
            };
            entries.insert("path".into(), Node { at: at.clone(), ..path });
        }
        let deploy: Node = Value::map(entries).into();
        self.deploys.push(Node { at, ..deploy });
    }

    pub(super) fn observe(mut self, observer: &mut Observer<'_>, address: Arc<str>) {
        let list = |items: Vec<Node>| -> Node { Node { at: self.at.clone(), ..Value::list(items).into() } };
        let secrets = self.secrets.iter().map(|name| {
            let from = Reference { address: "secrets".into(), attribute: name.clone(), via: None };
            Node { from: Some(Arc::new(from)), at: self.at.clone(), ..name.clone().into() }
        });
        let (steps, deploys, secrets) = (list(self.steps), list(self.deploys), list(secrets.collect()));
        for (key, items) in [("steps", steps), ("deploys", deploys), ("secrets", secrets)] {
            self.entries.insert(key.into(), items);
        }
        let document = Node { at: self.at, ..Value::map(self.entries).into() };
        observer.resource(Resource { native: NATIVE.into(), address, aliases: BTreeSet::new(), document });
    }
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The first words fit, with options between them passed over (`terraform -chdir=infra apply`).
fn fits(tool: &Tool, words: &[&str]) -> bool {
    let mut words = words.iter().enumerate().filter(|(i, w)| *i == 0 || !w.starts_with('-')).map(|(_, w)| *w);
    tool.words.iter().all(|want| words.next().is_some_and(|word| *want == "*" || program(word) == *want))
}

/// A program by its name, wherever it lies.
fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// What the command deploys, as a path below the tree.
fn target(tool: &Tool, words: &[&str], folder: &str) -> String {
    for (index, word) in words.iter().enumerate() {
        for option in tool.options {
            if word == option {
                return join(folder, words.get(index + 1).copied().unwrap_or_default());
            }
            if let Some(value) = word.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
                return join(folder, value);
            }
        }
    }
    if tool.folder { if folder.is_empty() { ".".into() } else { folder.to_owned() } } else { String::new() }
}

/// `path` seen from `folder`.
pub(super) fn join(folder: &str, path: &str) -> String {
    let path = path.strip_prefix("file://").unwrap_or(path);
    if path.starts_with('/') || path.contains('$') || folder.contains('$') {
        return path.to_owned();
    }
    let joined = collect::normalise(&format!("{folder}/{path}"));
    if joined.is_empty() { ".".into() } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_tell_what_is_deployed() {
        for (script, folder, want) in [
            ("terraform apply -auto-approve", Some("infra"), &["terraform infra"][..]),
            ("terraform -chdir=infra/prod apply", None, &["terraform infra/prod"]),
            ("cd infra && AWS_REGION=x terraform apply", None, &["terraform infra"]),
            (
                "az deployment group create -g rg --template-file ./infra/main.bicep",
                None,
                &["azure infra/main.bicep"],
            ),
            ("sudo azd up --no-prompt", None, &["azd ."]),
            (
                "aws cloudformation deploy --template-file t.yaml --stack-name s",
                None,
                &["cloudformation t.yaml"],
            ),
            (
                "aws cloudformation create-stack --template-body file://a/t.yaml",
                None,
                &["cloudformation a/t.yaml"],
            ),
            ("kubectl apply -k overlays/prod; kubectl get pods", None, &["kubernetes overlays/prod"]),
            ("helm upgrade --install web ./chart", None, &["helm"]),
            ("helm version; terraform plan; echo apply", None, &[]),
            ("terraform apply -chdir=$DIR", None, &["terraform ?"]),
        ] {
            let mut job = Job::default();
            let script = Some(script.into());
            job.step(Step { script, working_folder: folder.map(str::to_owned), ..Step::default() });
            let shown = |d: &Node| {
                let path = d.get("path").map(|p| p.as_str().unwrap_or("?"));
                [Some(d.get("tool").unwrap().as_str().unwrap()), path]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            assert_eq!(job.deploys.iter().map(shown).collect::<Vec<_>>(), want);
        }
    }
}
