//! What the pieces of a string say: escapes resolved, the newline after `'''` dropped.
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings>

use std::sync::Arc;

use super::lex::{Kind, Token};
use super::parser::Parser;
use super::{Expr, ExprKind, Part};
use crate::Span;

impl Parser<'_> {
    /// At the first piece of a string.
    pub(super) fn string(&mut self) -> Option<Expr> {
        let first = self.bump();
        // `'''` or more is a string of several lines, in which nothing is an escape.
        let raw = first.open >= 3;
        if first.kind == Kind::Text {
            let text = self.content(first, raw, true);
            return Some(Expr { kind: ExprKind::String(text), span: first.span() });
        }
        let mut parts = Vec::new();
        self.text_part(&mut parts, first, raw, true);
        let before = self.operators;
        let mut most = before;
        let last = loop {
            self.operators = before;
            let from = self.position();
            let value = self.expression();
            most = most.max(self.operators);
            if !matches!(self.peek(), Kind::TextMiddle | Kind::TextEnd) {
                if value.is_some() {
                    self.unexpected("`}` behind an interpolation");
                }
                self.skip_in_string();
            }
            parts.push(Part::Interpolation(value.unwrap_or_else(|| self.invalid(from))));
            match self.peek() {
                Kind::TextMiddle => {
                    let token = self.bump();
                    self.text_part(&mut parts, token, raw, false);
                }
                Kind::TextEnd => {
                    let token = self.bump();
                    self.text_part(&mut parts, token, raw, false);
                    break token;
                }
                // Only where the text ends, or reading of it was given up.
                _ => return None,
            }
        };
        self.operators = most;
        Some(Expr { kind: ExprKind::Template(parts), span: first.span().to(last.span()) })
    }

    fn text_part(&mut self, parts: &mut Vec<Part>, token: Token, raw: bool, first: bool) {
        let text = self.content(token, raw, first);
        if !text.is_empty() {
            parts.push(Part::Text(text, inside(token)));
        }
    }

    fn content(&mut self, token: Token, raw: bool, first: bool) -> Arc<str> {
        let span = inside(token);
        let text = self.slice(span);
        if raw {
            let text = if first { text.strip_prefix('\r').unwrap_or(text) } else { text };
            let text = if first { text.strip_prefix('\n').unwrap_or(text) } else { text };
            return text.into();
        }
        if !text.contains('\\') {
            return text.into();
        }
        let mut resolved = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            resolved.push_str(&rest[..at]);
            rest = &rest[at..];
            let (length, value) = escape(rest);
            if value.is_none() {
                let start = span.end as usize - rest.len();
                let message = format!("`{}` is no escape sequence", &rest[..length]);
                self.problem(Span::new(start, start + length), message);
            }
            resolved.push_str(value.as_deref().unwrap_or(&rest[..length]));
            rest = &rest[length..];
        }
        resolved.push_str(rest);
        resolved.into()
    }
}

/// A piece without its marks.
fn inside(token: Token) -> Span {
    let start = (token.start + u32::from(token.open)).min(token.end);
    Span { start, end: token.end.saturating_sub(token.close.into()).max(start) }
}

/// The length of the escape at the start of `text`, and what it stands for.
fn escape(text: &str) -> (usize, Option<String>) {
    let mut chars = text.chars();
    chars.next();
    let Some(second) = chars.next() else { return (1, None) };
    let simple = match second {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '\\' | '\'' | '$' => second,
        'u' => {
            let Some((length, code)) = code_unit(text) else { return (2, None) };
            // Two halves of one character, as UTF-16 writes it.
            let low = code_unit(&text[length..]).filter(|(_, low)| (0xDC00..=0xDFFF).contains(low));
            if let (0xD800..=0xDBFF, Some((behind, low))) = (code, low) {
                let whole = char::from_u32(0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00));
                return (length + behind, whole.map(String::from));
            }
            return match code {
                0xD800..=0xDFFF => (length, Some(char::REPLACEMENT_CHARACTER.to_string())),
                _ => char::from_u32(code).map_or((2, None), |value| (length, Some(value.to_string()))),
            };
        }
        other => return (1 + other.len_utf8(), None),
    };
    (2, Some(simple.to_string()))
}

/// `\u{…}` at the start of `text`: its length and number.
fn code_unit(text: &str) -> Option<(usize, u32)> {
    let rest = text.strip_prefix("\\u{")?;
    let hex = &rest[..rest.find(|c: char| !c.is_ascii_hexdigit())?];
    let code = u32::from_str_radix(hex, 16).ok()?;
    rest[hex.len()..].starts_with('}').then_some((hex.len() + 4, code))
}

#[cfg(test)]
mod tests {
    use super::super::{parse_expression, show};

    #[test]
    fn strings() {
        let cases = [
            ("''", r#""""#),
            ("'a $ {b}'", r#""a $ {b}""#),
            (r"'\'\\\n\r\t\${x}\u{1F600}\u{e9}'", r#""'\\\n\r\t${x}😀é""#),
            (r"'\u{D801}\u{DC37}\u{D801}'", "\"\u{10437}\u{fffd}\""),
            ("'a${b}${c.d}'", r#"<"a" b c.d>"#),
            (r"'${'x${1}'}\$'", r#"<<"x" 1> "$">"#),
            ("''''''", r#""""#),
            ("'''\n a\\n'b''${c}\n'''", r#"" a\\n'b''${c}\n""#),
            ("'''\r\na'''", r#""a""#),
            ("'''a\nb''''", r#""a\nb'""#),
            ("$'''\n${a}\n\\${b}'''", r#"<a "\n\\" b>"#),
            ("$$'''\n${a}$$${b}'''", r#"<"${a}$" b>"#),
        ];
        for (text, want) in cases {
            let (expr, problems) = parse_expression(text);
            assert_eq!(problems, [], "{text}");
            assert_eq!(show::expr(&expr.unwrap()), want, "{text}");
        }
    }

    #[test]
    fn escapes_that_are_none() {
        for (text, at) in [
            (r"'a\x'", 2..4),
            (r"'\u'", 1..3),
            (r"'\u{}'", 1..3),
            (r"'\u{zz}'", 1..3),
            (r"'\u{+1}'", 1..3),
            (r"'\u{110000}'", 1..3),
            (r"'\u{1'", 1..3),
            (r"'\é'", 1..4),
        ] {
            let (_, problems) = parse_expression(text);
            let spans: Vec<_> = problems.iter().map(|p| p.span.start..p.span.end).collect();
            assert_eq!(spans, [at], "{text}");
        }
    }
}
