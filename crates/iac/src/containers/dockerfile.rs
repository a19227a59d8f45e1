//! Dockerfiles: the image that a file builds, and the software in it.
//!
//! What a container is given when it is run is not said here, and is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catalog::Catalog;
use collect::{Source, Tree};
use formats::dockerfile::{self, Instruction};
use model::{AssetId, Coverage, CoverageStatus, Node, Observations, Position, Value};

use super::text::{Holes, Word, hide};
use super::{Container, Entries, Signs, command};
use crate::file::SourceFile;
use crate::native::{Observer, Resource};

/// The name in coverage.
const SOURCE: &str = "dockerfile";
/// Bytes that variables may make of one text.
const MAX_EXPANDED: usize = 64 << 10;

/// The source: every Dockerfile.
pub struct Dockerfiles<'c> {
    pub catalog: &'c Catalog,
}

/// Whether the walk should keep a file for this source.
pub fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let base = ["dockerfile", "containerfile"];
    let named = base.iter().any(|b| {
        let starts =
            name.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']));
        starts || name.strip_suffix(b).is_some_and(|rest| rest.ends_with('.'))
    });
    let other =
        [".dockerignore", ".md", ".py", ".sh", ".txt", ".json", ".yaml", ".yml", ".rs", ".go", ".ts", ".js"];
    named && !other.iter().any(|end| name.ends_with(end))
}

/// What the last stage of a file is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub(crate) at: Option<Arc<Position>>,
    /// The image that the stage, or the one it comes from, begins with.
    pub(crate) base: Option<Node>,
    pub(crate) environment: Entries,
    pub(crate) user: Option<Node>,
    pub(crate) ports: Vec<Node>,
    /// Words, or a shell's text.
    pub(crate) entrypoint: Option<Node>,
    pub(crate) command: Option<Node>,
    name: Option<String>,
    run: Vec<Node>,
    stages: usize,
}

impl Source for Dockerfiles<'_> {
    fn name(&self) -> &'static str {
        SOURCE
    }

    fn observe(&self, tree: &Tree) -> Observations {
        let mut all = Observations::default();
        let signs = Signs::new(self.catalog);
        for path in tree.files().iter().filter(|p| wants(p)) {
            match tree.read_text(path) {
                Ok(text) => self.file(path, text, &signs, &mut all),
                Err(error) => all.coverage.push(Coverage::note(SOURCE, path, CoverageStatus::Failed, error)),
            }
        }
        all
    }
}

impl Dockerfiles<'_> {
    fn file(&self, path: &Arc<str>, text: String, signs: &Signs<'_>, all: &mut Observations) {
        let file = SourceFile::new(path.clone(), text);
        let read = dockerfile::parse(&file.text);
        if file.text.contains("{{") && !read.problems.is_empty() || file.text.contains("{%") {
            let reason = "a template that another program fills in; scan what it renders";
            all.coverage.push(Coverage::note(SOURCE, path, CoverageStatus::Skipped, reason));
            return;
        }
        let ours = read.comments.iter().filter(|(_, text)| text.contains("stance:"));
        all.comments.extend(ours.map(|(span, text)| model::Comment {
            path: path.clone(),
            line: file.position(*span).line,
            text: text.clone(),
        }));
        let Some(image) = image(&file, &read.instructions, None, &BTreeMap::new()) else {
            let reason = "no FROM instruction; not assessed";
            all.coverage.push(Coverage::note(SOURCE, path, CoverageStatus::Skipped, reason));
            return;
        };
        for problem in &read.problems {
            let place = file.position(problem.span).to_string();
            all.coverage.push(Coverage::note(
                SOURCE,
                place,
                CoverageStatus::Partial,
                problem.message.clone(),
            ));
        }
        all.coverage.push(Coverage::read(SOURCE, path));
        let mut observer = Observer::new(SOURCE, path.clone(), self.catalog);
        let address: Arc<str> = image.name.as_deref().unwrap_or("image").into();
        let (native, aliases) = ("dockerfile/Image".into(), BTreeSet::new());
        observer.resource(Resource { native, address: address.clone(), aliases, document: image.document() });
        let container = image.container(&address);
        if let Some((kind, document)) = container.software(signs) {
            let name = kind.card.kind.text.rsplit('.').next().unwrap_or("software");
            let inner = format!("{address}/{name}");
            observer.contains(&address, &inner, None);
            let id: AssetId = observer.id(&inner);
            let asset = super::asset(path, id, inner, kind, document, BTreeSet::new());
            observer.seen.assets.push(asset);
        }
        all.extend(observer.seen);
    }
}

/// A stage while it is read.
#[derive(Clone, Debug, Default)]
struct Stage {
    name: Option<String>,
    arguments: BTreeMap<String, Node>,
    image: Image,
}

/// The stage called `target`, or the last one. `given`: build arguments.
pub(crate) fn image(
    file: &SourceFile,
    instructions: &[Instruction],
    target: Option<&str>,
    given: &BTreeMap<String, Node>,
) -> Option<Image> {
    let mut global: BTreeMap<String, Node> = BTreeMap::new();
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions {
        let at = Some(Arc::new(file.position(instruction.span)));
        if instruction.keyword == "FROM" {
            if target.is_some() && stages.last().is_some_and(|s| s.name.as_deref() == target) {
                break;
            }
            let mut words = instruction.text.split_whitespace();
            let reference = substitute(words.next().unwrap_or_default(), &global, at.clone());
            let alias = words.next().filter(|w| w.eq_ignore_ascii_case("as")).and_then(|_| words.next());
            let called = |name: &str| {
                let same = |s: &&Stage| s.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name));
                let by_index = || name.parse::<usize>().ok().and_then(|index| stages.get(index));
                stages.iter().rev().find(same).or_else(by_index).cloned()
            };
            let from = reference.as_str().and_then(called);
            let mut stage = from.unwrap_or_else(|| Stage {
                image: Image { base: Some(reference), ..Image::default() },
                ..Stage::default()
            });
            stage.name = alias.map(str::to_owned);
            stage.arguments = BTreeMap::new();
            stage.image.at = at;
            stage.image.run.clear();
            stages.push(stage);
            continue;
        }
        let Some(stage) = stages.last_mut() else {
            if instruction.keyword == "ARG" {
                for (name, default) in pairs(&instruction.text) {
                    let value = argument(&name, default.as_deref(), &global, given, at.clone());
                    global.insert(name, value);
                }
            }
            continue;
        };
        stage.take(instruction, at, &global, given);
    }
    let count = stages.len();
    let wanted = target.and_then(|t| stages.iter().position(|s| s.name.as_deref() == Some(t)));
    let stage = stages.into_iter().nth(wanted.unwrap_or(count.saturating_sub(1)))?;
    Some(Image { name: stage.name, stages: count, ..stage.image })
}

/// A build argument: what the build is given, what is declared before the first stage, or its default.
fn argument(
    name: &str,
    default: Option<&str>,
    known: &BTreeMap<String, Node>,
    given: &BTreeMap<String, Node>,
    at: Option<Arc<Position>>,
) -> Node {
    if let Some(value) = given.get(name) {
        return value.clone();
    }
    match default {
        Some(default) => Node { assumed: true, ..substitute(default, known, at) },
        None => known
            .get(name)
            .cloned()
            .unwrap_or_else(|| Node { at, ..Node::unknown(format!("build argument {name} has no value")) }),
    }
}

impl Stage {
    fn take(
        &mut self,
        instruction: &Instruction,
        at: Option<Arc<Position>>,
        global: &BTreeMap<String, Node>,
        given: &BTreeMap<String, Node>,
    ) {
        let text = &*instruction.text;
        let command = || match &instruction.exec {
            Some(words) => {
                let words = words.iter().map(|w| Node { at: at.clone(), ..Node::from(&**w) }).collect();
                Node { at: at.clone(), ..Value::list(words).into() }
            }
            None => {
                let shell = ["/bin/sh", "-c", text].map(|w| Node { at: at.clone(), ..Node::from(w) });
                Node { at: at.clone(), ..Value::list(shell.to_vec()).into() }
            }
        };
        match &*instruction.keyword {
            "ARG" => {
                for (name, default) in pairs(text) {
                    let known = if default.is_none() { global } else { &self.arguments };
                    let value = argument(&name, default.as_deref(), known, given, at.clone());
                    self.arguments.insert(name, value);
                }
            }
            "ENV" => {
                for (name, value) in pairs(text) {
                    let known = self.known();
                    let value = substitute(&value.unwrap_or_default(), &known, at.clone());
                    self.image.environment.insert((&*name).into(), hide(&name, value));
                }
            }
            "USER" => self.image.user = Some(substitute(text.trim(), &self.known(), at)),
            "EXPOSE" => {
                for port in text.split_whitespace() {
                    let port = substitute(port, &self.known(), at.clone());
                    self.image.ports.push(port);
                }
            }
            "ENTRYPOINT" => {
                // It takes the command of the stage before with it.
                self.image.command = None;
                self.image.entrypoint = Some(command());
            }
            "CMD" => self.image.command = Some(command()),
            "RUN" => {
                let mut all = text.to_owned();
                instruction.heredocs.iter().for_each(|body| all = format!("{all}\n{body}"));
                let secret = command::secret_script(&all);
                self.image.run.push(Node { at, sensitive: secret, ..Node::from(&*all) });
            }
            _ => {}
        }
    }

    /// What variables stand for in this stage: ENV wins over ARG.
    fn known(&self) -> BTreeMap<String, Node> {
        let mut known = self.arguments.clone();
        known.extend(self.image.environment.iter().map(|(k, v)| (k.to_string(), v.clone())));
        known
    }
}

/// `NAME=value NAME="value"`, or the old `NAME value`.
fn pairs(text: &str) -> Vec<(String, Option<String>)> {
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=')
        && let Some((name, value)) = text.split_once(char::is_whitespace)
    {
        return vec![(name.to_owned(), Some(value.trim().to_owned()))];
    }
    let words = super::split(&Word { text: text.to_owned(), ..Word::default() });
    let pair = |word: Word| match word.text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word.text, None),
    };
    words.into_iter().map(pair).filter(|(name, _)| !name.is_empty()).collect()
}

/// Text with `$NAME`, `${NAME}` and `${NAME:-default}` put in.
fn substitute(text: &str, known: &BTreeMap<String, Node>, at: Option<Arc<Position>>) -> Node {
    let mut holes = Holes::default();
    let (mut all, mut assumed) = (String::new(), false);
    let mut rest = text.trim_matches('"');
    while let Some(dollar) = rest.find('$') {
        all.push_str(rest[..dollar].strip_suffix('\\').unwrap_or(&rest[..dollar]));
        let escaped = rest[..dollar].ends_with('\\');
        rest = &rest[dollar + 1..];
        let (name, default, after) =
            if let Some((inner, after)) = rest.strip_prefix('{').and_then(|r| r.split_once('}')) {
                let end = inner.find([':', '-', '+']).unwrap_or(inner.len());
                let default = inner[end..].strip_prefix(":-").or_else(|| inner[end..].strip_prefix('-'));
                (&inner[..end], default, after)
            } else {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                (&rest[..end], None, &rest[end..])
            };
        if name.is_empty() || escaped {
            all.push('$');
            continue;
        }
        rest = after;
        let value = known.get(name).filter(|n| !n.is_null());
        assumed |= value.is_some_and(|v| v.assumed);
        let text = value.and_then(|v| holes.flatten(v)).or_else(|| default.map(str::to_owned));
        let text = text.unwrap_or_else(|| holes.unknown(&format!("variable {name} has no value")).into());
        if all.len() + text.len() <= MAX_EXPANDED {
            all += &text;
        }
    }
    all += rest;
    holes.node(&all, &Word { text: String::new(), at, assumed })
}

/// A port's number, without its protocol.
fn port(node: &Node) -> Node {
    let mut entries = Entries::new();
    let (number, protocol) = match node.as_str() {
        Some(text) => text.split_once('/').map_or((text, "tcp"), |(n, p)| (n, p)),
        None => ("", "tcp"),
    };
    let number = match number.parse::<i64>() {
        Ok(number) => number.into(),
        Err(_) => node.clone(),
    };
    entries.insert("container".into(), Node { at: node.at.clone(), ..number });
    entries.insert("protocol".into(), Node { at: node.at.clone(), ..protocol.into() });
    Node { at: node.at.clone(), ..Value::map(entries).into() }
}

impl Image {
    fn document(&self) -> Node {
        let mut holes = Holes::default();
        let mut entries = Entries::new();
        let at = |value: Value| Node { at: self.at.clone(), ..value.into() };
        if let Some(word) = self.base.as_ref().and_then(|base| holes.word(base)) {
            entries.insert("base".into(), super::image::document(&word, &holes));
        }
        entries.insert("stages".into(), Node { at: self.at.clone(), ..(self.stages as i64).into() });
        for (key, node) in
            [("user", &self.user), ("command", &self.command), ("entrypoint", &self.entrypoint)]
        {
            node.iter().for_each(|node| _ = entries.insert(key.into(), hidden(node)));
        }
        entries.insert("environment".into(), at(Value::map(self.environment.clone())));
        entries.insert("ports".into(), at(Value::list(self.ports.iter().map(port).collect())));
        entries.insert("run".into(), at(Value::list(self.run.clone())));
        at(Value::map(entries))
    }

    /// The container that the image makes when nothing else is said.
    fn container(&self, name: &Arc<str>) -> Container {
        let mut details = Entries::new();
        let ports: Vec<Node> = self.ports.iter().map(port).collect();
        if !ports.is_empty() {
            details.insert("ports".into(), Node { at: self.at.clone(), ..Value::list(ports).into() });
        }
        if let Some(user) = &self.user {
            let user = Entries::from([(Arc::from("runAsUser"), user_id(user))]);
            details.insert("security".into(), Node { at: self.at.clone(), ..Value::map(user).into() });
        }
        Container {
            name: name.clone(),
            at: self.at.clone(),
            image: self.base.clone(),
            entrypoint: self.entrypoint.clone(),
            arguments: self.command.clone(),
            environment: self.environment.clone(),
            open: Some("decided when the container is run".into()),
            details,
            ..Container::default()
        }
    }
}

/// The words of a command, those hidden that hold a secret.
fn hidden(node: &Node) -> Node {
    let Value::List(words) = &node.value else { return node.clone() };
    let mut after = false;
    let each = words.iter().map(|word| {
        let text = word.as_str().unwrap_or_default();
        let (secret, next) = command::secret_word(text);
        let held = secret
            || after && !text.starts_with(['-', '$'])
            || text.contains(' ') && command::secret_script(text);
        after = next;
        Node { sensitive: word.sensitive || held, ..word.clone() }
    });
    Node { at: node.at.clone(), ..Value::list(each.collect()).into() }
}

/// `user[:group]` as the number that security contexts have: `root` is 0, other names stay names.
pub(crate) fn user_id(user: &Node) -> Node {
    let Some(text) = user.as_str() else { return user.clone() };
    let name = text.split(':').next().unwrap_or_default();
    let value = match name.parse::<i64>() {
        Ok(id) => Value::Number(id.into()),
        Err(_) if name == "root" => Value::Number(0.into()),
        Err(_) => Value::string(name),
    };
    Node { value, ..user.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, target: Option<&str>) -> Image {
        let file = SourceFile::new("Dockerfile", text.to_owned());
        let parsed = dockerfile::parse(&file.text);
        image(&file, &parsed.instructions, target, &BTreeMap::new()).unwrap()
    }

    #[test]
    fn names_of_dockerfiles() {
        for path in [
            "Dockerfile",
            "a/Dockerfile.gpu",
            "a/vllm.Dockerfile",
            "Containerfile",
            "x/Dockerfile-dev",
            "b.dockerfile",
        ] {
            assert!(wants(path), "{path}");
        }
        for path in ["dockerfile.rs", "Dockerfile.dockerignore", "docker.yaml", "MyDockerfileParser"] {
            assert!(!wants(path), "{path}");
        }
    }

    #[test]
    fn the_last_stage_is_what_is_built() {
        let text = "ARG TAG=v1\nFROM vllm/vllm-openai:${TAG} AS base\nENV HOST=0.0.0.0 PORT=80\nUSER 1000:1000\nEXPOSE ${PORT}\nFROM golang AS build\nRUN make\nFROM base\nCMD [\"--host\", \"$HOST\"]\n";
        let image = read(text, None);
        let base = image.base.as_ref().unwrap();
        assert_eq!((base.as_str(), base.assumed), (Some("vllm/vllm-openai:v1"), true));
        assert_eq!(image.user.as_ref().map(user_id).and_then(|n| n.as_str().map(str::to_owned)), None);
        assert_eq!(image.ports[0].as_str(), Some("80"));
        assert_eq!(image.stages, 3);
        let build = read(text, Some("build"));
        assert_eq!(build.base.unwrap().as_str(), Some("golang"));
        let open = read("ARG IMAGE\nFROM $IMAGE\n", None);
        assert!(open.base.unwrap().is_unknown());
    }
}
