//! The signs of software on the kinds' cards, and how a container is held against them.
//!
//! What a container is given is read elsewhere; here it is only compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use catalog::cel::glob;
use catalog::{Catalog, Kind, Recognise};

use super::command::{Command, base};

/// The cards that recognise software.
pub(crate) struct Signs<'c> {
    signs: Vec<Sign<'c>>,
}

/// One of them.
pub(crate) struct Sign<'c> {
    pub(crate) kind: &'c Kind,
    signs: &'c Recognise,
    /// Sections of the document and keys in them that the kind's facts and checks speak of.
    mentioned: BTreeSet<(&'c str, &'c str)>,
}

impl<'c> Signs<'c> {
    pub(crate) fn new(catalog: &'c Catalog) -> Self {
        let signs = catalog.recognised().filter_map(|kind| {
            let signs = kind.card.recognise.as_ref()?;
            Some(Sign { kind, signs, mentioned: mentioned(catalog, kind, signs) })
        });
        Signs { signs: signs.collect() }
    }

    /// The software, and which of the commands tells it. A command says what runs, an image what could run, a variable
    /// what is meant to; of several patterns the longest says most.
    pub(crate) fn recognise<'e>(
        &self,
        images: &[String],
        commands: &[Command],
        environment: impl Iterator<Item = &'e Arc<str>>,
    ) -> Option<(&Sign<'c>, Option<usize>)> {
        let longest = |patterns: &[Arc<str>], fits: &dyn Fn(&str) -> bool| {
            patterns.iter().filter(|p| fits(p)).map(|p| p.len()).max()
        };
        let mut best: Option<(usize, &Sign<'c>, Option<usize>)> = None;
        for (index, command) in commands.iter().enumerate() {
            let lines = lines(command);
            for sign in &self.signs {
                let length = longest(&sign.signs.commands, &|p| lines.iter().any(|line| glob(p, line)));
                if let Some(length) = length.filter(|l| best.is_none_or(|(most, ..)| *l > most)) {
                    best = Some((length, sign, Some(index)));
                }
            }
        }
        // The first image is what runs, the second what it is built from.
        for image in images {
            if best.is_some() {
                break;
            }
            for sign in &self.signs {
                let length = longest(&sign.signs.images, &|p| fits_image(p, image));
                if let Some(length) = length.filter(|l| best.is_none_or(|(most, ..)| *l > most)) {
                    best = Some((length, sign, None));
                }
            }
        }
        let found = best.map(|(_, sign, index)| (sign, index));
        found.or_else(|| {
            let names: Vec<&Arc<str>> = environment.collect();
            let reads = |sign: &&Sign<'c>| {
                sign.signs.environment.iter().any(|p| names.iter().any(|name| glob(p, name)))
            };
            self.signs.iter().find(reads).map(|sign| (sign, None))
        })
    }
}

impl<'c> Sign<'c> {
    /// (section of the document, key in it)
    pub(crate) fn mentioned(&self) -> impl Iterator<Item = (&'c str, &'c str)> {
        self.mentioned.iter().copied()
    }
}

/// A command line as patterns see it: as it is written, and without the program's path.
fn lines(command: &Command) -> Vec<String> {
    let words: Vec<&str> = command.words.iter().map(|w| &*w.text).take(200).collect();
    let Some((first, rest)) = words.split_first() else { return Vec::new() };
    let mut lines = vec![words.join(" ")];
    if base(first) != *first {
        lines.push(std::iter::once(base(first)).chain(rest.iter().copied()).collect::<Vec<_>>().join(" "));
    }
    lines
}

/// Whether an image's registry and repository end with a pattern; one with `/` at its start is the whole repository.
fn fits_image(pattern: &str, full: &str) -> bool {
    if let Some(whole) = pattern.strip_prefix('/') {
        return full.split_once('/').is_some_and(|(_, repository)| glob(whole, repository));
    }
    let ends = full.match_indices('/').map(|(at, _)| &full[at + 1..]);
    std::iter::once(full).chain(ends).any(|end| glob(pattern, end))
}

/// Everything of the form `doc.environment.NAME` or `doc.environment["NAME"]` that is said about a kind.
fn mentioned<'c>(catalog: &'c Catalog, kind: &'c Kind, signs: &'c Recognise) -> BTreeSet<(&'c str, &'c str)> {
    let card = &kind.card;
    let mut found = BTreeSet::new();
    found.extend(signs.environment.iter().filter(|n| !n.contains(['*', '?'])).map(|n| ("environment", &**n)));
    let paths = card.attributes.iter().map(|p| &**p).chain(card.defaults.iter().map(|(p, _)| &**p));
    let of_path = |path: &'c str| {
        let (section, key) = path.split_once('.')?;
        // The names of flags may have dots, those of other attributes have parts.
        let key = if section == "arguments" { key } else { key.split('.').next().unwrap_or(key) };
        Some((section, key))
    };
    found.extend(paths.filter_map(of_path));
    card.facts.iter().for_each(|(_, fact)| scan(fact, &mut found));
    for check in &catalog.checks {
        let check = &check.card;
        let of_kind =
            |on: &str| on == &*card.kind.text || on.ends_with('.') && card.kind.text.starts_with(on);
        if check.on.iter().any(|on| of_kind(on)) || check.class == Some(card.class) {
            check.when.iter().for_each(|text| scan(text, &mut found));
            scan(&check.fail, &mut found);
        }
    }
    found
}

fn scan<'t>(text: &'t str, found: &mut BTreeSet<(&'t str, &'t str)>) {
    for section in ["arguments", "environment", "security"] {
        for (at, _) in text.match_indices(section) {
            let rest = &text[at..];
            let (section, after) = rest.split_at(section.len());
            let key = if let Some(key) = after.strip_prefix('.') {
                let end = key.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(key.len());
                Some(&key[..end])
            } else {
                let quoted = after.strip_prefix("[\"").map(|k| (k, '"'));
                let quoted = quoted.or_else(|| after.strip_prefix("['").map(|k| (k, '\'')));
                quoted.and_then(|(key, quote)| key.split_once(quote)).map(|(key, _)| key)
            };
            found.extend(key.filter(|key| !key.is_empty()).map(|key| (section, key)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_fit_at_their_end() {
        for (pattern, full, want) in [
            ("vllm/vllm-openai", "docker.io/vllm/vllm-openai", true),
            ("vllm/vllm-openai", "registry.corp/mirror/vllm/vllm-openai", true),
            ("vllm/vllm-openai", "docker.io/myvllm/vllm-openai", false),
            ("vllm-openai*", "ghcr.io/x/vllm-openai-rocm", true),
            ("nvcr.io/nim/*", "nvcr.io/nim/meta/llama", true),
            ("nvcr.io/nim/*", "mirror.corp/nvcr.io/nim/x", true),
            ("/ollama/ollama", "mirror.corp/proxy/ollama/ollama", false),
            ("/ollama/ollama", "docker.io/ollama/ollama", true),
        ] {
            assert_eq!(fits_image(pattern, full), want, "{pattern} {full}");
        }
    }

    #[test]
    fn expressions_are_searched_for_names() {
        let mut found = BTreeSet::new();
        scan(
            r#"has(doc.environment.VLLM_API_KEY) || doc.arguments["api-key"] != "" && doc.security.privileged"#,
            &mut found,
        );
        let want = [("arguments", "api-key"), ("environment", "VLLM_API_KEY"), ("security", "privileged")];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), want);
    }
}
