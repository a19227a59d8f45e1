//! The laws that a card of keys keeps, and the texts of its examples. An example never holds a key: generators stand in
//! its place, so that no file looks as if it had one.

use std::collections::BTreeMap;

use regex::bytes::RegexBuilder;

use crate::card::Text;
use crate::secret::{SecretCard, SecretCategory, SecretRule};
use crate::validate::error;
use crate::{CardError, Catalog};

impl SecretCategory {
    pub fn as_str(self) -> &'static str {
        match self {
            SecretCategory::AiService => "ai-service",
            SecretCategory::Cloud => "cloud",
            SecretCategory::DataStore => "data-store",
            SecretCategory::Repository => "repository",
            SecretCategory::Service => "service",
            SecretCategory::PrivateKey => "private-key",
            SecretCategory::Generic => "generic",
            SecretCategory::Identifier => "identifier",
        }
    }
}

/// A shorter keyword would be in every file.
const SHORTEST_KEYWORD: usize = 3;
/// No generator writes more.
const LONGEST: usize = 4096;

/// The letters that a generator draws from.
fn alphabet(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "alnum" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "base64" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "digit" => b"0123456789",
        "hex" => b"0123456789abcdef",
        "letter" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "base32-small" => b"abcdefghijklmnopqrstuvwxyz234567",
        "letters-small" => b"abcdefghijklmnopqrstuvwxyz",
        "lower" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "url" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        _ => return None,
    })
}

/// The text of an example: `{alnum:20}` becomes twenty letters and digits in disorder, the same each time for one seed. An
/// alphabet of letters of both cases and digits gives all of them from ten characters on.
pub fn expand(template: &str, seed: &str) -> String {
    // FNV-1a, then splitmix64.
    let fold = |state: u64, byte: u8| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut state = seed.bytes().chain(template.bytes()).fold(0xcbf2_9ce4_8422_2325, fold);
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as usize
    };
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let generator = after.split_once('}').and_then(|(inside, behind)| {
            let (name, count) = inside.split_once(':')?;
            Some((alphabet(name)?, count.parse::<usize>().ok()?.min(LONGEST), behind))
        });
        let Some((letters, count, behind)) = generator else {
            out.push('{');
            rest = after;
            continue;
        };
        let mut drawn: Vec<u8> = (0..count).map(|_| letters[next() % letters.len()]).collect();
        // Never without a digit by chance.
        if count >= 10 && letters.iter().any(u8::is_ascii_digit) && !drawn.iter().any(u8::is_ascii_digit) {
            drawn[count / 2] = b'7';
        }
        out.extend(drawn.into_iter().map(char::from));
        rest = behind;
    }
    out + rest
}

impl Catalog {
    /// Every form of key, with its card.
    pub fn secret_rules(&self) -> impl Iterator<Item = (&SecretCard, &SecretRule)> {
        self.secrets.iter().flat_map(|card| card.rules.iter().map(move |rule| (card, rule)))
    }

    pub(crate) fn validate_secrets(&self, errors: &mut Vec<CardError>) {
        let mut ids: BTreeMap<&str, &SecretCard> = BTreeMap::new();
        for card in &self.secrets {
            let mut push = |text: &Text, message: String| errors.push(error(&card.file, text, message));
            if !card.file.ends_with(&format!("secrets/{}.yaml", &*card.provider)) {
                push(&card.provider, format!("the keys of {0} belong in {0}.yaml", &*card.provider));
            }
            if !card.pages.iter().any(|page| page.starts_with("https://")) {
                push(&card.provider, "no page of documentation is cited under `pages`".into());
            }
            for rule in &card.rules {
                laws(rule).into_iter().for_each(|(text, message)| push(text, message));
                if let Some(other) = ids.insert(&rule.id, card) {
                    push(&rule.id, format!("{} is already the id of a form in {}", &*rule.id, other.file));
                }
            }
        }
    }
}

/// What is wrong with one form.
fn laws(rule: &SecretRule) -> Vec<(&Text, String)> {
    let mut found = Vec::new();
    let names = rule.context.iter().filter_map(|context| context.name.as_ref());
    for text in names.chain([&rule.regex]) {
        if let Err(message) = RegexBuilder::new(text).unicode(false).build() {
            found.push((text, message.to_string()));
        }
    }
    if rule.keywords.is_empty() {
        found.push((&rule.id, "a form without keywords would be looked for in every file".into()));
    }
    for short in rule.keywords.iter().filter(|k| k.len() < SHORTEST_KEYWORD) {
        found.push((short, format!("a keyword has at least {SHORTEST_KEYWORD} characters")));
    }
    for hash in &rule.published {
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            found.push((hash, "a published key is given by its SHA-256 in hexadecimal".into()));
        }
    }
    for context in &rule.context {
        if context.name.is_none() && context.near.is_empty() && context.file.is_empty() {
            found.push((&rule.id, "a context says a name, words near the key, or words in the file".into()));
        }
    }
    for (examples, what) in [(&rule.found, "found"), (&rule.not_found, "not-found")] {
        if examples.is_empty() {
            found.push((&rule.id, format!("no example is {what}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_write_as_many_characters_and_the_same_each_time() {
        let text = expand("{\"key\": \"sk-{hex:8}-{alnum:12}\"} {no:3} {hex:x}", "a");
        assert_eq!(text, expand("{\"key\": \"sk-{hex:8}-{alnum:12}\"} {no:3} {hex:x}", "a"));
        let key = text.strip_prefix("{\"key\": \"sk-").unwrap().strip_suffix("\"} {no:3} {hex:x}").unwrap();
        let (hex, alnum) = key.split_once('-').unwrap();
        assert!(hex.len() == 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()), "{hex}");
        assert!(alnum.len() == 12 && alnum.bytes().any(|b| b.is_ascii_digit()), "{alnum}");
        assert_ne!(expand("{hex:32}", "a"), expand("{hex:32}", "b"));
        assert_eq!(expand("{hex:99999999999}", "a").len(), LONGEST);
    }

    #[test]
    fn a_card_of_keys_keeps_its_laws() {
        let card = "provider: mine\ntitle: Mine\npages: [example.org]\ncategory: cloud\nrules:\n  - id: a\n    title: A\n    regex: '(?=x)'\n    keywords: [ab]\n    published: [abc]\n    context: { within: 9 }\n    examples: { found: [], not-found: [x] }\n  - id: a\n    title: A\n    regex: x\n    keywords: []\n    examples: { found: [x], not-found: [x] }\n";
        let (_, report) = Catalog::with_files([("secrets/yours.yaml".to_owned(), card.to_owned())]);
        let errors: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
        let said = errors.join("\n");
        for part in [
            "yours.yaml:1: the keys of mine belong in mine.yaml",
            "yours.yaml:1: no page of documentation",
            "yours.yaml:6: a context says a name",
            "yours.yaml:6: no example is found",
            "look-around",
            "yours.yaml:9: a keyword has at least 3 characters",
            "yours.yaml:10: a published key is given by its SHA-256",
            "yours.yaml:13: a is already the id of a form in catalog/secrets/yours.yaml",
            "yours.yaml:13: a form without keywords",
        ] {
            assert!(said.contains(part), "{part}\n{said}");
        }
    }
}
