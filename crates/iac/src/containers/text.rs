//! Text of which pieces are not known or not to be shown, as plain text: each such piece is one private character, so
//! that image names, command lines and port mappings can be cut and compared like any other text.
//!
//! Where the text came from is not known here.

use std::sync::Arc;

use model::{Node, Piece, Position, Reference, Value};

/// The first of the private characters; U+F0000 begins a plane that no text uses.
const FIRST: u32 = 0xF_0000;
/// As many as there are.
const MAX_HOLES: usize = 0xFFFD;

/// What stands behind a private character.
#[derive(Clone, Debug)]
pub(crate) struct Hole {
    /// The text, where it is known but must not be shown.
    pub(crate) text: Option<Arc<str>>,
    pub(crate) reason: Arc<str>,
    pub(crate) from: Option<Arc<Reference>>,
    pub(crate) sensitive: bool,
}

/// The holes of one container.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holes(Vec<Hole>);

/// A piece of a command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) at: Option<Arc<Position>>,
    /// Rests on a default that a deployment may override.
    pub(crate) assumed: bool,
}

/// Whether a character stands for something that is not known.
pub(crate) fn is_hole(c: char) -> bool {
    (FIRST..FIRST + MAX_HOLES as u32).contains(&u32::from(c))
}

impl Holes {
    /// The character for a piece that is not known.
    pub(crate) fn add(&mut self, hole: Hole) -> char {
        let index = self.0.len().min(MAX_HOLES - 1);
        self.0.truncate(index);
        self.0.push(hole);
        char::from_u32(FIRST + index as u32).unwrap_or('\u{FFFD}')
    }

    pub(crate) fn unknown(&mut self, reason: &str) -> char {
        self.add(Hole { text: None, reason: reason.into(), from: None, sensitive: false })
    }

    /// A value as text. `None` for lists, maps and null.
    pub(crate) fn flatten(&mut self, node: &Node) -> Option<String> {
        let plain = |text: &str| -> String {
            text.chars().map(|c| if is_hole(c) { '\u{FFFD}' } else { c }).collect()
        };
        let sensitive = node.sensitive;
        Some(match &node.value {
            Value::String(text) if sensitive && !text.is_empty() => {
                let hole = Hole {
                    text: Some(text.clone()),
                    reason: "it is secret".into(),
                    from: node.from.clone(),
                    sensitive,
                };
                self.add(hole).into()
            }
            Value::String(text) => plain(text),
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            Value::Unknown(reason) => {
                let (reason, from) = (reason.clone(), node.from.clone());
                self.add(Hole { text: None, reason, from, sensitive }).into()
            }
            Value::Template(pieces) => {
                let mut all = String::new();
                for piece in pieces.iter() {
                    match piece {
                        Piece::Text(text) => all += &plain(text),
                        Piece::Hole { reason, from } => {
                            let (reason, from) = (reason.clone(), from.clone());
                            all.push(self.add(Hole { text: None, reason, from, sensitive }));
                        }
                    }
                }
                all
            }
            _ => return None,
        })
    }

    pub(crate) fn word(&mut self, node: &Node) -> Option<Word> {
        let text = self.flatten(node)?;
        Some(Word { text, at: node.at.clone(), assumed: node.assumed })
    }

    fn get(&self, c: char) -> Option<&Hole> {
        is_hole(c).then(|| self.0.get((u32::from(c) - FIRST) as usize)).flatten()
    }

    /// The value of a text.
    pub(crate) fn node(&self, text: &str, like: &Word) -> Node {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut plain = String::new();
        let (mut sensitive, mut only) = (false, None);
        for c in text.chars() {
            let Some(hole) = self.get(c) else {
                plain.push(c);
                continue;
            };
            sensitive |= hole.sensitive;
            match &hole.text {
                Some(known) => plain.push_str(known),
                None => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(Arc::from(std::mem::take(&mut plain))));
                    }
                    pieces.push(Piece::Hole { reason: hole.reason.clone(), from: hole.from.clone() });
                    only = Some(hole);
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain.into()));
        }
        let (value, from) = match (only, pieces.len()) {
            (Some(hole), 1) => (Value::Unknown(hole.reason.clone()), hole.from.clone()),
            _ => (Value::text(pieces), None),
        };
        Node { value, from, sensitive, assumed: like.assumed, at: like.at.clone(), ..Node::default() }
    }
}

/// The words in a name: `maxTokens`, `MAX_TOKENS` and `max-tokens` are `max`, `tokens`.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars().take(200) {
        if !c.is_ascii_alphanumeric() || c.is_ascii_uppercase() && lower_before {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words.retain(|w| !w.is_empty());
    words
}

/// Whether the name of a variable, flag or key says that its value is a secret.
pub(crate) fn names_a_secret(name: &str) -> bool {
    const ALONE: [&str; 12] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "secrets",
        "token",
        "apikey",
        "credential",
        "credentials",
        "salt",
        "accesskey",
    ];
    const OF_KEYS: [&str; 11] = [
        "api",
        "access",
        "private",
        "secret",
        "encryption",
        "master",
        "signing",
        "account",
        "admin",
        "auth",
        "service",
    ];
    // What such a value is called, where it lies or how long it lives is no secret.
    const ABOUT: [&str; 18] = [
        "file",
        "path",
        "name",
        "dir",
        "url",
        "uri",
        "endpoint",
        "id",
        "ttl",
        "expiry",
        "expiration",
        "limit",
        "length",
        "count",
        "type",
        "enabled",
        "ref",
        "header",
    ];
    let words = words_of(name);
    if words.last().is_some_and(|last| ABOUT.contains(&&**last)) {
        return false;
    }
    let keys = words.windows(2).any(|pair| pair[1] == "key" && OF_KEYS.contains(&&*pair[0]));
    let ends_in_key = words.len() > 1
        && words.last().is_some_and(|w| w == "key")
        && words.iter().all(|w| !matches!(&**w, "public" | "cache" | "partition" | "sort" | "map"));
    keys || ends_in_key || words.iter().any(|w| ALONE.contains(&&**w))
}

/// Whether a text holds a password: `scheme://user:password@host`.
pub(crate) fn holds_a_password(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let rest = &text[at + 3..];
        let authority = rest.split(['/', '?', '#', ' ', '"', '\'']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
        user.is_some_and(|(_, password)| {
            !password.is_empty() && !password.starts_with('$') && !password.starts_with(is_hole)
        })
    })
}

/// Marks the value of a variable or key that its name or its text shows to be secret.
pub(crate) fn hide(name: &str, mut node: Node) -> Node {
    let secret = match &node.value {
        Value::String(text) => !text.is_empty() && (names_a_secret(name) || holds_a_password(text)),
        Value::Template(_) | Value::Number(_) => names_a_secret(name),
        _ => false,
    };
    node.sensitive |= secret;
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_survive_cutting() {
        let mut holes = Holes::default();
        let from =
            Arc::new(Reference { address: "Secret/a/b".into(), attribute: "data.k".into(), via: None });
        let secret = Node { from: Some(from), sensitive: true, ..Node::unknown("it is in a secret") };
        let text = format!("--key={}:x", holes.flatten(&secret).unwrap());
        let value = text.strip_prefix("--key=").unwrap();
        let like = Word::default();
        let whole = holes.node(value, &like);
        assert!(whole.sensitive && matches!(whole.value, Value::Template(_)));
        let alone = holes.node(value.strip_suffix(":x").unwrap(), &like);
        assert!(alone.is_unknown() && alone.sensitive);
        assert_eq!(alone.from.unwrap().to_string(), "Secret/a/b.data.k");
        let known = holes.flatten(&Node { sensitive: true, ..Node::from("hunter2") }).unwrap();
        assert!(!known.contains("hunter2"));
        assert_eq!(holes.node(&known, &like).as_str(), Some("hunter2"));
        assert!(holes.node(&known, &like).sensitive);
    }

    #[test]
    fn names_say_what_is_secret() {
        for name in [
            "VLLM_API_KEY",
            "POSTGRES_PASSWORD",
            "hf-token",
            "SECRET_KEY_BASE",
            "apiKey",
            "AWS_SECRET_ACCESS_KEY",
            "ENCRYPTION_KEY",
            "NEXTAUTH_SECRET",
            "SALT",
            "HUGGING_FACE_HUB_TOKEN",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in [
            "MAX_TOKENS",
            "TOKENIZER_PATH",
            "API_KEY_FILE",
            "SECRET_NAME",
            "MODEL",
            "PUBLIC_KEY",
            "max-num-batched-tokens",
            "CLICKHOUSE_USER",
            "KEY",
            "TOKEN_LIMIT",
        ] {
            assert!(!names_a_secret(name), "{name}");
        }
        assert!(holds_a_password("postgresql://postgres:hunter2@db:5432/x"));
        for text in ["postgresql://postgres:${P}@db", "http://host:8000/a@b", "redis://:@x", "nothing"] {
            assert!(!holds_a_password(text), "{text}");
        }
    }
}
