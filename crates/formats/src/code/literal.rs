//! The values of written numbers and texts, and the text of comments: escapes, indentation, marks.

use std::borrow::Cow;

use super::tree::{Expr, Language};

/// A number with its separators, prefix and suffix: `0x1F`, `1_000L`, `0.7f`, `3usize`. One too large is no value.
pub(super) fn number<'s>(text: &str, language: Language) -> Expr<'s> {
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let lower = plain.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        _ => (10, &lower[..]),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    let is_float = radix == 10
        && (rest.starts_with(['.', 'e', 'm', 'd']) || (rest.starts_with('f') && !whole.is_empty()));
    if is_float {
        let end = digits.find(['f', 'd', 'm']).unwrap_or(digits.len());
        return digits[..end].parse().map_or(Expr::Other(Box::default()), Expr::Float);
    }
    let old_octal = radix == 10
        && whole.len() > 1
        && whole.starts_with('0')
        && matches!(language, Language::Go | Language::Java);
    let radix = if old_octal { 8 } else { radix };
    i64::from_str_radix(whole, radix).map_or(Expr::Other(Box::default()), Expr::Int)
}

/// What stands between two marks, the closing one of which may be missing.
pub(super) fn between<'s>(text: &'s str, open: &str, close: &str) -> &'s str {
    let text = text.strip_prefix(open).unwrap_or(text);
    text.strip_suffix(close).unwrap_or(text)
}

/// A text with its escapes resolved. An escape that is none stays as it is written.
pub(super) fn unescape(text: &str, language: Language) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    // Bytes, as `\xE4` in Go is a byte of a character.
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut high: Option<u32> = None;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push(b'\\');
            break;
        };
        let after = &rest[c.len_utf8()..];
        rest = after;
        let simple = match c {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            'f' => Some('\x0c'),
            'v' => Some('\x0b'),
            'e' => Some('\x1b'),
            's' => Some(' '),
            '\\' | '"' | '\'' | '$' | '`' | '{' | '}' => Some(c),
            _ => None,
        };
        if let Some(c) = simple {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let digits = |most: usize, radix: u32| {
            let end = after.char_indices().take(most).take_while(|(_, c)| c.is_digit(radix)).count();
            (u32::from_str_radix(&after[..end], radix).ok(), &after[end..])
        };
        let (code, left) = match c {
            '\n' | '\r' => {
                rest = if language == Language::Rust { after.trim_start() } else { after };
                continue;
            }
            'x' => digits(if language == Language::CSharp { 4 } else { 2 }, 16),
            'u' if after.starts_with('{') => match after[1..].split_once('}') {
                Some((hex, left)) => (u32::from_str_radix(hex, 16).ok(), left),
                None => (None, after),
            },
            'u' => digits(4, 16),
            'U' => digits(8, 16),
            '0'..='7' => {
                let end = rest_octal(c, after);
                let value =
                    after[..end].bytes().fold(u32::from(c) - 48, |sum, b| sum * 8 + u32::from(b - b'0'));
                (Some(value), &after[end..])
            }
            _ => (None, after),
        };
        let byte = matches!(c, 'x' | '0'..='7') && language == Language::Go;
        let code = match (code, high.take()) {
            (Some(low @ 0xDC00..=0xDFFF), Some(high)) => {
                Some(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
            }
            (code, _) => code,
        };
        match code {
            Some(value) if byte && value < 256 => out.push(value as u8),
            Some(value @ 0xD800..=0xDBFF) => high = Some(value),
            Some(value) => {
                let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            None => {
                out.push(b'\\');
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        rest = left;
    }
    out.extend_from_slice(rest.as_bytes());
    Cow::Owned(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

/// How many digits after the first belong to an octal escape.
fn rest_octal(first: char, after: &str) -> usize {
    let most = if first <= '3' { 2 } else { 1 };
    after.bytes().take(most).take_while(|b| (b'0'..=b'7').contains(b)).count()
}

/// A text of several lines without the indentation that all of them share, as a text block of Java is read (JLS
/// §3.10.6): `text` is what follows the line of the opening mark.
pub(super) fn dedent(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let blank = |line: &str| line.trim().is_empty();
    let last = lines.len().saturating_sub(1);
    let indent = lines.iter().enumerate().filter(|(i, line)| !blank(line) || *i == last);
    let indent = indent.map(|(_, line)| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let line =
        |line: &&str| if blank(line) { "" } else { line.get(indent..).unwrap_or("").trim_end() }.to_owned();
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A raw text of C#: as a text block, without the last line's end.
pub(super) fn raw_block(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let indent = lines.last().map_or(0, |line| if line.trim().is_empty() { line.len() } else { 0 });
    let kept = lines.len().saturating_sub(1).max(1);
    let line = |line: &&str| line.get(indent..).unwrap_or("").to_owned();
    lines.iter().take(kept).map(line).collect::<Vec<_>>().join("\n")
}

/// Whether a comment documents what follows it.
pub(super) fn documents(language: Language, comment: &str) -> bool {
    match language {
        Language::Go => !comment.starts_with("//go:") && !comment.starts_with("//nolint"),
        _ => {
            (comment.starts_with("/**") && !comment.starts_with("/**/"))
                || (comment.starts_with("///") && !comment.starts_with("////"))
        }
    }
}

/// The text of a comment, or of line comments one below the other.
pub(super) fn comment(text: &str) -> Cow<'_, str> {
    let block = text.starts_with("/*");
    let text = if block { text.trim_end().trim_end_matches("*/") } else { text };
    let mut lines = text.lines().map(|line| {
        let line = line.trim();
        let marks: &[&str] = if block { &["/**", "/*", "*"] } else { &["///", "//!", "//"] };
        let line = marks.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim();
        let line = line.strip_prefix("<summary>").unwrap_or(line);
        line.strip_suffix("</summary>").unwrap_or(line).trim()
    });
    let lines = lines.by_ref().collect::<Vec<_>>();
    let from = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    let to = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    match lines.get(from..to).unwrap_or_default() {
        [] => Cow::Borrowed(""),
        [only] => Cow::Borrowed(only),
        lines => Cow::Owned(lines.join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, want) in [
            ("1_000L", Expr::Int(1000)),
            ("0x1F", Expr::Int(31)),
            ("0b101u8", Expr::Int(5)),
            ("017", Expr::Int(15)),
            ("0.7f", Expr::Float(0.7)),
            ("1e3", Expr::Float(1000.0)),
            ("2f", Expr::Float(2.0)),
            ("1.5M", Expr::Float(1.5)),
            ("7usize", Expr::Int(7)),
            ("0xFFFFFFFFFFFFFFFFFF", Expr::Other(Box::default())),
        ] {
            assert_eq!(number(text, Language::Java), want, "{text}");
        }
        assert_eq!(number("017", Language::CSharp), Expr::Int(17));
    }

    #[test]
    fn escapes() {
        for (language, text, want) in [
            (Language::Go, r"a\n\x41\101\u00e4", "a\nAA\u{e4}"),
            (Language::Go, r"\xE4\xB8\xAD", "中"),
            (Language::Java, r"\uD83D\uDE00\s", "😀 "),
            (Language::CSharp, r"\x41g\0\q", "Ag\0\\q"),
            (Language::Rust, "a\\\n   b\\u{1F600}", "ab😀"),
            (Language::Java, "a\\\n  b", "a  b"),
            (Language::Kotlin, r"\$x\", "$x\\"),
            (Language::Java, r"\uD83D", ""),
        ] {
            assert_eq!(unescape(text, language), want, "{text}");
        }
    }

    #[test]
    fn blocks_lose_their_indentation() {
        assert_eq!(dedent("    a\n      b\n\n    "), "a\n  b\n\n");
        assert_eq!(dedent("    a\n   b"), " a\nb");
        assert_eq!(raw_block("    a\n      b\n    "), "a\n  b");
    }

    #[test]
    fn comments_lose_their_marks() {
        assert_eq!(comment("/** Does a. */"), "Does a.");
        assert_eq!(comment("/**\n * Does a.\n *\n * @param b c\n */"), "Does a.\n\n@param b c");
        assert_eq!(comment("/// <summary>Does a.</summary>"), "Does a.");
        assert_eq!(comment("// One.\n// Two."), "One.\nTwo.");
    }
}
