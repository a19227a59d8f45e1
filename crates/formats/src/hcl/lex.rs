//! One linear pass over native HCL that finds where each top-level attribute or block begins and ends, takes the
//! comments, refuses what would cost the parser too much, and rewrites what the parser reads otherwise than Terraform.
//!
//! The rewritten text has the same length, so that every offset stays true. No expression is understood here.

mod literals;
mod recovery;

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
        let rest = self.text.floor_char_boundary(self.at);
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
            _ => match self.stack[inner] {
                (Frame::Group { close: b')' | b']' }, open) if inner > 0 => {
                    let (opened, closed) = (self.mark(self.top(), open), char::from(byte));
                    self.complain(open, at + 1, format!("`{opened}` is closed by `{closed}`"));
                    self.stack.pop();
                }
                _ => self.complain(at, at + 1, format!("`{}` closes nothing", char::from(byte))),
            },
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
        // Where newlines mean nothing a comment has no end, and elsewhere the parser trips over a lone carriage return.
        let end = at + len - usize::from(self.bytes[..at + len].ends_with(b"\r"));
        self.overwrite(at, end, b' ');
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
}

/// Bytes of identifiers; those of other scripts than Latin are judged by the parser.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80
}
