//! Gradle: its lock file, its catalogues of versions, and the coordinates that build scripts write out.
//!
//! A build script is a program and is not run: only literals, and names that are given a literal, are known.
//! <https://docs.gradle.org/current/userguide/version_catalogs.html>

use std::collections::HashMap;
use std::sync::Arc;

use super::lines::lines;
use super::{Contents, Ecosystem, Package, Scope, entries, text};
use crate::Span;
use crate::data::{Datum, parse_toml};

/// Tokens of one build script.
const MAX_TOKENS: usize = 1_000_000;

/// `group:artifact:version=configuration,configuration`
pub(super) fn lock(source: &str) -> Contents {
    let mut contents = Contents::default();
    for line in lines(source) {
        let trimmed = line.trimmed();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (coordinates, configurations) = trimmed.split_once('=').unwrap_or((trimmed, ""));
        let parts: Vec<&str> = coordinates.split(':').collect();
        let [group, artifact, version] = parts[..] else {
            if coordinates != "empty" {
                contents.complain(line.span(trimmed), "not a locked dependency");
            }
            continue;
        };
        let mut package =
            Package::new(Ecosystem::Maven, &format!("{group}:{artifact}"), line.span(coordinates));
        package.version = Some(version.into());
        let mut names = configurations.split(',').filter(|name| !name.is_empty());
        let only_tests = !configurations.is_empty() && names.all(|name| scope_of(name) == Scope::Dev);
        package.scope = if only_tests { Scope::Dev } else { Scope::Runtime };
        contents.add(package);
    }
    contents
}

/// `libs.versions.toml`.
pub(super) fn catalog(source: &str) -> Contents {
    let (root, problems) = parse_toml(source);
    let mut contents = Contents { problems, ..Contents::default() };
    let versions: HashMap<&str, &Datum> =
        entries(&root, "versions").iter().map(|entry| (&*entry.key, &entry.value)).collect();
    let mut libraries: HashMap<String, Package> = HashMap::new();
    for entry in entries(&root, "libraries") {
        let value = &entry.value;
        let written = value.as_str().or_else(|| text(value, "module"));
        let (module, inline) =
            match written.map(|w| w.match_indices(':').map(|(at, _)| at).collect::<Vec<_>>()) {
                Some(colons) if colons.len() >= 2 => {
                    let written = written.unwrap_or_default();
                    (written[..colons[1]].to_owned(), Some(&written[colons[1] + 1..]))
                }
                Some(_) => (written.unwrap_or_default().to_owned(), None),
                None => match (text(value, "group"), text(value, "name")) {
                    (Some(group), Some(name)) => (format!("{group}:{name}"), None),
                    _ => continue,
                },
            };
        let mut package = Package::new(Ecosystem::Maven, &module, entry.key_span);
        package.direct = Some(true);
        let version = value.get("version");
        let referred = version.and_then(|v| text(v, "ref")).and_then(|name| versions.get(name).copied());
        let rich = referred.or(version);
        let plain = inline.or_else(|| {
            let rich = rich?;
            rich.as_str().or_else(|| ["strictly", "require", "prefer"].iter().find_map(|key| text(rich, key)))
        });
        versioned(plain.unwrap_or_default(), &mut package);
        let key = accessor(&entry.key);
        contents.central.push((key.clone().into(), package.clone()));
        libraries.insert(key, package);
    }
    for bundle in entries(&root, "bundles") {
        let key: Arc<str> = format!("bundles.{}", accessor(&bundle.key)).into();
        for name in bundle.value.as_list().unwrap_or_default().iter().filter_map(Datum::as_str) {
            if let Some(package) = libraries.get(&accessor(name)) {
                contents.central.push((key.clone(), package.clone()));
            }
        }
    }
    contents
}

/// `open-ai_java` is `libs.open.ai.java` in a script.
fn accessor(alias: &str) -> String {
    alias.replace(['-', '_'], ".")
}

fn versioned(version: &str, package: &mut Package) {
    if version.is_empty() {
        return;
    }
    let ranged = version.contains(['[', '(', ',', '+', '$']) || version.starts_with("latest.");
    package.version = (!ranged).then(|| version.trim_end_matches("!!").into());
    package.constraint = Some(version.into());
}

fn scope_of(configuration: &str) -> Scope {
    let lower = configuration.to_ascii_lowercase();
    let dev =
        ["test", "annotationprocessor", "kapt", "ksp", "checkstyle", "ktlint", "detekt", "developmentonly"];
    if dev.iter().any(|word| lower.contains(word)) { Scope::Dev } else { Scope::Runtime }
}

/// Whether a word is the name of a configuration that dependencies are put into.
fn is_configuration(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let ends = [
        "implementation",
        "compileonly",
        "runtimeonly",
        "annotationprocessor",
        "developmentonly",
        "compileonlyapi",
    ];
    ends.iter().any(|end| lower.ends_with(end))
        || ["api", "compile", "runtime", "kapt", "ksp", "provided", "testCompile", "testRuntime", "testApi"]
            .contains(&word)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'t> {
    Word(&'t str),
    Text(&'t str),
    Sign(char),
}

/// `build.gradle` and `build.gradle.kts`.
pub(super) fn build(source: &str) -> Contents {
    let tokens = tokens(source);
    let mut contents = Contents::default();
    let known = assigned(&tokens);
    let kind = |at: usize| tokens.get(at).map(|(token, _)| *token);
    let mut at = 0;
    while at < tokens.len() {
        let (token, start) = tokens[at];
        at += 1;
        let Token::Word(word) = token else { continue };
        let before = at.checked_sub(2).and_then(kind);
        if !is_configuration(word) || before == Some(Token::Sign('.')) {
            continue;
        }
        let mut next = at;
        while matches!(kind(next), Some(Token::Sign('(') | Token::Word("platform" | "enforcedPlatform"))) {
            next += 1;
        }
        let found = match kind(next) {
            Some(Token::Text(coordinates)) => coordinate(coordinates, &known),
            Some(Token::Word("group")) => named(&tokens, next, &known),
            Some(Token::Word("libs")) => {
                let mut path = String::new();
                while kind(next + 1) == Some(Token::Sign('.')) {
                    let Some(Token::Word(step)) = kind(next + 2) else { break };
                    if step == "get" && kind(next + 3) == Some(Token::Sign('(')) {
                        break;
                    }
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(step);
                    next += 2;
                }
                let mut package = Package::new(Ecosystem::Maven, &format!("libs:{path}"), Span::default());
                package.central = Some(path.into());
                Some(package)
            }
            _ => None,
        };
        let Some(mut package) = found else { continue };
        let end = tokens.get(next).map_or(start + word.len(), |(token, at)| match token {
            Token::Text(text) => at + text.len() + 2,
            Token::Word(word) => at + word.len(),
            Token::Sign(_) => at + 1,
        });
        (package.direct, package.scope) = (Some(true), scope_of(word));
        package.span = Span::new(start, end);
        contents.add(package);
        at = next.max(at);
    }
    contents
}

fn coordinate(text: &str, known: &HashMap<&str, &str>) -> Option<Package> {
    let text = interpolate(text, known);
    let mut parts = text.split('@').next()?.splitn(3, ':');
    let (group, artifact) = (parts.next()?, parts.next()?);
    if group.is_empty() || artifact.is_empty() || text.contains([' ', '/']) {
        return None;
    }
    let mut package = Package::new(Ecosystem::Maven, &format!("{group}:{artifact}"), Span::default());
    // A classifier may follow the version.
    versioned(parts.next().unwrap_or_default().split(':').next().unwrap_or_default(), &mut package);
    Some(package)
}

/// `group: 'g', name: 'a', version: 'v'`
fn named(tokens: &[(Token<'_>, usize)], at: usize, known: &HashMap<&str, &str>) -> Option<Package> {
    let mut fields: HashMap<&str, String> = HashMap::new();
    for window in tokens.get(at..)?.windows(3).take(12) {
        if let [(Token::Word(key), _), (Token::Sign(':' | '='), _), (Token::Text(value), _)] = window {
            fields.entry(key).or_insert_with(|| interpolate(value, known));
        }
    }
    let name = format!("{}:{}", fields.get("group")?, fields.get("name")?);
    let mut package = Package::new(Ecosystem::Maven, &name, Span::default());
    versioned(fields.get("version").map(String::as_str).unwrap_or_default(), &mut package);
    Some(package)
}

/// Names that are given a literal: `def v = '1'`, `val v = "1"`, `v = "1"`, `set("v", "1")`, `extra["v"] = "1"`.
fn assigned<'t>(tokens: &[(Token<'t>, usize)]) -> HashMap<&'t str, &'t str> {
    let mut known = HashMap::new();
    let kinds: Vec<Token<'t>> = tokens.iter().map(|(token, _)| *token).collect();
    for at in 0..kinds.len() {
        match kinds[at..] {
            [Token::Word(name), Token::Sign('='), Token::Text(value), ..]
            | [
                Token::Word("set"),
                Token::Sign('('),
                Token::Text(name),
                Token::Sign(','),
                Token::Text(value),
                ..,
            ]
            | [
                Token::Sign('['),
                Token::Text(name),
                Token::Sign(']'),
                Token::Sign('='),
                Token::Text(value),
                ..,
            ] => {
                known.insert(name, value);
            }
            _ => {}
        }
    }
    known
}

/// `$name` and `${name}` where the name is known.
fn interpolate(text: &str, known: &HashMap<&str, &str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, end) = match after.strip_prefix('{') {
            Some(inner) => match inner.find('}') {
                Some(end) => (&inner[..end], end + 2),
                None => break,
            },
            None => {
                let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        let short = name.rsplit('.').next().unwrap_or(name).trim();
        let short = short.split('"').nth(1).unwrap_or(short); // property("name")
        match known.get(short) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[at..at + 1 + end]),
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

/// Words, texts and signs, without comments.
fn tokens(source: &str) -> Vec<(Token<'_>, usize)> {
    let mut found = Vec::new();
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() && found.len() < MAX_TOKENS {
        let rest = &source[at..];
        let Some(c) = rest.chars().next() else { break };
        let end = |pattern: &str, from: usize| rest[from..].find(pattern).map(|i| from + i + pattern.len());
        let length = match c {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => end("*/", 2).unwrap_or(rest.len()),
            _ if rest.starts_with("\"\"\"") => end("\"\"\"", 3).unwrap_or(rest.len()),
            _ if rest.starts_with("'''") => end("'''", 3).unwrap_or(rest.len()),
            '"' | '\'' => {
                let close = closing(rest, c);
                found.push((Token::Text(&rest[1..close]), at));
                (close + 1).min(rest.len())
            }
            _ if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                found.push((Token::Word(&rest[..end]), at));
                end
            }
            _ if c.is_whitespace() => c.len_utf8(),
            _ => {
                found.push((Token::Sign(c), at));
                c.len_utf8()
            }
        };
        at += length.max(1);
    }
    found
}

/// Where a text that begins with a quote ends: at the next one that is not escaped, or with the line.
fn closing(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return at,
            c if c == quote => return at,
            _ => {}
        }
    }
    rest.len()
}
