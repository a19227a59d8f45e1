//! What stands around a key: the name that it is given to, words near it, and what touches it. One backward pass over a
//! line or two; no grammar of any language is known here, since keys stand in all of them.

use std::ops::Range;

/// A name is looked for in so many bytes before a value.
const BACK: usize = 240;
/// Signs between a name and its value: quotes, brackets, operators and spaces.
const BETWEEN: usize = 40;
/// So much base64 before or behind a value is data.
const DATA: usize = 100;
/// Longer names are cut.
const LONGEST_NAME: usize = 120;

/// The parts of names, values of fields, and words that pass a value on without naming it.
const PASSES_ON: [&str; 9] = ["or", "str", "string", "final", "static", "b", "f", "r", "u"];
/// Ways to sign in, which stand before a key in a header with one space between.
const SCHEMES: [&str; 5] = ["bearer", "basic", "token", "apikey", "key"];
/// Fields that hold the value of what another field names.
const VALUE_FIELDS: [&str; 8] = [
    "value",
    "default",
    "defaultvalue",
    "default_value",
    "stringvalue",
    "valuestring",
    "string_value",
    "content",
];
/// Those other fields.
const NAME_FIELDS: [&str; 4] = ["name", "key", "variable", "parametername"];

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn in_name(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'.' | b'$')
}

/// Whether nothing touches `span` that would make it part of a longer word. An escaped line end (`\n`) or space (`%20`)
/// before it is a space.
pub(super) fn stands_alone(text: &[u8], span: &Range<usize>) -> bool {
    let before = match span.start.checked_sub(1) {
        None => true,
        Some(last) if !is_word(text[last]) => true,
        Some(last) => {
            let escaped = last
                .checked_sub(1)
                .is_some_and(|i| text[i] == b'\\' && matches!(text[last], b'n' | b't' | b'r'));
            let encoded = last
                .checked_sub(2)
                .is_some_and(|i| text[i] == b'%' && text[i + 1..=last].iter().all(u8::is_ascii_hexdigit));
            escaped || encoded
        }
    };
    before && text.get(span.end).is_none_or(|next| !is_word(*next))
}

/// Whether a value is a stretch of a long run of base64 (an image, a certificate), where any word stands by chance.
pub(super) fn part_of_data(text: &[u8], span: &Range<usize>) -> bool {
    let inside = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'+' | b'/');
    let before = text[..span.start].iter().rev().take(DATA).take_while(inside).count();
    let after = text[span.end..].iter().take(DATA).take_while(inside).count();
    before.max(after) >= DATA
}

/// Whether a value is a step of a path, an address or a digest (`sha256:…`) more likely than a key.
pub(super) fn part_of_path(text: &[u8], span: &Range<usize>) -> bool {
    let before = span.start.checked_sub(1).map(|i| text[i]);
    let after = text.get(span.end).copied();
    let touching = matches!(before, Some(b'/' | b'@' | b'#' | b'.' | b'-' | b'&' | b'%'))
        || matches!(after, Some(b'/' | b'.' | b'-' | b'@' | b'(')) && !ends_sentence(text, span.end);
    let start = span.start.saturating_sub(8);
    let prefix = text[start..span.start].to_ascii_lowercase();
    touching || [&b"sha256:"[..], b"sha1:", b"sha512:", b"md5:"].iter().any(|p| prefix.ends_with(p))
}

/// Whether a value is in the name of an AWS resource (`arn:aws:secretsmanager:…:secret:name`).
pub(super) fn part_of_arn(text: &[u8], at: usize) -> bool {
    let inside = |b: &&u8| !b.is_ascii_whitespace() && !matches!(**b, b'"' | b'\'' | b'`' | b',');
    let before = text[at.saturating_sub(BACK)..at].iter().rev().take_while(inside).count();
    memchr::memmem::find(&text[at - before..at], b"arn:").is_some()
}

/// Whether a value is the password of an address (`user:password@host`) of a host that is none.
pub(super) fn of_example(text: &[u8], end: usize) -> bool {
    let Some(b'@') = text.get(end) else { return false };
    let in_host = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'.' | b'-');
    let host: Vec<u8> =
        text[end + 1..].iter().take(253).take_while(in_host).map(u8::to_ascii_lowercase).collect();
    let ends = |tail: &str| host.ends_with(tail.as_bytes());
    [".example", ".test", ".invalid", ".localhost", ".local", "example.com", "example.org", "example.net"]
        .into_iter()
        .any(ends)
}

fn ends_sentence(text: &[u8], dot: usize) -> bool {
    text.get(dot) == Some(&b'.') && text.get(dot + 1).is_none_or(u8::is_ascii_whitespace)
}

/// Whether a value stands in quotes, perhaps behind another word (`"Bearer …"`).
pub(super) fn quoted(text: &[u8], at: usize) -> bool {
    let line = text[at.saturating_sub(BETWEEN)..at].rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let quote = line.iter().rposition(|b| matches!(b, b'"' | b'\'' | b'`'));
    quote.is_some_and(|i| line[i + 1..].iter().all(|b| is_word(*b) || *b == b' '))
}

/// Whether one of `words` stands within so many bytes of `span`; case does not matter.
pub(super) fn near<W: AsRef<str>>(text: &[u8], span: &Range<usize>, words: &[W], within: usize) -> bool {
    let window = |range: Range<usize>| text[range].to_ascii_lowercase();
    let before = window(span.start.saturating_sub(within)..span.start);
    let after = window(span.end..text.len().min(span.end + within));
    words.iter().any(|word| {
        let word = word.as_ref().to_ascii_lowercase();
        let finder = memchr::memmem::Finder::new(word.as_bytes());
        finder.find(&before).is_some() || finder.find(&after).is_some()
    })
}

/// The name that the value at `at` is given to: of a variable, a field, an argument, a header or a function that it is
/// handed to.
pub(super) fn name_before(text: &[u8], at: usize) -> Option<&str> {
    let floor = at.saturating_sub(BACK);
    let mut end = at;
    for _ in 0..4 {
        let word = word_before(text, floor, end)?;
        let name = std::str::from_utf8(&text[word.clone()]).ok()?.trim_matches(['.', '-', '$']);
        let lower = name.to_ascii_lowercase();
        let scheme = || end == at && at - word.end == 1 && text[word.end] == b' ';
        if name.is_empty() || PASSES_ON.contains(&&*lower) || SCHEMES.contains(&&*lower) && scheme() {
            end = word.start;
            continue;
        }
        if VALUE_FIELDS.contains(&&*lower) {
            return named_beside(text, floor, word.start).or(Some(name));
        }
        return Some(name);
    }
    None
}

/// The word that ends before `end`, with no more than signs and one line end between.
fn word_before(text: &[u8], floor: usize, end: usize) -> Option<Range<usize>> {
    let mut to = end;
    let mut lines = 0;
    // `\n` before the value is a line end in a text, and no name.
    while to > floor && end - to < BETWEEN {
        let byte = text[to - 1];
        let escaped = to >= floor + 2 && text[to - 2] == b'\\' && matches!(byte, b'n' | b't' | b'r');
        if escaped && end - to == 0 {
            return None;
        }
        match byte {
            b'\n' if lines == 1 => return None,
            b'\n' => lines = 1,
            b';' | b'}' => return None,
            byte if is_word(byte) => break,
            _ => {}
        }
        to -= 1;
    }
    if to == floor || !is_word(text[to - 1]) {
        return None;
    }
    // A line end is between a name and its value only behind a sign that says so.
    if lines == 1
        && !text[to..end].iter().any(|b| matches!(b, b'=' | b':' | b'(' | b',' | b'>' | b'|' | b'\\'))
    {
        return None;
    }
    let from = text[floor.max(to.saturating_sub(LONGEST_NAME))..to].iter().rev().take_while(|b| in_name(**b));
    Some(to - from.count()..to)
}

/// What `name: X` says in the lines before a `value:`.
fn named_beside(text: &[u8], floor: usize, end: usize) -> Option<&str> {
    let mut to = end;
    for _ in 0..12 {
        let word = loose_word_before(text, floor, to)?;
        let before = loose_word_before(text, floor, word.start)?;
        let field = std::str::from_utf8(&text[before]).ok()?.to_ascii_lowercase();
        if NAME_FIELDS.contains(&field.trim_matches(['.', '-'])) {
            return std::str::from_utf8(&text[word]).ok();
        }
        to = word.start;
    }
    None
}

/// As [`word_before`], over any signs.
fn loose_word_before(text: &[u8], floor: usize, end: usize) -> Option<Range<usize>> {
    let to = floor + text[floor..end].iter().rposition(|b| is_word(*b))? + 1;
    let in_word = |b: &&u8| is_word(**b) || matches!(**b, b'-' | b'.');
    let from = text[floor..to].iter().rev().take_while(in_word);
    Some(to - from.count()..to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_value_is_read_in_any_language() {
        for (text, want) in [
            ("api_key = \"@", Some("api_key")),
            ("export OPENAI_API_KEY=@", Some("OPENAI_API_KEY")),
            ("{\"apiKey\": \"@", Some("apiKey")),
            ("{\\\"apiKey\\\": \\\"@", Some("apiKey")),
            ("api_key: str = '@", Some("api_key")),
            ("const apiKey: string = `@", Some("apiKey")),
            ("os.environ[\"COHERE_KEY\"] = \"@", Some("COHERE_KEY")),
            ("os.getenv('COHERE_KEY', '@", Some("COHERE_KEY")),
            ("process.env.MISTRAL_KEY || \"@", Some("process.env.MISTRAL_KEY")),
            ("os.environ.get(\"K\") or \"@", Some("K")),
            ("cohere.Client(\"@", Some("cohere.Client")),
            ("curl -H \"Authorization: Bearer @", Some("Authorization")),
            ("--api-key @", Some("--api-key")),
            ("<add key=\"AzureKey\" value=\"@", Some("AzureKey")),
            ("  - name: WANDB_KEY\n    value: @", Some("WANDB_KEY")),
            ("variable \"mistral_key\" {\n  type = string\n  default = \"@", Some("mistral_key")),
            ("ENV COHERE_KEY @", Some("COHERE_KEY")),
            ("token = '@", Some("token")),
            ("{\"headers\": {\"Authorization\": \"Token @", Some("Authorization")),
            ("key = b'@", Some("key")),
            ("key:\n  - @", Some("key")),
            ("key\n@", None),
            ("a = 1;@", None),
            ("@", None),
        ] {
            let at = text.find('@').unwrap();
            let name = name_before(text.as_bytes(), at).map(|n| n.trim_matches('-'));
            assert_eq!(name, want.map(|w| w.trim_matches('-')), "{text}");
        }
    }

    #[test]
    fn a_value_stands_alone_or_is_part_of_something_else() {
        for (text, alone) in [
            ("@x@", true),
            ("a@x@", false),
            ("@x@b", false),
            ("\\n@x@\\n", true),
            ("%22@x@%22", true),
            ("_@x@", false),
            ("\"@x@\"", true),
        ] {
            let start = text.find('@').unwrap();
            let plain = text.replace('@', "");
            assert_eq!(stands_alone(plain.as_bytes(), &(start..start + 1)), alone, "{text}");
        }
        assert!(part_of_path(b"https://h/tree/abc/x", &(15..18)) && part_of_path(b"sha256:abc", &(7..10)));
        assert!(!part_of_path(b"key=abc.", &(4..7)) && !part_of_path(b"key=abc", &(4..7)));
        assert!(part_of_arn(b"x: arn:aws:s:::secret:abc", 23) && !part_of_arn(b"arn: 'secret:abc", 13));
        assert!(of_example(b"u:p@db.example.com:5432/d", 3) && !of_example(b"u:p@db.acme.io/d", 3));
        let data = [&b"AB/".repeat(40)[..], b"/key+"].concat();
        assert!(part_of_data(&data, &(121..124)) && !part_of_data(&data[100..], &(21..24)));
        assert!(quoted(b"x = \"Bearer abc", 12) && !quoted(b"x = get(abc", 8));
        assert!(near(b"My COHERE key: abc", &(15..18), &["cohere"], 20));
        assert!(!near(b"cohere                    abc", &(26..29), &["cohere"], 10));
    }
}
