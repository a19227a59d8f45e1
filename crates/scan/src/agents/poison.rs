//! Signs in a text that it is meant to steer a model behind its user's back: what is hidden from the eye, what gives the
//! model orders that are not the text's business, and what takes hold of other tools.
//!
//! Pure analysis of text. What a sign means for an asset is for the checks.

use std::sync::{Arc, LazyLock};

use model::{Node, Value};
use regex::Regex;

use super::server::record;

/// What a sign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignKind {
    /// Letters that no screen shows, or that change the order in which text is shown.
    HiddenText,
    /// An HTML comment that speaks to the model.
    HiddenComment,
    /// It puts itself above what the model was told before.
    OverridesInstructions,
    /// The user is not to know.
    HidesFromUser,
    /// A tag that pretends to be the system's or the user's word.
    FakeTag,
    /// The model is to read a secret file, or to pass on what it knows.
    TakesData,
    /// A place where anybody can collect what is sent.
    CollectingHost,
    /// Something is fetched and run.
    FetchesAndRuns,
    /// Text that is encoded, and reads as orders when decoded.
    EncodedText,
    /// It says how other tools are to behave.
    Shadows,
}

impl SignKind {
    pub fn as_str(self) -> &'static str {
        match self {
            SignKind::HiddenText => "hidden-text",
            SignKind::HiddenComment => "hidden-comment",
            SignKind::OverridesInstructions => "overrides-instructions",
            SignKind::HidesFromUser => "hides-from-user",
            SignKind::FakeTag => "fake-tag",
            SignKind::TakesData => "takes-data",
            SignKind::CollectingHost => "collecting-host",
            SignKind::FetchesAndRuns => "fetches-and-runs",
            SignKind::EncodedText => "encoded-text",
            SignKind::Shadows => "shadows",
        }
    }
}

/// One sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    pub kind: SignKind,
    /// Byte offset in the text.
    pub at: usize,
    /// What stands there, readable and short.
    pub shown: String,
}

/// Signs of one text; more are not told.
const MAX_SIGNS: usize = 50;
/// Longer texts are looked at up to here, in bytes.
const MAX_TEXT: usize = 2 << 20;
/// What is shown of a sign, in characters.
const MAX_SHOWN: usize = 120;

/// The signs in a text, in their order.
pub fn signs(text: &str) -> Vec<Sign> {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let mut found = hidden(text);
    spoken(text, &mut found);
    comments(text, &mut found);
    encoded(text, &mut found);
    found.sort_by(|a, b| (a.at, a.kind, &a.shown).cmp(&(b.at, b.kind, &b.shown)));
    found.dedup();
    found.truncate(MAX_SIGNS);
    found
}

/// Where a description says how tools that are not its server's own must behave.
pub fn shadows(text: &str, own: &[&str]) -> Vec<Sign> {
    static OTHERS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        compiled(&[
            // "when send_email is used, always …"; the name is one that only programs have
            r#"(?i)\b(?:when|whenever|before|after|if|each time|every time)\b[^.!?\n]{0,60}?[`'"]?\b(?P<tool>[a-z0-9]+(?:_[a-z0-9]+)+)\b[`'"]?(?:\s+(?:tool|function))?[^.!?\n]{0,30}\b(?:is|are|gets|was|called|used|invoked|runs?|using|calling)\b[^.!?\n]{0,80}\b(?:must|always|never|instead|bcc|also send|change|replace|modify|redirect|rewrite)\b"#,
            r#"(?i)\b(?:overrides?|replaces?|supersedes?|takes? precedence over|disables?)\b[^.!?\n]{0,20}\b(?:the\s+)?[`'"]?(?P<tool>[a-z0-9]+(?:_[a-z0-9]+)+)[`'"]?\s+(?:tool|function)\b"#,
            r"(?i)\b(?:do not|don't|never)\s+(?:use|call|invoke|trust)\s+(?:any\s+)?(?:other|the other|another)\s+(?:tools?|servers?|mcp)\b(?P<tool>)",
            r"(?i)\b(?:all|any|every)\s+(?:other|emails?|messages?|payments?|transfers?)\s+(?:tools?|servers?|mcp|sent|made)\b[^.!?\n]{0,60}\b(?:must|always|should)\s+(?:be\s+)?(?:first\s+)?(?:call|sent to|routed|use this|go through|include)\b(?P<tool>)",
        ])
    });
    let mut found = Vec::new();
    for pattern in OTHERS.iter() {
        for captures in pattern.captures_iter(text).take(MAX_SIGNS) {
            let tool = captures.name("tool").map_or("", |m| m.as_str());
            if own.contains(&tool) {
                continue;
            }
            if let Some(whole) = captures.get(0) {
                found.push(Sign { kind: SignKind::Shadows, at: whole.start(), shown: brief(whole.as_str()) });
            }
        }
    }
    found
}

/// The signs in the names, descriptions and parameters of a server's tools (`{ name, description, inputSchema }`).
pub fn tool_signs(tools: &[Node]) -> Vec<Node> {
    let name = |tool: &Node| tool.get("name").and_then(Node::as_str).unwrap_or("tool").to_owned();
    let own: Vec<String> = tools.iter().map(name).collect();
    let own: Vec<&str> = own.iter().map(|n| &**n).collect();
    let mut found = Vec::new();
    for tool in tools.iter().take(10_000) {
        let mut texts = Vec::new();
        texts_of(tool, &format!("tool {}", name(tool)), 0, &mut texts);
        for (place, node) in texts {
            let Some(text) = node.as_str() else { continue };
            let mut all = signs(text);
            // Its own parameters are no other tools.
            let mut known = own.clone();
            let parameters = tool.get("inputSchema").and_then(|s| s.get("properties")).and_then(Node::as_map);
            known.extend(parameters.iter().flat_map(|p| p.keys().map(|k| &**k)));
            all.extend(shadows(text, &known));
            found.extend(nodes(&place, node, &all));
        }
    }
    found
}

/// The texts that a model reads of a tool.
fn texts_of<'n>(node: &'n Node, place: &str, depth: usize, found: &mut Vec<(String, &'n Node)>) {
    if depth > 12 || found.len() > 1_000 {
        return;
    }
    match &node.value {
        Value::String(_) => found.push((place.to_owned(), node)),
        Value::Map(entries) => entries.iter().for_each(|(key, child)| {
            let place = match &**key {
                "name" | "description" | "title" | "inputSchema" | "properties" => place.to_owned(),
                other => format!("{place}, {other}"),
            };
            texts_of(child, &place, depth + 1, found);
        }),
        Value::List(items) => items.iter().for_each(|child| texts_of(child, place, depth + 1, found)),
        _ => {}
    }
}

/// Signs as a document's list holds them, each at the place of the text.
pub fn nodes(place: &str, text: &Node, signs: &[Sign]) -> Vec<Node> {
    signs.iter().map(|sign| node(place, sign, text.at.clone())).collect()
}

/// One sign as a node.
pub(super) fn node(place: &str, sign: &Sign, at: Option<Arc<model::Position>>) -> Node {
    let kind = Node { at: at.clone(), ..sign.kind.as_str().into() };
    let entry = record([("kind", kind), ("where", place.into()), ("shown", sign.shown.as_str().into())]);
    Node { at, ..entry }
}

fn compiled(patterns: &[&str]) -> Vec<Regex> {
    patterns.iter().filter_map(|p| Regex::new(p).ok()).collect()
}

/// Text for a sentence: one line, short, nothing in it that a screen would not show.
fn brief(text: &str) -> String {
    let visible = |c: char| if c.is_control() || is_hidden(c) { ' ' } else { c };
    let line: String = text.chars().map(visible).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn is_tag(c: char) -> bool {
    ('\u{E0000}'..='\u{E007F}').contains(&c)
}

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{180E}' | '\u{00AD}')
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_variation(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn is_hidden(c: char) -> bool {
    is_tag(c) || is_zero_width(c) || is_bidi(c) || is_variation(c)
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}')
}

/// Runs of letters that no screen shows. A single one is a slip of an editor, or part of an emoji.
fn hidden(text: &str) -> Vec<Sign> {
    let mut found = Vec::new();
    if text.is_ascii() {
        return found;
    }
    let right_to_left = text.chars().any(|c| is_right_to_left(c) && c != '\u{FEFF}');
    let mut run: Option<(usize, String)> = None;
    let mut before = '\n';
    let mut close = |run: &mut Option<(usize, String)>, before: char| {
        let Some((at, letters)) = run.take() else { return };
        let count = letters.chars().count();
        let tags: String = letters.chars().filter(|c| is_tag(*c)).collect();
        // A flag of a region is a black flag, tags and an end tag.
        let flag = before == '\u{1F3F4}' && count <= 8;
        let decoded = decode(&letters);
        let sign = if !tags.is_empty() && !flag {
            Some(format!("{} tag characters that read {decoded:?}", tags.chars().count()))
        } else if letters.chars().any(is_bidi) && (!right_to_left || letters.contains('\u{202E}')) {
            Some("characters that turn the direction of text".to_owned())
        } else if letters.chars().filter(|c| is_variation(*c)).count() >= 4 {
            Some(format!("{count} variation selectors in a row that read {decoded:?}"))
        } else if letters.chars().filter(|c| is_zero_width(*c)).count() >= 4 {
            Some(format!("{count} characters of no width in a row"))
        } else {
            None
        };
        found.extend(sign.map(|shown| Sign { kind: SignKind::HiddenText, at, shown: brief(&shown) }));
    };
    for (at, c) in text.char_indices() {
        if is_hidden(c) {
            run.get_or_insert_with(|| (at, String::new())).1.push(c);
            continue;
        }
        close(&mut run, before);
        before = c;
    }
    close(&mut run, before);
    found
}

/// What tags and variation selectors spell.
fn decode(letters: &str) -> String {
    let byte = |c: char| match c as u32 {
        c @ 0xE0020..=0xE007E => char::from_u32(c - 0xE0000),
        c @ 0xFE00..=0xFE0F => char::from_u32(c - 0xFE00),
        c @ 0xE0100..=0xE01EF => char::from_u32(c - 0xE0100 + 16),
        _ => None,
    };
    letters.chars().filter_map(byte).filter(|c| !c.is_control()).take(60).collect()
}

/// Phrases, each with what it is a sign of.
fn spoken(text: &str, found: &mut Vec<Sign>) {
    use SignKind::{
        CollectingHost, FakeTag, FetchesAndRuns, HidesFromUser, OverridesInstructions, TakesData,
    };
    static PHRASES: LazyLock<Vec<(SignKind, Regex)>> = LazyLock::new(|| {
        let patterns: [(SignKind, &str); 17] = [
            (
                OverridesInstructions,
                r"(?i)\b(?:ignore|disregard|forget|override|bypass)\s+(?:all\s+|any\s+|every\s+)?(?:of\s+)?(?:the\s+|your\s+|my\s+|these\s+|those\s+)?(?:previous|prior|above|earlier|preceding|system|original|other)\s+(?:instructions?|prompts?|rules|directives?|guidelines|messages|constraints)\b",
            ),
            (
                OverridesInstructions,
                r"(?i)\b(?:these|the following|my) (?:instructions|rules|directives) (?:override|supersede|take precedence over|replace) (?:all |any )?(?:the |your )?(?:other |previous |prior |system |safety )+(?:instructions|rules|prompts?|guidelines)\b",
            ),
            (
                HidesFromUser,
                r"(?i)\b(?:do not|don't|never|must not|should not|avoid)\s+(?:tell|inform|mention|reveal|show|notify|disclose|alert|let|explain|telling|informing|mentioning|notifying)\b[^.\n]{0,40}?\b(?:to\s+)?the\s+(?:user|human|operator)s?\b(?:\s+(?:about|that|of|this|know)\b)?",
            ),
            (
                HidesFromUser,
                r"(?i)\b(?:without|and not)\s+(?:telling|informing|notifying|alerting|asking|mentioning (?:this|it) to|the knowledge of)\s+the\s+(?:user|human)\b",
            ),
            (
                HidesFromUser,
                r"(?i)\b(?:hide|conceal|keep)\s+(?:this|these|it|that)\b[^.\n]{0,30}\b(?:from|secret from|hidden from)\s+(?:the\s+)?(?:user|human|operator)\b",
            ),
            (
                FakeTag,
                r"<(?:IMPORTANT|SYSTEM|HIDDEN|SECRET|INSTRUCTIONS?_OVERRIDE|CRITICAL|ADMIN|system_prompt|system-reminder)>",
            ),
            (
                FakeTag,
                r"<\|(?:im_start|im_end|system|assistant|endoftext|start_header_id)\|>|\[/?INST\]|<<SYS>>",
            ),
            (
                TakesData,
                r"(?i)\b(?:read|open|cat|load|access|fetch|include|get|retrieve|look (?:up|at))\b[^.\n]{0,60}(?:~/\.ssh|\bid_rsa\b|\bid_ed25519\b|~/\.aws/|\.aws/credentials|~/\.cursor/mcp\.json|~/\.claude|~/\.config/gcloud|/etc/passwd|/etc/shadow|~/\.npmrc|~/\.netrc|~/\.kube/config|\.git-credentials)[^\n]{0,160}\b(?:pass|send|include|append|provide|put|upload|post|as (?:a |the )?(?:parameter|argument|value|sidenote))\b",
            ),
            (
                TakesData,
                r"(?i)\b(?:send|post|upload|forward|transmit|exfiltrate|leak)\b[^.\n]{0,60}\b(?:environment variables|env vars|api keys?|credentials|secrets|private keys?|conversation history|chat history|system prompt|the user's (?:files|data|messages))\b[^.\n]{0,60}\b(?:to|at|via)\b\s+(?:https?://|an? (?:external|remote)|the (?:server|endpoint|url|webhook))",
            ),
            (
                TakesData,
                r"(?i)\b(?:in|as) (?:the )?(?:sidenote|side note)\b[^.\n]{0,80}\b(?:content|file|key|history|config)",
            ),
            (
                CollectingHost,
                r"(?i)\b(?:webhook\.site|requestbin\.(?:com|net)|[a-z0-9-]+\.(?:oastify\.com|burpcollaborator\.net|interact\.sh|interactsh\.com|oast\.(?:fun|live|me|online|pro|site)|m\.pipedream\.net|requestcatcher\.com|beeceptor\.com|ngrok-free\.app|ngrok\.io|dnslog\.cn))\b(?:/[^\s)>\x22']*)?",
            ),
            (
                CollectingHost,
                r"(?i)https://(?:discord(?:app)?\.com/api/webhooks/[0-9]+|api\.telegram\.org/bot[0-9]+)",
            ),
            (
                FetchesAndRuns,
                r"(?i)\b(?:curl|wget|fetch)\b[^\n|;&`]{0,200}\|\s*(?:sudo\s+(?:-E\s+)?)?(?:/(?:usr/)?bin/)?(?:ba|z|da)?sh\b",
            ),
            (
                FetchesAndRuns,
                r"(?i)\b(?:curl|wget)\b[^\n|;&`]{0,200}\|\s*(?:sudo\s+)?(?:python3?|node|perl|ruby|php)\b(?:\s+-)?",
            ),
            (
                FetchesAndRuns,
                r"(?i)(?:\beval|\bsource|\b(?:ba|z)?sh\s+-c|\bpython3?\s+-c)\s+[\x22']?(?:\$\(|<\(|`)\s*(?:curl|wget)\b[^\n]{0,160}",
            ),
            (
                FetchesAndRuns,
                r"(?i)\b(?:iex|invoke-expression)\b[^\n]{0,40}\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b[^\n]{0,120}|\b(?:iwr|irm|invoke-webrequest|invoke-restmethod)\b[^\n|]{0,160}\|\s*(?:iex|invoke-expression)\b",
            ),
            (
                FetchesAndRuns,
                r"(?i)\bbase64\s+(?:-d|-D|--decode)\b[^\n]{0,40}\|\s*(?:sudo\s+)?(?:ba|z)?sh\b|\bpowershell(?:\.exe)?\b[^\n]{0,60}\s-e(?:nc(?:odedcommand)?)?\s+[A-Za-z0-9+/=]{40,}",
            ),
        ];
        patterns.into_iter().filter_map(|(kind, p)| Some((kind, Regex::new(p).ok()?))).collect()
    });
    for (kind, pattern) in PHRASES.iter() {
        for hit in pattern.find_iter(text).take(MAX_SIGNS) {
            if *kind == HidesFromUser && is_courtesy(&text[hit.start()..], hit.len()) {
                continue;
            }
            found.push(Sign { kind: *kind, at: hit.start(), shown: brief(hit.as_str()) });
        }
    }
}

/// What tools ask of models for the user's sake: not to show ids, not to explain the obvious, not to ask twice.
fn is_courtesy(rest: &str, length: usize) -> bool {
    const COURTESIES: [&str; 14] = [
        "explain",
        "show the user how",
        "show the user raw",
        "show the user the raw",
        "show the user the id",
        "tell the user to ",
        "tell the user how",
        "tell the user you ",
        "tell the user that you ",
        "tell the user it ",
        "ask",
        "user what to",
        "user about internal",
        "let the user wait",
    ];
    let after = rest[length..].chars().take(20).map(char::len_utf8).sum::<usize>();
    let lower = rest[..length + after].to_ascii_lowercase();
    COURTESIES.iter().any(|c| lower.contains(c))
}

/// HTML comments, which a page does not show, with orders in them.
fn comments(text: &str, found: &mut Vec<Sign>) {
    static ORDERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:(?:AI|LLM|assistants?|models?|agents?|copilot|claude|cursor|gemini)\b[^\n]{0,40}\b(?:must|should|always|never|please|need to|has to|have to)\b|ignore (?:all|any|the|previous)|do not (?:tell|mention|inform|reveal)|you (?:must|should|are (?:now|required)))").ok()
    });
    let Some(orders) = ORDERS.as_ref() else { return };
    let mut rest = 0;
    while let Some(open) = text[rest..].find("<!--").map(|at| rest + at) {
        let inner = open + 4;
        let close = text[inner..].find("-->").map_or(text.len(), |at| inner + at);
        if let Some(hit) = orders.find(&text[inner..close]) {
            let shown = brief(&text[inner + hit.start()..close]);
            found.push(Sign { kind: SignKind::HiddenComment, at: open, shown });
        }
        rest = close;
        if found.len() > 4 * MAX_SIGNS {
            return;
        }
    }
}

/// Long base64 that is text when decoded. Images and keys are not.
fn encoded(text: &str, found: &mut Vec<Sign>) {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|b| is_part(**b)).count();
        if length >= 64 {
            let decoded = decode64(&bytes[at..at + length.min(4_096)]);
            let readable =
                decoded.iter().filter(|b| b.is_ascii_graphic() || **b == b' ' || **b == b'\n').count();
            let spaces = decoded.iter().filter(|b| **b == b' ').count();
            if readable * 100 >= decoded.len() * 97 && spaces * 20 >= decoded.len() {
                let plain = brief(&String::from_utf8_lossy(&decoded));
                let shown = format!("base64 that reads {plain:?}");
                found.push(Sign { kind: SignKind::EncodedText, at, shown: brief(&shown) });
            }
        }
        at += length.max(1);
    }
}

fn decode64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        bits = (bits << 6 | u32::from(value)) & 0x00FF_FFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xFF) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests;
