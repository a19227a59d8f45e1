//! Byte spans, and the way from them to lines and columns.

/// A half-open range of byte offsets into one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        // Files are limited far below 4 GiB before they reach a parser; saturation only keeps this total.
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: narrow(start), end: narrow(end) }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Something wrong in the text that was read. Reading went on after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    /// A lower-case sentence without a full stop.
    pub message: String,
}

/// Byte offsets of the line starts of one text.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Scalar values before each [`MARK`]th byte, so that a column far out on a long line is found without counting all
    /// of it. Empty where every byte is one.
    marks: Vec<u32>,
}

/// Bytes between two marks.
const MARK: usize = 1024;

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let starts = std::iter::once(0).chain(newlines.map(|(i, _)| Span::new(i + 1, i + 1).start)).collect();
        let mut marks = Vec::new();
        if !text.is_ascii() {
            let mut seen = 0;
            for chunk in text.as_bytes().chunks(MARK) {
                marks.push(seen);
                seen += scalars(chunk);
            }
        }
        LineIndex { starts, marks }
    }

    /// Line and column of a byte offset, both from 1; the column counts Unicode scalar values.
    pub fn line_column(&self, text: &str, offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|s| *s <= offset).max(1);
        let start = self.starts[line - 1];
        let column = if self.marks.is_empty() {
            offset - start
        } else {
            self.before(text, offset) - self.before(text, start)
        };
        (line as u32, column + 1)
    }

    /// Scalar values before an offset.
    fn before(&self, text: &str, offset: u32) -> u32 {
        let offset = (offset as usize).min(text.len());
        let mark = (offset / MARK).min(self.marks.len().saturating_sub(1));
        let rest = text.as_bytes().get(mark * MARK..offset).unwrap_or_default();
        self.marks.get(mark).copied().unwrap_or(0) + scalars(rest)
    }
}

/// Scalar values that begin in UTF-8 text: a continuation byte is 10xxxxxx, every other byte begins one.
fn scalars(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|b| (**b & 0xC0) != 0x80).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns() {
        let text = "ab\nçd\n";
        let index = LineIndex::new(text);
        for (offset, want) in [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (5, (2, 2)), (7, (3, 1)), (99, (3, 1))]
        {
            assert_eq!(index.line_column(text, offset), want, "offset {offset}");
        }
        assert_eq!(LineIndex::new("").line_column("", 0), (1, 1));
    }
}
