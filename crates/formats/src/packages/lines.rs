//! Lines of a text with their places, for formats that are made of lines.

use crate::Span;

/// One line without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'t> {
    pub(super) text: &'t str,
    /// Where it begins.
    pub(super) start: usize,
}

impl<'t> Line<'t> {
    /// The place of a piece of this line.
    pub(super) fn span(&self, piece: &str) -> Span {
        let inside = (piece.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        let at = self.start + inside.filter(|at| *at <= self.text.len()).unwrap_or(0);
        Span::new(at, at + piece.len())
    }

    /// Blanks at its start.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// The line without blanks around it.
    pub(super) fn trimmed(&self) -> &'t str {
        self.text.trim()
    }
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let text = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, text.len() - rest.len()));
    let (mut rest, mut start) = text;
    let mut over = false;
    std::iter::from_fn(move || {
        if over {
            return None;
        }
        let end = rest.find('\n');
        let line = Line { text: rest[..end.unwrap_or(rest.len())].trim_end_matches('\r'), start };
        match end {
            Some(end) => {
                start += end + 1;
                rest = &rest[end + 1..];
            }
            None => over = true,
        }
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_where_they_are() {
        let text = "\u{feff}a\r\n  b c\n";
        let found: Vec<_> = lines(text).map(|l| (l.text, l.start, l.indent())).collect();
        assert_eq!(found, [("a", 3, 0), ("  b c", 6, 2), ("", 12, 0)]);
        let line = lines(text).nth(1).unwrap();
        let c = &line.text[4..];
        assert_eq!(line.span(c), Span::new(10, 11));
    }
}
