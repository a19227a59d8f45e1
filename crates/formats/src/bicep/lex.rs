//! Text to tokens, one linear pass. Comments and directives go to a list of their own; what is written inside of a string
//! stays unread here.
//!
//! A string with interpolations is several tokens, with those of its expressions between them: `'a${`, `}b${`, `}c'`.
//! Neighbouring newlines, also with comments between them, are one token.

use super::{Comment, MAX_PROBLEMS};
use crate::{Problem, Span};

/// The tree takes some dozens of bytes for each.
const MAX_TOKENS: usize = 2_000_000;
/// How often reading goes on at the line after something that is not closed at the end of the file.
const MAX_RETURNS: usize = 10;
/// What a string's mark may hold of `$`.
const MAX_DOLLARS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    NewLine,
    /// Also `true`, `false`, `null` and all keywords.
    Word,
    Integer,
    /// `'text'`
    Text,
    /// `'text${`
    TextStart,
    /// `}text${`
    TextMiddle,
    /// `}text'`
    TextEnd,
    OpenBrace,
    CloseBrace,
    OpenParen,
    CloseParen,
    OpenSquare,
    CloseSquare,
    At,
    Comma,
    Dot,
    Ellipsis,
    Question,
    Coalesce,
    Colon,
    DoubleColon,
    Plus,
    Minus,
    Percent,
    Star,
    Slash,
    Hat,
    Bang,
    NotEq,
    NotLike,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Assign,
    Eq,
    Like,
    Arrow,
    And,
    Or,
    Pipe,
    Unknown,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Of a piece of text: the length of the mark before it.
    pub(super) open: u8,
    /// Of a piece of text: the length of the mark behind it; zero if it is missing.
    pub(super) close: u8,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Token {
    pub(super) fn span(self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

pub(super) struct Lexed {
    /// The last one is [`Kind::End`], and no other.
    pub(super) tokens: Vec<Token>,
    pub(super) comments: Vec<Comment>,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        holes: Vec::new(),
        line_start: true,
        returns: 0,
        out: Lexed { tokens: Vec::new(), comments: Vec::new(), problems: Vec::new() },
    };
    lexer.run();
    lexer.out
}

/// What a closing brace closes.
#[derive(Clone, Copy)]
enum Hole {
    Brace,
    /// An interpolation in a string of one line.
    Line,
    /// An interpolation in a string of several lines, opened by so many `$` and a brace.
    Lines(usize),
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// What is open, from the first interpolation on.
    holes: Vec<Hole>,
    /// Nothing but blanks on this line yet.
    line_start: bool,
    returns: usize,
    out: Lexed,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            if self.out.tokens.len() >= MAX_TOKENS || self.out.problems.len() >= MAX_PROBLEMS {
                self.problem(self.at, self.bytes.len(), super::parser::REST_NOT_READ);
                self.at = self.bytes.len();
                break;
            }
            self.next();
        }
        self.push(Kind::End, self.at, 0, 0);
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize, open: usize, close: usize) {
        let Span { start, end } = Span::new(start, self.at);
        let narrow = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        self.out.tokens.push(Token { kind, open: narrow(open), close: narrow(close), start, end });
    }

    fn problem(&mut self, start: usize, end: usize, message: impl Into<String>) {
        self.out.problems.push(Problem { span: Span::new(start, end), message: message.into() });
    }

    fn next(&mut self) {
        let start = self.at;
        match self.peek(0) {
            b' ' | b'\t' => self.at += 1,
            b'\n' | b'\r' => self.newline(),
            b'/' if self.peek(1) == b'/' => self.line_comment(2),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'#' if self.line_start && self.peek(1).is_ascii_alphabetic() => self.line_comment(1),
            first => {
                self.line_start = false;
                match first {
                    b'\'' => self.quote(),
                    b'$' => self.dollars(),
                    b'{' => {
                        if !self.holes.is_empty() {
                            self.holes.push(Hole::Brace);
                        }
                        self.at += 1;
                        self.push(Kind::OpenBrace, start, 0, 0);
                    }
                    b'}' => self.close_brace(),
                    b'0'..=b'9' => self.run_of(Kind::Integer, |byte| byte.is_ascii_digit()),
                    b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                        self.run_of(Kind::Word, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
                    }
                    _ => self.mark(),
                }
            }
        }
    }

    fn run_of(&mut self, kind: Kind, inside: fn(u8) -> bool) {
        let start = self.at;
        while self.at < self.bytes.len() && inside(self.peek(0)) {
            self.at += 1;
        }
        self.push(kind, start, 0, 0);
    }

    fn newline(&mut self) {
        let start = self.at;
        self.at += 1;
        self.line_start = true;
        if !self.holes.is_empty() {
            // The string around the interpolation ends here, and with it every string around that one.
            self.at -= 1;
            self.problem(start, start, "a string is not closed at the end of its line");
            self.holes.clear();
            self.push(Kind::TextEnd, start, 0, 0);
        } else if let Some(last) = self.out.tokens.last_mut().filter(|last| last.kind == Kind::NewLine) {
            last.end = Span::new(start, self.at).end;
        } else {
            self.push(Kind::NewLine, start, 0, 0);
        }
    }

    fn mark(&mut self) {
        let start = self.at;
        let (kind, length) = match [self.peek(0), self.peek(1), self.peek(2)] {
            [b'.', b'.', b'.'] => (Kind::Ellipsis, 3),
            [b'?', b'?', _] => (Kind::Coalesce, 2),
            [b':', b':', _] => (Kind::DoubleColon, 2),
            [b'!', b'=', _] => (Kind::NotEq, 2),
            [b'!', b'~', _] => (Kind::NotLike, 2),
            [b'<', b'=', _] => (Kind::LessEq, 2),
            [b'>', b'=', _] => (Kind::GreaterEq, 2),
            [b'=', b'=', _] => (Kind::Eq, 2),
            [b'=', b'~', _] => (Kind::Like, 2),
            [b'=', b'>', _] => (Kind::Arrow, 2),
            [b'&', b'&', _] => (Kind::And, 2),
            [b'|', b'|', _] => (Kind::Or, 2),
            [b'(', ..] => (Kind::OpenParen, 1),
            [b')', ..] => (Kind::CloseParen, 1),
            [b'[', ..] => (Kind::OpenSquare, 1),
            [b']', ..] => (Kind::CloseSquare, 1),
            [b'@', ..] => (Kind::At, 1),
            [b',', ..] => (Kind::Comma, 1),
            [b'.', ..] => (Kind::Dot, 1),
            [b'?', ..] => (Kind::Question, 1),
            [b':', ..] => (Kind::Colon, 1),
            [b'+', ..] => (Kind::Plus, 1),
            [b'-', ..] => (Kind::Minus, 1),
            [b'%', ..] => (Kind::Percent, 1),
            [b'*', ..] => (Kind::Star, 1),
            [b'/', ..] => (Kind::Slash, 1),
            [b'^', ..] => (Kind::Hat, 1),
            [b'!', ..] => (Kind::Bang, 1),
            [b'<', ..] => (Kind::Less, 1),
            [b'>', ..] => (Kind::Greater, 1),
            [b'=', ..] => (Kind::Assign, 1),
            [b'|', ..] => (Kind::Pipe, 1),
            _ => (Kind::Unknown, self.text[start..].chars().next().map_or(1, char::len_utf8)),
        };
        self.at += length;
        self.push(kind, start, 0, 0);
    }

    /// At `'`: a string of one line, or of several after `'''`.
    fn quote(&mut self) {
        let start = self.at;
        if self.bytes[start..].starts_with(b"'''") {
            self.at += 3;
            self.lines(start, 3, 0, true);
        } else {
            self.at += 1;
            self.line(start, true);
        }
    }

    /// At `$`: the mark of a string of several lines with interpolation, as `$'''` or `$$'''`.
    fn dollars(&mut self) {
        let start = self.at;
        let dollars = self.bytes[start..].iter().take_while(|byte| **byte == b'$').count();
        self.at += dollars;
        if dollars <= MAX_DOLLARS && self.bytes[self.at..].starts_with(b"'''") {
            self.at += 3;
            self.lines(start, dollars + 3, dollars, true);
        } else {
            self.push(Kind::Unknown, start, 0, 0);
        }
    }

    fn close_brace(&mut self) {
        let start = self.at;
        self.at += 1;
        match self.holes.pop() {
            Some(Hole::Line) => self.line(start, false),
            Some(Hole::Lines(dollars)) => self.lines(start, 1, dollars, false),
            Some(Hole::Brace) | None => self.push(Kind::CloseBrace, start, 0, 0),
        }
    }

    fn piece(&mut self, start: usize, open: usize, close: usize, first: bool, hole: Option<Hole>) {
        let kind = match (first, hole) {
            (true, None) => Kind::Text,
            (true, Some(_)) => Kind::TextStart,
            (false, None) => Kind::TextEnd,
            (false, Some(_)) => Kind::TextMiddle,
        };
        self.holes.extend(hole);
        self.push(kind, start, open, close);
    }

    /// Up to the end of a string of one line, or its next interpolation.
    fn line(&mut self, start: usize, first: bool) {
        loop {
            let rest = &self.bytes[self.at..];
            let special = |byte: &u8| matches!(byte, b'\'' | b'\\' | b'$' | b'\n' | b'\r');
            self.at += rest.iter().position(special).unwrap_or(rest.len());
            match [self.peek(0), self.peek(1)] {
                [b'\'', _] => {
                    self.at += 1;
                    return self.piece(start, 1, 1, first, None);
                }
                [b'$', b'{'] => {
                    self.at += 2;
                    return self.piece(start, 1, 2, first, Some(Hole::Line));
                }
                [b'$', _] => self.at += 1,
                [b'\\', next] if !matches!(next, b'\n' | b'\r' | 0) => {
                    // Whether it is an escape is judged where the text is read.
                    self.at += 1 + self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8);
                }
                [b'\\', _] if self.at + 1 < self.bytes.len() => self.at += 1,
                _ => {
                    if self.peek(0) == b'\\' {
                        self.at = self.bytes.len();
                    }
                    self.problem(start, self.at, "a string is not closed at the end of its line");
                    return self.piece(start, 1, 0, first, None);
                }
            }
        }
    }

    /// Up to the end of a string of several lines, or its next interpolation.
    fn lines(&mut self, start: usize, open: usize, dollars: usize, first: bool) {
        let from = self.at;
        loop {
            let rest = &self.bytes[self.at..];
            let special = |byte: &u8| *byte == b'\'' || (*byte == b'$' && dollars > 0);
            self.at += rest.iter().position(special).unwrap_or(rest.len());
            let mark = self.peek(0);
            let count = self.bytes[self.at..].iter().take_while(|byte| **byte == mark).count();
            if count == 0 {
                break;
            }
            self.at += count;
            if mark == b'\'' && count >= 3 {
                return self.piece(start, open, 3, first, None);
            }
            if mark == b'$' && count >= dollars && self.peek(0) == b'{' {
                self.at += 1;
                return self.piece(start, open, dollars + 1, first, Some(Hole::Lines(dollars)));
            }
        }
        self.unclosed(start, from, "a string is not closed by `'''`");
        self.holes.clear();
        self.piece(start, open, 0, first, None);
    }

    /// Something that opens at `start` does not end: it is taken to end with its first line.
    fn unclosed(&mut self, start: usize, from: usize, message: &str) {
        self.returns += 1;
        let line = self.bytes[from..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        if let Some(length) = line.filter(|_| self.returns <= MAX_RETURNS) {
            self.at = from + length;
        } else {
            self.at = self.bytes.len();
        }
        self.problem(start, from, message);
    }

    fn line_comment(&mut self, marks: usize) {
        let start = self.at;
        let rest = &self.bytes[start..];
        let line = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        // A directive ends where a comment begins.
        let comment = self.text[start + marks..start + line].find("//").filter(|_| marks == 1);
        let length = comment.map_or(line, |length| length + marks);
        let text = self.text[start..start + length].trim_end();
        let span = Span::new(start, start + text.len());
        let text = text.get(marks..).unwrap_or_default().trim().to_owned();
        self.out.comments.push(Comment { span, text });
        self.at = start + length;
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let Some(length) = self.text[start + 2..].find("*/").map(|length| length + 4) else {
            return self.unclosed(start, start + 2, "a comment is not closed by `*/`");
        };
        let mut at = start;
        for line in self.text[start..start + length].split_inclusive('\n') {
            let span = Span::new(at, at + line.trim_end().len());
            let mut text = line.trim();
            if at == start {
                text = text.strip_prefix("/*").unwrap_or(text);
            }
            if at + line.len() == start + length {
                text = text.strip_suffix("*/").unwrap_or(text);
            }
            self.out.comments.push(Comment { span, text: text.trim().to_owned() });
            at += line.len();
        }
        self.at = start + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        let lexed = lex(text);
        lexed.tokens.iter().map(|token| &text[token.start as usize..token.end as usize]).collect()
    }

    #[test]
    fn tokens() {
        let cases: [(&str, &[&str]); 9] = [
            ("\u{feff}a =~b//c\n", &["a", "=~", "b", "\n", ""]),
            ("a\r\n // b\r\n\nc", &["a", "\r\n // b\r\n\n", "c", ""]),
            ("'a${b}c'", &["'a${", "b", "}c'", ""]),
            ("'${{a: '}'}}${1}'", &["'${", "{", "a", ":", "'}'", "}", "}${", "1", "}'", ""]),
            (r"'\'${a}\${b}'", &[r"'\'${", "a", r"}\${b}'", ""]),
            ("'''a\n${b}'c''''", &["'''a\n${b}'c''''", ""]),
            ("$'''\na$b${c}d'''", &["$'''\na$b${", "c", "}d'''", ""]),
            ("$$'''${a}$$${b}'''", &["$$'''${a}$$${", "b", "}'''", ""]),
            (
                "a.?b::c[?^1]!...x",
                &["a", ".", "?", "b", "::", "c", "[", "?", "^", "1", "]", "!", "...", "x", ""],
            ),
        ];
        for (text, want) in cases {
            assert_eq!(shown(text), want, "{text}");
            assert!(lex(text).problems.is_empty(), "{text}");
        }
    }

    #[test]
    fn comments() {
        let text = "#disable-next-line a // b\nx // c \n/* d\n * e */ y # f\n//";
        let lexed = lex(text);
        let comments: Vec<&str> = lexed.comments.iter().map(|comment| &*comment.text).collect();
        assert_eq!(comments, ["disable-next-line a", "b", "c", "d", "* e", ""]);
        let spans: Vec<&str> =
            lexed.comments.iter().map(|c| &text[c.span.start as usize..c.span.end as usize]).collect();
        assert_eq!(spans, ["#disable-next-line a", "// b", "// c", "/* d", " * e */", "//"]);
        assert_eq!(shown(text), ["\n", "x", "\n", "y", "#", "f", "\n", ""]);
    }

    #[test]
    fn what_is_not_closed_ends_with_its_line() {
        let cases: [(&str, &[&str], usize); 6] = [
            ("'a\nb", &["'a", "\n", "b", ""], 1),
            ("'a${b\nc", &["'a${", "b", "", "\n", "c", ""], 1),
            ("'''a\nb", &["'''a", "\n", "b", ""], 1),
            ("/* a\nb", &["\n", "b", ""], 1),
            ("'a\\", &["'a\\", ""], 1),
            ("'''a", &["'''a", ""], 1),
        ];
        for (text, want, problems) in cases {
            assert_eq!(shown(text), want, "{text}");
            assert_eq!(lex(text).problems.len(), problems, "{text}");
        }
        let lexed = lex(&"'''\n".repeat(3).repeat(1001));
        assert!(lexed.problems.len() <= MAX_RETURNS + 1, "{}", lexed.problems.len());
    }
}
