//! Which card speaks of a file, by its path, and what stands at a path inside its data.

use std::collections::HashMap;
use std::sync::Arc;

use catalog::{AgentFile, Catalog, ProductCard};
use formats::Span;
use formats::data::{Data, Datum};

/// Entries that one path may lead to.
const MAX_FOUND: usize = 10_000;

/// The file patterns of all cards, by their last segment.
pub(super) struct Patterns<'c> {
    exact: HashMap<&'c str, Vec<Pattern<'c>>>,
    wild: Vec<Pattern<'c>>,
}

#[derive(Clone, Copy)]
struct Pattern<'c> {
    card: &'c ProductCard,
    file: &'c AgentFile,
    path: &'c str,
}

impl<'c> Patterns<'c> {
    pub(super) fn of(catalog: &'c Catalog) -> Self {
        let mut patterns = Patterns { exact: HashMap::new(), wild: Vec::new() };
        for card in &catalog.agents {
            for file in &card.files {
                for path in file.paths.iter().chain(&file.home) {
                    let pattern = Pattern { card, file, path };
                    let name = path.rsplit('/').next().unwrap_or(path);
                    match name.contains('*') {
                        true => patterns.wild.push(pattern),
                        false => patterns.exact.entry(name).or_default().push(pattern),
                    }
                }
            }
        }
        patterns
    }

    /// The cards' files that a path is one of, the one with the longest pattern first.
    pub(super) fn matching(&self, path: &str) -> Vec<(&'c ProductCard, &'c AgentFile)> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut found: Vec<&Pattern<'c>> = self.exact.get(name).into_iter().flatten().collect();
        found.extend(&self.wild);
        found.retain(|pattern| fits(pattern.path, path));
        found.sort_by_key(|p| (std::cmp::Reverse(p.path.len()), &p.card.product));
        let mut unique: Vec<(&ProductCard, &AgentFile)> = Vec::new();
        for pattern in found {
            if !unique.iter().any(|(_, file)| std::ptr::eq(*file, pattern.file)) {
                unique.push((pattern.card, pattern.file));
            }
        }
        unique
    }
}

/// Whether a path ends as a pattern says, segment by segment; `**` is any number of segments.
fn fits(pattern: &str, path: &str) -> bool {
    fn ends(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern.split_last(), path.split_last()) {
            (None, _) => true,
            (Some((&"**", rest)), _) => (0..=path.len()).any(|keep| ends(rest, &path[..keep])),
            (Some((want, rest)), Some((have, before))) => like(want, have) && ends(rest, before),
            (Some(_), None) => false,
        }
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    ends(&pattern, &path[path.len().saturating_sub(64)..])
}

/// Whether a text is like a pattern with `*`.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let Some((first, mut rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    while let Some((middle, after)) = rest.split_once('*') {
        let Some(at) = text.find(middle) else { return false };
        text = &text[at + middle.len()..];
        rest = after;
    }
    text.len() >= rest.len() && text.ends_with(rest)
}

/// What stands at a path.
#[derive(Clone, Debug)]
pub(super) struct Found<'d> {
    /// The key that it stands under, and where that is; none in a list and for the root.
    pub(super) key: Option<(Arc<str>, Span)>,
    pub(super) datum: &'d Datum,
}

/// Everything at a path of keys; `*` is every entry of a map or list, and a key may have dots itself.
pub(super) fn select<'d>(root: &'d Datum, path: &str) -> Vec<Found<'d>> {
    let mut found = Vec::new();
    walk(Found { key: None, datum: root }, path, &mut found);
    found
}

fn walk<'d>(at: Found<'d>, path: &str, found: &mut Vec<Found<'d>>) {
    if found.len() >= MAX_FOUND {
        return;
    }
    if path.is_empty() {
        found.push(at);
        return;
    }
    if path == "*" || path.starts_with("*.") {
        let rest = path.strip_prefix("*.").unwrap_or_default();
        match &at.datum.value {
            Data::Map(entries) => entries.iter().for_each(|e| {
                walk(Found { key: Some((e.key.clone(), e.key_span)), datum: &e.value }, rest, found);
            }),
            Data::List(items) => {
                items.iter().for_each(|item| walk(Found { key: None, datum: item }, rest, found));
            }
            _ => {}
        }
        return;
    }
    let step = |key: &str| {
        let entry = at.datum.entry(key)?;
        Some(Found { key: Some((entry.key.clone(), entry.key_span)), datum: &entry.value })
    };
    if let Some(whole) = step(path) {
        found.push(whole);
        return;
    }
    let dots: Vec<usize> = path.match_indices('.').map(|(i, _)| i).collect();
    for dot in dots.into_iter().rev() {
        if let Some(next) = step(&path[..dot]) {
            let before = found.len();
            walk(next, &path[dot + 1..], found);
            if found.len() > before {
                return;
            }
        }
    }
}

/// The first of several paths that something other than null stands at.
pub(super) fn first<'d>(root: &'d Datum, paths: &[Arc<str>]) -> Option<&'d Datum> {
    paths.iter().find_map(|path| {
        select(root, path).into_iter().map(|f| f.datum).find(|d| !matches!(d.value, Data::Null))
    })
}

/// Whether data has each of the paths that a card needs; `a|b` is either, `a=x` one of this text.
pub(super) fn has(root: &Datum, needs: &[Arc<str>]) -> bool {
    let meets = |need: &str| match need.split_once('=') {
        Some((path, text)) => select(root, path).iter().any(|f| f.datum.as_str() == Some(text)),
        None => !select(root, need).is_empty(),
    };
    needs.iter().all(|need| need.split('|').any(meets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::data::parse_json;

    #[test]
    fn patterns_are_ends_of_paths() {
        for (pattern, path, want) in [
            (".mcp.json", ".mcp.json", true),
            (".mcp.json", "a/b/.mcp.json", true),
            (".mcp.json", "a/x.mcp.json", false),
            (".cursor/rules/**/*.mdc", "a/.cursor/rules/x.mdc", true),
            (".cursor/rules/**/*.mdc", "a/.cursor/rules/b/c/x.mdc", true),
            (".cursor/rules/**/*.mdc", "a/cursor/rules/x.mdc", false),
            ("*.prompty", "x.prompty", true),
            ("agents/*.mcs.yml", "agents/x.mcs.yml", true),
            ("Modelfile.*", "Modelfile", false),
        ] {
            assert_eq!(fits(pattern, path), want, "{pattern} {path}");
        }
        let long = format!("{}x.mdc", "a/".repeat(100_000));
        assert!(!fits(".cursor/**/rules/**/b/**/*.mdc", &long));
    }

    #[test]
    fn keys_may_have_dots_and_stars_take_everything() {
        let text =
            r#"{"a.b": {"c": 1}, "a": {"b": {"d": 2}}, "l": [{"x": 3}, {"x": 4}], "chat": {"t./.*/": true}}"#;
        let root = parse_json(text).0.unwrap();
        for (path, want) in [
            ("a.b.c", vec!["1"]),
            ("a.b.d", vec!["2"]),
            ("l.*.x", vec!["3", "4"]),
            ("chat.t./.*/", vec!["true"]),
            ("a.x", vec![]),
            ("", vec![text]),
        ] {
            let cut = |f: Found<'_>| &text[f.datum.span.start as usize..f.datum.span.end as usize];
            assert_eq!(select(&root, path).into_iter().map(cut).collect::<Vec<_>>(), want, "{path}");
        }
        let dots = "a.".repeat(10_000);
        assert!(select(&root, &dots).is_empty());
    }
}
