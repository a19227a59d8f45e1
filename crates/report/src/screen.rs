//! Text laid out for a terminal: words that flow in a width, headings, lines of source with what is underlined. Nothing
//! here knows what the text is about.

use std::borrow::Cow;

use model::Severity;

use crate::excerpt::Excerpt;
use crate::palette::{Palette, Style};
use crate::text::columns;

/// Words that share a style.
pub(crate) type Span<'a> = (Style, Cow<'a, str>);

pub(crate) struct Screen {
    pub(crate) text: String,
    pub(crate) palette: Palette,
    pub(crate) width: usize,
}

impl Screen {
    pub(crate) fn new(color: bool, width: usize) -> Self {
        Screen { text: String::new(), palette: Palette { color }, width: width.max(40) }
    }

    /// Fills lines with words; the first starts at `indent`, the others at `hang`.
    pub(crate) fn flow(&mut self, indent: usize, hang: usize, spans: &[Span<'_>]) {
        self.text.push_str(&" ".repeat(indent));
        self.fill(indent, hang, spans);
    }

    /// As [`Screen::flow`], after a first word in just so many columns.
    pub(crate) fn item(&mut self, indent: usize, label: &Span<'_>, room: usize, spans: &[Span<'_>]) {
        let pad = room.saturating_sub(columns(&label.1));
        let label = self.palette.paint(label.0, &label.1);
        self.text.push_str(&format!("{:indent$}{label}{:pad$}", "", ""));
        self.fill(indent + room, indent + room, spans);
    }

    fn fill(&mut self, start: usize, hang: usize, spans: &[Span<'_>]) {
        let mut run = String::new();
        let mut run_style = Style::Plain;
        let mut column = start;
        let mut at_start = true;
        for (style, text) in spans {
            for word in text.split(' ').filter(|w| !w.is_empty()) {
                let wide = columns(word);
                let breaks = !at_start && column + 1 + wide > self.width;
                if breaks || *style != run_style {
                    self.text.push_str(&self.palette.paint(run_style, &run));
                    run.clear();
                }
                if breaks {
                    self.text.push('\n');
                    self.text.push_str(&" ".repeat(hang));
                    column = hang;
                } else if !at_start {
                    let target = if run.is_empty() { &mut self.text } else { &mut run };
                    target.push(' ');
                    column += 1;
                }
                run.push_str(word);
                column += wide;
                (run_style, at_start) = (*style, false);
            }
        }
        let rest = self.palette.paint(run_style, &run);
        self.text.push_str(&rest);
        self.text.push('\n');
    }

    pub(crate) fn blank(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    pub(crate) fn heading(&mut self, title: &str) {
        self.blank();
        let title = self.palette.paint(Style::Heading, title);
        self.text.push_str(&format!("{title}\n"));
    }

    /// A line of source and what is underlined in it; `indent` columns stand before the gutter.
    pub(crate) fn excerpt(
        &mut self,
        indent: usize,
        gutter: usize,
        line: u32,
        excerpt: &Excerpt,
        severity: Severity,
    ) {
        let number = self.palette.paint(Style::Gutter, &format!("{line:>gutter$} |"));
        self.text.push_str(&format!("{:indent$}{number} {}\n", "", excerpt.text));
        let (start, length) = excerpt.underline;
        if length > 0 {
            let bar = self.palette.paint(Style::Gutter, &format!("{:gutter$} |", ""));
            let carets = self.palette.paint(Style::Severity(severity), &"^".repeat(length));
            self.text.push_str(&format!("{:indent$}{bar} {:start$}{carets}\n", "", ""));
        }
    }
}

/// `text` in at most `room` columns, with an ellipsis where something is cut.
pub(crate) fn clip(text: &str, room: usize) -> Cow<'_, str> {
    if columns(text) <= room {
        return Cow::Borrowed(text);
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if columns(&cut) + columns(letter.encode_utf8(&mut [0; 4])) > room.saturating_sub(1) {
            break;
        }
        cut.push(letter);
    }
    cut.push('…');
    Cow::Owned(cut)
}

/// `text` in just so many columns.
pub(crate) fn fitted(text: &str, room: usize) -> String {
    let text = clip(text, room);
    let pad = room.saturating_sub(columns(&text));
    format!("{text}{:pad$}", "")
}
