//! Texts that steer agents: instructions, commands that people call by name, and skills with the programs beside them.

use std::sync::{Arc, LazyLock};

use ::model::{Class, Node, Value};
use catalog::FileRole;
use formats::Span;
use formats::data::{Data, Datum};
use regex::Regex;
use sha2::{Digest as _, Sha256};

use super::definition::constants;
use super::file::TextFile;
use super::paths::first;
use super::poison::{self, Sign};
use super::server::{Entries, record};
use super::{New, Reader, View, strings};
use crate::application::parent;

/// Programs beside a skill that are looked at, and how much of each.
const MAX_SCRIPTS: usize = 200;
const MAX_SCRIPT: usize = 2 << 20;
const SCRIPTS: [&str; 14] =
    ["py", "sh", "bash", "zsh", "js", "mjs", "cjs", "ts", "rb", "ps1", "pl", "php", "bat", "cmd"];

impl Reader<'_> {
    pub(super) fn text(&mut self, view: View<'_>) -> bool {
        let View { file, card, spec, parsed } = view;
        let mut doc = Entries::default();
        constants(&mut doc, spec);
        let field = |word: &str| {
            let paths = spec.fields.iter().find(|(w, _)| &**w == word)?;
            first(parsed.data.as_ref()?, &paths.1)
        };
        for word in ["description", "model", "always", "licence", "compatibility"] {
            let plain = field(word).filter(|d| matches!(d.value, Data::Text(_) | Data::Bool(_)));
            doc.put_some(word, plain.map(|d| file.node(d)));
        }
        doc.put_list("tools", field("tools").map(|d| tools(file, d)).unwrap_or_default());
        let role = match spec.role {
            FileRole::Command => "command",
            FileRole::Skill => "skill",
            _ => "instructions",
        };
        let relative = self.relative(&file.path).to_owned();
        let folder = parent(&file.path);
        let named = field("name").and_then(Datum::as_str).map(str::to_owned);
        let name = match (named, spec.role) {
            (Some(name), _) => name,
            (None, FileRole::Skill) => folder.rsplit('/').next().unwrap_or(folder).to_owned(),
            (None, _) => relative.clone(),
        };
        doc.put("name", &*name);
        doc.put("product", card.product.text.clone());
        doc.put("file", file.path.clone());
        doc.put("role", role);
        doc.put("sha256", &*digest(file.text.as_bytes()));
        let mut signs: Vec<Node> = Vec::new();
        for sign in poison::signs(&file.text) {
            signs.push(placed(file, "text", &sign));
        }
        doc.put_list("signs", signs);
        let body = &file.text
            [parsed.body.start as usize..(parsed.body.end as usize).max(parsed.body.start as usize)];
        if spec.role != FileRole::Instructions {
            let (text, start) = match field("text").and_then(|d| Some((d.as_str()?, d.span.start))) {
                Some((text, start)) => (text, start),
                None => (body, parsed.body.start),
            };
            doc.put_list("runs", runs(file, text, start));
        }
        if spec.role == FileRole::Skill {
            doc.put_list("scripts", self.scripts(folder));
        }
        let kind = if spec.role == FileRole::Skill { "agents.skill" } else { "agents.instructions" };
        let address = match spec.role {
            FileRole::Skill => format!("skill/{relative}"),
            _ => format!("{role}/{}/{relative}", card.product.text),
        };
        let new = New { kind, class: Class::Prompt, name, address, file, span: Span::new(0, 0) };
        self.asset(new, doc.node());
        true
    }

    /// The programs in a skill's folder and in `scripts` below it.
    fn scripts(&self, folder: &str) -> Vec<Node> {
        let join = |sub: &str| if folder.is_empty() { sub.to_owned() } else { format!("{folder}/{sub}") };
        let mut paths: Vec<String> =
            self.tree.files_below(&join("scripts")).iter().map(|f| join(&format!("scripts/{f}"))).collect();
        if !folder.is_empty() {
            paths.extend(self.tree.names_in(folder).iter().map(|name| join(name)));
        }
        paths.retain(|p| p.rsplit_once('.').is_some_and(|(_, e)| SCRIPTS.contains(&e)));
        paths.sort();
        let read = paths.into_iter().take(MAX_SCRIPTS).filter_map(|path| {
            let text = self.tree.read_text(&path).ok().filter(|t| t.len() <= MAX_SCRIPT)?;
            let sha256 = digest(text.as_bytes());
            let script = TextFile::new(&path, text);
            let signs = poison::signs(&script.text);
            let mut doc = Entries::default();
            doc.put("file", &*path);
            doc.put("sha256", &*sha256);
            doc.put_list("signs", signs.iter().map(|s| placed(&script, &path, s)).collect());
            Some(Node { at: Some(script.at(Span::new(0, 0))), ..doc.node() })
        });
        read.collect()
    }
}

/// A sign at its own place in the file.
fn placed(file: &TextFile, place: &str, sign: &Sign) -> Node {
    let line = file.text[sign.at..].lines().next().map_or(0, str::len);
    poison::node(place, sign, Some(file.at(Span::new(sign.at, sign.at + line.min(200)))))
}

/// The SHA-256 of bytes, in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Names of tools: a list, or a text with commas or blanks between them, not counting those in parentheses.
pub(super) fn tools(file: &TextFile, datum: &Datum) -> Vec<Node> {
    match &datum.value {
        Data::Text(text) => {
            let mut names = Vec::new();
            let (mut depth, mut from) = (0_usize, 0);
            for (at, c) in text.char_indices() {
                match c {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    ',' | ' ' | '\n' if depth == 0 => {
                        names.push(&text[from..at]);
                        from = at + 1;
                    }
                    _ => {}
                }
            }
            names.push(&text[from..]);
            let names = names
                .into_iter()
                .map(|n| n.trim().trim_matches(['[', ']', '"', '\'']))
                .filter(|n| !n.is_empty());
            let at = Some(file.at(datum.span));
            strings(names).into_iter().map(|n| Node { at: at.clone(), ..n }).collect()
        }
        Data::List(items) => items.iter().filter(|i| i.as_str().is_some()).map(|i| file.node(i)).collect(),
        Data::Map(entries) => {
            let on = entries.iter().filter(|e| !matches!(e.value.value, Data::Bool(false)));
            on.map(|e| file.text_at(&e.key, e.key_span)).collect()
        }
        _ => Vec::new(),
    }
}

/// Commands that run when the text is called: `` !`command` `` and `!{command}`, and whether the caller's words are in them.
fn runs(file: &TextFile, text: &str, start: u32) -> Vec<Node> {
    static COMMANDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|[\s(\[>:-])!(?:`(?P<ticks>[^`\n]{1,2000})`|\{(?P<braces>[^{}\n]{1,2000}(?:\{\{args\}\}[^{}\n]{0,2000})*)\})").ok()
    });
    let Some(pattern) = COMMANDS.as_ref() else { return Vec::new() };
    let found = pattern.captures_iter(text).take(500).filter_map(|captures| {
        let command = captures.name("ticks").or_else(|| captures.name("braces"))?;
        let arguments =
            ["$ARGUMENTS", "{{args}}", "$1", "$2", "${input"].iter().any(|a| command.as_str().contains(a));
        let from = start as usize + command.start();
        let at = Some(file.at(Span::new(from, from + command.len())));
        let entry = record([
            ("command", Node { at: at.clone(), ..command.as_str().into() }),
            ("arguments", Node { at: at.clone(), ..arguments.into() }),
        ]);
        Some(Node { at, ..entry })
    });
    found.collect()
}

/// The first characters of a text, as documents hold it.
pub(super) fn beginning(text: &str) -> Value {
    const LENGTH: usize = 2_000;
    match text.char_indices().nth(LENGTH) {
        Some((at, _)) => Value::string(&text[..at]),
        None => Value::String(Arc::from(text)),
    }
}
