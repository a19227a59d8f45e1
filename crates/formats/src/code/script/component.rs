//! Single-file components: where in a Vue, Svelte or Astro file the scripts stand, and what is put into the page as markup.
//! This is a search for a few marks and not a reading of HTML.

use std::ops::Range;

use super::super::Language;

/// The scripts of a component with the language each is written in. A script without `lang` is JavaScript, which a reader
/// of TypeScript takes as well; the code at the head of an Astro file is TypeScript.
pub fn scripts_of(source: &str) -> Vec<(Language, Range<usize>)> {
    let mut out = Vec::new();
    let mut at = 0;
    if let Some(rest) = source.trim_start().strip_prefix("---") {
        let start = source.len() - rest.len();
        if let Some(length) = rest.find("\n---") {
            out.push((Language::TypeScript, start..start + length));
            at = start + length + 4;
        }
    }
    while let Some(tag) = next(source, at, "<script") {
        let Some(open) = source[tag..].find('>').map(|end| tag + end) else { break };
        let head = &source[tag + "<script".len()..open];
        let start = open + 1;
        let end = next(source, start, "</script").unwrap_or(source.len());
        at = end;
        // `<script-setup>` is another element; `src` without a body has nothing to read.
        if head.starts_with(|c: char| !c.is_whitespace() && c != '/') || head.ends_with('/') {
            at = start;
            continue;
        }
        if !source[start..end].trim().is_empty() {
            out.push((language(head), start..end));
        }
    }
    out
}

fn language(head: &str) -> Language {
    match attribute(head, "lang") {
        Some("ts" | "typescript") => Language::TypeScript,
        Some("tsx") => Language::Tsx,
        _ => Language::JavaScript,
    }
}

/// The value of an attribute in quotes.
fn attribute<'s>(head: &'s str, name: &str) -> Option<&'s str> {
    let after = head.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split_once(quote).map(|(value, _)| value)
}

/// The expressions whose value a template puts into the page as markup, unescaped: Vue's `v-html="e"`, Svelte's `{@html e}`
/// and Astro's `set:html={e}`.
pub fn markup_of(source: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for (mark, end) in [("v-html=\"", '"'), ("v-html='", '\''), ("{@html ", '}'), ("set:html={", '}')] {
        let mut at = 0;
        while let Some(found) = source[at..].find(mark) {
            let start = at + found + mark.len();
            at = start;
            if let Some(length) = closing(&source[start..], end) {
                out.push(start..start + length);
                at = start + length;
            }
        }
    }
    out.sort_by_key(|range| range.start);
    out
}

/// Where an expression ends that may have braces of its own; it is on few lines.
fn closing(rest: &str, end: char) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in rest.char_indices().take(2_000) {
        match c {
            c if c == end && depth == 0 => return Some(at),
            '{' if end == '}' => depth += 1,
            '}' if end == '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The next mark, in any case.
fn next(source: &str, from: usize, mark: &str) -> Option<usize> {
    let (bytes, mark) = (source.as_bytes(), mark.as_bytes());
    let mut at = from;
    while let Some(found) = bytes.get(at..)?.iter().position(|&byte| byte == b'<') {
        at += found;
        if bytes.get(at..at + mark.len())?.eq_ignore_ascii_case(mark) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_their_languages() {
        let cases: [(&str, &[(Language, &str)]); 5] = [
            (
                "<template><p>a < b</p></template>\n<script setup lang=\"ts\">\nlet a = 1\n</script>\n<script>b</script>",
                &[(Language::TypeScript, "\nlet a = 1\n"), (Language::JavaScript, "b")],
            ),
            ("<SCRIPT lang='tsx' context=\"module\">x</SCRIPT>", &[(Language::Tsx, "x")]),
            (
                "---\nconst a = 1\n---\n<p>{a}</p><script src=\"a.js\"></script>",
                &[(Language::TypeScript, "\nconst a = 1")],
            ),
            (
                "<script-loader>x</script-loader><script>never closed",
                &[(Language::JavaScript, "never closed")],
            ),
            ("<script", &[]),
        ];
        for (source, want) in cases {
            let found: Vec<_> =
                scripts_of(source).into_iter().map(|(l, range)| (l, &source[range])).collect();
            assert_eq!(found, want, "{source}");
        }
    }

    #[test]
    fn markup_that_is_not_escaped() {
        for (source, want) in [
            ("<p v-html=\"render(answer)\"/><p v-html='b' v-text=\"c\"/>", vec!["render(answer)", "b"]),
            ("{#if a}{@html f({b: 1})}{/if} <p set:html={c} />", vec!["f({b: 1})", "c"]),
            ("<p v-html=\"open", vec![]),
        ] {
            let found: Vec<_> = markup_of(source).into_iter().map(|range| &source[range]).collect();
            assert_eq!(found, want, "{source}");
        }
    }
}
