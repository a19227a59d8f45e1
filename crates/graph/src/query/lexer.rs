//! Query text to tokens, with their places. Keywords are words like any other: only the grammar knows where a word is one.

use std::ops::Range;
use std::sync::Arc;

use winnow::ascii::{digit1, hex_digit1, multispace1, oct_digit1};
use winnow::combinator::{alt, opt, preceded, repeat};
use winnow::error::EmptyError;
use winnow::token::{any, take_until, take_while};
use winnow::{Parser as _, Result};

use super::error::Mistake;

/// Longer texts are not queries, in bytes.
const MAX_TEXT: usize = 64 << 10;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A keyword or a name.
    Word(Arc<str>),
    /// A name between backticks, never a keyword.
    Quoted(Arc<str>),
    Text(Arc<str>),
    Integer(i64),
    Float(f64),
    Parameter(Arc<str>),
    Symbol(&'static str),
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Range<usize>,
    /// Of an opening bracket: the index of the token that closes it.
    pub closes: Option<usize>,
}

/// Longest first.
const SYMBOLS: [&str; 26] = [
    "<=", ">=", "<>", "=~", "..", "+=", "!=", "(", ")", "[", "]", "{", "}", ",", ".", ":", ";", "|", "+",
    "-", "*", "/", "%", "^", "=", "<",
];

/// The tokens of a text; the last is always [`Kind::End`].
pub(super) fn tokens(text: &str) -> std::result::Result<Vec<Token>, Mistake> {
    if text.len() > MAX_TEXT {
        return Err(Mistake::at(text, &(0..0), format!("the query is longer than {} KiB", MAX_TEXT >> 10)));
    }
    let mut tokens = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut left = text;
    loop {
        let before = text.len() - left.len();
        if blank(&mut left).is_err() {
            return Err(Mistake::at(text, &(before..text.len()), "this comment does not end"));
        }
        let start = text.len() - left.len();
        let kind = if left.is_empty() {
            Kind::End
        } else {
            token(&mut left)
                .map_err(|_| refused(text, start))?
                .map_err(|why| Mistake::at(text, &(start..text.len() - left.len()), why))?
        };
        let span = start..text.len() - left.len();
        match kind {
            Kind::Symbol("(" | "[" | "{") => open.push(tokens.len()),
            Kind::Symbol(")" | "]" | "}") => {
                if let Some(opening) = open.pop() {
                    let at: usize = opening;
                    let closing = tokens.len();
                    let opened: &mut Token = &mut tokens[at];
                    opened.closes = Some(closing);
                }
            }
            _ => {}
        }
        let end = kind == Kind::End;
        tokens.push(Token { kind, span, closes: None });
        if end {
            return Ok(tokens);
        }
    }
}

/// The message for a place where no token begins.
fn refused(text: &str, start: usize) -> Mistake {
    let first = text[start..].chars().next().unwrap_or_default();
    let span = start..start + first.len_utf8();
    match first {
        '\'' | '"' => {
            Mistake::at(text, &span, "this text does not end").help(format!("close it with {first}"))
        }
        '`' => Mistake::at(text, &span, "this name does not end").help("close it with `"),
        '$' => Mistake::at(text, &span, "expected a name of a parameter after $"),
        other => Mistake::at(text, &span, format!("{other:?} is not part of the language")),
    }
}

/// White space and comments.
fn blank(input: &mut &str) -> Result<(), EmptyError> {
    loop {
        let line = ("//", take_while(0.., |c| c != '\n')).void();
        let step = opt(alt((multispace1.void(), line))).parse_next(input)?;
        if step.is_some() {
            continue;
        }
        if !input.starts_with("/*") {
            return Ok(());
        }
        ("/*", take_until(0.., "*/"), "*/").void().parse_next(input)?;
    }
}

/// One token, or why what begins like one is none.
type Lexed = std::result::Result<Kind, String>;

fn token(input: &mut &str) -> Result<Lexed, EmptyError> {
    alt((number, word.map(|w| Ok(Kind::Word(w))), quoted, parameter, string('\''), string('"'), symbol))
        .parse_next(input)
}

fn word(input: &mut &str) -> Result<Arc<str>, EmptyError> {
    let first = |c: char| c.is_alphabetic() || c == '_';
    let more = |c: char| c.is_alphanumeric() || c == '_';
    (take_while(1, first), take_while(0.., more)).take().map(Arc::from).parse_next(input)
}

/// A name between backticks; two backticks stand for one.
fn quoted(input: &mut &str) -> Result<Lexed, EmptyError> {
    let mut name = String::new();
    '`'.parse_next(input)?;
    loop {
        name.push_str(take_until(0.., "`").parse_next(input)?);
        '`'.parse_next(input)?;
        if opt('`').parse_next(input)?.is_none() {
            return Ok(Ok(Kind::Quoted(name.into())));
        }
        name.push('`');
    }
}

fn parameter(input: &mut &str) -> Result<Lexed, EmptyError> {
    let name = alt((word, digit1.map(Arc::from)));
    preceded('$', alt((name.map(|n| Ok(Kind::Parameter(n))), quoted)))
        .map(|lexed: Lexed| match lexed {
            Ok(Kind::Quoted(name)) => Ok(Kind::Parameter(name)),
            other => other,
        })
        .parse_next(input)
}

fn number(input: &mut &str) -> Result<Lexed, EmptyError> {
    let radix = |digits: &str, radix: u32| match i64::from_str_radix(digits, radix) {
        Ok(number) => Ok(Kind::Integer(number)),
        Err(_) => Err("this whole number does not fit into 64 bits".to_owned()),
    };
    if let Some(digits) = opt(preceded("0x", hex_digit1)).parse_next(input)? {
        return Ok(radix(digits, 16));
    }
    if let Some(digits) = opt(preceded("0o", oct_digit1)).parse_next(input)? {
        return Ok(radix(digits, 8));
    }
    // `1..3` is a range of whole numbers.
    let fraction = ('.', digit1).void();
    let exponent = (alt(('e', 'E')), opt(alt(('+', '-'))), digit1).void();
    let with_whole = (digit1, opt(fraction), opt(exponent)).take();
    let exponent = (alt(('e', 'E')), opt(alt(('+', '-'))), digit1).void();
    let without = ('.', digit1, opt(exponent)).take();
    let text: &str = alt((with_whole, without)).parse_next(input)?;
    if input.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        let _: &str = take_while(1.., |c: char| c.is_alphanumeric() || c == '_').parse_next(input)?;
        return Ok(Err("a name cannot begin with a digit; put it between backticks".to_owned()));
    }
    Ok(if text.bytes().all(|b| b.is_ascii_digit()) {
        radix(text, 10)
    } else {
        let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
        number.map(Kind::Float).ok_or_else(|| "this number is too large".to_owned())
    })
}

fn string(mut quote: char) -> impl FnMut(&mut &str) -> Result<Lexed, EmptyError> {
    move |input| {
        quote.parse_next(input)?;
        let plain = take_while(1.., |c| c != quote && c != '\\').map(|s: &str| Ok(s.to_owned()));
        let pieces: Vec<std::result::Result<String, String>> =
            repeat(0.., alt((plain, escape))).parse_next(input)?;
        quote.parse_next(input)?;
        let text: std::result::Result<String, String> = pieces.into_iter().collect();
        Ok(text.map(|text| Kind::Text(text.into())))
    }
}

fn escape(input: &mut &str) -> Result<std::result::Result<String, String>, EmptyError> {
    let mark = preceded('\\', any).parse_next(input)?;
    let plain = match mark {
        '\\' | '\'' | '"' | '`' => mark,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => {
            let digits = take_while(4, |c: char| c.is_ascii_hexdigit()).parse_next(input)?;
            match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
                Some(c) => c,
                None => return Ok(Err(format!("\\u{digits} is no character"))),
            }
        }
        other => {
            return Ok(Err(format!("\\{other} has no meaning in a text: write \\\\{other} for a backslash")));
        }
    };
    Ok(Ok(plain.to_string()))
}

fn symbol(input: &mut &str) -> Result<Lexed, EmptyError> {
    let found = SYMBOLS.into_iter().chain([">"]).find(|s| input.starts_with(s));
    match found {
        Some(mut symbol) => {
            symbol.parse_next(input)?;
            Ok(Ok(Kind::Symbol(symbol)))
        }
        None => Err(EmptyError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).unwrap().into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn tokens_are_told_apart() {
        use Kind::*;
        let text = |t: &str| Text(t.into());
        assert_eq!(
            kinds("1..3 .5 0x1F 2e3"),
            [Integer(1), Symbol(".."), Integer(3), Float(0.5), Integer(31), Float(2000.0), End]
        );
        assert_eq!(kinds(r#"'it\'s' "\u0041\n""#), [text("it's"), text("A\n"), End]);
        assert_eq!(
            kinds("a /* b */ // c\n $p `x``y`"),
            [Word("a".into()), Parameter("p".into()), Quoted("x`y".into()), End]
        );
    }

    #[test]
    fn what_is_no_token_is_pointed_at() {
        for (query, message, column) in [
            ("RETURN 'a", "this text does not end", 8),
            ("RETURN 1 /* x", "this comment does not end", 9),
            ("RETURN `a", "this name does not end", 8),
            ("RETURN #", "'#' is not part of the language", 8),
            ("RETURN 99999999999999999999", "this whole number does not fit into 64 bits", 8),
            (r"RETURN '\d'", r"\d has no meaning in a text: write \\d for a backslash", 8),
            ("RETURN 1a", "a name cannot begin with a digit; put it between backticks", 8),
        ] {
            let mistake = tokens(query).unwrap_err();
            assert_eq!((&*mistake.message, mistake.column), (message, column), "{query}");
        }
    }
}
