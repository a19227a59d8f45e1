//! Text between quotes, in heredocs and in bare templates, up to the next sequence.

use super::{Frame, Lexer, is_name};

impl Lexer<'_> {
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

    pub(super) fn quote(&mut self) {
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

    pub(super) fn literal(&mut self) {
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

    pub(super) fn heredoc_start(&mut self, open: usize) {
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

    pub(super) fn heredoc(&mut self, start: usize, end: usize) {
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
