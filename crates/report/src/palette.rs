//! The few colours of the terminal report, and the only place that writes an escape sequence.

use model::Severity;

/// What a piece of text is, from which its colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Strong,
    Faint,
    Heading,
    Severity(Severity),
    Unknown,
    Good,
    Gutter,
}

/// Paints, or leaves plain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    pub(crate) color: bool,
}

impl Palette {
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        match style {
            Style::Plain => text.to_owned(),
            _ if !self.color || text.is_empty() => text.to_owned(),
            _ => format!("\x1b[{}m{text}\x1b[0m", code(style)),
        }
    }
}

/// The SGR parameters (ECMA-48, section 8.3.117).
fn code(style: Style) -> &'static str {
    match style {
        Style::Plain => "0",
        Style::Strong => "1",
        Style::Faint => "2",
        Style::Heading => "1;4",
        Style::Severity(Severity::Critical) => "1;31",
        Style::Severity(Severity::High) => "31",
        Style::Severity(Severity::Medium) => "33",
        Style::Severity(Severity::Low) => "36",
        Style::Severity(Severity::Info) => "34",
        Style::Unknown => "35",
        Style::Good => "32",
        Style::Gutter => "1;34",
    }
}
