//! What a command line starts: which package of which registry, which file, in which container, or which remote server.
//!
//! Nothing is run or looked up: this is read off the words alone, through the shells and runners in front of them.

mod container;

use formats::shell;
use model::Node;

use container::container;
pub use container::{Container, Mount};

/// Shells and runners inside each other.
const MAX_WRAPPERS: usize = 6;

/// What is started.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// The program that starts it, without folder and ending: `npx`, `docker`.
    pub launcher: String,
    pub package: Option<Package>,
    /// The file that is run.
    pub entry: Option<String>,
    /// The remote server that a bridge (`mcp-remote`) passes on to.
    pub bridge: Option<String>,
    pub container: Option<Container>,
    /// Variables that are set on the command line.
    pub environment: Vec<(String, Node)>,
    /// The words that the started program itself gets.
    pub arguments: Vec<Node>,
}

/// A package as the command line names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    pub ecosystem: &'static str,
    pub name: String,
    pub version: Option<String>,
    /// Whether it can be one version only.
    pub pinned: bool,
}

/// Reads the words of a command line, the program first.
pub fn launch(words: &[Node]) -> Launch {
    let mut launch = Launch::default();
    read(words, 0, &mut launch);
    launch
}

/// The text of a word that is wholly known.
fn known(word: &Node) -> Option<&str> {
    word.as_str()
}

/// The text of a word, `…` for what is filled in later.
fn shown(word: &Node) -> String {
    Node { sensitive: false, ..word.clone() }.brief()
}

/// The program of a word: its name without folder, ending and case.
pub(super) fn program(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    for ending in [".exe", ".cmd", ".bat", ".ps1"] {
        if let Some(stem) = name.strip_suffix(ending) {
            return stem.to_owned();
        }
    }
    name
}

fn read(words: &[Node], depth: usize, launch: &mut Launch) {
    let Some((first, rest)) = words.split_first() else { return };
    let Some(word) = known(first) else {
        launch.launcher = shown(first);
        launch.arguments = rest.to_vec();
        return;
    };
    if depth > MAX_WRAPPERS {
        return;
    }
    let inner = |rest: &[Node], launch: &mut Launch| read(rest, depth + 1, launch);
    launch.launcher = program(word);
    launch.arguments = rest.to_vec();
    match &*launch.launcher.clone() {
        "npx" | "bunx" | "pnpx" => npm(rest, launch),
        "npm" | "pnpm" | "yarn" | "bun" => match rest.split_first() {
            Some((verb, rest)) if matches!(known(verb), Some("exec" | "x" | "dlx")) => npm(rest, launch),
            Some((verb, rest)) if matches!(known(verb), Some("run" | "start")) => entry(rest, launch),
            _ => entry(rest, launch),
        },
        "uvx" => python_tool(rest, launch),
        "pipx" => {
            if let Some(at) = position(rest, "run") {
                python_tool(&rest[at + 1..], launch);
            }
        }
        "uv" => uv(rest, depth, launch),
        "python" | "python3" | "py" | "pypy3" => match module(rest) {
            Some((module, after)) => {
                launch.entry = Some(module);
                launch.arguments = after.to_vec();
            }
            None => entry(rest, launch),
        },
        "node" | "tsx" | "ts-node" | "ruby" | "php" => entry(rest, launch),
        "java" => match position(rest, "-jar") {
            Some(at) if at + 1 < rest.len() => {
                launch.entry = known(&rest[at + 1]).map(str::to_owned);
                launch.arguments = rest[at + 2..].to_vec();
            }
            _ => {}
        },
        "deno" => deno(rest, launch),
        "go" => match rest.split_first() {
            Some((verb, rest)) if known(verb) == Some("run") => go(rest, launch),
            _ => {}
        },
        "dnx" => dotnet_tool(rest, launch),
        "dotnet" => match rest.split_first() {
            Some((verb, rest)) if known(verb) == Some("dnx") => dotnet_tool(rest, launch),
            _ => entry(rest, launch),
        },
        "docker" | "podman" | "nerdctl" => {
            if let Some(at) = position(rest, "run") {
                container(&rest[at + 1..], launch);
            }
        }
        "cmd" => {
            let run = |w: &Node| known(w).is_some_and(|w| w.eq_ignore_ascii_case("/c"));
            if let Some(at) = rest.iter().position(run) {
                inner(&rest[at + 1..], launch);
            }
        }
        "sh" | "bash" | "zsh" | "dash" | "fish" | "powershell" | "pwsh" => {
            let script = |w: &Node| {
                known(w).is_some_and(|w| {
                    w.eq_ignore_ascii_case("-command")
                        || w.starts_with('-') && !w.starts_with("--") && w.ends_with('c')
                })
            };
            match rest.iter().position(script).and_then(|at| rest.get(at + 1)) {
                Some(script) => {
                    if let Some(words) = last_command(&shown(script)) {
                        inner(&words, launch);
                    }
                }
                None => entry(rest, launch),
            }
        }
        "env" => {
            let mut rest = rest;
            while let Some((word, after)) = rest.split_first() {
                match known(word).and_then(|w| w.split_once('=')) {
                    Some((name, value)) if !name.starts_with('-') => {
                        let value = Node { at: word.at.clone(), ..value.into() };
                        launch.environment.push((name.to_owned(), value));
                    }
                    _ if known(word).is_some_and(|w| w.starts_with('-')) => {}
                    _ => break,
                }
                rest = after;
            }
            inner(rest, launch);
        }
        "wsl" | "sudo" | "nohup" | "exec" | "time" => {
            let valued = ["-d", "--distribution", "-u", "--user", "--cd"];
            let (_, rest) = flags(rest, &valued);
            inner(rest, launch);
        }
        "mise" | "dotenv" | "op" | "doppler" | "infisical" | "direnv" => {
            // They run what stands behind `--` in a prepared environment.
            if let Some(at) = position(rest, "--") {
                inner(&rest[at + 1..], launch);
            }
        }
        _ => {
            if word.contains(['/', '\\']) || word.rsplit_once('.').is_some_and(|(_, e)| is_script(e)) {
                launch.entry = Some(word.to_owned());
            }
        }
    }
    if launch.bridge.is_none() {
        launch.bridge = bridge(launch);
    }
}

/// The URL that a known bridge gets.
fn bridge(launch: &Launch) -> Option<String> {
    const BRIDGES: [&str; 9] = [
        "mcp-remote",
        "mcp-proxy",
        "supergateway",
        "@modelcontextprotocol/client-proxy",
        "mcp-remote-client",
        "@geelen/mcp-remote",
        "@pyroprompts/mcp-stdio-to-streamable-http-adapter",
        "mcp-remote-proxy",
        "mcp-proxy-for-aws",
    ];
    let name = launch.package.as_ref().map_or(&*launch.launcher, |p| &*p.name);
    if !BRIDGES.contains(&name) {
        return None;
    }
    launch.arguments.iter().map(shown).find(|w| w.starts_with("http://") || w.starts_with("https://"))
}

fn is_script(ending: &str) -> bool {
    matches!(ending, "py" | "js" | "mjs" | "cjs" | "ts" | "sh" | "rb" | "jar" | "dll")
}

fn position(words: &[Node], word: &str) -> Option<usize> {
    words.iter().position(|w| known(w) == Some(word))
}

/// The options in front of the first other word, those in `valued` with their values; and the words from there on.
fn flags<'w>(words: &'w [Node], valued: &[&str]) -> (Vec<(String, Option<&'w Node>)>, &'w [Node]) {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at).map(shown).filter(|w| w.starts_with('-') && w.len() > 1) {
        at += 1;
        if word == "--" {
            break;
        }
        if let Some((name, _)) = word.split_once('=') {
            found.push((name.to_owned(), words.get(at - 1)));
        } else if valued.contains(&&*word) {
            found.push((word, words.get(at)));
            at += 1;
        } else {
            found.push((word, None));
        }
    }
    (found, words.get(at..).unwrap_or_default())
}

/// The value of an option: what stands behind `=`, or the next word.
fn value_of(option: &(String, Option<&Node>)) -> Option<String> {
    let text = shown(option.1?);
    Some(match text.strip_prefix(&*option.0).and_then(|rest| rest.strip_prefix('=')) {
        Some(value) => value.to_owned(),
        None => text,
    })
}

/// The first word that is no option is a file of this machine.
fn entry(words: &[Node], launch: &mut Launch) {
    let valued =
        ["--import", "--require", "-r", "--loader", "--env-file", "--project", "-W", "-X", "-C", "--prefix"];
    let (_, rest) = flags(words, &valued);
    if let Some((file, after)) = rest.split_first() {
        launch.entry = Some(shown(file));
        launch.arguments = after.to_vec();
    }
}

/// `-m NAME` and what stands behind it.
fn module(words: &[Node]) -> Option<(String, &[Node])> {
    let at = position(words, "-m")?;
    let only_options = words[..at].iter().all(|w| known(w).is_some_and(|w| w.starts_with('-')));
    let name = words.get(at + 1).filter(|_| only_options)?;
    Some((format!("-m {}", shown(name)), &words[at + 2..]))
}

fn npm(words: &[Node], launch: &mut Launch) {
    let valued = [
        "-p",
        "--package",
        "-c",
        "--call",
        "--registry",
        "-w",
        "--workspace",
        "--node-options",
        "--cache",
        "--prefix",
        "--userconfig",
    ];
    let (options, mut rest) = flags(words, &valued);
    let package = options.iter().find(|(name, _)| name == "-p" || name == "--package").and_then(value_of);
    let spec = match package {
        Some(spec) => spec,
        None => {
            let Some((first, after)) = rest.split_first() else { return };
            rest = after;
            shown(first)
        }
    };
    if options.iter().any(|(name, _)| name == "-p" || name == "--package") {
        rest = rest.get(1..).unwrap_or_default(); // the name of the command in it
    }
    launch.arguments = rest.to_vec();
    launch.package = Some(npm_package(&spec));
}

/// A package as npm's command line names it: `@scope/name@1.2.3`, `github:owner/name#commit`, `./folder`.
pub(super) fn npm_package(spec: &str) -> Package {
    let git = ["github:", "git+", "git:", "https://", "http://", "gitlab:", "bitbucket:"];
    if git.iter().any(|prefix| spec.starts_with(prefix)) {
        let (name, commit) = spec.split_once('#').map_or((spec, None), |(n, c)| (n, Some(c)));
        let pinned = commit.is_some_and(is_commit);
        return Package { ecosystem: "git", name: name.into(), version: commit.map(str::to_owned), pinned };
    }
    let at = spec.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
    let (name, version) = at.map_or((spec, None), |at| (&spec[..at], Some(&spec[at + 1..])));
    let local = spec.starts_with('.') || spec.starts_with('/') || spec.starts_with("file:");
    Package {
        ecosystem: "npm",
        name: name.into(),
        version: version.filter(|v| !v.is_empty()).map(str::to_owned),
        pinned: local || version.is_some_and(is_exact),
    }
}

/// Whether a version names one release: three numbers, and perhaps a label.
fn is_exact(version: &str) -> bool {
    let version = version.strip_prefix(['v', '=']).unwrap_or(version);
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() >= 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a Python version names one release; two numbers may be all that it has.
fn is_exact_python(version: &str) -> bool {
    let version = version.trim_start_matches('v');
    version.contains('.')
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Options of uv that take a value.
const UV_VALUED: [&str; 22] = [
    "--from",
    "--with",
    "--python",
    "-p",
    "--index-url",
    "-i",
    "--index",
    "--extra-index-url",
    "--directory",
    "--cache-dir",
    "--env-file",
    "--refresh-package",
    "--with-editable",
    "--with-requirements",
    "--constraints",
    "--find-links",
    "--prerelease",
    "--exclude-newer",
    "--project",
    "--spec",
    "--default-index",
    "--extra",
];

fn python_tool(words: &[Node], launch: &mut Launch) {
    let (options, rest) = flags(words, &UV_VALUED);
    let from = options.iter().find(|(name, _)| name == "--from" || name == "--spec").and_then(value_of);
    let Some((first, after)) = rest.split_first() else { return };
    launch.arguments = after.to_vec();
    launch.package = Some(python_package(&from.unwrap_or_else(|| shown(first))));
}

/// A package as uv and pipx name it: `name`, `name@1.2`, `name==1.2`, `name[extra]>=1`, `git+https://…@commit`.
pub(super) fn python_package(spec: &str) -> Package {
    if spec.starts_with("git+") || spec.contains("://") {
        let path = spec.find("://").map_or(0, |at| at + 3);
        let at = spec[path..].rfind('@').map(|at| path + at).filter(|at| !spec[*at..].contains('/'));
        let (name, commit) = at.map_or((spec, None), |at| (&spec[..at], Some(&spec[at + 1..])));
        let commit = commit.map(|c| c.split('#').next().unwrap_or(c));
        let pinned = commit.is_some_and(is_commit);
        return Package { ecosystem: "git", name: name.into(), version: commit.map(str::to_owned), pinned };
    }
    let end = spec.find(['@', '=', '<', '>', '~', '!', '[', ';', ' ']).unwrap_or(spec.len());
    let (name, mut rest) = spec.split_at(end);
    if rest.starts_with('[') {
        rest = rest.split_once(']').map_or("", |(_, after)| after);
    }
    let rest = rest.trim();
    let exact =
        rest.strip_prefix("===").or_else(|| rest.strip_prefix("==")).or_else(|| rest.strip_prefix('@'));
    let local = spec.starts_with('.') || spec.starts_with('/');
    Package {
        ecosystem: "pypi",
        name: if local { spec.into() } else { name.into() },
        version: (!rest.is_empty() && !local).then(|| exact.unwrap_or(rest).trim().to_owned()),
        pinned: local || exact.is_some_and(|v| is_exact_python(v.trim())),
    }
}

fn uv(words: &[Node], depth: usize, launch: &mut Launch) {
    let (_, rest) = flags(words, &UV_VALUED);
    match rest {
        [tool, run, rest @ ..] if known(tool) == Some("tool") && known(run) == Some("run") => {
            python_tool(rest, launch);
        }
        [run, rest @ ..] if known(run) == Some("run") => {
            let (options, rest) = flags(rest, &UV_VALUED);
            let with = options.iter().find(|(name, _)| name == "--with").and_then(value_of);
            let module = options.iter().any(|(name, _)| name == "-m" || name == "--module");
            let Some((first, after)) = rest.split_first() else { return };
            let name = shown(first);
            launch.arguments = after.to_vec();
            if module {
                launch.entry = Some(format!("-m {name}"));
            } else if name.ends_with(".py") || name.contains('/') {
                launch.entry = Some(name);
            } else if matches!(&*name, "python" | "python3" | "mcp" | "fastmcp") {
                let inner = match &*name {
                    "mcp" | "fastmcp" => after.get(1..).unwrap_or_default(),
                    _ => rest,
                };
                match &*name {
                    "mcp" | "fastmcp" => entry(inner, launch),
                    _ => read(inner, depth + 1, launch),
                }
                launch.launcher = "uv".into();
            } else if let Some(with) = with {
                launch.package = Some(python_package(&with));
            } else {
                launch.entry = Some(name); // a script of the project in this folder
            }
        }
        _ => {}
    }
}

fn deno(words: &[Node], launch: &mut Launch) {
    let rest = match words.split_first() {
        Some((verb, rest)) if known(verb) == Some("run") => rest,
        _ => words,
    };
    let (_, rest) = flags(rest, &["-c", "--config", "--import-map", "--lock", "--env-file"]);
    let Some((first, after)) = rest.split_first() else { return };
    launch.arguments = after.to_vec();
    let spec = shown(first);
    launch.package = if let Some(npm) = spec.strip_prefix("npm:") {
        Some(npm_package(npm.trim_start_matches('/')))
    } else if let Some(jsr) = spec.strip_prefix("jsr:") {
        Some(Package { ecosystem: "jsr", ..npm_package(jsr.trim_start_matches('/')) })
    } else if spec.starts_with("https://") || spec.starts_with("http://") {
        let pinned = spec.split('@').nth(1).is_some_and(|v| is_exact(v.split('/').next().unwrap_or(v)));
        Some(Package { ecosystem: "url", name: spec, version: None, pinned })
    } else {
        launch.entry = Some(spec);
        None
    };
}

fn go(words: &[Node], launch: &mut Launch) {
    let (_, rest) = flags(words, &["-C", "-mod", "-tags"]);
    let Some((first, after)) = rest.split_first() else { return };
    launch.arguments = after.to_vec();
    let spec = shown(first);
    match spec.split_once('@') {
        Some((name, version)) => {
            launch.package = Some(Package {
                ecosystem: "golang",
                name: name.into(),
                version: Some(version.into()),
                pinned: is_exact(version),
            });
        }
        None => launch.entry = Some(spec),
    }
}

fn dotnet_tool(words: &[Node], launch: &mut Launch) {
    let (options, rest) = flags(words, &["--version", "--source", "--add-source", "--configfile"]);
    let Some((first, after)) = rest.split_first() else { return };
    launch.arguments = after.to_vec();
    let (found, _) = flags(after, &["--version", "--source"]);
    let spec = shown(first);
    let (name, version) = spec.split_once('@').map_or((&*spec, None), |(n, v)| (n, Some(v.to_owned())));
    let option = options.iter().chain(&found).find(|(name, _)| name == "--version").and_then(value_of);
    let version = version.or(option);
    let pinned = version.as_deref().is_some_and(is_exact);
    launch.package = Some(Package { ecosystem: "nuget", name: name.into(), version, pinned });
}

/// The words of the last command of a script.
fn last_command(script: &str) -> Option<Vec<Node>> {
    let commands = shell::commands(script);
    let words = commands.into_iter().rev().find(|c| {
        let first = c.words.first().and_then(shell::Word::literal);
        !matches!(first.as_deref(), Some("cd" | "source" | "." | "export" | "set" | "echo") | None)
    })?;
    Some(words.words.iter().map(|w| Node::from(&*w.text())).collect())
}

#[cfg(test)]
mod tests;
