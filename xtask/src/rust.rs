//! Just enough of Rust's surface to ask what a file's code says: comments and literals blanked, tests left out.
//!
//! This is no parser. It keeps every line break, so that a place in the blanked text is the place in the file.

use std::collections::BTreeSet;

use crate::tree::Tree;

/// The text with the contents of comments, strings and characters taken out.
pub(crate) fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let start = i;
        let end = match at(i) {
            '/' if at(i + 1) == '/' => until(&chars, i, |j| at(j) == '\n'),
            '/' if at(i + 1) == '*' => block_comment(&chars, i),
            '"' => quoted(&chars, i, '"'),
            'r' if !is_word(at(i.wrapping_sub(1))) || matches!(at(i.wrapping_sub(1)), 'b' | 'c') => {
                raw_string(&chars, i)
            }
            '\'' if at(i + 1) == '\\' || at(i + 2) == '\'' => quoted(&chars, i, '\''),
            _ => i,
        };
        if end == start {
            out.push(at(i));
            i += 1;
            continue;
        }
        // A literal stays visible as an empty one, so that the code around it keeps its shape.
        if at(start) != '/' {
            out.push_str("\"\"");
        }
        out.extend(chars[start..end].iter().filter(|c| **c == '\n'));
        i = end;
    }
    out
}

/// The code of a file without its tests: what `blank` leaves, minus every item under `#[cfg(test)]`.
pub(crate) fn code(text: &str) -> String {
    let blanked = blank(text);
    let mut out = String::with_capacity(blanked.len());
    let mut rest = blanked.as_str();
    while let Some(at) = rest.find(TEST) {
        out.push_str(&rest[..at]);
        let end = at + item_end(&rest[at..]);
        out.extend(rest[at..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    out + rest
}

/// Rust files that hold only tests: folders and files of that name, and modules declared under `#[cfg(test)]`.
pub(crate) fn test_files(tree: &Tree) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in tree.matching("", ".rs") {
        if path.contains("/tests/") || path.contains("/benches/") || path.ends_with("/tests.rs") {
            found.insert(path.to_owned());
        }
        let Some((folder, file)) = path.rsplit_once('/') else { continue };
        let stem = file.trim_end_matches(".rs");
        let home = if matches!(stem, "lib" | "main" | "mod") {
            folder.to_owned()
        } else {
            format!("{folder}/{stem}")
        };
        let blanked = blank(text);
        for (at, _) in blanked.match_indices(TEST) {
            let item = blanked[at + TEST.len()..].trim_start().trim_start_matches("pub(crate) ");
            if let Some((name, _)) = item.strip_prefix("mod ").and_then(|rest| rest.split_once(';'))
                && name.chars().all(is_word)
            {
                let (file, folder) = (format!("{home}/{name}.rs"), format!("{home}/{name}/"));
                let inside = tree.matching(&folder, ".rs").map(|(path, _)| path.to_owned());
                found.extend(inside.chain([file]));
            }
        }
    }
    found
}

/// The lines (from 1) on which `word` stands, not as a part of a longer name.
pub(crate) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let alone = |at: usize| {
        let before = code[..at].chars().next_back().is_some_and(is_word);
        let after = code[at + word.len()..].chars().next().is_some_and(is_word);
        !(before || after && word.ends_with(is_word))
    };
    let mut lines: Vec<usize> =
        code.match_indices(word).filter(|(at, _)| alone(*at)).map(|(at, _)| line_of(code, at)).collect();
    lines.dedup();
    lines
}

/// The line (from 1) of a byte offset.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

const TEST: &str = "#[cfg(test)]";

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn until(chars: &[char], from: usize, stop: impl Fn(usize) -> bool) -> usize {
    (from..chars.len()).find(|j| stop(*j)).unwrap_or(chars.len())
}

fn block_comment(chars: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut i = from;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn quoted(chars: &[char], from: usize, quote: char) -> usize {
    let mut i = from + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            c if c == quote => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// The end of `r"…"` or `r#"…"#`; `from` itself when no raw string begins here (a name, `r#type`).
fn raw_string(chars: &[char], from: usize) -> usize {
    let open = until(chars, from + 1, |j| chars[j] != '#');
    if chars.get(open) != Some(&'"') {
        return from;
    }
    let hashes = open - from - 1;
    let closes = |j: usize| {
        chars[j] == '"' && chars.len() > j + hashes && chars[j + 1..=j + hashes].iter().all(|c| *c == '#')
    };
    (until(chars, open + 1, closes) + 1 + hashes).min(chars.len())
}

/// The length of the item that an attribute at the start of `text` belongs to, further attributes included.
fn item_end(text: &str) -> usize {
    let mut depth = 0usize;
    let mut is_use = false;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && c == '}' && !is_use {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            'u' if depth == 0 && text[at..].starts_with("use ") => is_use = true,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let cases = [
            ("a // std::fs\nb", "a \nb"),
            ("a /* x /* y */\n z */ b", "a \n b"),
            (r#"f("std::fs \" still") + g"#, r#"f("") + g"#),
            ("f(r#\"a \" b\n\"#) + g", "f(\"\"\n) + g"),
            ("br\"x\" y", "b\"\" y"),
            (r"'\'' + 'x' + '\n'", "\"\" + \"\" + \"\""),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("let r#type = for_r;", "let r#type = for_r;"),
            ("\"open", "\"\""),
        ];
        for (text, expected) in cases {
            assert_eq!(blank(text), expected, "{text}");
        }
    }

    #[test]
    fn tests_are_left_out_and_what_follows_them_stays() {
        let text = "a();\n#[cfg(test)]\nuse x::{y, z};\nb();\n#[cfg(test)]\n#[path = \"t.rs\"]\nmod t;\nc();\n\
                    #[cfg(test)]\nmod tests {\n  fn f() { fs() }\n}\nd();\n";
        let code = code(text);
        assert_eq!(code.split_whitespace().collect::<String>(), "a();b();c();d();");
        assert_eq!(lines_with(&code, "d"), [13]);
    }

    #[test]
    fn a_word_is_found_only_alone() {
        let code = "Instant\nInstants\nmyInstant\nstd::time::Instant::now()\neprintln!()\nprintln!(a)";
        assert_eq!(lines_with(code, "Instant"), [1, 4]);
        assert_eq!(lines_with(code, "println!"), [6]);
    }

    #[test]
    fn test_modules_in_their_own_files_are_known() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "#[cfg(test)]\nmod oracle;\nmod real;\n"),
            ("crates/a/src/oracle.rs", ""),
            ("crates/a/src/oracle/deep.rs", ""),
            ("crates/a/src/real.rs", "#[cfg(test)]\nmod tests;\n"),
            ("crates/a/src/real/tests.rs", ""),
            ("crates/a/tests/it/main.rs", ""),
        ]);
        let found: Vec<String> = test_files(&tree).into_iter().collect();
        assert_eq!(
            found,
            [
                "crates/a/src/oracle.rs",
                "crates/a/src/oracle/deep.rs",
                "crates/a/src/real/tests.rs",
                "crates/a/tests/it/main.rs"
            ]
        );
    }
}
