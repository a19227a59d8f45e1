//! Text from scanned files made safe to show, and text laid out in a given width. Nothing here knows what the text
//! is about, nor how any one format quotes it.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// Whether a terminal or a reader could be deceived by this character: it moves the cursor, changes colours,
/// reorders its neighbours (bidirectional controls, UAX #9), or has no shape of its own.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// What stands for `c` on a screen: itself, a control picture (`␛`), or its number (`\u{202e}`).
pub(crate) fn shape(c: char) -> Cow<'static, str> {
    match c {
        '\u{7f}' => Cow::Borrowed("␡"),
        c if c < ' ' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}').to_string().into(),
        c if deceives(c) => format!("\\u{{{:x}}}", u32::from(c)).into(),
        c => c.to_string().into(),
    }
}

/// At most `limit` characters of `text`, with every deceiving character made visible.
pub(crate) fn visible(text: &str, limit: usize) -> Cow<'_, str> {
    // A text of at most `limit` bytes has at most as many characters.
    if text.len() <= limit && !text.contains(deceives) {
        return Cow::Borrowed(text);
    }
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(limit).map(shape).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    Cow::Owned(shown)
}

/// JSON text in which deceiving characters are written as escapes. The value is unchanged: outside strings JSON is
/// ASCII, and the line breaks of its layout stay.
pub(crate) fn escape_json(json: String) -> String {
    let hidden = |c: char| c != '\n' && deceives(c);
    if !json.contains(hidden) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// How many columns `text` takes on a terminal.
pub(crate) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `1 place`, `2 places`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceiving_characters_become_visible() {
        for (text, want) in [
            ("plain, größer, 模型", "plain, größer, 模型"),
            ("\u{1b}[2J", "␛[2J"),
            ("a\nb\tc\rd", "a␊b␉c␍d"),
            ("\u{7f}\u{9b}31m", "␡\\u{9b}31m"),
            ("safe\u{202e}lave\u{2066}", "safe\\u{202e}lave\\u{2066}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ] {
            assert_eq!(visible(text, 100), want);
        }
    }

    #[test]
    fn long_text_ends_in_an_ellipsis() {
        for (text, want) in [("abcd", "abcd"), ("abcde", "abcd…"), ("äöüß", "äöüß"), ("äöüßx", "äöüß…")]
        {
            assert_eq!(visible(text, 4), want);
        }
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let value = serde_json::json!({ "k\u{202e}": ["\u{9b}\u{7f}\u{e0041}\u{1b}", "größer 模型"] });
        let escaped = escape_json(serde_json::to_string_pretty(&value).unwrap());
        assert!(!escaped.contains(|c| c != '\n' && deceives(c)), "{escaped}");
        assert!(escaped.contains("größer 模型"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }
}
