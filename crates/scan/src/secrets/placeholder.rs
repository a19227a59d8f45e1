//! Values that stand in the place of a key: what a text says when it means "your key here". Nothing here knows of forms.

/// Words that no real key has but by a rare chance.
const WORDS: [&str; 26] = [
    "example",
    "sample",
    "placeholder",
    "your",
    "dummy",
    "fake",
    "redacted",
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "insert",
    "xxxx",
    "mock",
    "notreal",
    "not-a-real",
    "not_a_real",
    "secret-key",
    "mysecret",
    "api-key-here",
    "keyhere",
    "foobar",
    "invalid",
    "testkey",
    "test-key",
    "test_key",
];

/// Whether a value is no key, but stands where one would.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    if WORDS.iter().any(|word| has(word)) {
        return true;
    }
    if value.iter().any(|b| matches!(b, b'<' | b'>' | b'{' | b'}' | b'*' | b'\x80'..)) || has("...") {
        return true;
    }
    // What is fixed in a form stands at its beginning, and what is drawn by lot behind it.
    let drawn = &lower[lower.len() / 3..];
    monotonous(drawn) || counted(&lower) || repeated(drawn)
}

/// Few different characters, or one of them many times in a row.
fn monotonous(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    text.iter().for_each(|b| seen[*b as usize] = true);
    let different = seen.iter().filter(|s| **s).count();
    let longest = text.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or(0);
    longest >= 7 || text.len() >= 10 && different <= 4 || text.len() >= 20 && different <= 6
}

/// Eight characters in the order of the alphabet or of the digits (`12345678`, `abcdefgh`, `87654321`), or half of the
/// value in shorter runs of them.
fn counted(text: &[u8]) -> bool {
    let mut in_runs = 0;
    for step in [1, -1] {
        let follows =
            |a: &u8, b: &u8| i16::from(*b) - i16::from(*a) == step || (step == 1 && (*a, *b) == (b'9', b'0'));
        for run in text.chunk_by(follows) {
            if run.len() >= 8 {
                return true;
            }
            if run.len() >= 4 {
                in_runs += run.len();
            }
        }
    }
    in_runs * 2 > text.len()
}

/// One short piece over and over, or the other half of the value once more.
fn repeated(text: &[u8]) -> bool {
    (1..=text.len() / 2).any(|period| {
        let pairs = text.len() - period;
        let same = text.iter().zip(&text[period..]).filter(|(a, b)| a == b).count();
        pairs >= 10 && same * 10 >= pairs * 9
    })
}

/// Shannon entropy in bits for each byte.
pub(super) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0_u32; 256];
    value.iter().for_each(|b| counts[*b as usize] += 1);
    let all = value.len() as f32;
    let part = |count: &u32| {
        let p = *count as f32 / all;
        -p * p.log2()
    };
    counts.iter().filter(|c| **c > 0).map(part).sum()
}

/// Whether a value changes between small letters, capitals and digits as often as one drawn by lot does; words and
/// names do not.
pub(super) fn drawn_by_lot(value: &[u8]) -> bool {
    let class = |b: &u8| match b {
        b'a'..=b'z' => Some(0),
        b'A'..=b'Z' => Some(1),
        b'0'..=b'9' => Some(2),
        _ => None,
    };
    // Signs stand between words too.
    let classes: Vec<i32> = value.iter().filter_map(class).collect();
    let changes = classes.windows(2).filter(|w| w[0] != w[1]).count();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    digits >= 2 && changes * 10 >= classes.len() * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_key_is_known() {
        for (value, expected) in [
            ("your-api-key-goes-in-here", true),
            ("sk-xxxxxxxxxxxxxxxxxxxxxxxx", true),
            ("AKIAIOSFODNN7EXAMPLE", true),
            ("sk-1234567890abcdef1234567890abcdef", true),
            ("sk-aaaaaaaaaaaaaaaaaaaaaaaaaa", true),
            ("hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", true),
            ("0123456789012345678901234567890123456789", true),
            ("deadbeefdeadbeefdeadbeefdeadbeef", true),
            ("00000000-0000-0000-0000-000000000000", true),
            ("gsk_${GROQ_KEY}abcdef", true),
            ("sk-abc123def456ghi789jkl012mno345pqr", false),
            ("9f86d081884c7d659a2feaa0c55ad015", false),
            ("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", false),
        ] {
            assert_eq!(is_placeholder(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn disorder_is_measured() {
        assert!(entropy(b"") == 0.0 && entropy(b"aaaa") == 0.0);
        assert!((entropy(b"abcdefgh") - 3.0).abs() < 1e-6);
        assert!(drawn_by_lot(b"a8Fk29sLq0ZxT4m1") && drawn_by_lot(b"9f86d081884c7d659a2feaa0c55ad015"));
        assert!(!drawn_by_lot(b"my-openai-deployment-2024") && !drawn_by_lot(b"AzureOpenAiServiceKeyName"));
    }
}
