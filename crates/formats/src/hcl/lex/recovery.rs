//! Where a piece ends, with or without a mistake, and where reading goes on after one.

use super::{Frame, Lexer, MAX_TOKENS_OF_PIECE, Piece, is_name};
use crate::{Problem, Span};

impl Lexer<'_> {
    /// The first problem of a piece is the one that is told.
    pub(super) fn complain(&mut self, start: usize, end: usize, message: impl Into<String>) {
        if self.problem.is_none() {
            let end = (start + 1..=self.bytes.len()).find(|i| *i >= end && self.text.is_char_boundary(*i));
            let span = Span::new(start, end.unwrap_or(self.bytes.len()));
            self.problem = Some(Box::new(Problem { span, message: message.into() }));
        }
    }

    pub(super) fn end_piece(&mut self, end: usize) {
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
    pub(super) fn resume(&mut self, at: usize) {
        self.end_piece(at);
        self.stack.truncate(1);
        self.items.clear();
        self.at = at;
    }

    /// At the end of the text: whether something was left open, and reading goes on behind its beginning.
    pub(super) fn unclosed_at_end(&mut self) -> bool {
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

    pub(super) fn mark(&self, frame: Frame, open: usize) -> &str {
        let len = match frame {
            Frame::Heredoc { end, .. } => end - open,
            Frame::Sequence => 2,
            _ => 1,
        };
        self.text.get(open..open + len).unwrap_or_default()
    }

    /// The next line after `from` whose first column looks like the beginning of an attribute or a block.
    pub(super) fn next_header(&self, from: usize) -> Option<usize> {
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
    pub(super) fn at_top_level_block(&self) -> bool {
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
}
