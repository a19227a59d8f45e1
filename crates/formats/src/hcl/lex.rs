//! One linear pass over native HCL that finds where each top-level attribute or block begins and ends, takes the
//! comments, refuses what would cost the parser too much, and rewrites what the parser reads otherwise than Terraform.
//!
//! The rewritten text has the same length, so that every offset stays true. No expression is understood here.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Comment, MAX_PROBLEMS};
use crate::{Problem, Span};

/// Brackets, templates and blocks inside each other. The parser behind this pass has a stricter limit of its own; this
/// one bounds the memory of the pass itself.
const MAX_DEPTH: usize = 128;
/// The parser compares each key of an object with every key before it: the sum of the squares of the sizes of all
/// objects of a file stays below this.
const MAX_KEY_COMPARISONS: u64 = 200_000_000;
/// Names, marks, lines of heredocs and comments. The parser takes some hundred bytes for each of one piece, and the
/// tree some dozens for each of the file.
const MAX_TOKENS_OF_PIECE: usize = 500_000;
const MAX_TOKENS: usize = 4_000_000;
/// How often reading goes back to the beginning of something that is not closed at the end of the file.
const MAX_RETURNS: usize = 10;

pub(super) const REST_NOT_READ: &str =
    "there are too many errors or tokens: the rest of the file is not read";

/// What the text is as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Body,
    Expression,
    Template,
}

/// One top-level attribute or block, or what stands in its place.
pub(super) struct Piece {
    pub(super) span: Span,
    /// Why it cannot be parsed, if that is known already.
    pub(super) problem: Option<Box<Problem>>,
}

pub(super) struct Lexed<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) pieces: Vec<Piece>,
    pub(super) comments: Vec<Comment>,
}

pub(super) fn lex(text: &str, mode: Mode) -> Lexed<'_> {
    let base = match mode {
        Mode::Body => Frame::Body { in_value: false },
        Mode::Expression => Frame::Group { close: 0 },
        Mode::Template => Frame::Bare,
    };
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        rewritten: None,
        at: 0,
        stack: vec![(base, 0)],
        items: Vec::new(),
        comparisons: 0,
        piece: None,
        problem: None,
        problems: 0,
        returns: 0,
        tokens: 0,
        tokens_before: 0,
        pieces: Vec::new(),
        comments: Vec::new(),
    };
    if mode == Mode::Template {
        lexer.piece = Some(0);
    }
    lexer.run();
    // Only whole characters were replaced, and only by ASCII.
    let text = match lexer.rewritten.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(rewritten) => Cow::Owned(rewritten),
        None => Cow::Borrowed(text),
    };
    Lexed { text, pieces: lexer.pieces, comments: lexer.comments }
}

/// What the bytes at one place belong to.
#[derive(Clone, Copy)]
enum Frame {
    /// A block's body or the file: a newline ends an attribute.
    Body {
        in_value: bool,
    },
    /// `{ key = value }`: a newline ends an item. The items begin at this index of [`Lexer::items`].
    Object {
        items: usize,
        start: Option<usize>,
        key_end: Option<usize>,
    },
    /// `( … )`, `[ … ]`, `{ for … }` and a bare expression: newlines mean nothing.
    Group {
        close: u8,
    },
    /// `${ … }` or `%{ … }`: newlines mean nothing.
    Sequence,
    Quote,
    /// The marker stands at this range.
    Heredoc {
        start: usize,
        end: usize,
    },
    /// A template that is the whole text.
    Bare,
}

struct Item {
    start: usize,
    key_end: usize,
    end: usize,
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    rewritten: Option<Vec<u8>>,
    at: usize,
    /// Each frame with the offset of its opening mark. The first is the whole text and is never popped.
    stack: Vec<(Frame, usize)>,
    items: Vec<Item>,
    comparisons: u64,
    piece: Option<usize>,
    problem: Option<Box<Problem>>,
    problems: usize,
    returns: usize,
    tokens: usize,
    /// Of them, those before the piece.
    tokens_before: usize,
    pieces: Vec<Piece>,
    comments: Vec<Comment>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        loop {
            while self.at < self.bytes.len() && !self.exhausted() {
                match self.top() {
                    Frame::Quote => self.quote(),
                    Frame::Heredoc { start, end } => self.heredoc(start, end),
                    Frame::Bare => self.literal(),
                    _ => self.code(),
                }
            }
            if self.exhausted() || !self.unclosed_at_end() {
                break;
            }
        }
        let rest = self.at;
        self.end_piece(self.bytes.len());
        if self.exhausted() && rest < self.bytes.len() {
            self.piece = Some(rest);
            self.complain(rest, self.bytes.len(), REST_NOT_READ);
            self.end_piece(self.bytes.len());
        }
    }

    fn exhausted(&self) -> bool {
        self.problems >= MAX_PROBLEMS || self.tokens > MAX_TOKENS || self.returns > MAX_RETURNS
    }

    fn top(&self) -> Frame {
        self.stack.last().map_or(Frame::Bare, |(frame, _)| *frame)
    }

    fn set_top(&mut self, frame: Frame) {
        if let Some(top) = self.stack.last_mut() {
            top.0 = frame;
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, frame: Frame, open: usize) {
        self.stack.push((frame, open));
        if self.stack.len() > MAX_DEPTH + 1 {
            self.complain(open, open + 1, format!("nested deeper than {MAX_DEPTH} levels"));
            let end = self.next_header(self.at).unwrap_or(self.bytes.len());
            self.resume(end);
        }
    }

    /// The first problem of a piece is the one that is told.
    fn complain(&mut self, start: usize, end: usize, message: impl Into<String>) {
        if self.problem.is_none() {
            let end = (start + 1..=self.bytes.len()).find(|i| *i >= end && self.text.is_char_boundary(*i));
            let span = Span::new(start, end.unwrap_or(self.bytes.len()));
            self.problem = Some(Box::new(Problem { span, message: message.into() }));
        }
    }

    fn end_piece(&mut self, end: usize) {
        let tokens = self.tokens - std::mem::replace(&mut self.tokens_before, self.tokens);
        if let Some(start) = self.piece.take() {
            if tokens > MAX_TOKENS_OF_PIECE {
                self.complain(start, start + 1, format!("this has more than {MAX_TOKENS_OF_PIECE} tokens"));
            }
            let problem = self.problem.take();
            self.problems += usize::from(problem.is_some());
            self.pieces.push(Piece { span: Span::new(start, end), problem });
        }
        if let Some((Frame::Body { in_value }, _)) = self.stack.first_mut() {
            *in_value = false;
        }
    }

    /// Ends the broken piece and goes on at `at`, outside of every bracket.
    fn resume(&mut self, at: usize) {
        self.end_piece(at);
        self.stack.truncate(1);
        self.items.clear();
        self.at = at;
    }

    /// At the end of the text: whether something was left open, and reading goes on behind its beginning.
    fn unclosed_at_end(&mut self) -> bool {
        let Some(&(frame, open)) = self.stack.last() else { return false };
        if self.stack.len() <= 1 {
            return false;
        }
        let mark = self.mark(frame, open);
        let reason = match frame {
            Frame::Heredoc { .. } => {
                format!("the heredoc {mark} is not closed: no line holds its marker alone")
            }
            Frame::Quote => "a string is not closed".to_owned(),
            _ => format!("`{mark}` is not closed"),
        };
        self.complain(open, open + mark.len(), reason);
        let resumed = self.piece.and_then(|start| self.next_header(start));
        self.returns += usize::from(resumed.is_some());
        let at = resumed.unwrap_or(self.bytes.len());
        // What was read behind that place was read in the wrong light.
        self.comments.truncate(self.comments.partition_point(|c| (c.span.start as usize) < at));
        if let Some(rewritten) = &mut self.rewritten {
            rewritten[at..].copy_from_slice(&self.bytes[at..]);
        }
        self.resume(at);
        resumed.is_some()
    }

    fn mark(&self, frame: Frame, open: usize) -> &str {
        let len = match frame {
            Frame::Heredoc { end, .. } => end - open,
            Frame::Sequence => 2,
            _ => 1,
        };
        self.text.get(open..open + len).unwrap_or_default()
    }

    /// The next line after `from` whose first column looks like the beginning of an attribute or a block.
    fn next_header(&self, from: usize) -> Option<usize> {
        if !matches!(self.stack[0].0, Frame::Body { .. }) {
            return None;
        }
        let mut at = from;
        loop {
            at += self.bytes.get(at..)?.iter().position(|b| *b == b'\n')? + 1;
            let line = self.bytes.get(at..)?;
            let name = line.iter().take_while(|b| is_name(**b)).count();
            let gap = line[name..].iter().take_while(|b| **b == b' ').count();
            let next = line.get(name + gap).copied().unwrap_or(0);
            if name > 0 && line[0].is_ascii_alphabetic() && matches!(next, b'=' | b'{' | b'"') {
                return Some(at);
            }
        }
    }

    /// Whether a line of a file, not of an expression, begins here: a block that cannot stand inside of another.
    fn at_top_level_block(&self) -> bool {
        const LABELLED: [&str; 5] = ["resource", "variable", "output", "module", "provider"];
        const PLAIN: [&str; 2] = ["locals", "terraform"];
        let line = &self.bytes[self.at..];
        let begins = |word: &&str, next: u8| {
            line.strip_prefix(word.as_bytes()).is_some_and(|rest| {
                let gap = rest.iter().take_while(|b| **b == b' ').count();
                rest.get(gap) == Some(&next)
            })
        };
        matches!(line.first(), Some(b'r' | b'v' | b'o' | b'm' | b'p' | b'l' | b't'))
            && (LABELLED.iter().any(|w| begins(w, b'"')) || PLAIN.iter().any(|w| begins(w, b'{')))
    }

    fn overwrite(&mut self, start: usize, end: usize, with: u8) {
        let (bytes, end) = (self.bytes, end.min(self.bytes.len()));
        self.rewritten.get_or_insert_with(|| bytes.to_vec())[start..end].fill(with);
    }

    fn newlines_mean_nothing(&self) -> bool {
        matches!(self.top(), Frame::Group { .. } | Frame::Sequence)
    }

    fn code(&mut self) {
        let at = self.at;
        let byte = self.peek(0);
        match byte {
            b' ' | b'\t' => self.at += 1,
            b'\r' if self.peek(1) == b'\n' => {
                if self.newlines_mean_nothing() {
                    self.overwrite(at, at + 1, b' ');
                }
                self.at += 1;
            }
            b'\n' => self.newline(),
            b'#' => self.line_comment(1),
            b'/' if self.peek(1) == b'/' => self.line_comment(2),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            _ => {
                if self.stack.len() == 1 {
                    self.piece.get_or_insert(at);
                }
                if let Frame::Object { items, start: None, key_end } = self.top() {
                    self.set_top(Frame::Object { items, start: Some(at), key_end });
                }
                self.token(byte);
            }
        }
    }

    fn token(&mut self, byte: u8) {
        let at = self.at;
        self.at += 1;
        self.tokens += 1;
        match byte {
            b'"' => self.push(Frame::Quote, at),
            b'(' => self.push(Frame::Group { close: b')' }, at),
            b'[' => self.push(Frame::Group { close: b']' }, at),
            b'{' => {
                let frame = match self.top() {
                    Frame::Body { in_value: false } => Frame::Body { in_value: false },
                    _ if self.at_for() => Frame::Group { close: b'}' },
                    _ => Frame::Object { items: self.items.len(), start: None, key_end: None },
                };
                self.push(frame, at);
            }
            b')' | b']' | b'}' => self.close(byte, at),
            b'<' if self.peek(0) == b'<' => self.heredoc_start(at),
            b'=' | b':' => match self.top() {
                Frame::Body { .. } if byte == b'=' => self.set_top(Frame::Body { in_value: true }),
                Frame::Object { items, start, key_end: None } => {
                    self.set_top(Frame::Object { items, start, key_end: Some(at) });
                }
                _ => {}
            },
            b',' => self.end_item(self.at),
            _ => {
                while is_name(self.peek(0)) {
                    self.at += 1;
                }
            }
        }
    }

    /// After `{` of an expression: whether `for` follows.
    fn at_for(&self) -> bool {
        let mut rest = &self.text[self.at..];
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            let line = rest.starts_with('#') || rest.starts_with("//");
            let end = if line {
                rest.find('\n')
            } else if rest.starts_with("/*") {
                rest.find("*/").map(|end| end + 1)
            } else {
                break;
            };
            let Some(end) = end else { return false };
            rest = &rest[end + 1..];
        }
        rest.strip_prefix("for").is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n', '#', '/']))
    }

    fn end_item(&mut self, end: usize) {
        if let Frame::Object { items, start, key_end } = self.top() {
            if let (Some(start), Some(key_end)) = (start, key_end) {
                self.items.push(Item { start, key_end, end });
            }
            self.set_top(Frame::Object { items, start: None, key_end: None });
        }
    }

    /// The parser refuses an object that has one key twice, and Terraform takes the last: the earlier item goes.
    fn end_object(&mut self, first: usize, open: usize) {
        let items: Vec<Item> = self.items.drain(first.min(self.items.len())..).collect();
        if items.len() < 2 {
            return;
        }
        self.comparisons += (items.len() as u64).pow(2);
        if self.comparisons > MAX_KEY_COMPARISONS {
            self.complain(open, open + 1, "this object has too many entries to be read in bounded time");
            return;
        }
        let text = self.text;
        let key = |item: &Item| text.get(item.start..item.key_end).unwrap_or_default().trim_ascii_end();
        let mut hidden = Vec::new();
        if items.len() <= 8 {
            for (i, item) in items.iter().enumerate() {
                if items[i + 1..].iter().any(|later| key(later) == key(item)) {
                    hidden.push((item.start, item.end));
                }
            }
        } else {
            let last: HashMap<&str, usize> = items.iter().map(|item| (key(item), item.start)).collect();
            let earlier = items.iter().filter(|item| last.get(key(item)) != Some(&item.start));
            hidden.extend(earlier.map(|item| (item.start, item.end)));
        }
        for (start, end) in hidden {
            self.overwrite(start, end, b' ');
        }
    }

    fn close(&mut self, byte: u8, at: usize) {
        let closes = |frame: Frame| match frame {
            Frame::Group { close } => close == byte,
            Frame::Body { .. } | Frame::Object { .. } | Frame::Sequence => byte == b'}',
            _ => false,
        };
        let found = self.stack[1..].iter().rposition(|(frame, _)| closes(*frame)).map(|i| i + 1);
        let inner = self.stack.len() - 1;
        match found {
            Some(found) if found == inner => {
                self.end_item(at);
                if let (Frame::Object { items, .. }, open) = self.stack[found] {
                    self.end_object(items, open);
                }
                self.stack.pop();
            }
            Some(found) if byte == b'}' || !matches!(self.top(), Frame::Body { .. }) => {
                let (frame, open) = self.stack[inner];
                let mark = self.mark(frame, open);
                self.complain(
                    open,
                    open + mark.len(),
                    format!("`{mark}` is not closed before `{}`", char::from(byte)),
                );
                self.stack.truncate(found);
            }
            _ => self.complain(at, at + 1, format!("`{}` closes nothing", char::from(byte))),
        }
    }

    fn newline(&mut self) {
        let at = self.at;
        if self.newlines_mean_nothing() {
            self.overwrite(at, at + 1, b' ');
        }
        self.end_item(at);
        self.at += 1;
        if self.stack.len() > 1 {
            if let Frame::Body { .. } = self.top() {
                self.set_top(Frame::Body { in_value: false });
            }
            if self.at_top_level_block() && matches!(self.stack[0].0, Frame::Body { .. }) {
                let (frame, open) = self.stack[self.stack.len() - 1];
                let mark = self.mark(frame, open).to_owned();
                self.complain(
                    open,
                    open + mark.len(),
                    format!("`{mark}` is not closed before the next block"),
                );
                self.resume(self.at);
            }
        } else if let (Some(start), Frame::Body { in_value }) = (self.piece, self.top()) {
            let ahead = self.text[self.at..].trim_start_matches([' ', '\t', '\r', '\n']);
            if !in_value && self.bytes[at - 1] != b'}' && ahead.starts_with('{') {
                let brace = self.text.len() - ahead.len();
                self.complain(
                    start,
                    brace + 1,
                    "the brace of a block must open on the line of its type and labels",
                );
                self.at = brace;
            } else {
                self.end_piece(at + 1);
            }
        }
    }

    fn line_comment(&mut self, marks: usize) {
        let at = self.at;
        let len = self.bytes[at..].iter().position(|b| *b == b'\n').unwrap_or(self.bytes.len() - at);
        if self.newlines_mean_nothing() {
            self.overwrite(at, at + len, b' ');
        }
        self.tokens += 1;
        let text = self.text[at..at + len].trim_end();
        let span = Span::new(at, at + text.len());
        self.comments.push(Comment { span, text: text.get(marks..).unwrap_or_default().trim().to_owned() });
        self.at = at + len;
    }

    fn block_comment(&mut self) {
        let at = self.at;
        let Some(len) = self.text[at + 2..].find("*/").map(|len| len + 4) else {
            self.piece.get_or_insert(at);
            self.complain(at, at + 2, "a comment is not closed by `*/`");
            self.resume(self.bytes.len());
            return;
        };
        let mut start = at;
        for line in self.text[at..at + len].split_inclusive('\n') {
            let end = start + line.trim_end().len();
            let text = line.trim();
            let text = if start == at { text.strip_prefix("/*").unwrap_or(text) } else { text };
            let text =
                if start + line.len() == at + len { text.strip_suffix("*/").unwrap_or(text) } else { text };
            self.comments.push(Comment { span: Span::new(start, end), text: text.trim().to_owned() });
            start += line.len();
            self.tokens += 1;
        }
        if matches!(self.stack[0].0, Frame::Group { .. }) && self.stack.len() == 1 {
            self.overwrite(at, at + len, b' ');
        }
        self.at = at + len;
    }

    /// At `$` or `%` of a literal: past an escape or a lone sign, or into a sequence.
    fn sign(&mut self) {
        let (at, sign) = (self.at, self.peek(0));
        self.tokens += 1;
        if self.peek(1) == b'{' {
            self.at += 2;
            if self.peek(0) == b'~' {
                self.at += 1;
            }
            self.push(Frame::Sequence, at);
        } else if self.peek(1) == sign && self.peek(2) == b'{' {
            self.at += 3;
        } else {
            self.at += 1;
        }
    }

    fn quote(&mut self) {
        let special = |b: &u8| matches!(b, b'"' | b'\\' | b'\n' | b'$' | b'%');
        let Some(len) = self.bytes[self.at..].iter().position(special) else {
            self.at = self.bytes.len();
            return;
        };
        self.at += len;
        match self.peek(0) {
            b'"' => {
                self.at += 1;
                self.stack.pop();
            }
            // An escaped line break is still a line break.
            b'\\' => self.at += if matches!(self.peek(1), b'\n' | 0) { 1 } else { 2 },
            b'\n' => {
                // Strings inside of this string's sequences were most likely opened by the missing quote.
                let outer = self.stack.iter().position(|(frame, _)| matches!(frame, Frame::Quote));
                let outer = outer.unwrap_or(1).max(1);
                let open = self.stack[outer].1;
                self.complain(open, self.at, "a string is not closed at the end of its line");
                self.stack.truncate(outer);
            }
            _ => self.sign(),
        }
    }

    fn literal(&mut self) {
        match self.bytes[self.at..].iter().position(|b| matches!(b, b'$' | b'%' | b'\n')) {
            None => self.at = self.bytes.len(),
            Some(len) => {
                self.at += len;
                match self.peek(0) {
                    b'\n' => {
                        self.at += 1;
                        self.tokens += 1;
                    }
                    _ => self.sign(),
                }
            }
        }
    }

    fn heredoc_start(&mut self, open: usize) {
        self.at = open + 2;
        if self.peek(0) == b'-' {
            self.at += 1;
        }
        let start = self.at;
        while is_name(self.peek(0)) {
            self.at += 1;
        }
        let end = self.at;
        if self.peek(0) == b'\r' {
            self.at += 1;
        }
        if end == start || self.peek(0) != b'\n' {
            self.complain(open, end, "a heredoc begins with `<<` or `<<-`, a marker and the end of the line");
            return;
        }
        self.at += 1;
        let (line, _) = self.line();
        if line.trim_ascii() == &self.bytes[start..end] {
            // The parser does not see that an empty heredoc ends at once.
            let end = self.at + line.trim_ascii_end().len();
            self.overwrite(open, end, b' ');
            self.overwrite(open, open + 2, b'"');
            self.at = end;
        } else {
            self.push(Frame::Heredoc { start, end }, open);
        }
    }

    /// The rest of the line without its end, and its length with it.
    fn line(&self) -> (&[u8], usize) {
        let rest = &self.bytes[self.at..];
        match rest.iter().position(|b| *b == b'\n') {
            Some(len) => (&rest[..len], len + 1),
            None => (rest, rest.len()),
        }
    }

    fn heredoc(&mut self, start: usize, end: usize) {
        if self.bytes[self.at - 1] == b'\n' {
            self.tokens += 1;
            let (line, _) = self.line();
            let marker = &self.bytes[start..end];
            let content = line.trim_ascii_start();
            let (indent, length) = (line.len() - content.len(), content.trim_ascii_end().len());
            if &content[..length] == marker {
                self.at += indent + length;
                self.stack.pop();
                return;
            }
            if content.starts_with(marker) {
                // The parser would end the heredoc at a line that only begins with the marker.
                let first = self.at + indent;
                let width = self.text[first..].chars().next().map_or(1, char::len_utf8);
                self.overwrite(first, first + width, b'.');
            }
        }
        let special = |b: &u8| matches!(b, b'\n' | b'$' | b'%');
        let len = self.bytes[self.at..].iter().position(special).unwrap_or(self.bytes.len() - self.at);
        self.at += len;
        match self.peek(0) {
            b'$' | b'%' => self.sign(),
            _ => self.at = (self.at + 1).min(self.bytes.len()),
        }
    }
}

/// Bytes of identifiers; those of other scripts than Latin are judged by the parser.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80
}
