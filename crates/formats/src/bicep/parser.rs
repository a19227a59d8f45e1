//! The place in the tokens, the problems met, and how reading goes on after one.
//!
//! A function that could not read what it should has reported why and returns nothing; the nearest place that can go on
//! (a property, an item, a declaration) skips what is left of it. After [`Parser::abandon`] nothing is read or reported
//! until the next declaration.

use super::lex::{Kind, Token, lex};
use super::{Comment, MAX_DEPTH, MAX_PROBLEMS, Name};
use crate::{Problem, Span};

pub(super) const REST_NOT_READ: &str =
    "there are too many errors or tokens: the rest of the file is not read";

/// Operators and steps (`.name`, `[0]`) on one path from a declaration to a leaf, which is what they add to the height of
/// the tree.
const MAX_OPERATORS: usize = 500;

const KEYWORDS: [&str; 17] = [
    "targetScope",
    "metadata",
    "type",
    "param",
    "var",
    "func",
    "resource",
    "module",
    "output",
    "assert",
    "test",
    "import",
    "extension",
    "provider",
    "extensionConfig",
    "using",
    "extends",
];

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    comments: Vec<Comment>,
    problems: Vec<Problem>,
    depth: usize,
    /// See [`MAX_OPERATORS`].
    pub(super) operators: usize,
    /// Nothing more of this declaration is read.
    pub(super) abandoned: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let lexed = lex(text);
        Parser {
            text,
            tokens: lexed.tokens,
            at: 0,
            comments: lexed.comments,
            problems: lexed.problems,
            depth: 0,
            operators: 0,
            abandoned: false,
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Comment>, Vec<Problem>) {
        self.problems.sort_by_key(|problem| (problem.span, problem.message.clone()));
        (self.comments, self.problems)
    }

    pub(super) fn token(&self, ahead: usize) -> Token {
        let last = self.tokens.len().saturating_sub(1);
        let end = Token { kind: Kind::End, open: 0, close: 0, start: 0, end: 0 };
        self.tokens.get((self.at + ahead).min(last)).copied().unwrap_or(end)
    }

    /// How many tokens are behind.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Kind {
        self.token(0).kind
    }

    /// The kind of the next token that is no newline.
    pub(super) fn peek_past_newline(&self) -> Kind {
        match self.peek() {
            Kind::NewLine => self.token(1).kind,
            kind => kind,
        }
    }

    /// The next token, which is then behind. The end stays.
    pub(super) fn bump(&mut self) -> Token {
        let token = self.token(0);
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    pub(super) fn eat(&mut self, kind: Kind) -> Option<Token> {
        (self.peek() == kind).then(|| self.bump())
    }

    pub(super) fn skip_newline(&mut self) {
        self.eat(Kind::NewLine);
    }

    pub(super) fn expect(&mut self, kind: Kind, what: &str) -> Option<Token> {
        let found = self.eat(kind);
        if found.is_none() {
            self.unexpected(what);
        }
        found
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Whether the token so far ahead is this word.
    pub(super) fn is_word(&self, ahead: usize, word: &str) -> bool {
        let token = self.token(ahead);
        token.kind == Kind::Word && self.slice(token.span()) == word
    }

    pub(super) fn eat_word(&mut self, word: &str) -> Option<Token> {
        self.is_word(0, word).then(|| self.bump())
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Option<Token> {
        let found = self.eat_word(word);
        if found.is_none() {
            self.unexpected(&format!("`{word}`"));
        }
        found
    }

    pub(super) fn name(&mut self, what: &str) -> Option<Name> {
        let token = self.expect(Kind::Word, what)?;
        Some(Name { text: self.slice(token.span()).into(), span: token.span() })
    }

    /// Where the next token starts.
    pub(super) fn position(&self) -> u32 {
        self.token(0).start
    }

    /// Where the token before the next one ends.
    pub(super) fn end_before(&self) -> u32 {
        self.at.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, |token| token.end)
    }

    /// From `start` to the end of the token before the next one.
    pub(super) fn span_from(&self, start: u32) -> Span {
        Span { start, end: self.end_before().max(start) }
    }

    pub(super) fn problem(&mut self, span: Span, message: impl Into<String>) {
        if !self.abandoned && !self.exhausted() {
            self.problems.push(Problem { span, message: message.into() });
        }
    }

    pub(super) fn exhausted(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// `what` should stand here.
    pub(super) fn unexpected(&mut self, what: &str) {
        let token = self.token(0);
        let found = match token.kind {
            Kind::End => "the text ends".to_owned(),
            Kind::NewLine => "the line ends".to_owned(),
            _ => {
                let text = self.slice(token.span());
                let short: String = text.chars().take(30).take_while(|c| !matches!(c, '\n' | '\r')).collect();
                let more = if short.len() < text.len() { "…" } else { "" };
                format!("found `{short}{more}`")
            }
        };
        // A newline is marked where it starts: with comments it may go over many lines.
        let end = if token.kind == Kind::NewLine { token.start } else { token.end };
        self.problem(Span { start: token.start, end }, format!("expected {what}, {found}"));
    }

    pub(super) fn abandon(&mut self) {
        self.abandoned = true;
    }

    /// Runs `read` one level deeper, or gives the declaration up if that is too deep.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.abandoned {
            return None;
        }
        if self.depth >= MAX_DEPTH {
            let span = self.token(0).span();
            self.problem(span, format!("nested deeper than {MAX_DEPTH} levels"));
            self.abandon();
            return None;
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Counts one operator or step.
    pub(super) fn operator(&mut self) -> Option<()> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            let span = self.token(0).span();
            self.problem(span, format!("an expression has more than {MAX_OPERATORS} operators"));
            self.abandon();
            return None;
        }
        Some(())
    }

    /// Whether a declaration begins here, judged by its look, as what is inside of brackets is no declaration.
    pub(super) fn at_declaration(&self) -> bool {
        let token = self.token(0);
        let before = (token.start as usize).checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        if token.kind != Kind::Word || !before.is_none_or(|byte| matches!(byte, b'\n' | b'\r')) {
            return false;
        }
        let followed = match self.slice(token.span()) {
            "targetScope" => self.token(1).kind == Kind::Assign,
            "import" => matches!(self.token(1).kind, Kind::OpenBrace | Kind::Star | Kind::Text),
            "using" | "extends" | "extension" => matches!(self.token(1).kind, Kind::Word | Kind::Text),
            _ => self.token(1).kind == Kind::Word,
        };
        followed && self.at_keyword()
    }

    pub(super) fn at_keyword(&self) -> bool {
        let token = self.token(0);
        token.kind == Kind::Word && KEYWORDS.contains(&self.slice(token.span()))
    }

    /// Skips what is left of a property or an item: to its newline or comma, to the bracket around it, or to a piece of
    /// the string around it. What looks like a declaration ends more than that.
    pub(super) fn skip_entry(&mut self, close: Kind) {
        let mut open = 0_usize;
        while !self.abandoned {
            let kind = self.peek();
            match kind {
                Kind::End => return,
                Kind::NewLine | Kind::Comma if open == 0 => return,
                Kind::TextMiddle | Kind::TextEnd if open == 0 => return,
                Kind::OpenBrace | Kind::OpenParen | Kind::OpenSquare | Kind::TextStart => open += 1,
                Kind::CloseBrace | Kind::CloseParen | Kind::CloseSquare if open == 0 && kind == close => {
                    return;
                }
                Kind::CloseBrace | Kind::CloseParen | Kind::CloseSquare | Kind::TextEnd => {
                    open = open.saturating_sub(1);
                }
                _ => {}
            }
            self.bump();
            if kind == Kind::NewLine && self.at_declaration() {
                self.abandon();
            }
        }
    }

    /// Skips to the end of the line, or of the last line of brackets that were opened on it.
    pub(super) fn skip_line(&mut self) {
        while !self.abandoned {
            self.skip_entry(Kind::End);
            match self.peek() {
                Kind::Comma | Kind::TextMiddle | Kind::TextEnd => _ = self.bump(),
                _ => return,
            }
        }
    }

    /// Skips to the next line that begins like a declaration, and says so if that is not the next line.
    pub(super) fn skip_to_declaration(&mut self) {
        let start = self.position();
        let mut lines = 0;
        loop {
            match self.bump().kind {
                Kind::End => break,
                Kind::NewLine if self.at_keyword() || self.peek() == Kind::At => break,
                Kind::NewLine => lines += 1,
                _ => {}
            }
        }
        let span = self.span_from(start);
        let skipped = self.slice(span).trim_end();
        if lines > 0 && !skipped.is_empty() {
            let span = Span::new(start as usize, start as usize + skipped.len());
            self.problem(span, "nothing is read from here to the next declaration");
        }
    }

    pub(super) fn problem_past_the_limit(&mut self, span: Span, message: &str) {
        self.problems.push(Problem { span, message: message.into() });
    }

    /// Begins anew, after whatever went wrong before.
    pub(super) fn begin_declaration(&mut self) {
        (self.depth, self.operators, self.abandoned) = (0, 0, false);
    }

    /// Skips to the next piece of the string around.
    pub(super) fn skip_in_string(&mut self) {
        let mut open = 0_usize;
        while !self.abandoned {
            match self.peek() {
                Kind::End | Kind::NewLine => return,
                Kind::TextMiddle | Kind::TextEnd if open == 0 => return,
                Kind::TextStart => open += 1,
                Kind::TextEnd => open -= 1,
                _ => {}
            }
            self.bump();
        }
    }
}
