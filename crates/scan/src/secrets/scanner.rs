//! Keys in one text: words that give them away, then the forms on the cards near those words, then what tells a key from
//! what only looks like one. Files, places and reports are not known here.

use std::ops::Range;
use std::sync::OnceLock;

use catalog::{Catalog, SecretCard, SecretCategory, SecretContext, SecretRule};
use model::Confidence;
use regex::bytes::{Regex, RegexBuilder};
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest as _, Sha256};

use super::context::{
    self, name_before, of_example, part_of_arn, part_of_data, part_of_path, quoted, stands_alone,
};
use super::encoded;
use super::placeholder::{drawn_by_lot, entropy, is_placeholder};
use super::prefilter::Prefilter;

/// How far before a keyword a key may begin, in bytes.
const BEFORE: usize = 400;
/// The end of a window is moved behind the word that it would cut, by so many bytes at most.
const UNCUT: usize = 4096;
/// Keys of one text; what is behind them is not looked for.
const MOST: usize = 10_000;

/// Names of what looks like a key and is none. Only asked where a form alone does not make a key.
const OTHER_NAMES: &str = r"(?-u)(?i)(hash|sha\d*|digest|commit|revision|rev|ref|tag|etag|checksum|md5|integrity|fingerprint|thumbprint|guid|uuid|cursor|nonce|trace|span|version|path|file|filename|url|uri|endpoint|image|model|subscription|tenant|principal|object|(request|session|run|trace|project|client|user|account|tenant|resource|message|thread|assistant|cell|instance|vault|app|application|role|team|org|organization|execution|output|document|data_?set|file|model|space|workspace|zone|group|space|node|flow|prompt|job|agent|key|secret|token)[._-]?ids?|id|names?|arn|pub(lic)?[._-]?key|publishable[._-]?key|token[._-]?(type|url|uri|endpoint|limit|count|file|path)|secret[._-]?(name|arn|ref|version|path)|key[._-]?(vault|arn|path|file|type|pair|ring|spec|usage|ref|version)|site[._-]?key|csrf.*|example|placeholder|tiktoken|(next|page|paging|continu|continue|continuation|sync|resume|skip|start|cursor|upload|delete|change)[._-]?token)$";

/// One form, ready to look for.
pub(super) struct Rule<'c> {
    pub(super) card: &'c SecretCard,
    pub(super) rule: &'c SecretRule,
    regex: OnceLock<Option<Regex>>,
    names: Vec<OnceLock<Option<Regex>>>,
    /// For each context, the numbers of the words that stand in the file.
    file_words: Vec<Vec<usize>>,
}

/// What a word of the prefilter is there for.
enum Use {
    /// A form is looked for near it.
    Keyword(usize),
    /// It speaks for a form by being in the file.
    Mark(usize),
    /// It is how a keyword looks in base64.
    Encoded(usize),
}

/// A key in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The number of the form.
    pub(super) rule: usize,
    /// Where the key stands: in base64, the whole of that.
    pub(super) span: Range<usize>,
    pub(super) value: Vec<u8>,
    /// The name that it is given to.
    pub(super) name: Option<String>,
}

/// Looks for every form on the cards.
pub struct Scanner<'c> {
    pub(super) rules: Vec<Rule<'c>>,
    words: Prefilter,
    uses: Vec<Vec<Use>>,
    marks: usize,
    /// SHA-256 of keys that everybody has, of all forms: another form may fit them too.
    published: FxHashSet<[u8; 32]>,
    other_names: OnceLock<Option<Regex>>,
}

impl<'c> Scanner<'c> {
    pub fn new(catalog: &'c Catalog) -> Self {
        let mut numbers: FxHashMap<Vec<u8>, usize> = FxHashMap::default();
        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut uses: Vec<Vec<Use>> = Vec::new();
        let mut add = |word: &[u8], to: Use| {
            let word = word.to_ascii_lowercase();
            let number = *numbers.entry(word.clone()).or_insert_with(|| {
                words.push(word);
                uses.push(Vec::new());
                uses.len() - 1
            });
            uses[number].push(to);
        };
        let mut marks = 0;
        let mut rules = Vec::new();
        for (number, (card, rule)) in catalog.secret_rules().enumerate() {
            for keyword in &rule.keywords {
                add(keyword.as_bytes(), Use::Keyword(number));
                if rule.regex.contains(&**keyword) && rule.context.is_empty() {
                    encoded::seeds(keyword).iter().for_each(|seed| add(seed, Use::Encoded(number)));
                }
            }
            let mut file_words = Vec::new();
            for context in &rule.context {
                let first = marks;
                for word in &context.file {
                    add(word.as_bytes(), Use::Mark(marks));
                    marks += 1;
                }
                file_words.push((first..marks).collect());
            }
            rules.push(Rule {
                card,
                rule,
                regex: OnceLock::new(),
                names: rule.context.iter().map(|_| OnceLock::new()).collect(),
                file_words,
            });
        }
        let words = Prefilter::new(words.iter().map(Vec::as_slice));
        let published = catalog.secret_rules().flat_map(|(_, rule)| &rule.published);
        let published = published.filter_map(|hash| from_hex(hash)).collect();
        Scanner { rules, words, uses, marks, published, other_names: OnceLock::new() }
    }

    /// The forms that are found in `text`, each once, for the examples on the cards.
    pub fn forms(&self, path: &str, text: &[u8]) -> Vec<&'c str> {
        let found = self.scan(path, text);
        let mut ids: Vec<&str> = found.iter().map(|f| &*self.rules[f.rule].rule.id.text).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The keys in `text`, in its order.
    pub(super) fn scan(&self, path: &str, text: &[u8]) -> Vec<Found> {
        let mut seen = Seen::new(self);
        self.words.each(text, |word, at| self.uses[word].iter().for_each(|to| seen.take(to, at)));
        if seen.near.is_empty() && seen.encoded.is_empty() {
            return Vec::new();
        }
        let mut candidates = Vec::new();
        let Seen { mut near, mut encoded, marks, .. } = seen;
        near.sort_unstable();
        for hits in near.chunk_by(|a, b| a.0 == b.0) {
            let number = hits[0].0;
            let rule = &self.rules[number].rule;
            // Where only a word in the file is missing, the form need not be looked for.
            if !rule.context.is_empty() && !self.may_hold(number, &marks) {
                continue;
            }
            for window in windows(text, hits.iter().map(|(_, at)| *at), rule) {
                self.look(number, path, text, window, &marks, &mut candidates);
            }
        }
        encoded.sort_unstable();
        encoded.dedup();
        let mut decoded = (usize::MAX, 0);
        for (number, at) in encoded {
            // What was decoded for this form already is not decoded again.
            if decoded.0 != number || at >= decoded.1 {
                decoded = (number, self.decode(number, path, text, at, &mut candidates));
            }
        }
        self.most_specific(candidates)
    }

    /// Whether one of the contexts of a form may hold, by the words in the file.
    fn may_hold(&self, number: usize, marks: &[bool]) -> bool {
        self.rules[number].file_words.iter().any(|words| words.is_empty() || words.iter().any(|w| marks[*w]))
    }

    /// Looks for one form in one window.
    fn look(
        &self,
        number: usize,
        path: &str,
        text: &[u8],
        window: Range<usize>,
        marks: &[bool],
        candidates: &mut Vec<Found>,
    ) {
        let rule = &self.rules[number];
        let build = || RegexBuilder::new(&rule.rule.regex).unicode(false).build().ok();
        let Some(regex) = rule.regex.get_or_init(build) else { return };
        let until = &text[..window.end];
        let mut at = window.start;
        while at <= until.len() && candidates.len() < MOST {
            let Some(found) = regex.captures_at(until, at) else { return };
            let Some(whole) = found.get(0) else { return };
            let value = found.get(1).unwrap_or(whole).range();
            if value.is_empty() {
                at = whole.end().max(at + 1);
            } else if !stands_alone(text, &value) {
                at = behind_word(text, value.start).max(at + 1);
            } else {
                if self.is_key(number, path, text, &value, marks) {
                    candidates.push(Found {
                        rule: number,
                        value: text[value.clone()].to_vec(),
                        name: name_before(text, value.start).map(str::to_owned),
                        span: value,
                    });
                }
                at = whole.end().max(at + 1);
            }
        }
    }

    /// Whether what has the form is a key: by its disorder, by what it says, and by what stands around it.
    fn is_key(&self, number: usize, path: &str, text: &[u8], span: &Range<usize>, marks: &[bool]) -> bool {
        let rule = self.rules[number].rule;
        let value = &text[span.clone()];
        let letters_and_digits =
            || value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
        if rule.mixed && !letters_and_digits() || entropy(value) < rule.entropy {
            return false;
        }
        if rule.category != SecretCategory::PrivateKey && is_placeholder(value) {
            return false;
        }
        if self.published.contains(&<[u8; 32]>::from(Sha256::digest(value))) {
            return false;
        }
        if of_example(text, span.end) || part_of_data(text, span) {
            return false;
        }
        if rule.context.is_empty() && rule.confidence != Confidence::Low {
            return true;
        }
        let name = name_before(text, span.start);
        let other = self.other_names.get_or_init(|| Regex::new(OTHER_NAMES).ok());
        let is_other = |name: &str| other.as_ref().is_some_and(|other| other.is_match(name.as_bytes()));
        if part_of_path(text, span) || part_of_arn(text, span.start) || name.is_some_and(is_other) {
            return false;
        }
        // In source code a value stands in quotes; what does not is an expression.
        if rule.confidence == Confidence::Low
            && (!drawn_by_lot(value) || is_source(path) && !quoted(text, span.start))
        {
            return false;
        }
        let holds =
            |(i, context): (usize, &SecretContext)| self.holds(number, i, context, text, span, name, marks);
        rule.context.is_empty() || rule.context.iter().enumerate().any(holds)
    }

    #[expect(clippy::too_many_arguments, reason = "one value each, none of which belong together")]
    fn holds(
        &self,
        number: usize,
        index: usize,
        context: &SecretContext,
        text: &[u8],
        span: &Range<usize>,
        name: Option<&str>,
        marks: &[bool],
    ) -> bool {
        let rule = &self.rules[number];
        let words = &rule.file_words[index];
        let named = |pattern: &str| {
            let build = || RegexBuilder::new(pattern).unicode(false).case_insensitive(true).build().ok();
            let regex = rule.names[index].get_or_init(build);
            name.zip(regex.as_ref()).is_some_and(|(name, regex)| regex.is_match(name.as_bytes()))
        };
        (words.is_empty() || words.iter().any(|w| marks[*w]))
            && context.name.as_ref().is_none_or(|pattern| named(pattern))
            && (context.near.is_empty() || context::near(text, span, &context.near, context.within as usize))
    }

    /// Looks for one form in base64. Returns where that ends.
    fn decode(
        &self,
        number: usize,
        path: &str,
        text: &[u8],
        at: usize,
        candidates: &mut Vec<Found>,
    ) -> usize {
        let (span, decoded) = encoded::around(text, at);
        let mut inside = Vec::new();
        self.look(number, path, &decoded, 0..decoded.len(), &vec![false; self.marks], &mut inside);
        let name = name_before(text, span.start).map(str::to_owned);
        candidates.extend(inside.into_iter().map(|found| Found {
            span: span.clone(),
            name: found.name.or_else(|| name.clone()),
            ..found
        }));
        span.end
    }

    /// Of several forms that fit the same bytes the one that says most: the surest, then the longest.
    fn most_specific(&self, mut candidates: Vec<Found>) -> Vec<Found> {
        let says = |found: &Found| {
            let rule = self.rules[found.rule].rule;
            (rule.confidence, rule.context.is_empty(), found.span.len())
        };
        candidates.sort_by(|a, b| {
            says(b).cmp(&says(a)).then_with(|| (a.span.start, a.rule).cmp(&(b.span.start, b.rule)))
        });
        let mut taken: std::collections::BTreeMap<usize, Found> = std::collections::BTreeMap::new();
        for found in candidates {
            let before = taken.range(..found.span.end).next_back();
            if before.is_none_or(|(_, other)| other.span.end <= found.span.start) {
                taken.insert(found.span.start, found);
            }
        }
        taken.into_values().collect()
    }
}

/// What the prefilter saw in one text.
struct Seen {
    near: Vec<(usize, usize)>,
    encoded: Vec<(usize, usize)>,
    marks: Vec<bool>,
    /// By form, where its keyword was seen last: the same word again right behind it says nothing new.
    last: Vec<usize>,
}

impl Seen {
    fn new(scanner: &Scanner<'_>) -> Self {
        let last = vec![usize::MAX; scanner.rules.len()];
        Seen { near: Vec::new(), encoded: Vec::new(), marks: vec![false; scanner.marks], last }
    }

    fn take(&mut self, to: &Use, at: usize) {
        match to {
            Use::Mark(mark) => self.marks[*mark] = true,
            Use::Encoded(rule) => self.encoded.push((*rule, at)),
            Use::Keyword(rule) => {
                // Words of one form come nearly in the order of the text.
                let last = self.last[*rule];
                if last == usize::MAX || at.abs_diff(last) >= STEP {
                    self.last[*rule] = at;
                    self.near.push((*rule, at));
                }
            }
        }
    }
}

/// Keywords nearer than this to the one before are covered by its window.
const STEP: usize = 32;

/// The stretches of a text in which a form is looked for, apart from each other.
fn windows(text: &[u8], hits: impl Iterator<Item = usize>, rule: &SecretRule) -> Vec<Range<usize>> {
    // A form that begins with its keyword begins there, or at one that was skipped for being near.
    let literal = rule.keywords.iter().all(|keyword| rule.regex.starts_with(&**keyword));
    let before = if literal { STEP } else { BEFORE };
    let mut windows: Vec<Range<usize>> = Vec::new();
    for at in hits {
        let end = text.len().min(at + STEP + rule.reach as usize);
        let window = at.saturating_sub(before)..end;
        match windows.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => windows.push(window),
        }
    }
    for window in &mut windows {
        let rest = &text[window.end..text.len().min(window.end + UNCUT)];
        let cut = |b: &&u8| !b.is_ascii_whitespace() && !matches!(**b, b'"' | b'\'' | b'`' | b',' | b';');
        window.end += rest.iter().take_while(cut).count();
    }
    windows
}

/// The end of the word at `at`: no other key begins in it. What an escape (`\n`) stands before may begin one.
fn behind_word(text: &[u8], at: usize) -> usize {
    let is_word = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
    let escaped = at.checked_sub(1).is_some_and(|i| text[i] == b'\\');
    if escaped { at + 1 } else { at + text[at..].iter().take_while(is_word).count() }
}

/// Whether values in a file are expressions of a programming language.
fn is_source(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "py" | "ipynb"
            | "js"
            | "jsx"
            | "mjs"
            | "cjs"
            | "ts"
            | "tsx"
            | "mts"
            | "vue"
            | "svelte"
            | "go"
            | "java"
            | "kt"
            | "kts"
            | "scala"
            | "cs"
            | "fs"
            | "rs"
            | "rb"
            | "php"
            | "c"
            | "cc"
            | "cpp"
            | "h"
            | "hpp"
            | "swift"
            | "m"
            | "dart"
            | "lua"
            | "r"
            | "jl"
            | "ex"
            | "tf"
            | "bicep"
            | "gradle"
            | "groovy"
            | "ps1"
            | "sh"
            | "bash"
            | "md"
            | "mdx"
            | "rst"
            | "html"
            | "proto"
            | "graphql"
            | "sql"
    )
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}
